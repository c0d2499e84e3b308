//! Scheme type (ISO/IEC 14496-12 §8.12.6).

use super::super::read::{Fields, ReadError};
use super::super::writer::BoxWriter;
use crate::FourCc;

/// Which scheme protects a track, and in which version. An address where to learn more is passed over.
pub(crate) struct Schm {
    pub(crate) scheme: FourCc,
    pub(crate) version: u32,
}

impl Schm {
    pub(crate) fn write(&self, out: &mut BoxWriter) {
        out.full_box(b"schm", 0, 0, |out| {
            out.fourcc(self.scheme);
            out.u32(self.version);
        });
    }

    pub(crate) fn parse(mut fields: Fields<'_>) -> Result<Self, ReadError> {
        fields.version_and_flags()?;
        Ok(Self { scheme: fields.fourcc()?, version: fields.u32()? })
    }
}
