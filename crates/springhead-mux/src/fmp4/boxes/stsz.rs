//! Sample sizes (ISO/IEC 14496-12 §8.7.3), `stsz` and the compact `stz2`, walked and never stored.

use super::super::read::{Fields, ReadError};

/// The sizes of samples.
#[derive(Clone, Debug)]
pub(crate) struct Stsz<'a> {
    fields: Fields<'a>,
    left: u32,
    form: Form,
}

#[derive(Clone, Copy, Debug)]
enum Form {
    Equal(u32),
    Bits32,
    Bits16,
    Bits8,
    /// Two in a byte; the second of the byte that was read last, when it has not been taken.
    Bits4(Option<u8>),
}

impl<'a> Stsz<'a> {
    pub(crate) fn parse(mut fields: Fields<'a>) -> Result<Self, ReadError> {
        fields.version_and_flags()?;
        let form = match fields.u32()? {
            0 => Form::Bits32,
            size => Form::Equal(size),
        };
        Ok(Self { left: fields.u32()?, fields, form })
    }

    pub(crate) fn parse_compact(mut fields: Fields<'a>) -> Result<Self, ReadError> {
        fields.version_and_flags()?;
        let form = match fields.u32()? & 0xff {
            4 => Form::Bits4(None),
            8 => Form::Bits8,
            16 => Form::Bits16,
            _ => return Err(fields.invalid("sizes have not 4, 8 or 16 bits")),
        };
        Ok(Self { left: fields.u32()?, fields, form })
    }

    /// How many samples are left, as is declared: nothing may be allocated by it.
    pub(crate) fn left(&self) -> u32 {
        self.left
    }

    /// The size of the next sample; none after the last.
    pub(crate) fn next(&mut self) -> Result<Option<u32>, ReadError> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        Ok(Some(match &mut self.form {
            Form::Equal(size) => *size,
            Form::Bits32 => self.fields.u32()?,
            Form::Bits16 => self.fields.u16()?.into(),
            Form::Bits8 => self.fields.u8()?.into(),
            Form::Bits4(second) => match second.take() {
                Some(size) => size.into(),
                None => {
                    let both = self.fields.u8()?;
                    *second = Some(both & 0xf);
                    (both >> 4).into()
                }
            },
        }))
    }
}
