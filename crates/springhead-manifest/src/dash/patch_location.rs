//! PatchLocation.

use super::DashError;
use super::xml::{Attributes, Scope, XmlWriter};
use crate::Seconds;

/// `PatchLocation`, where an MPD patch can be had (ISO/IEC 23009-1 §5.15).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PatchLocation {
    /// Where.
    pub url: String,
    /// `@ttl`, how long after this MPD's publish time a patch for it is kept.
    pub ttl: Option<Seconds>,
}

impl PatchLocation {
    pub(super) fn read(scope: Scope<'_>) -> Result<Self, DashError> {
        Ok(Self { url: scope.element.text().to_owned(), ttl: scope.parsed("ttl")? })
    }

    pub(super) fn write(&self, out: &mut XmlWriter) {
        out.text(Attributes::of("PatchLocation").set_if("ttl", self.ttl.map(Seconds::shortest)), &self.url);
    }
}
