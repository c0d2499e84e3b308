//! What viewers see while a lost publisher's return is awaited: the last key picture, held, and silence.
//!
//! Players keep time by the wall clock, and a stream that stands still falls out of their windows: Shaka empties its index,
//! hls.js waits at the edge, and what an MPD announced never comes. So the period goes on at the pace of the clock, one key
//! picture for each part, until the publisher is back and a new period begins.

use std::time::Duration;

use bytes::Bytes;
use springhead_core::{
    AccessUnit, Codec, MonoTime, Now, Rope, Rounding, TickDelta, Ticks, Timescale, Track, UnitFlags, WallTime,
};

use super::Packager;

/// What is left to hold when the publisher is back and is not worth a unit of its own.
const SHORTEST: Duration = Duration::from_millis(20);

/// Silence in one AAC-LC unit of 1024 samples: a `single_channel_element` whose sections are all of the zero codebook, and
/// the end element (ISO/IEC 14496-3 §4.4.2.1).
const SILENCE_MONO: &[u8] = &[0x00, 0xc8, 0x00, 0x80, 0x23, 0x80];
/// The same as a `channel_pair_element` with a common window.
const SILENCE_STEREO: &[u8] = &[0x21, 0x00, 0x49, 0x90, 0x02, 0x19, 0x00, 0x23, 0x80];

/// A broadcast that goes on without its publisher.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hold {
    /// When it began. The clock that never steps says how long ago that was.
    since: Now,
    /// When the next unit is due.
    due: MonoTime,
}

impl Hold {
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
        // Whatever comes next begins a new period.
        self.set = None;
        if self.timing.is_none() || self.held_key().is_none() {
            self.end_period(now);
            return;
        }
        self.hold = Some(Hold { since: now, due: now.mono });
        self.go_on(now, false);
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called though nothing came in.
    pub fn poll_timeout(&self) -> Option<MonoTime> {
        self.hold.map(|hold| hold.due)
    }

    /// Holds on as far as the time has come.
    pub fn handle_timeout(&mut self, now: Now) {
        if self.hold.is_some_and(|hold| hold.due <= now.mono) {
            self.go_on(now, false);
        }
    }

    /// The publisher is back: what is left until now is held as well.
    pub(super) fn end_hold(&mut self, now: Now) {
        self.go_on(now, true);
        self.hold = None;
    }

    fn held_key(&self) -> Option<AccessUnit> {
        let leader = self.renditions.iter().find(|state| Some(state.id()) == self.leader)?;
        leader.cutter.as_ref()?;
        leader.last_key.clone()
    }

    /// Gives units in for the time that passed, each as long as the open part has room for.
    fn go_on(&mut self, now: Now, to_the_end: bool) {
        let (Some(hold), Some(key)) = (self.hold, self.held_key()) else { return };
        let wall = hold.wall(now);
        loop {
            let leader = self.renditions.iter().find(|state| Some(state.id()) == self.leader);
            let Some(cutter) = leader.and_then(|state| state.cutter.as_ref()) else { return };
            let Some(frontier) = cutter.frontier() else { return };
            let scale = cutter.scale();
            let room = cutter.room();
            let ends = cutter.period.wall_at(frontier + room, scale);
            let mut duration = room;
            if ends > wall {
                let left = wall.0.saturating_sub(cutter.period.wall_at(frontier, scale).0);
                let left = Duration::from_nanos(u64::try_from(left).unwrap_or(0));
                if !to_the_end || left < SHORTEST {
                    let wait = Duration::from_nanos(u64::try_from(ends.0 - wall.0).unwrap_or(0));
                    self.hold = Some(Hold { due: now.mono + wait, ..hold });
                    return;
                }
                duration = scale.ticks(left, Rounding::Floor);
            }
            let unit = AccessUnit {
                dts: frontier,
                duration,
                flags: UnitFlags::RANDOM_ACCESS,
                arrival: now.mono,
                ..key.clone()
            };
            self.stats.held_units += 1;
            self.package(&unit, now);
            self.be_silent(frontier + duration, scale, now);
        }
    }

    /// Gives every follower that can be silent silence until `end`.
    fn be_silent(&mut self, end: springhead_core::Timestamp, from: Timescale, now: Now) {
        let leader = self.leader;
        for state in self.renditions.iter_mut().filter(|state| Some(state.id()) != leader) {
            let (Some(silence), Some(cutter)) = (silence(&state.track), &state.cutter) else { continue };
            let Some(unit_ticks) = state.track.audio().map(|audio| Ticks(u64::from(audio.unit_ticks.max(1)))) else {
                continue;
            };
            let end = end.rescale(from, state.track.timescale, Rounding::Floor);
            let queued = state.waiting.back().map(|unit| unit.dts + unit.duration);
            let Some(mut at) = queued.or(cutter.frontier()) else { continue };
            while at < end {
                state.queue(AccessUnit {
                    track: state.id(),
                    dts: at,
                    composition_offset: TickDelta(0),
                    duration: unit_ticks,
                    flags: UnitFlags::RANDOM_ACCESS,
                    arrival: now.mono,
                    payload: Rope::from(silence.clone()),
                });
                at += unit_ticks;
            }
        }
        self.drain_followers(now);
    }
}

/// One unit of silence, where one is known: AAC-LC of one or two channels.
fn silence(track: &Track) -> Option<Bytes> {
    let low_complexity = track.codec == Codec::Aac && &*track.codec_string == "mp4a.40.2";
    match track.audio().filter(|_| low_complexity)?.channels {
        1 => Some(Bytes::from_static(SILENCE_MONO)),
        2 => Some(Bytes::from_static(SILENCE_STEREO)),
        _ => None,
    }
}
