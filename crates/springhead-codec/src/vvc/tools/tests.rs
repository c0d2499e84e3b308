use springhead_core::FrameRate;

use crate::bits::BitWriter;
use crate::nal::emulation;
use crate::vvc::{Sps, Timing};

/// A set of 4:4:4 pictures of 16 by 16 samples and 12 bits in which every tool is on that has elements of its own. Its rate and field flag stand behind the tools.
///
/// Between two pictures of `open-gop.266`, the `trace_headers` filter of FFmpeg 9.0.2 reads it up to its stop bit, with the
/// values that are written here.
fn every_tool() -> Vec<u8> {
    let mut w = BitWriter::new();
    w.bits(0x0079, 16).bits(0x30, 8).bits(0, 3).bits(3, 2).bits(0, 2).flag(true);
    w.bits(33, 7).flag(false).bits(51, 8).bits(0x80, 8).bits(0, 8);
    w.flag(false).flag(true).flag(true).ue(16).ue(16).flag(false).flag(false).ue(4).bits(0, 2);
    w.bits(4, 4).flag(true).ue(3).bits(1, 2).bits(0, 8).bits(2, 2).bits(0, 16);
    w.ue(4).ue(2).ue(0);
    // Splits of intra luma and chroma, and of inter.
    w.ue(0).flag(true).ue(1).ue(1).ue(1).ue(1).flag(true).ue(1).ue(1).ue(1).ue(1).ue(1).ue(1).ue(1).ue(1);
    // A tree unit of 32 samples has no flag for transforms of 64.
    w.flag(true).ue(2).flag(true).flag(true).bits(0, 2).flag(true);
    // Three tables for chroma.
    w.flag(true).flag(false);
    for start in [-50, 0, 30] {
        w.se(start).ue(1).ue(3).ue(2).ue(1).ue(0);
    }
    w.bits(0b1_111, 4).flag(true).flag(true).flag(true);
    // Two directions of lists, with long-term pictures.
    w.flag(false).flag(false);
    w.ue(2).ue(0).ue(3).flag(true).flag(true).ue(0).flag(true).flag(true).ue(0).flag(false);
    w.ue(1).ue(2).flag(false).flag(false).bits(0x5a, 8).flag(true).ue(3).flag(false);
    // Inter prediction.
    w.flag(true).flag(true).flag(true).flag(true).flag(true).flag(true).flag(true).flag(true).flag(true);
    w.flag(true).flag(true).ue(1).flag(true).flag(true).ue(1).flag(true).flag(true).flag(true).flag(true);
    w.flag(true).flag(true).flag(true).ue(2).ue(1);
    // Intra prediction, with colour transform.
    w.bits(0b111, 3).flag(true).flag(true).flag(true).ue(1).flag(true).ue(2);
    // Filters by intervals, scaling, boundaries.
    w.flag(true).bits(1, 2).se(-5).se(3).ue(100).se(-3).ue(200);
    w.flag(true).flag(true).flag(true).flag(true).bits(0b11, 2);
    w.flag(true).flag(true).ue(1).ue(0).ue(1).ue(0);
    // Timing with both decoders, sub-pictures and two schedules.
    w.flag(true).bits(1001, 32).bits(120_000, 32).bits(0b11, 2).bits(0b11, 2).bits(0, 8).bits(0, 12).ue(1);
    w.flag(false).flag(true).ue(1);
    for _ in 0..4 {
        w.ue(1000).ue(2000).ue(3000).ue(4000).flag(true);
    }
    w.flag(true).flag(false).flag(false).trailing_bits();
    emulation::insert(&w.into_bytes())
}

#[test]
fn what_stands_behind_the_tools_is_found_with_every_tool_on() {
    let nal = every_tool();
    let sps = Sps::parse(&nal).unwrap();
    assert_eq!((sps.bit_depth, sps.vps_id, sps.reorder_depth()), (12, 0, 2));
    assert_eq!(sps.picture_rate(), Some(FrameRate { num: 60_000, den: 1001 }));
    assert_eq!(sps.frame_rate(), Some(FrameRate { num: 30_000, den: 1001 }), "every picture is a field");
    let odd = Sps {
        timing: sps.timing.map(|timing| Timing {
            time_scale: 25,
            num_units_in_tick: 1,
            ticks_per_picture: 1,
            ..timing
        }),
        ..sps.clone()
    };
    let rates = [true, false].map(|field_sequence| Sps { field_sequence, ..odd.clone() }.frame_rate());
    assert_eq!(rates, [Some(FrameRate { num: 25, den: 2 }), Some(FrameRate { num: 25, den: 1 })]);
    assert!(sps.field_sequence && sps.vui.is_none());
}
