//! What is published is what is played.

use std::process::Stdio;

use springhead_engine::{Event, State, Takeover};
use springhead_rtmp::message::MessageType;
use springhead_rtmp::{RtmpOptions, serve};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

use crate::client::{Client, dial};
use crate::{PUBLISH, count_to_the_end, engine, event, key, play, without_goodbye};

#[tokio::test]
async fn a_captured_publish_is_played_unit_for_unit_and_ends_cleanly() {
    let engine = engine(Takeover::Reject);
    let mut events = engine.events();
    let mut publisher = dial(&engine, RtmpOptions::default());
    publisher.write_all(without_goodbye()).await.unwrap();
    let mut session = play(&engine).await;
    let first = session.recv().await.unwrap();
    assert!(first.unit.is_random_access());
    publisher.write_all(&PUBLISH[without_goodbye().len()..]).await.unwrap();
    // The first unit was counted already.
    let (video, audio) = count_to_the_end(&mut session).await;
    assert_eq!(video + audio + 1, 10 + 45);
    let Event::Stopped { clean, .. } = event(&mut events, |event| matches!(event, Event::Stopped { .. })).await else {
        unreachable!()
    };
    assert!(clean);
}

#[tokio::test]
async fn a_publisher_that_goes_without_a_goodbye_is_awaited() {
    let engine = engine(Takeover::Reject);
    let mut events = engine.events();
    let mut publisher = dial(&engine, RtmpOptions::default());
    publisher.write_all(without_goodbye()).await.unwrap();
    let session = play(&engine).await;
    drop(publisher);
    event(&mut events, |event| matches!(event, Event::Interrupted { .. })).await;
    assert_eq!(session.broadcast().state(), State::Interrupted);
    // It comes back, and goes on in the same broadcast.
    let mut publisher = dial(&engine, RtmpOptions::default());
    publisher.write_all(without_goodbye()).await.unwrap();
    event(&mut events, |event| matches!(event, Event::Resumed { .. })).await;
}

#[tokio::test]
async fn a_publisher_of_other_codecs_is_told_which_to_set_and_is_not_cut_off() {
    let engine = engine(Takeover::Reject);
    let mut client = Client::publish(&engine, "live", "cam").await;
    assert_eq!(client.status().await.0, "NetStream.Publish.Start");
    client.media(MessageType::VIDEO, 0, b"\x90xvc1record").await;
    let (code, description) = client.status().await;
    assert_eq!(code, "NetStream.Publish.UnsupportedCodec");
    assert_eq!(description, "xvc1 is not taken here: H.264 and AAC are, and what connect lists");
    client.media(MessageType::VIDEO, 40, b"\x91xvc1\0\0\0picture").await;
    client.media(MessageType::AUDIO, 40, b"\x91ac-4sound").await;
    let (code, description) = client.status().await;
    assert_eq!(code, "NetStream.Publish.UnsupportedCodec");
    assert!(description.starts_with("ac-4 "), "{description}");
}

#[tokio::test]
async fn ffmpeg_publishes_and_every_picture_arrives() {
    let Ok(version) = Command::new("ffmpeg").arg("-version").stdout(Stdio::null()).status().await else {
        eprintln!("skipped: no ffmpeg is installed");
        return;
    };
    assert!(version.success());
    let engine = engine(Takeover::Reject);
    let mut events = engine.events();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let stop = CancellationToken::new();
    let server = tokio::spawn(serve(listener, engine.clone(), RtmpOptions::default(), stop.clone().cancelled_owned()));

    // Both forms of the address; ffmpeg splits them in its own way.
    for url in [format!("rtmp://127.0.0.1:{port}/live/cam"), format!("rtmp://127.0.0.1:{port}/live/cam/")] {
        let source = "testsrc=size=320x180:rate=25:duration=2";
        let mut ffmpeg = Command::new("ffmpeg");
        ffmpeg.args(["-v", "error", "-f", "lavfi", "-i", source, "-f", "lavfi", "-i", "sine=duration=2"]);
        ffmpeg.args(["-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "25", "-c:a", "aac", "-f", "flv"]);
        let ffmpeg = ffmpeg.arg(url).stdin(Stdio::null()).kill_on_drop(true).spawn().unwrap();
        let mut session = play(&engine).await;
        let (video, audio) = count_to_the_end(&mut session).await;
        assert_eq!(video, 50);
        // 88 200 samples and one frame of priming, 1024 at a time.
        assert_eq!(audio, 88_200usize.div_ceil(1024) + 1);
        let output = ffmpeg.wait_with_output().await.unwrap();
        assert!(output.status.success());
        event(&mut events, |event| matches!(event, Event::Stopped { clean: true, .. })).await;
    }
    stop.cancel();
    server.await.unwrap();
    assert!(engine.broadcast(&key()).is_none());
}
