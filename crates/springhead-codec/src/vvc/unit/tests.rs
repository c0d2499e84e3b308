use super::*;
use crate::fixtures::{self, byte_stream, prefixed};
use crate::nal::{self, NalError};
use crate::vvc::{ByteStream, to_annexb};

const DELIMITER: &[u8] = &[0x00, 0xa1, 0x28];
const SPS: &[u8] = &[0x00, 0x79, 0x01];
const PPS: &[u8] = &[0x00, 0x81, 0x01];
const APS: &[u8] = &[0x00, 0x89, 0x02];
const HEADER: &[u8] = &[0x00, 0x99, 0x80];
const MESSAGE: &[u8] = &[0x00, 0xb9, 0x01];
const FILLER: &[u8] = &[0x00, 0xc9, 0xff];
const END: &[u8] = &[0x00, 0xa9];
/// Slices that have the picture header.
const IDR: &[u8] = &[0x00, 0x41, 0xc4];
const B: &[u8] = &[0x00, 0x02, 0xa0];

fn normalised(nals: &[&[u8]]) -> Unit {
    unit(&prefixed(4, nals), Framing::LengthPrefixed(4), &Limits::default()).unwrap()
}

/// A slice of that type that leaves the picture header to another NAL unit.
fn slice(code: u8) -> [u8; 3] {
    [0x00, code << 3 | 1, 0x40]
}

#[test]
fn a_damaged_unit_is_refused_as_a_whole() {
    let refused =
        |nals: &[&[u8]]| unit(&prefixed(4, nals), Framing::LengthPrefixed(4), &Limits::default()).unwrap_err();
    assert_eq!(refused(&[IDR, &[0x80, 0x01, 0x80]]), VvcError::ForbiddenBit { offset: 11 });
    assert_eq!(refused(&[IDR, &[0x00]]), VvcError::ShortNal { offset: 11 });
    assert!(matches!(refused(&[&[0x00, 0x41]]), VvcError::Syntax(_)), "a slice without a header");
    assert!(matches!(refused(&[&[0x00, 0x99]]), VvcError::Syntax(_)), "an empty picture header");
    let beyond = unit(&Bytes::from_static(&[0, 0, 0, 9, 0]), Framing::LengthPrefixed(4), &Limits::default());
    assert!(matches!(beyond, Err(VvcError::Nal(NalError::LengthBeyondEnd { .. }))));
}

#[test]
fn what_configures_is_given_apart_and_what_a_sample_does_not_keep_is_left_out() {
    let input = [DELIMITER, &[0x00, 0x69, 0x01], SPS, PPS, MESSAGE, APS, HEADER, &slice(8), FILLER, &slice(8), END];
    for (framing, input) in [
        (Framing::AnnexB, byte_stream(&input)),
        (Framing::LengthPrefixed(1), prefixed(1, &input)),
        (Framing::LengthPrefixed(2), prefixed(2, &input)),
        (Framing::LengthPrefixed(4), prefixed(4, &input)),
    ] {
        let unit = unit(&input, framing, &Limits::default()).unwrap();
        let kept = prefixed(4, &[MESSAGE, APS, HEADER, &slice(8), &slice(8)]);
        assert_eq!(unit.payload.to_bytes(), kept, "{framing:?}");
        assert_eq!(unit.configuration, [&[0x00, 0x69, 0x01], SPS, PPS], "{framing:?}");
        assert!(unit.has_picture && unit.new_picture && unit.sap == Some(Sap::Type1), "{framing:?}");
    }
}

#[test]
fn a_unit_without_a_picture_says_so() {
    for nals in [&[][..], &[DELIMITER], &[SPS, PPS], &[MESSAGE, APS]] {
        let unit = normalised(nals);
        let flags = [unit.has_picture, unit.new_picture, unit.sap.is_some(), unit.disposable, unit.leading];
        assert_eq!(flags, [false; 5], "{nals:?}");
    }
    let header = normalised(&[HEADER]);
    assert!(header.new_picture && !header.has_picture, "the header by itself");
}

#[test]
fn a_slice_by_itself_carries_its_picture_on() {
    assert!(!normalised(&[&slice(8)]).new_picture);
    assert!(normalised(&[HEADER, &slice(8)]).new_picture);
    assert!(normalised(&[IDR]).new_picture);
}

#[test]
fn the_type_of_all_slices_tells_the_access_point() {
    let sap = |code| normalised(&[HEADER, &slice(code), &slice(code)]).sap;
    let saps: Vec<_> = (0..12).map(sap).collect();
    let (one, two, three) = (Some(Sap::Type1), Some(Sap::Type2), Some(Sap::Type3));
    assert_eq!(saps, [None, None, None, None, None, None, None, two, one, three, None, None]);
    assert_eq!(normalised(&[HEADER, &slice(8), &slice(0)]).sap, None, "a picture of two types");
    assert!(!normalised(&[HEADER, &slice(3), &slice(2)]).leading);
    let leading: Vec<_> = (0..12).map(|code| normalised(&[HEADER, &slice(code)]).leading).collect();
    assert_eq!(leading.iter().position(|&leading| leading), Some(3));
    assert_eq!(leading.iter().filter(|&&leading| leading).count(), 1);
}

#[test]
fn the_first_layer_decides_and_a_picture_without_references_to_it_is_disposable() {
    let upper = [0x01, 0x09, 0x80];
    assert_eq!(normalised(&[IDR, &upper]).sap, Some(Sap::Type1));
    assert!(normalised(&[B]).disposable && !normalised(&[IDR]).disposable);
    assert!(normalised(&[&[0x00, 0x99, 0x40], &slice(0)]).disposable);
}

#[test]
fn an_open_group_of_a_real_encoder_is_told_and_comes_back_as_a_byte_stream() {
    let stream = fixtures::OPEN_GOP_266;
    let nals: Vec<_> = nal::units(stream, Framing::AnnexB).map(|range| &stream[range.unwrap()]).collect();
    let begins = |at: &usize| nals[*at][1] >> 3 == NalType::AccessUnitDelimiter.code();
    let mut cuts: Vec<_> = (0..nals.len()).filter(begins).collect();
    cuts.push(nals.len());
    // The first delimiter comes first.
    assert_eq!(cuts[0], 0);
    let units: Vec<_> = cuts
        .windows(2)
        .map(|cut| unit(&byte_stream(&nals[cut[0]..cut[1]]), Framing::AnnexB, &Limits::default()).unwrap())
        .collect();
    assert_eq!(units.len(), 70);
    assert!(units.iter().all(|unit| unit.has_picture && unit.new_picture));
    let saps: Vec<_> = units.iter().enumerate().filter_map(|(n, unit)| Some((n, unit.sap?))).collect();
    assert_eq!(saps, [(0, Sap::Type2), (24, Sap::Type3)]);
    let leading: Vec<_> = (0..units.len()).filter(|&n| units[n].leading).collect();
    assert_eq!(leading, (25..48).collect::<Vec<_>>());
    assert_eq!(units[0].configuration.len(), 2);
    assert!(units[24].configuration.len() == 2 && units[24].configuration == units[0].configuration);
    for (at, unit) in units.iter().enumerate() {
        let options = ByteStream { delimiter: true, parameter_sets: &unit.configuration };
        let back = to_annexb(&unit.payload, options).unwrap().to_bytes();
        let whole = byte_stream(&nals[cuts[at]..cuts[at + 1]]);
        // The encoder tells which slice types follow; that is of the delimiter's bits 1 to 3.
        assert_eq!((&back[..6], back[6] & 0x8f), (&whole[..6], whole[6] & 0x8f), "{at}");
        assert_eq!(back[7..], whole[7..], "{at}");
    }
}
