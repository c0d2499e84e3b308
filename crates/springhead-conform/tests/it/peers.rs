//! Faults that the rules find in the output of ffmpeg and of nginx-rtmp, and that nothing else is said of it. How each
//! file was made is in `testdata/peers/README.md`.

use springhead_conform::dash_segment::{self, Fetched, Place};
use springhead_conform::{Finding, cmaf, dash, dash_history, hls_history, hls_media};

/// Rule, place and message of each finding.
fn said(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|Finding { id, place, message, .. }| format!("{id} at {place}: {message}")).collect()
}

/// What is said of two fetches of a playlist, the second by itself and against the first.
fn of_playlists(first: &str, second: &str) -> Vec<String> {
    let (first, second) = (hls_media::check(first), hls_media::check(second));
    let changes = hls_history::check(&first.model.unwrap(), &second.model.unwrap());
    said(&[second.findings, changes].concat())
}

fn of_mpds(first: &str, second: &str) -> Vec<String> {
    let (first, second) = (dash::check(first), dash::check(second));
    let changes = dash_history::check(&first.model.unwrap(), &second.model.unwrap());
    said(&[second.findings, changes].concat())
}

macro_rules! peer {
    ($name:literal) => {
        include_str!(concat!("../../testdata/peers/", $name))
    };
}

#[test]
fn the_target_duration_of_ffmpeg_grows_with_its_longest_segment() {
    assert_eq!(
        of_playlists(peer!("ffmpeg-hls-1.m3u8"), peer!("ffmpeg-hls-2.m3u8")),
        ["H-02 at EXT-X-VERSION: version 7 where 6 is enough", "H-06 at EXT-X-TARGETDURATION: 2 became 5",]
    );
}

#[test]
fn a_window_in_one_file_of_ffmpeg_slides_and_its_media_sequence_does_not() {
    let said = of_playlists(peer!("ffmpeg-single-file-1.m3u8"), peer!("ffmpeg-single-file-2.m3u8"));
    assert_eq!(
        said,
        [
            "H-02 at EXT-X-VERSION: version 7 where 6 is enough",
            "H-09 at segment 0: EXT-X-BYTERANGE changed",
            "H-09 at segment 1: EXT-X-BYTERANGE changed",
            "H-09 at segment 2: EXT-X-BYTERANGE changed",
            "H-11 at EXT-X-MEDIA-SEQUENCE: 1 segments left, and it is still 0",
        ]
    );
}

#[test]
fn the_target_duration_of_nginx_rtmp_grows_with_its_longest_segment() {
    assert_eq!(
        of_playlists(peer!("nginx-rtmp-hls-1.m3u8"), peer!("nginx-rtmp-hls-2.m3u8")),
        ["H-06 at EXT-X-TARGETDURATION: 2 became 5"]
    );
}

#[test]
fn segments_of_ffmpeg_are_longer_than_its_mpd_says() {
    assert_eq!(
        of_mpds(peer!("ffmpeg-dash-1.mpd"), peer!("ffmpeg-dash-2.mpd")),
        [
            "A-04 at Representation 0 of Period 0: a segment of PT4.6S, above PT2S",
            "A-04 at Representation 1 of Period 0: a segment of PT2.005333S, above PT2S",
            "A-10 at MPD: no UTCTiming",
            "A-12 at MPD: low latency, and no ServiceDescription with Latency",
            "X-01 at Representation 0 of Period 0: @availabilityTimeComplete is false, and @availabilityTimeOffset is zero",
            "X-01 at Representation 1 of Period 0: @availabilityTimeComplete is false, and @availabilityTimeOffset is zero",
            "X-06 at Representation 0 of Period 0: Resync@dT is 2000000, and a segment 58880 ticks of 12800 a second",
            "T-12 at Representation 0 of Period 0: a segment left 14014 ms after it ended, within PT23S",
            "T-12 at Representation 1 of Period 0: a segment left 10008 ms after it ended, within PT23S",
        ]
    );
}

#[test]
fn the_mpd_of_nginx_rtmp_has_no_clock() {
    assert_eq!(
        of_mpds(peer!("nginx-rtmp-dash-1.mpd"), peer!("nginx-rtmp-dash-2.mpd")),
        ["A-04 at MPD: no @maxSegmentDuration", "A-10 at MPD: no UTCTiming"]
    );
}

#[test]
fn the_last_sample_of_a_segment_of_nginx_rtmp_has_no_duration_and_the_next_one_leaves_a_hole() {
    let init = cmaf::check_init(include_bytes!("../../testdata/peers/nginx-rtmp-init.m4a"));
    assert_eq!(said(&init.findings), ["B-02 at ftyp: neither of the brands cmfc and cmf2, for 1 tracks"]);
    let init = init.model.unwrap();
    let (one, two): (&[u8], &[u8]) = (
        include_bytes!("../../testdata/peers/nginx-rtmp-8021.m4a"),
        include_bytes!("../../testdata/peers/nginx-rtmp-10021.m4a"),
    );
    let first = cmaf::check_segment(&init, one, None);
    let second = cmaf::check_segment(&init, two, first.model.as_ref());
    // The hole is the sample of 21 ms that has no duration.
    assert_eq!(
        said(&second.findings),
        [
            "B-07 at chunk 0: its decode time is 10026, not 10005",
            "B-07 at fragment 0: tfdt has 32 bits",
            "B-11 at sample 93 of chunk 0: 179 bytes that last 0 ticks",
        ]
    );

    let mpd = dash::check(peer!("nginx-rtmp-dash-media.mpd")).model.unwrap();
    let set = &mpd.periods[0].adaptation_sets[1];
    let representation = &set.representations[0];
    let template = set.template_of(representation).unwrap();
    let place = Place::Timeline { start: 10_021, duration: 2_000 };
    let fetched = Fetched { set, representation, template: &template, place, init: &init, bytes: two };
    assert_eq!(
        said(&dash_segment::check(&fetched)),
        ["T-03 at the segment: it begins at 10026 ms, and S@t is 10021 ms"]
    );
}
