//! What must hold of any input as MP4, beyond init sections and chunks as they are.

use bytes::Bytes;
use springhead_core::{AudioParams, MediaParams, Rope, Ticks, Track, VideoParams};

use crate::fmp4::read::{self, InitSection, MediaEntry, Movie, TrackInfo};
use crate::fmp4::{ChunkHeader, MuxError, Sample, init_section, protected_chunk, protected_init_section};

/// A movie either cannot be read, or the samples of each track are within the input, no more than it has bytes, and the
/// same in whatever order they are asked for.
pub fn fmp4_movie(data: &[u8]) {
    let Ok(movie) = Movie::parse(data) else {
        return;
    };
    let mut whole = true;
    let mut listed = Vec::new();
    for track in movie.tracks() {
        let Ok(Some(samples)) = movie.samples(track.id) else {
            continue;
        };
        let before = listed.len();
        for sample in samples {
            let Ok(sample) = sample else {
                whole = false;
                break;
            };
            assert!(sample.range.start <= sample.range.end && sample.range.end <= data.len());
            listed.push(sample);
        }
        assert!(listed.len() - before <= data.len());
    }
    let (Ok(by_time), Ok(by_place)) = (movie.samples_by_time(), movie.samples_by_place()) else {
        return;
    };
    let (by_time, by_place): (Vec<_>, Vec<_>) = (by_time.collect(), by_place.collect());
    // Where tracks share a number, only the first of them is listed by it.
    let mut ids: Vec<_> = movie.tracks().map(|track| track.id).collect();
    ids.sort();
    ids.dedup();
    if whole && ids.len() == movie.tracks().len() {
        assert_eq!((by_time.len(), by_place.len()), (listed.len(), listed.len()));
        assert!(by_time.iter().chain(&by_place).all(Result::is_ok));
    }
    for ordered in [by_time, by_place] {
        assert!(ordered.iter().rev().skip(1).all(Result::is_ok), "nothing comes after an error");
    }
}

/// The index of a file either cannot be read, or is the same when it is written and read again.
pub fn fmp4_mfra(data: &[u8]) {
    let Ok(Some(index)) = read::random_access_index(data) else {
        return;
    };
    let written = index.to_bytes().expect("an index is no longer than where it came from, twice over");
    assert_eq!(read::random_access_index(&written), Ok(Some(index)));
}

/// A track that an init section describes, of whatever codec, either cannot be written, or is described the same when it is
/// written and read again.
pub fn fmp4_tracks(data: &[u8]) {
    let Ok(init) = InitSection::parse(data) else {
        return;
    };
    for info in &init.tracks {
        let Some(track) = described(info) else {
            continue;
        };
        let Ok(written) = init_section(&track, Ticks(data.len() as u64)) else {
            continue;
        };
        let again = InitSection::parse(&written).expect("what was written can be read").tracks.remove(0);
        assert_eq!(again.codec, info.codec);
        let mut expected = track;
        // Some formats have rates of their own.
        if let (MediaParams::Audio(expected), MediaEntry::Audio(entry)) = (&mut expected.params, again.entry) {
            expected.sample_rate = entry.sample_rate;
        }
        assert_eq!(described(&again), Some(expected));
    }
}

/// What an init section says of a track, as a track; none when it is of no codec that is known.
fn described(info: &TrackInfo) -> Option<Track> {
    let params = match info.entry {
        MediaEntry::Video(entry) => MediaParams::Video(VideoParams {
            width: entry.width.into(),
            height: entry.height.into(),
            aspect: entry.aspect,
            frame_rate: None,
            cicp: entry.cicp,
            mastering_display: entry.mastering_display,
            content_light: entry.content_light,
        }),
        MediaEntry::Audio(entry) => {
            MediaParams::Audio(AudioParams { sample_rate: entry.sample_rate, channels: entry.channels, unit_ticks: 0 })
        }
        MediaEntry::Other => return None,
    };
    Some(Track {
        id: info.id,
        timescale: info.timescale,
        codec: info.codec?,
        config: info.config.clone(),
        codec_string: "".into(),
        params,
        language: info.language.as_deref().map(Into::into),
    })
}

/// What protects tracks and fragments either cannot be written, or is the same when it is written and read again.
pub fn fmp4_protection(data: &[u8]) {
    let input = Bytes::copy_from_slice(data);
    if let Ok(init) = InitSection::parse(&input) {
        for info in &init.tracks {
            let (Some(protection), Some(track)) = (&info.protection, described(info)) else {
                continue;
            };
            match protected_init_section(&track, Ticks::ZERO, protection, &init.systems) {
                Ok(written) => {
                    let again = InitSection::parse(&written).expect("what was written can be read");
                    assert_eq!(again.tracks[0].protection.as_ref(), Some(protection));
                    assert_eq!((again.tracks[0].format, &again.systems), (written_format(info), &init.systems));
                }
                Err(error) => assert!(!matches!(error, MuxError::Protection { .. }), "what was read goes together"),
            }
        }
    }
    for chunk in read::chunks(&input).into_iter().flatten() {
        let Some(protection) = &chunk.protection else {
            continue;
        };
        if let Some(information) = &protection.samples {
            for iv_size in [0, 8, 16] {
                let keys = information.samples(iv_size);
                assert!(keys.is_none_or(|keys| keys.len() <= information.data.len()));
            }
        }
        let payload = Rope::from(Bytes::from_static(b"one"));
        let one = Sample { duration: 1, composition_offset: 0, sync: true, disposable: false, payload: &payload };
        let header = ChunkHeader {
            track: chunk.track,
            sequence_number: chunk.sequence_number,
            base_decode_time: chunk.base_decode_time,
            styp: None,
            prft: None,
        };
        if let Ok(written) = protected_chunk(&header, &vec![one; chunk.samples.len()], protection) {
            let again = read::chunks(&written.to_bytes()).expect("what was written can be read");
            assert_eq!(again[0].protection.as_ref(), Some(protection));
        }
    }
}

/// The format that a track of a codec is written in: of those that are read as one codec, the one that the others build on.
fn written_format(info: &TrackInfo) -> crate::FourCc {
    crate::FourCc(match &info.format.0 {
        b"avc3" | b"dva1" | b"dvav" => *b"avc1",
        b"hev1" | b"dvh1" | b"dvhe" => *b"hvc1",
        b"vvi1" => *b"vvc1",
        b"dav1" => *b"av01",
        b".mp3" | b"ms\0\x55" => *b"mp4a",
        format => *format,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FIXTURES: &[&[u8]] = &[
        include_bytes!("../../testdata/ffmpeg-late.mp4"),
        include_bytes!("../../testdata/ffmpeg-late.mov"),
        include_bytes!("../../testdata/ffmpeg-cenc.mp4"),
        include_bytes!("../../testdata/ffmpeg-cenc-fragments.mp4"),
        include_bytes!("../../testdata/ffmpeg-cmaf.mp4"),
        include_bytes!("../../testdata/ffmpeg-9.0-hvc1.mp4"),
        include_bytes!("../../testdata/ffmpeg-9.0-vvc1.mp4"),
        include_bytes!("../../testdata/ffmpeg-9.0-av01.mp4"),
        include_bytes!("../../testdata/ffmpeg-9.0-vp09.mp4"),
        include_bytes!("../../testdata/ffmpeg-9.0-mpeg2.mp4"),
        include_bytes!("../../testdata/ffmpeg-9.0-opus.mp4"),
        include_bytes!("../../testdata/ffmpeg-9.0-flac.mp4"),
        include_bytes!("../../testdata/ffmpeg-9.0-ac3.mp4"),
        include_bytes!("../../testdata/ffmpeg-9.0-eac3.mp4"),
        include_bytes!("../../testdata/ffmpeg-9.0-alaw.mp4"),
        include_bytes!("../../testdata/ffmpeg-9.0-quicktime2.mp4"),
    ];

    fn all(data: &[u8]) {
        for body in [fmp4_movie, fmp4_mfra, fmp4_tracks, fmp4_protection] {
            body(data);
        }
    }

    #[test]
    fn every_body_of_mp4_takes_the_fixtures_and_every_beginning_of_them() {
        for fixture in FIXTURES {
            all(fixture);
            (0..fixture.len()).step_by(3).for_each(|end| all(&fixture[..end]));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn every_body_of_mp4_takes_noise(data in prop::collection::vec(any::<u8>(), 0..400)) {
            all(&data);
        }

        #[test]
        fn every_body_of_mp4_takes_fixtures_with_faults(
            fixture in prop::sample::select(FIXTURES),
            faults in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut data = fixture.to_vec();
            for (at, value) in &faults {
                let at = at.index(data.len());
                data[at] = *value;
            }
            all(&data);
            all(&data[..cut.index(data.len())]);
        }
    }
}
