//! How far the encoder's clock has run away from ours (N-26).
//!
//! An encoder's second is not quite ours. What is measured is by how much later units come, by the clock that never steps,
//! than their times say; the least over a window is taken, as a network only ever adds. Where that has become too much, a
//! new period of the same timeline has its place on the wall clock put right.

use std::time::Duration;

use springhead_core::time::rescale;
use springhead_core::{AccessUnit, MonoTime, Now, Rounding, Timescale};

use super::Packager;

/// Over how long the least delay is taken.
const WINDOW: Duration = Duration::from_secs(30);
/// How far media may be from where the wall clock has it before it is put right.
const MOST_OFF: i64 = 500_000_000;
/// How far ahead of the wall clock it may be to be put right: dates may overlap by less than a second (H-20). What is ahead
/// by more has not come of a clock's pace.
const MOST_AHEAD: i64 = 1_000_000_000;

#[derive(Debug)]
pub(super) struct Drift {
    /// Where the timeline was anchored, and the media time there in nanoseconds.
    anchor: (MonoTime, i64),
    window_ends: MonoTime,
    /// The least delay of the window that is not over.
    least: i64,
    /// The least delay of the first window, to which all others are compared, and what was put right since.
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

    /// Whether media is put right by a new period, behind a segment that is so `long`. A period that is put back begins before
    /// the media of the one before ends, but not before its last segment begins.
    fn is_to_be_put_right(&self, long: Duration) -> bool {
        let ahead = Duration::from_nanos(u64::try_from(-self.behind).unwrap_or(0));
        self.behind > MOST_OFF || (MOST_OFF..MOST_AHEAD).contains(&-self.behind) && ahead < long
    }

    /// Media is put right by what is behind.
    pub(super) fn put_right(&mut self) -> i64 {
        self.reference = self.reference.map(|reference| reference + self.behind);
        std::mem::take(&mut self.behind)
    }

    /// By how much media is behind the clock, in nanoseconds; negative when it is ahead.
    fn nanos(&self) -> i64 {
        self.behind
    }
}

impl Packager {
    /// Takes note of when a unit of the leader came. Whether the timeline is to be put right there.
    pub(super) fn note_drift(&mut self, unit: &AccessUnit, now: Now) -> bool {
        let Some(cutter) = self.leading().and_then(|leader| leader.cutter.as_ref()) else { return false };
        let scale = cutter.scale();
        let long = cutter.elapsed(unit.dts).to_duration(scale);
        let media = rescale(unit.dts.0, scale, Timescale::NANOS, Rounding::Nearest);
        let drift = self.drift.get_or_insert_with(|| Drift::new(now.mono, media));
        drift.note(now.mono, media);
        let whole = self.timing.is_some() && self.next_set.is_none() && !self.by_epoch();
        whole && unit.is_random_access() && self.drift.as_ref().is_some_and(|drift| drift.is_to_be_put_right(long))
    }

    /// By how much the encoder's clock has fallen behind ours since media was put in its place on the wall clock, in
    /// nanoseconds; negative when it is ahead. Above half a second either way, a new period puts it right again; one that is a
    /// second ahead at once was sent faster than it plays, and is only reported.
    pub fn drift_nanos(&self) -> i64 {
        self.drift.as_ref().map_or(0, Drift::nanos)
    }
}
