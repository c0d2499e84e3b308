use springhead_core::FrameRate;

use super::*;
use crate::bits::{BitWriter, Fault};
use crate::fixtures::{self, VvcRecord};

/// `plain` up to its bit 84, `sps_conformance_window_flag`, then `middle`, then its rest from `sps_bitdepth_minus8` on.
fn with_window(middle: impl FnOnce(&mut BitWriter)) -> Vec<u8> {
    let record = fixtures::vvc_record("plain");
    let rbsp = emulation::remove(&record.sps[2..]).into_owned();
    let mut w = BitWriter::new();
    w.bits(0x0079, 16);
    let bit = |at: usize| rbsp[at / 8] >> (7 - at % 8) & 1 == 1;
    (0..84).for_each(|at| _ = w.flag(bit(at)));
    middle(&mut w);
    (86..rbsp.len() * 8).for_each(|at| _ = w.flag(bit(at)));
    emulation::insert(&w.into_bytes())
}

/// The same, without a window, from `sps_subpic_info_present_flag` on.
fn with_middle(middle: impl FnOnce(&mut BitWriter)) -> Vec<u8> {
    with_window(|w| middle(w.flag(false)))
}

fn fault(result: Result<Sps, VvcError>) -> (&'static str, Fault) {
    match result {
        Err(VvcError::Syntax(error)) => (error.field, error.fault),
        other => panic!("{other:?}"),
    }
}

#[test]
fn another_nal_unit_is_refused() {
    let error = |found| Err(VvcError::UnexpectedNal { expected: "sequence parameter set", found });
    assert_eq!(Sps::parse(&[0, 0x81, 1]), error(Some(NalType::Pps)));
    assert_eq!(Sps::parse(&[0]), error(None));
}

#[test]
fn a_set_cut_short_is_refused_wherever_it_is_cut() {
    for VvcRecord { name, sps, .. } in fixtures::vvc_records() {
        for end in 2..sps.len() - 1 {
            assert_eq!(fault(Sps::parse(&sps[..end])).1, Fault::Truncated, "{name} to {end}");
        }
    }
}

#[test]
fn values_that_the_standard_forbids_are_refused() {
    let plain = fixtures::vvc_record("plain").sps;
    let changed = |at: usize, value: u8| {
        let mut sps = plain.clone();
        sps[at] = value;
        fault(Sps::parse(&sps))
    };
    // sps_max_sublayers_minus1 is the top of the second byte, sps_log2_ctu_size_minus5 near its end.
    assert_eq!(changed(3, 0xeb), ("sps_max_sublayers_minus1", Fault::OutOfRange(7)));
    assert_eq!(changed(3, 0xaf), ("sps_log2_ctu_size_minus5", Fault::OutOfRange(3)));
}

#[test]
fn sets_of_a_real_encoder_say_what_they_were_made_with() {
    let rate = |num, den| Some(FrameRate { num, den });
    let pq = Cicp { primaries: 9, transfer: 16, matrix: 9, full_range: false };
    let bt709 = Cicp { primaries: 1, transfer: 1, matrix: 1, full_range: false };
    for (name, size, rate, cicp) in [
        ("plain", (64, 64), rate(25, 1), None),
        ("hdr", (1920, 1080), rate(30_000, 1001), Some(pq)),
        ("cropped", (202, 130), rate(50, 1), None),
        ("slower", (64, 64), rate(25, 1), None),
        ("bt709", (320, 240), rate(60, 1), Some(bt709)),
    ] {
        let sps = Sps::parse(&fixtures::vvc_record(name).sps).unwrap();
        assert_eq!((sps.width(), sps.height()), size, "{name}");
        assert_eq!((sps.picture_rate(), sps.cicp(), sps.aspect()), (rate, cicp, SampleAspect::SQUARE), "{name}");
        assert_eq!((sps.chroma_format_idc, sps.bit_depth, sps.reorder_depth()), (1, 10, 5), "{name}");
        assert_eq!((sps.id, sps.vps_id, sps.sublayers, sps.field_sequence), (0, 0, 6, false), "{name}");
        assert!(sps.timing.is_some_and(|timing| timing.fixed_rate && timing.ticks_per_picture == 1), "{name}");
    }
    let cropped = Sps::parse(&fixtures::vvc_record("cropped").sps).unwrap();
    assert_eq!((cropped.coded_width, cropped.crop), (208, Crop { left: 0, right: 6, top: 0, bottom: 6 }));
}

#[test]
fn the_layout_of_subpictures_is_read_over() {
    let plain = Sps::parse(&fixtures::vvc_record("plain").sps).unwrap();
    assert_eq!(Sps::parse(&with_middle(|w| _ = w.flag(false))).as_ref(), Ok(&plain));
    // One subpicture with an id; 64x64 is a single coding tree unit, so that places have no bits.
    let one = with_middle(|w| _ = w.flag(true).ue(0).ue(3).flag(true).flag(true).bits(9, 4));
    assert_eq!(Sps::parse(&one).as_ref(), Ok(&plain));
    let three = with_middle(|w| _ = w.flag(true).ue(2).bits(0, 2).bits(0, 6).ue(0).flag(false));
    assert_eq!(Sps::parse(&three).as_ref(), Ok(&plain));
    let absurd = with_middle(|w| _ = w.flag(true).ue(1_000));
    assert_eq!(fault(Sps::parse(&absurd)), ("sps_num_subpics_minus1", Fault::OutOfRange(1_000)));
}

#[test]
fn places_of_subpictures_have_as_many_bits_as_the_picture_needs() {
    let layout = |bits: u64, count: u32, same_size: bool| {
        let mut w = BitWriter::new();
        w.ue(count - 1).flag(true).flag(same_size).bits(u64::MAX, bits as u32).ue(0).flag(false);
        let bytes = w.into_bytes();
        let r = &mut BitReader::new("subpictures", &bytes);
        // 15 by 9 units of 128 samples: four bits each.
        skip_subpictures(r, 7, 1920, 1080).map(|()| r.remaining() < 8)
    };
    assert_eq!(layout(8, 2, true), Ok(true));
    assert_eq!(layout(8 + 8, 2, false), Ok(true));
    assert_eq!(layout(8 + 16 + 8, 3, false), Ok(true));
}

#[test]
fn a_conformance_window_that_leaves_nothing_is_refused() {
    let window = |offsets: [u32; 4]| {
        let sps = with_window(|w| {
            offsets.iter().fold(w.flag(true), |w, &offset| w.ue(offset)).flag(false);
        });
        Sps::parse(&sps).map(|sps| sps.crop)
    };
    assert_eq!(window([16, 16, 0, 0]), Err(VvcError::PictureSize { width: 0, height: 64 }));
    assert_eq!(window([1, 2, 3, 4]), Ok(Crop { left: 2, right: 4, top: 6, bottom: 8 }));
}

#[test]
fn usability_information_that_does_not_fit_its_size_is_none() {
    let read = |size: u32, aspect: (u64, u64)| {
        let mut w = BitWriter::new();
        w.ue(size - 1).align();
        // Progressive; an aspect that is written out.
        w.bits(0b1_0001, 5).flag(true).bits(255, 8).bits(aspect.0, 16).bits(aspect.1, 16).bits(0, 3).trailing_bits();
        w.bits(0, 64);
        read_vui(&mut BitReader::new("payload", &w.into_bytes())).unwrap()
    };
    assert_eq!(read(5, (64, 45)), None);
    let vui = Vui { progressive_source: true, aspect: Some(SampleAspect { h: 64, v: 45 }), ..Vui::default() };
    assert_eq!(read(7, (64, 45)), Some(vui.clone()));
    assert_eq!(read(7, (0, 45)), Some(Vui { aspect: None, ..vui }));
}
