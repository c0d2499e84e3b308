//! The one who publishes.

use std::fmt;
use std::sync::Arc;

use springhead_core::{AccessUnit, MediaKind, TrackSet};

use crate::ring::{Entry, Ring};
use crate::{Capacity, Source};

/// A new ring. It lives, open, for as long as the [`Writer`] does.
pub fn ring(capacity: Capacity) -> Writer {
    Writer { ring: Arc::new(Ring::new(capacity.slots())), capacity, floor: 0, next: 0, bytes: 0 }
}

/// The only one who adds units to a ring, and the owner of its life.
///
/// No reader can slow it down: it never waits for one, and what the ring has no room for goes whether or not it was
/// read. Dropping it, or [`close`](Self::close), ends the broadcast for every reader once it has drained what is left.
pub struct Writer {
    ring: Arc<Ring>,
    capacity: Capacity,
    /// The oldest unit held.
    floor: u64,
    /// The sequence of the next unit.
    next: u64,
    /// The payload held, in bytes.
    bytes: usize,
}

impl Writer {
    /// Adds a unit, with the set of tracks that applies to it, and wakes those who wait.
    ///
    /// The payload is shared, not copied. A unit is where readers may start if it is a random access point of the
    /// leading track of `tracks`: the first of video, or the first of audio when there is no video.
    ///
    /// Time is constant, amortised over the units that must go to keep to the [`Capacity`], plus one wake for each reader
    /// that sleeps.
    pub fn publish(&mut self, unit: AccessUnit, tracks: &Arc<TrackSet>) {
        let leading = tracks.first(MediaKind::Video).or_else(|| tracks.first(MediaKind::Audio));
        let random_access = unit.is_random_access() && leading.is_some_and(|track| track.id == unit.track);
        let sequence = self.next;
        self.make_room(&unit, sequence);
        self.bytes = self.bytes.saturating_add(unit.payload.len());
        self.next += 1;
        self.ring.append(Entry { sequence, unit, tracks: Arc::clone(tracks), random_access });
    }

    /// Lets the oldest units go until `incoming` fits into all three bounds.
    fn make_room(&mut self, incoming: &AccessUnit, sequence: u64) {
        let units = self.capacity.clamped_units() as u64;
        let room = self.capacity.bytes.saturating_sub(incoming.payload.len());
        let old_floor = self.floor;
        while self.floor < sequence {
            let (bytes, age) = self
                .ring
                .read(self.floor, |oldest| {
                    (oldest.unit.payload.len(), incoming.arrival.saturating_since(oldest.unit.arrival))
                })
                .expect("the writer alone empties slots, so every unit from its floor on is there");
            if sequence - self.floor < units && self.bytes <= room && age <= self.capacity.time {
                break;
            }
            self.bytes -= bytes;
            self.floor += 1;
        }
        self.ring.evict(old_floor, self.floor, sequence);
    }

    /// A handle from which readers are made.
    pub fn source(&self) -> Source {
        Source::new(&self.ring)
    }

    /// How many units were published.
    pub fn published(&self) -> u64 {
        self.next
    }

    /// How many units the ring holds now.
    pub fn held(&self) -> u64 {
        self.next - self.floor
    }

    /// How many bytes of payload the ring holds now.
    pub fn held_bytes(&self) -> usize {
        self.bytes
    }

    #[cfg(all(test, not(loom)))]
    pub(crate) fn sleepers(&self) -> usize {
        self.ring.waiters.len()
    }

    /// Ends the broadcast; the same as dropping the writer.
    pub fn close(self) {}
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.ring.close();
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("published", &self.next)
            .field("held", &self.held())
            .field("held_bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}
