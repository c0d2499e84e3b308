//! Renditions that follow the leader: their units wait until it is known which segment they belong to.

use std::sync::Arc;
use std::time::Duration;

use springhead_core::{AccessUnit, Now, Rounding, Ticks, Timescale, Timestamp, Track, TrackSet};

use super::Packager;
use super::hold::{can_stand_in, gives_way};
use crate::kind::Kind;
use crate::rendition::{Boundary, RenditionState, Then, Waiting};

/// How far a follower may run ahead of the leader. What goes beyond is left out, as nothing shows where to cut it.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// How many bytes of a follower may wait for the leader.
pub(super) const MOST_WAITING_BYTES: usize = 32 << 20;
/// By how much sound may be longer than the pictures where both end.
const OVERHANG: Duration = Duration::from_millis(100);
/// How many segments a follower may be behind before its numbers are filled with gaps.
const MOST_SEGMENTS_BEHIND: usize = 3;

impl Packager {
    pub(super) fn follow(&mut self, unit: &AccessUnit, tracks: &Arc<TrackSet>, now: Now) {
        let Some(track) = tracks.track(unit.track).cloned() else {
            self.stats.unknown_units += 1;
            return;
        };
        if self.period.is_none() && self.state(unit.track).is_none() {
            let next_msn = self.renditions.iter().map(|state| state.next_msn).max().unwrap_or(self.first_msn);
            self.renditions.push(RenditionState::new(track.clone(), next_msn, self.first_numbers));
        }
        let mut taken = false;
        let begun = self.period.is_some();
        let held = self.hold.is_some();
        let leader = self.leader.filter(|_| !self.leader_waits);
        // What is to come with the next set waits too.
        let awaited = self.next_set.as_ref().is_some_and(|next| next.track(unit.track) == Some(&track));
        for state in self.renditions.iter_mut().filter(|state| Some(state.id()) != leader) {
            let own = state.id() == unit.track;
            if state.takes(&track) || (own && (!begun || awaited)) {
                taken = true;
                match (gives_way(state, unit, &track, now.mono), state.kind()) {
                    (Some(units), Kind::Audio) => self.stats.silent_units += units,
                    (Some(units), Kind::Video) => self.stats.held_units += units,
                    // Pictures are held until a key picture comes in time, and silence goes on beside a held picture, or
                    // it would be missing until its time is reached.
                    (None, kind) if held || kind == Kind::Video => {
                        self.stats.late_units += 1;
                        continue;
                    }
                    (None, _) => {}
                }
                state.queue(unit.clone(), track.clone());
                state.last_arrival = now.mono;
            }
        }
        if !taken {
            self.stats.early_units += 1;
        }
        for state in &mut self.renditions {
            while too_long(state.later(), state.waiting_bytes) && state.forget_oldest_of_later() {
                self.stats.early_units += 1;
            }
        }
        self.drain_followers(now);
    }

    /// Gives a unit of the leader to the renditions that it stands in for.
    pub(super) fn copy_to_stand_ins(&mut self, unit: &AccessUnit) {
        let leader = self.leader;
        let Some(track) = self.set.as_ref().and_then(|set| set.track(unit.track)).cloned() else { return };
        for state in self.renditions.iter_mut().filter(|state| Some(state.id()) != leader) {
            if state.takes(&track) {
                state.queue(unit.clone(), track.clone());
            }
        }
    }

    /// Gives a rendition the units that wait in the one that stands in for it from now on.
    pub(super) fn copy_waiting(&mut self, place: usize) {
        let state = &self.renditions[place];
        let Some(track) = state.source().cloned() else { return };
        if state.waiting().any(|waiting| waiting.track == track) {
            return;
        }
        let source = self.renditions.iter().find(|other| other.id() == track.id);
        let units: Vec<AccessUnit> = source
            .into_iter()
            .flat_map(|source| source.waiting().filter(|waiting| waiting.track == track))
            .map(|waiting| waiting.unit.clone())
            .collect();
        units.into_iter().for_each(|unit| self.renditions[place].queue(unit, track.clone()));
    }

    /// Packages what followers hold back, as far as the leader shows that no boundary can come before it.
    pub(super) fn drain_followers(&mut self, now: Now) {
        self.drain_followers_to(self.frontier(), now);
    }

    /// Packages what followers hold back at the end of a period: up to where the leader ends, and what hangs over, but not what
    /// is far ahead of it, as that would make a segment longer than was promised.
    pub(super) fn drain_followers_at_the_end(&mut self, now: Now) {
        let end = self.frontier().map(|(dts, scale)| (dts + scale.ticks(OVERHANG, Rounding::Floor), scale));
        self.drain_followers_to(end, now);
    }

    /// The decode time up to which the leader has been packaged.
    pub(super) fn frontier(&self) -> Option<(Timestamp, Timescale)> {
        let cutter = self.leading()?.cutter.as_ref()?;
        Some((cutter.frontier()?, cutter.scale()))
    }

    fn drain_followers_to(&mut self, frontier: Option<(Timestamp, Timescale)>, now: Now) {
        let leader = self.leader;
        for at in 0..self.renditions.len() {
            if Some(self.renditions[at].id()) != leader {
                self.drain_follower(at, frontier, now);
            }
        }
    }

    /// Packages all that a rendition has waiting before the period that it enters next, to lead it.
    pub(super) fn drain_until_period(&mut self, at: usize, now: Now) {
        let all = Some((Timestamp(i64::MAX), Timescale::MPEG));
        while !self.renditions[at].boundaries.is_empty() && self.take_a_step(at, all, now) {}
        while !self.renditions[at].boundaries.is_empty() {
            self.close_follower(at, None, now);
        }
        // The unit that leads into the period comes by itself.
        self.renditions[at].forget_waiting();
    }

    pub(super) fn drain_follower(&mut self, at: usize, frontier: Option<(Timestamp, Timescale)>, now: Now) {
        while self.take_a_step(at, frontier, now) {}
        while self.renditions[at].boundaries.len() > MOST_SEGMENTS_BEHIND {
            self.close_follower(at, None, now);
        }
    }

    /// Does one thing with what a follower has waiting; says whether there may be more to do.
    fn take_a_step(&mut self, at: usize, frontier: Option<(Timestamp, Timescale)>, now: Now) -> bool {
        let state = &self.renditions[at];
        let front = state.waiting().next();
        let Some(cutter) = &state.cutter else {
            let awaited = state.awaited.as_ref().filter(|track| front.is_some_and(|front| front.track == **track));
            if let Some((track, period)) = awaited.cloned().zip(state.period.clone()) {
                // Its Period is out already, and what is in one does not change: the next one will have it.
                if self.leading().is_some_and(|leader| leader.has_segment_of(&period)) {
                    Arc::make_mut(&mut self.renditions[at].late_for).push(period.id);
                    self.joined_late = true;
                }
                self.enter(at, Then::Period(period, Some(track)));
                return self.renditions[at].cutter.is_some();
            }
            // Before the period begins nothing can be packaged; what is too much to hold came too early.
            let drop = state.waits_too_long() && front.is_some();
            return drop && self.drop_early(at);
        };
        let scale = cutter.scale();
        let fits = |track: &Arc<Track>| *track == cutter.init.track;
        let unit = front.filter(|front| fits(&front.track)).and_then(|front| state.in_media_time(&front.unit));
        if let Some(boundary) = state.boundaries.front() {
            let reached = match (front, &unit) {
                (None, _) => self.is_gone(state) && !can_stand_in(state),
                (Some(_), Some(unit)) => self.reaches(state, unit, boundary),
                (Some(_), None) => false,
            };
            if reached {
                self.close_follower(at, unit.as_ref(), now);
                return true;
            }
        }
        let Some(front) = front else { return false };
        let stands_in = front.stands_in;
        let Some(unit) = unit else { return self.drop_early(at) };
        let begins = cutter.frontier().is_none() && state.kind() == Kind::Video;
        let from = cutter.period.from_in(scale);
        let early = !self.begins_period(&unit, state.kind(), from) || unit.pts() < Timestamp::ZERO;
        if !cutter.is_open() && (early || begins && !unit.is_random_access()) {
            return self.drop_early(at);
        }
        let half = Ticks(unit.duration.0 / 2);
        let reached = frontier.is_some_and(|(dts, from)| unit.dts + half < dts.rescale(from, scale, Rounding::Floor));
        if !reached {
            return state.waits_too_long() && self.drop_early(at);
        }
        let middle = middle(&unit);
        let closed = state.segments.last().filter(|last| last.period.id == cutter.period.id);
        let late = closed.is_some_and(|last| middle < last.start + last.ticks) && !cutter.is_open();
        // Its time has been filled by what stood in; pictures go on with one that needs no other.
        let filled = !stands_in
            && state.filled
            && (cutter.frontier().is_some_and(|frontier| unit.dts + half < frontier) || !unit.is_random_access());
        let state = &mut self.renditions[at];
        state.dequeue();
        if late || filled {
            self.stats.late_units += 1;
            return true;
        }
        state.filled = stands_in;
        self.append(at, &unit);
        true
    }

    fn drop_early(&mut self, at: usize) -> bool {
        self.stats.early_units += 1;
        self.renditions[at].dequeue().is_some()
    }

    /// Whether nothing more can come for a rendition.
    pub(super) fn is_gone(&self, state: &RenditionState) -> bool {
        let sent = |track: &Arc<Track>| self.set.as_ref().is_some_and(|set| set.track(track.id) == Some(track));
        state.source().is_none_or(|source| !sent(source))
    }

    /// Whether a unit belongs behind a boundary by its time: whichever side most of it is on.
    fn belongs_behind(&self, unit: &AccessUnit, kind: Kind, boundary: &Boundary) -> bool {
        match boundary.then {
            Then::Period(..) => self.begins_period(unit, kind, boundary.at),
            Then::Segment | Then::End => middle(unit) >= boundary.at,
        }
    }

    /// Whether a unit may be the first of a period that begins `at`. No sound comes before the pictures do: hls.js takes the
    /// first segments behind a discontinuity to begin together, and overlooks parts of sound that began before that. By the
    /// encoder's clock a period begins as any other segment does.
    fn begins_period(&self, unit: &AccessUnit, kind: Kind, at: Timestamp) -> bool {
        match kind {
            Kind::Audio if !self.by_epoch() => unit.pts() >= at,
            _ => middle(unit) >= at,
        }
    }

    /// Whether a unit ends a segment at a boundary: pictures only where one needs no other, or the target duration is exceeded.
    fn reaches(&self, state: &RenditionState, unit: &AccessUnit, boundary: &Boundary) -> bool {
        if !self.belongs_behind(unit, state.kind(), boundary) {
            return false;
        }
        let goes_on = match &boundary.then {
            Then::Period(_, track) => track.as_ref() == state.source(),
            Then::Segment | Then::End => true,
        };
        let Some(cutter) = state.cutter.as_ref().filter(|_| goes_on && state.kind() == Kind::Video) else {
            return true;
        };
        let most = self.timing.map(|timing| Ticks(timing.target_duration * u64::from(cutter.scale().hz())));
        unit.is_random_access()
            || !cutter.is_open()
            || most.is_some_and(|most| cutter.elapsed(unit.dts) + unit.duration > most)
    }

    /// Ends a follower's segment at its next boundary, before `next` if that is known.
    pub(super) fn close_follower(&mut self, at: usize, next: Option<&AccessUnit>, now: Now) {
        let Some(boundary) = self.renditions[at].boundaries.pop_front() else { return };
        let kind = self.renditions[at].kind();
        let pictures = kind == Kind::Video;
        let next = next.filter(|next| self.belongs_behind(next, kind, &boundary));
        let state = &mut self.renditions[at];
        let off = next.filter(|_| pictures).map_or(Ticks::ZERO, |next| next.pts().saturating_since(boundary.at));
        let aligned = next.is_none_or(|next| off.0 * 2 <= next.duration.0);
        if !aligned && state.is_open() {
            self.stats.misaligned_cuts += 1;
            state.misalignment = state.misalignment.max(off);
        }
        let ends = matches!(boundary.then, Then::End);
        match state.close(next, (!ends && aligned).then_some(boundary.at)) {
            Some(segment) => {
                self.stats.forced_cuts += u64::from(pictures && next.is_some_and(|next| !next.is_random_access()));
                self.completed(&segment, now);
            }
            None => {
                if let Some(period) = state.period.clone() {
                    state.gap(&period, boundary.at);
                    self.stats.gap_segments += 1;
                }
                self.version.mpd += 1;
                self.touch_playlists();
            }
        }
        self.enter(at, boundary.then);
        self.fix_timing();
    }
}

impl RenditionState {
    /// Whether more waits than the leader can be waited for with.
    fn waits_too_long(&self) -> bool {
        too_long(self.waiting(), self.waiting_bytes)
    }
}

fn too_long<'a>(mut waiting: impl DoubleEndedIterator<Item = &'a Waiting>, bytes: usize) -> bool {
    let (first, last) = (waiting.next(), waiting.next_back());
    let span = first.zip(last).is_some_and(|(first, last)| {
        let span = last.unit.dts.saturating_since(first.unit.dts);
        span >= last.track.timescale.ticks(LONGEST_WAIT, Rounding::Floor)
    });
    span || first.is_some() && bytes > MOST_WAITING_BYTES
}

fn middle(unit: &AccessUnit) -> Timestamp {
    unit.pts() + Ticks(unit.duration.0 / 2)
}
