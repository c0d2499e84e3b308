//! SegmentTemplate.

use super::availability::{read_offset, write_offset};
use super::xml::{Attributes, Scope, XmlWriter};
use super::{DashError, SegmentTimeline};
use crate::Seconds;

/// `SegmentTemplate`, how segments are named and when they are (ISO/IEC 23009-1 §5.3.9.4).
///
/// Every attribute may be left to the element of the same name one level up, so all are optional here;
/// [`inherit`](Self::inherit) puts the two together, and the methods give the defaults.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SegmentTemplate {
    /// `@timescale`, ticks per second; 1 by default.
    pub timescale: Option<u32>,
    /// `@presentationTimeOffset`, the media time at the Period's start, in ticks; 0 by default.
    pub presentation_time_offset: Option<u64>,
    /// `@startNumber`, the number of the first segment listed; 1 by default.
    pub start_number: Option<u64>,
    /// `@endNumber`, the number of the last segment of the Representation.
    pub end_number: Option<u64>,
    /// `@duration` of every segment in ticks, in place of a timeline.
    pub duration: Option<u64>,
    /// `@initialization`, the URL template of the init section.
    pub initialization: Option<String>,
    /// `@media`, the URL template of the segments.
    pub media: Option<String>,
    /// `@availabilityTimeOffset`: how much earlier than complete a segment may be asked for.
    pub availability_time_offset: Option<Seconds>,
    /// `@availabilityTimeComplete`: false when it is delivered while it is produced.
    pub availability_time_complete: Option<bool>,
    /// `SegmentTimeline`
    pub timeline: Option<SegmentTimeline>,
}

impl SegmentTemplate {
    /// `@timescale` or its default.
    pub fn timescale(&self) -> u32 {
        self.timescale.unwrap_or(1)
    }

    /// `@presentationTimeOffset` or its default.
    pub fn presentation_time_offset(&self) -> u64 {
        self.presentation_time_offset.unwrap_or(0)
    }

    /// `@startNumber` or its default.
    pub fn start_number(&self) -> u64 {
        self.start_number.unwrap_or(1)
    }

    /// This template with what it does not state taken from the one a level up (§5.3.9.1).
    #[must_use]
    pub fn inherit(&self, upper: &Self) -> Self {
        Self {
            timescale: self.timescale.or(upper.timescale),
            presentation_time_offset: self.presentation_time_offset.or(upper.presentation_time_offset),
            start_number: self.start_number.or(upper.start_number),
            end_number: self.end_number.or(upper.end_number),
            duration: self.duration.or(upper.duration),
            initialization: self.initialization.clone().or_else(|| upper.initialization.clone()),
            media: self.media.clone().or_else(|| upper.media.clone()),
            availability_time_offset: self.availability_time_offset.or(upper.availability_time_offset),
            availability_time_complete: self.availability_time_complete.or(upper.availability_time_complete),
            timeline: self.timeline.clone().or_else(|| upper.timeline.clone()),
        }
    }

    pub(super) fn read(scope: Scope<'_>) -> Result<Self, DashError> {
        let timescale: Option<u32> = scope.with("timescale", |text| text.parse().ok().filter(|scale| *scale > 0))?;
        Ok(Self {
            timescale,
            presentation_time_offset: scope.parsed("presentationTimeOffset")?,
            start_number: scope.parsed("startNumber")?,
            end_number: scope.parsed("endNumber")?,
            duration: scope.parsed("duration")?,
            initialization: scope.string("initialization"),
            media: scope.string("media"),
            availability_time_offset: read_offset(scope)?,
            availability_time_complete: scope.boolean("availabilityTimeComplete")?,
            timeline: scope.one("SegmentTimeline", SegmentTimeline::read)?,
        })
    }

    pub(super) fn write(&self, out: &mut XmlWriter) {
        let attributes = Attributes::of("SegmentTemplate")
            .set_if("timescale", self.timescale)
            .set_if("presentationTimeOffset", self.presentation_time_offset);
        let attributes = write_offset(attributes, self.availability_time_offset)
            .set_if("availabilityTimeComplete", self.availability_time_complete)
            .set_if("duration", self.duration)
            .set_if("startNumber", self.start_number)
            .set_if("endNumber", self.end_number)
            .set_if("initialization", self.initialization.as_ref())
            .set_if("media", self.media.as_ref());
        out.element(attributes, |out| {
            if let Some(timeline) = &self.timeline {
                timeline.write(out);
            }
        });
    }
}
