//! Why bytes are not MP4.

use crate::FourCc;

/// Why bytes cannot be read. The bytes are then of no use as a whole; which box and which byte of the input says where
/// to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The input, or the box around, ends within a box's header or a field.
    #[error("'{kind}' at byte {offset}: ends too early")]
    Truncated {
        /// The box.
        kind: FourCc,
        /// Where in the input it ends.
        offset: usize,
    },
    /// A box says that it is longer than what is around it, or shorter than its own header.
    #[error("'{kind}' at byte {offset}: says that it has {size} bytes where {available} are left")]
    BoxSize {
        /// The box.
        kind: FourCc,
        /// Where it starts.
        offset: usize,
        /// The size that it declares.
        size: u64,
        /// How many bytes there are.
        available: usize,
    },
    /// A box is missing without which the rest has no meaning.
    #[error("'{parent}' at byte {offset}: has no '{kind}'")]
    Missing {
        /// The missing box.
        kind: FourCc,
        /// Where it should be.
        parent: FourCc,
        /// Where that starts.
        offset: usize,
    },
    /// A field has a value that the standard does not allow.
    #[error("'{kind}' at byte {offset}: {why}")]
    Invalid {
        /// The box.
        kind: FourCc,
        /// Where in the input.
        offset: usize,
        /// What is wrong.
        why: &'static str,
    },
    /// A version or a form that is not known here.
    #[error("'{kind}' at byte {offset}: its {what} is not supported")]
    Unsupported {
        /// The box.
        kind: FourCc,
        /// Where in the input.
        offset: usize,
        /// What is not supported.
        what: &'static str,
    },
}
