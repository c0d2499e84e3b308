//! A DASH segment, against what its MPD says of it.

use springhead_manifest::dash::{AdaptationSet, ContentType, InbandEventStream, Representation, SegmentTemplate};
use springhead_mux::fmp4::read::{Chunk, InitSection, TrackInfo};

use crate::Finding;
use crate::cmaf::events;
use crate::finding::{Report, rules};

/// How the MPD names the time of a segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// By SegmentTimeline: `S@t` and `S@d`.
    Timeline {
        /// When it begins, in ticks of the template's timescale.
        start: u64,
        /// How long it lasts.
        duration: u64,
    },
    /// By `@duration`: its number.
    Number(u64),
}

/// What was fetched.
#[derive(Clone, Copy, Debug)]
pub struct Fetched<'a> {
    /// The set.
    pub set: &'a AdaptationSet,
    /// The Representation.
    pub representation: &'a Representation,
    /// The template that applies.
    pub template: &'a SegmentTemplate,
    /// Which segment of it.
    pub place: Place,
    /// The init section.
    pub init: &'a InitSection,
    /// The segment.
    pub bytes: &'a [u8],
}

struct Read<'a> {
    fetched: &'a Fetched<'a>,
    track: &'a TrackInfo,
    chunks: Vec<Chunk>,
}

rules! {
    for Read<'_>:
    description => "A-17", "DASH-IF low latency §9.X.4", Warning,
        "contentType, codecs and timescale are those of the media", "players set up a decoder that does not fit, or round times";
    times => "T-03", "ISO/IEC 23009-1 §5.3.9.6", Error,
        "S@t is the earliest presentation time of the segment, S@d reaches to the next", "players put media elsewhere than they seek to; Shaka leaves holes";
    cadence => "T-06", "ISO/IEC 23009-1 §7.2.1", Error,
        "with @duration a segment begins within half of it of where its number says", "players ask for segments that are not there";
    declared_events => "X-10", "ISO/IEC 23009-1 §5.10.3", Error,
        "events in segments are declared by InbandEventStream", "players pass over them";
}

/// Checks a segment that could be read; what cannot be is for [`cmaf`](crate::cmaf) to say.
pub fn check(fetched: &Fetched<'_>) -> Vec<Finding> {
    let chunks = fetched.init.chunks(fetched.bytes);
    match (chunks, fetched.init.tracks.first()) {
        (Ok(chunks), Some(track)) => run(&Read { fetched, track, chunks }),
        _ => Vec::new(),
    }
}

impl Read<'_> {
    fn samples(&self) -> impl Iterator<Item = (i128, u32)> {
        self.chunks.iter().filter(|chunk| chunk.track == self.track.id).flat_map(|chunk| {
            let mut at = i128::from(chunk.base_decode_time);
            chunk.samples.iter().map(move |sample| {
                let begin = at + i128::from(sample.composition_offset);
                at += i128::from(sample.duration);
                (begin, sample.duration)
            })
        })
    }

    /// The earliest presentation time, the end, and the longest sample, in ticks of the track.
    fn span(&self) -> Option<(i128, i128, i128)> {
        // An edit that says where the presentation begins moves all of it.
        let edit = match self.track.edits[..] {
            [edit] if edit.is_offset() => i128::from(edit.media_time),
            [] => 0,
            _ => return None,
        };
        let begin = self.samples().map(|(begin, _)| begin).min()? - edit;
        let lasts: i128 = self.samples().map(|(_, duration)| i128::from(duration)).sum();
        let longest = self.samples().map(|(_, duration)| i128::from(duration)).max()?;
        Some((begin, begin + lasts, longest))
    }

    /// Ticks of the template as ticks of both timescales multiplied, in which nothing is rounded.
    fn of_template(&self, ticks: u64) -> i128 {
        i128::from(ticks) * i128::from(self.track.timescale.hz())
    }

    fn of_track(&self, ticks: i128) -> i128 {
        ticks * i128::from(self.fetched.template.timescale())
    }

    fn millis(&self, ticks: i128) -> i128 {
        ticks.saturating_mul(1_000)
            / (i128::from(self.track.timescale.hz()) * i128::from(self.fetched.template.timescale()))
    }
}

fn description(read: &Read<'_>, report: &mut Report<'_>) {
    let Fetched { set, representation, template, .. } = *read.fetched;
    let handler = match set.content_type {
        Some(ContentType::Video) => Some(*b"vide"),
        Some(ContentType::Audio) => Some(*b"soun"),
        _ => None,
    };
    if handler.is_some_and(|handler| handler != read.track.handler.0) {
        report.at("@contentType", format_args!("the media is {}", read.track.handler));
    }
    let codecs = representation.base.codecs.as_ref().or(set.base.codecs.as_ref());
    let format = read.track.format.to_string();
    if let Some(codecs) =
        codecs.filter(|codecs| !codecs.trim().to_lowercase().starts_with(&format.trim().to_lowercase()))
    {
        report.at("@codecs", format_args!("{codecs}, and the media is {format}"));
    }
    let (stated, real) = (template.timescale(), read.track.timescale.hz());
    if stated != real && !stated.is_multiple_of(real) {
        report.at("@timescale", format_args!("{stated}, and that of the media is {real}"));
    }
}

fn times(read: &Read<'_>, report: &mut Report<'_>) {
    let Place::Timeline { start, duration } = read.fetched.place else { return };
    let Some((begin, end, longest)) = read.span() else { return };
    // Rounding is for a tick of either timescale, off by more than a sample is off for a player.
    let tick = i128::from(read.track.timescale.hz()).max(read.fetched.template.timescale().into());
    let sample = read.of_track(longest).max(tick);
    let (real, stated) = (read.of_track(begin), read.of_template(start));
    let message = format_args!("it begins at {} ms, and S@t is {} ms", read.millis(real), read.millis(stated));
    match (real - stated).abs() {
        off if off > sample => report.at("the segment", message),
        off if off > tick => report.warn("the segment", message),
        _ => {}
    }
    // Where pictures are reordered, the next segment may begin a sample sooner or later than this one's samples add up to.
    let (real, stated) = (read.of_track(end - begin), read.of_template(duration));
    if (real - stated).abs() > sample {
        let message = format_args!("it lasts {} ms, and S@d is {} ms", read.millis(real), read.millis(stated));
        report.at("the segment", message);
    }
}

fn cadence(read: &Read<'_>, report: &mut Report<'_>) {
    let (Place::Number(number), Some(duration)) = (read.fetched.place, read.fetched.template.duration) else { return };
    let Some((begin, _, _)) = read.span() else { return };
    let template = read.fetched.template;
    let nth = i128::from(number) - i128::from(template.start_number());
    let scale = i128::from(read.track.timescale.hz());
    let due = nth.saturating_mul(duration.into()).saturating_add(template.presentation_time_offset().into());
    let off = read.of_track(begin).saturating_sub(due.saturating_mul(scale)).saturating_abs();
    if off > i128::from(duration) * scale / 2 {
        report.at(
            "the segment",
            format_args!("number {number} begins {} ms from where @duration puts it", read.millis(off)),
        );
    }
}

fn declared_events(read: &Read<'_>, report: &mut Report<'_>) {
    let Fetched { set, representation, .. } = *read.fetched;
    let streams: Vec<&InbandEventStream> =
        set.base.inband_event_streams.iter().chain(&representation.base.inband_event_streams).collect();
    for event in events::events(read.fetched.bytes) {
        let declared = streams.iter().any(|stream| {
            stream.scheme_id_uri == event.scheme && stream.value.as_ref().is_none_or(|value| *value == event.value)
        });
        if !declared {
            report.at("emsg", format_args!("{} {} is not declared", event.scheme, event.value));
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::cmaf::events::tests::emsg;
    use crate::cmaf::tests::{section, segment, video};
    use crate::finding::{BrokenInputs, broken};

    /// What is said of the second segment: from 18 000 to 36 000 ticks of 90 000, with the second picture late by one.
    fn said(place: Place, change: impl Fn(&mut AdaptationSet, &mut SegmentTemplate), bytes: &[u8]) -> Vec<Finding> {
        let mut set = AdaptationSet { content_type: Some(ContentType::Video), ..AdaptationSet::default() };
        set.base.codecs = Some("avc1.4d401e".into());
        let mut template = SegmentTemplate { timescale: Some(90_000), ..SegmentTemplate::default() };
        change(&mut set, &mut template);
        let (representation, init) = (Representation::default(), section(&video()));
        check(&Fetched { set: &set, representation: &representation, template: &template, place, init: &init, bytes })
    }

    const RIGHT: Place = Place::Timeline { start: 18_000, duration: 18_000 };

    fn same(_: &mut AdaptationSet, _: &mut SegmentTemplate) {}

    pub(crate) fn broken_inputs() -> BrokenInputs {
        let (event, segment) = (emsg(1, "urn:x", "1", 0, b""), segment(1));
        let numbered = |_: &mut AdaptationSet, template: &mut SegmentTemplate| template.duration = Some(18_000);
        vec![
            ("A-17", said(RIGHT, |set, _| set.content_type = Some(ContentType::Audio), &segment)),
            ("A-17", said(RIGHT, |set, _| set.base.codecs = Some("hvc1.1".into()), &segment)),
            ("T-03", said(Place::Timeline { start: 18_002, duration: 18_000 }, same, &segment)),
            ("T-03", said(Place::Timeline { start: 18_000, duration: 28_000 }, same, &segment)),
            ("T-06", said(Place::Number(3), numbered, &segment)),
            ("X-10", said(RIGHT, same, &[event, segment.clone()].concat())),
        ]
    }

    #[test]
    fn every_rule_fires_where_it_is_broken() {
        for (n, (id, findings)) in broken_inputs().into_iter().enumerate() {
            assert_eq!(broken(&findings), [id], "case {n}");
        }
    }

    #[test]
    fn numbers_at_the_edges_are_far_off_and_no_more() {
        let numbered = |_: &mut AdaptationSet, template: &mut SegmentTemplate| template.duration = Some(u64::MAX);
        assert_eq!(broken(&said(Place::Number(u64::MAX), numbered, &segment(1))), ["T-06"]);
        let place = Place::Timeline { start: u64::MAX, duration: u64::MAX };
        assert_eq!(broken(&said(place, same, &segment(1))), ["T-03"]);
    }

    #[test]
    fn a_segment_that_is_what_the_mpd_says_has_no_finding() {
        assert_eq!(said(RIGHT, same, &segment(1)), []);
        let numbered = |_: &mut AdaptationSet, template: &mut SegmentTemplate| template.duration = Some(18_000);
        assert_eq!(said(Place::Number(2), numbered, &segment(1)), []);
        let declared = |set: &mut AdaptationSet, _: &mut SegmentTemplate| {
            let scheme_id_uri = "urn:x".into();
            set.base.inband_event_streams = vec![InbandEventStream { scheme_id_uri, ..InbandEventStream::default() }];
        };
        assert_eq!(said(RIGHT, declared, &[emsg(1, "urn:x", "1", 0, b""), segment(1)].concat()), []);
    }
}
