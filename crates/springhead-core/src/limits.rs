//! What input is held to. Every limit has a default that real encoders stay far below and that a setting can change.

use std::time::Duration;

/// The limits that a broadcast's input is held to. Going over one drops the offending unit or message, counts it, and
/// never ends the broadcast by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes of one access unit. Default 16 MiB: an intra-only 8K picture is about half of that.
    pub unit_bytes: usize,
    /// The most bytes of one unit of sound, where that is less. Default 256 KiB: AAC has at most 768 bytes for each channel.
    pub audio_unit_bytes: usize,
    /// The most tracks of one broadcast. Default 16.
    pub tracks: usize,
    /// How far a track's decode time may step, either way, and still be the same timeline. Default 5 s.
    pub max_jump: Duration,
    /// The most units of a track that wait for one that is missing before them. Default 16.
    pub reorder_units: usize,
    /// The most bytes of them. Default 16 MiB.
    pub reorder_bytes: usize,
    /// The longest that one of them waits. Default 200 ms: well above the reordering of any network, and well below what a
    /// player buffers.
    pub reorder_wait: Duration,
    /// The most NAL units of one access unit. Default 4096: a 4K picture of one slice per macroblock row has 136.
    pub nal_units: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            unit_bytes: 16 << 20,
            audio_unit_bytes: 256 << 10,
            tracks: 16,
            max_jump: Duration::from_secs(5),
            reorder_units: 16,
            reorder_bytes: 16 << 20,
            reorder_wait: Duration::from_millis(200),
            nal_units: 4096,
        }
    }
}
