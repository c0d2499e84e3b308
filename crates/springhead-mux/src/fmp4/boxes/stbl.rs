//! The sample table of a fragmented track (ISO/IEC 14496-12 §8.5 to §8.7): a sample description and four empty tables.

use springhead_core::Track;

use super::super::error::MuxError;
use super::super::protection::Protection;
use super::super::read::{BoxIter, BoxRef, ReadError};
use super::super::writer::BoxWriter;
use super::stsd;

/// Writes the table of a track of which all samples are in movie fragments.
pub(crate) fn write(track: &Track, protection: Option<&Protection>, out: &mut BoxWriter) -> Result<(), MuxError> {
    let mut written = Ok(());
    out.boxed(b"stbl", |out| {
        written = stsd::write(track, protection, out);
        out.full_box(b"stts", 0, 0, |out| out.u32(0));
        out.full_box(b"stsc", 0, 0, |out| out.u32(0));
        out.full_box(b"stsz", 0, 0, |out| out.zeros(8));
        out.full_box(b"stco", 0, 0, |out| out.u32(0));
    });
    written
}

/// How many samples the table itself describes: zero in a CMAF header.
pub(crate) fn sample_count(stbl: &BoxRef<'_>) -> Result<u32, ReadError> {
    for child in BoxIter::within(stbl) {
        let child = child?;
        let mut fields = child.fields();
        match &child.header.kind.0 {
            b"stsz" | b"stz2" => {
                fields.version_and_flags()?;
                fields.skip(4)?;
                return fields.u32();
            }
            _ => {}
        }
    }
    Ok(0)
}
