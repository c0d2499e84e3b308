//! Movie fragment header (ISO/IEC 14496-12 §8.8.5).

use super::super::read::{Fields, ReadError};
use super::super::writer::BoxWriter;

/// The number of a fragment.
pub(crate) struct Mfhd {
    pub(crate) sequence_number: u32,
}

impl Mfhd {
    /// Bytes of the box.
    pub(crate) const LEN: usize = 16;

    pub(crate) fn write(&self, out: &mut BoxWriter) {
        out.full_box(b"mfhd", 0, 0, |out| out.u32(self.sequence_number));
    }

    pub(crate) fn parse(mut fields: Fields<'_>) -> Result<Self, ReadError> {
        fields.version_and_flags()?;
        Ok(Self { sequence_number: fields.u32()? })
    }
}
