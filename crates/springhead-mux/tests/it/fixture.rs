//! What ffmpeg writes.

use bytes::Bytes;
use springhead_core::{Codec, TrackId};
use springhead_mux::fmp4::read::{self, InitSection, MediaEntry};

static FMP4: &[u8] = include_bytes!("../../testdata/ffmpeg-cmaf.mp4");

#[test]
fn the_init_section_of_ffmpeg_is_understood() {
    let init = InitSection::parse(FMP4).unwrap();
    assert!(init.brands.has(b"cmfc"));
    let [video, audio] = &init.tracks[..] else { panic!("two tracks") };
    assert_eq!((video.timescale.hz(), video.format.0, video.table_samples), (12_800, *b"avc1", 0));
    assert_eq!((audio.timescale.hz(), audio.format.0, audio.edits.len()), (48_000, *b"mp4a", 0));
    let MediaEntry::Video(entry) = video.entry else { panic!("a video entry") };
    assert_eq!((entry.width, entry.height, entry.bitrate.is_some()), (64, 36, true));

    let tracks = read::tracks(&Bytes::from_static(FMP4)).unwrap();
    assert_eq!(tracks.iter().map(|track| track.codec).collect::<Vec<_>>(), [Codec::Avc, Codec::Aac]);
    assert_eq!((tracks[0].video().unwrap().width, tracks[0].video().unwrap().height), (64, 36));
    assert_eq!(&*tracks[1].codec_string, "mp4a.40.2");
    assert_eq!(tracks[1].audio().unwrap().unit_ticks, 1024);
}

#[test]
fn the_fragments_of_ffmpeg_are_understood() {
    let file = Bytes::from_static(FMP4);
    let chunks = read::chunks(&file).unwrap();
    assert_eq!(chunks, InitSection::parse(FMP4).unwrap().chunks(&file).unwrap());
    // `ffprobe -show_packets` lists the same packets, with their composition offsets raised so that none is negative.
    let samples =
        |track| chunks.iter().filter(move |chunk| chunk.track == TrackId(track)).flat_map(|chunk| &chunk.samples);
    assert_eq!((samples(1).count(), samples(2).count()), (25, 48));
    let first: Vec<_> = samples(1).take(4).collect();
    assert_eq!(first.iter().map(|sample| sample.range.start).collect::<Vec<_>>(), [1629, 2656, 2685, 2700]);
    assert_eq!(first.iter().map(|sample| sample.size()).collect::<Vec<_>>(), [1027, 29, 15, 15]);
    assert_eq!(first.iter().map(|sample| sample.composition_offset).collect::<Vec<_>>(), [0, 1024, -512, -512]);
    assert_eq!(first.iter().map(|sample| sample.is_sync()).collect::<Vec<_>>(), [true, false, false, false]);
    assert!(samples(2).all(|sample| sample.is_sync() && sample.duration <= 1024));
    assert!(chunks.iter().all(|chunk| chunk.base_is_moof && chunk.mdat.contains(&chunk.samples[0].range.start)));
}
