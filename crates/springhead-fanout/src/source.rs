//! Where readers come from.

use std::fmt;
use std::sync::{Arc, Weak};

use crate::Reader;
use crate::ring::Ring;
use crate::sync::Ordering;

/// Where a reader begins. A random access point here is always one of the leading track; see
/// [`Writer::publish`](crate::Writer::publish).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Start {
    /// At the newest random access point still in the ring, or else at the next one: what a player wants, which shows a
    /// picture at once and is as live as it can be.
    #[default]
    RandomAccess,
    /// At the oldest random access point still in the ring, or else at the next one: for who wants all there is, as a
    /// recording does.
    Oldest,
    /// At the next random access point to be published: for who must not see what was before.
    Next,
}

/// A handle of a broadcast from which readers are made. Cheap to clone.
///
/// It keeps neither the broadcast nor its memory alive: a ring is freed with its writer and its last reader, however many
/// sources are left.
#[derive(Clone)]
pub struct Source {
    ring: Weak<Ring>,
}

impl Source {
    pub(crate) fn new(ring: &Arc<Ring>) -> Self {
        Self { ring: Arc::downgrade(ring) }
    }

    /// A new reader. Once the broadcast is closed there is nothing to join: the reader finds it closed at once.
    pub fn reader(&self, start: Start) -> Reader {
        let open = self.ring.upgrade().filter(|ring| !ring.is_closed());
        Reader::new(open, start)
    }

    /// Whether the writer is gone.
    pub fn is_closed(&self) -> bool {
        self.ring.upgrade().is_none_or(|ring| ring.is_closed())
    }

    /// How many readers there are, those included that still drain a closed broadcast.
    pub fn readers(&self) -> usize {
        self.ring.upgrade().map_or(0, |ring| ring.readers.load(Ordering::Relaxed))
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("readers", &self.readers()).field("closed", &self.is_closed()).finish()
    }
}
