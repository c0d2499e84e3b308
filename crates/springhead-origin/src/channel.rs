//! From the rings of a programme's broadcasts to its presentation: one packaging task for each key.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use springhead_core::{AccessUnit, BroadcastKey, Ticks, TrackSet};
use springhead_engine::{Broadcast, Clock, Start, State};
use springhead_packager::{Output, Packager, Place, Presentation, Programme};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::task::JoinSet;

use crate::promises::Promises;

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

    /// What it is called.
    pub fn key(&self) -> &BroadcastKey {
        &self.key
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

/// A broadcast that joins a programme, and its place there.
pub(crate) type Joining = (Place, Arc<Broadcast>);

/// What a broadcast does in a programme.
#[derive(Debug)]
enum Input {
    Unit(AccessUnit, Arc<TrackSet>),
    Interrupted,
    Ended,
}

/// How a programme is packaged.
pub(crate) struct Packaging {
    pub(crate) channel: Arc<Channel>,
    pub(crate) packager: Packager,
    pub(crate) programme: Programme,
    pub(crate) joining: mpsc::Receiver<Joining>,
    pub(crate) clock: Arc<dyn Clock>,
    /// For how long a programme is kept of which nothing is sent any more.
    pub(crate) linger: Duration,
    /// Is told of every snapshot.
    pub(crate) promises: Arc<Promises>,
    /// By rendition, how far off the leader's cuts it was found to be.
    pub(crate) misaligned: BTreeMap<Arc<str>, Ticks>,
}

/// How many units of a broadcast may be on their way to be packaged.
const ON_THE_WAY: usize = 64;

impl Packaging {
    /// Packages what joins under one key, so that numbers go on from each broadcast to the next, until nothing has been sent
    /// for as long as it lingers.
    pub(crate) async fn run(mut self) {
        let (send, mut inputs) = mpsc::channel(ON_THE_WAY);
        // Its tasks end with it.
        let mut tasks = JoinSet::new();
        loop {
            let now = self.clock.now().mono;
            let due = [self.packager.poll_timeout(), self.programme.poll_timeout()].into_iter().flatten().min();
            let due = due.map(|due| due.saturating_since(now));
            let linger = tasks.is_empty().then_some(self.linger);
            tokio::select! {
                biased;
                joining = self.joining.recv() => match joining {
                    Some((place, broadcast)) => {
                        tasks.spawn(read(place, broadcast, send.clone()));
                    }
                    None => return,
                },
                Some((place, input)) = inputs.recv() => self.take(&place, input),
                Some(_) = tasks.join_next(), if !tasks.is_empty() => {
                    // What it sent comes first.
                    while let Ok((place, input)) = inputs.try_recv() {
                        self.take(&place, input);
                    }
                    if tasks.is_empty() {
                        self.packager.handle_end(self.clock.now());
                        tracing::debug!(key = %self.channel.key, stats = ?self.packager.stats(), "packaging ended");
                    }
                }
                () = sleep(due) => {
                    self.programme.handle_timeout(self.clock.now());
                    self.packager.handle_timeout(self.clock.now());
                }
                () = sleep(linger) => return,
            }
            self.package();
        }
    }

    fn take(&mut self, place: &Place, input: Input) {
        let now = self.clock.now();
        match input {
            Input::Unit(unit, tracks) => self.programme.handle_unit(place, &unit, &tracks, now),
            Input::Interrupted | Input::Ended => self.programme.handle_gone(place, now),
        }
        self.package();
    }

    /// Warns, once for each size of it, where versions are not cut alike.
    fn tell_of_misalignment(&mut self, snapshot: &Presentation) {
        for rendition in snapshot.renditions.iter().filter(|rendition| rendition.misalignment > Ticks::ZERO) {
            let known = self.misaligned.insert(rendition.name.clone(), rendition.misalignment);
            if known.is_none_or(|known| known < rendition.misalignment) {
                let by = rendition.misalignment.to_duration(rendition.track.timescale);
                tracing::warn!(
                    key = %self.channel.key, rendition = %rendition.name, ?by,
                    "key pictures are not where those of the leading version are: players may skip or repeat when they switch"
                );
            }
        }
    }

    fn package(&mut self) {
        let now = self.clock.now();
        while let Some(output) = self.programme.poll_output() {
            match output {
                Output::Unit { unit, tracks } => self.packager.handle_unit(&unit, &tracks, now),
                Output::Interrupted => self.packager.handle_interruption(now),
            }
        }
        if let Some(snapshot) = self.packager.poll_snapshot(now) {
            self.tell_of_misalignment(&snapshot);
            self.promises.keep(&self.channel.key, &snapshot.timing);
            self.channel.publish(snapshot);
        }
    }
}

/// Reads one broadcast to its end.
async fn read(place: Place, broadcast: Arc<Broadcast>, send: mpsc::Sender<(Place, Input)>) {
    // Many viewers depend on it.
    let mut reader = broadcast.source().reader(Start::Oldest).woken_by_writer();
    let mut state = broadcast.watch();
    loop {
        let input = tokio::select! {
            biased;
            received = reader.recv() => match received {
                Ok(received) => match reader.tracks() {
                    Some(tracks) => Input::Unit(received.unit, Arc::clone(tracks)),
                    None => continue,
                },
                Err(_) => break,
            },
            changed = state.changed() => match changed {
                Ok(()) if matches!(*state.borrow_and_update(), State::Interrupted) => Input::Interrupted,
                Ok(()) => continue,
                Err(_) => break,
            },
        };
        if send.send((place.clone(), input)).await.is_err() {
            return;
        }
    }
    let _ = send.send((place, Input::Ended)).await;
}

/// Sleeps for as long as is said; for ever where nothing is.
async fn sleep(span: Option<Duration>) {
    match span {
        Some(span) => tokio::time::sleep(span).await,
        None => std::future::pending().await,
    }
}
