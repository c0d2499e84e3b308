//! Sequence parameter sets: ITU-T H.264 §7.3.2.1, and what Annexes A, C and E infer from them.

use bitflags::bitflags;
use springhead_core::{Cicp, FrameRate, SampleAspect};

use super::vui::Vui;
use super::{AvcError, NalType, expect, level, scaling};
use crate::bits::{BitReader, SyntaxError};
use crate::nal::crop::{self, Crop};
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
/// let nal = b"\x67\x64\0\x1f\xac\xd9\x40\x50\x05\xbb\x01\x10\0\0\x3e\x90\0\x0e\xa6\0\xf1\x83\x19\x60";
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

/// `frame_cropping_flag`, and what follows it.
const CROPPING: [&str; 5] = [
    "frame_cropping_flag",
    "frame_crop_left_offset",
    "frame_crop_right_offset",
    "frame_crop_top_offset",
    "frame_crop_bottom_offset",
];

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
        let (unit_x, unit_y) = crop::unit(format.chroma_format_idc);
        // Where fields may be coded, a unit is that many rows of either (equations 7-20 and 7-22).
        let unit = (unit_x, if frame_mbs_only { unit_y } else { 2 * unit_y });
        let empty = |width, height| AvcError::PictureSize { width, height };
        let crop = Crop::read(r, CROPPING, unit, (coded_width, coded_height), empty)?;
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

#[cfg(test)]
mod tests {
    use h264_reader::nal::sps::{FrameMbsFlags, PicOrderCntType, SeqParameterSet};
    use h264_reader::rbsp;
    use proptest::prelude::*;

    use super::*;
    use crate::bits::{BitWriter, Fault};
    use crate::fixtures::{self, PARAMETER_SETS};

    /// A set of the Main profile up to where `tail` goes on, at `pic_order_cnt_type`.
    fn main(tail: impl FnOnce(&mut BitWriter)) -> Result<Sps, AvcError> {
        let mut w = BitWriter::new();
        w.bits(0x67, 8).bits(77, 8).bits(0, 8).bits(40, 8).ue(0).ue(0);
        tail(&mut w);
        w.trailing_bits();
        Sps::parse(&emulation::insert(&w.into_bytes()))
    }

    fn sized(width_in_mbs: u32, height_in_mbs: u32, crop: Option<[u32; 4]>) -> Result<Sps, AvcError> {
        main(|w| {
            w.ue(2).ue(1).flag(false).ue(width_in_mbs - 1).ue(height_in_mbs - 1).flag(true).flag(true);
            w.flag(crop.is_some());
            crop.iter().flatten().for_each(|&offset| {
                w.ue(offset);
            });
            w.flag(false);
        })
    }

    fn fault(result: Result<Sps, AvcError>) -> (&'static str, Fault) {
        match result {
            Err(AvcError::Syntax(error)) => (error.field, error.fault),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn another_nal_unit_is_refused() {
        let found = Some(NalType::Pps);
        assert_eq!(Sps::parse(&[0x68, 1]), Err(AvcError::UnexpectedNal { expected: "sequence parameter set", found }));
    }

    #[test]
    fn a_set_cut_short_is_refused_wherever_it_is_cut() {
        for sets in PARAMETER_SETS {
            let nal = fixtures::bytes(sets.sps);
            for end in 1..nal.len() - 1 {
                assert_eq!(fault(Sps::parse(&nal[..end])).1, Fault::Truncated, "{} to {end}", sets.made_with);
            }
        }
    }

    #[test]
    fn absurd_sizes_are_refused() {
        assert_eq!(fault(sized(1056, 1, None)), ("pic_width_in_mbs_minus1", Fault::OutOfRange(1055)));
        assert_eq!(fault(sized(1, u32::MAX, None)).0, "pic_height_in_map_units_minus1");
        assert_eq!(sized(400, 400, None), Err(AvcError::PictureSize { width: 6400, height: 6400 }));
        assert_eq!(sized(1, 1, Some([8, 0, 0, 0])), Err(AvcError::PictureSize { width: 0, height: 16 }));
        let most = u32::MAX - 1;
        let height = 16 - 4 * i64::from(most);
        assert_eq!(sized(1, 1, Some([0, 7, most, most])), Err(AvcError::PictureSize { width: 2, height }));
    }

    #[test]
    fn absurd_counts_are_refused_before_anything_is_allocated() {
        let cycle = main(|w| {
            w.ue(1).flag(false).se(0).se(0).ue(256);
        });
        assert_eq!(fault(cycle), ("num_ref_frames_in_pic_order_cnt_cycle", Fault::OutOfRange(256)));
        let cycle = main(|w| {
            w.ue(1).flag(false).se(0).se(0).ue(255).se(7);
        });
        assert_eq!(fault(cycle).1, Fault::Truncated);
        assert_eq!(fault(main(|w| _ = w.ue(3))), ("pic_order_cnt_type", Fault::OutOfRange(3)));
    }

    #[test]
    fn scaling_lists_are_read_over_and_their_scales_checked() {
        let high = |scales: &[i32]| {
            let mut w = BitWriter::new();
            w.bits(0x67, 8).bits(100, 8).bits(0, 8).bits(40, 8).ue(0).ue(1).ue(0).ue(0).flag(false).flag(true);
            // The first list of 4x4 and the last of 8x8 are there, the others are not.
            w.flag(true);
            for &scale in scales {
                w.se(scale);
            }
            w.bits(0, 6).flag(true).se(-8);
            w.ue(0).ue(2).ue(1).flag(false).ue(7).ue(3).flag(true).flag(true).bits(0, 2).trailing_bits();
            Sps::parse(&emulation::insert(&w.into_bytes()))
        };
        assert_eq!(fault(high(&[128])), ("delta_scale", Fault::OutOfRange(128)));
        for scales in [&[-8][..], &[1; 16], &[127, 127, -6]] {
            let sps = high(scales).unwrap();
            assert_eq!((sps.width(), sps.height()), (128, 64));
        }
    }

    #[test]
    fn the_depth_of_reordering_is_stated_or_inferred() {
        let of = |order: u32, profile: u8, constraints: u8, level: u8| {
            let mut w = BitWriter::new();
            w.bits(0x67, 8).bits(profile.into(), 8).bits(constraints.into(), 8).bits(level.into(), 8).ue(0);
            if WITH_CHROMA_FORMAT.contains(&profile) {
                w.ue(1).ue(0).ue(0).bits(0, 2);
            }
            w.ue(0).ue(order);
            if order == 0 {
                w.ue(0);
            }
            w.ue(1).flag(false).ue(10).ue(8).flag(true).flag(true).bits(0, 2).trailing_bits();
            Sps::parse(&emulation::insert(&w.into_bytes())).unwrap().reorder_depth()
        };
        assert_eq!(of(0, 66, 0, 30), 0, "Baseline");
        assert_eq!(of(2, 77, 0, 30), 0, "output order is decoding order");
        assert_eq!(of(0, 110, 0x10, 30), 0, "intra only");
        assert_eq!(of(0, 77, 0, 30), 16, "8100 macroblocks hold 81 pictures, and 16 are the most");
        assert_eq!(of(0, 77, 0, 11), 9, "level 1.1");
        assert_eq!(of(0, 77, 0x10, 11), 4, "level 1b");
        assert_eq!(of(0, 100, 0, 9), 4, "level 1b of the High profile");
    }

    #[test]
    fn sets_of_real_encoders_say_what_they_were_made_with() {
        for sets in PARAMETER_SETS {
            let sps =
                Sps::parse(&fixtures::bytes(sets.sps)).unwrap_or_else(|error| panic!("{}: {error}", sets.made_with));
            assert_eq!((sps.width(), sps.height()), sets.size, "{}", sets.made_with);
            assert_eq!(sps.frame_rate().map(|rate| (rate.num, rate.den)), Some(sets.rate), "{}", sets.made_with);
            assert_eq!((sps.aspect(), sps.cicp()), (sets.aspect, sets.cicp), "{}", sets.made_with);
            assert_eq!(sps.reorder_depth(), sets.reorder_depth, "{}", sets.made_with);
            let format = (sps.chroma_format_idc, sps.bit_depth_luma);
            assert_eq!((format, sps.bit_depth_chroma), (sets.format, sets.format.1), "{}", sets.made_with);
        }
        let interlaced =
            PARAMETER_SETS.iter().map(|sets| !Sps::parse(&fixtures::bytes(sets.sps)).unwrap().frame_mbs_only);
        assert_eq!(interlaced.filter(|interlaced| *interlaced).count(), 1);
    }

    /// Whether the other reader takes the set too, and says the same.
    fn agrees(nal: &[u8]) -> bool {
        let Ok(payload) = rbsp::decode_nal(nal) else { return false };
        let Ok(other) = SeqParameterSet::from_bits(rbsp::BitReader::new(&payload[..])) else { return false };
        let Ok(sps) = Sps::parse(nal) else { return false };
        assert_eq!(other.pixel_dimensions().ok(), Some((sps.width(), sps.height())), "{nal:02x?}");
        assert_eq!(u8::from(other.profile_idc), sps.profile_idc);
        assert_eq!(u8::from(other.constraint_flags), sps.constraint_flags.bits());
        assert_eq!((other.level_idc, other.id().id()), (sps.level_idc, sps.id));
        assert_eq!(other.chroma_info.chroma_format.to_u32(), u32::from(sps.chroma_format_idc));
        assert_eq!(other.chroma_info.separate_colour_plane_flag, sps.separate_colour_plane);
        assert_eq!(other.chroma_info.bit_depth_luma_minus8 + 8, sps.bit_depth_luma);
        assert_eq!(other.chroma_info.bit_depth_chroma_minus8 + 8, sps.bit_depth_chroma);
        assert_eq!(other.log2_max_frame_num(), sps.log2_max_frame_num);
        assert_eq!(other.max_num_ref_frames, u32::from(sps.max_num_ref_frames));
        assert_eq!(other.gaps_in_frame_num_value_allowed_flag, sps.gaps_in_frame_num_allowed);
        assert_eq!(other.frame_mbs_flags == FrameMbsFlags::Frames, sps.frame_mbs_only);
        let order = match other.pic_order_cnt {
            PicOrderCntType::TypeZero { log2_max_pic_order_cnt_lsb_minus4: less } => {
                PicOrderCnt::Lsb { log2_max_lsb: less + 4 }
            }
            PicOrderCntType::TypeOne {
                delta_pic_order_always_zero_flag: delta_always_zero,
                offset_for_non_ref_pic,
                offset_for_top_to_bottom_field,
                offsets_for_ref_frame: offset_for_ref_frame,
            } => PicOrderCnt::Cycle {
                delta_always_zero,
                offset_for_non_ref_pic,
                offset_for_top_to_bottom_field,
                offset_for_ref_frame,
            },
            PicOrderCntType::TypeTwo => PicOrderCnt::DecodingOrder,
        };
        assert_eq!(order, sps.pic_order_cnt);
        assert_eq!(other.vui_parameters.is_some(), sps.vui.is_some());
        if let (Some(other), Some(vui)) = (other.vui_parameters, sps.vui) {
            let aspect = other.aspect_ratio_info.and_then(|aspect| aspect.get());
            assert_eq!(aspect.map(|(h, v)| SampleAspect { h: h.into(), v: v.into() }), vui.aspect);
            let timing = other.timing_info.map(|timing| (timing.num_units_in_tick, timing.time_scale));
            assert_eq!(timing, vui.timing.map(|timing| (timing.num_units_in_tick, timing.time_scale)));
            let colour = other.video_signal_type.and_then(|signal| signal.colour_description);
            let colour = colour.map(|c| (c.colour_primaries, c.transfer_characteristics, c.matrix_coefficients));
            assert_eq!(colour, vui.video_signal.and_then(|signal| signal.colour));
            assert_eq!(other.nal_hrd_parameters.is_some(), vui.nal_hrd.is_some());
            assert_eq!(other.vcl_hrd_parameters.is_some(), vui.vcl_hrd.is_some());
            assert_eq!(other.low_delay_hrd_flag.unwrap_or(false), vui.low_delay_hrd);
            assert_eq!(other.pic_struct_present_flag, vui.pic_struct_present);
            let reorder = other.bitstream_restrictions.map(|limits| limits.max_num_reorder_frames);
            assert_eq!(reorder, vui.bitstream_restriction.map(|limits| limits.max_num_reorder_frames.into()));
        }
        true
    }

    #[test]
    fn h264_reader_reads_the_same_from_sets_of_real_encoders() {
        for sets in PARAMETER_SETS {
            assert!(agrees(&fixtures::bytes(sets.sps)), "{}", sets.made_with);
        }
    }

    proptest! {
        #[test]
        fn h264_reader_reads_the_same_from_damaged_sets(
            which in 0..PARAMETER_SETS.len(),
            damage in prop::collection::vec((any::<prop::sample::Index>(), 0u8..8), 1..4),
        ) {
            let mut nal = fixtures::bytes(PARAMETER_SETS[which].sps);
            for (at, bit) in damage {
                let at = 1 + at.index(nal.len() - 1);
                nal[at] ^= 1 << bit;
            }
            agrees(&nal);
        }
    }
}
