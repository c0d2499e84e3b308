//! One content in several versions, each a broadcast of its own.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use springhead_codec::scte35;
use springhead_core::time::rescale;
use springhead_core::{
    AccessUnit, AudioParams, Codec, Generation, MediaKind, MonoTime, Now, Rounding, TimelineId, Timescale, Timestamp,
    Track, TrackId, TrackSet,
};

use super::{Output, Version};

/// How long the first version is waited with for others.
const GATHERING: Duration = Duration::from_secs(1);
/// The most bytes that wait meanwhile.
const MOST_GATHERED: usize = 32 << 20;
/// How far apart two encoders' stamps may be for what is sent at the same moment, and still be of one clock.
const SAME_CLOCK: Duration = Duration::from_secs(1);
/// How long a version may send nothing, while another does, before it counts as gone.
const SILENT: Duration = Duration::from_secs(2);

/// Gives the units of several broadcasts one timeline and one set of tracks.
///
/// Broadcasts that stamp alike keep their stamps, so that key pictures that one encoder aligned are aligned to the tick;
/// others are placed by when they came. Sound that is there in the same language and with as many channels more than once is
/// taken from one broadcast, and from another when that is gone; so are messages of one kind. A track keeps its number for the
/// life of the ladder.
#[derive(Debug, Default)]
pub struct Ladder {
    rungs: BTreeMap<Version, Rung>,
    /// The number of each track that there ever was.
    ids: BTreeMap<Slot, TrackId>,
    set: Option<Arc<TrackSet>>,
    timeline: TimelineId,
    /// Where a broadcast's track is in the set.
    members: BTreeMap<(Version, TrackId), TrackId>,
    gathering: Option<Gathering>,
    out: VecDeque<Output>,
}

/// What makes a track the same as one that was there before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Slot {
    Video { version: Version, track: TrackId },
    Audio { language: Option<Arc<str>>, channels: u16 },
    Messages { splices: bool, nth: usize },
}

#[derive(Debug)]
struct Rung {
    set: Arc<TrackSet>,
    /// What is added to its times, in nanoseconds.
    offset: i64,
    /// The newest unit's time in the ladder, and when it came.
    newest: (i64, MonoTime),
    sends: bool,
}

/// Units that wait for other versions.
#[derive(Debug, Default)]
struct Gathering {
    until: Option<MonoTime>,
    units: Vec<(Version, AccessUnit, i64)>,
    bytes: usize,
}

impl Ladder {
    /// A ladder that takes the first version for all that there is, until another comes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Has the first version wait for a second, as others are likely to come.
    pub fn expect_versions(&mut self) {
        if self.set.is_none() {
            self.gathering = Some(Gathering::default());
        }
    }

    /// Takes a unit of one version; then drain [`poll_output`](Self::poll_output).
    pub fn handle_unit(&mut self, version: &Version, unit: &AccessUnit, tracks: &Arc<TrackSet>, now: Now) {
        let Some(track) = tracks.track(unit.track) else { return };
        let at = rescale(unit.dts.0, track.timescale, Timescale::NANOS, Rounding::Nearest);
        self.take_set(version, at, tracks, now.mono);
        self.leave_the_silent(now.mono);
        let Some(state) = self.rungs.get_mut(version) else { return };
        let at = at.saturating_add(state.offset);
        state.newest = (at, now.mono);
        match &mut self.gathering {
            Some(gathering) => {
                let until = *gathering.until.get_or_insert(now.mono + GATHERING);
                gathering.bytes += unit.payload.len();
                gathering.units.push((version.clone(), unit.clone(), at));
                if now.mono >= until || gathering.bytes > MOST_GATHERED {
                    self.begin();
                }
            }
            None => self.give(version, unit.clone()),
        }
    }

    /// A version is not sent any more, whether it comes back or not.
    pub fn handle_gone(&mut self, version: &Version) {
        let Some(state) = self.rungs.get_mut(version).filter(|state| state.sends) else { return };
        state.sends = false;
        if self.rungs.values().any(|state| state.sends) {
            self.merge();
        } else {
            self.begin();
            self.out.push_back(Output::Interrupted);
        }
    }

    /// When the wait for other versions is over.
    pub fn poll_timeout(&self) -> Option<MonoTime> {
        self.gathering.as_ref()?.until
    }

    /// Goes on with the versions that there are, if the wait is over.
    pub fn handle_timeout(&mut self, now: MonoTime) {
        if self.poll_timeout().is_some_and(|until| until <= now) {
            self.begin();
        }
    }

    /// What comes next.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    fn begin(&mut self) {
        let Some(gathering) = self.gathering.take() else { return };
        self.merge();
        let mut units = gathering.units;
        // Of the same moment the first version comes first, as nothing begins before its random access point.
        units.sort_by(|(one, _, at), (other, _, then)| (at, one).cmp(&(then, other)));
        units.into_iter().for_each(|(version, unit, _)| self.give(&version, unit));
    }

    /// Takes note of the tracks of a version, and finds its place on the timeline when that is new.
    fn take_set(&mut self, version: &Version, at: i64, tracks: &Arc<TrackSet>, now: MonoTime) {
        let known = self.rungs.get(version).filter(|state| state.sends);
        if known.is_some_and(|state| Arc::ptr_eq(&state.set, tracks) || state.set == *tracks) {
            return;
        }
        let same_timeline = known.is_some_and(|state| state.set.timeline == tracks.timeline);
        let offset = match known.filter(|_| same_timeline) {
            Some(state) => state.offset,
            None => self.offset(version, at, now),
        };
        let newest = (at.saturating_add(offset), now);
        self.rungs.insert(version.clone(), Rung { set: tracks.clone(), offset, newest, sends: true });
        if self.gathering.is_none() {
            self.merge();
        }
    }

    /// What has to be added to the times of a version that sends `at` now.
    fn offset(&mut self, version: &Version, at: i64, now: MonoTime) -> i64 {
        let others = || self.rungs.iter().filter(|(id, state)| *id != version && state.sends).map(|(_, state)| state);
        let Some(newest) = others().map(|state| state.newest).max_by_key(|newest| newest.1) else {
            // Nothing else is sent: the timeline begins anew, except at the very first.
            if self.set.is_some() {
                self.timeline = self.timeline.next();
            }
            return 0;
        };
        let elapsed = i64::try_from(now.saturating_since(newest.1).as_nanos()).unwrap_or(i64::MAX);
        let expected = newest.0.saturating_add(elapsed);
        let off = |offset: i64| at.saturating_add(offset).abs_diff(expected);
        let shared = others().map(|state| state.offset).chain([0]).min_by_key(|offset| off(*offset));
        let shared = shared.filter(|offset| off(*offset) < SAME_CLOCK.as_nanos() as u64);
        shared.unwrap_or_else(|| expected.saturating_sub(at))
    }

    fn leave_the_silent(&mut self, now: MonoTime) {
        let silent = |state: &Rung| state.sends && now.saturating_since(state.newest.1) >= SILENT;
        let gone: Vec<Version> =
            self.rungs.iter().filter(|(_, state)| silent(state)).map(|(id, _)| id.clone()).collect();
        gone.iter().for_each(|version| self.handle_gone(version));
    }

    /// Makes the set anew.
    fn merge(&mut self) {
        let mut members = BTreeMap::new();
        let mut tracks: Vec<Arc<Track>> = Vec::new();
        for (version, state) in self.rungs.iter().filter(|(_, state)| state.sends) {
            for track in state.set.tracks.iter() {
                let slot = slot(version, track, &state.set);
                let id = number(&mut self.ids, slot, track.id);
                if tracks.iter().any(|taken| taken.id == id) {
                    continue;
                }
                members.insert((version.clone(), track.id), id);
                tracks.push(match track.id == id {
                    true => track.clone(),
                    false => Arc::new(Track { id, ..(**track).clone() }),
                });
            }
        }
        let generation = match &self.set {
            None => Generation(0),
            Some(last) if *last.tracks == *TrackSet::new(last.generation, last.timeline, tracks.clone()).tracks => {
                last.generation
            }
            Some(last) => last.generation.next(),
        };
        self.members = members;
        self.set = Some(Arc::new(TrackSet::new(generation, self.timeline, tracks)));
    }

    /// Gives out a unit with its number and time in the ladder, if its track is in the set.
    fn give(&mut self, version: &Version, unit: AccessUnit) {
        let (Some(state), Some(set)) = (self.rungs.get(version), self.set.clone()) else { return };
        let Some(&id) = self.members.get(&(version.clone(), unit.track)) else { return };
        let Some(track) = set.track(id) else { return };
        let scale = track.timescale;
        let unit = if track.codec == Codec::Scte35 { restamped(unit, state.offset) } else { unit };
        let shift = rescale(state.offset, Timescale::NANOS, scale, Rounding::Nearest);
        let dts = Timestamp(unit.dts.0.saturating_add(shift));
        self.out.push_back(Output::Unit { unit: AccessUnit { track: id, dts, ..unit }, tracks: set });
    }
}

/// Splice information whose times are on another clock: they are put off as those of the pictures are. What cannot be read is
/// left as it is.
fn restamped(unit: AccessUnit, nanos: i64) -> AccessUnit {
    let by = rescale(nanos, Timescale::NANOS, Timescale::MPEG, Rounding::Nearest);
    match scte35::restamped(&unit.payload.to_bytes(), by) {
        Ok(section) if by != 0 => AccessUnit { payload: Bytes::from(section).into(), ..unit },
        _ => unit,
    }
}

/// Which slot a version's track is in.
fn slot(version: &Version, track: &Track, set: &TrackSet) -> Slot {
    let video = || Slot::Video { version: version.clone(), track: track.id };
    let audio = |audio: &AudioParams| Slot::Audio { language: track.language.clone(), channels: audio.channels };
    match track.kind() {
        MediaKind::Video | MediaKind::Audio => track.audio().map_or_else(video, audio),
        MediaKind::Metadata => Slot::Messages {
            splices: track.codec == Codec::Scte35,
            nth: set.tracks.iter().filter(|other| other.codec == track.codec && other.id < track.id).count(),
        },
    }
}

/// The number of a slot: the broadcast's own, if nothing else has that.
fn number(ids: &mut BTreeMap<Slot, TrackId>, slot: Slot, own: TrackId) -> TrackId {
    if let Some(id) = ids.get(&slot) {
        return *id;
    }
    let taken = |id: TrackId| ids.values().any(|taken| *taken == id);
    let id = if taken(own) { ids.values().max().copied().unwrap_or(own).next() } else { own };
    ids.insert(slot, id);
    id
}
