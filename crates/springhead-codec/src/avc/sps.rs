//! Sequence parameter sets: ITU-T H.264 §7.3.2.1, and what Annexes A, C and E infer from them.

use bitflags::bitflags;
use springhead_core::{Cicp, FrameRate, SampleAspect};

use super::vui::Vui;
use super::{AvcError, NalType, expect, level, scaling};
use crate::bits::{BitReader, SyntaxError};
use crate::nal::emulation;

bitflags! {
    /// `constraint_set0_flag` to `constraint_set5_flag` and the two reserved bits, as they stand in the byte after
    /// `profile_idc`.
    #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
    pub struct ConstraintFlags: u8 {
        /// Obeys the Baseline profile (Annex A.2.1).
        const SET0 = 1 << 7;
        /// Obeys the Main profile (Annex A.2.2).
        const SET1 = 1 << 6;
        /// Obeys the Extended profile (Annex A.2.3).
        const SET2 = 1 << 5;
        /// Level 1b in the older profiles, intra only in the newer ones (§7.4.2.1.1).
        const SET3 = 1 << 4;
        /// Frames only, in the High profiles.
        const SET4 = 1 << 3;
        /// No B slices, in the High profiles.
        const SET5 = 1 << 2;
        // The reserved bits are kept, as codec strings repeat the byte as it is.
        const _ = !0;
    }
}

/// `pic_order_cnt_type` with what belongs to it (§7.4.2.1.1): how output order is coded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PicOrderCnt {
    /// Type 0: every slice states the low bits of its picture's order.
    Lsb {
        /// `log2_max_pic_order_cnt_lsb_minus4` + 4, 4 to 16.
        log2_max_lsb: u8,
    },
    /// Type 1: the order follows a cycle of expected differences, from which slices state their deviation.
    Cycle {
        /// `delta_pic_order_always_zero_flag`: slices state no deviation.
        delta_always_zero: bool,
        /// `offset_for_non_ref_pic`.
        offset_for_non_ref_pic: i32,
        /// `offset_for_top_to_bottom_field`.
        offset_for_top_to_bottom_field: i32,
        /// `offset_for_ref_frame`, at most 255 of them.
        offset_for_ref_frame: Vec<i32>,
    },
    /// Type 2: output order is decoding order.
    DecodingOrder,
}

/// `seq_parameter_set_data()` (§7.3.2.1.1).
///
/// Every value is within the range that §7.4.2.1.1 gives it; the picture is not empty after cropping and not larger than
/// the highest level allows. Scaling lists are read over: they change no picture's place or size.
///
/// ```
/// use springhead_codec::avc::Sps;
/// // `ffmpeg -f lavfi -i testsrc=size=1280x720:rate=30000/1001 -pix_fmt yuv420p -c:v libx264 -profile:v high`
/// let nal = b"\x67\x64\0\x1f\xac\xd9\x40\x50\x05\xbb\x01\x10\0\0\x03\0\x3e\x90\0\x0e\xa6\0\xf1\x83\x19\x60";
/// let sps = Sps::parse(nal)?;
/// assert_eq!((sps.width(), sps.height(), sps.reorder_depth()), (1280, 720, 2));
/// assert_eq!(sps.frame_rate().map(|rate| (rate.num, rate.den)), Some((30_000, 1001)));
/// # Ok::<(), springhead_codec::avc::AvcError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Sps {
    /// `profile_idc`.
    pub profile_idc: u8,
    /// `constraint_set0_flag` and those after it.
    pub constraint_flags: ConstraintFlags,
    /// `level_idc`: ten times the level, and 9 or 11 for level 1b (Annex A.3).
    pub level_idc: u8,
    /// `seq_parameter_set_id`, 0 to 31.
    pub id: u8,
    /// `chroma_format_idc`: 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4.
    pub chroma_format_idc: u8,
    /// `separate_colour_plane_flag`: the three planes of 4:4:4 are coded as three monochrome pictures.
    pub separate_colour_plane: bool,
    /// Bits of a luma sample, 8 to 14.
    pub bit_depth_luma: u8,
    /// Bits of a chroma sample, 8 to 14.
    pub bit_depth_chroma: u8,
    /// `log2_max_frame_num_minus4` + 4, 4 to 16: the bits of `frame_num`.
    pub log2_max_frame_num: u8,
    /// How output order is coded.
    pub pic_order_cnt: PicOrderCnt,
    /// `max_num_ref_frames`, 0 to 16.
    pub max_num_ref_frames: u8,
    /// `gaps_in_frame_num_value_allowed_flag`.
    pub gaps_in_frame_num_allowed: bool,
    /// `frame_mbs_only_flag`: no field and no interlaced macroblock is coded.
    pub frame_mbs_only: bool,
    /// Width of the frame as coded, in luma samples: a multiple of 16.
    pub coded_width: u32,
    /// Height of the frame as coded, in luma samples: a multiple of 16.
    pub coded_height: u32,
    /// What is not shown.
    pub crop: Crop,
    /// Video usability information.
    pub vui: Option<Vui>,
}

/// The frame cropping rectangle, as luma samples off each side of the frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Crop {
    /// Off the left.
    pub left: u32,
    /// Off the right.
    pub right: u32,
    /// Off the top.
    pub top: u32,
    /// Off the bottom.
    pub bottom: u32,
}

/// The profiles whose parameter sets tell their chroma format (§7.3.2.1.1).
const WITH_CHROMA_FORMAT: [u8; 13] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];

/// The profiles that `constraint_set3_flag` confines to intra pictures (Annex E.2.1, `max_num_reorder_frames`).
const WITH_INTRA_ONLY_FLAG: [u8; 6] = [44, 86, 100, 110, 122, 244];

/// `profile_idc` of the Baseline profile, which has no B slices.
const BASELINE: u8 = 66;

/// The samples of a macroblock's side.
const MB: u32 = 16;

impl Sps {
    /// Reads a NAL unit of type 7, header included.
    pub fn parse(nal: &[u8]) -> Result<Self, AvcError> {
        let payload = expect(nal, NalType::Sps, "sequence parameter set")?;
        Self::read(&mut BitReader::new("seq_parameter_set_rbsp", &emulation::remove(payload)))
    }

    fn read(r: &mut BitReader<'_>) -> Result<Self, AvcError> {
        let profile_idc = r.bits8("profile_idc", 8)?;
        let constraint_flags = ConstraintFlags::from_bits_retain(r.bits8("constraint_set_flags", 8)?);
        let level_idc = r.bits8("level_idc", 8)?;
        let id = r.ue8("seq_parameter_set_id", 31)?;
        let format =
            if WITH_CHROMA_FORMAT.contains(&profile_idc) { SampleFormat::read(r)? } else { SampleFormat::default() };
        let log2_max_frame_num = r.ue8("log2_max_frame_num_minus4", 12)? + 4;
        let pic_order_cnt = PicOrderCnt::read(r)?;
        let max_num_ref_frames = r.ue8("max_num_ref_frames", 16)?;
        let gaps_in_frame_num_allowed = r.flag("gaps_in_frame_num_value_allowed_flag")?;
        let width_in_mbs = r.ue("pic_width_in_mbs_minus1", level::MAX_SIDE_IN_MBS - 1)? + 1;
        let map_units = r.ue("pic_height_in_map_units_minus1", level::MAX_SIDE_IN_MBS - 1)? + 1;
        let frame_mbs_only = r.flag("frame_mbs_only_flag")?;
        if !frame_mbs_only {
            r.flag("mb_adaptive_frame_field_flag")?;
        }
        r.flag("direct_8x8_inference_flag")?;
        let height_in_mbs = if frame_mbs_only { map_units } else { 2 * map_units };
        let (coded_width, coded_height) = (width_in_mbs * MB, height_in_mbs * MB);
        if width_in_mbs * height_in_mbs > level::MAX_FRAME_SIZE_IN_MBS {
            return Err(AvcError::PictureSize { width: coded_width.into(), height: coded_height.into() });
        }
        let crop = if r.flag("frame_cropping_flag")? {
            Crop::read(r, format.crop_unit(frame_mbs_only), coded_width, coded_height)?
        } else {
            Crop::default()
        };
        let vui = if r.flag("vui_parameters_present_flag")? { Some(Vui::read(r)?) } else { None };
        Ok(Self {
            profile_idc,
            constraint_flags,
            level_idc,
            id,
            chroma_format_idc: format.chroma_format_idc,
            separate_colour_plane: format.separate_colour_plane,
            bit_depth_luma: format.bit_depth_luma,
            bit_depth_chroma: format.bit_depth_chroma,
            log2_max_frame_num,
            pic_order_cnt,
            max_num_ref_frames,
            gaps_in_frame_num_allowed,
            frame_mbs_only,
            coded_width,
            coded_height,
            crop,
            vui,
        })
    }

    /// Width as shown, in luma samples.
    pub fn width(&self) -> u32 {
        self.coded_width - self.crop.left - self.crop.right
    }

    /// Height as shown, in luma samples.
    pub fn height(&self) -> u32 {
        self.coded_height - self.crop.top - self.crop.bottom
    }

    /// The shape of a sample, square when nothing is said.
    pub fn aspect(&self) -> SampleAspect {
        self.vui.as_ref().and_then(|vui| vui.aspect).unwrap_or(SampleAspect::SQUARE)
    }

    /// Frames a second, when the bitstream states a rate that can be one ([`Vui::frame_rate`]). Two fields are one frame.
    pub fn frame_rate(&self) -> Option<FrameRate> {
        self.vui.as_ref()?.frame_rate()
    }

    /// Colour, when the bitstream states it ([`Vui::cicp`]).
    pub fn cicp(&self) -> Option<Cicp> {
        self.vui.as_ref()?.cicp()
    }

    /// How many frames at most come before one in decoding order and after it in output order: the frames by which
    /// presentation can lag behind decoding.
    ///
    /// 0 when output order is decoding order (`pic_order_cnt_type` 2) and in the Baseline profile, which has no B slices;
    /// else `max_num_reorder_frames`; where that is absent, what Annex E.2.1 infers: 0 for intra-only profiles, MaxDpbFrames
    /// of the level for all others.
    pub fn reorder_depth(&self) -> u32 {
        if self.pic_order_cnt == PicOrderCnt::DecodingOrder || self.profile_idc == BASELINE {
            return 0;
        }
        if let Some(restriction) = self.vui.as_ref().and_then(|vui| vui.bitstream_restriction) {
            return restriction.max_num_reorder_frames.into();
        }
        if self.constraint_flags.contains(ConstraintFlags::SET3) && WITH_INTRA_ONLY_FLAG.contains(&self.profile_idc) {
            return 0;
        }
        level::max_dpb_frames(
            if self.is_level_1b() { 9 } else { self.level_idc },
            self.coded_width / MB,
            self.coded_height / MB,
        )
    }

    /// Whether `level_idc` 11 means level 1b rather than 1.1, as the older profiles code it (Annex A.3.4.1).
    fn is_level_1b(&self) -> bool {
        self.level_idc == 11
            && self.constraint_flags.contains(ConstraintFlags::SET3)
            && !WITH_CHROMA_FORMAT.contains(&self.profile_idc)
    }
}

/// What the newer profiles tell of the samples; the default is what is inferred for the older ones.
struct SampleFormat {
    chroma_format_idc: u8,
    separate_colour_plane: bool,
    bit_depth_luma: u8,
    bit_depth_chroma: u8,
}

impl Default for SampleFormat {
    fn default() -> Self {
        Self { chroma_format_idc: 1, separate_colour_plane: false, bit_depth_luma: 8, bit_depth_chroma: 8 }
    }
}

impl SampleFormat {
    fn read(r: &mut BitReader<'_>) -> Result<Self, SyntaxError> {
        let chroma_format_idc = r.ue8("chroma_format_idc", 3)?;
        let separate_colour_plane = chroma_format_idc == 3 && r.flag("separate_colour_plane_flag")?;
        let bit_depth_luma = r.ue8("bit_depth_luma_minus8", 6)? + 8;
        let bit_depth_chroma = r.ue8("bit_depth_chroma_minus8", 6)? + 8;
        r.flag("qpprime_y_zero_transform_bypass_flag")?;
        if r.flag("seq_scaling_matrix_present_flag")? {
            scaling::skip_lists(r, if chroma_format_idc == 3 { 12 } else { 8 })?;
        }
        Ok(Self { chroma_format_idc, separate_colour_plane, bit_depth_luma, bit_depth_chroma })
    }

    /// CropUnitX and CropUnitY (equations 7-19 to 7-22).
    fn crop_unit(&self, frame_mbs_only: bool) -> (u32, u32) {
        let (x, y) = match self.chroma_format_idc {
            1 => (2, 2),
            2 => (2, 1),
            _ => (1, 1),
        };
        (x, if frame_mbs_only { y } else { 2 * y })
    }
}

impl PicOrderCnt {
    fn read(r: &mut BitReader<'_>) -> Result<Self, SyntaxError> {
        const ANY: std::ops::RangeInclusive<i32> = -i32::MAX..=i32::MAX;
        Ok(match r.ue("pic_order_cnt_type", 2)? {
            0 => Self::Lsb { log2_max_lsb: r.ue8("log2_max_pic_order_cnt_lsb_minus4", 12)? + 4 },
            1 => Self::Cycle {
                delta_always_zero: r.flag("delta_pic_order_always_zero_flag")?,
                offset_for_non_ref_pic: r.se("offset_for_non_ref_pic", ANY)?,
                offset_for_top_to_bottom_field: r.se("offset_for_top_to_bottom_field", ANY)?,
                offset_for_ref_frame: {
                    let count = r.ue("num_ref_frames_in_pic_order_cnt_cycle", 255)?;
                    (0..count).map(|_| r.se("offset_for_ref_frame", ANY)).collect::<Result<_, _>>()?
                },
            },
            _ => Self::DecodingOrder,
        })
    }
}

impl Crop {
    fn read(r: &mut BitReader<'_>, unit: (u32, u32), coded_width: u32, coded_height: u32) -> Result<Self, AvcError> {
        let mut offset = |field| r.ue(field, u32::MAX).map(i64::from);
        let (x, y) = (i64::from(unit.0), i64::from(unit.1));
        let (left, right) = (x * offset("frame_crop_left_offset")?, x * offset("frame_crop_right_offset")?);
        let (top, bottom) = (y * offset("frame_crop_top_offset")?, y * offset("frame_crop_bottom_offset")?);
        let width = i64::from(coded_width) - left - right;
        let height = i64::from(coded_height) - top - bottom;
        if width <= 0 || height <= 0 {
            return Err(AvcError::PictureSize { width, height });
        }
        // Each is less than a coded side.
        Ok(Self { left: left as u32, right: right as u32, top: top as u32, bottom: bottom as u32 })
    }
}
