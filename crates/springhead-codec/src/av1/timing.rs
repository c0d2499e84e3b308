//! `timing_info` and `decoder_model_info` of a sequence header (§5.5.3, §5.5.4).

use springhead_core::FrameRate;

use crate::bits::{BitReader, SyntaxError};
use crate::ratio::lowest_terms;

/// `timing_info`: how long a tick of the display clock is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct TimingInfo {
    /// `num_units_in_display_tick`, above zero.
    pub num_units_in_display_tick: u32,
    /// `time_scale`: units in a second, above zero.
    pub time_scale: u32,
    /// How many ticks a picture lasts, if all last as long (`equal_picture_interval`, `num_ticks_per_picture_minus_1` + 1).
    pub ticks_per_picture: Option<u32>,
}

impl TimingInfo {
    pub(super) fn parse(r: &mut BitReader<'_>) -> Result<Self, SyntaxError> {
        let num_units_in_display_tick = above_zero(r, "num_units_in_display_tick")?;
        let time_scale = above_zero(r, "time_scale")?;
        let ticks_per_picture = if r.flag("equal_picture_interval")? {
            Some(r.ue("num_ticks_per_picture_minus_1", u32::MAX - 1)? + 1)
        } else {
            None
        };
        Ok(Self { num_units_in_display_tick, time_scale, ticks_per_picture })
    }

    /// Pictures a second, where all last equally long.
    pub fn frame_rate(&self) -> Option<FrameRate> {
        let duration = u64::from(self.num_units_in_display_tick) * u64::from(self.ticks_per_picture?);
        let (num, den) = lowest_terms(self.time_scale.into(), duration);
        Some(FrameRate { num: num.try_into().ok()?, den: den.try_into().ok()? })
    }
}

fn above_zero(r: &mut BitReader<'_>, field: &'static str) -> Result<u32, SyntaxError> {
    match r.bits(field, 32)? {
        0 => Err(r.out_of_range(field, 0)),
        value => Ok(value),
    }
}

/// `decoder_model_info`: the widths of elements elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct DecoderModelInfo {
    /// `buffer_delay_length_minus_1` + 1.
    pub buffer_delay_length: u8,
    /// `num_units_in_decoding_tick`.
    pub num_units_in_decoding_tick: u32,
    /// `buffer_removal_time_length_minus_1` + 1.
    pub buffer_removal_time_length: u8,
    /// `frame_presentation_time_length_minus_1` + 1.
    pub frame_presentation_time_length: u8,
}

impl DecoderModelInfo {
    pub(super) fn parse(r: &mut BitReader<'_>) -> Result<Self, SyntaxError> {
        Ok(Self {
            buffer_delay_length: r.bits8("buffer_delay_length_minus_1", 5)? + 1,
            num_units_in_decoding_tick: r.bits("num_units_in_decoding_tick", 32)?,
            buffer_removal_time_length: r.bits8("buffer_removal_time_length_minus_1", 5)? + 1,
            frame_presentation_time_length: r.bits8("frame_presentation_time_length_minus_1", 5)? + 1,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::BitWriter;

    fn timing(units: u32, scale: u32, ticks: Option<u32>) -> Result<TimingInfo, SyntaxError> {
        let mut w = BitWriter::new();
        w.bits(units.into(), 32).bits(scale.into(), 32).flag(ticks.is_some());
        if let Some(ticks) = ticks {
            w.ue(ticks - 1);
        }
        TimingInfo::parse(&mut BitReader::new("timing_info", &w.into_bytes()))
    }

    #[test]
    fn a_tick_that_lasts_nothing_is_refused() {
        assert_eq!(timing(0, 1, None).unwrap_err().field, "num_units_in_display_tick");
        assert_eq!(timing(1, 0, None).unwrap_err().field, "time_scale");
    }

    #[test]
    fn there_is_a_frame_rate_only_where_all_pictures_last_equally_long() {
        let rate = |units, scale, ticks| timing(units, scale, ticks).unwrap().frame_rate();
        assert_eq!(rate(1, 25, None), None);
        assert_eq!(rate(1, 50, Some(2)), Some(FrameRate { num: 25, den: 1 }));
        assert_eq!(rate(1001, 30_000, Some(1)), Some(FrameRate { num: 30_000, den: 1001 }));
        assert_eq!(rate(u32::MAX, 1, Some(3)), None, "slower than a fraction can say");
    }
}
