//! Where units lie: a chain of blocks.
//!
//! A block is an array of places that are filled one after the other and never change again, so a reader needs nothing but
//! an acquiring load to read one. It has one set of tracks, and where it [starts a group](Block::starts_group) its first
//! unit is a random access point of the leading track; no other unit of it is one. Each block knows the next one weakly:
//! whoever stands in the chain keeps nothing of it alive, and finds a block that the writer let go gone.

use std::sync::{Arc, Weak};

use springhead_core::{AccessUnit, MediaKind, TrackId, TrackSet};

use crate::sync::Once;

pub(crate) struct Block {
    /// The sequence number of the first unit.
    pub(crate) first: u64,
    /// The tracks that apply to every unit here.
    pub(crate) tracks: Arc<TrackSet>,
    /// Whether reading can start at the first unit.
    pub(crate) starts_group: bool,
    units: Box<[Once<AccessUnit>]>,
    /// Set once no unit comes here any more: what follows begins where this block ends.
    next: Once<Weak<Block>>,
}

impl Block {
    /// The most units of a block: as many as the chain may hold longer than its bounds ask for because the newest reader
    /// still reads them, and as a batch may have.
    pub(crate) const MOST: usize = 32;

    pub(crate) fn new(first: u64, tracks: Arc<TrackSet>, starts_group: bool, capacity: usize) -> Self {
        let units = (0..capacity).map(|_| Once::empty()).collect();
        Self { first, tracks, starts_group, units, next: Once::empty() }
    }

    /// How many units have room here.
    pub(crate) fn capacity(&self) -> usize {
        self.units.len()
    }

    /// The unit of that sequence number, if it lies here already.
    pub(crate) fn unit(&self, sequence: u64) -> Option<&AccessUnit> {
        self.units.get(usize::try_from(sequence.checked_sub(self.first)?).ok()?)?.get()
    }

    /// Puts the unit of that sequence number in its place; for the writer alone.
    pub(crate) fn put(&self, sequence: u64, unit: AccessUnit) {
        self.units[(sequence - self.first) as usize].set(unit);
    }

    /// The block behind this one, once this one is full.
    pub(crate) fn next(&self) -> Option<&Weak<Block>> {
        self.next.get()
    }

    /// Says what comes behind; for the writer alone.
    pub(crate) fn link(&self, next: &Arc<Block>) {
        self.next.set(Arc::downgrade(next));
    }

    /// Whether the units here have these tracks.
    pub(crate) fn has_tracks(&self, tracks: &Arc<TrackSet>) -> bool {
        Arc::ptr_eq(&self.tracks, tracks) || self.tracks == *tracks
    }

    /// Whether units of that track may be left out for a reader that is behind: pictures, and sound where there is no
    /// picture.
    pub(crate) fn is_thinned(&self, track: TrackId) -> bool {
        let leading = self.tracks.leading().map_or(MediaKind::Video, |leading| leading.kind());
        self.tracks.track(track).is_some_and(|track| track.kind() == leading)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::Reader;
    use crate::care::Care;
    use crate::sleepers::Sleeper;

    /// docs/memory.md and the crate's front page have these figures.
    #[test]
    fn everything_is_as_large_as_the_memory_formula_says() {
        /// What an `Arc` adds.
        const COUNTS: usize = 2 * size_of::<usize>();
        assert!(size_of::<Once<AccessUnit>>() <= 88);
        assert!(size_of::<Block>() + COUNTS <= 72);
        assert!(size_of::<Sleeper>() + COUNTS <= 40);
        assert!(size_of::<Care>() <= 192);
        assert!(size_of::<Reader>() <= 64);
    }
}
