//! Extended language tag (ISO/IEC 14496-12 §8.4.6).

use super::super::read::{Fields, ReadError};
use super::super::writer::BoxWriter;

/// Writes a BCP 47 tag, which says more than the three letters of `mdhd` can.
pub(crate) fn write(tag: &str, out: &mut BoxWriter) {
    out.full_box(b"elng", 0, 0, |out| {
        out.bytes(tag.as_bytes());
        out.u8(0);
    });
}

/// The tag; none when it is not one by its characters.
pub(crate) fn parse(mut fields: Fields<'_>) -> Result<Option<String>, ReadError> {
    fields.version_and_flags()?;
    let text = fields.rest();
    let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
    let fits = !text.is_empty() && text.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    Ok(fits.then(|| String::from_utf8_lossy(text).into_owned()))
}
