//! Pixel aspect ratio (ISO/IEC 14496-12 §12.1.4).

use springhead_core::SampleAspect;

use super::super::read::{Fields, ReadError};
use super::super::writer::BoxWriter;

/// Writes the shape of a sample.
pub(crate) fn write(aspect: SampleAspect, out: &mut BoxWriter) {
    out.boxed(b"pasp", |out| {
        out.u32(aspect.h);
        out.u32(aspect.v);
    });
}

/// The shape of a sample; square when it says nothing sensible.
pub(crate) fn parse(mut fields: Fields<'_>) -> Result<SampleAspect, ReadError> {
    let aspect = SampleAspect { h: fields.u32()?, v: fields.u32()? };
    Ok(if aspect.h == 0 || aspect.v == 0 { SampleAspect::SQUARE } else { aspect })
}
