//! Who sleeps, and how they are woken without being lost.
//!
//! A sleeping reader stands in a queue with its waker, at most once however often it is polled. Whoever takes it out of the
//! queue must wake it.
//!
//! A wake-up cannot be lost, because of two fences:
//!
//! | reader | writer |
//! |---|---|
//! | stand in the queue | make the unit visible (`head`) |
//! | `fence(SeqCst)` | `fence(SeqCst)` |
//! | look once more | look whether the queue is empty |
//!
//! Of the two fences one comes first in the single order of all such fences. If it is the reader's, the writer sees the
//! sleeper; if it is the writer's, the reader sees the unit. A relay that empties the queue in the writer's place has
//! exchanged its flag after the writer's fence, and so sees whom the writer saw.
//!
//! A [`Sleeper`] has one waker for good, so that nothing but `queued` is shared between the one who sleeps and the one who
//! wakes. A reader that is polled by another task gets another sleeper. `queued` is cleared **before** the wake: who finds it
//! still set is woken after that. Who wakes exchanges it and does not just write it, so as to see what whoever set it had seen.

use std::sync::Arc;
use std::task::Waker;

use crate::sync::{AtomicBool, AtomicUsize, Ordering, Queue, fence, wake_the_same};

/// A reader, or a group of them, in its sleep.
pub(crate) struct Sleeper {
    waker: Waker,
    /// Whether the queue holds it.
    queued: AtomicBool,
}

impl Sleeper {
    /// Somebody who is woken by `waker`.
    pub(crate) fn new(waker: &Waker) -> Arc<Self> {
        Arc::new(Self { waker: waker.clone(), queued: AtomicBool::new(false) })
    }

    /// Whether waking it wakes the same task as `waker`.
    pub(crate) fn is_woken_by(&self, waker: &Waker) -> bool {
        wake_the_same(&self.waker, waker)
    }
}

/// All who sleep on one ring and are woken by the same.
pub(crate) struct Sleepers {
    queue: Queue<Arc<Sleeper>>,
    /// How many places in the queue belong to nobody any more, at most.
    gone: AtomicUsize,
}

impl Sleepers {
    /// How many of those gone may stand in the queue besides as many as there are left. The model checker gets none, so that
    /// it explores the sweep too.
    const SLACK: usize = if cfg!(loom) { 0 } else { 64 };

    pub(crate) fn new() -> Self {
        Self { queue: Queue::new(), gone: AtomicUsize::new(0) }
    }

    /// Makes sure that `sleeper` is woken by the next unit. The caller must look once more before it sleeps.
    pub(crate) fn lie_down(&self, sleeper: &Arc<Sleeper>) {
        if !sleeper.queued.swap(true, Ordering::AcqRel) {
            self.queue.push(Arc::clone(sleeper));
        }
        fence(Ordering::SeqCst);
    }

    /// `sleeper` never sleeps again. Its place in the queue stays until the next unit; when a source stalls while readers
    /// come and go, such places are swept out once they are most of the queue, at the price of waking the others in vain.
    pub(crate) fn leave(&self, sleeper: &Sleeper) {
        if !sleeper.queued.load(Ordering::Acquire) {
            return;
        }
        let gone = self.gone.fetch_add(1, Ordering::Relaxed) + 1;
        if gone > self.len() / 2 + Self::SLACK {
            self.wake_all();
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.queue.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Wakes all who slept when the call began. Those who go back to sleep meanwhile wait for the next call, so that fast
    /// readers cannot keep the caller here.
    pub(crate) fn wake_all(&self) {
        self.wake(self.len());
    }

    /// Wakes the first `most`.
    pub(crate) fn wake(&self, most: usize) {
        if self.gone.load(Ordering::Relaxed) != 0 {
            self.gone.store(0, Ordering::Relaxed);
        }
        for _ in 0..most {
            let Some(sleeper) = self.queue.pop() else { break };
            sleeper.queued.swap(false, Ordering::AcqRel);
            sleeper.waker.wake_by_ref();
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::task::{Context, Waker};

    use crate::{Capacity, Start, ring};

    #[test]
    fn readers_that_come_and_go_while_the_source_stalls_leave_no_more_than_the_slack() {
        let writer = ring(Capacity::default());
        let mut cx = Context::from_waker(Waker::noop());
        for _ in 0..10_000 {
            assert!(writer.source().reader(Start::Next).poll_recv(&mut cx).is_pending());
            assert!(writer.sleepers() <= 2 * super::Sleepers::SLACK + 2);
        }
    }
}
