//! What a reader needs besides its place, once something was left out for it or may be.

use std::time::Duration;

use springhead_core::lag::{Allowance, LagPolicy, Pressure, Thinning, Verdict};
use springhead_core::{AccessUnit, MediaKind};

use crate::ReaderStats;
use crate::block::Block;
use crate::ring::Ring;

/// The policy that a reader is under, and what it has missed. A reader under no policy that never missed anything has none.
pub(crate) struct Care {
    policy: LagPolicy,
    allowance: Option<Allowance>,
    thinning: Thinning,
    /// How far behind the reader was where it began or resumed, as far as it has not caught up with that: a random access
    /// point may be old, and who is at a steady distance from the newest unit is not slow.
    head_start: Option<Duration>,
    pub(crate) stats: ReaderStats,
    /// Missed or left out since the last unit handed out.
    pub(crate) unreported: u64,
    /// Sent away, as its budget is used up.
    pub(crate) is_evicted: bool,
}

impl Care {
    pub(crate) fn new(policy: LagPolicy) -> Self {
        Self {
            policy,
            allowance: policy.budget.map(Allowance::new),
            thinning: Thinning::new(),
            head_start: None,
            stats: ReaderStats::default(),
            unreported: 0,
            is_evicted: false,
        }
    }

    /// Whether a unit is given whatever it is, so that it needs no judgement.
    pub(crate) fn gives_for_sure(&self, ring: &Ring, unit: &AccessUnit) -> bool {
        self.thinning.is_whole() && self.pressure(ring, unit) == Pressure::None
    }

    fn pressure(&self, ring: &Ring, unit: &AccessUnit) -> Pressure {
        self.policy.pressure(behind(ring, unit).saturating_sub(self.head_start.unwrap_or(Duration::MAX)))
    }

    /// Judges the unit of that sequence number.
    pub(crate) fn judge(&mut self, ring: &Ring, block: &Block, sequence: u64, unit: &AccessUnit) -> Verdict {
        let behind = behind(ring, unit);
        self.head_start = Some(self.head_start.unwrap_or(behind).min(behind));
        if self.gives_for_sure(ring, unit) {
            return Verdict::Give;
        }
        let pressure = self.pressure(ring, unit);
        let thinned = block.is_thinned(unit.track);
        let was_broken = self.thinning.is_broken(unit.track);
        let is_outdated =
            pressure == Pressure::Tail && thinned && ring.newest_start().is_some_and(|newest| sequence < newest);
        let verdict = if is_outdated {
            // There is a newer random access point to go on at.
            self.thinning.break_off(unit.track);
            Verdict::Break
        } else {
            self.thinning.judge(unit, thinned, pressure)
        };
        match verdict {
            Verdict::Give => {}
            Verdict::Resume => self.head_start = Some(behind),
            Verdict::Spare => {
                self.stats.spared += 1;
                self.skip(1);
            }
            Verdict::Break => {
                self.skip(1);
                if !was_broken {
                    self.stats.breaks += 1;
                    self.spend(ring);
                    if !is_outdated {
                        ring.key_requests.ask();
                    }
                }
            }
        }
        verdict
    }

    /// The ring let units go that this reader had not read: every track goes on at a random access point of its own.
    pub(crate) fn overtaken(&mut self, ring: &Ring, missed: u64, resumes_in: &Block) {
        self.skip(missed);
        resumes_in.tracks.tracks.iter().for_each(|track| self.thinning.break_off(track.id));
        self.stats.overtaken += 1;
        self.spend(ring);
    }

    /// Whether there is anything to see to where reading begins at that unit of that block.
    pub(crate) fn begins_with_care(block: &Block, unit: &AccessUnit) -> bool {
        let pictures = block.tracks.tracks.iter().filter(|track| track.kind() == MediaKind::Video);
        unit.is_open() || pictures.count() > 1
    }

    /// Reading begins in that block, at a random access point of the leading track: pictures of another track before one of
    /// its own are of no use.
    pub(crate) fn begin(&mut self, block: &Block) {
        let leading = block.tracks.leading().map(|track| track.id);
        let others =
            block.tracks.tracks.iter().filter(|track| track.kind() == MediaKind::Video && Some(track.id) != leading);
        others.for_each(|track| self.thinning.break_off(track.id));
    }

    /// That unit is the first that was given: pictures that lead to it are of no use.
    pub(crate) fn enter(&mut self, unit: &AccessUnit) {
        self.thinning.enter(unit);
    }

    pub(crate) fn skip(&mut self, units: u64) {
        self.stats.skipped += units;
        self.unreported += units;
    }

    fn spend(&mut self, ring: &Ring) {
        let now = ring.arrival();
        self.is_evicted |= self.allowance.as_mut().is_some_and(|allowance| !allowance.spend(now));
    }
}

/// How far behind whoever gets this unit next is.
fn behind(ring: &Ring, unit: &AccessUnit) -> Duration {
    ring.arrival().saturating_since(unit.arrival)
}
