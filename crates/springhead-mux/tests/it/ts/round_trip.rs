//! What is written is read again.

use std::sync::Arc;

use proptest::prelude::*;
use springhead_codec::{ac3, mpeg_audio};
use springhead_core::{AccessUnit, Codec, MediaKind, TickDelta, Ticks, Track, TrackId};
use springhead_mux::ts::{Ac3Carriage, Content, Unit, Writer, WriterOptions};

use super::support::{key, read, sets, track, unit, unit_ticks};

/// Codecs that can be written, of which the first of a kind is the most common.
const CODECS: [Codec; 10] = [
    Codec::Avc,
    Codec::Hevc,
    Codec::Vvc,
    Codec::Aac,
    Codec::Opus,
    Codec::MpegAudio,
    Codec::Ac3,
    Codec::Eac3,
    Codec::Scte35,
    Codec::Id3,
];

/// A splice information section of any content, with its check.
fn section(content: &[u8]) -> Vec<u8> {
    let length = content.len() + 4;
    let mut section = vec![0xfc, 0x30 | (length >> 8) as u8, length as u8];
    section.extend_from_slice(content);
    section.extend(springhead_mux::ts::crc32(&section).to_be_bytes());
    section
}

/// A frame of layer III, 48 kHz, with the beginning of a body of any size.
fn mpeg_audio(body: &[u8]) -> Vec<u8> {
    let header = [0xff, 0xfb, ((body.len() % 14 + 1) as u8) << 4 | 0x04, 0x44];
    filled(&header, mpeg_audio::FrameHeader::parse(&header).unwrap().frame_bytes(), body)
}

/// A frame of AC-3, 48 kHz, likewise.
fn ac3(body: &[u8]) -> Vec<u8> {
    let header = [0x0b, 0x77, 0, 0, (body.len() % 38) as u8, 0x40, 0x40, 0, 0, 0];
    filled(&header, ac3::FrameHeader::parse(&header).unwrap().frame_bytes, body)
}

/// An access unit of Enhanced AC-3, 48 kHz, of two substreams: frames of any even number of bytes.
fn eac3(body: &[u8]) -> Vec<u8> {
    let frame = |kind: u8| {
        let words = body.len() / 2 + 11;
        let header = [0x0b, 0x77, kind << 6 | (words >> 8) as u8, words as u8, 0x32, 0x80];
        filled(&[&header[..], &[0; 14]].concat(), 2 * (words + 1), body)
    };
    [frame(0), frame(1)].concat()
}

/// As many bytes of one part after the other.
fn filled(header: &[u8], bytes: usize, body: &[u8]) -> Vec<u8> {
    header.iter().chain(body.iter().cycle()).take(bytes).copied().collect()
}

/// Units of a track from parts of any size.
fn units(track: &Track, sizes: &[(u16, u8, bool)], start: i64) -> Vec<AccessUnit> {
    let mut dts = start;
    let mut made = Vec::new();
    for (n, (size, shift, random_access)) in sizes.iter().enumerate() {
        // Never zeros at the end, nor the type of a delimiter.
        let mut body = vec![0x55; usize::from(*size) % 3000 + 3];
        body[..2].copy_from_slice(&[0x02, 0x09]);
        body[2] = n as u8 | 1;
        let payload = match track.codec {
            Codec::Scte35 => section(&body),
            // A frame of 20 ms.
            Codec::Opus => [&[0xfc], &body[..]].concat(),
            Codec::MpegAudio => mpeg_audio(&body),
            Codec::Ac3 => ac3(&body),
            Codec::Eac3 => eac3(&body),
            _ => body,
        };
        let mut one = if *random_access { key(track, dts, &payload) } else { unit(track, dts, &payload) };
        if track.kind() == MediaKind::Video {
            one.composition_offset = TickDelta(i64::from(*shift) * 100);
        }
        made.push(one);
        dts += match track.kind() {
            MediaKind::Audio => i64::from(unit_ticks(track.codec)),
            _ => 1 + i64::from(*shift) * 37,
        };
    }
    made
}

/// What a unit is on the wire: the byte stream of pictures, the rest as it is.
fn wire(track: &Track, unit: &AccessUnit) -> Vec<u8> {
    let payload = unit.payload.to_bytes();
    let coded = |delimiter: &[u8]| {
        let sets = if unit.is_random_access() { sets(track.codec) } else { Vec::new() };
        [&[0, 0, 0, 1], delimiter, &sets, &[0, 0, 0, 1], &payload[4..]].concat()
    };
    match track.codec {
        Codec::Avc => coded(&[0x09, 0xf0]),
        Codec::Hevc => coded(&[0x46, 0x01, 0x50]),
        Codec::Vvc => coded(&[0x00, 0xa1, 0x28]),
        _ => payload.to_vec(),
    }
}

/// Ticks of 90 kHz, 33 bits.
fn wrapped(track: &Track, time: i64, offset: u64) -> u64 {
    let ticks = if track.kind() == MediaKind::Audio { time * 15 / 8 } else { time };
    (ticks + offset as i64).rem_euclid(1 << 33) as u64
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn any_tracks_and_units_come_out_as_they_went_in_however_the_stream_is_cut(
        made in prop::collection::vec(
            (
                prop::sample::select(CODECS.to_vec()),
                prop::collection::vec((any::<u16>(), any::<u8>(), any::<bool>()), 0..12),
            ),
            1..5,
        ),
        offset in prop_oneof![Just(900_000u64), (1u64 << 33) - 20_000..1 << 33, 0u64..1 << 40],
        dvb: bool,
        piece in 1usize..3000,
        segment in 1usize..20,
    ) {
        let tracks: Vec<Arc<Track>> =
            made.iter().enumerate().map(|(n, (codec, _))| track(n as u32 + 1, *codec)).collect();
        let mut all: Vec<(i64, AccessUnit)> = Vec::new();
        for (track, (_, sizes)) in tracks.iter().zip(&made) {
            let clock = |dts: i64| if track.kind() == MediaKind::Audio { dts * 15 / 8 } else { dts };
            all.extend(units(track, sizes, 0).into_iter().map(|unit| (clock(unit.dts.0), unit)));
        }
        all.sort_by_key(|(dts, unit)| (*dts, unit.track));
        let options = WriterOptions {
            time_offset: Ticks(offset),
            ac3: if dvb { Ac3Carriage::Dvb } else { Ac3Carriage::Atsc },
            ..WriterOptions::default()
        };
        let mut writer = Writer::new(&tracks, options).unwrap();
        let mut stream = Vec::new();
        for (n, (_, unit)) in all.iter().enumerate() {
            if n % segment == segment - 1 {
                writer.finish_segment(&mut stream);
            }
            writer.write(unit, &mut stream).unwrap();
        }
        writer.finish_segment(&mut stream);
        let (programs, found, stats) = read(&stream, piece);
        if all.is_empty() {
            return Ok(());
        }
        prop_assert_eq!(programs.len(), 1);
        prop_assert_eq!(stats.faults(), 0);
        for track in &tracks {
            let pid = writer.pid(track.id).unwrap();
            let info = programs[0].streams.iter().find(|info| info.pid == pid).unwrap();
            prop_assert_eq!(info.content, Content::Of(track.codec));
            let of_track = |unit: &&Unit| unit.pid == pid;
            let found: Vec<&Unit> = found.iter().filter(of_track).collect();
            let written: Vec<&AccessUnit> = all.iter().map(|(_, unit)| unit).filter(|unit| unit.track == track.id).collect();
            prop_assert_eq!(found.len(), written.len());
            for (found, written) in found.into_iter().zip(written) {
                prop_assert!(found.payload == wire(track, written));
                prop_assert!(!found.loss_before && !found.discontinuity);
                let pts = (track.codec != Codec::Scte35).then(|| wrapped(track, written.pts().0, offset));
                prop_assert_eq!(found.pts, pts);
                if track.kind() == MediaKind::Video {
                    prop_assert_eq!(found.dts, Some(wrapped(track, written.dts.0, offset)));
                    prop_assert_eq!(found.random_access, written.is_random_access());
                }
            }
        }
        prop_assert_eq!(writer.pid(TrackId(99)), None);
    }
}
