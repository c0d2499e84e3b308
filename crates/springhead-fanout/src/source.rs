//! Where readers come from.

use std::fmt;
use std::future::poll_fn;
use std::sync::{Arc, Weak};
use std::task::Poll;

use crate::ring::Ring;
use crate::{Group, Reader};

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
        Reader::new(self.open(), start)
    }

    /// A new group of readers for one task, empty at first. That of a closed broadcast stays empty.
    pub fn group(&self) -> Group {
        Group::new(self.open())
    }

    /// Asks the publisher for a random access point. Says whether nobody had asked since the last one.
    pub fn request_key(&self) -> bool {
        self.open().is_some_and(|ring| ring.key_requests.ask())
    }

    /// Waits until a reader asks for a random access point, and takes the request; for whoever has the publisher's ear, and
    /// for one task at a time. However many ask, it is one request, and none any more once a random access point is published.
    /// Cancel-safe. Never resolves for a broadcast that is closed.
    pub async fn key_requested(&self) {
        poll_fn(|cx| self.open().map_or(Poll::Pending, |ring| ring.key_requests.poll(cx))).await;
    }

    /// Whether the writer is gone.
    pub fn is_closed(&self) -> bool {
        self.open().is_none()
    }

    /// How many readers there are, those included that still drain a closed broadcast. A group counts as one more.
    pub fn readers(&self) -> usize {
        // Each reader holds the ring; so does the writer while it is there, and so does this handle now.
        self.ring.upgrade().map_or(0, |ring| {
            let writer = usize::from(!ring.is_closed());
            Arc::strong_count(&ring).saturating_sub(1 + writer)
        })
    }

    fn open(&self) -> Option<Arc<Ring>> {
        self.ring.upgrade().filter(|ring| !ring.is_closed())
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("readers", &self.readers()).field("closed", &self.is_closed()).finish()
    }
}
