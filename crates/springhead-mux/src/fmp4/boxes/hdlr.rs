//! Handler reference (ISO/IEC 14496-12 §8.4.3).

use springhead_core::MediaKind;

use super::super::read::{Fields, ReadError};
use super::super::writer::BoxWriter;
use crate::FourCc;

pub(crate) const VIDEO: FourCc = FourCc(*b"vide");
pub(crate) const SOUND: FourCc = FourCc(*b"soun");
pub(crate) const METADATA: FourCc = FourCc(*b"meta");

/// Writes what kind of media a track is of.
pub(crate) fn write(kind: MediaKind, out: &mut BoxWriter) {
    out.full_box(b"hdlr", 0, 0, |out| {
        out.zeros(4);
        let (handler, name): (FourCc, &[u8]) = match kind {
            MediaKind::Video => (VIDEO, b"Video\0"),
            MediaKind::Audio => (SOUND, b"Sound\0"),
            MediaKind::Metadata => (METADATA, b"Metadata\0"),
        };
        out.fourcc(handler);
        out.zeros(12);
        out.bytes(name);
    });
}

/// The handler type.
pub(crate) fn parse(mut fields: Fields<'_>) -> Result<FourCc, ReadError> {
    fields.version_and_flags()?;
    fields.skip(4)?;
    fields.fourcc()
}
