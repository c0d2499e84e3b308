//! What nobody can do without: to wake each task and to have it polled, with nothing given to it.

use std::future::poll_fn;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use springhead_core::AccessUnit;

use crate::layout::Threads;
use crate::rivals::{Fanout, Reader};

/// The wakers of all, called one after the other.
pub(crate) struct WakeAndPoll {
    state: Arc<State>,
    sleepers: Vec<Arc<Mutex<Option<Waker>>>>,
}

#[derive(Default)]
struct State {
    published: AtomicU64,
    at: AtomicU64,
}

pub(crate) struct Poller {
    state: Arc<State>,
    waker: Arc<Mutex<Option<Waker>>>,
    seen: u64,
}

const CLOSED: u64 = u64::MAX;

impl Fanout for WakeAndPoll {
    const NAME: &'static str = "limit: wake and poll, nothing given";
    type Reader = Poller;

    fn open(_: &Threads, _: usize) -> Self {
        Self { state: Arc::default(), sleepers: Vec::new() }
    }

    fn join(&mut self, _: usize) -> Poller {
        let waker = Arc::new(Mutex::new(None));
        self.sleepers.push(Arc::clone(&waker));
        Poller { state: Arc::clone(&self.state), waker, seen: 0 }
    }

    fn publish(&mut self, unit: AccessUnit) {
        self.state.at.store(unit.arrival.0, Ordering::Relaxed);
        self.state.published.fetch_add(1, Ordering::Release);
        self.wake();
    }
}

impl WakeAndPoll {
    fn wake(&self) {
        for sleeper in &self.sleepers {
            if let Some(waker) = &*sleeper.lock().expect("nobody panics while holding it") {
                waker.wake_by_ref();
            }
        }
    }
}

impl Drop for WakeAndPoll {
    fn drop(&mut self) {
        self.state.published.store(CLOSED, Ordering::Release);
        self.wake();
    }
}

impl Reader for Poller {
    async fn receive(&mut self, mut take: impl FnMut(u64) + Send) -> bool {
        poll_fn(|cx| {
            let published = self.state.published.load(Ordering::Acquire);
            if published != self.seen {
                self.seen = published;
                return Poll::Ready(());
            }
            let mut waker = self.waker.lock().expect("nobody panics while holding it");
            if waker.as_ref().is_none_or(|known| !known.will_wake(cx.waker())) {
                *waker = Some(cx.waker().clone());
            }
            Poll::Pending
        })
        .await;
        take(self.state.at.load(Ordering::Relaxed));
        self.seen != CLOSED
    }
}
