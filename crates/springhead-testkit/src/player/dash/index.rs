//! What an MPD announces, segment by segment.

use springhead_core::{Rounding, Timescale, WallTime, time::rescale};
use springhead_manifest::dash::{
    AdaptationSet, ContentType, Mpd, Period, PresentationType, Representation, SegmentTemplate,
};

use super::super::locator::resolve;
use super::super::ranges::{Micros, stated, within};

/// The most segments that are listed of one run of a timeline.
const MOST_SEGMENTS: u64 = 100_000;
/// The most segments that are counted back from now.
const MOST_COUNTED: u64 = 1_000;

/// A segment of a Representation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Announced {
    /// `Period@id`, or where it stands when it has none.
    pub(super) period: String,
    pub(super) number: u64,
    /// When it is presented, from the start of the presentation.
    pub(super) start: Micros,
    pub(super) end: Micros,
    /// From when on it can be asked for.
    pub(super) available: Micros,
    pub(super) uri: String,
    pub(super) init: String,
    /// What is added to media time.
    pub(super) shift: Micros,
}

/// One Representation of a Period, chosen by kind and index.
pub(super) struct Chosen<'a> {
    pub(super) representation: &'a Representation,
    pub(super) template: SegmentTemplate,
}

/// The Representation of that index among those of a kind.
pub(super) fn choose(period: &Period, kind: ContentType, index: usize) -> Option<Chosen<'_>> {
    let set = period.adaptation_sets.iter().find(|set| set.content_type == Some(kind))?;
    let representation = set.representations.get(index).or(set.representations.first())?;
    Some(Chosen { representation, template: template_of(set, representation)? })
}

fn template_of(set: &AdaptationSet, representation: &Representation) -> Option<SegmentTemplate> {
    match (&representation.segment_template, &set.segment_template) {
        (Some(own), Some(upper)) => Some(own.inherit(upper)),
        (own, upper) => own.clone().or_else(|| upper.clone()),
    }
}

/// When each Period starts, in order.
pub(super) fn starts(mpd: &Mpd) -> Vec<Micros> {
    let mut at: Micros = 0;
    let mut out = Vec::with_capacity(mpd.periods.len());
    for period in &mpd.periods {
        at = period.start.map_or(at, |start| stated(start.micros()));
        out.push(at);
        at = within(at.saturating_add(period.duration.map_or(0, |duration| stated(duration.micros()))));
    }
    out
}

/// Everything of a kind that is announced, in order. Without a timeline, up to what has begun by `now`.
pub(super) fn segments(mpd: &Mpd, base: &str, kind: ContentType, index: usize, now: Micros) -> Vec<Announced> {
    let mut out = Vec::new();
    let starts = starts(mpd);
    for (at, period) in mpd.periods.iter().enumerate() {
        let Some(Chosen { representation, template }) = choose(period, kind, index) else { continue };
        let Some(scale) = Timescale::new(template.timescale()) else { continue };
        let micros =
            |ticks: u64| rescale(i64::try_from(ticks).unwrap_or(i64::MAX), scale, Timescale::MICROS, Rounding::Nearest);
        let shift = starts[at].saturating_sub(micros(template.presentation_time_offset()));
        let offset = template.availability_time_offset.map_or(0, |offset| stated(offset.micros()));
        let end = period.duration.map(|duration| starts[at].saturating_add(stated(duration.micros())));
        let name = |pattern: &Option<String>, number: u64, time: u64| {
            let pattern = pattern.as_deref().unwrap_or_default();
            let pattern = pattern.replace("$RepresentationID$", &representation.id);
            resolve(base, &pattern.replace("$Number$", &number.to_string()).replace("$Time$", &time.to_string()))
        };
        let mut push = |number: u64, time: u64, ticks: u64| {
            let place = |ticks| within(micros(ticks).saturating_add(shift));
            let (start, stop) = (place(time), place(time.saturating_add(ticks)));
            out.push(Announced {
                period: period.id.clone().unwrap_or_else(|| at.to_string()),
                number,
                start,
                end: stop,
                available: stop.saturating_sub(offset),
                uri: name(&template.media, number, time),
                init: name(&template.initialization, number, time),
                shift,
            });
        };
        if let Some(timeline) = &template.timeline {
            let mut number = template.start_number();
            for run in timeline.runs() {
                for n in 0..run.count.unwrap_or(0).min(MOST_SEGMENTS) {
                    push(number, run.start.saturating_add(run.duration.saturating_mul(n)), run.duration);
                    number = number.saturating_add(1);
                }
            }
        } else if let Some(duration) = template.duration.filter(|duration| *duration > 0) {
            // What has not begun is asked for when it has; what fell out of the window is not.
            let last = end.unwrap_or(now).saturating_sub(starts[at]).max(0);
            let depth = mpd.time_shift_buffer_depth.map_or(Micros::MAX, |depth| stated(depth.micros()));
            let first = now.saturating_sub(depth).saturating_sub(starts[at]).max(0);
            let index_at =
                |micros: Micros| (rescale(micros, Timescale::MICROS, scale, Rounding::Floor) as u64) / duration;
            let last = index_at(last).saturating_add(u64::from(end.is_none()));
            for n in index_at(first).max(last.saturating_sub(MOST_COUNTED))..=last {
                let time = n.saturating_mul(duration).saturating_add(template.presentation_time_offset());
                push(template.start_number().saturating_add(n), time, duration);
            }
        }
    }
    out
}

/// The presentation's time at a wall-clock time.
pub(super) fn time_of(mpd: &Mpd, wall: WallTime) -> Micros {
    let start = mpd.availability_start_time.unwrap_or_default();
    within(wall.0.saturating_sub(start.0) / 1_000)
}

/// Whether anything will be added.
pub(super) fn is_live(mpd: &Mpd) -> bool {
    mpd.type_ == PresentationType::Dynamic
}
