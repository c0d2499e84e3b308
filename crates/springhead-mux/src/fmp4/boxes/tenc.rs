//! Track encryption (ISO/IEC 23001-7 §8.2).

use bytes::Bytes;

use super::super::protection::{Pattern, Protection};
use super::super::read::{Fields, ReadError};
use super::super::writer::BoxWriter;
use crate::FourCc;

/// Writes the defaults of a track; version 1 where there is a pattern. A constant initialization vector has at most 255
/// bytes, which whoever writes has checked.
pub(crate) fn write(protection: &Protection, out: &mut BoxWriter) {
    out.full_box(b"tenc", protection.pattern.is_some().into(), 0, |out| {
        out.u8(0);
        out.u8(protection.pattern.map_or(0, |pattern| pattern.crypt << 4 | pattern.skip & 0xf));
        out.u8(protection.is_protected.into());
        out.u8(protection.iv_size);
        out.bytes(&protection.key_id);
        if let Some(iv) = &protection.constant_iv {
            out.u8(iv.len() as u8);
            out.bytes(iv);
        }
    });
}

/// The defaults of a track that `scheme` protects.
pub(crate) fn parse(mut fields: Fields<'_>, scheme: FourCc, scheme_version: u32) -> Result<Protection, ReadError> {
    let (version, _) = fields.version_and_flags()?;
    if version > 1 {
        return Err(fields.unsupported("version"));
    }
    fields.skip(1)?;
    let pattern = fields.u8()?;
    let pattern = (version == 1).then_some(Pattern { crypt: pattern >> 4, skip: pattern & 0xf });
    let is_protected = match fields.u8()? {
        0 => false,
        1 => true,
        _ => return Err(fields.invalid("default_isProtected is reserved")),
    };
    let iv_size = fields.u8()?;
    if !matches!(iv_size, 0 | 8 | 16) {
        return Err(fields.invalid("an initialization vector has not 8 or 16 bytes"));
    }
    let key_id = fields.array()?;
    let constant_iv = if is_protected && iv_size == 0 {
        let length = fields.u8()?;
        Some(Bytes::copy_from_slice(fields.take(length.into())?))
    } else {
        None
    };
    Ok(Protection { scheme, scheme_version, is_protected, key_id, iv_size, constant_iv, pattern })
}
