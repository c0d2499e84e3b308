//! What input is held to. Every limit has a default that real encoders stay far below and that a setting can change.

use std::time::Duration;

/// The limits that a broadcast's input is held to. Going over one drops the offending unit or message, counts it, and
/// never ends the broadcast by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most bytes of one access unit. Default 16 MiB: an intra-only 8K picture is about half of that.
    pub unit_bytes: usize,
    /// The most tracks of one broadcast. Default 16.
    pub tracks: usize,
    /// How far a track's decode time may step, either way, and still be the same timeline. Default 5 s.
    pub max_jump: Duration,
    /// The most units that wait to be put in order. Default 16.
    pub reorder_units: usize,
    /// The most NAL units of one access unit. Default 4096: a 4K picture of one slice per macroblock row has 136.
    pub nal_units: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { unit_bytes: 16 << 20, tracks: 16, max_jump: Duration::from_secs(5), reorder_units: 16, nal_units: 4096 }
    }
}
