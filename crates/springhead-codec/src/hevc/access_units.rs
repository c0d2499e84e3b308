use super::{NalHeader, NalType};
use crate::nal::Role;
use crate::nal::boundary::{Boundary, Kind};

/// Tells where access units begin in the NAL units of a stream (§7.4.2.4.4), each of them as it comes. What is of other
/// layers than the base layer begins none.
///
/// ```
/// use springhead_codec::hevc::AccessUnits;
/// let mut units = AccessUnits::default();
/// let nals: [&[u8]; 4] = [&[0x46, 1, 0x50], &[0x28, 1, 0xac], &[0x28, 1, 0x2c], &[0x02, 1, 0xd0]];
/// assert_eq!(nals.map(|nal| units.push(nal).begins), [true, false, false, true]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct AccessUnits(Boundary);

impl AccessUnits {
    /// What the next NAL unit is, header included, of which three bytes suffice.
    pub fn push(&mut self, nal: &[u8]) -> Role {
        let Some(NalHeader { nal_type, layer_id, .. }) = NalHeader::of(nal) else { return Role::default() };
        let is_slice = nal_type.is_slice_segment();
        let can_begin = layer_id == 0
            && match nal_type {
                NalType::Vps | NalType::Sps | NalType::Pps | NalType::PrefixSei => true,
                NalType::Other(41..=44 | 48..=55) => true,
                // first_slice_segment_in_pic_flag
                _ => is_slice && nal.get(2).is_some_and(|byte| byte & 0x80 != 0),
            };
        let is_delimiter = nal_type == NalType::AccessUnitDelimiter;
        self.0.push(Kind { layer_id, is_delimiter, can_begin, is_slice })
    }

    /// Forgets what came, because something is missing.
    pub fn reset(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hevc::fixtures::{DEPENDENT_SLICES, FIELD_PICTURES, OPEN_GOP};
    use crate::nal::{Framing, units};

    fn begin(nals: &[&[u8]]) -> Vec<bool> {
        let mut units = AccessUnits::default();
        nals.iter().map(|nal| units.push(nal).begins).collect()
    }

    #[test]
    fn what_cannot_begin_an_access_unit_begins_none() {
        let later: &[u8] = &[0x02, 1, 0x50];
        assert_eq!(begin(&[&[], &[0x02], later, &[0x50, 1, 0x84], &[0x4c, 1], &[0x48, 1]]), [false; 6]);
        // Of another layer.
        let upper: &[u8] = &[0x02, 9, 0xd0];
        assert_eq!(begin(&[&[0x28, 1, 0xac], upper, &[0x42, 9, 1], later]), [true, false, false, false]);
    }

    #[test]
    fn pictures_of_real_encoders_begin_where_their_first_slice_segments_say() {
        for stream in [OPEN_GOP, DEPENDENT_SLICES, FIELD_PICTURES] {
            let nals: Vec<_> = units(stream, Framing::AnnexB).map(|range| &stream[range.unwrap()]).collect();
            let first = |nal: &&&[u8]| NalType::of(nal[0]).is_slice_segment() && nal[2] & 0x80 != 0;
            let mut units = AccessUnits::default();
            let roles: Vec<_> = nals.iter().map(|nal| units.push(nal)).collect();
            assert_eq!(roles.iter().filter(|role| role.begins).count(), nals.iter().filter(first).count());
            // Between the last slice segment and the next first one there is one beginning, of whatever type.
            let mut beginnings = 0;
            for (role, nal) in roles.iter().zip(&nals) {
                beginnings += usize::from(role.begins);
                if first(&nal) {
                    assert_eq!(std::mem::take(&mut beginnings), 1);
                }
            }
        }
    }
}
