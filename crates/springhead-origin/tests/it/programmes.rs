//! Several broadcasts under one key, and what outlives a server.

use std::collections::BTreeMap;
use std::time::Duration;

use http::StatusCode;
use hyper_util::rt::{TokioExecutor, TokioIo};
use springhead_core::TrackId;
use springhead_engine::{Engine, PublishError};
use springhead_origin::http::HttpOptions;
use springhead_origin::{OriginOptions, Programmes};
use springhead_packager::{Numbering, PackagerConfig, Presentation, part_name};
use springhead_testkit::SourceOptions;
use tokio::net::TcpStream;

use crate::history::pictures;
use crate::server::{Publisher, Server, options, request, settle};

fn small() -> SourceOptions {
    SourceOptions { size: (320, 180), ..pictures() }
}

async fn publisher(server: &Server, key: &str, options: SourceOptions) -> Publisher {
    Publisher::new(&server.engine, key, options).await
}

/// All publish side by side.
async fn side_by_side<const N: usize>(publishers: [&mut Publisher; N], span: Duration) {
    futures_util::future::join_all(publishers.into_iter().map(|publisher| publisher.publish(span))).await;
}

fn snapshot(server: &Server) -> std::sync::Arc<Presentation> {
    server.origin.channel(&"live/cam".parse().unwrap()).and_then(|channel| channel.snapshot()).expect("it is live")
}

fn sources(presentation: &Presentation, name: &str) -> Vec<u32> {
    let segments = presentation.rendition(name).unwrap().segments.iter();
    let mut of: Vec<u32> = segments.map(|segment| segment.init.track.video().unwrap().width).collect();
    of.dedup();
    of
}

#[tokio::test(start_paused = true)]
async fn broadcasts_named_after_one_are_its_versions_and_come_and_go() {
    let server = Server::without_publisher(options(), HttpOptions::default()).await;
    let mut large = publisher(&server, "live/cam@360", pictures()).await;
    let mut little = publisher(&server, "live/cam@180", small()).await;
    side_by_side([&mut large, &mut little], Duration::from_secs(6)).await;
    assert_eq!(server.origin.keys().len(), 1);
    let multivariant = server.get("/live/cam/index.m3u8").await.text();
    assert_eq!(multivariant.matches("#EXT-X-STREAM-INF").count(), 2, "{multivariant}");
    assert_eq!(multivariant.matches("TYPE=AUDIO").count(), 1, "{multivariant}");
    let before = snapshot(&server);
    drop(little);
    large.publish(Duration::from_secs(5)).await;
    let alone = server.get("/live/cam/index.m3u8").await.text();
    assert_eq!(alone.matches("#EXT-X-STREAM-INF").count(), 1, "{alone}");
    let mut little = publisher(&server, "live/cam@180", small()).await;
    side_by_side([&mut large, &mut little], Duration::from_secs(6)).await;
    let again = server.get("/live/cam/index.m3u8").await.text();
    assert_eq!(again.matches("#EXT-X-STREAM-INF").count(), 2, "{again}");
    let after = snapshot(&server);
    assert_eq!(before.timing, after.timing);
    let v3 = after.renditions.iter().find(|r| r.own_track == TrackId(3)).expect("the small one has the third number");
    // What was announced under the old period: the same where the rendition went on, nothing where another stands in.
    let stood_in = v3.segments.iter().find(|segment| segment.init.track.id != v3.own_track).unwrap();
    for rendition in &after.renditions {
        let segment = rendition.segment(stood_in.msn).unwrap();
        let old = segment.period.id.0 - 1;
        let answer = server.get(&format!("/live/cam/{}/{old}-{}.m4s", rendition.name, segment.msn)).await;
        assert_eq!(answer.status, StatusCode::OK);
        let goes_on = rendition.own_track != v3.own_track;
        let expected = if goes_on { segment.body().to_bytes() } else { bytes::Bytes::new() };
        assert!(answer.body == expected, "{}", rendition.name);
        // A part behind an init section that it does not need is not there.
        let hinted_for = rendition.segments.iter().rfind(|before| before.msn < segment.msn).unwrap().init.id;
        let part = &segment.parts[0];
        let answer = server.get(&format!("/live/cam/{}/{}", rendition.name, part_name(hinted_for, part.number))).await;
        assert_eq!(answer.status, if goes_on { StatusCode::OK } else { StatusCode::NOT_FOUND });
        assert!(!goes_on || answer.body == part.body.to_bytes(), "{}", rendition.name);
    }
    assert_eq!(sources(&after, &v3.name), [320, 640, 320]);
    assert_eq!(v3.segments.iter().filter(|segment| segment.discontinuity).count(), 2);
    for rendition in &after.renditions {
        let segments = &rendition.segments;
        assert!(segments.windows(2).all(|pair| pair[1].msn == pair[0].msn.next() && !pair[1].is_gap()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_backup_is_shown_while_the_primary_is_away_and_a_slate_while_both_are() {
    let key = |text: &str| text.parse().unwrap();
    let backups = BTreeMap::from([(key("live/cam"), vec![key("live/cam-b"), key("live/cam~slate")])]);
    let programmes = Programmes { backups, ..Programmes::default() };
    let server = Server::without_publisher(OriginOptions { programmes, ..options() }, HttpOptions::default()).await;
    let size = |width, height| SourceOptions { size: (width, height), ..pictures() };
    let mut slate = publisher(&server, "live/cam~slate", size(160, 90)).await;
    slate.publish(Duration::from_secs(5)).await;
    let mut primary = publisher(&server, "live/cam", pictures()).await;
    let mut backup = publisher(&server, "live/cam-b", small()).await;
    side_by_side([&mut slate, &mut primary, &mut backup], Duration::from_secs(8)).await;
    primary.finish();
    side_by_side([&mut slate, &mut backup], Duration::from_secs(5)).await;
    drop(backup);
    slate.publish(Duration::from_secs(5)).await;
    let mut primary = publisher(&server, "live/cam", pictures()).await;
    side_by_side([&mut slate, &mut primary], Duration::from_secs(8)).await;
    assert_eq!(sources(&snapshot(&server), "v1"), [160, 640, 320, 160, 640]);
    assert_eq!(server.origin.keys().len(), 1);
    let segments = snapshot(&server).rendition("v1").unwrap().segments.clone();
    assert!(segments.windows(2).all(|pair| pair[1].msn == pair[0].msn.next() && !pair[1].is_gap()));
    let marked = segments.iter().filter(|segment| segment.discontinuity).count();
    assert_eq!(marked, 4);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_started_again_keeps_promises_and_takes_no_number_back() {
    let folder = tempfile::tempdir().unwrap();
    let promises = Some(folder.path().join("promises.json"));
    let packager = PackagerConfig { numbering: Numbering::Clock, ..options().packager };
    let options = OriginOptions { promises, packager, ..options() };
    let life = async |gop: u32| {
        let server = Server::without_publisher(options.clone(), HttpOptions::default()).await;
        let mut cam = publisher(&server, "live/cam", SourceOptions { gop, ..pictures() }).await;
        cam.publish(Duration::from_secs(30)).await;
        let last = snapshot(&server);
        cam.finish();
        settle().await;
        last
    };
    let before = life(240).await;
    let after = life(30).await;
    assert_eq!(before.timing, after.timing);
    assert!(before.timing.target_duration >= 10);
}

/// A client that asks for one path many times at once over one connection.
async fn many(server: &Server, path: &str, count: usize) -> Vec<tokio::task::JoinHandle<Option<StatusCode>>> {
    let socket = TokioIo::new(TcpStream::connect(server.address).await.expect("the server listens"));
    let (sender, connection) = hyper::client::conn::http2::handshake(TokioExecutor::new(), socket).await.unwrap();
    tokio::spawn(connection);
    let one = |_| {
        let mut request = request(server.address, "GET", path, &[]);
        request.headers_mut().remove("host");
        let mut sender = sender.clone();
        tokio::spawn(async move {
            let answer = sender.send_request(request).await.ok()?;
            Some(crate::server::Answer::read(answer).await.status)
        })
    };
    (0..count).map(one).collect()
}

/// Waits until so many requests are open.
async fn open_requests(server: &Server, count: u64) {
    for _ in 0..100 {
        settle().await;
        if server.metric("springhead_http_requests_open").await == count {
            return;
        }
    }
    assert_eq!(server.metric("springhead_http_requests_open").await, count);
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_clients_that_wait_for_one_part_cost_one_rendering_and_leave_nothing_behind() {
    let mut server = Server::live().await;
    let (msn, parts) = server.edge();
    let path = format!("/live/cam/v1/index.m3u8?_HLS_msn={msn}&_HLS_part={parts}");
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let (before, rendered) = (tasks(), server.metric("springhead_manifests_rendered").await);
    let mut waiting = Vec::new();
    for _ in 0..100 {
        waiting.extend(many(&server, &path, 100).await);
    }
    open_requests(&server, 10_000).await;
    // A tenth of them go away.
    let (leave, stay): (Vec<_>, Vec<_>) = waiting.into_iter().enumerate().partition(|(at, _)| at % 10 == 0);
    leave.iter().for_each(|(_, task)| task.abort());
    open_requests(&server, 9_000).await;
    // The part, or the first of the next segment where there is no such part.
    let came = |now: &Presentation| {
        now.rendition("v1").is_some_and(|v1| (v1.live_msn().0, v1.live_parts()) > (msn, parts) && v1.live_parts() > 0)
    };
    server.publish_until(came).await;
    settle().await;
    for (_, task) in stay {
        assert!(task.is_finished());
        assert_eq!(task.await.unwrap(), Some(StatusCode::OK));
    }
    assert_eq!(server.metric("springhead_manifests_rendered").await, rendered + 1);
    open_requests(&server, 0).await;
    settle().await;
    assert!(tasks() <= before, "{} tasks are left", tasks() - before);
}

#[tokio::test(start_paused = true)]
async fn versions_beyond_what_a_programme_may_have_are_not_packaged_and_disturb_nobody() {
    let server = Server::without_publisher(options(), HttpOptions::default()).await;
    let mut first = publisher(&server, "live/cam@360", pictures()).await;
    first.publish(Duration::from_secs(4)).await;
    let mut others = Vec::new();
    for version in 1..40 {
        others.push(publisher(&server, &format!("live/cam@{version}"), small()).await);
    }
    let others = others.iter_mut().map(|other| other.publish(Duration::from_secs(3)));
    tokio::join!(first.publish(Duration::from_secs(3)), futures_util::future::join_all(others));
    let multivariant = server.get("/live/cam/index.m3u8").await.text();
    assert_eq!(multivariant.matches("#EXT-X-STREAM-INF").count(), 16, "{multivariant}");
    assert_eq!(server.origin.keys().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_version_cannot_be_published_twice() {
    let server = Server::without_publisher(options(), HttpOptions::default()).await;
    let mut first = publisher(&server, "live/cam@360", pictures()).await;
    first.publish(Duration::from_secs(2)).await;
    assert!(matches!(again(&server.engine).await, Err(PublishError::Taken)));
}

async fn again(engine: &Engine) -> Result<springhead_engine::PublishSession, PublishError> {
    let request = springhead_engine::PublishRequest {
        key: "live/cam@360".parse().unwrap(),
        credentials: springhead_engine::Credentials::default(),
        protocol: "test",
        remote: None,
    };
    engine.publish(request).await
}
