use super::*;
use crate::avc::Pps;
use crate::avc::slice::SliceType;
use crate::fixtures::{self, PARAMETER_SETS};

fn sps(pic_order_cnt: PicOrderCnt) -> Sps {
    Sps { pic_order_cnt, log2_max_frame_num: 4, ..Sps::parse(&fixtures::bytes(PARAMETER_SETS[6].sps)).unwrap() }
}

fn slice(idr: bool, frame_num: u16, nal_ref_idc: u8, structure: Structure) -> SliceHeader {
    SliceHeader {
        nal_ref_idc,
        idr,
        first_mb: 0,
        slice_type: SliceType::P,
        pps_id: 0,
        sps_id: 0,
        frame_num,
        structure,
        idr_pic_id: idr.then_some(0),
        pic_order_cnt_lsb: 0,
        delta_pic_order_cnt_bottom: 0,
        delta_pic_order_cnt: [0; 2],
        redundant_pic_cnt: 0,
    }
}

fn counts(sps: &Sps, slices: impl IntoIterator<Item = SliceHeader>) -> Vec<i32> {
    let mut order = PictureOrder::new();
    slices.into_iter().map(|slice| order.push(sps, &slice).count).collect()
}

#[test]
fn the_order_of_real_streams_is_that_of_their_presentation_times() {
    for stream in fixtures::timed_streams() {
        let (sps, pps) = (Sps::parse(&stream.sps).unwrap(), Pps::parse(&stream.pps).unwrap());
        let mut order = PictureOrder::new();
        let mut first = 0;
        let frame = i64::from(stream.timescale) / 25;
        for (pts, _, nal) in &stream.pictures {
            let slice = SliceHeader::parse(nal, &sps, &pps).unwrap();
            first = if slice.idr { *pts } else { first };
            let count = order.push(&sps, &slice).count;
            if stream.name == "varying" {
                let earlier = stream.pictures.iter().filter(|(other, _, _)| (first..*pts).contains(other)).count();
                assert_eq!(count, 2 * earlier as i32, "{} at {pts}", stream.name);
            } else {
                assert_eq!(i64::from(count) * frame, 2 * (pts - first), "{} at {pts}", stream.name);
            }
        }
    }
}

#[test]
fn low_bits_wrap_both_ways() {
    let sps = sps(PicOrderCnt::Lsb { log2_max_lsb: 4 });
    let at =
        |lsb, nal_ref_idc| SliceHeader { pic_order_cnt_lsb: lsb, ..slice(false, 1, nal_ref_idc, Structure::Frame) };
    let begin = slice(true, 0, 1, Structure::Frame);
    // 8 and 16 are references; 14 lies before the wrap, 22 after it.
    assert_eq!(counts(&sps, [begin, at(7, 1), at(14, 1), at(4, 1), at(14, 0), at(10, 1)]), [0, 7, 14, 20, 14, 26]);
    assert_eq!(counts(&sps, [begin, at(14, 0), at(2, 1)]), [0, -2, 2], "a leading picture");
    assert_eq!(counts(&sps, [begin, at(7, 1), begin, at(3, 1)]), [0, 7, 0, 3], "an IDR picture begins anew");
}

#[test]
fn a_frame_has_the_lesser_order_of_its_fields() {
    let sps = sps(PicOrderCnt::Lsb { log2_max_lsb: 8 });
    let frame = |bottom| SliceHeader {
        pic_order_cnt_lsb: 8,
        delta_pic_order_cnt_bottom: bottom,
        ..slice(false, 1, 1, Structure::Frame)
    };
    assert_eq!(counts(&sps, [frame(1), frame(-1)]), [8, 7]);
}

#[test]
fn both_fields_of_a_frame_have_one_order() {
    use Structure::{BottomField, Frame, TopField};
    let sps = sps(PicOrderCnt::Lsb { log2_max_lsb: 8 });
    let field =
        |idr, frame_num, structure, lsb| SliceHeader { pic_order_cnt_lsb: lsb, ..slice(idr, frame_num, 1, structure) };
    // I/P of an IDR picture, then P fields, bottom first, then a frame between fields, then a field that lost its other.
    let fields = [
        field(true, 0, TopField, 0),
        field(false, 0, BottomField, 1),
        field(false, 1, BottomField, 8),
        field(false, 1, TopField, 9),
        field(false, 2, Frame, 4),
        field(false, 3, TopField, 12),
        field(false, 4, TopField, 16),
        field(false, 4, BottomField, 17),
    ];
    assert_eq!(counts(&sps, fields), [0, 0, 8, 8, 4, 12, 16, 16]);
}

#[test]
fn a_cycle_of_expected_differences_gives_the_order_of_references_and_of_what_lies_between() {
    let cycle = |offsets: &[i32]| {
        sps(PicOrderCnt::Cycle {
            delta_always_zero: false,
            offset_for_non_ref_pic: -2,
            offset_for_top_to_bottom_field: 1,
            offset_for_ref_frame: offsets.to_vec(),
        })
    };
    // I P b P b P b: the b, which nothing refers to, lies between the references.
    let picture = |(idr, frame_num, nal_ref_idc)| slice(idr, frame_num, nal_ref_idc, Structure::Frame);
    let pattern = [(true, 0, 1), (false, 1, 1), (false, 2, 0), (false, 2, 1), (false, 3, 0), (false, 3, 1)];
    assert_eq!(counts(&cycle(&[4]), pattern.map(picture)), [0, 4, 2, 8, 6, 12]);
    // Two differences in turn, and frame_num (of four bits) wraps.
    let long: Vec<_> = (0..40).map(|n| picture((n == 0, n % 16, 1))).collect();
    let expected: Vec<_> = (0..40).map(|n| n / 2 * 10 + n % 2 * 4).collect();
    assert_eq!(counts(&cycle(&[4, 6]), long), expected);
    let deviating = SliceHeader { delta_pic_order_cnt: [3, -8], ..picture((false, 1, 1)) };
    assert_eq!(counts(&cycle(&[4]), [picture((true, 0, 1)), deviating]), [0, 0], "the bottom field is 4 + 3 + 1 - 8");
    assert_eq!(
        counts(&cycle(&[]), [picture((true, 0, 1)), picture((false, 1, 1))]),
        [0, 0],
        "no difference is expected"
    );
    let fields = [
        slice(true, 0, 1, Structure::BottomField),
        slice(false, 0, 1, Structure::TopField),
        slice(false, 1, 1, Structure::BottomField),
    ];
    assert_eq!(counts(&cycle(&[4]), fields), [1, 1, 5]);
}

#[test]
fn decoding_order_is_output_order_where_the_stream_says_so() {
    let sps = sps(PicOrderCnt::DecodingOrder);
    let pictures = (0..40).map(|n| slice(n == 0, n % 16, 1, Structure::Frame));
    assert_eq!(counts(&sps, pictures), (0..40).map(|n| 2 * n).collect::<Vec<_>>());
    let between = [
        slice(true, 0, 1, Structure::Frame),
        slice(false, 1, 0, Structure::Frame),
        slice(false, 1, 1, Structure::Frame),
    ];
    assert_eq!(counts(&sps, between), [0, 1, 2]);
}
