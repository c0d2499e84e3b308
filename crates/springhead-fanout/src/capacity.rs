//! How much a ring holds.

use std::time::Duration;

use crate::block::Block;

/// The bounds of a ring, all three in force at once: whichever is reached first lets the oldest unit go.
///
/// The bounds are also what a late reader can start from: the group of pictures behind the newest random access point
/// is there as long as it fits. The newest unit itself is always kept, even one that is larger than
/// [`bytes`](Self::bytes); so the payload that a ring holds is at most the larger of `bytes` and its largest unit.
///
/// Units go in blocks of a few dozen, and groups of pictures as a whole: what a ring holds begins with a random access point
/// wherever it holds one, and is up to an eighth less than these bounds allow.
///
/// ```
/// use springhead_fanout::Capacity;
/// let small = Capacity { bytes: 4 << 20, ..Capacity::default() };
/// assert_eq!(small.units, 4096);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// The most access units, of all tracks together; at least 1 and at most [`Capacity::MAX_UNITS`] are taken. Default
    /// 4096: 30 s of 60 pictures and 47 units of AAC a second, with room for more tracks.
    pub units: usize,
    /// The most bytes of payload. Default 64 MiB: 17 s at 30 Mbit/s.
    pub bytes: usize,
    /// The most time between the arrival of the oldest unit and that of the newest. Default 30 s.
    pub time: Duration,
}

impl Capacity {
    /// The most units that any ring holds.
    pub const MAX_UNITS: usize = 1 << 20;
}

impl Default for Capacity {
    fn default() -> Self {
        Self { units: 4096, bytes: 64 << 20, time: Duration::from_secs(30) }
    }
}

/// What a writer compares with for each unit: the bounds of a [`Capacity`], and those of one block. Blocks go as a whole, so
/// none is more than an eighth of what may be held.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) all: Bound,
    pub(crate) block: Bound,
}

/// So much and no more, time in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bound {
    pub(crate) units: u64,
    pub(crate) bytes: usize,
    pub(crate) nanos: u64,
}

impl From<Capacity> for Bounds {
    fn from(capacity: Capacity) -> Self {
        let units = capacity.units.clamp(1, Capacity::MAX_UNITS) as u64;
        let nanos = u64::try_from(capacity.time.as_nanos()).unwrap_or(u64::MAX);
        let all = Bound { units, bytes: capacity.bytes, nanos };
        let most = Block::MOST as u64;
        Self { all, block: Bound { units: most.min(units.div_ceil(8)), bytes: capacity.bytes / 8, nanos: nanos / 8 } }
    }
}
