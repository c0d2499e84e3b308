//! A rendition as the packager keeps it: its knife, its units that wait, and its segments.

use std::collections::VecDeque;
use std::sync::Arc;

use springhead_core::lag::{Pressure, Thinning};
use springhead_core::time::rescale;
use springhead_core::{
    AccessUnit, DiscontinuitySequence, MediaSequence, MonoTime, Rounding, TickDelta, Ticks, Timescale, Timestamp,
    Track, TrackId, TrackSet, WallTime,
};
use springhead_mux::fmp4;

use crate::cutter::{CutBy, Cutter, Numbers, Opening, slack};
use crate::kind::Kind;
use crate::presentation::{Bandwidth, Rendition};
use crate::segment::{Follows, Init, Made, Period, Segment, printed};
use crate::transport_stream;
use crate::{Numbering, PackagerConfig, PackagerStats};

/// How many segments tell what the next will last and how many bits a second it will have.
const RECENT: usize = 8;

/// A place on the leader's timeline where the followers cut.
#[derive(Clone, Debug)]
pub(crate) struct Boundary {
    /// Media time of the period that it lies in, in the follower's ticks.
    pub(crate) at: Timestamp,
    pub(crate) then: Then,
}

/// What comes after a boundary.
#[derive(Clone, Debug)]
pub(crate) enum Then {
    /// The next segment of the same period.
    Segment,
    /// Nothing: the leader's period ends here. What a follower is short of is then not missing.
    End,
    /// Another period, and the track that this rendition is made of in it.
    Period(Arc<Period>, Option<Arc<Track>>),
}

/// A unit that waits, in the source's time, with the configuration that it needs.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub(crate) unit: AccessUnit,
    pub(crate) track: Arc<Track>,
    /// Whether it was made here, for want of a real one.
    pub(crate) stands_in: bool,
}

#[derive(Debug)]
pub(crate) struct RenditionState {
    pub(crate) name: Arc<str>,
    id: TrackId,
    /// The track of that number, as it was sent last.
    pub(crate) track: Arc<Track>,
    pub(crate) cutter: Option<Cutter>,
    /// The track that it is made of as soon as a unit of that has come, which shows how long pictures are delayed.
    pub(crate) awaited: Option<Arc<Track>>,
    /// The period that the next segment belongs to.
    pub(crate) period: Option<Arc<Period>>,
    /// How much later than it is decoded the first unit of the timeline is presented.
    delay: TickDelta,
    /// Units that wait for the leader to show whether a boundary comes before them.
    waiting: VecDeque<Waiting>,
    /// Units of the track that it will be made of in a period that it has yet to enter.
    later: VecDeque<Waiting>,
    pub(crate) waiting_bytes: usize,
    /// Boundaries that this rendition has yet to reach.
    pub(crate) boundaries: VecDeque<Boundary>,
    /// Where the last segment of a period ends, when this rendition had nothing for it.
    pub(crate) missing: Option<(Arc<Period>, Timestamp)>,
    /// The last key picture, and the init section that it needs.
    last_key: Option<(Arc<Init>, AccessUnit)>,
    /// Whether the group of pictures is open at which the period was entered.
    entry: Thinning,
    /// When the last unit came.
    pub(crate) last_arrival: MonoTime,
    /// The number of the part that was hinted at last when it became known that another init section is needed soon. No
    /// other is hinted at until that is so.
    pub(crate) last_hint: Option<u64>,
    /// Whether what was packaged last was made here, for want of a real unit.
    pub(crate) filled: bool,
    pub(crate) segments: Arc<Vec<Arc<Segment>>>,
    pub(crate) inits: Arc<Vec<Arc<Init>>>,
    pub(crate) next_msn: MediaSequence,
    /// The period whose first segment is already made, so that the next is no discontinuity.
    last_period: Option<Arc<Period>>,
    numbers: Numbers,
    bandwidth: Bandwidth,
    /// The farthest from the leader's boundary that a segment of the period began.
    pub(crate) misalignment: Ticks,
    /// The periods that it came too late for, to be a part of them from the beginning.
    pub(crate) late_for: Arc<Vec<DiscontinuitySequence>>,
}

impl RenditionState {
    pub(crate) fn new(track: Arc<Track>, next_msn: MediaSequence, numbers: Numbers) -> Self {
        let letter = match Kind::of(&track) {
            Kind::Video => 'v',
            Kind::Audio => 'a',
        };
        Self {
            name: format!("{letter}{}", track.id).into(),
            id: track.id,
            track,
            cutter: None,
            awaited: None,
            period: None,
            delay: TickDelta(0),
            waiting: VecDeque::new(),
            later: VecDeque::new(),
            waiting_bytes: 0,
            boundaries: VecDeque::new(),
            missing: None,
            last_key: None,
            entry: Thinning::new(),
            last_arrival: MonoTime(0),
            last_hint: None,
            filled: false,
            segments: Arc::default(),
            inits: Arc::default(),
            next_msn,
            last_period: None,
            numbers,
            bandwidth: Bandwidth::default(),
            misalignment: Ticks::ZERO,
            late_for: Arc::default(),
        }
    }

    /// Begins its numbers elsewhere, before anything was numbered.
    pub(crate) fn number(&mut self, next_msn: MediaSequence, numbers: Numbers) {
        (self.next_msn, self.numbers) = (next_msn, numbers);
    }

    /// Forgets all segments, and goes on with a number farther on.
    pub(crate) fn restart_at(&mut self, next_msn: MediaSequence) {
        self.segments = Arc::default();
        self.next_msn = next_msn;
    }

    /// Fills one number with a segment whose media is missing, up to a wall-clock time after the last period.
    pub(crate) fn gap_until(&mut self, end: WallTime) {
        let Some(period) = self.last_period.clone() else {
            self.next_msn = self.next_msn.next();
            return;
        };
        let scale = self.track.timescale;
        let since = rescale(end.0.saturating_sub(period.wall.0), Timescale::NANOS, scale, Rounding::Nearest);
        let at = Timestamp(period.from_in(scale).0.saturating_add(since));
        self.gap(&period, at);
    }

    pub(crate) fn id(&self) -> TrackId {
        self.id
    }

    pub(crate) fn kind(&self) -> Kind {
        Kind::of(&self.track)
    }

    pub(crate) fn is_open(&self) -> bool {
        self.cutter.as_ref().is_some_and(Cutter::is_open)
    }

    /// The track that it is made of now: its own, or another that stands in.
    pub(crate) fn source(&self) -> Option<&Arc<Track>> {
        self.cutter.as_ref().map(|cutter| &cutter.init.track).or(self.awaited.as_ref())
    }

    /// Whether units of a track are for it, now or after a boundary that it has yet to reach.
    pub(crate) fn takes(&self, track: &Track) -> bool {
        let later = self.boundaries.iter().any(|boundary| match &boundary.then {
            Then::Period(_, then) => then.as_deref() == Some(track),
            Then::Segment | Then::End => false,
        });
        // Before the first period a rendition waits with what is its own.
        later || self.source().is_some_and(|source| **source == *track) || self.period.is_none() && self.id == track.id
    }

    /// Enters a period. One that goes on with the timeline finds the knife as it was, if the track is the same. The init
    /// section is the last one again if its bytes are the same, so that a reconnect with unchanged parameters costs a player
    /// nothing (N-13).
    pub(crate) fn enter(
        &mut self,
        track: Option<Arc<Track>>,
        period: Arc<Period>,
        first: Option<&AccessUnit>,
        cut: &CutBy<'_>,
    ) -> Result<(), fmp4::MuxError> {
        self.period = Some(period.clone());
        self.misalignment = Ticks::ZERO;
        self.last_hint = None;
        let Some(track) = track else {
            self.leave();
            return Ok(());
        };
        if track.id == self.id {
            self.track = track.clone();
        }
        if let Some(cutter) = self.cutter.as_mut().filter(|_| period.follows != Follows::Anew)
            && cutter.init.track == track
        {
            cutter.period = period;
            return Ok(());
        }
        // Messages of the same timeline go on waiting for their chunk.
        let waiting = self.cutter.as_mut().map(|cutter| std::mem::take(&mut cutter.inband));
        let inband = waiting.filter(|_| period.follows != Follows::Anew).unwrap_or_default();
        self.leave();
        // What stood in until here is over.
        let waiting = std::mem::take(&mut self.waiting).into_iter().chain(std::mem::take(&mut self.later));
        self.waiting = waiting.filter(|waiting| waiting.track == track).collect();
        self.waiting_bytes = self.waiting.iter().map(|waiting| waiting.unit.payload.len()).sum();
        let own = self.waiting.iter().map(|waiting| &waiting.unit).find(|unit| unit.is_random_access());
        let first = own.or(first.filter(|first| first.track == track.id));
        if first.is_none() && Kind::of(&track) == Kind::Video {
            self.awaited = Some(track);
            return Ok(());
        }
        let delay = first.map_or(TickDelta(0), |first| first.composition_offset);
        // A little more, so that no offset becomes negative where a unit is decoded later than it says, as a chunk was
        // closed before its last duration was known. Not much more: hls.js overlooks the edit in its own accounts.
        let presented_from = match (first, u64::try_from(delay.0)) {
            (Some(first), Ok(delay @ 1..)) => Ticks(delay) + slack(first),
            _ => Ticks::ZERO,
        };
        let body = fmp4::init_section(&track, presented_from)?;
        let init = match self.inits.iter().rev().find(|known| known.body == body) {
            Some(known) => known.clone(),
            None => {
                let next = self.inits.iter().map(|known| known.id + 1).max().unwrap_or(self.numbers.init);
                let id = if cut.config.numbering == Numbering::Epoch { name_of(&body) } else { next };
                let in_transport_streams = transport_stream::carries(&track);
                let init = Arc::new(Init { id, track, presented_from, body, in_transport_streams });
                Arc::make_mut(&mut self.inits).push(init.clone());
                init
            }
        };
        self.filled = false;
        self.delay = delay;
        self.cutter.insert(Cutter::new(init, period, cut, self.numbers)).inband = inband;
        Ok(())
    }

    /// Nothing is made of this rendition any more. What was open has to be closed before.
    pub(crate) fn leave(&mut self) {
        self.awaited = None;
        if let Some(cutter) = self.cutter.take() {
            self.numbers = cutter.numbers();
        }
    }

    /// The number that the next part to become complete will have.
    fn next_part(&self) -> u64 {
        self.cutter.as_ref().map_or(self.numbers, Cutter::numbers).part
    }

    /// Learns whether it will be made of another track soon, so that no part is hinted at which will not come. Says whether
    /// that is news.
    pub(crate) fn prepare(&mut self, changes: bool) -> bool {
        let entering = self.boundaries.iter().any(|boundary| matches!(boundary.then, Then::Period(..)));
        let before = self.last_hint;
        self.last_hint = (changes || entering).then(|| before.unwrap_or_else(|| self.next_part()));
        before != self.last_hint
    }

    /// Whether the part that was hinted at last becomes complete if this rendition goes over to `next` at `at`. Also said where
    /// the encoder has gone over already, as no more can come of it then.
    pub(crate) fn keeps_its_hint(&self, next: &TrackSet, at: Timestamp, scale: Timescale) -> bool {
        let Some((cutter, hinted)) = self.cutter.as_ref().zip(self.last_hint) else { return true };
        let present = &cutter.init.track;
        let gone_over = next.track(present.id).is_some_and(|track| track != present);
        gone_over
            || cutter.numbers().part > hinted
            || cutter.reaches_into_next_part(at.rescale(scale, cutter.scale(), Rounding::Nearest))
    }

    /// Whether any segment, complete or missing, was made of the period.
    pub(crate) fn has_segment_of(&self, period: &Period) -> bool {
        self.last_period.as_ref().is_some_and(|last| last.id == period.id)
    }

    /// Takes a unit, in the source's time, to wait until it is known which segment it belongs to.
    pub(crate) fn queue(&mut self, unit: AccessUnit, track: Arc<Track>) {
        self.push(Waiting { unit, track, stands_in: false });
    }

    /// Takes a unit, in media time, that stands in for one that does not come.
    pub(crate) fn queue_stand_in(&mut self, unit: AccessUnit) {
        if let (Some(unit), Some(track)) = (self.in_source_time(unit), self.source().cloned()) {
            self.push(Waiting { unit, track, stands_in: true });
        }
    }

    fn push(&mut self, waiting: Waiting) {
        self.waiting_bytes += waiting.unit.payload.len();
        match self.source().is_none_or(|source| *source == waiting.track) {
            true => self.waiting.push_back(waiting),
            false => self.later.push_back(waiting),
        }
    }

    /// The next place after `at` where it is cut, as far as that is known.
    pub(crate) fn boundary_behind(&self, at: Timestamp) -> Option<Timestamp> {
        self.boundaries.iter().map(|boundary| boundary.at).find(|boundary| *boundary > at)
    }

    pub(crate) fn dequeue(&mut self) -> Option<Waiting> {
        let waiting = self.waiting.pop_front()?;
        self.waiting_bytes -= waiting.unit.payload.len();
        Some(waiting)
    }

    /// Forgets the oldest that waits for a period that has yet to begin.
    pub(crate) fn forget_oldest_of_later(&mut self) -> bool {
        let oldest = self.later.pop_front();
        self.waiting_bytes -= oldest.as_ref().map_or(0, |waiting| waiting.unit.payload.len());
        oldest.is_some()
    }

    pub(crate) fn later(&self) -> impl DoubleEndedIterator<Item = &Waiting> {
        self.later.iter()
    }

    pub(crate) fn waiting(&self) -> impl DoubleEndedIterator<Item = &Waiting> {
        self.waiting.iter()
    }

    /// Forgets what waits, and says how many units that were.
    pub(crate) fn forget_waiting(&mut self) -> u64 {
        self.waiting_bytes = 0;
        self.waiting.drain(..).chain(self.later.drain(..)).count() as u64
    }

    /// The unit with its times counted from the timeline's zero; none when this rendition has no part in a period. Decode
    /// times are put off so that the first unit is decoded when it is presented.
    pub(crate) fn in_media_time(&self, unit: &AccessUnit) -> Option<AccessUnit> {
        let cutter = self.cutter.as_ref()?;
        let zero = cutter.period.zero_in(cutter.scale());
        Some(AccessUnit {
            dts: Timestamp(unit.dts.delta_since(zero).0.saturating_add(self.delay.0)),
            composition_offset: TickDelta(unit.composition_offset.0.saturating_sub(self.delay.0)),
            ..unit.clone()
        })
    }

    /// The opposite of [`in_media_time`](Self::in_media_time).
    pub(crate) fn in_source_time(&self, unit: AccessUnit) -> Option<AccessUnit> {
        let cutter = self.cutter.as_ref()?;
        let zero = cutter.period.zero_in(cutter.scale());
        Some(AccessUnit {
            dts: Timestamp(unit.dts.0.saturating_add(zero.0).saturating_sub(self.delay.0)),
            composition_offset: TickDelta(unit.composition_offset.0.saturating_add(self.delay.0)),
            ..unit
        })
    }

    /// Takes a unit into the open segment. Tells whether a chunk became complete.
    pub(crate) fn append(&mut self, unit: &AccessUnit, stats: &mut PackagerStats) -> bool {
        let Some(cutter) = &mut self.cutter else { return false };
        // A player that begins here cannot decode what leads to the start of an open group.
        if cutter.frontier().is_none() {
            self.entry.enter(unit);
        } else if !self.entry.judge(unit, false, Pressure::None).is_given() {
            stats.early_units += 1;
            return false;
        }
        let known = self.last_period.as_ref();
        let discontinuity = known.is_some_and(|last| last.id != cutter.period.id);
        match cutter.append(unit, Opening { msn: self.next_msn, discontinuity }) {
            Ok(completed) => {
                if unit.is_random_access() && Kind::of(&self.track) == Kind::Video {
                    self.last_key = Some((cutter.init.clone(), unit.clone()));
                }
                completed
            }
            Err(_) => {
                stats.unfit_units += 1;
                false
            }
        }
    }

    /// The last key picture, to be held if no more pictures come; none where another init section has come since.
    pub(crate) fn last_key(&self) -> Option<&AccessUnit> {
        let init = &self.cutter.as_ref()?.init;
        self.last_key.as_ref().filter(|(of, _)| Arc::ptr_eq(of, init)).map(|(_, key)| key)
    }

    /// Ends the open segment before `next`; one without media stands in when there is none open.
    pub(crate) fn close(&mut self, next: Option<&AccessUnit>, boundary: Option<Timestamp>) -> Option<Arc<Segment>> {
        let cutter = self.cutter.as_mut()?;
        let segment = cutter.close_segment(next, boundary)?;
        self.numbers = cutter.numbers();
        Some(self.keep(segment))
    }

    /// Fills one number with a segment whose media is missing up to `end` (EXT-X-GAP), so that numbers stay the leader's.
    pub(crate) fn gap(&mut self, period: &Arc<Period>, end: Timestamp) {
        let now = self.cutter.as_ref().map(|cutter| cutter.init.clone());
        let Some(init) = now.or(self.inits.last().cloned()) else {
            self.next_msn = self.next_msn.next();
            return;
        };
        let scale = init.track.timescale;
        let last = self.segments.last().filter(|last| last.period.id == period.id);
        let start = last.map_or(period.from_in(scale), |last| last.start + last.ticks);
        let end = end.max(start + Ticks(1));
        let segment = Segment {
            msn: self.next_msn,
            period: period.clone(),
            discontinuity: self.last_period.as_ref().is_some_and(|last| last.id != period.id),
            init,
            start,
            ticks: end.saturating_since(start),
            duration: printed(start, end, scale),
            program_date_time: period.wall_at(start, scale),
            independent: false,
            open_group: false,
            units: 0,
            parts: Vec::new(),
            len: 0,
            made: Made::default(),
        };
        if let Some(cutter) = &mut self.cutter {
            cutter.skip(end);
        }
        self.keep(segment);
    }

    fn keep(&mut self, segment: Segment) -> Arc<Segment> {
        let segment = Arc::new(segment);
        self.next_msn = segment.msn.next();
        self.last_period = Some(segment.period.clone());
        Arc::make_mut(&mut self.segments).push(segment.clone());
        segment
    }

    /// Measures the rates of what is listed.
    pub(crate) fn measure(&mut self, listed_from: MediaSequence) {
        let bits_per_second = |segments: &[Arc<Segment>]| {
            let micros: u64 = segments.iter().map(|s| s.duration.micros()).sum();
            let bits: u64 = segments.iter().map(|s| s.len * 8).sum();
            (u128::from(bits) * 1_000_000).checked_div(u128::from(micros)).unwrap_or(0) as u64
        };
        let listed = self.segments.iter().filter(|segment| segment.msn >= listed_from);
        let heard: Vec<_> = listed.filter(|segment| !segment.is_gap()).cloned().collect();
        // A last segment much shorter than the others says little of the rate.
        let longest = heard.iter().map(|s| s.duration).max().unwrap_or_default();
        let representative = |s: &&Arc<Segment>| s.duration.micros() * 2 >= longest.micros();
        let peak = heard.iter().filter(representative).map(|s| bits_per_second(std::slice::from_ref(s))).max();
        let average = bits_per_second(&heard);
        self.bandwidth = Bandwidth { peak: peak.unwrap_or(0).max(average), average };
    }

    /// How long the open segment is expected to last at most: as long as the longest of the last, or as wanted when there is
    /// none yet. With `leader`, what is expected of the rendition that leads, sound reaches from there to the next whole unit.
    pub(crate) fn expected(&self, config: &PackagerConfig, leader: Option<(Ticks, Timescale)>) -> Ticks {
        let Some(cutter) = &self.cutter else {
            return self.track.timescale.ticks(config.segment, Rounding::Nearest);
        };
        let scale = cutter.scale();
        let recent = || self.segments.iter().rev().take(RECENT);
        let in_period = recent().take_while(|s| s.period.id == cutter.period.id);
        let ticks = |s: &Arc<Segment>| s.ticks.rescale(s.init.track.timescale, scale, Rounding::Ceil);
        // A period that has no segment yet is expected to go on as the one before did.
        let longest = in_period.map(ticks).max().or_else(|| recent().map(ticks).max());
        let longest = longest.unwrap_or(scale.ticks(config.segment, Rounding::Nearest));
        let sound = cutter.init.track.audio().map(|audio| u64::from(audio.unit_ticks.max(1)));
        let whole = sound
            .zip(leader)
            .map(|(unit, (ticks, from))| Ticks(ticks.rescale(from, scale, Rounding::Ceil).0.next_multiple_of(unit)));
        whole.map_or(longest, |whole| longest.max(whole))
    }

    pub(crate) fn view(&self, config: &PackagerConfig, leader: Option<(Ticks, Timescale)>) -> Rendition {
        Rendition {
            name: self.name.clone(),
            own_track: self.id,
            track: self.track.clone(),
            current: self.source().is_some(),
            own: self.source().is_none_or(|source| source.id == self.id),
            misalignment: self.misalignment,
            late_for: self.late_for.clone(),
            period: self.period.as_ref().map(|period| period.id),
            segments: self.segments.clone(),
            open: self.cutter.as_ref().and_then(Cutter::view),
            next_msn: self.next_msn,
            next_part: self.next_part(),
            changes: self.last_hint.is_some() || self.awaited.is_some(),
            init: self.cutter.as_ref().map(|cutter| cutter.init.clone()),
            inits: self.inits.clone(),
            expected: self.expected(config, leader),
            chunk: self.cutter.as_ref().map_or(Ticks::ZERO, Cutter::chunk_span),
            bandwidth: self.bandwidth,
        }
    }

    /// Lets go of the segments before `first`, and of the init sections that only they needed.
    pub(crate) fn evict_before(&mut self, first: MediaSequence) {
        let keep_from = self.segments.partition_point(|segment| segment.msn < first);
        if keep_from == 0 {
            return;
        }
        Arc::make_mut(&mut self.segments).drain(..keep_from);
        if let Some(oldest) = self.segments.first().map(|segment| segment.period.id)
            && self.late_for.iter().any(|late| *late < oldest)
        {
            Arc::make_mut(&mut self.late_for).retain(|late| *late >= oldest);
        }
        let newest = self.inits.last().map(|init| init.id);
        let now = self.cutter.as_ref().map(|cutter| cutter.init.id);
        let needed = |init: &Arc<Init>| {
            Some(init.id) == newest
                || Some(init.id) == now
                || self.segments.iter().any(|segment| segment.init.id == init.id)
        };
        if self.inits.len() > 1 && !self.inits.iter().all(needed) {
            let kept = self.inits.iter().filter(|init| needed(init)).cloned().collect();
            self.inits = Arc::new(kept);
        }
    }
}

/// A number made of the content, so that the same init section has the same name at every origin: FNV-1a of 32 bits.
fn name_of(body: &[u8]) -> u32 {
    body.iter().fold(0x811c_9dc5, |hash, &byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
