//! The one who publishes.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use springhead_core::{AccessUnit, MonoTime, TrackId, TrackSet};

use crate::block::Block;
use crate::capacity::{Bound, Bounds};
use crate::ring::Ring;
use crate::{Capacity, Relays, Source};

/// A new ring whose writer wakes its readers itself. It lives, open, for as long as the [`Writer`] does.
pub fn ring(capacity: Capacity) -> Writer {
    ring_with(capacity, &Relays::none())
}

/// A new ring whose readers are woken by `relays`, except for those that [ask](crate::Reader::woken_by_writer) not to be.
pub fn ring_with(capacity: Capacity, relays: &Relays) -> Writer {
    let ring = Arc::new(Ring::new(relays));
    Writer {
        ring,
        bounds: capacity.into(),
        held: VecDeque::new(),
        published: 0,
        bytes: 0,
        group: Block::MOST,
        newest_group: None,
        groups_given_up: 0,
    }
}

/// The only one who adds units to a ring, and the owner of its life.
///
/// No reader can slow it down: it never waits for one, and what the ring has no room for goes whether or not it was
/// read. Dropping it, or [`close`](Self::close), ends the broadcast for every reader once it has drained what is left.
pub struct Writer {
    ring: Arc<Ring>,
    bounds: Bounds,
    held: VecDeque<Held>,
    /// The sequence of the next unit.
    published: u64,
    /// The payload held, in bytes.
    bytes: usize,
    /// How many units came since the last random access point to start at.
    group: usize,
    /// Where the newest group begins that is held from its beginning.
    newest_group: Option<u64>,
    groups_given_up: u64,
}

/// A block that is held, with what is measured of it.
struct Held {
    block: Arc<Block>,
    units: usize,
    bytes: usize,
    /// When its first unit arrived.
    arrival: MonoTime,
    /// The track at whose random access points reading begins.
    leading: Option<TrackId>,
}

impl Writer {
    /// Adds a unit, with the set of tracks that applies to it, and has those woken who wait.
    ///
    /// The payload is shared, not copied. A unit is where readers may start if it is a random access point of the
    /// [leading](TrackSet::leading) track of `tracks`: the first of video, or the first of audio when there is no video.
    ///
    /// Time is constant, amortised over the units that must go to keep to the [`Capacity`]: besides the unit itself, one
    /// word to each relay that somebody waits on. Where there is no relay, one wake for each reader that sleeps.
    pub fn publish(&mut self, unit: AccessUnit, tracks: &Arc<TrackSet>) {
        let (sequence, arrival, bytes) = (self.published, unit.arrival, unit.payload.len());
        let same = self.held.back().filter(|tail| tail.block.has_tracks(tracks));
        let leading = match same {
            Some(tail) => tail.leading,
            None => tracks.leading().map(|track| track.id),
        };
        let starts_group = unit.is_random_access() && leading == Some(unit.track);
        let fits = !starts_group && same.is_some_and(|tail| self.fits(tail, bytes, arrival));
        let before = self.held.back().filter(|_| !fits).map(|tail| Arc::clone(&tail.block));
        let had_group = self.newest_group.is_some();
        self.make_room(bytes, arrival, !fits);
        self.groups_given_up += u64::from(had_group && self.newest_group.is_none() && !starts_group);
        match self.held.back_mut().filter(|_| fits) {
            Some(tail) => {
                tail.block.put(sequence, unit);
                tail.units += 1;
                tail.bytes += bytes;
            }
            None => self.begin_block(before, unit, tracks, leading, starts_group),
        }
        self.group = if starts_group { 1 } else { self.group + 1 };
        self.bytes += bytes;
        self.published += 1;
        self.ring.announce(self.published, arrival);
    }

    /// Whether a unit goes into a block that is begun.
    fn fits(&self, tail: &Held, bytes: usize, arrival: MonoTime) -> bool {
        tail.units < tail.block.capacity()
            && tail.bytes.saturating_add(bytes) <= self.bounds.block.bytes
            && arrival.0.saturating_sub(tail.arrival.0) <= self.bounds.block.nanos
    }

    /// Begins a block behind `before`, which is linked to it even if it was let go just now: who still holds it goes on from it.
    fn begin_block(
        &mut self,
        before: Option<Arc<Block>>,
        unit: AccessUnit,
        tracks: &Arc<TrackSet>,
        leading: Option<TrackId>,
        starts_group: bool,
    ) {
        let first = self.published;
        let most = self.bounds.block.units as usize;
        // As a rule a group is as long as the one before, and a block needs no more room than that.
        let capacity = if starts_group { self.group.max(1).next_power_of_two().min(most) } else { most };
        let block = Arc::new(Block::new(first, Arc::clone(tracks), starts_group, capacity));
        let (bytes, arrival) = (unit.payload.len(), unit.arrival);
        block.put(first, unit);
        before.iter().for_each(|before| before.link(&block));
        if self.held.is_empty() {
            self.ring.move_oldest(Some(&block));
        }
        if starts_group {
            self.newest_group = Some(first);
            self.ring.move_newest_group(&block);
        }
        self.held.push_back(Held { block, units: 1, bytes, arrival, leading });
    }

    /// Lets the oldest blocks go until a unit of `bytes` that arrives now fits into all three bounds. Where nothing has to go,
    /// one block does of a group that lost its beginning: groups go whole, but not all at once, so that no unit takes long.
    fn make_room(&mut self, bytes: usize, arrival: MonoTime, begins_block: bool) {
        let Bound { units, bytes: most_bytes, nanos } = self.bounds.all;
        let room = most_bytes.saturating_sub(bytes);
        let most = self.held.len() - usize::from(!begins_block && !self.held.is_empty());
        let mut left = self.bytes;
        let is_over = |held: &&Held| {
            let goes = self.published - held.block.first >= units
                || left > room
                || arrival.0.saturating_sub(held.arrival.0) > nanos;
            left -= if goes { held.bytes } else { 0 };
            goes
        };
        let goes = self.held.iter().take(most).take_while(is_over).count();
        let is_rest =
            |front: &Held| !front.block.starts_group && self.newest_group.is_some_and(|at| front.block.first < at);
        let goes = goes.max(usize::from(most > 0 && self.held.front().is_some_and(is_rest)));
        if goes > 0 {
            self.let_go(goes);
        }
    }

    /// Lets the oldest `count` blocks go.
    fn let_go(&mut self, count: usize) {
        self.ring.move_oldest(self.held.get(count).map(|held| &held.block));
        let end = self.held.get(count).map_or(self.published, |held| held.block.first);
        if self.newest_group.is_some_and(|at| at < end) {
            self.newest_group = None;
            self.ring.give_up_newest_group();
        }
        self.bytes -= self.held.drain(..count).map(|held| held.bytes).sum::<usize>();
    }

    /// Leaves word with that [relay](Relays), counted from 0: the one that runs on the writer's own thread, where threads are
    /// told apart. It costs less to tell than another, and tells the others.
    #[must_use]
    pub fn beside_relay(self, relay: usize) -> Self {
        self.ring.set_home(relay);
        self
    }

    /// A handle from which readers are made.
    pub fn source(&self) -> Source {
        Source::new(&self.ring)
    }

    /// How many units were published.
    pub fn published(&self) -> u64 {
        self.published
    }

    /// How many units the ring holds now.
    pub fn held(&self) -> u64 {
        self.held.front().map_or(0, |oldest| self.published - oldest.block.first)
    }

    /// How many bytes of payload the ring holds now.
    pub fn held_bytes(&self) -> usize {
        self.bytes
    }

    /// How often the newest group of pictures had outgrown the [`Capacity`], so that its beginning had to go and nobody can
    /// start before the next random access point. A larger capacity, or key pictures more often, mends that.
    pub fn groups_given_up(&self) -> u64 {
        self.groups_given_up
    }

    #[cfg(all(test, not(loom)))]
    pub(crate) fn sleepers(&self) -> usize {
        self.ring.asleep()
    }

    /// Ends the broadcast; the same as dropping the writer.
    pub fn close(self) {}
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.ring.close(self.held.drain(..).map(|held| held.block).collect());
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer")
            .field("published", &self.published)
            .field("held", &self.held())
            .field("held_bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}
