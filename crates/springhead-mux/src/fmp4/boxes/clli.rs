//! Content light level (ISO/IEC 14496-12 §12.1.6).

use springhead_core::ContentLight;

use super::super::read::{Fields, ReadError};
use super::super::writer::BoxWriter;

/// Writes how bright the pictures get.
pub(crate) fn write(light: ContentLight, out: &mut BoxWriter) {
    out.boxed(b"clli", |out| {
        out.u16(light.max_content);
        out.u16(light.max_picture_average);
    });
}

/// How bright the pictures get.
pub(crate) fn parse(mut fields: Fields<'_>) -> Result<ContentLight, ReadError> {
    Ok(ContentLight { max_content: fields.u16()?, max_picture_average: fields.u16()? })
}
