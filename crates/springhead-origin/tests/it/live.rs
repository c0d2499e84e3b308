//! What waits, grows and ends, over real sockets.

use std::time::Duration;

use http::StatusCode;
use springhead_core::MediaSequence;
use springhead_origin::OriginOptions;
use springhead_origin::http::HttpOptions;
use springhead_packager::{Numbering, PackagerConfig, Presentation};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::media::last_box;
use crate::server::{Answer, Server, ask, options, request, settle};

fn reload(msn: u64, part: usize) -> String {
    format!("/live/cam/v1/index.m3u8?_HLS_msn={msn}&_HLS_part={part}")
}

/// Sends a request in the background.
fn background(server: &Server, path: &str) -> tokio::task::JoinHandle<Answer> {
    let (address, request) = (server.address, request(server.address, "GET", path, &[]));
    tokio::spawn(async move { Answer::read(ask(address, false, request).await).await })
}

#[tokio::test(start_paused = true)]
async fn a_blocked_reload_is_answered_when_the_part_comes() {
    let mut server = Server::live().await;
    let (msn, parts) = server.edge();
    let (playlist, hint) = {
        let next = server.snapshot().rendition("v1").unwrap().next_part().unwrap().1;
        (background(&server, &reload(msn, parts)), background(&server, &format!("/live/cam/v1/part-0-{next}.m4s")))
    };
    settle().await;
    assert!(!playlist.is_finished() && !hint.is_finished());
    // The part, or the first of the next segment where there is no such part (D-04).
    let came = |now: &Presentation| {
        now.rendition("v1").is_some_and(|v1| (v1.live_msn().0, v1.live_parts()) > (msn, parts) && v1.live_parts() > 0)
    };
    server.publish_until(came).await;
    settle().await;
    assert!(playlist.is_finished(), "the playlist is not answered");
    assert!(hint.is_finished(), "the part is not answered");
    let (playlist, hint) = (playlist.await.unwrap(), hint.await.unwrap());
    assert_eq!((playlist.status, hint.status), (StatusCode::OK, StatusCode::OK));
    assert_eq!(last_box(&hint.body), Some(*b"mdat"));
}

#[tokio::test(start_paused = true)]
async fn a_reload_whose_part_does_not_come_is_answered_with_503_in_time() {
    // By the encoder's clock nothing is held while nothing comes.
    let packager = PackagerConfig { numbering: Numbering::Epoch, ..options().packager };
    let mut server = Server::new(OriginOptions { packager, ..options() }, HttpOptions::default()).await;
    server.publish(Duration::from_secs(12)).await;
    let (msn, parts) = server.edge();
    let before = tokio::time::Instant::now();
    let answer = server.get(&reload(msn, parts)).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    let hold = server.snapshot().timing.target_duration * 3;
    assert_eq!(before.elapsed().as_secs(), hold.min(9));
}

#[tokio::test(start_paused = true)]
async fn a_reload_whose_publisher_is_silent_is_answered_with_what_is_held() {
    let server = Server::live().await;
    let (msn, parts) = server.edge();
    let before = tokio::time::Instant::now();
    let answer = server.get(&reload(msn, parts + 1)).await;
    assert_eq!(answer.status, StatusCode::OK);
    let patience = Duration::from_secs(server.snapshot().timing.target_duration) / 2;
    assert!(before.elapsed() < patience * 2, "{:?}", before.elapsed());
}

#[tokio::test(start_paused = true)]
async fn who_comes_before_the_first_segment_waits_for_it_and_is_told_to_come_again_if_there_is_none() {
    const PATHS: [&str; 3] = ["/live/cam/index.m3u8", "/live/cam/v1/index.m3u8", "/live/cam/manifest.mpd"];
    let mut server = Server::new(options(), HttpOptions::default()).await;
    for path in PATHS {
        let answer = server.get(path).await;
        assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::NOT_FOUND, Some("1")), "{path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
    }
    let early = PATHS.map(|path| background(&server, path));
    settle().await;
    assert!(early.iter().all(|waiter| !waiter.is_finished()));
    server.publish(Duration::from_secs(4)).await;
    for waiter in early {
        assert_eq!(waiter.await.unwrap().status, StatusCode::OK);
    }
}

#[tokio::test(start_paused = true)]
async fn waiters_are_answered_when_the_publisher_says_goodbye() {
    let mut server = Server::live().await;
    let (msn, parts) = server.edge();
    let waiter = background(&server, &reload(msn, parts + 2));
    settle().await;
    server.finish().await;
    settle().await;
    assert!(waiter.is_finished());
    assert!(waiter.await.unwrap().text().ends_with("#EXT-X-ENDLIST\n"));
}

#[tokio::test(start_paused = true)]
async fn clients_that_leave_free_their_waiters() {
    let server = Server::live().await;
    let (msn, parts) = server.edge();
    let waiters: Vec<_> = (0..50).map(|_| background(&server, &reload(msn, parts))).collect();
    settle().await;
    assert_eq!(server.metric("springhead_http_requests_open").await, 50);
    waiters.iter().for_each(tokio::task::JoinHandle::abort);
    settle().await;
    assert_eq!(server.metric("springhead_http_requests_open").await, 0);
}

#[tokio::test(start_paused = true)]
async fn more_waiters_than_a_broadcast_may_have_are_turned_away() {
    let options = OriginOptions { waiting: 3, ..options() };
    let mut server = Server::new(options, HttpOptions::default()).await;
    server.publish(Duration::from_secs(6)).await;
    let (msn, parts) = server.edge();
    let waiters: Vec<_> = (0..3).map(|_| background(&server, &reload(msn, parts))).collect();
    settle().await;
    let answer = server.get(&reload(msn, parts)).await;
    assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, Some("1")));
    waiters.iter().for_each(tokio::task::JoinHandle::abort);
    settle().await;
    assert_eq!(server.get("/live/cam/v1/index.m3u8").await.status, StatusCode::OK);
}

#[tokio::test(start_paused = true)]
async fn a_growing_segment_comes_in_http_chunks_of_whole_cmaf_chunks() {
    let mut server = Server::live().await;
    let msn = server.edge().0 + 1;
    // A little early: it waits for the first chunk.
    let mut socket = TcpStream::connect(server.address).await.unwrap();
    let head =
        format!("GET /live/cam/v1/{msn}.m4s HTTP/1.1\r\nhost: x\r\naccept-encoding: gzip\r\nconnection: close\r\n\r\n");
    socket.write_all(head.as_bytes()).await.unwrap();
    let reader = tokio::spawn(async move {
        let mut all = Vec::new();
        socket.read_to_end(&mut all).await.unwrap();
        all
    });
    server.publish_until(|now| now.rendition("v1").is_some_and(|v1| v1.segment(MediaSequence(msn)).is_some())).await;
    let all = reader.await.unwrap();
    let end = all.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    let head = String::from_utf8_lossy(&all[..end]).to_ascii_lowercase();
    assert!(head.contains("\r\ntransfer-encoding: chunked\r\n"), "{head}");
    assert!(!head.contains("\r\ncontent-length:") && !head.contains("\r\ncontent-encoding:"), "{head}");
    let (mut rest, mut body, mut chunks) = (&all[end..], Vec::new(), 0);
    loop {
        let line = rest.windows(2).position(|two| two == b"\r\n").unwrap();
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..line]).unwrap(), 16).unwrap();
        let chunk = &rest[line + 2..][..size];
        rest = &rest[line + 2 + size + 2..];
        if size == 0 {
            break;
        }
        assert_eq!(last_box(chunk), Some(*b"mdat"));
        body.extend_from_slice(chunk);
        chunks += 1;
    }
    assert!(chunks > 5, "{chunks} pieces");
    let snapshot = server.snapshot();
    let segment = snapshot.rendition("v1").unwrap().segment(MediaSequence(msn)).unwrap().body();
    assert!(segment.to_bytes() == body, "the pieces are not the segment");
    assert!(server.get(&format!("/live/cam/v1/{msn}.m4s")).await.body == body);
}

#[tokio::test(start_paused = true)]
async fn hostile_clients_do_not_keep_others_from_being_served() {
    let server = Server::live().await;
    let long = format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(100_000));
    let headers = format!("GET / HTTP/1.1\r\n{}\r\n", "x: y\r\n".repeat(5000));
    let wide = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(1 << 20));
    let inputs: [&[u8]; 10] = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
        b"GET / HT",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
        b"BREW /live/cam/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        b"POST /live/cam/v1/index.m3u8 HTTP/1.1\r\nhost: x\r\ncontent-length: 999999999999\r\n\r\nabc",
        b"GET /live/cam/v1/index.m3u8?_HLS_msn=99999999999999999999 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        long.as_bytes(),
        headers.as_bytes(),
        wide.as_bytes(),
    ];
    let mut open = Vec::new();
    for input in inputs {
        let mut socket = TcpStream::connect(server.address).await.unwrap();
        // The server may close before it has read all of it.
        let _ = socket.write_all(input).await;
        open.push(socket);
        assert_eq!(server.get("/live/cam/v1/index.m3u8").await.status, StatusCode::OK);
    }
    for mut socket in open {
        let mut answer = Vec::new();
        // Whatever it was, the server ends it; an answer, if there is one, is an error.
        let _ = socket.read_to_end(&mut answer).await;
        assert!(!answer.starts_with(b"HTTP/1.1 2"), "{}", String::from_utf8_lossy(&answer));
    }
}

#[tokio::test(start_paused = true)]
async fn operators_read_health_and_the_numbers_of_every_track() {
    let mut server = Server::live().await;
    let get = async |path| Answer::read(ask(server.admin, false, request(server.admin, "GET", path, &[])).await).await;
    assert_eq!((get("/healthz").await.status, get("/readyz").await.status), (StatusCode::OK, StatusCode::OK));
    assert_eq!(get("/live/cam/index.m3u8").await.status, StatusCode::NOT_FOUND);
    let report: serde_json::Value = serde_json::from_str(&get("/v1/broadcasts").await.text()).unwrap();
    let cam = &report["broadcasts"][0];
    assert_eq!(
        (cam["key"].as_str(), cam["state"].as_str(), cam["sessions"].as_u64()),
        (Some("live/cam"), Some("live"), Some(1))
    );
    for track in cam["measured"].as_array().unwrap() {
        assert!(track["units"].as_u64() > Some(100) && track["bitrate"].as_u64() > Some(1000), "{track}");
        assert_eq!((track["dropped"].as_u64(), track["repairs"].as_u64()), (Some(0), Some(0)), "{track}");
        assert_eq!((track["lost"].as_u64(), track["loss_ppm"].as_u64()), (Some(0), Some(0)), "{track}");
        assert!(track["unit_rate_milli"].as_u64() > Some(20_000) && track["latency"].is_null(), "{track}");
    }
    server.finish().await;
    server.engine.shutdown(Duration::ZERO).await;
    let ready = ask(server.admin, false, request(server.admin, "GET", "/readyz", &[])).await;
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test(start_paused = true)]
async fn the_numbers_of_a_silent_publisher_fall_for_operators_too() {
    let server = Server::live().await;
    let bitrate = "springhead_track_bits_per_second{broadcast=\"live/cam\",track=\"1\"}";
    let units = "springhead_track_units{broadcast=\"live/cam\",track=\"1\"}";
    let (full, came) = (server.metric(bitrate).await, server.metric(units).await);
    tokio::time::sleep(Duration::from_secs(3)).await;
    let falling = server.metric(bitrate).await;
    assert!(falling > 0 && falling * 10 < full * 7, "{falling} of {full}");
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!((server.metric(bitrate).await, server.metric(units).await), (0, came));
    let path = "/v1/broadcasts";
    let answer = Answer::read(ask(server.admin, false, request(server.admin, "GET", path, &[])).await).await;
    let report: serde_json::Value = serde_json::from_str(&answer.text()).unwrap();
    let track = &report["broadcasts"][0]["measured"][0];
    assert_eq!((track["bitrate"].as_u64(), track["unit_rate_milli"].as_u64()), (Some(0), Some(0)), "{track}");
    assert!(track["silence_micros"].as_u64() > Some(5_000_000), "{track}");
}

#[tokio::test(start_paused = true)]
async fn waiters_are_told_at_once_when_the_broadcast_is_gone() {
    let options = OriginOptions { linger: Duration::from_secs(1), ..options() };
    let mut server = Server::new(options, HttpOptions::default()).await;
    settle().await;
    let waiter = background(&server, "/live/cam/index.m3u8");
    settle().await;
    server.finish().await;
    assert!(!waiter.is_finished(), "it may come back");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(waiter.is_finished());
    assert_eq!(waiter.await.unwrap().status, StatusCode::NOT_FOUND);
}

#[tokio::test(start_paused = true)]
async fn a_ping_of_http_2_is_answered() {
    let server = Server::live().await;
    let mut socket = TcpStream::connect(server.address).await.unwrap();
    socket.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    // RFC 9113 §6.5 and §6.7: no settings, then a PING.
    socket.write_all(b"\0\0\0\x04\0\0\0\0\0").await.unwrap();
    socket.write_all(b"\0\0\x08\x06\0\0\0\0\0springhd").await.unwrap();
    loop {
        let mut head = [0; 9];
        socket.read_exact(&mut head).await.expect("an answer comes");
        let mut payload = vec![0; usize::from(head[2]) | usize::from(head[1]) << 8];
        socket.read_exact(&mut payload).await.expect("a whole frame");
        if (head[3], head[4]) == (6, 1) {
            assert_eq!(payload, b"springhd");
            return;
        }
    }
}
