//! Every rule fires on an input that breaks it, and on nothing else.

use super::*;
use crate::finding::{BrokenInputs, broken};

/// A live low-latency playlist that keeps every rule.
const GOOD: &str = "#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:2
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=12,HOLD-BACK=6,PART-HOLD-BACK=3
#EXT-X-PART-INF:PART-TARGET=1
#EXT-X-MEDIA-SEQUENCE:100
#EXT-X-DISCONTINUITY-SEQUENCE:3
#EXT-X-MAP:URI=\"init-1.mp4\"
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T10:00:00.000Z
#EXTINF:2.002,
100.m4s
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI=\"init-2.mp4\"
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T10:10:00.000Z
#EXT-X-PART:DURATION=1,URI=\"a.m4s\",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.9,URI=\"b.m4s\"
#EXT-X-PART:DURATION=0.102,URI=\"c.m4s\"
#EXTINF:2.002,
101.m4s
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T10:10:02.002Z
#EXT-X-PART:DURATION=1,URI=\"d.m4s\",INDEPENDENT=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"e.m4s\"
#EXT-X-RENDITION-REPORT:URI=\"../audio/index.m3u8\",LAST-MSN=102,LAST-PART=0
";

/// What is said of the good playlist with one text put in the place of another.
fn with(from: &str, to: &str) -> Vec<&'static str> {
    assert!(GOOD.contains(from), "{from}");
    let text = GOOD.replacen(from, to, 1);
    let verdict = check(&text);
    assert!(verdict.model.is_some() || verdict.findings[0].id == "H-01", "{:?}", verdict.findings);
    broken(&verdict.findings)
}

#[test]
fn a_playlist_that_keeps_every_rule_has_no_finding() {
    assert_eq!(check(GOOD).findings, []);
}

/// What lies so far from the end that its parts should be gone.
const OLD_PARTS: &str = "#EXT-X-PART:DURATION=1,URI=\"w.m4s\",INDEPENDENT=YES
#EXT-X-PART:DURATION=1,URI=\"x.m4s\"
#EXTINF:2.002,
100.m4s
#EXTINF:2.002,
100b.m4s
#EXTINF:2.002,
100c.m4s
#EXTINF:2.002,
100d.m4s
";

/// The open segment and the hint of the good playlist.
const OPEN: &str = "#EXT-X-PROGRAM-DATE-TIME:2026-11-21T10:10:02.002Z
#EXT-X-PART:DURATION=1,URI=\"d.m4s\",INDEPENDENT=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"e.m4s\"
";

/// Rule, text of the good playlist, and what breaks the rule in its place.
const BROKEN: &[(&str, &str, &str)] = &[
    ("H-01", "#EXTM3U\n", "\u{feff}#EXTM3U\n"),
    ("H-01", "#EXT-X-PART-INF", "#EXT-X-VERSION:9\n#EXT-X-PART-INF"),
    ("H-02", "VERSION:9", "VERSION:10"),
    ("H-03", "VERSION:9", "VERSION:5"),
    ("H-04", "VERSION:9", "VERSION:6"),
    ("H-05", "#EXTINF:2.002,\n100", "#EXTINF:2.5,\n100"),
    ("H-08", "#EXTINF:2.002,\n100", "#EXTINF:0,\n100"),
    ("H-12", "#EXT-X-DISCONTINUITY-SEQUENCE:3\n", ""),
    ("H-17", "#EXT-X-MEDIA-SEQUENCE:100", "#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-MEDIA-SEQUENCE:0"),
    ("H-17", "#EXT-X-MEDIA-SEQUENCE:100", "#EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-MEDIA-SEQUENCE:100"),
    ("H-18", "#EXT-X-PRELOAD-HINT", "#EXT-X-ENDLIST\n#EXT-X-PRELOAD-HINT"),
    ("H-20", "T10:00:00.000Z", "T10:00:00Z"),
    ("H-20", "T10:00:00.000Z", "T10:00:00.000"),
    ("H-20", "#EXT-X-PROGRAM-DATE-TIME:2026-11-21T10:10:00.000Z\n", ""),
    ("H-21", "T10:10:02.002Z", "T10:10:02.004Z"),
    ("H-22", "#EXT-X-PART:DURATION=1,URI=\"a.m4s\"", "#EXT-X-GAP\n#EXT-X-PART:DURATION=1,URI=\"a.m4s\""),
    ("L-02", "DURATION=0.9", "DURATION=1.000001"),
    ("L-03", "DURATION=0.9", "DURATION=0.849999"),
    ("L-05", "URI=\"d.m4s\",INDEPENDENT=YES", "URI=\"d.m4s\""),
    ("L-05", "URI=\"a.m4s\",INDEPENDENT=YES", "URI=\"a.m4s\""),
    ("L-06", "#EXT-X-PART:DURATION=0.102", "#EXT-X-MAP:URI=\"init-2.mp4\"\n#EXT-X-PART:DURATION=0.102"),
    ("L-10", "CAN-BLOCK-RELOAD=YES,", ""),
    ("L-11", "HOLD-BACK=6", "HOLD-BACK=5.999"),
    ("L-11", "PART-HOLD-BACK=3", "PART-HOLD-BACK=1.999"),
    ("L-11", ",PART-HOLD-BACK=3", ""),
    ("L-12", "CAN-SKIP-UNTIL=12", "CAN-SKIP-UNTIL=11.999"),
    ("L-13", "#EXT-X-MAP", "#EXT-X-SKIP:SKIPPED-SEGMENTS=1\n#EXT-X-MAP"),
    ("L-16", "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"e.m4s\"\n", ""),
    ("L-16", "URI=\"e.m4s\"", "URI=\"e.m4s\"\n#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"f.m4s\""),
    ("L-16", "URI=\"e.m4s\"", "URI=\"d.m4s\""),
    ("L-20", "../audio", "https://example.com/audio"),
    ("L-20", ",LAST-PART=0", ""),
    (
        "H-13",
        "MEDIA-SEQUENCE:100\n#EXT-X-DISCONTINUITY-SEQUENCE:3\n",
        "MEDIA-SEQUENCE:0\n#EXT-X-DISCONTINUITY-SEQUENCE:0\n#EXT-X-DISCONTINUITY\n",
    ),
    ("H-25", "#EXT-X-MAP", "#EXT-X-START:TIME-OFFSET=-60\n#EXT-X-MAP"),
    ("H-26", "#EXTINF:2.002,\n100", "#EXT-X-BYTERANGE:9\n#EXTINF:2.002,\n100"),
    ("H-27", "#EXT-X-MEDIA-SEQUENCE:100", "#EXT-X-I-FRAMES-ONLY\n#EXT-X-MEDIA-SEQUENCE:100"),
    ("H-29", "100.m4s", "{$base}/100.m4s"),
    ("L-09", "#EXTINF:2.002,\n100.m4s\n", OLD_PARTS),
    ("L-14", "#EXT-X-MAP", "#EXT-X-SKIP:SKIPPED-SEGMENTS=1,RECENTLY-REMOVED-DATERANGES=\"\"\n#EXT-X-MAP"),
    (
        "L-19",
        "URI=\"d.m4s\",INDEPENDENT=YES\n#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"e.m4s\"",
        "URI=\"d.m4s\",BYTERANGE=\"9@0\",INDEPENDENT=YES\n#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"d.m4s\",BYTERANGE-START=8",
    ),
    ("L-23", OPEN, "#EXTINF:2.002,\n102.m4s\n#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"e.m4s\"\n"),
    ("L-24", "PART-TARGET=1", "PART-TARGET=0.199"),
    ("R-02", "#EXT-X-MAP", "#EXT-X-DATERANGE:ID=\"a\"\n#EXT-X-MAP"),
    (
        "R-02",
        "#EXT-X-MAP",
        "#EXT-X-DATERANGE:ID=\"a\",START-DATE=\"2026-11-21T10:00:00Z\",END-DATE=\"2026-11-21T10:00:02Z\",DURATION=3\n#EXT-X-MAP",
    ),
    (
        "R-02",
        "#EXT-X-MAP",
        "#EXT-X-DATERANGE:ID=\"a\",START-DATE=\"2026-11-21T10:00:00Z\",END-DATE=\"2026-11-21T09:00:02Z\"\n#EXT-X-MAP",
    ),
    ("R-02", "#EXT-X-MAP", "#EXT-X-DATERANGE:ID=\"a\",START-DATE=\"2026-11-21T10:00:00Z\",END-ON-NEXT=YES\n#EXT-X-MAP"),
    (
        "R-07",
        "#EXT-X-MAP",
        "#EXT-X-DATERANGE:ID=\"a\",CLASS=\"com.apple.hls.interstitial\",START-DATE=\"2026-11-21T10:00:00Z\"\n#EXT-X-MAP",
    ),
];

pub(crate) fn broken_inputs() -> BrokenInputs {
    let undated: Vec<&str> = GOOD.lines().filter(|line| !line.starts_with("#EXT-X-PROGRAM")).collect();
    let single = BROKEN.iter().map(|(id, from, to)| (*id, check(&GOOD.replacen(from, to, 1)).findings));
    let whole = [
        ("L-01", check(&GOOD.replace("#EXT-X-PART-INF:PART-TARGET=1\n", "")).findings),
        ("L-22", check(&format!("{}\n", undated.join("\n"))).findings),
        (
            "R-01",
            check(&format!("{}\n#EXT-X-DATERANGE:ID=\"a\",START-DATE=\"2026-11-21T10:00:00Z\"\n", undated.join("\n")))
                .findings,
        ),
    ];
    single.chain(whole).collect()
}

#[test]
fn every_rule_fires_where_it_is_broken() {
    for (id, from, to) in BROKEN {
        let said = with(from, to);
        assert!(said.contains(id), "{from:?} to {to:?}: {said:?}");
        // Some texts cannot break one rule alone.
        let others: &[&str] = match *id {
            "H-27" => &["H-03", "L-14", "L-16"],
            "L-14" => &["H-03", "L-13"],
            "L-24" => &["L-02", "L-03"],
            "L-19" => &["H-26", "L-16"],
            _ => &[],
        };
        assert!(said.iter().all(|other| other == id || others.contains(other)), "{from:?} to {to:?}: {said:?}");
    }
}

#[test]
fn a_range_that_says_what_may_be_said_gives_no_finding() {
    let range = "#EXT-X-DATERANGE:ID=\"a\",START-DATE=\"2026-11-21T10:00:00Z\",";
    for rest in ["DURATION=2", "DURATION=2,END-DATE=\"2026-11-21T10:00:02Z\"", "CLASS=\"x\",END-ON-NEXT=YES"] {
        assert_eq!(with("#EXT-X-MAP", &format!("{range}{rest}\n#EXT-X-MAP")), [""; 0]);
    }
}

#[test]
fn a_playlist_without_part_inf_or_server_control_breaks_more_than_one_rule() {
    assert_eq!(with("#EXT-X-PART-INF:PART-TARGET=1\n", ""), ["L-01"]);
    let line = GOOD.lines().find(|line| line.starts_with("#EXT-X-SERVER-CONTROL")).unwrap();
    assert_eq!(with(&format!("{line}\n"), ""), ["H-02", "L-10"]);
    assert_eq!(with("CAN-SKIP-UNTIL=12,", "CAN-SKIP-DATERANGES=YES,"), ["H-02", "L-12"]);
}

#[test]
fn a_part_hold_back_of_two_to_three_targets_is_a_warning_only() {
    let verdict = check(&GOOD.replace("PART-HOLD-BACK=3", "PART-HOLD-BACK=2.5"));
    assert_eq!((verdict.findings.len(), verdict.findings[0].severity), (1, Severity::Warning));
}

#[test]
fn short_parts_are_allowed_where_the_standard_allows_them() {
    for to in ["DURATION=0.5,INDEPENDENT=YES", "DURATION=0.5,GAP=YES"] {
        assert_eq!(with("DURATION=0.9", to), [""; 0]);
    }
    assert_eq!(
        with("DURATION=0.9,URI=\"b.m4s\"", "DURATION=0.5,URI=\"b.m4s\"\n#EXT-X-PART:DURATION=0.4,URI=\"g\",GAP=YES"),
        [""; 0]
    );
}

#[test]
fn a_gap_is_a_gap_with_all_its_parts() {
    let text =
        GOOD.replace(",URI=\"b.m4s\"", ",URI=\"b.m4s\",GAP=YES").replace(",URI=\"c.m4s\"", ",URI=\"c.m4s\",GAP=YES");
    assert_eq!(check(&text).findings, []);
    let text = text.replace("URI=\"a.m4s\",INDEPENDENT=YES", "URI=\"a.m4s\",GAP=YES");
    assert_eq!(broken(&check(&text).findings), ["H-22"]);
    let text = text.replace("#EXTINF:2.002,\n101", "#EXT-X-GAP\n#EXTINF:2.002,\n101");
    assert_eq!(check(&text).findings, []);
}

#[test]
fn a_rule_that_is_broken_everywhere_reports_twenty_places_and_the_number_of_the_rest() {
    let text = format!("#EXTM3U\n#EXT-X-TARGETDURATION:1\n{}", "#EXTINF:9,\na\n".repeat(500));
    let findings = check(&text).findings;
    assert_eq!(findings.len(), 21);
    assert_eq!((findings[20].id, findings[20].message.as_str()), ("H-05", "480 more places"));
}

#[test]
fn an_unreadable_playlist_names_the_line_and_the_clause() {
    let findings = check("#EXTM3U\n#EXT-X-TARGETDURATION:x\n").findings;
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].place, "line 2");
    assert!(findings[0].message.ends_with("against §4.4.3.1"), "{}", findings[0].message);
}
