//! Resync.

use super::DashError;
use super::xml::{Attributes, Scope, XmlWriter};
use crate::Seconds;

/// `Resync`, where within a segment a client may start (ISO/IEC 23009-1 §5.3.12).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Resync {
    /// `@type`, the SAP type of the points, 0 to 6; 0 by default.
    pub type_: u8,
    /// `@dT`, the longest distance between two points, in ticks.
    pub d_t: Option<u32>,
    /// `@dImax`, the most bytes between two points, as seconds of `@bandwidth`.
    pub d_imax: Option<Seconds>,
    /// `@dImin`, the fewest bytes, likewise.
    pub d_imin: Option<Seconds>,
    /// `@marker`: every point begins with a box that can be searched for.
    pub marker: bool,
}

impl Resync {
    pub(super) fn read(scope: Scope<'_>) -> Result<Self, DashError> {
        Ok(Self {
            type_: scope.with("type", |text| text.parse().ok().filter(|sap| *sap <= 6))?.unwrap_or(0),
            d_t: scope.parsed("dT")?,
            d_imax: scope.parsed("dImax")?,
            d_imin: scope.parsed("dImin")?,
            marker: scope.boolean("marker")?.unwrap_or(false),
        })
    }

    pub(super) fn write(&self, out: &mut XmlWriter) {
        let attributes = Attributes::of("Resync")
            .set("type", self.type_)
            .set_if("dT", self.d_t)
            .set_if("dImax", self.d_imax.map(Seconds::shortest))
            .set_if("dImin", self.d_imin.map(Seconds::shortest))
            .set_if("marker", self.marker.then_some(true));
        out.empty(attributes);
    }
}
