//! H.266.

use bytes::Bytes;
use springhead_core::Limits;

use super::framed;
use crate::Unit;
use crate::nal::Framing;
use crate::reorder::MAX_DEPTH;
use crate::vvc::{self, ByteStream, DecoderConfig, PictureStart, Pps, Sps, Vps};

/// Video, sequence and picture parameter sets, and what begins a picture, by their own headers.
pub fn vvc_parameter_set(data: &[u8]) {
    if let Ok(sps) = Sps::parse(data) {
        assert!(sps.width() > 0 && sps.width() <= sps.coded_width && sps.coded_width <= 65_535);
        assert!(sps.height() > 0 && sps.height() <= sps.coded_height && sps.coded_height <= 65_535);
        assert!(sps.reorder_depth() <= MAX_DEPTH.into() && (8..=16).contains(&sps.bit_depth));
        assert!(sps.picture_rate().is_none_or(|rate| rate.num > 0 && rate.den > 0));
        if let Some(ptl) = &sps.profile_tier_level {
            assert!((1..=43).contains(&ptl.constraints.len()));
            assert!(vvc::codec_string(ptl).starts_with("vvc1."));
        }
    }
    if let Ok(pps) = Pps::parse(data) {
        assert!(pps.id < 64 && pps.sps_id < 16);
    }
    if let Ok(vps) = Vps::parse(data) {
        assert!((1..16).contains(&vps.id) && (1..=64).contains(&vps.layers) && (1..=7).contains(&vps.sublayers));
    }
    let _ = PictureStart::parse(data);
}

/// A decoder configuration record: what is written says the same, with lengths of four bytes.
pub fn vvc_decoder_config(data: &[u8]) {
    if let Ok(config) = DecoderConfig::parse(&Bytes::copy_from_slice(data)) {
        let again = DecoderConfig::parse(&config.to_bytes()).expect("what is written can be read");
        assert_eq!(again.to_bytes(), config.to_bytes());
        assert_eq!((&again.sps, &again.pps, again.length_size), (&config.sps, &config.pps, 4));
        let found: Vec<_> = config.sps.iter().chain(&config.pps).cloned().collect();
        assert_eq!(config.updated(&found).as_ref(), Ok(&config));
    }
}

/// An access unit in any framing: normalising is idempotent, and a byte stream comes back from its samples.
pub fn vvc_access_unit(data: &[u8]) {
    let Some((framing, payload)) = framed(data) else { return };
    let limits = Limits::default();
    let Ok(unit) = vvc::unit(&Bytes::copy_from_slice(payload), framing, &limits) else { return };
    let sample = unit.payload.to_bytes();
    let again = vvc::unit(&sample, Framing::LengthPrefixed(4), &limits).expect("what is normalised is sound");
    assert!(again.payload.slices().len() <= 1);
    assert_eq!(again, Unit { configuration: vec![], ..unit.clone() });
    let stream = vvc::to_annexb(&unit.payload, ByteStream { delimiter: true, parameter_sets: &unit.configuration });
    let stream = stream.expect("what is normalised falls into NAL units");
    if framing == Framing::AnnexB {
        let back = vvc::unit(&stream.to_bytes(), framing, &limits).expect("a byte stream is sound");
        assert_eq!((back.payload, back.configuration), (unit.payload, unit.configuration));
    }
}

/// The bodies of this room.
#[cfg(test)]
pub(super) const BODIES: [fn(&[u8]); 3] = [vvc_parameter_set, vvc_decoder_config, vvc_access_unit];

/// Real inputs.
#[cfg(test)]
pub(super) fn seeds() -> Vec<Vec<u8>> {
    use crate::fixtures;

    let mut seeds = vec![fixtures::OPEN_GOP_266.to_vec(), vec![0, 0x71, 0x10, 0x28]];
    for record in fixtures::vvc_records() {
        let pps = DecoderConfig::parse(&record.record).unwrap().pps[0].to_vec();
        seeds.extend([record.record.to_vec(), record.sps, pps]);
    }
    seeds
}
