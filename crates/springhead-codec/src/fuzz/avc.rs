//! Bodies of H.264.

use bytes::Bytes;
use springhead_core::{Limits, Rope};

use super::framed;
use crate::Unit;
use crate::avc::sei::RecoveryPoint;
use crate::avc::slice::{SliceHeader, SliceStart, is_first_of_new_picture};
use crate::avc::{self, ByteStream, DecoderConfig, Pps, Sps};
use crate::nal::Framing;

/// `ffmpeg -f lavfi -i testsrc=size=1920x1080 -c:v libx264 -profile:v high -flags +ildct+ilme`: fields, `pic_order_cnt_lsb`.
const SPS: &[u8] = b"\x67\x64\0\x28\xac\xd9\x40\x78\x04\x4f\xde\x02\x20\0\0\x03\0\x20\0\0\x06\x43\xe2\xc5\xb2\xc0";
const PPS: &[u8] = b"\x68\xfe\x8f\xcb";

/// A sequence parameter set.
pub fn sequence_parameter_set(data: &[u8]) {
    if let Ok(sps) = Sps::parse(data) {
        assert!(sps.width() > 0 && sps.width() <= sps.coded_width && sps.coded_width <= 1_055 * 16);
        assert!(sps.height() > 0 && sps.height() <= sps.coded_height);
        assert!(sps.reorder_depth() <= 16);
        assert!(sps.frame_rate().is_none_or(|rate| rate.num > 0 && rate.den > 0));
        assert_eq!(avc::codec_string(data).len(), "avc1.640028".len());
    }
}

/// A picture parameter set.
pub fn picture_parameter_set(data: &[u8]) {
    if let Ok(pps) = Pps::parse(data) {
        assert!(pps.sps_id < 32 && (1..=8).contains(&pps.slice_groups));
    }
}

/// A slice, with parameter sets that make its header long.
pub fn slice_header(data: &[u8]) {
    let (Ok(sps), Ok(mut pps)) = (Sps::parse(SPS), Pps::parse(PPS)) else { return };
    pps.bottom_field_order_present = true;
    pps.redundant_pic_cnt_present = true;
    let start = SliceStart::parse(data);
    if let Ok(header) = SliceHeader::parse(data, &sps, &pps) {
        assert!(start.is_ok_and(|start| start.pps_id == header.pps_id && start.first_mb == header.first_mb));
        assert!(!is_first_of_new_picture(&header, &header));
    }
}

/// Supplemental enhancement information.
pub fn recovery_point(data: &[u8]) {
    let total: usize = avc::sei::messages(data).map_while(Result::ok).map(|message| message.payload.len() + 2).sum();
    assert!(total <= data.len());
    let _ = RecoveryPoint::find(data);
}

/// A decoder configuration record: what is written says the same, with lengths of four bytes.
pub fn decoder_config(data: &[u8]) {
    if let Ok(config) = DecoderConfig::parse(&Bytes::copy_from_slice(data)) {
        let again = DecoderConfig::parse(&config.to_bytes()).expect("what is written can be read");
        assert_eq!((&again.sps, &again.pps, again.length_size), (&config.sps, &config.pps, 4));
        let found: Vec<_> = config.sps.iter().chain(&config.pps).cloned().collect();
        assert_eq!(config.updated(&found).as_ref(), Ok(&config));
    }
}

/// An access unit in any framing: normalising is idempotent, and a byte stream comes back from its samples.
pub fn access_unit(data: &[u8]) {
    let Some((framing, payload)) = framed(data) else { return };
    let limits = Limits::default();
    let Ok(unit) = avc::unit(&Bytes::copy_from_slice(payload), framing, &limits) else { return };
    let sample = unit.payload.to_bytes();
    let again = avc::unit(&sample, Framing::LengthPrefixed(4), &limits).expect("what is normalised is sound");
    assert!(again.payload.slices().len() <= 1);
    assert_eq!(again, Unit { configuration: vec![], ..unit.clone() });
    let stream = avc::to_annexb(&unit.payload, ByteStream { delimiter: true, parameter_sets: &unit.configuration });
    let stream = stream.expect("what is normalised falls into NAL units");
    if framing == Framing::AnnexB {
        let back = avc::unit(&stream.to_bytes(), framing, &limits).expect("a byte stream is sound");
        assert_eq!((back.payload, back.configuration), (unit.payload, unit.configuration));
    }
}

/// Any bytes as a sample, which is cut anywhere, on its way to a byte stream.
pub fn byte_stream(data: &[u8]) {
    let whole = Bytes::copy_from_slice(data);
    let cut: Rope = (0..whole.len()).step_by(3).map(|at| whole.slice(at..whole.len().min(at + 3))).collect();
    let options = ByteStream { delimiter: true, ..ByteStream::default() };
    assert_eq!(avc::to_annexb(&cut, options), avc::to_annexb(&whole.into(), options));
}

#[cfg(test)]
pub(super) const BODIES: [fn(&[u8]); 7] = [
    sequence_parameter_set,
    picture_parameter_set,
    slice_header,
    recovery_point,
    decoder_config,
    access_unit,
    byte_stream,
];

/// Real inputs.
#[cfg(test)]
pub(super) fn seeds() -> Vec<Vec<u8>> {
    use crate::fixtures;

    let mut seeds: Vec<Vec<u8>> = [fixtures::TWO_SLICES, fixtures::OPEN_GOP].map(<[u8]>::to_vec).into();
    for sets in fixtures::PARAMETER_SETS {
        let (sps, pps) = (fixtures::bytes(sets.sps), fixtures::bytes(sets.pps));
        let config = DecoderConfig::from_parameter_sets([sps.clone().into()], [pps.clone().into()]);
        seeds.extend([sps, pps, config.expect("parameter sets of an encoder").to_bytes().to_vec()]);
    }
    seeds
}
