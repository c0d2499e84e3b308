//! What numbers count from.

use std::sync::Arc;
use std::time::Duration;

use springhead_core::time::rescale;
use springhead_core::{AccessUnit, DiscontinuitySequence, MediaSequence, Now, Rounding, Ticks, Timescale, WallTime};

use springhead_manifest::Seconds;

use super::Packager;
use crate::cutter::Numbers;
use crate::window::Window;
use crate::{Numbering, PackagerConfig, Timing};

/// 2025-01-01T00:00:00Z: numbers that count from there stay short.
const START_OF_2025: i64 = 1_735_689_600 * 1_000_000_000;
/// One period in so long is what numbers allow for. Not less, as hls.js keeps an array that is as long as the Discontinuity
/// Sequence Number is large, and does not start with millions.
const PERIOD: Duration = Duration::from_secs(600);
/// The wraps of the clocks that encoders stamp with: 32 bits of milliseconds (RTMP), 33 bits at 90 kHz (MPEG-TS).
const WRAPS: [i64; 2] = [(1 << 32) * 1_000_000, ((1i128 << 33) * 1_000_000_000 / 90_000) as i64];
/// How far from ours an encoder's clock may be to be one.
const SAME_CLOCK: Duration = Duration::from_secs(60);
/// Where it is none, what it counts from is taken to be a multiple of this.
const GRID: i64 = 1_000_000_000;

impl Packager {
    /// Settles what numbers count from, at the time of the first picture.
    pub(super) fn number_from(&mut self, wall: WallTime) {
        if self.numbered {
            return;
        }
        self.numbered = true;
        let units = |since: i64, span: Duration| {
            let span = i64::try_from(span.as_nanos().max(1)).unwrap_or(i64::MAX);
            u64::try_from(wall.0.saturating_sub(since) / span).unwrap_or(0)
        };
        let (msn, part, init, period) = match self.config.numbering {
            Numbering::Counted => (0, 0, 0, 0),
            // A segment is not shorter than half of what is wanted, nor are there four parts in the time of one.
            Numbering::Clock => (
                units(START_OF_2025, self.config.segment / 2),
                units(START_OF_2025, self.config.part / 4),
                units(START_OF_2025, Duration::from_secs(1)) as u32,
                units(START_OF_2025, PERIOD),
            ),
            Numbering::Epoch => {
                let cell = cell(&self.config, wall);
                (cell.0, 0, 0, units(START_OF_2025, PERIOD))
            }
        };
        self.first_msn = MediaSequence(msn);
        self.first_numbers = Numbers { part, init, ..self.first_numbers };
        self.next_period = DiscontinuitySequence(period);
        self.window = Window::new(self.config.dvr.clone(), self.first_msn);
        for state in &mut self.renditions {
            state.number(self.first_msn, self.first_numbers);
        }
    }

    /// The wall-clock time of a period's first unit by the encoder's own clock.
    pub(super) fn epoch_of(&self, first: &AccessUnit, scale: Timescale, now: WallTime) -> WallTime {
        let stamped = rescale(first.pts().0, scale, Timescale::NANOS, Rounding::Nearest);
        let near = |wrap: i64| {
            let off = (now.0 - stamped).rem_euclid(wrap);
            let off = if off > wrap / 2 { off - wrap } else { off };
            now.0 - off
        };
        let same = |at: &i64| at.abs_diff(now.0) <= SAME_CLOCK.as_nanos() as u64;
        let stated = std::iter::once(stamped).chain(WRAPS.map(near)).find(same);
        // Later than it was rather than earlier, so that nothing is announced that is not there.
        let guessed = || (now.0 - stamped).div_euclid(GRID) * GRID + GRID + stamped;
        WallTime(stated.unwrap_or_else(guessed))
    }

    /// Whether a period may begin with a unit. By the encoder's clock only where a unit of time begins, as the segment of the
    /// one that was entered in its middle would have the name of a whole one.
    pub(super) fn begins_a_cell(&mut self, unit: &AccessUnit, now: Now) -> bool {
        let scale = self.set.as_ref().and_then(|set| set.track(unit.track)).map(|track| track.timescale);
        let Some(scale) = scale.filter(|_| self.by_epoch()) else { return true };
        let half = Ticks(unit.duration.0 / 2);
        let middle = self.epoch_of(unit, scale, now.wall) + half.to_duration(scale);
        let cell = cell(&self.config, middle);
        cell > *self.first_cell.get_or_insert(cell)
    }

    /// Brings all numbers up to that of the first segment of a period: what lies between is missing.
    pub(super) fn skip_to(&mut self, wall: WallTime, now: Now) {
        let cell = cell(&self.config, wall);
        let Some(next) = self.renditions.iter().filter(|s| !s.segments.is_empty()).map(|s| s.next_msn).max() else {
            return;
        };
        let missing = cell.0.saturating_sub(next.0);
        let longest = self.config.dvr.time.as_nanos() / self.config.segment.as_nanos().max(1);
        if u128::from(missing) > longest.min(self.config.dvr.segments as u128) {
            // Nothing of what was listed would be.
            self.window = Window::new(self.config.dvr.clone(), cell);
            self.renditions.iter_mut().for_each(|state| state.restart_at(cell));
            return;
        }
        for msn in next.0..cell.0 {
            let end = WallTime(i64::try_from((msn + 1) * self.config.segment.as_nanos() as u64).unwrap_or(i64::MAX));
            self.stats.gap_segments += 1;
            self.renditions.iter_mut().for_each(|state| state.gap_until(end));
            let leader = self.renditions.first().and_then(|state| state.segments.last().cloned());
            if let Some(segment) = leader {
                self.completed(&segment, now);
            }
        }
    }

    /// Whether the leader's open segment ends before a unit of that time: `Some(true)` when it must though the unit is no
    /// random access point, as two units of time would be one segment otherwise.
    pub(super) fn judge_by_epoch(&self, open: MediaSequence, wall: WallTime, is_random_access: bool) -> Option<bool> {
        if is_random_access && cell(&self.config, wall) > open {
            return Some(false);
        }
        let unit = self.config.segment.as_nanos() as i64;
        let latest = (open.0 as i64).saturating_add(1).saturating_mul(unit).saturating_add(unit / 4 * 3);
        (wall.0 >= latest).then_some(!is_random_access)
    }

    /// The segment that the target duration leaves room for, where that must not depend on which came first: with it, one
    /// and what is missing of the next.
    pub(super) fn first_by_epoch(&self) -> Option<Seconds> {
        let micros = u64::try_from(self.config.segment.as_micros()).unwrap_or(u64::MAX);
        self.by_epoch().then(|| Seconds::from_micros(micros / 5 * 8))
    }

    /// When the MPD became what it is, by the encoder's clock: the end of the newest segment, and a millisecond for each
    /// rendition that has come as far and for each that has begun the next, so that no two MPDs have the same time.
    pub(super) fn newest_by_epoch(&self) -> WallTime {
        let end = |segment: &Arc<crate::Segment>| {
            segment.period.wall_at(segment.start + segment.ticks, segment.init.track.timescale)
        };
        let newest = self.renditions.iter().filter_map(|state| state.segments.last()).map(|last| (last.msn, end(last)));
        let Some((msn, at)) = newest.max() else { return WallTime::default() };
        let as_far = self.renditions.iter().filter(|state| state.segments.last().is_some_and(|last| last.msn == msn));
        let begun = self.renditions.iter().filter(|state| state.is_open() && state.next_msn > msn);
        let steps = as_far.count() + begun.count() + usize::from(self.ended) * 2 * self.renditions.len();
        at + Duration::from_millis(steps as u64)
    }

    pub(super) fn by_epoch(&self) -> bool {
        self.config.numbering == Numbering::Epoch
    }

    /// A packager for a broadcast that was packaged before, by a life of the server that is over: what was promised then is
    /// kept (H-06, L-01).
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn resume(config: PackagerConfig, timing: Timing) -> Result<Self, crate::ConfigError> {
        let mut packager = Self::new(config)?;
        packager.timing = Some(timing);
        Ok(packager)
    }
}

/// In which unit of time a segment lies.
fn cell(config: &PackagerConfig, wall: WallTime) -> MediaSequence {
    let unit = i64::try_from(config.segment.as_nanos().max(1)).unwrap_or(i64::MAX);
    MediaSequence(u64::try_from(wall.0.div_euclid(unit)).unwrap_or(0))
}
