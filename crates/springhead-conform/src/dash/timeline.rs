//! Rules on SegmentTemplate and SegmentTimeline.

use springhead_manifest::dash::SegmentTimeline;

use super::{Document, listed};
use crate::finding::Report;

/// The timelines, each with the place where it is.
fn timelines<'a>(document: &Document<'a>) -> impl Iterator<Item = (String, SegmentTimeline)> + use<'a> {
    listed(document.mpd).filter_map(|one| Some((one.place, one.template.timeline?)))
}

pub(super) fn exact(document: &Document<'_>, report: &mut Report<'_>) {
    for (place, timeline) in timelines(document) {
        let mut end: Option<u64> = None;
        for run in timeline.runs() {
            if run.duration == 0 {
                report.at(&place, format_args!("a segment at {} has no duration", run.start));
            }
            if let Some(end) = end.filter(|end| run.start < *end) {
                report.at(&place, format_args!("a segment begins at {}, and the one before ends at {end}", run.start));
            }
            end = Some(run.end().unwrap_or(run.start));
        }
    }
}

pub(super) fn runs(document: &Document<'_>, report: &mut Report<'_>) {
    for (place, timeline) in timelines(document) {
        let mut end: Option<u64> = None;
        for run in timeline.runs() {
            if let Some(end) = end.filter(|end| run.start > *end) {
                report.at(&place, format_args!("nothing from {end} to {}", run.start));
            }
            end = run.end();
        }
        for pair in timeline.s.windows(2) {
            if pair[0].r < 0 && pair[1].t.is_none() {
                report.at(&place, "r is negative, and the next S has no t");
            }
            if pair[0].d == pair[1].d && pair[0].r >= 0 && pair[1].t.is_none() && pair[0].k == pair[1].k {
                report.warn(&place, format_args!("neighbours of the same duration {} are not one run", pair[0].d));
            }
        }
    }
}

/// The identifiers of a URL template, without width; none where a `$` stands alone.
fn identifiers(template: &str) -> Option<Vec<&str>> {
    let pieces: Vec<&str> = template.split('$').collect();
    if pieces.len().is_multiple_of(2) {
        return None;
    }
    let names = pieces.into_iter().skip(1).step_by(2).filter(|name| !name.is_empty());
    Some(names.map(|name| name.split('%').next().unwrap_or_default()).collect())
}

/// Whether every width is `%0` digits `d`.
fn widths_are_sound(template: &str) -> bool {
    let names = template.split('$').skip(1).step_by(2);
    let mut widths = names.filter_map(|name| Some(name.split_once('%')?.1));
    widths.all(|width| {
        let digits = width.strip_prefix('0').and_then(|width| width.strip_suffix('d'));
        digits.is_some_and(|digits| (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()))
    })
}

pub(super) fn names(document: &Document<'_>, report: &mut Report<'_>) {
    for one in listed(document.mpd) {
        let (place, template) = (&one.place, &one.template);
        let Some(media) = &template.media else {
            report.at(place, "no @media");
            continue;
        };
        let Some(names) = identifiers(media) else {
            report.at(place, format_args!("a $ without its pair in {media}"));
            continue;
        };
        const KNOWN: [&str; 5] = ["RepresentationID", "Number", "Bandwidth", "Time", "SubNumber"];
        if let Some(unknown) = names.iter().find(|name| !KNOWN.contains(name)) {
            report.at(place, format_args!("${unknown}$ is not known"));
        }
        if !widths_are_sound(media) {
            report.at(place, format_args!("a width that is not %0…d in {media}"));
        }
        match (names.contains(&"Number"), names.contains(&"Time")) {
            (true, true) => report.at(place, "$Number$ and $Time$ in one template"),
            (false, false) => report.at(place, format_args!("neither $Number$ nor $Time$ in {media}")),
            (false, true) if template.timeline.is_none() => report.at(place, "$Time$ without a SegmentTimeline"),
            _ => {}
        }
        match (&template.timeline, template.duration) {
            (None, None) => report.at(place, "neither @duration nor SegmentTimeline"),
            (Some(_), Some(_)) => report.at(place, "both @duration and SegmentTimeline"),
            _ => {}
        }
        let init = template.initialization.as_deref().and_then(identifiers).unwrap_or_default();
        if init.iter().any(|name| ["Number", "Time", "SubNumber"].contains(name)) {
            report.at(place, "the init section has the number or time of a segment in its name");
        }
        let varied = one.set.representations.len() > 1 && one.representation.segment_template.is_none();
        if varied && !names.contains(&"RepresentationID") && !names.contains(&"Bandwidth") {
            report.at(place, "the Representations of the set share one name");
        }
    }
}
