//! Two versions of one programme and its sound: players go down and up with the network, and on when versions vanish and
//! return. Sound and picture stay together through all of it.

use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::player::{Player, Session};
use crate::publisher::Clock;
use crate::server::Server;
use crate::tools::{Tool, asked_seconds, have, wait_for};

const LARGE: &str = "360";
const SMALL: &str = "180";
/// Kilobits per second that the small version fits through twice, with its sound, and the large one does not.
const NARROW: u32 = 900;
const SETTLE_SECONDS: u64 = 1;
/// For how long the small version is away, and for how long all of it is.
const SMALL_AWAY: Duration = Duration::from_secs(3);
const ALL_AWAY: Duration = Duration::from_secs(5);
/// Watched from the first loss on: both, and time to come back after each.
const WATCHED_SECONDS: u64 = 21;
/// One picture and a little: more than that between picture and sound is seen.
const APART_MS: f64 = 40.0;

#[test]
fn hls_js_plays_both_versions_and_goes_on_when_they_vanish() {
    plays_both_and_goes_on("hlsjs");
}

#[test]
fn dash_js_plays_both_versions_and_goes_on_when_they_vanish() {
    plays_both_and_goes_on("dashjs");
}

#[test]
fn shaka_plays_both_versions_of_hls_and_goes_on_when_they_vanish() {
    plays_both_and_goes_on("shaka-hls");
}

#[test]
fn shaka_plays_both_versions_of_dash_and_goes_on_when_they_vanish() {
    plays_both_and_goes_on("shaka-dash");
}

fn plays_both_and_goes_on(player: &str) {
    if !have(&[Tool::Ffmpeg, Tool::Browser]) {
        return;
    }
    let server = Server::start();
    let publish = |version| Clock::versions(&[&server.version_url(version)]);
    let (large, small) = (publish(LARGE), publish(SMALL));
    wait_for_versions(&server, 2);
    server.wait_for_segments(2);
    // At the live edge Shaka takes a network for no wider than what is made, so that it goes up only by chance; dash.js
    // weighs a sample by how long its download took, which is next to nothing where the network is wide.
    let begins_full = !player.starts_with("shaka");
    let again = player == "hlsjs" && asked_seconds().is_some();
    let session = Session {
        label: format!("{player}-ladder"),
        settle: SETTLE_SECONDS,
        narrow: Some(NARROW),
        again,
        sound: true,
        ..Session::of(player, asked_seconds().unwrap_or_default().max(WATCHED_SECONDS))
    };
    let mut playing = Player::start(&server, &session);
    playing.wait_until_watched();

    // The outages are the input of this test, not waits for something.
    small.crash();
    thread::sleep(SMALL_AWAY);
    let small = publish(SMALL);
    wait_for_versions(&server, 2);
    small.crash();
    large.crash();
    thread::sleep(ALL_AWAY);
    let _publishers = (publish(LARGE), publish(SMALL));

    let report = playing.report();
    assert_eq!(report["started"], true, "{report:#}");
    assert_eq!(report["errors"], serde_json::json!({}), "{report:#}");
    let switching = &report["switching"];
    for (step, waited_for) in [("fullMs", begins_full), ("lowerMs", true), ("fullAgainMs", again)] {
        assert!(!waited_for || switching[step].is_u64(), "{step}: {report:#}");
    }
    for version in [LARGE, SMALL] {
        let shown = |stage: &str| report[stage]["heights"][version].is_u64();
        assert!(["settling", "switching", "steady"].into_iter().any(shown), "{version} was not shown: {report:#}");
    }
    // Players finish what they load, and stand until then; what was chosen next fits.
    let stood = switching["stallList"].as_array().expect("a list");
    assert!(stood.iter().all(|stall| stall["endedAfterMs"].is_u64()), "it stood while it fitted: {report:#}");
    in_step(switching);

    let steady = &report["steady"];
    for stall in steady["stallList"].as_array().expect("a list") {
        let over = stall["endedAfterMs"].as_u64().is_some_and(|after| u128::from(after) <= ALL_AWAY.as_millis());
        assert!(over, "it stood for longer than nothing was sent: {report:#}");
    }
    assert_eq!(report["end"]["advancing"], true, "the player did not come back: {report:#}");
    in_step(steady);
}

/// Asserts that what was heard and what was seen are together.
fn in_step(watched: &Value) {
    let sound = &watched["sound"];
    assert!(sound["compared"].as_u64().is_some_and(|beeps| beeps >= 3), "too little was heard: {watched:#}");
    assert!(sound["apartMs"]["p90"].as_f64().is_some_and(|apart| apart < APART_MS), "{watched:#}");
}

fn wait_for_versions(server: &Server, versions: usize) {
    wait_for(&format!("{versions} versions are offered"), Duration::from_secs(60), || {
        let multivariant = server.get(&format!("/{}/index.m3u8", crate::server::KEY))?;
        (multivariant.text().matches("#EXT-X-STREAM-INF").count() == versions).then_some(())
    });
}
