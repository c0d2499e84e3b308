//! Publishers of all kinds against a server with a real engine.
#![cfg(feature = "driver")]

mod abuse;
mod client;
mod publish;
mod refuse;

use std::sync::Arc;
use std::time::Instant;

use springhead_core::{BroadcastKey, MediaKind, MonoTime, Now, WallTime};
use springhead_engine::{
    ApplicationPolicy, Clock, Credentials, Engine, EngineConfig, Event, Hooks, PlayRequest, PlaySession, Start,
    Takeover,
};

/// A whole publish of ffmpeg 5.1: ten pictures, 45 frames of sound, and the goodbye.
pub(crate) const PUBLISH: &[u8] = include_bytes!("../../testdata/ffmpeg-5.1-h264-aac.rtmp");

/// FCUnpublish and deleteStream at its end.
const GOODBYE: usize = 97;

/// The publish without its goodbye.
pub(crate) fn without_goodbye() -> &'static [u8] {
    let (publish, goodbye) = PUBLISH.split_at(PUBLISH.len() - GOODBYE);
    assert_eq!(goodbye[..8], *b"\x43\0\0\0\0\0\x2f\x14");
    publish
}

#[derive(Debug)]
struct RealClock(Instant);

impl Clock for RealClock {
    fn now(&self) -> Now {
        Now { mono: MonoTime(self.0.elapsed().as_nanos() as u64), wall: WallTime(0) }
    }
}

pub(crate) fn engine(takeover: Takeover) -> Engine {
    engine_with(takeover, Hooks::default())
}

pub(crate) fn engine_with(takeover: Takeover, hooks: Hooks) -> Engine {
    let policy = ApplicationPolicy { takeover, ..ApplicationPolicy::default() };
    let config = EngineConfig { default: Some(policy), ..EngineConfig::default() };
    Engine::new(config, hooks, Arc::new(RealClock(Instant::now())))
}

pub(crate) fn key() -> BroadcastKey {
    "live/cam".parse().unwrap()
}

/// Plays `live/cam` from its first unit, once it has begun.
pub(crate) async fn play(engine: &Engine) -> PlaySession {
    let mut events = engine.events();
    while engine.broadcast(&key()).is_none() {
        events.recv().await.unwrap();
    }
    let credentials = Credentials::default();
    let request = PlayRequest { key: key(), credentials, protocol: "test", remote: None, start: Start::Oldest };
    engine.play(request).await.unwrap()
}

/// The next event of a kind.
pub(crate) async fn event(events: &mut springhead_engine::Events, wanted: fn(&Event) -> bool) -> Event {
    loop {
        let event = events.recv().await.expect("the engine lives");
        if wanted(&event) {
            return event;
        }
    }
}

/// Pictures and frames of sound that a session receives until the broadcast is over.
pub(crate) async fn count_to_the_end(session: &mut PlaySession) -> (usize, usize) {
    let (mut video, mut audio) = (0, 0);
    while let Ok(received) = session.recv().await {
        match session.tracks().and_then(|tracks| tracks.track(received.unit.track)).map(|track| track.kind()) {
            Some(MediaKind::Video) => video += 1,
            Some(MediaKind::Audio) => audio += 1,
            Some(MediaKind::Metadata) | None => panic!("a unit of no track of media"),
        }
    }
    (video, audio)
}
