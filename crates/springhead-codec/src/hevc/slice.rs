//! Slice segment headers: ITU-T H.265 §7.3.6.1, as far as picture boundaries and output order need them.

use super::nal_type::HEADER_BYTES;
use super::{HevcError, NalHeader, Pps, Sps};
use crate::bits::{BitReader, SyntaxError};
use crate::nal::emulation;

/// `slice_type` (Table 7-7).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SliceType {
    /// Predicted from two lists.
    B,
    /// Predicted from one list of references.
    P,
    /// Intra.
    I,
}

/// The beginning of a slice segment header, which can be read without any parameter set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SliceStart {
    /// The header of the NAL unit.
    pub nal: NalHeader,
    /// `first_slice_segment_in_pic_flag`.
    pub first_in_picture: bool,
    /// `no_output_of_prior_pics_flag`, of random access points: pictures that were not shown yet are not to be shown.
    pub no_output_of_prior_pics: Option<bool>,
    /// `slice_pic_parameter_set_id`, 0 to 63.
    pub pps_id: u8,
}

/// `slice_segment_header()` up to `slice_pic_order_cnt_lsb`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct SliceHeader {
    /// What comes before everything that depends on parameter sets.
    pub start: SliceStart,
    /// `slice_segment_address`: the coding tree block, in raster order of the picture, that the segment begins with.
    pub address: u32,
    /// What a slice has of its own; none of a dependent slice segment, which carries the slice before it on.
    pub slice: Option<Slice>,
}

/// What the first slice segment of a slice says of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Slice {
    /// How it is predicted.
    pub slice_type: SliceType,
    /// `pic_output_flag`: the picture is shown, unless it is a leading picture that cannot be decoded.
    pub pic_output: bool,
    /// `slice_pic_order_cnt_lsb`; 0 of IDR pictures.
    pub pic_order_cnt_lsb: u16,
}

/// More than the bits from `first_slice_segment_in_pic_flag` to `slice_pic_order_cnt_lsb` can take (2 codes of at most 65
/// bits, 61 bits of fixed width), with emulation prevention bytes.
const HEADER_BYTES_MOST: usize = 48;

impl SliceStart {
    /// Reads the beginning of a slice segment from a NAL unit of one of the types 0 to 9 and 16 to 21, header included.
    pub fn parse(nal: &[u8]) -> Result<Self, HevcError> {
        let (header, payload) = slice_payload(nal)?;
        Ok(Self::read(&mut BitReader::new("slice_segment_header", &emulation::remove(payload)), header)?)
    }

    fn read(r: &mut BitReader<'_>, nal: NalHeader) -> Result<Self, SyntaxError> {
        let first_in_picture = r.flag("first_slice_segment_in_pic_flag")?;
        let no_output_of_prior_pics =
            if nal.nal_type.is_irap() { Some(r.flag("no_output_of_prior_pics_flag")?) } else { None };
        Ok(Self { nal, first_in_picture, no_output_of_prior_pics, pps_id: r.ue8("slice_pic_parameter_set_id", 63)? })
    }
}

impl SliceHeader {
    /// Reads the header of a slice segment from a NAL unit of one of the types 0 to 9 and 16 to 21, header included, with
    /// the parameter sets that [`SliceStart::pps_id`] and [`Pps::sps_id`] name.
    pub fn parse(nal: &[u8], sps: &Sps, pps: &Pps) -> Result<Self, HevcError> {
        let (header, payload) = slice_payload(nal)?;
        let rbsp = emulation::remove(payload);
        let r = &mut BitReader::new("slice_segment_header", &rbsp);
        let start = SliceStart::read(r, header)?;
        if start.pps_id != pps.id || pps.sps_id != sps.id {
            return Err(r.out_of_range("slice_pic_parameter_set_id", start.pps_id).into());
        }
        let mut dependent = false;
        let mut address = 0;
        if !start.first_in_picture {
            dependent = pps.dependent_slice_segments && r.flag("dependent_slice_segment_flag")?;
            let blocks = sps.size_in_ctbs();
            // Ceil(Log2(PicSizeInCtbsY)) bits.
            address = r.bits("slice_segment_address", u32::BITS - (blocks - 1).leading_zeros())?;
            if address == 0 || address >= blocks {
                return Err(r.out_of_range("slice_segment_address", address).into());
            }
        }
        let slice = if dependent { None } else { Some(Slice::read(r, header, sps, pps)?) };
        Ok(Self { start, address, slice })
    }
}

impl Slice {
    fn read(r: &mut BitReader<'_>, nal: NalHeader, sps: &Sps, pps: &Pps) -> Result<Self, SyntaxError> {
        r.skip("slice_reserved_flag", pps.num_extra_slice_header_bits.into())?;
        let slice_type = match r.ue("slice_type", 2)? {
            0 => SliceType::B,
            1 => SliceType::P,
            _ => SliceType::I,
        };
        let pic_output = !pps.output_flag_present || r.flag("pic_output_flag")?;
        if sps.separate_colour_plane {
            r.bits("colour_plane_id", 2)?;
        }
        let pic_order_cnt_lsb = if nal.nal_type.is_idr() {
            0
        } else {
            r.bits("slice_pic_order_cnt_lsb", sps.log2_max_pic_order_cnt_lsb.into())? as u16
        };
        Ok(Self { slice_type, pic_output, pic_order_cnt_lsb })
    }
}

/// The header of a NAL unit that holds a slice segment, and the first bytes behind it: a picture may have megabytes, its
/// header has not.
fn slice_payload(nal: &[u8]) -> Result<(NalHeader, &[u8]), HevcError> {
    match NalHeader::of(nal) {
        Some(header) if header.nal_type.is_slice_segment() => {
            Ok((header, &nal[HEADER_BYTES..nal.len().min(HEADER_BYTES_MOST)]))
        }
        other => Err(HevcError::UnexpectedNal { expected: "slice segment", found: other.map(|h| h.nal_type) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::{BitWriter, Fault};
    use crate::hevc::fixtures::{DEPENDENT_SLICES, OPEN_GOP, RADL, SUB_LAYERS, nal_units};
    use crate::hevc::{NalType, PicOrder};

    /// The parameter sets and all slice segment headers of a byte stream.
    fn headers(stream: &'static [u8]) -> (Sps, Pps, Vec<SliceHeader>) {
        let (mut sps, mut pps, mut headers) = (None, None, Vec::new());
        for nal in nal_units(stream) {
            match NalHeader::of(&nal).unwrap().nal_type {
                NalType::Sps => sps = Some(Sps::parse(&nal).unwrap()),
                NalType::Pps => pps = Some(Pps::parse(&nal).unwrap()),
                kind if kind.is_slice_segment() => {
                    headers.push(SliceHeader::parse(&nal, sps.as_ref().unwrap(), pps.as_ref().unwrap()).unwrap());
                }
                _ => {}
            }
        }
        (sps.unwrap(), pps.unwrap(), headers)
    }

    fn orders(stream: &'static [u8]) -> Vec<i32> {
        let (sps, _, headers) = headers(stream);
        let mut order = PicOrder::default();
        let slices = headers.iter().filter(|header| header.start.first_in_picture);
        let lsb = |header: &SliceHeader| header.slice.unwrap().pic_order_cnt_lsb;
        slices.map(|header| order.next(header.start.nal, lsb(header), sps.log2_max_pic_order_cnt_lsb)).collect()
    }

    #[test]
    fn what_is_no_slice_segment_or_ends_early_is_refused() {
        let (sps, pps, _) = headers(DEPENDENT_SLICES);
        let unexpected = |found| HevcError::UnexpectedNal { expected: "slice segment", found };
        assert_eq!(SliceStart::parse(&[0x26]), Err(unexpected(None)));
        assert_eq!(SliceStart::parse(&[0x2c, 1, 0xff]), Err(unexpected(Some(NalType::Other(22)))));
        assert_eq!(SliceHeader::parse(&[0x4e, 1, 5], &sps, &pps), Err(unexpected(Some(NalType::PrefixSei))));
        for (nal, field, fault) in [
            (&[0x26, 1][..], "first_slice_segment_in_pic_flag", Fault::Truncated),
            (&[0x26, 1, 0b1000_0000], "slice_pic_parameter_set_id", Fault::Truncated),
            (&[0x26, 1, 0b1000_0000, 0b1000_0010], "slice_pic_parameter_set_id", Fault::OutOfRange(64)),
            (&[0x26, 1, 0b1010_0100], "slice_type", Fault::OutOfRange(3)),
            (&[0x26, 1, 0b0011_0000], "slice_segment_address", Fault::OutOfRange(0)),
            (&[0x26, 1, 0b0011_1100], "slice_segment_address", Fault::OutOfRange(3)),
            (&[0x02, 1, 0b1101_1000], "slice_pic_order_cnt_lsb", Fault::Truncated),
        ] {
            let error = SliceHeader::parse(nal, &sps, &pps);
            assert!(matches!(error, Err(HevcError::Syntax(e)) if (e.field, e.fault) == (field, fault)), "{error:?}");
        }
    }

    #[test]
    fn a_slice_segment_of_another_parameter_set_is_refused() {
        let (sps, mut pps, _) = headers(DEPENDENT_SLICES);
        pps.id = 1;
        let error = SliceHeader::parse(&[0x26, 1, 0xaf, 0xb7], &sps, &pps);
        assert!(matches!(error, Err(HevcError::Syntax(error)) if error.field == "slice_pic_parameter_set_id"));
    }

    #[test]
    fn dependent_slice_segments_carry_their_slice_on() {
        let (sps, pps, headers) = headers(DEPENDENT_SLICES);
        assert!(pps.dependent_slice_segments && sps.size_in_ctbs() == 3);
        let segments: Vec<_> =
            headers.iter().map(|h| (h.start.first_in_picture, h.address, h.slice.is_some())).collect();
        assert_eq!(segments, [(true, 0, true), (false, 1, false), (false, 2, false)].repeat(3));
        let types: Vec<_> = headers.iter().filter_map(|header| Some(header.slice?.slice_type)).collect();
        assert_eq!(types, [SliceType::I, SliceType::P, SliceType::P]);
        assert_eq!(headers[0].start.no_output_of_prior_pics, Some(false));
    }

    /// The orders that FFmpeg 5.1.9 finds (`ffmpeg -threads 1 -v trace -i FILE -f null -`, "Decoded frame with POC").
    #[test]
    fn pictures_have_the_order_that_ffmpeg_finds() {
        assert_eq!(orders(OPEN_GOP), [0, 3, 1, 2, 6, 4, 5, 9, 7, 8, 12, 10, 11]);
        assert_eq!(orders(RADL), [0, 1, 0, -1, -2, 1, 0, -1, -2, 1]);
        assert_eq!(orders(SUB_LAYERS), [0, 4, 2, 1, 3, 8, 6, 5, 7]);
    }

    #[test]
    fn what_parameter_sets_add_to_the_header_is_read_over() {
        let (mut sps, mut pps, _) = headers(DEPENDENT_SLICES);
        (sps.separate_colour_plane, sps.log2_max_pic_order_cnt_lsb) = (true, 16);
        (pps.output_flag_present, pps.num_extra_slice_header_bits, pps.id) = (true, 7, 63);
        let mut w = BitWriter::new();
        w.bits(0x0201, 16)
            .flag(true)
            .ue(63)
            .bits(0x7f, 7)
            .ue(1)
            .flag(false)
            .bits(2, 2)
            .bits(0xbeef, 16)
            .trailing_bits();
        let header = SliceHeader::parse(&emulation::insert(&w.into_bytes()), &sps, &pps).unwrap();
        let slice = Slice { slice_type: SliceType::P, pic_output: false, pic_order_cnt_lsb: 0xbeef };
        assert_eq!((header.address, header.slice), (0, Some(slice)));
        assert_eq!((header.start.pps_id, header.start.no_output_of_prior_pics), (63, None));
    }
}
