//! What ffmpeg writes, against what ffprobe lists.

use bytes::Bytes;
use springhead_codec::aac::adts::HEADER_BYTES;
use springhead_core::Codec;
use springhead_mux::ts::{Content, Extent, Unit};

use super::support::read;

/// A line of ffprobe: stream, presentation and decode time, bytes, whether it is a key packet.
type Line = (usize, u64, u64, usize, bool);

fn listed(csv: &str) -> Vec<Line> {
    let line = |line: &str| {
        let mut fields = line.split(',');
        let mut number = || fields.next()?.parse().ok();
        let [stream, pts, dts, bytes] = [number()?, number()?, number()?, number()?];
        Some((stream as usize, pts, dts, bytes as usize, fields.next()?.starts_with('K')))
    };
    csv.lines().filter(|line| !line.is_empty()).map(|text| line(text).unwrap_or_else(|| panic!("{text}"))).collect()
}

/// The packets of one stream, and the units that were read of it.
fn both(ts: &'static [u8], csv: &str, stream: usize) -> (Vec<Line>, Vec<Unit>) {
    let lines = listed(csv).into_iter().filter(|line| line.0 == stream).collect();
    let (programs, units, stats) = read(&Bytes::from_static(ts), 1000);
    assert_eq!((stats.continuity_errors, stats.malformed_units, stats.crc_errors, stats.garbage_bytes), (0, 0, 0, 0));
    let pid = programs[0].streams[stream].pid;
    (lines, units.into_iter().filter(|unit| unit.pid == pid).collect())
}

/// Both are the same, where a unit has `framing` bytes less.
fn same(lines: &[Line], units: &[Unit], codec: Codec, framing: usize) {
    assert_eq!(units.len(), lines.len(), "{codec:?}");
    for (unit, (stream, pts, dts, bytes, key)) in units.iter().zip(lines) {
        assert_eq!((unit.content, unit.extent), (Content::Of(codec), Extent::Unit));
        let found = (*stream, unit.pts.unwrap(), unit.dts.unwrap(), unit.payload.len() + framing, unit.random_access);
        assert_eq!(found, (*stream, *pts, *dts, *bytes, *key), "{codec:?}");
        assert!(!unit.loss_before && !unit.discontinuity);
    }
}

#[test]
fn h264_and_aac_of_ffmpeg_are_read_as_ffprobe_lists_them() {
    let ts = include_bytes!("../../../testdata/ffmpeg-avc-aac.ts");
    let csv = include_str!("../../../testdata/ffmpeg-avc-aac.csv");
    let (lines, units) = both(ts, csv, 0);
    same(&lines, &units, Codec::Avc, 0);
    let (lines, units) = both(ts, csv, 1);
    same(&lines, &units, Codec::Aac, HEADER_BYTES);
    assert!(units.iter().all(|unit| unit.config.as_deref() == Some(&[0x11, 0x88])));
}

#[test]
fn h265_and_opus_of_ffmpeg_are_read_as_ffprobe_lists_them() {
    let ts = include_bytes!("../../../testdata/ffmpeg-hevc-opus.ts");
    let csv = include_str!("../../../testdata/ffmpeg-hevc-opus.csv");
    let (mut lines, units) = both(ts, csv, 0);
    // ffprobe's parser counts the first byte of a start code of four to the picture before.
    lines.first_mut().unwrap().3 -= 1;
    lines.last_mut().unwrap().3 += 1;
    same(&lines, &units, Codec::Hevc, 0);
    let (lines, units) = both(ts, csv, 1);
    same(&lines, &units, Codec::Opus, 0);
}

#[test]
fn sound_of_ffmpeg_that_frames_itself_is_read_as_ffprobe_lists_it() {
    let ts = include_bytes!("../../../testdata/ffmpeg-sound.ts");
    let csv = include_str!("../../../testdata/ffmpeg-sound.csv");
    for (stream, codec) in [Codec::Ac3, Codec::Eac3, Codec::MpegAudio].into_iter().enumerate() {
        let (lines, units) = both(ts, csv, stream);
        same(&lines, &units, codec, 0);
        assert!(units.iter().all(|unit| unit.config.is_some() == (codec != Codec::MpegAudio)), "{codec:?}");
    }
}
