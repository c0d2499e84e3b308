//! AC-3 specific box (ETSI TS 102 366 Annex F.4), in the sample entry `ac-3`.

use super::super::writer::BoxWriter;

/// Whether it has the 24 bits that the box has.
pub(crate) fn check(config: &[u8]) -> Result<(), &'static str> {
    if config.len() == 3 { Ok(()) } else { Err("the content of dac3 has not three bytes") }
}

/// Writes the content as it is.
pub(crate) fn write(config: &[u8], out: &mut BoxWriter) {
    out.boxed(b"dac3", |out| out.bytes(config));
}
