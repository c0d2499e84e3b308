//! Clocks that wrap.

use super::Timestamp;

/// Turns a clock of fewer than 64 bits into one that never wraps.
///
/// The value nearest to the last one is taken, so a step of less than half the clock's range, forwards or backwards, is
/// understood across the wrap: 2^33 of MPEG-TS, 2^32 of RTMP milliseconds and of RTP. The unwrapper judges nothing: whether
/// a step is too large to be the same timeline is the caller's policy.
///
/// ```
/// use springhead_core::{Timestamp, Unwrapper};
/// let mut clock = Unwrapper::new(32);
/// assert_eq!(clock.unwrap(0xffff_fff0), Timestamp(0xffff_fff0));
/// assert_eq!(clock.unwrap(0x10), Timestamp(0x1_0000_0010));
/// assert_eq!(clock.unwrap(0xffff_ffff), Timestamp(0xffff_ffff));
/// ```
#[derive(Clone, Debug)]
pub struct Unwrapper {
    bits: u32,
    last: Option<i64>,
}

impl Unwrapper {
    /// An unwrapper for a clock of `bits` bits.
    ///
    /// # Panics
    /// When `bits` is not within 2..=62: a clock's width is a fact of the protocol, not input.
    pub fn new(bits: u32) -> Self {
        assert!((2..=62).contains(&bits), "a wrapping clock has 2 to 62 bits, not {bits}");
        Self { bits, last: None }
    }

    /// Takes the next value as the one nearest to `at`, whatever came before: where another clock of the same kind tells where
    /// this one is.
    pub fn set_near(&mut self, at: Timestamp) {
        self.last = Some(at.0);
    }

    /// The instant of `raw`, of which only the low bits count. The first value is taken as it is.
    pub fn unwrap(&mut self, raw: u64) -> Timestamp {
        let range = 1i64 << self.bits;
        let raw = (raw & (range as u64 - 1)) as i64;
        let at = match self.last {
            None => raw,
            Some(last) => {
                let step = (raw - last).rem_euclid(range);
                last.saturating_add(if step >= range / 2 { step - range } else { step })
            }
        };
        self.last = Some(at);
        Timestamp(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_walk_of_small_steps_is_followed_exactly(
            bits in 8u32..40,
            start: u64,
            steps in prop::collection::vec(-100i64..=100, 1..300),
        ) {
            let mut clock = Unwrapper::new(bits);
            let mask = (1u64 << bits) - 1;
            let mut at = (start & mask) as i64;
            prop_assert_eq!(clock.unwrap(at as u64), Timestamp(at));
            for step in steps {
                at += step;
                prop_assert_eq!(clock.unwrap(at as u64 & mask), Timestamp(at));
            }
        }
    }
}
