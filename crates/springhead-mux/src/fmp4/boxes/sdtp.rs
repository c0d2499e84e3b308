//! Independent and disposable samples (ISO/IEC 14496-12 §8.6.4), walked and never stored.

use super::super::read::{Fields, ReadError};

/// What depends on what, sample by sample, as far as the table reaches.
#[derive(Clone, Debug)]
pub(crate) struct Sdtp<'a> {
    fields: Fields<'a>,
}

impl<'a> Sdtp<'a> {
    pub(crate) fn parse(mut fields: Fields<'a>) -> Result<Self, ReadError> {
        fields.version_and_flags()?;
        Ok(Self { fields })
    }

    /// `is_leading`, `sample_depends_on`, `sample_is_depended_on` and `sample_has_redundancy` of the next sample, two bits
    /// each.
    pub(crate) fn next(&mut self) -> Option<u8> {
        self.fields.u8().ok()
    }
}
