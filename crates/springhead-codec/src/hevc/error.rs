use super::NalType;
use crate::bits::SyntaxError;
use crate::nal::NalError;

/// Why an H.265 structure was refused.
///
/// From [`unit`](super::unit()) it means that the access unit is damaged: drop it, count it, go on. From a parameter set or
/// a configuration record it means that the new configuration cannot be used: keep the one before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HevcError {
    /// The payload does not fall into NAL units.
    #[error(transparent)]
    Nal(#[from] NalError),
    /// A syntax structure ends early or holds a value that the standard does not allow.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// The NAL unit at this byte has no sound header: fewer than two bytes, `forbidden_zero_bit` set, by which a network
    /// marks it as damaged, or `nuh_temporal_id_plus1` 0 (§7.4.2.2).
    #[error("the NAL unit at byte {offset} has no sound header")]
    Header {
        /// Where the NAL unit begins.
        offset: usize,
    },
    /// A NAL unit of another type was given.
    #[error("expected a {expected} NAL unit, got {found:?}")]
    UnexpectedNal {
        /// The type in words.
        expected: &'static str,
        /// The type that it has; none when it has no sound header.
        found: Option<NalType>,
    },
    /// The picture has no sample left after cropping, or a side that no sample entry can state.
    #[error("a picture of {width}x{height} samples cannot be")]
    PictureSize {
        /// Width after cropping where it is known, else as coded.
        width: i64,
        /// Height likewise.
        height: i64,
    },
    /// `configurationVersion` of a decoder configuration record is not 1.
    #[error("the HEVC decoder configuration record has version {0}, not 1")]
    RecordVersion(u8),
    /// A decoder configuration record ends early.
    #[error("the HEVC decoder configuration record ends at byte {offset}, within {field}")]
    RecordTruncated {
        /// The bytes that there are.
        offset: usize,
        /// The element that is missing.
        field: &'static str,
    },
    /// There is no parameter set of a kind that is needed.
    #[error("there is no {0}")]
    NoParameterSet(&'static str),
    /// There is a longer NAL unit than a decoder configuration record can hold.
    #[error("a decoder configuration record cannot hold a NAL unit of {bytes} bytes")]
    RecordOverflow {
        /// The bytes of the longest.
        bytes: usize,
    },
}
