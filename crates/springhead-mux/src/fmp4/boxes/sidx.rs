//! Segment index (ISO/IEC 14496-12 §8.16.3). Only read: a chunked live segment cannot know it ahead.

use springhead_core::{Timescale, TrackId};

use super::super::read::{Fields, ReadError};

/// Where the subsegments of a segment are, and how long they last.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sidx {
    /// The track that it indexes.
    pub reference: TrackId,
    /// Ticks per second of all its times.
    pub timescale: Timescale,
    /// The earliest presentation time of the first subsegment.
    pub earliest_presentation_time: u64,
    /// From the byte after the box to the first subsegment.
    pub first_offset: u64,
    /// The subsegments, each starting where the one before ends.
    pub references: Vec<SidxReference>,
}

/// One subsegment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SidxReference {
    /// Whether it is another index rather than media.
    pub is_index: bool,
    /// Its size in bytes.
    pub size: u32,
    /// How long it lasts, in ticks.
    pub duration: u32,
    /// Whether it starts with a stream access point.
    pub starts_with_sap: bool,
    /// The type of that access point (Annex I); 0 when not known.
    pub sap_type: u8,
}

impl Sidx {
    pub(crate) fn parse(mut fields: Fields<'_>) -> Result<Self, ReadError> {
        let (version, _) = fields.version_and_flags()?;
        let reference = TrackId(fields.u32()?);
        let timescale = Timescale::new(fields.u32()?).ok_or_else(|| fields.invalid("timescale is zero"))?;
        let (earliest_presentation_time, first_offset) = match version {
            0 => (u64::from(fields.u32()?), u64::from(fields.u32()?)),
            1 => (fields.u64()?, fields.u64()?),
            _ => return Err(fields.unsupported("version")),
        };
        fields.skip(2)?;
        let count = usize::from(fields.u16()?);
        let mut references = Vec::with_capacity(count.min(fields.remaining() / 12));
        for _ in 0..count {
            let (size, duration, sap) = (fields.u32()?, fields.u32()?, fields.u32()?);
            references.push(SidxReference {
                is_index: size >> 31 == 1,
                size: size & 0x7fff_ffff,
                duration,
                starts_with_sap: sap >> 31 == 1,
                sap_type: (sap >> 28 & 7) as u8,
            });
        }
        Ok(Self { reference, timescale, earliest_presentation_time, first_offset, references })
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::read::segment_index;
    use super::super::super::writer::BoxWriter;
    use super::*;

    fn index(version: u8, timescale: u32, count: u16) -> Vec<u8> {
        let mut out = BoxWriter::with_capacity(100);
        out.full_box(b"sidx", version, 0, |out| {
            out.u32(1);
            out.u32(timescale);
            match version {
                0 => [900, 8].into_iter().for_each(|value| out.u32(value)),
                _ => [900, 8].into_iter().for_each(|value| out.u64(value)),
            }
            out.u16(0);
            out.u16(count);
            [1000, 180_000, 0x9000_0000].into_iter().for_each(|value| out.u32(value));
        });
        out.finish().unwrap().to_vec()
    }

    #[test]
    fn an_index_without_a_clock_or_with_fewer_references_than_it_says_is_refused() {
        assert!(matches!(segment_index(&index(0, 0, 1)), Err(ReadError::Invalid { why: "timescale is zero", .. })));
        assert!(matches!(segment_index(&index(0, 90_000, 0xffff)), Err(ReadError::Truncated { .. })));
        assert!(matches!(segment_index(&index(2, 90_000, 1)), Err(ReadError::Unsupported { what: "version", .. })));
    }

    #[test]
    fn both_versions_say_the_same() {
        let reference =
            SidxReference { is_index: false, size: 1000, duration: 180_000, starts_with_sap: true, sap_type: 1 };
        for version in [0, 1] {
            let read = segment_index(&index(version, 90_000, 1)).unwrap().unwrap();
            assert_eq!((read.reference, read.timescale), (TrackId(1), Timescale::MPEG));
            assert_eq!((read.earliest_presentation_time, read.first_offset), (900, 8));
            assert_eq!(read.references, [reference]);
        }
    }
}
