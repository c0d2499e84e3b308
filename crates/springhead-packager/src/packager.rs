//! The packaging machine of one broadcast.

mod hold;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use springhead_core::{
    AccessUnit, DiscontinuitySequence, MediaKind, MediaSequence, Now, Rounding, Ticks, Timescale, Timestamp, TrackId,
    TrackSet, WallTime,
};

use crate::presentation::{DashSettings, MpdCell, PlaylistCells};
use crate::rendition::{Boundary, RenditionState};
use crate::segment::{Period, Segment};
use crate::window::Window;
use crate::{ConfigError, DashAvailabilityStart, PackagerConfig, Presentation, Timing};

/// 1969-01-01T00:00:00Z: earlier than 1970 by more than any DVR window.
const START_OF_1969: WallTime = WallTime(-365 * 86_400 * 1_000_000_000);

/// The longest that a first segment may become when no random access point comes to end it.
const LONGEST_FIRST_SEGMENT: Duration = Duration::from_secs(20);
/// How far a follower may run ahead of the leader. What goes beyond is left out, as nothing shows where to cut it.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// How many bytes of a follower may wait for the leader.
const MOST_WAITING_BYTES: usize = 8 << 20;
/// How many segments a follower may be behind before its numbers are filled with gaps.
const MOST_SEGMENTS_BEHIND: usize = 3;

/// Turns the units of a broadcast into a [`Presentation`].
///
/// One track leads: the first video track, or the first audio track where there is no video. It is cut at the first random
/// access point at or after the segment target; the others are cut at the same presentation time, to half a unit. Numbers
/// of segments are the same in all renditions.
///
/// Inputs are [`handle_unit`](Self::handle_unit), [`handle_interruption`](Self::handle_interruption),
/// [`handle_timeout`](Self::handle_timeout) and [`handle_end`](Self::handle_end); after each, drain
/// [`poll_snapshot`](Self::poll_snapshot) and heed [`poll_timeout`](Self::poll_timeout). What always holds: law 4 (a
/// published line never changes, promises and numbers never go back, whatever the publisher does) and law 6 (same input,
/// same bytes).
///
/// ```
/// use std::time::Duration;
/// use springhead_packager::{Packager, PackagerConfig};
/// use springhead_testkit::{Source, SourceOptions, VirtualClock};
///
/// let mut packager = Packager::new(PackagerConfig::default())?;
/// let mut clock = VirtualClock::default();
/// let source = Source::new(SourceOptions::default());
/// let tracks = source.tracks();
/// let mut newest = None;
/// for unit in source.until(Duration::from_secs(5)) {
///     packager.handle_unit(&unit, &tracks, clock.now());
///     newest = packager.poll_snapshot(clock.now()).or(newest);
///     clock.advance(Duration::from_millis(13));
/// }
/// let newest = newest.expect("two segments are complete");
/// let video = newest.rendition("v1").expect("the source has pictures");
/// assert_eq!(video.segments.len(), 2);
/// // A part, the segment that it belongs to, and what DASH is served are the same bytes.
/// let segment = &video.segments[0];
/// let parts: usize = segment.parts.iter().map(|part| part.body.len()).sum();
/// assert_eq!(parts, segment.body().len());
/// # Ok::<(), springhead_packager::ConfigError>(())
/// ```
#[derive(Debug)]
pub struct Packager {
    config: PackagerConfig,
    renditions: Vec<RenditionState>,
    set: Option<Arc<TrackSet>>,
    leader: Option<TrackId>,
    period: Option<Arc<Period>>,
    next_period: DiscontinuitySequence,
    availability_start: Option<WallTime>,
    /// Where the last period's media ended, counted from the availability start.
    last_end: Duration,
    timing: Option<Timing>,
    longest_gop: Ticks,
    /// Where the leader's last random access point is decoded.
    last_key: Option<Timestamp>,
    window: Window,
    /// The publisher is lost, and what it sent last is held.
    hold: Option<hold::Hold>,
    ended: bool,
    /// A snapshot was ready to be taken.
    shown: bool,
    version: Versions,
    cells: Cells,
    dirty: bool,
    stats: PackagerStats,
}

/// What the packager did that was not plain packaging. Every number only rises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PackagerStats {
    /// Segments completed, of all renditions.
    pub segments: u64,
    /// Segments cut at a unit that is no random access point, because the target duration would have been exceeded.
    pub forced_cuts: u64,
    /// Segments whose media was missing.
    pub gap_segments: u64,
    /// Units before the first random access point of a period, before its origin, or too far ahead of the leader.
    pub early_units: u64,
    /// Key pictures that were held for a publisher who was lost.
    pub held_units: u64,
    /// Units of a follower whose segment was already closed.
    pub late_units: u64,
    /// Units that cannot be stored: a decode time below zero or a composition offset beyond 32 bits.
    pub unfit_units: u64,
    /// Units of tracks that no init section could be made for, or of no known track.
    pub unknown_units: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Versions {
    playlist: u64,
    mpd: u64,
}

#[derive(Debug)]
struct Cells {
    at: Versions,
    multivariant: Arc<OnceLock<Arc<crate::Manifest>>>,
    playlists: Arc<Vec<PlaylistCells>>,
    mpd: Arc<MpdCell>,
}

impl Packager {
    /// A packager that has seen nothing yet.
    pub fn new(config: PackagerConfig) -> Result<Self, ConfigError> {
        config.validate()?;
        let availability_start = match config.dash_availability_start {
            DashAvailabilityStart::Fixed => Some(START_OF_1969),
            DashAvailabilityStart::Broadcast => None,
        };
        Ok(Self {
            window: Window::new(config.dvr.clone()),
            config,
            renditions: Vec::new(),
            set: None,
            leader: None,
            period: None,
            next_period: DiscontinuitySequence(0),
            availability_start,
            last_end: Duration::ZERO,
            timing: None,
            longest_gop: Ticks::ZERO,
            last_key: None,
            hold: None,
            ended: false,
            shown: false,
            version: Versions::default(),
            cells: Cells {
                at: Versions { playlist: u64::MAX, mpd: u64::MAX },
                multivariant: Arc::default(),
                playlists: Arc::default(),
                mpd: Arc::new(MpdCell {
                    publish_time: WallTime::default(),
                    first: OnceLock::new(),
                    update: OnceLock::new(),
                }),
            },
            dirty: false,
            stats: PackagerStats::default(),
        })
    }

    /// What happened that was not plain packaging.
    pub fn stats(&self) -> &PackagerStats {
        &self.stats
    }

    /// Takes one unit, with the tracks that apply to it. A set of another timeline or generation ends the current period
    /// and begins another at the leader's next random access point.
    pub fn handle_unit(&mut self, unit: &AccessUnit, tracks: &Arc<TrackSet>, now: Now) {
        if !self.set.as_ref().is_some_and(|set| Arc::ptr_eq(set, tracks) || set == tracks) {
            self.end_hold(now);
            self.end_period(now);
            self.ended = false;
            self.leader = tracks.first(MediaKind::Video).or(tracks.first(MediaKind::Audio)).map(|track| track.id);
        }
        self.set = Some(tracks.clone());
        if Some(unit.track) == self.leader {
            self.lead(unit, now);
        } else {
            self.follow(unit, now);
        }
    }

    /// The publisher ended the broadcast: what is open is closed, and manifests say that nothing will follow. Units that
    /// come after all begin a new period, and the end is taken back.
    pub fn handle_end(&mut self, now: Now) {
        self.hold = None;
        self.end_period(now);
        self.set = None;
        if !self.ended {
            self.ended = true;
            self.touch_playlists();
            self.version.mpd += 1;
        }
    }

    /// The newest snapshot, if there is a newer one than the last taken. None at all before the first segment is complete
    /// in every rendition that sends, and a part of the next one.
    pub fn poll_snapshot(&mut self, now: Now) -> Option<Arc<Presentation>> {
        let (timing, availability_start) = (self.timing?, self.availability_start?);
        self.shown = self.shown || self.ended || self.has_begun_second_segment();
        if !self.shown || !std::mem::take(&mut self.dirty) {
            return None;
        }
        let shown = || self.renditions.iter().filter(|state| !state.segments.is_empty());
        let count = shown().count();
        if self.cells.at.playlist != self.version.playlist {
            self.cells.playlists = Arc::new((0..count).map(|_| PlaylistCells::default()).collect());
        }
        if self.cells.at.mpd != self.version.mpd {
            self.cells.multivariant = Arc::default();
            // Another MPD has another publish time as printed, be it of the same millisecond or after the clock was put back.
            let publish_time = now.wall.max(self.cells.mpd.publish_time + Duration::from_millis(1));
            self.cells.mpd = Arc::new(MpdCell { publish_time, first: OnceLock::new(), update: OnceLock::new() });
        }
        self.cells.at = self.version;
        Some(Arc::new(Presentation {
            renditions: shown().map(|state| Arc::new(state.view(&self.config))).collect(),
            timing,
            availability_start,
            listed_from: self.window.listed_from,
            ended: self.ended,
            playlist_version: self.version.playlist,
            mpd_version: self.version.mpd,
            dash: DashSettings {
                addressing: self.config.dash_addressing,
                availability_start: self.config.dash_availability_start,
                target_latency: self.config.dash_target_latency,
                chunk: self.config.chunk,
                dvr: self.config.dvr.time,
            },
            multivariant: self.cells.multivariant.clone(),
            playlists: self.cells.playlists.clone(),
            mpd: self.cells.mpd.clone(),
        }))
    }

    /// Whether a part comes after the first complete segment in every rendition that sends. Where the first playlist that
    /// it sees is one segment and no more, hls.js loads the parts of that segment over and over until there is another
    /// part, and may leave a hole in the picture by that.
    fn has_begun_second_segment(&self) -> bool {
        let has_two = self.renditions.first().is_some_and(|leader| leader.segments.len() > 1);
        has_two
            || self.renditions.iter().filter_map(|state| state.cutter.as_ref()).all(|cutter| cutter.open_parts() > 0)
    }

    fn state(&mut self, id: TrackId) -> Option<&mut RenditionState> {
        self.renditions.iter_mut().find(|state| state.id() == id)
    }

    fn touch_playlists(&mut self) {
        self.version.playlist += 1;
        self.dirty = true;
    }

    fn lead(&mut self, unit: &AccessUnit, now: Now) {
        if self.period.is_none() {
            if !unit.is_random_access() {
                self.stats.early_units += 1;
                return;
            }
            self.begin_period(unit, now);
        }
        if let Some(unit) = self.state(unit.track).and_then(|state| state.in_media_time(unit)) {
            self.package(&unit, now);
        } else {
            self.stats.unknown_units += 1;
        }
    }

    /// Packages a unit of the leader, in media time.
    fn package(&mut self, unit: &AccessUnit, now: Now) {
        let Some((scale, verdict)) = self.judge(unit) else {
            self.stats.unknown_units += 1;
            return;
        };
        if let Some(forced) = verdict {
            self.stats.forced_cuts += u64::from(forced);
            self.close_leader(Some(unit), scale, now);
        }
        if unit.is_random_access()
            && let Some(state) = self.state(unit.track)
        {
            state.last_key = Some(unit.clone());
        }
        self.append(unit);
        self.drain_followers(now);
    }

    /// Whether the leader's open segment ends before `unit`: `Some(true)` when it must though the unit is no random
    /// access point. None when the leader has no cutter.
    fn judge(&mut self, unit: &AccessUnit) -> Option<(Timescale, Option<bool>)> {
        let id = self.leader?;
        let (timing, gop) = (self.timing, self.longest_gop);
        let (wanted, first) = (self.config.segment, LONGEST_FIRST_SEGMENT);
        let state = self.state(id)?;
        let scale = state.track.timescale;
        let cutter = state.cutter.as_ref()?;
        if !cutter.is_open() {
            return Some((scale, None));
        }
        let elapsed = cutter.elapsed(unit.dts);
        let most = match timing {
            Some(timing) => Ticks(timing.target_duration * u64::from(scale.hz())),
            None => scale.ticks(first, Rounding::Floor),
        };
        let wanted = scale.ticks(wanted, Rounding::Nearest);
        // Half a unit of grace, so that a key frame which the clock's grain puts a little early still ends its segment.
        let on_time = elapsed + Ticks(unit.duration.0 / 2) >= wanted;
        // A key frame that comes early is taken if the next, after as long as any has taken, would come too late.
        let last_chance = elapsed.0 * 2 >= wanted.0 && elapsed + gop > most;
        let verdict = if unit.is_random_access() && (on_time || last_chance) {
            Some(false)
        } else {
            (elapsed + unit.duration > most).then_some(!unit.is_random_access())
        };
        if unit.is_random_access() {
            let gop = self.last_key.map_or(Ticks::ZERO, |last| unit.dts.saturating_since(last));
            self.longest_gop = self.longest_gop.max(gop.min(most));
            self.last_key = Some(unit.dts);
        }
        Some((scale, verdict))
    }

    fn append(&mut self, unit: &AccessUnit) {
        let Some(at) = self.renditions.iter().position(|state| state.id() == unit.track) else {
            self.stats.unknown_units += 1;
            return;
        };
        let state = &mut self.renditions[at];
        let parts = state.cutter.as_ref().map_or(0, |cutter| cutter.open_parts());
        let begins = !state.is_open() && self.period.as_ref().is_some_and(|period| !state.has_segment_of(period));
        let completed = state.append(unit, &mut self.stats);
        // The MPD says where each rendition begins in a period.
        if begins {
            self.version.mpd += 1;
        }
        if completed || begins {
            self.dirty = true;
            if self.renditions[at].cutter.as_ref().map_or(0, |cutter| cutter.open_parts()) != parts {
                self.version.playlist += 1;
            }
        }
    }

    fn begin_period(&mut self, first: &AccessUnit, now: Now) {
        let Some(set) = self.set.clone() else { return };
        let Some(leader) = set.track(first.track) else { return };
        let wall = match self.availability_start {
            None => now.wall,
            // Never before what the last period holds, though the wall clock may have been put back.
            Some(start) => now.wall.max(start + self.last_end),
        };
        let availability_start = *self.availability_start.get_or_insert(wall);
        let period = Arc::new(Period {
            id: self.next_period,
            start: Duration::from_nanos(u64::try_from(wall.0 - availability_start.0).unwrap_or(0)),
            wall,
            zero: first.pts(),
            zero_scale: leader.timescale,
        });
        self.next_period = self.next_period.next();
        for state in &mut self.renditions {
            if let Some((period, end)) = state.missing.take() {
                state.gap(&period, end);
                self.stats.gap_segments += 1;
            }
        }
        let next_msn = self.renditions.iter().map(|state| state.next_msn).max().unwrap_or(MediaSequence(0));
        for track in set.tracks.iter() {
            let at = self.renditions.iter().position(|state| state.id() == track.id).unwrap_or_else(|| {
                self.renditions.push(RenditionState::new(track.clone(), next_msn));
                self.renditions.len() - 1
            });
            // A track that no init section can be made for has no cutter, and its units are counted as unknown.
            let _ = self.renditions[at].begin(track.clone(), period.clone(), first, &self.config);
        }
        let leader = first.track;
        self.renditions.sort_by_key(|state| (state.id() != leader, state.id()));
        self.period = Some(period);
        self.last_key = Some(Timestamp::ZERO);
        self.version.mpd += 1;
        // The next part is hinted again.
        self.touch_playlists();
    }

    fn close_leader(&mut self, next: Option<&AccessUnit>, scale: Timescale, now: Now) {
        let (Some(id), Some(period)) = (self.leader, self.period.clone()) else { return };
        let Some(segment) = self.state(id).and_then(|state| state.close(next, None)) else { return };
        let end = segment.start + segment.ticks;
        for state in self.renditions.iter_mut().filter(|state| state.id() != id) {
            let at = end.rescale(scale, state.track.timescale, Rounding::Nearest);
            if state.cutter.is_some() {
                state.boundaries.push_back(Boundary { at, ends_period: next.is_none() });
            } else {
                state.gap(&period, at);
                self.stats.gap_segments += 1;
            }
        }
        let past_zero = end.saturating_since(Timestamp::ZERO).to_duration(scale);
        self.last_end = self.last_end.max(period.start + past_zero);
        self.completed(&segment, now);
        self.fix_timing();
    }

    fn completed(&mut self, segment: &Arc<Segment>, now: Now) {
        self.stats.segments += 1;
        self.version.mpd += 1;
        self.touch_playlists();
        if self.renditions.first().is_some_and(|leader| leader.segments.last().is_some_and(|s| Arc::ptr_eq(s, segment)))
        {
            let renditions = &self.renditions;
            self.window.advance(segment, self.timing.as_ref(), now.mono, |from| {
                let kept = |state: &RenditionState| {
                    state.segments.iter().rev().take_while(|s| s.msn >= from).map(|s| s.len).sum::<u64>()
                };
                renditions.iter().map(kept).sum()
            });
            let kept_from = self.window.kept_from;
            self.renditions.iter_mut().for_each(|state| state.evict_before(kept_from));
        }
    }

    /// Makes the promises once every rendition has a segment. One that sends nothing while the leader makes two begins with
    /// a gap, so that the renditions shown are the same from the first snapshot on.
    fn fix_timing(&mut self) {
        if self.timing.is_some() {
            return;
        }
        let leader_has_two = self.renditions.first().is_some_and(|leader| leader.segments.len() >= 2);
        if leader_has_two && let Some(period) = self.period.clone() {
            for state in self.renditions.iter_mut().filter(|state| state.segments.is_empty() && !state.is_open()) {
                if let Some(boundary) = state.boundaries.pop_front() {
                    state.gap(&period, boundary.at);
                    self.stats.gap_segments += 1;
                }
            }
        }
        let Some(first) = self.renditions.first().and_then(|leader| leader.segments.first()) else { return };
        let waits = |state: &RenditionState| state.segments.is_empty() && state.cutter.is_some();
        if !self.renditions.iter().any(waits) {
            let cutters = self.renditions.iter().filter_map(|state| state.cutter.as_ref());
            let part_target = cutters.map(|cutter| cutter.part_target()).max().unwrap_or_default();
            let longest = first.parts.iter().map(|part| part.duration).max().unwrap_or_default();
            self.timing = Some(Timing::new(&self.config, first.duration, part_target.max(longest)));
            self.dirty = true;
        }
    }

    fn follow(&mut self, unit: &AccessUnit, now: Now) {
        let known = self.set.as_ref().is_some_and(|set| set.track(unit.track).is_some());
        if !known {
            self.stats.unknown_units += 1;
            return;
        }
        if self.state(unit.track).is_none() {
            let track = self.set.as_ref().and_then(|set| set.track(unit.track).cloned());
            let next_msn = self.renditions.iter().map(|state| state.next_msn).max().unwrap_or(MediaSequence(0));
            self.renditions.extend(track.map(|track| RenditionState::new(track, next_msn)));
        }
        if let Some(state) = self.state(unit.track) {
            // Before the period begins it is not known what its media time will be.
            state.queue(state.in_media_time(unit).unwrap_or_else(|| unit.clone()));
        }
        self.drain_followers(now);
    }

    /// Packages what followers hold back, as far as the leader shows that no boundary can come before it.
    fn drain_followers(&mut self, now: Now) {
        let leader = self.leader;
        let frontier = self.renditions.iter().find(|state| Some(state.id()) == leader).and_then(|state| {
            let cutter = state.cutter.as_ref()?;
            Some((cutter.frontier()?, state.track.timescale))
        });
        for at in 0..self.renditions.len() {
            if Some(self.renditions[at].id()) != leader {
                self.drain_follower(at, frontier, now);
            }
        }
    }

    fn drain_follower(&mut self, at: usize, frontier: Option<(Timestamp, Timescale)>, now: Now) {
        loop {
            let state = &mut self.renditions[at];
            let scale = state.track.timescale;
            let Some(unit) = state.waiting.front() else { break };
            let held = state.waiting.back().map_or(Ticks::ZERO, |last| last.dts.saturating_since(unit.dts));
            let too_long =
                held >= scale.ticks(LONGEST_WAIT, Rounding::Floor) || state.waiting_bytes > MOST_WAITING_BYTES;
            if state.cutter.is_none() {
                // Before the period begins nothing can be packaged; what is too much to hold came too early.
                if too_long && state.dequeue().is_some() {
                    self.stats.early_units += 1;
                    continue;
                }
                break;
            }
            if unit.pts() < Timestamp::ZERO {
                state.dequeue();
                self.stats.early_units += 1;
                continue;
            }
            let middle = unit.pts() + Ticks(unit.duration.0 / 2);
            if let Some(boundary) = state.boundaries.front().copied().filter(|boundary| middle >= boundary.at) {
                let next = unit.clone();
                self.close_follower(at, boundary, Some(&next), now);
                continue;
            }
            let reached = frontier.is_some_and(|(dts, from)| unit.pts() < dts.rescale(from, scale, Rounding::Floor));
            if !reached && !too_long {
                break;
            }
            let Some(unit) = state.dequeue() else { break };
            if !reached {
                self.stats.early_units += 1;
                continue;
            }
            let closed = state.segments.last().filter(|last| last.period.id == cutter_period(state));
            if closed.is_some_and(|last| middle < last.start + last.ticks) && !state.is_open() {
                self.stats.late_units += 1;
                continue;
            }
            self.append(&unit);
        }
        while self.renditions[at].boundaries.len() > MOST_SEGMENTS_BEHIND {
            let Some(boundary) = self.renditions[at].boundaries.front().copied() else { break };
            self.close_follower(at, boundary, None, now);
        }
    }

    fn close_follower(&mut self, at: usize, boundary: Boundary, next: Option<&AccessUnit>, now: Now) {
        let Some(period) = self.period.clone() else { return };
        let state = &mut self.renditions[at];
        state.boundaries.pop_front();
        match state.close(next, (!boundary.ends_period).then_some(boundary.at)) {
            Some(segment) => self.completed(&segment, now),
            None => {
                state.gap(&period, boundary.at);
                self.stats.gap_segments += 1;
                self.version.mpd += 1;
                self.touch_playlists();
            }
        }
        self.fix_timing();
    }

    /// Closes all that is open, so that every rendition ends at the same number.
    fn end_period(&mut self, now: Now) {
        let Some(period) = self.period.clone() else { return };
        let leader = self.leader;
        for at in 0..self.renditions.len() {
            if Some(self.renditions[at].id()) != leader {
                self.drain_follower(at, Some((Timestamp(i64::MAX), Timescale::MPEG)), now);
                while let Some(boundary) = self.renditions[at].boundaries.front().copied() {
                    self.close_follower(at, boundary, None, now);
                }
            }
        }
        let scale = period.zero_scale;
        self.close_leader(None, scale, now);
        for at in 0..self.renditions.len() {
            let state = &mut self.renditions[at];
            match state.boundaries.front().copied() {
                // A broadcast that ends needs no gap for its last moment. If it goes on, the gap is made then.
                Some(boundary) if !state.is_open() && !state.segments.is_empty() => {
                    state.missing = Some((period.clone(), boundary.at));
                }
                Some(boundary) => self.close_follower(at, boundary, None, now),
                None => {}
            }
            let state = &mut self.renditions[at];
            state.boundaries.clear();
            state.cutter = None;
            while state.dequeue().is_some() {}
        }
        // A period that got no segment was never shown, and its number is free.
        if !self.renditions.iter().any(|state| state.has_segment_of(&period)) {
            self.next_period = period.id;
        }
        self.period = None;
        self.longest_gop = Ticks::ZERO;
        self.last_key = None;
        self.dirty = true;
    }
}

fn cutter_period(state: &RenditionState) -> DiscontinuitySequence {
    state.cutter.as_ref().map_or(DiscontinuitySequence(u64::MAX), |cutter| cutter.period.id)
}

impl RenditionState {
    fn is_open(&self) -> bool {
        self.cutter.as_ref().is_some_and(|cutter| cutter.is_open())
    }
}
