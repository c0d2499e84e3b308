//! Where periods begin and end.

use std::sync::Arc;
use std::time::Duration;

use springhead_core::time::rescale;
use springhead_core::{
    AccessUnit, MediaSequence, Now, Rounding, Ticks, Timescale, Timestamp, Track, TrackSet, WallTime,
};

use super::Packager;
use super::drift::Drift;
use super::hold::silence;
use crate::cutter::CutBy;
use crate::kind::Kind;
use crate::rendition::{Boundary, RenditionState, Then};
use crate::segment::{Follows, Period};

/// The media time at which a broadcast begins. Not zero, as a shift of exactly zero is no shift to Shaka, which then finds
/// one for each chunk of a segment that it loads as it grows (D18).
const MEDIA_LEAD: Duration = Duration::from_secs(10);
/// A hole in the media that is no longer than this is none. hls.js stands still at one for ten seconds.
const LITTLE: Duration = Duration::from_millis(200);

impl Packager {
    /// Begins a period on a timeline of its own with the leader's first unit.
    pub(super) fn begin_period(&mut self, first: &AccessUnit, now: Now) {
        let Some(set) = self.set.clone() else { return };
        let Some(leader) = set.track(first.track) else { return };
        let begins = match self.by_epoch() {
            true => self.epoch_of(first, leader.timescale, now.wall),
            false => now.wall - self.anchored_ago,
        };
        let wall = match self.availability_start {
            None => begins,
            // Never before what the last period holds, though the wall clock may have been put back; and right behind it where
            // there is little between, as between an encoder's first words and its first picture.
            Some(start) => {
                let end = start + self.last_end;
                let near = !self.by_epoch() && begins < end + LITTLE;
                if near { end } else { begins.max(end) }
            }
        };
        // On a whole millisecond, as dates are printed so.
        let wall = if self.by_epoch() { wall } else { wall.whole_millis(Rounding::Ceil) };
        self.number_from(wall);
        // By the encoder's clock media time counts from 1970, wherever this origin began.
        let media_zero = match self.by_epoch() {
            true => 0,
            false => self.media_zero.get_or_insert(wall - MEDIA_LEAD).0,
        };
        let from = Timestamp(rescale(wall.0 - media_zero, Timescale::NANOS, leader.timescale, Rounding::Nearest));
        let availability_start = *self.availability_start.get_or_insert(wall);
        let period = Arc::new(Period {
            id: self.next_period,
            start: Duration::from_nanos(u64::try_from(wall.0 - availability_start.0).unwrap_or(0)),
            wall,
            zero: Timestamp(first.pts().0.saturating_sub(from.0)),
            zero_scale: leader.timescale,
            from,
            follows: Follows::Anew,
        });
        self.next_period = self.next_period.next();
        for state in &mut self.renditions {
            if let Some((period, end)) = state.missing.take() {
                state.gap(&period, end);
                self.stats.gap_segments += 1;
            }
        }
        if self.by_epoch() {
            self.skip_to(wall, now);
        }
        let next_msn = self.renditions.iter().map(|state| state.next_msn).max().unwrap_or(self.first_msn);
        self.add_renditions(&set, next_msn);
        let cut = CutBy { config: &self.config, part_target: self.timing.map(|timing| timing.part_target) };
        for state in &mut self.renditions {
            // A track that no init section can be made for has no knife, and its units are counted as unknown.
            let _ = state.enter(stand_in(&set, state), period.clone(), Some(first), &cut);
            state.last_arrival = now.mono;
        }
        self.begun(period, first);
    }

    fn begun(&mut self, period: Arc<Period>, first: &AccessUnit) {
        let leader = first.track;
        self.leader = Some(leader);
        self.leader_waits = false;
        self.renditions.sort_by_key(|state| (state.id() != leader, state.id()));
        self.last_key = None;
        self.period = Some(period);
        self.version.mpd += 1;
        // The next part is hinted again.
        self.touch_playlists();
    }

    /// A rendition for each track that has none.
    fn add_renditions(&mut self, set: &TrackSet, next_msn: MediaSequence) {
        for track in set.tracks.iter() {
            if self.state(track.id).is_none() {
                self.renditions.push(RenditionState::new(track.clone(), next_msn, self.first_numbers));
            }
        }
    }

    /// Whether the tracks can change where `unit` is, a random access point of the one that leads then: not before what the
    /// present leader has been packaged up to.
    pub(super) fn can_change_at(&mut self, set: &TrackSet, unit: &AccessUnit) -> bool {
        let (Some(period), Some(track)) = (self.period.clone(), set.track(unit.track)) else { return false };
        let Some(leader) = self.leader.and_then(|id| self.state(id)) else { return false };
        let Some(cutter) = leader.cutter.as_ref().filter(|cutter| cutter.is_open()) else { return false };
        if leader.id() == unit.track {
            return true;
        }
        let at = Timestamp(unit.pts().delta_since(period.zero_in(track.timescale)).0);
        let slack = Ticks(unit.duration.0 / 2);
        cutter
            .frontier()
            .is_none_or(|frontier| at + slack >= frontier.rescale(cutter.scale(), track.timescale, Rounding::Nearest))
    }

    /// Whether every part that was hinted at comes, though the tracks change where `unit` is. Shaka leaves out what comes
    /// instead of one that does not; the next random access point will do where a publisher's tracks come or go. Not by the
    /// encoder's clock: what was hinted at depends on which track came first here, and segments must not.
    pub(super) fn keeps_its_hints(&self, next: &TrackSet, unit: &AccessUnit) -> bool {
        if self.by_epoch() {
            return true;
        }
        let (Some(period), Some(track)) = (&self.period, next.track(unit.track)) else { return true };
        let at = Timestamp(unit.pts().delta_since(period.zero_in(track.timescale)).0);
        self.renditions.iter().all(|state| state.keeps_its_hint(next, at, track.timescale))
    }

    /// Each rendition learns whether it will be made of another track soon.
    pub(super) fn prepare(&mut self) {
        let mut news = false;
        for state in &mut self.renditions {
            let changes = self.next_set.as_ref().is_some_and(|next| stand_in(next, state).as_ref() != state.source());
            news |= state.prepare(changes);
        }
        if news {
            self.touch_playlists();
        }
    }

    /// The tracks change at `first`, and the timeline goes on.
    pub(super) fn change(&mut self, set: Arc<TrackSet>, first: &AccessUnit, now: Now) {
        self.cross(set, first, Follows::Exactly, 0, now);
    }

    /// The timeline goes on at `first`, in another place on the wall clock than it would have been.
    pub(super) fn reanchor(&mut self, first: &AccessUnit, now: Now) {
        let behind = self.drift.as_mut().map_or(0, Drift::put_right);
        if let Some(set) = self.set.clone() {
            self.stats.reanchored += 1;
            self.cross(set, first, Follows::Reanchored, behind, now);
        }
    }

    /// Goes over into a period of the same timeline: every rendition ends its segment at `first`, each as soon as it is
    /// known what it holds, and goes on with its track of `set`, or with one that stands in. `later` is by how many nanoseconds
    /// the new one is moved on the wall clock.
    fn cross(&mut self, set: Arc<TrackSet>, first: &AccessUnit, follows: Follows, later: i64, now: Now) {
        let (Some(old), Some(track)) = (self.period.clone(), set.track(first.track)) else { return };
        let scale = track.timescale;
        let at = Timestamp(first.pts().delta_since(old.zero_in(scale)).0);
        let wall = WallTime(old.wall_at(at, scale).0.saturating_add(later));
        let period = Arc::new(Period {
            id: self.next_period,
            start: old.start + Duration::from_nanos(u64::try_from(wall.0 - old.wall.0).unwrap_or(0)),
            wall,
            zero: old.zero,
            zero_scale: old.zero_scale,
            from: at.rescale(scale, old.zero_scale, Rounding::Nearest),
            follows,
        });
        self.next_period = self.next_period.next();
        self.hold = None;
        self.set = Some(set.clone());
        self.next_set = None;
        let then = |state: &RenditionState| Then::Period(period.clone(), stand_in(&set, state));
        let before: Vec<_> = self.renditions.iter().map(RenditionState::id).collect();
        if self.leader == Some(first.track) {
            let Some(state) = self.state(first.track) else { return };
            let next = state.in_media_time(first);
            if let Some(segment) = state.close(next.as_ref(), None) {
                self.completed(&segment, now);
            }
            next.into_iter().for_each(|next| self.note_boundary(&next, scale));
            let place = self.renditions.iter().position(|state| state.id() == first.track);
            self.cut_followers(at, scale, then, now);
            if let Some(place) = place {
                let then = then(&self.renditions[place]);
                self.enter_with(place, then, Some(first));
            }
        } else {
            // The leader is a follower from now on. The one that leads now has sent all that comes before.
            self.leader = Some(first.track);
            if let Some(state) = self.state(first.track) {
                state.queue(first.clone(), track.clone());
                let at = at.rescale(scale, state.cutter.as_ref().map_or(scale, |c| c.scale()), Rounding::Nearest);
                let boundary = Boundary { at, then: then(state) };
                match state.cutter {
                    Some(_) => state.boundaries.push_back(boundary),
                    None => {
                        let then = boundary.then;
                        let _ = state.period.clone().map(|old| state.gap(&old, boundary.at));
                        let place = self.renditions.iter().position(|state| state.id() == first.track);
                        place.into_iter().for_each(|place| self.enter_with(place, then.clone(), Some(first)));
                    }
                }
                if let Some(place) = self.renditions.iter().position(|state| state.id() == first.track) {
                    self.drain_until_period(place, now);
                }
            }
            self.cut_followers(at, scale, then, now);
        }
        // Numbers go on alike in all: each closes one segment at this boundary, and all that it has yet to reach.
        let number = |state: &RenditionState| MediaSequence(state.next_msn.0 + state.boundaries.len() as u64);
        let next_msn = self.renditions.iter().map(number).max().unwrap_or(self.first_msn);
        self.add_renditions(&set, next_msn);
        for place in 0..self.renditions.len() {
            if !before.contains(&self.renditions[place].id()) {
                let then = then(&self.renditions[place]);
                self.enter_with(place, then, Some(first));
                self.renditions[place].last_arrival = now.mono;
            }
        }
        self.begun(period, first);
        self.fix_timing();
    }

    /// Gives each follower a boundary, or has the segment missing where it has no media.
    fn cut_followers(&mut self, at: Timestamp, scale: Timescale, then: impl Fn(&RenditionState) -> Then, now: Now) {
        for place in 0..self.renditions.len() {
            let state = &mut self.renditions[place];
            if Some(state.id()) == self.leader {
                continue;
            }
            let own = state.cutter.as_ref().map_or(state.track.timescale, |cutter| cutter.scale());
            let boundary = Boundary { at: at.rescale(scale, own, Rounding::Nearest), then: then(state) };
            if state.cutter.is_some() {
                state.boundaries.push_back(boundary);
            } else if let Some(period) = state.period.clone() {
                state.gap(&period, boundary.at);
                self.stats.gap_segments += 1;
                self.enter(place, boundary.then);
            }
        }
        self.drain_followers(now);
    }

    /// Ends the leader's segment before `next`, and has the followers end theirs there.
    pub(super) fn close_leader(&mut self, next: Option<&AccessUnit>, scale: Timescale, now: Now) {
        let Some(segment) = self.leader.and_then(|id| self.state(id)).and_then(|state| state.close(next, None)) else {
            return;
        };
        let end = segment.start + segment.ticks;
        if let Some(period) = self.period.clone() {
            self.last_end = self.last_end.max(period.start + period.since_start(end, scale));
        }
        self.completed(&segment, now);
        let ends = next.is_none();
        self.cut_followers(end, scale, |_| if ends { Then::End } else { Then::Segment }, now);
        self.fix_timing();
    }

    /// Enters what comes after a boundary.
    pub(super) fn enter(&mut self, place: usize, then: Then) {
        self.enter_with(place, then, None);
    }

    fn enter_with(&mut self, place: usize, then: Then, first: Option<&AccessUnit>) {
        let Then::Period(period, track) = then else { return };
        let state = &mut self.renditions[place];
        let source = track.as_ref().map(|track| track.id);
        let stands_in = source.is_some_and(|source| source != state.id());
        let changes = state.source() != track.as_ref();
        let cut = CutBy { config: &self.config, part_target: self.timing.map(|timing| timing.part_target) };
        let _ = state.enter(track, period, first, &cut);
        if stands_in && changes {
            self.copy_waiting(place);
        }
        self.version.mpd += 1;
        self.touch_playlists();
    }

    /// Closes all that is open, so that every rendition ends at the same number.
    pub(super) fn end_period(&mut self, now: Now) {
        let Some(period) = self.period.clone() else { return };
        let leader = self.leader;
        let place = |this: &Self| {
            this.renditions.iter().position(|state| Some(state.id()) != leader && !state.boundaries.is_empty())
        };
        self.fill_to_the_end(now);
        self.drain_followers_at_the_end(now);
        while let Some(at) = place(self) {
            self.close_follower(at, None, now);
        }
        let scale = self.leader.and_then(|id| self.state(id)).and_then(|state| Some(state.cutter.as_ref()?.scale()));
        self.close_leader(None, scale.unwrap_or(period.zero_scale), now);
        for at in 0..self.renditions.len() {
            let state = &mut self.renditions[at];
            match state.boundaries.front().map(|boundary| boundary.at) {
                // A broadcast that ends needs no gap for its last moment. If it goes on, the gap is made then.
                Some(end) if !state.is_open() && !state.segments.is_empty() => {
                    state.missing = Some((state.period.clone().unwrap_or(period.clone()), end));
                }
                Some(_) => self.close_follower(at, None, now),
                None => {}
            }
            let state = &mut self.renditions[at];
            state.boundaries.clear();
            state.leave();
            self.stats.early_units += state.forget_waiting();
        }
        // A period that got no segment was never shown, and its number is free.
        if !self.renditions.iter().any(|state| state.has_segment_of(&period)) {
            self.next_period = period.id;
        }
        self.period = None;
        self.next_set = None;
        self.first_cell = None;
        self.leader_waits = false;
        self.joined_late = false;
        self.longest_gop = Ticks::ZERO;
        self.last_key = None;
        self.drift = None;
        self.splice_points.clear();
        self.dirty = true;
    }
}

/// The track that a rendition is made of under a set: its own; or if that is not sent, the one that is nearest to it; or its
/// own again, if it can be silent. So whoever plays it goes on, without knowing of another (§6.2.4: renditions of a group
/// and variants are for the same content).
fn stand_in(set: &TrackSet, state: &RenditionState) -> Option<Arc<Track>> {
    if let Some(own) = set.track(state.id()) {
        return Some(own.clone());
    }
    let likeness = |track: &&Arc<Track>| match (track.video(), state.track.video()) {
        (Some(one), Some(other)) => {
            let area = |params: &springhead_core::VideoParams| u64::from(params.width) * u64::from(params.height);
            area(one).abs_diff(area(other))
        }
        _ => u64::from(track.language != state.track.language),
    };
    let of_kind = set.tracks.iter().filter(|track| Kind::of(track) == state.kind());
    let near = of_kind.min_by_key(likeness).cloned();
    near.or_else(|| silence(&state.track).map(|_| state.track.clone()))
}
