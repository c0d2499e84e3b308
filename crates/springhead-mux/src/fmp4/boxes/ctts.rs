//! Composition time to sample (ISO/IEC 14496-12 §8.6.1.3), walked and never stored.

use super::super::read::{Fields, ReadError};

/// The composition offsets of samples, run after run of equal ones.
#[derive(Clone, Debug)]
pub(crate) struct Ctts<'a> {
    fields: Fields<'a>,
    entries: u32,
    left: u32,
    offset: i32,
}

impl<'a> Ctts<'a> {
    pub(crate) fn parse(mut fields: Fields<'a>) -> Result<Self, ReadError> {
        if fields.version_and_flags()?.0 > 1 {
            return Err(fields.unsupported("version"));
        }
        let entries = fields.u32()?;
        Ok(Self { fields, entries, left: 0, offset: 0 })
    }

    /// The offset of the next sample; none behind the last run. In version 0 they have no sign, but no sample is composed
    /// 2³¹ ticks late, and QuickTime has written negative ones there since before version 1.
    pub(crate) fn next(&mut self) -> Result<i32, ReadError> {
        while self.left == 0 {
            if self.entries == 0 {
                return Ok(0);
            }
            self.entries -= 1;
            (self.left, self.offset) = (self.fields.u32()?, self.fields.u32()? as i32);
        }
        self.left -= 1;
        Ok(self.offset)
    }
}
