//! Date ranges.

use springhead_manifest::hls::DateRange;

use super::Media;
use crate::finding::Report;

pub(super) fn dated(media: &Media<'_>, report: &mut Report<'_>) {
    let playlist = media.playlist;
    let dates = playlist.segments.iter().map(|segment| segment.program_date_time);
    let mut dates = dates.chain(playlist.open.iter().map(|open| open.program_date_time));
    // What a delta update skips may have them.
    if !playlist.date_ranges.is_empty() && playlist.skip.is_none() && dates.all(|date| date.is_none()) {
        report.at("EXT-X-DATERANGE", "no segment has EXT-X-PROGRAM-DATE-TIME");
    }
}

pub(super) fn consistent(media: &Media<'_>, report: &mut Report<'_>) {
    for range in &media.playlist.date_ranges {
        if let Some(wrong) = contradiction(range) {
            report.at(format_args!("date range {}", range.id), wrong);
        }
    }
}

/// What an EXT-X-DATERANGE says that cannot be.
fn contradiction(range: &DateRange) -> Option<&'static str> {
    let start = range.start_date.ok_or("it has no START-DATE");
    let Ok(start) = start else { return start.err() };
    let ends = |micros: u64| start + std::time::Duration::from_micros(micros);
    let end = range.duration.map(|duration| ends(duration.micros()));
    let unlike = end.zip(range.end_date).is_some_and(|(one, other)| one.0.abs_diff(other.0) > 1_000_000);
    let bounded = range.duration.is_some() || range.end_date.is_some();
    if range.end_date.is_some_and(|end| end < start) {
        Some("END-DATE is before START-DATE")
    } else if unlike {
        Some("END-DATE is not START-DATE and DURATION")
    } else if range.end_on_next && (range.class.is_none() || bounded) {
        Some("END-ON-NEXT without CLASS, or with DURATION or END-DATE")
    } else {
        None
    }
}
