//! MPD.

use springhead_core::WallTime;

use super::xml::{self, Attributes, Scope, XmlWriter};
use super::{
    BaseUrl, DashError, DashErrorKind, Descriptor, Element, LeapSecondInformation, PatchLocation, Period,
    ProgramInformation, ServiceDescription, Span, descriptor,
};

/// `MPD@type`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum PresentationType {
    /// `static`: all of it is available.
    #[default]
    Static,
    /// `dynamic`: segments become available as time goes by.
    Dynamic,
}

/// A Media Presentation Description (ISO/IEC 23009-1 §5.3.1, 5th edition).
///
/// A plain value: nothing here judges whether it obeys the standard beyond what its types say. What renders parses back
/// to the same value, as long as texts hold no control characters and no white space at their ends, and dates are whole
/// milliseconds. Elements are written in the order of the schema.
///
/// ```
/// use springhead_manifest::dash::{Mpd, Period, Span};
/// let mpd = Mpd {
///     profiles: vec!["urn:mpeg:dash:profile:isoff-live:2011".into()],
///     min_buffer_time: Span::from_secs(2),
///     periods: vec![Period { id: Some("0".into()), start: Some(Span::ZERO), ..Period::default() }],
///     ..Mpd::default()
/// };
/// assert_eq!(Mpd::parse(&mpd.render())?, mpd);
/// # Ok::<(), springhead_manifest::dash::DashError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Mpd {
    /// `@id`
    pub id: Option<String>,
    /// `@profiles`
    pub profiles: Vec<String>,
    /// `@type`
    pub type_: PresentationType,
    /// `@availabilityStartTime`, the zero of the presentation's time on the wall clock. Never changes.
    pub availability_start_time: Option<WallTime>,
    /// `@availabilityEndTime`
    pub availability_end_time: Option<WallTime>,
    /// `@publishTime`: changes exactly when the MPD does.
    pub publish_time: Option<WallTime>,
    /// `@mediaPresentationDuration`
    pub media_presentation_duration: Option<Span>,
    /// `@minimumUpdatePeriod`: how long the MPD is good for. None: for ever.
    pub minimum_update_period: Option<Span>,
    /// `@minBufferTime`, which gives `Representation@bandwidth` its meaning.
    pub min_buffer_time: Span,
    /// `@timeShiftBufferDepth`: how far back can be played.
    pub time_shift_buffer_depth: Option<Span>,
    /// `@suggestedPresentationDelay`
    pub suggested_presentation_delay: Option<Span>,
    /// `@maxSegmentDuration`: at least that of every segment.
    pub max_segment_duration: Option<Span>,
    /// `ProgramInformation`
    pub program_information: Vec<ProgramInformation>,
    /// `BaseURL`
    pub base_urls: Vec<BaseUrl>,
    /// `Location`, where to reload from.
    pub locations: Vec<String>,
    /// `PatchLocation`
    pub patch_locations: Vec<PatchLocation>,
    /// `ServiceDescription`
    pub service_descriptions: Vec<ServiceDescription>,
    /// `Period`; at least one.
    pub periods: Vec<Period>,
    /// `UTCTiming`: how a client learns what time it is, the best way first.
    pub utc_timings: Vec<Descriptor>,
    /// `LeapSecondInformation`
    pub leap_second_information: Option<LeapSecondInformation>,
}

impl Mpd {
    /// The document. Depends on the model only.
    pub fn render(&self) -> String {
        let mut out = XmlWriter::new();
        out.element(self.attributes(), |out| {
            self.program_information.iter().for_each(|information| information.write(out));
            self.base_urls.iter().for_each(|url| url.write(out));
            self.locations.iter().for_each(|location| out.text(Attributes::of("Location"), location));
            self.patch_locations.iter().for_each(|location| location.write(out));
            self.service_descriptions.iter().for_each(|description| description.write(out));
            self.periods.iter().for_each(|period| period.write(out));
            descriptor::write_all("UTCTiming", &self.utc_timings, out);
            self.leap_second_information.iter().for_each(|information| information.write(out));
        });
        out.finish()
    }

    fn attributes(&self) -> Attributes<'static> {
        let type_ = match self.type_ {
            PresentationType::Static => "static",
            PresentationType::Dynamic => "dynamic",
        };
        Attributes::of("MPD")
            .set("xmlns", "urn:mpeg:dash:schema:mpd:2011")
            .set_if("id", self.id.as_ref())
            .set("profiles", self.profiles.join(","))
            .set("type", type_)
            .set_if("availabilityStartTime", self.availability_start_time)
            .set_if("availabilityEndTime", self.availability_end_time)
            .set_if("publishTime", self.publish_time)
            .set_if("mediaPresentationDuration", self.media_presentation_duration)
            .set_if("minimumUpdatePeriod", self.minimum_update_period)
            .set("minBufferTime", self.min_buffer_time)
            .set_if("timeShiftBufferDepth", self.time_shift_buffer_depth)
            .set_if("suggestedPresentationDelay", self.suggested_presentation_delay)
            .set_if("maxSegmentDuration", self.max_segment_duration)
    }

    /// Reads an MPD.
    ///
    /// What the model has no place for is passed over: other elements and attributes, and everything of other namespaces.
    /// A document type declaration is refused, and no entity but XML's own five is expanded. Length, depth and the number
    /// of elements are bounded.
    ///
    /// # Errors
    /// The first element that is wrong; see [`DashError`].
    pub fn parse(text: &str) -> Result<Self, DashError> {
        Self::read(&xml::read(text)?)
    }

    pub(super) fn read(element: &Element) -> Result<Self, DashError> {
        if element.name() != "MPD" {
            return Err(element.fail(DashErrorKind::NotAnMpd));
        }
        let scope = Scope { element, name: "MPD" };
        let periods = scope.all("Period", Period::read)?;
        if periods.is_empty() {
            return Err(element.fail(DashErrorKind::MissingElement { parent: "MPD", element: "Period" }));
        }
        let profiles = scope.required("profiles", scope.string("profiles"))?;
        Ok(Self {
            id: scope.string("id"),
            profiles: profiles.split(',').map(|profile| profile.trim().to_owned()).collect(),
            type_: scope.with("type", presentation_type)?.unwrap_or_default(),
            availability_start_time: scope.date("availabilityStartTime")?,
            availability_end_time: scope.date("availabilityEndTime")?,
            publish_time: scope.date("publishTime")?,
            media_presentation_duration: scope.span("mediaPresentationDuration")?,
            minimum_update_period: scope.span("minimumUpdatePeriod")?,
            min_buffer_time: scope.required("minBufferTime", scope.span("minBufferTime")?)?,
            time_shift_buffer_depth: scope.span("timeShiftBufferDepth")?,
            suggested_presentation_delay: scope.span("suggestedPresentationDelay")?,
            max_segment_duration: scope.span("maxSegmentDuration")?,
            program_information: scope.all("ProgramInformation", ProgramInformation::read)?,
            base_urls: scope.all("BaseURL", BaseUrl::read)?,
            locations: scope.all("Location", |location| Ok(location.element.text().to_owned()))?,
            patch_locations: scope.all("PatchLocation", PatchLocation::read)?,
            service_descriptions: scope.all("ServiceDescription", ServiceDescription::read)?,
            periods,
            utc_timings: scope.all("UTCTiming", Descriptor::read)?,
            leap_second_information: scope.one("LeapSecondInformation", LeapSecondInformation::read)?,
        })
    }
}

fn presentation_type(text: &str) -> Option<PresentationType> {
    match text {
        "static" => Some(PresentationType::Static),
        "dynamic" => Some(PresentationType::Dynamic),
        _ => None,
    }
}
