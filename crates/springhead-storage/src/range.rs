//! Which bytes of an object are wanted.

use std::ops::Range;

/// One range of bytes, in the three forms that HTTP has (RFC 9110 §14.1.2).
///
/// ```
/// use springhead_storage::ByteRange;
/// assert_eq!(ByteRange::From(8).resolve(10), Some(8..10));
/// assert_eq!(ByteRange::Last(3).resolve(10), Some(7..10));
/// assert_eq!(ByteRange::Inclusive(4, u64::MAX).resolve(10), Some(4..10));
/// assert_eq!(ByteRange::From(10).resolve(10), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ByteRange {
    /// `first-last`: both ends included; a last byte beyond the end means the end.
    Inclusive(u64, u64),
    /// `first-`: from this byte to the end.
    From(u64),
    /// `-count`: the last bytes; more than there are means all.
    Last(u64),
}

impl ByteRange {
    /// The bytes that this means in an object of `len` bytes, never empty; `None` when there are none of them, which
    /// HTTP answers with 416.
    pub fn resolve(self, len: u64) -> Option<Range<u64>> {
        let range = match self {
            Self::Inclusive(first, last) => first..last.saturating_add(1).min(len),
            Self::From(first) => first..len,
            Self::Last(count) => len.saturating_sub(count)..len,
        };
        (range.start < range.end).then_some(range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ranges_without_a_byte_are_refused() {
        for range in [ByteRange::Inclusive(5, 4), ByteRange::Inclusive(10, 11), ByteRange::From(10), ByteRange::Last(0)]
        {
            assert_eq!(range.resolve(10), None, "{range:?}");
        }
        for range in [ByteRange::Inclusive(0, 0), ByteRange::From(0), ByteRange::Last(1)] {
            assert_eq!(range.resolve(0), None, "{range:?} of nothing");
        }
    }

    proptest! {
        #[test]
        fn a_range_lies_within_the_object_and_is_not_empty(a: u64, b: u64, kind in 0..3, len in 0u64..1 << 62) {
            let range = match kind {
                0 => ByteRange::Inclusive(a, b),
                1 => ByteRange::From(a),
                _ => ByteRange::Last(a),
            };
            if let Some(bytes) = range.resolve(len) {
                prop_assert!(bytes.start < bytes.end && bytes.end <= len);
            }
        }
    }
}
