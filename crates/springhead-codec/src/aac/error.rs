use crate::bits::{Fault, SyntaxError};

/// Why an AAC structure was refused.
///
/// From a configuration it means that the track cannot be announced; from ADTS, that the frame, or the rest of the buffer,
/// is to be dropped, as each variant says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AacError {
    /// A syntax structure ends early or holds a value that the standard does not allow.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// An audio object type that is none of the AAC family (ISO/IEC 14496-3 Table 1.17).
    #[error("audio object type {0} is not supported")]
    ObjectType(u8),
    /// A channel configuration that the standard reserves (Table 1.19).
    #[error("channel configuration {0} is reserved")]
    ChannelConfiguration(u8),
    /// Error protection, which needs a layer of its own (`epConfig` 2 or 3, §1.6.2.1).
    #[error("epConfig {0} is not supported")]
    ErrorProtection(u8),
    /// SBR doubles the sampling frequency or keeps it (§4.6.18), nothing else.
    #[error("SBR cannot turn {core} Hz into {extension} Hz")]
    SbrFrequency {
        /// `samplingFrequency`.
        core: u32,
        /// `extensionSamplingFrequency`.
        extension: u32,
    },
    /// A configuration longer than any that means something.
    #[error("an AudioSpecificConfig of {0} bytes is too long")]
    ConfigLength(usize),
    /// No ADTS syncword where a frame should begin. The rest of the buffer is lost, as only a search could find a frame.
    #[error("no ADTS frame at byte {offset}")]
    NoSyncword {
        /// Where it should be.
        offset: usize,
    },
    /// An ADTS frame that is longer than what is left, or shorter than its header. The rest of the buffer is lost.
    #[error("the ADTS frame at byte {offset} has {length} bytes, and {available} are left")]
    FrameLength {
        /// Where it begins.
        offset: usize,
        /// What `aac_frame_length` says.
        length: usize,
        /// The bytes from there on.
        available: usize,
    },
    /// Several raw data blocks in one ADTS frame, which can be told apart only by decoding. This frame is lost, the next is
    /// not.
    #[error("the ADTS frame at byte {offset} holds {blocks} raw data blocks")]
    SeveralRawBlocks {
        /// Where it begins.
        offset: usize,
        /// `number_of_raw_data_blocks_in_frame` + 1.
        blocks: u8,
    },
    /// An ADTS header cannot say this: object types above 4, frequencies outside the table, frames of 960 samples, channel
    /// configurations other than 1 to 7, raw data blocks above 8184 bytes.
    #[error("an ADTS header cannot express {0}")]
    Adts(&'static str),
    /// No sync word of an AudioSyncStream where an element should begin. What lies before the next element is lost.
    #[error("no AudioSyncStream at byte {offset}")]
    NoSyncStream {
        /// Where it should be.
        offset: usize,
    },
    /// An element of an AudioSyncStream that is longer than what is left. The rest of the buffer is lost, unless more bytes
    /// follow.
    #[error("the AudioMuxElement at byte {offset} has {length} bytes, and {available} are left")]
    SyncStreamLength {
        /// Where its sync word is.
        offset: usize,
        /// What `audioMuxLengthBytes` says.
        length: usize,
        /// The bytes from there on.
        available: usize,
    },
    /// An AudioMuxElement that refers to a configuration before any came. Reading begins with the next one that has one.
    #[error("an AudioMuxElement before the first StreamMuxConfig")]
    NoStreamMuxConfig,
    /// A form of LATM that is not supported. The stream cannot be carried.
    #[error("LATM with {0} is not supported")]
    Latm(&'static str),
}

impl AacError {
    /// Whether what was read ends too early rather than being wrong: with more bytes it may be sound.
    pub fn is_truncated(&self) -> bool {
        match self {
            Self::SyncStreamLength { .. } => true,
            Self::FrameLength { length, available, .. } => length > available,
            Self::Syntax(error) => error.fault == Fault::Truncated,
            _ => false,
        }
    }
}
