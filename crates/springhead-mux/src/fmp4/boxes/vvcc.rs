//! VVC configuration (ISO/IEC 14496-15 §11.3.3.1.2), in the sample entry `vvc1`.

use super::super::writer::BoxWriter;

/// Whether it can be a VvcDecoderConfigurationRecord (§11.2.4) whose samples have lengths of four bytes: five bits that are
/// one, the size of lengths, and whether a profile follows.
pub(crate) fn check(config: &[u8]) -> Result<(), &'static str> {
    match config {
        [first, _, ..] if first >> 3 == 0x1f && first >> 1 & 3 == 3 => Ok(()),
        [first, _, ..] if first >> 3 == 0x1f => Err("the lengths of NAL units have not four bytes"),
        _ => Err("there is no VvcDecoderConfigurationRecord"),
    }
}

/// Writes the record as it is; its parameter sets are out of band.
pub(crate) fn write(config: &[u8], out: &mut BoxWriter) {
    out.full_box(b"vvcC", 0, 0, |out| out.bytes(config));
}
