//! NAL units with their length before them: ISO/IEC 14496-15 §5.3.2.

use std::ops::Range;

use super::NalError;

/// Finds the NAL units of a sample.
#[derive(Debug)]
pub struct Scanner<'a> {
    sample: &'a [u8],
    length_size: u8,
    at: usize,
}

impl<'a> Scanner<'a> {
    /// A scanner of `sample`, whose lengths have `length_size` bytes: 1, 2 or 4.
    pub fn new(sample: &'a [u8], length_size: u8) -> Self {
        Self { sample, length_size, at: 0 }
    }

    /// The NAL unit whose length field begins at `at`, of which at least one byte is there.
    fn unit_at(&self, at: usize) -> Result<Range<usize>, NalError> {
        let length_size = self.length_size;
        let rest = &self.sample[at..];
        let truncated = NalError::LengthTruncated { offset: at, available: rest.len(), length_size };
        let field = rest.get(..length_size.into()).ok_or(truncated)?;
        let length = field.iter().fold(0u32, |length, &byte| (length << 8) | u32::from(byte));
        let available = rest.len() - field.len();
        let start = at + field.len();
        match usize::try_from(length) {
            Ok(bytes) if bytes <= available => Ok(start..start + bytes),
            _ => Err(NalError::LengthBeyondEnd { offset: at, length, available }),
        }
    }
}

impl Iterator for Scanner<'_> {
    type Item = Result<Range<usize>, NalError>;

    fn next(&mut self) -> Option<Self::Item> {
        if !matches!(self.length_size, 1 | 2 | 4) {
            let error = NalError::LengthSize(self.length_size);
            let first = std::mem::replace(&mut self.at, self.sample.len()) < self.sample.len();
            return first.then_some(Err(error));
        }
        while self.at < self.sample.len() {
            match self.unit_at(self.at) {
                Ok(unit) => {
                    self.at = unit.end;
                    if !unit.is_empty() {
                        return Some(Ok(unit));
                    }
                }
                Err(error) => {
                    self.at = self.sample.len();
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn scan(sample: &[u8], length_size: u8) -> Result<Vec<Range<usize>>, NalError> {
        Scanner::new(sample, length_size).collect()
    }

    #[test]
    fn a_length_beyond_the_end_is_an_error_that_says_where() {
        let beyond = NalError::LengthBeyondEnd { offset: 5, length: 2, available: 1 };
        assert_eq!(scan(&[0, 0, 0, 1, 9, 0, 0, 0, 2, 0x65], 4), Err(beyond));
        let beyond = NalError::LengthBeyondEnd { offset: 0, length: u32::MAX, available: 0 };
        assert_eq!(scan(&[0xff; 4], 4), Err(beyond));
    }

    #[test]
    fn a_length_that_is_cut_short_is_an_error() {
        let truncated = NalError::LengthTruncated { offset: 3, available: 1, length_size: 2 };
        assert_eq!(scan(&[0, 1, 9, 0], 2), Err(truncated));
    }

    #[test]
    fn a_length_has_one_two_or_four_bytes() {
        for size in [0, 3, 5, 255] {
            assert_eq!(scan(&[0; 8], size), Err(NalError::LengthSize(size)));
            assert_eq!(Scanner::new(&[0; 8], size).count(), 1);
        }
    }

    #[test]
    fn empty_nal_units_are_passed_over() {
        assert_eq!(scan(&[0, 2, 9, 0xf0, 0, 1, 0x65], 1), Ok(vec![2..4, 6..7]));
        assert_eq!(scan(&[0; 64], 4), Ok(vec![]));
    }

    proptest! {
        #[test]
        fn whatever_is_joined_with_lengths_is_found_again(
            units in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..40), 0..12),
            size in prop::sample::select(vec![1u8, 2, 4]),
        ) {
            let mut sample = Vec::new();
            for unit in &units {
                sample.extend_from_slice(&(unit.len() as u32).to_be_bytes()[4 - usize::from(size)..]);
                sample.extend_from_slice(unit);
            }
            let found: Vec<_> = scan(&sample, size).unwrap().into_iter().map(|range| sample[range].to_vec()).collect();
            prop_assert_eq!(found, units);
        }
    }
}
