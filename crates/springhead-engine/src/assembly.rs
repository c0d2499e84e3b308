//! Several tracks become one broadcast.
//!
//! Pure. Each track has an intake of its own; the assembly gives tracks their numbers, keeps the set of them with its
//! generation, holds the first units back until both kinds of media are known, and turns the restart of one track's clock
//! into one new timeline for all.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use springhead_core::{
    AccessUnit, Generation, Limits, MediaKind, MonoTime, Rounding, TimelineId, Timestamp, Track, TrackId, TrackSet,
};
use springhead_intake::{Intake, IntakeStats, Output, RawUnit, Repair, SourceClock};

use crate::DropReason;

/// How much of a track that kept its old clock is left out after another track's clock had started anew, before it is
/// believed that this one's will not.
const OLD_CLOCK: Duration = Duration::from_secs(2);
/// How long the first picture of a track that is known is waited for: longer than any sensible group of pictures, since a
/// broadcast that began with sound alone would be another one to players when the picture comes.
const PICTURE_WAIT: Duration = Duration::from_secs(10);
/// The most that waits at the start gate; more opens it.
const GATE_BYTES: usize = 32 << 20;
/// The most units that wait at the start gate: the [`PICTURE_WAIT`] of several tracks.
const GATE_UNITS: usize = 4096;

/// A track as a protocol describes it.
#[derive(Clone, Debug)]
pub struct TrackDescription {
    /// The track; its id is given by the session.
    pub track: Track,
    /// The clock that its units are stamped with.
    pub clock: SourceClock,
}

/// Why a track was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrackError {
    /// The broadcast has as many tracks as [`Limits::tracks`] allows.
    #[error("the broadcast has {0} tracks already")]
    TooMany(usize),
    /// A slot that held one kind of media was described as the other.
    #[error("the slot holds media of another kind")]
    OtherKind,
    /// The session had to make room for another.
    #[error("the session is over")]
    Over,
}

/// What one publish session leaves to the next of the same broadcast, so that numbers go on.
#[derive(Debug, Default)]
pub(crate) struct Numbering {
    /// The last set, if any unit was published.
    pub(crate) set: Option<Arc<TrackSet>>,
    /// The kind of each track ever seen; a track's number is its place here plus one.
    kinds: Vec<MediaKind>,
}

impl Numbering {
    /// The number of the `nth` track of a kind.
    fn id(&mut self, kind: MediaKind, nth: usize) -> TrackId {
        let known = self.kinds.iter().enumerate().filter(|(_, known)| **known == kind).map(|(at, _)| at).nth(nth);
        let at = known.unwrap_or_else(|| {
            self.kinds.push(kind);
            self.kinds.len() - 1
        });
        TrackId(at as u32 + 1)
    }
}

#[derive(Debug)]
struct Slot {
    slot: u32,
    id: TrackId,
    clock: SourceClock,
    intake: Intake,
    track: Arc<Track>,
    /// How often this track's clock has started anew in this session.
    restarts: u64,
    /// Where on the old clock the wait for a restart began.
    old_since: Option<Timestamp>,
    /// Whether a unit came through its intake: what was only announced is not part of the set.
    shown: bool,
}

/// What the assembly gives out.
#[derive(Debug)]
pub(crate) enum Assembled {
    Unit(AccessUnit, Arc<TrackSet>),
    /// A unit was left out, which was to be decoded then.
    Dropped(TrackId, DropReason, Timestamp),
    Repaired(TrackId, Repair),
}

#[derive(Debug)]
pub(crate) struct Assembly {
    limits: Limits,
    track_wait: Duration,
    numbering: Numbering,
    slots: Vec<Slot>,
    restarts: u64,
    set: Option<Arc<TrackSet>>,
    gate: Option<Gate>,
    out: VecDeque<Assembled>,
}

/// Units that wait until it is known which tracks there are.
#[derive(Debug, Default)]
struct Gate {
    since: Option<MonoTime>,
    waiting: Vec<AccessUnit>,
    bytes: usize,
}

impl Assembly {
    pub(crate) fn new(limits: Limits, track_wait: Duration, numbering: Numbering) -> Self {
        Self {
            limits,
            track_wait,
            numbering,
            slots: Vec::new(),
            restarts: 0,
            set: None,
            gate: Some(Gate::default()),
            out: VecDeque::new(),
        }
    }

    /// Takes a track, or a new configuration of the one in that slot.
    pub(crate) fn set_track(&mut self, slot: u32, description: TrackDescription) -> Result<TrackId, TrackError> {
        let TrackDescription { mut track, clock } = description;
        if let Some(known) = self.slots.iter_mut().find(|known| known.slot == slot) {
            if known.track.kind() != track.kind() {
                return Err(TrackError::OtherKind);
            }
            track.id = known.id;
            known.intake.handle_track(Arc::new(track));
            return Ok(known.id);
        }
        if self.slots.len() >= self.limits.tracks {
            return Err(TrackError::TooMany(self.slots.len()));
        }
        let nth = self.slots.iter().filter(|known| known.track.kind() == track.kind()).count();
        track.id = self.numbering.id(track.kind(), nth);
        let track = Arc::new(track);
        let id = track.id;
        let intake = Intake::new(track.clone(), clock, self.limits);
        let restarts = self.restarts;
        self.slots.push(Slot { slot, id, clock, intake, track, restarts, old_since: None, shown: false });
        Ok(id)
    }

    /// Takes one unit; then drain [`poll`](Self::poll).
    pub(crate) fn handle_unit(&mut self, id: TrackId, raw: RawUnit) {
        let arrival = raw.arrival;
        if let Some(at) = self.slots.iter().position(|slot| slot.id == id) {
            self.place_messages(at);
            self.slots[at].intake.handle_unit(raw);
            self.drain(at);
        }
        for at in 0..self.slots.len() {
            if self.slots[at].intake.poll_timeout().is_some_and(|deadline| deadline <= arrival) {
                self.slots[at].intake.handle_timeout(arrival);
                self.drain(at);
            }
        }
        self.open_gate_if_due(arrival);
    }

    /// The end of input: what waits is given out.
    pub(crate) fn flush(&mut self) {
        for at in 0..self.slots.len() {
            self.slots[at].intake.flush();
            self.drain(at);
        }
        // A session without a unit changes no number.
        if self.slots.iter().any(|slot| slot.shown) {
            self.open_gate();
        }
    }

    pub(crate) fn poll(&mut self) -> Option<Assembled> {
        self.out.pop_front()
    }

    /// The clock that units of a track are stamped with.
    pub(crate) fn clock(&self, id: TrackId) -> Option<SourceClock> {
        self.slots.iter().find(|slot| slot.id == id).map(|slot| slot.clock)
    }

    pub(crate) fn intake_stats(&self, id: TrackId) -> Option<&IntakeStats> {
        self.slots.iter().find(|slot| slot.id == id).map(|slot| slot.intake.stats())
    }

    pub(crate) fn into_numbering(mut self) -> Numbering {
        if self.set.is_some() {
            self.numbering.set = self.set;
        }
        self.numbering
    }

    fn drain(&mut self, at: usize) {
        while let Some(output) = self.slots[at].intake.poll_output() {
            let id = self.slots[at].id;
            match output {
                Output::Repair(repair) => self.out.push_back(Assembled::Repaired(id, repair)),
                Output::Track(track) => {
                    // What waits of the track goes with the configuration that it had.
                    if self.slots[at].shown {
                        self.open_gate();
                    }
                    self.slots[at].track = track;
                    if self.slots[at].shown {
                        self.renew(false);
                    }
                }
                Output::Timeline => {
                    self.slots[at].restarts += 1;
                    self.slots[at].old_since = None;
                    if self.slots[at].restarts > self.restarts {
                        self.restarts = self.slots[at].restarts;
                        self.open_gate();
                        self.renew(true);
                        self.restart_messages();
                    }
                }
                Output::Unit(unit) => self.unit(at, unit),
            }
        }
    }

    fn unit(&mut self, at: usize, unit: AccessUnit) {
        let slot = &mut self.slots[at];
        if slot.restarts < self.restarts {
            let patience = slot.track.timescale.ticks(OLD_CLOCK, Rounding::Floor);
            let since = *slot.old_since.get_or_insert(unit.dts);
            if unit.dts.saturating_since(since) < patience {
                self.out.push_back(Assembled::Dropped(slot.id, DropReason::OldTimeline, unit.dts));
                return;
            }
            slot.restarts = self.restarts;
            slot.old_since = None;
        }
        let first = !std::mem::replace(&mut slot.shown, true);
        let is_message = slot.track.kind() == MediaKind::Metadata;
        if let Some(gate) = &mut self.gate {
            // A message tells nothing of which tracks there are, and may come long before the first of them.
            if !is_message {
                gate.since.get_or_insert(unit.arrival);
            }
            gate.bytes += unit.payload.len();
            gate.waiting.push(unit);
            return;
        }
        if first {
            self.renew(false);
        }
        let set = self.set.as_ref().expect("an open gate leaves a set");
        self.out.push_back(Assembled::Unit(unit, set.clone()));
    }

    /// Tells a track of messages where the media is.
    fn place_messages(&mut self, at: usize) {
        if self.slots[at].track.kind() != MediaKind::Metadata {
            return;
        }
        let media = self.slots.iter().filter(|slot| slot.track.kind() != MediaKind::Metadata);
        let positions = media.filter_map(|slot| Some((slot.intake.position()?, slot.track.timescale)));
        if let Some((position, scale)) =
            positions.max_by_key(|(at, scale)| at.rescale(*scale, springhead_core::Timescale::NANOS, Rounding::Floor))
        {
            self.slots[at].intake.handle_position(position, scale);
        }
    }

    /// Tracks of messages go with the media: their clock starts anew when that of any other did.
    fn restart_messages(&mut self) {
        let restarts = self.restarts;
        for slot in self.slots.iter_mut().filter(|slot| slot.track.kind() == MediaKind::Metadata) {
            slot.restarts = restarts;
            slot.intake.handle_timeline();
        }
    }

    /// Opens the gate once both kinds of media have shown a unit, or the wait for that is over.
    fn open_gate_if_due(&mut self, now: MonoTime) {
        let Some(Gate { since, waiting, bytes }) = &self.gate else { return };
        let of = |kind| self.slots.iter().filter(move |slot| slot.track.kind() == kind);
        let came = |kind| of(kind).any(|slot| slot.shown);
        let picture_to_come = of(MediaKind::Video).next().is_some() && !came(MediaKind::Video);
        let wait = if picture_to_come { self.track_wait.max(PICTURE_WAIT) } else { self.track_wait };
        if (came(MediaKind::Video) && came(MediaKind::Audio))
            || since.is_some_and(|since| now.saturating_since(since) >= wait)
            || waiting.len() >= GATE_UNITS
            || *bytes >= GATE_BYTES
        {
            self.open_gate();
        }
    }

    fn open_gate(&mut self) {
        let Some(gate) = self.gate.take() else { return };
        let set = self.renew(false);
        // By time, so that sound that came before the first picture's turn is not taken for late.
        let scale = |unit: &AccessUnit| set.track(unit.track).map(|track| track.timescale);
        let at = |unit: &AccessUnit| {
            let nanos =
                scale(unit).map(|scale| unit.dts.rescale(scale, springhead_core::Timescale::NANOS, Rounding::Floor));
            nanos.unwrap_or_default()
        };
        let mut waiting = gate.waiting;
        waiting.sort_by_key(at);
        self.out.extend(waiting.into_iter().map(|unit| Assembled::Unit(unit, set.clone())));
    }

    /// Makes the set anew from the tracks as they are. The generation rises if they differ from the last set's, the
    /// timeline if a clock started anew or the last set was another session's.
    fn renew(&mut self, restarted: bool) -> Arc<TrackSet> {
        let tracks: Vec<Arc<Track>> =
            self.slots.iter().filter(|slot| slot.shown).map(|slot| slot.track.clone()).collect();
        let last = self.set.as_ref().or(self.numbering.set.as_ref());
        let next = match last {
            None => TrackSet::new(Generation(0), TimelineId(0), tracks),
            Some(last) => {
                let anew = restarted || self.set.is_none();
                let timeline = if anew { last.timeline.next() } else { last.timeline };
                let mut next = TrackSet::new(last.generation, timeline, tracks);
                if next.tracks != last.tracks {
                    next.generation = last.generation.next();
                }
                next
            }
        };
        Arc::clone(self.set.insert(Arc::new(next)))
    }
}

#[cfg(test)]
mod tests;
