//! Protection scheme information (ISO/IEC 14496-12 §8.12): `sinf` with `frma`, `schm`, and `schi` around `tenc`.

use super::super::protection::Protection;
use super::super::read::{BoxRef, ReadError};
use super::super::writer::BoxWriter;
use super::{schm::Schm, tenc};

/// Writes what a protected sample entry was, and how it is protected.
pub(crate) fn write(original: &[u8; 4], protection: &Protection, out: &mut BoxWriter) {
    out.boxed(b"sinf", |out| {
        out.boxed(b"frma", |out| out.bytes(original));
        Schm { scheme: protection.scheme, version: protection.scheme_version }.write(out);
        out.boxed(b"schi", |out| tenc::write(protection, out));
    });
}

/// The format that the entry had (`frma`), and how it is protected; of a scheme without `tenc`, nothing.
pub(crate) fn parse(sinf: &BoxRef<'_>) -> Result<Option<([u8; 4], Protection)>, ReadError> {
    let original = sinf.child(b"frma")?.fields().array()?;
    let (Some(schm), Some(schi)) = (sinf.find(b"schm")?, sinf.find(b"schi")?) else { return Ok(None) };
    let Schm { scheme, version } = Schm::parse(schm.fields())?;
    let Some(tenc) = schi.find(b"tenc")? else { return Ok(None) };
    Ok(Some((original, tenc::parse(tenc.fields(), scheme, version)?)))
}
