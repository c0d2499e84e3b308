use crate::bits::SyntaxError;

/// Why a VP8 or VP9 structure was refused.
///
/// From `unit` it means that the frame is damaged: drop it, count it, go on. From a configuration record or what a key frame
/// says it means that the new configuration cannot be used: keep the one before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VpxError {
    /// A syntax structure ends early or holds a value that the specification does not allow.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// A configuration record ends early.
    #[error("the VP codec configuration record ends at byte {offset}, within {field}")]
    RecordTruncated {
        /// The bytes that there are.
        offset: usize,
        /// The element that is missing.
        field: &'static str,
    },
    /// A configuration record states a value that the binding does not allow.
    #[error("{field} of the VP codec configuration record cannot be {value}")]
    RecordValue {
        /// The element.
        field: &'static str,
        /// What it says.
        value: u8,
    },
    /// The frames of a superframe are longer than it is (VP9, Annex B).
    #[error("the frames of a superframe have {sum} bytes, and {available} are there")]
    Superframe {
        /// The sum of `frame_sizes`.
        sum: usize,
        /// The bytes before the index.
        available: usize,
    },
    /// The first partition of a VP8 frame is longer than the frame.
    #[error("the first partition has {size} bytes, and {available} are left")]
    Partition {
        /// `first_part_size`.
        size: usize,
        /// The bytes that follow the headers.
        available: usize,
    },
    /// There is no key frame in what was found.
    #[error("there is no key frame")]
    NoKeyFrame,
    /// The configuration was read from a record, which does not state the size of the pictures, and no key frame came yet.
    #[error("the size of the pictures is not known before a key frame")]
    NoSize,
    /// There are more bytes than [`Limits::unit_bytes`](springhead_core::Limits::unit_bytes).
    #[error("a frame of {bytes} bytes is longer than {limit}")]
    TooLong {
        /// The bytes of the frame.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
}
