use bytes::Bytes;
use springhead_core::Cicp;

use super::*;
use crate::fixtures::{self, vpx::PQ_BY_OPTIONS, vpx::VP9};

fn found(hex: &str) -> [Bytes; 1] {
    [fixtures::bytes(hex).into()]
}

fn described(config: &DecoderConfig) -> Track {
    track(TrackId(2), Timescale::MILLIS, config, None).unwrap()
}

#[test]
fn without_a_key_frame_there_is_neither_configuration_nor_track() {
    assert_eq!(DecoderConfig::from_found(&[]), Err(VpxError::NoKeyFrame));
    assert!(matches!(DecoderConfig::from_found(&found("8249")), Err(VpxError::Syntax(_))));
    let config = DecoderConfig::parse(&fixtures::bytes(VP9[0].record)).unwrap();
    assert_eq!(track(TrackId(2), Timescale::MILLIS, &config, None), Err(VpxError::NoSize));
}

#[test]
fn records_and_strings_are_those_of_ffmpeg() {
    for file in VP9 {
        let config = DecoderConfig::from_found(&found(file.key_frame)).unwrap();
        let track = described(&config);
        assert_eq!(track.config, fixtures::bytes(file.record), "{}", file.made_with);
        assert_eq!(DecoderConfig::parse(&track.config).unwrap().to_bytes(), track.config);
        // FFmpeg always gives the short form.
        assert!(track.codec_string.starts_with(file.dash), "{}", file.made_with);
        let differs = file.record.as_bytes()[5] != b'2' || !matches!(&file.record[10..12], "01" | "02");
        assert_eq!(track.codec_string.len() > file.dash.len(), differs, "{}", file.made_with);
        let video = track.video().unwrap();
        assert_eq!(((video.width, video.height), video.aspect), (file.size, SampleAspect::SQUARE));
    }
}

#[test]
fn the_colours_and_the_level_of_a_record_stay_where_a_key_frame_does_not_contradict_them() {
    let mut record = fixtures::bytes(PQ_BY_OPTIONS);
    record[1] = 20;
    let config = DecoderConfig::parse(&record).unwrap().updated(&found(VP9[6].key_frame)).unwrap();
    assert_eq!(config.updated(&found(VP9[6].key_frame)), Ok(config), "nothing new");
    let track = described(&config);
    assert_eq!((&track.config[..], &*track.codec_string), (&record[..], "vp09.02.20.10.01.09.16.09.01"));
    assert_eq!(
        track.video().unwrap().cicp,
        Some(Cicp { primaries: 9, transfer: Cicp::PQ, matrix: 9, full_range: true })
    );
    let changed = config.updated(&found(VP9[1].key_frame)).unwrap();
    assert_eq!(changed.record.cicp, Cicp { primaries: 2, transfer: 2, matrix: 2, full_range: false });
    let larger = DecoderConfig::from_found(&found(VP9[7].key_frame)).unwrap();
    assert_eq!(config.updated(&found(VP9[7].key_frame)).unwrap().to_bytes()[1], larger.to_bytes()[1]);
}

#[test]
fn the_rate_of_the_source_counts_for_the_level() {
    let config = DecoderConfig::from_found(&found(VP9[7].key_frame)).unwrap();
    let at = |num| track(TrackId(2), Timescale::MILLIS, &config, Some(FrameRate { num, den: 1 })).unwrap();
    assert_eq!([&*at(30).codec_string, &*at(60).codec_string], ["vp09.00.31.08", "vp09.00.40.08"]);
    assert_eq!(at(60).config[1], 40);
}

#[test]
fn the_size_to_show_gives_the_shape_of_a_sample() {
    assert_eq!(aspect((720, 576), (1024, 576)), SampleAspect { h: 64, v: 45 });
    assert_eq!(aspect((640, 360), (1280, 720)), SampleAspect::SQUARE);
    assert_eq!(aspect((1, 65_536), (65_536, 1)), SampleAspect { h: u32::MAX, v: 1 });
}
