//! Grey AVC pictures of any size: few bits, but a decoder shows them.

use bytes::Bytes;
use springhead_codec::avc::{self, DecoderConfig};
use springhead_codec::bits::BitWriter;
use springhead_codec::nal::emulation;
use springhead_core::{FrameRate, Timescale, Track, TrackId};

/// How a picture is predicted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Idr,
    P,
    /// Not referred to.
    B,
}

/// Where a picture is in its group.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Picture {
    pub(crate) kind: Kind,
    /// Its place in presentation order.
    pub(crate) display: u64,
    /// Reference pictures of the group before it.
    pub(crate) references: u64,
    /// Which group it belongs to.
    pub(crate) group: u64,
}

const LOG2_MAX_FRAME_NUM: u32 = 8;
const LOG2_MAX_POC_LSB: u32 = 16;

/// A track of Main profile.
pub(crate) fn track(id: TrackId, size: (u32, u32), rate: FrameRate, reordered: bool) -> Track {
    let sps = sequence_parameter_set(size, rate, reordered);
    let config = DecoderConfig::from_parameter_sets([sps], [picture_parameter_set()])
        .expect("the parameter sets that were made can be read");
    avc::track(id, Timescale::MPEG, &config).expect("the parameter sets that were made can be read")
}

fn nal(header: u8, rbsp: BitWriter) -> Bytes {
    [&[header][..], &emulation::insert(&rbsp.into_bytes())].concat().into()
}

/// Macroblocks across and down.
fn macroblocks((width, height): (u32, u32)) -> (u32, u32) {
    (width.div_ceil(16), height.div_ceil(16))
}

/// The lowest of a few levels that take the pictures (ITU-T H.264 Table A-1).
fn level(size: (u32, u32), rate: FrameRate) -> u64 {
    let (across, down) = macroblocks(size);
    let picture = u64::from(across) * u64::from(down);
    let second = (picture * u64::from(rate.num)).div_ceil(rate.den.into());
    match (picture, second) {
        (..=3600, ..=108_000) => 31,
        (..=8192, ..=245_760) => 40,
        (..=8704, ..=522_240) => 42,
        _ => 52,
    }
}

fn sequence_parameter_set(size: (u32, u32), rate: FrameRate, reordered: bool) -> Bytes {
    const MAIN: u64 = 77;
    let (across, down) = macroblocks(size);
    let mut out = BitWriter::new();
    out.bits(MAIN, 8).bits(0, 8).bits(level(size, rate), 8).ue(0);
    out.ue(LOG2_MAX_FRAME_NUM - 4).ue(0).ue(LOG2_MAX_POC_LSB - 4);
    out.ue(1 + u32::from(reordered)).flag(false); // max_num_ref_frames
    out.ue(across - 1).ue(down - 1).flag(true); // frame_mbs_only_flag
    out.flag(true); // direct_8x8_inference_flag
    let (right, bottom) = (across * 16 - size.0, down * 16 - size.1);
    out.flag(right + bottom > 0);
    if right + bottom > 0 {
        out.ue(0).ue(right / 2).ue(0).ue(bottom / 2);
    }
    out.flag(true); // vui_parameters_present_flag
    out.flag(false).flag(false).flag(false).flag(false);
    out.flag(true); // timing_info_present_flag: a tick is a field
    out.bits(rate.den.into(), 32).bits(2 * u64::from(rate.num), 32).flag(true);
    out.flag(false).flag(false).flag(false);
    out.flag(true); // bitstream_restriction_flag
    out.flag(true).ue(0).ue(0).ue(10).ue(10);
    out.ue(reordered.into()).ue(1 + u32::from(reordered)); // max_num_reorder_frames, max_dec_frame_buffering
    out.trailing_bits();
    nal(0x67, out)
}

fn picture_parameter_set() -> Bytes {
    let mut out = BitWriter::new();
    out.ue(0).ue(0).flag(false).flag(false).ue(0); // CAVLC, one slice group
    out.ue(0).ue(0).flag(false).bits(0, 2).se(0).se(0).se(0); // one reference each way, no weights
    out.flag(false).flag(false).flag(false).trailing_bits();
    nal(0x68, out)
}

/// A picture as one slice: intra, all of it grey; else skipped, so that it repeats what it refers to.
fn slice(picture: Picture, size: (u32, u32)) -> Bytes {
    let (across, down) = macroblocks(size);
    let mut out = BitWriter::new();
    let (header, slice_type) = match picture.kind {
        Kind::Idr => (0x65, 7),
        Kind::P => (0x41, 5),
        Kind::B => (0x01, 6),
    };
    out.ue(0).ue(slice_type).ue(0);
    out.bits(picture.references % (1 << LOG2_MAX_FRAME_NUM), LOG2_MAX_FRAME_NUM);
    if picture.kind == Kind::Idr {
        out.ue((picture.group % 65_536) as u32);
    }
    out.bits(2 * picture.display % (1 << LOG2_MAX_POC_LSB), LOG2_MAX_POC_LSB);
    if picture.kind == Kind::B {
        out.flag(true); // direct_spatial_mv_pred_flag
    }
    match picture.kind {
        Kind::Idr => out.flag(false).flag(false),           // dec_ref_pic_marking
        Kind::P => out.flag(false).flag(false).flag(false), // default references, sliding window
        Kind::B => out.flag(false).flag(false).flag(false), // default references both ways
    };
    out.se(0); // slice_qp_delta
    match picture.kind {
        // I_16x16 with DC prediction and no residual: 1024 levels are grey where there is no neighbour.
        Kind::Idr => (0..across * down).for_each(|_| {
            out.ue(3).ue(0).se(0).bits(1, 1);
        }),
        Kind::P | Kind::B => {
            out.ue(across * down); // mb_skip_run
        }
    }
    out.trailing_bits();
    nal(header, out)
}

/// A SEI message with unregistered user data (ITU-T H.264 §D.1.7): `content`, and padding to make the NAL unit about
/// `bytes` long.
fn sei(content: u64, bytes: usize) -> Bytes {
    const USER_DATA_UNREGISTERED: u64 = 5;
    const UUID: &[u8; 16] = b"springhead synth";
    let size = bytes.saturating_sub(bytes / 255 + 4).max(UUID.len() + 16);
    let mut out = BitWriter::new();
    out.bits(USER_DATA_UNREGISTERED, 8);
    (0..size / 255).for_each(|_| {
        out.bits(0xff, 8);
    });
    out.bits(size as u64 % 255, 8);
    UUID.iter().for_each(|byte| {
        out.bits((*byte).into(), 8);
    });
    // Four bits at a time, so that no zero byte needs an emulation prevention byte.
    (0..16).rev().for_each(|digit| {
        out.bits(0x10 | content >> (4 * digit) & 0xf, 8);
    });
    (UUID.len() + 16..size).for_each(|_| {
        out.bits(0xaa, 8);
    });
    out.trailing_bits();
    nal(0x06, out)
}

/// An access unit of about `bytes`, at least what its picture takes, which holds the number of the unit.
pub(crate) fn unit(number: u64, picture: Picture, size: (u32, u32), bytes: usize) -> Bytes {
    let slice = slice(picture, size);
    let sei = sei(number, bytes.saturating_sub(slice.len() + 8));
    let mut unit = Vec::with_capacity(8 + sei.len() + slice.len());
    for nal in [sei, slice] {
        unit.extend((nal.len() as u32).to_be_bytes());
        unit.extend(nal);
    }
    unit.into()
}
