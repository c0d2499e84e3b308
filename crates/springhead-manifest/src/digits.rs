//! Integers in print, by hand: a manifest is mostly numbers, and `core::fmt` takes several times as long for one.

/// The numbers below a hundred, of two digits each: text that is known to be text, and half as many divisions.
const PAIRS: &str = "\
    0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
    5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";

/// What numbers are appended to: a text, or the bytes of one.
pub(crate) trait Digits {
    /// Appends digits.
    fn digits(&mut self, digits: &str);
}

impl Digits for String {
    fn digits(&mut self, digits: &str) {
        self.push_str(digits);
    }
}

impl Digits for Vec<u8> {
    fn digits(&mut self, digits: &str) {
        self.extend_from_slice(digits.as_bytes());
    }
}

/// Appends the last `N` digits, of which there are one or two, of a number below a hundred.
fn push_few<const N: usize>(out: &mut impl Digits, value: u64) {
    let end = 2 * value as usize + 2;
    out.digits(&PAIRS[end - N..end]);
}

/// Appends `value`.
pub(crate) fn push(out: &mut impl Digits, value: u64) {
    match value {
        0..10 => push_few::<1>(out, value),
        10..100 => push_few::<2>(out, value),
        _ => {
            push(out, value / 100);
            push_few::<2>(out, value % 100);
        }
    }
}

/// Appends the last `places` digits of `value`, with zeros before it where it has fewer.
pub(crate) fn push_places(out: &mut impl Digits, value: u64, places: usize) {
    match places {
        0 => {}
        1 => push_few::<1>(out, value % 10),
        _ => {
            push_places(out, value / 100, places - 2);
            push_few::<2>(out, value % 100);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn digits_are_those_of_the_standard_library(value: u64, short in 0u64..2000, places in 0usize..=22) {
            for value in [value, short] {
                let (mut out, mut bytes) = (String::new(), Vec::new());
                push(&mut out, value);
                push(&mut bytes, value);
                prop_assert_eq!(&out, &value.to_string());
                prop_assert_eq!(bytes, out.into_bytes());
                let (mut out, whole) = (String::new(), format!("{value:022}"));
                push_places(&mut out, value, places);
                prop_assert_eq!(out, &whole[22 - places..]);
            }
        }
    }
}
