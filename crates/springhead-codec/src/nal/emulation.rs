//! Emulation prevention: ITU-T H.264 §7.4.1.
//!
//! Within a NAL unit no three bytes read 0x000000, 0x000001 or 0x000002, so that a start code is found by searching. Where
//! the payload has such bytes, and where it has 0x000003, an `emulation_prevention_three_byte` stands before the third.

use std::borrow::Cow;

/// The raw byte sequence payload of `nal`, that is without its emulation prevention bytes. Borrowed when there are none.
///
/// ```
/// use springhead_codec::nal::emulation::{insert, remove};
/// assert_eq!(remove(&[0x67, 0, 0, 3, 1]), &[0x67, 0, 0, 1][..]);
/// assert_eq!(insert(&[0x67, 0, 0, 1]), [0x67, 0, 0, 3, 1]);
/// ```
pub fn remove(nal: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(3, nal).is_none() {
        return Cow::Borrowed(nal);
    }
    let mut rbsp: Vec<u8> = Vec::new();
    let mut copied = 0;
    let mut zeros = 0;
    for (at, &byte) in nal.iter().enumerate() {
        if byte == 3 && zeros >= 2 {
            rbsp.reserve(nal.len() - copied);
            rbsp.extend_from_slice(&nal[copied..at]);
            copied = at + 1;
            zeros = 0;
        } else {
            zeros = if byte == 0 { zeros + 1 } else { 0 };
        }
    }
    if copied == 0 {
        return Cow::Borrowed(nal);
    }
    rbsp.extend_from_slice(&nal[copied..]);
    Cow::Owned(rbsp)
}

/// `rbsp` with the emulation prevention bytes that a NAL unit needs. A payload that ends in a zero, as one with
/// `cabac_zero_words` does, gets a final 0x03, because a NAL unit never ends in a zero.
pub fn insert(rbsp: &[u8]) -> Vec<u8> {
    let mut nal = Vec::with_capacity(rbsp.len() + rbsp.len() / 64 + 1);
    let mut zeros = 0;
    for &byte in rbsp {
        if byte <= 3 && zeros == 2 {
            nal.push(3);
            zeros = 0;
        }
        nal.push(byte);
        zeros = if byte == 0 { zeros + 1 } else { 0 };
    }
    if zeros > 0 {
        nal.push(3);
    }
    nal
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_three_is_removed_only_after_two_zeros() {
        for (nal, rbsp) in [
            (&[3, 0, 3, 3][..], &[3, 0, 3, 3][..]),
            (&[0, 0, 3], &[0, 0]),
            (&[0, 0, 3, 0, 0, 3, 1], &[0, 0, 0, 0, 1]),
            (&[0, 0, 3, 3], &[0, 0, 3]),
            (&[0, 0, 3, 0, 3], &[0, 0, 0, 3]),
        ] {
            assert_eq!(remove(nal), rbsp);
        }
    }

    #[test]
    fn nothing_is_copied_when_nothing_is_removed() {
        assert!(matches!(remove(&[0x65, 0, 1, 3]), Cow::Borrowed(_)));
    }

    proptest! {
        #[test]
        fn what_is_inserted_is_removed_again(rbsp in prop::collection::vec(0u8..5, 0..200)) {
            let nal = insert(&rbsp);
            prop_assert!(!nal.windows(3).any(|three| three[0] == 0 && three[1] == 0 && three[2] < 3));
            let back = remove(&nal);
            prop_assert!(back.starts_with(&rbsp));
            // A single zero at the end is no RBSP, whose last byte holds the stop bit: there the 0x03 may stay.
            prop_assert!(back.len() == rbsp.len() || (rbsp.ends_with(&[0]) && back[rbsp.len()..] == [3]));
        }
    }
}
