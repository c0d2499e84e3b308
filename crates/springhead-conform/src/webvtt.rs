//! A segment of WebVTT.

use crate::Finding;
use crate::finding::{Report, rules};

struct Text<'a>(&'a str);

rules! {
    for Text<'_>:
    signature => "H-28", "WebVTT §4.1", Error,
        "a segment of WebVTT begins with its signature", "players show no subtitles, and AVPlayer may hang";
    timestamp_map => "H-28", "rfc8216bis §3.1.4", Warning,
        "a segment of WebVTT says by X-TIMESTAMP-MAP where it is in the media", "players show subtitles at the wrong time, or all at zero";
}

/// Checks a segment. One without a cue is right.
pub fn check(text: &str) -> Vec<Finding> {
    run(&Text(text))
}

/// The lines before the first blank one.
fn header<'a>(text: &Text<'a>) -> impl Iterator<Item = &'a str> + use<'a> {
    text.0.trim_start_matches('\u{feff}').lines().take_while(|line| !line.is_empty())
}

fn signature(text: &Text<'_>, report: &mut Report<'_>) {
    let first = header(text).next().unwrap_or_default();
    let rest = first.strip_prefix("WEBVTT");
    if !rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t'])) {
        report.at("line 1", "it is not WEBVTT");
    }
}

fn timestamp_map(text: &Text<'_>, report: &mut Report<'_>) {
    let map = header(text).find_map(|line| line.strip_prefix("X-TIMESTAMP-MAP="));
    let Some(map) = map else { return report.at("the header", "no X-TIMESTAMP-MAP") };
    let value = |name: &str| map.split(',').find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix(':'));
    // A time of 90 kHz, in the 33 bits of MPEG-TS.
    if value("MPEGTS").and_then(|time| time.parse::<u64>().ok()).is_none_or(|time| time >= 1 << 33) {
        report.at("X-TIMESTAMP-MAP", format_args!("no MPEGTS time in {map}"));
    }
    if value("LOCAL").is_none_or(|time| !time.contains('.')) {
        report.at("X-TIMESTAMP-MAP", format_args!("no LOCAL time in {map}"));
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::finding::{BrokenInputs, broken};

    const GOOD: &str = "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:900000,LOCAL:00:00:00.000\n\n00:01.000 --> 00:02.000\nhello\n";

    const BROKEN: &[(&str, &str, &str)] = &[
        ("H-28", "WEBVTT\n", "WEBVTTX\n"),
        ("H-28", "X-TIMESTAMP-MAP", "X-MAP"),
        ("H-28", "900000", "8589934592"),
        ("H-28", "LOCAL", "HERE"),
    ];

    pub(crate) fn broken_inputs() -> BrokenInputs {
        BROKEN.iter().map(|(id, from, to)| (*id, check(&GOOD.replacen(from, to, 1)))).collect()
    }

    #[test]
    fn every_rule_fires_where_it_is_broken() {
        for (id, findings) in broken_inputs() {
            assert_eq!(broken(&findings), [id]);
        }
    }

    #[test]
    fn a_segment_with_or_without_cues_has_no_finding() {
        assert_eq!(check(GOOD), []);
        assert_eq!(check("\u{feff}WEBVTT - none\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n"), []);
    }
}
