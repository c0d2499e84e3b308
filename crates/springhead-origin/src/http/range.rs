//! Byte ranges, RFC 9110 §14.

use std::ops::{Range, RangeInclusive};

/// What a `Range` header asks of a body of known length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ranged {
    /// All of it: there is no range, or one in a form that may be ignored.
    Whole,
    /// These bytes: 206.
    Part(Range<usize>),
    /// Nothing that there is: 416.
    Unsatisfiable,
}

/// Parses a `Range` header for a body of `len` bytes. One range of bytes is understood: `a-b`, `a-` and `-n`; the end may
/// lie beyond the body, as in the open end 2^53−1 of RFC 8673. Several ranges at once are answered with the whole body.
pub(crate) fn ranged(header: Option<&str>, len: usize) -> Ranged {
    let Some((first, last)) = header.and_then(|text| text.strip_prefix("bytes=")?.trim().split_once('-')) else {
        return Ranged::Whole;
    };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if !digits(first) || !digits(last) || (first.is_empty() && last.is_empty()) {
        return Ranged::Whole;
    }
    // A number beyond 64 bits lies beyond every body.
    let number = |text: &str| text.parse::<u64>().unwrap_or(u64::MAX);
    let total = len as u64;
    let (start, end) = if first.is_empty() {
        (total.saturating_sub(number(last)), total)
    } else {
        let end = if last.is_empty() { total } else { number(last).saturating_add(1).min(total) };
        if !last.is_empty() && number(last) < number(first) {
            return Ranged::Whole;
        }
        (number(first), end)
    };
    if start >= end { Ranged::Unsatisfiable } else { Ranged::Part(start as usize..end as usize) }
}

/// What a `Range` header asks of a body that is still growing, as RFC 8673 has it: from a place on, to a last byte that may lie
/// far beyond what will ever be. None where it asks for something else.
pub(crate) fn range_of_growing(header: Option<&str>) -> Option<RangeInclusive<u64>> {
    let (first, last) = header?.strip_prefix("bytes=")?.trim().split_once('-')?;
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let number = |text: &str| text.parse::<u64>().ok().filter(|_| digits(text));
    let (first, last) = (number(first)?, if last.is_empty() { MOST } else { number(last)?.min(MOST) });
    (first <= last).then_some(first..=last)
}

/// The greatest integer that every client can count to: 2^53-1.
const MOST: u64 = 9_007_199_254_740_991;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn forms_that_are_no_single_byte_range_get_the_whole() {
        for header in
            [None, Some("items=0-1"), Some("bytes=a-b"), Some("bytes=-"), Some("bytes=0-1,3-4"), Some("bytes=5-2")]
        {
            assert_eq!(ranged(header, 10), Ranged::Whole, "{header:?}");
        }
    }

    #[test]
    fn the_three_forms_are_cut_to_the_body() {
        assert_eq!(ranged(Some("bytes=2-4"), 10), Ranged::Part(2..5));
        assert_eq!(ranged(Some("bytes=2-"), 10), Ranged::Part(2..10));
        assert_eq!(ranged(Some("bytes=-3"), 10), Ranged::Part(7..10));
        assert_eq!(ranged(Some("bytes=-99"), 10), Ranged::Part(0..10));
        assert_eq!(ranged(Some("bytes=4-9007199254740991"), 10), Ranged::Part(4..10));
        assert_eq!(ranged(Some("bytes=10-"), 10), Ranged::Unsatisfiable);
        assert_eq!(ranged(Some("bytes=-0"), 10), Ranged::Unsatisfiable);
        assert_eq!(ranged(Some("bytes=99999999999999999999-"), 10), Ranged::Unsatisfiable);
    }

    #[test]
    fn what_grows_is_asked_for_from_a_place_on() {
        assert_eq!(range_of_growing(Some("bytes=7-9007199254740991")), Some(7..=MOST));
        assert_eq!(range_of_growing(Some("bytes=7-")), Some(7..=MOST));
        assert_eq!(range_of_growing(Some("bytes=0-4")), Some(0..=4));
        for header in
            [None, Some("bytes=-5"), Some("bytes=5-4"), Some("bytes=0-1,2-3"), Some("bytes=x-"), Some("lines=1-")]
        {
            assert_eq!(range_of_growing(header), None, "{header:?}");
        }
    }

    proptest! {
        #[test]
        fn a_part_always_lies_within_the_body(header in "bytes=[0-9]{0,20}-[0-9]{0,20}", len in 0usize..100) {
            if let Ranged::Part(range) = ranged(Some(&header), len) {
                prop_assert!(range.start < range.end && range.end <= len);
            }
        }
    }
}
