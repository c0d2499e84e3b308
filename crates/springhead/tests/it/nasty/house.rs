//! The whole way of a unit under virtual time: from a publish session over the ring and the packager to what is served.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use springhead::core::{BroadcastKey, Limits, MonoTime, Now, TrackId};
use springhead::engine::{
    ApplicationPolicy, Broadcast, Clock, Credentials, Engine, EngineConfig, Event as Told, Events, Hooks,
    PublishRequest, PublishSession,
};
use springhead::fanout::{Reader, Start};
use springhead::intake::IntakeStats;
use springhead::packager::{Packager, PackagerConfig, PackagerStats, Presentation};
use springhead_testkit::VirtualClock;
use tokio::runtime::{Builder, Runtime};

use super::audit::Audit;
use super::encoder::{Encoder, Sent};
use crate::studio::Event;

/// The clock that the house and its engine go by.
#[derive(Debug, Default)]
struct Hands(Mutex<VirtualClock>);

impl Clock for Hands {
    fn now(&self) -> Now {
        self.0.lock().expect("no test panics with the clock in its hands").now()
    }
}

/// One broadcast, its publisher's side open.
pub(crate) struct House {
    runtime: Runtime,
    engine: Engine,
    clock: Arc<Hands>,
    start: Now,
    broadcast: Option<Arc<Broadcast>>,
    session: Option<PublishSession>,
    reader: Option<Reader>,
    /// The track of each slot in the present session.
    tracks: BTreeMap<u32, TrackId>,
    told: Events,
    /// How often each repair was told of.
    repairs: BTreeMap<&'static str, u64>,
    packager: Packager,
    pub(crate) newest: Option<Arc<Presentation>>,
    pub(crate) audit: Audit,
    /// What the packager was told, and when since the start; none where that would be too much.
    script: Option<Vec<(Duration, Event)>>,
}

impl House {
    pub(crate) fn new(config: PackagerConfig) -> Self {
        Self::within(config, Limits::default())
    }

    /// One whose input is held to other limits.
    pub(crate) fn within(config: PackagerConfig, limits: Limits) -> Self {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
        let clock = Arc::new(Hands::default());
        let policy = ApplicationPolicy { limits, ..ApplicationPolicy::default() };
        let engine = EngineConfig { default: Some(policy), ..EngineConfig::default() };
        let engine = Engine::new(engine, Hooks::default(), clock.clone());
        Self {
            runtime,
            told: engine.events(),
            engine,
            start: clock.now(),
            clock,
            broadcast: None,
            session: None,
            reader: None,
            tracks: BTreeMap::new(),
            repairs: BTreeMap::new(),
            packager: Packager::new(config).expect("the configuration is valid"),
            newest: None,
            audit: Audit::new(1),
            script: Some(Vec::new()),
        }
    }

    /// One that is on for so long that only two snapshots of so many are looked at, and no script is kept.
    pub(crate) fn enduring(config: PackagerConfig, one_of: u64) -> Self {
        Self { audit: Audit::new(one_of), script: None, ..Self::new(config) }
    }

    pub(crate) fn now(&self) -> Now {
        self.clock.now()
    }

    /// Steps the wall clock alone, by so many nanoseconds.
    pub(crate) fn step_wall(&mut self, nanos: i64) {
        self.clock.0.lock().expect("nobody else has it").step_wall(nanos);
    }

    /// A publisher connects, and describes its tracks.
    pub(crate) fn connect(&mut self, encoder: &Encoder) {
        let key: BroadcastKey = "live/cam".parse().expect("a key");
        let request = PublishRequest { key, credentials: Credentials::default(), protocol: "test", remote: None };
        let session = self.runtime.block_on(self.engine.publish(request)).expect("the name is free");
        let broadcast = session.broadcast().clone();
        if self.reader.is_none() {
            self.reader = Some(broadcast.source().reader(Start::Oldest));
        }
        self.broadcast = Some(broadcast);
        self.session = Some(session);
        self.tracks.clear();
        self.describe(encoder);
    }

    /// The publisher describes its tracks, for the first time or anew.
    pub(crate) fn describe(&mut self, encoder: &Encoder) {
        let session = self.session.as_mut().expect("a publisher is there");
        for (slot, description) in encoder.descriptions() {
            self.tracks.insert(slot, session.set_track(slot, description).expect("there is room for the track"));
        }
    }

    /// The publisher sends these, each when it arrives, counted from now.
    pub(crate) fn send(&mut self, units: impl IntoIterator<Item = Sent>) {
        let start = self.now().mono;
        for Sent { slot, mut raw } in units {
            let arrival = start + Duration::from_nanos(raw.arrival.0);
            self.wait_until(arrival);
            raw.arrival = self.now().mono;
            let session = self.session.as_mut().expect("a publisher is there");
            session.handle_unit(self.tracks[&slot], raw);
            self.package();
        }
    }

    /// A publisher connects and sends for so long.
    pub(crate) fn publish(&mut self, encoder: Encoder, span: Duration) {
        self.connect(&encoder);
        self.send(encoder.until(span));
    }

    /// The publisher is lost, and its return awaited. Whether the packager is told of it is the test's to say.
    pub(crate) fn lose(&mut self, told: bool) {
        let guard = self.runtime.enter();
        drop(self.session.take());
        drop(guard);
        self.take_stock();
        self.package();
        if told {
            self.packager.handle_interruption(self.now());
            self.note(Event::Interruption);
            self.poll();
        }
    }

    /// The publisher says goodbye.
    pub(crate) fn finish(&mut self) {
        let guard = self.runtime.enter();
        self.session.take().expect("a publisher is there").finish();
        drop(guard);
        self.take_stock();
        self.package();
        self.packager.handle_end(self.now());
        self.note(Event::End);
        self.poll();
    }

    /// Lets the time pass.
    pub(crate) fn wait(&mut self, span: Duration) {
        self.wait_until(self.now().mono + span);
    }

    fn wait_until(&mut self, end: MonoTime) {
        while let Some(due) = self.packager.poll_timeout().filter(|due| *due <= end) {
            self.advance_to(due);
            self.packager.handle_timeout(self.now());
            self.poll();
        }
        self.advance_to(end);
    }

    fn advance_to(&mut self, at: MonoTime) {
        self.clock.0.lock().expect("nobody else has it").advance_to(at);
    }

    /// What is in the ring is packaged.
    fn package(&mut self) {
        let now = self.now();
        while let Some(received) = self.reader.as_mut().and_then(|reader| reader.try_recv().ok()) {
            assert_eq!(received.skipped, 0, "the packager keeps up");
            let tracks = self.reader.as_ref().and_then(|reader| reader.tracks().cloned()).expect("it received a unit");
            self.packager.handle_unit(&received.unit, &tracks, now);
            self.note(Event::Unit(received.unit, tracks));
        }
        self.poll();
    }

    /// A session is over: what it told of is what it counted.
    fn take_stock(&mut self) {
        let before: u64 = self.repairs.values().sum();
        let told = self.runtime.block_on(async {
            let mut told = Vec::new();
            while let Ok(Some(event)) = tokio::time::timeout(Duration::ZERO, self.told.recv()).await {
                told.push(event);
            }
            told
        });
        for event in told {
            match event {
                Told::Repaired { repair, count, .. } => *self.repairs.entry(repair.name()).or_default() += count,
                Told::Missed { count } => panic!("{count} events were missed"),
                _ => {}
            }
        }
        let counted = self.tracks.keys().map(|slot| {
            let stats = self.intake(*slot);
            stats.dropped() + stats.repaired() + stats.configuration + stats.new_timelines + stats.sequence_resets
        });
        assert_eq!(self.repairs.values().sum::<u64>() - before, counted.sum::<u64>(), "every repair is told of");
    }

    fn poll(&mut self) {
        if let Some(snapshot) = self.packager.poll_snapshot(self.now()) {
            self.audit.see(&snapshot, self.now());
            self.newest = Some(snapshot);
        }
    }

    fn note(&mut self, event: Event) {
        let since = self.now().mono.saturating_since(self.start.mono);
        if let Some(script) = &mut self.script {
            script.push((since, event));
        }
    }

    /// How many repairs of that name there were: by the events, once the session that they are of is over.
    pub(crate) fn repaired(&self, name: &str) -> u64 {
        self.repairs.get(name).copied().unwrap_or(0)
    }

    /// All repairs that were told of.
    pub(crate) fn repairs(&self) -> Vec<(&'static str, u64)> {
        self.repairs.iter().map(|(name, count)| (*name, *count)).collect()
    }

    /// What the last session's intake of a slot counted.
    pub(crate) fn intake(&self, slot: u32) -> IntakeStats {
        let broadcast = self.broadcast.as_ref().expect("something was published");
        let track = self.tracks[&slot];
        broadcast.stats().tracks.iter().find(|stats| stats.track == track).map(|stats| stats.intake).unwrap_or_default()
    }

    pub(crate) fn packaged(&self) -> &PackagerStats {
        self.packager.stats()
    }

    pub(crate) fn last(&self) -> &Arc<Presentation> {
        self.newest.as_ref().expect("something was published")
    }

    /// What the packager was told, for players to watch.
    pub(crate) fn into_script(self) -> Vec<(Duration, Event)> {
        self.script.expect("the script was kept")
    }
}
