//! What was wrong with the input, and what was done about it.

use springhead_codec::sound::SoundError;
use springhead_codec::video::VideoError;
use springhead_core::{Ticks, Timestamp};

use crate::Checksum;

/// Where in a track's input something happened.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Place {
    /// Which unit of the input, counted from 0 in order of arrival.
    pub unit: u64,
    /// Its decode time as stamped, in ticks of the source clock.
    pub dts: u64,
    /// Its sequence number, if it has one.
    pub sequence: Option<u64>,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "unit {} at source time {}", self.unit, self.dts)?;
        if let Some(sequence) = self.sequence {
            write!(f, ", sequence {sequence}")?;
        }
        Ok(())
    }
}

/// One repair. Each is counted in [`IntakeStats`](crate::IntakeStats) too; none ends a track.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Repair {
    /// The payload is longer than [`Limits::unit_bytes`](springhead_core::Limits::unit_bytes), or that of a unit of sound than
    /// [`Limits::audio_unit_bytes`](springhead_core::Limits::audio_unit_bytes). The unit was dropped; its sequence number
    /// counts as missing.
    Oversized {
        /// The unit.
        at: Place,
        /// Its bytes.
        bytes: usize,
        /// How many it may have.
        limit: usize,
    },
    /// The payload does not sum up to its checksum. The unit was dropped; its sequence number counts as missing, so that a
    /// second copy can take its place.
    Checksum {
        /// The unit.
        at: Place,
        /// What was said.
        stated: Checksum,
        /// What was received sums up to.
        computed: Checksum,
    },
    /// The unit cannot be read. It was dropped (N-31).
    Malformed {
        /// The unit.
        at: Place,
        /// What is wrong with it.
        fault: Fault,
    },
    /// There is no coded picture or sound in it. Nothing was emitted; its time falls to the unit before, and messages that
    /// it holds go with the next picture (N-33).
    Empty {
        /// The unit.
        at: Place,
    },
    /// It carries on the picture of the unit before, as from a source that sends each slice by itself. They were put together
    /// (N-34).
    Slice {
        /// The unit.
        at: Place,
    },
    /// The same sequence number came twice, while the first still waited or after it was given out. The second was dropped.
    Duplicate {
        /// The second.
        at: Place,
    },
    /// It came after it was given up as missing, or is from before the first unit. It was dropped.
    Late {
        /// The unit.
        at: Place,
    },
    /// It came before one that belongs before it, and was put behind it.
    Reordered {
        /// The unit that came too late, but in time.
        at: Place,
    },
    /// Sequence numbers are missing before this unit; it says so with
    /// [`GAP_BEFORE`](springhead_core::UnitFlags::GAP_BEFORE).
    Lost {
        /// The unit after the hole.
        at: Place,
        /// How many are missing.
        count: u64,
    },
    /// The sequence numbers start anew: the number is nowhere near the one expected.
    SequenceReset {
        /// The first unit with a new number.
        at: Place,
    },
    /// No random access point was seen yet, or one whose leading pictures refer to what was before it, and this is one of
    /// them. The unit was dropped (N-09, N-28).
    BeforeRandomAccess {
        /// The unit.
        at: Place,
    },
    /// The decode time went back a little. It was put one tick after the unit before (N-03).
    Backwards {
        /// The unit.
        at: Place,
        /// How far it went back, in ticks of the source clock.
        by: Ticks,
    },
    /// The decode time is that of the unit before. It was put one tick later (N-07).
    SameTime {
        /// The unit.
        at: Place,
    },
    /// The decode time is far from those before and after. The unit was given a time between them (N-05).
    Rogue {
        /// The unit.
        at: Place,
    },
    /// It is to be presented before it is decoded, or absurdly far from it. It is presented when it is decoded (N-06).
    CompositionOffset {
        /// The unit.
        at: Place,
    },
    /// Time is missing before this unit of a steady track; it says so with
    /// [`GAP_BEFORE`](springhead_core::UnitFlags::GAP_BEFORE).
    Gap {
        /// The unit after the hole.
        at: Place,
        /// From the expected decode time to the real one, in ticks of the track.
        missing: Ticks,
    },
    /// The count of audio samples runs ahead of the stamps by more than a unit. This one was dropped, so that they meet
    /// again (N-25).
    Overlap {
        /// The unit.
        at: Place,
    },
    /// An ADTS header was taken off (N-30).
    AdtsHeader {
        /// The unit.
        at: Place,
    },
    /// A decoder configuration cannot be used. The one before stays.
    Configuration {
        /// The unit that brought it, or the one before it when it came out of band.
        at: Place,
        /// What is wrong with it.
        fault: Fault,
    },
    /// Three units in a row agree on a time that is far from the one before: timestamps start anew (N-04).
    NewTimeline {
        /// The first of them.
        at: Place,
        /// The last decode time before, in ticks of the track.
        after: Option<Timestamp>,
    },
}

/// What is wrong with a unit's bytes.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// Not an access unit of pictures, or no configuration of them.
    #[error(transparent)]
    Video(#[from] VideoError),
    /// Not a unit of sound.
    #[error(transparent)]
    Sound(#[from] SoundError),
    /// An ADTS frame of several raw data blocks, which only a decoder can part.
    #[error("an ADTS frame of {0} raw data blocks")]
    AdtsBlocks(u8),
    /// A slice of a picture that was given out already, or is as long as a unit may be.
    #[error("a slice that comes apart from its picture")]
    Slice,
    /// A configuration for another codec than the track's.
    #[error("a configuration for another codec")]
    OtherCodec,
}

impl Repair {
    /// Which unit it concerns.
    pub fn place(&self) -> Place {
        match self {
            Self::Oversized { at, .. }
            | Self::Checksum { at, .. }
            | Self::Malformed { at, .. }
            | Self::Empty { at }
            | Self::Slice { at }
            | Self::Duplicate { at }
            | Self::Late { at }
            | Self::Reordered { at }
            | Self::Lost { at, .. }
            | Self::SequenceReset { at }
            | Self::BeforeRandomAccess { at }
            | Self::Backwards { at, .. }
            | Self::SameTime { at }
            | Self::Rogue { at }
            | Self::CompositionOffset { at }
            | Self::Gap { at, .. }
            | Self::Overlap { at }
            | Self::AdtsHeader { at }
            | Self::Configuration { at, .. }
            | Self::NewTimeline { at, .. } => *at,
        }
    }

    /// A short constant name, as for the label of a metric.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Oversized { .. } => "oversized",
            Self::Checksum { .. } => "checksum",
            Self::Malformed { .. } => "malformed",
            Self::Empty { .. } => "empty",
            Self::Slice { .. } => "slice",
            Self::Duplicate { .. } => "duplicate",
            Self::Late { .. } => "late",
            Self::Reordered { .. } => "reordered",
            Self::Lost { .. } => "lost",
            Self::SequenceReset { .. } => "sequence_reset",
            Self::BeforeRandomAccess { .. } => "before_random_access",
            Self::Backwards { .. } => "backwards",
            Self::SameTime { .. } => "same_time",
            Self::Rogue { .. } => "rogue",
            Self::CompositionOffset { .. } => "composition_offset",
            Self::Gap { .. } => "gap",
            Self::Overlap { .. } => "overlap",
            Self::AdtsHeader { .. } => "adts_header",
            Self::Configuration { .. } => "configuration",
            Self::NewTimeline { .. } => "new_timeline",
        }
    }

    /// Whether a unit that held media was dropped.
    pub fn is_drop(&self) -> bool {
        matches!(
            self,
            Self::Oversized { .. }
                | Self::Checksum { .. }
                | Self::Malformed { .. }
                | Self::Duplicate { .. }
                | Self::Late { .. }
                | Self::BeforeRandomAccess { .. }
                | Self::Overlap { .. }
        )
    }
}
