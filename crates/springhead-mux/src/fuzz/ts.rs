//! Fuzz bodies of transport streams.

use std::sync::Arc;

use bytes::Bytes;
use springhead_codec::nal::emulation;
use springhead_codec::{avc, hevc};
use springhead_core::{
    AccessUnit, AudioParams, Codec, MediaKind, MediaParams, MonoTime, Rope, TickDelta, Ticks, Timescale, Timestamp,
    Track, TrackId, UnitFlags, VideoParams,
};

use crate::ts::psi::{Assembler, MAX_SECTION_BYTES, Pat, Pmt};
use crate::ts::{Content, Event, Reader, ReaderOptions, ReaderStats, Writer, WriterOptions, descriptor};

/// A stream gives the same however it arrives: at once, or in pieces whose size its first byte says; and what is given is
/// no more than what came.
pub fn ts_reader(data: &[u8]) {
    let Some((piece, stream)) = data.split_first() else { return };
    let whole = read(stream, stream.len().max(1));
    assert_eq!(whole, read(stream, usize::from(*piece) + 1));
    let bytes: usize =
        whole.0.iter().map(|event| if let Event::Unit(unit) = event { unit.payload.len() } else { 0 }).sum();
    assert!(bytes <= stream.len());
    for event in whole.0 {
        if let Event::Unit(unit) = event {
            assert!(!unit.payload.is_empty() && unit.content != Content::Unknown);
            assert!(unit.pts.is_none_or(|pts| pts < 1 << 33) && unit.dts.is_none_or(|dts| dts < 1 << 33));
        }
    }
}

/// Sections are found in payloads of any bytes, and tables that can be read are the same when they are written and read
/// again.
pub fn ts_sections(data: &[u8]) {
    let mut assembler = Assembler::default();
    let mut total = 0;
    for (n, payload) in data.chunks(184).enumerate() {
        assembler.push(payload, payload[0] < 64 || n == 0, |section| {
            assert!((3..=MAX_SECTION_BYTES).contains(&section.len()));
            total += section.len();
        });
    }
    assert!(total <= data.len());
    if let Ok(pat) = Pat::parse(data) {
        assert_eq!(Pat::parse(&pat.to_bytes()), Ok(pat));
    }
    if let Ok(pmt) = Pmt::parse(data) {
        if let Some(section) = pmt.to_bytes() {
            assert_eq!(Pmt::parse(&section), Ok(pmt.clone()));
        }
        for stream in &pmt.streams {
            let _ = Content::identify(stream.stream_type, &stream.descriptors, &pmt.descriptors);
        }
    }
    let total: usize = descriptor::all(data).map(|found| found.content.len() + 2).sum();
    assert!(total <= data.len());
    let _ = (descriptor::language(data), descriptor::opus_channels(data), descriptor::metadata_format(data));
}

/// Units of any bytes and times are refused, or are found again in what is written of them, without a fault.
pub fn ts_round_trip(data: &[u8]) {
    let Some((&[codec, offset], rest)) = data.split_first_chunk() else { return };
    let codec = [Codec::Avc, Codec::Hevc, Codec::Aac, Codec::Eac3, Codec::Opus, Codec::Id3][usize::from(codec % 6)];
    let track = track(codec);
    // Near the wrap, or anywhere.
    let time_offset =
        Ticks(if offset & 1 == 1 { (1 << 33) - u64::from(offset) * 100 } else { u64::from(offset) << 40 });
    let options = WriterOptions { time_offset, ..WriterOptions::default() };
    let Ok(mut writer) = Writer::new(&[Arc::clone(&track)], options) else { return };
    let (mut stream, mut written, mut dts) = (Vec::new(), Vec::new(), 0i64);
    // Each unit is two bytes of its length and of what happens, and a body.
    let mut rest = rest;
    while let Some((&[length, what], more)) = rest.split_first_chunk() {
        let (body, more) = more.split_at(usize::from(length).min(more.len()));
        rest = more;
        let body = match codec {
            Codec::Eac3 => syncframe(body),
            // A NAL unit has no start code in it, behind which there would be another.
            codec if codec.has_nal_units() => emulation::insert(body),
            _ => body.to_vec(),
        };
        dts = dts.saturating_add(if what & 0x40 == 0 { 1 + i64::from(what) } else { i64::from(what) << 54 });
        let mut payload = Rope::new();
        if codec.has_nal_units() {
            payload.push((body.len() as u32).to_be_bytes().to_vec().into());
        }
        payload.push(Bytes::copy_from_slice(&body));
        let unit = AccessUnit {
            track: track.id,
            dts: Timestamp(dts),
            composition_offset: TickDelta(i64::from(what) - 64),
            duration: Ticks(0),
            flags: if what & 1 == 1 { UnitFlags::RANDOM_ACCESS } else { UnitFlags::empty() },
            arrival: MonoTime(0),
            payload,
        };
        match what & 0x0e {
            0x0e => writer.finish_segment(&mut stream),
            0x0c => writer.discontinuity(&mut stream),
            _ => {}
        }
        if writer.write(&unit, &mut stream).is_ok() {
            written.push(body);
        }
    }
    writer.finish_segment(&mut stream);
    assert!(stream.len().is_multiple_of(188));
    let (events, stats) = read(&stream, 500);
    // Frames of Opus and tags may be of any bytes; nothing but their own syntax can be wrong.
    assert_eq!((stats.faults(), stats.duplicates), (0, 0), "{stats:?}");
    let units = events.iter().filter_map(|event| if let Event::Unit(unit) = event { Some(unit) } else { None });
    let units: Vec<_> = units.collect();
    assert_eq!(units.len(), written.len());
    for (unit, body) in units.iter().zip(written) {
        assert!(codec.has_nal_units() || unit.payload == body);
    }
}

/// A syncframe of Enhanced AC-3 that holds those bytes behind its header.
fn syncframe(body: &[u8]) -> Vec<u8> {
    let words = body.len() / 2 + 10;
    let header = [0x0b, 0x77, (words >> 8) as u8, words as u8, 0x32, 0x80];
    let mut frame = [&header[..], &[0; 14], body].concat();
    frame.resize(2 * (words + 1), 0);
    frame
}

fn read(stream: &[u8], piece: usize) -> (Vec<Event>, ReaderStats) {
    let mut reader = Reader::new(ReaderOptions::default());
    let mut events = Vec::new();
    for piece in stream.chunks(piece) {
        reader.handle_bytes(piece);
        events.extend(std::iter::from_fn(|| reader.poll_event()));
    }
    reader.finish();
    events.extend(std::iter::from_fn(|| reader.poll_event()));
    (events, reader.stats())
}

fn track(codec: Codec) -> Arc<Track> {
    const HEVC_VPS: &[u8] = b"\x40\x01\x0c\x01\xff\xff\x01\x60\0\0\x03\0\x90\0\0\x03\0\0\x03\0\x1e\x95\x94\x09";
    const HEVC_SPS: &[u8] = b"\x42\x01\x01\x01\x60\0\0\x03\0\x90\0\0\x03\0\0\x03\0\x1e\xa0\x20\x81\x05\x96\x56\x54\xa4\
        \xc2\xf0\x16\x80\x80\0\0\x03\0\x80\0\0\x0c\x84";
    const HEVC_PPS: &[u8] = b"\x44\x01\xc0\x73\xc0\x89";
    const SPS: &[u8] = b"\x67\x42\xc0\x0d\xda\x05\x07\xec\x04\x40\0\0\x03\0\x40\0\0\x0c\x83\xc5\x0a\xa8";
    let config = match codec {
        Codec::Avc => {
            let sets = avc::DecoderConfig::from_parameter_sets([SPS.into()], [b"\x68\xce\x0f\xc8"[..].into()]);
            sets.expect("the sets are those of an encoder").to_bytes()
        }
        Codec::Hevc => {
            let sets = [HEVC_VPS, HEVC_SPS, HEVC_PPS].map(Bytes::from_static);
            hevc::DecoderConfig::from_found(&sets).expect("the sets are those of an encoder").to_bytes()
        }
        Codec::Aac => Bytes::from_static(&[0x12, 0x10]),
        Codec::Opus => Bytes::from_static(&[0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        _ => Bytes::new(),
    };
    let params = match codec.kind() {
        MediaKind::Video => MediaParams::Video(VideoParams::default()),
        MediaKind::Audio => MediaParams::Audio(AudioParams { sample_rate: 44_100, channels: 2, unit_ticks: 1024 }),
        MediaKind::Metadata => MediaParams::Metadata,
    };
    let (id, timescale) = (TrackId(1), Timescale::MPEG);
    Track { id, timescale, codec, config, codec_string: "".into(), params, language: None }.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FIXTURES: [&[u8]; 3] = [
        include_bytes!("../../testdata/ffmpeg-avc-aac.ts"),
        include_bytes!("../../testdata/ffmpeg-hevc-opus.ts"),
        include_bytes!("../../testdata/ffmpeg-sound.ts"),
    ];

    fn all(data: &[u8]) {
        for body in [ts_reader, ts_sections, ts_round_trip] {
            body(data);
        }
    }

    #[test]
    fn every_body_takes_the_fixtures_and_beginnings_of_them() {
        for fixture in FIXTURES {
            (0..fixture.len()).step_by(97).for_each(|end| all(&[&[end as u8], &fixture[..end]].concat()));
            // Sections, behind their header and pointer_field.
            (0..fixture.len()).step_by(188).for_each(|at| ts_sections(&fixture[at + 5..at + 188]));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn every_body_takes_noise(data in prop::collection::vec(any::<u8>(), 0..2000)) {
            all(&data);
        }

        #[test]
        fn every_body_takes_fixtures_with_faults(
            fixture in prop::sample::select(FIXTURES.to_vec()),
            faults in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..30),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut data = fixture.to_vec();
            for (at, value) in faults {
                let at = at.index(data.len());
                data[at] = value;
            }
            data.remove(cut.index(data.len()));
            all(&data);
        }

        #[test]
        fn headers_of_packets_may_be_anything(
            headers in prop::collection::vec((prop::sample::select(vec![0u16, 0x100, 0x101, 0x1000]), any::<[u8; 3]>()), 1..40),
        ) {
            // The tables of a fixture, then packets of its PIDs.
            let mut data = FIXTURES[0][..5 * 188].to_vec();
            for (pid, [flags, control, length]) in headers {
                let mut packet = [0x55; 188];
                packet[..3].copy_from_slice(&[0x47, flags & 0xe0 | (pid >> 8) as u8, pid as u8]);
                packet[3..5].copy_from_slice(&[control, length]);
                data.extend(packet);
            }
            data.insert(0, 99);
            ts_reader(&data);
        }
    }
}
