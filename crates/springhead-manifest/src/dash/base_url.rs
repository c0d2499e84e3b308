//! BaseURL.

use super::DashError;
use super::availability::{read_offset, write_offset};
use super::xml::{Attributes, Scope, XmlWriter};
use crate::Seconds;

/// `BaseURL`, what relative references are resolved against (ISO/IEC 23009-1 §5.6).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BaseUrl {
    /// The reference itself.
    pub url: String,
    /// `@serviceLocation`: what Base URLs of one failure domain share.
    pub service_location: Option<String>,
    /// `@availabilityTimeOffset`, added to that of the SegmentTemplate; see [`AVAILABLE_AT_ONCE`](super::AVAILABLE_AT_ONCE).
    pub availability_time_offset: Option<Seconds>,
    /// `@availabilityTimeComplete`
    pub availability_time_complete: Option<bool>,
}

impl BaseUrl {
    /// A reference without any attribute.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), ..Self::default() }
    }

    pub(super) fn read(scope: Scope<'_>) -> Result<Self, DashError> {
        Ok(Self {
            url: scope.element.text().to_owned(),
            service_location: scope.string("serviceLocation"),
            availability_time_offset: read_offset(scope)?,
            availability_time_complete: scope.boolean("availabilityTimeComplete")?,
        })
    }

    pub(super) fn write(&self, out: &mut XmlWriter) {
        let attributes = Attributes::of("BaseURL").set_if("serviceLocation", self.service_location.as_ref());
        let attributes = write_offset(attributes, self.availability_time_offset)
            .set_if("availabilityTimeComplete", self.availability_time_complete);
        out.text(attributes, &self.url);
    }
}
