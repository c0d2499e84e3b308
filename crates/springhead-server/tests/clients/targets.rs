//! How far behind the picture is, by the part target: every one that can be set plays, in every player.

use serde_json::Value;

use crate::player::{HLS_PLAYERS, PLAYERS, Player, Session, plays_without_a_stall};
use crate::publisher::Clock;
use crate::server::Server;
use crate::tools::{Tool, asked_seconds, have, say};

/// Time to get to the live edge.
const SETTLE_SECONDS: u64 = 4;
/// How long each player is watched where nobody asked for longer: enough to see it play.
const WATCHED_SECONDS: u64 = 5;

#[test]
fn parts_of_200_milliseconds_play_without_a_stall() {
    every_player_plays("part = \"200ms\"", "200 ms", &in_short(&HLS_PLAYERS));
}

#[test]
fn parts_of_333_milliseconds_play_without_a_stall() {
    every_player_plays("part = \"333ms\"", "333 ms", &in_short(&HLS_PLAYERS));
}

#[test]
fn parts_of_half_a_second_play_without_a_stall() {
    every_player_plays("part = \"500ms\"", "500 ms", &in_short(&[]));
}

#[test]
fn parts_of_a_second_play_without_a_stall() {
    every_player_plays("part = \"1s\"", "1 s", &in_short(&[]));
}

#[test]
fn the_lowest_latency_preset_plays_without_a_stall_in_players_that_are_told_how_closely_to_follow() {
    every_player_plays("preset = \"lowest-latency\"", "lowest-latency", &PLAYERS.map(tuned));
}

/// How closely a player is told to follow the preset: as closely as it can where somebody asked for figures, on a machine
/// that does nothing else, and otherwise with room for a machine that is busy for a second.
fn tuned(player: &str) -> (&str, Option<&'static str>) {
    let seconds = match player {
        _ if asked_seconds().is_none() => "1.5",
        "dashjs" => "0.25",
        "hlsjs" => "0.7",
        "shaka-hls" => "0.4",
        _ => "0.5",
    };
    (player, Some(seconds))
}

/// All players when somebody asked for figures; otherwise `few`, which is what a part target makes a difference to.
fn in_short(few: &[&'static str]) -> Vec<(&'static str, Option<&'static str>)> {
    let players: &[&str] = if asked_seconds().is_some() { &PLAYERS } else { few };
    players.iter().map(|player| (*player, None)).collect()
}

/// Publishes with the settings and plays: in one player after the other where somebody asked for figures, in two at a time
/// otherwise. How far behind the picture is gets printed as the rows of a table and is not judged: it is the machine's as
/// much as ours.
fn every_player_plays(settings: &str, name: &str, players: &[(&str, Option<&'static str>)]) {
    if !have(&[Tool::Ffmpeg, Tool::Browser]) {
        return;
    }
    if players.is_empty() {
        say("SKIPPED: played when SPRINGHEAD_CLIENT_SECONDS is set");
        return;
    }
    let server = Server::packaging(settings);
    let _clock = Clock::start("ffmpeg".as_ref(), &server.publish_url());
    server.wait_for_segments(2);
    let start = |&(player, target): &(&str, Option<&'static str>)| {
        let session = Session {
            label: format!("{player}-{}", name.replace(' ', "-")),
            settle: SETTLE_SECONDS,
            target,
            ..Session::of(player, asked_seconds().unwrap_or(WATCHED_SECONDS))
        };
        (target, Player::start(&server, &session))
    };
    let row = |(target, player): (Option<&str>, Player)| {
        let report = player.report();
        plays_without_a_stall(&report);
        row(name, target, &report)
    };
    let rows: Vec<String> = if asked_seconds().is_some() {
        players.iter().map(start).map(row).collect()
    } else {
        let pairs = players.chunks(2).map(|pair| pair.iter().map(start).collect::<Vec<_>>());
        pairs.flat_map(|pair| pair.into_iter().map(row).collect::<Vec<_>>()).collect()
    };
    say("| packaging | player | told to follow by | p50 | p95 | first picture |\n|---|---|---|---|---|---|");
    rows.iter().for_each(|row| say(row));
}

fn row(name: &str, target: Option<&str>, report: &Value) -> String {
    let [player, version] = ["player", "version"].map(|name| report[name].as_str().unwrap_or_default());
    let target = target.map_or("–".into(), |target| format!("{target} s"));
    let latency = &report["steady"]["latencyMs"];
    format!(
        "| {name} | {player} {} | {target} | {} ms | {} ms | {} ms |",
        version.trim_start_matches('v'),
        latency["p50"],
        latency["p95"],
        report["firstPictureMs"]
    )
}
