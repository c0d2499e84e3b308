//! The byte stream format of ITU-T H.264 Annex B.

use std::ops::Range;

use memchr::memmem::{self, FindIter};

use super::NalError;

/// A start code with its `zero_byte`, the four-byte form that is always allowed (Annex B.1.2).
pub const START_CODE: [u8; 4] = [0, 0, 0, 1];

/// `start_code_prefix_one_3bytes`, which no NAL unit contains.
const PREFIX: &[u8; 3] = &[0, 0, 1];

/// Where the three bytes of start codes are in any piece of a byte stream, which may begin and end within a NAL unit.
///
/// ```
/// use springhead_codec::nal::annexb;
/// assert_eq!(annexb::start_codes(&[0x88, 0, 0, 0, 1, 9, 0xf0, 0, 0, 1, 0x65]).collect::<Vec<_>>(), [2, 7]);
/// ```
pub fn start_codes(bytes: &[u8]) -> impl Iterator<Item = usize> {
    memmem::find_iter(bytes, PREFIX)
}

/// Finds the NAL units of a byte stream.
///
/// Start codes may have three or four bytes; zeros before a start code and at the end (`leading_zero_8bits`,
/// `trailing_zero_8bits`) belong to no NAL unit: the last byte of a NAL unit is never zero (§7.4.1).
#[derive(Debug)]
pub struct Scanner<'a> {
    stream: &'a [u8],
    /// The start codes that are still to come.
    codes: FindIter<'a, 'static>,
    /// Where the next NAL unit begins, just behind its start code; none before the first start code and after the last.
    next: Option<usize>,
    started: bool,
}

impl<'a> Scanner<'a> {
    /// A scanner of `stream`, which begins with a start code or with zeros before one.
    pub fn new(stream: &'a [u8]) -> Self {
        Self { stream, codes: memmem::find_iter(stream, PREFIX), next: None, started: false }
    }

    /// Behind the first start code, unless something else comes first.
    fn start(&mut self) -> Result<Option<usize>, NalError> {
        let Some(offset) = self.stream.iter().position(|&byte| byte != 0) else {
            return Ok(None);
        };
        match self.codes.next() {
            Some(code) if code + PREFIX.len() - 1 == offset => Ok(Some(offset + 1)),
            _ => Err(NalError::NoStartCode { offset }),
        }
    }
}

impl Iterator for Scanner<'_> {
    type Item = Result<Range<usize>, NalError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if !self.started {
            self.started = true;
            match self.start() {
                Ok(first) => self.next = first,
                Err(error) => return Some(Err(error)),
            }
        }
        while let Some(start) = self.next {
            let code = self.codes.next();
            self.next = code.map(|code| code + PREFIX.len());
            let mut end = code.unwrap_or(self.stream.len());
            while end > start && self.stream[end - 1] == 0 {
                end -= 1;
            }
            if end > start {
                return Some(Ok(start..end));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scan(stream: &[u8]) -> Result<Vec<Range<usize>>, NalError> {
        Scanner::new(stream).collect()
    }

    #[test]
    fn what_comes_before_the_first_start_code_is_an_error() {
        assert_eq!(scan(&[0x65, 0, 0, 1, 9]), Err(NalError::NoStartCode { offset: 0 }));
        assert_eq!(scan(&[0, 1, 9]), Err(NalError::NoStartCode { offset: 1 }));
        assert_eq!(scan(&[0, 0, 2]), Err(NalError::NoStartCode { offset: 2 }));
    }

    #[test]
    fn a_stream_without_nal_units_is_empty() {
        for stream in [&[][..], &[0, 0, 0, 0], &[0, 0, 1], &[0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0]] {
            assert_eq!(scan(stream), Ok(vec![]), "{stream:?}");
        }
    }

    #[test]
    fn start_codes_of_three_and_four_bytes_and_padding_zeros_are_taken_off() {
        let stream = [0, 0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 2, 0, 0, 0, 0, 1, 0x65, 3, 0, 0];
        assert_eq!(scan(&stream), Ok(vec![5..7, 10..12, 17..19]));
    }

    #[test]
    fn an_emulation_prevention_byte_at_the_end_stays() {
        assert_eq!(scan(&[0, 0, 1, 0x65, 0, 0, 3, 0, 0, 1, 9]), Ok(vec![3..7, 10..11]));
    }

    proptest! {
        #[test]
        fn whatever_is_joined_with_start_codes_is_found_again(
            units in prop::collection::vec(prop::collection::vec(2u8.., 1..40), 0..12),
            zeros in prop::collection::vec(0usize..3, 12),
        ) {
            let mut stream = Vec::new();
            for (unit, zeros) in units.iter().zip(&zeros) {
                stream.extend(std::iter::repeat_n(0, *zeros));
                stream.extend_from_slice(PREFIX);
                stream.extend_from_slice(unit);
            }
            let found: Vec<_> = scan(&stream).unwrap().into_iter().map(|range| stream[range].to_vec()).collect();
            prop_assert_eq!(found, units);
        }
    }
}
