//! Sound media header (ISO/IEC 14496-12 §12.2.2).

use super::super::writer::BoxWriter;

/// Writes the header of media that is heard: balanced in the middle.
pub(crate) fn write(out: &mut BoxWriter) {
    out.full_box(b"smhd", 0, 0, |out| out.zeros(4));
}
