//! What the tests of many share: a clock moved by hand, something to publish, and the memory of the process.

#![allow(dead_code, reason = "each test binary uses its own part")]

use std::alloc::System;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use springhead_codec::nal::Framing;
use springhead_core::{BroadcastKey, MonoTime, Now, Track, TrackId, WallTime};
use springhead_engine::{
    ApplicationPolicy, Clock, Credentials, Engine, EngineConfig, Hooks, PlayRequest, PlaySession, PublishRequest,
    PublishSession, RawUnit, SourceClock, Start, TrackDescription,
};
use springhead_testkit::{Source, SourceOptions};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Bytes that are allocated now.
pub(crate) fn live_bytes() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

/// One test at a time, as each looks at the memory of the whole process.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

#[derive(Debug, Default)]
pub(crate) struct HandClock(AtomicU64);

impl HandClock {
    pub(crate) fn advance(&self, span: Duration) {
        self.0.fetch_add(span.as_nanos() as u64, Ordering::Relaxed);
    }
}

impl Clock for HandClock {
    fn now(&self) -> Now {
        let nanos = self.0.load(Ordering::Relaxed);
        Now { mono: MonoTime(nanos), wall: WallTime(nanos as i64) }
    }
}

/// An engine under one policy, whose time is that of the clock.
pub(crate) fn engine(policy: ApplicationPolicy, relays: Option<usize>) -> (Engine, Arc<HandClock>) {
    let clock = Arc::new(HandClock::default());
    let config = EngineConfig { default: Some(policy), relays, ..EngineConfig::default() };
    (Engine::new(config, Hooks::default(), clock.clone()), clock)
}

pub(crate) async fn publish(engine: &Engine, key: &BroadcastKey) -> PublishSession {
    let request =
        PublishRequest { key: key.clone(), credentials: Credentials::default(), protocol: "test", remote: None };
    engine.publish(request).await.expect("the name is free, or becomes free")
}

pub(crate) async fn play(engine: &Engine, key: &BroadcastKey, start: Start) -> PlaySession {
    let credentials = Credentials::default();
    let request = PlayRequest { key: key.clone(), credentials, protocol: "test", remote: None, start };
    engine.play(request).await.expect("the broadcast is there")
}

/// Units to be published, as a protocol has them.
pub(crate) struct Recording {
    tracks: Vec<Track>,
    units: Vec<(TrackId, RawUnit)>,
}

impl Recording {
    /// The first units of a source. Each payload is a buffer of its own.
    pub(crate) fn new(options: SourceOptions, count: usize) -> Self {
        let source = Source::new(options);
        let tracks = source.tracks().tracks.iter().map(|track| Track::clone(track)).collect();
        let raw = |unit: springhead_core::AccessUnit| RawUnit {
            dts: unit.dts.0 as u64,
            composition_offset: unit.composition_offset,
            sequence: None,
            checksum: None,
            framing: Framing::LengthPrefixed(4),
            payload: unit.payload.to_bytes(),
            arrival: unit.arrival,
        };
        Self { tracks, units: source.take(count).map(|unit| (unit.track, raw(unit))).collect() }
    }

    /// The same with payloads of its own.
    pub(crate) fn copied(&self) -> Self {
        let copy =
            |(track, raw): &(TrackId, RawUnit)| (*track, RawUnit { payload: copied(&raw.payload), ..raw.clone() });
        Self { tracks: self.tracks.clone(), units: self.units.iter().map(copy).collect() }
    }

    pub(crate) fn units(&self) -> &[(TrackId, RawUnit)] {
        &self.units
    }

    pub(crate) fn payload_bytes(&self) -> usize {
        self.units.iter().map(|(_, raw)| raw.payload.len()).sum()
    }

    /// Describes the tracks, which have the same numbers in the broadcast as in the source.
    pub(crate) fn describe(&self, session: &mut PublishSession) {
        for (slot, track) in self.tracks.iter().enumerate() {
            let clock = SourceClock { scale: track.timescale, bits: None };
            let number = session.set_track(slot as u32, TrackDescription { track: track.clone(), clock });
            assert_eq!(number, Ok(track.id));
        }
    }
}

pub(crate) fn copied(payload: &Bytes) -> Bytes {
    Bytes::copy_from_slice(payload)
}
