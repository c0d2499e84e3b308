//! The Media Presentation Description of MPEG-DASH, ISO/IEC 23009-1, 5th edition with Amendment 1.
//!
//! A file per element, each with how it is read and written; the order of writing is that of the schema.
//!
//! | file | elements |
//! |---|---|
//! | `mpd`, `period`, `adaptation_set`, `representation` | [`Mpd`], [`Period`], [`AdaptationSet`], [`Representation`] |
//! | `representation_base` | [`RepresentationBase`], what sets and Representations share |
//! | `segment_template`, `segment_timeline` | [`SegmentTemplate`], [`SegmentTimeline`] |
//! | `service_description`, `producer_reference_time`, `resync` | low latency |
//! | `descriptor`, `base_url`, `event_stream`, `inband_event_stream`, `program_information`, `patch_location`, `leap_second_information` | the rest |
//! | [`patch`] | [`Patch`]: how one MPD becomes a later one |
//! | `span` | [`Span`], `xs:duration` |
//! | `element`, `xml` | [`Element`], the bounded reader and the writer below all of them |
//!
//! SegmentBase, SegmentList, ContentProtection and Preselection are passed over on reading.

mod adaptation_set;
mod availability;
mod base_url;
mod descriptor;
mod element;
mod error;
mod event_stream;
mod inband_event_stream;
mod leap_second_information;
mod mpd;
pub mod patch;
mod patch_location;
mod period;
mod producer_reference_time;
mod program_information;
mod representation;
mod representation_base;
mod resync;
mod segment_template;
mod segment_timeline;
mod service_description;
mod span;
mod xml;

#[cfg(test)]
mod arbitrary;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod tests;

pub use adaptation_set::{AdaptationSet, ContentType};
pub use availability::AVAILABLE_AT_ONCE;
pub use base_url::BaseUrl;
pub use descriptor::Descriptor;
pub use element::Element;
pub use error::{DashError, DashErrorKind};
pub use event_stream::{Event, EventContent, EventStream};
pub use inband_event_stream::InbandEventStream;
pub use leap_second_information::LeapSecondInformation;
pub use mpd::{Mpd, PresentationType};
pub use patch::{BadSelector, Change, MAX_OPERATIONS, Operation, Patch, PatchError, Pos, Predicate, Selector, Step};
pub use patch_location::PatchLocation;
pub use period::Period;
pub use producer_reference_time::{ProducerReferenceTime, ReferenceTimeType};
pub use program_information::ProgramInformation;
pub use representation::Representation;
pub use representation_base::{BadRatio, Ratio, RepresentationBase};
pub use resync::Resync;
pub use segment_template::SegmentTemplate;
pub use segment_timeline::{Run, S, SegmentTimeline};
pub use service_description::{Latency, Permille, PlaybackRate, ServiceDescription};
pub use span::{BadSpan, Span};
pub use xml::{MAX_DEPTH, MAX_ELEMENTS, MAX_MPD_BYTES};
