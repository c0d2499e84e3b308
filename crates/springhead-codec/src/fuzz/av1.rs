use bytes::Bytes;
use springhead_core::{Limits, Timescale, TrackId};

use crate::Unit;
use crate::av1::metadata::Metadata;
use crate::av1::obu::{self, Framing};
use crate::av1::{self, DecoderConfig, FrameHeader, SequenceHeader, UnitOptions};

/// A sequence header that makes frame headers long: frames are numbered, there are order hints, and the decoder model
/// states removal times for two operating points.
pub(crate) const LONG: &[u8] =
    b"\x0a\x23\x04\0\0\0\x04\0\0\0\x65\x48\0\0\0\x0a\x57\x09\x81\xa5\0\xc0\x45\x44\x05\x28\x06\
    \x02\x2b\x33\x3f\xac\xf7\x40\x27\x80\x04";

/// OBUs of a temporal unit in either framing, by the first byte.
pub fn av1_obus(data: &[u8]) {
    let Some((framing, input)) = framed(data) else { return };
    let mut end = 0;
    for obu in obu::units(input, framing).map_while(Result::ok) {
        assert!(obu.whole.start >= end && obu.payload.start > obu.whole.start);
        assert!(obu.payload.end == obu.whole.end && obu.whole.end <= input.len());
        end = obu.whole.end;
        let _ = Metadata::parse(&input[obu.payload]);
    }
}

/// A sequence header, as what follows the header of its OBU.
pub fn av1_sequence_header(data: &[u8]) {
    if let Ok(sequence) = SequenceHeader::from_payload(data) {
        assert!((1..=65_536).contains(&sequence.width) && (1..=65_536).contains(&sequence.height));
        assert!((1..=32).contains(&sequence.operating_points.len()) && sequence.level_idx() < 32);
        assert!(matches!(sequence.color.bit_depth, 8 | 10 | 12));
        assert!(sequence.frame_rate().is_none_or(|rate| rate.num > 0 && rate.den > 0));
        assert!(av1::codec_string(&sequence).len() >= "av01.0.00M.08".len());
        let _ = FrameHeader::parse(data, Some(&sequence), data[0] >> 5, data[0] & 3);
    }
}

/// A configuration record: what is written says the same.
pub fn av1_decoder_config(data: &[u8]) {
    if let Ok(config) = DecoderConfig::parse(&Bytes::copy_from_slice(data)) {
        let again = DecoderConfig::parse(&config.to_bytes()).expect("what is written can be read");
        assert_eq!(again, config);
        let found: Vec<_> = config.sequence_header.iter().chain(&config.metadata).cloned().collect();
        assert_eq!(config.updated(&found).as_ref(), Ok(&config));
        assert_eq!(av1::track(TrackId(1), Timescale::MPEG, &config).is_ok(), config.sequence_header.is_some());
    }
}

/// A temporal unit in either framing: normalising is idempotent, and cutting at delimiters loses nothing.
pub fn av1_unit(data: &[u8]) {
    let Some((framing, input)) = framed(data) else { return };
    let (input, limits) = (Bytes::copy_from_slice(input), Limits::default());
    let known = SequenceHeader::parse(LONG).expect("the sequence header is sound");
    let options = UnitOptions { framing, sequence: Some(&known) };
    if let Ok(unit) = av1::unit_with(&input, options, &limits) {
        let options = UnitOptions { framing: Framing::LowOverhead, ..options };
        let sample = unit.payload.to_bytes();
        let again = av1::unit_with(&sample, options, &limits).expect("what is normalised is sound");
        assert!(again.payload.slices().len() <= 1);
        let found = |unit: &Unit| DecoderConfig::from_found(&unit.configuration);
        assert_eq!(found(&again), found(&unit));
        assert_eq!(Unit { configuration: vec![], ..again }, Unit { configuration: vec![], ..unit });
    }
    let units: Vec<_> = av1::temporal_units(&input).collect();
    let whole: Vec<_> = units.iter().map_while(|unit| unit.clone().ok()).collect();
    assert!(input.starts_with(&whole.concat()));
    if whole.len() == units.len() {
        assert_eq!(whole.concat(), input);
    }
}

/// A framing by the first byte, and the rest.
fn framed(data: &[u8]) -> Option<(Framing, &[u8])> {
    let (&choice, input) = data.split_first()?;
    let framing = if choice.is_multiple_of(2) { Framing::LowOverhead } else { Framing::LengthDelimited };
    Some((framing, input))
}

/// The bodies of this room.
#[cfg(test)]
pub(super) const BODIES: [fn(&[u8]); 4] = [av1_obus, av1_sequence_header, av1_decoder_config, av1_unit];

/// Real inputs.
#[cfg(test)]
pub(super) fn seeds() -> Vec<Vec<u8>> {
    use crate::fixtures::{self, av1 as files};

    let mut seeds: Vec<Vec<u8>> = vec![files::HIDDEN_FRAMES.into()];
    seeds.extend(files::BOTH_FORMATS.map(<[u8]>::to_vec));
    for file in files::FILES.iter().chain([&files::HDR, &files::HDR_NEWER]) {
        let found: Vec<_> = file.found.iter().map(|hex| fixtures::bytes(hex)).collect();
        seeds.extend([fixtures::bytes(file.record), found[0][2..].to_vec(), found.concat()]);
    }
    seeds
}
