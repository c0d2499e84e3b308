//! What comes in.

use bytes::Bytes;
use springhead_codec::nal::Framing;
use springhead_core::{MonoTime, TickDelta, Timescale};

/// The clock that a protocol stamps its units with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SourceClock {
    /// Ticks per second.
    pub scale: Timescale,
    /// After how many bits it wraps, 2 to 62; none for a clock that never does, of which 53 bits are followed.
    pub bits: Option<u32>,
}

impl SourceClock {
    /// The clock of RTMP and FLV: milliseconds in 32 bits.
    pub const RTMP: Self = Self { scale: Timescale::MILLIS, bits: Some(32) };
    /// The clock of MPEG-TS (ISO/IEC 13818-1 §2.4.3.7): 90 kHz in 33 bits.
    pub const MPEG_TS: Self = Self { scale: Timescale::MPEG, bits: Some(33) };

    pub(crate) fn width(self) -> u32 {
        self.bits.unwrap_or(53)
    }
}

/// A checksum over a payload: what a protocol sends along, so that damage on the way shows.
///
/// ```
/// use springhead_intake::Checksum;
/// assert_eq!(Checksum::Crc32(0xcbf4_3926).of_same_kind(b"123456789"), Checksum::Crc32(0xcbf4_3926));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Checksum {
    /// The CRC of IEEE 802.3 §3.2.9, as gzip (RFC 1952 §8) and PNG have it: the polynomial 0x04c11db7, reflected.
    Crc32(u32),
}

impl Checksum {
    /// The checksum of `payload`, by the same rule as this one.
    #[must_use]
    pub fn of_same_kind(self, payload: &[u8]) -> Self {
        match self {
            Self::Crc32(_) => Self::Crc32(crc32fast::hash(payload)),
        }
    }
}

/// One unit of one track as the protocol delivered it: nothing about it is believed yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RawUnit {
    /// The decode time in ticks of the source clock, wrapped as on the wire.
    pub dts: u64,
    /// Presentation minus decode time, in ticks of the source clock.
    pub composition_offset: TickDelta,
    /// The number that the protocol counts units of this track by, where it has one: it may start anywhere, rises by one,
    /// and wraps at 2^64. A narrower counter is unwrapped by who reads the protocol.
    pub sequence: Option<u64>,
    /// How NAL units are told apart; without meaning for audio.
    pub framing: Framing,
    /// The coded bytes.
    pub payload: Bytes,
    /// What the protocol says that the payload sums up to, where it says so.
    pub checksum: Option<Checksum>,
    /// When the last byte arrived.
    pub arrival: MonoTime,
}
