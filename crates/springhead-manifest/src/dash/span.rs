//! `xs:duration`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::Seconds;

/// An `xs:duration` without years and months, whose length would depend on the calendar (ISO/IEC 23009-1 leaves them out,
/// and clients refuse them). Held in whole microseconds; prints `PT` and seconds with the decimals that it needs.
///
/// ```
/// use springhead_manifest::dash::Span;
/// assert_eq!(Span::from_millis(3_723_500).to_string(), "PT3723.5S");
/// assert_eq!("P1DT2H0.25S".parse(), Ok(Span::from_millis(93_600_250)));
/// assert!("P1M".parse::<Span>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span(Seconds);

/// The text is no duration of fixed length, or one beyond 2^64 microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a duration of days, hours, minutes and seconds")]
pub struct BadSpan;

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(Seconds::ZERO);

    /// A span of whole microseconds.
    pub const fn from_micros(micros: u64) -> Self {
        Self(Seconds::from_micros(micros))
    }

    /// A span of whole milliseconds, saturating.
    pub const fn from_millis(millis: u64) -> Self {
        Self(Seconds::from_millis(millis))
    }

    /// A span of whole seconds, saturating.
    pub const fn from_secs(secs: u64) -> Self {
        Self(Seconds::from_secs(secs))
    }

    /// Whole microseconds.
    pub const fn micros(self) -> u64 {
        self.0.micros()
    }

    /// The same span as decimal seconds.
    pub const fn seconds(self) -> Seconds {
        self.0
    }
}

impl From<Seconds> for Span {
    fn from(seconds: Seconds) -> Self {
        Self(seconds)
    }
}

/// Rounds down to the microsecond, saturating.
impl From<Duration> for Span {
    fn from(span: Duration) -> Self {
        Self(span.into())
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PT{}S", self.0.shortest())
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Span {
    type Err = BadSpan;

    fn from_str(text: &str) -> Result<Self, BadSpan> {
        parse(text).map(|micros| Self(Seconds::from_micros(micros))).ok_or(BadSpan)
    }
}

fn parse(text: &str) -> Option<u64> {
    let body = text.strip_prefix('P')?;
    let (date, time) = match body.split_once('T') {
        Some((_, "")) => return None,
        Some((date, time)) => (date, time),
        None => (body, ""),
    };
    if body.is_empty() {
        return None;
    }
    let mut micros = 0u64;
    let days = read_unit(date, 'D', 86_400, &mut micros)?;
    let hours = read_unit(time, 'H', 3_600, &mut micros)?;
    let minutes = read_unit(hours, 'M', 60, &mut micros)?;
    let seconds = match minutes.strip_suffix('S') {
        Some(seconds) => {
            micros = micros.checked_add(seconds.parse::<Seconds>().ok()?.micros())?;
            ""
        }
        None => minutes,
    };
    (days.is_empty() && seconds.is_empty()).then_some(micros)
}

/// Takes `n` and its unit off the front, if they are there.
fn read_unit<'a>(text: &'a str, unit: char, seconds: u64, micros: &mut u64) -> Option<&'a str> {
    let Some((digits, rest)) = text.split_once(unit) else { return Some(text) };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let span = digits.parse::<u64>().ok()?.checked_mul(seconds * 1_000_000)?;
    *micros = micros.checked_add(span)?;
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_has_no_fixed_length_or_is_no_duration_is_refused() {
        for text in [
            "",
            "P",
            "PT",
            "1S",
            "P1Y",
            "P1M",
            "P1Y2M3D",
            "P1DT",
            "PT1",
            "PT1.S",
            "PT.5S",
            "-PT1S",
            "P-1D",
            "PT1S2M",
            "PT1.5M",
            "P1H",
            "PT1D",
            "PT1S ",
            "PT99999999999999999999S",
            "P213503982334602D",
        ] {
            assert_eq!(text.parse::<Span>(), Err(BadSpan), "{text:?}");
        }
    }

    #[test]
    fn every_unit_of_fixed_length_counts() {
        let span: Span = "P1DT2H3M4.5S".parse().unwrap();
        assert_eq!(span, Span::from_millis(86_400_000 + 7_200_000 + 180_000 + 4_500));
        assert_eq!("PT0S".parse(), Ok(Span::ZERO));
        assert_eq!("P2D".parse(), Ok(Span::from_secs(172_800)));
    }

    proptest! {
        #[test]
        fn every_span_reads_back(micros: u64) {
            let span = Span::from_micros(micros);
            prop_assert_eq!(span.to_string().parse(), Ok(span));
        }
    }
}
