//! Tracks and units.

use std::sync::Arc;

use bytes::Bytes;
use springhead_codec::{aac, avc, hevc, vvc};
use springhead_core::{
    AccessUnit, AudioParams, Codec, MediaKind, MediaParams, MonoTime, Rope, TickDelta, Ticks, Timescale, Timestamp,
    Track, TrackId, UnitFlags, VideoParams,
};

use springhead_mux::ts::{Event, Program, Reader, ReaderOptions, ReaderStats, Unit};

use crate::support::{PPS, SPS};

/// The content of the first box of that type in a file of ffmpeg: a decoder configuration record.
fn record(file: &'static [u8], name: &[u8; 4]) -> Bytes {
    let at = file.windows(4).position(|window| window == name).expect("the box is there");
    let length = u32::from_be_bytes(*file[at - 4..].first_chunk().unwrap()) as usize;
    Bytes::from_static(&file[at + 4..at - 4 + length])
}

fn hevc_record() -> Bytes {
    record(include_bytes!("../../../testdata/ffmpeg-9.0-hvc1.mp4"), b"hvcC")
}

fn vvc_record() -> Bytes {
    // Behind the version and flags of the box.
    record(include_bytes!("../../../testdata/ffmpeg-9.0-vvc1.mp4"), b"vvcC").slice(4..)
}

/// The parameter sets of a [`track`] of pictures, each behind a start code.
pub(crate) fn sets(codec: Codec) -> Vec<u8> {
    let sets = match codec {
        Codec::Avc => vec![SPS.into(), PPS.into()],
        Codec::Hevc => hevc::DecoderConfig::parse(&hevc_record()).unwrap().parameter_sets(),
        Codec::Vvc => {
            let vvc::DecoderConfig { sps, pps, .. } = vvc::DecoderConfig::parse(&vvc_record()).unwrap();
            [sps, pps].concat()
        }
        other => panic!("{other:?} has no parameter sets"),
    };
    sets.iter().flat_map(|set: &Bytes| [&[0, 0, 0, 1], &set[..]].concat()).collect()
}

/// A track of any codec, with a configuration that suffices.
pub(crate) fn track(id: u32, codec: Codec) -> Arc<Track> {
    let config = match codec {
        Codec::Avc => {
            let config = avc::DecoderConfig::from_parameter_sets(vec![SPS.into()], vec![PPS.into()]);
            return avc::track(TrackId(id), Timescale::MPEG, &config.unwrap()).unwrap().into();
        }
        Codec::Aac => return aac::track(TrackId(id), &Bytes::from_static(&[0x11, 0x90])).unwrap().into(),
        Codec::Hevc => hevc_record(),
        Codec::Vvc => vvc_record(),
        Codec::Opus => Bytes::from_static(&[0, 2, 1, 0x38, 0, 0, 0xbb, 0x80, 0, 0, 0]),
        _ => Bytes::new(),
    };
    let params = match codec.kind() {
        MediaKind::Video => MediaParams::Video(VideoParams { width: 64, height: 36, ..VideoParams::default() }),
        MediaKind::Audio => {
            MediaParams::Audio(AudioParams { sample_rate: 48_000, channels: 2, unit_ticks: unit_ticks(codec) })
        }
        MediaKind::Metadata => MediaParams::Metadata,
    };
    let timescale = match codec.kind() {
        MediaKind::Audio => Timescale::new(48_000).unwrap(),
        _ => Timescale::MPEG,
    };
    Track { id: TrackId(id), timescale, codec, config, codec_string: "".into(), params, language: None }.into()
}

/// Samples of a frame of sound.
pub(crate) fn unit_ticks(codec: Codec) -> u32 {
    match codec {
        Codec::Opus => 960,
        Codec::MpegAudio => 1152,
        Codec::Ac3 | Codec::Eac3 => 1536,
        _ => 1024,
    }
}

/// A unit whose payload is one NAL unit, or as it is.
pub(crate) fn unit(track: &Track, dts: i64, payload: &[u8]) -> AccessUnit {
    let payload: Rope = if track.codec.has_nal_units() {
        let length = Bytes::copy_from_slice(&(payload.len() as u32).to_be_bytes());
        [length, Bytes::copy_from_slice(payload)].into_iter().collect()
    } else {
        Bytes::copy_from_slice(payload).into()
    };
    AccessUnit {
        track: track.id,
        dts: Timestamp(dts),
        composition_offset: TickDelta(0),
        duration: Ticks(track.audio().map_or(0, |audio| audio.unit_ticks.into())),
        flags: if track.kind() == MediaKind::Video { UnitFlags::empty() } else { UnitFlags::RANDOM_ACCESS },
        arrival: MonoTime(0),
        payload,
    }
}

/// The same, at which decoding can start.
pub(crate) fn key(track: &Track, dts: i64, payload: &[u8]) -> AccessUnit {
    AccessUnit { flags: UnitFlags::RANDOM_ACCESS, ..unit(track, dts, payload) }
}

/// Reads a stream that comes in pieces of that size: its maps, its units, and what was wrong.
pub(crate) fn read(stream: &[u8], piece: usize) -> (Vec<Program>, Vec<Unit>, ReaderStats) {
    let (events, stats) = events(stream, piece, ReaderOptions::default());
    let (mut programs, mut units) = (Vec::new(), Vec::new());
    for event in events {
        match event {
            Event::Program(program) => programs.push(program),
            Event::Unit(unit) => units.push(unit),
            _ => {}
        }
    }
    (programs, units, stats)
}

/// All that a reader tells of a stream, and what was wrong.
pub(crate) fn events(stream: &[u8], piece: usize, options: ReaderOptions) -> (Vec<Event>, ReaderStats) {
    let mut reader = Reader::new(options);
    let mut events = Vec::new();
    for piece in stream.chunks(piece) {
        reader.handle_bytes(piece);
        events.extend(std::iter::from_fn(|| reader.poll_event()));
    }
    reader.finish();
    events.extend(std::iter::from_fn(|| reader.poll_event()));
    (events, reader.stats())
}
