//! Reading and writing bits, most significant first, with the Exp-Golomb codes of ITU-T H.264 §9.1.

use std::ops::RangeInclusive;

/// Where and why a bitstream is not what its syntax says.
///
/// The caller drops what it was reading; nothing is known of the rest of the structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{structure}, bit {bit}, {field}: {fault}")]
pub struct SyntaxError {
    /// The syntax structure in the standard's words.
    pub structure: &'static str,
    /// The syntax element in the standard's words.
    pub field: &'static str,
    /// Where the element begins, in bits from the start of the structure (with emulation prevention removed).
    pub bit: usize,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a syntax element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The structure ends before the element does.
    #[error("the structure ends here")]
    Truncated,
    /// An Exp-Golomb code of more than 32 leading zeros.
    #[error("an Exp-Golomb code longer than 32 bits")]
    Overlong,
    /// The value is not one that the standard allows.
    #[error("{0} is not an allowed value")]
    OutOfRange(i64),
}

/// Reads a raw byte sequence payload, or any other structure of bits.
///
/// Every read names the syntax element, so that an error can tell where it happened, and checks the range that the
/// standard gives, so that no unchecked value enters a structure.
///
/// ```
/// use springhead_codec::bits::BitReader;
/// let mut r = BitReader::new("example", &[0b1010_0111, 0x80]);
/// assert!(r.flag("a_flag")?);
/// assert_eq!(r.ue("a_code", 9)?, 1);
/// assert_eq!(r.bits("a_number", 4)?, 7);
/// assert!(!r.more_rbsp_data());
/// # Ok::<(), springhead_codec::bits::SyntaxError>(())
/// ```
#[derive(Clone, Debug)]
pub struct BitReader<'a> {
    structure: &'static str,
    bytes: &'a [u8],
    bit: usize,
}

impl<'a> BitReader<'a> {
    /// A reader at the first bit of `bytes`, which hold the syntax structure of that name.
    pub fn new(structure: &'static str, bytes: &'a [u8]) -> Self {
        Self { structure, bytes, bit: 0 }
    }

    /// The position in bits.
    pub fn position(&self) -> usize {
        self.bit
    }

    /// How many bits are left.
    pub fn remaining(&self) -> usize {
        self.bytes.len() * 8 - self.bit
    }

    /// An error about the element that begins at `bit`.
    fn fault(&self, field: &'static str, bit: usize, fault: Fault) -> SyntaxError {
        SyntaxError { structure: self.structure, field, bit, fault }
    }

    /// An error that says that the element that was read last has a value that is not allowed.
    pub fn out_of_range(&self, field: &'static str, value: impl Into<i64>) -> SyntaxError {
        self.fault(field, self.bit, Fault::OutOfRange(value.into()))
    }

    /// `u(n)`: an unsigned number of `count` bits.
    ///
    /// # Panics
    /// When `count` is above 32: an element's width is the standard's or bounded by it, not input.
    pub fn bits(&mut self, field: &'static str, count: u32) -> Result<u32, SyntaxError> {
        assert!(count <= 32, "a syntax element has at most 32 bits, not {count}");
        if self.remaining() < count as usize {
            return Err(self.fault(field, self.bit, Fault::Truncated));
        }
        let mut value = 0u64;
        let mut want = count;
        while want > 0 {
            let byte = self.bytes[self.bit / 8];
            let left = 8 - (self.bit % 8) as u32;
            let take = left.min(want);
            let part = (byte >> (left - take)) & (0xff >> (8 - take));
            value = (value << take) | u64::from(part);
            self.bit += take as usize;
            want -= take;
        }
        Ok(value as u32)
    }

    /// `u(n)` of at most eight bits.
    ///
    /// # Panics
    /// When `count` is above 8.
    pub fn bits8(&mut self, field: &'static str, count: u32) -> Result<u8, SyntaxError> {
        assert!(count <= 8, "an element of {count} bits is no byte");
        Ok(self.bits(field, count)? as u8)
    }

    /// `u(1)`: a flag.
    pub fn flag(&mut self, field: &'static str) -> Result<bool, SyntaxError> {
        Ok(self.bits(field, 1)? == 1)
    }

    /// `ue(v)`: an unsigned Exp-Golomb code (§9.1) of at most `max`.
    pub fn ue(&mut self, field: &'static str, max: u32) -> Result<u32, SyntaxError> {
        let start = self.bit;
        let value = self.exp_golomb(field)?;
        u32::try_from(value)
            .ok()
            .filter(|&value| value <= max)
            .ok_or_else(|| self.fault(field, start, Fault::OutOfRange(value as i64)))
    }

    /// `ue(v)` of at most `max`, which fits a byte.
    pub fn ue8(&mut self, field: &'static str, max: u8) -> Result<u8, SyntaxError> {
        Ok(self.ue(field, max.into())? as u8)
    }

    /// `se(v)`: a signed Exp-Golomb code (§9.1.1) within `range`.
    pub fn se(&mut self, field: &'static str, range: RangeInclusive<i32>) -> Result<i32, SyntaxError> {
        let start = self.bit;
        let code = self.exp_golomb(field)? as i64;
        let value = if code % 2 == 1 { (code + 1) / 2 } else { -(code / 2) };
        i32::try_from(value)
            .ok()
            .filter(|value| range.contains(value))
            .ok_or_else(|| self.fault(field, start, Fault::OutOfRange(value)))
    }

    /// codeNum of §9.1: below 2^33.
    fn exp_golomb(&mut self, field: &'static str) -> Result<u64, SyntaxError> {
        let start = self.bit;
        let mut zeros = 0;
        while !self.flag(field).map_err(|error| SyntaxError { bit: start, ..error })? {
            zeros += 1;
            if zeros > 32 {
                return Err(self.fault(field, start, Fault::Overlong));
            }
        }
        let suffix = self.bits(field, zeros).map_err(|error| SyntaxError { bit: start, ..error })?;
        Ok((1u64 << zeros) - 1 + u64::from(suffix))
    }

    /// Passes over `count` bits.
    pub fn skip(&mut self, field: &'static str, count: usize) -> Result<(), SyntaxError> {
        if self.remaining() < count {
            return Err(self.fault(field, self.bit, Fault::Truncated));
        }
        self.bit += count;
        Ok(())
    }

    /// `byte_alignment()`: passes over the bits that are left in the current byte.
    pub fn align(&mut self) {
        self.bit = self.bit.next_multiple_of(8);
    }

    /// `more_rbsp_data()` of §7.2: whether there is anything before the `rbsp_trailing_bits`, whose stop bit is the last
    /// bit set; `cabac_zero_words` after it do not count.
    pub fn more_rbsp_data(&self) -> bool {
        let Some(last) = self.bytes.iter().rposition(|&byte| byte != 0) else {
            return false;
        };
        let stop = last * 8 + 7 - self.bytes[last].trailing_zeros() as usize;
        self.bit < stop
    }
}

/// Writes what a [`BitReader`] reads.
///
/// ```
/// use springhead_codec::bits::BitWriter;
/// let mut w = BitWriter::new();
/// w.bits(0b1, 1).ue(1).bits(7, 4);
/// assert_eq!(w.into_bytes(), [0b1010_0111]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct BitWriter {
    bytes: Vec<u8>,
    bit: usize,
}

impl BitWriter {
    /// A writer that has written nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// `u(n)`: the low `count` bits of `value`.
    ///
    /// # Panics
    /// When `count` is above 64.
    pub fn bits(&mut self, value: u64, count: u32) -> &mut Self {
        assert!(count <= 64, "at most 64 bits are written at once, not {count}");
        for shift in (0..count).rev() {
            if self.bit.is_multiple_of(8) {
                self.bytes.push(0);
            }
            if let Some(last) = self.bytes.last_mut() {
                *last |= (((value >> shift) & 1) as u8) << (7 - self.bit % 8);
            }
            self.bit += 1;
        }
        self
    }

    /// `u(1)`: a flag.
    pub fn flag(&mut self, value: bool) -> &mut Self {
        self.bits(value.into(), 1)
    }

    /// `ue(v)`: an unsigned Exp-Golomb code (§9.1).
    pub fn ue(&mut self, value: u32) -> &mut Self {
        self.code(u64::from(value))
    }

    /// `se(v)`: a signed Exp-Golomb code (§9.1.1).
    pub fn se(&mut self, value: i32) -> &mut Self {
        let value = i64::from(value);
        self.code(if value > 0 { 2 * value - 1 } else { -2 * value } as u64)
    }

    fn code(&mut self, number: u64) -> &mut Self {
        let width = u64::BITS - (number + 1).leading_zeros();
        self.bits(0, width - 1).bits(number + 1, width)
    }

    /// `rbsp_trailing_bits()` of §7.3.2.11: a stop bit, then zeros to the end of the byte.
    pub fn trailing_bits(&mut self) -> &mut Self {
        self.bits(1, 1).align()
    }

    /// Zeros to the end of the byte.
    pub fn align(&mut self) -> &mut Self {
        self.bit = self.bytes.len() * 8;
        self
    }

    /// What was written; the last byte is filled with zeros.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fault<T: std::fmt::Debug>(result: Result<T, SyntaxError>) -> Fault {
        result.unwrap_err().fault
    }

    #[test]
    fn reading_past_the_end_is_an_error_that_names_the_element() {
        let mut r = BitReader::new("example", &[0xff]);
        r.skip("head", 5).unwrap();
        let error = r.bits("tail", 4).unwrap_err();
        assert_eq!((error.field, error.bit, error.fault), ("tail", 5, Fault::Truncated));
        assert_eq!(error.to_string(), "example, bit 5, tail: the structure ends here");
        assert_eq!(fault(r.skip("tail", 4)), Fault::Truncated);
        assert_eq!(r.bits("tail", 3), Ok(7));
    }

    #[test]
    fn codes_that_do_not_fit_are_errors() {
        assert_eq!(fault(BitReader::new("x", &[0; 9]).ue("code", u32::MAX)), Fault::Overlong);
        assert_eq!(fault(BitReader::new("x", &[0; 2]).ue("code", u32::MAX)), Fault::Truncated);
        let all_ones = [0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(fault(BitReader::new("x", &all_ones).ue("code", u32::MAX)), Fault::OutOfRange((1 << 33) - 2));
        assert_eq!(fault(BitReader::new("x", &[0b0010_0000]).ue("code", 2)), Fault::OutOfRange(3));
        assert_eq!(fault(BitReader::new("x", &[0b0010_1000]).se("code", -1..=1)), Fault::OutOfRange(-2));
    }

    #[test]
    fn the_stop_bit_and_zero_words_are_not_data() {
        let data = |bytes: &[u8]| BitReader::new("x", bytes).more_rbsp_data();
        assert!(!data(&[]) && !data(&[0, 0]) && !data(&[0x80]) && !data(&[0x80, 0, 0]));
        assert!(data(&[0x40]) && data(&[0, 0x80]));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(parts in prop::collection::vec((any::<u32>(), any::<i32>(), 0u32..=32), 0..20)) {
            let mut w = BitWriter::new();
            for &(u, s, width) in &parts {
                w.ue(u).bits(u.into(), width).se(s.max(-i32::MAX)).flag(s > 0);
            }
            w.trailing_bits();
            let bytes = w.into_bytes();
            let mut r = BitReader::new("x", &bytes);
            for &(u, s, width) in &parts {
                prop_assert!(r.more_rbsp_data());
                prop_assert_eq!(r.ue("ue", u32::MAX), Ok(u));
                prop_assert_eq!(u64::from(r.bits("u", width).unwrap()), u64::from(u) & ((1 << width) - 1));
                prop_assert_eq!(r.se("se", -i32::MAX..=i32::MAX), Ok(s.max(-i32::MAX)));
                prop_assert_eq!(r.flag("flag"), Ok(s > 0));
            }
            prop_assert!(!r.more_rbsp_data());
        }
    }
}
