//! A rendition as the packager keeps it: its knife, its units that wait, and its segments.

use std::collections::VecDeque;
use std::sync::Arc;

use springhead_core::{AccessUnit, MediaKind, MediaSequence, Rounding, TickDelta, Ticks, Timestamp, Track, TrackId};
use springhead_mux::fmp4;

use crate::cutter::{Cutter, Numbers, Opening, slack};
use crate::presentation::{Bandwidth, Rendition};
use crate::segment::{Init, Period, Segment, printed};
use crate::{PackagerConfig, PackagerStats};

/// How many segments tell what the next will last and how many bits a second it will have.
const RECENT: usize = 8;

/// A place on the leader's timeline where the followers cut.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Boundary {
    pub(crate) at: Timestamp,
    /// Whether the leader's period ends here. What a follower is short of is then not missing.
    pub(crate) ends_period: bool,
}

#[derive(Debug)]
pub(crate) struct RenditionState {
    pub(crate) name: Arc<str>,
    pub(crate) track: Arc<Track>,
    pub(crate) cutter: Option<Cutter>,
    /// How much later than it is decoded the first unit of the period is presented.
    delay: TickDelta,
    /// Units that wait for the leader to show whether a boundary comes before them.
    pub(crate) waiting: VecDeque<AccessUnit>,
    pub(crate) waiting_bytes: usize,
    /// Boundaries that this rendition has yet to reach, in its own ticks.
    pub(crate) boundaries: VecDeque<Boundary>,
    /// Where the last segment of a period ends, when this rendition had nothing for it.
    pub(crate) missing: Option<(Arc<Period>, Timestamp)>,
    /// The last random access point, to be held if the publisher is lost.
    pub(crate) last_key: Option<AccessUnit>,
    pub(crate) segments: Arc<Vec<Arc<Segment>>>,
    pub(crate) inits: Arc<Vec<Arc<Init>>>,
    pub(crate) next_msn: MediaSequence,
    /// The period whose first segment is already made, so that the next is no discontinuity.
    last_period: Option<Arc<Period>>,
    numbers: Numbers,
    bandwidth: Bandwidth,
}

impl RenditionState {
    pub(crate) fn new(track: Arc<Track>, next_msn: MediaSequence) -> Self {
        let letter = match track.kind() {
            MediaKind::Video => 'v',
            MediaKind::Audio => 'a',
        };
        Self {
            name: format!("{letter}{}", track.id).into(),
            track,
            cutter: None,
            delay: TickDelta(0),
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            boundaries: VecDeque::new(),
            missing: None,
            last_key: None,
            segments: Arc::default(),
            inits: Arc::default(),
            next_msn,
            last_period: None,
            numbers: Numbers { chunk: 1, part: 0 },
            bandwidth: Bandwidth::default(),
        }
    }

    pub(crate) fn id(&self) -> TrackId {
        self.track.id
    }

    /// Starts a period, whose first unit is `first` unless one of this rendition waits. The init section is the last one
    /// again if its bytes are the same, so that a reconnect with unchanged parameters costs a player nothing (N-13).
    pub(crate) fn begin(
        &mut self,
        track: Arc<Track>,
        period: Arc<Period>,
        first: &AccessUnit,
        config: &PackagerConfig,
    ) -> Result<(), fmp4::MuxError> {
        let first = self.waiting.front().or((first.track == track.id).then_some(first));
        let delay = first.map_or(TickDelta(0), |first| first.composition_offset);
        // A little more, so that no offset becomes negative where a unit is decoded later than it says, as a chunk was
        // closed before its last duration was known. Not much more: hls.js overlooks the edit in its own accounts.
        let presented_from = match (first, u64::try_from(delay.0)) {
            (Some(first), Ok(delay @ 1..)) => Ticks(delay) + slack(first),
            _ => Ticks::ZERO,
        };
        let body = fmp4::init_section(&track, presented_from)?;
        let init = match self.inits.last() {
            Some(last) if last.body == body => last.clone(),
            last => {
                let init = Arc::new(Init {
                    id: last.map_or(0, |last| last.id + 1),
                    track: track.clone(),
                    presented_from,
                    body,
                });
                Arc::make_mut(&mut self.inits).push(init.clone());
                init
            }
        };
        self.track = track;
        self.delay = delay;
        self.boundaries.clear();
        self.cutter = Some(Cutter::new(init, period, config, self.numbers));
        let waiting = std::mem::take(&mut self.waiting);
        self.waiting = waiting.iter().filter_map(|unit| self.in_media_time(unit)).collect();
        Ok(())
    }

    /// Whether any segment, complete or missing, was made of the period.
    pub(crate) fn has_segment_of(&self, period: &Period) -> bool {
        self.last_period.as_ref().is_some_and(|last| last.id == period.id)
    }

    pub(crate) fn queue(&mut self, unit: AccessUnit) {
        self.waiting_bytes += unit.payload.len();
        self.waiting.push_back(unit);
    }

    pub(crate) fn dequeue(&mut self) -> Option<AccessUnit> {
        let unit = self.waiting.pop_front()?;
        self.waiting_bytes -= unit.payload.len();
        Some(unit)
    }

    /// The unit with its times counted from the period's zero; none when this rendition has no part in a period. Decode
    /// times are put off so that the first unit is decoded when it is presented.
    pub(crate) fn in_media_time(&self, unit: &AccessUnit) -> Option<AccessUnit> {
        let zero = self.cutter.as_ref()?.period.zero_in(self.track.timescale);
        Some(AccessUnit {
            dts: Timestamp(unit.dts.delta_since(zero).0.saturating_add(self.delay.0)),
            composition_offset: TickDelta(unit.composition_offset.0.saturating_sub(self.delay.0)),
            ..unit.clone()
        })
    }

    /// Takes a unit into the open segment. Tells whether a chunk became complete.
    pub(crate) fn append(&mut self, unit: &AccessUnit, stats: &mut PackagerStats) -> bool {
        let Some(cutter) = &mut self.cutter else { return false };
        let known = self.last_period.as_ref();
        let discontinuity = known.is_some_and(|last| last.id != cutter.period.id);
        match cutter.append(unit, Opening { msn: self.next_msn, discontinuity }) {
            Ok(completed) => completed,
            Err(_) => {
                stats.unfit_units += 1;
                false
            }
        }
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
        let Some(init) = self.inits.last().cloned() else {
            self.next_msn = self.next_msn.next();
            return;
        };
        let scale = self.track.timescale;
        let last = self.segments.last().filter(|last| last.period.id == period.id);
        let start = last.map_or(Timestamp::ZERO, |last| last.start + last.ticks);
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
            parts: Vec::new(),
            len: 0,
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
        self.measure();
        segment
    }

    fn measure(&mut self) {
        let bits_per_second = |segments: &[Arc<Segment>]| {
            let micros: u64 = segments.iter().map(|s| s.duration.micros()).sum();
            let bits: u64 = segments.iter().map(|s| s.len * 8).sum();
            (u128::from(bits) * 1_000_000).checked_div(u128::from(micros)).unwrap_or(0) as u64
        };
        let heard: Vec<_> = self.segments.iter().filter(|s| !s.is_gap()).cloned().collect();
        // A last segment much shorter than the others says little of the rate.
        let longest = heard.iter().map(|s| s.duration).max().unwrap_or_default();
        let representative = |s: &&Arc<Segment>| s.duration.micros() * 2 >= longest.micros();
        let peak = heard.iter().filter(representative).map(|s| bits_per_second(std::slice::from_ref(s))).max();
        let average = bits_per_second(&heard);
        self.bandwidth = Bandwidth { peak: peak.unwrap_or(0).max(average), average };
    }

    /// The longest of the last segments of the current period, or the segment wanted when there is none yet.
    fn expected(&self, config: &PackagerConfig) -> Ticks {
        let wanted = self.track.timescale.ticks(config.segment, Rounding::Nearest);
        let Some(cutter) = &self.cutter else { return wanted };
        let recent = self.segments.iter().rev().take(RECENT).take_while(|s| s.period.id == cutter.period.id);
        recent.map(|segment| segment.ticks).max().unwrap_or(wanted)
    }

    pub(crate) fn view(&self, config: &PackagerConfig) -> Rendition {
        Rendition {
            name: self.name.clone(),
            track: self.track.clone(),
            current: self.cutter.is_some(),
            segments: self.segments.clone(),
            open: self.cutter.as_ref().and_then(Cutter::view),
            next_msn: self.next_msn,
            next_part: self.cutter.as_ref().map_or(self.numbers, Cutter::numbers).part,
            inits: self.inits.clone(),
            expected: self.expected(config),
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
        let oldest = self.segments.first().map(|segment| segment.init.id);
        let newest = self.inits.last().map(|init| init.id);
        if let Some(oldest) = oldest.or(newest)
            && self.inits.first().is_some_and(|init| init.id < oldest)
        {
            Arc::make_mut(&mut self.inits).retain(|init| init.id >= oldest);
        }
    }
}
