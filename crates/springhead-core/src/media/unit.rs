//! One decodable unit of one track.

use bitflags::bitflags;

use crate::{MonoTime, Rope, TickDelta, Ticks, Timestamp, TrackId};

bitflags! {
    /// What is known of an access unit without decoding it.
    #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
    pub struct UnitFlags: u8 {
        /// Decoding can start here, and everything that is presented after it is right: a stream access point of type 1, 2 or
        /// 3 (ISO/IEC 14496-12 Annex I). Every unit of sound of the codecs supported is one, and every message.
        const RANDOM_ACCESS = 1;
        /// No other unit refers to this one, so that it can be left out alone.
        const DISPOSABLE = 1 << 1;
        /// Something is missing between the unit before and this one, of which the timestamps give the length.
        const GAP_BEFORE = 1 << 2;
        /// With [`RANDOM_ACCESS`](Self::RANDOM_ACCESS): an access point of type 3, the start of an open group of pictures.
        /// The [`LEADING`](Self::LEADING) units that follow cannot be decoded when decoding starts here.
        const OPEN = 1 << 3;
        /// It is presented before the [`OPEN`](Self::OPEN) unit that it follows, and may refer to what came before that. Whoever
        /// began there leaves it out, which harms nothing else.
        const LEADING = 1 << 4;
    }
}

/// One decodable unit of one track: a coded picture with all its slices, one frame of sound, or one message.
///
/// What holds of every unit in a ring: `dts` rises strictly within a track and a timeline; the payload is not empty, and is
/// in the form that a sample of an ISO base media file has: NAL units are length-prefixed with four bytes (ISO/IEC
/// 14496-15 §5.3.2) without access unit delimiters, AV1 has no temporal delimiters, AAC no ADTS, Opus no framing of its
/// own. Cloning shares the payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessUnit {
    /// The track that it belongs to.
    pub track: TrackId,
    /// When it is decoded, in ticks of the track's timescale since the origin of the timeline.
    pub dts: Timestamp,
    /// Presentation minus decode time; may be negative.
    pub composition_offset: TickDelta,
    /// How long it lasts as far as is known when it arrives: exact for audio, the frame rate's for video, zero when
    /// nothing is known until the next unit comes.
    pub duration: Ticks,
    /// What is known without decoding.
    pub flags: UnitFlags,
    /// When its last byte arrived here.
    pub arrival: MonoTime,
    /// The coded bytes.
    pub payload: Rope,
}

impl AccessUnit {
    /// When it is presented.
    pub fn pts(&self) -> Timestamp {
        self.dts + self.composition_offset
    }

    /// Whether decoding can start here.
    pub fn is_random_access(&self) -> bool {
        self.flags.contains(UnitFlags::RANDOM_ACCESS)
    }

    /// Whether it is the start of an open group of pictures, of which those that are leading need what came before it.
    pub fn is_open(&self) -> bool {
        self.flags.contains(UnitFlags::OPEN)
    }

    /// Whether it is left out by whoever began at the access point before it.
    pub fn is_leading(&self) -> bool {
        self.flags.contains(UnitFlags::LEADING)
    }

    /// Whether no other unit refers to this one.
    pub fn is_disposable(&self) -> bool {
        self.flags.contains(UnitFlags::DISPOSABLE)
    }
}
