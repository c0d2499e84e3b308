//! Sequence parameter sets: §7.3.2.4.

#[cfg(test)]
mod tests;

use springhead_core::{Cicp, FrameRate, SampleAspect};

use super::timing::Timing;
use super::vui::Vui;
use super::{NalType, ProfileTierLevel, VvcError, expect, tools};
use crate::bits::{BitReader, SyntaxError};
use crate::nal::crop::{self, Crop};
use crate::nal::emulation;
use crate::reorder::MAX_DEPTH;

/// The most samples of a side that a decoder configuration record can state; no level but 15.5 reaches it (Annex A.4.1).
pub(super) const MAX_SIDE: u32 = 65_535;

/// The most sublayers (§7.4.3.4).
pub(super) const MAX_SUBLAYERS: u8 = 7;

/// MaxDpbSize never exceeds this (Annex A.4.2).
const MAX_DPB_PICTURES: u8 = 16;

/// The most slices of an access unit of any level but 15.5, and so the most subpictures (Annex A.4.1).
const MAX_SUBPICTURES: u32 = 1_000;

/// `seq_parameter_set_rbsp()`.
///
/// Every value is within the range that §7.4.3.4 gives it, as far as reading depends on it; the picture is not empty within
/// its conformance window. The coding tools are read over: they change no picture's place or size. Extensions after the
/// video usability information are not read.
///
/// ```
/// use springhead_codec::vvc::Sps;
/// // `ffmpeg -f lavfi -i testsrc=size=64x64:rate=25 -pix_fmt yuv420p10le -c:v libvvenc -preset faster`
/// let nal = b"\x00\x79\x00\xab\x02\x10\x80\x00\x00\x80\x82\x04\x11\xa8\x01\xcd\xff\xeb\x08\x4d\x95\x8c\x10\x20\x9c\
///     \x00\xca\x0c\x58\x42\x18\x31\x10\x81\x92\x20\xd4\x87\xa3\xd5\xa9\x2f\x24\x9a\x92\xc9\x11\x6a\x22\xf1\x12\x6a\
///     \x22\x45\x24\x44\x99\x22\x24\xd4\x65\x92\x10\xb5\x08\x5e\x10\xbd\x5a\x92\xf2\x5e\xa1\x94\x18\xb1\x00\xc5\x88\
///     \x08\x10\x81\x01\x02\xa1\x02\x02\x06\x90\x81\x01\x02\xc4\x08\x08\x11\x04\x04\x0b\x20\x80\x81\x21\x01\x06\x40\
///     \x81\x10\x81\x02\xc8\x40\x81\x22\x04\x1a\x08\x12\x41\x07\x08\x32\x04\x5a\x10\x49\x08\x71\x0d\x09\x72\x39\x50\
///     \xcc\x11\x9c\x50\x00\x00\x03\x00\x10\x00\x00\x03\x01\x91\x88";
/// let sps = Sps::parse(nal)?;
/// assert_eq!((sps.width(), sps.height(), sps.bit_depth, sps.reorder_depth()), (64, 64, 10, 5));
/// assert_eq!(sps.picture_rate().map(|rate| (rate.num, rate.den)), Some((25, 1)));
/// # Ok::<(), springhead_codec::vvc::VvcError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Sps {
    /// `sps_seq_parameter_set_id`, 0 to 15.
    pub id: u8,
    /// `sps_video_parameter_set_id`; 0 when there is no video parameter set.
    pub vps_id: u8,
    /// `sps_max_sublayers_minus1` + 1, 1 to 7.
    pub sublayers: u8,
    /// `sps_chroma_format_idc`: 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4.
    pub chroma_format_idc: u8,
    /// Profile, tier and level; none in a layer that depends on another, of which the video parameter set tells.
    pub profile_tier_level: Option<ProfileTierLevel>,
    /// `sps_gdr_enabled_flag`: gradual decoding refresh pictures may occur.
    pub gdr_enabled: bool,
    /// `sps_pic_width_max_in_luma_samples`: the width of the widest picture as coded.
    pub coded_width: u32,
    /// `sps_pic_height_max_in_luma_samples`.
    pub coded_height: u32,
    /// What is not shown.
    pub crop: Crop,
    /// `sps_bitdepth_minus8` + 8, 8 to 16: bits of a sample, of luma and chroma.
    pub bit_depth: u8,
    /// `sps_log2_max_pic_order_cnt_lsb_minus4` + 4, 4 to 16: the bits of `ph_pic_order_cnt_lsb`.
    pub log2_max_pic_order_cnt_lsb: u8,
    /// The decoded picture buffer, by sublayer; where they are not told apart, of the highest alone. Empty where
    /// `profile_tier_level` is absent.
    pub dpb: Vec<DpbParameters>,
    /// The tick of the pictures.
    pub timing: Option<Timing>,
    /// `sps_field_seq_flag`: each picture is a field.
    pub field_sequence: bool,
    /// Video usability information, where it is there and can be read.
    pub vui: Option<Vui>,
}

/// `sps_conformance_window_flag`, and what follows it.
const CONFORMANCE_WINDOW: [&str; 5] = [
    "sps_conformance_window_flag",
    "sps_conf_win_left_offset",
    "sps_conf_win_right_offset",
    "sps_conf_win_top_offset",
    "sps_conf_win_bottom_offset",
];

/// `dpb_parameters()` of a sublayer (§7.3.4).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DpbParameters {
    /// `dpb_max_dec_pic_buffering_minus1` + 1, 1 to 16: the pictures that the buffer needs to hold.
    pub max_dec_pic_buffering: u8,
    /// `dpb_max_num_reorder_pics`: how many pictures at most precede one in decoding order and follow it in output order.
    pub max_num_reorder_pics: u8,
}

impl Sps {
    /// Reads a NAL unit of type 15, header included.
    pub fn parse(nal: &[u8]) -> Result<Self, VvcError> {
        let payload = expect(nal, NalType::Sps, "sequence parameter set")?;
        Self::read(&mut BitReader::new("seq_parameter_set_rbsp", &emulation::remove(payload)))
    }

    fn read(r: &mut BitReader<'_>) -> Result<Self, VvcError> {
        let id = r.bits8("sps_seq_parameter_set_id", 4)?;
        let vps_id = r.bits8("sps_video_parameter_set_id", 4)?;
        let sublayers = r.bits8("sps_max_sublayers_minus1", 3)? + 1;
        if sublayers > MAX_SUBLAYERS {
            return Err(r.out_of_range("sps_max_sublayers_minus1", sublayers - 1).into());
        }
        let chroma_format_idc = r.bits8("sps_chroma_format_idc", 2)?;
        let log2_ctu_size = r.bits8("sps_log2_ctu_size_minus5", 2)? + 5;
        if log2_ctu_size > 7 {
            return Err(r.out_of_range("sps_log2_ctu_size_minus5", log2_ctu_size - 5).into());
        }
        let has_ptl = r.flag("sps_ptl_dpb_hrd_params_present_flag")?;
        let profile_tier_level = if has_ptl { Some(ProfileTierLevel::read(r, sublayers)?) } else { None };
        let gdr_enabled = r.flag("sps_gdr_enabled_flag")?;
        if r.flag("sps_ref_pic_resampling_enabled_flag")? {
            r.flag("sps_res_change_in_clvs_allowed_flag")?;
        }
        let coded_width = read_side(r, "sps_pic_width_max_in_luma_samples")?;
        let coded_height = read_side(r, "sps_pic_height_max_in_luma_samples")?;
        let unit = crop::unit(chroma_format_idc);
        let empty = |width, height| VvcError::PictureSize { width, height };
        let crop = Crop::read(r, CONFORMANCE_WINDOW, unit, (coded_width, coded_height), empty)?;
        if r.flag("sps_subpic_info_present_flag")? {
            skip_subpictures(r, log2_ctu_size, coded_width, coded_height)?;
        }
        let bit_depth = r.ue8("sps_bitdepth_minus8", 8)? + 8;
        r.flag("sps_entropy_coding_sync_enabled_flag")?;
        r.flag("sps_entry_point_offsets_present_flag")?;
        let log2_max_pic_order_cnt_lsb = r.bits8("sps_log2_max_pic_order_cnt_lsb_minus4", 4)? + 4;
        if log2_max_pic_order_cnt_lsb > 16 {
            return Err(r.out_of_range("sps_log2_max_pic_order_cnt_lsb_minus4", log2_max_pic_order_cnt_lsb - 4).into());
        }
        if r.flag("sps_poc_msb_cycle_flag")? {
            r.ue("sps_poc_msb_cycle_len_minus1", 31 - u32::from(log2_max_pic_order_cnt_lsb))?;
        }
        for field in ["sps_num_extra_ph_bytes", "sps_num_extra_sh_bytes"] {
            let bytes = r.bits(field, 2)?;
            r.skip(field, 8 * bytes as usize)?;
        }
        let mut dpb = Vec::new();
        if has_ptl {
            let each = sublayers > 1 && r.flag("sps_sublayer_dpb_params_flag")?;
            for _ in 0..if each { sublayers } else { 1 } {
                dpb.push(DpbParameters::read(r)?);
            }
        }
        tools::skip(
            r,
            &tools::Format {
                chroma_format_idc,
                log2_ctu_size,
                bit_depth,
                log2_max_pic_order_cnt_lsb,
                has_vps: vps_id > 0,
                width: coded_width,
                height: coded_height,
            },
        )?;
        let has_timing = has_ptl && r.flag("sps_timing_hrd_params_present_flag")?;
        let timing = if has_timing { Some(Timing::read(r, sublayers)?) } else { None };
        let field_sequence = r.flag("sps_field_seq_flag")?;
        let vui = if r.flag("sps_vui_parameters_present_flag")? { read_vui(r)? } else { None };
        Ok(Self {
            id,
            vps_id,
            sublayers,
            chroma_format_idc,
            profile_tier_level,
            gdr_enabled,
            coded_width,
            coded_height,
            crop,
            bit_depth,
            log2_max_pic_order_cnt_lsb,
            dpb,
            timing,
            field_sequence,
            vui,
        })
    }

    /// Width as shown, in luma samples, of the widest picture.
    pub fn width(&self) -> u32 {
        self.coded_width - self.crop.left - self.crop.right
    }

    /// Height as shown, in luma samples, of the highest picture.
    pub fn height(&self) -> u32 {
        self.coded_height - self.crop.top - self.crop.bottom
    }

    /// The shape of a sample, square when nothing is said.
    pub fn aspect(&self) -> SampleAspect {
        self.vui.as_ref().and_then(|vui| vui.aspect).unwrap_or(SampleAspect::SQUARE)
    }

    /// Pictures a second, when the bitstream states a rate that can be one ([`Timing::picture_rate`]). Where each picture
    /// is a field, these are fields.
    pub fn picture_rate(&self) -> Option<FrameRate> {
        self.timing?.picture_rate()
    }

    /// Frames a second, likewise: where each picture is a field, two are a frame.
    pub fn frame_rate(&self) -> Option<FrameRate> {
        let FrameRate { num, den } = self.picture_rate()?;
        Some(match (self.field_sequence, num % 2) {
            (false, _) => FrameRate { num, den },
            (true, 0) => FrameRate { num: num / 2, den },
            (true, _) => FrameRate { num, den: den.checked_mul(2)? },
        })
    }

    /// Colour, when the bitstream states it.
    pub fn cicp(&self) -> Option<Cicp> {
        self.vui.as_ref()?.colour
    }

    /// How many pictures at most precede one in decoding order and follow it in output order, with all sublayers:
    /// `dpb_max_num_reorder_pics`; the most that can be where it is not told.
    pub fn reorder_depth(&self) -> u32 {
        self.dpb.last().map_or(MAX_DEPTH, |dpb| dpb.max_num_reorder_pics).into()
    }
}

fn read_side(r: &mut BitReader<'_>, field: &'static str) -> Result<u32, SyntaxError> {
    match r.ue(field, MAX_SIDE)? {
        0 => Err(r.out_of_range(field, 0)),
        side => Ok(side),
    }
}

impl DpbParameters {
    fn read(r: &mut BitReader<'_>) -> Result<Self, SyntaxError> {
        let max_dec_pic_buffering = r.ue8("dpb_max_dec_pic_buffering_minus1", MAX_DPB_PICTURES - 1)? + 1;
        let max_num_reorder_pics = r.ue8("dpb_max_num_reorder_pics", max_dec_pic_buffering - 1)?;
        r.ue("dpb_max_latency_increase_plus1", u32::MAX - 1)?;
        Ok(Self { max_dec_pic_buffering, max_num_reorder_pics })
    }
}

/// Reads over the layout of the subpictures.
fn skip_subpictures(r: &mut BitReader<'_>, log2_ctu_size: u8, width: u32, height: u32) -> Result<(), SyntaxError> {
    let last = r.ue("sps_num_subpics_minus1", MAX_SUBPICTURES - 1)?;
    if last > 0 {
        let independent = r.flag("sps_independent_subpics_flag")?;
        let same_size = r.flag("sps_subpic_same_size_flag")?;
        // Ceil(Log2(the coding tree units of a side)) bits; a side of one such unit is not told.
        let bits = |side: u32| side.div_ceil(1 << log2_ctu_size).next_power_of_two().trailing_zeros() as usize;
        let place = bits(width) + bits(height);
        for at in 0..=last {
            if at > 0 && !same_size {
                r.skip("sps_subpic_ctu_top_left", place)?;
            }
            if at < last && (at == 0 || !same_size) {
                r.skip("sps_subpic_width_minus1", place)?;
            }
            if !independent {
                r.skip("sps_subpic_treated_as_pic_flag", 2)?;
            }
        }
    }
    let id_bits = r.ue("sps_subpic_id_len_minus1", 15)? as usize + 1;
    if r.flag("sps_subpic_id_mapping_explicitly_signalled_flag")? && r.flag("sps_subpic_id_mapping_present_flag")? {
        r.skip("sps_subpic_id", id_bits * (last as usize + 1))?;
    }
    Ok(())
}

/// `vui_payload()`. One that does not fit its size says nothing that could be relied on.
fn read_vui(r: &mut BitReader<'_>) -> Result<Option<Vui>, SyntaxError> {
    let bits = 8 * (r.ue("sps_vui_payload_size_minus1", 1_023)? as usize + 1);
    r.align();
    let mut payload = r.clone();
    r.skip("vui_payload", bits)?;
    Ok(Vui::read(&mut payload).ok().filter(|_| payload.position() <= r.position()))
}
