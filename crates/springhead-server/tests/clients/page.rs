//! The pages that the server carries, opened as a visitor opens them.

use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::publisher::Clock;
use crate::server::{KEY, Server};
use crate::tools::{Process, Tool, have, results, say, scripts, wait_for};

#[test]
fn the_front_page_and_the_page_of_a_broadcast_play_picture_and_sound() {
    if !have(&[Tool::Ffmpeg, Tool::Browser]) {
        return;
    }
    let server = Server::start();
    let _clock = Clock::start("ffmpeg".as_ref(), &server.publish_url());
    server.wait_for_segments(2);
    plays(&open(&server.url("/"), "page-front"), "hls.js");
    plays(&open(&server.url(&format!("/{KEY}/?muted=0")), "page-hls"), "hls.js");
    plays(&open(&server.url(&format!("/{KEY}/?player=dash")), "page-dash"), "dash.js");
}

#[test]
fn the_front_page_of_the_demo_plays_with_nothing_else_installed() {
    if !have(&[Tool::Browser]) {
        return;
    }
    let server = Server::start_command("demo");
    wait_for("the demo is live", Duration::from_secs(60), || {
        let list = server.get("/api/broadcasts").filter(|answer| answer.status == 200)?;
        let list: Value = serde_json::from_slice(&list.body).expect("the list is JSON");
        list["broadcasts"].as_array().filter(|broadcasts| !broadcasts.is_empty()).map(|_| ())
    });
    plays(&open(&server.url("/"), "page-demo"), "hls.js");
}

#[test]
fn the_front_page_without_a_broadcast_shows_how_to_publish() {
    if !have(&[Tool::Browser]) {
        return;
    }
    let server = Server::start();
    let report = open(&server.url("/"), "page-empty");
    assert_eq!(report["started"], false);
    let text = report["text"].as_str().expect("the page's text");
    assert!(text.contains("ffmpeg -re") && text.contains("rtmp://"), "{text}");
    assert_eq!(report["console"], json!([]));
}

fn plays(report: &Value, engine: &str) {
    assert_eq!(report["started"], true, "{report:#}");
    assert!(report["stats"]["engine"].as_str().is_some_and(|name| name.starts_with(engine)), "{report:#}");
    assert!(report["playedSeconds"].as_f64().is_some_and(|seconds| seconds > 4.0), "{report:#}");
    assert!(report["stats"]["width"].as_u64().is_some_and(|width| width > 0), "{report:#}");
    assert!(report["audioBytes"].as_u64().is_some_and(|bytes| bytes > 0), "no sound was decoded: {report:#}");
    assert_eq!(report["console"], json!([]), "{report:#}");
    assert_eq!(report["elsewhere"], json!([]), "the page asked other servers: {report:#}");
}

fn open(url: &str, label: &str) -> Value {
    let json = results().join(format!("{label}.json"));
    let mut command = Command::new("node");
    command.arg(scripts().join("page.mjs")).args(["--url", url, "--seconds", "6", "--start-within", "15"]);
    command.arg("--json").arg(&json).arg("--screenshot").arg(json.with_extension("png"));
    let mut process = Process::start(label, command);
    let status = process.finish(Duration::from_secs(120));
    assert!(status.success(), "{status}\n{}", process.output());
    say(&format!("{label}: {}", process.output().lines().last().unwrap_or_default()));
    serde_json::from_slice(&std::fs::read(&json).expect("the script wrote its report")).expect("the report is JSON")
}
