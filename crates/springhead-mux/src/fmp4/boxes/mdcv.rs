//! Mastering display colour volume (ISO/IEC 14496-12 §12.1.7).

use springhead_core::MasteringDisplay;

use super::super::read::{Fields, ReadError};
use super::super::writer::BoxWriter;

/// Writes the display on which the pictures were graded.
pub(crate) fn write(display: &MasteringDisplay, out: &mut BoxWriter) {
    out.boxed(b"mdcv", |out| {
        for (x, y) in display.primaries.into_iter().chain([display.white]) {
            out.u16(x);
            out.u16(y);
        }
        out.u32(display.max_luminance);
        out.u32(display.min_luminance);
    });
}

/// The display on which the pictures were graded.
pub(crate) fn parse(mut fields: Fields<'_>) -> Result<MasteringDisplay, ReadError> {
    let mut point = || Ok::<_, ReadError>((fields.u16()?, fields.u16()?));
    let (primaries, white) = ([point()?, point()?, point()?], point()?);
    Ok(MasteringDisplay { primaries, white, max_luminance: fields.u32()?, min_luminance: fields.u32()? })
}
