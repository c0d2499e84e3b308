//! Base 64 (RFC 4648 §4).

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let word = group.iter().chain([0; 2].iter()).take(3).fold(0usize, |word, &byte| word << 8 | usize::from(byte));
        for place in 0..4 {
            let sextet = ALPHABET[word >> (18 - 6 * place) & 63];
            text.push(if place <= group.len() { sextet.into() } else { '=' });
        }
    }
    text
}

/// The bytes of a text, in which white space counts for nothing; none where it is no base 64.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    if !digits.len().is_multiple_of(4) {
        return None;
    }
    let padding = digits.iter().rev().take_while(|digit| **digit == b'=').count();
    let digits = &digits[..digits.len() - padding];
    if padding > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    for group in digits.chunks(4) {
        let sextet = |digit: &u8| ALPHABET.iter().position(|known| known == digit);
        let word = group.iter().try_fold(0usize, |word, digit| Some(word << 6 | sextet(digit)?))?;
        let whole = (word << (6 * (4 - group.len()))).to_be_bytes();
        bytes.extend_from_slice(&whole[5..4 + group.len()]);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_base_64_has_no_bytes() {
        for text in ["Zg=", "Z===", "Zg==Zg==", "Zm9?", "=", "===="] {
            assert_eq!(decode(text), None, "{text}");
        }
    }

    #[test]
    fn the_test_vectors_of_the_rfc_hold() {
        let vectors = ["", "f", "fo", "foo", "foob", "fooba", "foobar"];
        let texts = ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"];
        for (bytes, text) in vectors.into_iter().zip(texts) {
            assert_eq!((encode(bytes.as_bytes()).as_str(), decode(text)), (text, Some(bytes.into())));
        }
        assert_eq!(decode(" Zm9v\n  Yg== "), Some(b"foob".to_vec()));
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            prop_assert_eq!(decode(&encode(&bytes)), Some(bytes));
        }
    }
}
