//! NAL units as they are framed on the wire and in files, whatever codec fills them.
//!
//! A byte stream (ITU-T H.264 Annex B) puts a start code before every NAL unit; a sample of a file or an RTMP message
//! (ISO/IEC 14496-15 §5.3.2) puts its length before it. Both scanners yield ranges of the input, so that the caller cuts
//! shared slices and nothing is copied.

pub mod annexb;
#[cfg(any(feature = "hevc", feature = "vvc"))]
pub(crate) mod boundary;
#[cfg(any(feature = "avc", feature = "hevc", feature = "vvc"))]
pub(crate) mod byte_stream;
#[cfg(any(feature = "avc", feature = "hevc", feature = "vvc"))]
pub(crate) mod crop;
pub mod emulation;
pub mod length_prefixed;
#[cfg(any(feature = "avc", feature = "hevc", feature = "vvc"))]
pub(crate) mod sample;
#[cfg(any(feature = "avc", feature = "hevc", feature = "vvc"))]
pub(crate) mod sets;
#[cfg(any(feature = "avc", feature = "hevc", feature = "vvc"))]
pub(crate) mod vui;

use std::ops::Range;

#[cfg(any(feature = "avc", feature = "hevc", feature = "vvc"))]
pub use byte_stream::ByteStream;

/// How the NAL units of an access unit are told apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Framing {
    /// Start codes of three or four bytes: the byte stream format of ITU-T H.264 Annex B.
    AnnexB,
    /// A big-endian length of 1, 2 or 4 bytes before each: ISO/IEC 14496-15 §5.3.2, `lengthSizeMinusOne` + 1.
    LengthPrefixed(u8),
}

/// What a NAL unit is to the access units of its stream, as the `AccessUnits` of each codec tell it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
pub struct Role {
    /// It is the first of an access unit.
    pub begins: bool,
    /// It is an access unit delimiter, which begins one whatever came before.
    pub is_delimiter: bool,
    /// It is of the coded picture: a slice, whose access unit may end behind it.
    pub is_slice: bool,
    /// It is a slice of the second field of a frame, whose first field is the access unit before: in H.264 alone, where both
    /// are one sample of a file (ISO/IEC 14496-15 §5.3) unless each has a time.
    pub second_field: bool,
}

/// Why a payload does not fall into NAL units. The caller drops the access unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NalError {
    /// A NAL unit says that it is longer than what is left.
    #[error("the NAL unit at byte {offset} has {length} bytes, and {available} are left")]
    LengthBeyondEnd {
        /// Where the length field begins.
        offset: usize,
        /// What it says.
        length: u32,
        /// The bytes that follow it.
        available: usize,
    },
    /// What is left is shorter than a length field.
    #[error("{available} bytes at byte {offset} are too few for a length of {length_size} bytes")]
    LengthTruncated {
        /// Where the length field would begin.
        offset: usize,
        /// The bytes that are left.
        available: usize,
        /// The bytes of a length field.
        length_size: u8,
    },
    /// `lengthSizeMinusOne` is 0, 1 or 3 (ISO/IEC 14496-15 §5.3.3.1.2), nothing else.
    #[error("a NAL unit length has 1, 2 or 4 bytes, not {0}")]
    LengthSize(u8),
    /// A byte stream has something other than zeros before its first start code, or no start code at all.
    #[error("byte {offset} comes before any start code")]
    NoStartCode {
        /// The first byte that is not zero.
        offset: usize,
    },
    /// More NAL units than [`Limits::nal_units`](springhead_core::Limits::nal_units).
    #[error("more than {limit} NAL units in one access unit")]
    TooMany {
        /// The limit.
        limit: usize,
    },
    /// More bytes than [`Limits::unit_bytes`](springhead_core::Limits::unit_bytes).
    #[error("an access unit of {bytes} bytes is longer than {limit}")]
    TooLong {
        /// The bytes of the access unit.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
}

/// The NAL units of `payload`, in order, as ranges of it without start code or length. Empty NAL units are passed over;
/// at most one error comes, as the last item.
///
/// ```
/// use springhead_codec::nal::{Framing, units};
/// let stream = [0, 0, 0, 1, 9, 0xf0, 0, 0, 1, 0x65, 0x88];
/// assert_eq!(units(&stream, Framing::AnnexB).collect::<Result<Vec<_>, _>>(), Ok(vec![4..6, 9..11]));
/// let sample = [0, 2, 9, 0xf0, 0, 0, 0, 2, 0x65, 0x88];
/// assert_eq!(units(&sample, Framing::LengthPrefixed(2)).collect::<Result<Vec<_>, _>>(), Ok(vec![2..4, 8..10]));
/// ```
pub fn units(payload: &[u8], framing: Framing) -> Units<'_> {
    Units(match framing {
        Framing::AnnexB => Scanner::AnnexB(annexb::Scanner::new(payload)),
        Framing::LengthPrefixed(size) => Scanner::LengthPrefixed(length_prefixed::Scanner::new(payload, size)),
    })
}

/// The iterator of [`units`].
#[derive(Debug)]
pub struct Units<'a>(Scanner<'a>);

#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "lives on the stack for one scan, where a box would be an allocation")]
enum Scanner<'a> {
    AnnexB(annexb::Scanner<'a>),
    LengthPrefixed(length_prefixed::Scanner<'a>),
}

impl Iterator for Units<'_> {
    type Item = Result<Range<usize>, NalError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Scanner::AnnexB(scanner) => scanner.next(),
            Scanner::LengthPrefixed(scanner) => scanner.next(),
        }
    }
}
