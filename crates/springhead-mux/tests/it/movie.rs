//! Movies with tables of samples, against what ffprobe lists of them.

use bytes::Bytes;
use proptest::prelude::*;
use springhead_core::{Codec, TrackId};
use springhead_mux::fmp4::Edit;
use springhead_mux::fmp4::read::{BoxIter, InitSection, Movie, MovieSample, ReadError, Shift};

/// Each file with what `ffprobe -show_packets` says of it. In the last, nothing is heard at first, by an empty edit.
const FILES: [(&[u8], &str); 4] = [
    (include_bytes!("../../testdata/ffmpeg-late.mp4"), include_str!("../../testdata/ffmpeg-late.mp4.packets")),
    (include_bytes!("../../testdata/ffmpeg-early.mp4"), include_str!("../../testdata/ffmpeg-early.mp4.packets")),
    (include_bytes!("../../testdata/ffmpeg-late.mov"), include_str!("../../testdata/ffmpeg-late.mov.packets")),
    (include_bytes!("../../testdata/ffmpeg-delayed.mp4"), include_str!("../../testdata/ffmpeg-delayed.mp4.packets")),
];

/// Track, presentation time, decode time, duration, size, place, and whether it is a key frame.
type Packet = (u32, i64, i64, u32, usize, usize, bool);

fn listed(packets: &str) -> Vec<Packet> {
    let packet = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        let [stream, pts, dts, duration, size, place, flags] = fields[..] else { panic!("{line}") };
        let number = |text: &str| text.parse::<i64>().unwrap();
        (
            stream.parse::<u32>().unwrap() + 1,
            number(pts),
            number(dts),
            number(duration) as u32,
            number(size) as usize,
            number(place) as usize,
            flags.starts_with('K'),
        )
    };
    packets.lines().map(packet).collect()
}

fn packet(movie: &Movie<'_>, sample: &MovieSample) -> Packet {
    let track = movie.tracks().find(|track| track.id == sample.track).unwrap();
    let shift = Shift::of(&track.edits).unwrap().to_presentation(movie.timescale, track.timescale);
    let dts = sample.decode_time as i64 + shift;
    let pts = dts + i64::from(sample.composition_offset);
    (sample.track.0, pts, dts, sample.duration, sample.range.len(), sample.range.start, sample.is_sync())
}

#[test]
fn what_is_no_movie_is_refused() {
    assert!(matches!(Movie::parse(b""), Err(ReadError::Missing { kind, .. }) if kind.0 == *b"moov"));
    let file = FILES[0].0;
    let moov = file.windows(4).position(|window| window == b"moov").unwrap();
    assert!(matches!(Movie::parse(&file[..moov - 4]), Err(ReadError::Missing { kind, .. }) if kind.0 == *b"moov"));
    assert!(matches!(Movie::parse(&file[..moov + 100]), Err(ReadError::BoxSize { kind, .. }) if kind.0 == *b"moov"));
}

#[test]
fn every_packet_that_ffprobe_lists_is_found_where_it_is_and_when() {
    for (file, packets) in FILES {
        let movie = Movie::parse(file).unwrap();
        assert_eq!(movie.tracks().map(|track| track.codec).collect::<Vec<_>>(), [Some(Codec::Avc), Some(Codec::Aac)]);
        let mut expected = listed(packets);
        expected.sort_by_key(|packet| (packet.0, packet.2));
        let of = |track| movie.samples(TrackId(track)).unwrap().unwrap().map(|sample| packet(&movie, &sample.unwrap()));
        assert_eq!(of(1).chain(of(2)).collect::<Vec<_>>(), expected);
        assert!(movie.samples(TrackId(3)).unwrap().is_none());
    }
}

#[test]
fn samples_of_all_tracks_come_in_the_order_of_the_file_or_of_time() {
    for (file, packets) in FILES {
        let movie = Movie::parse(file).unwrap();
        let mut expected = listed(packets);
        expected.sort_by_key(|packet| packet.5);
        let by_place: Vec<_> =
            movie.samples_by_place().unwrap().map(|sample| packet(&movie, &sample.unwrap())).collect();
        assert_eq!(by_place, expected);
        let seconds = |sample: &MovieSample| {
            let track = movie.tracks().find(|track| track.id == sample.track).unwrap();
            sample.decode_time as f64 / f64::from(track.timescale.hz())
        };
        let by_time: Vec<MovieSample> = movie.samples_by_time().unwrap().map(Result::unwrap).collect();
        assert_eq!(by_time.len(), expected.len());
        assert!(by_time.is_sorted_by(|a, b| seconds(a) <= seconds(b)));
    }
}

#[test]
fn a_movie_whose_end_is_missing_is_read_as_far_as_it_goes() {
    let (file, packets) = FILES[1];
    let listed = listed(packets);
    let end = listed[10].5 + listed[10].4;
    let movie = Movie::parse(&file[..end]).unwrap();
    let samples: Vec<_> = movie.samples_by_place().unwrap().collect();
    let (last, read) = samples.split_last().unwrap();
    assert!(read.iter().all(|sample| sample.as_ref().is_ok_and(|sample| sample.range.end <= end)));
    assert!(matches!(last, Err(ReadError::Invalid { why: "a sample is behind the input", .. })));
}

#[test]
fn a_movie_in_fragments_has_no_samples_in_its_tables() {
    let file = include_bytes!("../../testdata/ffmpeg-cmaf.mp4");
    let movie = Movie::parse(file).unwrap();
    assert!(movie.is_fragmented);
    assert_eq!(movie.samples_by_time().unwrap().count(), 0);
    assert_eq!(movie.tracks().cloned().collect::<Vec<_>>(), InitSection::parse(file).unwrap().tracks);
}

#[test]
fn an_edit_list_that_only_shifts_is_told_from_others() {
    let edit = |duration, media_time| Edit { duration, media_time, rate: 0x0001_0000 };
    assert_eq!(Shift::of(&[]), Some(Shift { delay: 0, media_time: 0 }));
    assert_eq!(Shift::of(&[edit(0, 1024)]), Some(Shift { delay: 0, media_time: 1024 }));
    assert_eq!(Shift::of(&[edit(40, -1), edit(400, 1024)]), Some(Shift { delay: 40, media_time: 1024 }));
    assert_eq!(Shift::of(&[edit(40, -1)]), None, "nothing is ever presented");
    assert_eq!(Shift::of(&[edit(40, 0), edit(40, 512)]), None, "something is left out");
    assert_eq!(Shift::of(&[Edit { rate: 0x0002_0000, ..edit(40, 0) }]), None, "twice as fast");
    let (millis, pictures) = (springhead_core::Timescale::MILLIS, springhead_core::Timescale::MPEG);
    assert_eq!(Shift { delay: 40, media_time: 1000 }.to_presentation(millis, pictures), 2600);
}

/// A movie of one track whose tables are these boxes, behind as many bytes of media.
fn movie(media: usize, tables: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let boxed = |kind: &[u8; 4], body: &[u8]| [&(body.len() as u32 + 8).to_be_bytes()[..], kind, body].concat();
    let tables: Vec<u8> = tables.iter().flat_map(|(kind, body)| boxed(kind, body)).collect();
    let mut file = [boxed(b"mdat", &vec![0; media])].concat();
    let template = FILES[0].0;
    let at = |kind: &[u8; 4]| template.windows(4).position(|window| window == kind).unwrap() - 4;
    let whole = |kind: &[u8; 4]| {
        let start = at(kind);
        let size = u32::from_be_bytes(template[start..start + 4].try_into().unwrap()) as usize;
        template[start..start + size].to_vec()
    };
    let stbl = boxed(b"stbl", &[whole(b"stsd"), tables].concat());
    let mdia = boxed(b"mdia", &[whole(b"mdhd"), whole(b"hdlr"), boxed(b"minf", &stbl)].concat());
    let trak = boxed(b"trak", &[whole(b"tkhd"), mdia].concat());
    file.extend(boxed(b"moov", &[whole(b"mvhd"), trak].concat()));
    file
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

#[test]
fn tables_that_claim_more_samples_than_there_are_bytes_end_with_an_error() {
    let file = movie(
        8,
        &[
            (b"stts", words(&[0, 1, u32::MAX, 1])),
            (b"stsc", words(&[0, 1, 1, u32::MAX, 1])),
            // Four billion samples of no bytes: a size of each, of which there is none.
            (b"stsz", words(&[0, 0, u32::MAX])),
            (b"stco", words(&[0, 1, 8])),
        ],
    );
    let movie = Movie::parse(&file).unwrap();
    let last = movie.samples(TrackId(1)).unwrap().unwrap().last().unwrap();
    assert!(matches!(last, Err(ReadError::Truncated { kind, .. }) if kind.0 == *b"stsz"));
}

#[test]
fn compact_sizes_wide_offsets_and_dependencies_are_understood() {
    let file = movie(
        64,
        &[
            (b"stts", words(&[0, 2, 1, 100, 1, 50])),
            (b"ctts", words(&[0, 2, 2, 7, 1, -7i32 as u32])),
            (b"stsc", words(&[0, 2, 1, 2, 1, 2, 1, 2])),
            (b"stz2", [words(&[0, 4, 3]), vec![0x12, 0x30]].concat()),
            (b"co64", words(&[0, 2, 0, 20, 0, 9])),
            (b"stss", words(&[0, 2, 1, 3])),
            (b"sdtp", [words(&[0]), vec![0x20, 0x18, 0x20]].concat()),
        ],
    );
    let movie = Movie::parse(&file).unwrap();
    let samples: Vec<_> = movie.samples(TrackId(1)).unwrap().unwrap().map(Result::unwrap).collect();
    let ranges: Vec<_> = samples.iter().map(|sample| sample.range.clone()).collect();
    assert_eq!(ranges, [20..21, 21..23, 9..12]);
    let times: Vec<_> = samples.iter().map(|sample| (sample.decode_time, sample.duration)).collect();
    assert_eq!(times, [(0, 100), (100, 50), (150, 50)], "the last duration goes on");
    assert_eq!(samples.iter().map(|sample| sample.composition_offset).collect::<Vec<_>>(), [7, 7, -7]);
    let flags: Vec<u32> = samples.iter().map(|sample| sample.flags.0).collect();
    assert_eq!(flags, [0x0200_0000, 0x0181_0000, 0x0200_0000]);
    assert_eq!(samples.iter().map(|sample| sample.description).collect::<Vec<_>>(), [1, 1, 2]);
}

proptest! {
    #[test]
    fn tables_are_walked_as_they_were_laid_out(
        chunks in prop::collection::vec((0u32..3, prop::collection::vec((0u8..16, 1u32..9, -9i32..9, any::<bool>()), 0..4)), 1..8),
        bits in prop::sample::select(vec![4u32, 8, 16, 32]),
    ) {
        let samples: Vec<_> = chunks.iter().flat_map(|(_, samples)| samples).copied().collect();
        let (mut place, mut offsets, mut ranges) = (8u32, Vec::new(), Vec::new());
        for (gap, samples) in &chunks {
            place += gap;
            offsets.push(place);
            for (size, ..) in samples {
                ranges.push(place as usize..place as usize + usize::from(*size));
                place += u32::from(*size);
            }
        }
        let sizes: Vec<u8> = match bits {
            4 => samples.chunks(2).map(|pair| pair[0].0 << 4 | pair.get(1).map_or(0, |second| second.0)).collect(),
            8 => samples.iter().map(|sample| sample.0).collect(),
            16 => samples.iter().flat_map(|sample| u16::from(sample.0).to_be_bytes()).collect(),
            _ => samples.iter().flat_map(|sample| u32::from(sample.0).to_be_bytes()).collect(),
        };
        let count = samples.len() as u32;
        let size_box: (&[u8; 4], Vec<u8>) = match bits {
            32 => (b"stsz", [words(&[0, 0, count]), sizes].concat()),
            bits => (b"stz2", [words(&[0, bits, count]), sizes].concat()),
        };
        let stts: Vec<u32> = samples.iter().flat_map(|sample| [1, sample.1]).collect();
        let ctts: Vec<u32> = samples.iter().flat_map(|sample| [1, sample.2 as u32]).collect();
        let stsc: Vec<u32> = chunks.iter().zip(1..).flat_map(|((_, samples), n)| [n, samples.len() as u32, 1]).collect();
        let sync: Vec<u32> = samples.iter().zip(1..).filter(|(sample, _)| sample.3).map(|(_, n)| n).collect();
        let version_1 = 1 << 24;
        let file = movie(
            place as usize,
            &[
                (b"stts", words(&[&[0, count], &stts[..]].concat())),
                (b"ctts", words(&[&[version_1, count], &ctts[..]].concat())),
                (b"stsc", words(&[&[0, chunks.len() as u32], &stsc[..]].concat())),
                size_box,
                (b"stco", words(&[&[0, offsets.len() as u32], &offsets[..]].concat())),
                (b"stss", words(&[&[0, sync.len() as u32], &sync[..]].concat())),
            ],
        );
        let movie = Movie::parse(&file).unwrap();
        let read: Vec<_> = movie.samples(TrackId(1)).unwrap().unwrap().map(Result::unwrap).collect();
        let mut decode_time = 0;
        prop_assert_eq!(read.len(), samples.len());
        for ((read, (_, duration, offset, sync)), range) in read.iter().zip(&samples).zip(&ranges) {
            prop_assert_eq!((&read.range, read.decode_time, read.duration), (range, decode_time, *duration));
            prop_assert_eq!((read.composition_offset, read.is_sync()), (*offset, *sync));
            decode_time += u64::from(*duration);
        }
    }
}

#[test]
fn the_tracks_of_a_movie_can_be_written_as_an_init_section() {
    let file = Bytes::from_static(FILES[1].0);
    for track in springhead_mux::fmp4::read::tracks(&file).unwrap() {
        let init = springhead_mux::fmp4::init_section(&track, springhead_core::Ticks::ZERO).unwrap();
        assert_eq!(springhead_mux::fmp4::read::tracks(&init).unwrap(), [track]);
    }
}

#[test]
fn a_part_of_a_file_that_holds_its_moov_tells_of_the_same_samples() {
    for (file, _) in FILES {
        let moov = BoxIter::new(file).map(Result::unwrap).find(|found| found.header.kind.0 == *b"moov").unwrap().header;
        let part = &file[moov.offset..moov.offset + moov.len];
        let samples = |movie: Movie<'_>| movie.samples_by_time().unwrap().map(Result::unwrap).collect::<Vec<_>>();
        assert_eq!(samples(Movie::parse_part(part, file.len()).unwrap()), samples(Movie::parse(file).unwrap()));
        // In a file that is said to be shorter, what lies behind its end is refused.
        let short = Movie::parse_part(part, moov.offset.min(64)).unwrap();
        assert!(short.samples_by_time().unwrap().last().unwrap().is_err());
    }
}
