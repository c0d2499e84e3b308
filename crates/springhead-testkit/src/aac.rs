//! Silent AAC of any rate.

use bytes::Bytes;
use springhead_codec::aac::{self, AudioSpecificConfig};
use springhead_codec::bits::BitWriter;
use springhead_core::{Track, TrackId};

/// Samples of a frame.
pub(crate) const FRAME: u64 = 1024;

const AAC_LC: u8 = 2;
const STEREO: u8 = 2;

/// A track of AAC LC with two channels.
pub(crate) fn track(id: TrackId, rate: u32) -> Track {
    let config = AudioSpecificConfig::new(AAC_LC, rate, STEREO).expect("two channels of AAC LC can be configured");
    aac::track(id, &config.to_bytes()).expect("what was made can be read")
}

/// One raw_data_block (ISO/IEC 14496-3 §4.4.2.1): a pair of silent channels, and a fill element that holds the number of
/// the frame and makes it about `bytes` long.
pub(crate) fn frame(number: u64, bytes: usize) -> Bytes {
    const CHANNEL_PAIR: u64 = 1;
    const FILL: u64 = 6;
    const END: u64 = 7;
    let mut out = BitWriter::new();
    out.bits(CHANNEL_PAIR, 3).bits(0, 4);
    out.flag(true); // common_window
    out.bits(0, 1 + 2 + 1).bits(0, 6).bits(0, 1); // ics_info of a long window with max_sfb 0
    out.bits(0, 2); // ms_mask_present
    for _ in 0..2 {
        out.bits(0, 8).bits(0, 3); // global_gain; neither pulses nor noise shaping nor gain control
    }
    // Sixteen bytes are the least that needs the long form of the count, and hold number and type.
    let fill = bytes.saturating_sub(10).clamp(16, 269);
    out.bits(FILL, 3).bits(15, 4).bits(fill as u64 - 14, 8);
    out.bits(0, 8); // EXT_FILL
    out.bits(number, 64);
    (9..fill).for_each(|_| {
        out.bits(0, 8);
    });
    out.bits(END, 3).align();
    out.into_bytes().into()
}
