//! Integers in print, by hand: a manifest is mostly numbers, and `core::fmt` takes several times as long for one.

/// Puts the digits of `value` at the end of `text`, with zeros before them up to `width`; gives what was written. The text is
/// as long as any number needs to be.
pub(crate) fn last(text: &mut [u8; 20], mut value: u64, width: usize) -> &str {
    let mut at = text.len();
    while value > 0 || text.len() - at < width.max(1) {
        at -= 1;
        text[at] = b'0' + (value % 10) as u8;
        value /= 10;
    }
    std::str::from_utf8(&text[at..]).expect("digits are ASCII")
}

/// Appends `value`.
pub(crate) fn push(out: &mut String, value: u64) {
    push_padded(out, value, 1);
}

/// Appends `value`, with zeros before it where it has fewer digits than `width`, which is 20 at most.
pub(crate) fn push_padded(out: &mut String, value: u64, width: usize) {
    out.push_str(last(&mut [b'0'; 20], value, width));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn digits_are_those_of_the_standard_library(value: u64, short in 0u64..2000, width in 0usize..=20) {
            for value in [value, short] {
                let mut out = String::new();
                push_padded(&mut out, value, width);
                prop_assert_eq!(out, format!("{value:0width$}"));
            }
        }
    }
}
