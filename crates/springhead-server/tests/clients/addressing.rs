//! Every form of addressing that can be set plays: segments of an MPD by duration, timeline and time, the MPD as a whole and
//! by its patches, parts of HLS as ranges, transport streams.

use crate::player::{DASH_PLAYERS, HLS_PLAYERS, Player, Session, plays_without_a_stall};
use crate::publisher::Clock;
use crate::server::Server;
use crate::tools::{Tool, asked_seconds, have};

const SETTLE_SECONDS: u64 = 2;
const WATCHED_SECONDS: u64 = 5;

#[test]
fn an_mpd_with_numbers_and_a_duration_plays_without_a_stall() {
    play("dash_addressing = \"duration\"", "duration", &DASH_PLAYERS);
}

#[test]
fn an_mpd_with_a_timeline_and_its_patches_plays_without_a_stall_and_dash_js_asks_for_patches() {
    let answered = play("dash_addressing = \"timeline\"\ndash_patch = true", "patched", &DASH_PLAYERS);
    let Some([dash_js, _]) = answered.as_deref() else { return };
    // One a second, and a few that the start takes.
    assert!(dash_js["200 .mpp"].as_u64().is_some_and(|patches| patches >= 3), "{dash_js:#}");
}

#[test]
fn an_mpd_with_times_in_names_that_is_not_patched_plays_without_a_stall_and_dash_js_asks_for_all_of_it() {
    let answered = play("dash_addressing = \"time\"\ndash_patch = false", "time", &DASH_PLAYERS);
    let Some([dash_js, _]) = answered.as_deref() else { return };
    let loads = ["200 .mpd", "304 .mpd"].map(|kind| dash_js[kind].as_u64().unwrap_or_default());
    assert!(loads.into_iter().sum::<u64>() >= 3, "{dash_js:#}");
    assert!(dash_js["200 .mpp"].is_null(), "{dash_js:#}");
}

/// Shaka asks for the rest of a segment from a hint on and takes nothing of it before all is there, so it is not one for this.
#[test]
fn parts_that_are_ranges_of_their_segment_play_without_a_stall_in_hls_js() {
    play("hls_parts = \"ranges\"", "ranges", &["hlsjs"]);
}

/// Their live edge is three target durations back, which a viewer waits for at first.
#[test]
fn transport_streams_play_without_a_stall_in_both_players() {
    let Some(answered) = play("hls_format = \"ts\"", "ts", &HLS_PLAYERS) else { return };
    for player in answered {
        assert!(player["200 .ts"].as_u64().is_some_and(|segments| segments >= 3), "{player:#}");
        assert!(player["200 .m4s"].is_null() && player["200 .mp4"].is_null(), "{player:#}");
    }
}

/// Publishes with the settings and plays. Gives how often each was answered what; none when
/// tools are missing.
fn play(settings: &str, name: &str, players: &[&str]) -> Option<Vec<serde_json::Value>> {
    if !have(&[Tool::Ffmpeg, Tool::Browser]) {
        return None;
    }
    let server = Server::packaging(settings);
    let _clock = Clock::start("ffmpeg".as_ref(), &server.publish_url());
    server.wait_for_segments(2);
    // Side by side: nobody's latency is measured here.
    let start = |player: &&str| {
        let session = Session {
            label: format!("{player}-{name}"),
            settle: SETTLE_SECONDS,
            ..Session::of(player, asked_seconds().unwrap_or(WATCHED_SECONDS))
        };
        Player::start(&server, &session)
    };
    let playing: Vec<Player> = players.iter().map(start).collect();
    let answered = |player: Player| {
        let mut report = player.report();
        plays_without_a_stall(&report);
        assert_eq!(report["refused"], serde_json::json!({}), "{report:#}");
        report["answered"].take()
    };
    Some(playing.into_iter().map(answered).collect())
}
