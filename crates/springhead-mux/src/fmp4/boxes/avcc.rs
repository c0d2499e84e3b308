//! AVC configuration (ISO/IEC 14496-15 §5.4.2.1.2), in the sample entry `avc1`.

use super::super::writer::BoxWriter;

/// Whether it is an AVCDecoderConfigurationRecord (§5.3.3) whose samples have lengths of four bytes.
pub(crate) fn check(config: &[u8]) -> Result<(), &'static str> {
    match config {
        [1, _, _, _, lengths, _, _, ..] if lengths & 3 == 3 => Ok(()),
        [1, _, _, _, _, _, _, ..] => Err("the lengths of NAL units have not four bytes"),
        _ => Err("there is no AVCDecoderConfigurationRecord of version 1"),
    }
}

/// Writes the record as it is; its parameter sets are out of band.
pub(crate) fn write(config: &[u8], out: &mut BoxWriter) {
    out.boxed(b"avcC", |out| out.bytes(config));
}
