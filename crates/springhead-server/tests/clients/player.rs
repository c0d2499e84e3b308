//! `play.mjs` at work: one player in Chromium, from its start to its report.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::server::{KEY, Server};
use crate::tools::{Process, results, say, scripts};

/// Longest time that a session takes beyond the watching: start, settling, seeks, and a slow machine.
const OVERHEAD: Duration = Duration::from_secs(150);

/// hls.js, dash.js and Shaka Player, the last with either manifest.
pub(crate) const PLAYERS: [&str; 4] = ["hlsjs", "shaka-hls", "dashjs", "shaka-dash"];
/// Those that are given the HLS playlists.
pub(crate) const HLS_PLAYERS: [&str; 2] = ["hlsjs", "shaka-hls"];
/// Those that are given the MPD.
pub(crate) const DASH_PLAYERS: [&str; 2] = ["dashjs", "shaka-dash"];

/// What a player goes through.
#[derive(Clone, Debug)]
pub(crate) struct Session<'a> {
    /// One of [`PLAYERS`].
    pub(crate) player: &'a str,
    /// The name of report and screenshot.
    pub(crate) label: String,
    /// For how long it is given time to get to the live edge.
    pub(crate) settle: u64,
    /// For how long it is watched then.
    pub(crate) seconds: u64,
    /// Whether it seeks back and returns to the live edge afterwards.
    pub(crate) seek: bool,
    /// How far behind the live edge it is told to play, instead of where the manifest says.
    pub(crate) target: Option<&'a str>,
    /// Before it is watched, the network is narrowed to so many kilobits per second until the picture is lower.
    pub(crate) narrow: Option<u32>,
    /// Whether the picture's full height is waited for when the network is wide again.
    pub(crate) again: bool,
    /// Whether the sound is heard, and compared with the picture.
    pub(crate) sound: bool,
}

impl<'a> Session<'a> {
    /// Settles for ten seconds and is watched then, by the settings that each player has for low latency.
    pub(crate) fn of(player: &'a str, seconds: u64) -> Self {
        Self {
            player,
            label: player.into(),
            settle: 10,
            seconds,
            seek: false,
            target: None,
            narrow: None,
            again: false,
            sound: false,
        }
    }
}

/// A player that is playing.
pub(crate) struct Player {
    process: Process,
    json: PathBuf,
    limit: Duration,
}

impl Player {
    /// Starts a player on the broadcast.
    pub(crate) fn start(server: &Server, session: &Session<'_>) -> Self {
        let json = results().join(format!("{}.json", session.label));
        let mut command = Command::new("node");
        command.arg(scripts().join("play.mjs"));
        command.args(["--player", session.player, "--url", &server.url(&format!("/{KEY}"))]);
        command.args(["--settle", &session.settle.to_string(), "--seconds", &session.seconds.to_string()]);
        command.arg("--json").arg(&json).arg("--screenshot").arg(json.with_extension("png"));
        if !session.seek {
            command.arg("--no-seek");
        }
        if let Some(target) = session.target {
            command.args(["--target", target]);
        }
        if let Some(kilobits) = session.narrow {
            command.args(["--narrow", &kilobits.to_string()]);
        }
        if session.again {
            command.arg("--again");
        }
        if session.sound {
            command.arg("--sound");
        }
        let limit = OVERHEAD + Duration::from_secs(session.settle + session.seconds);
        Self { process: Process::start(session.player, command), json, limit }
    }

    /// Waits for the first picture.
    pub(crate) fn wait_until_playing(&mut self) {
        self.process.wait_for_line("stage playing", Duration::from_secs(60));
    }

    /// Waits until it has settled, the network has been narrow and wide, and it is watched.
    pub(crate) fn wait_until_watched(&mut self) {
        self.process.wait_for_line("stage watched", OVERHEAD);
    }

    /// Waits for the end of the session, prints its line of figures and gives the report.
    pub(crate) fn report(mut self) -> Value {
        let status = self.process.finish(self.limit);
        let output = self.process.output();
        assert!(status.success(), "{status}\n{output}");
        say(output.lines().last().unwrap_or_default());
        let report = std::fs::read(&self.json).expect("the script wrote its report");
        serde_json::from_slice(&report).expect("the report is JSON")
    }
}

/// Asserts that a player began, went on for as long as it was watched, and met no error.
pub(crate) fn plays_without_a_stall(report: &Value) {
    assert_eq!(report["started"], true, "{report:#}");
    assert_eq!(report["errors"], json!({}), "{report:#}");
    let steady = &report["steady"];
    assert_eq!(steady["stalls"], 0, "{report:#}");
    let [played, seconds] = ["playedSeconds", "seconds"].map(|name| steady[name].as_f64().expect("a number"));
    assert!(played >= seconds * 0.8, "{played} s were played in {seconds} s: {report:#}");
}
