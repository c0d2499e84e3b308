//! InbandEventStream.

use super::DashError;
use super::xml::{Attributes, Scope, XmlWriter};

/// `InbandEventStream`, events that are carried in `emsg` boxes of the segments (ISO/IEC 23009-1 §5.10.3).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct InbandEventStream {
    /// `@schemeIdUri`
    pub scheme_id_uri: String,
    /// `@value`
    pub value: Option<String>,
    /// `@timescale`, ticks per second.
    pub timescale: Option<u32>,
}

impl InbandEventStream {
    pub(super) fn read(scope: Scope<'_>) -> Result<Self, DashError> {
        Ok(Self {
            scheme_id_uri: scope.required("schemeIdUri", scope.string("schemeIdUri"))?,
            value: scope.string("value"),
            timescale: scope.parsed("timescale")?,
        })
    }

    pub(super) fn write(&self, out: &mut XmlWriter) {
        let attributes = Attributes::of("InbandEventStream")
            .set("schemeIdUri", &self.scheme_id_uri)
            .set_if("value", self.value.as_ref())
            .set_if("timescale", self.timescale);
        out.empty(attributes);
    }
}
