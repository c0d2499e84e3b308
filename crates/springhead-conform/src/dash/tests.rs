//! Every rule fires on an input that breaks it, and on nothing else.

use super::*;
use crate::finding::{BrokenInputs, broken};

/// A live low-latency MPD that keeps every rule.
const GOOD: &str = r#"<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" id="a" type="dynamic"
 profiles="urn:mpeg:dash:profile:isoff-live:2011,http://www.dashif.org/guidelines/low-latency-live-v5"
 availabilityStartTime="2026-11-21T10:00:00Z" publishTime="2026-11-21T10:10:00Z" minimumUpdatePeriod="PT2S"
 minBufferTime="PT1S" timeShiftBufferDepth="PT60S" suggestedPresentationDelay="PT6S" maxSegmentDuration="PT2S">
 <ServiceDescription id="0"><Latency referenceId="7" target="2000" min="1000" max="4000"/><PlaybackRate min="0.96" max="1.04"/></ServiceDescription>
 <Period id="p0" start="PT0S" duration="PT10S"/>
 <Period id="p1" start="PT10S">
  <AdaptationSet id="1" contentType="video" mimeType="video/mp4" codecs="avc1.64001f" width="16" height="9" segmentAlignment="true">
   <ProducerReferenceTime id="7" wallClockTime="2026-11-21T10:00:10Z" presentationTime="900"><UTCTiming schemeIdUri="urn:mpeg:dash:utc:direct:2014"/></ProducerReferenceTime>
   <SegmentTemplate timescale="90" presentationTimeOffset="900" availabilityTimeOffset="1.5" availabilityTimeComplete="false" startNumber="5"
    initialization="$RepresentationID$/init.mp4" media="$RepresentationID$/$Number%05d$.m4s">
    <SegmentTimeline><S t="900" d="180" r="3"/><S d="179"/></SegmentTimeline>
   </SegmentTemplate>
   <Representation id="v1" bandwidth="1000"/>
   <Representation id="v2" bandwidth="2000"/>
  </AdaptationSet>
 </Period>
 <UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="/time"/>
</MPD>"#;

fn with(from: &str, to: &str) -> Vec<&'static str> {
    assert!(GOOD.contains(from), "{from}");
    broken(&check(&GOOD.replacen(from, to, 1)).findings)
}

#[test]
fn an_mpd_that_keeps_every_rule_has_no_finding() {
    assert_eq!(check(GOOD).findings, []);
}

/// Rule, text of the good MPD, and what breaks the rule in its place.
const BROKEN: &[(&str, &str, &str)] = &[
    ("A-01", r#"bandwidth="1000""#, ""),
    ("A-02", r#"availabilityStartTime="2026-11-21T10:00:00Z""#, ""),
    ("A-02", r#"publishTime="2026-11-21T10:10:00Z""#, ""),
    ("A-03", "urn:mpeg:dash:profile:isoff-live:2011,http://www.dashif.org/guidelines/low-latency-live-v5", "urn:x:y"),
    ("A-04", "maxSegmentDuration=\"PT2S\"", "maxSegmentDuration=\"PT1.999S\""),
    ("A-04", "maxSegmentDuration=\"PT2S\"", ""),
    ("A-05", r#"minimumUpdatePeriod="PT2S""#, ""),
    ("A-06", r#"timeShiftBufferDepth="PT60S""#, ""),
    ("A-07", r#"suggestedPresentationDelay="PT6S""#, r#"suggestedPresentationDelay="PT0S""#),
    ("A-07", r#"suggestedPresentationDelay="PT6S""#, r#"suggestedPresentationDelay="PT60S""#),
    ("A-08", r#"Period id="p1""#, r#"Period id="p0""#),
    ("A-08", r#"Period id="p1""#, "Period"),
    ("A-08", r#"AdaptationSet id="1""#, "AdaptationSet"),
    ("A-08", r#"id="v2""#, r#"id="v1""#),
    ("A-09", r#"start="PT10S""#, r#"start="PT0S""#),
    ("A-09", r#"start="PT10S""#, ""),
    ("A-10", r#"<UTCTiming schemeIdUri="urn:mpeg:dash:utc:http-iso:2014" value="/time"/>"#, ""),
    ("A-10", "urn:mpeg:dash:utc:http-iso:2014", "urn:mpeg:dash:utc:ntp:2014"),
    ("A-12", r#"<PlaybackRate min="0.96" max="1.04"/>"#, ""),
    ("A-12", r#"target="2000""#, r#"target="500""#),
    ("A-12", r#"<Latency referenceId="7" target="2000" min="1000" max="4000"/>"#, ""),
    ("T-01", r#"<S d="179"/>"#, r#"<S t="1619" d="179"/>"#),
    ("T-01", r#"<S d="179"/>"#, r#"<S d="0"/>"#),
    ("T-04", r#"<S d="179"/>"#, r#"<S t="1621" d="179"/>"#),
    ("T-04", r#"<S d="179"/>"#, r#"<S d="180"/>"#),
    ("T-05", "$Number%05d$", "$Number$-$Time$"),
    ("T-05", "$Number%05d$", "all"),
    ("T-05", "$Number%05d$", "$Number%5d$"),
    ("T-05", "$Number%05d$", "$Number"),
    ("T-05", "$Number%05d$", "$Number$-$Name$"),
    ("T-05", "media=\"$RepresentationID$/", "media=\""),
    ("T-05", "init.mp4", "init-$Number$.mp4"),
    ("T-05", "startNumber=\"5\"", "duration=\"180\""),
    ("X-01", r#"availabilityTimeOffset="1.5""#, ""),
    ("X-01", r#"availabilityTimeOffset="1.5""#, r#"availabilityTimeOffset="2""#),
    ("X-01", r#"availabilityTimeComplete="false""#, ""),
    ("X-05", r#"referenceId="7""#, r#"referenceId="8""#),
    ("X-05", r#"<UTCTiming schemeIdUri="urn:mpeg:dash:utc:direct:2014"/>"#, ""),
    (
        "X-05",
        "<ProducerReferenceTime",
        r#"<ProducerReferenceTime id="7" wallClockTime="2026-11-21T10:00:10Z" presentationTime="900"><UTCTiming schemeIdUri="u"/></ProducerReferenceTime><ProducerReferenceTime"#,
    ),
    ("A-11", r#"timeShiftBufferDepth="PT60S""#, r#"timeShiftBufferDepth="P1M""#),
    ("A-13", r#"contentType="video""#, r#"contentType="video" lang="e n""#),
    ("A-13", r#"contentType="video""#, r#"contentType="audio""#),
    (
        "A-13",
        "<ProducerReferenceTime",
        r#"<Role schemeIdUri="urn:mpeg:dash:role:2011" value="star"/><ProducerReferenceTime"#,
    ),
    (
        "A-14",
        "<ProducerReferenceTime",
        r#"<EssentialProperty schemeIdUri="http://dashif.org/guidelines/trickmode" value="9"/><ProducerReferenceTime"#,
    ),
    (
        "A-14",
        "<ProducerReferenceTime",
        r#"<SupplementalProperty schemeIdUri="urn:mpeg:mpegB:cicp:ColourPrimaries" value="bt709"/><ProducerReferenceTime"#,
    ),
    ("A-16", r#"mimeType="video/mp4""#, ""),
    ("A-16", r#"codecs="avc1.64001f""#, ""),
    ("A-16", r#"width="16""#, ""),
    ("A-16", r#"segmentAlignment="true""#, ""),
    (
        "T-11",
        "<ProducerReferenceTime",
        r#"<SupplementalProperty schemeIdUri="urn:mpeg:dash:period-continuity:2015" value="p7"/><ProducerReferenceTime"#,
    ),
    ("X-06", "<ProducerReferenceTime", r#"<Resync type="2" dT="181"/><ProducerReferenceTime"#),
    ("X-07", r#"availabilityTimeOffset="1.5" availabilityTimeComplete="false""#, ""),
    ("X-08", r#"d="179""#, r#"d="179" k="4""#),
    ("X-08", "$Number%05d$", "$Number%05d$-$SubNumber$"),
];

pub(crate) fn broken_inputs() -> BrokenInputs {
    BROKEN.iter().map(|(id, from, to)| (*id, check(&GOOD.replacen(from, to, 1)).findings)).collect()
}

#[test]
fn every_rule_fires_where_it_is_broken() {
    for (id, from, to) in BROKEN {
        let expected: &[&str] = match *id {
            // Where years and months stand, nothing else can be read.
            "A-11" => &["A-01", "A-11"],
            // What is not said to be delivered while it is produced has to be short.
            "X-01" if from.contains("Complete") => &["X-01", "X-07"],
            id => &[id],
        };
        assert_eq!(with(from, to), expected, "{from:?} to {to:?}");
    }
}

#[test]
fn a_duration_with_months_is_found_though_the_mpd_cannot_be_read() {
    assert_eq!(with(r#"timeShiftBufferDepth="PT60S""#, r#"timeShiftBufferDepth="P1M""#), ["A-01", "A-11"]);
    assert_eq!(with(r#"id="a""#, r#"id="PM""#), [""; 0]);
}

#[test]
fn a_negative_repeat_reaches_to_the_next_stated_time() {
    assert_eq!(with(r#"r="3"/><S d="179"/>"#, r#"r="-1"/><S t="1620" d="179"/>"#), [""; 0]);
    assert_eq!(with(r#"r="3"/><S d="179"/>"#, r#"r="-1"/><S d="179"/>"#), ["T-04"]);
    assert_eq!(with(r#"r="3"/><S d="179"/>"#, r#"r="-1"/>"#), [""; 0]);
}

#[test]
fn a_static_mpd_needs_an_end_and_no_updates() {
    let text = "<MPD profiles='urn:mpeg:dash:profile:isoff-live:2011' minBufferTime='PT1S' mediaPresentationDuration='PT9S'><Period/></MPD>";
    assert_eq!(check(text).findings, []);
    assert_eq!(broken(&check(&text.replace("mediaPresentationDuration", "minimumUpdatePeriod")).findings), ["A-05"]);
}
