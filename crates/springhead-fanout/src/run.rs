//! What readers get.

use std::sync::Arc;

use springhead_core::{AccessUnit, TrackSet};

use crate::block::Block;

/// One unit as a reader gets it.
#[derive(Clone, Debug)]
pub struct Received {
    /// The unit. Its payload is the writer's own, shared.
    pub unit: AccessUnit,
    /// The tracks that apply to it and to those after it, when they are the first that this reader learns, or differ from
    /// those of the unit it received before. [`Reader::tracks`](crate::Reader::tracks) has them for as long as they apply.
    pub new_tracks: Option<Arc<TrackSet>>,
    /// How many units were missed or left out immediately before this one, of all tracks together.
    pub skipped: u64,
    /// Whether this unit's track goes on here after something that its units may refer to was missed: a discontinuity. The
    /// unit is a random access point then. The first unit of a reader is none.
    pub resumed: bool,
}

/// Units that follow one another, as a reader gets them at once.
///
/// They share one look at the ring, which is what costs most of a reception. The run holds a share in up to 32 units that lie
/// together, however few of them it has: let it go before waiting for a peer, and keep clones of what is to be kept.
#[derive(Clone)]
pub struct Run {
    pub(crate) block: Arc<Block>,
    /// Where they lie in `block`: all of them are there.
    pub(crate) first: u64,
    pub(crate) end: u64,
    /// The tracks that apply to all of them, when they are new to this reader; as in [`Received`].
    pub new_tracks: Option<Arc<TrackSet>>,
    /// How many units were missed or left out immediately before the first; none is left out in between.
    pub skipped: u64,
    /// Whether the track of the first goes on here after something was missed; as in [`Received`]. No other one does.
    pub resumed: bool,
}

impl Run {
    /// The units, of which there is at least one.
    pub fn units(&self) -> impl Iterator<Item = &AccessUnit> {
        (self.first..self.end).filter_map(|sequence| self.block.unit(sequence))
    }

    /// How many units there are.
    pub fn len(&self) -> usize {
        (self.end - self.first) as usize
    }

    /// Never: a run has at least one unit.
    pub fn is_empty(&self) -> bool {
        self.first == self.end
    }

    /// The tracks that apply to all of them.
    pub fn tracks(&self) -> &Arc<TrackSet> {
        &self.block.tracks
    }

    /// The first unit by itself.
    pub(crate) fn into_first(self) -> Option<Received> {
        let Self { block, first, new_tracks, skipped, resumed, .. } = self;
        block.unit(first).map(|unit| Received { unit: unit.clone(), new_tracks, skipped, resumed })
    }
}

impl std::fmt::Debug for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Run")
            .field("units", &(self.first..self.end))
            .field("skipped", &self.skipped)
            .field("resumed", &self.resumed)
            .finish_non_exhaustive()
    }
}
