//! Track fragment decode time (ISO/IEC 14496-12 §8.8.12).

use super::super::read::{Fields, ReadError};
use super::super::writer::BoxWriter;

/// The decode time of a fragment's first sample, in ticks of the track's timescale. Written with 64 bits always: 32 bits
/// of 90 kHz end after 13 hours.
pub(crate) struct Tfdt {
    pub(crate) base_decode_time: u64,
}

impl Tfdt {
    /// Bytes of the box as it is written.
    pub(crate) const LEN: usize = 20;

    pub(crate) fn write(&self, out: &mut BoxWriter) {
        out.full_box(b"tfdt", 1, 0, |out| out.u64(self.base_decode_time));
    }

    pub(crate) fn parse(mut fields: Fields<'_>) -> Result<Self, ReadError> {
        let (version, _) = fields.version_and_flags()?;
        let base_decode_time = match version {
            0 => u64::from(fields.u32()?),
            1 => fields.u64()?,
            _ => return Err(fields.unsupported("version")),
        };
        Ok(Self { base_decode_time })
    }
}
