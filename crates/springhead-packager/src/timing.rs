//! What is promised once and then kept: target duration, part target, hold-backs (law 4, H-06, L-01, L-11, L-12).

use springhead_core::{Rounding, Timescale};
use springhead_manifest::Seconds;

use crate::PackagerConfig;

/// The promises of a presentation. Made from configuration and frame maths when the first segment is complete, and never
/// changed after that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// EXT-X-TARGETDURATION, in seconds.
    pub target_duration: u64,
    /// PART-TARGET.
    pub part_target: Seconds,
}

impl Timing {
    pub(crate) fn new(config: &PackagerConfig, first_segment: Seconds, part_target: Seconds) -> Self {
        let least = Timescale::MICROS.ticks(config.min_target_duration, Rounding::Ceil).0;
        let roomy = first_segment.micros().saturating_mul(5) / 4;
        Self { target_duration: least.max(roomy).div_ceil(1_000_000), part_target }
    }

    /// HOLD-BACK: three target durations.
    pub fn hold_back(&self) -> Seconds {
        Seconds::from_micros(self.target_duration * 3_000_000)
    }

    /// PART-HOLD-BACK: three part targets.
    pub fn part_hold_back(&self) -> Seconds {
        Seconds::from_micros(self.part_target.micros() * 3)
    }

    /// CAN-SKIP-UNTIL: six target durations.
    pub fn can_skip_until(&self) -> Seconds {
        Seconds::from_micros(self.target_duration * 6_000_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_first_segment_gets_room_for_a_longer_one() {
        let part = Seconds::from_micros(500_000);
        let timing = |first| Timing::new(&PackagerConfig::default(), Seconds::from_micros(first), part);
        assert_eq!(timing(2_000_000).target_duration, 4);
        assert_eq!(timing(8_333_333).target_duration, 11);
        assert_eq!(timing(2_000_000).part_hold_back(), Seconds::from_micros(1_500_000));
    }
}
