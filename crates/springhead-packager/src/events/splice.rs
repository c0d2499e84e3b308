//! One stretch between two splices, as manifests tell of it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use springhead_core::{Rounding, WallTime};
use springhead_manifest::Seconds;
use springhead_manifest::hls::DateRange;

use super::Interstitials;

/// What was announced by splice information: a break or another stretch, or an instant (rfc8216bis §4.4.5.1.1).
///
/// What holds of it once it is published: its id is never used again, and what is known of it is added to and never changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Splice {
    /// EXT-X-DATERANGE's ID.
    pub id: Arc<str>,
    /// When it begins, to the millisecond: where the picture with that time is.
    pub start: WallTime,
    /// How long it was announced to last.
    pub planned: Option<Duration>,
    /// How long it lasts, once its end was announced. Zero of one that was cancelled before it began.
    pub duration: Option<Duration>,
    /// The section that announced that programming is left.
    pub out: Option<SpliceMessage>,
    /// The section that announced that programming is returned to.
    pub back: Option<SpliceMessage>,
    /// The section that announced neither.
    pub command: Option<SpliceMessage>,
    /// Whether it was cancelled before it began.
    pub cancelled: bool,
    /// How much later than [`start`](Self::start) the segment begins that was cut for it, in nanoseconds; negative when it
    /// begins earlier. None before that, and where it was announced too late for a cut.
    pub boundary_nanos: Option<i64>,
}

/// A splice information section, as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpliceMessage {
    /// The section.
    pub section: Bytes,
    /// The number that the MPD gives the event.
    pub event: u32,
}

impl Splice {
    /// When it ends, as far as that is known: where its end was announced, or where it is planned. An instant ends at once; a
    /// break of which only the beginning is known does not end.
    pub fn end(&self) -> Option<WallTime> {
        match self.duration.or(self.planned) {
            Some(span) => Some(self.start + span),
            None => self.out.is_none().then_some(self.start),
        }
    }

    /// How many bytes its sections have.
    pub(crate) fn bytes(&self) -> usize {
        [&self.out, &self.back, &self.command].into_iter().flatten().map(|message| message.section.len()).sum()
    }

    pub(crate) fn date_range(&self, interstitials: Option<&Interstitials>) -> DateRange {
        let hex = |message: &Option<SpliceMessage>| message.as_ref().map(|message| hexadecimal(&message.section));
        let mut range = DateRange {
            id: self.id.to_string(),
            start_date: Some(self.start),
            duration: self.duration.map(seconds),
            planned_duration: self.planned.map(seconds),
            scte35_cmd: hex(&self.command),
            scte35_out: hex(&self.out),
            scte35_in: hex(&self.back),
            ..DateRange::default()
        };
        if let Some(interstitials) = interstitials {
            interstitials.describe(self, &mut range);
        }
        range
    }
}

/// Dates are printed in milliseconds: rounded as those of pictures are, so that one at a splice has its date.
pub(crate) fn printed(at: WallTime) -> WallTime {
    at.whole_millis(Rounding::Ceil)
}

pub(super) fn seconds(span: Duration) -> Seconds {
    Seconds::from_micros(u64::try_from(span.as_micros()).unwrap_or(u64::MAX))
}

fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 15)]);
    let digits = bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]);
    "0x".chars().chain(digits).collect()
}
