//! A live presentation as it goes on, one MPD after the other.

use proptest::collection::vec;
use proptest::prelude::*;
use springhead_core::WallTime;

use crate::Seconds;
use crate::dash::*;

/// What happens to it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    /// A segment comes, so many ticks of the sound longer or shorter than most.
    Segment(i8),
    /// So many of the oldest segments leave the window, and Periods without any.
    Trim(u8),
    /// The Period ends and another begins.
    Period,
    /// Another PatchLocation is published and nothing else.
    Nothing,
}

pub(super) fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        8 => (-1i8..=1).prop_map(Event::Segment),
        4 => (0u8..4).prop_map(Event::Trim),
        1 => Just(Event::Period),
        1 => Just(Event::Nothing),
    ];
    vec(event, 1..24)
}

/// The segments of one Period: the number of the first listed, and when each begins and how long it lasts.
#[derive(Clone)]
struct Listed {
    id: u64,
    start_number: u64,
    video: Vec<(u64, u64)>,
    audio: Vec<(u64, u64)>,
    ended: Option<Span>,
}

impl Listed {
    fn new(id: u64) -> Self {
        Self { id, start_number: 1, video: vec![(0, 180_000)], audio: vec![(0, 96_256)], ended: None }
    }

    fn append(&mut self, longer: i8) {
        let end = |segments: &[(u64, u64)]| segments.last().map_or(0, |(t, d)| t + d);
        let (video, audio) = (end(&self.video), end(&self.audio));
        self.video.push((video, 180_000));
        self.audio.push((audio, 96_256u64.saturating_add_signed(1024 * i64::from(longer))));
    }

    fn trim(&mut self, count: usize) {
        let count = count.min(self.video.len());
        self.start_number += count as u64;
        self.video.drain(..count);
        self.audio.drain(..count);
    }

    fn period(&self) -> Period {
        let set = |id: u32, content_type, names: &[&str], timescale, segments: &[(u64, u64)]| AdaptationSet {
            id: Some(id),
            content_type: Some(content_type),
            segment_alignment: true,
            representations: names.iter().map(|name| self.representation(name, timescale, segments)).collect(),
            ..AdaptationSet::default()
        };
        Period {
            id: Some(format!("p{}", self.id)),
            start: Some(Span::from_secs(self.id * 1_000)),
            duration: self.ended,
            adaptation_sets: vec![
                set(1, ContentType::Video, &["v1", "v2"], 90_000, &self.video),
                set(2, ContentType::Audio, &["a"], 48_000, &self.audio),
            ],
            ..Period::default()
        }
    }

    fn representation(&self, name: &str, timescale: u32, segments: &[(u64, u64)]) -> Representation {
        Representation {
            id: name.to_owned(),
            bandwidth: 1_000_000,
            segment_template: Some(SegmentTemplate {
                timescale: Some(timescale),
                start_number: Some(self.start_number),
                media: Some("$RepresentationID$/$Time$.m4s".to_owned()),
                timeline: Some(SegmentTimeline::from_segments(segments.iter().copied())),
                ..SegmentTemplate::default()
            }),
            ..Representation::default()
        }
    }
}

fn mpd(version: i64, periods: &[Listed]) -> Mpd {
    Mpd {
        id: Some("live/cam".to_owned()),
        profiles: vec!["urn:mpeg:dash:profile:isoff-live:2011".to_owned()],
        type_: PresentationType::Dynamic,
        availability_start_time: Some(WallTime(0)),
        publish_time: Some(WallTime(1_790_000_000_000_000_000 + version * 2_000_000_000)),
        minimum_update_period: Some(Span::from_secs(2)),
        min_buffer_time: Span::from_secs(2),
        patch_locations: vec![PatchLocation {
            url: format!("patch.mpp?from={version}"),
            ttl: Some(Seconds::from_secs(60)),
        }],
        periods: periods.iter().map(Listed::period).collect(),
        utc_timings: vec![Descriptor::new("urn:mpeg:dash:utc:http-iso:2014", "/time")],
        ..Mpd::default()
    }
}

/// The MPDs that are published, the last of which says that the presentation has ended.
pub(super) fn history(events: &[Event]) -> Vec<Mpd> {
    let mut periods = vec![Listed::new(0)];
    let mut mpds = vec![mpd(0, &periods)];
    for (version, event) in (1..).zip(events) {
        let newest = periods.last_mut().expect("there is always a Period");
        match *event {
            Event::Segment(longer) => newest.append(longer),
            Event::Nothing => {}
            Event::Period => {
                let id = newest.id + 1;
                newest.ended = Some(Span::from_secs(600));
                periods.push(Listed::new(id));
            }
            Event::Trim(count) => {
                let mut left = usize::from(count);
                while let Some(oldest) = periods.first_mut().filter(|_| left > 0) {
                    let gone = left.min(oldest.video.len());
                    oldest.trim(gone);
                    left -= gone;
                    if !oldest.video.is_empty() || periods.len() == 1 {
                        break;
                    }
                    periods.remove(0);
                }
            }
        }
        mpds.push(mpd(version, &periods));
    }
    let last = mpds.last().expect("there is a first");
    let end = Mpd {
        type_: PresentationType::Static,
        publish_time: last.publish_time.map(|at| WallTime(at.0 + 1_000_000_000)),
        minimum_update_period: None,
        media_presentation_duration: Some(Span::from_secs(3_600)),
        patch_locations: Vec::new(),
        ..last.clone()
    };
    mpds.push(end);
    mpds
}
