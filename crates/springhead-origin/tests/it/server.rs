//! A real server on a real socket, whose time only passes when everybody waits.
//!
//! A paused runtime goes on to its next timer whenever no task is ready, though bytes may be under way between two sockets.
//! So there always is a timer a millisecond ahead: a hop between sockets costs a millisecond, not a deadline.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use springhead_codec::nal::Framing;
use springhead_core::{AccessUnit, MonoTime, Now, TrackId, WallTime};
use springhead_engine::{
    Clock, Credentials, Engine, EngineConfig, Hooks, PublishRequest, PublishSession, RawUnit, SourceClock,
    TrackDescription,
};
use springhead_origin::http::{HttpOptions, Viewer, serve};
use springhead_origin::{Admin, Origin, OriginOptions};
use springhead_packager::Presentation;
use springhead_testkit::{Source, SourceOptions};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

use crate::history::{pictures, short};

/// What a hop between sockets costs at most.
const HOP: Duration = Duration::from_millis(1);

/// Lets everything happen that does not wait for media.
pub(crate) async fn settle() {
    tokio::time::sleep(HOP * 20).await;
}

/// The clock of the runtime, which a test pauses.
#[derive(Debug)]
struct RuntimeClock(Instant);

impl Clock for RuntimeClock {
    fn now(&self) -> Now {
        let since = self.0.elapsed();
        Now { mono: MonoTime(1) + since, wall: WallTime(1_795_256_001_000_000_000) + since }
    }
}

/// A server, mostly with a publisher of `live/cam`.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) admin: SocketAddr,
    pub(crate) origin: Origin,
    pub(crate) engine: Engine,
    publisher: Option<Publisher>,
}

/// Somebody who publishes a source in its own time.
pub(crate) struct Publisher {
    engine: Engine,
    source: Source,
    next: Option<AccessUnit>,
    session: PublishSession,
    tracks: HashMap<TrackId, TrackId>,
    start: MonoTime,
    sent: Duration,
}

impl Publisher {
    pub(crate) async fn new(engine: &Engine, key: &str, options: SourceOptions) -> Self {
        let request = PublishRequest {
            key: key.parse().unwrap(),
            credentials: Credentials::default(),
            protocol: "test",
            remote: None,
        };
        let mut session = engine.publish(request).await.expect("the name is free");
        let source = Source::new(options);
        let mut tracks = HashMap::new();
        for (slot, track) in source.tracks().tracks.iter().enumerate() {
            let clock = SourceClock { scale: track.timescale, bits: None };
            let description = TrackDescription { track: (**track).clone(), clock };
            tracks.insert(track.id, session.set_track(slot as u32, description).expect("there is room"));
        }
        let start = engine.clock().now().mono;
        Self { engine: engine.clone(), source, next: None, session, tracks, start, sent: Duration::ZERO }
    }

    /// Publishes so much more.
    pub(crate) async fn publish(&mut self, span: Duration) {
        self.sent += span;
        while let Some(unit) = self.next.take().or_else(|| self.source.next()) {
            if unit.arrival >= MonoTime(0) + self.sent {
                self.next = Some(unit);
                break;
            }
            let at = self.start + Duration::from_nanos(unit.arrival.0);
            tokio::time::sleep(at.saturating_since(self.engine.clock().now().mono)).await;
            let raw = RawUnit {
                dts: unit.dts.0 as u64,
                composition_offset: unit.composition_offset,
                sequence: None,
                framing: Framing::LengthPrefixed(4),
                payload: unit.payload.to_bytes(),
                checksum: None,
                arrival: self.engine.clock().now().mono,
            };
            self.session.handle_unit(self.tracks[&unit.track], raw);
        }
        // All that was published is packaged before time goes on.
        tokio::time::sleep(HOP).await;
    }

    /// Says goodbye; without it, the connection is lost.
    pub(crate) fn finish(self) {
        self.session.finish();
    }
}

pub(crate) fn options() -> OriginOptions {
    OriginOptions { packager: short(), ..OriginOptions::default() }
}

impl Server {
    pub(crate) async fn new(options: OriginOptions, http: HttpOptions) -> Self {
        let mut server = Self::without_publisher(options, http).await;
        server.publisher = Some(Publisher::new(&server.engine, "live/cam", pictures()).await);
        server
    }

    pub(crate) async fn without_publisher(options: OriginOptions, http: HttpOptions) -> Self {
        tokio::spawn(async {
            loop {
                tokio::time::sleep(HOP).await;
            }
        });
        let clock = Arc::new(RuntimeClock(Instant::now()));
        let engine = Engine::new(EngineConfig::default(), Hooks::default(), clock);
        let origin = Origin::new(engine.clone(), options).expect("the configuration is in range");
        let follower = origin.clone();
        tokio::spawn(async move { follower.run(std::future::pending()).await });
        let (viewers, operators) = (listen().await, listen().await);
        let (address, admin) = (viewers.local_addr().unwrap(), operators.local_addr().unwrap());
        tokio::spawn(serve(viewers, Arc::new(Viewer::new(origin.clone())), http.clone(), std::future::pending()));
        tokio::spawn(serve(operators, Arc::new(Admin::new(origin.clone())), http, std::future::pending()));
        Self { address, admin, origin, engine, publisher: None }
    }

    /// A server whose broadcast can be played.
    pub(crate) async fn live() -> Self {
        let mut server = Self::new(options(), HttpOptions::default()).await;
        server.publish(Duration::from_secs(6)).await;
        server
    }

    /// Publishes so much more, in its own time.
    pub(crate) async fn publish(&mut self, span: Duration) {
        self.publisher.as_mut().expect("the publisher is there").publish(span).await;
    }

    /// Publishes on until `done` holds of the newest snapshot.
    pub(crate) async fn publish_until(&mut self, done: impl Fn(&Presentation) -> bool) {
        for _ in 0..1000 {
            if self.try_snapshot().is_some_and(|snapshot| done(&snapshot)) {
                return;
            }
            self.publish(Duration::from_millis(20)).await;
        }
        panic!("it never happens");
    }

    /// The publisher says goodbye.
    pub(crate) async fn finish(&mut self) {
        self.publisher.take().expect("the publisher is there").finish();
        settle().await;
    }

    fn try_snapshot(&self) -> Option<Arc<Presentation>> {
        self.origin.channel(&"live/cam".parse().unwrap())?.snapshot()
    }

    pub(crate) fn snapshot(&self) -> Arc<Presentation> {
        self.try_snapshot().expect("there is a first segment")
    }

    /// The number of the segment of the pictures that is being made, and how many parts it has.
    pub(crate) fn edge(&self) -> (u64, usize) {
        let snapshot = self.snapshot();
        let v1 = snapshot.rendition("v1").expect("there are pictures");
        (v1.live_msn().0, v1.live_parts())
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[]).await
    }

    pub(crate) async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        Answer::read(ask(self.address, false, request(self.address, method, path, headers)).await).await
    }

    pub(crate) async fn metric(&self, name: &str) -> u64 {
        let text = ask(self.admin, false, request(self.admin, "GET", "/metrics", &[])).await;
        let text = Answer::read(text).await.text();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("no {name} in\n{text}"))
    }
}

async fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.expect("there is a port")
}

/// A whole answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Answer {
    pub(crate) async fn read(response: Response<Incoming>) -> Self {
        let (head, body) = response.into_parts();
        let body = body.collect().await.expect("the body ends cleanly").to_bytes();
        Self { status: head.status, headers: head.headers, body }
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).expect("the body is text")
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("headers are ASCII"))
    }
}

pub(crate) fn request(at: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)]) -> Request<Empty<Bytes>> {
    let uri = format!("http://{at}{path}");
    let mut request = Request::builder().method(method).uri(uri).header("host", at.to_string());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Empty::new()).expect("the request is one")
}

/// Sends one request on a connection of its own, over HTTP/2 if so asked, and gives the head of the answer.
pub(crate) async fn ask(at: SocketAddr, two: bool, mut request: Request<Empty<Bytes>>) -> Response<Incoming> {
    let socket = TokioIo::new(TcpStream::connect(at).await.expect("the server listens"));
    if two {
        request.headers_mut().remove("host");
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), socket).await.expect("prior knowledge");
        tokio::spawn(connection);
        return sender.send_request(request).await.expect("an answer");
    }
    *request.uri_mut() = request.uri().path_and_query().expect("a path").as_str().parse().unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(socket).await.expect("a connection");
    tokio::spawn(connection);
    sender.send_request(request).await.expect("an answer")
}
