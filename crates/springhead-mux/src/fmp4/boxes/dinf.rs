//! Data information and data reference (ISO/IEC 14496-12 §8.7.1, §8.7.2).

use super::super::writer::BoxWriter;

/// Writes that the media is in the same file.
pub(crate) fn write(out: &mut BoxWriter) {
    const SELF_CONTAINED: u32 = 1;
    out.boxed(b"dinf", |out| {
        out.full_box(b"dref", 0, 0, |out| {
            out.u32(1);
            out.full_box(b"url ", 0, SELF_CONTAINED, |_| {});
        });
    });
}
