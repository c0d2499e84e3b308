//! Every codec that Enhanced RTMP brings comes out of HLS and DASH: announced as it is, every picture the same, no sound lost.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::gstreamer;
use crate::player::{Player, Session, plays_without_a_stall};
use crate::playlist::first_variant;
use crate::publisher::{self, Clock};
use crate::server::Server;
use crate::tools::{Process, Tool, asked_seconds, ffmpegs, have, results, run, wait_for};

const SECONDS: usize = 8;
const RATE: usize = 25;
/// The longest frame of sound that is published, 1024 samples at 22.05 kHz, and the rounding.
const FRAME_MS: usize = 47;

/// What is published, and what the multivariant playlist has to say of it.
struct Pair {
    name: &'static str,
    pictures: &'static str,
    sound: &'static str,
    codecs: &'static str,
    /// The media type and the decoder of GStreamer, of pictures whose frame rate its demuxer must not guess.
    guessed: Option<(&'static str, &'static str)>,
}

const PAIRS: [Pair; 6] = [
    Pair {
        name: "hevc-opus",
        pictures: "libx265 -preset ultrafast -x265-params log-level=none:keyint=50:min-keyint=50:scenecut=0",
        sound: "libopus",
        codecs: "hvc1.1.6.L60.90,opus",
        guessed: None,
    },
    Pair {
        name: "av1-flac",
        pictures: "libsvtav1 -preset 12 -g 50",
        sound: "flac",
        codecs: "av01.0.00M.08,flac",
        guessed: Some(("video/x-av1", "av1dec")),
    },
    Pair {
        name: "vp9-ac3",
        pictures: "libvpx-vp9 -deadline realtime -cpu-used 8 -g 50",
        sound: "ac3",
        codecs: "vp09.00.11.08,ac-3",
        guessed: Some(("video/x-vp9", "vp9dec")),
    },
    Pair {
        name: "avc-eac3",
        pictures: "libx264 -preset ultrafast -bf 2 -g 50 -x264-params open-gop=1",
        sound: "eac3",
        codecs: "avc1.4d400c,ec-3",
        guessed: None,
    },
    Pair {
        name: "avc-mp3",
        pictures: "libx264 -preset ultrafast -bf 2 -g 50",
        sound: "libmp3lame",
        codecs: "avc1.4d400c,mp4a.40.34",
        guessed: None,
    },
    Pair {
        name: "avc-aac-22k",
        pictures: "libx264 -preset ultrafast -bf 2 -g 50",
        sound: "aac -ar 22050",
        codecs: "avc1.4d400c,mp4a.40.2",
        guessed: None,
    },
];

/// Pictures and sound beside H.264 and AAC that Chromium decodes, each in one player of either manifest.
const WATCHED: [(&str, &str, &str, [&str; 2]); 2] = [
    ("av1", "opus", "CODECS=\"av01.0.", ["hlsjs", "shaka-dash"]),
    ("vp9", "flac", "CODECS=\"vp09.00.", ["shaka-hls", "dashjs"]),
];

#[test]
fn av1_vp9_opus_and_flac_play_without_a_stall() {
    if !have(&[Tool::Ffmpeg, Tool::Browser]) {
        return;
    }
    let [_, newer] = &ffmpegs()[..] else { return };
    for (video, audio, codecs, players) in WATCHED {
        let server = Server::start();
        let _clock = Clock::coded(newer, &server.publish_url(), video, audio);
        server.wait_for_segments(2);
        let multivariant = server.get("/live/cam/index.m3u8").expect("a playlist").text();
        assert!(multivariant.contains(codecs) && multivariant.contains(&format!(",{audio}\"")), "{multivariant}");
        let start = |player: &str| {
            let label = format!("{player}-{video}-{audio}");
            let session = Session { label, settle: 4, ..Session::of(player, asked_seconds().unwrap_or(5)) };
            Player::start(&server, &session)
        };
        // Side by side: nobody's latency is measured here.
        players.map(start).into_iter().for_each(|player| plays_without_a_stall(&player.report()));
    }
}

#[test]
fn every_codec_that_the_newer_ffmpeg_publishes_is_decoded_picture_by_picture_from_hls_and_dash() {
    if !have(&[Tool::Ffmpeg]) {
        return;
    }
    let [older, newer] = &ffmpegs()[..] else { return };
    let server = Server::start();
    let mut publishers: Vec<(&Pair, PathBuf, Process)> = Vec::new();
    for pair in &PAIRS {
        let file = source(newer, pair);
        let publisher = publisher::file(newer, &file, &server.publish_url_of(pair.name));
        publishers.push((pair, file, publisher));
    }
    for (pair, file, mut publisher) in publishers {
        let status = publisher.finish(Duration::from_secs(SECONDS as u64 + 60));
        assert!(status.success(), "{}: {status}\n{}", pair.name, publisher.output());
        let multivariant = wait_for("the playlist is ended", Duration::from_secs(90), || ended(&server, pair.name));
        let codecs = format!("CODECS=\"{}\"", pair.codecs);
        assert!(multivariant.contains(&codecs), "{}: {codecs} in\n{multivariant}", pair.name);
        let file = file.to_str().expect("a path in UTF-8");
        let want = decoded(newer, file);
        assert_eq!(want.pictures.len(), SECONDS * RATE, "{}", pair.name);
        for manifest in ["index.m3u8", "manifest.mpd"] {
            let url = server.url(&format!("/live/{}/{manifest}", pair.name));
            let got = decoded(newer, &url);
            assert_eq!(got.pictures.len(), want.pictures.len(), "{url}");
            let differs = got.pictures.iter().zip(&want.pictures).position(|(got, want)| got != want);
            assert_eq!(differs, None, "first differing picture of {url}");
            // A period begins with a picture, so a frame of sound may be left out before it.
            assert!(want.frames_of_sound.abs_diff(got.frames_of_sound) <= 1, "{url}: {got:?} of {want:?}");
            // What it decodes may differ from the newer one's by a bit, and by how it conceals; that it does, is the point.
            let by_older = decoded(older, &url);
            assert_eq!(by_older.pictures.len(), want.pictures.len(), "{url} by {}", older.display());
        }
        if have(&[Tool::GStreamer]) {
            decode_with_gstreamer(&server, pair, &multivariant);
        }
    }
}

fn decode_with_gstreamer(server: &Server, pair: &Pair, multivariant: &str) {
    let of = |resource: &str| server.url(&format!("/live/{}/{resource}", pair.name));
    let got = match pair.guessed {
        None => ["index.m3u8", "manifest.mpd"].map(|manifest| gstreamer::pictures(&of(manifest))),
        Some(decoder) => {
            let variant = first_variant(multivariant).expect("a variant");
            let demuxers = [("hlsdemux", variant), ("dashdemux name=demuxer demuxer.video_00", "manifest.mpd")];
            demuxers.map(|(demuxer, manifest)| gstreamer::pictures_at(RATE, demuxer, decoder, &of(manifest)))
        }
    };
    assert_eq!(got, [SECONDS * RATE; 2], "{} by GStreamer", pair.name);
    for manifest in ["index.m3u8", "manifest.mpd"] {
        let sound = gstreamer::millis_of_sound(&of(manifest));
        assert!(sound.abs_diff(SECONDS * 1000) <= FRAME_MS, "{} {manifest}: {sound} ms", pair.name);
    }
}

/// A file of that pair, pictures with reordering where the encoder has it.
fn source(ffmpeg: &Path, pair: &Pair) -> PathBuf {
    let path = results().join(format!("{}.flv", pair.name));
    let arguments = format!(
        "-nostdin -v error -y -f lavfi -i testsrc2=size=320x180:rate={RATE} -f lavfi -i sine=frequency=330:sample_rate=48000 \
         -t {SECONDS} -pix_fmt yuv420p -c:v {} -c:a {} -f flv",
        pair.pictures, pair.sound
    );
    let arguments = arguments.split_whitespace().map(str::to_owned);
    run(ffmpeg, arguments.chain([path.display().to_string()]));
    path
}

/// The multivariant playlist, once the broadcast has been closed.
fn ended(server: &Server, name: &str) -> Option<String> {
    let get = |path: String| server.get(&path).filter(|answer| answer.status == 200).map(|answer| answer.text());
    let multivariant = get(format!("/live/{name}/index.m3u8"))?;
    let variant = multivariant.lines().find(|line| !line.starts_with('#') && !line.is_empty())?;
    let media = get(format!("/live/{name}/{variant}"))?;
    media.contains("#EXT-X-ENDLIST").then_some(multivariant)
}

#[derive(Debug)]
struct Decoded {
    /// The hash of each picture, in the order of display.
    pictures: Vec<String>,
    frames_of_sound: usize,
}

/// Decodes all of `input` without tolerating any error.
fn decoded(ffmpeg: &Path, input: &str) -> Decoded {
    let arguments =
        ["-nostdin", "-v", "error", "-xerror", "-i", input, "-map", "0:v", "-map", "0:a", "-fps_mode", "passthrough"];
    let output = run(ffmpeg, arguments.into_iter().chain(["-f", "framemd5", "-"]));
    let of = |stream: &str| output.lines().filter(|line| line.starts_with(stream)).collect::<Vec<_>>();
    let hash = |line: &&str| line.rsplit(',').next().unwrap_or_default().trim().to_owned();
    Decoded { pictures: of("0,").iter().map(hash).collect(), frames_of_sound: of("1,").len() }
}
