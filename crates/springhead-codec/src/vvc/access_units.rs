use super::{NalHeader, NalType, PictureStart};
use crate::nal::Role;
use crate::nal::boundary::{Boundary, Kind};

/// Tells where access units begin in the NAL units of a stream (§7.4.2.4.3, §7.4.2.4.4), each of them as it comes. What is of a
/// higher layer than the first picture of the access unit begins none.
///
/// ```
/// use springhead_codec::vvc::AccessUnits;
/// let mut units = AccessUnits::default();
/// let nals: [&[u8]; 4] = [&[0, 0xa1, 0xa8], &[0, 0x39, 0xc4, 5], &[0, 0x39, 0x44], &[0, 0x01, 0x80]];
/// assert_eq!(nals.map(|nal| units.push(nal).begins), [true, false, false, true]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct AccessUnits(Boundary);

impl AccessUnits {
    /// What the next NAL unit is, header included, of which three bytes suffice.
    pub fn push(&mut self, nal: &[u8]) -> Role {
        let Some(NalHeader { nal_type, layer_id, .. }) = NalHeader::of(nal) else { return Role::default() };
        let is_slice = nal_type.is_vcl();
        let can_begin = match nal_type {
            NalType::Opi | NalType::Dci | NalType::Vps | NalType::Sps | NalType::Pps | NalType::PrefixAps => true,
            NalType::PictureHeader | NalType::PrefixSei | NalType::Other(26 | 28 | 29) => true,
            // A slice that has its picture header in itself is the only one of its picture.
            _ => is_slice && PictureStart::parse(nal).is_ok_and(|start| start.is_some()),
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
    use crate::fixtures;
    use crate::nal::{Framing, units};

    fn begin(nals: &[&[u8]]) -> Vec<bool> {
        let mut units = AccessUnits::default();
        nals.iter().map(|nal| units.push(nal).begins).collect()
    }

    #[test]
    fn what_cannot_begin_an_access_unit_begins_none() {
        let slice: &[u8] = &[0, 0x01, 0x40];
        assert_eq!(begin(&[&[], &[0], slice, &[0, 0x91, 0x80], &[0, 0xa9], &[0, 0xc1], &[0, 0xc9]]), [false; 7]);
        // A picture of a higher layer is of the same access unit, and all slices behind one picture header are.
        let (header, upper): (&[u8], &[u8]) = (&[0, 0x99, 0x40], &[1, 0x01, 0xc0]);
        assert_eq!(begin(&[header, slice, slice, upper, header]), [true, false, false, false, true]);
    }

    #[test]
    fn pictures_of_a_real_encoder_begin_with_and_without_their_delimiters() {
        let stream = fixtures::OPEN_GOP_266;
        let nals: Vec<_> = units(stream, Framing::AnnexB).map(|range| &stream[range.unwrap()]).collect();
        let is_delimiter = |nal: &&[u8]| nal[1] >> 3 == NalType::AccessUnitDelimiter.code();
        assert_eq!(begin(&nals), nals.iter().map(is_delimiter).collect::<Vec<_>>());
        let bare: Vec<_> = nals.into_iter().filter(|nal| !is_delimiter(nal)).collect();
        assert_eq!(begin(&bare).into_iter().filter(|begins| *begins).count(), 70);
    }
}
