//! What the writer and its readers share.
//!
//! Sequence numbers count the units published, from 0, in 64 bits: at a million units a second they last for 580 000
//! years, so nothing here handles their wrapping.
//!
//! The writer changes the shared state in this order, and only the writer does:
//!
//! 1. `oldest` and, if it goes, `newest_group` are moved off the blocks that go; then the blocks are let go,
//! 2. the unit is put into its block,
//! 3. where that is a new block, the one before is linked to it, and `oldest` and `newest_group` are moved onto it,
//! 4. `arrival` and `head` rise,
//! 5. those who sleep are woken.
//!
//! | shared | what it holds | who writes | ordering and why |
//! |---|---|---|---|
//! | a place in a block | a unit, or nothing yet | writer, once | setting releases, reading acquires: who finds a unit finds all of it |
//! | `next` of a block | the block behind it | writer, once | as above; set before `head` passes the end of its block, so whoever is to read behind it finds it |
//! | `head` | the number of units published, which is the next one's sequence | writer | `Release` after 2 and 3, `Acquire` by readers: below `head` every unit lies in its place, and is reached from a block before it |
//! | `oldest` | the first block held | writer | `arc-swap`: replacing releases, reading acquires |
//! | `newest_group` | the block that starts the newest group, if it is held | writer | as `oldest` |
//! | `newest_start` | where that block begins, plus one; 0 while there is none | writer | `Release` before `head`, `Acquire`: where a reader begins, and a hint for who is behind; the block has the last word |
//! | `arrival` | when the newest unit arrived | writer | `Relaxed` before `head`: a measure of lag, right for whoever has seen that `head` |
//! | `closed` | whether the writer is gone | writer, once | `Release` after the last `head`, `Acquire` by readers **before** they look for a unit: closed and nothing found means drained |
//! | `remains` | what a closed broadcast leaves to be read | writer, once | set before `closed` |

use std::sync::{Arc, Weak};

use springhead_core::MonoTime;

use crate::block::Block;
use crate::dormitory::Dormitory;
use crate::key::KeyRequests;
use crate::relay::Relays;
use crate::sync::{AtomicBool, AtomicU64, Once, Ordering, Pointer, fence};

pub(crate) struct Ring {
    head: AtomicU64,
    arrival: AtomicU64,
    newest_start: AtomicU64,
    oldest: Pointer<Block>,
    newest_group: Pointer<Block>,
    closed: AtomicBool,
    remains: Once<Box<[Arc<Block>]>>,
    pub(crate) dormitory: Arc<Dormitory>,
    pub(crate) key_requests: KeyRequests,
}

impl Ring {
    pub(crate) fn new(relays: &Relays) -> Self {
        Self {
            head: AtomicU64::new(0),
            arrival: AtomicU64::new(0),
            newest_start: AtomicU64::new(0),
            oldest: Pointer::empty(),
            newest_group: Pointer::empty(),
            closed: AtomicBool::new(false),
            remains: Once::empty(),
            dormitory: Arc::new(Dormitory::new(relays)),
            key_requests: KeyRequests::new(),
        }
    }

    /// The sequence of the next unit.
    pub(crate) fn head(&self) -> u64 {
        self.head.load(Ordering::Acquire)
    }

    /// When the newest unit arrived.
    pub(crate) fn arrival(&self) -> MonoTime {
        MonoTime(self.arrival.load(Ordering::Relaxed))
    }

    /// Whether the writer is gone. Ask before looking for a unit.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Where the newest group begins, if it is held from there.
    pub(crate) fn newest_start(&self) -> Option<u64> {
        self.newest_start.load(Ordering::Acquire).checked_sub(1)
    }

    /// The block that starts the newest group, if it is held; with where it begins.
    pub(crate) fn newest_group(&self) -> Option<(Weak<Block>, u64)> {
        self.newest_group.read(|block| (Arc::downgrade(block), block.first))
    }

    /// The first block held, with where it begins.
    pub(crate) fn oldest(&self) -> Option<(Weak<Block>, u64)> {
        self.oldest.read(|block| (Arc::downgrade(block), block.first))
    }

    /// A block, if it is still held.
    #[inline]
    pub(crate) fn upgrade(&self, block: &Weak<Block>) -> Option<Arc<Block>> {
        crate::sync::upgrade(block, &self.head)
    }

    /// Step 1, before the blocks are let go.
    pub(crate) fn move_oldest(&self, block: Option<&Arc<Block>>) {
        self.oldest.replace(block.cloned());
    }

    /// Step 1: the newest group goes.
    pub(crate) fn give_up_newest_group(&self) {
        self.newest_start.store(0, Ordering::Release);
        self.newest_group.replace(None);
    }

    /// Step 3, for a block that starts a group.
    pub(crate) fn move_newest_group(&self, block: &Arc<Block>) {
        self.newest_group.replace(Some(Arc::clone(block)));
        self.newest_start.store(block.first + 1, Ordering::Release);
        self.key_requests.fulfil();
    }

    /// Steps 4 and 5.
    pub(crate) fn announce(&self, head: u64, arrival: MonoTime) {
        self.arrival.store(arrival.0, Ordering::Relaxed);
        self.head.store(head, Ordering::Release);
        self.wake();
    }

    pub(crate) fn close(&self, remains: Box<[Arc<Block>]>) {
        self.remains.set(remains);
        self.closed.store(true, Ordering::Release);
        self.wake();
    }

    /// Has the writer leave word with that relay. Whoever the one before has not told the others of yet is told of anew.
    pub(crate) fn set_home(&self, relay: usize) {
        self.dormitory.set_home(relay);
        self.wake();
    }

    fn wake(&self) {
        fence(Ordering::SeqCst);
        self.dormitory.wake();
    }

    #[cfg(all(test, not(loom)))]
    pub(crate) fn asleep(&self) -> usize {
        self.dormitory.len()
    }
}
