//! Decoding time to sample (ISO/IEC 14496-12 §8.6.1.2), walked and never stored.

use super::super::read::{Fields, ReadError};

/// The durations of samples, run after run of equal ones.
#[derive(Clone, Debug)]
pub(crate) struct Stts<'a> {
    fields: Fields<'a>,
    entries: u32,
    left: u32,
    duration: u32,
}

impl<'a> Stts<'a> {
    pub(crate) fn parse(mut fields: Fields<'a>) -> Result<Self, ReadError> {
        fields.version_and_flags()?;
        let entries = fields.u32()?;
        Ok(Self { fields, entries, left: 0, duration: 0 })
    }

    /// The duration of the next sample. Behind the last run it goes on, as files have been seen whose tables are one sample
    /// short.
    pub(crate) fn next(&mut self) -> Result<u32, ReadError> {
        while self.left == 0 && self.entries > 0 {
            self.entries -= 1;
            (self.left, self.duration) = (self.fields.u32()?, self.fields.u32()?);
        }
        self.left = self.left.saturating_sub(1);
        Ok(self.duration)
    }
}
