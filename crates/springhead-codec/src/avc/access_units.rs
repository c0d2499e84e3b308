use super::slice::{SliceHeader, SliceStart, Structure, is_first_of_new_picture};
use super::{NalType, Pps, Sps};
use crate::nal::Role;

/// Tells where access units begin in the NAL units of a stream (§7.4.1.2.3, §7.4.1.2.4), each of them as it comes.
///
/// With the parameter sets that it has seen, slices are compared as the standard says. Without them a slice whose
/// `first_mb_in_slice` is 0 begins a picture. A prefix NAL unit (type 14) is before every slice of a scalable stream, and never
/// begins an access unit here: such a stream has delimiters.
///
/// ```
/// use springhead_codec::avc::AccessUnits;
/// let mut units = AccessUnits::default();
/// let nals: [&[u8]; 4] = [&[9, 0xf0], &[0x65, 0x88, 0x84], &[0x65, 0x04, 0x84], &[0x41, 0x9a, 0x23]];
/// assert_eq!(nals.map(|nal| units.push(nal).begins), [true, false, false, true]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct AccessUnits {
    sps: Vec<Sps>,
    pps: Vec<Pps>,
    /// A NAL unit that can begin an access unit has come.
    begun: bool,
    /// The access unit has a slice; and its last one, where that could be read.
    has_slice: bool,
    slice: Option<SliceHeader>,
    /// A slice of the access unit before, where that may be the first field of a frame.
    before: Option<SliceHeader>,
    second_field: bool,
}

impl AccessUnits {
    /// What the next NAL unit is, header included. Of a slice the beginning suffices, of other NAL units but parameter sets
    /// the header.
    pub fn push(&mut self, nal: &[u8]) -> Role {
        let Some(&header) = nal.first() else { return Role::default() };
        let kind = NalType::of(header);
        let begins = match kind {
            NalType::AccessUnitDelimiter => true,
            NalType::Sps | NalType::Pps | NalType::Sei | NalType::Other(15..=18) => self.has_slice || !self.begun,
            kind if kind.has_slice_header() => return self.push_slice(nal),
            _ => false,
        };
        match kind {
            NalType::Sps => put(&mut self.sps, Sps::parse(nal).ok(), |sps| sps.id),
            NalType::Pps => put(&mut self.pps, Pps::parse(nal).ok(), |pps| pps.id),
            _ => {}
        }
        if begins {
            self.begin();
        }
        self.has_slice |= kind.is_vcl();
        Role {
            begins,
            is_delimiter: kind == NalType::AccessUnitDelimiter,
            is_slice: kind.is_vcl(),
            second_field: self.second_field && kind.is_vcl(),
        }
    }

    /// Forgets what came, because something is missing; but not the parameter sets.
    pub fn reset(&mut self) {
        let (sps, pps) = (std::mem::take(&mut self.sps), std::mem::take(&mut self.pps));
        *self = Self { sps, pps, ..Self::default() };
    }

    fn push_slice(&mut self, nal: &[u8]) -> Role {
        let start = SliceStart::parse(nal).ok();
        let slice = start.and_then(|start| self.header(nal, start));
        let first =
            start.is_some_and(|start| start.first_mb == 0) && slice.is_none_or(|this| this.redundant_pic_cnt == 0);
        let begins = match (&self.slice, &slice) {
            (Some(last), Some(this)) => is_first_of_new_picture(last, this),
            _ => first && (self.has_slice || !self.begun),
        };
        if begins {
            self.begin();
        }
        if !self.has_slice
            && let (Some(before), Some(this)) = (self.before.take(), &slice)
        {
            self.second_field = completes_frame(&before, this);
        }
        self.has_slice = true;
        self.slice = slice.or(self.slice);
        Role { begins, is_delimiter: false, is_slice: true, second_field: self.second_field }
    }

    fn header(&self, nal: &[u8], start: SliceStart) -> Option<SliceHeader> {
        let pps = self.pps.iter().find(|pps| pps.id == start.pps_id)?;
        let sps = self.sps.iter().find(|sps| sps.id == pps.sps_id)?;
        SliceHeader::parse(nal, sps, pps).ok()
    }

    fn begin(&mut self) {
        // A field that completes a frame is not the first of another.
        self.before =
            self.slice.take().filter(|_| !self.second_field).or(self.before.take().filter(|_| !self.has_slice));
        (self.begun, self.has_slice, self.second_field) = (true, false, false);
    }
}

/// Whether two fields are one frame: a complementary field pair (§3.30, §3.31).
fn completes_frame(first: &SliceHeader, second: &SliceHeader) -> bool {
    let parities = [first.structure, second.structure];
    let opposite = parities == [Structure::TopField, Structure::BottomField]
        || parities == [Structure::BottomField, Structure::TopField];
    let alike = (first.nal_ref_idc == 0) == (second.nal_ref_idc == 0) && first.frame_num == second.frame_num;
    opposite && alike && !second.idr
}

/// Puts a set where one of the same id is, or at the end. There are as many ids as a byte has values, at most.
fn put<T>(sets: &mut Vec<T>, set: Option<T>, id: impl Fn(&T) -> u8) {
    let Some(set) = set else { return };
    match sets.iter_mut().find(|known| id(known) == id(&set)) {
        Some(known) => *known = set,
        None => sets.push(set),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::BitWriter;
    use crate::fixtures::{self, PARAMETER_SETS};
    use crate::nal::{Framing, emulation, units};

    fn nals(stream: &[u8]) -> Vec<&[u8]> {
        units(stream, Framing::AnnexB).map(|range| &stream[range.unwrap()]).collect()
    }

    fn begin(nals: &[&[u8]]) -> Vec<bool> {
        let mut units = AccessUnits::default();
        nals.iter().map(|nal| units.push(nal).begins).collect()
    }

    #[test]
    fn what_cannot_begin_an_access_unit_begins_none() {
        let slice: &[u8] = &[0x41, 0x04, 0x84];
        assert_eq!(begin(&[&[], slice, &[0x0c, 0xff], &[0x0a], slice, &[0x65]]), [false; 6]);
        // Nothing can be between slices of a picture but what is of it: redundant slices, partitions, prefixes.
        let idr: &[u8] = &[0x65, 0x88, 0x84];
        assert_eq!(begin(&[idr, &[0x6e, 0], &[0x65, 0x04, 0x84], &[3, 0x80], idr]), [true, false, false, false, true]);
    }

    #[test]
    fn pictures_of_real_encoders_begin_with_and_without_their_delimiters() {
        let delimited = nals(fixtures::TWO_SLICES);
        let is_delimiter = |nal: &&[u8]| nal[0] & 0x1f == 9;
        let expected: Vec<_> = delimited.iter().map(is_delimiter).collect();
        assert_eq!(begin(&delimited), expected);
        assert_eq!(expected.iter().filter(|begins| **begins).count(), 6);
        let bare: Vec<_> = delimited.into_iter().filter(|nal| !is_delimiter(nal)).collect();
        assert_eq!(begin(&bare).into_iter().filter(|begins| *begins).count(), 6);
        let open = nals(fixtures::OPEN_GOP);
        let begins = begin(&open);
        assert_eq!(begins.iter().filter(|begins| **begins).count(), 8);
        assert!(begins[0] && open[0][0] & 0x1f == 7);
    }

    #[test]
    fn what_is_missing_is_forgotten_but_the_parameter_sets_are_not() {
        let stream = nals(fixtures::TWO_SLICES);
        let mut units = AccessUnits::default();
        stream.iter().for_each(|nal| _ = units.push(nal));
        units.reset();
        let last = stream[stream.len() - 1];
        assert!(!units.push(last).begins, "the second slice of a picture");
        let idr = stream.iter().find(|nal| nal[0] & 0x1f == 5).unwrap();
        assert!(units.push(idr).begins, "compared with the one before");
    }

    #[test]
    fn the_second_field_of_a_frame_is_told_and_the_next_frame_is_none() {
        let sets = [PARAMETER_SETS[6].sps, PARAMETER_SETS[6].pps].map(fixtures::bytes);
        let sps = Sps::parse(&sets[0]).unwrap();
        let field = |header: u8, bottom: bool, frame_num: u64| {
            let mut w = BitWriter::new();
            w.bits(header.into(), 8).ue(0).ue(7).ue(0).bits(frame_num as _, sps.log2_max_frame_num.into());
            w.flag(true).flag(bottom);
            if header & 0x1f == 5 {
                w.ue(9);
            }
            w.bits(0, 16).bits(0, 16).trailing_bits();
            emulation::insert(&w.into_bytes())
        };
        let roles = |delimiter: bool| {
            let mut units = AccessUnits::default();
            sets.iter().for_each(|set| _ = units.push(set));
            let fields = [(0x65, false, 0), (0x61, true, 0), (0x61, false, 1), (0x61, true, 1), (0x01, false, 2)];
            fields.map(|(header, bottom, frame_num)| {
                let begins = delimiter && units.push(&[9, 0xf0]).begins;
                let role = units.push(&field(header, bottom, frame_num));
                (begins || role.begins, role.second_field)
            })
        };
        assert_eq!(roles(true), [(true, false), (true, true), (true, false), (true, true), (true, false)]);
        assert_eq!(roles(false), [(false, false), (true, true), (true, false), (true, true), (true, false)]);
    }
}
