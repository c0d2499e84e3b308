//! EventStream and Event.

use super::xml::{Attributes, Scope, XmlWriter};
use super::{DashError, DashErrorKind};
use crate::base64;

/// The namespace of the signalling of ANSI/SCTE 35 in XML.
const SCTE35: &str = "http://www.scte.org/schemas/35/2016";

/// `EventStream`, events of a Period (ISO/IEC 23009-1 §5.10.2).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct EventStream {
    /// `@schemeIdUri`: who defines what the events say.
    pub scheme_id_uri: String,
    /// `@value`
    pub value: Option<String>,
    /// `@timescale`, ticks per second; 1 where it is not stated.
    pub timescale: Option<u32>,
    /// `@presentationTimeOffset`, what is taken from each time.
    pub presentation_time_offset: Option<u64>,
    /// `Event`, in no descending order of time.
    pub events: Vec<Event>,
}

/// `Event` (ISO/IEC 23009-1 §5.10.2.3).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Event {
    /// `@presentationTime`, from the start of the Period; 0 where it is not stated.
    pub presentation_time: Option<u64>,
    /// `@duration`; none where it is not known.
    pub duration: Option<u64>,
    /// `@id`, by which repetitions are known.
    pub id: Option<u32>,
    /// `@messageData`
    pub message_data: Option<String>,
    /// What is in it.
    pub content: EventContent,
}

/// The content of an event.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum EventContent {
    /// Nothing, or what is passed over here.
    #[default]
    Empty,
    /// Character data.
    Text(String),
    /// A splice information section in base 64: `Signal` with `Binary` (ANSI/SCTE 214-1 §6.8.4), of the scheme
    /// [`EventStream::SCTE35_XML_BIN`].
    Splice(Vec<u8>),
}

impl EventStream {
    /// The scheme of splice information sections in base 64 (ANSI/SCTE 214-1 §6.8.4).
    pub const SCTE35_XML_BIN: &str = "urn:scte:scte35:2014:xml+bin";

    pub(super) fn read(scope: Scope<'_>) -> Result<Self, DashError> {
        Ok(Self {
            scheme_id_uri: scope.required("schemeIdUri", scope.string("schemeIdUri"))?,
            value: scope.string("value"),
            timescale: scope.parsed("timescale")?,
            presentation_time_offset: scope.parsed("presentationTimeOffset")?,
            events: scope.all("Event", Event::read)?,
        })
    }

    pub(super) fn write(&self, out: &mut XmlWriter) {
        let attributes = Attributes::of("EventStream")
            .set("schemeIdUri", &self.scheme_id_uri)
            .set_if("value", self.value.as_ref())
            .set_if("timescale", self.timescale)
            .set_if("presentationTimeOffset", self.presentation_time_offset);
        out.element(attributes, |out| self.events.iter().for_each(|event| event.write(out)));
    }
}

impl Event {
    fn read(scope: Scope<'_>) -> Result<Self, DashError> {
        let signal = scope.one("Signal", |signal| signal.one("Binary", binary))?.flatten();
        let content = match (signal, scope.element.text()) {
            (Some(section), _) => EventContent::Splice(section),
            (None, "") => EventContent::Empty,
            (None, text) => EventContent::Text(text.to_owned()),
        };
        Ok(Self {
            presentation_time: scope.parsed("presentationTime")?,
            duration: scope.parsed("duration")?,
            id: scope.parsed("id")?,
            message_data: scope.string("messageData"),
            content,
        })
    }

    fn write(&self, out: &mut XmlWriter) {
        let attributes = Attributes::of("Event")
            .set_if("presentationTime", self.presentation_time)
            .set_if("duration", self.duration)
            .set_if("id", self.id)
            .set_if("messageData", self.message_data.as_ref());
        match &self.content {
            EventContent::Empty => out.empty(attributes),
            EventContent::Text(text) => out.text(attributes, text),
            EventContent::Splice(section) => out.element(attributes, |out| {
                out.element(Attributes::of("Signal").set("xmlns", SCTE35), |out| {
                    out.text(Attributes::of("Binary"), &base64::encode(section));
                });
            }),
        }
    }
}

fn binary(scope: Scope<'_>) -> Result<Vec<u8>, DashError> {
    let kind = DashErrorKind::BadContent { element: "Binary" };
    base64::decode(scope.element.text()).ok_or_else(|| scope.element.fail(kind))
}
