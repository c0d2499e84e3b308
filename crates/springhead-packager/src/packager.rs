//! The packaging machine of one broadcast.

mod anchor;
mod captions;
mod drift;
mod follow;
mod hold;
mod messages;
mod numbering;
mod period;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use springhead_core::{
    AccessUnit, DiscontinuitySequence, MediaKind, MediaSequence, Now, Rounding, Ticks, Timescale, Timestamp, TrackId,
    TrackSet, WallTime,
};

use springhead_codec::captions::Captions;
use springhead_manifest::hls::DateRangeLog;

use self::anchor::Gathering;
use self::drift::Drift;
use crate::cutter::Numbers;
use crate::events::{EventIds, Interstitials, Splices, Waiting};
use crate::kind::Kind;

use crate::presentation::{DashSettings, MpdCell, MultivariantCell, PlaylistCells};
use crate::rendition::RenditionState;
use crate::segment::{Period, Segment};
use crate::sieve::Sieve;
use crate::window::Window;
use crate::{ConfigError, DashAvailabilityStart, PackagerConfig, Presentation, Timing};

/// 1969-01-01T00:00:00Z: earlier than 1970 by more than any DVR window.
const START_OF_1969: WallTime = WallTime(-365 * 86_400 * 1_000_000_000);

/// The longest that a first segment may become when no random access point comes to end it.
const LONGEST_FIRST_SEGMENT: Duration = Duration::from_secs(20);

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
    sieve: Sieve,
    /// What was found in pictures.
    captions: Captions,
    /// Messages that wait for their timeline.
    messages: Waiting,
    splices: Splices,
    interstitials: Option<Arc<Interstitials>>,
    /// Where the leader's segments are to end for splices, in media time of 90 kHz, and the dates of these.
    splice_points: Vec<(Timestamp, WallTime)>,
    /// The kinds of renditions in whose chunks there are messages, once there were any.
    inband_events: Vec<Kind>,
    inband_ids: EventIds,
    /// When date ranges came and went, where players may leave out old ones.
    date_ranges: Option<DateRangeLog>,
    /// The tracks that are packaged; those of messages are set apart.
    set: Option<Arc<TrackSet>>,
    /// The tracks have changed, and the next random access point of the one that leads then begins a period with them.
    next_set: Option<Arc<TrackSet>>,
    leader: Option<TrackId>,
    /// The leader's units wait as a follower's do, so that the one that leads next can catch up.
    leader_waits: bool,
    /// A rendition came too late for the period, and the next random access point begins another with it.
    joined_late: bool,
    period: Option<Arc<Period>>,
    next_period: DiscontinuitySequence,
    availability_start: Option<WallTime>,
    /// What came of a timeline that is yet to begin.
    gathering: Option<Gathering>,
    /// How long ago what begins a timeline would have come if it had not been late.
    anchored_ago: Duration,
    /// The wall-clock time of media time zero, as it was at the beginning.
    media_zero: Option<WallTime>,
    /// Where the last period's media ended, counted from the availability start.
    last_end: Duration,
    timing: Option<Timing>,
    longest_gop: Ticks,
    /// Where the leader's last random access point is decoded.
    last_key: Option<Timestamp>,
    window: Window,
    /// The numbers that a broadcast begins with.
    first_msn: MediaSequence,
    first_numbers: Numbers,
    numbered: bool,
    /// In which unit of time the first unit of a timeline came.
    first_cell: Option<MediaSequence>,
    /// No pictures come, and what came last is held.
    hold: Option<hold::Hold>,
    drift: Option<Drift>,
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
    /// Units before the first random access point of a period or leading to it, before its origin, or too far ahead of the
    /// leader.
    pub early_units: u64,
    /// Key pictures that were held, as none came.
    pub held_units: u64,
    /// Units of silence, as no sound came.
    pub silent_units: u64,
    /// Units that came when their time was already filled, or their segment closed.
    pub late_units: u64,
    /// Segments of a follower that could not be cut where the leader's was.
    pub misaligned_cuts: u64,
    /// Periods that were begun because the encoder's clock had run away from the wall clock.
    pub reanchored: u64,
    /// Units that cannot be stored: a decode time below zero or a composition offset beyond 32 bits.
    pub unfit_units: u64,
    /// Units of messages.
    pub messages: u64,
    /// Messages of which nothing could be made: they are damaged, of a timeline that was over, of a time that is, or more than
    /// there is room for.
    pub lost_messages: u64,
    /// Splices at which, or behind which, a segment was begun.
    pub splices: u64,
    /// Those of them where that is more than half a picture away, as there was no random access point.
    pub unaligned_splices: u64,
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
    multivariant: Arc<MultivariantCell>,
    playlists: Arc<Vec<PlaylistCells>>,
    mpd: Arc<MpdCell>,
    rendered: Arc<AtomicU64>,
}

impl Packager {
    /// A packager that has seen nothing yet.
    pub fn new(config: PackagerConfig) -> Result<Self, ConfigError> {
        config.validate()?;
        let interstitials = config.interstitials.clone().map(Arc::new);
        let availability_start = match config.dash_availability_start {
            DashAvailabilityStart::Fixed => Some(START_OF_1969),
            DashAvailabilityStart::Broadcast => None,
        };
        Ok(Self {
            window: Window::new(config.dvr.clone(), MediaSequence(0)),
            first_msn: MediaSequence(0),
            first_numbers: Numbers { chunk: 1, part: 0, init: 0 },
            numbered: false,
            first_cell: None,
            config,
            renditions: Vec::new(),
            sieve: Sieve::default(),
            captions: Captions::default(),
            messages: Waiting::default(),
            splices: Splices::default(),
            interstitials,
            splice_points: Vec::new(),
            inband_events: Vec::new(),
            inband_ids: EventIds::default(),
            date_ranges: None,
            set: None,
            next_set: None,
            leader: None,
            leader_waits: false,
            joined_late: false,
            period: None,
            next_period: DiscontinuitySequence(0),
            availability_start,
            gathering: None,
            anchored_ago: Duration::ZERO,
            media_zero: None,
            last_end: Duration::ZERO,
            timing: None,
            longest_gop: Ticks::ZERO,
            last_key: None,
            hold: None,
            drift: None,
            ended: false,
            shown: false,
            version: Versions::default(),
            cells: Cells {
                at: Versions { playlist: u64::MAX, mpd: u64::MAX },
                multivariant: Arc::default(),
                playlists: Arc::default(),
                mpd: Arc::new(MpdCell::new(WallTime::default())),
                rendered: Arc::default(),
            },
            dirty: false,
            stats: PackagerStats::default(),
        })
    }

    /// What happened that was not plain packaging.
    pub fn stats(&self) -> &PackagerStats {
        &self.stats
    }

    /// Takes one unit, with the tracks that apply to it. A set of another timeline begins another period with its leader's
    /// first random access point, as soon as units come at their own pace: a tenth of a second after it, or a second at most.
    /// When the set changes and its timeline goes on, the current period lasts until the next random access point.
    pub fn handle_unit(&mut self, unit: &AccessUnit, tracks: &Arc<TrackSet>, now: Now) {
        let media = self.sieve.media(tracks);
        let is_message = media.track(unit.track).is_none() && tracks.track(unit.track).is_some();
        if is_message {
            self.take_message(unit, tracks);
        } else {
            self.note_captions(unit, &media);
            if !self.gathers(unit, &media, now) {
                self.package_unit(unit, &media, now);
            }
        }
        self.settle_messages();
    }

    fn package_unit(&mut self, unit: &AccessUnit, tracks: &Arc<TrackSet>, now: Now) {
        self.take_set(tracks, now);
        if let Some(next) = self.next_set.clone()
            && leader_of(&next) == Some(unit.track)
            && unit.is_random_access()
            && self.keeps_its_hints(&next, unit)
        {
            if self.can_change_at(&next, unit) {
                self.change(next, unit, now);
            } else {
                self.leader_waits = true;
            }
        }
        let leads = Some(unit.track) == self.leader && !self.leader_waits;
        if self.joined_late && leads && unit.is_random_access() && self.hold.is_none() && self.set.is_some() {
            self.joined_late = false;
            if let Some(set) = self.set.clone() {
                self.change(set, unit, now);
            }
        }
        if leads { self.lead(unit, tracks, now) } else { self.follow(unit, tracks, now) }
    }

    fn take_set(&mut self, tracks: &Arc<TrackSet>, now: Now) {
        let same = |set: &Arc<TrackSet>| Arc::ptr_eq(set, tracks) || set == tracks;
        if self.next_set.as_ref().is_some_and(same) {
            return;
        }
        if self.set.as_ref().is_some_and(same) {
            self.leader_waits = false;
            if self.next_set.take().is_some() {
                self.prepare();
            }
            return;
        }
        let goes_on = self.set.as_ref().is_some_and(|set| set.timeline == tracks.timeline);
        if goes_on && self.period.is_some() {
            self.next_set = Some(tracks.clone());
            self.prepare();
            return;
        }
        self.go_over_to(tracks, Duration::ZERO, now);
    }

    /// Another set, from a while `ago` on: what was before ends, and the next period is its.
    fn go_over_to(&mut self, set: &Arc<TrackSet>, ago: Duration, now: Now) {
        self.end_hold(ago, now);
        self.end_period(now);
        self.ended = false;
        self.leader = leader_of(set);
        self.set = Some(set.clone());
    }

    /// The publisher ended the broadcast: what is open is closed, and manifests say that nothing will follow. Units that
    /// come after all begin a new period, and the end is taken back.
    pub fn handle_end(&mut self, now: Now) {
        self.begin_timeline(now);
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
        // One that joins is there from the beginning of its period, as the sets of a Period do not change.
        let shown = || self.renditions.iter().filter(|state| !state.segments.is_empty() || state.cutter.is_some());
        let count = shown().count();
        if self.cells.at.playlist != self.version.playlist {
            self.cells.playlists = Arc::new((0..count).map(|_| PlaylistCells::default()).collect());
        }
        if self.cells.at.mpd != self.version.mpd {
            self.cells.multivariant = Arc::default();
            // Another MPD has another publish time as printed, be it of the same millisecond or after the clock was put back.
            let publish_time = match self.by_epoch() {
                true => self.newest_by_epoch(),
                false => now.wall.max(self.cells.mpd.publish_time + Duration::from_millis(1)),
            };
            self.cells.mpd = Arc::new(self.cells.mpd.next(publish_time));
        }
        let recent = self.config.date_range_deltas.then(|| {
            let log = self.date_ranges.get_or_insert_with(|| DateRangeLog::new(timing.can_skip_until()));
            let ranges: Vec<_> =
                self.splices.shared().iter().map(|one| one.date_range(self.interstitials.as_deref())).collect();
            log.handle_date_ranges(&ranges, now.mono);
            Arc::new(log.recent(now.mono))
        });
        self.cells.at = self.version;
        let scale = |state: &RenditionState| state.cutter.as_ref().map(|cutter| cutter.scale());
        let leader = self.leading().and_then(|state| Some((state.expected(&self.config, None), scale(state)?)));
        Some(Arc::new(Presentation {
            renditions: shown().map(|state| Arc::new(state.view(&self.config, leader))).collect(),
            timing,
            availability_start,
            first: self.first_msn,
            drift_nanos: self.drift_nanos(),
            listed_from: self.window.listed_from,
            ended: self.ended,
            playlist_version: self.version.playlist,
            mpd_version: self.version.mpd,
            lingering: self.window.lingering(),
            splices: self.splices.shared(),
            recent_date_ranges: recent,
            captions: self.captions,
            interstitials: self.interstitials.clone(),
            inband_events: self.inband_events.clone(),
            hls_parts: self.config.hls_parts,
            hls_format: self.config.hls_format,
            by_epoch: self.by_epoch(),
            shifted: None,
            dash: DashSettings {
                addressing: self.config.dash_addressing,
                availability_start: self.config.dash_availability_start,
                target_latency: self.config.dash_target_latency,
                chunk: self.config.chunk,
                dvr: self.config.dvr.time,
                patch: self.config.dash_patch,
            },
            multivariant: self.cells.multivariant.clone(),
            playlists: self.cells.playlists.clone(),
            mpd: self.cells.mpd.clone(),
            rendered: self.cells.rendered.clone(),
        }))
    }

    /// Whether a part comes after the first complete segment in every rendition that sends. Where the first playlist that
    /// it sees is one segment and no more, hls.js loads the parts of that segment over and over until there is another
    /// part, and may leave a hole in the picture by that.
    fn has_begun_second_segment(&self) -> bool {
        let waits = |state: &RenditionState| state.cutter.is_some() && state.segments.is_empty();
        if self.renditions.is_empty() || self.renditions.iter().any(waits) {
            return false;
        }
        let has_two = self.renditions.first().is_some_and(|leader| leader.segments.len() > 1);
        has_two
            || self.renditions.iter().filter_map(|state| state.cutter.as_ref()).all(|cutter| cutter.open_parts() > 0)
    }

    /// The rendition that leads.
    fn leading(&self) -> Option<&RenditionState> {
        self.renditions.iter().find(|state| Some(state.id()) == self.leader)
    }

    fn state(&mut self, id: TrackId) -> Option<&mut RenditionState> {
        self.renditions.iter_mut().find(|state| state.id() == id)
    }

    fn touch_playlists(&mut self) {
        self.version.playlist += 1;
        self.dirty = true;
    }

    fn lead(&mut self, unit: &AccessUnit, tracks: &Arc<TrackSet>, now: Now) {
        if self.hold.is_some() && !self.ends_hold(unit, now) {
            self.stats.late_units += 1;
            return;
        }
        if self.period.is_none() {
            if !(self.begins_a_cell(unit, now) && unit.is_random_access()) {
                self.stats.early_units += 1;
                return;
            }
            self.begin_period(unit, now);
        }
        let track = tracks.track(unit.track);
        let in_media_time = self.state(unit.track).and_then(|state| {
            state.last_arrival = now.mono;
            // A configuration takes effect where a period begins.
            state.in_media_time(unit).map(|media| (media, state.source() == track))
        });
        match in_media_time {
            Some((media, true)) => {
                if self.note_drift(&media, now) {
                    self.reanchor(unit, now);
                }
                self.package(&media, now);
                self.copy_to_stand_ins(unit);
                self.fill(now);
                self.drain_followers(now);
            }
            Some((_, false)) => self.stats.early_units += 1,
            None => self.stats.unknown_units += 1,
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
            self.note_boundary(unit, scale);
        }
        if let Some(at) = self.renditions.iter().position(|state| Some(state.id()) == self.leader) {
            self.append(at, unit);
        }
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
        let open = state.next_msn;
        let wall = cutter.period.wall_at(unit.pts() + Ticks(unit.duration.0 / 2), scale);
        let elapsed = cutter.elapsed(unit.dts);
        // Where the pace changes, decode times run late for a while, and key pictures are on time by when they are shown.
        let shown = elapsed.max(cutter.shown(unit.pts()));
        if self.by_epoch() {
            return Some((scale, self.judge_by_epoch(open, wall, unit.is_random_access())));
        }
        let spliced = self.is_spliced_at(unit, scale);
        let most = match timing {
            Some(timing) => Ticks(timing.target_duration * u64::from(scale.hz())),
            None => scale.ticks(first, Rounding::Floor),
        };
        let wanted = scale.ticks(wanted, Rounding::Nearest);
        // Half a unit of grace, so that a key frame which the clock's grain puts a little early still ends its segment.
        let on_time = shown + Ticks(unit.duration.0 / 2) >= wanted;
        // A key frame that comes early is taken if the next, after as long as any has taken, would come too late.
        let last_chance = elapsed.0 * 2 >= wanted.0 && elapsed + gop > most;
        let spliced = spliced && elapsed > Ticks::ZERO;
        let verdict = if unit.is_random_access() && (on_time || last_chance || spliced) {
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

    fn append(&mut self, at: usize, unit: &AccessUnit) {
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

    fn completed(&mut self, segment: &Arc<Segment>, now: Now) {
        self.stats.segments += 1;
        self.version.mpd += 1;
        self.touch_playlists();
        // The first to complete a number moves the window, which is the one that leads.
        if self.window.next() <= segment.msn {
            let renditions = &self.renditions;
            self.window.advance(segment, self.timing.as_ref(), now.mono, |from| {
                let kept = |state: &RenditionState| {
                    state.segments.iter().rev().take_while(|s| s.msn >= from).map(|s| s.kept()).sum::<u64>()
                };
                renditions.iter().map(kept).sum()
            });
            let kept_from = self.window.kept_from;
            self.renditions.iter_mut().for_each(|state| state.evict_before(kept_from));
        }
        self.forget_splices();
        let listed_from = self.window.listed_from;
        self.renditions.iter_mut().for_each(|state| state.measure(listed_from));
    }

    /// Makes the promises once every rendition has a segment. One that sends nothing while the leader makes two begins with
    /// a gap, so that the renditions shown are the same from the first snapshot on.
    fn fix_timing(&mut self) {
        if self.timing.is_some() {
            return;
        }
        let leader_has_two = self.renditions.first().is_some_and(|leader| leader.segments.len() >= 2);
        if leader_has_two {
            let late =
                |state: &RenditionState| state.segments.is_empty() && !state.is_open() && !state.boundaries.is_empty();
            while let Some(at) = self.renditions.iter().position(late) {
                let state = &mut self.renditions[at];
                if let (Some(boundary), Some(period)) = (state.boundaries.pop_front(), state.period.clone()) {
                    state.gap(&period, boundary.at);
                    self.stats.gap_segments += 1;
                    self.enter(at, boundary.then);
                }
            }
        }
        let Some(first) = self.renditions.first().and_then(|leader| leader.segments.first()) else { return };
        let waits = |state: &RenditionState| state.segments.is_empty() && state.cutter.is_some();
        if !self.renditions.iter().any(waits) {
            let cutters = self.renditions.iter().filter_map(|state| state.cutter.as_ref());
            let part_target = cutters.map(|cutter| cutter.part_target()).max().unwrap_or_default();
            let longest = first.parts.iter().map(|part| part.duration).max().unwrap_or_default();
            let first = self.first_by_epoch().unwrap_or(first.duration);
            self.timing = Some(Timing::new(&self.config, first, part_target.max(longest)));
            self.dirty = true;
        }
    }
}

/// The track that leads: the first with pictures, or the first with sound where there is none.
fn leader_of(set: &TrackSet) -> Option<TrackId> {
    set.first(MediaKind::Video).or(set.first(MediaKind::Audio)).map(|track| track.id)
}
