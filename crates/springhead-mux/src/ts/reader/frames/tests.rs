use super::*;
use proptest::prelude::*;
use springhead_codec::aac::AudioSpecificConfig;
use springhead_codec::aac::adts::Header;
use springhead_codec::ac3::Ac3Config;
use springhead_codec::mpeg_audio::FrameHeader;

/// Frames of AAC at 44.1 kHz in ADTS, and where each begins.
fn adts_stream(frames: &[Vec<u8>]) -> (Vec<u8>, Vec<usize>) {
    let config = AudioSpecificConfig::parse(&[0x12, 0x10]).unwrap();
    let (mut stream, mut starts) = (Vec::new(), Vec::new());
    for frame in frames {
        starts.push(stream.len());
        stream.extend(Header::for_payload(&config, frame.len()).unwrap().to_bytes());
        stream.extend_from_slice(frame);
    }
    (stream, starts)
}

/// What a header says that has one time.
fn at(pts: Option<u64>) -> Said {
    Said { pts, dts: pts, ..Said::default() }
}

fn split(splitter: &mut Splitter, pts: u64, payload: &[u8]) -> (Vec<Frame>, bool) {
    let mut frames = Vec::new();
    let sound = splitter.split(Bytes::copy_from_slice(payload), at(Some(pts)), |frame| frames.push(frame));
    (frames, sound)
}

#[test]
fn what_is_no_frame_is_told_and_what_comes_before_it_is_given() {
    let (stream, _) = adts_stream(&[vec![1; 20], vec![2; 20]]);
    let mut splitter = Splitter::new(Content::Of(Codec::Aac));
    let (frames, sound) = split(&mut splitter, 0, &[&stream[..27], &[0; 30]].concat());
    assert_eq!((frames.len(), sound), (1, false));
    assert_eq!(split(&mut splitter, 0, &stream).0.len(), 2);
    let mut splitter = Splitter::new(Content::Of(Codec::Opus));
    let (frames, sound) = split(&mut splitter, 0, &[0x7f, 0xe0, 2, 0xfc, 1, 0x7f, 0x00, 2, 0xfc, 1]);
    assert_eq!((frames.len(), sound), (1, false));
    assert!(!split(&mut splitter, 0, &[0x7f, 0xe0, 3, 0xfc, 1]).1);
    let (frames, sound) = split(&mut splitter, 0, &[0x7f, 0x00, 2, 0x7f, 0xe0, 2, 0xfc, 1, 0x7f, 0xe0, 0]);
    assert_eq!((frames.len(), sound), (1, false), "behind noise, and one of no bytes");
}

#[test]
fn a_stream_that_is_joined_within_a_frame_is_read_from_the_next_one_on() {
    let (stream, starts) = adts_stream(&[vec![0xff; 60], vec![2; 20], vec![3; 20]]);
    let mut splitter = Splitter::new(Content::Of(Codec::Aac));
    let (frames, sound) = split(&mut splitter, 77, &stream[20..starts[2] + 9]);
    let found: Vec<_> = frames.iter().map(|frame| (frame.payload[0], frame.pts)).collect();
    assert_eq!((found, sound), (vec![(2, Some(77))], false));
    let (frames, sound) = split(&mut splitter, 0, &stream[starts[2] + 9..]);
    let found: Vec<_> = frames.iter().map(|frame| (frame.payload[0], frame.pts)).collect();
    assert_eq!((found, sound), (vec![(3, Some(77 + 2089))], true));
}

#[test]
fn opus_packets_are_timed_by_what_their_first_byte_says() {
    // 20 ms of CELT; two frames of 10 ms of SILK, trimmed at the start; three of 2.5 ms; with an extension.
    let packets: &[u8] = &[
        0x7f, 0xe0, 2, 0xfc, 1, // one
        0x7f, 0xf0, 2, 0, 5, 0x01, 9, // two
        0x7f, 0xe4, 2, 1, 0xaa, 0x83, 0x03, // three
        0x7f, 0xe0, 1, 0xfc,
    ];
    let (frames, sound) = split(&mut Splitter::new(Content::Of(Codec::Opus)), CLOCK_RANGE - 1800, packets);
    assert!(sound);
    let found: Vec<_> = frames.iter().map(|frame| (frame.payload.to_vec(), frame.pts.unwrap())).collect();
    assert_eq!(
        found,
        [(vec![0xfc, 1], CLOCK_RANGE - 1800), (vec![0x01, 9], 0), (vec![0x83, 3], 1800), (vec![0xfc], 1800 + 675)]
    );
}

/// Frames of MPEG audio of 48 kHz, layer III, of those bitrates, and how many samples come before each.
fn mpeg_audio_stream(bitrates: &[u8]) -> Vec<Vec<u8>> {
    let frame = |(n, bitrate): (usize, &u8)| {
        let header = [0xff, 0xfb, bitrate << 4 | 0x04, 0x44];
        let mut frame = vec![n as u8; FrameHeader::parse(&header).unwrap().frame_bytes()];
        frame[..4].copy_from_slice(&header);
        frame
    };
    bitrates.iter().enumerate().map(frame).collect()
}

/// A syncframe of Enhanced AC-3, 48 kHz, mono: `strmtyp`, `substreamid`, `numblkscod`, and what fills it.
fn syncframe(strmtyp: u8, substreamid: u8, numblkscod: u8, bytes: usize, filled: u8) -> Vec<u8> {
    let words = bytes / 2 - 1;
    let mut frame = vec![filled; 2 * (words + 1)];
    frame[..20].fill(0);
    frame[..4].copy_from_slice(&[0x0b, 0x77, strmtyp << 6 | substreamid << 3 | (words >> 8) as u8, words as u8]);
    // fscod 0, acmod 1, no lfe; bsid 16.
    frame[4..6].copy_from_slice(&[numblkscod << 4 | 1 << 1, 16 << 3]);
    frame
}

/// Puts payloads of that many bytes through a splitter, each with the time of the first unit that begins in it.
fn pieces(content: Content, units: &[Vec<u8>], piece: usize, time: impl Fn(usize) -> u64) -> (Vec<Frame>, bool) {
    let stream = units.concat();
    let starts: Vec<usize> = units.iter().scan(0, |at, unit| Some(std::mem::replace(at, *at + unit.len()))).collect();
    let mut splitter = Splitter::new(content);
    let (mut frames, mut sound) = (Vec::new(), true);
    for (n, payload) in stream.chunks(piece).enumerate() {
        let first = starts.iter().position(|start| (n * piece..n * piece + payload.len()).contains(start));
        sound &= splitter.split(Bytes::copy_from_slice(payload), at(first.map(&time)), |frame| frames.push(frame));
    }
    splitter.finish(|frame| frames.push(frame));
    (frames, sound)
}

#[test]
fn mpeg_audio_is_found_again_behind_what_is_none_and_timed_from_where_it_begins() {
    let frames = mpeg_audio_stream(&[5, 1, 9]);
    let mut splitter = Splitter::new(Content::Of(Codec::MpegAudio));
    let (found, sound) = split(&mut splitter, 500, &[&frames[0][100..], &frames[1], &frames[2][..50]].concat());
    assert_eq!((found.len(), found[0].pts, &found[0].payload[..], sound), (1, Some(500), &frames[1][..], false));
    let (found, sound) = split(&mut splitter, 9000, &[&frames[2][50..], &frames[0]].concat());
    let found: Vec<_> = found.iter().map(|frame| (&frame.payload[..], frame.pts.unwrap())).collect();
    assert_eq!((found, sound), (vec![(&frames[2][..], 500 + 2160), (&frames[0], 9000)], true));
    splitter.split(Bytes::copy_from_slice(&frames[2][..50]), at(None), |_| panic!("no frame is whole"));
    splitter.reset();
    assert!(!split(&mut splitter, 0, &frames[2][50..]).1);
}

#[test]
fn access_units_of_eac3_are_whole_and_those_that_are_not_are_told() {
    let [main, dependent] = [syncframe(0, 0, 3, 60, 1), syncframe(1, 0, 3, 40, 2)];
    let mut splitter = Splitter::new(Content::Of(Codec::Eac3));
    let (found, sound) = split(&mut splitter, 0, &[&dependent[..], &main].concat());
    assert_eq!((found.len(), sound), (0, false), "a substream before the main one, and nothing to tell the end by");
    let (found, sound) = split(&mut splitter, 2880, &[&dependent[..], &main, &dependent].concat());
    let lengths: Vec<_> = found.iter().map(|frame| (frame.payload.len(), frame.pts)).collect();
    assert_eq!((lengths, sound), (vec![(100, Some(0)), (100, Some(2880))], true));
    // The dependent substream ends.
    assert_eq!(split(&mut splitter, 5760, &main).0.len(), 0);
    let (found, _) = split(&mut splitter, 8640, &main);
    assert_eq!(found.iter().map(|frame| frame.pts.unwrap()).collect::<Vec<_>>(), [5760, 8640]);
    // Three blocks, of which the other three are missing.
    let (found, sound) = split(&mut splitter, 0, &[syncframe(0, 0, 2, 60, 1), main.clone()].concat());
    assert_eq!((found.len(), found[0].pts, sound), (1, Some(1440), false));
    splitter.split(main.clone().into(), at(None), |frame| assert_eq!(frame.payload, main));
    splitter.reset();
    splitter.finish(|_| panic!("nothing is open"));
}

#[test]
fn access_units_of_ac3_come_with_their_payload_and_their_configuration() {
    let mut frame = vec![7; 128];
    frame[..10].copy_from_slice(&[0x0b, 0x77, 0, 0, 0x00, 0x40, 0x40, 0, 0, 0]);
    let (found, sound) = split(&mut Splitter::new(Content::Of(Codec::Ac3)), 90, &[&frame[..], &frame].concat());
    assert!(sound && found.iter().all(|unit| unit.payload == frame));
    assert_eq!(found.iter().map(|unit| unit.pts.unwrap()).collect::<Vec<_>>(), [90, 90 + 2880]);
    let config = Ac3Config::parse(found[1].config.as_deref().unwrap()).unwrap();
    assert_eq!((config.sample_rate(), config.acmod), (48_000, 2));
    // The map says another codec than the frames.
    let mut splitter = Splitter::new(Content::Of(Codec::Eac3));
    split(&mut splitter, 0, &frame);
    splitter.finish(|unit| assert_eq!((unit.config, unit.payload.len()), (None, 128)));
}

proptest! {
    #[test]
    fn frames_of_mpeg_audio_come_out_whole_however_they_lie_in_payloads(
        bitrates in prop::collection::vec(1u8..15, 1..12),
        piece in 1usize..1500,
    ) {
        let frames = mpeg_audio_stream(&bitrates);
        let time = |n: usize| n as u64 * 2160;
        let (found, sound) = pieces(Content::Of(Codec::MpegAudio), &frames, piece, time);
        prop_assert!(sound);
        prop_assert_eq!(found.iter().map(|frame| frame.pts.unwrap()).collect::<Vec<_>>(), (0..frames.len()).map(time).collect::<Vec<_>>());
        prop_assert!(found.into_iter().map(|frame| frame.payload.to_vec()).eq(frames));
    }

    #[test]
    fn access_units_of_eac3_come_out_whole_however_they_lie_in_payloads(
        bytes in prop::collection::vec(26usize..200, 1..12),
        (blocks, others) in (0u8..4, prop::collection::vec(prop::sample::select(vec![(1u8, 0u8), (0, 1), (1, 3)]), 0..4)),
        piece in 1usize..1500,
    ) {
        // Frames of 1, 2, 3 or 6 blocks, each with all its substreams.
        let unit = |bytes: &usize| {
            let frames = [6, 3, 2, 1][usize::from(blocks)];
            let mut set = syncframe(0, 0, blocks, *bytes, 1);
            others.iter().for_each(|(strmtyp, id)| set.extend(syncframe(*strmtyp, *id, blocks, bytes + 6, 2)));
            set.repeat(frames)
        };
        let units: Vec<_> = bytes.iter().map(unit).collect();
        let time = |n: usize| n as u64 * 2880;
        let (found, sound) = pieces(Content::Of(Codec::Eac3), &units, piece, time);
        prop_assert!(sound);
        prop_assert!(found.iter().map(|frame| frame.payload.to_vec()).eq(units.iter().cloned()));
        // A payload's time is that of the first frame of the main program in it, which begins a unit where all have six blocks.
        if blocks == 3 {
            prop_assert!(found.iter().map(|frame| frame.pts.unwrap()).eq((0..units.len()).map(time)));
        }
        prop_assert!(found.iter().all(|frame| frame.config.is_some()));
    }

    #[test]
    fn adts_frames_come_out_whole_however_they_lie_in_payloads(
        frames in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..60), 1..12),
        piece in 1usize..150,
    ) {
        let (stream, starts) = adts_stream(&frames);
        let mut splitter = Splitter::new(Content::Of(Codec::Aac));
        let mut found = Vec::new();
        let time = |n: usize| n as u64 * 1024 * 90_000 / 44_100;
        for (n, payload) in stream.chunks(piece).enumerate() {
            // A payload in which none begins has no time.
            let first = starts.iter().position(|start| (n * piece..n * piece + payload.len()).contains(start));
            let sound = splitter.split(Bytes::copy_from_slice(payload), at(first.map(time)), |frame| found.push(frame));
            prop_assert!(sound);
        }
        for (n, frame) in found.iter().enumerate() {
            // A frame's time is added to that of the payload, which was rounded before.
            prop_assert!(frame.pts.unwrap().abs_diff(time(n)) <= 1);
            prop_assert_eq!(frame.config.as_deref(), Some(&[0x12, 0x10][..]));
        }
        let found: Vec<_> = found.into_iter().map(|frame| frame.payload.to_vec()).collect();
        prop_assert_eq!(found, frames);
    }
}
