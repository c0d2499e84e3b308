//! What happens in an engine, as a stream (C9).

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use springhead_core::{BroadcastKey, Timestamp, TrackId, TrackSet};
use springhead_intake::Repair;
use tokio::sync::broadcast;

use crate::{Broadcast, QualityChange};

/// How many events wait for a listener that is slow.
const QUEUE: usize = 1024;

/// Something that happened.
///
/// What happens to units is told at most four times a second, and together: whoever publishes cannot flood who listens.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A broadcast began.
    Started {
        /// The broadcast.
        broadcast: Arc<Broadcast>,
    },
    /// A broadcast's publisher was lost; its return is awaited.
    Interrupted {
        /// Which.
        key: BroadcastKey,
    },
    /// A broadcast's publisher came back.
    Resumed {
        /// Which.
        key: BroadcastKey,
    },
    /// A broadcast is over.
    Stopped {
        /// Which.
        key: BroadcastKey,
        /// Whether the publisher ended it, or was lost.
        clean: bool,
    },
    /// The tracks are others than before: one came, went or changed its configuration. The first set is no change; it is
    /// there with the first unit ([`Broadcast::tracks`]).
    TracksChanged {
        /// Of which broadcast.
        key: BroadcastKey,
        /// The tracks as they are now, of a higher generation.
        tracks: Arc<TrackSet>,
    },
    /// A track looks or sounds otherwise than before.
    QualityChanged {
        /// Of which broadcast.
        key: BroadcastKey,
        /// Of which track.
        track: TrackId,
        /// What changed.
        change: QualityChange,
    },
    /// A track comes slower than time goes by: its next unit is a second late, whether nothing comes at all or all comes
    /// late. On time is what comes as early as the earliest has, by its own timestamps.
    Underrun {
        /// Of which broadcast.
        key: BroadcastKey,
        /// Of which track.
        track: TrackId,
        /// How late it was when that was found.
        behind: Duration,
    },
    /// A track that had run under is on time again, or has stopped its clock meanwhile and keeps up since, or its publisher
    /// is gone. Each [`Underrun`](Self::Underrun) has one end.
    UnderrunEnded {
        /// Of which broadcast.
        key: BroadcastKey,
        /// Of which track.
        track: TrackId,
        /// How long it ran under.
        lasted: Duration,
    },
    /// Good units were left out, as they did not go together with those of other tracks.
    Dropped {
        /// Of which broadcast.
        key: BroadcastKey,
        /// Of which track.
        track: TrackId,
        /// Why.
        reason: DropReason,
        /// How many since the last such event.
        count: u64,
        /// When the last of them was to be decoded, in ticks of the track.
        at: Timestamp,
    },
    /// Something of the input was mended, or dropped as beyond mending ([`Repair::is_drop`]).
    Repaired {
        /// Of which broadcast.
        key: BroadcastKey,
        /// Of which track.
        track: TrackId,
        /// What was done, and where in the input; the latest of its kind.
        repair: Repair,
        /// How many repairs of the kind were made to the track since the last such event, this one among them.
        count: u64,
    },
    /// A group of pictures had outgrown the cache, so that its beginning had to go: nobody can start before the next key
    /// picture. A larger cache mends that, or key pictures more often.
    GroupGivenUp {
        /// Of which broadcast.
        key: BroadcastKey,
    },
    /// Readers wish for a key picture, and the publisher was told; whether it can do anything about it is its protocol's
    /// matter.
    KeyRequested {
        /// Of which broadcast.
        key: BroadcastKey,
    },
    /// A reader was too slow, did without pictures or missed some, and goes on at a random access point.
    ReaderResumed {
        /// Of which broadcast.
        key: BroadcastKey,
        /// By which protocol it reads.
        protocol: &'static str,
        /// Where it is.
        remote: Option<SocketAddr>,
        /// How many units it did not get right before that point, of all tracks.
        skipped: u64,
    },
    /// A reader was too slow too often, and was sent away.
    ReaderEvicted {
        /// Of which broadcast.
        key: BroadcastKey,
        /// By which protocol it read.
        protocol: &'static str,
        /// Where it is.
        remote: Option<SocketAddr>,
    },
    /// The listener was too slow, and so many events were left out.
    Missed {
        /// How many.
        count: u64,
    },
}

/// Why units were left out by a publish session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DropReason {
    /// The timestamps of another track had started anew, and this one's had not yet.
    OldTimeline,
}

/// A listener's end of the stream of events.
#[derive(Debug)]
pub struct Events(broadcast::Receiver<Event>);

impl Events {
    /// The next event; none once the engine is gone. Cancel-safe.
    pub async fn recv(&mut self) -> Option<Event> {
        match self.0.recv().await {
            Ok(event) => Some(event),
            Err(broadcast::error::RecvError::Lagged(count)) => Some(Event::Missed { count }),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}

#[derive(Debug)]
pub(crate) struct EventSender(broadcast::Sender<Event>);

impl EventSender {
    pub(crate) fn new() -> Self {
        Self(broadcast::Sender::new(QUEUE))
    }

    pub(crate) fn send(&self, event: Event) {
        // Nobody listening is no error.
        let _ = self.0.send(event);
    }

    pub(crate) fn subscribe(&self) -> Events {
        Events(self.0.subscribe())
    }
}

#[cfg(test)]
mod tests;
