//! Where a timeline lies on the wall clock.
//!
//! What an encoder sends first is late: it was made while the connection was set up, and what was made meanwhile comes in one
//! go behind it. A timeline that were anchored where its first picture came would have all of its pictures later than they
//! are, for as long as it lasts, and players that keep to a latency would keep to that much more. So what comes is gathered
//! until it comes at its own pace, and the anchor is what came with the least delay.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use springhead_core::time::rescale;
use springhead_core::{AccessUnit, MonoTime, Now, Rounding, Timescale, TrackSet};

use super::follow::{LONGEST_WAIT, MOST_WAITING_BYTES};
use super::{Packager, leader_of};

/// Units come at their own pace when none has come earlier than the others for so long: a few pictures.
const SETTLED: Duration = Duration::from_millis(100);
/// Earlier by less than that is the grain of an encoder's clock.
const GRAIN: Duration = Duration::from_millis(5);
/// The longest that a timeline's beginning is gathered, as a file that is sent faster than it plays never settles.
const LONGEST: Duration = Duration::from_secs(1);

/// What came of a timeline that has not begun yet.
#[derive(Debug)]
pub(super) struct Gathering {
    /// The newest set of the timeline.
    set: Arc<TrackSet>,
    units: VecDeque<(AccessUnit, Arc<TrackSet>, MonoTime)>,
    bytes: usize,
    delay: Option<Delay>,
}

/// How late what leads comes.
#[derive(Clone, Copy, Debug)]
struct Delay {
    /// When the first unit came, and its time in nanoseconds.
    first: (MonoTime, i64),
    /// By how much the earliest came earlier than the first, by their times.
    earlier: Duration,
    /// When that last changed.
    changed: MonoTime,
}

impl Delay {
    fn new(now: MonoTime, media: i64) -> Self {
        Self { first: (now, media), earlier: Duration::ZERO, changed: now }
    }

    fn note(&mut self, now: MonoTime, media: i64) {
        let elapsed = i64::try_from(now.saturating_since(self.first.0).as_nanos()).unwrap_or(i64::MAX);
        let earlier = media.saturating_sub(self.first.1).saturating_sub(elapsed);
        let earlier = Duration::from_nanos(u64::try_from(earlier).unwrap_or(0));
        if earlier > self.earlier + GRAIN {
            self.changed = now;
        }
        self.earlier = self.earlier.max(earlier);
    }

    /// When it is taken to be known.
    fn due(&self) -> MonoTime {
        (self.changed + SETTLED).min(self.first.0 + LONGEST)
    }

    /// How long ago the first unit would have come if it had been as early as the earliest.
    fn ago(&self, now: MonoTime) -> Duration {
        // Times that jump are no delay, nor is a file that is sent faster than it plays.
        now.saturating_since(self.first.0) + self.earlier.min(LONGEST)
    }
}

impl Gathering {
    fn new(set: Arc<TrackSet>) -> Self {
        Self { set, units: VecDeque::new(), bytes: 0, delay: None }
    }

    /// Tracks of a timeline may be announced one after the other, the one that leads last.
    fn announce(&mut self, set: &Arc<TrackSet>) {
        if leader_of(set) != leader_of(&self.set) {
            self.delay = None;
        }
        self.set = set.clone();
    }

    /// When the timeline is to begin: at once where no more can be gathered.
    fn due(&self) -> Option<MonoTime> {
        let delay = self.delay?;
        Some(if self.bytes > MOST_WAITING_BYTES { delay.first.0 } else { delay.due() })
    }

    fn leads(&self, unit: &AccessUnit) -> Option<Timescale> {
        let leads = leader_of(&self.set) == Some(unit.track);
        Some(self.set.track(unit.track).filter(|_| leads)?.timescale)
    }

    /// Takes a unit; says how many were too many: without a random access point the oldest are forgotten.
    fn take(&mut self, unit: AccessUnit, set: Arc<TrackSet>, now: MonoTime) -> u64 {
        if let Some(scale) = self.leads(&unit) {
            let media = rescale(unit.dts.0, scale, Timescale::NANOS, Rounding::Nearest);
            match &mut self.delay {
                Some(delay) => delay.note(now, media),
                None if unit.is_random_access() => self.delay = Some(Delay::new(now, media)),
                None => return 1,
            }
        }
        self.bytes += unit.payload.len();
        self.units.push_back((unit, set, now));
        let mut early = 0;
        while let Some((oldest, _, since)) = self.units.front().filter(|_| self.delay.is_none()) {
            if now.saturating_since(*since) < LONGEST_WAIT && self.bytes <= MOST_WAITING_BYTES {
                break;
            }
            self.bytes -= oldest.payload.len();
            self.units.pop_front();
            early += 1;
        }
        early
    }
}

impl Packager {
    /// Takes a unit of a timeline that is yet to begin. Whether it was one: what still comes of the one before goes on.
    pub(super) fn gathers(&mut self, unit: &AccessUnit, tracks: &Arc<TrackSet>, now: Now) -> bool {
        let begun = self.set.as_ref().is_some_and(|set| set.timeline == tracks.timeline);
        if begun || self.by_epoch() {
            return false;
        }
        let known = |gathering: &mut Gathering| gathering.set.timeline == tracks.timeline;
        let mut gathering = match self.gathering.take_if(known) {
            Some(gathering) => gathering,
            None => {
                self.forget_gathered();
                Gathering::new(tracks.clone())
            }
        };
        gathering.announce(tracks);
        self.stats.early_units += gathering.take(unit.clone(), tracks.clone(), now.mono);
        self.gathering = Some(gathering);
        self.begin_if_gathered(now);
        true
    }

    pub(super) fn begin_if_gathered(&mut self, now: Now) {
        if self.gathered_at().is_some_and(|due| due <= now.mono) {
            self.begin_timeline(now);
        }
    }

    /// When the timeline that is gathered is to begin.
    pub(super) fn gathered_at(&self) -> Option<MonoTime> {
        self.gathering.as_ref().and_then(Gathering::due)
    }

    /// Begins the timeline with what was gathered of it.
    pub(super) fn begin_timeline(&mut self, now: Now) {
        let Some(Gathering { set, units, delay: Some(delay), .. }) = self.gathering.take_if(|one| one.delay.is_some())
        else {
            self.forget_gathered();
            return;
        };
        let ago = delay.ago(now.mono);
        self.go_over_to(&set, ago, now);
        self.anchored_ago = ago;
        for (unit, own, _) in units {
            // The tracks were announced one after the other; what has not changed was not another before.
            let same = set.track(unit.track) == own.track(unit.track);
            self.package_unit(&unit, if same { &set } else { &own }, now);
        }
        self.anchored_ago = Duration::ZERO;
    }

    /// Forgets what was gathered of a timeline that did not begin.
    fn forget_gathered(&mut self) {
        self.stats.early_units += self.gathering.take().map_or(0, |gathering| gathering.units.len() as u64);
    }
}
