//! Track fragment random access (ISO/IEC 14496-12 §8.8.10).

use springhead_core::TrackId;

use super::super::mfra::{RandomAccessPoint, TrackIndex};
use super::super::read::{Fields, ReadError};
use super::super::writer::BoxWriter;

/// Writes the access points of a track, their numbers in as few bytes as all of a kind fit.
pub(crate) fn write(index: &TrackIndex, out: &mut BoxWriter) {
    let longest = |number: fn(&RandomAccessPoint) -> u32| length(index.points.iter().map(number).max().unwrap_or(0));
    let lengths = [longest(|point| point.traf), longest(|point| point.trun), longest(|point| point.sample)];
    out.full_box(b"tfra", 1, 0, |out| {
        out.u32(index.track.0);
        // 26 bits that are reserved, and the lengths less one.
        out.u32(lengths.iter().fold(0, |packed, length| packed << 2 | u32::from(length - 1)));
        out.size(index.points.len());
        for point in &index.points {
            out.u64(point.time);
            out.u64(point.moof_offset);
            for (number, length) in [point.traf, point.trun, point.sample].into_iter().zip(lengths) {
                out.bytes(&number.to_be_bytes()[4 - usize::from(length)..]);
            }
        }
    });
}

/// How many bytes the number takes.
fn length(number: u32) -> u8 {
    match number {
        0..=0xff => 1,
        0x100..=0xffff => 2,
        0x1_0000..=0xff_ffff => 3,
        _ => 4,
    }
}

/// The access points of a track.
pub(crate) fn parse(mut fields: Fields<'_>) -> Result<TrackIndex, ReadError> {
    let (version, _) = fields.version_and_flags()?;
    if version > 1 {
        return Err(fields.unsupported("version"));
    }
    let track = TrackId(fields.u32()?);
    let lengths = fields.u32()?;
    let count = fields.u32()?;
    let mut points = Vec::new();
    // Grows with what is there, not with what is declared.
    for _ in 0..count {
        let mut wide = || if version == 1 { fields.u64() } else { fields.u32().map(u64::from) };
        let (time, moof_offset) = (wide()?, wide()?);
        let mut number = |shift: u32| {
            let bytes = fields.take((lengths >> shift & 3) as usize + 1)?;
            Ok::<_, ReadError>(bytes.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
        };
        points.push(RandomAccessPoint { time, moof_offset, traf: number(4)?, trun: number(2)?, sample: number(0)? });
    }
    Ok(TrackIndex { track, points })
}
