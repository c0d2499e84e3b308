use std::collections::HashSet;

use proptest::prelude::*;
use springhead_codec::avc::slice::{SliceHeader, SliceType};
use springhead_codec::avc::{DecoderConfig, Pps, Sps};
use springhead_codec::nal::{self, Framing};
use springhead_core::{MediaKind, Rope};

use super::*;

fn options() -> impl Strategy<Value = SourceOptions> {
    let rate = prop::sample::select(vec![(30_000, 1001), (24_000, 1001), (25, 1), (60, 1), (1, 2)]);
    (rate, 1u32..70, 0u32..5, prop::sample::select(vec![None, Some(44_100), Some(48_000)]), 1u32..60, 0u64..1 << 40)
        .prop_map(|((num, den), gop, b_frames, audio_rate, half, start)| SourceOptions {
            frame_rate: FrameRate { num, den },
            gop,
            b_frames,
            audio_rate,
            start: Duration::from_millis(start),
            size: (half * 2, half * 2 + 10),
            ..Default::default()
        })
}

#[test]
fn an_hour_of_ntsc_pictures_ends_on_the_exact_tick() {
    let frame_rate = FrameRate { num: 30_000, den: 1001 };
    let source = Source::new(SourceOptions { frame_rate, ..Default::default() });
    assert_eq!(source.picture_ticks(107_892), 107_892 * 3003);
}

#[test]
fn equal_options_give_equal_units() {
    let take = || Source::new(SourceOptions::default()).take(500).collect::<Vec<_>>();
    assert_eq!(take(), take());
}

#[test]
fn lengths_are_about_what_is_asked_for() {
    let options = SourceOptions { b_frames: 1, unit_bytes: 3000, audio_rate: None, ..Default::default() };
    for unit in Source::new(options).take(200) {
        let expected = match (unit.is_random_access(), unit.flags.contains(UnitFlags::DISPOSABLE)) {
            (true, _) => 12_000,
            (_, true) => 1500,
            _ => 3000,
        };
        assert!(unit.payload.len().abs_diff(expected) < 8, "{} for {expected}", unit.payload.len());
    }
}

#[test]
fn pictures_are_decoded_before_those_that_refer_to_them() {
    let options = SourceOptions { gop: 6, b_frames: 2, audio_rate: None, ..Default::default() };
    let offsets: Vec<i64> = Source::new(options).take(7).map(|unit| unit.composition_offset.0 / 3000).collect();
    // Decoded I P B B P B, shown I B B P B P.
    assert_eq!(offsets, [1, 3, 0, 0, 2, 0, 1]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_track_is_what_a_ring_accepts(options in options()) {
        let source = Source::new(options);
        let tracks = source.tracks();
        let units: Vec<_> = source.take(400).collect();
        let mut seen: HashSet<Vec<u8>> = HashSet::new();
        for track in tracks.tracks.iter() {
            let own: Vec<_> = units.iter().filter(|unit| unit.track == track.id).collect();
            prop_assert_eq!(own[0].dts, Timestamp::ZERO + track.timescale.ticks(options.start, Rounding::Nearest));
            for pair in own.windows(2) {
                prop_assert_eq!(pair[0].dts + pair[0].duration, pair[1].dts);
                prop_assert!(pair[0].dts < pair[1].dts && pair[0].arrival < pair[1].arrival);
            }
            prop_assert!(own.iter().all(|unit| seen.insert(unit.payload.to_bytes().to_vec())), "each payload once");
            let mut shown: Vec<_> = own.iter().map(|unit| unit.pts()).collect();
            shown.sort();
            shown.dedup();
            prop_assert_eq!(shown.len(), own.len(), "each is shown at its own time");
            prop_assert!(own.iter().all(|unit| unit.composition_offset.0 >= 0));
        }
        prop_assert!(units.windows(2).all(|pair| pair[0].arrival <= pair[1].arrival));
    }

    #[test]
    fn pictures_say_of_themselves_what_their_units_say(options in options()) {
        let source = Source::new(options);
        let tracks = source.tracks();
        let track = tracks.first(MediaKind::Video).unwrap();
        let video = track.video().unwrap();
        prop_assert_eq!((video.width, video.height), options.size);
        prop_assert_eq!(video.frame_rate, Some(options.frame_rate));
        let config = DecoderConfig::parse(&track.config).unwrap();
        let sps = Sps::parse(&config.sps[0]).unwrap();
        let pps = Pps::parse(&config.pps[0]).unwrap();
        prop_assert_eq!(sps.reorder_depth(), u32::from(options.b_frames > 0));
        for unit in source.take(300).filter(|unit| unit.track == VIDEO) {
            let payload = unit.payload.to_bytes();
            let units: Vec<_> = nal::units(&payload, Framing::LengthPrefixed(4)).map(Result::unwrap).collect();
            prop_assert_eq!(units.len(), 2);
            let slice = SliceHeader::parse(&payload[units[1].clone()], &sps, &pps).unwrap();
            prop_assert_eq!(slice.idr, unit.is_random_access());
            prop_assert_eq!(slice.nal_ref_idc == 0, unit.flags.contains(UnitFlags::DISPOSABLE));
            prop_assert_eq!(slice.slice_type == SliceType::B, slice.nal_ref_idc == 0);
        }
    }

    #[test]
    fn frames_of_sound_have_the_length_of_their_track(rate in prop::sample::select(vec![44_100u32, 48_000, 22_050])) {
        let source = Source::new(SourceOptions { video: false, audio_rate: Some(rate), ..Default::default() });
        let tracks = source.tracks();
        let audio = tracks.first(MediaKind::Audio).unwrap().audio().copied().unwrap();
        prop_assert_eq!((audio.sample_rate, audio.channels, audio.unit_ticks), (rate, 2, 1024));
        for unit in source.take(50) {
            prop_assert_eq!(unit.duration, Ticks(audio.unit_ticks.into()));
            prop_assert!(!unit.payload.is_empty() && unit.payload != Rope::new());
        }
    }
}
