//! Sampling frequencies: ISO/IEC 14496-3 Table 1.18.

use crate::bits::{BitReader, BitWriter, SyntaxError};

/// Frequencies in Hz, by `samplingFrequencyIndex`.
pub(super) const FREQUENCIES: [u32; 13] =
    [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];

/// The index that says that the frequency follows in 24 bits.
const ESCAPE: u8 = 15;

pub(super) fn index_of(hz: u32) -> Option<u8> {
    FREQUENCIES.iter().position(|&known| known == hz).map(|index| index as u8)
}

pub(super) fn by_index(index: u8) -> Option<u32> {
    FREQUENCIES.get(usize::from(index)).copied()
}

/// `samplingFrequencyIndex` and, where it says so, `samplingFrequency`; never zero.
pub(super) fn read(r: &mut BitReader<'_>, field: &'static str) -> Result<u32, SyntaxError> {
    let index = r.bits8(field, 4)?;
    let hz = if index == ESCAPE { r.bits(field, 24)? } else { by_index(index).unwrap_or(0) };
    if hz == 0 { Err(r.out_of_range(field, index)) } else { Ok(hz) }
}

pub(super) fn write(w: &mut BitWriter, hz: u32) {
    match index_of(hz) {
        Some(index) => w.bits(index.into(), 4),
        None => w.bits(ESCAPE.into(), 4).bits(hz.into(), 24),
    };
}
