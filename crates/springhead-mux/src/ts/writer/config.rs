//! The parameter sets that configuration records hold: ISO/IEC 14496-15 §5.3.3, §8.3.3 and §11.2.4.

use bytes::Bytes;
use springhead_codec::avc::{AvcError, DecoderConfig};

/// A record whose lengths leave it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Malformed;

/// The sets of an AVCDecoderConfigurationRecord, in the order in which they refer to each other.
pub(super) fn avc(record: &Bytes) -> Result<Vec<Bytes>, AvcError> {
    let DecoderConfig { sps, sps_ext, pps, .. } = DecoderConfig::parse(record)?;
    Ok([sps, sps_ext, pps].concat())
}

/// The NAL units of an HEVCDecoderConfigurationRecord, in the order of its arrays: VPS, SPS, PPS, and SEI messages that
/// hold throughout.
pub(super) fn hevc(record: &Bytes) -> Result<Vec<Bytes>, Malformed> {
    const BEFORE_ARRAYS: usize = 22;
    let mut r = Record { record, at: BEFORE_ARRAYS };
    let arrays = r.byte()?;
    let mut units = Vec::new();
    for _ in 0..arrays {
        r.byte()?;
        let count = r.number()?;
        r.units(count, &mut units)?;
    }
    Ok(units)
}

/// The NAL units of a VvcDecoderConfigurationRecord, in the order of its arrays.
pub(super) fn vvc(record: &Bytes) -> Result<Vec<Bytes>, Malformed> {
    /// `NAL_unit_type` of operating point and decoding capability information, of which an array has one, uncounted.
    const SINGLE: [u8; 2] = [12, 13];
    let mut r = Record { record, at: 0 };
    if r.byte()? & 1 == 1 {
        // ols_idx, num_sublayers, constant_frame_rate, chroma_format_idc, bit_depth_minus8.
        let sublayers = r.number()? >> 4 & 7;
        r.byte()?;
        r.profile_tier_level(sublayers)?;
        // The largest picture, and the average frame rate.
        r.skip(6)?;
    }
    let arrays = r.byte()?;
    let mut units = Vec::new();
    for _ in 0..arrays {
        let kind = r.byte()? & 0x1f;
        let count = if SINGLE.contains(&kind) { 1 } else { r.number()? };
        r.units(count, &mut units)?;
    }
    Ok(units)
}

struct Record<'a> {
    record: &'a Bytes,
    at: usize,
}

impl Record<'_> {
    fn skip(&mut self, bytes: usize) -> Result<usize, Malformed> {
        let from = self.at;
        self.at = from.checked_add(bytes).filter(|end| *end <= self.record.len()).ok_or(Malformed)?;
        Ok(from)
    }

    fn byte(&mut self) -> Result<u8, Malformed> {
        self.skip(1).map(|at| self.record[at])
    }

    fn number(&mut self) -> Result<u16, Malformed> {
        Ok(u16::from_be_bytes([self.byte()?, self.byte()?]))
    }

    /// NAL units with their lengths before them; empty ones are passed over.
    fn units(&mut self, count: u16, units: &mut Vec<Bytes>) -> Result<(), Malformed> {
        for _ in 0..count {
            let length = usize::from(self.number()?);
            let from = self.skip(length)?;
            if length > 0 {
                units.push(self.record.slice(from..from + length));
            }
        }
        Ok(())
    }

    /// VvcPTLRecord.
    fn profile_tier_level(&mut self, sublayers: u16) -> Result<(), Malformed> {
        let constraint_bytes = self.byte()? & 0x3f;
        // The profile and tier, the level, and the constraints, which begin with two flags.
        self.skip(2 + usize::from(constraint_bytes.max(1)))?;
        if sublayers > 1 {
            let present = self.byte()? >> (9 - sublayers);
            self.skip(present.count_ones() as usize)?;
        }
        let sub_profiles = usize::from(self.byte()?);
        self.skip(sub_profiles * 4).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(parts: &[&[u8]]) -> Bytes {
        parts.concat().into()
    }

    #[test]
    fn records_that_are_cut_short_are_refused() {
        let arrays: &[u8] = &[2, 0x20, 0, 1, 0, 2, 0x40, 1, 0x21, 0, 2, 0, 2, 0x42, 1, 0, 2, 0x42, 2];
        let record = bytes(&[&[1; 22], arrays]);
        assert_eq!(hevc(&record).unwrap(), [&[0x40u8, 1][..], &[0x42, 1], &[0x42, 2]]);
        for end in 0..record.len() {
            assert_eq!(hevc(&record.slice(..end)), Err(Malformed), "{end}");
        }
    }

    #[test]
    fn a_record_of_vvc_is_walked_past_its_profile() {
        // num_sublayers 3, with a level for one of the two lower ones; one constraint byte; one sub-profile.
        let ptl = [1, 0x02, 0x33, 0x00, 0b0100_0000, 0x20, 1, 0, 0, 0, 1];
        let arrays = [3, 13, 0, 2, 0x00, 0x69, 0x8f, 0, 1, 0, 2, 0x00, 0x79, 0x90, 0, 1, 0, 2, 0x00, 0x81];
        let record = bytes(&[&[0xff, 0x00, 0x3f, 0x5f], &ptl, &[0, 64, 0, 36, 0, 0], &arrays]);
        assert_eq!(vvc(&record).unwrap(), [&[0x00u8, 0x69][..], &[0x00, 0x79], &[0x00, 0x81]]);
        for end in 0..record.len() {
            assert_eq!(vvc(&record.slice(..end)), Err(Malformed), "{end}");
        }
        let without = bytes(&[&[0xfe], &arrays]);
        assert_eq!(vvc(&without), vvc(&record));
    }
}
