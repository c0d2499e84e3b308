//! Every event has something that it tells of.

use std::collections::BTreeSet;

use springhead_codec::nal::Framing;
use springhead_core::{MonoTime, Now, WallTime};
use springhead_testkit::{AUDIO, Source, SourceOptions, VIDEO};
use tokio::time::Instant;

use super::*;
use crate::{
    ApplicationPolicy, Asked, Budget, Capacity, Clock, Credentials, Engine, EngineConfig, Hooks, LagPolicy,
    PlayRequest, PublishRequest, PublishSession, RawUnit, RecvError, SourceClock, Start, TrackDescription,
};

/// Names each kind of event, once: one that is added does not compile before it is here, and the test below does not pass
/// before something in it makes one.
macro_rules! kinds {
    ($($kind:ident),* $(,)?) => {
        const KINDS: &[&str] = &[$(stringify!($kind)),*];

        fn kind(event: &Event) -> &'static str {
            match event {
                $(Event::$kind { .. } => stringify!($kind)),*
            }
        }
    };
}

kinds!(
    Started,
    Interrupted,
    Resumed,
    Stopped,
    TracksChanged,
    QualityChanged,
    Underrun,
    UnderrunEnded,
    Dropped,
    Repaired,
    GroupGivenUp,
    KeyRequested,
    ReaderResumed,
    ReaderEvicted,
    Missed,
);

#[derive(Debug)]
struct PausedClock(Instant);

impl Clock for PausedClock {
    fn now(&self) -> Now {
        let nanos = self.0.elapsed().as_nanos();
        Now { mono: MonoTime(nanos as u64), wall: WallTime(nanos as i64) }
    }
}

async fn publish(engine: &Engine) -> PublishSession {
    let (key, credentials) = ("live/cam".parse().unwrap(), Credentials::default());
    engine.publish(PublishRequest { key, credentials, protocol: "test", remote: None }).await.unwrap()
}

/// Sends two seconds of a source at the pace of the clock, and whatever else `change` makes of its units.
async fn send(
    engine: &Engine,
    session: &mut PublishSession,
    options: SourceOptions,
    change: fn(&mut RawUnit, TrackId),
) {
    let source = Source::new(options);
    for (slot, track) in source.tracks().tracks.iter().enumerate() {
        let clock = SourceClock { scale: track.timescale, bits: None };
        let track = springhead_core::Track::clone(track);
        session.set_track(slot as u32, TrackDescription { track, clock }).unwrap();
    }
    let start = Instant::now();
    for unit in source.until(Duration::from_secs(2)) {
        tokio::time::sleep_until(start + Duration::from_nanos(unit.arrival.0)).await;
        let mut raw = RawUnit {
            dts: unit.dts.0 as u64,
            composition_offset: unit.composition_offset,
            sequence: None,
            framing: Framing::LengthPrefixed(4),
            checksum: None,
            payload: unit.payload.to_bytes(),
            arrival: engine.clock().now().mono,
        };
        change(&mut raw, unit.track);
        session.handle_unit(unit.track, raw);
    }
}

async fn note(events: &mut Events, told: &mut BTreeSet<&'static str>) {
    while let Ok(Some(event)) = tokio::time::timeout(Duration::ZERO, events.recv()).await {
        told.insert(kind(&event));
    }
}

/// A cache that is too small for a group of pictures, and a reader that takes nothing for long.
async fn note_of_readers(told: &mut BTreeSet<&'static str>) {
    let cache = Capacity { units: 100, ..Capacity::default() };
    let policy = ApplicationPolicy { cache, ..ApplicationPolicy::default() };
    let config = EngineConfig { default: Some(policy), ..EngineConfig::default() };
    let engine = Engine::new(config, Hooks::default(), Arc::new(PausedClock(Instant::now())));
    let mut events = engine.events();
    let mut session = publish(&engine).await;
    let (key, credentials) = (session.key().clone(), Credentials::default());
    let request = PlayRequest { key, credentials, protocol: "test", remote: None, start: Start::RandomAccess };
    let once = Budget { times: 1, refill: Duration::from_secs(3600) };
    let mut player =
        engine.play(request).await.unwrap().under(LagPolicy { budget: Some(once), ..LagPolicy::archive() });
    let two_seconds = |start| SourceOptions { start: Duration::from_secs(start), gop: 40, ..SourceOptions::default() };
    let long = SourceOptions { gop: 60, ..two_seconds(0) };
    tokio::join!(send(&engine, &mut session, long, |_, _| {}), async { player.recv().await.unwrap() });
    assert!(tokio::time::timeout(Duration::ZERO, player.recv()).await.is_err(), "there is nothing to go on at");
    assert_eq!(session.asked().await, Asked::ForKey);
    send(&engine, &mut session, two_seconds(2), |_, _| {}).await;
    assert!(player.recv().await.unwrap().resumed);
    send(&engine, &mut session, two_seconds(4), |_, _| {}).await;
    assert_eq!(player.recv().await.unwrap_err(), RecvError::Evicted);
    assert_eq!(player.stats().overtaken, 2);
    let [report] = session.broadcast().readers()[..] else { panic!("there is one reader") };
    assert_eq!(report.stats, player.stats());
    drop(player);
    assert!(session.broadcast().readers().is_empty());
    assert_eq!(session.broadcast().reader_total(), report.stats);
    note(&mut events, told).await;
}

#[tokio::test(start_paused = true)]
async fn every_kind_of_event_is_made_by_something_real() {
    let engine = Engine::new(EngineConfig::default(), Hooks::default(), Arc::new(PausedClock(Instant::now())));
    let mut events = engine.events();
    let mut told = BTreeSet::new();

    let mut session = publish(&engine).await;
    send(&engine, &mut session, SourceOptions::default(), |_, _| {}).await;
    // Silence, then the pictures on another clock, and a unit that nobody can read.
    assert!(tokio::time::timeout(Duration::from_secs(2), session.ended()).await.is_err());
    let later = SourceOptions { start: Duration::from_secs(4), ..SourceOptions::default() };
    send(&engine, &mut session, later, |raw, track| {
        if track == VIDEO {
            raw.dts += 90_000 * 86_400;
        } else if track == AUDIO && raw.dts > 48_000 * 5 {
            raw.payload = bytes::Bytes::from(vec![0; 32 << 20]);
        }
    })
    .await;
    note(&mut events, &mut told).await;
    drop(session);
    let mut session = publish(&engine).await;
    let wide = SourceOptions { size: (1280, 720), ..SourceOptions::default() };
    send(&engine, &mut session, wide, |_, _| {}).await;
    session.finish();
    note(&mut events, &mut told).await;
    for _ in 0..QUEUE {
        publish(&engine).await.finish();
    }
    note(&mut events, &mut told).await;
    note_of_readers(&mut told).await;
    assert_eq!(told, KINDS.iter().copied().collect());
}
