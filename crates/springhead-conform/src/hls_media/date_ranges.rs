//! Date ranges.

use springhead_manifest::hls::{ClientValue, DateRange};

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

pub(super) fn interstitials(media: &Media<'_>, report: &mut Report<'_>) {
    for range in media.playlist.date_ranges.iter().filter(|range| range.class.as_deref() == Some(INTERSTITIAL)) {
        for wrong in unlike_an_interstitial(range) {
            report.at(format_args!("interstitial {}", range.id), wrong);
        }
    }
}

/// CLASS of an interstitial (rfc8216bis §D.2).
const INTERSTITIAL: &str = "com.apple.hls.interstitial";

/// What the attributes of an interstitial say that they cannot.
fn unlike_an_interstitial(range: &DateRange) -> Vec<&'static str> {
    let value = |name: &str| range.client_attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value);
    let quoted = |name: &str, right: fn(&str) -> bool| match value(name) {
        None => true,
        Some(ClientValue::Quoted(text)) => right(text),
        Some(ClientValue::Bare(_)) => false,
    };
    let number = |name: &str, least: f64| match value(name) {
        None => true,
        Some(ClientValue::Bare(text)) => text.parse().is_ok_and(|number: f64| number.is_finite() && number >= least),
        Some(ClientValue::Quoted(_)) => false,
    };
    let cued = |name: &str| range.cue.iter().any(|cue| cue == name);
    let checks = [
        (
            value("X-ASSET-URI").is_some() != value("X-ASSET-LIST").is_some(),
            "it has not exactly one of X-ASSET-URI and X-ASSET-LIST",
        ),
        (quoted("X-ASSET-URI", |uri| uri.contains("://")), "X-ASSET-URI is no absolute URI"),
        (quoted("X-ASSET-LIST", |uri| !uri.is_empty()), "X-ASSET-LIST is no URI"),
        (number("X-RESUME-OFFSET", f64::MIN), "X-RESUME-OFFSET is no number"),
        (number("X-PLAYOUT-LIMIT", 0.0), "X-PLAYOUT-LIMIT is no number of seconds"),
        (quoted("X-SNAP", |names| all_of(names, &["OUT", "IN"])), "X-SNAP names something other than OUT and IN"),
        (
            quoted("X-RESTRICT", |names| all_of(names, &["SKIP", "JUMP"])),
            "X-RESTRICT names something other than SKIP and JUMP",
        ),
        (
            quoted("X-TIMELINE-OCCUPIES", |name| matches!(name, "POINT" | "RANGE")),
            "X-TIMELINE-OCCUPIES is neither POINT nor RANGE",
        ),
        (
            quoted("X-TIMELINE-STYLE", |name| matches!(name, "HIGHLIGHT" | "PRIMARY")),
            "X-TIMELINE-STYLE is neither HIGHLIGHT nor PRIMARY",
        ),
        (!(cued("PRE") && cued("POST")), "CUE has both PRE and POST"),
    ];
    checks.into_iter().filter_map(|(right, wrong)| (!right).then_some(wrong)).collect()
}

/// Whether every name in a list is one of these.
fn all_of(list: &str, known: &[&str]) -> bool {
    list.split(',').all(|name| known.contains(&name))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn range(attributes: &[(&str, ClientValue)]) -> DateRange {
        let client_attributes = attributes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        DateRange { client_attributes, ..DateRange::default() }
    }

    fn quoted(text: &str) -> ClientValue {
        ClientValue::Quoted(text.to_owned())
    }

    fn bare(text: &str) -> ClientValue {
        ClientValue::Bare(text.to_owned())
    }

    #[test]
    fn an_interstitial_has_one_source_and_values_that_are_known() {
        let list = ("X-ASSET-LIST", quoted("ads.json"));
        let wrong = [
            ("X-ASSET-URI", quoted("https://ads.example/1.m3u8")),
            ("X-RESUME-OFFSET", bare("soon")),
            ("X-RESUME-OFFSET", quoted("1")),
            ("X-PLAYOUT-LIMIT", bare("-1")),
            ("X-SNAP", quoted("OUT,OFF")),
            ("X-RESTRICT", bare("SKIP")),
            ("X-TIMELINE-OCCUPIES", quoted("SPAN")),
            ("X-TIMELINE-STYLE", quoted("")),
        ];
        for one in wrong {
            assert_eq!(unlike_an_interstitial(&range(&[list.clone(), one.clone()])).len(), 1, "{one:?}");
        }
        assert_eq!(unlike_an_interstitial(&range(&[])).len(), 1);
        assert_eq!(unlike_an_interstitial(&range(&[("X-ASSET-URI", quoted("1.m3u8"))])).len(), 1);
        let cue = ["PRE", "POST"].map(str::to_owned).to_vec();
        assert_eq!(unlike_an_interstitial(&DateRange { cue, ..range(std::slice::from_ref(&list)) }).len(), 1);
        let right = [
            list,
            ("X-RESUME-OFFSET", bare("-1.5")),
            ("X-PLAYOUT-LIMIT", bare("0")),
            ("X-SNAP", quoted("IN,OUT")),
            ("X-RESTRICT", quoted("JUMP")),
            ("X-TIMELINE-OCCUPIES", quoted("RANGE")),
            ("X-TIMELINE-STYLE", quoted("HIGHLIGHT")),
        ];
        assert_eq!(unlike_an_interstitial(&range(&right)), [""; 0]);
    }
}
