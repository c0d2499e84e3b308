//! One published source.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use springhead_analytics::TrackSnapshot;
use springhead_core::{BroadcastKey, MonoTime, Now, TrackId, TrackSet};
use springhead_fanout::{Source, Writer, ring};
use springhead_intake::IntakeStats;
use tokio::sync::watch;

use crate::ApplicationPolicy;
use crate::assembly::Numbering;

/// Where a broadcast is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// A publisher is there.
    Live,
    /// The publisher was lost, and its return is awaited.
    Interrupted,
    /// The broadcast is over, and its ring is closed.
    Ended {
        /// Whether the publisher ended it, or was lost.
        clean: bool,
    },
}

/// One published source: its ring, its tracks, its state.
#[derive(Debug)]
pub struct Broadcast {
    key: BroadcastKey,
    policy: ApplicationPolicy,
    started: Now,
    source: Source,
    state: watch::Sender<State>,
    /// Told to the session that is there when it has to go, by the number of the one that takes its place.
    pub(crate) replaced: watch::Sender<u64>,
    /// When the last unit came.
    last_unit: AtomicU64,
    tracks: Mutex<Option<Arc<TrackSet>>>,
    stats: Mutex<BroadcastStats>,
    /// What a publish session holds while it lives, and leaves here when it goes.
    seat: Mutex<Option<Seat>>,
    seat_free: tokio::sync::Notify,
}

/// The right to publish to a broadcast.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) writer: Writer,
    pub(crate) numbering: Numbering,
}

/// Numbers of a broadcast, a quarter of a second old at most.
#[derive(Clone, Debug, Default)]
pub struct BroadcastStats {
    /// By track.
    pub tracks: Vec<TrackStats>,
    /// Units left out by the session, as [`DropReason`](crate::DropReason) tells.
    pub dropped: u64,
    /// How many publish sessions there were.
    pub sessions: u64,
}

/// Numbers of one track.
#[derive(Clone, Copy, Debug)]
pub struct TrackStats {
    /// Which.
    pub track: TrackId,
    /// Units since the broadcast began.
    pub units: u64,
    /// Payload bytes since the broadcast began.
    pub bytes: u64,
    /// Bits per second over the last window; zero before there is one.
    pub bitrate: u64,
    /// All that is measured from timestamps.
    pub meter: TrackSnapshot,
    /// What the intake of the present session did.
    pub intake: IntakeStats,
}

impl Broadcast {
    pub(crate) fn new(key: BroadcastKey, policy: ApplicationPolicy, now: Now) -> Self {
        let writer = ring(policy.cache);
        Self {
            key,
            policy,
            started: now,
            source: writer.source(),
            state: watch::Sender::new(State::Live),
            replaced: watch::Sender::new(0),
            last_unit: AtomicU64::new(now.mono.0),
            tracks: Mutex::default(),
            stats: Mutex::default(),
            seat: Mutex::new(Some(Seat { writer, numbering: Numbering::default() })),
            seat_free: tokio::sync::Notify::new(),
        }
    }

    /// Its name.
    pub fn key(&self) -> &BroadcastKey {
        &self.key
    }

    /// The policy that it was begun under.
    pub fn policy(&self) -> &ApplicationPolicy {
        &self.policy
    }

    /// When it began.
    pub fn started(&self) -> Now {
        self.started
    }

    /// Where readers come from. For rooms of this house; who acts for a viewer asks [`Engine::play`](crate::Engine::play).
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// Where it is in its life.
    pub fn state(&self) -> State {
        *self.state.borrow()
    }

    /// Its state as it changes.
    pub fn watch(&self) -> watch::Receiver<State> {
        self.state.subscribe()
    }

    /// The tracks as last published; none before the first unit.
    pub fn tracks(&self) -> Option<Arc<TrackSet>> {
        lock(&self.tracks).clone()
    }

    /// What was measured.
    pub fn stats(&self) -> BroadcastStats {
        lock(&self.stats).clone()
    }

    pub(crate) fn last_unit(&self) -> MonoTime {
        MonoTime(self.last_unit.load(Ordering::Relaxed))
    }

    pub(crate) fn touch(&self, now: MonoTime) {
        self.last_unit.store(now.0, Ordering::Relaxed);
    }

    pub(crate) fn set_tracks(&self, set: &Arc<TrackSet>) {
        *lock(&self.tracks) = Some(set.clone());
    }

    pub(crate) fn with_stats(&self, change: impl FnOnce(&mut BroadcastStats)) {
        change(&mut lock(&self.stats));
    }

    /// Takes the seat, if nobody has it.
    pub(crate) fn sit(&self) -> Option<Seat> {
        lock(&self.seat).take()
    }

    /// Leaves the seat to whoever comes next.
    pub(crate) fn leave(&self, seat: Seat) {
        *lock(&self.seat) = Some(seat);
        self.seat_free.notify_one();
    }

    /// Resolves when the seat may have become free.
    pub(crate) async fn seat_freed(&self) {
        self.seat_free.notified().await;
    }

    pub(crate) fn set_state(&self, state: State) {
        self.state.send_replace(state);
    }

    /// Closes the ring. Readers drain what is left in it.
    pub(crate) fn close(&self, clean: bool) {
        drop(lock(&self.seat).take());
        self.set_state(State::Ended { clean });
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}
