//! `springhead serve` and `springhead demo`: listeners, logs, shutdown.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use miette::Diagnostic;
use springhead::engine::{Engine, Event, Hooks};
use springhead::origin::http::{Viewer, serve as serve_http};
use springhead::origin::{Admin, Origin, OriginError};
use springhead::rtmp;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::clip::{self, Clip, ClipError};
use crate::clock::SystemClock;
use crate::config::Config;

/// How long publishers and viewers may take to go when the server shuts down.
const FAREWELL: Duration = Duration::from_secs(5);
/// How long players get to read that a broadcast is over before the port closes.
const LAST_LOOK: Duration = Duration::from_secs(1);

/// Why the server does not run.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub(crate) enum ServeError {
    #[error("cannot listen on {address} for {what}")]
    #[diagnostic(help("another program may have the port; `listen` in the configuration chooses another"))]
    Listen {
        what: &'static str,
        address: SocketAddr,
        #[source]
        source: io::Error,
    },
    #[error("the origin cannot be made as configured")]
    Origin(#[from] OriginError),
    #[error("signals cannot be listened to")]
    Signals(#[source] io::Error),
    #[error("a clip cannot be published")]
    Clip(#[from] ClipError),
}

/// Serves until SIGINT or SIGTERM.
pub(crate) async fn serve(config: Config, with_demo: bool) -> Result<(), ServeError> {
    let hooks = Hooks { authorizer: config.authorizer(), ..Hooks::default() };
    let engine = Engine::new(config.engine(), hooks, Arc::new(SystemClock::new()));
    let origin = Origin::new(engine.clone(), config.origin())?;

    let slates: Vec<_> =
        config.slates().map(|(path, key)| Clip::open(path).map(|clip| (clip, key))).collect::<Result<_, _>>()?;

    let http = listen("HTTP", config.http.listen).await?;
    let admin = listen("administration", config.admin.listen).await?;
    let publishers = listen("RTMP", config.rtmp.listen).await?;
    let signals = Signals::new().map_err(ServeError::Signals)?;
    let http_at = local(&http, config.http.listen);
    tracing::info!("viewers    http://{http_at}/  (page, HLS, DASH)");
    tracing::info!("encoders   rtmp://{}/live/NAME", local(&publishers, config.rtmp.listen));
    tracing::info!("operators  http://{}/metrics  (and /healthz, /v1/broadcasts)", local(&admin, config.admin.listen));

    let stop = watch::Sender::new(false);
    let stopped = || {
        let mut stop = stop.subscribe();
        async move {
            let _ = stop.wait_for(|stop| *stop).await;
        }
    };
    let rtmp_options = rtmp::RtmpOptions { connections: config.rtmp.connections, ..Default::default() };
    let rtmp = Arc::new(rtmp::Server::new(engine.clone(), rtmp_options));
    let follower = tokio::spawn({
        let (origin, stopped) = (origin.clone(), stopped());
        async move { origin.run(stopped).await }
    });
    let announcer = tokio::spawn(announce(engine.clone(), http_at));
    let viewers = tokio::spawn(serve_http(http, Arc::new(Viewer::new(origin.clone())), config.http(), stopped()));
    let operators = tokio::spawn(serve_http(admin, Arc::new(Admin::new(origin)), config.http(), stopped()));
    let encoders = tokio::spawn({
        let rtmp = rtmp.clone();
        async move { rtmp.run(publishers).await }
    });
    let mut clips = tokio::task::JoinSet::new();
    for (clip, key) in slates {
        clips.spawn(clip.publish(engine.clone(), key));
    }
    if with_demo {
        clips.spawn(Clip::demo()?.publish(engine.clone(), clip::demo_key()));
    }

    let failed = tokio::select! {
        signal = signals.wait() => {
            tracing::info!("{signal}: shutting down");
            None
        }
        failed = failed(&mut clips) => Some(failed),
    };
    // Publishers first, so that every broadcast ends with an end that players can read; then the ports.
    let goodbye = async {
        tokio::join!(rtmp.shut_down(), engine.shutdown(FAREWELL));
    };
    let _ = tokio::time::timeout(FAREWELL, goodbye).await;
    tokio::time::sleep(LAST_LOOK).await;
    stop.send_replace(true);
    encoders.abort();
    announcer.abort();
    let _ = tokio::join!(viewers, operators, follower);
    tracing::info!("bye");
    failed.map_or(Ok(()), |error| Err(error.into()))
}

/// Resolves with the error of a clip; none of them ends otherwise.
async fn failed(clips: &mut tokio::task::JoinSet<Result<(), ClipError>>) -> ClipError {
    while let Some(ended) = clips.join_next().await {
        if let Ok(Err(error)) = ended {
            return error;
        }
    }
    std::future::pending().await
}

async fn listen(what: &'static str, address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|source| ServeError::Listen { what, address, source })
}

/// The address as a person on this machine would type it.
fn local(listener: &TcpListener, configured: SocketAddr) -> SocketAddr {
    let mut address = listener.local_addr().unwrap_or(configured);
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    address
}

/// One line for what happens to broadcasts; where to watch them when they begin.
async fn announce(engine: Engine, http: SocketAddr) {
    let mut events = engine.events();
    while let Some(event) = events.recv().await {
        match event {
            Event::Started { broadcast } => {
                let key = broadcast.key();
                tracing::info!("{key} is live");
                tracing::info!("  page  http://{http}/{key}/");
                tracing::info!("  HLS   http://{http}/{key}/index.m3u8");
                tracing::info!("  DASH  http://{http}/{key}/manifest.mpd");
            }
            Event::Interrupted { key } => tracing::warn!("{key} lost its publisher; its return is awaited"),
            Event::Resumed { key } => tracing::info!("{key} is back"),
            Event::Stopped { key, clean: true } => tracing::info!("{key} has ended"),
            Event::Stopped { key, clean: false } => tracing::warn!("{key} is over: its publisher did not come back"),
            Event::TracksChanged { key, tracks } => {
                let codecs: Vec<_> = tracks.tracks.iter().map(|track| &*track.codec_string).collect();
                tracing::info!(%key, ?codecs, "the tracks have changed");
            }
            Event::QualityChanged { key, track, change } => {
                tracing::info!(%key, %track, ?change, "the quality has changed");
            }
            Event::Underrun { key, track, behind } => {
                tracing::warn!(%key, %track, ?behind, "the publisher is slower than time");
            }
            Event::UnderrunEnded { key, track, lasted } => {
                tracing::info!(%key, %track, ?lasted, "the publisher is no longer slower than time");
            }
            Event::Dropped { key, track, reason, count, at } => {
                tracing::warn!(%key, %track, ?reason, count, ?at, "units were left out");
            }
            Event::Repaired { key, track, repair, count } => {
                tracing::debug!(%key, %track, ?repair, count, "input was repaired");
            }
            Event::GroupGivenUp { key } => tracing::warn!(
                "{key}: a group of pictures has outgrown the cache, and nobody can begin before the next key picture; raise \
                 cache_units, cache_mebibytes or cache_time, or send key pictures more often"
            ),
            Event::KeyRequested { key } => tracing::debug!("{key}: a key picture is asked for"),
            Event::ReaderResumed { key, protocol, remote, skipped } => {
                tracing::info!(protocol, ?remote, skipped, "{key}: a reader was too slow and goes on at a key picture");
            }
            Event::ReaderEvicted { key, protocol, remote } => {
                tracing::warn!(protocol, ?remote, "{key}: a reader was too slow too often and is sent away");
            }
            Event::Missed { count } => tracing::debug!(count, "events were missed"),
            other => tracing::debug!(?other),
        }
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn wait(mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn wait(self) -> &'static str {
        match tokio::signal::ctrl_c().await {
            Ok(()) => "interrupted",
            Err(_) => std::future::pending().await,
        }
    }
}
