//! A publisher's session.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use springhead_analytics::TrackSnapshot;
use springhead_core::{BroadcastKey, MonoTime, TrackId, TrackSet};
use springhead_fanout::Writer;
use springhead_intake::{RawUnit, Repair};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::assembly::{Assembled, Assembly, TrackDescription, TrackError};
use crate::broadcast::{Broadcast, Seat, TrackStats};
use crate::engine::Shared;
use crate::measure::Measures;
use crate::{Credentials, DropReason, Event};

/// How often numbers are made public and drops are reported, by the arrival of units.
const REPORT_EVERY: Duration = Duration::from_millis(250);

/// A wish to publish.
#[derive(Clone, Debug)]
pub struct PublishRequest {
    /// Under which name.
    pub key: BroadcastKey,
    /// What the client showed of itself.
    pub credentials: Credentials,
    /// By which protocol, as it is to stand in logs: `rtmp`.
    pub protocol: &'static str,
    /// From where.
    pub remote: Option<SocketAddr>,
}

/// Why nobody may publish.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The key has a publisher who stays.
    #[error("the name is taken")]
    Taken,
    /// The authorizer refused. The reason is for the log.
    #[error("publishing was denied: {reason}")]
    Denied {
        /// Why.
        reason: String,
    },
    /// The application is not configured.
    #[error("there is no such application")]
    UnknownApplication,
    /// The application has as many broadcasts as its policy allows.
    #[error("the application has {0} broadcasts already")]
    Limit(usize),
    /// The engine is shutting down.
    #[error("the server is shutting down")]
    ShuttingDown,
}

/// Why a session has to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndReason {
    /// Another publisher took the name over.
    Replaced,
    /// No unit came for longer than the policy's idle timeout.
    Idle,
    /// The engine is shutting down.
    ShuttingDown,
}

/// What is asked of a publisher.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Asked {
    /// To end.
    ToEnd(EndReason),
    /// To send a key picture as soon as it can (RTCP PLI or FIR, where the protocol has them): readers have nothing to show
    /// before one comes. Not more often than the application's policy says.
    ForKey,
}

/// The right to publish one broadcast, and the machinery between an encoder's units and its ring.
///
/// [`finish`](Self::finish) ends the broadcast; dropping the session says that the publisher was lost, and the broadcast
/// waits for its return. The driver selects on [`ended`](Self::ended) beside its socket, and closes when that resolves.
/// A session that had to make room for another ignores whatever it is still given.
#[derive(Debug)]
pub struct PublishSession {
    shared: Arc<Shared>,
    broadcast: Arc<Broadcast>,
    /// What `asked_to_leave` was when the session began.
    asked_before: u64,
    asked_to_leave: watch::Receiver<u64>,
    stopping: watch::Receiver<bool>,
    /// Before when no key picture is asked for again.
    key_not_before: Option<Instant>,
    /// Taken out when the session is over.
    work: Option<Work>,
}

#[derive(Debug)]
struct Work {
    assembly: Assembly,
    writer: Writer,
    set: Option<Arc<TrackSet>>,
    measures: Measures,
    dropped: Vec<(TrackId, DropReason, u64)>,
    repaired: Vec<(TrackId, Repair, u64)>,
    /// Groups of pictures that had outgrown the cache when it was last reported.
    given_up: u64,
    reported: MonoTime,
}

impl PublishSession {
    pub(crate) fn new(
        shared: Arc<Shared>,
        broadcast: Arc<Broadcast>,
        stopping: watch::Receiver<bool>,
        seat: Seat,
        now: MonoTime,
    ) -> Self {
        let policy = broadcast.policy();
        let Seat { writer, numbering, measures } = seat;
        let given_up = writer.groups_given_up();
        let work = Work {
            assembly: Assembly::new(policy.limits, policy.track_wait, numbering),
            writer,
            set: None,
            measures,
            dropped: Vec::new(),
            repaired: Vec::new(),
            given_up,
            reported: now,
        };
        broadcast.touch(now);
        let mut asked_to_leave = broadcast.watch_for_leave();
        let asked_before = *asked_to_leave.borrow_and_update();
        Self { shared, broadcast, asked_before, asked_to_leave, stopping, key_not_before: None, work: Some(work) }
    }

    /// The name that is published under.
    pub fn key(&self) -> &BroadcastKey {
        self.broadcast.key()
    }

    /// What is published.
    pub fn broadcast(&self) -> &Arc<Broadcast> {
        &self.broadcast
    }

    /// Describes the elementary stream that the protocol numbers `slot`. Described again, it has a new decoder
    /// configuration, which applies to the units that come after. The number that it gets is that of the broadcast's first,
    /// second, … track of the kind, and so the same when the publisher comes back.
    ///
    /// # Errors
    /// [`TrackError`]: go on without the track, whose units must not be handed in.
    pub fn set_track(&mut self, slot: u32, description: TrackDescription) -> Result<TrackId, TrackError> {
        let work = self.work.as_mut().ok_or(TrackError::Over)?;
        work.assembly.set_track(slot, description)
    }

    /// Takes one unit of a track. Never blocks; what is wrong with it is repaired or dropped, counted and reported.
    pub fn handle_unit(&mut self, track: TrackId, raw: RawUnit) {
        if self.asked_to_leave.has_changed().unwrap_or(true)
            && *self.asked_to_leave.borrow_and_update() > self.asked_before
        {
            self.leave(false);
        }
        let Some(work) = &mut self.work else { return };
        let arrival = raw.arrival;
        self.broadcast.touch(arrival);
        work.assembly.handle_unit(track, raw);
        work.publish(&self.broadcast);
        if arrival.saturating_since(work.reported) >= REPORT_EVERY {
            work.reported = arrival;
            work.report(&self.shared, &self.broadcast);
        }
    }

    /// Resolves when the session has to end, and says why. Cancel-safe. After [`EndReason::Replaced`] the other publisher
    /// has the broadcast already; after the others it is for the driver to [`finish`](Self::finish) or drop the session.
    pub async fn ended(&mut self) -> EndReason {
        let timeout = self.broadcast.policy().idle_timeout;
        let asked_before = self.asked_before;
        let (broadcast, clock) = (&self.broadcast, &self.shared.clock);
        let idle = async {
            loop {
                let silent = clock.now().mono.saturating_since(broadcast.last_unit());
                match timeout.checked_sub(silent) {
                    Some(left) if !left.is_zero() => tokio::time::sleep(left).await,
                    _ => return,
                }
            }
        };
        let reason = tokio::select! {
            biased;
            _ = self.asked_to_leave.wait_for(|asked| *asked > asked_before) => EndReason::Replaced,
            _ = self.stopping.wait_for(|stopping| *stopping) => EndReason::ShuttingDown,
            () = idle => EndReason::Idle,
        };
        if reason == EndReason::Replaced {
            self.leave(false);
        }
        reason
    }

    /// Resolves when something is asked of the publisher: all that [`ended`](Self::ended) does, and key pictures. For
    /// protocols that can ask an encoder for one. Cancel-safe.
    pub async fn asked(&mut self) -> Asked {
        let not_before = self.key_not_before;
        let source = self.broadcast.source().clone();
        let key_requested = async {
            if let Some(at) = not_before {
                tokio::time::sleep_until(at).await;
            }
            source.key_requested().await;
        };
        tokio::select! {
            biased;
            reason = self.ended() => Asked::ToEnd(reason),
            () = key_requested => {
                self.key_not_before = Some(Instant::now() + self.broadcast.policy().key_requests);
                self.shared.events.send(Event::KeyRequested { key: self.broadcast.key().clone() });
                Asked::ForKey
            }
        }
    }

    /// The publisher says goodbye: the broadcast ends.
    pub fn finish(mut self) {
        self.leave(true);
    }

    /// Gives out what waits and gives the seat back, once.
    fn leave(&mut self, clean: bool) {
        let Some(mut work) = self.work.take() else { return };
        work.assembly.flush();
        work.publish(&self.broadcast);
        work.report(&self.shared, &self.broadcast);
        let Work { writer, assembly, measures, .. } = work;
        let seat = Box::new(Seat { writer, numbering: assembly.into_numbering(), measures });
        self.shared.publisher_left(&self.broadcast, seat, clean);
    }
}

/// The publisher was lost.
impl Drop for PublishSession {
    fn drop(&mut self) {
        self.leave(false);
    }
}

impl Work {
    fn publish(&mut self, broadcast: &Broadcast) {
        while let Some(assembled) = self.assembly.poll() {
            match assembled {
                Assembled::Unit(unit, set) => {
                    if !self.set.as_ref().is_some_and(|known| Arc::ptr_eq(known, &set)) {
                        let new_timeline = self.set.as_ref().is_none_or(|known| known.timeline != set.timeline);
                        self.measures.follow(&set, new_timeline);
                        broadcast.set_tracks(&set);
                        self.set = Some(set.clone());
                    }
                    self.measures.observe(&unit);
                    self.writer.publish(unit, &set);
                }
                Assembled::Dropped(track, reason) => {
                    self.measures.drop_unit(track);
                    match self.dropped.iter_mut().find(|(id, why, _)| (*id, *why) == (track, reason)) {
                        Some((_, _, count)) => *count += 1,
                        None => self.dropped.push((track, reason, 1)),
                    }
                }
                Assembled::Repaired(track, repair) => {
                    if repair.is_drop() {
                        self.measures.drop_unit(track);
                    }
                    // One event tells of all repairs of a kind in the interval, so that a bad stream floods nobody.
                    let same = |known: &Repair| known.name() == repair.name();
                    match self.repaired.iter_mut().find(|(id, known, _)| *id == track && same(known)) {
                        Some((_, known, count)) => (*known, *count) = (repair, *count + 1),
                        None => self.repaired.push((track, repair, 1)),
                    }
                }
            }
        }
    }

    fn report(&mut self, shared: &Shared, broadcast: &Broadcast) {
        let key = broadcast.key();
        let mut dropped = 0;
        for (track, reason, count) in self.dropped.drain(..) {
            dropped += count;
            shared.events.send(Event::Dropped { key: key.clone(), track, reason, count });
        }
        let given_up = self.writer.groups_given_up();
        if std::mem::replace(&mut self.given_up, given_up) < given_up {
            shared.events.send(Event::GroupGivenUp { key: key.clone() });
        }
        for (track, repair, count) in self.repaired.drain(..) {
            shared.events.send(Event::Repaired { key: key.clone(), track, repair, count });
        }
        let measured: Vec<_> = self.measures.snapshots().collect();
        // A track of which every unit was left out so far has its counters too.
        let unmeasured = self.assembly.ids().filter(|id| measured.iter().all(|(known, _)| known != id));
        let unmeasured: Vec<_> = unmeasured.map(|id| (id, TrackSnapshot::default())).collect();
        let tracks = measured.into_iter().chain(unmeasured).map(|(track, meter)| TrackStats {
            track,
            units: meter.units,
            bytes: meter.bytes,
            bitrate: meter.bitrate.unwrap_or(0),
            intake: self.assembly.intake_stats(track).copied().unwrap_or_default(),
            meter,
        });
        let tracks: Vec<TrackStats> = tracks.collect();
        broadcast.with_stats(|stats| {
            stats.tracks = tracks;
            stats.dropped += dropped;
        });
    }
}
