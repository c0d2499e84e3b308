//! Every rule fires on an answer that breaks it, and on nothing else.

use super::*;
use crate::finding::{BrokenInputs, broken};

const PLAYLIST: Resource = Resource::Playlist { blocked: false, live: true };

/// Header fields of a good answer.
fn fields(content_type: &str) -> Vec<(String, String)> {
    let fields = [
        ("Content-Type", content_type),
        ("Access-Control-Allow-Origin", "*"),
        ("Access-Control-Expose-Headers", "Date, Age"),
        ("Cache-Control", "public, max-age=2"),
        ("ETag", "\"1\""),
        ("Date", "Sat, 21 Nov 2026 20:00:00 GMT"),
        ("Vary", "Accept-Encoding"),
    ];
    fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

/// What is said of a good answer of that kind, with one header field put or taken away, and then changed.
fn said(resource: Resource, field: (&str, Option<&str>), change: impl Fn(&mut Exchange<'_>)) -> Vec<Finding> {
    let content_type = match resource {
        Resource::Playlist { .. } => "application/vnd.apple.mpegurl",
        Resource::Mpd => "application/dash+xml; charset=utf-8",
        _ => "video/mp4",
    };
    let mut headers = fields(content_type);
    headers.retain(|(name, _)| !name.eq_ignore_ascii_case(field.0));
    headers.extend(field.1.map(|value| (field.0.to_owned(), value.to_owned())));
    let mut exchange = Exchange {
        resource,
        target_duration: Duration::from_secs(2),
        head: false,
        range: None,
        accepts_gzip: false,
        revalidates: false,
        status: if resource == Resource::Nowhere { 404 } else { 200 },
        headers: &headers,
        length: 1_000,
        sent: millis(0),
        first_byte: millis(10),
        done: millis(20),
    };
    change(&mut exchange);
    check(&exchange)
}

fn millis(at: u64) -> MonoTime {
    MonoTime(at * 1_000_000)
}

fn same(_: &mut Exchange<'_>) {}

const NONE: (&str, Option<&str>) = ("X-None", None);

pub(crate) fn broken_inputs() -> BrokenInputs {
    let hinted = |came_true| Resource::HintedPart { came_true };
    let range = |exchange: &mut Exchange<'_>| (exchange.status, exchange.range) = (206, Some((100, 1_099)));
    vec![
        ("W-01", said(Resource::Segment, ("Content-Encoding", Some("gzip")), same)),
        ("W-01", said(PLAYLIST, NONE, |exchange| (exchange.accepts_gzip, exchange.length) = (true, 9_000))),
        ("W-02", said(PLAYLIST, ("Content-Type", Some("text/plain")), same)),
        ("W-02", said(Resource::Init, ("Content-Type", None), same)),
        ("W-02", said(Resource::Init, ("Access-Control-Allow-Origin", None), same)),
        ("W-03", said(PLAYLIST, ("Cache-Control", Some("max-age=3")), same)),
        ("W-03", said(Resource::Playlist { blocked: true, live: true }, ("Cache-Control", Some("max-age=13")), same)),
        ("W-03", said(Resource::Mpd, ("Cache-Control", Some("max-age=1, s-maxage=60")), same)),
        ("W-04", said(PLAYLIST, ("Age", Some("3")), same)),
        ("W-06", said(Resource::Part, NONE, |exchange| exchange.range = Some((0, 9)))),
        ("W-06", said(Resource::Part, ("Content-Range", Some("bytes 0-999/5000")), range)),
        ("W-06", said(Resource::Part, ("Content-Range", Some("bytes 100-1098/5000")), range)),
        ("W-07", said(Resource::Segment, NONE, |exchange| exchange.head = true)),
        ("W-07", said(Resource::Segment, NONE, |exchange| exchange.revalidates = true)),
        ("W-08", said(Resource::Segment, ("Cache-Control", Some("no-store")), same)),
        ("W-09", said(Resource::Segment, NONE, |exchange| exchange.status = 404)),
        ("W-09", said(Resource::Segment, NONE, |exchange| exchange.length = 0)),
        ("H-15", said(Resource::LeftSegment, NONE, |exchange| exchange.status = 404)),
        ("W-09", said(Resource::Nowhere, NONE, |exchange| exchange.status = 200)),
        ("W-09", said(Resource::Segment, NONE, |exchange| exchange.done = millis(2_001))),
        ("L-17", said(hinted(true), NONE, |exchange| exchange.done = millis(300))),
        ("L-17", said(hinted(true), NONE, |exchange| exchange.status = 404)),
        ("L-18", said(hinted(false), NONE, same)),
        ("X-03", said(Resource::SegmentInProgress, NONE, |e| (e.first_byte, e.done) = (millis(1_500), millis(1_501)))),
        ("X-03", said(Resource::SegmentInProgress, ("Content-Length", Some("1000")), |e| e.done = millis(1_000))),
        ("E-06", said(Resource::Mpd, ("Date", None), same)),
        ("E-06", said(Resource::Mpd, ("Access-Control-Expose-Headers", None), same)),
        ("E-06", said(Resource::Mpd, ("ETag", None), same)),
    ]
}

#[test]
fn every_rule_fires_where_it_is_broken() {
    for (n, (id, findings)) in broken_inputs().into_iter().enumerate() {
        assert_eq!(broken(&findings), [id], "case {n}");
    }
}

#[test]
fn good_answers_have_no_finding() {
    for resource in [
        PLAYLIST,
        Resource::Mpd,
        Resource::Init,
        Resource::Segment,
        Resource::LeftSegment,
        Resource::Part,
        Resource::HintedPart { came_true: true },
        Resource::SegmentInProgress,
        Resource::Nowhere,
    ] {
        assert_eq!(said(resource, NONE, same), [], "{resource:?}");
    }
    let chunked = said(Resource::SegmentInProgress, NONE, |exchange| exchange.done = millis(1_900));
    assert_eq!(chunked, [], "a segment that comes while it is produced");
    assert_eq!(said(hinted_false(), NONE, |exchange| exchange.status = 404), []);
    let range = |exchange: &mut Exchange<'_>| (exchange.status, exchange.range) = (206, Some((100, u64::MAX)));
    assert_eq!(said(Resource::Part, ("Content-Range", Some("bytes 100-1099/1100")), range), [], "an open end");
    let again = |exchange: &mut Exchange<'_>| (exchange.status, exchange.revalidates, exchange.length) = (304, true, 0);
    assert_eq!(said(Resource::Segment, NONE, again), []);
    let gzip = |exchange: &mut Exchange<'_>| exchange.accepts_gzip = true;
    assert_eq!(said(PLAYLIST, ("Content-Encoding", Some("gzip")), gzip), []);
}

fn hinted_false() -> Resource {
    Resource::HintedPart { came_true: false }
}
