use super::obu::ObuType;
use crate::bits::SyntaxError;

/// Why an AV1 structure was refused.
///
/// From [`unit`](super::unit()) it means that the temporal unit is damaged: drop it, count it, go on. From a sequence header
/// or a configuration record it means that the new configuration cannot be used: keep the one before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Av1Error {
    /// A syntax structure ends early or holds a value that the specification does not allow.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// The input ends within the header or the size of an OBU, or of what holds it.
    #[error("the input ends at byte {offset}, within {field}")]
    Truncated {
        /// The bytes that there are.
        offset: usize,
        /// The element that is missing.
        field: &'static str,
    },
    /// An OBU, or a unit of the length-delimited format, says that it is longer than what holds it.
    #[error("{field} at byte {offset} says {size} bytes, and {available} are left")]
    SizeBeyondEnd {
        /// The element that says so.
        field: &'static str,
        /// Where the element begins.
        offset: usize,
        /// What it says.
        size: u64,
        /// The bytes that follow it.
        available: usize,
    },
    /// A `leb128()` number has more than eight bytes, or is above 2^32 - 1 (§4.10.5).
    #[error("{field} at byte {offset} is no leb128 number of 32 bits")]
    Leb128 {
        /// The element.
        field: &'static str,
        /// Where it begins.
        offset: usize,
    },
    /// The OBU at this byte has `obu_forbidden_bit` set (§6.2.2).
    #[error("the OBU at byte {offset} is marked as damaged")]
    ForbiddenBit {
        /// Where the OBU begins.
        offset: usize,
    },
    /// An OBU of another type was given.
    #[error("expected an OBU of type {expected:?}, got {found:?}")]
    UnexpectedObu {
        /// The type that is wanted.
        expected: ObuType,
        /// The type that it has; none of an empty input.
        found: Option<ObuType>,
    },
    /// The first byte of a configuration record is not 0x81: marker 1, version 1.
    #[error("the AV1 codec configuration record begins with {0:#04x}, not 0x81")]
    RecordVersion(u8),
    /// A configuration record is shorter than its four fixed bytes.
    #[error("the AV1 codec configuration record has {0} bytes, fewer than four")]
    RecordTruncated(usize),
    /// There is no sequence header, so that neither the size nor the rest of the configuration is known.
    #[error("there is no sequence header")]
    NoSequenceHeader,
    /// A temporal unit has more bytes than [`Limits::unit_bytes`](springhead_core::Limits::unit_bytes).
    #[error("a temporal unit of {bytes} bytes is longer than {limit}")]
    TooLong {
        /// The bytes of the temporal unit.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// A temporal unit has more OBUs than [`Limits::nal_units`](springhead_core::Limits::nal_units), which counts them too.
    #[error("more than {limit} OBUs in one temporal unit")]
    TooMany {
        /// The limit.
        limit: usize,
    },
}
