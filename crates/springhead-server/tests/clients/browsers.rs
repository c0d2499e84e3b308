//! The four players in Chromium, each watched by the clock in the picture.

use crate::player::{Player, Session};
use crate::publisher::Clock;
use crate::server::Server;
use crate::tools::{Tool, have, watch_seconds};

#[test]
fn hls_js_plays_at_the_live_edge_seeks_back_and_returns() {
    plays_seeks_and_returns("hlsjs");
}

#[test]
fn dash_js_plays_at_the_live_edge_seeks_back_and_returns() {
    plays_seeks_and_returns("dashjs");
}

#[test]
fn shaka_plays_hls_at_the_live_edge_seeks_back_and_returns() {
    plays_seeks_and_returns("shaka-hls");
}

#[test]
fn shaka_plays_dash_at_the_live_edge_seeks_back_and_returns() {
    plays_seeks_and_returns("shaka-dash");
}

/// Latency is printed and not judged: it is the machine's as much as ours.
fn plays_seeks_and_returns(player: &str) {
    if !have(&[Tool::Ffmpeg, Tool::Browser]) {
        return;
    }
    let server = Server::start();
    let _clock = Clock::start("ffmpeg".as_ref(), &server.publish_url());
    // Enough to seek back into, whatever the player calls the live edge.
    server.wait_for_segments(6);
    let report = Player::start(&server, &Session { seek: true, ..Session::of(player, watch_seconds()) }).report();

    let steady = &report["steady"];
    assert_eq!(report["started"], true, "{report:#}");
    assert_eq!(report["errors"], serde_json::json!({}), "{report:#}");
    assert_eq!(steady["stalls"], 0, "{steady:#}");
    let [dropped, frames] = ["dropped", "frames"].map(|name| steady[name].as_u64().expect("a count"));
    assert!(frames >= watch_seconds() * 30 * 9 / 10, "{frames} pictures in {} s", watch_seconds());
    // One in a hundred, and half a second for a hiccup of the machine, which a short watch would not average out.
    assert!(dropped <= frames / 100 + 15, "{dropped} of {frames} pictures dropped");
    assert_eq!(report["seekBack"]["ok"], true, "{:#}", report["seekBack"]);
    assert_eq!(report["returnToLive"]["ok"], true, "{:#}", report["returnToLive"]);
}
