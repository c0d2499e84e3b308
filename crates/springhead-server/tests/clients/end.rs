//! A broadcast that ends: who watches sees it to the end, and who comes later sees it from the beginning.

use crate::player::{Player, Session};
use crate::publisher::{self, SOURCE_SECONDS, source};
use crate::server::Server;
use crate::tools::{Tool, have};

/// Watched after the player has settled: longer than what is published then.
const WATCHED_SECONDS: u64 = 8;

#[test]
fn hls_js_plays_to_the_end_and_then_from_the_beginning() {
    plays_to_the_end_and_from_the_beginning("hlsjs");
}

#[test]
fn dash_js_plays_to_the_end_and_then_from_the_beginning() {
    plays_to_the_end_and_from_the_beginning("dashjs");
}

#[test]
fn shaka_plays_hls_to_the_end_and_then_from_the_beginning() {
    plays_to_the_end_and_from_the_beginning("shaka-hls");
}

#[test]
fn shaka_plays_dash_to_the_end_and_then_from_the_beginning() {
    plays_to_the_end_and_from_the_beginning("shaka-dash");
}

fn plays_to_the_end_and_from_the_beginning(player: &str) {
    if !have(&[Tool::Ffmpeg, Tool::Browser]) {
        return;
    }
    let server = Server::start();
    let _publisher = publisher::file("ffmpeg".as_ref(), source(), &server.publish_url());
    server.wait_for_segments(2);
    let session = Session { label: format!("{player}-end"), ..Session::of(player, WATCHED_SECONDS) };
    let live = Player::start(&server, &session).report();
    assert_eq!(live["started"], true, "{live:#}");
    assert_eq!(live["errors"], serde_json::json!({}), "{live:#}");
    assert_eq!(live["end"]["media"]["ended"], true, "{live:#}");

    server.wait_for_end();
    let session = Session { label: format!("{player}-again"), ..Session::of(player, WATCHED_SECONDS) };
    let again = Player::start(&server, &session).report();
    assert_eq!(again["started"], true, "{again:#}");
    assert_eq!(again["errors"], serde_json::json!({}), "{again:#}");
    assert_eq!(again["end"]["media"]["ended"], true, "{again:#}");
    let [settling, steady] = ["settling", "steady"].map(|name| again[name]["frames"].as_u64().expect("a count"));
    // What comes before the watch begins, right after the first picture, is not counted.
    assert!(settling + steady >= u64::from(SOURCE_SECONDS) * 30 - 30, "{settling} and {steady} pictures: {again:#}");
}
