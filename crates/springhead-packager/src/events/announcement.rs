//! What a splice information section announces, by event.

use std::time::Duration;

use bytes::Bytes;
use springhead_codec::scte35::{Segment, SpliceCommand, SpliceInfoSection};
use springhead_core::{Ticks, Timescale};

/// One thing that a section says of one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Announcement {
    pub(crate) key: Key,
    pub(crate) role: Role,
    /// When, on the clock that units are stamped with, modulo its wrap; none for *at once*.
    pub(crate) at: Option<u64>,
    /// How long it is to last.
    pub(crate) planned: Option<Duration>,
}

/// By what messages are known to be of the same event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// A `splice_event_id`.
    Insert(u32),
    /// A `segmentation_event_id`, and the type that its start has; none in a message that cancels it.
    Segment(u32, Option<u8>),
    /// A section that names no event, by what it says.
    Section(Bytes),
}

impl Key {
    /// Whether messages under these keys are of the same event.
    pub(crate) fn is_of(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Segment(one, None), Self::Segment(other, _))
            | (Self::Segment(one, _), Self::Segment(other, None)) => one == other,
            _ => self == other,
        }
    }
}

/// What is said of the event (rfc8216bis §4.4.5.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// SCTE35-OUT.
    Out,
    /// SCTE35-IN.
    In,
    /// SCTE35-CMD.
    Command,
    Cancel,
}

/// The `segmentation_type_id`s by which programming is left: breaks, advertisements, opportunities for placing them, and
/// blocks of them (Table 23). Each end has the number after its start.
const OUT_TYPES: [u8; 9] = [0x22, 0x30, 0x32, 0x34, 0x36, 0x38, 0x3a, 0x44, 0x46];

/// What a section announces, in order, each event and role once. `bytes` are those of the section.
pub(crate) fn announcements(section: &SpliceInfoSection, bytes: &Bytes) -> Vec<Announcement> {
    let at = |pts_time: Option<u64>| pts_time.map(|pts_time| section.adjusted(pts_time));
    match &section.command {
        SpliceCommand::Insert(insert) => {
            let key = Key::Insert(insert.event_id);
            let Some(insertion) = &insert.insertion else {
                return vec![Announcement { key, role: Role::Cancel, at: None, planned: None }];
            };
            let role = if insertion.out_of_network { Role::Out } else { Role::In };
            let planned = insertion.break_duration.map(|duration| span(duration.ticks));
            vec![Announcement { key, role, at: at(insertion.pts_time), planned }]
        }
        SpliceCommand::TimeSignal(pts_time) if !section.segmentations.is_empty() => {
            let mut all: Vec<Announcement> = Vec::new();
            for segmentation in &section.segmentations {
                let (role, of_start) = segmentation.segment.as_ref().map_or((Role::Cancel, None), role_of);
                let key = Key::Segment(segmentation.event_id, of_start);
                let planned = segmentation.segment.as_ref().and_then(|segment| segment.duration).map(span);
                if !all.iter().any(|known| known.key == key && known.role == role) {
                    all.push(Announcement { key, role, at: at(*pts_time), planned });
                }
            }
            all
        }
        SpliceCommand::TimeSignal(pts_time) => {
            let key = Key::Section(bytes.clone());
            vec![Announcement { key, role: Role::Command, at: at(*pts_time), planned: None }]
        }
        _ => vec![Announcement { key: Key::Section(bytes.clone()), role: Role::Command, at: None, planned: None }],
    }
}

/// What a segment's type says, and by which type it is known.
fn role_of(segment: &Segment) -> (Role, Option<u8>) {
    let start = segment.type_id & !1;
    match (OUT_TYPES.contains(&start), segment.type_id == start) {
        (true, true) => (Role::Out, Some(start)),
        (true, false) => (Role::In, Some(start)),
        (false, _) => (Role::Command, Some(segment.type_id)),
    }
}

fn span(ticks: u64) -> Duration {
    Ticks(ticks).to_duration(Timescale::MPEG)
}
