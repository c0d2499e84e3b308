//! Units and tracks as small as a test needs them.

#![allow(dead_code, reason = "each test binary uses its own part")]

use std::sync::Arc;

use bytes::Bytes;
use springhead_core::{
    AccessUnit, AudioParams, Codec, Generation, MediaParams, MonoTime, TickDelta, Ticks, TimelineId, Timescale,
    Timestamp, Track, TrackId, TrackSet, UnitFlags, VideoParams,
};

pub(crate) const VIDEO: TrackId = TrackId(1);
pub(crate) const AUDIO: TrackId = TrackId(2);

fn video() -> Arc<Track> {
    Arc::new(Track {
        id: VIDEO,
        timescale: Timescale::MPEG,
        codec: Codec::Avc,
        config: Bytes::from_static(&[1, 66, 0, 30, 255, 225, 0, 0, 1, 0, 0]),
        codec_string: "avc1.42001e".into(),
        params: MediaParams::Video(VideoParams { width: 640, height: 360, ..VideoParams::default() }),
        language: None,
    })
}

fn audio() -> Arc<Track> {
    Arc::new(Track {
        id: AUDIO,
        timescale: Timescale::MPEG,
        codec: Codec::Aac,
        config: Bytes::from_static(&[0x11, 0x90]),
        codec_string: "mp4a.40.2".into(),
        params: MediaParams::Audio(AudioParams { sample_rate: 48_000, channels: 2, unit_ticks: 1920 }),
        language: None,
    })
}

pub(crate) fn audio_and_video(generation: u64) -> Arc<TrackSet> {
    Arc::new(TrackSet::new(Generation(generation), TimelineId(0), vec![audio(), video()]))
}

/// Two versions of the picture, of which the one with the lower number leads, and sound.
pub(crate) fn two_versions(generation: u64) -> Arc<TrackSet> {
    let small = Arc::new(Track { id: TrackId(3), ..Track::clone(&video()) });
    Arc::new(TrackSet::new(Generation(generation), TimelineId(0), vec![audio(), video(), small]))
}

pub(crate) fn audio_only(generation: u64) -> Arc<TrackSet> {
    Arc::new(TrackSet::new(Generation(generation), TimelineId(0), vec![audio()]))
}

/// A unit of `bytes` bytes that arrives at `millis`, told from others by its dts.
pub(crate) fn unit(track: TrackId, dts: i64, random_access: bool, bytes: usize, millis: u64) -> AccessUnit {
    AccessUnit {
        track,
        dts: Timestamp(dts),
        composition_offset: TickDelta(0),
        duration: Ticks(0),
        flags: if random_access { UnitFlags::RANDOM_ACCESS } else { UnitFlags::empty() },
        arrival: MonoTime(millis * 1_000_000),
        payload: Bytes::from(vec![dts as u8; bytes]).into(),
    }
}

/// Picture number `n`.
pub(crate) fn picture(n: u64, random_access: bool) -> AccessUnit {
    unit(VIDEO, n as i64, random_access, 8, 0)
}
