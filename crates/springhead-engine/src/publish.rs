//! A publisher's session.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use springhead_analytics::{CaptureClock, Wire};
use springhead_core::{BroadcastKey, MonoTime, Timestamp, TrackId, TrackSet, WallTime};
use springhead_fanout::Writer;
use springhead_intake::{RawUnit, Repair};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::assembly::{Assembled, Assembly, TrackDescription, TrackError};
use crate::broadcast::{Broadcast, Seat};
use crate::engine::Shared;
use crate::measure::Measures;
use crate::pace::PaceChange;
use crate::quality;
use crate::{Credentials, DropReason, Event};

/// How often numbers are made public and drops are reported, by the arrival of units; after so long without one, the rest is.
pub(crate) const REPORT_EVERY: Duration = Duration::from_millis(250);

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
    /// The set before it changed since the last report.
    before: Option<Arc<TrackSet>>,
    measures: Measures,
    dropped: Vec<(TrackId, DropReason, u64, Timestamp)>,
    repaired: Vec<(TrackId, Repair, u64)>,
    /// Groups of pictures that had outgrown the cache when it was last reported.
    given_up: u64,
    reported: MonoTime,
    /// Whether a unit came since.
    unreported: bool,
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
            before: None,
            measures,
            dropped: Vec::new(),
            repaired: Vec::new(),
            given_up,
            reported: now,
            unreported: false,
        };
        broadcast.touch(now);
        broadcast.with_stats(|figures| figures.up_to = now);
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
        let (kind, scale) = (description.track.kind(), description.track.timescale);
        let track = work.assembly.set_track(slot, description)?;
        work.measures.meet(track, kind, scale);
        Ok(track)
    }

    /// Says when media of a track was captured, where the protocol tells: what is presented at `media`, in ticks of the
    /// track's source clock and wrapped as on the wire, was captured at `wall`. The latency of units that come from now on is
    /// measured by it, until the next such reference, and no longer than the clock that stamps them goes on. A track that
    /// was not described has none.
    pub fn set_capture(&mut self, track: TrackId, media: u64, wall: WallTime) {
        let Some(work) = &mut self.work else { return };
        if let Some(clock) = work.assembly.clock(track) {
            let wire = Wire { scale: clock.scale, bits: clock.bits };
            work.measures.set_capture(track, CaptureClock::new(wire, media, wall, self.shared.clock.now()));
        }
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
        work.unreported = true;
        if arrival.saturating_since(work.reported) >= REPORT_EVERY {
            work.report(&self.shared, &self.broadcast, arrival);
        }
    }

    /// Resolves when the session has to end, and says why. Cancel-safe. After [`EndReason::Replaced`] the other publisher
    /// has the broadcast already; after the others it is for the driver to [`finish`](Self::finish) or drop the session.
    /// While it waits, it notices when units stay away ([`Event::Underrun`]).
    pub async fn ended(&mut self) -> EndReason {
        let timeout = self.broadcast.policy().idle_timeout;
        let asked_before = self.asked_before;
        let (broadcast, shared, work) = (&self.broadcast, &self.shared, &mut self.work);
        let idle = async {
            loop {
                let now = shared.clock.now().mono;
                let silent = now.saturating_since(broadcast.last_unit());
                let left = match timeout.checked_sub(silent) {
                    Some(left) if !left.is_zero() => left,
                    _ => return,
                };
                let due = work.as_mut().and_then(|work| work.wait(shared, broadcast, now));
                tokio::time::sleep(due.map_or(left, |due| left.min(due.saturating_since(now)))).await;
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
        let now = self.shared.clock.now().mono;
        work.measures.close(now);
        work.report(&self.shared, &self.broadcast, now);
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
                        // What was said before the first unit is of its timeline.
                        if new_timeline && self.set.is_some() {
                            self.measures.forget_captures();
                        }
                        let before = broadcast.set_tracks(&set);
                        self.before = self.before.take().or(before);
                        self.set = Some(set.clone());
                    }
                    self.measures.observe(&unit);
                    self.writer.publish(unit, &set);
                }
                Assembled::Dropped(track, reason, at) => {
                    self.measures.drop_unit(track);
                    match self.dropped.iter_mut().find(|(id, why, ..)| (*id, *why) == (track, reason)) {
                        Some((_, _, count, last)) => (*count, *last) = (*count + 1, at),
                        None => self.dropped.push((track, reason, 1, at)),
                    }
                }
                Assembled::Repaired(track, repair) => {
                    if repair.is_drop() {
                        self.measures.drop_unit(track);
                    }
                    if let Repair::Lost { count, .. } = repair {
                        self.measures.lose_units(track, count);
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

    /// What is to be done at `now`, as no unit came: what the last ones left to report, and what is overdue. Gives when
    /// there is more to do.
    fn wait(&mut self, shared: &Shared, broadcast: &Broadcast, now: MonoTime) -> Option<MonoTime> {
        let last = broadcast.last_unit();
        let rest = |work: &Self| work.unreported.then_some(last + REPORT_EVERY);
        let due = |work: &Self| rest(work).into_iter().chain(work.measures.poll_timeout()).min();
        if due(self)? <= now {
            self.measures.handle_timeout(now);
            // All is told up to the last arrival, by which the next report is timed.
            self.report(shared, broadcast, last);
        }
        due(self)
    }

    /// Tells of what happened up to `now`, and makes numbers public.
    fn report(&mut self, shared: &Shared, broadcast: &Broadcast, now: MonoTime) {
        (self.reported, self.unreported) = (now, false);
        // A track may be overdue while another comes.
        self.measures.handle_timeout(now);
        let (key, events) = (broadcast.key(), &shared.events);
        let changed = self.before.take().zip(self.set.clone());
        if let Some((before, tracks)) = changed.filter(|(before, tracks)| before.generation != tracks.generation) {
            let sizes: Vec<_> = quality::sizes(&before, &tracks).collect();
            events.send(Event::TracksChanged { key: key.clone(), tracks });
            for (track, change) in sizes {
                events.send(Event::QualityChanged { key: key.clone(), track, change });
            }
        }
        let mut dropped = 0;
        for (track, reason, count, at) in self.dropped.drain(..) {
            dropped += count;
            events.send(Event::Dropped { key: key.clone(), track, reason, count, at });
        }
        let given_up = self.writer.groups_given_up();
        if std::mem::replace(&mut self.given_up, given_up) < given_up {
            shared.events.send(Event::GroupGivenUp { key: key.clone() });
        }
        for (track, repair, count) in self.repaired.drain(..) {
            events.send(Event::Repaired { key: key.clone(), track, repair, count });
        }
        for (track, change) in self.measures.paces() {
            let key = key.clone();
            events.send(match change {
                PaceChange::Began { behind } => Event::Underrun { key, track, behind },
                PaceChange::Ended { lasted } => Event::UnderrunEnded { key, track, lasted },
            });
        }
        for (track, change) in self.measures.qualities(now) {
            events.send(Event::QualityChanged { key: key.clone(), track, change });
        }
        let intake = |track| self.assembly.intake_stats(track).copied().unwrap_or_default();
        let tracks = self.measures.readings(intake).collect();
        broadcast.with_stats(|figures| {
            (figures.tracks, figures.up_to) = (tracks, now);
            figures.dropped += dropped;
        });
    }
}
