//! What AdaptationSet and Representation have in common.

use std::fmt;
use std::str::FromStr;

use springhead_core::FrameRate;

use super::xml::{Attributes, Scope, XmlWriter};
use super::{DashError, Descriptor, InbandEventStream, ProducerReferenceTime, Resync, descriptor};

/// The attributes and elements that `AdaptationSet` and `Representation` share (ISO/IEC 23009-1 §5.3.7). What a set
/// states holds for each of its Representations.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RepresentationBase {
    /// `@width`, in samples as shown.
    pub width: Option<u32>,
    /// `@height`, in samples as shown.
    pub height: Option<u32>,
    /// `@sar`, the shape of a sample.
    pub sar: Option<Ratio>,
    /// `@frameRate`
    pub frame_rate: Option<FrameRate>,
    /// `@audioSamplingRate`, samples a second.
    pub audio_sampling_rate: Option<u32>,
    /// `@mimeType`
    pub mime_type: Option<String>,
    /// `@codecs`, RFC 6381 strings with commas between them.
    pub codecs: Option<String>,
    /// `@startWithSAP`, the SAP type that every segment begins with, 0 to 6.
    pub start_with_sap: Option<u8>,
    /// `AudioChannelConfiguration`
    pub audio_channel_configurations: Vec<Descriptor>,
    /// `EssentialProperty`: a client that does not know the scheme passes over the element.
    pub essential_properties: Vec<Descriptor>,
    /// `SupplementalProperty`
    pub supplemental_properties: Vec<Descriptor>,
    /// `InbandEventStream`
    pub inband_event_streams: Vec<InbandEventStream>,
    /// `Label`, for people to read.
    pub labels: Vec<String>,
    /// `ProducerReferenceTime`
    pub producer_reference_times: Vec<ProducerReferenceTime>,
    /// `Resync`
    pub resyncs: Vec<Resync>,
}

/// A ratio of two whole numbers, `16:9` (RatioType).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Ratio(pub u32, pub u32);

/// The text is not two numbers with a colon between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a ratio of two whole numbers")]
pub struct BadRatio;

impl FromStr for Ratio {
    type Err = BadRatio;

    fn from_str(text: &str) -> Result<Self, BadRatio> {
        let (a, b) = text.split_once(':').ok_or(BadRatio)?;
        Ok(Self(a.parse().map_err(|_| BadRatio)?, b.parse().map_err(|_| BadRatio)?))
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.0, self.1)
    }
}

/// `30000/1001` or `25` (FrameRateType); neither half is zero.
pub(super) fn read_frame_rate(text: &str) -> Option<FrameRate> {
    let (num, den) = text.split_once('/').unwrap_or((text, "1"));
    let half = |text: &str| text.parse().ok().filter(|n: &u32| *n > 0);
    Some(FrameRate { num: half(num)?, den: half(den)? })
}

pub(super) fn print_frame_rate(rate: FrameRate) -> String {
    if rate.den == 1 { rate.num.to_string() } else { format!("{}/{}", rate.num, rate.den) }
}

impl RepresentationBase {
    pub(super) fn read(scope: Scope<'_>) -> Result<Self, DashError> {
        Ok(Self {
            width: scope.parsed("width")?,
            height: scope.parsed("height")?,
            sar: scope.parsed("sar")?,
            frame_rate: scope.with("frameRate", read_frame_rate)?,
            audio_sampling_rate: scope.parsed("audioSamplingRate")?,
            mime_type: scope.string("mimeType"),
            codecs: scope.string("codecs"),
            start_with_sap: scope.with("startWithSAP", |text| text.parse().ok().filter(|sap| *sap <= 6))?,
            audio_channel_configurations: scope.all("AudioChannelConfiguration", Descriptor::read)?,
            essential_properties: scope.all("EssentialProperty", Descriptor::read)?,
            supplemental_properties: scope.all("SupplementalProperty", Descriptor::read)?,
            inband_event_streams: scope.all("InbandEventStream", InbandEventStream::read)?,
            labels: scope.all("Label", |label| Ok(label.element.text().to_owned()))?,
            producer_reference_times: scope.all("ProducerReferenceTime", ProducerReferenceTime::read)?,
            resyncs: scope.all("Resync", Resync::read)?,
        })
    }

    pub(super) fn write_attributes<'a>(&self, attributes: Attributes<'a>) -> Attributes<'a> {
        attributes
            .set_if("mimeType", self.mime_type.as_ref())
            .set_if("codecs", self.codecs.as_ref())
            .set_if("width", self.width)
            .set_if("height", self.height)
            .set_if("sar", self.sar)
            .set_if("frameRate", self.frame_rate.map(print_frame_rate))
            .set_if("audioSamplingRate", self.audio_sampling_rate)
            .set_if("startWithSAP", self.start_with_sap)
    }

    pub(super) fn write_elements(&self, out: &mut XmlWriter) {
        descriptor::write_all("AudioChannelConfiguration", &self.audio_channel_configurations, out);
        descriptor::write_all("EssentialProperty", &self.essential_properties, out);
        descriptor::write_all("SupplementalProperty", &self.supplemental_properties, out);
        self.inband_event_streams.iter().for_each(|stream| stream.write(out));
        self.labels.iter().for_each(|label| out.text(Attributes::of("Label"), label));
        self.producer_reference_times.iter().for_each(|time| time.write(out));
        self.resyncs.iter().for_each(|resync| resync.write(out));
    }
}
