//! How much a ring holds.

use std::time::Duration;

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

    pub(crate) fn clamped_units(&self) -> usize {
        self.units.clamp(1, Self::MAX_UNITS)
    }
}

impl Default for Capacity {
    fn default() -> Self {
        Self { units: 4096, bytes: 64 << 20, time: Duration::from_secs(30) }
    }
}
