use super::*;
use crate::fixtures::{self, av1};

fn obu(hex: &str) -> Bytes {
    fixtures::bytes(hex).into()
}

fn found(file: &av1::File) -> Vec<Bytes> {
    file.found.iter().map(|hex| obu(hex)).collect()
}

fn plain() -> DecoderConfig {
    DecoderConfig::from_found(&found(&av1::FILES[0])).unwrap()
}

fn hdr() -> DecoderConfig {
    DecoderConfig::from_found(&found(&av1::HDR)).unwrap()
}

#[test]
fn a_record_of_another_version_or_cut_short_is_refused() {
    let record = hdr().to_bytes();
    assert_eq!(DecoderConfig::parse(&Bytes::new()), Err(Av1Error::RecordTruncated(0)));
    assert_eq!(DecoderConfig::parse(&record.slice(..3)), Err(Av1Error::RecordTruncated(3)));
    for first in [0x01, 0x80, 0x82, 0x0a] {
        let changed = [&[first], &record[1..]].concat();
        assert_eq!(DecoderConfig::parse(&changed.into()), Err(Av1Error::RecordVersion(first)));
    }
    let whole = [4, 19, 27, record.len()];
    for end in (4..record.len()).filter(|end| !whole.contains(end)) {
        assert!(DecoderConfig::parse(&record.slice(..end)).is_err(), "{end}");
    }
}

#[test]
fn without_a_sequence_header_nothing_is_found() {
    assert_eq!(DecoderConfig::from_found(&[]), Err(Av1Error::NoSequenceHeader));
    assert_eq!(DecoderConfig::from_found(&found(&av1::HDR)[1..]), Err(Av1Error::NoSequenceHeader));
    let damaged = DecoderConfig::from_found(&[obu("0a0ae0000002afff9b5f2008")]);
    assert!(matches!(damaged, Err(Av1Error::Syntax(error)) if error.field == "seq_profile"));
}

#[test]
fn records_are_those_of_ffmpeg_to_the_byte() {
    for file in av1::FILES.iter().chain([&av1::HDR, &av1::HDR_NEWER]) {
        let config = DecoderConfig::from_found(&found(file)).unwrap();
        assert_eq!(config.to_bytes(), obu(file.record), "{}", file.made_with);
        assert_eq!(DecoderConfig::parse(&obu(file.record)), Ok(config), "{}", file.made_with);
    }
}

#[test]
fn a_record_that_was_read_is_written_as_it_was() {
    // What SVT-AV1 4.2 says beforehand is not what it sends; rav1e by FFmpeg 9.0.2 says nothing; a delay of 3 samples.
    for record in ["81004c000a0b02000005157ffc02f84040", "811f0c00", "81000c120a0a00000002afff9b5f2008"] {
        assert_eq!(DecoderConfig::parse(&obu(record)).unwrap().to_bytes(), obu(record));
    }
}

#[test]
fn where_record_and_sequence_header_differ_the_sequence_header_counts() {
    let config = DecoderConfig::parse(&obu("815fff000a0a00000002afff9b5f2008")).unwrap();
    assert_eq!(config, plain());
    assert_eq!(config.summary, Summary::from(&config.sequence().unwrap()));
}

#[test]
fn obus_that_have_no_place_in_a_record_are_passed_over_and_sizes_that_lack_are_added() {
    let record = obu("81000c00120008000000 02afff9b5f2008");
    let config = DecoderConfig::parse(&record).unwrap();
    assert_eq!(config, plain());
}

#[test]
fn repeated_sequence_headers_and_metadata_are_nothing_new() {
    for config in [plain(), hdr()] {
        assert_eq!(config.updated(&[]), Ok(config.clone()));
    }
    assert_eq!(hdr().updated(&found(&av1::HDR)), Ok(hdr()));
    assert_eq!(hdr().updated(&found(&av1::HDR)[..1]), Ok(hdr()), "metadata that are not repeated stay");
    let longer = obu("0a8b0000000002afff9b5f200800");
    assert_eq!(plain().updated(&[longer]), Ok(plain()), "zeros at the end, and a size of two bytes");
}

#[test]
fn another_sequence_ends_what_held_of_the_one_before() {
    let delayed = DecoderConfig { initial_presentation_delay: Some(3), ..hdr() };
    assert_eq!(delayed.updated(&found(&av1::HDR)), Ok(delayed.clone()));
    assert_eq!(delayed.updated(&found(&av1::FILES[0])), Ok(plain()));
}

#[test]
fn metadata_of_a_type_take_the_place_of_those_before() {
    let light = obu("2a060107d0025880");
    let brighter = hdr().updated(std::slice::from_ref(&light)).unwrap();
    assert_eq!(brighter.metadata, [light.clone(), found(&av1::HDR)[2].clone()]);
    let reordered = [light, found(&av1::FILES[0])[0].clone()];
    assert_eq!(plain().updated(&reordered).unwrap().metadata.len(), 1, "whatever order they come in");
}

#[test]
fn captions_are_not_taken_from_the_stream_but_kept_of_a_record() {
    let captions = obu("2a0304b580");
    assert_eq!(plain().updated(std::slice::from_ref(&captions)), Ok(plain()));
    let record = [&plain().to_bytes()[..], &captions].concat();
    assert_eq!(DecoderConfig::parse(&record.clone().into()).unwrap().to_bytes(), record);
}

#[test]
fn the_obus_of_a_record_are_slices_of_it() {
    let record = plain().to_bytes();
    let config = DecoderConfig::parse(&record).unwrap();
    assert_eq!(config.sequence_header.unwrap().as_ptr(), record[4..].as_ptr());
}
