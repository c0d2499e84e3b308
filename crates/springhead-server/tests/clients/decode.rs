//! Every picture that was published comes out of HLS and DASH: as many, the same, at the same time.

use std::path::Path;
use std::time::Duration;

use crate::gstreamer;
use crate::publisher::{self, SOURCE_SECONDS, source};
use crate::server::Server;
use crate::tools::{Tool, ffmpegs, have, run};

/// A millisecond clock on one side, the track's own on the other: a time may differ by the rounding between them.
const ROUNDING_MS: i64 = 1;

#[test]
fn what_either_ffmpeg_publishes_is_decoded_picture_by_picture_from_hls_and_dash() {
    if !have(&[Tool::Ffmpeg]) {
        return;
    }
    let pictures = decoded("ffmpeg".as_ref(), source().to_str().expect("a path in UTF-8"));
    for ffmpeg in ffmpegs() {
        let server = published(&ffmpeg);
        for url in [server.hls_url(), server.transport_stream_url(), server.dash_url()] {
            compare_times(&url);
            for reader in ffmpegs() {
                let got = decoded(&reader, &url);
                assert_eq!(got.len(), pictures.len(), "{url} by {}", reader.display());
                let differs = got.iter().zip(&pictures).position(|(got, want)| got != want);
                assert_eq!(differs, None, "first differing picture of {url} by {}", reader.display());
            }
        }
    }
}

#[test]
fn a_live_broadcast_is_decoded_while_it_runs() {
    if !have(&[Tool::Ffmpeg]) {
        return;
    }
    let server = Server::start();
    let _publisher = publisher::file("ffmpeg".as_ref(), source(), &server.publish_url());
    server.wait_for_segments(2);
    for url in [server.hls_url(), server.transport_stream_url(), server.dash_url()] {
        let arguments = ["-nostdin", "-v", "error", "-xerror", "-i", &url, "-map", "0", "-t", "2", "-f", "null", "-"];
        run("ffmpeg", arguments);
    }
}

#[test]
fn gstreamer_decodes_every_picture_of_hls_and_dash() {
    if !have(&[Tool::Ffmpeg, Tool::GStreamer]) {
        return;
    }
    let server = published("ffmpeg".as_ref());
    for url in [server.hls_url(), server.transport_stream_url(), server.dash_url()] {
        assert_eq!(gstreamer::pictures(&url), (SOURCE_SECONDS * 30) as usize, "{url}");
    }
}

/// A server to which the whole source has been published, and which has closed the broadcast.
fn published(ffmpeg: &Path) -> Server {
    let server = Server::start();
    let mut publisher = publisher::file(ffmpeg, source(), &server.publish_url());
    let status = publisher.finish(Duration::from_secs(u64::from(SOURCE_SECONDS) + 60));
    assert!(status.success(), "{}: {status}\n{}", ffmpeg.display(), publisher.output());
    server.wait_for_end();
    server
}

/// Decodes all video of `input` without tolerating any error; the hash of each picture in the order of display.
fn decoded(ffmpeg: &Path, input: &str) -> Vec<String> {
    let arguments =
        ["-nostdin", "-v", "error", "-xerror", "-i", input, "-map", "0:v", "-map", "0:a", "-fps_mode", "passthrough"];
    let output = run(ffmpeg, arguments.into_iter().chain(["-f", "framemd5", "-"]));
    let video = output.lines().filter(|line| line.starts_with("0,"));
    video.filter_map(|line| line.rsplit(',').next()).map(|hash| hash.trim().to_owned()).collect()
}

/// Compares the presentation time of every video and audio unit with the source's, on the line of the first picture.
fn compare_times(url: &str) {
    let [want, got] = [source().to_str().expect("a path in UTF-8"), url].map(|input| {
        let video = times(input, "v");
        let first = *video.first().expect("pictures");
        // Sound that begins before there is a picture may be left out: a segment starts with its random access point.
        let on_line =
            |times: Vec<i64>| times.into_iter().map(|time| time - first).filter(|time| *time >= 0).collect::<Vec<_>>();
        [on_line(video), on_line(times(input, "a"))]
    });
    for ((want, got), what) in want.iter().zip(&got).zip(["video", "audio"]) {
        assert_eq!(got.len(), want.len(), "{what} units of {url}");
        for (index, (got, want)) in got.iter().zip(want).enumerate() {
            let error = (got - want + 500).div_euclid(1000);
            assert!(error.abs() <= ROUNDING_MS, "{what} unit {index} of {url}: {got} µs instead of {want} µs");
        }
    }
}

/// Presentation times of all packets of the first stream of a kind, in microseconds, in the order of display.
fn times(input: &str, kind: &str) -> Vec<i64> {
    let stream = format!("{kind}:0");
    let arguments =
        ["-v", "error", "-select_streams", &stream, "-show_entries", "packet=pts_time", "-of", "csv=p=0", input];
    let output = run("ffprobe", arguments);
    let mut times: Vec<i64> = output
        .split([',', '\n'])
        .filter(|field| !field.trim().is_empty())
        .map(|field| microseconds(field.trim()).unwrap_or_else(|| panic!("{input}: a packet at {field:?}")))
        .collect();
    times.sort_unstable();
    times
}

/// `12.345678` to 12 345 678; ffprobe prints six decimals.
fn microseconds(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.')?;
    let negative = whole.starts_with('-');
    let whole: i64 = whole.trim_start_matches('-').parse().ok()?;
    let fraction: i64 = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
    let value = whole * 1_000_000 + fraction;
    Some(if negative { -value } else { value })
}
