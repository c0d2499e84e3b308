//! Several broadcasts become one programme: what the viewers of one key see.
//!
//! Two things may be wanted of several broadcasts, and both are had by giving their units one timeline and one set of tracks
//! before they are packaged:
//!
//! - a [`Ladder`]: one content in several versions (`cam@1080`, `cam@720`), which become renditions of one presentation;
//! - a [`Failover`]: several contents of which one is shown, a backup or a slate while the one that is wanted is away.
//!
//! A [`Programme`] is a failover of ladders. All three are pure: units go in with the time, and are drained from `poll_output`.
//!
//! ```
//! use std::time::Duration;
//! use springhead_packager::{Output, Place, Programme};
//! use springhead_testkit::{Source, SourceOptions, VirtualClock};
//!
//! // A broadcast of one version, and another that stands by.
//! let mut programme = Programme::new(2);
//! let (primary, backup) = (Place::default(), Place { rank: 1, ..Place::default() });
//! let mut clock = VirtualClock::default();
//! let source = Source::new(SourceOptions::default());
//! let tracks = source.tracks();
//! for unit in source.until(Duration::from_secs(6)) {
//!     clock.advance_to(unit.arrival);
//!     if clock.now().mono.0 < 3_000_000_000 {
//!         programme.handle_unit(&primary, &unit, &tracks, clock.now());
//!     } else {
//!         programme.handle_gone(&primary, clock.now());
//!     }
//!     programme.handle_unit(&backup, &unit, &tracks, clock.now());
//! }
//! let shown = std::iter::from_fn(|| programme.poll_output());
//! let timelines: Vec<u64> = shown
//!     .filter_map(|output| match output {
//!         Output::Unit { tracks, .. } => Some(tracks.timeline.0),
//!         _ => None,
//!     })
//!     .collect();
//! assert_eq!((timelines.first(), timelines.last()), (Some(&0), Some(&1)));
//! ```

mod failover;
mod ladder;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use springhead_core::{AccessUnit, MediaKind, MonoTime, Now, TrackId, TrackSet};

pub use failover::Failover;
pub use ladder::Ladder;

/// What a programme gives to be packaged.
#[derive(Clone, Debug)]
pub enum Output {
    /// A unit, on the programme's timeline, with the tracks that apply to it.
    Unit {
        /// The unit.
        unit: AccessUnit,
        /// The tracks.
        tracks: Arc<TrackSet>,
    },
    /// Nothing is sent now, and something may be again.
    Interrupted,
}

/// Which input of a programme.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Which of the contents: 0 is the one that is wanted most.
    pub rank: usize,
    /// Which version of it.
    pub version: Version,
}

/// What a version of a content is called: `1080` in `cam@1080`. The one without a name comes first, then those that begin
/// with a number, the greatest first, then all others: so the order of versions is the same wherever they are put together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Version(Arc<str>);

impl Version {
    /// The version of that name.
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    fn order(&self) -> (bool, std::cmp::Reverse<u64>, &str) {
        let digits = self.0.len() - self.0.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        (!self.0.is_empty(), std::cmp::Reverse(self.0[..digits].parse().unwrap_or(0)), &self.0)
    }
}

impl Default for Version {
    fn default() -> Self {
        Self::new("")
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.order().cmp(&other.order())
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// A failover of ladders.
#[derive(Debug)]
pub struct Programme {
    ladders: Vec<Ladder>,
    failover: Failover,
}

impl Programme {
    /// A programme of so many contents, at least one.
    pub fn new(contents: usize) -> Self {
        let contents = contents.max(1);
        Self { ladders: (0..contents).map(|_| Ladder::new()).collect(), failover: Failover::new(contents) }
    }

    /// Whether versions of a content are to be expected, so that the first is waited with until others can have come.
    pub fn expect_versions(&mut self, rank: usize) {
        if let Some(ladder) = self.ladders.get_mut(rank) {
            ladder.expect_versions();
        }
    }

    /// Takes a unit of one of the broadcasts. A place beyond what there is is ignored.
    pub fn handle_unit(&mut self, place: &Place, unit: &AccessUnit, tracks: &Arc<TrackSet>, now: Now) {
        let Some(ladder) = self.ladders.get_mut(place.rank) else { return };
        ladder.handle_unit(&place.version, unit, tracks, now);
        self.pass_on(place.rank, now);
    }

    /// A broadcast is not sent any more, whether it comes back or not.
    pub fn handle_gone(&mut self, place: &Place, now: Now) {
        let Some(ladder) = self.ladders.get_mut(place.rank) else { return };
        ladder.handle_gone(&place.version);
        self.pass_on(place.rank, now);
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called though nothing came.
    pub fn poll_timeout(&self) -> Option<MonoTime> {
        let ladders = self.ladders.iter().filter_map(Ladder::poll_timeout);
        ladders.chain(self.failover.poll_timeout()).min()
    }

    /// Does what was waited with.
    pub fn handle_timeout(&mut self, now: Now) {
        for rank in 0..self.ladders.len() {
            self.ladders[rank].handle_timeout(now.mono);
            self.pass_on(rank, now);
        }
        self.failover.handle_timeout(now);
    }

    /// What is to be packaged next.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.failover.poll_output()
    }

    fn pass_on(&mut self, rank: usize, now: Now) {
        while let Some(output) = self.ladders[rank].poll_output() {
            match output {
                Output::Unit { unit, tracks } => self.failover.handle_unit(rank, unit, tracks, now),
                Output::Interrupted => self.failover.handle_gone(rank, now),
            }
        }
    }
}

/// The track of a set that leads: at its random access points a programme can begin.
fn leader(set: &TrackSet) -> Option<TrackId> {
    set.first(MediaKind::Video).or(set.first(MediaKind::Audio)).map(|track| track.id)
}
