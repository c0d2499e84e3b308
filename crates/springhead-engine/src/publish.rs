//! A publisher's session.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use springhead_analytics::TrackMeter;
use springhead_core::{BroadcastKey, MonoTime, TrackId, TrackSet};
use springhead_intake::RawUnit;
use tokio::sync::watch;

use crate::assembly::{Assembled, Assembly, TrackDescription, TrackError};
use crate::broadcast::{Broadcast, Seat, TrackStats};
use crate::engine::Shared;
use crate::{Credentials, DropReason, Event};

/// How often numbers are made public and drops are reported, by the arrival of units.
const REPORT_EVERY: Duration = Duration::from_millis(250);
/// What bitrate and frame rate are measured over.
const METER_WINDOW: Duration = Duration::from_secs(5);

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

/// The right to publish one broadcast, and the machinery between an encoder's units and its ring.
///
/// [`finish`](Self::finish) ends the broadcast; dropping the session says that the publisher was lost, and the broadcast
/// waits for its return. The driver selects on [`ended`](Self::ended) beside its socket, and closes when that resolves.
#[derive(Debug)]
pub struct PublishSession {
    shared: Arc<Shared>,
    broadcast: Arc<Broadcast>,
    number: u64,
    replaced: watch::Receiver<u64>,
    stopping: watch::Receiver<bool>,
    /// Taken out when the session ends.
    work: Option<Work>,
    clean: bool,
}

#[derive(Debug)]
struct Work {
    assembly: Assembly,
    writer: springhead_fanout::Writer,
    set: Option<Arc<TrackSet>>,
    meters: Vec<(TrackId, TrackMeter)>,
    unreported: Vec<(TrackId, DropReason, u64)>,
    repairs: Vec<(TrackId, springhead_intake::Repair, u64)>,
    reported: MonoTime,
}

impl PublishSession {
    pub(crate) fn new(
        shared: Arc<Shared>,
        broadcast: Arc<Broadcast>,
        number: u64,
        replaced: watch::Receiver<u64>,
        stopping: watch::Receiver<bool>,
        seat: Seat,
        now: MonoTime,
    ) -> Self {
        let policy = broadcast.policy();
        let Seat { writer, numbering } = seat;
        let work = Work {
            assembly: Assembly::new(policy.limits, policy.track_wait, numbering),
            writer: writer,
            set: None,
            meters: Vec::new(),
            unreported: Vec::new(),
            repairs: Vec::new(),
            reported: now,
        };
        broadcast.touch(now);
        Self { shared, broadcast, number, replaced, stopping, work: Some(work), clean: false }
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
    /// configuration, which applies to the units that come after.
    pub fn set_track(&mut self, slot: u32, description: TrackDescription) -> Result<TrackId, TrackError> {
        let Some(work) = &mut self.work else { return Err(TrackError::TooMany(0)) };
        let id = work.assembly.set_track(slot, description)?;
        if !work.meters.iter().any(|(known, _)| *known == id) {
            let scale = work.assembly.tracks().find(|track| track.id == id).map(|track| track.timescale);
            work.meters.extend(scale.map(|scale| (id, TrackMeter::new(scale, METER_WINDOW))));
        }
        Ok(id)
    }

    /// Takes one unit of a track. Never blocks; what is wrong with it is repaired or dropped, counted and reported.
    pub fn handle_unit(&mut self, track: TrackId, raw: RawUnit) {
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

    /// Resolves when the session has to end, and says why. Cancel-safe.
    pub async fn ended(&mut self) -> EndReason {
        let timeout = self.broadcast.policy().idle_timeout;
        let number = self.number;
        let (broadcast, shared) = (self.broadcast.clone(), self.shared.clone());
        let idle = async {
            loop {
                let silent = shared.clock.now().mono.saturating_since(broadcast.last_unit());
                match timeout.checked_sub(silent) {
                    Some(left) if !left.is_zero() => tokio::time::sleep(left).await,
                    _ => return,
                }
            }
        };
        tokio::select! {
            _ = self.replaced.wait_for(|newest| *newest > number) => EndReason::Replaced,
            _ = self.stopping.wait_for(|stopping| *stopping) => EndReason::ShuttingDown,
            () = idle => EndReason::Idle,
        }
    }

    /// The publisher says goodbye: the broadcast ends.
    pub fn finish(mut self) {
        self.clean = true;
    }
}

impl Drop for PublishSession {
    fn drop(&mut self) {
        let Some(mut work) = self.work.take() else { return };
        work.assembly.flush();
        work.publish(&self.broadcast);
        work.report(&self.shared, &self.broadcast);
        let seat = Seat { writer: work.writer, numbering: work.assembly.into_numbering() };
        let replaced = *self.replaced.borrow() > self.number;
        self.broadcast.leave(seat);
        if !replaced {
            self.shared.publisher_left(&self.broadcast, self.number, self.clean);
        }
    }
}

impl Work {
    fn publish(&mut self, broadcast: &Broadcast) {
        while let Some(assembled) = self.assembly.poll() {
            match assembled {
                Assembled::Unit(unit, set) => {
                    if !self.set.as_ref().is_some_and(|known| Arc::ptr_eq(known, &set)) {
                        let restarted = self.set.as_ref().is_some_and(|known| known.timeline != set.timeline);
                        broadcast.set_tracks(&set);
                        self.set = Some(set.clone());
                        if restarted {
                            self.meters.iter_mut().for_each(|(_, meter)| meter.restart());
                        }
                    }
                    if let Some((_, meter)) = self.meters.iter_mut().find(|(id, _)| *id == unit.track) {
                        meter.observe(&unit);
                    }
                    self.writer.publish(unit, &set);
                }
                Assembled::Dropped(track, reason) => {
                    match self.unreported.iter_mut().find(|(id, why, _)| (*id, *why) == (track, reason)) {
                        Some((_, _, count)) => *count += 1,
                        None => self.unreported.push((track, reason, 1)),
                    }
                }
                Assembled::Repaired(track, repair) => {
                    // One event tells of all repairs of a track in the interval, so that a bad stream floods nobody.
                    match self.repairs.iter_mut().find(|(id, _, _)| *id == track) {
                        Some((_, last, count)) => (*last, *count) = (repair, *count + 1),
                        None => self.repairs.push((track, repair, 1)),
                    }
                }
            }
        }
    }

    fn report(&mut self, shared: &Shared, broadcast: &Broadcast) {
        let key = broadcast.key();
        let mut dropped = 0;
        for (track, reason, count) in self.unreported.drain(..) {
            dropped += count;
            shared.events.send(Event::Dropped { key: key.clone(), track, reason, count });
        }
        for (track, repair, count) in self.repairs.drain(..) {
            shared.events.send(Event::Repaired { key: key.clone(), track, repair, count });
        }
        let now: Vec<TrackStats> = self
            .meters
            .iter()
            .map(|(track, meter)| {
                let meter = meter.snapshot();
                TrackStats {
                    track: *track,
                    units: meter.units,
                    bytes: meter.bytes,
                    bitrate: meter.bitrate.unwrap_or(0),
                    intake: self.assembly.intake_stats(*track).copied().unwrap_or_default(),
                    meter,
                }
            })
            .collect();
        broadcast.with_stats(|stats| {
            stats.tracks = now;
            stats.dropped += dropped;
        });
    }
}
