//! ProducerReferenceTime.

use springhead_core::WallTime;

use super::xml::{Attributes, Scope, XmlWriter};
use super::{DashError, Descriptor};

/// What a producer reference time was taken of.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum ReferenceTimeType {
    /// `encoder`: when the encoder put the unit out.
    #[default]
    Encoder,
    /// `captured`: when it was captured.
    Captured,
    /// `application`: as `@applicationScheme` says.
    Application,
}

impl ReferenceTimeType {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Encoder => "encoder",
            Self::Captured => "captured",
            Self::Application => "application",
        }
    }

    fn from_text(text: &str) -> Option<Self> {
        [Self::Encoder, Self::Captured, Self::Application].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// `ProducerReferenceTime`, which wall-clock time a media time was produced at (ISO/IEC 23009-1 §5.12). With `inband` the
/// segments carry `prft` boxes that keep it up to date.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ProducerReferenceTime {
    /// `@id`, which `Latency@referenceId` names.
    pub id: u32,
    /// `@inband`
    pub inband: bool,
    /// `@type`
    pub type_: ReferenceTimeType,
    /// `@applicationScheme`
    pub application_scheme: Option<String>,
    /// `@wallClockTime`, printed with milliseconds.
    pub wall_clock_time: WallTime,
    /// `@presentationTime`, in ticks of the Representation.
    pub presentation_time: u64,
    /// `UTCTiming`, the clock that the wall-clock time is of.
    pub utc_timing: Option<Descriptor>,
}

impl ProducerReferenceTime {
    pub(super) fn read(scope: Scope<'_>) -> Result<Self, DashError> {
        Ok(Self {
            id: scope.required("id", scope.parsed("id")?)?,
            inband: scope.boolean("inband")?.unwrap_or(false),
            type_: scope.with("type", ReferenceTimeType::from_text)?.unwrap_or_default(),
            application_scheme: scope.string("applicationScheme"),
            wall_clock_time: scope.required("wallClockTime", scope.date("wallClockTime")?)?,
            presentation_time: scope.required("presentationTime", scope.parsed("presentationTime")?)?,
            utc_timing: scope.one("UTCTiming", Descriptor::read)?,
        })
    }

    pub(super) fn write(&self, out: &mut XmlWriter) {
        let attributes = Attributes::of("ProducerReferenceTime")
            .set("id", self.id)
            .set("inband", self.inband)
            .set("type", self.type_.as_str())
            .set_if("applicationScheme", self.application_scheme.as_ref())
            .set("wallClockTime", self.wall_clock_time)
            .set("presentationTime", self.presentation_time);
        out.element(attributes, |out| {
            if let Some(timing) = &self.utc_timing {
                timing.write("UTCTiming", out);
            }
        });
    }
}
