//! Who sleeps, and how they are woken without being lost.
//!
//! A sleeping reader has left its waker in its own [`Waiter`] and stands in the queue, at most once however often it is
//! polled. Whoever takes a waiter out of the queue must wake it.
//!
//! A wake-up cannot be lost, because of two fences:
//!
//! | reader | writer |
//! |---|---|
//! | leave the waker, stand in the queue | make the unit visible (`head`) |
//! | `fence(SeqCst)` | `fence(SeqCst)` |
//! | look once more | read the queue |
//!
//! Of the two fences one comes first in the single order of all such fences. If it is the reader's, the writer sees the
//! waiter; if it is the writer's, the reader sees the unit.
//!
//! A waiter's `queued` is exchanged, never just written, on both sides. A reader that finds it already set has therefore
//! left its waker before the exchange of the one who is about to wake it, and is woken with it.

use std::sync::Arc;
use std::task::Waker;

use crate::sync::{AtomicBool, AtomicWaker, Ordering, Queue, fence, forget_waker};

/// A reader's place to sleep.
pub(crate) struct Waiter {
    waker: AtomicWaker,
    /// Whether the queue holds this waiter. Exchanged with `AcqRel`: see the module.
    queued: AtomicBool,
}

impl Waiter {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { waker: AtomicWaker::new(), queued: AtomicBool::new(false) })
    }
}

/// All who sleep on one ring.
pub(crate) struct Waiters {
    queue: Queue<Arc<Waiter>>,
}

impl Waiters {
    /// How many waiters of readers that are gone may stand in the queue besides as many as there are readers twice over.
    /// The model checker gets none, so that it explores the sweep too.
    const SLACK: usize = if cfg!(loom) { 0 } else { 64 };

    pub(crate) fn new() -> Self {
        Self { queue: Queue::new() }
    }

    /// Makes sure that `waker` is woken by the next [`wake_all`](Self::wake_all). The caller must look once more before it
    /// sleeps.
    pub(crate) fn register(&self, waiter: &Arc<Waiter>, waker: &Waker) {
        waiter.waker.register(waker);
        if !waiter.queued.swap(true, Ordering::AcqRel) {
            self.queue.push(Arc::clone(waiter));
        }
        fence(Ordering::SeqCst);
    }

    /// Wakes all who slept when the call began. Those who go back to sleep meanwhile wait for the next call, so that fast
    /// readers cannot keep the caller here.
    pub(crate) fn wake_all(&self) {
        fence(Ordering::SeqCst);
        for _ in 0..self.queue.len() {
            let Some(waiter) = self.queue.pop() else { break };
            waiter.queued.swap(false, Ordering::AcqRel);
            waiter.waker.wake();
        }
    }

    /// Lets a reader that is gone be forgotten. Its place in the queue stays until the next unit; when a source stalls
    /// while readers come and go, such places are swept out once they outnumber the `readers` that are left, at the price
    /// of waking those in vain.
    pub(crate) fn leave(&self, waiter: &Waiter, readers: usize) {
        forget_waker(&waiter.waker);
        if self.queue.len() > 2 * readers + Self::SLACK {
            self.wake_all();
        }
    }

    #[cfg(all(test, not(loom)))]
    pub(crate) fn len(&self) -> usize {
        self.queue.len()
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
            assert!(writer.sleepers() <= super::Waiters::SLACK + 1);
        }
    }
}
