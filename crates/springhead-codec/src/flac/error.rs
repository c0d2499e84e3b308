use crate::bits::SyntaxError;

/// Why a FLAC structure was refused.
///
/// From metadata it means that the track cannot be announced; from a frame header, that this frame is to be dropped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FlacError {
    /// A structure ends early or holds a value that RFC 9639 does not allow.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// What should be a stream does not begin with `fLaC`.
    #[error("no FLAC stream marker")]
    Marker,
    /// The metadata does not begin with STREAMINFO, has it twice, or has it with another length than 34 bytes (§8.2).
    #[error("the metadata block at byte {offset} is no STREAMINFO as it has to be")]
    StreamInfo {
        /// Where the block begins.
        offset: usize,
    },
    /// A metadata block that is longer than what is left.
    #[error("the metadata block at byte {offset} has {length} bytes, and {available} are left")]
    BlockLength {
        /// Where its header begins.
        offset: usize,
        /// What it says.
        length: usize,
        /// The bytes after its header.
        available: usize,
    },
    /// Block type 127, which is forbidden so that metadata cannot look like a frame (§8.1).
    #[error("a metadata block of the forbidden type 127 at byte {offset}")]
    BlockType {
        /// Where it begins.
        offset: usize,
    },
    /// A stream whose sampling rate is 0, which is no sound (§8.2).
    #[error("a FLAC stream without a sampling rate holds no sound")]
    NoSampleRate,
    /// The check of a frame header is wrong (§9.1.8).
    #[error("the check of a FLAC frame header is {found:#04x} and should be {expected:#04x}")]
    HeaderCheck {
        /// What the header says.
        found: u8,
        /// What its bytes give.
        expected: u8,
    },
}
