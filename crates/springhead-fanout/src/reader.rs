//! Those who read.

use std::fmt;
use std::future::poll_fn;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};

use springhead_core::TrackSet;
use springhead_core::lag::{LagPolicy, Verdict};

use crate::block::Block;
use crate::care::Care;
use crate::dormitory::Bed;
use crate::ring::Ring;
use crate::{Received, Run, Start};

/// Why there is no unit now.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TryRecvError {
    /// Nothing is there yet.
    #[error("no unit has been published since the last one received")]
    Empty,
    /// Nothing ever comes again.
    #[error(transparent)]
    Ended(#[from] RecvError),
}

/// Why no unit ever comes again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RecvError {
    /// The writer is gone and all that it left was read.
    #[error("the broadcast is closed")]
    Closed,
    /// The reader was too slow too often for the budget of its [`LagPolicy`]: close the connection, or join anew.
    #[error("the reader was too slow too often")]
    Evicted,
}

/// What became of the units that were published since a reader's start point.
///
/// Once the reader has drained the ring, `received + skipped` are their exact number. The start point is the random access
/// point that the reader found in the ring: as long as it has found none, nothing counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ReaderStats {
    /// Units handed out.
    pub received: u64,
    /// Units missed or left out. Those missed at the very end, after which no unit comes to report them, are counted when the
    /// reader finds the broadcast closed.
    pub skipped: u64,
    /// Of those skipped: disposable pictures left out by themselves.
    pub spared: u64,
    /// How often a track was left out up to a random access point.
    pub breaks: u64,
    /// How often the ring let units go before they were read.
    pub overtaken: u64,
}

/// A cursor in a ring.
///
/// From its [`Start`] on it gets every unit in order. If the ring lets a unit go before it was read, the reader goes on at
/// the newest random access point in the ring, or at the next one if there is none, and says exactly how many units it
/// missed. [Under a policy](Self::under) it does without some before it comes to that. It holds nothing in the ring: a reader
/// that sleeps for ever costs the writer nothing.
///
/// When the writer goes, the reader drains what is left and then finds it [closed](RecvError::Closed), again and again.
pub struct Reader {
    /// None for a reader of a broadcast that was closed before.
    ring: Option<Arc<Ring>>,
    bed: Bed,
    /// The block in which `next` lies, or will; before the start, where the search for it has got to. One that is gone says
    /// that the reader has to find its place.
    at: Weak<Block>,
    /// The first unit that is neither handed out nor counted as skipped.
    next: u64,
    /// The first unit handed out, or [`NOT_STARTED`]: nothing before it counts.
    start: u64,
    tracks: Option<Arc<TrackSet>>,
    care: Option<Box<Care>>,
}

const NOT_STARTED: u64 = u64::MAX;

impl Reader {
    pub(crate) fn new(ring: Option<Arc<Ring>>, start: Start) -> Self {
        let mut reader = Self {
            ring: None,
            bed: Bed::default(),
            at: Weak::new(),
            next: 0,
            start: NOT_STARTED,
            tracks: None,
            care: None,
        };
        if let Some(ring) = ring {
            // Read before looking: what is not there yet is then at or after this.
            reader.next = if start == Start::Oldest { 0 } else { ring.head() };
            let newest = if start == Start::RandomAccess { ring.newest_start() } else { None };
            reader.ring = Some(ring);
            match newest {
                // The block is looked for when it is needed.
                Some(first) => reader.begin(Weak::new(), first),
                None if start == Start::Oldest => reader.find_start().unwrap_or_default(),
                None => {}
            }
        }
        reader
    }

    /// Has the reader do without some units when it is too slow, as the policy says; by default it is under
    /// [`LagPolicy::archive`]. Meant for before the first unit: what was counted begins anew.
    #[must_use]
    pub fn under(mut self, policy: LagPolicy) -> Self {
        self.care = Some(Box::new(Care::new(policy)));
        self
    }

    /// Has the writer itself wake this reader, where others are woken by a [relay](crate::Relays): sooner, at the writer's
    /// cost. For the few that many depend on, such as a packager.
    #[must_use]
    pub fn woken_by_writer(mut self) -> Self {
        self.bed = Bed::by_writer();
        self
    }

    /// Has that [relay](crate::Relays) wake this reader, counted from 0: the one that runs on the reader's own thread, where
    /// threads are told apart. Otherwise each has its share of readers. Where there is no such relay the writer does it.
    #[must_use]
    pub fn woken_by(mut self, relay: usize) -> Self {
        self.bed = Bed::by_relay(relay);
        self
    }

    /// The next unit, if it is there.
    ///
    /// # Errors
    /// [`TryRecvError::Empty`]: try again once something was published. [`TryRecvError::Ended`]: stop.
    pub fn try_recv(&mut self) -> Result<Received, TryRecvError> {
        self.try_recv_run(1).map(|run| run.into_first().expect("a run has a unit"))
    }

    /// The next units that follow one another, `most` of them at most and at least one, if there are any. How many there are
    /// in one run is no sign of how many there are.
    ///
    /// # Errors
    /// As [`try_recv`](Self::try_recv).
    pub fn try_recv_run(&mut self, most: usize) -> Result<Run, TryRecvError> {
        let Some(ring) = &self.ring else { return Err(RecvError::Closed.into()) };
        // Asked before looking: what was published before the close is then seen, and nothing can come after it.
        let closed = ring.is_closed();
        match self.step(most.max(1) as u64) {
            Some(run) => Ok(run),
            None if self.care.as_ref().is_some_and(|care| care.is_evicted) => Err(RecvError::Evicted.into()),
            None if closed => {
                self.count_the_end();
                Err(RecvError::Closed.into())
            }
            None => Err(TryRecvError::Empty),
        }
    }

    /// The next unit; when there is none, the task of `cx` is woken by the next one or by the close. It may be woken in
    /// vain.
    ///
    /// Nothing is lost when the caller stops polling: a unit is either returned or still in the ring.
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Result<Received, RecvError>> {
        self.poll_recv_run(cx, 1).map_ok(|run| run.into_first().expect("a run has a unit"))
    }

    /// The next units that follow one another, as [`try_recv_run`](Self::try_recv_run) has them and
    /// [`poll_recv`](Self::poll_recv) waits for them.
    pub fn poll_recv_run(&mut self, cx: &mut Context<'_>, most: usize) -> Poll<Result<Run, RecvError>> {
        for lies_down in [false, true] {
            match self.try_recv_run(most) {
                Ok(run) => return Poll::Ready(Ok(run)),
                Err(TryRecvError::Ended(end)) => return Poll::Ready(Err(end)),
                Err(TryRecvError::Empty) if lies_down => {}
                Err(TryRecvError::Empty) => self.lie_down(cx),
            }
        }
        Poll::Pending
    }

    /// Waits for the next unit. Cancel-safe: dropping the future before it is ready loses nothing.
    ///
    /// # Errors
    /// [`RecvError`] when nothing ever comes again.
    pub async fn recv(&mut self) -> Result<Received, RecvError> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    /// Waits for the next units, `most` of them at most. Cancel-safe, as [`recv`](Self::recv).
    ///
    /// # Errors
    /// [`RecvError`] when nothing ever comes again.
    pub async fn recv_run(&mut self, most: usize) -> Result<Run, RecvError> {
        poll_fn(|cx| self.poll_recv_run(cx, most)).await
    }

    /// The tracks that apply to the unit received last; none before the first.
    pub fn tracks(&self) -> Option<&Arc<TrackSet>> {
        self.tracks.as_ref()
    }

    /// What became of the units since the start point, so far.
    pub fn stats(&self) -> ReaderStats {
        let stats = self.care.as_ref().map_or_else(ReaderStats::default, |care| care.stats);
        let passed = if self.has_started() { self.next - self.start } else { 0 };
        ReaderStats { received: passed - stats.skipped, ..stats }
    }

    /// Asks the publisher for a random access point, as who lost what it had of a picture does. Says whether nobody had asked
    /// since the last one. A reader that goes on at the next random access point asks by itself.
    pub fn request_key(&self) -> bool {
        self.ring.as_ref().is_some_and(|ring| !ring.is_closed() && ring.key_requests.ask())
    }

    fn has_started(&self) -> bool {
        self.start != NOT_STARTED
    }

    fn step(&mut self, most: u64) -> Option<Run> {
        loop {
            let ring = self.ring.as_ref()?;
            if self.next == ring.head() || self.care.as_ref().is_some_and(|care| care.is_evicted) {
                return None;
            }
            if !self.has_started() {
                self.find_start()?;
                continue;
            }
            let Some(block) = ring.upgrade(&self.at) else {
                self.find_place()?;
                continue;
            };
            if block.unit(self.next).is_none() {
                // It is below `head`, so what does not lie here lies behind.
                self.at = block.next()?.clone();
                continue;
            }
            if let Some(run) = self.take(block, most) {
                return Some(run);
            }
        }
    }

    /// Looks for the first group at or after `next`, to begin there. None when there is none yet.
    fn find_start(&mut self) -> Option<()> {
        let ring = self.ring.as_ref()?;
        loop {
            let Some(block) = ring.upgrade(&self.at) else {
                (self.at, _) = ring.oldest()?;
                continue;
            };
            if block.starts_group && block.first >= self.next {
                let first = block.first;
                self.begin(Arc::downgrade(&block), first);
                return Some(());
            }
            self.at = block.next()?.clone();
        }
    }

    /// Begins at the first unit of a block.
    fn begin(&mut self, block: Weak<Block>, first: u64) {
        (self.at, self.next, self.start) = (block, first, first);
    }

    /// Looks where `next` lies, as the block is gone in which the reader stood. Where the ring let `next` go as well, it goes on
    /// at the newest group. None when there is no group to go on at yet.
    fn find_place(&mut self) -> Option<()> {
        let ring = self.ring.as_ref()?;
        let mut begins_before = [Ring::newest_group, Ring::oldest].into_iter().filter_map(|find| find(ring));
        if let Some((at, _)) = begins_before.find(|(_, first)| *first <= self.next) {
            self.at = at;
            return Some(());
        }
        let Some((at, first)) = ring.newest_group() else {
            ring.key_requests.ask();
            return None;
        };
        if first <= self.next {
            // It came meanwhile.
            return Some(());
        }
        // One that is gone by now leaves the reader where it is: it looks again.
        if let Some(block) = ring.upgrade(&at) {
            let care = self.care.get_or_insert_with(|| Box::new(Care::new(LagPolicy::archive())));
            care.overtaken(ring, first - self.next, &block);
            (self.at, self.next) = (at, first);
        }
        Some(())
    }

    /// Takes units from `next` on, which lies in `block`; none when that one is left out.
    fn take(&mut self, block: Arc<Block>, most: u64) -> Option<Run> {
        let Self { ring: Some(ring), care, next, tracks, .. } = self else { return None };
        let first = *next;
        let unit = block.unit(first)?;
        let begins_with_care = tracks.is_none() && Care::begins_with_care(&block, unit);
        if begins_with_care {
            care.get_or_insert_with(|| Box::new(Care::new(LagPolicy::archive()))).begin(&block);
        }
        let verdict = match care {
            Some(care) => care.judge(ring, &block, first, unit),
            None => Verdict::Give,
        };
        *next += 1;
        if !verdict.is_given() {
            return None;
        }
        if let Some(care) = care.as_mut().filter(|_| begins_with_care) {
            care.enter(unit);
        }
        let is_given = |unit| care.as_ref().is_none_or(|care| care.gives_for_sure(ring, unit));
        while *next - first < most && block.unit(*next).is_some_and(is_given) {
            *next += 1;
        }
        let new_tracks =
            tracks.as_ref().is_none_or(|known| !block.has_tracks(known)).then(|| Arc::clone(&block.tracks));
        if new_tracks.is_some() {
            tracks.clone_from(&new_tracks);
        }
        let skipped = care.as_mut().map_or(0, |care| std::mem::take(&mut care.unreported));
        Some(Run { block, first, end: *next, new_tracks, skipped, resumed: verdict == Verdict::Resume })
    }

    /// Counts what an overtaken reader misses of a broadcast that has no random access point left for it.
    fn count_the_end(&mut self) {
        let Some(ring) = &self.ring else { return };
        let missed = ring.head() - self.next;
        if self.has_started() && missed > 0 {
            self.next += missed;
            self.care.get_or_insert_with(|| Box::new(Care::new(LagPolicy::archive()))).skip(missed);
        }
    }

    /// Has the task of `cx` woken by the next unit.
    fn lie_down(&mut self, cx: &Context<'_>) {
        if let Some(ring) = &self.ring {
            ring.dormitory.lie_down(&mut self.bed, cx.waker());
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.ring.iter().for_each(|ring| ring.dormitory.leave(&self.bed));
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("next", &self.next).field("stats", &self.stats()).finish_non_exhaustive()
    }
}
