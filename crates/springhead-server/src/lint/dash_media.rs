//! The segments of one Representation, as far as they are fetched.

use std::time::Duration;

use springhead::conform::Finding;
use springhead::conform::cmaf::{self, Tail};
use springhead::conform::dash_segment::{self, Fetched};
use springhead::conform::http::Resource;
use springhead::core::WallTime;
use springhead::manifest::Seconds;
use springhead::manifest::dash::{
    AdaptationSet, BaseUrl, Mpd, Period, PresentationType, Representation, SegmentTemplate,
};
use springhead::mux::fmp4::read::InitSection;
use tokio::time::sleep;
use url::Url;

use super::dash::{Clock, target};
use super::fetch::Ask;
use super::session::Session;
use super::template::{Values, fill};

/// How many of the newest segments are fetched when a Representation is first seen, and at most of each MPD.
const NEWEST: usize = 2;
const MOST: usize = 20;

/// Where in an MPD something is.
pub(super) struct Place<'a> {
    pub(super) url: &'a Url,
    pub(super) mpd: &'a Mpd,
    pub(super) period: &'a Period,
}

impl Place<'_> {
    /// What relative URLs of a Representation are resolved against.
    fn base(&self, set: &AdaptationSet, representation: &Representation) -> Option<Url> {
        let levels = [&self.mpd.base_urls, &self.period.base_urls, &set.base_urls, &representation.base_urls];
        levels
            .into_iter()
            .filter_map(|urls: &Vec<BaseUrl>| urls.first())
            .try_fold(self.url.clone(), |base, next| base.join(&next.url).ok())
    }

    /// When the Period begins, in microseconds since 1970; zero in what has no clock.
    fn start(&self) -> i128 {
        let origin = self.mpd.availability_start_time.map_or(0, |origin| i128::from(origin.0) / 1_000);
        origin + i128::from(self.period.start.unwrap_or_default().micros())
    }
}

/// A segment that an MPD lists.
#[derive(Clone, Copy, Debug)]
struct Segment {
    number: u64,
    time: u64,
    place: dash_segment::Place,
    /// When it ends, in microseconds since 1970.
    end: i128,
}

/// The newest segments that a template lists: by its timeline, or by its duration and the clock. The timeline may go beyond
/// the clock.
fn newest(place: &Place<'_>, template: &SegmentTemplate, now: WallTime) -> Vec<Segment> {
    let scale = i128::from(template.timescale());
    let zero = i128::from(template.presentation_time_offset());
    let end = |ticks: i128| place.start() + (ticks - zero) * 1_000_000 / scale;
    if let Some(timeline) = &template.timeline {
        let runs: Vec<_> = timeline.runs().collect();
        let count: u64 = runs.iter().filter_map(|run| run.count).fold(0, u64::saturating_add);
        let mut next = template.start_number().saturating_add(count);
        let mut segments = Vec::new();
        for run in runs.iter().rev() {
            for n in (0..run.count.unwrap_or(0)).rev().take(MOST.saturating_sub(segments.len())) {
                next = next.saturating_sub(1);
                let start = run.start.saturating_add(run.duration.saturating_mul(n));
                let place = dash_segment::Place::Timeline { start, duration: run.duration };
                let end = end(i128::from(start) + i128::from(run.duration));
                segments.push(Segment { number: next, time: start, place, end });
            }
        }
        segments.reverse();
        return segments;
    }
    let Some(duration) = template.duration.filter(|duration| *duration > 0) else { return Vec::new() };
    let lasts = place.period.duration.filter(|_| place.mpd.type_ == PresentationType::Static);
    let until = lasts.map_or(i128::from(now.0) / 1_000, |lasts| place.start() + i128::from(lasts.micros()));
    let count = (until - place.start()) * scale / 1_000_000 / i128::from(duration);
    let count = u64::try_from(count).unwrap_or(0);
    let numbers = count.saturating_sub(NEWEST as u64)..count;
    let segment = |n: u64| {
        let number = template.start_number().saturating_add(n);
        let time = n.saturating_mul(duration);
        let ticks = zero + i128::from(time) + i128::from(duration);
        Segment { number, time, place: dash_segment::Place::Number(number), end: end(ticks) }
    };
    numbers.map(segment).collect()
}

/// The media of one Representation as far as it was fetched.
#[derive(Default)]
pub(super) struct Media {
    /// Number, or time where segments are named by that alone, of the last one that was fetched. When it ends, a later MPD may correct.
    seen: Option<u64>,
    init: Option<InitSection>,
    tail: Option<Tail>,
}

impl Media {
    pub(super) async fn check(
        &mut self,
        session: &Session,
        place: &Place<'_>,
        set: &AdaptationSet,
        representation: &Representation,
        now: WallTime,
    ) {
        let (Some(template), Some(base)) = (set.template_of(representation), place.base(set, representation)) else {
            return;
        };
        let target = target(place.mpd);
        let url = |pattern: &Option<String>, number, time| {
            let values =
                Values { representation_id: &representation.id, bandwidth: representation.bandwidth, number, time };
            base.join(&fill(pattern.as_deref()?, values)?).ok()
        };
        if self.init.is_none() {
            let Some(at) = url(&template.initialization, 0, 0) else { return };
            self.init = session.init(&at, Ask::default(), target).await;
        }
        let Some(init) = &self.init else { return };
        // A tenth of a second for the clocks.
        let there = i128::from(now.0) / 1_000 - 100_000;
        let complete = |segment: &Segment| place.mpd.type_ == PresentationType::Static || segment.end <= there;
        let listed: Vec<Segment> = newest(place, &template, now).into_iter().filter(complete).collect();
        let first = if self.seen.is_some() { 0 } else { listed.len().saturating_sub(NEWEST) };
        let by_number = template.media.as_ref().is_some_and(|media| media.contains("$Number"));
        let key = |segment: &Segment| if by_number { segment.number } else { segment.time };
        let seen = self.seen;
        for segment in listed.into_iter().skip(first).filter(|segment| seen.is_none_or(|seen| key(segment) > seen)) {
            self.seen = Some(key(&segment));
            let Some(at) = url(&template.media, segment.number, segment.time) else { return };
            let Some(answer) = session.get(&at, Ask::default(), Resource::Segment, target).await else {
                self.tail = None;
                continue;
            };
            let verdict = cmaf::check_segment(init, &answer.body, self.tail.as_ref());
            session.report.add(&answer.url, &verdict.findings);
            self.tail = verdict.model;
            let fetched =
                Fetched { set, representation, template: &template, place: segment.place, init, bytes: &answer.body };
            // How a Representation is described is said once, how its segments are placed of each.
            let (of_all, own): (Vec<Finding>, Vec<Finding>) =
                dash_segment::check(&fetched).into_iter().partition(|finding| finding.id == "A-17");
            session.report.add(&answer.url, &own);
            session.report.add_once(&representation.id, &answer.url, &of_all);
        }
    }
}

/// Asks for the segment that begins next of each Representation that is delivered while it is produced.
pub(super) async fn in_progress(session: &Session, url: &Url, mpd: &Mpd, clock: &Clock) {
    let Some(period) = mpd.periods.last().filter(|_| mpd.type_ == PresentationType::Dynamic) else { return };
    let place = Place { url, mpd, period };
    let each = period.adaptation_sets.iter().flat_map(|set| set.representations.iter().map(move |one| (set, one)));
    let each = each.map(|(set, representation)| one_in_progress(session, &place, set, representation, clock));
    futures_util::future::join_all(each).await;
}

async fn one_in_progress(
    session: &Session,
    place: &Place<'_>,
    set: &AdaptationSet,
    one: &Representation,
    clock: &Clock,
) {
    let (Some(template), Some(base)) = (set.template_of(one), place.base(set, one)) else { return };
    let Some(offset) = template.availability_time_offset.filter(|_| template.availability_time_complete == Some(false))
    else {
        return;
    };
    let now = clock.now(session);
    let begins = |segment: &Segment| segment.end - i128::from(Seconds::micros(offset));
    let now_micros = i128::from(now.0) / 1_000;
    let Some(next) = newest(place, &template, now).into_iter().find(|segment| begins(segment) > now_micros) else {
        return;
    };
    let wait = u64::try_from(begins(&next) - now_micros).unwrap_or(0);
    sleep(Duration::from_micros(wait)).await;
    let values = Values { representation_id: &one.id, bandwidth: one.bandwidth, number: next.number, time: next.time };
    let at = template.media.as_deref().and_then(|media| base.join(&fill(media, values)?).ok());
    if let Some(at) = at {
        session.ask(&at, Ask::default(), Resource::SegmentInProgress, target(place.mpd)).await;
    }
}
