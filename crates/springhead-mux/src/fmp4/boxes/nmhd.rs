//! Null media header (ISO/IEC 14496-12 §12.3.2).

use super::super::writer::BoxWriter;

/// Writes the header of media of which there is nothing to say.
pub(crate) fn write(out: &mut BoxWriter) {
    out.full_box(b"nmhd", 0, 0, |_| {});
}
