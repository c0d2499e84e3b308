//! Asking the publisher for a random access point.

use std::task::{Context, Poll};

use crate::sync::{AtomicBool, AtomicWaker, Ordering};

/// The wish of any number of readers for a random access point: one wish however many have it, and none any more once a
/// random access point was published. One that is had at that very moment may outlive it, and ask for one in vain; none that
/// is still wanted is lost.
pub(crate) struct KeyRequests {
    is_wanted: AtomicBool,
    publisher: AtomicWaker,
}

impl KeyRequests {
    pub(crate) fn new() -> Self {
        Self { is_wanted: AtomicBool::new(false), publisher: AtomicWaker::new() }
    }

    /// Wishes for one. Says whether nobody did before.
    pub(crate) fn ask(&self) -> bool {
        let is_first = !self.is_wanted.swap(true, Ordering::AcqRel);
        if is_first {
            self.publisher.wake();
        }
        is_first
    }

    /// One was published.
    pub(crate) fn fulfil(&self) {
        // Written only where it changes something, as it is read by many.
        if self.is_wanted.load(Ordering::Relaxed) {
            self.is_wanted.store(false, Ordering::Release);
        }
    }

    /// Takes the wish, if there is one; the task of `cx` is woken when there comes to be one.
    pub(crate) fn poll(&self, cx: &mut Context<'_>) -> Poll<()> {
        for is_registered in [false, true] {
            if self.is_wanted.swap(false, Ordering::AcqRel) {
                return Poll::Ready(());
            }
            if !is_registered {
                self.publisher.register(cx.waker());
            }
        }
        Poll::Pending
    }
}
