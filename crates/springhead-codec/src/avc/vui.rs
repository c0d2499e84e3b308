//! Video usability information: ITU-T H.264 Annex E.

use springhead_core::{Cicp, FrameRate, SampleAspect};

use crate::bits::{BitReader, SyntaxError};
use crate::nal::vui::{picture_rate, read_aspect};

/// `vui_parameters()` (Annex E.1.1): how the pictures are meant to be shown and when.
///
/// What is absent in the bitstream is `None`, or false where the standard infers that.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Vui {
    /// The shape of a sample; none when it is unspecified.
    pub aspect: Option<SampleAspect>,
    /// `overscan_appropriate_flag`.
    pub overscan_appropriate: Option<bool>,
    /// What the sample values mean.
    pub video_signal: Option<VideoSignal>,
    /// `chroma_sample_loc_type_top_field` and `_bottom_field`, 0 to 5.
    pub chroma_location: Option<(u8, u8)>,
    /// The tick of the pictures.
    pub timing: Option<Timing>,
    /// The hypothetical reference decoder for the whole NAL unit stream.
    pub nal_hrd: Option<Hrd>,
    /// The hypothetical reference decoder for the VCL NAL units.
    pub vcl_hrd: Option<Hrd>,
    /// `low_delay_hrd_flag`.
    pub low_delay_hrd: bool,
    /// `pic_struct_present_flag`: picture timing SEI messages tell fields from frames.
    pub pic_struct_present: bool,
    /// What the bitstream promises of itself.
    pub bitstream_restriction: Option<BitstreamRestriction>,
}

/// `video_signal_type` of Annex E.2.1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VideoSignal {
    /// `video_format`, Table E-2; 5 is unspecified.
    pub format: u8,
    /// `video_full_range_flag`.
    pub full_range: bool,
    /// `colour_primaries`, `transfer_characteristics` and `matrix_coefficients`, Tables E-3 to E-5.
    pub colour: Option<(u8, u8, u8)>,
}

/// `timing_info` of Annex E.2.1. Two ticks last as long as one frame where the rate is fixed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timing {
    /// `num_units_in_tick`, of the clock of `time_scale`.
    pub num_units_in_tick: u32,
    /// `time_scale`, in Hz.
    pub time_scale: u32,
    /// `fixed_frame_rate_flag`.
    pub fixed_frame_rate: bool,
}

/// `hrd_parameters()` (Annex E.1.2), as far as SEI messages need them to be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hrd {
    /// `cpb_cnt_minus1` + 1, 1 to 32.
    pub cpb_count: u8,
    /// `initial_cpb_removal_delay_length_minus1` + 1, in bits.
    pub initial_cpb_removal_delay_length: u8,
    /// `cpb_removal_delay_length_minus1` + 1, in bits.
    pub cpb_removal_delay_length: u8,
    /// `dpb_output_delay_length_minus1` + 1, in bits.
    pub dpb_output_delay_length: u8,
    /// `time_offset_length`, in bits.
    pub time_offset_length: u8,
}

/// `bitstream_restriction` of Annex E.2.1, as far as output order needs it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BitstreamRestriction {
    /// `max_num_reorder_frames`: how many frames at most come before one in decoding order and after it in output order.
    pub max_num_reorder_frames: u8,
    /// `max_dec_frame_buffering`: the frames that the decoded picture buffer needs to hold.
    pub max_dec_frame_buffering: u8,
}

/// MaxDpbFrames never exceeds this (Annex A.3.1).
const MAX_DPB_FRAMES: u8 = 16;

/// The most pictures a second of any level: fR of Annex A.3.1, item i, for the levels 6 to 6.2.
pub(crate) const MAX_FRAME_RATE: u64 = 300;

impl Vui {
    pub(super) fn read(r: &mut BitReader<'_>) -> Result<Self, SyntaxError> {
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
        if r.flag("timing_info_present_flag")? {
            vui.timing = Some(Timing {
                num_units_in_tick: r.bits("num_units_in_tick", 32)?,
                time_scale: r.bits("time_scale", 32)?,
                fixed_frame_rate: r.flag("fixed_frame_rate_flag")?,
            });
        }
        if r.flag("nal_hrd_parameters_present_flag")? {
            vui.nal_hrd = Some(Hrd::read(r)?);
        }
        if r.flag("vcl_hrd_parameters_present_flag")? {
            vui.vcl_hrd = Some(Hrd::read(r)?);
        }
        if vui.nal_hrd.is_some() || vui.vcl_hrd.is_some() {
            vui.low_delay_hrd = r.flag("low_delay_hrd_flag")?;
        }
        vui.pic_struct_present = r.flag("pic_struct_present_flag")?;
        if r.flag("bitstream_restriction_flag")? {
            vui.bitstream_restriction = Some(BitstreamRestriction::read(r)?);
        }
        Ok(vui)
    }

    /// Frames a second, `time_scale / (2 * num_units_in_tick)` in lowest terms (Annex E.2.1); none where it is not said or
    /// cannot be a rate: more than 300 a second, which no level allows, or less than one in ten seconds.
    pub fn frame_rate(&self) -> Option<FrameRate> {
        let timing = self.timing?;
        picture_rate(timing.time_scale.into(), 2 * u64::from(timing.num_units_in_tick), MAX_FRAME_RATE)
    }

    /// The code points of ISO/IEC 23091-2, with which Tables E-3 to E-5 agree; unspecified (2) where only the range is
    /// said, none where neither is.
    pub fn cicp(&self) -> Option<Cicp> {
        self.video_signal?.cicp()
    }
}

impl VideoSignal {
    pub(crate) fn read(r: &mut BitReader<'_>) -> Result<Self, SyntaxError> {
        let format = r.bits8("video_format", 3)?;
        let full_range = r.flag("video_full_range_flag")?;
        let mut colour = None;
        if r.flag("colour_description_present_flag")? {
            let primaries = r.bits8("colour_primaries", 8)?;
            let transfer = r.bits8("transfer_characteristics", 8)?;
            colour = Some((primaries, transfer, r.bits8("matrix_coefficients", 8)?));
        }
        Ok(Self { format, full_range, colour })
    }

    pub(crate) fn cicp(&self) -> Option<Cicp> {
        if self.colour.is_none() && !self.full_range {
            return None;
        }
        let (primaries, transfer, matrix) = self.colour.unwrap_or((2, 2, 2));
        Some(Cicp { primaries, transfer, matrix, full_range: self.full_range })
    }
}

impl Hrd {
    fn read(r: &mut BitReader<'_>) -> Result<Self, SyntaxError> {
        let cpb_count = r.ue8("cpb_cnt_minus1", 31)? + 1;
        r.skip("bit_rate_scale", 4)?;
        r.skip("cpb_size_scale", 4)?;
        for _ in 0..cpb_count {
            r.ue("bit_rate_value_minus1", u32::MAX - 1)?;
            r.ue("cpb_size_value_minus1", u32::MAX - 1)?;
            r.flag("cbr_flag")?;
        }
        Ok(Self {
            cpb_count,
            initial_cpb_removal_delay_length: r.bits8("initial_cpb_removal_delay_length_minus1", 5)? + 1,
            cpb_removal_delay_length: r.bits8("cpb_removal_delay_length_minus1", 5)? + 1,
            dpb_output_delay_length: r.bits8("dpb_output_delay_length_minus1", 5)? + 1,
            time_offset_length: r.bits8("time_offset_length", 5)?,
        })
    }
}

impl BitstreamRestriction {
    fn read(r: &mut BitReader<'_>) -> Result<Self, SyntaxError> {
        r.flag("motion_vectors_over_pic_boundaries_flag")?;
        r.ue("max_bytes_per_pic_denom", 16)?;
        r.ue("max_bits_per_mb_denom", 16)?;
        r.ue("log2_max_mv_length_horizontal", 16)?;
        r.ue("log2_max_mv_length_vertical", 16)?;
        let max_num_reorder_frames = r.ue8("max_num_reorder_frames", MAX_DPB_FRAMES)?;
        let max_dec_frame_buffering = r.ue8("max_dec_frame_buffering", MAX_DPB_FRAMES)?;
        if max_num_reorder_frames > max_dec_frame_buffering {
            return Err(r.out_of_range("max_num_reorder_frames", max_num_reorder_frames));
        }
        Ok(Self { max_num_reorder_frames, max_dec_frame_buffering })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(time_scale: u32, num_units_in_tick: u32) -> Option<(u32, u32)> {
        let timing = Some(Timing { num_units_in_tick, time_scale, fixed_frame_rate: true });
        Vui { timing, ..Vui::default() }.frame_rate().map(|rate| (rate.num, rate.den))
    }

    #[test]
    fn ticks_that_can_be_no_rate_give_none() {
        assert_eq!(rate(0, 1), None);
        assert_eq!(rate(50, 0), None);
        assert_eq!(rate(90_000, 1), None);
        assert_eq!(rate(1, u32::MAX), None);
        assert_eq!(rate(602, 1), None);
        assert_eq!(Vui::default().frame_rate(), None);
    }

    #[test]
    fn rates_come_in_lowest_terms() {
        assert_eq!(rate(60_000, 1001), Some((30_000, 1001)));
        assert_eq!(rate(180_000, 3_600), Some((25, 1)));
        assert_eq!(rate(600, 1), Some((300, 1)));
        assert_eq!(rate(u32::MAX, u32::MAX), Some((1, 2)));
    }

    #[test]
    fn a_range_without_colours_leaves_the_colours_unspecified() {
        let signal = |full_range| Some(VideoSignal { format: 5, full_range, colour: None });
        assert_eq!(Vui { video_signal: signal(false), ..Vui::default() }.cicp(), None);
        let full = Cicp { primaries: 2, transfer: 2, matrix: 2, full_range: true };
        assert_eq!(Vui { video_signal: signal(true), ..Vui::default() }.cicp(), Some(full));
    }
}
