//! Bodies of H.265.

use bytes::Bytes;
use springhead_core::{Limits, Rope, Timescale, TrackId};

use super::framed;
use crate::Unit;
use crate::hevc::sei::{self, RecoveryPoint};
use crate::hevc::slice::{SliceHeader, SliceStart};
use crate::hevc::{self, ByteStream, DecoderConfig, NalHeader, PicOrder, Pps, Sps, Vps};
use crate::nal::Framing;

/// 1920x1080, that is 510 coding tree blocks: the sixth of the parameter sets of the tests.
const SPS: &[u8] = b"\x42\x01\x01\x21\x60\0\0\x03\0\x90\0\0\x03\0\0\x03\0\x99\xa0\x03\xc0\x80\x11\x07\xcb\x96\x56\x54\
    \xa4\xc2\xf0\x16\x80\x80\0\0\x03\0\x80\0\0\x1e\x30\x92\x4c\x3f\0\0\x2f\xaf\x08\0\x01\x7d\x78\x44";
const PPS: &[u8] = b"\x44\x01\xc0\x73\xc0\x89";

/// A video parameter set.
pub fn hevc_video_parameter_set(data: &[u8]) {
    if let Ok(vps) = Vps::parse(data) {
        assert!(vps.id < 16 && (1..=7).contains(&vps.sub_layers) && vps.ordering.max_num_reorder < 16);
        assert_eq!(vps.profile_tier_level.sub_layers.len() + 1, vps.sub_layers.into());
    }
}

/// A sequence parameter set.
pub fn hevc_sequence_parameter_set(data: &[u8]) {
    if let Ok(sps) = Sps::parse(data) {
        assert!(sps.width() > 0 && sps.width() <= sps.coded_width && sps.coded_width <= 65_535);
        assert!(sps.height() > 0 && sps.height() <= sps.coded_height && sps.coded_height <= 65_535);
        assert!(sps.reorder_depth() < 16 && sps.size_in_ctbs() > 0);
        assert!(sps.frame_rate().is_none_or(|rate| rate.num > 0 && rate.den > 0));
        assert!(hevc::codec_string(&sps.profile_tier_level).starts_with("hvc1."));
    }
}

/// A picture parameter set.
pub fn hevc_picture_parameter_set(data: &[u8]) {
    if let Ok(pps) = Pps::parse(data) {
        assert!(pps.id < 64 && pps.sps_id < 16 && pps.num_extra_slice_header_bits < 8);
    }
}

/// A slice segment, with parameter sets that make its header long, and the order of its picture.
pub fn hevc_slice_header(data: &[u8]) {
    let (Ok(sps), Ok(mut pps)) = (Sps::parse(SPS), Pps::parse(PPS)) else { return };
    pps.dependent_slice_segments = true;
    pps.output_flag_present = true;
    pps.num_extra_slice_header_bits = 7;
    let start = SliceStart::parse(data);
    if let Ok(header) = SliceHeader::parse(data, &sps, &pps) {
        assert_eq!(start, Ok(header.start));
        assert_eq!(header.address == 0, header.start.first_in_picture);
        assert!(header.address < sps.size_in_ctbs() && (header.slice.is_some() || !header.start.first_in_picture));
        if let Some(slice) = header.slice {
            let mut order = PicOrder::default();
            let mut next = || order.next(header.start.nal, slice.pic_order_cnt_lsb, sps.log2_max_pic_order_cnt_lsb);
            assert_eq!([next(), next()], [i32::from(slice.pic_order_cnt_lsb); 2]);
        }
    }
}

/// Supplemental enhancement information: each message by itself reads as it was.
pub fn hevc_messages(data: &[u8]) {
    let _ = RecoveryPoint::find(data);
    let Ok(rbsp) = sei::rbsp(data) else { return };
    let mut total = 0;
    for message in sei::messages(&rbsp).map_while(Result::ok) {
        total += message.payload.len() + 2;
        let _ = sei::mastering_display(message.payload);
        let _ = sei::content_light(message.payload);
        let _ = sei::preferred_transfer(message.payload);
    }
    assert!(total <= data.len());
}

/// A decoder configuration record: what is written says the same, with lengths of four bytes.
pub fn hevc_decoder_config(data: &[u8]) {
    if let Ok(config) = DecoderConfig::parse(&Bytes::copy_from_slice(data)) {
        let again = DecoderConfig::parse(&config.to_bytes()).expect("what is written can be read");
        assert_eq!(again, DecoderConfig { length_size: 4, ..config.clone() });
        let found: Vec<_> =
            [&config.vps, &config.sps, &config.pps, &config.sei].into_iter().flatten().cloned().collect();
        assert_eq!(config.updated(&found).as_ref(), Ok(&config));
        let track = hevc::track(TrackId(1), Timescale::MPEG, &config).expect("a configuration makes a track");
        assert_eq!(track.config, config.to_bytes());
    }
}

/// An access unit in any framing: normalising is idempotent, and a byte stream comes back from its samples.
pub fn hevc_access_unit(data: &[u8]) {
    let Some((framing, payload)) = framed(data) else { return };
    let limits = Limits::default();
    let Ok(unit) = hevc::unit_of(&Bytes::copy_from_slice(payload), framing, 0, &limits) else { return };
    let sample = unit.payload.to_bytes();
    let again = hevc::unit_of(&sample, Framing::LengthPrefixed(4), 0, &limits).expect("what is normalised is sound");
    assert!(again.payload.slices().len() <= 1);
    let is_set = |nal: &Bytes| NalHeader::of(nal).is_some_and(|header| (32..35).contains(&header.nal_type.code()));
    let messages = unit.configuration.iter().filter(|nal| !is_set(nal)).cloned().collect();
    assert_eq!(again, Unit { configuration: messages, ..unit.clone() });
    let careful = hevc::unit(&sample, Framing::LengthPrefixed(4), &limits).expect("what is normalised is sound");
    assert!(unit.disposable || !careful.disposable);
    let sets: Vec<_> = unit.configuration.iter().filter(|nal| is_set(nal)).cloned().collect();
    let stream = hevc::to_annexb(&unit.payload, ByteStream { delimiter: true, parameter_sets: &sets });
    let stream = stream.expect("what is normalised falls into NAL units");
    if framing == Framing::AnnexB {
        let back = hevc::unit_of(&stream.to_bytes(), framing, 0, &limits).expect("a byte stream is sound");
        let mut found = unit.configuration;
        found.sort_by_key(|nal| !is_set(nal));
        assert_eq!((back.payload, back.configuration), (unit.payload, found));
    }
}

/// Any bytes as a sample, which is cut anywhere, on its way to a byte stream.
pub fn hevc_byte_stream(data: &[u8]) {
    let whole = Bytes::copy_from_slice(data);
    let cut: Rope = (0..whole.len()).step_by(3).map(|at| whole.slice(at..whole.len().min(at + 3))).collect();
    let options = ByteStream { delimiter: true, ..ByteStream::default() };
    assert_eq!(hevc::to_annexb(&cut, options), hevc::to_annexb(&whole.into(), options));
}

/// The bodies of this room.
#[cfg(test)]
pub(super) const BODIES: [fn(&[u8]); 8] = [
    hevc_video_parameter_set,
    hevc_sequence_parameter_set,
    hevc_picture_parameter_set,
    hevc_slice_header,
    hevc_messages,
    hevc_decoder_config,
    hevc_access_unit,
    hevc_byte_stream,
];

/// Real inputs.
#[cfg(test)]
pub(super) fn seeds() -> Vec<Vec<u8>> {
    use crate::hevc::fixtures::{DEPENDENT_SLICES, OPEN_GOP, PARAMETER_SETS, RADL, SUB_LAYERS, nal_units};

    let mut seeds: Vec<Vec<u8>> = [OPEN_GOP, RADL, SUB_LAYERS].map(<[u8]>::to_vec).into();
    seeds.extend(nal_units(DEPENDENT_SLICES).iter().map(|nal| nal.to_vec()));
    for sets in PARAMETER_SETS {
        let found = sets.found();
        seeds.push(DecoderConfig::from_found(&found).unwrap().to_bytes().to_vec());
        seeds.extend(found.iter().map(|nal| nal.to_vec()));
    }
    seeds
}
