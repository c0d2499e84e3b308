use crate::bits::{Fault, SyntaxError};

/// Why an AC-3 or E-AC-3 structure was refused.
///
/// From a configuration it means that the track cannot be announced; from a stream, what each variant says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Ac3Error {
    /// A syntax structure ends early or holds a value that is reserved.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// A bit stream identification of no stream that a file can hold: 9 and 10 (half and quarter the sampling rate by
    /// convention), and above 16.
    #[error("a bit stream of bsid {0} is not supported")]
    Bsid(u8),
    /// A `dec3` of half the sampling rate, which does not say of which.
    #[error("the sampling rate of this E-AC-3 configuration is in its frames only")]
    ReducedRate,
    /// No frame where one should begin. What lies before the next frame is lost.
    #[error("no syncframe at byte {offset}")]
    NoFrame {
        /// Where it should be.
        offset: usize,
    },
    /// A frame that is longer than what is left. The rest of the buffer is lost, unless more bytes follow.
    #[error("the syncframe at byte {offset} has {length} bytes, and {available} are left")]
    FrameLength {
        /// Where it begins.
        offset: usize,
        /// What its header says.
        length: usize,
        /// The bytes from there on.
        available: usize,
    },
    /// A frame of a substream that comes before the first of substream 0, as when reading begins in the middle of an access
    /// unit. The frame is lost.
    #[error("a syncframe of substream {substream} before the first of substream 0")]
    NoMain {
        /// `substreamid`.
        substream: u8,
    },
    /// Frames that do not make an access unit of six blocks, as after a loss. They are lost; the frame that came begins an
    /// access unit.
    #[error("an access unit of {blocks} blocks instead of six")]
    Incomplete {
        /// The blocks that were there.
        blocks: u8,
    },
    /// More frames than an access unit can have: eight programs of nine substreams, six times. All are lost.
    #[error("more frames than an access unit can have")]
    TooManyFrames,
}

impl Ac3Error {
    /// Whether what was read ends too early rather than being wrong: with more bytes it may be sound.
    pub fn is_truncated(&self) -> bool {
        matches!(self, Self::FrameLength { .. })
            || matches!(self, Self::Syntax(error) if error.fault == Fault::Truncated)
    }
}
