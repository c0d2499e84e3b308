//! Slice headers: ITU-T H.264 §7.3.3, as far as picture boundaries and random access need them.

use super::nal_type::ref_idc;
use super::{AvcError, NalType, PicOrderCnt, Pps, Sps};
use crate::bits::{BitReader, SyntaxError};
use crate::nal::emulation;

/// `slice_type` modulo 5 (Table 7-6).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SliceType {
    /// Predicted from one list of references.
    P,
    /// Predicted from two lists.
    B,
    /// Intra.
    I,
    /// Switching, predicted.
    Sp,
    /// Switching, intra.
    Si,
}

impl SliceType {
    /// Whether it refers to no other picture.
    pub fn is_intra(self) -> bool {
        matches!(self, Self::I | Self::Si)
    }
}

/// Whether a picture is a frame or a field.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Structure {
    /// Both fields together: `field_pic_flag` 0.
    Frame,
    /// The field of the even rows.
    TopField,
    /// The field of the odd rows.
    BottomField,
}

/// The beginning of a slice header, which can be read without any parameter set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SliceStart {
    /// `first_mb_in_slice`: 0 in the first slice of a picture, unless arbitrary slice order is in use.
    pub first_mb: u32,
    /// How it is predicted.
    pub slice_type: SliceType,
    /// `pic_parameter_set_id`.
    pub pps_id: u8,
}

/// `slice_header()` up to `redundant_pic_cnt`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct SliceHeader {
    /// `nal_ref_idc`: 0 when no other picture refers to this one.
    pub nal_ref_idc: u8,
    /// IdrPicFlag: the NAL unit has type 5.
    pub idr: bool,
    /// `first_mb_in_slice`.
    pub first_mb: u32,
    /// How it is predicted.
    pub slice_type: SliceType,
    /// `pic_parameter_set_id`.
    pub pps_id: u8,
    /// `seq_parameter_set_id` of the picture parameter set.
    pub sps_id: u8,
    /// `frame_num`.
    pub frame_num: u16,
    /// Frame or field.
    pub structure: Structure,
    /// `idr_pic_id`, of IDR pictures.
    pub idr_pic_id: Option<u16>,
    /// `pic_order_cnt_lsb`; 0 unless `pic_order_cnt_type` is 0.
    pub pic_order_cnt_lsb: u16,
    /// `delta_pic_order_cnt_bottom`; 0 where it is absent.
    pub delta_pic_order_cnt_bottom: i32,
    /// `delta_pic_order_cnt`; 0 where it is absent.
    pub delta_pic_order_cnt: [i32; 2],
    /// `redundant_pic_cnt`: not 0 in slices that repeat a picture.
    pub redundant_pic_cnt: u8,
}

/// More than the bits from `first_mb_in_slice` to `redundant_pic_cnt` can take (9 codes of at most 65 bits, 38 bits of
/// fixed width), with emulation prevention bytes.
const HEADER_BYTES: usize = 128;

/// More than the bits up to `pic_parameter_set_id` can take.
const START_BYTES: usize = 40;

const ANY: std::ops::RangeInclusive<i32> = -i32::MAX..=i32::MAX;

impl SliceStart {
    /// Reads the beginning of a slice from a NAL unit of type 1, 2 or 5, header included.
    pub fn parse(nal: &[u8]) -> Result<Self, AvcError> {
        let payload = slice_payload(nal, START_BYTES)?;
        Ok(Self::read(&mut BitReader::new("slice_header", &emulation::remove(payload)))?)
    }

    fn read(r: &mut BitReader<'_>) -> Result<Self, SyntaxError> {
        let first_mb = r.ue("first_mb_in_slice", super::level::MAX_FRAME_SIZE_IN_MBS - 1)?;
        let slice_type = match r.ue("slice_type", 9)? % 5 {
            0 => SliceType::P,
            1 => SliceType::B,
            2 => SliceType::I,
            3 => SliceType::Sp,
            _ => SliceType::Si,
        };
        Ok(Self { first_mb, slice_type, pps_id: r.ue8("pic_parameter_set_id", 255)? })
    }
}

impl SliceHeader {
    /// Reads the header of a slice from a NAL unit of type 1, 2 or 5, header included, with the parameter sets that
    /// [`SliceStart::pps_id`] and [`Pps::sps_id`] name.
    pub fn parse(nal: &[u8], sps: &Sps, pps: &Pps) -> Result<Self, AvcError> {
        let payload = slice_payload(nal, HEADER_BYTES)?;
        let rbsp = emulation::remove(payload);
        let r = &mut BitReader::new("slice_header", &rbsp);
        let SliceStart { first_mb, slice_type, pps_id } = SliceStart::read(r)?;
        if pps_id != pps.id || pps.sps_id != sps.id {
            return Err(r.out_of_range("pic_parameter_set_id", pps_id).into());
        }
        if sps.separate_colour_plane {
            r.bits("colour_plane_id", 2)?;
        }
        let frame_num = r.bits("frame_num", sps.log2_max_frame_num.into())? as u16;
        let structure = if sps.frame_mbs_only || !r.flag("field_pic_flag")? {
            Structure::Frame
        } else if r.flag("bottom_field_flag")? {
            Structure::BottomField
        } else {
            Structure::TopField
        };
        let idr = NalType::of(nal[0]) == NalType::IdrSlice;
        let idr_pic_id = if idr { Some(r.ue("idr_pic_id", 65_535)? as u16) } else { None };
        let bottom_order = pps.bottom_field_order_present && structure == Structure::Frame;
        let (mut pic_order_cnt_lsb, mut delta_pic_order_cnt_bottom, mut delta_pic_order_cnt) = (0, 0, [0; 2]);
        match &sps.pic_order_cnt {
            PicOrderCnt::Lsb { log2_max_lsb } => {
                pic_order_cnt_lsb = r.bits("pic_order_cnt_lsb", (*log2_max_lsb).into())? as u16;
                if bottom_order {
                    delta_pic_order_cnt_bottom = r.se("delta_pic_order_cnt_bottom", ANY)?;
                }
            }
            PicOrderCnt::Cycle { delta_always_zero: false, .. } => {
                delta_pic_order_cnt[0] = r.se("delta_pic_order_cnt[0]", ANY)?;
                if bottom_order {
                    delta_pic_order_cnt[1] = r.se("delta_pic_order_cnt[1]", ANY)?;
                }
            }
            PicOrderCnt::Cycle { .. } | PicOrderCnt::DecodingOrder => {}
        }
        let redundant_pic_cnt = if pps.redundant_pic_cnt_present { r.ue8("redundant_pic_cnt", 127)? } else { 0 };
        Ok(Self {
            nal_ref_idc: ref_idc(nal[0]),
            idr,
            first_mb,
            slice_type,
            pps_id,
            sps_id: sps.id,
            frame_num,
            structure,
            idr_pic_id,
            pic_order_cnt_lsb,
            delta_pic_order_cnt_bottom,
            delta_pic_order_cnt,
            redundant_pic_cnt,
        })
    }
}

/// The first bytes behind the header of a NAL unit that holds a slice: a picture may have megabytes, its header has not.
fn slice_payload(nal: &[u8], at_most: usize) -> Result<&[u8], AvcError> {
    match nal.split_first() {
        Some((&header, payload)) if NalType::of(header).has_slice_header() => {
            Ok(&payload[..payload.len().min(at_most)])
        }
        first => {
            Err(AvcError::UnexpectedNal { expected: "slice", found: first.map(|(&header, _)| NalType::of(header)) })
        }
    }
}

/// Whether `this` slice begins a new primary coded picture, `previous` being the slice before it in decoding order:
/// §7.4.1.2.4. A slice that only repeats a picture never does.
pub fn is_first_of_new_picture(previous: &SliceHeader, this: &SliceHeader) -> bool {
    if this.redundant_pic_cnt > 0 {
        return false;
    }
    let reference = |slice: &SliceHeader| slice.nal_ref_idc != 0;
    previous.frame_num != this.frame_num
        || previous.pps_id != this.pps_id
        || previous.sps_id != this.sps_id
        || previous.structure != this.structure
        || reference(previous) != reference(this)
        || previous.pic_order_cnt_lsb != this.pic_order_cnt_lsb
        || previous.delta_pic_order_cnt_bottom != this.delta_pic_order_cnt_bottom
        || previous.delta_pic_order_cnt != this.delta_pic_order_cnt
        || previous.idr != this.idr
        || previous.idr_pic_id != this.idr_pic_id
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::{BitWriter, Fault};
    use crate::fixtures::{self, PARAMETER_SETS};
    use crate::nal::{Framing, units};

    /// All slice headers of a byte stream.
    fn headers(stream: &[u8]) -> Vec<SliceHeader> {
        let (mut sps, mut pps, mut headers) = (None, None, Vec::new());
        for range in units(stream, Framing::AnnexB) {
            let nal = &stream[range.unwrap()];
            match NalType::of(nal[0]) {
                NalType::Sps => sps = Some(Sps::parse(nal).unwrap()),
                NalType::Pps => pps = Some(Pps::parse(nal).unwrap()),
                kind if kind.is_vcl() => {
                    headers.push(SliceHeader::parse(nal, sps.as_ref().unwrap(), pps.as_ref().unwrap()).unwrap());
                }
                _ => {}
            }
        }
        headers
    }

    fn fields() -> (Sps, Pps) {
        let interlaced = &PARAMETER_SETS[6];
        let sps = Sps::parse(&fixtures::bytes(interlaced.sps)).unwrap();
        assert!(!sps.frame_mbs_only);
        (sps, Pps::parse(&fixtures::bytes(interlaced.pps)).unwrap())
    }

    /// One slice of a field picture.
    fn field(sps: &Sps, pps: &Pps, header: u8, bottom: bool, order: u32) -> SliceHeader {
        let PicOrderCnt::Lsb { log2_max_lsb } = sps.pic_order_cnt else { panic!("the fixture codes the low bits") };
        let mut w = BitWriter::new();
        w.bits(header.into(), 8).ue(0).ue(7).ue(0).bits(3, sps.log2_max_frame_num.into()).flag(true).flag(bottom);
        if header & 0x1f == 5 {
            w.ue(9);
        }
        w.bits(order.into(), log2_max_lsb.into()).trailing_bits();
        SliceHeader::parse(&emulation::insert(&w.into_bytes()), sps, pps).unwrap()
    }

    #[test]
    fn what_is_no_slice_or_ends_early_is_refused() {
        let (sps, pps) = fields();
        let unexpected = |found| AvcError::UnexpectedNal { expected: "slice", found };
        assert_eq!(SliceStart::parse(&[]), Err(unexpected(None)));
        assert_eq!(SliceHeader::parse(&[6, 5], &sps, &pps), Err(unexpected(Some(NalType::Sei))));
        for (nal, field, fault) in [
            (&[0x65][..], "first_mb_in_slice", Fault::Truncated),
            (&[0x65, 0x88], "pic_parameter_set_id", Fault::Truncated),
            (&[0x65, 0x88, 0x80], "idr_pic_id", Fault::Truncated),
            (&[0x65, 0b1000_1011, 0x80], "slice_type", Fault::OutOfRange(10)),
            (&[0x65, 0, 0, 1, 0, 0, 0], "first_mb_in_slice", Fault::OutOfRange(8_388_607)),
        ] {
            let error = SliceHeader::parse(nal, &sps, &pps);
            assert!(matches!(error, Err(AvcError::Syntax(e)) if (e.field, e.fault) == (field, fault)), "{error:?}");
        }
    }

    #[test]
    fn a_slice_of_another_parameter_set_is_refused() {
        let (sps, mut pps) = fields();
        pps.id = 1;
        let error = SliceHeader::parse(&[0x65, 0x88, 0x80, 0, 0x80], &sps, &pps);
        assert!(matches!(error, Err(AvcError::Syntax(error)) if error.field == "pic_parameter_set_id"));
    }

    #[test]
    fn pictures_of_two_slices_are_told_apart() {
        let headers = headers(fixtures::TWO_SLICES);
        let begins: Vec<_> = headers.windows(2).map(|pair| is_first_of_new_picture(&pair[0], &pair[1])).collect();
        assert_eq!(begins, [false, true, false, true, false, true, false, true, false, true, false]);
        let firsts: Vec<_> = headers.iter().map(|header| header.first_mb).collect();
        assert_eq!(firsts, [0, 8].repeat(6));
    }

    #[test]
    fn types_and_orders_of_pictures_are_read() {
        let headers = headers(fixtures::TWO_SLICES);
        let pictures: Vec<_> =
            headers.iter().step_by(2).map(|h| (h.slice_type, h.nal_ref_idc > 0, h.pic_order_cnt_lsb)).collect();
        use SliceType::{B, I, P};
        let expected = [(I, true, 0), (P, true, 6), (B, true, 2), (B, false, 4), (P, true, 10), (B, false, 8)];
        assert_eq!(pictures, expected);
        assert!(headers[0].idr && headers[0].idr_pic_id == Some(0) && !headers[2].idr);
    }

    #[test]
    fn each_field_is_a_picture() {
        let (sps, pps) = fields();
        let top = field(&sps, &pps, 0x65, false, 2);
        let bottom = field(&sps, &pps, 0x65, true, 3);
        assert_eq!((top.structure, bottom.structure), (Structure::TopField, Structure::BottomField));
        assert_eq!((top.frame_num, bottom.idr_pic_id), (3, Some(9)));
        assert!(is_first_of_new_picture(&top, &bottom) && !is_first_of_new_picture(&top, &top));
        // The second field of an IDR picture may refer to the first; it is no IDR slice then.
        assert!(is_first_of_new_picture(&top, &field(&sps, &pps, 0x61, true, 2)));
    }

    #[test]
    fn every_difference_that_the_standard_lists_begins_a_picture() {
        let (sps, pps) = fields();
        let slice = SliceHeader { structure: Structure::Frame, ..field(&sps, &pps, 0x65, false, 2) };
        let differing = [
            SliceHeader { frame_num: 4, ..slice },
            SliceHeader { pps_id: 1, ..slice },
            SliceHeader { structure: Structure::TopField, ..slice },
            SliceHeader { nal_ref_idc: 0, ..slice },
            SliceHeader { pic_order_cnt_lsb: 4, ..slice },
            SliceHeader { delta_pic_order_cnt_bottom: 1, ..slice },
            SliceHeader { delta_pic_order_cnt: [0, 1], ..slice },
            SliceHeader { idr: false, ..slice },
            SliceHeader { idr_pic_id: Some(10), ..slice },
        ];
        for other in differing {
            assert!(is_first_of_new_picture(&slice, &other), "{other:?}");
            assert!(!is_first_of_new_picture(&slice, &SliceHeader { redundant_pic_cnt: 1, ..other }));
        }
        for other in
            [SliceHeader { nal_ref_idc: 1, ..slice }, SliceHeader { first_mb: 9, slice_type: SliceType::P, ..slice }]
        {
            assert!(!is_first_of_new_picture(&slice, &other), "{other:?}");
        }
    }

    #[test]
    fn h264_reader_reads_the_same_from_slices_of_real_encoders() {
        use h264_reader::nal::slice::{FieldPic, PicOrderCountLsb, SliceHeader as Other};
        use h264_reader::nal::{NalHeader, pps::PicParameterSet, sps::SeqParameterSet};
        use h264_reader::{Context, rbsp};

        for stream in [fixtures::TWO_SLICES, fixtures::OPEN_GOP] {
            let mut context = Context::new();
            let mut ours = headers(stream).into_iter();
            for range in units(stream, Framing::AnnexB) {
                let nal = &stream[range.unwrap()];
                let payload = rbsp::decode_nal(nal).unwrap();
                let mut bits = rbsp::BitReader::new(&payload[..]);
                match NalType::of(nal[0]) {
                    NalType::Sps => context.put_seq_param_set(SeqParameterSet::from_bits(bits).unwrap()),
                    NalType::Pps => {
                        let pps = PicParameterSet::from_bits(&context, bits).unwrap();
                        context.put_pic_param_set(pps);
                    }
                    kind if kind.is_vcl() => {
                        let header = NalHeader::new(nal[0]).unwrap();
                        let (other, _, _) = Other::from_bits(&context, &mut bits, header, None).unwrap();
                        let slice = ours.next().unwrap();
                        assert_eq!((other.first_mb_in_slice, other.frame_num), (slice.first_mb, slice.frame_num));
                        assert_eq!(other.field_pic == FieldPic::Frame, slice.structure == Structure::Frame);
                        assert_eq!(other.idr_pic_id, slice.idr_pic_id.map(u32::from));
                        let order = PicOrderCountLsb::Frame(slice.pic_order_cnt_lsb.into());
                        assert_eq!(other.pic_order_cnt_lsb, Some(order));
                        assert_eq!(format!("{:?}", other.slice_type.family), format!("{:?}", slice.slice_type));
                    }
                    _ => {}
                }
            }
            assert_eq!(ours.next(), None);
        }
    }
}
