//! What a meter has measured.

use std::time::Duration;

use springhead_core::{MonoTime, Ticks, Timescale};

use crate::Distribution;

/// What a [`TrackMeter`](crate::TrackMeter) has measured. Rates, intervals and the loss are of the window up to the time that was asked about,
/// counts and the latency of the meter's whole life.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TrackSnapshot {
    /// Payload bits a second of media time, rounded to the nearest. None until the timeline has two units; zero after a
    /// silence that is longer than the window.
    pub bitrate: Option<u64>,
    /// Units a second of media time: the mean frame rate of video. None and zero where the bit rate is.
    pub unit_rate: Option<UnitRate>,
    /// The shortest distance of two units in a row. None where the window holds no two.
    pub shortest_interval: Option<Ticks>,
    /// The longest distance of two units in a row, or the time since the last one where that is longer: for how long one
    /// picture stood. None until the timeline has two units, and after a silence that is longer than the window.
    pub longest_interval: Option<Ticks>,
    /// The distance of the last two random access points. None until there were two on this timeline.
    pub key_interval: Option<Ticks>,
    /// The units from one of these to the other: the length of the group of pictures.
    pub key_interval_units: Option<u64>,
    /// The longest distance of two random access points in a row of which the later lies in the window, or the time since
    /// the last one where that is longer: it rises while no further one comes. None where neither is known, and after a
    /// silence that is longer than the window.
    pub longest_key_interval: Option<Ticks>,
    /// The unevenness of arrival: see [`Jitter`](crate::Jitter).
    pub jitter: Duration,
    /// When the last unit arrived.
    pub last_arrival: Option<MonoTime>,
    /// How long ago that was. None before the first unit.
    pub silence: Option<Duration>,
    /// All units.
    pub units: u64,
    /// All payload bytes.
    pub bytes: u64,
    /// Units that say that something is missing before them
    /// ([`UnitFlags::GAP_BEFORE`](springhead_core::UnitFlags::GAP_BEFORE)).
    pub gaps: u64,
    /// The media time missing in these gaps, as far as the duration of the unit before is known.
    pub gap_time: Ticks,
    /// Units that never came, as told by [`TrackMeter::lose_units`](crate::TrackMeter::lose_units).
    pub lost: u64,
    /// The share of these among all that were sent, in the window. None where the window holds no two units.
    pub loss: Option<Share>,
    /// Units that came and were thrown away, as told by [`TrackMeter::drop_units`](crate::TrackMeter::drop_units).
    pub dropped: u64,
    /// From capture to arrival. None where no [`CaptureClock`](crate::CaptureClock) told of it.
    pub latency: Option<Latency>,
    /// Units that were captured after they arrived, if one believes the clocks: they are not part of the latency, and
    /// where there are any, one of the two clocks on the wall is wrong.
    pub from_the_future: u64,
}

/// Units per time, exactly: `units` in `ticks` of `scale`. `ticks` is never zero.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UnitRate {
    /// Units.
    pub units: u64,
    /// The time that they take.
    pub ticks: Ticks,
    /// The timescale of that time.
    pub scale: Timescale,
}

impl UnitRate {
    /// Thousandths of a unit a second, rounded to the nearest: 29970 at 30000/1001.
    pub fn milli(&self) -> u64 {
        per_second(u128::from(self.units) * 1000, self.ticks, self.scale)
    }

    /// Whether it is lower than another of the same timescale.
    pub(crate) fn is_below(&self, other: &Self) -> bool {
        let crossed = |one: &Self, other: &Self| u128::from(one.units) * u128::from(other.ticks.0);
        crossed(self, other) < crossed(other, self)
    }
}

/// A part of a whole, exactly: `part` is at most `whole`, which is never zero.
///
/// ```
/// let lost = springhead_analytics::Share { part: 1, whole: 40 };
/// assert_eq!(lost.parts_per_million(), 25_000);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Share {
    /// The part.
    pub part: u64,
    /// The whole.
    pub whole: u64,
}

impl Share {
    /// Millionths of the whole, 0 to 1 000 000, rounded to the nearest.
    pub fn parts_per_million(&self) -> u32 {
        let whole = u128::from(self.whole.max(1));
        ((u128::from(self.part) * 1_000_000 + whole / 2) / whole).min(1_000_000) as u32
    }
}

/// How long units take from capture to arrival: see [`Histogram`](crate::Histogram) for how exact the percentiles are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Latency {
    /// That of the unit that came last.
    pub latest: Duration,
    /// The median.
    pub p50: Duration,
    /// The 95th percentile.
    pub p95: Duration,
    /// The 99th percentile.
    pub p99: Duration,
    /// How many units these are of.
    pub units: u64,
}

impl Latency {
    /// None of an empty distribution.
    pub(crate) fn of(distribution: &Distribution, latest: Duration) -> Option<Self> {
        let (p50, p95, p99) = (distribution.p50()?, distribution.p95()?, distribution.p99()?);
        Some(Self { latest, p50, p95, p99, units: distribution.count() })
    }
}

/// `amount` in `ticks` of `scale`, per second, to the nearest; no time at all counts as a tick.
pub(crate) fn per_second(amount: u128, ticks: Ticks, scale: Timescale) -> u64 {
    let ticks = u128::from(ticks.0.max(1));
    let scaled = amount.saturating_mul(u128::from(scale.hz()));
    u64::try_from(scaled.saturating_add(ticks / 2) / ticks).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_to_the_nearest_millionth_and_never_above_the_whole() {
        let ppm = |part, whole| Share { part, whole }.parts_per_million();
        assert_eq!((ppm(0, 7), ppm(1, 3), ppm(2, 3), ppm(7, 7)), (0, 333_333, 666_667, 1_000_000));
        assert_eq!((ppm(u64::MAX, u64::MAX), ppm(1, 0)), (1_000_000, 1_000_000));
    }

    #[test]
    fn rates_are_compared_without_rounding() {
        let rate = |units, ticks| UnitRate { units, ticks: Ticks(ticks), scale: Timescale::MPEG };
        assert!(rate(1, u64::MAX).is_below(&rate(1, u64::MAX - 1)));
        assert!(rate(u64::MAX - 1, 3).is_below(&rate(u64::MAX, 3)));
        assert!(!rate(2, 6).is_below(&rate(1, 3)) && !rate(1, 3).is_below(&rate(2, 6)));
    }
}
