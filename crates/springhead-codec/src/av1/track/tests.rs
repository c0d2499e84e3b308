use bytes::Bytes;
use springhead_core::{Cicp, ContentLight, FrameRate, SampleAspect};

use super::*;
use crate::bits::BitWriter;
use crate::fixtures::{self, av1};

fn found(file: &av1::File) -> Vec<Bytes> {
    file.found.iter().map(|hex| fixtures::bytes(hex).into()).collect()
}

fn config(file: &av1::File) -> DecoderConfig {
    DecoderConfig::from_found(&found(file)).unwrap()
}

#[test]
fn a_record_without_a_sequence_header_makes_no_track() {
    let config = DecoderConfig::parse(&Bytes::from_static(&[0x81, 0, 0x0c, 0])).unwrap();
    assert_eq!(track(TrackId(1), Timescale::MPEG, &config), Err(Av1Error::NoSequenceHeader));
}

#[test]
fn with_the_size_of_its_container_it_makes_one_until_the_sequence_header_comes() {
    for file in av1::FILES {
        let whole = config(&file);
        let announced = track(TrackId(1), Timescale::MPEG, &whole).unwrap();
        let (MediaParams::Video(params), sequence) = (&announced.params, whole.sequence().unwrap()) else { panic!() };
        let size = Some((params.width, params.height));
        let bare = DecoderConfig { size, ..DecoderConfig::parse(&whole.to_bytes().slice(..4)).unwrap() };
        let before = track(TrackId(1), Timescale::MPEG, &bare).unwrap();
        let MediaParams::Video(said) = &before.params else { panic!() };
        assert_eq!((said.width, said.height), (params.width, params.height));
        let of_format = |text: &str| text.split('.').take(4).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(of_format(&before.codec_string), of_format(&announced.codec_string), "{}", file.made_with);
        if !sequence.color.description_present && !sequence.color.cicp.full_range {
            assert_eq!(before.codec_string, announced.codec_string, "{}", file.made_with);
        }
        assert_eq!(bare.updated(&found(&file)).unwrap(), whole);
    }
}

#[test]
fn strings_are_those_of_ffmpeg_where_colour_is_stated_or_nothing_differs() {
    for file in av1::FILES.iter().chain([&av1::HDR, &av1::HDR_NEWER]) {
        let sequence = config(file).sequence().unwrap();
        let ours = codec_string(&sequence);
        let color = &sequence.color;
        let srgb = (color.cicp.transfer, color.cicp.matrix) == (13, 0);
        if srgb {
            // FFmpeg does not give sRGB the full range that the sequence header means by it.
            assert_eq!(Some(&*ours), file.dash.strip_suffix('0').map(|head| format!("{head}1")).as_deref());
        } else if color.description_present || (color.subsampling_y && !color.mono_chrome) {
            assert_eq!(ours, file.dash, "{}", file.made_with);
        } else {
            // FFmpeg leaves the format out where colour is not stated; the binding has all values or none.
            let format = format!(
                ".{}.{}{}0",
                u8::from(color.mono_chrome),
                u8::from(color.subsampling_x),
                u8::from(color.subsampling_y)
            );
            let range = u8::from(color.cicp.full_range);
            assert_eq!(ours, format!("{}{format}.02.02.02.{range}", file.dash), "{}", file.made_with);
        }
    }
}

#[test]
fn default_values_are_left_out_even_where_they_are_stated() {
    let string = |colour: [u8; 3], full_range| {
        let mut sequence = SequenceHeader::parse(av1::SEQUENCE).unwrap();
        let [primaries, transfer, matrix] = colour;
        sequence.color.description_present = true;
        sequence.color.cicp = Cicp { primaries, transfer, matrix, full_range };
        codec_string(&sequence)
    };
    assert_eq!(string([1; 3], false), "av01.0.00M.08");
    assert_eq!(string([1; 3], true), "av01.0.00M.08.0.110.01.01.01.1");
    assert_eq!(string([2; 3], false), "av01.0.00M.08.0.110.02.02.02.0");
}

#[test]
fn the_high_tier_and_the_position_of_chroma_are_in_the_string() {
    let mut sequence = SequenceHeader::parse(av1::SEQUENCE).unwrap();
    sequence.operating_points[0].level_idx = 13;
    sequence.operating_points[0].high_tier = true;
    sequence.color.chroma_sample_position = 2;
    assert_eq!(codec_string(&sequence), "av01.0.13H.08.0.112.02.02.02.0");
}

#[test]
fn a_track_says_what_its_sequence_header_and_metadata_say() {
    let config = config(&av1::HDR);
    let track = track(TrackId(4), Timescale::MILLIS, &config).unwrap();
    assert_eq!((track.id, track.timescale, track.codec), (TrackId(4), Timescale::MILLIS, Codec::Av1));
    assert_eq!((&*track.codec_string, &track.config), ("av01.0.00M.10.0.110.09.16.09.0", &config.to_bytes()));
    let video = track.video().unwrap();
    assert_eq!((video.width, video.height, video.aspect), (64, 64, SampleAspect::SQUARE));
    assert_eq!(video.cicp, Some(Cicp { primaries: 9, transfer: Cicp::PQ, matrix: 9, full_range: false }));
    assert_eq!(video.content_light, Some(ContentLight { max_content: 1000, max_picture_average: 400 }));
    assert_eq!(video.mastering_display.map(|display| display.max_luminance), Some(10_000_000));
    assert_eq!(video.frame_rate, None);
}

#[test]
fn the_rate_is_that_of_the_timing() {
    // A sequence header with `timing_info` of 30000/1001 and `equal_picture_interval`.
    let mut w = BitWriter::new();
    w.bits(0, 5).flag(true).bits(1001, 32).bits(30_000, 32).flag(true).ue(0).flag(false).flag(false).bits(0, 5);
    w.bits(0, 12).bits(8, 5).flag(false).bits(10, 4).bits(10, 4).bits(1279, 11).bits(719, 11);
    w.flag(false).bits(0, 3).bits(0, 4).flag(false).flag(true).flag(true).bits(0, 3).bits(0, 3).flag(false).bits(0, 2);
    w.bits(0, 1).flag(false).trailing_bits();
    let payload = w.into_bytes();
    let obu = [&[0x0a, payload.len() as u8], &payload[..]].concat();
    let config = DecoderConfig::from_found(&[obu.into()]).unwrap();
    let track = track(TrackId(1), Timescale::MPEG, &config).unwrap();
    let video = track.video().unwrap();
    assert_eq!((video.width, video.height), (1280, 720));
    assert_eq!(video.frame_rate, Some(FrameRate { num: 30_000, den: 1001 }));
    assert_eq!((&*track.codec_string, video.cicp), ("av01.0.08M.08", None));
}
