use crate::bits::{Fault, SyntaxError};

/// Why a frame of MPEG audio was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MpegAudioError {
    /// The header ends early or holds a value that is reserved.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// A frame of free format, which does not say how long it is, so that only a search for the next one could tell
    /// (ISO/IEC 11172-3 §2.4.2.3). The stream cannot be carried.
    #[error("MPEG audio of free format is not supported")]
    FreeFormat,
    /// No frame where one should begin. What lies before the next frame is lost.
    #[error("no frame of MPEG audio at byte {offset}")]
    NoFrame {
        /// Where it should be.
        offset: usize,
    },
    /// A frame that is longer than what is left. The rest of the buffer is lost, unless more bytes follow.
    #[error("the frame of MPEG audio at byte {offset} has {length} bytes, and {available} are left")]
    FrameLength {
        /// Where it begins.
        offset: usize,
        /// What its header says.
        length: usize,
        /// The bytes from there on.
        available: usize,
    },
}

impl MpegAudioError {
    /// Whether what was read ends too early rather than being wrong: with more bytes it may be sound.
    pub fn is_truncated(&self) -> bool {
        matches!(self, Self::FrameLength { .. })
            || matches!(self, Self::Syntax(error) if error.fault == Fault::Truncated)
    }
}
