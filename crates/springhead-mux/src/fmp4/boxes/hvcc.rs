//! HEVC configuration (ISO/IEC 14496-15 §8.4.1.1.2), in the sample entry `hvc1`.

use super::super::writer::BoxWriter;

/// Bytes of a record before its arrays of parameter sets, of which the last but one has the size of lengths.
const FIXED: usize = 23;

/// Whether it is an HEVCDecoderConfigurationRecord (§8.3.3) whose samples have lengths of four bytes.
pub(crate) fn check(config: &[u8]) -> Result<(), &'static str> {
    match config {
        [1, ..] if config.len() >= FIXED && config[FIXED - 2] & 3 == 3 => Ok(()),
        [1, ..] if config.len() >= FIXED => Err("the lengths of NAL units have not four bytes"),
        _ => Err("there is no HEVCDecoderConfigurationRecord of version 1"),
    }
}

/// Writes the record as it is; its parameter sets are out of band.
pub(crate) fn write(config: &[u8], out: &mut BoxWriter) {
    out.boxed(b"hvcC", |out| out.bytes(config));
}
