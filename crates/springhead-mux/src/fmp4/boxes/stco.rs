//! Chunk offsets (ISO/IEC 14496-12 §8.7.5), `stco` and `co64`, walked and never stored.

use super::super::read::{Fields, ReadError};

/// Where chunks start in the file.
#[derive(Clone, Debug)]
pub(crate) struct Stco<'a> {
    fields: Fields<'a>,
    left: u32,
    wide: bool,
}

impl<'a> Stco<'a> {
    /// The offsets of an `stco`, or of a `co64` if `wide`.
    pub(crate) fn parse(mut fields: Fields<'a>, wide: bool) -> Result<Self, ReadError> {
        fields.version_and_flags()?;
        Ok(Self { left: fields.u32()?, fields, wide })
    }

    /// Where the next chunk starts; none after the last.
    pub(crate) fn next(&mut self) -> Result<Option<u64>, ReadError> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        Ok(Some(if self.wide { self.fields.u64()? } else { self.fields.u32()?.into() }))
    }
}
