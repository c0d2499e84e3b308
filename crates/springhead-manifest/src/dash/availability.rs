//! `@availabilityTimeOffset`, which BaseURL and SegmentTemplate share.

use super::DashError;
use super::xml::{Attributes, Scope};
use crate::Seconds;

const ATTRIBUTE: &str = "availabilityTimeOffset";

/// The offset `INF`: every segment is available from the start (ISO/IEC 23009-1 §5.3.9.2).
pub const AVAILABLE_AT_ONCE: Seconds = Seconds::from_micros(u64::MAX);

pub(super) fn read_offset(scope: Scope<'_>) -> Result<Option<Seconds>, DashError> {
    scope.with(ATTRIBUTE, |text| if text == "INF" { Some(AVAILABLE_AT_ONCE) } else { text.parse().ok() })
}

pub(super) fn write_offset(attributes: Attributes<'_>, offset: Option<Seconds>) -> Attributes<'_> {
    match offset {
        None => attributes,
        Some(AVAILABLE_AT_ONCE) => attributes.set(ATTRIBUTE, "INF"),
        Some(offset) => attributes.set(ATTRIBUTE, offset.shortest()),
    }
}
