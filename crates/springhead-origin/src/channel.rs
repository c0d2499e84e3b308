//! From a broadcast's ring to its presentation: one packaging task for each key.

use std::sync::Arc;
use std::time::Duration;

use springhead_core::BroadcastKey;
use springhead_engine::{Broadcast, Clock, Start, State};
use springhead_packager::{Packager, Presentation};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};

/// What a key's viewers read: the newest snapshot, by two rhythms.
#[derive(Debug)]
pub struct Channel {
    key: BroadcastKey,
    parts: watch::Sender<Option<Arc<Presentation>>>,
    chunks: watch::Sender<Option<Arc<Presentation>>>,
    /// A place for each request that may wait.
    places: Arc<Semaphore>,
}

impl Channel {
    pub(crate) fn new(key: BroadcastKey, waiting: usize) -> Self {
        let places = Arc::new(Semaphore::new(waiting.min(Semaphore::MAX_PERMITS)));
        Self { key, parts: watch::Sender::new(None), chunks: watch::Sender::new(None), places }
    }

    /// A place among those who wait, held for as long as it is kept; none when all are taken.
    pub(crate) fn admit(&self) -> Option<OwnedSemaphorePermit> {
        self.places.clone().try_acquire_owned().ok()
    }

    /// Snapshots whenever a manifest changed.
    pub(crate) fn parts(&self) -> watch::Receiver<Option<Arc<Presentation>>> {
        self.parts.subscribe()
    }

    /// Snapshots whenever a chunk is complete, some twenty times a second.
    pub(crate) fn chunks(&self) -> watch::Receiver<Option<Arc<Presentation>>> {
        self.chunks.subscribe()
    }

    /// The newest snapshot.
    pub fn snapshot(&self) -> Option<Arc<Presentation>> {
        self.chunks.borrow().clone()
    }

    fn publish(&self, snapshot: Arc<Presentation>) {
        let version = |snapshot: &Presentation| (snapshot.playlist_version, snapshot.mpd_version);
        let changed = self.parts.borrow().as_deref().is_none_or(|old| version(old) != version(&snapshot));
        self.chunks.send_replace(Some(snapshot.clone()));
        if changed {
            self.parts.send_replace(Some(snapshot));
        }
    }
}

/// Packages one broadcast after the other under one key, so that numbers go on from each to the next, until none has come
/// for `linger`. Gives the packager back for its counters.
pub(crate) async fn package(
    channel: Arc<Channel>,
    mut packager: Packager,
    mut broadcasts: mpsc::Receiver<Arc<Broadcast>>,
    clock: Arc<dyn Clock>,
    linger: Duration,
) {
    while let Ok(Some(broadcast)) = tokio::time::timeout(linger, broadcasts.recv()).await {
        follow(&channel, &mut packager, &broadcast, &*clock).await;
        tracing::debug!(broadcast = %channel.key, stats = ?packager.stats(), "packaging ended");
    }
}

async fn follow(channel: &Channel, packager: &mut Packager, broadcast: &Broadcast, clock: &dyn Clock) {
    let mut reader = broadcast.source().reader(Start::Oldest);
    let mut state = broadcast.watch();
    loop {
        let due = packager.poll_timeout().map(|due| due.saturating_since(clock.now().mono));
        tokio::select! {
            biased;
            received = reader.recv() => match received {
                Ok(received) => packager.handle_unit(&received.unit, &received.tracks, clock.now()),
                Err(_) => break,
            },
            changed = state.changed() => {
                if changed.is_err() {
                    break;
                }
                if matches!(*state.borrow_and_update(), State::Interrupted) {
                    packager.handle_interruption(clock.now());
                }
            }
            () = sleep(due) => packager.handle_timeout(clock.now()),
        }
        if let Some(snapshot) = packager.poll_snapshot(clock.now()) {
            channel.publish(snapshot);
        }
    }
    packager.handle_end(clock.now());
    if let Some(snapshot) = packager.poll_snapshot(clock.now()) {
        channel.publish(snapshot);
    }
}

/// Sleeps for as long as is said; for ever where nothing is.
async fn sleep(span: Option<Duration>) {
    match span {
        Some(span) => tokio::time::sleep(span).await,
        None => std::future::pending().await,
    }
}
