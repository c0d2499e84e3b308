//! Sample encryption (ISO/IEC 23001-7 §7.2).

use bytes::Bytes;

use super::super::read::{Fields, ReadError};
use super::super::writer::BoxWriter;

/// Whether samples have subsamples.
const USE_SUBSAMPLES: u32 = 2;

/// The auxiliary information of the samples of a fragment, as it is.
pub(crate) struct Senc {
    pub(crate) subsamples: bool,
    pub(crate) sample_count: u32,
    pub(crate) data: Bytes,
}

impl Senc {
    /// Writes the box and says where the first sample's information is.
    pub(crate) fn write(&self, out: &mut BoxWriter) -> usize {
        let mut data = 0;
        out.full_box(b"senc", 0, if self.subsamples { USE_SUBSAMPLES } else { 0 }, |out| {
            out.u32(self.sample_count);
            data = out.len();
            out.bytes(&self.data);
        });
        data
    }

    pub(crate) fn parse(mut fields: Fields<'_>) -> Result<Self, ReadError> {
        let (version, flags) = fields.version_and_flags()?;
        if version > 0 {
            return Err(fields.unsupported("version"));
        }
        let sample_count = fields.u32()?;
        Ok(Self { subsamples: flags & USE_SUBSAMPLES != 0, sample_count, data: Bytes::copy_from_slice(fields.rest()) })
    }
}
