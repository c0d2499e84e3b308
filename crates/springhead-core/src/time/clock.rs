//! The two clocks of the world outside the media. Nothing in the pure crates reads them: they come in as arguments.

use std::fmt;
use std::ops::{Add, Sub};
use std::time::Duration;

use super::{Rounding, Ticks, Timescale, rescale};

/// An instant of a clock that never steps, in nanoseconds since an origin of the program's choosing. For waiting and
/// pacing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct MonoTime(pub u64);

impl MonoTime {
    /// The time from `earlier` to this instant, zero when it is later than this one.
    pub fn saturating_since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for MonoTime {
    type Output = Self;
    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)))
    }
}

/// An instant of civil time, in nanoseconds since 1970-01-01T00:00:00Z without leap seconds. It may step, so it is for
/// telling the time only.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct WallTime(pub i64);

impl WallTime {
    /// This instant plus a span of media time.
    #[must_use]
    pub fn plus(self, span: Ticks, scale: Timescale) -> Self {
        let nanos = span.rescale(scale, Timescale::NANOS, Rounding::Nearest).0;
        Self(self.0.saturating_add_unsigned(nanos))
    }

    /// Whole milliseconds since the epoch, rounded down.
    pub fn unix_millis(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// The whole millisecond beside this instant. Saturates at the ends of what can be told.
    ///
    /// ```
    /// use springhead_core::WallTime;
    /// use springhead_core::time::Rounding;
    /// assert_eq!(WallTime(1_500_001).whole_millis(Rounding::Ceil), WallTime(2_000_000));
    /// assert_eq!(WallTime(-1).whole_millis(Rounding::Floor), WallTime(-1_000_000));
    /// ```
    #[must_use]
    pub fn whole_millis(self, rounding: Rounding) -> Self {
        let millis = rescale(self.0, Timescale::NANOS, Timescale::MILLIS, rounding);
        Self(millis.saturating_mul(1_000_000))
    }

    /// The 64-bit NTP timestamp of RFC 5905 §6: seconds since 1900 in the high half, their fraction in the low half.
    pub fn ntp64(self) -> u64 {
        const UNIX_EPOCH_IN_NTP: i64 = 2_208_988_800;
        let seconds = self.0.div_euclid(1_000_000_000) + UNIX_EPOCH_IN_NTP;
        let nanos = self.0.rem_euclid(1_000_000_000) as u64;
        ((seconds as u64) << 32) | ((nanos << 32) / 1_000_000_000)
    }
}

impl Add<Duration> for WallTime {
    type Output = Self;
    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_nanos()).unwrap_or(i64::MAX)))
    }
}

impl Sub<Duration> for WallTime {
    type Output = Self;
    fn sub(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(span.as_nanos()).unwrap_or(i64::MAX)))
    }
}

/// Prints RFC 3339 with milliseconds and `Z`, the form of EXT-X-PROGRAM-DATE-TIME and of `xs:dateTime` in an MPD.
impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.unix_millis();
        let (days, of_day) = (millis.div_euclid(86_400_000), millis.rem_euclid(86_400_000));
        let (year, month, day) = civil_from_days(days);
        let (h, m, s, ms) = (of_day / 3_600_000, of_day / 60_000 % 60, of_day / 1_000 % 60, of_day % 1_000);
        // By hand, as a playlist has thousands of these. The year has four digits: 64 bits of nanoseconds reach from 1677 to 2262.
        let mut text = *b"0000-00-00T00:00:00.000Z";
        let fields = [(0..4, year), (5..7, month), (8..10, day), (11..13, h), (14..16, m), (17..19, s), (20..23, ms)];
        for (places, mut value) in fields {
            for at in places.rev() {
                text[at] = b'0' + (value % 10) as u8;
                value /= 10;
            }
        }
        f.write_str(std::str::from_utf8(&text).expect("ASCII"))
    }
}

/// The proleptic Gregorian date of a day counted from 1970-01-01, by counting eras of 400 years that begin on 1 March, so
/// that the leap day is an era's last.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Both clocks read at once: what a pure machine is told of the world outside.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Now {
    /// For waiting and pacing.
    pub mono: MonoTime,
    /// For telling the time.
    pub wall: WallTime,
}

impl Add<Duration> for Now {
    type Output = Self;
    fn add(self, span: Duration) -> Self {
        Self { mono: self.mono + span, wall: self.wall + span }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_right_at_the_edges_of_years_and_eras() {
        let day = 86_400_000_000_000i64;
        for (nanos, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000_000_000, "2000-02-29T00:00:00.000Z"),
            (951_782_400_000_000_000 + day, "2000-03-01T00:00:00.000Z"),
            (1_709_164_800_000_000_000, "2024-02-29T00:00:00.000Z"),
            (4_107_542_400_000_000_000, "2100-03-01T00:00:00.000Z"),
            (1_795_256_001_234_999_999, "2026-11-21T10:13:21.234Z"),
            (i64::MIN, "1677-09-21T00:12:43.145Z"),
            (i64::MAX, "2262-04-11T23:47:16.854Z"),
        ] {
            assert_eq!(WallTime(nanos).to_string(), text);
        }
    }

    #[test]
    fn ntp_counts_from_1900_with_a_binary_fraction() {
        assert_eq!(WallTime(0).ntp64(), 2_208_988_800 << 32);
        assert_eq!(WallTime(500_000_000).ntp64() & 0xffff_ffff, 1 << 31);
    }
}
