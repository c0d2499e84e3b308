//! Video usability information: ITU-T H.265 Annex E.

use springhead_core::{Cicp, FrameRate, SampleAspect};

use super::hrd::Hrd;
use crate::avc::vui::MAX_FRAME_RATE;
pub use crate::avc::vui::VideoSignal;
use crate::bits::{BitReader, SyntaxError};
use crate::nal::vui::{picture_rate, read_aspect};

/// `vui_parameters()` (§E.2.1): how the pictures are meant to be shown and when.
///
/// What is absent in the bitstream is `None`, or false where the standard infers that. The default display window is read
/// over: it only proposes what to show of a picture, and players show the conformance window.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Vui {
    /// The shape of a sample; none when it is unspecified.
    pub aspect: Option<SampleAspect>,
    /// `overscan_appropriate_flag`.
    pub overscan_appropriate: Option<bool>,
    /// What the sample values mean.
    pub video_signal: Option<VideoSignal>,
    /// `chroma_sample_loc_type_top_field` and `_bottom_field`, 0 to 5.
    pub chroma_location: Option<(u8, u8)>,
    /// `field_seq_flag`: every picture is a field.
    pub field_seq: bool,
    /// `frame_field_info_present_flag`: picture timing SEI messages tell fields from frames.
    pub frame_field_info_present: bool,
    /// `vui_timing_info`: the tick of the pictures.
    pub timing: Option<Timing>,
    /// The hypothetical reference decoder.
    pub hrd: Option<Hrd>,
    /// What the bitstream promises of itself.
    pub bitstream_restriction: Option<BitstreamRestriction>,
}

/// `vui_timing_info` and `vps_timing_info` of §E.3.1 and §7.4.3.1. Where a picture lasts as long as the next, that is one
/// tick.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timing {
    /// `vui_num_units_in_tick`, of the clock of `vui_time_scale`.
    pub num_units_in_tick: u32,
    /// `vui_time_scale`, in Hz.
    pub time_scale: u32,
    /// `vui_num_ticks_poc_diff_one_minus1` + 1: the ticks between picture order counts that differ by one, where these are
    /// in proportion to the time.
    pub ticks_between_pictures: Option<u32>,
}

/// `bitstream_restriction` of §E.3.1, as far as the configuration record repeats it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BitstreamRestriction {
    /// `tiles_fixed_structure_flag`: all pictures are cut into tiles alike.
    pub tiles_fixed_structure: bool,
    /// `min_spatial_segmentation_idc`, 0 to 4095: how finely the pictures are cut into parts that can be decoded at once; 0
    /// promises nothing.
    pub min_spatial_segmentation_idc: u16,
}

impl Vui {
    pub(super) fn read(r: &mut BitReader<'_>, sub_layers: u8) -> Result<Self, SyntaxError> {
        let mut vui = Self::default();
        if r.flag("aspect_ratio_info_present_flag")? {
            vui.aspect = read_aspect(r)?;
        }
        if r.flag("overscan_info_present_flag")? {
            vui.overscan_appropriate = Some(r.flag("overscan_appropriate_flag")?);
        }
        if r.flag("video_signal_type_present_flag")? {
            vui.video_signal = Some(VideoSignal::read(r)?);
        }
        if r.flag("chroma_loc_info_present_flag")? {
            let top = r.ue8("chroma_sample_loc_type_top_field", 5)?;
            vui.chroma_location = Some((top, r.ue8("chroma_sample_loc_type_bottom_field", 5)?));
        }
        r.flag("neutral_chroma_indication_flag")?;
        vui.field_seq = r.flag("field_seq_flag")?;
        vui.frame_field_info_present = r.flag("frame_field_info_present_flag")?;
        if r.flag("default_display_window_flag")? {
            for _ in 0..4 {
                r.ue("def_disp_win_offset", u32::MAX)?;
            }
        }
        if r.flag("vui_timing_info_present_flag")? {
            vui.timing = Some(Timing::read(r)?);
            if r.flag("vui_hrd_parameters_present_flag")? {
                vui.hrd = Some(Hrd::read(r, sub_layers)?);
            }
        }
        if r.flag("bitstream_restriction_flag")? {
            vui.bitstream_restriction = Some(BitstreamRestriction::read(r)?);
        }
        Ok(vui)
    }

    /// Frames a second, `vui_time_scale / vui_num_units_in_tick` in lowest terms; half of that where every picture is a
    /// field, as two of them are a frame. None where it is not said or cannot be a rate: more than 300 a second, which no
    /// level allows, or less than one in ten seconds.
    pub fn frame_rate(&self) -> Option<FrameRate> {
        let timing = self.timing?;
        let pictures = if self.field_seq { 2 } else { 1 };
        picture_rate(timing.time_scale.into(), pictures * u64::from(timing.num_units_in_tick), MAX_FRAME_RATE)
    }

    /// The code points of ISO/IEC 23091-2, with which Tables E.3 to E.5 agree; unspecified (2) where only the range is
    /// said, none where neither is.
    pub fn cicp(&self) -> Option<Cicp> {
        self.video_signal?.cicp()
    }
}

impl Timing {
    pub(super) fn read(r: &mut BitReader<'_>) -> Result<Self, SyntaxError> {
        let num_units_in_tick = r.bits("num_units_in_tick", 32)?;
        let time_scale = r.bits("time_scale", 32)?;
        let ticks_between_pictures = if r.flag("poc_proportional_to_timing_flag")? {
            Some(r.ue("num_ticks_poc_diff_one_minus1", u32::MAX - 1)? + 1)
        } else {
            None
        };
        Ok(Self { num_units_in_tick, time_scale, ticks_between_pictures })
    }
}

impl BitstreamRestriction {
    fn read(r: &mut BitReader<'_>) -> Result<Self, SyntaxError> {
        let tiles_fixed_structure = r.flag("tiles_fixed_structure_flag")?;
        r.flag("motion_vectors_over_pic_boundaries_flag")?;
        r.flag("restricted_ref_pic_lists_flag")?;
        let min_spatial_segmentation_idc = r.ue("min_spatial_segmentation_idc", 4095)? as u16;
        r.ue("max_bytes_per_pic_denom", 16)?;
        r.ue("max_bits_per_min_cu_denom", 16)?;
        r.ue("log2_max_mv_length_horizontal", 16)?;
        r.ue("log2_max_mv_length_vertical", 16)?;
        Ok(Self { tiles_fixed_structure, min_spatial_segmentation_idc })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(field_seq: bool, time_scale: u32, num_units_in_tick: u32) -> Option<(u32, u32)> {
        let timing = Some(Timing { num_units_in_tick, time_scale, ticks_between_pictures: None });
        Vui { field_seq, timing, ..Vui::default() }.frame_rate().map(|rate| (rate.num, rate.den))
    }

    #[test]
    fn ticks_that_can_be_no_rate_give_none() {
        assert_eq!(rate(false, 0, 1), None);
        assert_eq!(rate(true, 50, 0), None);
        assert_eq!(rate(false, 301, 1), None);
        assert_eq!(rate(false, 1, u32::MAX), None);
        assert_eq!(Vui::default().frame_rate(), None);
    }

    #[test]
    fn two_fields_are_one_frame() {
        assert_eq!(rate(false, 60_000, 1001), Some((60_000, 1001)));
        assert_eq!(rate(true, 60_000, 1001), Some((30_000, 1001)));
        assert_eq!(rate(true, 50, 1), Some((25, 1)));
    }
}
