//! Sequence parameter sets: ITU-T H.265 §7.3.2.2.

use springhead_core::{Cicp, FrameRate, SampleAspect};

use super::ptl::{MAX_SUB_LAYERS, ProfileTierLevel};
use super::vui::Vui;
use super::{HevcError, NalType, expect, ref_pic_set, scaling};
use crate::bits::{BitReader, SyntaxError};
use crate::nal::crop::{self, Crop};
use crate::nal::emulation;

/// `seq_parameter_set_rbsp()` up to the extensions.
///
/// Every value is within the range that §7.4.3.2.1 gives it; the picture is not empty after cropping, and its sides fit the
/// 16 bits of a sample entry (ISO/IEC 14496-12 §12.1.3). Scaling lists and reference picture sets are read over. Reading ends
/// before `sps_extension_present_flag`: the extensions of ranges and screen content change how samples are decoded, and
/// nothing that a slice segment header has before its reference pictures.
///
/// ```
/// use springhead_codec::hevc::Sps;
/// // `ffmpeg -f lavfi -i testsrc=size=100x50:rate=30000/1001 -pix_fmt yuv422p10le -c:v libx265 -preset ultrafast`
/// let nal = b"\x42\x01\x01\x04\x08\0\0\x03\0\x9d\x08\0\0\x03\0\0\x1e\xb0\x38\x81\x07\x3c\x7b\x65\x95\x95\x29\x30\xbc\x05\
///     \xa0\x20\0\0\x7d\x20\0\x0e\xa6\x01";
/// let sps = Sps::parse(nal)?;
/// assert_eq!((sps.coded_width, sps.width(), sps.height(), sps.bit_depth_luma), (112, 100, 50, 10));
/// assert_eq!(sps.frame_rate().map(|rate| (rate.num, rate.den)), Some((30_000, 1001)));
/// # Ok::<(), springhead_codec::hevc::HevcError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Sps {
    /// `sps_video_parameter_set_id`, 0 to 15.
    pub vps_id: u8,
    /// `sps_max_sub_layers_minus1` + 1, 1 to 7: no picture has a TemporalId as high as this.
    pub sub_layers: u8,
    /// `sps_temporal_id_nesting_flag`: at any picture of a sub-layer, decoding of the higher ones can begin.
    pub temporal_id_nesting: bool,
    /// What it takes to decode the pictures.
    pub profile_tier_level: ProfileTierLevel,
    /// `sps_seq_parameter_set_id`, 0 to 15.
    pub id: u8,
    /// `chroma_format_idc`: 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4.
    pub chroma_format_idc: u8,
    /// `separate_colour_plane_flag`: the three planes of 4:4:4 are coded as three monochrome pictures.
    pub separate_colour_plane: bool,
    /// `pic_width_in_luma_samples`, 1 to 65,535.
    pub coded_width: u32,
    /// `pic_height_in_luma_samples`, 1 to 65,535: of a field where every picture is one.
    pub coded_height: u32,
    /// The samples outside the conformance window.
    pub crop: Crop,
    /// Bits of a luma sample, 8 to 16.
    pub bit_depth_luma: u8,
    /// Bits of a chroma sample, 8 to 16.
    pub bit_depth_chroma: u8,
    /// `log2_max_pic_order_cnt_lsb_minus4` + 4, 4 to 16: the bits of `slice_pic_order_cnt_lsb`.
    pub log2_max_pic_order_cnt_lsb: u8,
    /// The decoded picture buffer of the highest sub-layer.
    pub ordering: SubLayerOrdering,
    /// CtbLog2SizeY, 3 to 6: the side of a coding tree block.
    pub log2_ctb_size: u8,
    /// Video usability information.
    pub vui: Option<Vui>,
}

/// `conformance_window_flag`, and what follows it.
const CONFORMANCE_WINDOW: [&str; 5] = [
    "conformance_window_flag",
    "conf_win_left_offset",
    "conf_win_right_offset",
    "conf_win_top_offset",
    "conf_win_bottom_offset",
];

/// What a sub-layer with those below needs of the decoded picture buffer (§7.4.3.2.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SubLayerOrdering {
    /// `sps_max_dec_pic_buffering_minus1` + 1, 1 to 16.
    pub max_dec_pic_buffering: u8,
    /// `sps_max_num_reorder_pics`, 0 to 15.
    pub max_num_reorder: u8,
    /// SpsMaxLatencyPictures: how many pictures at most come before one in output order and after it in decoding order;
    /// none when that is not limited.
    pub max_latency: Option<u32>,
}

/// The largest side of a picture that a sample entry can state.
const MAX_SIDE: u32 = u16::MAX as u32;

/// MaxDpbSize never exceeds this (§A.4.2).
const MAX_DPB_SIZE: u8 = 16;

/// The most `num_long_term_ref_pics_sps`.
const MAX_LONG_TERM: u32 = 32;

/// The largest `log2` of the side of a coding tree block: 64 samples.
const MAX_LOG2_CTB: u8 = 6;

impl Sps {
    /// Reads a NAL unit of type 33, header included.
    pub fn parse(nal: &[u8]) -> Result<Self, HevcError> {
        let payload = expect(nal, NalType::Sps, "sequence parameter set")?;
        Self::read(&mut BitReader::new("seq_parameter_set_rbsp", &emulation::remove(payload)))
    }

    fn read(r: &mut BitReader<'_>) -> Result<Self, HevcError> {
        let vps_id = r.bits8("sps_video_parameter_set_id", 4)?;
        let sub_layers = r.bits8("sps_max_sub_layers_minus1", 3)? + 1;
        if sub_layers > MAX_SUB_LAYERS {
            return Err(r.out_of_range("sps_max_sub_layers_minus1", sub_layers - 1).into());
        }
        let temporal_id_nesting = r.flag("sps_temporal_id_nesting_flag")?;
        let profile_tier_level = ProfileTierLevel::read(r, sub_layers)?;
        let id = r.ue8("sps_seq_parameter_set_id", 15)?;
        let chroma_format_idc = r.ue8("chroma_format_idc", 3)?;
        let separate_colour_plane = chroma_format_idc == 3 && r.flag("separate_colour_plane_flag")?;
        let coded_width = r.ue("pic_width_in_luma_samples", MAX_SIDE)?;
        let coded_height = r.ue("pic_height_in_luma_samples", MAX_SIDE)?;
        let unit = crop::unit(chroma_format_idc);
        let empty = |width, height| HevcError::PictureSize { width, height };
        let crop = Crop::read(r, CONFORMANCE_WINDOW, unit, (coded_width, coded_height), empty)?;
        let bit_depth_luma = r.ue8("bit_depth_luma_minus8", 8)? + 8;
        let bit_depth_chroma = r.ue8("bit_depth_chroma_minus8", 8)? + 8;
        let log2_max_pic_order_cnt_lsb = r.ue8("log2_max_pic_order_cnt_lsb_minus4", 12)? + 4;
        let ordering = SubLayerOrdering::read_all(r, sub_layers)?;
        let blocks = BlockSizes::read(r)?;
        blocks.skip_coding_tools(r)?;
        ref_pic_set::skip_all(r)?;
        if r.flag("long_term_ref_pics_present_flag")? {
            let pictures = r.ue("num_long_term_ref_pics_sps", MAX_LONG_TERM)? as usize;
            // Each has lt_ref_pic_poc_lsb_sps and used_by_curr_pic_lt_sps_flag.
            r.skip("lt_ref_pic_poc_lsb_sps", pictures * (usize::from(log2_max_pic_order_cnt_lsb) + 1))?;
        }
        r.flag("sps_temporal_mvp_enabled_flag")?;
        r.flag("strong_intra_smoothing_enabled_flag")?;
        let vui = if r.flag("vui_parameters_present_flag")? { Some(Vui::read(r, sub_layers)?) } else { None };
        Ok(Self {
            vps_id,
            sub_layers,
            temporal_id_nesting,
            profile_tier_level,
            id,
            chroma_format_idc,
            separate_colour_plane,
            coded_width,
            coded_height,
            crop,
            bit_depth_luma,
            bit_depth_chroma,
            log2_max_pic_order_cnt_lsb,
            ordering,
            log2_ctb_size: blocks.largest,
            vui,
        })
    }

    /// Width as shown, in luma samples.
    pub fn width(&self) -> u32 {
        self.coded_width - self.crop.left - self.crop.right
    }

    /// Height as shown, in luma samples; of a field where every picture is one.
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

    /// How many pictures at most come before one in decoding order and after it in output order: the pictures by which
    /// presentation can lag behind decoding. `sps_max_num_reorder_pics` of the highest sub-layer.
    pub fn reorder_depth(&self) -> u32 {
        self.ordering.max_num_reorder.into()
    }

    /// PicSizeInCtbsY: the coding tree blocks of a picture.
    pub fn size_in_ctbs(&self) -> u32 {
        let blocks = |side: u32| side.div_ceil(1 << self.log2_ctb_size);
        blocks(self.coded_width) * blocks(self.coded_height)
    }
}

impl SubLayerOrdering {
    /// Reads what is said of the sub-layers, from `sps_sub_layer_ordering_info_present_flag` on, and keeps the highest.
    pub(super) fn read_all(r: &mut BitReader<'_>, sub_layers: u8) -> Result<Self, SyntaxError> {
        let said = if r.flag("sub_layer_ordering_info_present_flag")? { sub_layers } else { 1 };
        let mut highest = Self::default();
        for _ in 0..said {
            let max_dec_pic_buffering = r.ue8("max_dec_pic_buffering_minus1", MAX_DPB_SIZE - 1)? + 1;
            let max_num_reorder = r.ue8("max_num_reorder_pics", MAX_DPB_SIZE - 1)?;
            let increase = r.ue("max_latency_increase_plus1", u32::MAX - 1)?.checked_sub(1);
            let max_latency = increase.map(|increase| increase.saturating_add(max_num_reorder.into()));
            highest = Self { max_dec_pic_buffering, max_num_reorder, max_latency };
        }
        Ok(highest)
    }
}

/// The sides of blocks, as `log2` of samples.
struct BlockSizes {
    /// MinCbLog2SizeY.
    smallest: u8,
    /// CtbLog2SizeY.
    largest: u8,
}

impl BlockSizes {
    fn read(r: &mut BitReader<'_>) -> Result<Self, SyntaxError> {
        let smallest = r.ue8("log2_min_luma_coding_block_size_minus3", MAX_LOG2_CTB - 3)? + 3;
        let largest = r.ue8("log2_diff_max_min_luma_coding_block_size", MAX_LOG2_CTB - smallest)? + smallest;
        // Transform blocks are smaller than the smallest coding block, and of at most 32 samples.
        let transform = r.ue8("log2_min_luma_transform_block_size_minus2", (smallest - 3).min(3))? + 2;
        r.ue8("log2_diff_max_min_luma_transform_block_size", largest.min(5) - transform)?;
        r.ue8("max_transform_hierarchy_depth_inter", largest - transform)?;
        r.ue8("max_transform_hierarchy_depth_intra", largest - transform)?;
        Ok(Self { smallest, largest })
    }

    /// Reads over what switches coding tools, from `scaling_list_enabled_flag` to the `pcm` elements.
    fn skip_coding_tools(&self, r: &mut BitReader<'_>) -> Result<(), SyntaxError> {
        if r.flag("scaling_list_enabled_flag")? && r.flag("sps_scaling_list_data_present_flag")? {
            scaling::skip_lists(r)?;
        }
        r.flag("amp_enabled_flag")?;
        r.flag("sample_adaptive_offset_enabled_flag")?;
        if r.flag("pcm_enabled_flag")? {
            r.skip("pcm_sample_bit_depth_minus1", 8)?;
            let largest = self.largest.min(5);
            let pcm = r.ue8("log2_min_pcm_luma_coding_block_size_minus3", largest - 3)? + 3;
            if pcm < self.smallest.min(5) {
                return Err(r.out_of_range("log2_min_pcm_luma_coding_block_size_minus3", pcm - 3));
            }
            r.ue8("log2_diff_max_min_pcm_luma_coding_block_size", largest - pcm)?;
            r.flag("pcm_loop_filter_disabled_flag")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use scuffle_h265::{AspectRatioInfo, SpsNALUnit};

    use super::*;
    use crate::bits::{BitWriter, Fault};
    use crate::hevc::fixtures::{self, PARAMETER_SETS};
    use crate::hevc::ptl::Profile;

    /// A set up to where `rest` goes on, at `chroma_format_idc`.
    fn with(sub_layers: u64, rest: impl Fn(&mut BitWriter)) -> Result<Sps, HevcError> {
        let mut w = BitWriter::new();
        w.bits(0x4201, 16).bits(2, 4).bits(sub_layers - 1, 3).flag(true);
        w.bits(1, 8).bits(0x6000_0000, 32).bits(0, 48).bits(93, 8);
        if sub_layers > 1 {
            w.bits(0, 16);
        }
        w.ue(3);
        rest(&mut w);
        w.trailing_bits();
        Sps::parse(&emulation::insert(&w.into_bytes()))
    }

    /// From `bit_depth_luma_minus8` to the end, without anything that may be left out.
    fn plain(w: &mut BitWriter) {
        w.ue(0).ue(0).ue(4).flag(false).ue(4).ue(2).ue(0).ue(0).ue(3).ue(0).ue(3).ue(0).ue(0).bits(0, 4).ue(0);
        w.flag(false).bits(0, 2).flag(false).flag(false);
    }

    fn fault(result: Result<Sps, HevcError>) -> (&'static str, Fault) {
        match result {
            Err(HevcError::Syntax(error)) => (error.field, error.fault),
            other => panic!("no error of syntax: {other:?}"),
        }
    }

    #[test]
    fn another_nal_unit_or_one_cut_short_is_refused() {
        let error = HevcError::UnexpectedNal { expected: "sequence parameter set", found: Some(NalType::Pps) };
        assert_eq!(Sps::parse(&[0x44, 1, 0]), Err(error));
        for sets in PARAMETER_SETS {
            let nal = sets.found().swap_remove(1);
            for end in 0..nal.len() - 1 {
                assert!(Sps::parse(&nal[..end]).is_err(), "{}, {end}", sets.made_with);
            }
        }
    }

    #[test]
    fn a_picture_without_samples_or_beyond_a_sample_entry_is_refused() {
        let sides = |width, height| {
            with(1, |w| {
                w.ue(1).ue(width).ue(height).flag(false);
                plain(w);
            })
        };
        assert_eq!(sides(0, 64), Err(HevcError::PictureSize { width: 0, height: 64 }));
        assert_eq!(fault(sides(64, 65_536)), ("pic_height_in_luma_samples", Fault::OutOfRange(65_536)));
        let largest = sides(65_535, 65_535).unwrap();
        assert_eq!((largest.size_in_ctbs(), largest.log2_ctb_size), (1024 * 1024, 6));
        let cropped = with(1, |w| {
            w.ue(1).ue(64).ue(64).flag(true).ue(16).ue(16).ue(0).ue(u32::MAX - 1);
        });
        let height = 64 - 2 * i64::from(u32::MAX - 1);
        assert_eq!(cropped, Err(HevcError::PictureSize { width: 0, height }));
    }

    #[test]
    fn values_out_of_range_are_refused() {
        assert_eq!(fault(with(8, |_| {})), ("sps_max_sub_layers_minus1", Fault::OutOfRange(7)));
        let blocks = |write: fn(&mut BitWriter)| {
            fault(with(1, |w| {
                w.ue(1).ue(64).ue(64).flag(false).ue(0).ue(0).ue(4).flag(false).ue(4).ue(2).ue(0);
                write(w);
            }))
        };
        let of = |field| (field, Fault::OutOfRange(1));
        assert_eq!(blocks(|w| drop(w.ue(3).ue(1).clone())), of("log2_diff_max_min_luma_coding_block_size"));
        assert_eq!(blocks(|w| drop(w.ue(0).ue(3).ue(1).clone())), of("log2_min_luma_transform_block_size_minus2"));
    }

    #[test]
    fn what_may_be_there_is_read_to_its_end() {
        let sps = with(3, |w| {
            w.ue(3).flag(true).ue(1920).ue(1080).flag(true).ue(1).ue(2).ue(3).ue(4).ue(8).ue(7).ue(12);
            // The buffers of every sub-layer.
            w.flag(true).ue(1).ue(0).ue(0).ue(2).ue(1).ue(1).ue(15).ue(15).ue(u32::MAX - 1);
            w.ue(1).ue(1).ue(1).ue(2).ue(2).ue(2);
            // Scaling lists that are the default ones, samples as they are, long-term references.
            w.bits(0b11, 2);
            (0..20).for_each(|_| {
                w.flag(false).ue(0);
            });
            w.bits(0b11, 2).flag(true).bits(0x77, 8).ue(1).ue(1).flag(true);
            w.ue(0).flag(true).ue(2).bits(0, 34).bits(0b11, 2).flag(true);
            // Usability: an aspect written out, overscan, signal, chroma location, fields, a window, timing, restrictions.
            w.flag(true).bits(255, 8).bits(40, 16).bits(33, 16).bits(0b11, 2);
            w.flag(true).bits(5, 3).flag(true).flag(true).bits(0x09_10_09, 24).flag(true).ue(2).ue(3).bits(0b011, 3);
            w.flag(true).ue(1).ue(2).ue(3).ue(4).flag(true).bits(1, 32).bits(100, 32).flag(true).ue(1).flag(true);
            w.bits(0, 2);
            (0..3).for_each(|_| {
                w.flag(true).ue(0).ue(0);
            });
            w.flag(true).bits(0b101, 3).ue(4095).ue(2).ue(1).ue(15).ue(15).flag(false);
        })
        .unwrap();
        assert_eq!((sps.vps_id, sps.id, sps.sub_layers, sps.separate_colour_plane), (2, 3, 3, true));
        assert_eq!((sps.bit_depth_luma, sps.bit_depth_chroma, sps.log2_max_pic_order_cnt_lsb), (16, 15, 16));
        assert_eq!(sps.crop, Crop { left: 1, right: 2, top: 3, bottom: 4 });
        assert_eq!((sps.width(), sps.height(), sps.log2_ctb_size, sps.size_in_ctbs()), (1917, 1073, 5, 60 * 34));
        let max_latency = Some(u32::MAX);
        assert_eq!(sps.ordering, SubLayerOrdering { max_dec_pic_buffering: 16, max_num_reorder: 15, max_latency });
        assert_eq!((sps.aspect(), sps.reorder_depth()), (SampleAspect { h: 40, v: 33 }, 15));
        assert_eq!(sps.cicp(), Some(Cicp { primaries: 9, transfer: 16, matrix: 9, full_range: true }));
        assert_eq!(sps.frame_rate(), Some(FrameRate { num: 50, den: 1 }), "a hundred fields");
        let vui = sps.vui.unwrap();
        assert!(vui.field_seq && vui.frame_field_info_present && vui.hrd.is_some());
        assert_eq!((vui.overscan_appropriate, vui.chroma_location), (Some(true), Some((2, 3))));
        assert_eq!(vui.timing.unwrap().ticks_between_pictures, Some(2));
        let restriction = vui.bitstream_restriction.unwrap();
        assert_eq!((restriction.tiles_fixed_structure, restriction.min_spatial_segmentation_idc), (true, 4095));
    }

    #[test]
    fn sets_of_real_encoders_say_what_they_were_made_with() {
        for sets in PARAMETER_SETS {
            let sps = Sps::parse(&sets.found()[1]).unwrap_or_else(|error| panic!("{}: {error}", sets.made_with));
            assert_eq!((sps.width(), sps.height()), sets.size, "{}", sets.made_with);
            assert_eq!(sps.frame_rate().map(|rate| (rate.num, rate.den)), Some(sets.rate), "{}", sets.made_with);
            assert_eq!((sps.aspect(), sps.cicp()), (sets.aspect, sets.cicp), "{}", sets.made_with);
            assert_eq!(sps.reorder_depth(), sets.reorder_depth, "{}", sets.made_with);
            let format = (sps.chroma_format_idc, sps.bit_depth_luma);
            assert_eq!((format, sps.bit_depth_chroma), (sets.format, sets.format.1), "{}", sets.made_with);
            let field_seq = sps.vui.is_some_and(|vui| vui.field_seq);
            assert_eq!(field_seq, sets.found == PARAMETER_SETS[fixtures::FIELDS].found);
        }
    }

    fn same_profile(ours: &Profile, theirs: &scuffle_h265::Profile) {
        assert_eq!(
            (ours.space, ours.high_tier, ours.idc),
            (theirs.profile_space, theirs.tier_flag, theirs.profile_idc)
        );
        assert_eq!(ours.compatibility, theirs.profile_compatibility_flag.bits());
        let flags = [theirs.progressive_source_flag, theirs.interlaced_source_flag];
        let source =
            [Profile::PROGRESSIVE_SOURCE, Profile::INTERLACED_SOURCE].map(|bit| ours.constraints[0] & bit != 0);
        assert_eq!(source, flags);
    }

    /// Whether the other reader takes the set too, and says the same.
    fn agrees(nal: &[u8]) -> bool {
        let Ok(sps) = Sps::parse(nal) else { return false };
        let Ok(other) = SpsNALUnit::parse(nal) else { return false };
        let other = other.rbsp;
        assert_eq!(other.sps_video_parameter_set_id, sps.vps_id);
        assert_eq!(
            (other.sps_max_sub_layers_minus1 + 1, other.sps_seq_parameter_set_id),
            (sps.sub_layers, sps.id.into())
        );
        assert_eq!(other.sps_temporal_id_nesting_flag, sps.temporal_id_nesting);
        same_profile(&sps.profile_tier_level.profile, &other.profile_tier_level.general_profile);
        assert_eq!(other.profile_tier_level.general_profile.level_idc, Some(sps.profile_tier_level.level_idc));
        assert_eq!(other.chroma_format_idc, sps.chroma_format_idc);
        assert_eq!(other.separate_colour_plane_flag, sps.separate_colour_plane);
        assert_eq!(other.pic_width_in_luma_samples.get(), sps.coded_width.into());
        assert_eq!(other.pic_height_in_luma_samples.get(), sps.coded_height.into());
        let cropped = (other.cropped_width(), other.cropped_height());
        assert_eq!(cropped, (sps.width().into(), sps.height().into()), "{nal:02x?}");
        assert_eq!(other.bit_depth_luma_minus8 + 8, sps.bit_depth_luma);
        assert_eq!(other.bit_depth_chroma_minus8 + 8, sps.bit_depth_chroma);
        assert_eq!(other.log2_max_pic_order_cnt_lsb_minus4 + 4, sps.log2_max_pic_order_cnt_lsb);
        let ordering = &other.sub_layer_ordering_info;
        assert_eq!(ordering.sps_max_num_reorder_pics.last(), Some(&sps.ordering.max_num_reorder.into()));
        let buffering = u64::from(sps.ordering.max_dec_pic_buffering) - 1;
        assert_eq!(ordering.sps_max_dec_pic_buffering_minus1.last(), Some(&buffering));
        assert_eq!(other.vui_parameters.is_some(), sps.vui.is_some());
        if let (Some(other), Some(vui)) = (other.vui_parameters, sps.vui) {
            if let AspectRatioInfo::ExtendedSar { sar_width, sar_height } = other.aspect_ratio_info {
                let aspect = SampleAspect { h: sar_width.into(), v: sar_height.into() };
                assert_eq!(vui.aspect, Some(aspect).filter(|aspect| aspect.h != 0 && aspect.v != 0));
            }
            let signal = &other.video_signal_type;
            let cicp = vui.video_signal.and_then(|signal| signal.colour).unwrap_or((2, 2, 2));
            assert_eq!((signal.colour_primaries, signal.transfer_characteristics, signal.matrix_coeffs), cicp);
            assert_eq!(signal.video_full_range_flag, vui.video_signal.is_some_and(|signal| signal.full_range));
            assert_eq!(other.overscan_appropriate_flag, vui.overscan_appropriate);
            assert_eq!(
                (other.field_seq_flag, other.frame_field_info_present_flag),
                (vui.field_seq, vui.frame_field_info_present)
            );
            let timing = other.vui_timing_info.map(|timing| (timing.num_units_in_tick.get(), timing.time_scale.get()));
            assert_eq!(timing, vui.timing.map(|timing| (timing.num_units_in_tick, timing.time_scale)));
            let segmentation = vui.bitstream_restriction.map_or(0, |limits| limits.min_spatial_segmentation_idc);
            assert_eq!(other.bitstream_restriction.min_spatial_segmentation_idc, segmentation);
        }
        true
    }

    #[test]
    fn scuffle_h265_reads_the_same_from_sets_of_real_encoders() {
        for sets in PARAMETER_SETS {
            assert!(agrees(&sets.found()[1]), "{}", sets.made_with);
        }
    }

    proptest! {
        #[test]
        fn scuffle_h265_reads_the_same_from_damaged_sets(
            which in 0..PARAMETER_SETS.len(),
            damage in prop::collection::vec((any::<prop::sample::Index>(), 0u8..8), 1..4),
        ) {
            let mut nal = PARAMETER_SETS[which].found()[1].to_vec();
            for (at, bit) in damage {
                let at = 2 + at.index(nal.len() - 2);
                nal[at] ^= 1 << bit;
            }
            agrees(&nal);
        }
    }
}
