//! The shared memory that the algorithm runs on: the real one, or that of the model checker under `cfg(loom)`.
//!
//! Nothing else in the crate names an atomic, a shared pointer that changes, or a queue, so what loom explores is the code
//! that ships. The library types are replaced by models that give no stronger order than the originals where the algorithm
//! depends on it: [`Once`] is release on setting and acquire on reading, [`Pointer`] release on replacing and acquire on
//! reading, and [`Queue::len`] is a read that takes no lock.

#[cfg(not(loom))]
pub(crate) use real::*;

#[cfg(loom)]
pub(crate) use model::*;

#[cfg(not(loom))]
mod real {
    use std::sync::{Arc, OnceLock, Weak};
    use std::task::Waker;

    use arc_swap::ArcSwapOption;
    pub(crate) use atomic_waker::AtomicWaker;
    pub(crate) use crossbeam_queue::SegQueue as Queue;
    pub(crate) use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering, fence};

    /// A place for one value that is put there once, by one thread, while others read.
    pub(crate) struct Once<T>(OnceLock<T>);

    impl<T> Once<T> {
        pub(crate) const fn empty() -> Self {
            Self(OnceLock::new())
        }

        /// Puts the value there. A second one is dropped.
        pub(crate) fn set(&self, value: T) {
            let _ = self.0.set(value);
        }

        pub(crate) fn get(&self) -> Option<&T> {
            self.0.get()
        }
    }

    /// A place for one shared value that is replaced as a whole while others read it.
    pub(crate) struct Pointer<T>(ArcSwapOption<T>);

    impl<T> Pointer<T> {
        pub(crate) const fn empty() -> Self {
            Self(ArcSwapOption::const_empty())
        }

        /// Reads the value without touching its reference count.
        pub(crate) fn read<R>(&self, read: impl FnOnce(&Arc<T>) -> R) -> Option<R> {
            self.0.load().as_ref().map(read)
        }

        pub(crate) fn replace(&self, value: Option<Arc<T>>) {
            self.0.store(value);
        }
    }

    /// Whether two wakers wake the same task. When it cannot be told they do not.
    pub(crate) fn wake_the_same(one: &Waker, other: &Waker) -> bool {
        one.will_wake(other)
    }

    /// Takes part in what a weak reference points to, if it is still there.
    #[inline]
    pub(crate) fn upgrade<T>(weak: &Weak<T>, _switch: &AtomicU64) -> Option<Arc<T>> {
        weak.upgrade()
    }
}

#[cfg(loom)]
mod model {
    use std::collections::VecDeque;
    use std::sync::{Arc, OnceLock, Weak};
    use std::task::Waker;

    use loom::sync::Mutex;
    pub(crate) use loom::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering, fence};

    /// The value is there for who has seen the flag. `value` alone would be there for everyone at once; `is_written` stands
    /// for it, as who sees the flag but not what was written before it shows.
    pub(crate) struct Once<T> {
        value: OnceLock<T>,
        is_written: AtomicBool,
        is_set: AtomicBool,
    }

    impl<T> Once<T> {
        pub(crate) fn empty() -> Self {
            Self { value: OnceLock::new(), is_written: AtomicBool::new(false), is_set: AtomicBool::new(false) }
        }

        pub(crate) fn set(&self, value: T) {
            let _ = self.value.set(value);
            self.is_written.store(true, Ordering::Relaxed);
            self.is_set.store(true, Ordering::Release);
        }

        pub(crate) fn get(&self) -> Option<&T> {
            let is_set = self.is_set.load(Ordering::Acquire);
            is_set.then(|| {
                assert!(self.is_written.load(Ordering::Relaxed), "the flag is seen before the value");
                self.value.get().expect("the flag is raised after the value")
            })
        }
    }

    pub(crate) struct Pointer<T>(Mutex<Option<Arc<T>>>);

    impl<T> Pointer<T> {
        pub(crate) fn empty() -> Self {
            Self(Mutex::new(None))
        }

        pub(crate) fn read<R>(&self, read: impl FnOnce(&Arc<T>) -> R) -> Option<R> {
            let value = self.0.lock().unwrap().clone();
            value.as_ref().map(read)
        }

        pub(crate) fn replace(&self, value: Option<Arc<T>>) {
            let before = std::mem::replace(&mut *self.0.lock().unwrap(), value);
            drop(before);
        }
    }

    /// A waker of the checker's has several tables of functions, as many as there are copies of its code.
    pub(crate) fn wake_the_same(one: &Waker, other: &Waker) -> bool {
        one.data() == other.data()
    }

    /// Reads an atomic first, so that others may run in between.
    pub(crate) fn upgrade<T>(weak: &Weak<T>, switch: &AtomicU64) -> Option<Arc<T>> {
        switch.load(Ordering::Relaxed);
        weak.upgrade()
    }

    /// An unbounded queue. Neither its length nor that it is empty is read in step with those who push.
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
            if self.is_empty() {
                return None;
            }
            let mut items = self.items.lock().unwrap();
            let item = items.pop_front()?;
            self.len.fetch_sub(1, Ordering::Release);
            Some(item)
        }

        pub(crate) fn len(&self) -> usize {
            self.len.load(Ordering::Acquire)
        }

        pub(crate) fn is_empty(&self) -> bool {
            self.len() == 0
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
}
