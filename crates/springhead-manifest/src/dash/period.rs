//! Period.

use super::xml::{Attributes, Scope, XmlWriter};
use super::{AdaptationSet, BaseUrl, DashError, Descriptor, EventStream, Span, descriptor};

/// `Period`, a stretch of time whose sets and Representations stay the same (ISO/IEC 23009-1 §5.3.2).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Period {
    /// `@id`, unique within the MPD and never changed.
    pub id: Option<String>,
    /// `@start`, from the start of the presentation. Never changed.
    pub start: Option<Span>,
    /// `@duration`; none for the last one of a live presentation.
    pub duration: Option<Span>,
    /// `BaseURL`
    pub base_urls: Vec<BaseUrl>,
    /// `EventStream`
    pub event_streams: Vec<EventStream>,
    /// `AdaptationSet`
    pub adaptation_sets: Vec<AdaptationSet>,
    /// `SupplementalProperty`
    pub supplemental_properties: Vec<Descriptor>,
}

impl Period {
    pub(super) fn read(scope: Scope<'_>) -> Result<Self, DashError> {
        Ok(Self {
            id: scope.string("id"),
            start: scope.span("start")?,
            duration: scope.span("duration")?,
            base_urls: scope.all("BaseURL", BaseUrl::read)?,
            event_streams: scope.all("EventStream", EventStream::read)?,
            adaptation_sets: scope.all("AdaptationSet", AdaptationSet::read)?,
            supplemental_properties: scope.all("SupplementalProperty", Descriptor::read)?,
        })
    }

    pub(super) fn write(&self, out: &mut XmlWriter) {
        let attributes = Attributes::of("Period")
            .set_if("id", self.id.as_ref())
            .set_if("start", self.start)
            .set_if("duration", self.duration);
        out.element(attributes, |out| {
            self.base_urls.iter().for_each(|url| url.write(out));
            self.event_streams.iter().for_each(|stream| stream.write(out));
            self.adaptation_sets.iter().for_each(|set| set.write(out));
            descriptor::write_all("SupplementalProperty", &self.supplemental_properties, out);
        });
    }
}
