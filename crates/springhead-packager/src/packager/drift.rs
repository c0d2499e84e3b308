//! How far the encoder's clock has run away from ours (N-26).
//!
//! An encoder's second is not quite ours. What is measured is by how much later units come, by the clock that never steps,
//! than their times say; the least over a window is taken, as a network only ever adds.

use std::time::Duration;

use springhead_core::time::rescale;
use springhead_core::{AccessUnit, MonoTime, Now, Rounding, Timescale};

use super::Packager;

/// Over how long the least delay is taken.
const WINDOW: Duration = Duration::from_secs(30);
/// How far behind the wall clock media may fall before it is put right.
const MOST_BEHIND: Duration = Duration::from_millis(500);

#[derive(Debug)]
pub(super) struct Drift {
    /// Where the timeline was anchored, and the media time there in nanoseconds.
    anchor: (MonoTime, i64),
    window_ends: MonoTime,
    /// The least delay of the window that is not over.
    least: i64,
    /// The least delay of the first window, to which all others are compared.
    reference: Option<i64>,
    /// By how much the last window's least delay was above that.
    behind: i64,
}

impl Drift {
    fn new(now: MonoTime, media: i64) -> Self {
        Self { anchor: (now, media), window_ends: now + WINDOW, least: i64::MAX, reference: None, behind: 0 }
    }

    fn note(&mut self, now: MonoTime, media: i64) {
        let elapsed = i64::try_from(now.saturating_since(self.anchor.0).as_nanos()).unwrap_or(i64::MAX);
        self.least = self.least.min(elapsed - (media - self.anchor.1));
        if now >= self.window_ends {
            self.behind = self.least - *self.reference.get_or_insert(self.least);
            self.least = i64::MAX;
            self.window_ends = now + WINDOW;
        }
    }

    /// By how much media is behind the clock.
    pub(super) fn behind(&self) -> Duration {
        Duration::from_nanos(u64::try_from(self.behind).unwrap_or(0))
    }

    /// By how much media is behind the clock, in nanoseconds; negative when it is ahead.
    pub(super) fn nanos(&self) -> i64 {
        self.behind
    }
}

impl Packager {
    /// Takes note of when a unit of the leader came. Whether the timeline is to be put right there.
    pub(super) fn note_drift(&mut self, unit: &AccessUnit, now: Now) -> bool {
        let Some(scale) = self.leader.and_then(|id| self.state(id)?.cutter.as_ref().map(|cutter| cutter.scale()))
        else {
            return false;
        };
        let media = rescale(unit.dts.0, scale, Timescale::NANOS, Rounding::Nearest);
        let drift = self.drift.get_or_insert_with(|| Drift::new(now.mono, media));
        drift.note(now.mono, media);
        let whole = self.timing.is_some() && self.next_set.is_none() && !self.by_epoch();
        whole && unit.is_random_access() && self.drift.as_ref().is_some_and(|drift| drift.behind() > MOST_BEHIND)
    }

    /// By how much the encoder's clock has fallen behind ours since its timeline began, in nanoseconds; negative when it is
    /// ahead. Above half a second, a new period puts media right on the wall clock; an encoder that is ahead is reported only,
    /// as time on the wall clock cannot be taken back.
    pub fn drift_nanos(&self) -> i64 {
        self.drift.as_ref().map_or(0, Drift::nanos)
    }
}
