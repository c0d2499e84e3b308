//! One published source.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use springhead_analytics::TrackSnapshot;
use springhead_core::{BroadcastKey, MonoTime, Now, Timescale, TrackId, TrackSet};
use springhead_fanout::{ReaderStats, Relays, Source, Writer, ring_with};
use springhead_intake::IntakeStats;
use tokio::sync::{Notify, watch};

use crate::assembly::Numbering;
use crate::audience::{Audience, ReaderReport};
use crate::measure::{Measures, Reading};
use crate::publish::REPORT_EVERY;
use crate::{ApplicationPolicy, Clock};

/// Where a broadcast is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// A publisher is there.
    Live,
    /// The publisher was lost, and its return is awaited.
    Interrupted,
    /// The broadcast is over, and its ring is closed.
    Ended {
        /// Whether the publisher or the engine ended it, or the publisher was lost for good.
        clean: bool,
    },
}

/// One published source: its ring, its tracks, its state.
///
/// It lives from its first publish session until it is over, and is in the registry for as long. Handles that others hold
/// keep its numbers readable and nothing else: neither the ring nor the key.
#[derive(Debug)]
pub struct Broadcast {
    key: BroadcastKey,
    policy: ApplicationPolicy,
    clock: Arc<dyn Clock>,
    started: Now,
    source: Source,
    state: watch::Sender<State>,
    /// Raised to ask the session that is there to go: it goes when this is above the number that it began with.
    asked_to_leave: watch::Sender<u64>,
    /// When the last unit came.
    last_unit: AtomicU64,
    tracks: Mutex<Option<Arc<TrackSet>>>,
    figures: Mutex<Figures>,
    audience: Audience,
    chair: Mutex<Chair>,
    /// Told when the chair becomes free.
    vacated: Notify,
}

/// Who has the right to publish. The state changes together with it, under its lock.
#[derive(Debug)]
enum Chair {
    /// Nobody, for the `vacancy`th time.
    Free { seat: Box<Seat>, vacancy: u64 },
    /// A session, after so many vacancies.
    Taken { vacancies: u64 },
    /// Nobody ever again.
    Gone,
}

/// The right to publish to a broadcast: what a publish session holds while it lives, and leaves behind when it goes.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) writer: Writer,
    pub(crate) numbering: Numbering,
    pub(crate) measures: Measures,
}

/// What came of the wish to sit down.
#[derive(Debug)]
pub(crate) enum Sit {
    /// The seat, and whether nobody had it before.
    Seated { seat: Box<Seat>, first: bool },
    /// Somebody has it.
    Taken,
    /// The broadcast is over.
    Gone,
}

/// What sessions have made public of their work.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures {
    pub(crate) tracks: Arc<[Reading]>,
    /// Which units are counted: those that came up to then.
    pub(crate) up_to: MonoTime,
    pub(crate) dropped: u64,
    pub(crate) sessions: u64,
}

/// Numbers of a broadcast. Of what came in the last quarter of a second some may not be counted yet; what did not come is:
/// rates are those up to the time at which they were asked for.
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
    /// Ticks per second of the spans in [`meter`](Self::meter).
    pub timescale: Timescale,
    /// Units since the broadcast began.
    pub units: u64,
    /// Payload bytes since the broadcast began.
    pub bytes: u64,
    /// Bits per second over the last window; zero before there is one, and when nothing has come for as long.
    pub bitrate: u64,
    /// All that is measured from timestamps.
    pub meter: TrackSnapshot,
    /// What the intake of the present session did.
    pub intake: IntakeStats,
}

impl Broadcast {
    pub(crate) fn new(key: BroadcastKey, policy: ApplicationPolicy, relays: &Relays, clock: Arc<dyn Clock>) -> Self {
        let now = clock.now();
        let writer = ring_with(policy.cache, relays);
        let source = writer.source();
        let seat = Box::new(Seat { writer, numbering: Numbering::default(), measures: Measures::default() });
        Self {
            key,
            policy,
            clock,
            started: now,
            source,
            state: watch::Sender::new(State::Live),
            asked_to_leave: watch::Sender::new(0),
            last_unit: AtomicU64::new(now.mono.0),
            tracks: Mutex::default(),
            figures: Mutex::default(),
            audience: Audience::default(),
            chair: Mutex::new(Chair::Free { seat, vacancy: 0 }),
            vacated: Notify::new(),
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

    /// What was measured, up to now.
    pub fn stats(&self) -> BroadcastStats {
        let Figures { tracks, up_to, dropped, sessions } = lock(&self.figures).clone();
        let (now, last) = (self.clock.now().mono, self.last_unit());
        // Where units came that are not counted yet, it is not known of which tracks, and no track is silent for that.
        let more_to_count = last > up_to;
        let now = if more_to_count { up_to + now.saturating_since(last).saturating_sub(REPORT_EVERY) } else { now };
        BroadcastStats { tracks: tracks.iter().map(|track| track.stats(now)).collect(), dropped, sessions }
    }

    /// Who reads it, of those who came through [`Engine::play`](crate::Engine::play); in no order.
    pub fn readers(&self) -> Vec<ReaderReport> {
        self.audience.reports()
    }

    /// What became of the units of all those readers together, of those who have left too.
    pub fn reader_total(&self) -> ReaderStats {
        self.audience.total()
    }

    /// Asks the publisher for a key picture. Requests of many are one; how often they are passed on is for the application's
    /// policy to say.
    pub fn request_key(&self) {
        self.source.request_key();
    }

    pub(crate) fn audience(&self) -> &Audience {
        &self.audience
    }

    pub(crate) fn last_unit(&self) -> MonoTime {
        MonoTime(self.last_unit.load(Ordering::Relaxed))
    }

    pub(crate) fn touch(&self, now: MonoTime) {
        self.last_unit.store(now.0, Ordering::Relaxed);
    }

    /// Takes the tracks as they are from now on; gives those that were.
    pub(crate) fn set_tracks(&self, set: &Arc<TrackSet>) -> Option<Arc<TrackSet>> {
        lock(&self.tracks).replace(set.clone())
    }

    pub(crate) fn with_stats(&self, change: impl FnOnce(&mut Figures)) {
        change(&mut lock(&self.figures));
    }

    /// Asks the session that is there to go.
    pub(crate) fn ask_to_leave(&self) {
        self.asked_to_leave.send_modify(|asked| *asked += 1);
    }

    pub(crate) fn watch_for_leave(&self) -> watch::Receiver<u64> {
        self.asked_to_leave.subscribe()
    }

    /// Takes the seat, if nobody has it; the broadcast is live then.
    pub(crate) fn sit(&self) -> Sit {
        let mut chair = lock(&self.chair);
        match std::mem::replace(&mut *chair, Chair::Gone) {
            Chair::Free { seat, vacancy } => {
                *chair = Chair::Taken { vacancies: vacancy };
                self.state.send_replace(State::Live);
                Sit::Seated { seat, first: vacancy == 0 }
            }
            taken @ Chair::Taken { .. } => {
                *chair = taken;
                Sit::Taken
            }
            Chair::Gone => Sit::Gone,
        }
    }

    /// Leaves the seat to whoever comes next, and gives the number of this vacancy; none if the broadcast is over.
    pub(crate) fn leave(&self, seat: Box<Seat>) -> Option<u64> {
        let mut chair = lock(&self.chair);
        let Chair::Taken { vacancies } = *chair else { return None };
        let vacancy = vacancies + 1;
        *chair = Chair::Free { seat, vacancy };
        self.state.send_replace(State::Interrupted);
        self.vacated.notify_one();
        Some(vacancy)
    }

    /// Resolves when the seat may have become free.
    pub(crate) async fn vacated(&self) {
        self.vacated.notified().await;
    }

    /// Ends the broadcast, if it was not over and `which` says so of its vacancy: none while somebody sits. The ring is
    /// closed as soon as nobody holds its seat. Says whether this call ended it.
    pub(crate) fn end(&self, clean: bool, which: impl FnOnce(Option<u64>) -> bool) -> bool {
        let mut chair = lock(&self.chair);
        let vacancy = match &*chair {
            Chair::Gone => return false,
            Chair::Free { vacancy, .. } => Some(*vacancy),
            Chair::Taken { .. } => None,
        };
        if !which(vacancy) {
            return false;
        }
        // The state first: a reader that finds the ring closed can then ask why.
        self.state.send_replace(State::Ended { clean });
        *chair = Chair::Gone;
        self.vacated.notify_one();
        true
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}
