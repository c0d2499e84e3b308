//! A publisher that dies and comes back after five seconds, its timestamps from zero again (N-13).

use std::thread;
use std::time::Duration;

use crate::player::{Player, Session};
use crate::publisher::Clock;
use crate::server::Server;
use crate::tools::{Tool, have};

const OUTAGE: Duration = Duration::from_secs(5);
/// Watched from the first picture on: a while before the outage, the outage, and time to come back.
const WATCHED_SECONDS: u64 = 30;

#[test]
fn hls_js_goes_on_when_the_publisher_comes_back() {
    goes_on("hlsjs");
}

#[test]
fn dash_js_goes_on_when_the_publisher_comes_back() {
    goes_on("dashjs");
}

#[test]
fn shaka_goes_on_with_hls_when_the_publisher_comes_back() {
    goes_on("shaka-hls");
}

#[test]
fn shaka_goes_on_with_dash_when_the_publisher_comes_back() {
    goes_on("shaka-dash");
}

fn goes_on(player: &str) {
    if !have(&[Tool::Ffmpeg, Tool::Browser]) {
        return;
    }
    let server = Server::start();
    let clock = Clock::start("ffmpeg".as_ref(), &server.publish_url());
    server.wait_for_segments(4);
    let session = Session { label: format!("{player}-reconnect"), ..Session::of(player, WATCHED_SECONDS) };
    let mut playing = Player::start(&server, &session);
    playing.wait_until_playing();
    let before = server.wait_for_segments(6);

    clock.crash();
    // The outage is the input of this test, not a wait for something.
    thread::sleep(OUTAGE);
    let _clock = Clock::start("ffmpeg".as_ref(), &server.publish_url());

    let report = playing.report();
    let after = server.media_playlist().expect("the broadcast is listed");
    assert!(!after.ended, "the playlist was ended: {after:?}");
    assert_eq!(after.discontinuities, before.discontinuities + 1, "{before:?} {after:?}");
    assert!(after.media_sequence >= before.media_sequence, "{before:?} {after:?}");
    assert!(after.next() > before.next(), "sequence numbers went back: {before:?} {after:?}");
    let kept = usize::try_from(after.media_sequence - before.media_sequence).expect("a short playlist");
    let still_listed = before.segments.get(kept..).unwrap_or_default();
    assert!(after.segments.starts_with(still_listed), "a published line changed: {before:?} {after:?}");

    assert_eq!(report["started"], true, "{report:#}");
    assert_eq!(report["end"]["advancing"], true, "the player did not come back: {report:#}");
    assert_eq!(report["errors"], serde_json::json!({}), "{report:#}");
    // The publisher dies while the player settles, or early in what is measured; most of that is after its return.
    let frames = report["steady"]["frames"].as_u64().expect("a count");
    assert!(frames >= WATCHED_SECONDS * 30 / 2, "{frames} pictures in {WATCHED_SECONDS} s: {report:#}");
    let latency = report["end"]["latencyMs"].as_i64().expect("the clock was read after the outage");
    assert!((0..20_000).contains(&latency), "what is on screen is {latency} ms old: {report:#}");
}
