//! A presentation as it was, or a stretch of it: start-over, catch-up and delayed viewing.

use std::sync::Arc;
use std::time::Duration;

use springhead_core::{MediaSequence, WallTime};

use crate::presentation::{MpdCell, Presentation, Rendition};
use crate::segment::Segment;

/// What a viewer wants to see of a broadcast, by the wall clock. The default is all that is listed, live.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shift {
    /// From when on (`?start=`): players begin there.
    pub start: Option<WallTime>,
    /// Until when (`?end=`): once that is over, what is between is on demand.
    pub end: Option<WallTime>,
    /// How much later than others (`?delay=`).
    pub delay: Duration,
}

impl Shift {
    /// Whether there is anything to shift.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the live edge is that of all others.
    pub fn is_live(&self) -> bool {
        self.delay.is_zero() && self.end.is_none()
    }
}

/// How a shifted presentation differs from that which it was made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shifted {
    /// Whether there are parts, hints and segments that are still being made.
    pub(crate) live_edge: bool,
    /// By how much it is later on the wall clock.
    pub(crate) delay: Duration,
    /// How far back players are to begin; none where they choose.
    pub(crate) begin: Option<Duration>,
}

impl Presentation {
    /// What `shift` leaves of it at `now`; none when that is nothing, because it is not there yet or no longer.
    ///
    /// A stretch that is over has ended, as the broadcast will have (EXT-X-ENDLIST, a static MPD). One that is not over, and
    /// one that is delayed, lists segments once they are complete, without parts.
    pub fn shifted(&self, shift: &Shift, now: WallTime) -> Option<Self> {
        let leader = self.renditions.first()?;
        let listed = leader.listed(self);
        let begin = |segment: &Arc<Segment>| segment.program_date_time;
        let end = |segment: &Arc<Segment>| begin(segment) + Duration::from_micros(segment.duration.micros());
        let start = shift.start.unwrap_or(WallTime(i64::MIN));
        let first = listed.partition_point(|segment| end(segment) <= start);
        let clock = WallTime(now.0.saturating_sub(i64::try_from(shift.delay.as_nanos()).unwrap_or(i64::MAX)));
        // What is delayed is shown when its time has come; a stretch has what begins before its end.
        let due = |segment: &Arc<Segment>| shift.delay.is_zero() || end(segment) <= clock;
        let within = |segment: &Arc<Segment>| shift.end.is_none_or(|until| begin(segment) < until);
        let last = listed.partition_point(|segment| due(segment) && within(segment));
        let over =
            shift.end.is_some_and(|until| listed.get(last).is_some_and(|next| due(next) && begin(next) >= until))
                || (self.ended && last == listed.len());
        // What begins with the segment that is being made is there as soon as that is.
        let open = shift.is_live() && leader.open.is_some() && first == listed.len() && start <= now;
        if first > last || (first == last && !open) {
            return None;
        }
        let live_edge = shift.is_live() && !self.ended;
        let from = listed.get(first).map_or(leader.next_msn, |segment| segment.msn);
        let until = if shift.is_live() { None } else { listed[..last].last().map(|segment| segment.msn.next()) };
        let edge = listed[..last].last().map_or(now, end);
        let elapsed = |from: WallTime| Duration::from_nanos(u64::try_from(clock.0.saturating_sub(from.0)).unwrap_or(0));
        Some(Self {
            renditions: self.renditions.iter().map(|rendition| Arc::new(stretch(rendition, until))).collect(),
            listed_from: from,
            ended: over,
            shifted: Some(Shifted {
                live_edge,
                delay: shift.delay,
                begin: shift.start.and(listed.get(first)).map(|segment| elapsed(begin(segment))),
            }),
            multivariant: Arc::default(),
            playlists: Arc::default(),
            mpd: Arc::new(MpdCell::new(if live_edge { self.mpd.publish_time } else { edge + shift.delay })),
            ..self.clone()
        })
    }
}

/// A rendition up to a number.
fn stretch(rendition: &Rendition, until: Option<MediaSequence>) -> Rendition {
    let Some(until) = until else { return rendition.clone() };
    let last = rendition.segments.partition_point(|segment| segment.msn < until);
    let segments = Arc::new(rendition.segments[..last].to_vec());
    Rendition { segments, open: None, next_msn: until, ..rendition.clone() }
}
