//! What was counted.

use std::time::Duration;

use springhead_core::{FrameRate, MonoTime, TrackId};

use crate::Repair;

/// Counters of one track's intake. None ever falls but those that say what waits now; each repair moves exactly one of those
/// named after it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct IntakeStats {
    /// Units that came in.
    pub received: u64,
    /// Bytes that came in.
    pub received_bytes: u64,
    /// Units that went out.
    pub emitted: u64,
    /// Random access points among them.
    pub random_access: u64,
    /// [`Repair::Oversized`].
    pub oversized: u64,
    /// [`Repair::Checksum`].
    pub checksum: u64,
    /// [`Repair::Malformed`].
    pub malformed: u64,
    /// [`Repair::Empty`].
    pub empty: u64,
    /// [`Repair::Slice`].
    pub slices: u64,
    /// [`Repair::Duplicate`].
    pub duplicate: u64,
    /// [`Repair::Late`].
    pub late: u64,
    /// [`Repair::Reordered`].
    pub reordered: u64,
    /// Sequence numbers missing: the sum over [`Repair::Lost`].
    pub lost: u64,
    /// [`Repair::SequenceReset`].
    pub sequence_resets: u64,
    /// [`Repair::BeforeRandomAccess`].
    pub before_random_access: u64,
    /// [`Repair::Backwards`].
    pub backwards: u64,
    /// [`Repair::SameTime`].
    pub same_time: u64,
    /// [`Repair::Rogue`].
    pub rogue: u64,
    /// [`Repair::CompositionOffset`].
    pub composition_offset: u64,
    /// [`Repair::Gap`].
    pub gaps: u64,
    /// [`Repair::Overlap`].
    pub overlap: u64,
    /// [`Repair::AdtsHeader`].
    pub adts_headers: u64,
    /// [`Repair::Configuration`].
    pub configuration: u64,
    /// [`Repair::NewTimeline`].
    pub new_timelines: u64,
    /// Decoder configurations that took effect after the first.
    pub new_tracks: u64,
    /// Units that wait now for one that is missing before them.
    pub waiting_units: u64,
    /// Bytes of them.
    pub waiting_bytes: u64,
    /// The most units that ever waited at once.
    pub peak_units: u64,
    /// The most bytes that ever waited at once.
    pub peak_bytes: u64,
    /// How long the units that went out had waited here, from their arrival on, in all: nanoseconds. What comes in order does
    /// not wait.
    pub waited_nanos: u64,
    /// How long the one of them that waited longest did: nanoseconds.
    pub longest_wait_nanos: u64,
    /// The frame rate whose grid the pictures are on: what the bitstream says as long as the stamps bear it out, or what
    /// the stamps themselves say.
    pub frame_rate: Option<FrameRate>,
}

impl IntakeStats {
    pub(crate) fn count(&mut self, repair: &Repair) {
        let (counter, by) = match repair {
            Repair::Oversized { .. } => (&mut self.oversized, 1),
            Repair::Checksum { .. } => (&mut self.checksum, 1),
            Repair::Malformed { .. } => (&mut self.malformed, 1),
            Repair::Empty { .. } => (&mut self.empty, 1),
            Repair::Slice { .. } => (&mut self.slices, 1),
            Repair::Duplicate { .. } => (&mut self.duplicate, 1),
            Repair::Late { .. } => (&mut self.late, 1),
            Repair::Reordered { .. } => (&mut self.reordered, 1),
            Repair::Lost { count, .. } => (&mut self.lost, *count),
            Repair::SequenceReset { .. } => (&mut self.sequence_resets, 1),
            Repair::BeforeRandomAccess { .. } => (&mut self.before_random_access, 1),
            Repair::Backwards { .. } => (&mut self.backwards, 1),
            Repair::SameTime { .. } => (&mut self.same_time, 1),
            Repair::Rogue { .. } => (&mut self.rogue, 1),
            Repair::CompositionOffset { .. } => (&mut self.composition_offset, 1),
            Repair::Gap { .. } => (&mut self.gaps, 1),
            Repair::Overlap { .. } => (&mut self.overlap, 1),
            Repair::AdtsHeader { .. } => (&mut self.adts_headers, 1),
            Repair::Configuration { .. } => (&mut self.configuration, 1),
            Repair::NewTimeline { .. } => (&mut self.new_timelines, 1),
        };
        *counter = counter.saturating_add(by);
    }

    /// So many units wait, of so many bytes.
    pub(crate) fn note_waiting(&mut self, units: usize, bytes: usize) {
        (self.waiting_units, self.waiting_bytes) = (units as u64, bytes as u64);
        self.peak_units = self.peak_units.max(self.waiting_units);
        self.peak_bytes = self.peak_bytes.max(self.waiting_bytes);
    }

    /// A unit went out that had waited for so long.
    pub(crate) fn note_wait(&mut self, nanos: u64) {
        self.waited_nanos = self.waited_nanos.saturating_add(nanos);
        self.longest_wait_nanos = self.longest_wait_nanos.max(nanos);
    }

    /// How long a unit that went out had waited, on average; none before the first.
    pub fn mean_wait(&self) -> Option<Duration> {
        self.waited_nanos.checked_div(self.emitted).map(Duration::from_nanos)
    }

    /// Units with media that went in and will not come out.
    pub fn dropped(&self) -> u64 {
        [
            self.oversized,
            self.checksum,
            self.malformed,
            self.duplicate,
            self.late,
            self.before_random_access,
            self.overlap,
        ]
        .into_iter()
        .fold(0, u64::saturating_add)
    }

    /// Units that were not dropped, but changed or explained.
    pub fn repaired(&self) -> u64 {
        [
            self.empty,
            self.slices,
            self.reordered,
            self.backwards,
            self.same_time,
            self.rogue,
            self.composition_offset,
            self.gaps,
            self.adts_headers,
        ]
        .into_iter()
        .fold(0, u64::saturating_add)
    }
}

/// An [`Intake`](crate::Intake) as it was at one instant. Two of them tell what happened in between.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct IntakeSnapshot {
    /// When.
    pub at: MonoTime,
    /// Of which track.
    pub track: TrackId,
    /// What was counted until then.
    pub stats: IntakeStats,
    /// How long the unit that waits longest for one that is missing has waited; zero when none does.
    pub oldest_wait: Duration,
}
