//! Tracks and units of real shape, small.

use bytes::Bytes;
use springhead_codec::avc::{self, DecoderConfig};
use springhead_codec::{aac, nal::Framing};
use springhead_core::{FrameRate, MediaParams, MonoTime, TickDelta, Timescale, Track, TrackId};

use crate::RawUnit;

/// `ffmpeg -f lavfi -i testsrc=size=320x240:rate=25 -c:v libx264 -profile:v baseline`.
pub(crate) const SPS: &[u8] = b"\x67\x42\xc0\x0d\xda\x05\x07\xec\x04\x40\0\0\x03\0\x40\0\0\x0c\x83\xc5\x0a\xa8";
/// `ffmpeg -f lavfi -i testsrc=size=640x360:rate=30 -c:v libx264 -profile:v main -bf 3`.
pub(crate) const OTHER_SPS: &[u8] =
    b"\x67\x4d\x40\x1e\xec\xa0\x50\x17\xfc\xb8\x08\x80\0\0\x03\0\x80\0\0\x1e\x07\x8b\x16\xcb";
pub(crate) const PPS: &[u8] = b"\x68\xce\x0f\xc8";

/// An IDR picture of one slice.
pub(crate) const IDR: &[u8] = b"\x65\x88\x84\x01";
/// A predicted picture.
pub(crate) const P: &[u8] = b"\x41\x9a\x02";
/// A picture that nothing refers to.
pub(crate) const B: &[u8] = b"\x01\x9e\x03";
/// A recovery point SEI message, without a picture.
pub(crate) const SEI: &[u8] = b"\x06\x06\x01\xc4\x80";

pub(crate) fn config(sps: &'static [u8]) -> DecoderConfig {
    DecoderConfig::from_parameter_sets([Bytes::from_static(sps)], [Bytes::from_static(PPS)]).unwrap()
}

pub(crate) fn video() -> Track {
    avc::track(TrackId(1), Timescale::MPEG, &config(SPS)).unwrap()
}

/// A track that states another frame rate, or none.
pub(crate) fn video_at(frame_rate: Option<FrameRate>) -> Track {
    let mut track = video();
    if let MediaParams::Video(params) = &mut track.params {
        params.frame_rate = frame_rate;
    }
    track
}

pub(crate) fn audio(rate: u32) -> Track {
    let config: &[u8] = if rate == 44_100 { &[0x12, 0x10] } else { &[0x11, 0x90] };
    aac::track(TrackId(2), &Bytes::copy_from_slice(config)).unwrap()
}

/// NAL units with lengths of four bytes.
pub(crate) fn sample(nals: &[&[u8]]) -> Bytes {
    let framed = nals.iter().flat_map(|nal| [&(nal.len() as u32).to_be_bytes()[..], nal].concat());
    framed.collect::<Vec<_>>().into()
}

/// A unit off RTMP that arrives when it is decoded.
pub(crate) fn raw(dts: u64, offset: i64, payload: Bytes) -> RawUnit {
    RawUnit {
        dts: dts & 0xffff_ffff,
        composition_offset: TickDelta(offset),
        sequence: None,
        framing: Framing::LengthPrefixed(4),
        payload,
        checksum: None,
        arrival: MonoTime(dts * 1_000_000),
    }
}
