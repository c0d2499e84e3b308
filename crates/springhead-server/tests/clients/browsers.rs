//! The four players in Chromium, each watched by the clock in the picture.

use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::publisher::Clock;
use crate::server::{KEY, Server};
use crate::tools::{Process, Tool, have, results, say, scripts, watch_seconds};

/// Longest time that a scenario takes beyond the watching: start, settling, seeks, and a slow machine.
const OVERHEAD: Duration = Duration::from_secs(150);

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
    let report = Player::start(&server, player, player, watch_seconds(), true).report();

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

/// `play.mjs` at work.
pub(crate) struct Player {
    process: Process,
    json: std::path::PathBuf,
    limit: Duration,
}

impl Player {
    /// Starts a player on the broadcast; report and screenshot get the name `label`.
    pub(crate) fn start(server: &Server, player: &str, label: &str, seconds: u64, seek: bool) -> Self {
        let json = results().join(format!("{label}.json"));
        let mut command = Command::new("node");
        command.arg(scripts().join("play.mjs"));
        command.args(["--player", player, "--url", &server.url(&format!("/{KEY}")), "--seconds", &seconds.to_string()]);
        command.arg("--json").arg(&json).arg("--screenshot").arg(json.with_extension("png"));
        if !seek {
            command.arg("--no-seek");
        }
        Self { process: Process::start(player, command), json, limit: OVERHEAD + Duration::from_secs(seconds) }
    }

    /// Waits for the first picture.
    pub(crate) fn wait_until_playing(&mut self) {
        self.process.wait_for_line("stage playing", Duration::from_secs(60));
    }

    /// Waits for the end of the scenario, prints its line of figures and gives the report.
    pub(crate) fn report(mut self) -> Value {
        let status = self.process.finish(self.limit);
        let output = self.process.output();
        assert!(status.success(), "{status}\n{output}");
        say(output.lines().last().unwrap_or_default());
        let report = std::fs::read(&self.json).expect("the script wrote its report");
        serde_json::from_slice(&report).expect("the report is JSON")
    }
}
