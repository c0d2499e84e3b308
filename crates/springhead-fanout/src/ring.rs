//! What the writer and its readers share.
//!
//! Sequence numbers count the units published, from 0, in 64 bits: at a million units a second they last for 580 000
//! years, so nothing here handles their wrapping. Unit `s` lives in slot `s mod slots`.
//!
//! The writer changes the shared state in this order, and only the writer does:
//!
//! 1. `floor` rises over what will go,
//! 2. the slots that go are emptied,
//! 3. the new unit's slot is replaced,
//! 4. `newest_random_access` rises if it is one,
//! 5. `head` rises,
//! 6. those who sleep are woken.
//!
//! | atomic | what it packs | who writes | ordering and why |
//! |---|---|---|---|
//! | slot | an entry with its sequence number, or nothing | writer | replacing releases, reading acquires (`arc-swap`): who sees a slot emptied or taken over sees the `floor` of step 1, so a reader that finds its unit gone also finds where the ring begins |
//! | `head` | the number of units published, which is the next one's sequence | writer | `Release` after 3 and 4, `Acquire` by readers: below `head` every slot and random access point has been written |
//! | `floor` | the oldest sequence that may still be here | writer | `Release` before 2, `Acquire` by readers: a hint where to look, since the slot itself has the last word |
//! | `newest_random_access` | the newest random access point's sequence plus one; 0 while there was none | writer | `Release`, `Acquire`: as `head`; it is in the ring unless below `floor` |
//! | `closed` | whether the writer is gone | writer, once | `Release` after the last `head`, `Acquire` by readers **before** they look for a unit: closed and nothing found means drained |
//! | `readers` | how many readers live | readers | `Relaxed`: a figure, on which no access to other memory depends |

use std::sync::Arc;

use springhead_core::{AccessUnit, TrackSet};

use crate::sync::{AtomicBool, AtomicU64, AtomicUsize, Ordering, Slot};
use crate::waiters::Waiters;

/// One unit in the ring, with what a reader must know to start at it. Immutable once published.
pub(crate) struct Entry {
    pub(crate) sequence: u64,
    pub(crate) unit: AccessUnit,
    pub(crate) tracks: Arc<TrackSet>,
    /// Whether reading can start here: a random access point of the leading track.
    pub(crate) random_access: bool,
}

pub(crate) struct Ring {
    slots: Box<[Slot<Entry>]>,
    head: AtomicU64,
    floor: AtomicU64,
    newest_random_access: AtomicU64,
    closed: AtomicBool,
    pub(crate) readers: AtomicUsize,
    pub(crate) waiters: Waiters,
}

impl Ring {
    pub(crate) fn new(slots: usize) -> Self {
        debug_assert!(slots.is_power_of_two());
        Self {
            slots: (0..slots).map(|_| Slot::empty()).collect(),
            head: AtomicU64::new(0),
            floor: AtomicU64::new(0),
            newest_random_access: AtomicU64::new(0),
            closed: AtomicBool::new(false),
            readers: AtomicUsize::new(0),
            waiters: Waiters::new(),
        }
    }

    fn slot(&self, sequence: u64) -> &Slot<Entry> {
        &self.slots[sequence as usize & (self.slots.len() - 1)]
    }

    /// Reads the entry of that sequence; none when it is gone or not here yet.
    pub(crate) fn read<R>(&self, sequence: u64, read: impl FnOnce(&Entry) -> R) -> Option<R> {
        self.slot(sequence).read(|entry| (entry.sequence == sequence).then(|| read(entry))).flatten()
    }

    /// The sequence of the next unit.
    pub(crate) fn head(&self) -> u64 {
        self.head.load(Ordering::Acquire)
    }

    /// Whether the writer is gone. Ask before looking for a unit.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// The newest random access point at or after `from`, if it is still here.
    pub(crate) fn newest_random_access(&self, from: u64) -> Option<u64> {
        let newest = self.newest_random_access.load(Ordering::Acquire).checked_sub(1)?;
        (newest >= from && newest >= self.floor.load(Ordering::Acquire)).then_some(newest)
    }

    /// The oldest random access point at or after `from` that is still here. Looks at each unit before it.
    pub(crate) fn oldest_random_access(&self, from: u64) -> Option<u64> {
        let newest = self.newest_random_access(from)?;
        let mut sequence = from.max(self.floor.load(Ordering::Acquire));
        while sequence < newest {
            match self.read(sequence, |entry| entry.random_access) {
                Some(true) => return Some(sequence),
                Some(false) => sequence += 1,
                None => sequence = (sequence + 1).max(self.floor.load(Ordering::Acquire)),
            }
        }
        Some(newest)
    }

    /// Steps 1 and 2: lets the units `from..to` go. The slot of `incoming` is left to step 3.
    pub(crate) fn evict(&self, from: u64, to: u64, incoming: u64) {
        if from == to {
            return;
        }
        self.floor.store(to, Ordering::Release);
        let replaced = incoming.checked_sub(self.slots.len() as u64);
        (from..to).filter(|sequence| Some(*sequence) != replaced).for_each(|sequence| {
            self.slot(sequence).replace(None);
        });
    }

    /// Steps 3 to 6.
    pub(crate) fn append(&self, entry: Entry) {
        let (sequence, random_access) = (entry.sequence, entry.random_access);
        self.slot(sequence).replace(Some(Arc::new(entry)));
        if random_access {
            self.newest_random_access.store(sequence + 1, Ordering::Release);
        }
        self.head.store(sequence + 1, Ordering::Release);
        self.waiters.wake_all();
    }

    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.waiters.wake_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_no_larger_than_the_memory_formula_says() {
        assert!(size_of::<Entry>() <= 160, "{}", size_of::<Entry>());
    }
}
