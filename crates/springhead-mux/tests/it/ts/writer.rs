//! What the writer writes.

use std::sync::Arc;

use bytes::Bytes;
use springhead_codec::{opus, vvc};
use springhead_core::{AccessUnit, Codec, MediaKind, TickDelta, Ticks, Timestamp, Track, TrackId, UnitFlags};
use springhead_mux::ts::descriptor::opus_channels;
use springhead_mux::ts::{Ac3Carriage, Pid, WriteError, Writer, WriterOptions, segment};

use super::checker::Checked;
use super::support::{key, read, sets, track, unit, unit_ticks};

/// The delay of the default options in ticks of 27 MHz.
const DELAY: i64 = 13_500_000;

fn writer(tracks: &[Arc<Track>]) -> Writer {
    Writer::new(tracks, WriterOptions::default()).unwrap()
}

/// Units of both tracks in the order of their decode times: `seconds` of pictures `spacing` apart, with as much sound.
fn interleaved(video: &Track, audio: Option<&Track>, seconds: i64, spacing: i64) -> Vec<AccessUnit> {
    let pictures = (0..seconds * 90_000 / spacing).map(|n| {
        let bytes = vec![0x41 + (n % 3) as u8; (n % 7 * 997 + 2) as usize];
        let mut picture =
            if n * spacing % 180_000 == 0 { key(video, n * spacing, &bytes) } else { unit(video, n * spacing, &bytes) };
        picture.composition_offset = TickDelta(n % 3 * spacing);
        (n * spacing, picture)
    });
    let frames = audio.into_iter().flat_map(|audio| {
        let ticks = i64::from(unit_ticks(audio.codec));
        (0..seconds * 48_000 / ticks)
            .map(move |n| (n * ticks * 15 / 8, unit(audio, n * ticks, &vec![n as u8; 300 + (n % 50) as usize])))
    });
    let mut all: Vec<_> = pictures.chain(frames).collect();
    all.sort_by_key(|(dts, unit)| (*dts, unit.track));
    all.into_iter().map(|(_, unit)| unit).collect()
}

/// Writes units, a segment from each key picture on.
fn segments(writer: &mut Writer, units: &[AccessUnit], lead: TrackId) -> Vec<Vec<u8>> {
    let (mut segments, mut open) = (Vec::new(), Vec::new());
    for unit in units {
        if unit.track == lead && unit.is_random_access() && !open.is_empty() {
            writer.finish_segment(&mut open);
            segments.push(std::mem::take(&mut open));
        }
        writer.write(unit, &mut open).unwrap();
    }
    writer.finish_segment(&mut open);
    segments.push(open);
    segments
}

fn checked(segments: &[Vec<u8>]) -> Checked {
    let mut checked = Checked::default();
    segments.iter().for_each(|segment| checked.segment(segment, 0x100));
    checked
}

/// Pictures come before their time by the delay, and sound by that less the time that its frames wait for each other.
fn in_time(checked: &Checked) {
    checked.in_time(0x100, DELAY);
    checked.in_time(0x101, DELAY - 2_700_000);
}

#[test]
fn codecs_without_an_agreed_carriage_are_refused() {
    for codec in [Codec::Av1, Codec::Vp8, Codec::Vp9, Codec::Flac, Codec::PcmA, Codec::PcmU] {
        let error = Writer::new(&[track(7, codec)], WriterOptions::default()).unwrap_err();
        assert!(matches!(error, WriteError::Codec { track: TrackId(7), codec: refused, .. } if refused == codec));
    }
    // AAC-ELD, whose object type ADTS cannot say.
    let eld = Track { config: vec![0xf8, 0xe6, 0x20, 0x00].into(), ..(*track(7, Codec::Aac)).clone() };
    assert!(matches!(Writer::new(&[eld.into()], WriterOptions::default()), Err(WriteError::Aac { .. })));
    for codec in [Codec::Avc, Codec::Hevc, Codec::Vvc] {
        let video = track(7, codec);
        let cut = Track { config: video.config.slice(..video.config.len() - 1), ..(*video).clone() };
        let error = Writer::new(&[cut.into()], WriterOptions::default()).unwrap_err();
        assert!(matches!(error, WriteError::Video { track: TrackId(7), .. }), "{codec:?}");
    }
}

#[test]
fn opus_of_channels_that_no_code_stands_for_is_refused() {
    let writer = |config: &opus::DecoderConfig| {
        let sound = Track { config: config.to_bytes(), ..(*track(7, Codec::Opus)).clone() };
        Writer::new(&[sound.into()], WriterOptions::default())
    };
    let mut surround = opus::DecoderConfig::new(6, 312).unwrap();
    let mut out = Vec::new();
    let mut written = writer(&surround).unwrap();
    written.write(&unit(&track(7, Codec::Opus), 0, &[0xfc]), &mut out).unwrap();
    written.finish_segment(&mut out);
    let announced = read(&out, 188).0[0].streams[0].descriptors.clone();
    assert_eq!(opus_channels(&announced), Some(6));
    surround.mapping.as_mut().unwrap().table.swap(0, 5);
    assert!(matches!(writer(&surround), Err(WriteError::Config { track: TrackId(7), .. })));
    surround.family = 255;
    assert!(matches!(writer(&surround), Err(WriteError::Config { .. })));
}

#[test]
fn a_unit_that_cannot_be_carried_is_refused_and_leaves_no_trace() {
    let tracks = [track(1, Codec::Avc), track(2, Codec::Aac), track(3, Codec::Scte35), track(4, Codec::Id3)];
    let mut writer = writer(&tracks);
    let mut out = Vec::new();
    let mut refused = |unit: AccessUnit| writer.write(&unit, &mut out).unwrap_err();
    assert!(matches!(refused(unit(&track(9, Codec::Avc), 0, &[1])), WriteError::UnknownTrack { track: TrackId(9) }));
    assert!(matches!(refused(unit(&tracks[1], 0, &[])), WriteError::EmptyUnit { .. }));
    assert!(matches!(refused(unit(&tracks[1], 0, &[0; 8185])), WriteError::TooLarge { most: 8184, .. }));
    assert!(matches!(refused(unit(&tracks[3], 0, &[0; 65_536])), WriteError::TooLarge { .. }));
    assert!(matches!(refused(unit(&tracks[2], 0, &[0xfc, 0x30, 9])), WriteError::NoSection { .. }));
    let mut broken = unit(&tracks[0], 0, &[1, 2, 3]);
    broken.payload = broken.payload.slice(0..6);
    assert!(matches!(refused(broken), WriteError::Nal { .. }));
    assert!(out.is_empty());
    assert!(writer.write(&key(&tracks[0], 0, &[0x65, 1]), &mut out).is_ok());
    assert_eq!(checked(&[out]).pes[&0x100].len(), 1);
}

#[test]
fn a_segment_begins_with_the_tables_and_a_random_access_point_that_tells_the_clock() {
    let (video, audio) = (track(1, Codec::Avc), track(2, Codec::Aac));
    let units = interleaved(&video, Some(&audio), 8, 3600);
    let segments = segments(&mut writer(&[video, audio]), &units, TrackId(1));
    assert_eq!(segments.len(), 4);
    let mut all = Checked::default();
    for segment in segments {
        let first_pes = all.pes.get(&0x100).map_or(0, Vec::len);
        let first_sound = all.pes.get(&0x101).map_or(0, Vec::len);
        all.segment(&segment, 0x100);
        let first = &all.pes[&0x100][first_pes];
        assert!(first.random_access);
        assert_eq!(first.clock.map(|clock| clock + DELAY), Some(first.dts * 300));
        assert_eq!(all.pes[&0x100][first_pes..].iter().filter(|pes| pes.random_access).count(), 1);
        assert!(all.pes[&0x101][first_sound].random_access && !all.pes[&0x101][first_sound + 1].random_access);
    }
    let map = &all.sections[&0x1000][0];
    let expected =
        [0x02, 0xb0, 0x17, 0, 1, 0xc1, 0, 0, 0xe1, 0, 0xf0, 0, 0x1b, 0xe1, 0, 0xf0, 0, 0x0f, 0xe1, 1, 0xf0, 0];
    assert_eq!(map[..map.len() - 4], expected);
}

#[test]
fn the_clock_and_the_tables_come_within_their_intervals_at_any_pace() {
    for spacing in [1_500, 3_003, 3_600, 3_754, 9_000, 45_000, 60_000] {
        for audio in [None, Some(track(2, Codec::Aac)), Some(track(2, Codec::Opus))] {
            let video = track(1, Codec::Avc);
            let units = interleaved(&video, audio.as_deref(), 12, spacing);
            let tracks: Vec<_> = [Some(video), audio].into_iter().flatten().collect();
            let checked = checked(&segments(&mut writer(&tracks), &units, TrackId(1)));
            checked.intervals(40, 100);
            in_time(&checked);
        }
    }
}

#[test]
fn sound_alone_tells_the_clock_and_its_packets_last_no_longer_than_they_may() {
    for codec in [Codec::Aac, Codec::MpegAudio, Codec::Ac3, Codec::Eac3, Codec::Opus] {
        let audio = track(1, codec);
        let ticks = i64::from(unit_ticks(codec));
        let mut writer = writer(std::slice::from_ref(&audio));
        let (mut out, mut frames) = (Vec::new(), Vec::new());
        for n in 0..400 {
            let frame = vec![n as u8; 200 + n as usize];
            writer.write(&unit(&audio, n * ticks, &frame), &mut out).unwrap();
            frames.push(frame);
        }
        writer.finish_segment(&mut out);
        let checked = checked(&[out]);
        checked.intervals(40, 100);
        in_time(&checked);
        let each = 4_800 / ticks;
        let pes = &checked.pes[&0x100];
        assert_eq!(pes.len() as i64, (400 + each - 1) / each, "{codec:?}");
        assert!(pes.iter().enumerate().all(|(n, pes)| pes.pts == 900_000 + n as i64 * each * ticks * 15 / 8));
        let framed = |frame: &Vec<u8>| match codec {
            Codec::Aac => {
                let length = frame.len() + 7;
                let header = [
                    0xff,
                    0xf1,
                    0x4c,
                    0x80 | (length >> 11) as u8,
                    (length >> 3) as u8,
                    (length << 5) as u8 | 0x1f,
                    0xfc,
                ];
                [&header[..], frame].concat()
            }
            Codec::Opus => {
                let mut header = vec![0x7f, 0xe0];
                header.extend(std::iter::repeat_n(0xff, frame.len() / 255));
                header.push((frame.len() % 255) as u8);
                [header, frame.clone()].concat()
            }
            _ => frame.clone(),
        };
        let all: Vec<u8> = pes.iter().flat_map(|pes| pes.payload.clone()).collect();
        assert!(all == frames.iter().flat_map(framed).collect::<Vec<u8>>(), "{codec:?}");
    }
}

#[test]
fn sound_that_has_a_hole_or_waits_for_pictures_is_not_grouped_across_it() {
    let (video, audio) = (track(1, Codec::Avc), track(2, Codec::Aac));
    let mut writer = writer(&[video.clone(), audio.clone()]);
    let mut out = Vec::new();
    writer.write(&key(&video, 0, &[0x65, 1]), &mut out).unwrap();
    for dts in [0, 1024, 5000, 6024] {
        writer.write(&unit(&audio, dts, &[1; 100]), &mut out).unwrap();
    }
    let gap = AccessUnit { flags: UnitFlags::RANDOM_ACCESS | UnitFlags::GAP_BEFORE, ..unit(&audio, 7048, &[1; 100]) };
    writer.write(&gap, &mut out).unwrap();
    // The picture comes when the frame has waited for as long as it may.
    writer.write(&unit(&video, 7048 * 15 / 8 + 9000, &[0x41, 1]), &mut out).unwrap();
    let pes: Vec<_> = checked(&[out]).pes[&0x101].iter().map(|pes| (pes.pts - 900_000, pes.payload.len())).collect();
    assert_eq!(pes, [(0, 214), (9375, 214), (13_215, 107)]);
}

#[test]
fn continuity_counters_and_intervals_go_on_over_a_hundred_segments() {
    let (video, audio) = (track(1, Codec::Avc), track(2, Codec::Aac));
    let units = interleaved(&video, Some(&audio), 200, 3750);
    let segments = segments(&mut writer(&[video, audio]), &units, TrackId(1));
    assert_eq!(segments.len(), 100);
    let checked = checked(&segments);
    checked.intervals(40, 100);
    in_time(&checked);
    assert_eq!(checked.pes[&0x100].len(), 4800);
}

#[test]
fn segments_that_are_written_by_themselves_go_on_from_each_other() {
    let (video, audio) = (track(1, Codec::Avc), track(2, Codec::Aac));
    let units = interleaved(&video, Some(&audio), 40, 3750);
    let tracks = [video, audio];
    let mut segments: Vec<Vec<AccessUnit>> = Vec::new();
    for unit in units {
        if unit.track == TrackId(1) && unit.is_random_access() {
            segments.push(Vec::new());
        }
        segments.last_mut().expect("it begins with a key picture").push(unit);
    }
    let written = |units: &Vec<AccessUnit>| segment(&tracks, units, &WriterOptions::default()).unwrap();
    // In whatever order.
    let mut streams: Vec<Vec<u8>> = segments.iter().rev().map(written).collect();
    streams.reverse();
    assert!(streams.len() > 10);
    let checked = checked(&streams);
    assert_eq!(checked.pes[&0x100].len(), segments.iter().flatten().filter(|unit| unit.track == TrackId(1)).count());
    for stream in &streams {
        for pid in [0, 0x1000, 0x100, 0x101] {
            let of_pid =
                |packet: &&[u8]| u16::from_be_bytes([packet[1] & 0x1f, packet[2]]) == pid && packet[3] & 0x10 != 0;
            assert_eq!(stream.chunks(188).filter(of_pid).count() % 16, 0, "{pid:#x}");
        }
    }
}

#[test]
fn times_and_clock_go_through_their_wrap_without_a_seam() {
    let (video, audio) = (track(1, Codec::Avc), track(2, Codec::Aac));
    let units = interleaved(&video, Some(&audio), 10, 3600);
    let write = |time_offset| {
        let options = WriterOptions { time_offset: Ticks(time_offset), ..WriterOptions::default() };
        let segments =
            segments(&mut Writer::new(&[video.clone(), audio.clone()], options).unwrap(), &units, TrackId(1));
        let checked = checked(&segments);
        checked.intervals(40, 100);
        in_time(&checked);
        assert!(checked.clock.iter().all(|(_, _, anew)| !anew));
        (segments, checked)
    };
    // The wrap is in the middle, between a picture's decode time and its presentation, and at another place in the clock.
    let (wrapped, through) = write((1 << 33) - 5 * 90_000 - 1);
    let (plain, without) = write(900_000);
    let times = |checked: &Checked| {
        let first = checked.pes[&0x100][0].dts;
        let all = checked.pes.values().flatten();
        all.map(|pes| (pes.dts - first, pes.pts - first)).collect::<Vec<_>>()
    };
    assert_eq!(times(&through), times(&without));
    assert!(through.pes[&0x100].iter().any(|pes| pes.dts < 1 << 33 && pes.pts >= 1 << 33));
    assert_eq!(wrapped.iter().map(Vec::len).collect::<Vec<_>>(), plain.iter().map(Vec::len).collect::<Vec<_>>());
}

#[test]
fn pictures_have_one_delimiter_first_and_parameter_sets_at_random_access_points() {
    for (codec, delimiter, slice) in [
        (Codec::Avc, &[0u8, 0, 0, 1, 0x09, 0xf0][..], [0x65u8, 0x88]),
        (Codec::Hevc, &[0, 0, 0, 1, 0x46, 0x01, 0x50], [0x26, 0x01]),
        (Codec::Vvc, &[0, 0, 0, 1, 0x00, 0xa1, 0x28], [0x00, 0x09]),
    ] {
        let video = track(1, codec);
        let mut writer = writer(std::slice::from_ref(&video));
        let mut out = Vec::new();
        writer.write(&key(&video, 0, &slice), &mut out).unwrap();
        writer.write(&unit(&video, 3000, &slice), &mut out).unwrap();
        let checked = checked(&[out]);
        let [with, without] = &checked.pes[&0x100][..] else { panic!("two pictures") };
        let coded = [&[0, 0, 0, 1], &slice[..]].concat();
        assert_eq!(with.payload, [delimiter, &sets(codec), &coded].concat(), "{codec:?}");
        assert_eq!(without.payload, [delimiter, &coded].concat(), "{codec:?}");
        assert_eq!(with.stream_id, 0xe0);
    }
}

#[test]
fn what_a_record_of_vvc_has_beside_its_sets_goes_with_them_in_the_order_of_an_access_unit() {
    let video = track(1, Codec::Vvc);
    let mut config = vvc::DecoderConfig::parse(&video.config).unwrap();
    let [opi, dci, aps] = [[0x00, 12 << 3 | 1, 0x40], [0x00, 13 << 3 | 1, 0x08], [0x00, 17 << 3 | 1, 0x20]];
    config.opi = Some(Bytes::copy_from_slice(&opi));
    config.dci = Some(Bytes::copy_from_slice(&dci));
    config.others = vec![Bytes::copy_from_slice(&aps)];
    let video = Arc::new(Track { config: config.to_bytes(), ..(*video).clone() });
    let mut out = Vec::new();
    writer(std::slice::from_ref(&video)).write(&key(&video, 0, &[0x00, 0x09]), &mut out).unwrap();
    let start = [0, 0, 0, 1];
    let before = [&start[..], &[0x00, 0xa1, 0x28], &start, &opi, &start, &dci].concat();
    let after = [&start[..], &aps, &start, &[0x00, 0x09]].concat();
    assert_eq!(checked(&[out]).pes[&0x100][0].payload, [before, sets(Codec::Vvc), after].concat());
}

#[test]
fn pictures_of_any_size_come_out_whole() {
    let video = track(1, Codec::Avc);
    let mut writer = writer(std::slice::from_ref(&video));
    let (mut out, mut bodies) = (Vec::new(), Vec::new());
    for n in 0..700i64 {
        // Through every remainder of a packet, and above what a length of 16 bits says.
        let body = vec![0x41; if n % 100 == 99 { 70_000 } else { 1 + n as usize }];
        writer.write(&unit(&video, n * 3000, &body), &mut out).unwrap();
        bodies.push(body);
    }
    let checked = checked(&[out]);
    let found: Vec<_> = checked.pes[&0x100].iter().map(|pes| &pes.payload[10..]).collect();
    assert!(found == bodies);
}

#[test]
fn times_that_do_not_rise_or_are_presented_too_early_are_put_right() {
    let video = track(1, Codec::Avc);
    let mut writer = writer(std::slice::from_ref(&video));
    let mut out = Vec::new();
    for dts in [0, 3000, 3000, 2999, 6000] {
        let early = AccessUnit { composition_offset: TickDelta(-500), ..unit(&video, dts, &[0x41, 1]) };
        writer.write(&early, &mut out).unwrap();
    }
    let times: Vec<_> = checked(&[out]).pes[&0x100].iter().map(|pes| (pes.dts - 900_000, pes.pts - pes.dts)).collect();
    assert_eq!(times, [(0, 0), (3000, 0), (3001, 0), (3002, 0), (6000, 0)]);
}

#[test]
fn a_new_timeline_is_announced_by_the_packet_that_tells_its_clock() {
    let (video, audio) = (track(1, Codec::Avc), track(2, Codec::Aac));
    let tracks = [video.clone(), audio.clone()];
    for sound_first in [false, true] {
        let mut writer = writer(&tracks);
        let mut out = Vec::new();
        writer.write(&key(&video, 900_000, &[0x65, 1]), &mut out).unwrap();
        writer.write(&unit(&audio, 480_000, &[1; 100]), &mut out).unwrap();
        writer.discontinuity(&mut out);
        if sound_first {
            writer.write(&unit(&audio, 0, &[2; 100]), &mut out).unwrap();
            writer.flush(&mut out);
        }
        writer.write(&key(&video, 0, &[0x65, 2]), &mut out).unwrap();
        let checked = checked(&[out]);
        let anew: Vec<_> = checked.clock.iter().map(|(_, clock, anew)| (clock + DELAY - 270_000_000, *anew)).collect();
        assert_eq!(anew, [(270_000_000, false), (0, true)], "sound first: {sound_first}");
        assert_eq!(checked.tables.len(), 2);
    }
}

#[test]
fn other_tracks_raise_the_version_of_the_map_and_those_that_stay_keep_their_pid() {
    let [video, audio, more] = [track(1, Codec::Avc), track(2, Codec::Aac), track(3, Codec::Ac3)];
    let mut writer = writer(&[video.clone(), audio.clone()]);
    let mut out = Vec::new();
    writer.write(&key(&video, 0, &[0x65, 1]), &mut out).unwrap();
    writer.write(&unit(&audio, 0, &[1; 100]), &mut out).unwrap();
    writer.set_tracks(&[video.clone(), audio.clone()], &mut out).unwrap();
    writer.set_tracks(&[video.clone(), more.clone(), audio.clone()], &mut out).unwrap();
    assert_eq!([1, 2, 3].map(|id| writer.pid(TrackId(id)).map(Pid::value)), [Some(0x100), Some(0x101), Some(0x102)]);
    assert!(writer.set_tracks(&[video.clone(), track(4, Codec::Vp9)], &mut out).is_err());
    writer.write(&unit(&video, 3000, &[0x41, 1]), &mut out).unwrap();
    writer.set_tracks(&[video.clone(), track(5, Codec::Eac3)], &mut out).unwrap();
    assert_eq!(writer.pid(TrackId(5)).map(Pid::value), Some(0x101));
    writer.write(&unit(&video, 6000, &[0x41, 1]), &mut out).unwrap();
    let checked = checked(&[out]);
    let versions: Vec<_> = checked.sections[&0x1000].iter().map(|map| map[5] >> 1 & 0x1f).collect();
    assert_eq!(versions, [0, 1, 2]);
}

#[test]
fn maps_announce_every_codec_as_readers_expect_it() {
    let descriptors = |codec, ac3| {
        let track = Track { language: Some("de-CH".into()), ..(*track(1, codec)).clone() };
        let tracks = [self::track(9, Codec::Avc), track.into()];
        let mut writer = Writer::new(&tracks, WriterOptions { ac3, ..WriterOptions::default() }).unwrap();
        let mut out = Vec::new();
        writer.write(&key(&tracks[0], 0, &[0x65, 1]), &mut out).unwrap();
        let map = checked(&[out]).sections[&0x1000][0].clone();
        let program = usize::from(map[11]);
        let stream = 12 + program + 5;
        (map[12..12 + program].to_vec(), map[stream], map[stream + 5..map.len() - 4].to_vec())
    };
    let atsc = |codec| descriptors(codec, Ac3Carriage::Atsc);
    let none = Vec::new;
    let german = |before: &[u8]| [before, b"\x0a\x04deu\0"].concat();
    assert_eq!(atsc(Codec::Hevc), (none(), 0x24, none()));
    assert_eq!(atsc(Codec::Vvc), (none(), 0x33, none()));
    assert_eq!(atsc(Codec::Aac), (none(), 0x0f, german(b"")));
    assert_eq!(atsc(Codec::MpegAudio), (none(), 0x03, german(b"")));
    assert_eq!(atsc(Codec::Ac3), (none(), 0x81, german(b"\x05\x04AC-3")));
    assert_eq!(atsc(Codec::Eac3), (none(), 0x87, german(b"\x05\x04EAC3")));
    assert_eq!(descriptors(Codec::Ac3, Ac3Carriage::Dvb), (none(), 0x06, german(b"\x6a\x01\0")));
    assert_eq!(descriptors(Codec::Eac3, Ac3Carriage::Dvb), (none(), 0x06, german(b"\x7a\x01\0")));
    assert_eq!(atsc(Codec::Opus), (none(), 0x06, german(b"\x05\x04Opus\x7f\x02\x80\x02")));
    assert_eq!(atsc(Codec::Scte35), (b"\x05\x04CUEI".to_vec(), 0x86, none()));
    let pointer = b"\x25\x0f\xff\xffID3 \xffID3 \0\x1f\0\x01".to_vec();
    assert_eq!(atsc(Codec::Id3), (pointer, 0x15, b"\x26\x0d\xff\xffID3 \xffID3 \0\x0f".to_vec()));
}

#[test]
fn splice_sections_are_carried_to_the_byte_and_tags_with_their_time() {
    let tracks = [track(1, Codec::Avc), track(2, Codec::Scte35), track(3, Codec::Id3)];
    // splice_null, and a section of two packets.
    let null = b"\xfc\x30\x11\0\0\0\0\0\0\0\xff\xff\xff\0\0\0\x4f\x25\x33\x96".to_vec();
    let long = [&[0xfc, 0x30, 250][..], &[0x55; 250]].concat();
    let tag = [b"ID3\x04\0\0\0\0\0\x0a".as_slice(), &[7; 10]].concat();
    let mut writer = writer(&tracks);
    let mut out = Vec::new();
    // A section that comes before any picture finds the clock told.
    writer.write(&unit(&tracks[1], 0, &null), &mut out).unwrap();
    writer.write(&key(&tracks[0], 1500, &[0x65, 1]), &mut out).unwrap();
    writer.write(&unit(&tracks[1], 1500, &long), &mut out).unwrap();
    writer.write(&unit(&tracks[2], 2000, &tag), &mut out).unwrap();
    let checked = checked(&[out]);
    assert_eq!(checked.sections[&0x101], [null, long]);
    let pes = &checked.pes[&0x102][0];
    assert_eq!((pes.stream_id, pes.pts, &pes.payload), (0xbd, 902_000, &tag));
    assert_eq!(checked.clock.len(), 2);
    assert_eq!(tracks[1].kind(), MediaKind::Metadata);
}

#[test]
fn a_hole_of_hours_is_not_filled_with_packets() {
    let video = track(1, Codec::Avc);
    let mut writer = writer(std::slice::from_ref(&video));
    let mut out = Vec::new();
    for dts in [0, 90_000 * 3600 * 5, i64::MAX / 2, i64::MAX, i64::MIN] {
        let unit = AccessUnit { dts: Timestamp(dts), ..unit(&video, 0, &[0x41, 1]) };
        writer.write(&unit, &mut out).unwrap();
    }
    assert!(out.len() <= 188 * 3 * 5);
}
