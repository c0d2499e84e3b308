//! AV1 codec configuration (AV1 Codec ISO Media File Format Binding §2.3), in the sample entry `av01`.

use super::super::writer::BoxWriter;

/// Whether it is an AV1CodecConfigurationRecord of version 1 behind its marker bit.
pub(crate) fn check(config: &[u8]) -> Result<(), &'static str> {
    match config {
        [0x81, _, _, _, ..] => Ok(()),
        _ => Err("there is no AV1CodecConfigurationRecord of version 1"),
    }
}

/// Writes the record as it is.
pub(crate) fn write(config: &[u8], out: &mut BoxWriter) {
    out.boxed(b"av1C", |out| out.bytes(config));
}
