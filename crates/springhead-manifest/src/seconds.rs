//! Seconds, as manifests print them.

use std::fmt;
use std::ops::Add;
use std::str::FromStr;
use std::time::Duration;

use springhead_core::{Rounding, Ticks, Timescale};

use crate::{decimal, digits};

/// A span of time as a manifest states it: decimal seconds, held in whole microseconds.
///
/// Prints six decimals, so that two spans that are equal in the model are equal in print, and the comparisons that a
/// player makes between printed numbers (a Partial Segment against the Part Target Duration) come out as they do here.
/// Reads any number of decimals, the seventh rounded half up.
///
/// ```
/// use springhead_manifest::Seconds;
/// let part: Seconds = "0.33333333".parse()?;
/// assert_eq!((part.micros(), part.to_string()), (333_333, "0.333333".to_owned()));
/// # Ok::<(), springhead_manifest::BadSeconds>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Seconds(u64);

/// The text is no decimal number of seconds, or one beyond 2^64 microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a decimal number of seconds")]
pub struct BadSeconds;

impl Seconds {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// A span of whole microseconds.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// A span of whole milliseconds, saturating.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    /// A span of whole seconds, saturating.
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs.saturating_mul(1_000_000))
    }

    /// A span of media time. Where spans add up to a timeline, convert the instants and subtract.
    pub fn from_ticks(span: Ticks, scale: Timescale, rounding: Rounding) -> Self {
        Self(span.rescale(scale, Timescale::MICROS, rounding).0)
    }

    /// Whole microseconds.
    pub const fn micros(self) -> u64 {
        self.0
    }

    /// The nearest whole second, a half rounded up: what EXT-X-TARGETDURATION is compared with
    /// (draft-pantos-hls-rfc8216bis §4.4.3.1).
    pub const fn rounded(self) -> u64 {
        self.0 / 1_000_000 + (self.0 % 1_000_000 >= 500_000) as u64
    }

    /// `factor` times as long, saturating.
    #[must_use]
    pub const fn times(self, factor: u64) -> Self {
        Self(self.0.saturating_mul(factor))
    }

    /// The difference, zero when `other` is longer.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Appends it as [`Display`](fmt::Display) prints it, in a fraction of the time.
    pub(crate) fn push_to(self, out: &mut String) {
        digits::push(out, self.0 / 1_000_000);
        out.push('.');
        digits::push_places(out, self.0, 6);
    }

    /// Printed with the decimals that it needs and no others: `2`, `0.5`, `2.002`. The form used in an MPD.
    pub fn shortest(self) -> impl fmt::Display {
        decimal::Shortest { value: self.0, places: 6 }
    }
}

impl Add for Seconds {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl std::iter::Sum for Seconds {
    fn sum<I: Iterator<Item = Self>>(spans: I) -> Self {
        spans.fold(Self::ZERO, Add::add)
    }
}

/// Rounds down to the microsecond, saturating.
impl From<Duration> for Seconds {
    fn from(span: Duration) -> Self {
        Self(u64::try_from(span.as_micros()).unwrap_or(u64::MAX))
    }
}

impl From<Seconds> for Duration {
    fn from(span: Seconds) -> Self {
        Duration::from_micros(span.0)
    }
}

impl FromStr for Seconds {
    type Err = BadSeconds;

    fn from_str(text: &str) -> Result<Self, BadSeconds> {
        decimal::parse(text, 6).map(Self).ok_or(BadSeconds)
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

impl fmt::Debug for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}s")
    }
}

/// A signed number of seconds, held in whole microseconds: the TIME-OFFSET of EXT-X-START counts from the end of the
/// playlist when it is negative (draft-pantos-hls-rfc8216bis §4.4.2.2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Debug)]
pub struct SignedSeconds {
    micros: i64,
}

impl SignedSeconds {
    /// An offset of whole microseconds.
    pub const fn from_micros(micros: i64) -> Self {
        Self { micros }
    }

    /// Whole microseconds.
    pub const fn micros(self) -> i64 {
        self.micros
    }
}

impl FromStr for SignedSeconds {
    type Err = BadSeconds;

    fn from_str(text: &str) -> Result<Self, BadSeconds> {
        let (sign, magnitude) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text),
        };
        let micros = i64::try_from(magnitude.parse::<Seconds>()?.0).map_err(|_| BadSeconds)?;
        Ok(Self { micros: sign * micros })
    }
}

impl fmt::Display for SignedSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.micros < 0 { "-" } else { "" };
        write!(f, "{sign}{}", Seconds(self.micros.unsigned_abs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_target_duration_is_compared_with_the_nearest_second() {
        for (micros, rounded) in [(0, 0), (499_999, 0), (500_000, 1), (2_499_999, 2), (u64::MAX, 18_446_744_073_710)] {
            assert_eq!(Seconds::from_micros(micros).rounded(), rounded);
        }
    }

    proptest! {
        #[test]
        fn every_span_reads_back(micros: u64, signed in -i64::MAX..=i64::MAX) {
            let span = Seconds::from_micros(micros);
            prop_assert_eq!(span.to_string().parse(), Ok(span));
            prop_assert_eq!(span.shortest().to_string().parse(), Ok(span));
            let offset = SignedSeconds::from_micros(signed);
            prop_assert_eq!(offset.to_string().parse(), Ok(offset));
        }
    }
}
