//! The shared memory that the algorithm runs on: the real one, or that of the model checker under `cfg(loom)`.
//!
//! Nothing else in the crate names an atomic, a slot or a queue, so what loom explores is the code that ships. The two
//! library types are replaced by models that give no stronger order than the originals where the algorithm depends on
//! it: [`Slot`] is acquire on reading and release on replacing, and [`Queue::len`] is a read that takes no lock.

#[cfg(not(loom))]
pub(crate) use real::*;

#[cfg(loom)]
pub(crate) use model::*;

#[cfg(not(loom))]
mod real {
    use std::sync::Arc;

    use arc_swap::ArcSwapOption;
    pub(crate) use atomic_waker::AtomicWaker;
    pub(crate) use crossbeam_queue::SegQueue as Queue;
    pub(crate) use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering, fence};

    /// A place for one shared value that is replaced as a whole while others read it.
    pub(crate) struct Slot<T>(ArcSwapOption<T>);

    impl<T> Slot<T> {
        pub(crate) fn empty() -> Self {
            Self(ArcSwapOption::const_empty())
        }

        /// Reads the value without touching its reference count.
        pub(crate) fn read<R>(&self, read: impl FnOnce(&T) -> R) -> Option<R> {
            self.0.load().as_deref().map(read)
        }

        pub(crate) fn replace(&self, value: Option<Arc<T>>) {
            self.0.store(value);
        }
    }

    pub(crate) fn forget_waker(waker: &AtomicWaker) {
        drop(waker.take());
    }
}

#[cfg(loom)]
mod model {
    use std::collections::VecDeque;
    use std::sync::Arc;

    use loom::sync::Mutex;
    pub(crate) use loom::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering, fence};

    pub(crate) struct Slot<T>(Mutex<Option<Arc<T>>>);

    impl<T> Slot<T> {
        pub(crate) fn empty() -> Self {
            Self(Mutex::new(None))
        }

        pub(crate) fn read<R>(&self, read: impl FnOnce(&T) -> R) -> Option<R> {
            let value = self.0.lock().unwrap().clone();
            value.as_deref().map(read)
        }

        pub(crate) fn replace(&self, value: Option<Arc<T>>) {
            *self.0.lock().unwrap() = value;
        }
    }

    /// An unbounded queue whose length can be read without synchronising with those who push.
    pub(crate) struct Queue<T> {
        items: Mutex<VecDeque<T>>,
        len: AtomicUsize,
    }

    impl<T> Queue<T> {
        pub(crate) fn new() -> Self {
            Self { items: Mutex::new(VecDeque::new()), len: AtomicUsize::new(0) }
        }

        pub(crate) fn push(&self, item: T) {
            let mut items = self.items.lock().unwrap();
            items.push_back(item);
            self.len.fetch_add(1, Ordering::Release);
        }

        pub(crate) fn pop(&self) -> Option<T> {
            let mut items = self.items.lock().unwrap();
            let item = items.pop_front()?;
            self.len.fetch_sub(1, Ordering::Release);
            Some(item)
        }

        pub(crate) fn len(&self) -> usize {
            self.len.load(Ordering::Acquire)
        }
    }

    #[derive(Default)]
    pub(crate) struct AtomicWaker(loom::future::AtomicWaker);

    impl AtomicWaker {
        pub(crate) fn new() -> Self {
            Self(loom::future::AtomicWaker::new())
        }

        pub(crate) fn register(&self, waker: &std::task::Waker) {
            self.0.register_by_ref(waker);
        }

        pub(crate) fn wake(&self) {
            self.0.wake();
        }
    }

    pub(crate) fn forget_waker(waker: &AtomicWaker) {
        drop(waker.0.take_waker());
    }
}
