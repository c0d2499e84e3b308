//! Ticks, and their conversion between timescales.

use std::fmt;
use std::num::NonZeroU32;
use std::ops::{Add, AddAssign, Sub, SubAssign};
use std::time::Duration;

/// Ticks per second of a track's clock; never zero. 90 000 for video off the wire, the sampling rate for audio.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timescale(NonZeroU32);

impl Timescale {
    /// One tick a millisecond, the clock of RTMP and FLV.
    pub const MILLIS: Self = Self::new_const(1_000);
    /// One tick a microsecond, the grid on which manifests print seconds.
    pub const MICROS: Self = Self::new_const(1_000_000);
    /// One tick a nanosecond, the grid of [`Duration`].
    pub const NANOS: Self = Self::new_const(1_000_000_000);
    /// The system clock of MPEG (ISO/IEC 13818-1 §2.4.2.2), and our clock for video whose source is coarser.
    pub const MPEG: Self = Self::new_const(90_000);

    const fn new_const(hz: u32) -> Self {
        match NonZeroU32::new(hz) {
            Some(hz) => Self(hz),
            None => panic!("a timescale is never zero"),
        }
    }

    /// A timescale of `hz` ticks per second; none for zero.
    pub const fn new(hz: u32) -> Option<Self> {
        match NonZeroU32::new(hz) {
            Some(hz) => Some(Self(hz)),
            None => None,
        }
    }

    /// Ticks per second.
    pub const fn hz(self) -> u32 {
        self.0.get()
    }

    /// The span of a [`Duration`] in this timescale, saturating.
    pub fn ticks(self, span: Duration, rounding: Rounding) -> Ticks {
        let nanos = i64::try_from(span.as_nanos()).unwrap_or(i64::MAX);
        Ticks(rescale(nanos, Timescale::NANOS, self, rounding).max(0) as u64)
    }
}

impl fmt::Debug for Timescale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}Hz", self.0)
    }
}

/// What happens to the fraction of a tick.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rounding {
    /// Towards minus infinity.
    Floor,
    /// Towards plus infinity.
    Ceil,
    /// To the nearest tick; a half goes up.
    Nearest,
}

/// `value` ticks of `from`, in ticks of `to`. Computed in 128 bits where 64 are too few; saturates where the result leaves 64.
///
/// ```
/// use springhead_core::time::{rescale, Rounding, Timescale};
/// let audio = Timescale::new(44_100).unwrap();
/// assert_eq!(rescale(1024, audio, Timescale::MPEG, Rounding::Nearest), 2090);
/// assert_eq!(rescale(-1, Timescale::MPEG, Timescale::MILLIS, Rounding::Floor), -1);
/// ```
pub fn rescale(value: i64, from: Timescale, to: Timescale, rounding: Rounding) -> i64 {
    if from == to {
        return value;
    }
    if let Some(scaled) = rescale_small(value, from, to, rounding) {
        return scaled;
    }
    let num = i128::from(value) * i128::from(to.hz());
    let den = i128::from(from.hz());
    let scaled = match rounding {
        Rounding::Floor => num.div_euclid(den),
        Rounding::Ceil => -(-num).div_euclid(den),
        Rounding::Nearest => (2 * num + den).div_euclid(2 * den),
    };
    scaled.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
}

/// The same in 64 bits, which is many times as fast and enough for most; none where it is not.
fn rescale_small(value: i64, from: Timescale, to: Timescale, rounding: Rounding) -> Option<i64> {
    let num = value.checked_mul(2 * i64::from(to.hz()))?;
    let den = 2 * i64::from(from.hz());
    let before = match rounding {
        Rounding::Floor => 0,
        Rounding::Ceil => den - 1,
        Rounding::Nearest => den / 2,
    };
    Some(num.checked_add(before)?.div_euclid(den))
}

/// An instant of media time: ticks since the origin of its timeline. Already unwrapped; may be negative before the origin.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Timestamp(pub i64);

/// A span of media time: never negative.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Ticks(pub u64);

/// A signed difference of media time, as a composition offset is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct TickDelta(pub i64);

impl Timestamp {
    /// The origin of the timeline.
    pub const ZERO: Self = Self(0);

    /// The same instant in another timescale.
    #[must_use]
    pub fn rescale(self, from: Timescale, to: Timescale, rounding: Rounding) -> Self {
        Self(rescale(self.0, from, to, rounding))
    }

    /// The signed distance from `earlier` to this instant.
    pub fn delta_since(self, earlier: Self) -> TickDelta {
        TickDelta(self.0.saturating_sub(earlier.0))
    }

    /// The span from `earlier` to this instant; none when this one comes before it.
    pub fn checked_since(self, earlier: Self) -> Option<Ticks> {
        u64::try_from(self.0.checked_sub(earlier.0)?).ok().map(Ticks)
    }

    /// The span from `earlier` to this instant, zero when this one comes before it.
    pub fn saturating_since(self, earlier: Self) -> Ticks {
        self.checked_since(earlier).unwrap_or_default()
    }
}

impl Ticks {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// The same span in another timescale. For a single span only: where spans add up, convert their ends instead.
    #[must_use]
    pub fn rescale(self, from: Timescale, to: Timescale, rounding: Rounding) -> Self {
        let value = i64::try_from(self.0).unwrap_or(i64::MAX);
        Self(rescale(value, from, to, rounding).max(0) as u64)
    }

    /// The span as a [`Duration`], rounded down to the nanosecond.
    pub fn to_duration(self, scale: Timescale) -> Duration {
        Duration::from_nanos(self.rescale(scale, Timescale::NANOS, Rounding::Floor).0)
    }

    /// The difference, zero when `other` is longer.
    #[must_use]
    pub fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Add<Ticks> for Timestamp {
    type Output = Self;
    fn add(self, span: Ticks) -> Self {
        Self(self.0.saturating_add_unsigned(span.0))
    }
}

impl AddAssign<Ticks> for Timestamp {
    fn add_assign(&mut self, span: Ticks) {
        *self = *self + span;
    }
}

impl Sub<Ticks> for Timestamp {
    type Output = Self;
    fn sub(self, span: Ticks) -> Self {
        Self(self.0.saturating_sub_unsigned(span.0))
    }
}

impl SubAssign<Ticks> for Timestamp {
    fn sub_assign(&mut self, span: Ticks) {
        *self = *self - span;
    }
}

impl Add<TickDelta> for Timestamp {
    type Output = Self;
    fn add(self, delta: TickDelta) -> Self {
        Self(self.0.saturating_add(delta.0))
    }
}

impl Add for Ticks {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Ticks {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl std::iter::Sum for Ticks {
    fn sum<I: Iterator<Item = Self>>(spans: I) -> Self {
        spans.fold(Self::ZERO, Add::add)
    }
}

macro_rules! debug_as_number {
    ($($name:ident $sign:literal),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($sign, "{}"), self.0)
            }
        }
    )*};
}
debug_as_number!(Timestamp "@", Ticks "+", TickDelta "d");

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scale(hz: u32) -> Timescale {
        Timescale::new(hz).unwrap()
    }

    #[test]
    fn an_hour_of_ntsc_frames_ends_on_the_exact_tick() {
        let (ntsc, ms) = (scale(30_000), Timescale::MILLIS);
        let frames = 107_892i64;
        let mut sum = Ticks::ZERO;
        let at = |n: i64| Timestamp(n * 1001).rescale(ntsc, ms, Rounding::Nearest);
        for n in 0..frames {
            sum += at(n + 1).checked_since(at(n)).unwrap();
        }
        assert_eq!(Timestamp::ZERO + sum, at(frames));
    }

    fn roundings_bracket(value: i64, a: u32, b: u32) -> Result<(), TestCaseError> {
        let (from, to) = (scale(a), scale(b));
        let exact = i128::from(value) * i128::from(b);
        let at = |r| i128::from(rescale(value, from, to, r)) * i128::from(a);
        prop_assume!(exact.abs() / i128::from(a) < i128::from(i64::MAX) - 1);
        prop_assert!(at(Rounding::Floor) <= exact && exact - at(Rounding::Floor) < i128::from(a));
        prop_assert!(at(Rounding::Ceil) >= exact && at(Rounding::Ceil) - exact < i128::from(a));
        prop_assert!((at(Rounding::Nearest) - exact).abs() * 2 <= i128::from(a));
        Ok(())
    }

    proptest! {
        #[test]
        fn roundings_bracket_the_exact_value(value in -(1i64 << 52)..(1i64 << 52), a in 1u32.., b in 1u32..) {
            roundings_bracket(value, a, b)?;
        }

        #[test]
        fn roundings_bracket_small_values_alike(value in -5000i64..5000, a in 1u32..200, b in 1u32..200) {
            roundings_bracket(value, a, b)?;
        }

        #[test]
        fn no_conversion_panics(value: i64, a in 1u32.., b in 1u32..) {
            for r in [Rounding::Floor, Rounding::Ceil, Rounding::Nearest] {
                let there = rescale(value, scale(a), scale(b), r);
                prop_assert!(value == 0 || there == 0 || (there < 0) == (value < 0));
            }
        }
    }
}
