//! Sample to chunk (ISO/IEC 14496-12 §8.7.4), walked and never stored.

use super::super::read::{Fields, ReadError};

/// How many samples each chunk has, and by which sample entry, run after run of equal ones.
#[derive(Clone, Debug)]
pub(crate) struct Stsc<'a> {
    fields: Fields<'a>,
    entries: u32,
    /// The chunk that comes next, from one.
    chunk: u32,
    samples: u32,
    description: u32,
    /// The first chunk of the run that comes next, with its samples and its description.
    upcoming: Option<(u32, u32, u32)>,
}

impl<'a> Stsc<'a> {
    pub(crate) fn parse(mut fields: Fields<'a>) -> Result<Self, ReadError> {
        fields.version_and_flags()?;
        let entries = fields.u32()?;
        let mut table = Self { fields, entries, chunk: 1, samples: 0, description: 1, upcoming: None };
        table.advance()?;
        Ok(table)
    }

    fn advance(&mut self) -> Result<(), ReadError> {
        self.upcoming = match self.entries.checked_sub(1) {
            Some(entries) => {
                self.entries = entries;
                Some((self.fields.u32()?, self.fields.u32()?, self.fields.u32()?))
            }
            None => None,
        };
        Ok(())
    }

    /// How many samples the next chunk has, and the number of their sample entry. Runs whose first chunk has passed are
    /// passed over but for what they say last.
    pub(crate) fn next(&mut self) -> Result<(u32, u32), ReadError> {
        while let Some((_, samples, description)) = self.upcoming.filter(|(first, ..)| *first <= self.chunk) {
            (self.samples, self.description) = (samples, description);
            self.advance()?;
        }
        self.chunk = self.chunk.saturating_add(1);
        Ok((self.samples, self.description))
    }
}
