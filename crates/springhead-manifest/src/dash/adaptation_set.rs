//! AdaptationSet.

use springhead_core::FrameRate;

use super::representation_base::{print_frame_rate, read_frame_rate};
use super::xml::{Attributes, Scope, XmlWriter};
use super::{BaseUrl, DashError, Descriptor, Ratio, Representation, RepresentationBase, SegmentTemplate, descriptor};

/// `@contentType`, the top-level media type (RFC 6838).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ContentType {
    /// `video`
    Video,
    /// `audio`
    Audio,
    /// `text`
    Text,
    /// `image`
    Image,
    /// `application`
    Application,
    /// `font`
    Font,
}

impl ContentType {
    /// The value as it is printed.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Video => "video",
            Self::Audio => "audio",
            Self::Text => "text",
            Self::Image => "image",
            Self::Application => "application",
            Self::Font => "font",
        }
    }

    fn from_text(text: &str) -> Option<Self> {
        [Self::Video, Self::Audio, Self::Text, Self::Image, Self::Application, Self::Font]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

/// `AdaptationSet`, versions of the same content that a client may switch between (ISO/IEC 23009-1 §5.3.3).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AdaptationSet {
    /// `@id`, unique within the Period.
    pub id: Option<u32>,
    /// `@contentType`
    pub content_type: Option<ContentType>,
    /// `@lang`, a BCP 47 tag.
    pub lang: Option<String>,
    /// `@par`, the shape of the picture as shown.
    pub par: Option<Ratio>,
    /// `@maxWidth` of its Representations.
    pub max_width: Option<u32>,
    /// `@maxHeight` of its Representations.
    pub max_height: Option<u32>,
    /// `@maxFrameRate` of its Representations.
    pub max_frame_rate: Option<FrameRate>,
    /// `@segmentAlignment`: segments of its Representations begin at the same times.
    pub segment_alignment: bool,
    /// What its Representations have in common.
    pub base: RepresentationBase,
    /// `Accessibility`
    pub accessibility: Vec<Descriptor>,
    /// `Role`
    pub roles: Vec<Descriptor>,
    /// `BaseURL`
    pub base_urls: Vec<BaseUrl>,
    /// `SegmentTemplate`
    pub segment_template: Option<SegmentTemplate>,
    /// `Representation`
    pub representations: Vec<Representation>,
}

impl AdaptationSet {
    /// The template that applies to one of its Representations: its own, with what it does not state taken from the set.
    pub fn template_of(&self, representation: &Representation) -> Option<SegmentTemplate> {
        match (&representation.segment_template, &self.segment_template) {
            (Some(own), Some(upper)) => Some(own.inherit(upper)),
            (own, upper) => own.clone().or_else(|| upper.clone()),
        }
    }

    pub(super) fn read(scope: Scope<'_>) -> Result<Self, DashError> {
        Ok(Self {
            id: scope.parsed("id")?,
            content_type: scope.with("contentType", ContentType::from_text)?,
            lang: scope.string("lang"),
            par: scope.parsed("par")?,
            max_width: scope.parsed("maxWidth")?,
            max_height: scope.parsed("maxHeight")?,
            max_frame_rate: scope.with("maxFrameRate", read_frame_rate)?,
            segment_alignment: scope.boolean("segmentAlignment")?.unwrap_or(false),
            base: RepresentationBase::read(scope)?,
            accessibility: scope.all("Accessibility", Descriptor::read)?,
            roles: scope.all("Role", Descriptor::read)?,
            base_urls: scope.all("BaseURL", BaseUrl::read)?,
            segment_template: scope.one("SegmentTemplate", SegmentTemplate::read)?,
            representations: scope.all("Representation", Representation::read)?,
        })
    }

    pub(super) fn write(&self, out: &mut XmlWriter) {
        let attributes = Attributes::of("AdaptationSet")
            .set_if("id", self.id)
            .set_if("contentType", self.content_type.map(ContentType::as_str))
            .set_if("lang", self.lang.as_ref())
            .set_if("par", self.par)
            .set_if("maxWidth", self.max_width)
            .set_if("maxHeight", self.max_height)
            .set_if("maxFrameRate", self.max_frame_rate.map(print_frame_rate))
            .set_if("segmentAlignment", self.segment_alignment.then_some(true));
        out.element(self.base.write_attributes(attributes), |out| {
            self.base.write_elements(out);
            descriptor::write_all("Accessibility", &self.accessibility, out);
            descriptor::write_all("Role", &self.roles, out);
            self.base_urls.iter().for_each(|url| url.write(out));
            self.segment_template.iter().for_each(|template| template.write(out));
            self.representations.iter().for_each(|representation| representation.write(out));
        });
    }
}
