//! VP codec configuration (VP Codec ISO Media File Format Binding 1.0), in the sample entries `vp08` and `vp09`.

use super::super::writer::BoxWriter;

/// Whether it is a VPCodecConfigurationRecord: eight bytes, the last two of which say that nothing follows, as it must be
/// with VP8 and VP9.
pub(crate) fn check(config: &[u8]) -> Result<(), &'static str> {
    match config {
        [_, _, _, _, _, _, 0, 0] => Ok(()),
        _ => Err("there is no VPCodecConfigurationRecord without initialization data"),
    }
}

/// Writes the record as it is, in the version of the box that goes with it.
pub(crate) fn write(config: &[u8], out: &mut BoxWriter) {
    out.full_box(b"vpcC", 1, 0, |out| out.bytes(config));
}
