use super::*;
use crate::av1::temporal_units;
use crate::fixtures::{self, av1};

const DELIMITER: &[u8] = &[0x12, 0];
/// A frame OBU with a key frame that is shown.
const KEY: &[u8] = &[0x32, 2, 0x10, 0];
/// One with a key frame that is not shown: `showable_frame`, `error_resilient_mode`, `refresh_frame_flags` 0xff.
const FORWARD_KEY: &[u8] = &[0x32, 4, 0b0000_1100, 0, 0x0f, 0xf0];
const SHOW_EXISTING: &[u8] = &[0x1a, 1, 0xb0];
/// A switch frame that is shown.
const SWITCH: &[u8] = &[0x32, 1, 0b0111_0000];
/// An intra-only frame that is not shown, and an inter frame that is: each with what it refreshes.
const INTRA_ONLY: &[u8] = &[0x32, 4, 0b0100_1100, 0, 0x01, 0x00];
const INTER: &[u8] = &[0x32, 4, 0b0011_0000, 0, 0x04, 0];
const DISPOSABLE: &[u8] = &[0x32, 4, 0b0011_0000, 0, 0, 0];
const TILES: &[u8] = &[0x22, 2, 7, 7];
const PADDING: &[u8] = &[0x7a, 2, 0, 0x80];
const REDUNDANT: &[u8] = &[0x3a, 2, 0x10, 0];
const TILE_LIST: &[u8] = &[0x42, 1, 0];
const CAPTIONS: &[u8] = &[0x2a, 3, 4, 0xb5, 0x80];

fn normalised(obus: &[&[u8]]) -> Unit {
    unit(&obus.concat().into(), &Limits::default()).unwrap()
}

/// With the sequence header in force.
fn followed(obus: &[&[u8]]) -> Unit {
    let sequence = SequenceHeader::parse(av1::SEQUENCE).unwrap();
    let options = UnitOptions { sequence: Some(&sequence), ..UnitOptions::default() };
    unit_with(&obus.concat().into(), options, &Limits::default()).unwrap()
}

#[test]
fn a_damaged_unit_is_refused_as_a_whole() {
    let of = |obus: &[&[u8]]| unit(&obus.concat().into(), &Limits::default());
    assert_eq!(of(&[DELIMITER, &[0x80 | 0x32, 0]]), Err(Av1Error::ForbiddenBit { offset: 2 }));
    assert!(matches!(of(&[&[0x32, 0]]), Err(Av1Error::Syntax(error)) if error.field == "show_existing_frame"));
    assert!(matches!(of(&[&[0x0a, 1, 0xe0]]), Err(Av1Error::Syntax(error)) if error.field == "seq_profile"));
    assert!(matches!(of(&[KEY, &[0x32, 9, 0]]), Err(Av1Error::SizeBeyondEnd { available: 1, .. })));
}

#[test]
fn limits_hold() {
    let limits = Limits { nal_units: 2, unit_bytes: 12, ..Limits::default() };
    let of = |obus: &[&[u8]]| unit(&obus.concat().into(), &limits);
    assert_eq!(of(&[TILES, TILES, TILES]), Err(Av1Error::TooMany { limit: 2 }));
    assert_eq!(of(&[KEY, KEY, KEY, KEY]), Err(Av1Error::TooLong { bytes: 16, limit: 12 }));
    assert!(of(&[KEY, KEY]).is_ok());
}

#[test]
fn units_without_a_picture_say_so() {
    for obus in [&[][..], &[DELIMITER], &[PADDING], &[av1::SEQUENCE], &[CAPTIONS], &[REDUNDANT]] {
        let unit = normalised(obus);
        let flags = [unit.has_picture, unit.new_picture, unit.sap.is_some(), unit.disposable];
        assert_eq!(flags, [false; 4], "{obus:?}");
    }
}

#[test]
fn what_needs_no_change_is_the_input_itself() {
    let input = Bytes::from([av1::SEQUENCE, CAPTIONS, KEY].concat());
    let unit = unit(&input, &Limits::default()).unwrap();
    assert_eq!(unit.payload.slices().len(), 1);
    assert_eq!((unit.payload.slices()[0].as_ptr(), unit.payload.len()), (input.as_ptr(), input.len()));
}

#[test]
fn what_has_no_place_in_a_sample_is_taken_out_and_leaves_runs_of_the_input() {
    let obus = [DELIMITER, av1::SEQUENCE, KEY, PADDING, TILES, REDUNDANT, TILES, TILE_LIST];
    let input = Bytes::from(obus.concat());
    let unit = unit(&input, &Limits::default()).unwrap();
    assert_eq!(unit.payload.to_bytes(), [av1::SEQUENCE, KEY, TILES, TILES].concat());
    let slices: Vec<_> = unit.payload.slices().iter().map(|slice| slice.as_ptr()).collect();
    assert_eq!(slices, [2, 22, 30].map(|at| input[at..].as_ptr()));
    assert_eq!(unit.configuration, [av1::SEQUENCE]);
    assert_eq!(unit.configuration[0].as_ptr(), input[2..].as_ptr());
}

#[test]
fn an_obu_that_lacks_its_size_gets_one_and_keeps_its_layers() {
    let input = Bytes::from([av1::SEQUENCE, &[0x34, 0x28, 0x10, 0, 9]].concat());
    let unit = unit(&input, &Limits::default()).unwrap();
    assert_eq!(unit.payload.to_bytes(), [av1::SEQUENCE, &[0x36, 0x28, 3, 0x10, 0, 9]].concat());
    assert_eq!(unit.payload.slices().last().unwrap().as_ptr(), input[14..].as_ptr());
    assert_eq!(unit.sap, Some(Sap::Type1));
}

#[test]
fn only_a_shown_key_frame_after_a_sequence_header_is_an_access_point() {
    let sap = |obus: &[&[u8]]| normalised(obus).sap;
    assert_eq!(sap(&[DELIMITER, av1::SEQUENCE, KEY]), Some(Sap::Type1));
    assert_eq!(sap(&[CAPTIONS, av1::SEQUENCE, KEY, INTER]), Some(Sap::Type1));
    assert_eq!(sap(&[KEY]), None, "nothing to begin decoding with");
    assert_eq!(sap(&[KEY, av1::SEQUENCE]), None);
    assert_eq!(sap(&[av1::SEQUENCE, FORWARD_KEY, INTER]), None, "what is shown refers to earlier frames");
    assert_eq!(sap(&[av1::SEQUENCE, SHOW_EXISTING]), None, "the key frame is coded elsewhere");
    assert_eq!(sap(&[av1::SEQUENCE, SWITCH]), None, "a switch frame refers to earlier frames");
    assert_eq!(sap(&[av1::SEQUENCE, INTRA_ONLY, INTER]), None, "earlier frames stay in use");
    assert_eq!(sap(&[av1::SEQUENCE, INTER, KEY]), None);
}

#[test]
fn a_unit_is_disposable_when_what_its_frames_refresh_is_known_and_nothing() {
    assert!(followed(&[DISPOSABLE]).disposable && followed(&[av1::SEQUENCE, DISPOSABLE, DISPOSABLE]).disposable);
    for kept in [INTER, INTRA_ONLY, SWITCH, SHOW_EXISTING, KEY, FORWARD_KEY] {
        assert!(!followed(&[DISPOSABLE, kept]).disposable, "{kept:?}");
    }
    assert!(!normalised(&[DISPOSABLE]).disposable, "without a sequence header nobody knows");
}

#[test]
fn every_layer_of_a_temporal_unit_is_kept() {
    let base: &[u8] = &[0x36, 0, 2, 0x10, 0];
    let enhancement: &[u8] = &[0x36, 0x08, 1, 0b0111_0000];
    let unit = normalised(&[DELIMITER, av1::SEQUENCE, base, enhancement]);
    assert_eq!(unit.payload.to_bytes(), [av1::SEQUENCE, base, enhancement].concat());
    assert_eq!(unit.sap, Some(Sap::Type1));
}

#[test]
fn tile_groups_by_themselves_carry_a_picture_on() {
    let unit = normalised(&[TILES]);
    assert_eq!((unit.has_picture, unit.new_picture, unit.disposable), (true, false, false));
}

#[test]
fn metadata_of_high_dynamic_range_are_listed_and_captions_are_not() {
    let found: Vec<_> = av1::HDR.found.iter().map(|hex| fixtures::bytes(hex)).collect();
    let unit = normalised(&[&found[0], &found[1], CAPTIONS, &found[2], KEY]);
    assert_eq!(unit.configuration, found);
    assert_eq!(unit.payload.len(), found.concat().len() + CAPTIONS.len() + KEY.len(), "all stay in the sample");
}

#[test]
fn a_buffer_of_several_temporal_units_becomes_as_many_samples() {
    let buffer = Bytes::from_static(av1::HIDDEN_FRAMES);
    let buffers: Vec<_> = temporal_units(&buffer).map(Result::unwrap).collect();
    let first = unit(&buffers[0], &Limits::default()).unwrap();
    let sequence = SequenceHeader::parse(&first.configuration[0]).unwrap();
    let options = UnitOptions { sequence: Some(&sequence), ..UnitOptions::default() };
    let of = |buffer: &Bytes| unit_with(buffer, options, &Limits::default()).unwrap();
    let units: Vec<_> = buffers.iter().map(of).collect();
    let seen: Vec<_> = units.iter().map(|unit| (unit.sap, unit.disposable)).collect();
    let (kept, disposable) = ((None, false), (None, true));
    assert_eq!(seen, [(Some(Sap::Type1), false), kept, kept, disposable, kept, kept]);
    assert!(units.iter().all(|unit| unit.has_picture && unit.new_picture));
    assert!(units.iter().all(|unit| unit.payload.slices().len() == 1), "no unit is copied");
}

#[test]
fn both_formats_of_a_stream_give_the_same_sample() {
    let [low, delimited] = av1::BOTH_FORMATS.map(Bytes::from_static);
    let options = UnitOptions { framing: Framing::LengthDelimited, ..UnitOptions::default() };
    let whole = unit(&low, &Limits::default()).unwrap();
    let same = unit_with(&delimited, options, &Limits::default()).unwrap();
    assert_eq!(same.payload, whole.payload);
    assert_eq!((same.sap, same.disposable), (whole.sap, whole.disposable));
}
