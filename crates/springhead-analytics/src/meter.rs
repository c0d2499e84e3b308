//! One track, over a sliding window.

use std::collections::VecDeque;
use std::time::Duration;

use springhead_core::{AccessUnit, MonoTime, Rounding, Ticks, Timescale, Timestamp, UnitFlags};

use crate::Jitter;

/// Measures one track from its units' timestamps.
///
/// Rates are taken over a window of media time that ends with the newest unit: from the decode time of the oldest unit in
/// the window to that of the newest, and over the units in between, the newest excluded because how long it lasts is not
/// known yet. Durations are not used, so a track without any is measured as exactly as one with.
///
/// Feed it every unit with [`observe`](Self::observe) and every loss that has no unit with [`drop_units`](Self::drop_units),
/// and say [`restart`](Self::restart) when a new timeline begins. A decode time that does not rise begins one by itself.
#[derive(Clone, Debug)]
pub struct TrackMeter {
    scale: Timescale,
    window: Ticks,
    /// The units in the window: decode time, and payload bytes.
    held: VecDeque<(Timestamp, u64)>,
    /// The sum of the bytes of `held`.
    held_bytes: u64,
    last_key: Option<(Timestamp, u64)>,
    /// Where the next unit is due, as far as the last one's duration tells.
    due: Option<Timestamp>,
    jitter: Jitter,
    seen: TrackSnapshot,
}

/// What a [`TrackMeter`] has measured. Rates are of the window, counts of the meter's whole life.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TrackSnapshot {
    /// Payload bits a second of media time, rounded to the nearest. None until the window holds two units.
    pub bitrate: Option<u64>,
    /// Units a second of media time: the frame rate of video. None until the window holds two units.
    pub unit_rate: Option<UnitRate>,
    /// The distance of the last two random access points. None until there were two on this timeline.
    pub key_interval: Option<Ticks>,
    /// The units from one of these to the other: the length of the group of pictures.
    pub key_interval_units: Option<u64>,
    /// The unevenness of arrival: see [`Jitter`].
    pub jitter: Duration,
    /// When the last unit arrived. Rates do not fall by themselves when a track stalls; this tells that it did.
    pub last_arrival: Option<MonoTime>,
    /// All units.
    pub units: u64,
    /// All payload bytes.
    pub bytes: u64,
    /// Units that say that something is missing before them ([`UnitFlags::GAP_BEFORE`]).
    pub gaps: u64,
    /// The media time missing in these gaps, as far as the duration of the unit before is known.
    pub gap_time: Ticks,
    /// Units that were dropped, as told by [`TrackMeter::drop_units`].
    pub dropped: u64,
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
}

impl TrackMeter {
    /// The most units that a window holds. A track with more has a shorter window, and is measured over that.
    pub const MAX_WINDOW_UNITS: usize = 8192;

    /// A meter of a track with timestamps in `scale`.
    pub fn new(scale: Timescale, window: Duration) -> Self {
        Self {
            scale,
            window: scale.ticks(window, Rounding::Nearest),
            held: VecDeque::new(),
            held_bytes: 0,
            last_key: None,
            due: None,
            jitter: Jitter::new(),
            seen: TrackSnapshot::default(),
        }
    }

    /// Takes in one unit.
    pub fn observe(&mut self, unit: &AccessUnit) {
        if self.held.back().is_some_and(|(last, _)| unit.dts <= *last) {
            self.restart();
        }
        let bytes = unit.payload.len() as u64;
        self.held.push_back((unit.dts, bytes));
        self.held_bytes += bytes;
        let outside = |(oldest, _): &(Timestamp, u64)| unit.dts.saturating_since(*oldest) > self.window;
        while self.held.len() > Self::MAX_WINDOW_UNITS || self.held.front().is_some_and(outside) {
            self.held_bytes -= self.held.pop_front().map_or(0, |(_, bytes)| bytes);
        }
        if unit.flags.contains(UnitFlags::GAP_BEFORE) {
            self.seen.gaps += 1;
            self.seen.gap_time += self.due.map_or(Ticks::ZERO, |due| unit.dts.saturating_since(due));
        }
        self.due = (unit.duration > Ticks::ZERO).then(|| unit.dts + unit.duration);
        if unit.is_random_access()
            && let Some((key, number)) = self.last_key.replace((unit.dts, self.seen.units))
        {
            self.seen.key_interval = Some(unit.dts.saturating_since(key));
            self.seen.key_interval_units = Some(self.seen.units - number);
        }
        self.jitter.observe(unit.dts, self.scale, unit.arrival);
        self.seen.last_arrival = Some(unit.arrival);
        self.seen.units += 1;
        self.seen.bytes += bytes;
    }

    /// Counts units that were lost or thrown away before they came here.
    pub fn drop_units(&mut self, units: u64) {
        self.seen.dropped = self.seen.dropped.saturating_add(units);
    }

    /// Begins a new timeline: what comes is not compared with what was. The counts stay.
    pub fn restart(&mut self) {
        self.held.clear();
        self.held_bytes = 0;
        self.last_key = None;
        self.due = None;
        self.seen.key_interval = None;
        self.seen.key_interval_units = None;
        self.jitter.restart();
    }

    /// All that is known now.
    pub fn snapshot(&self) -> TrackSnapshot {
        let mut snapshot = TrackSnapshot { jitter: self.jitter.value(), ..self.seen };
        if let (Some((first, _)), Some((last, last_bytes))) = (self.held.front(), self.held.back()) {
            let ticks = last.saturating_since(*first);
            if ticks > Ticks::ZERO {
                let units = self.held.len() as u64 - 1;
                let bits = u128::from(self.held_bytes - last_bytes) * 8;
                snapshot.bitrate = Some(per_second(bits, ticks, self.scale));
                snapshot.unit_rate = Some(UnitRate { units, ticks, scale: self.scale });
            }
        }
        snapshot
    }
}

/// `amount` in `ticks` of `scale`, per second, to the nearest. `ticks` is not zero.
fn per_second(amount: u128, ticks: Ticks, scale: Timescale) -> u64 {
    let ticks = u128::from(ticks.0.max(1));
    let scaled = amount.saturating_mul(u128::from(scale.hz()));
    u64::try_from(scaled.saturating_add(ticks / 2) / ticks).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;
    use springhead_core::{TickDelta, TrackId};

    use super::*;

    fn unit(dts: i64, bytes: usize, flags: UnitFlags, duration: u64) -> AccessUnit {
        AccessUnit {
            track: TrackId(1),
            dts: Timestamp(dts),
            composition_offset: TickDelta(0),
            duration: Ticks(duration),
            flags,
            arrival: MonoTime(0),
            payload: Bytes::from(vec![0; bytes]).into(),
        }
    }

    fn meter(seconds: u64) -> TrackMeter {
        TrackMeter::new(Timescale::MPEG, Duration::from_secs(seconds))
    }

    const NONE: UnitFlags = UnitFlags::empty();

    #[test]
    fn a_single_unit_without_duration_has_no_rate_rather_than_an_absurd_one() {
        let mut meter = meter(5);
        assert_eq!(meter.snapshot(), TrackSnapshot::default());
        meter.observe(&unit(0, 100_000, NONE, 0));
        let seen = meter.snapshot();
        assert_eq!((seen.bitrate, seen.unit_rate, seen.key_interval), (None, None, None));
        assert_eq!((seen.units, seen.bytes), (1, 100_000));
    }

    #[test]
    fn time_that_does_not_rise_begins_anew_instead_of_dividing_by_nothing() {
        let mut meter = meter(5);
        for dts in [0, 3000, 3000, -90_000] {
            meter.observe(&unit(dts, 1000, UnitFlags::RANDOM_ACCESS, 3000));
            let seen = meter.snapshot();
            assert_eq!(seen.bitrate, (dts == 3000 && seen.units == 2).then_some(240_000));
        }
        assert_eq!((meter.snapshot().units, meter.snapshot().key_interval), (4, None));
    }

    #[test]
    fn the_ends_of_time_do_not_overflow() {
        let mut meter = TrackMeter::new(Timescale::NANOS, Duration::MAX);
        for dts in [i64::MIN, -1, i64::MAX, i64::MIN] {
            meter.observe(&unit(dts, 1, NONE | UnitFlags::GAP_BEFORE, u64::MAX));
            meter.snapshot();
        }
        assert_eq!(meter.snapshot().units, 4);
    }

    #[test]
    fn rates_are_of_the_window_and_not_of_the_whole_life() {
        let mut meter = meter(2);
        (0..100).for_each(|n| meter.observe(&unit(n * 3600, 1000, NONE, 0)));
        assert_eq!(meter.snapshot().bitrate, Some(200_000));
        assert_eq!(meter.snapshot().unit_rate.unwrap().milli(), 25_000);
        (0..101).for_each(|n| meter.observe(&unit(360_000 + n * 1800, 2000, NONE, 0)));
        let seen = meter.snapshot();
        assert_eq!(seen.bitrate, Some(800_000));
        assert_eq!(seen.unit_rate, Some(UnitRate { units: 100, ticks: Ticks(180_000), scale: Timescale::MPEG }));
        assert_eq!(seen.unit_rate.unwrap().milli(), 50_000);
        assert_eq!((seen.units, seen.bytes), (201, 302_000));
    }

    #[test]
    fn a_drop_frame_rate_is_not_pushed_to_30() {
        let mut meter = meter(10);
        (0..301).for_each(|n| meter.observe(&unit(n * 3003, 1, NONE, 0)));
        assert_eq!(meter.snapshot().unit_rate.unwrap().milli(), 29_970);
    }

    #[test]
    fn key_intervals_are_measured_in_ticks_and_units() {
        let mut meter = meter(10);
        for n in 0..60 {
            let key = n == 0 || n == 25 || n == 55;
            meter.observe(&unit(n * 3600, 10, if key { UnitFlags::RANDOM_ACCESS } else { NONE }, 3600));
        }
        let seen = meter.snapshot();
        assert_eq!((seen.key_interval, seen.key_interval_units), (Some(Ticks(108_000)), Some(30)));
    }

    #[test]
    fn gaps_and_drops_are_counted_with_their_length() {
        let mut meter = meter(10);
        meter.observe(&unit(0, 10, NONE, 3600));
        meter.observe(&unit(10_800, 10, UnitFlags::GAP_BEFORE, 0));
        meter.observe(&unit(18_000, 10, UnitFlags::GAP_BEFORE, 3600));
        meter.drop_units(3);
        let seen = meter.snapshot();
        assert_eq!((seen.gaps, seen.gap_time, seen.dropped), (2, Ticks(7200), 3));
    }

    #[test]
    fn late_arrival_shows_as_jitter_and_as_the_last_arrival() {
        let mut meter = meter(10);
        meter.observe(&unit(0, 10, NONE, 0));
        meter.observe(&AccessUnit { arrival: MonoTime(56_000_000), ..unit(3600, 10, NONE, 0) });
        let seen = meter.snapshot();
        assert_eq!((seen.jitter, seen.last_arrival), (Duration::from_millis(1), Some(MonoTime(56_000_000))));
    }

    #[test]
    fn a_flood_of_units_shortens_the_window_and_keeps_the_rate() {
        let mut meter = meter(10);
        (0..20_000).for_each(|n| meter.observe(&unit(n, 1, NONE, 0)));
        assert_eq!(meter.held.len(), TrackMeter::MAX_WINDOW_UNITS);
        assert_eq!(meter.snapshot().bitrate, Some(720_000));
    }

    proptest! {
        #[test]
        fn no_timestamps_give_more_bits_than_were_received_in_a_tick(
            units in prop::collection::vec((any::<i64>(), 0..2000usize, any::<u8>(), any::<u64>()), 0..50),
        ) {
            let mut meter = meter(10);
            for (dts, bytes, flags, duration) in units {
                meter.observe(&unit(dts, bytes, UnitFlags::from_bits_truncate(flags), duration));
                let seen = meter.snapshot();
                prop_assert!(seen.bitrate.is_none_or(|bits| bits <= seen.bytes * 8 * 90_000));
            }
        }
    }
}
