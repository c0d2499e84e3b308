//! Rules on the MPD and its Periods.

use std::collections::HashSet;

use springhead_manifest::dash::Span;

use super::{Document, is_dynamic, listed};
use crate::finding::Report;

pub(super) fn dates(document: &Document<'_>, report: &mut Report<'_>) {
    let mpd = document.mpd;
    if is_dynamic(mpd) && mpd.availability_start_time.is_none() {
        report.at("MPD", "no @availabilityStartTime");
    }
    if is_dynamic(mpd) && mpd.publish_time.is_none() {
        report.at("MPD", "no @publishTime");
    }
}

pub(super) fn profiles(document: &Document<'_>, report: &mut Report<'_>) {
    const KNOWN: [&str; 3] =
        ["urn:mpeg:dash:profile:", "http://dashif.org/guidelines/", "http://www.dashif.org/guidelines/"];
    let known = |profile: &String| KNOWN.iter().any(|prefix| profile.starts_with(prefix));
    if !document.mpd.profiles.iter().any(known) {
        report.at("MPD", format_args!("@profiles is {}", document.mpd.profiles.join(",")));
    }
}

/// A number of ticks as a span, rounded down.
pub(super) fn span(ticks: u64, timescale: u32) -> Span {
    let micros = u128::from(ticks) * 1_000_000 / u128::from(timescale.max(1));
    Span::from_micros(u64::try_from(micros).unwrap_or(u64::MAX))
}

pub(super) fn longest_segment(document: &Document<'_>, report: &mut Report<'_>) {
    let Some(stated) = document.mpd.max_segment_duration else {
        if is_dynamic(document.mpd) {
            report.warn("MPD", "no @maxSegmentDuration");
        }
        return;
    };
    for one in listed(document.mpd) {
        let timeline = one.template.timeline.iter().flat_map(|timeline| timeline.runs().map(|run| run.duration));
        let longest = timeline.chain(one.template.duration).max().unwrap_or(0);
        let longest = span(longest, one.template.timescale());
        if longest > stated {
            report.at(&one.place, format_args!("a segment of {longest}, above {stated}"));
        }
    }
}

pub(super) fn updates(document: &Document<'_>, report: &mut Report<'_>) {
    let mpd = document.mpd;
    let ends =
        mpd.media_presentation_duration.is_some() || mpd.periods.last().is_some_and(|period| period.duration.is_some());
    match (is_dynamic(mpd), mpd.minimum_update_period) {
        (true, None) if !ends => report.at("MPD", "live, and no @minimumUpdatePeriod"),
        (false, Some(_)) => report.at("MPD", "static, and @minimumUpdatePeriod"),
        _ => {}
    }
    if !is_dynamic(mpd) && !ends {
        report.at("MPD", "static, and nothing says how long it is");
    }
}

pub(super) fn time_shift(document: &Document<'_>, report: &mut Report<'_>) {
    if is_dynamic(document.mpd) && document.mpd.time_shift_buffer_depth.is_none() {
        report.at("MPD", "no @timeShiftBufferDepth");
    }
}

pub(super) fn delay(document: &Document<'_>, report: &mut Report<'_>) {
    let Some(delay) = document.mpd.suggested_presentation_delay.filter(|_| is_dynamic(document.mpd)) else { return };
    if delay == Span::ZERO {
        report.at("MPD", "@suggestedPresentationDelay is zero");
    }
    if let Some(depth) = document.mpd.time_shift_buffer_depth.filter(|depth| delay >= *depth) {
        report.at("MPD", format_args!("@suggestedPresentationDelay {delay}, and @timeShiftBufferDepth {depth}"));
    }
}

pub(super) fn ids(document: &Document<'_>, report: &mut Report<'_>) {
    let dynamic = is_dynamic(document.mpd);
    let mut periods = HashSet::new();
    for (n, period) in document.mpd.periods.iter().enumerate() {
        let place = format!("Period number {n}");
        match &period.id {
            Some(id) if !periods.insert(id) => report.at(&place, format_args!("the id {id} stands twice")),
            None if dynamic => report.at(&place, "no @id"),
            _ => {}
        }
        let (mut sets, mut representations) = (HashSet::new(), HashSet::new());
        for set in &period.adaptation_sets {
            match set.id {
                Some(id) if !sets.insert(id) => report.at(&place, format_args!("the set {id} stands twice")),
                None if dynamic => report.warn(&place, "an AdaptationSet without @id"),
                _ => {}
            }
            for one in set.representations.iter().filter(|one| !representations.insert(&one.id)) {
                report.at(&place, format_args!("the Representation {} stands twice", one.id));
            }
        }
    }
}

pub(super) fn period_starts(document: &Document<'_>, report: &mut Report<'_>) {
    if !is_dynamic(document.mpd) {
        return;
    }
    let mut last = None;
    for (n, period) in document.mpd.periods.iter().enumerate() {
        let Some(start) = period.start else {
            report.warn(format_args!("Period number {n}"), "no @start");
            continue;
        };
        if let Some(last) = last.filter(|last| start <= *last) {
            report
                .at(format_args!("Period number {n}"), format_args!("it starts at {start}, the one before at {last}"));
        }
        last = Some(start);
    }
}

pub(super) fn clock(document: &Document<'_>, report: &mut Report<'_>) {
    const USABLE: [&str; 6] = [
        "urn:mpeg:dash:utc:http-xsdate:2014",
        "urn:mpeg:dash:utc:http-iso:2014",
        "urn:mpeg:dash:utc:http-head:2014",
        "urn:mpeg:dash:utc:direct:2014",
        "urn:mpeg:dash:utc:http-xsdate:2012",
        "urn:mpeg:dash:utc:http-iso:2012",
    ];
    if !is_dynamic(document.mpd) {
        return;
    }
    let timings = &document.mpd.utc_timings;
    if !timings.iter().any(|timing| USABLE.contains(&timing.scheme_id_uri.as_str())) {
        let message =
            if timings.is_empty() { "no UTCTiming" } else { "no UTCTiming of a scheme that browsers can use" };
        report.at("MPD", message);
    }
}

pub(super) fn durations(document: &Document<'_>, report: &mut Report<'_>) {
    // Looked for in the text, as such an MPD cannot be read.
    for value in document.text.split(['"', '\'']).skip(1).step_by(2).filter(|value| has_calendar_units(value)) {
        report.at("MPD", format_args!("the duration {value}"));
    }
}

/// Whether the text is a duration with years or months.
fn has_calendar_units(text: &str) -> bool {
    let Some(body) = text.trim().strip_prefix('P') else { return false };
    let date = body.split('T').next().unwrap_or_default();
    let only_units = date.bytes().all(|b| b.is_ascii_digit() || b"YMD".contains(&b));
    only_units && date.starts_with(|c: char| c.is_ascii_digit()) && date.contains(['Y', 'M'])
}
