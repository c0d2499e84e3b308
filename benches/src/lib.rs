//! What the benches feed to those whom they compare, and how they compare them. One file beside this folder for each
//! question, with the rivals in the same run: only ratios taken inside one run count.
//!
//! ```text
//! cargo bench -p springhead-benches --bench fanout
//! ```

pub mod turns;

use std::sync::Arc;

use bytes::Bytes;
use springhead_codec::avc::{self, DecoderConfig};
use springhead_core::{
    AccessUnit, Codec, Generation, MediaParams, MonoTime, TickDelta, Ticks, TimelineId, Timescale, Timestamp, Track,
    TrackId, TrackSet, UnitFlags, VideoParams,
};

/// A track of H.264 with the parameter sets of a real encoder.
pub fn encoded() -> Arc<Track> {
    let sps = Bytes::from_static(b"\x67\x42\xc0\x0d\xda\x05\x07\xec\x04\x40\0\0\x03\0\x40\0\0\x0c\x83\xc5\x0a\xa8");
    let config = DecoderConfig::from_parameter_sets([sps], [Bytes::from_static(b"\x68\xce\x0f\xc8")]);
    let track = config.and_then(|config| avc::track(TrackId(1), Timescale::MPEG, &config));
    Arc::new(track.expect("parameter sets of a real encoder"))
}

/// A broadcast of one H.264 track, whose configuration nobody reads.
pub fn video() -> Arc<TrackSet> {
    let track = Track {
        id: TrackId(1),
        timescale: Timescale::MPEG,
        codec: Codec::Avc,
        config: Bytes::from_static(&[1, 66, 0, 30, 255, 225, 0, 0, 1, 0, 0]),
        codec_string: "avc1.42001e".into(),
        params: MediaParams::Video(VideoParams { width: 1920, height: 1080, ..VideoParams::default() }),
        language: None,
    };
    Arc::new(TrackSet::new(Generation(0), TimelineId(0), vec![Arc::new(track)]))
}

/// Pictures of 60 a second that share one payload, each `gop`th of them a random access point.
#[derive(Clone, Debug)]
pub struct Pictures {
    payload: Bytes,
    gop: u64,
    next: u64,
}

impl Pictures {
    /// Pictures of `bytes` bytes each.
    pub fn new(bytes: usize, gop: u64) -> Self {
        Self { payload: Bytes::from(vec![0x55; bytes]), gop, next: 0 }
    }
}

impl Iterator for Pictures {
    type Item = AccessUnit;

    fn next(&mut self) -> Option<AccessUnit> {
        let n = self.next;
        self.next += 1;
        Some(AccessUnit {
            track: TrackId(1),
            dts: Timestamp(n as i64 * 1500),
            composition_offset: TickDelta(0),
            duration: Ticks(1500),
            flags: if n.is_multiple_of(self.gop) { UnitFlags::RANDOM_ACCESS } else { UnitFlags::empty() },
            arrival: MonoTime(n * 16_666_667),
            payload: self.payload.clone().into(),
        })
    }
}
