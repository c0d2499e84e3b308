//! `segmentation_descriptor()`, §10.3.3.

use bytes::Bytes;

use super::long;
use crate::bits::{BitReader, SyntaxError};

/// What a segmentation descriptor says of the time in its command.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Segmentation {
    /// `segmentation_event_id`, by which the end of a segment is known to be that of its start.
    pub event_id: u32,
    /// What begins or ends; none where the event is cancelled.
    pub segment: Option<Segment>,
}

/// What a descriptor that cancels nothing says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Segment {
    /// `segmentation_type_id` of Table 23.
    pub type_id: u8,
    /// `segmentation_duration` in ticks of 90 kHz.
    pub duration: Option<u64>,
    /// `segmentation_upid()`
    pub upid: Upid,
    /// `segment_num`
    pub number: u8,
    /// `segments_expected`
    pub expected: u8,
}

/// `segmentation_upid()`: what is in the segment, named by one of several registries.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Upid {
    /// `segmentation_upid_type` of Table 22; 0 where there is no name.
    pub kind: u8,
    /// The name, in the form of its registry.
    pub name: Bytes,
}

impl Segmentation {
    pub(super) const TAG: u8 = 0x02;

    /// Reads what follows the identifier.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, SyntaxError> {
        let mut r = BitReader::new("segmentation_descriptor", bytes);
        let event_id = r.bits("segmentation_event_id", 32)?;
        let cancelled = r.flag("segmentation_event_cancel_indicator")?;
        r.bits("reserved", 7)?;
        let segment = if cancelled { None } else { Some(Segment::read(&mut r, bytes)?) };
        Ok(Self { event_id, segment })
    }
}

impl Segment {
    fn read(r: &mut BitReader<'_>, bytes: &[u8]) -> Result<Self, SyntaxError> {
        let of_program = r.flag("program_segmentation_flag")?;
        let has_duration = r.flag("segmentation_duration_flag")?;
        r.bits("delivery_restrictions", 6)?;
        if !of_program {
            let components = r.bits("component_count", 8)? as usize;
            r.skip("components", components * 48)?;
        }
        let duration = if has_duration { Some(long(r, "segmentation_duration", 40)?) } else { None };
        let kind = r.bits8("segmentation_upid_type", 8)?;
        let length = r.bits("segmentation_upid_length", 8)? as usize;
        let start = r.position() / 8;
        r.skip("segmentation_upid", length * 8)?;
        let name = Bytes::copy_from_slice(&bytes[start..start + length]);
        Ok(Self {
            duration,
            upid: Upid { kind, name },
            type_id: r.bits8("segmentation_type_id", 8)?,
            number: r.bits8("segment_num", 8)?,
            expected: r.bits8("segments_expected", 8)?,
        })
    }
}
