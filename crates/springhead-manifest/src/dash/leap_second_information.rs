//! LeapSecondInformation.

use springhead_core::WallTime;

use super::DashError;
use super::xml::{Attributes, Scope, XmlWriter};

/// `LeapSecondInformation`, for a service that lives across a leap second (ISO/IEC 23009-1 §5.13).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LeapSecondInformation {
    /// `@availabilityStartLeapOffset`: TAI minus UTC at `MPD@availabilityStartTime`, minus 10, in seconds.
    pub availability_start_leap_offset: i64,
    /// `@nextAvailabilityStartLeapOffset`, the same after the next change.
    pub next_availability_start_leap_offset: Option<i64>,
    /// `@nextLeapChangeTime`
    pub next_leap_change_time: Option<WallTime>,
}

impl LeapSecondInformation {
    pub(super) fn read(scope: Scope<'_>) -> Result<Self, DashError> {
        const OFFSET: &str = "availabilityStartLeapOffset";
        Ok(Self {
            availability_start_leap_offset: scope.required(OFFSET, scope.parsed(OFFSET)?)?,
            next_availability_start_leap_offset: scope.parsed("nextAvailabilityStartLeapOffset")?,
            next_leap_change_time: scope.date("nextLeapChangeTime")?,
        })
    }

    pub(super) fn write(&self, out: &mut XmlWriter) {
        let attributes = Attributes::of("LeapSecondInformation")
            .set("availabilityStartLeapOffset", self.availability_start_leap_offset)
            .set_if("nextAvailabilityStartLeapOffset", self.next_availability_start_leap_offset)
            .set_if("nextLeapChangeTime", self.next_leap_change_time);
        out.empty(attributes);
    }
}
