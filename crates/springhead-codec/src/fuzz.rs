//! Bodies of the fuzz targets: each takes any bytes and checks what has to hold of them.

use bytes::Bytes;
use springhead_core::{Limits, Rope};

mod messages;

pub use messages::*;

use crate::Unit;
use crate::aac::adts::{self, Header};
use crate::aac::{self, AudioSpecificConfig};
use crate::avc::sei::RecoveryPoint;
use crate::avc::slice::{SliceHeader, SliceStart, is_first_of_new_picture};
use crate::avc::{self, ByteStream, DecoderConfig, Pps, Sps};
use crate::nal::{self, Framing, emulation};

/// `ffmpeg -f lavfi -i testsrc=size=1920x1080 -c:v libx264 -profile:v high -flags +ildct+ilme`: fields, `pic_order_cnt_lsb`.
const SPS: &[u8] = b"\x67\x64\0\x28\xac\xd9\x40\x78\x04\x4f\xde\x02\x20\0\0\x03\0\x20\0\0\x06\x43\xe2\xc5\xb2\xc0";
const PPS: &[u8] = b"\x68\xfe\x8f\xcb";

/// Both ways through emulation prevention.
pub fn emulation_prevention(data: &[u8]) {
    let nal = emulation::insert(data);
    let back = emulation::remove(&nal);
    assert!(back.starts_with(data) && back.len() <= data.len() + 1);
    assert!(!nal.ends_with(&[0]));
    assert!(emulation::remove(data).len() <= data.len());
}

/// Every framing, by the first byte.
pub fn nal_units(data: &[u8]) {
    let Some((framing, payload)) = framed(data) else { return };
    let mut end = 0;
    for range in nal::units(payload, framing).map_while(Result::ok) {
        assert!(range.start >= end && !range.is_empty() && range.end <= payload.len());
        end = range.end;
    }
}

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

/// An AudioSpecificConfig, and the ADTS header made of it.
pub fn audio_specific_config(data: &[u8]) {
    if let Ok(config) = AudioSpecificConfig::parse(data) {
        assert!(config.output_rate() > 0 && config.unit_ticks() > 0 && config.output_channels() > 0);
        assert_eq!(config.to_bytes(), data);
        assert!(aac::codec_string(&config).starts_with("mp4a.40."));
        if let Ok(header) = Header::for_payload(&config, data.len()) {
            let core = header.config().expect("a header that was made can be described");
            assert_eq!(core.object_type, config.object_type);
            assert_eq!(core.sampling_frequency, config.sampling_frequency);
            assert_eq!(core.channels, config.channels);
        }
    }
}

/// ADTS frames: headers are written as they were read, but for the bits that say nothing.
pub fn adts_frames(data: &[u8]) {
    let stream = Bytes::copy_from_slice(data);
    let mut total = 0;
    for frame in adts::split(&stream).filter_map(Result::ok) {
        assert_eq!(Header::parse(&frame.header.to_bytes()), Ok(frame.header));
        assert_eq!(frame.payload.len() + frame.header.len(), usize::from(frame.header.frame_length));
        total += usize::from(frame.header.frame_length);
        if let Ok(config) = frame.config() {
            assert_eq!(AudioSpecificConfig::parse(&config.to_bytes()), Ok(config));
        }
    }
    assert!(total <= data.len());
}

/// A framing by the first byte, and the rest.
fn framed(data: &[u8]) -> Option<(Framing, &[u8])> {
    let (&choice, payload) = data.split_first()?;
    let framing = match choice % 4 {
        0 => Framing::AnnexB,
        1 => Framing::LengthPrefixed(1),
        2 => Framing::LengthPrefixed(2),
        _ => Framing::LengthPrefixed(4),
    };
    Some((framing, payload))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use proptest::prelude::*;

    const BODIES: [fn(&[u8]); 11] = [
        emulation_prevention,
        nal_units,
        sequence_parameter_set,
        picture_parameter_set,
        slice_header,
        recovery_point,
        decoder_config,
        access_unit,
        byte_stream,
        audio_specific_config,
        adts_frames,
    ];

    /// Real inputs, each also with a framing before it.
    fn seeds() -> Vec<Vec<u8>> {
        let mut seeds: Vec<Vec<u8>> =
            [fixtures::TWO_SLICES, fixtures::OPEN_GOP, fixtures::PCE_ADTS].map(<[u8]>::to_vec).into();
        for sets in fixtures::PARAMETER_SETS {
            let (sps, pps) = (fixtures::bytes(sets.sps), fixtures::bytes(sets.pps));
            let config = DecoderConfig::from_parameter_sets([sps.clone().into()], [pps.clone().into()]).unwrap();
            seeds.extend([sps, pps, config.to_bytes().to_vec()]);
        }
        seeds.extend([fixtures::ASC_LC_44100_MONO, fixtures::ASC_LC_48000_PCE].map(fixtures::bytes));
        let framed: Vec<_> = seeds.iter().flat_map(|seed| (0..4).map(move |n| [&[n], &seed[..]].concat())).collect();
        seeds.extend(framed);
        seeds
    }

    #[test]
    fn every_body_holds_for_real_inputs_and_for_them_cut_short() {
        for seed in seeds() {
            for body in BODIES {
                body(&seed);
                (0..seed.len()).step_by(seed.len() / 40 + 1).for_each(|end| body(&seed[..end]));
            }
        }
    }

    proptest! {
        #[test]
        fn every_body_holds_for_real_inputs_that_are_damaged(
            seed in prop::sample::select(seeds()),
            damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        ) {
            let mut damaged = seed;
            for (at, value) in damage {
                let at = at.index(damaged.len());
                damaged[at] = value;
            }
            BODIES.iter().for_each(|body| body(&damaged));
        }

        #[test]
        fn every_body_holds_for_any_bytes(data in prop::collection::vec(prop_oneof![any::<u8>(), 0u8..4], 0..200)) {
            BODIES.iter().for_each(|body| body(&data));
        }
    }
}
