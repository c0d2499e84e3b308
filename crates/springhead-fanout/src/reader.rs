//! Those who read.

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::{Context, Poll};

use springhead_core::{AccessUnit, TrackSet};

use crate::Start;
use crate::ring::{Entry, Ring};
use crate::sync::Ordering;
use crate::waiters::Waiter;

/// One unit as a reader gets it.
#[derive(Clone, Debug)]
pub struct Received {
    /// The unit. Its payload is the writer's own, shared.
    pub unit: AccessUnit,
    /// The tracks that apply to it.
    pub tracks: Arc<TrackSet>,
    /// Whether `tracks` are the first that this reader learns, or differ from those of the unit it received before.
    pub new_tracks: bool,
    /// How many units were missed immediately before this one. When not 0, the reader was overtaken and this unit is a
    /// random access point at which it resumes: a discontinuity.
    pub skipped: u64,
}

/// Why there is no unit now.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TryRecvError {
    /// Nothing is there yet.
    #[error("no unit has been published since the last one received")]
    Empty,
    /// The writer is gone and all that it left was read; nothing ever comes again.
    #[error("the broadcast is closed")]
    Closed,
}

/// The writer is gone and all that it left was read; nothing ever comes again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the broadcast is closed")]
pub struct Closed;

/// What became of the units that were published since a reader's start point.
///
/// Once the reader has drained the ring, `received + skipped` is their exact number. The start point is the random access
/// point that the reader found in the ring: as long as it has found none, nothing counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ReaderStats {
    /// Units handed out.
    pub received: u64,
    /// Units missed because the reader was overtaken. Those missed at the very end, after which no unit comes to
    /// report them, are counted when the reader finds the broadcast closed.
    pub skipped: u64,
}

/// A cursor in a ring.
///
/// From its [`Start`] on it gets every unit in order. If the ring lets a unit go before it was read, the reader goes on at
/// the newest random access point in the ring, or at the next one if there is none, and says exactly how many units it
/// missed. It holds nothing in the ring: a reader that sleeps for ever costs the writer nothing.
///
/// When the writer goes, the reader drains what is left and then finds [`Closed`], again and again.
pub struct Reader {
    /// None for a reader of a broadcast that was closed before.
    ring: Option<Arc<Ring>>,
    waiter: Arc<Waiter>,
    /// The first unit that is neither handed out nor counted as missed.
    next: u64,
    place: Place,
    stats: ReaderStats,
    /// Missed since the last unit handed out.
    skipped: u64,
    tracks: Option<Arc<TrackSet>>,
}

/// What the reader needs next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    /// The first random access point from `next` on, to start at. Nothing before it counts as missed.
    Starting,
    /// The unit `next`.
    Following,
    /// The newest random access point, to resume at. All from `next` to there are missed.
    Overtaken,
}

impl Reader {
    pub(crate) fn new(ring: Option<Arc<Ring>>, start: Start) -> Self {
        let (mut next, mut place) = (0, Place::Starting);
        if let Some(ring) = &ring {
            ring.readers.fetch_add(1, Ordering::Relaxed);
            // Read before searching: what the search does not find is then at or after this.
            next = ring.head();
            let found = match start {
                Start::RandomAccess => ring.newest_random_access(0),
                Start::Oldest => ring.oldest_random_access(0),
                Start::Next => None,
            };
            if let Some(sequence) = found {
                (next, place) = (sequence, Place::Following);
            }
        }
        let (stats, waiter) = (ReaderStats::default(), Waiter::new());
        Self { ring, waiter, next, place, stats, skipped: 0, tracks: None }
    }

    /// The next unit, if it is there.
    ///
    /// # Errors
    /// [`TryRecvError::Empty`]: try again once something was published. [`TryRecvError::Closed`]: stop.
    pub fn try_recv(&mut self) -> Result<Received, TryRecvError> {
        let Some(ring) = &self.ring else { return Err(TryRecvError::Closed) };
        // Asked before looking: what was published before the close is then seen, and nothing can come after it.
        let closed = ring.is_closed();
        match self.step() {
            Some(received) => Ok(received),
            None if closed => {
                self.count_the_end();
                Err(TryRecvError::Closed)
            }
            None => Err(TryRecvError::Empty),
        }
    }

    /// The next unit; when there is none, the task of `cx` is woken by the next one or by the close. It may be woken in
    /// vain.
    ///
    /// Nothing is lost when the caller stops polling: a unit is either returned or still in the ring.
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Result<Received, Closed>> {
        for registered in [false, true] {
            match self.try_recv() {
                Ok(received) => return Poll::Ready(Ok(received)),
                Err(TryRecvError::Closed) => return Poll::Ready(Err(Closed)),
                Err(TryRecvError::Empty) if registered => {}
                Err(TryRecvError::Empty) => {
                    let ring = self.ring.as_ref().expect("a reader without a ring finds it closed");
                    ring.waiters.register(&self.waiter, cx.waker());
                }
            }
        }
        Poll::Pending
    }

    /// Waits for the next unit. Cancel-safe: dropping the future before it is ready loses nothing.
    ///
    /// # Errors
    /// [`Closed`] when nothing ever comes again.
    pub async fn recv(&mut self) -> Result<Received, Closed> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    /// What became of the units since the start point, so far.
    pub fn stats(&self) -> ReaderStats {
        self.stats
    }

    fn step(&mut self) -> Option<Received> {
        loop {
            self.settle();
            if self.place != Place::Following {
                return None;
            }
            let ring = self.ring.as_ref()?;
            if self.next == ring.head() {
                return None;
            }
            match ring.read(self.next, |entry: &Entry| (entry.unit.clone(), Arc::clone(&entry.tracks))) {
                Some((unit, tracks)) => return Some(self.hand_out(unit, tracks)),
                None => self.place = Place::Overtaken,
            }
        }
    }

    /// Moves on to the random access point that the reader needs, if it needs one and it is there.
    fn settle(&mut self) {
        let Some(ring) = &self.ring else { return };
        let found = match self.place {
            Place::Following => return,
            Place::Starting => ring.oldest_random_access(self.next),
            Place::Overtaken => ring.newest_random_access(self.next),
        };
        let Some(sequence) = found else { return };
        if self.place == Place::Overtaken {
            self.skip_to(sequence);
        }
        self.next = sequence;
        self.place = Place::Following;
    }

    fn skip_to(&mut self, sequence: u64) {
        self.skipped += sequence - self.next;
        self.stats.skipped += sequence - self.next;
        self.next = sequence;
    }

    fn hand_out(&mut self, unit: AccessUnit, tracks: Arc<TrackSet>) -> Received {
        let new_tracks = self.tracks.as_ref() != Some(&tracks);
        if new_tracks {
            self.tracks = Some(Arc::clone(&tracks));
        }
        self.next += 1;
        self.stats.received += 1;
        Received { unit, tracks, new_tracks, skipped: std::mem::take(&mut self.skipped) }
    }

    /// Counts what an overtaken reader misses of a broadcast that has no random access point left for it.
    fn count_the_end(&mut self) {
        if self.place == Place::Overtaken
            && let Some(ring) = &self.ring
        {
            self.skip_to(ring.head());
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if let Some(ring) = &self.ring {
            let readers = ring.readers.fetch_sub(1, Ordering::Relaxed) - 1;
            ring.waiters.leave(&self.waiter, readers);
        }
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader")
            .field("next", &self.next)
            .field("place", &self.place)
            .field("stats", &self.stats)
            .finish_non_exhaustive()
    }
}
