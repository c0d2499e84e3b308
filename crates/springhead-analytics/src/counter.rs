//! Numbers that only rise.

use std::sync::atomic::{AtomicU64, Ordering};

/// A count that many add to and anyone reads, without a lock. It never falls; at 2^64 it would wrap.
///
/// Each access is `Relaxed`: a counter orders no other memory.
///
/// ```
/// let dropped = springhead_analytics::Counter::new();
/// dropped.increment();
/// dropped.add(2);
/// assert_eq!(dropped.value(), 3);
/// ```
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// A count of nothing.
    pub const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Adds `n`.
    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    /// Adds one.
    pub fn increment(&self) {
        self.add(1);
    }

    /// The count so far.
    pub fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_several_threads_add_is_all_there() {
        let counter = Counter::new();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..1000).for_each(|_| counter.increment()));
            }
        });
        assert_eq!(counter.value(), 4000);
    }
}
