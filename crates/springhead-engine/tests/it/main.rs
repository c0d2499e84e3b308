//! Publishers, readers and the clock against an engine.

mod lifecycle;
mod pool;
mod qos;
mod shutdown;
mod takeover;

use std::sync::Arc;
use std::time::Duration;

use springhead_codec::nal::Framing;
use springhead_core::{BroadcastKey, MonoTime, Now, TrackId, WallTime};
use springhead_engine::{
    ApplicationPolicy, Clock, Credentials, Engine, EngineConfig, Event, Events, Hooks, PlayRequest, PlaySession,
    PublishError, PublishRequest, PublishSession, RawUnit, SourceClock, Start, TrackDescription,
};
use springhead_testkit::{Source, SourceOptions};
use tokio::time::Instant;

/// Tokio's clock, which tests pause; it moves when everything waits.
#[derive(Debug)]
struct PausedClock(Instant);

impl Clock for PausedClock {
    fn now(&self) -> Now {
        let nanos = self.0.elapsed().as_nanos();
        Now { mono: MonoTime(nanos as u64), wall: WallTime(nanos as i64) }
    }
}

pub(crate) fn engine(policy: ApplicationPolicy) -> Engine {
    let config = EngineConfig { default: Some(policy), ..EngineConfig::default() };
    Engine::new(config, Hooks::default(), Arc::new(PausedClock(Instant::now())))
}

pub(crate) fn key() -> BroadcastKey {
    "live/cam".parse().unwrap()
}

pub(crate) fn request(key: BroadcastKey) -> PublishRequest {
    PublishRequest { key, credentials: Credentials::default(), protocol: "test", remote: None }
}

pub(crate) async fn publish(engine: &Engine) -> Result<PublishSession, PublishError> {
    engine.publish(request(key())).await
}

pub(crate) async fn play(engine: &Engine, start: Start) -> PlaySession {
    let credentials = Credentials::default();
    let request = PlayRequest { key: key(), credentials, protocol: "test", remote: None, start };
    engine.play(request).await.unwrap()
}

/// An encoder with two tracks, whose stamps begin at zero.
pub(crate) struct Encoder {
    source: Source,
    ids: Vec<(TrackId, TrackId)>,
    /// A track of which nothing is sent.
    mute: Option<TrackId>,
    /// Whether units have numbers.
    numbered: bool,
    made: u64,
    /// How long [`stream`](Self::stream) takes for what lasts 100.
    percent_of_time: u32,
}

impl Encoder {
    pub(crate) fn new(session: &mut PublishSession, options: SourceOptions) -> Self {
        let source = Source::new(options);
        let describe = |(slot, track): (usize, &Arc<springhead_core::Track>)| {
            let clock = SourceClock { scale: track.timescale, bits: None };
            let description = TrackDescription { track: springhead_core::Track::clone(track), clock };
            (track.id, session.set_track(slot as u32, description).unwrap())
        };
        let ids = source.tracks().tracks.iter().enumerate().map(describe).collect();
        Self { source, ids, mute: None, numbered: false, made: 0, percent_of_time: 100 }
    }

    /// Sends as much as lasts for a time, at the pace of the clock. Ends when that is over.
    pub(crate) async fn stream(&mut self, session: &mut PublishSession, engine: &Engine, span: Duration) {
        let start = Instant::now();
        let first = self.source.clone().next().unwrap().arrival;
        loop {
            let since = self.source.clone().next().unwrap().arrival.saturating_since(first);
            if since >= span {
                break;
            }
            tokio::time::sleep_until(start + since * self.percent_of_time / 100).await;
            self.send(session, engine, 1);
        }
        tokio::time::sleep_until(start + span * self.percent_of_time / 100).await;
    }

    /// Sends some units, which all arrive now. Gives how many.
    pub(crate) fn send(&mut self, session: &mut PublishSession, engine: &Engine, units: usize) -> usize {
        for unit in self.source.by_ref().take(units) {
            let id = self.ids.iter().find(|(known, _)| *known == unit.track).unwrap().1;
            self.made += 1;
            if self.mute == Some(id) {
                continue;
            }
            let raw = RawUnit {
                dts: unit.dts.0 as u64,
                composition_offset: unit.composition_offset,
                sequence: self.numbered.then_some(self.made),
                framing: Framing::LengthPrefixed(4),
                payload: unit.payload.to_bytes(),
                checksum: None,
                arrival: engine.clock().now().mono,
            };
            session.handle_unit(id, raw);
        }
        units
    }
}

/// The events so far, in short.
pub(crate) async fn heard(events: &mut Events) -> Vec<String> {
    let mut heard = Vec::new();
    while let Ok(Some(event)) = tokio::time::timeout(Duration::ZERO, events.recv()).await {
        heard.push(match event {
            Event::Started { .. } => "started".into(),
            Event::Interrupted { .. } => "interrupted".into(),
            Event::Resumed { .. } => "resumed".into(),
            Event::Stopped { clean, .. } => format!("stopped {clean}"),
            Event::Dropped { reason, count, .. } => format!("dropped {reason:?} {count}"),
            Event::Repaired { repair, count, .. } => format!("{} {count}", repair.name()),
            Event::TracksChanged { tracks, .. } => format!("tracks {}", tracks.generation.0),
            Event::QualityChanged { track, change, .. } => format!("{track} {change:?}"),
            Event::Underrun { track, .. } => format!("underrun {track}"),
            Event::UnderrunEnded { track, .. } => format!("underrun {track} ended"),
            Event::Missed { count } => format!("missed {count}"),
            other => format!("{other:?}"),
        });
    }
    heard
}
