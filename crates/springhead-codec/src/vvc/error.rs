use super::NalType;
use crate::bits::SyntaxError;
use crate::nal::NalError;

/// Why an H.266 structure was refused.
///
/// From [`unit`](super::unit) it means that the access unit is damaged: drop it, count it, go on. From a parameter set or
/// a configuration record it means that the new configuration cannot be used: keep the one before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VvcError {
    /// The payload does not fall into NAL units.
    #[error(transparent)]
    Nal(#[from] NalError),
    /// A syntax structure ends early or holds a value that the standard does not allow.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// The NAL unit at this byte has `forbidden_zero_bit` set, by which a network marks it as damaged (§7.4.2.2).
    #[error("the NAL unit at byte {offset} is marked as damaged")]
    ForbiddenBit {
        /// Where the NAL unit begins.
        offset: usize,
    },
    /// The NAL unit at this byte is shorter than its header of two bytes.
    #[error("the NAL unit at byte {offset} ends within its header")]
    ShortNal {
        /// Where the NAL unit begins.
        offset: usize,
    },
    /// A NAL unit of another type was given.
    #[error("expected a {expected} NAL unit, got {found:?}")]
    UnexpectedNal {
        /// The type in words.
        expected: &'static str,
        /// The type that it has; none of a NAL unit shorter than its header.
        found: Option<NalType>,
    },
    /// The picture has no sample left within the conformance window.
    #[error("a picture of {width}x{height} samples cannot be")]
    PictureSize {
        /// Width within the window.
        width: i64,
        /// Height within the window.
        height: i64,
    },
    /// A decoder configuration record ends early.
    #[error("the VVC decoder configuration record ends at byte {offset}, within {field}")]
    RecordTruncated {
        /// The bytes that there are.
        offset: usize,
        /// The element that is missing.
        field: &'static str,
    },
    /// There is no parameter set of a kind that is needed.
    #[error("there is no {0}")]
    NoParameterSet(&'static str),
    /// There are more NAL units of a kind, or longer ones, than a decoder configuration record can hold.
    #[error("a decoder configuration record cannot hold {count} NAL units of up to {longest} bytes")]
    RecordOverflow {
        /// How many there are.
        count: usize,
        /// The bytes of the longest.
        longest: usize,
    },
}
