//! What viewers see and hear while nothing comes: the last key picture, held, and silence.
//!
//! Players keep time by the wall clock, and a stream that stands still falls out of their windows: Shaka empties its index,
//! hls.js waits at the edge, and what an MPD announced never comes (D16). So the period goes on at the pace of the clock, one
//! key picture for each part: at once when the publisher is known to be lost, and when it is only silent, before the promise
//! of a segment within one and a half target durations would break. A track that falls silent alone is stood in for while
//! the others go on.

use std::time::Duration;

use bytes::Bytes;
use springhead_core::{
    AccessUnit, Codec, MonoTime, Now, Rope, Rounding, TickDelta, Ticks, Timestamp, Track, UnitFlags, WallTime,
};

use super::Packager;
use crate::cutter::slack;
use crate::kind::Kind;
use crate::rendition::RenditionState;

/// What is left to hold when the publisher is back and is not worth a unit of its own.
const SHORTEST: Duration = Duration::from_millis(20);
/// How long sound may stay away before silence stands in for it.
const PATIENCE_WITH_SOUND: Duration = Duration::from_secs(1);
/// For how long a publisher that was silent may send what it should have sent before. After that it is taken to have
/// stopped its clock, and begins another period.
const CATCHING_UP: Duration = Duration::from_secs(3);

/// Silence in one AAC-LC unit of 1024 samples: a `single_channel_element` whose sections are all of the zero codebook, and
/// the end element (ISO/IEC 14496-3 §4.4.2.1).
const SILENCE_MONO: &[u8] = &[0x00, 0xc8, 0x00, 0x80, 0x23, 0x80];
/// The same as a `channel_pair_element` with a common window.
const SILENCE_STEREO: &[u8] = &[0x21, 0x00, 0x49, 0x90, 0x02, 0x19, 0x00, 0x23, 0x80];

/// What becomes of a time that is shorter than a part, where pictures are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rest {
    /// It is left to the next time, or to the rendition's own pictures if they come.
    Waits,
    IsHeld,
}

/// A broadcast that goes on without its publisher.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hold {
    /// When it began. The clock that never steps says how long ago that was.
    since: Now,
    /// When the next unit is due.
    due: MonoTime,
    /// When a publisher that was only silent sent again.
    catching_up: Option<MonoTime>,
}

impl Hold {
    fn new(now: Now) -> Self {
        Self { since: now, due: now.mono, catching_up: None }
    }

    /// The wall-clock time as it would be if it had not been set since.
    fn wall(&self, now: Now) -> WallTime {
        self.since.wall + now.mono.saturating_since(self.since.mono)
    }
}

impl Packager {
    /// The publisher was lost, and its return is awaited: the last key picture is held, in silence, at the pace of the
    /// clock. Call [`handle_timeout`](Self::handle_timeout) when [`poll_timeout`](Self::poll_timeout) says so. Before the
    /// first segment is complete, or where nothing can be held, what is open is closed instead.
    pub fn handle_interruption(&mut self, now: Now) {
        self.begin_timeline(now);
        // Whatever comes next begins a new period.
        self.set = None;
        self.next_set = None;
        self.prepare();
        if self.timing.is_none() || self.held_key().is_none() || self.by_epoch() {
            self.end_period(now);
            return;
        }
        self.hold = Some(Hold::new(now));
        self.go_on(now, None);
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called though nothing came in.
    pub fn poll_timeout(&self) -> Option<MonoTime> {
        let silent = self.hold.map(|hold| hold.due).or_else(|| self.silent_at());
        silent.into_iter().chain(self.gathered_at()).min()
    }

    /// Goes on as far as the time has come.
    pub fn handle_timeout(&mut self, now: Now) {
        self.begin_if_gathered(now);
        if self.hold.is_none() && self.silent_at().is_some_and(|at| at <= now.mono) {
            self.hold = Some(Hold::new(now));
        }
        if self.hold.is_some_and(|hold| hold.due <= now.mono) {
            self.go_on(now, None);
        }
    }

    /// When the leader has been silent for too long: half a target duration, so that with the segment that is open, the next
    /// comes within one and a half of the last.
    fn silent_at(&self) -> Option<MonoTime> {
        let timing = self.timing.filter(|_| !self.by_epoch())?;
        self.held_key()?;
        let leader = self.leading()?;
        Some(leader.last_arrival + Duration::from_secs(timing.target_duration) / 2)
    }

    /// The publisher is back since a while `ago`: what is left until then is held as well.
    pub(super) fn end_hold(&mut self, ago: Duration, now: Now) {
        self.go_on(now, Some(ago));
        self.hold = None;
    }

    /// A unit of the leader comes while its last picture is held. Whether it is to be packaged: from the first random access
    /// point on whose time has not been filled yet.
    pub(super) fn ends_hold(&mut self, unit: &AccessUnit, now: Now) -> bool {
        let Some(hold) = &mut self.hold else { return true };
        let since = *hold.catching_up.get_or_insert(now.mono);
        if !unit.is_random_access() {
            return false;
        }
        let Some(state) = self.leader.and_then(|id| self.state(id)) else { return true };
        let Some(media) = state.in_media_time(unit) else { return true };
        let frontier = state.cutter.as_ref().and_then(|cutter| cutter.frontier());
        if frontier.is_none_or(|frontier| media.dts + slack(&media) >= frontier) {
            self.hold = None;
            return true;
        }
        let stopped = now.mono.saturating_since(since) >= CATCHING_UP;
        if stopped {
            self.end_hold(Duration::ZERO, now);
            self.end_period(now);
        }
        stopped
    }

    fn held_key(&self) -> Option<&AccessUnit> {
        let leader = self.leading()?;
        leader.cutter.as_ref().filter(|cutter| cutter.frontier().is_some())?;
        leader.last_key()
    }

    /// Gives units in for the time that passed, each as long as the open part has room for; to the end where the hold ended
    /// some time ago.
    fn go_on(&mut self, now: Now, ended_ago: Option<Duration>) {
        let (Some(hold), Some(key)) = (self.hold, self.held_key().cloned()) else { return };
        let wall = hold.wall(now) - ended_ago.unwrap_or_default();
        loop {
            let Some(cutter) = self.leading().and_then(|state| state.cutter.as_ref()) else { return };
            let Some(frontier) = cutter.frontier() else { return };
            let scale = cutter.scale();
            let room = cutter.room();
            let ends = cutter.period.wall_at(frontier + room, scale);
            let mut duration = room;
            if ends > wall {
                let left = wall.0.saturating_sub(cutter.period.wall_at(frontier, scale).0);
                let left = Duration::from_nanos(u64::try_from(left).unwrap_or(0));
                if ended_ago.is_none() || left < SHORTEST {
                    let wait = Duration::from_nanos(u64::try_from(ends.0 - wall.0).unwrap_or(0));
                    self.hold = Some(Hold { due: now.mono + wait, ..hold });
                    return;
                }
                duration = scale.ticks(left, Rounding::Floor);
            }
            self.stats.held_units += 1;
            self.package(&held(&key, frontier, duration, now.mono), now);
            self.fill(now);
            self.drain_followers(now);
        }
    }

    /// Stands in for every follower of which nothing comes, up to where the leader is: pictures for whole parts, and what is
    /// left before a boundary, as every one that is held costs a key picture.
    pub(super) fn fill(&mut self, now: Now) {
        self.stand_in_for_followers(Rest::Waits, now);
    }

    /// The same where nothing will follow.
    pub(super) fn fill_to_the_end(&mut self, now: Now) {
        self.stand_in_for_followers(Rest::IsHeld, now);
    }

    fn stand_in_for_followers(&mut self, rest: Rest, now: Now) {
        let Some((end, from)) = self.frontier() else { return };
        let with_pictures = self.timing.map(|timing| Duration::from_secs(timing.target_duration) / 2);
        for at in 0..self.renditions.len() {
            let state = &self.renditions[at];
            let patience = match state.kind() {
                _ if self.is_gone(state) => Some(Duration::ZERO),
                _ if self.by_epoch() => None,
                Kind::Audio => Some(PATIENCE_WITH_SOUND),
                Kind::Video => with_pictures,
            };
            let idle = now.mono.saturating_since(state.last_arrival);
            if Some(state.id()) != self.leader && patience.is_some_and(|patience| idle >= patience) {
                let state = &mut self.renditions[at];
                let Some(scale) = state.cutter.as_ref().map(|cutter| cutter.scale()) else { continue };
                let end = end.rescale(from, scale, Rounding::Floor);
                let units = queue_stand_ins(state, end, rest, now.mono);
                match state.kind() {
                    Kind::Video => self.stats.held_units += units,
                    Kind::Audio => self.stats.silent_units += units,
                }
            }
        }
    }
}

/// Queues what stands in for a rendition's units, until `end`; says how many units.
fn queue_stand_ins(state: &mut RenditionState, end: Timestamp, rest: Rest, now: MonoTime) -> u64 {
    match state.kind() {
        Kind::Audio => be_silent(state, end, now),
        Kind::Video => hold_parts(state, end, rest, now),
    }
}

/// Until where there is something, in media time: what waits, or what has been packaged; where nothing has, the beginning of
/// the period.
fn filled_until(state: &RenditionState) -> Option<Timestamp> {
    let cutter = state.cutter.as_ref()?;
    let queued = state.waiting().next_back().and_then(|last| state.in_media_time(&last.unit));
    let filled = queued.map(|unit| unit.dts + unit.duration).max(cutter.frontier());
    Some(filled.unwrap_or_else(|| cutter.period.from_in(cutter.scale())))
}

fn be_silent(state: &mut RenditionState, end: Timestamp, now: MonoTime) -> u64 {
    let Some(source) = state.source() else { return 0 };
    let Some((payload, audio)) = silence(source).zip(source.audio()) else { return 0 };
    let duration = Ticks(u64::from(audio.unit_ticks.max(1)));
    let Some(mut at) = filled_until(state) else { return 0 };
    let mut count = 0;
    while at < end {
        let unit = AccessUnit {
            track: state.id(),
            dts: at,
            composition_offset: TickDelta(0),
            duration,
            flags: UnitFlags::RANDOM_ACCESS,
            arrival: now,
            payload: Rope::from(payload.clone()),
        };
        at += duration;
        state.queue_stand_in(unit);
        count += 1;
    }
    count
}

fn hold_parts(state: &mut RenditionState, end: Timestamp, rest: Rest, now: MonoTime) -> u64 {
    let Some(key) = state.last_key().cloned() else { return 0 };
    let Some((cutter, mut at)) = state.cutter.as_ref().zip(filled_until(state)) else { return 0 };
    let part = cutter.part_span();
    let mut room = if state.waiting().next().is_none() { cutter.room() } else { part };
    let shortest = cutter.scale().ticks(SHORTEST, Rounding::Floor);
    let mut count = 0;
    while at < end {
        let whole = state.boundary_behind(at).map_or(at + room, |boundary| boundary.min(at + room));
        if whole > end && (rest == Rest::Waits || end.saturating_since(at) < shortest) {
            break;
        }
        let until = whole.min(end);
        state.queue_stand_in(held(&key, at, until.saturating_since(at), now));
        (at, room) = (until, part);
        count += 1;
    }
    count
}

/// A unit comes where something may stand in for it: that lasts until there. Says how many units it took; none where the
/// unit's time has been filled already, or it is a picture that needs others.
pub(super) fn gives_way(state: &mut RenditionState, unit: &AccessUnit, track: &Track, now: MonoTime) -> Option<u64> {
    let stands_in = state.waiting().next_back().map_or(state.filled, |last| last.stands_in);
    let is_its_own = state.source().is_some_and(|source| **source == *track);
    if !(stands_in && is_its_own && state.cutter.is_some()) {
        return Some(0);
    }
    let media = state.in_media_time(unit)?;
    let half = Ticks(media.duration.0 / 2);
    let until = match state.kind() {
        Kind::Audio => media.dts - half,
        Kind::Video if media.is_random_access() => media.dts,
        Kind::Video => return None,
    };
    let in_time = media.dts + half >= filled_until(state)?;
    in_time.then(|| queue_stand_ins(state, until, Rest::IsHeld, now))
}

/// Whether something can stand in for what does not come of a rendition.
pub(super) fn can_stand_in(state: &RenditionState) -> bool {
    match state.kind() {
        Kind::Audio => state.source().is_some_and(|track| silence(track).is_some()),
        Kind::Video => state.last_key().is_some(),
    }
}

/// The key picture again, later.
fn held(key: &AccessUnit, at: Timestamp, duration: Ticks, now: MonoTime) -> AccessUnit {
    AccessUnit { dts: at, duration, flags: UnitFlags::RANDOM_ACCESS, arrival: now, ..key.clone() }
}

/// One unit of silence, where one is known: AAC-LC of one or two channels.
pub(super) fn silence(track: &Track) -> Option<Bytes> {
    let low_complexity = track.codec == Codec::Aac && &*track.codec_string == "mp4a.40.2";
    match track.audio().filter(|_| low_complexity)?.channels {
        1 => Some(Bytes::from_static(SILENCE_MONO)),
        2 => Some(Bytes::from_static(SILENCE_STEREO)),
        _ => None,
    }
}
