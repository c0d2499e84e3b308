//! Representation.

use super::xml::{Attributes, Scope, XmlWriter};
use super::{BaseUrl, DashError, RepresentationBase, SegmentTemplate};

/// `Representation`, one encoded version (ISO/IEC 23009-1 §5.3.5).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Representation {
    /// `@id`, unique within the Period, without white space.
    pub id: String,
    /// `@bandwidth`, in bits a second: with it a client that has buffered `MPD@minBufferTime` plays without a stall.
    pub bandwidth: u32,
    /// What it may also have from its set.
    pub base: RepresentationBase,
    /// `BaseURL`
    pub base_urls: Vec<BaseUrl>,
    /// `SegmentTemplate`; see [`AdaptationSet::template_of`](super::AdaptationSet::template_of).
    pub segment_template: Option<SegmentTemplate>,
}

impl Representation {
    pub(super) fn read(scope: Scope<'_>) -> Result<Self, DashError> {
        Ok(Self {
            id: scope.required("id", scope.string("id"))?,
            bandwidth: scope.required("bandwidth", scope.parsed("bandwidth")?)?,
            base: RepresentationBase::read(scope)?,
            base_urls: scope.all("BaseURL", BaseUrl::read)?,
            segment_template: scope.one("SegmentTemplate", SegmentTemplate::read)?,
        })
    }

    pub(super) fn write(&self, out: &mut XmlWriter) {
        let attributes = Attributes::of("Representation").set("id", &self.id).set("bandwidth", self.bandwidth);
        out.element(self.base.write_attributes(attributes), |out| {
            self.base.write_elements(out);
            self.base_urls.iter().for_each(|url| url.write(out));
            self.segment_template.iter().for_each(|template| template.write(out));
        });
    }
}
