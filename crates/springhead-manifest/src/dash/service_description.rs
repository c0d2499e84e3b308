//! ServiceDescription.

use super::xml::{Attributes, Scope, XmlWriter};
use super::{DashError, Descriptor, descriptor};
use crate::decimal;

/// `ServiceDescription`, how the provider wants the service to be played (ISO/IEC 23009-1 Annex K).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ServiceDescription {
    /// `@id`
    pub id: Option<u32>,
    /// `Scope`, the clients that are meant; all when empty.
    pub scope: Vec<Descriptor>,
    /// `Latency`
    pub latency: Option<Latency>,
    /// `PlaybackRate`
    pub playback_rate: Option<PlaybackRate>,
}

/// `Latency`, in milliseconds from the producer reference time to the presentation (§K.3.2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Latency {
    /// `@referenceId`, the [`ProducerReferenceTime`](super::ProducerReferenceTime) that it is measured from.
    pub reference_id: Option<u32>,
    /// `@target`, what is wanted.
    pub target: Option<u32>,
    /// `@min`
    pub min: Option<u32>,
    /// `@max`
    pub max: Option<u32>,
}

/// `PlaybackRate`, how fast and slow a client may play to reach its latency (§K.3.3).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct PlaybackRate {
    /// `@min`
    pub min: Option<Permille>,
    /// `@max`
    pub max: Option<Permille>,
}

/// A ratio in thousandths: 1040 is printed `1.04`. The fourth decimal is rounded on reading, a half up.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default)]
pub struct Permille(pub u64);

impl std::str::FromStr for Permille {
    type Err = crate::BadSeconds;

    fn from_str(text: &str) -> Result<Self, crate::BadSeconds> {
        decimal::parse(text, 3).map(Self).ok_or(crate::BadSeconds)
    }
}

impl std::fmt::Display for Permille {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        decimal::Shortest { value: self.0, places: 3 }.fmt(f)
    }
}

impl ServiceDescription {
    pub(super) fn read(scope: Scope<'_>) -> Result<Self, DashError> {
        Ok(Self {
            id: scope.parsed("id")?,
            scope: scope.all("Scope", Descriptor::read)?,
            latency: scope.one("Latency", |latency| {
                Ok(Latency {
                    reference_id: latency.parsed("referenceId")?,
                    target: latency.parsed("target")?,
                    min: latency.parsed("min")?,
                    max: latency.parsed("max")?,
                })
            })?,
            playback_rate: scope
                .one("PlaybackRate", |rate| Ok(PlaybackRate { min: rate.parsed("min")?, max: rate.parsed("max")? }))?,
        })
    }

    pub(super) fn write(&self, out: &mut XmlWriter) {
        out.element(Attributes::of("ServiceDescription").set_if("id", self.id), |out| {
            descriptor::write_all("Scope", &self.scope, out);
            if let Some(latency) = self.latency {
                let attributes = Attributes::of("Latency")
                    .set_if("referenceId", latency.reference_id)
                    .set_if("target", latency.target)
                    .set_if("max", latency.max)
                    .set_if("min", latency.min);
                out.empty(attributes);
            }
            if let Some(rate) = self.playback_rate {
                out.empty(Attributes::of("PlaybackRate").set_if("max", rate.max).set_if("min", rate.min));
            }
        });
    }
}
