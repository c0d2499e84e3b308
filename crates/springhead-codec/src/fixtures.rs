//! What real encoders wrote, each with the command.

#[cfg(feature = "aac")]
mod aac;
#[cfg(feature = "ac3")]
mod ac3;
#[cfg(feature = "av1")]
pub(crate) mod av1;
#[cfg(feature = "avc")]
mod avc;
#[cfg(feature = "flac")]
mod flac;
#[cfg(feature = "mpeg-audio")]
mod mpeg_audio;
#[cfg(feature = "opus")]
mod opus;

#[cfg(feature = "aac")]
pub(crate) use aac::*;
#[cfg(feature = "ac3")]
pub(crate) use ac3::*;
#[cfg(feature = "avc")]
pub(crate) use avc::*;
#[cfg(feature = "flac")]
pub(crate) use flac::*;
#[cfg(feature = "mpeg-audio")]
pub(crate) use mpeg_audio::*;
#[cfg(feature = "opus")]
pub(crate) use opus::*;

#[cfg(feature = "vp9")]
pub(crate) mod vpx;

/// Presentation and decode times of whole streams, with the first slice of each picture; see `testdata/README.md`.
pub(crate) const DECODE_TIMES: &str = include_str!("../testdata/decode-times.txt");

/// One stream of [`DECODE_TIMES`].
pub(crate) struct TimedStream {
    pub(crate) name: &'static str,
    pub(crate) timescale: u32,
    pub(crate) sps: Vec<u8>,
    pub(crate) pps: Vec<u8>,
    /// Presentation time, decode time and the beginning of the first slice, in decoding order.
    pub(crate) pictures: Vec<(i64, i64, Vec<u8>)>,
}

/// The streams of [`DECODE_TIMES`].
pub(crate) fn timed_streams() -> Vec<TimedStream> {
    let mut streams: Vec<TimedStream> = Vec::new();
    for line in DECODE_TIMES.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<_> = line.split(' ').collect();
        match (words[0], streams.last_mut()) {
            ("stream", _) => streams.push(TimedStream {
                name: words[1],
                timescale: words[2].parse().unwrap(),
                sps: bytes(words[3]),
                pps: bytes(words[4]),
                pictures: vec![],
            }),
            (pts, Some(stream)) => {
                stream.pictures.push((pts.parse().unwrap(), words[1].parse().unwrap(), bytes(words[2])));
            }
            _ => panic!("times before any stream"),
        }
    }
    streams
}

/// Presentation and decode times of streams of deeper reordering; see `testdata/README.md`.
const DECODE_TIMES_DEEP: &str = include_str!("../testdata/decode-times-deep.txt");

/// One stream of those. A second has 12 800 ticks and 25 pictures.
pub(crate) struct DeepStream {
    pub(crate) name: &'static str,
    pub(crate) depth: u8,
    /// Presentation time, decode time and whether it is an IDR picture, in decoding order.
    pub(crate) pictures: Vec<(i64, i64, bool)>,
}

/// The streams of [`DECODE_TIMES_DEEP`].
pub(crate) fn deep_streams() -> Vec<DeepStream> {
    let mut streams: Vec<DeepStream> = Vec::new();
    for line in DECODE_TIMES_DEEP.lines().filter(|line| !line.starts_with('#')) {
        let words: Vec<_> = line.split(' ').collect();
        match (words[0], streams.last_mut()) {
            ("stream", _) => {
                streams.push(DeepStream { name: words[1], depth: words[3].parse().unwrap(), pictures: vec![] });
            }
            (pts, Some(stream)) => {
                stream.pictures.push((pts.parse().unwrap(), words[1].parse().unwrap(), words[2] == "idr"));
            }
            _ => panic!("times before any stream"),
        }
    }
    streams
}

/// An open group of pictures of H.266, after leading pictures; see `testdata/README.md`.
#[cfg(feature = "vvc")]
pub(crate) const OPEN_GOP_266: &[u8] = include_bytes!("../testdata/open-gop.266");

/// Decoder configuration records of H.266; see `testdata/README.md`.
#[cfg(feature = "vvc")]
const VVC_RECORDS: &str = include_str!("../testdata/vvcc.txt");

/// A decoder configuration record of H.266.
#[cfg(feature = "vvc")]
pub(crate) struct VvcRecord {
    pub(crate) name: &'static str,
    pub(crate) record: bytes::Bytes,
    /// The sequence parameter set in it.
    pub(crate) sps: Vec<u8>,
}

/// All of [`VVC_RECORDS`].
#[cfg(feature = "vvc")]
pub(crate) fn vvc_records() -> Vec<VvcRecord> {
    let lines = VVC_RECORDS.lines().filter(|line| !line.starts_with('#'));
    let records = lines.map(|line| {
        let (name, hex) = line.split_once(' ').unwrap();
        let record = bytes(hex);
        // Behind the count of arrays: their kind, their count, the length.
        let length = usize::from(u16::from_be_bytes([record[20], record[21]]));
        VvcRecord { name, sps: record[22..22 + length].to_vec(), record: record.into() }
    });
    records.collect()
}

/// The one of that name.
#[cfg(feature = "vvc")]
pub(crate) fn vvc_record(name: &str) -> VvcRecord {
    vvc_records().into_iter().find(|record| record.name == name).unwrap()
}

/// The bytes that a fixture writes in hexadecimal.
pub(crate) fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let digit = |byte: u8| char::from(byte).to_digit(16).expect("a fixture is written in hexadecimal") as u8;
    digits.chunks_exact(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}
