//! One track, over a sliding window.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use springhead_core::{AccessUnit, MonoTime, Rounding, Ticks, Timescale, Timestamp, UnitFlags};

use crate::snapshot::per_second;
use crate::{CaptureClock, Histogram, Jitter, Latency, Share, TrackSnapshot, UnitRate};

/// Measures one track from its units' timestamps.
///
/// Rates are taken over a window of media time that ends with the newest unit: from the decode time of the oldest unit in
/// the window to that of the newest, and over the units in between, the newest excluded because how long it lasts is not
/// known yet. Durations are not used, so a track without any is measured as exactly as one with.
///
/// A track that is silent falls: units are not more frequent than they would be if the next came at the time that
/// [`snapshot`](Self::snapshot) is asked about. It would lie behind the newest by as long as nothing came, less by how much
/// the newest was early: where units come in bursts, the next may be as late as the latest in the window with nothing amiss.
/// The window ends there, what is older leaves it, and the newest unit counts. So a track that comes at its pace is
/// measured alike whenever one asks, and one that has stopped falls to zero as the units of its pace leave the window; zero
/// it is when the silence is longer than the window.
///
/// Feed it every unit with [`observe`](Self::observe), every loss with [`lose_units`](Self::lose_units) before the unit that
/// follows it, and every unit that is thrown away with [`drop_units`](Self::drop_units); say [`restart`](Self::restart) when a
/// new timeline begins. A decode time that does not rise begins one by itself.
///
/// A clone measures on by itself, but for the latency, which the two go on sharing.
#[derive(Clone, Debug)]
pub struct TrackMeter {
    scale: Timescale,
    window: Duration,
    /// The units in the window that ends with the newest.
    held: VecDeque<Held>,
    /// The sum of the bytes of `held`.
    held_bytes: u64,
    last_key: Option<(Timestamp, u64)>,
    /// Where the next unit is due, as far as the last one's duration tells.
    due: Option<Timestamp>,
    /// What was lost since the last unit.
    lost_before: u64,
    jitter: Jitter,
    /// From capture to arrival, and the latest.
    latency: Option<(Arc<Histogram>, Duration)>,
    seen: TrackSnapshot,
}

/// A unit in the window.
#[derive(Clone, Copy, Debug)]
struct Held {
    dts: Timestamp,
    arrival: MonoTime,
    bytes: u64,
    /// Units lost between the one before and this.
    lost_before: u64,
    /// How far the random access point before is, if this is one.
    key_interval: Option<Ticks>,
}

impl TrackMeter {
    /// The most units that a window holds. A track with more has a shorter window, and is measured over that.
    pub const MAX_WINDOW_UNITS: usize = 8192;

    /// A meter of a track with timestamps in `scale`.
    pub fn new(scale: Timescale, window: Duration) -> Self {
        Self {
            scale,
            window,
            held: VecDeque::new(),
            held_bytes: 0,
            last_key: None,
            due: None,
            lost_before: 0,
            jitter: Jitter::new(),
            latency: None,
            seen: TrackSnapshot::default(),
        }
    }

    /// The timescale of the spans that a snapshot has.
    pub fn scale(&self) -> Timescale {
        self.scale
    }

    /// Takes in one unit.
    pub fn observe(&mut self, unit: &AccessUnit) {
        if self.held.back().is_some_and(|last| unit.dts <= last.dts) {
            self.restart();
        }
        let bytes = unit.payload.len() as u64;
        let mut key_interval = None;
        if unit.is_random_access()
            && let Some((key, number)) = self.last_key.replace((unit.dts, self.seen.units))
        {
            key_interval = Some(unit.dts.saturating_since(key));
            self.seen.key_interval = key_interval;
            self.seen.key_interval_units = Some(self.seen.units - number);
        }
        let lost_before = std::mem::take(&mut self.lost_before);
        self.held.push_back(Held { dts: unit.dts, arrival: unit.arrival, bytes, lost_before, key_interval });
        self.held_bytes += bytes;
        let window = self.window_ticks();
        let outside = |oldest: &Held| unit.dts.saturating_since(oldest.dts) > window;
        while self.held.len() > Self::MAX_WINDOW_UNITS || self.held.front().is_some_and(outside) {
            self.held_bytes -= self.held.pop_front().map_or(0, |oldest| oldest.bytes);
        }
        if unit.flags.contains(UnitFlags::GAP_BEFORE) {
            self.seen.gaps += 1;
            self.seen.gap_time += self.due.map_or(Ticks::ZERO, |due| unit.dts.saturating_since(due));
        }
        self.due = (unit.duration > Ticks::ZERO).then(|| unit.dts + unit.duration);
        self.jitter.observe(unit.dts, self.scale, unit.arrival);
        self.seen.last_arrival = Some(unit.arrival);
        self.seen.units += 1;
        self.seen.bytes += bytes;
    }

    /// Takes in how long a unit took from its capture, by the clock that tells of it.
    pub fn observe_capture(&mut self, unit: &AccessUnit, clock: &CaptureClock) {
        match clock.latency(unit, self.scale) {
            Some(latency) => {
                let (histogram, latest) = self.latency.get_or_insert_with(|| (Arc::default(), latency));
                histogram.record(latency);
                *latest = latency;
            }
            None => self.seen.from_the_future += 1,
        }
    }

    /// Counts units that never came: those whose numbers are missing before the next unit.
    pub fn lose_units(&mut self, units: u64) {
        self.seen.lost = self.seen.lost.saturating_add(units);
        self.lost_before = self.lost_before.saturating_add(units);
    }

    /// Counts units that came and were thrown away.
    pub fn drop_units(&mut self, units: u64) {
        self.seen.dropped = self.seen.dropped.saturating_add(units);
    }

    /// Begins a new timeline: what comes is not compared with what was. The counts stay.
    pub fn restart(&mut self) {
        self.held.clear();
        self.held_bytes = 0;
        self.last_key = None;
        self.due = None;
        self.lost_before = 0;
        self.seen.key_interval = None;
        self.seen.key_interval_units = None;
        self.jitter.restart();
    }

    /// Begins a new timeline, of timestamps in `scale`.
    pub fn restart_in(&mut self, scale: Timescale) {
        self.restart();
        self.seen.gap_time = self.seen.gap_time.rescale(self.scale, scale, Rounding::Nearest);
        self.scale = scale;
    }

    /// All that is known at `now`. The counts are those of what was fed, whatever `now` is; a `now` before the last arrival
    /// is taken for that.
    pub fn snapshot(&self, now: MonoTime) -> TrackSnapshot {
        let silence = self.seen.last_arrival.map(|last| now.saturating_since(last));
        let latency = self.latency.as_ref().and_then(|(all, latest)| Latency::of(&all.snapshot(), *latest));
        let known = TrackSnapshot { jitter: self.jitter.value(), silence, latency, ..self.seen };
        let Some((newest, silence)) = self.held.back().zip(silence) else { return known };
        let window = self.window_ticks();
        if silence > self.window {
            let unit_rate = UnitRate { units: 0, ticks: Ticks(window.0.max(1)), scale: self.scale };
            return TrackSnapshot { bitrate: Some(0), unit_rate: Some(unit_rate), ..known };
        }
        let overdue = self.scale.ticks(silence.saturating_sub(self.early(newest)), Rounding::Floor);
        let end = newest.dts + overdue;
        let left = self.held.iter().take_while(|unit| end.saturating_since(unit.dts) > window).count();
        let rates = self.rates(newest, end, left);
        let within = || self.held.range(left..).zip(self.held.range(left..).skip(1));
        let intervals = || within().map(|(one, next)| next.dts.saturating_since(one.dts));
        let lost = within().map(|(_, next)| next.lost_before).fold(0, u64::saturating_add);
        let whole = lost.saturating_add(within().count() as u64);
        let open_key_interval = self.last_key.map(|(key, _)| end.saturating_since(key));
        let key_intervals = self.held.range(left..).filter_map(|unit| unit.key_interval).chain(open_key_interval);
        TrackSnapshot {
            bitrate: rates.map(|(bitrate, _)| bitrate),
            unit_rate: rates.map(|(_, units)| units),
            shortest_interval: intervals().min(),
            longest_interval: rates.map(|_| intervals().fold(overdue, Ord::max)),
            longest_key_interval: key_intervals.max().filter(|longest| *longest > Ticks::ZERO),
            loss: (whole > 0).then_some(Share { part: lost, whole }),
            ..known
        }
    }

    fn window_ticks(&self) -> Ticks {
        self.scale.ticks(self.window, Rounding::Nearest)
    }

    /// By how much the newest unit came earlier than the latest in the window, by their timestamps.
    fn early(&self, newest: &Held) -> Duration {
        let delay = |unit: &Held| {
            i128::from(unit.arrival.0) - i128::from(unit.dts.rescale(self.scale, Timescale::NANOS, Rounding::Nearest).0)
        };
        let latest = self.held.iter().map(delay).max().unwrap_or_default();
        Duration::from_nanos(u64::try_from(latest - delay(newest)).unwrap_or(u64::MAX))
    }

    /// Bits and units a second: the lower of the rate up to the newest unit, and of that up to `end`, without the oldest
    /// `left` that have left the window there. None of a single unit.
    fn rates(&self, newest: &Held, end: Timestamp, left: usize) -> Option<(u64, UnitRate)> {
        let per = |bytes: u64, units: usize, ticks: Ticks| {
            let bitrate = per_second(u128::from(bytes) * 8, ticks, self.scale);
            (bitrate, UnitRate { units: units as u64, ticks, scale: self.scale })
        };
        let span = newest.dts.saturating_since(self.held.front()?.dts);
        if span == Ticks::ZERO {
            return None;
        }
        let complete = per(self.held_bytes - newest.bytes, self.held.len() - 1, span);
        let oldest = self.held.get(left)?;
        let open = end.saturating_since(oldest.dts);
        if end <= newest.dts || open == Ticks::ZERO {
            return Some(complete);
        }
        let left_bytes: u64 = self.held.range(..left).map(|unit| unit.bytes).sum();
        let to_end = per(self.held_bytes - left_bytes, self.held.len() - left, open);
        // While the next unit is not overdue there is nothing to say of the bits either.
        let fallen = to_end.1.is_below(&complete.1);
        Some(if fallen { (complete.0.min(to_end.0), to_end.1) } else { complete })
    }
}

#[cfg(test)]
mod tests;
