use super::NalHeader;

/// Picture order counts, of one picture after the other in decoding order: ITU-T H.265 §8.3.1.
///
/// Slices state the low bits only; the others follow from the picture before that had TemporalId 0 and was neither a leading
/// nor a sub-layer non-reference picture. Pictures are shown in the order of their counts; a count begins anew with every
/// coded video sequence. [`next`](Self::next) takes every picture, and [`restart`](Self::restart) is called where decoding
/// begins and behind an end of sequence.
///
/// ```
/// use springhead_codec::hevc::{NalHeader, NalType, PicOrder};
/// let mut order = PicOrder::default();
/// let nal = |nal_type| NalHeader { nal_type, layer_id: 0, temporal_id: 0 };
/// assert_eq!(order.next(nal(NalType::IdrNLp), 0, 4), 0);
/// assert_eq!(order.next(nal(NalType::TrailR), 7, 4), 7);
/// assert_eq!(order.next(nal(NalType::TrailR), 14, 4), 14);
/// assert_eq!(order.next(nal(NalType::TrailR), 1, 4), 17, "the low bits have come round");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct PicOrder {
    /// PicOrderCntVal of prevTid0Pic; none before the first picture.
    previous: Option<i32>,
}

impl PicOrder {
    /// What follows is the first picture, or follows an end of sequence.
    pub fn restart(&mut self) {
        self.previous = None;
    }

    /// PicOrderCntVal of the next picture in decoding order, of which `lsb` are the low `log2_max_lsb` bits. Those are
    /// [`Slice::pic_order_cnt_lsb`](super::slice::Slice::pic_order_cnt_lsb) and
    /// [`Sps::log2_max_pic_order_cnt_lsb`](super::Sps::log2_max_pic_order_cnt_lsb), of at most 16.
    pub fn next(&mut self, nal: NalHeader, lsb: u16, log2_max_lsb: u8) -> i32 {
        let max_lsb = 1i32 << log2_max_lsb.min(16);
        let lsb = i32::from(lsb);
        let kind = nal.nal_type;
        // NoRaslOutputFlag of an access point: of IDR and BLA pictures always, of CRA pictures when they are the first.
        let begins = kind.is_idr() || kind.is_bla() || self.previous.is_none();
        let msb = match self.previous {
            Some(previous) if !begins => {
                let (previous_lsb, previous_msb) = (previous & (max_lsb - 1), previous & !(max_lsb - 1));
                if lsb < previous_lsb && previous_lsb - lsb >= max_lsb / 2 {
                    previous_msb.wrapping_add(max_lsb)
                } else if lsb > previous_lsb && lsb - previous_lsb > max_lsb / 2 {
                    previous_msb.wrapping_sub(max_lsb)
                } else {
                    previous_msb
                }
            }
            _ => 0,
        };
        let value = msb.wrapping_add(lsb);
        let counts = nal.temporal_id == 0 && !kind.is_rasl() && !kind.is_radl() && !kind.is_sub_layer_non_reference();
        if counts {
            self.previous = Some(value);
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hevc::NalType;
    use proptest::prelude::*;

    fn nal(nal_type: NalType, temporal_id: u8) -> NalHeader {
        NalHeader { nal_type, layer_id: 0, temporal_id }
    }

    #[test]
    fn leading_unreferenced_and_higher_pictures_do_not_move_the_anchor() {
        for (kind, temporal_id) in
            [(NalType::RaslR, 0), (NalType::RadlR, 0), (NalType::TrailN, 0), (NalType::TrailR, 1)]
        {
            let mut order = PicOrder::default();
            order.next(nal(NalType::Cra, 0), 14, 4);
            let anchor = order;
            assert_eq!(order.next(nal(kind, temporal_id), 5, 4), 21, "{kind:?}");
            assert_eq!(order, anchor, "{kind:?}");
            assert_eq!(order.next(nal(kind, temporal_id), 7, 4), 7, "{kind:?}: nearer before than behind");
        }
    }

    #[test]
    fn a_sequence_begins_the_count_anew() {
        for (kind, expected) in [(NalType::BlaWLp, 3), (NalType::IdrWRadl, 3), (NalType::Cra, 19)] {
            let mut order = PicOrder::default();
            order.next(nal(NalType::IdrNLp, 0), 0, 4);
            order.next(nal(NalType::TrailR, 0), 8 - 1, 4);
            order.next(nal(NalType::TrailR, 0), 14, 4);
            assert_eq!(order.next(nal(kind, 0), 3, 4), expected, "{kind:?}");
            order.restart();
            assert_eq!(order.next(nal(kind, 0), 3, 4), 3, "{kind:?} behind an end of sequence");
        }
    }

    proptest! {
        #[test]
        fn orders_that_differ_by_less_than_half_a_round_come_back(
            steps in prop::collection::vec(-7i32..8, 1..200),
            log2_max_lsb in 4u8..=16,
        ) {
            let (mut order, mut count) = (PicOrder::default(), 0i32);
            order.next(nal(NalType::IdrNLp, 0), 0, log2_max_lsb);
            for step in steps {
                count += step;
                let lsb = (count & ((1 << log2_max_lsb) - 1)) as u16;
                prop_assert_eq!(order.next(nal(NalType::TrailR, 0), lsb, log2_max_lsb), count);
            }
        }
    }
}
