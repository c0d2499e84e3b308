use crate::bits::{Fault, SyntaxError};

/// Why an Opus structure was refused.
///
/// From a configuration it means that the track cannot be announced; from a packet, that this packet is to be dropped and
/// the next may be sound; from a transport stream, what each variant says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpusError {
    /// A structure ends early or holds a value that is not allowed.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// A packet breaks one of the rules R1 to R7 of RFC 6716 §3.4.
    #[error("an Opus packet of {length} bytes breaks rule R{rule}")]
    Packet {
        /// The number of the rule.
        rule: u8,
        /// The bytes of the packet.
        length: usize,
    },
    /// The streams of a packet last for different times, which RFC 7845 §3 does not allow.
    #[error("stream {stream} of an Opus packet lasts for {ticks} ticks, and the first for {first}")]
    StreamDurations {
        /// Which stream, from 0.
        stream: u8,
        /// How long it lasts, in ticks of 48 kHz.
        ticks: u32,
        /// How long the first lasts.
        first: u32,
    },
    /// A version of a configuration that is not known: other than 0 of `dOps`, above 15 of an identification header.
    #[error("an Opus configuration of version {0} is not known")]
    Version(u8),
    /// An identification header that does not begin with `OpusHead`.
    #[error("no Opus identification header")]
    Magic,
    /// Channels that a mapping family does not have: none, above 2 of family 0, above 8 of family 1, of families 2 and 3
    /// what is no number of ambisonics channels.
    #[error("mapping family {family} has no {channels} channels")]
    Channels {
        /// `ChannelMappingFamily`.
        family: u8,
        /// `OutputChannelCount`.
        channels: u8,
    },
    /// A mapping family that RFC 7845 and RFC 8486 leave reserved.
    #[error("mapping family {0} is reserved")]
    Family(u8),
    /// A channel mapping table without a stream, with more coupled streams than streams, with more channels than 255, or
    /// with an index that no stream has.
    #[error("a mapping of {streams} streams, {coupled} of them coupled, is not allowed")]
    Mapping {
        /// `StreamCount`.
        streams: u8,
        /// `CoupledCount`.
        coupled: u8,
    },
    /// No control header where an access unit should begin. What lies before the next control header is lost.
    #[error("no Opus control header at byte {offset}")]
    NoControlHeader {
        /// Where it should be.
        offset: usize,
    },
    /// An access unit that is longer than what is left. The rest of the buffer is lost, unless more bytes follow.
    #[error("the Opus access unit at byte {offset} has {length} bytes, and {available} are left")]
    UnitLength {
        /// Where its control header begins.
        offset: usize,
        /// What `payload_size` says.
        length: usize,
        /// The bytes after the control header.
        available: usize,
    },
    /// A channel configuration that a descriptor of a transport stream cannot say, or a code that is reserved.
    #[error("a transport stream's descriptor cannot express {0}")]
    Descriptor(&'static str),
}

impl OpusError {
    /// Whether what was read ends too early rather than being wrong: with more bytes it may be sound.
    pub fn is_truncated(&self) -> bool {
        matches!(self, Self::UnitLength { .. })
            || matches!(self, Self::Syntax(error) if error.fault == Fault::Truncated)
    }
}
