//! Timing and the hypothetical reference decoder: §7.3.5.

use springhead_core::FrameRate;

use crate::bits::{BitReader, SyntaxError};
use crate::nal::vui::picture_rate;

/// `general_timing_hrd_parameters()`, and of `ols_timing_hrd_parameters()` what tells the rate of pictures of the highest
/// sublayer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timing {
    /// `num_units_in_tick`, of the clock of `time_scale`.
    pub num_units_in_tick: u32,
    /// `time_scale`, in Hz.
    pub time_scale: u32,
    /// `fixed_pic_rate_within_cvs_flag` of the highest sublayer: pictures lie as far apart as the tick says.
    pub fixed_rate: bool,
    /// `elemental_duration_in_tc_minus1` + 1 of the highest sublayer, 1 to 2048: ticks from picture to picture where the
    /// rate is fixed; else 1.
    pub ticks_per_picture: u16,
}

/// The most pictures a second of any level (Annex A.4.2).
const MAX_PICTURE_RATE: u64 = 960;

/// What of `general_timing_hrd_parameters()` the sublayers depend on.
struct General {
    nal_hrd: bool,
    vcl_hrd: bool,
    decoding_units: bool,
    cpb_count: u32,
}

impl Timing {
    /// Reads both structures for the sublayers from `first` to `highest`.
    pub(super) fn read(r: &mut BitReader<'_>, sublayers: u8) -> Result<Self, SyntaxError> {
        let num_units_in_tick = r.bits("num_units_in_tick", 32)?;
        let time_scale = r.bits("time_scale", 32)?;
        let mut general = General {
            nal_hrd: r.flag("general_nal_hrd_params_present_flag")?,
            vcl_hrd: r.flag("general_vcl_hrd_params_present_flag")?,
            decoding_units: false,
            cpb_count: 0,
        };
        if general.nal_hrd || general.vcl_hrd {
            r.flag("general_same_pic_timing_in_all_ols_flag")?;
            general.decoding_units = r.flag("general_du_hrd_params_present_flag")?;
            if general.decoding_units {
                r.skip("tick_divisor_minus2", 8)?;
            }
            r.skip("bit_rate_scale", 4)?;
            r.skip("cpb_size_scale", 4)?;
            if general.decoding_units {
                r.skip("cpb_size_du_scale", 4)?;
            }
            general.cpb_count = r.ue("hrd_cpb_cnt_minus1", 31)? + 1;
        }
        let every_sublayer = sublayers > 1 && r.flag("sps_sublayer_cpb_params_present_flag")?;
        let mut timing = Self { num_units_in_tick, time_scale, fixed_rate: false, ticks_per_picture: 1 };
        for _ in if every_sublayer { 0 } else { sublayers - 1 }..sublayers {
            timing.read_sublayer(r, &general)?;
        }
        Ok(timing)
    }

    /// One sublayer of `ols_timing_hrd_parameters()` (§7.3.5.2): the last that is read is the highest.
    fn read_sublayer(&mut self, r: &mut BitReader<'_>, general: &General) -> Result<(), SyntaxError> {
        self.fixed_rate = r.flag("fixed_pic_rate_general_flag")? || r.flag("fixed_pic_rate_within_cvs_flag")?;
        self.ticks_per_picture = 1;
        if self.fixed_rate {
            self.ticks_per_picture = r.ue("elemental_duration_in_tc_minus1", 2047)? as u16 + 1;
        } else if general.cpb_count == 1 {
            r.flag("low_delay_hrd_flag")?;
        }
        for _ in 0..u8::from(general.nal_hrd) + u8::from(general.vcl_hrd) {
            for _ in 0..general.cpb_count {
                r.ue("bit_rate_value_minus1", u32::MAX - 1)?;
                r.ue("cpb_size_value_minus1", u32::MAX - 1)?;
                if general.decoding_units {
                    r.ue("cpb_size_du_value_minus1", u32::MAX - 1)?;
                    r.ue("bit_rate_du_value_minus1", u32::MAX - 1)?;
                }
                r.flag("cbr_flag")?;
            }
        }
        Ok(())
    }

    /// Pictures a second in lowest terms; none where it cannot be a rate: more than 960 a second, which no level allows, or
    /// less than one in ten seconds.
    pub fn picture_rate(&self) -> Option<FrameRate> {
        let num = u64::from(self.time_scale);
        let den = u64::from(self.num_units_in_tick) * u64::from(self.ticks_per_picture);
        picture_rate(num, den, MAX_PICTURE_RATE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::BitWriter;

    fn rate(time_scale: u32, num_units_in_tick: u32, ticks_per_picture: u16) -> Option<(u32, u32)> {
        let timing = Timing { num_units_in_tick, time_scale, fixed_rate: true, ticks_per_picture };
        timing.picture_rate().map(|rate| (rate.num, rate.den))
    }

    #[test]
    fn sublayers_whose_rate_is_not_fixed_tell_of_low_delay_where_there_is_one_schedule() {
        let read = |schedules: u32, low_delay: &[bool]| {
            let mut w = BitWriter::new();
            w.bits(1, 32).bits(50, 32).bits(0b10, 2).bits(0, 2).bits(0, 8).ue(schedules - 1).flag(true);
            // Two sublayers, of which the higher has a fixed rate.
            w.bits(0, 2);
            low_delay.iter().for_each(|&flag| _ = w.flag(flag));
            (0..schedules).for_each(|_| _ = w.ue(5).ue(6).flag(true));
            w.flag(true).ue(1);
            (0..schedules).for_each(|_| _ = w.ue(5).ue(6).flag(true));
            w.bits(0x5a, 8);
            let bytes = w.into_bytes();
            let r = &mut BitReader::new("timing", &bytes);
            let timing = Timing::read(r, 2);
            (timing, r.bits("what follows", 8) == Ok(0x5a))
        };
        let timing = Timing { num_units_in_tick: 1, time_scale: 50, fixed_rate: true, ticks_per_picture: 2 };
        assert_eq!(read(1, &[true]), (Ok(timing), true));
        assert_eq!(read(2, &[]), (Ok(timing), true));
    }

    #[test]
    fn ticks_that_can_be_no_rate_give_none() {
        assert_eq!(rate(0, 1, 1), None);
        assert_eq!(rate(50, 0, 1), None);
        assert_eq!(rate(90_000, 1, 1), None);
        assert_eq!(rate(1, u32::MAX, 2048), None);
    }

    #[test]
    fn rates_come_in_lowest_terms() {
        assert_eq!(rate(60_000, 1001, 1), Some((60_000, 1001)));
        assert_eq!(rate(60_000, 1001, 2), Some((30_000, 1001)));
        assert_eq!(rate(90_000, 3_600, 1), Some((25, 1)));
    }
}
