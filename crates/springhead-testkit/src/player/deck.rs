//! What the parts of a player that read manifests have in common.

use std::time::Duration;

use springhead_core::{MediaKind, MonoTime};

use super::desk::{Desk, Ticket};
use super::fault::code;
use super::media::Stretch;
use super::playback::{Phase, Playback};
use super::ranges::Micros;
use super::{Fault, Flavour, PlayerError, Reaction, Resource};

/// How much of what was played is kept, for a viewer who goes back a little.
const KEPT_BEHIND: Micros = 30_000_000;

#[derive(Debug)]
pub(super) struct Deck {
    pub(super) flavour: Flavour,
    pub(super) desk: Desk,
    pub(super) playback: Playback,
    pub(super) errors: Vec<PlayerError>,
    /// How many stalls were looked at for a hole that caused them.
    holes: usize,
}

impl Deck {
    pub(super) fn new(flavour: Flavour) -> Self {
        Self { playback: Playback::new(&flavour), flavour, desk: Desk::default(), errors: Vec::new(), holes: 0 }
    }

    pub(super) fn stopped(&self) -> bool {
        self.playback.phase == Phase::Stopped
    }

    pub(super) fn get(&mut self, resource: Resource, path: String, now: MonoTime) -> Ticket {
        self.desk.get(resource, path, &self.flavour, now)
    }

    /// Reports a fault. A strict player stops for every one that is the server's.
    pub(super) fn report(&mut self, fault: Fault, reaction: Reaction, now: MonoTime) {
        if self.stopped() {
            return;
        }
        let stands = matches!(fault, Fault::Hole { .. } | Fault::FellBehind);
        let reaction = if self.flavour.strict && !stands { Reaction::Stops } else { reaction };
        let code = code(self.flavour.family, &fault);
        self.errors.push(PlayerError { at: now, fault, code, reaction });
        if reaction == Reaction::Stops {
            self.playback.stop(now);
            self.desk.drop_all();
        }
    }

    /// Puts media, shifted to where it lies on the player's timeline, where the playhead can find it.
    pub(super) fn append(&mut self, kind: MediaKind, stretches: &[Stretch], shift: Micros, now: MonoTime) {
        let keep_from = self.playback.position().saturating_sub(KEPT_BEHIND);
        let buffer = self.playback.buffer(kind);
        for stretch in stretches {
            buffer.insert(stretch.start.saturating_add(shift), stretch.end.saturating_add(shift));
        }
        buffer.forget_before(keep_from);
        self.playback.advance(now);
    }

    /// Reports a hole that the playhead stands before, once, where it is not stepped over.
    pub(super) fn look_for_holes(&mut self, now: MonoTime) {
        let stalls = self.playback.stalls.len();
        if self.flavour.jumps_after.is_some() || self.holes == stalls {
            return;
        }
        if let Some(place) = self.playback.hole() {
            self.holes = stalls;
            let length = u64::try_from(place - self.playback.position()).unwrap_or(0);
            self.report(Fault::Hole { length: Duration::from_micros(length) }, Reaction::PlaysOn, now);
        }
    }

    /// Whether so much of a kind is there that nothing has to be loaded.
    pub(super) fn has_enough(&self, kind: MediaKind) -> bool {
        self.playback.reach_of(kind).is_some_and(|reach| reach - self.playback.position() >= self.goal())
    }

    fn goal(&self) -> Micros {
        Micros::try_from(self.flavour.goal.as_micros()).unwrap_or(Micros::MAX)
    }

    /// When the playhead or what is ahead of it has to be looked at.
    pub(super) fn poll_timeout(&self) -> Option<MonoTime> {
        let times = [self.desk.poll_timeout(), self.playback.poll_timeout(), self.playback.when_below(self.goal())];
        times.into_iter().flatten().min()
    }

    /// How much longer the playhead is kept from the live edge for its stalls.
    pub(super) fn retreat(&self, most: Duration) -> Duration {
        let stalls = u32::try_from(self.playback.stalls.len()).unwrap_or(u32::MAX);
        self.flavour.retreats_by.saturating_mul(stalls).min(most)
    }
}
