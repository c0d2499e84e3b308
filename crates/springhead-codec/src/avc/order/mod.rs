//! Picture order: ITU-T H.264 §8.2.1.

#[cfg(test)]
mod tests;

use super::slice::{SliceHeader, Structure};
use super::{PicOrderCnt, Sps};
use crate::reorder::Order;

/// Follows the picture order count of a stream, in decoding order.
///
/// All three types of `pic_order_cnt_type` are followed (§8.2.1.1 to §8.2.1.3), for frames and for fields. What it does not
/// read is `memory_management_control_operation` 5, which begins the count anew without an IDR picture (§7.4.3.3): from
/// there to the next IDR picture the counts are not what a decoder has.
///
/// ```
/// use springhead_codec::avc::slice::SliceHeader;
/// use springhead_codec::avc::{PictureOrder, Pps, Sps};
/// // `ffmpeg -f lavfi -i testsrc=size=64x64:rate=25 -c:v libx264 -bf 1`: I0 P2 B1
/// let sps = Sps::parse(b"\x67\x64\0\x0a\xac\xe4\x10\x9b\x01\x10\0\0\x03\0\x10\0\0\x03\x03\x20\xf1\x22\x51\x20")?;
/// let pps = Pps::parse(b"\x68\xeb\xe3\xcb\x22\xc0")?;
/// let slices: [&[u8]; 3] = [
///     b"\x65\x88\x84\x01\x1f\xfe\x48\x04\x13\x3e\xbf\xf8",
///     b"\x41\x9a\x29\xb1\x15\xff\x46\x8c\x14\x03\x4e\xbd",
///     b"\x01\x9e\x45\xe4\x31\xff\xc6\xa4\xe1\xa1",
/// ];
/// let mut order = PictureOrder::new();
/// let mut count = |nal| SliceHeader::parse(nal, &sps, &pps).map(|slice| order.push(&sps, &slice).count);
/// assert_eq!([count(slices[0])?, count(slices[1])?, count(slices[2])?], [0, 4, 2]);
/// # Ok::<(), springhead_codec::avc::AvcError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct PictureOrder {
    /// The picture before, or the first field of it.
    previous: Option<Previous>,
    /// prevPicOrderCntMsb and prevPicOrderCntLsb: of the reference picture before.
    reference: (i32, i32),
    /// FrameNumOffset of the picture before.
    frame_num_offset: i32,
}

#[derive(Clone, Copy, Debug)]
struct Previous {
    frame_num: u16,
    structure: Structure,
    /// It is a field whose frame has another to come.
    alone: bool,
    count: i32,
}

impl PictureOrder {
    /// The order at the beginning of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// The place of a picture in output order, by its first slice and the sequence parameter set in force.
    ///
    /// A frame has the lesser of the counts of its fields. The second field of a frame gets what the first got, so that
    /// both fields have one place. Counts that a damaged stream drives out of range wrap.
    pub fn push(&mut self, sps: &Sps, slice: &SliceHeader) -> Order {
        if slice.idr {
            *self = Self { previous: self.previous, ..Self::default() };
        }
        let second = self.previous.is_some_and(|previous| {
            let opposite = matches!(
                (previous.structure, slice.structure),
                (Structure::TopField, Structure::BottomField) | (Structure::BottomField, Structure::TopField)
            );
            previous.alone && opposite && previous.frame_num == slice.frame_num && !slice.idr
        });
        let own = match &sps.pic_order_cnt {
            PicOrderCnt::Lsb { log2_max_lsb } => self.by_lsb(*log2_max_lsb, slice),
            PicOrderCnt::Cycle { .. } => self.by_cycle(sps, slice),
            PicOrderCnt::DecodingOrder => self.by_decoding_order(sps, slice),
        };
        let count = match self.previous {
            Some(first) if second => first.count,
            _ => own,
        };
        self.previous = Some(Previous {
            frame_num: slice.frame_num,
            structure: slice.structure,
            alone: slice.structure != Structure::Frame && !second,
            count,
        });
        Order { count, per_picture: 2 }
    }

    /// Type 0 (§8.2.1.1).
    fn by_lsb(&mut self, log2_max_lsb: u8, slice: &SliceHeader) -> i32 {
        let (max_lsb, lsb) = (1i32 << log2_max_lsb, i32::from(slice.pic_order_cnt_lsb));
        let (before_msb, before_lsb) = self.reference;
        let msb = if lsb < before_lsb && before_lsb - lsb >= max_lsb / 2 {
            before_msb.wrapping_add(max_lsb)
        } else if lsb > before_lsb && lsb - before_lsb > max_lsb / 2 {
            before_msb.wrapping_sub(max_lsb)
        } else {
            before_msb
        };
        if slice.nal_ref_idc != 0 {
            self.reference = (msb, lsb);
        }
        let count = msb.wrapping_add(lsb);
        if slice.structure == Structure::Frame {
            count.min(count.wrapping_add(slice.delta_pic_order_cnt_bottom))
        } else {
            count
        }
    }

    /// FrameNumOffset of this picture (equations 8-6 and 8-11).
    fn offset(&mut self, sps: &Sps, slice: &SliceHeader) -> i32 {
        if self.previous.is_some_and(|previous| previous.frame_num > slice.frame_num) && !slice.idr {
            self.frame_num_offset = self.frame_num_offset.wrapping_add(1 << sps.log2_max_frame_num);
        }
        self.frame_num_offset
    }

    /// Type 1 (§8.2.1.2).
    fn by_cycle(&mut self, sps: &Sps, slice: &SliceHeader) -> i32 {
        let PicOrderCnt::Cycle {
            offset_for_non_ref_pic,
            offset_for_top_to_bottom_field: to_bottom,
            offset_for_ref_frame: offsets,
            ..
        } = &sps.pic_order_cnt
        else {
            return 0;
        };
        let mut frame = self.offset(sps, slice).wrapping_add(slice.frame_num.into());
        if offsets.is_empty() {
            frame = 0;
        }
        let is_reference = slice.nal_ref_idc != 0;
        if !is_reference && frame > 0 {
            frame -= 1;
        }
        let mut expected = 0i32;
        if frame > 0 {
            let whole: i32 = offsets.iter().fold(0, |sum, offset| sum.wrapping_add(*offset));
            let (cycles, within) = ((frame - 1) / offsets.len() as i32, (frame - 1) as usize % offsets.len());
            expected =
                offsets[..=within].iter().fold(cycles.wrapping_mul(whole), |sum, offset| sum.wrapping_add(*offset));
        }
        if !is_reference {
            expected = expected.wrapping_add(*offset_for_non_ref_pic);
        }
        let [delta, delta_bottom] = slice.delta_pic_order_cnt;
        let top = expected.wrapping_add(delta);
        match slice.structure {
            Structure::Frame => top.min(top.wrapping_add(*to_bottom).wrapping_add(delta_bottom)),
            Structure::TopField => top,
            Structure::BottomField => top.wrapping_add(*to_bottom),
        }
    }

    /// Type 2 (§8.2.1.3).
    fn by_decoding_order(&mut self, sps: &Sps, slice: &SliceHeader) -> i32 {
        let twice = self.offset(sps, slice).wrapping_add(slice.frame_num.into()).wrapping_mul(2);
        if slice.nal_ref_idc == 0 { twice.wrapping_sub(1) } else { twice }
    }
}
