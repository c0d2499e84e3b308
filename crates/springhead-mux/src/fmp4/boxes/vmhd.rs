//! Video media header (ISO/IEC 14496-12 §12.1.2).

use super::super::writer::BoxWriter;

/// Writes the header of media that is shown: copied over what is below, no colour.
pub(crate) fn write(out: &mut BoxWriter) {
    out.full_box(b"vmhd", 0, 1, |out| out.zeros(8));
}
