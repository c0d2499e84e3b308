//! Sync samples (ISO/IEC 14496-12 §8.6.2), walked and never stored.

use super::super::read::{Fields, ReadError};

/// Which samples are sync samples.
#[derive(Clone, Debug)]
pub(crate) struct Stss<'a> {
    fields: Fields<'a>,
    left: u32,
    /// The number of the sample that comes next, from one.
    sample: u32,
    /// The number of the next sync sample.
    upcoming: Option<u32>,
}

impl<'a> Stss<'a> {
    pub(crate) fn parse(mut fields: Fields<'a>) -> Result<Self, ReadError> {
        fields.version_and_flags()?;
        let left = fields.u32()?;
        let mut table = Self { fields, left, sample: 1, upcoming: None };
        table.advance()?;
        Ok(table)
    }

    fn advance(&mut self) -> Result<(), ReadError> {
        self.upcoming = match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                Some(self.fields.u32()?)
            }
            None => None,
        };
        Ok(())
    }

    /// Whether the next sample is one. Numbers that do not rise are passed over.
    pub(crate) fn next(&mut self) -> Result<bool, ReadError> {
        while self.upcoming.is_some_and(|sync| sync < self.sample) {
            self.advance()?;
        }
        let sync = self.upcoming == Some(self.sample);
        self.sample = self.sample.saturating_add(1);
        Ok(sync)
    }
}
