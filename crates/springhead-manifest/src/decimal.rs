//! Decimal numbers as manifests write them, held as integers of a fixed number of decimal places.

use std::fmt;

/// Reads `digits[.digits]` as a multiple of 10^-`places`, a half rounded up. None for anything else, and for what leaves
/// 64 bits.
pub(crate) fn parse(text: &str, places: usize) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if whole.is_empty() || fraction.is_empty() {
        return None;
    }
    if !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut value: u64 = whole.parse().ok()?;
    let digits = fraction.as_bytes();
    for place in 0..places {
        let digit = digits.get(place).map_or(0, |b| u64::from(b - b'0'));
        value = value.checked_mul(10)?.checked_add(digit)?;
    }
    match digits.get(places) {
        Some(b'5'..=b'9') => value.checked_add(1),
        _ => Some(value),
    }
}

/// `value` multiples of 10^-`places`, printed with the decimals that it needs and no others.
pub(crate) struct Shortest {
    pub(crate) value: u64,
    pub(crate) places: usize,
}

impl fmt::Display for Shortest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let one = 10u64.pow(self.places as u32);
        let (whole, mut fraction, mut places) = (self.value / one, self.value % one, self.places);
        if fraction == 0 {
            return write!(f, "{whole}");
        }
        while fraction % 10 == 0 {
            fraction /= 10;
            places -= 1;
        }
        write!(f, "{whole}.{fraction:0places$}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_no_plain_decimal_is_refused() {
        for text in ["", ".", ".5", "5.", "-1", "+1", "1e3", "1,5", " 1", "0x1", "INF", "18446744073709551616", "1.2.3"]
        {
            assert_eq!(parse(text, 3), None, "{text:?}");
        }
        assert_eq!(parse("18446744073709551615.9", 0), None);
        assert_eq!(parse("18446744073710", 6), None);
    }

    #[test]
    fn the_last_place_is_rounded_half_up() {
        for (text, value) in [("0.0004", 0), ("0.0005", 1), ("1.9995", 2_000), ("2", 2_000), ("2.00", 2_000)] {
            assert_eq!(parse(text, 3), Some(value), "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_shortest_form_reads_back(value: u64, places in 0usize..10) {
            prop_assert_eq!(parse(&Shortest { value, places }.to_string(), places), Some(value));
        }
    }
}
