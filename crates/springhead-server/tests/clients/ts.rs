//! Transport streams: what either ffmpeg writes is read as ffprobe lists it, and what is written of it is decoded by both
//! without a complaint, and lists the same.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use springhead::codec::nal::Framing;
use springhead::codec::video::{self, VideoConfig};
use springhead::codec::{self, aac};
use springhead::core::{
    AccessUnit, AudioParams, Codec, Limits, MediaKind, MediaParams, MonoTime, Rope, TickDelta, Ticks, Timescale, Track,
    TrackId, Unwrapper, VideoParams,
};
use springhead::core::{UnitFlags, time::Rounding};
use springhead::mux::ts::{Event, Pid, Program, Reader, ReaderOptions, ReaderStats, Unit, Writer, WriterOptions};

use crate::tools::{Line, Tool, ffmpegs, have, listed, results, run};

/// What is encoded: a name, the arguments, and the codecs of the streams.
const STREAMS: [(&str, &[&str], &[Codec]); 5] = [
    ("avc-aac", &["-c:v", "libx264", "-bf", "2", "-c:a", "aac"], &[Codec::Avc, Codec::Aac]),
    ("hevc-ac3", &["-c:v", "libx265", "-x265-params", "log-level=none", "-c:a", "ac3"], &[Codec::Hevc, Codec::Ac3]),
    ("avc-eac3", &["-c:v", "libx264", "-bf", "0", "-c:a", "eac3"], &[Codec::Avc, Codec::Eac3]),
    (
        "avc-mp3",
        &["-c:v", "libx264", "-b_strategy", "0", "-bf", "3", "-c:a", "libmp3lame"],
        &[Codec::Avc, Codec::MpegAudio],
    ),
    ("avc-opus", &["-c:v", "libx264", "-bf", "1", "-c:a", "libopus"], &[Codec::Avc, Codec::Opus]),
];

#[test]
fn what_either_ffmpeg_writes_is_read_as_it_is_listed_and_written_again_without_a_complaint() {
    if !have(&[Tool::Ffmpeg]) {
        return;
    }
    for (version, ffmpeg) in ffmpegs().iter().enumerate() {
        for (name, arguments, codecs) in STREAMS {
            let original = encoded(ffmpeg, &format!("{name}-{version}"), arguments);
            let (program, units, stats) = read(&std::fs::read(&original).expect("written before"));
            assert_eq!(stats.faults(), 0, "{name} by {}: {stats:?}", ffmpeg.display());
            let found: Vec<_> = program.streams.iter().map(|stream| stream.content.codec()).collect();
            assert_eq!(found, codecs.iter().map(|codec| Some(*codec)).collect::<Vec<_>>());
            for (stream, codec) in codecs.iter().enumerate() {
                let of_stream: Vec<&Unit> =
                    units.iter().filter(|unit| unit.pid == program.streams[stream].pid).collect();
                same(&listed(&original, stream), &of_stream, *codec, name);
            }

            let again = original.with_file_name(format!("{name}-{version}-again.ts"));
            std::fs::write(&again, written(&program, &units)).expect("the target directory is writable");
            for decoder in ffmpegs() {
                let complaints = complaints(&decoder, &again);
                assert_eq!(complaints, "", "{name} of {} by {}", ffmpeg.display(), decoder.display());
                assert_eq!(decoded(&decoder, &again), decoded(&decoder, &original), "{name}");
            }
            for (stream, codec) in codecs.iter().enumerate() {
                let [before, after] = [&original, &again].map(|path| times(&listed(path, stream)));
                assert_eq!(after, before, "{name}, {codec:?}");
            }
        }
    }
}

#[test]
fn tstools_find_the_clock_and_the_counters_in_order() {
    if !have(&[Tool::Ffmpeg, Tool::TsTools]) {
        return;
    }
    let (name, arguments, _) = STREAMS[0];
    let original = encoded("ffmpeg".as_ref(), &format!("{name}-tools"), arguments);
    let (program, units, _) = read(&std::fs::read(&original).expect("written before"));
    let again = original.with_file_name(format!("{name}-tools-again.ts"));
    std::fs::write(&again, written(&program, &units)).expect("the target directory is writable");
    let again = again.to_str().expect("a path in UTF-8");
    let report = run("tsreport", ["-timing", "-err", "stdout", again]);
    let wrong = |line: &&str| line.contains("###") || line.contains("discontinuity") || line.contains("!!!");
    assert_eq!(report.lines().find(wrong), None, "{report}");
    let info = run("tsinfo", ["-err", "stdout", again]);
    assert!(info.contains("H.264") && info.contains("13818-7"), "{info}");
}

/// Four seconds of picture and sound as a transport stream.
fn encoded(ffmpeg: &Path, name: &str, arguments: &[&str]) -> PathBuf {
    let path = results().join(format!("{name}.ts"));
    let source = "-nostdin -y -v error -f lavfi -i testsrc2=size=320x180:rate=25 \
                  -f lavfi -i sine=frequency=440:sample_rate=48000 -t 4";
    let common = "-g 50 -preset ultrafast -pix_fmt yuv420p -ac 2";
    let output = path.to_str().expect("a path in UTF-8");
    let all = source.split_whitespace().chain(common.split_whitespace()).chain(arguments.iter().copied());
    run(ffmpeg, all.chain([output]));
    path
}

pub(crate) fn read(stream: &[u8]) -> (Program, Vec<Unit>, ReaderStats) {
    let mut reader = Reader::new(ReaderOptions::default());
    let (mut program, mut units) = (None, Vec::new());
    for piece in stream.chunks(1316).map(Some).chain([None]) {
        match piece {
            Some(piece) => reader.handle_bytes(piece),
            None => reader.finish(),
        }
        while let Some(event) = reader.poll_event() {
            match event {
                Event::Program(found) => program = Some(found),
                Event::Unit(unit) => units.push(unit),
                _ => {}
            }
        }
    }
    (program.expect("a program"), units, reader.stats())
}

/// Times from the first on.
fn times(lines: &[Line]) -> Vec<(i64, i64)> {
    lines.iter().map(|(pts, dts, _)| (pts - lines[0].0.min(*pts), dts - lines[0].1)).collect()
}

/// The units are the packets that ffprobe lists.
fn same(lines: &[Line], units: &[&Unit], codec: Codec, name: &str) {
    let framing = if codec == Codec::Aac { aac::adts::HEADER_BYTES } else { 0 };
    let bytes: usize = units.iter().map(|unit| unit.payload.len() + framing).sum();
    assert_eq!(bytes, lines.iter().map(|(_, _, bytes)| bytes).sum::<usize>(), "{codec:?} of {name}");
    let mut lines = lines.iter();
    for unit in units {
        let (pts, dts, bytes) = lines.next().expect("a packet for the unit");
        let times = [unit.pts, unit.dts].map(|time| time.and_then(|time| i64::try_from(time).ok()));
        assert_eq!(times, [Some(*pts), Some(*dts)], "{codec:?} of {name}");
        // A parser may count the first byte of the next start code to the picture before it.
        assert!((unit.payload.len() + framing).abs_diff(*bytes) <= 1, "{codec:?} of {name}");
    }
    assert_eq!(lines.next(), None, "{codec:?} of {name}");
}

/// The same tracks and units, written by us, with a segment from each second key picture on.
fn written(program: &Program, units: &[Unit]) -> Vec<u8> {
    let tracks: Vec<Arc<Track>> = program
        .streams
        .iter()
        .map(|info| {
            let of_stream: Vec<&Unit> = units.iter().filter(|unit| unit.pid == info.pid).collect();
            track(info.pid, info.content.codec().expect("a codec"), &of_stream).into()
        })
        .collect();
    let mut writer = Writer::new(&tracks, WriterOptions::default()).expect("tracks that can be carried");
    let mut all: Vec<AccessUnit> = Vec::new();
    for track in &tracks {
        let (mut pts_clock, mut dts_clock) = (Unwrapper::new(33), Unwrapper::new(33));
        for unit in units.iter().filter(|unit| u32::from(unit.pid.value()) == track.id.0) {
            let (pts, dts) = (unit.pts.expect("a time"), unit.dts.expect("a time"));
            let (pts, dts) = (pts_clock.unwrap(pts), dts_clock.unwrap(dts));
            let key = unit.random_access || track.kind() != MediaKind::Video;
            all.push(AccessUnit {
                track: track.id,
                dts: dts.rescale(Timescale::MPEG, track.timescale, Rounding::Nearest),
                composition_offset: TickDelta((pts.0 - dts.0) * i64::from(track.timescale.hz()) / 90_000),
                duration: Ticks(0),
                flags: if key { UnitFlags::RANDOM_ACCESS } else { UnitFlags::empty() },
                arrival: MonoTime(0),
                payload: sample(track.codec, &unit.payload),
            });
        }
    }
    let clock = |unit: &AccessUnit| {
        let track = tracks.iter().find(|track| track.id == unit.track).expect("its track");
        unit.dts.rescale(track.timescale, Timescale::MPEG, Rounding::Nearest)
    };
    all.sort_by_key(|unit| (clock(unit), unit.track));
    let (mut out, mut keys) = (Vec::new(), 0);
    for unit in &all {
        if unit.track == tracks[0].id && unit.is_random_access() {
            keys += 1;
            if keys % 2 == 0 {
                writer.finish_segment(&mut out);
            }
        }
        writer.write(unit, &mut out).expect("a unit that can be carried");
    }
    writer.finish_segment(&mut out);
    out
}

/// A unit as a sample of a file: NAL units with their lengths, without delimiters and parameter sets of H.264.
fn sample(codec: Codec, payload: &Bytes) -> Rope {
    match codec {
        Codec::Avc | Codec::Hevc => picture(codec, payload).payload,
        _ => payload.clone().into(),
    }
}

fn picture(codec: Codec, payload: &Bytes) -> codec::Unit {
    video::unit(codec, payload, Framing::AnnexB, None, &Limits::default()).expect("a byte stream of an encoder")
}

/// A track for units of that codec, whose configuration suffices for the writer.
pub(crate) fn track(pid: Pid, codec: Codec, units: &[&Unit]) -> Track {
    let id = TrackId(pid.value().into());
    let (unit_ticks, timescale) = match codec {
        Codec::Ac3 | Codec::Eac3 => (1536, 48_000),
        Codec::MpegAudio => (1152, 48_000),
        _ => (960, 48_000),
    };
    let config = match codec {
        Codec::Avc | Codec::Hevc => {
            let config = VideoConfig::from_found(codec, &picture(codec, &units[0].payload).configuration);
            return config.expect("parameter sets").track(id, Timescale::MPEG, None).expect("a track");
        }
        Codec::Aac => return aac::track(id, units[0].config.as_ref().expect("of ADTS")).expect("a track"),
        Codec::Opus => Bytes::from_static(&[0, 2, 1, 0x38, 0, 0, 0xbb, 0x80, 0, 0, 0]),
        _ => Bytes::new(),
    };
    let (params, timescale) = match codec.kind() {
        MediaKind::Audio => (
            MediaParams::Audio(AudioParams { sample_rate: 48_000, channels: 2, unit_ticks }),
            Timescale::new(timescale).expect("not zero"),
        ),
        _ => (MediaParams::Video(VideoParams::default()), Timescale::MPEG),
    };
    Track { id, timescale, codec, config, codec_string: "".into(), params, language: None }
}

/// What a decoder says that lets nothing pass.
fn complaints(ffmpeg: &Path, path: &Path) -> String {
    let mut command = std::process::Command::new(ffmpeg);
    command.args(["-nostdin", "-v", "warning", "-xerror", "-i"]).arg(path).args(["-map", "0", "-f", "null", "-"]);
    let output = command.output().expect("it was found before");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The hash of every decoded picture.
fn decoded(ffmpeg: &Path, path: &Path) -> Vec<String> {
    let path = path.to_str().expect("a path in UTF-8");
    let output = run(ffmpeg, ["-nostdin", "-v", "error", "-i", path, "-map", "0:v", "-f", "framemd5", "-"]);
    output.lines().filter_map(|line| line.strip_prefix("0,")?.rsplit(',').next().map(str::to_owned)).collect()
}
