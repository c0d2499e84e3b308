//! Fuzz bodies: whatever comes in, checking it ends and gives a bounded number of findings.

use std::time::Duration;

use springhead_core::{MonoTime, WallTime};
use springhead_manifest::dash::{AdaptationSet, Mpd, Representation, SegmentTemplate};
use springhead_manifest::hls::MediaPlaylist;

use crate::dash_segment::Place;
use crate::hls_init::Change;
use crate::hls_pace::{Fetch, Pace};
use crate::hls_reload::{Directives, Reload, Skip};
use crate::hls_segment::Listed;
use crate::http::{Exchange, Resource};
use crate::{
    Finding, cmaf, dash, dash_clock, dash_history, dash_segment, hls_delta, hls_edges, hls_history, hls_init,
    hls_media, hls_multivariant, hls_reload, hls_renditions, hls_segment, http, rules, webvtt,
};

/// Every rule reports at most 20 places and the number of the rest.
fn assert_bounded(findings: &[Finding]) {
    assert!(findings.len() <= 21 * rules().count());
}

/// The input up to a NUL, and what is behind it.
fn halves(data: &[u8]) -> (&[u8], &[u8]) {
    let at = data.iter().position(|b| *b == 0).unwrap_or(data.len());
    (&data[..at], data.get(at + 1..).unwrap_or_default())
}

/// Two texts as playlists, by themselves and one after the other.
pub fn hls(data: &[u8]) {
    let (old, new) = halves(data);
    let (Ok(old), Ok(new)) = (std::str::from_utf8(old), std::str::from_utf8(new)) else { return };
    assert_bounded(&hls_multivariant::check(old).findings);
    assert_bounded(&webvtt::check(old));
    let verdicts = [hls_media::check(old), hls_media::check(new)];
    verdicts.iter().for_each(|verdict| assert_bounded(&verdict.findings));
    let [Some(old), Some(new)]: [Option<MediaPlaylist>; 2] = verdicts.map(|verdict| verdict.model) else { return };
    assert_bounded(&hls_history::check(&old, &new));
    // Numbers at the end of 64 bits collide, and then one segment is compared with another.
    let same: Vec<_> = hls_history::check(&old, &old).into_iter().filter(|finding| finding.id != "H-09").collect();
    assert_eq!(same, [], "what did not change breaks no rule on change");
    assert_bounded(&hls_delta::check(&old, &new, &new));
    let mut pace = Pace::default();
    for (at, playlist) in [(0, &old), (u64::MAX, &new)] {
        assert_bounded(&pace.fetched(Fetch { sent: MonoTime(at / 2), received: MonoTime(at), playlist }));
    }
    let directives = Directives {
        msn: Some(new.media_sequence),
        part: Some(u64::MAX),
        skip: Some(Skip::V2),
        ..Directives::default()
    };
    let held = Duration::from_secs(u64::MAX / 8);
    assert_bounded(&hls_reload::check(&Reload { before: &old, directives, status: 200, after: Some(&new), held }));
    let named = [("old", &old), ("new", &new)].map(|(name, playlist)| hls_renditions::NamedPlaylist { name, playlist });
    assert_bounded(&hls_renditions::check(&named));
    assert_bounded(&hls_edges::check(&named));
}

/// Two texts as MPDs, by themselves and one after the other.
pub fn mpd(data: &[u8]) {
    let (old, new) = halves(data);
    let (Ok(old), Ok(new)) = (std::str::from_utf8(old), std::str::from_utf8(new)) else { return };
    let verdicts = [dash::check(old), dash::check(new)];
    verdicts.iter().for_each(|verdict| assert_bounded(&verdict.findings));
    let [Some(old), Some(new)]: [Option<Mpd>; 2] = verdicts.map(|verdict| verdict.model) else { return };
    assert_bounded(&dash_history::check(&old, &new));
    assert_bounded(&dash_clock::check(&new, WallTime(i64::MAX)));
}

/// Bytes as an init section and the segments after it.
pub fn cmaf(data: &[u8]) {
    let verdict = cmaf::check_init(data);
    assert_bounded(&verdict.findings);
    let Some(init) = verdict.model else { return };
    let change = Change { before: &init, after: &init, same_map: true, discontinuity: false };
    assert_eq!(hls_init::check(&change), [], "what stays the same breaks no rule on change");
    let first = cmaf::check_segment(&init, data, None);
    assert_bounded(&first.findings);
    assert_bounded(&cmaf::check_segment(&init, data, first.model.as_ref()).findings);
    assert_bounded(&cmaf::check_parts(&init, &[data, data], data));
    let (playlist, segment) = Default::default();
    let listed = Listed::Segment(&segment);
    let fetched = hls_segment::Fetched { playlist: &playlist, listed, init: &init, bytes: data };
    assert_bounded(&hls_segment::check(&fetched));
    let (set, representation) = (AdaptationSet::default(), Representation::default());
    let template = SegmentTemplate { duration: Some(u64::MAX), ..SegmentTemplate::default() };
    for place in [Place::Number(u64::MAX), Place::Timeline { start: u64::MAX, duration: u64::MAX }] {
        let (set, representation, template, init) = (&set, &representation, &template, &init);
        let fetched = dash_segment::Fetched { set, representation, template, place, init, bytes: data };
        assert_bounded(&dash_segment::check(&fetched));
    }
}

/// Lines as the header fields of an answer.
pub fn answer(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let field = |line: &str| {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        (name.to_owned(), value.trim().to_owned())
    };
    let headers: Vec<(String, String)> = text.lines().map(field).collect();
    for resource in [Resource::Mpd, Resource::Playlist { blocked: false, live: true }, Resource::Part] {
        let exchange = Exchange {
            resource,
            target_duration: Duration::from_secs(2),
            head: false,
            range: Some((u64::MAX, 0)),
            accepts_gzip: true,
            revalidates: false,
            status: 206,
            headers: &headers,
            length: data.len() as u64,
            sent: MonoTime(0),
            first_byte: MonoTime(u64::MAX),
            done: MonoTime(0),
        };
        assert_bounded(&http::check(&exchange));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    const PLAYLIST: &str = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=1\n\
        #EXT-X-PART-INF:PART-TARGET=1\n#EXT-X-MEDIA-SEQUENCE:18446744073709551615\n#EXT-X-SKIP:SKIPPED-SEGMENTS=99\n\
        #EXT-X-DISCONTINUITY\n#EXT-X-PROGRAM-DATE-TIME:2026-11-21T10:00:00.000Z\n#EXT-X-PART:DURATION=1,URI=\"a\"\n\
        #EXTINF:18446744073709,\nb\n#EXTINF:18446744073709,\nc\n#EXT-X-PART:DURATION=1,URI=\"d\"\n\
        #EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"e\"\n";
    const MPD: &str = "<MPD type='dynamic' profiles='low-latency' minBufferTime='PT0S'><Period id='p'><AdaptationSet>\
        <SegmentTemplate timescale='4294967295' media='$Time%9$$' availabilityTimeOffset='INF' startNumber='18446744073709551615'>\
        <SegmentTimeline><S t='18446744073709551615' d='18446744073709551615' r='2147483647'/><S d='1' r='-1'/></SegmentTimeline>\
        </SegmentTemplate><Representation id='v' bandwidth='1'/></AdaptationSet></Period></MPD>";

    #[test]
    fn every_body_holds_for_numbers_at_the_edges() {
        super::hls(format!("{PLAYLIST}\0{PLAYLIST}").as_bytes());
        super::mpd(format!("{MPD}\0{MPD}").as_bytes());
        super::cmaf(b"\0\0\0\x08ftyp\0\0\0\x08moov");
        super::answer(
            b"Content-Range: bytes 0-18446744073709551615/*\ncache-control: max-age=18446744073709551615\nAge: 99",
        );
    }

    proptest! {
        #[test]
        fn any_header_fields_are_checked_to_the_end(text in "(content-range|age|cache-control|vary|etag): [ -~]{0,40}\n") {
            super::answer(text.as_bytes());
        }

        #[test]
        fn texts_bent_anywhere_are_checked_to_the_end(at: prop::sample::Index, byte: u8, cut: prop::sample::Index) {
            for (text, body) in [(PLAYLIST, super::hls as fn(&[u8])), (MPD, super::mpd)] {
                let mut bytes = format!("{text}\0{text}").into_bytes();
                let at = at.index(bytes.len());
                bytes[at] = byte;
                body(&bytes);
                body(&bytes[..cut.index(bytes.len())]);
            }
        }
    }
}
