//! Parameter sets and configurations of real encoders: FFmpeg 5.1.9 with x264 0.164, and its own AAC encoder.
//!
//! The parameter sets are those of
//! `ffmpeg -f lavfi -i testsrc=size=SIZE:rate=RATE -frames:v 8 -c:v libx264 -preset veryfast OPTIONS -bsf:v
//! filter_units=pass_types=7-8 -f h264 OUT` with what each fixture names.

use springhead_core::{Cicp, SampleAspect};

/// A sequence and a picture parameter set, and what they say.
pub(crate) struct ParameterSets {
    /// SIZE, RATE and OPTIONS of the command.
    pub(crate) made_with: &'static str,
    pub(crate) sps: &'static str,
    pub(crate) pps: &'static str,
    pub(crate) size: (u32, u32),
    pub(crate) rate: (u32, u32),
    pub(crate) aspect: SampleAspect,
    pub(crate) cicp: Option<Cicp>,
    pub(crate) reorder_depth: u32,
    pub(crate) codec_string: &'static str,
    /// `chroma_format`, and the bits of a sample.
    pub(crate) format: (u8, u8),
}

const PLAIN: ParameterSets = ParameterSets {
    made_with: "",
    sps: "",
    pps: "68ef8fcb",
    size: (640, 360),
    rate: (25, 1),
    aspect: SampleAspect::SQUARE,
    cicp: None,
    reorder_depth: 2,
    codec_string: "",
    format: (1, 8),
};

pub(crate) const PARAMETER_SETS: [ParameterSets; 14] = [
    ParameterSets {
        made_with: "320x240, 25, -pix_fmt yuv420p -profile:v baseline",
        sps: "6742c00dda0507ec0440000003004000000c83c50aa8",
        pps: "68ce0fc8",
        size: (320, 240),
        reorder_depth: 0,
        codec_string: "avc1.42c00d",
        ..PLAIN
    },
    ParameterSets {
        made_with: "640x360, 30, -pix_fmt yuv420p -profile:v main -bf 3",
        sps: "674d401eeca05017fcb80880000003008000001e078b16cb",
        pps: "68ef8fc8",
        rate: (30, 1),
        codec_string: "avc1.4d401e",
        ..PLAIN
    },
    ParameterSets {
        made_with: "1280x720, 50, -pix_fmt yuv420p -profile:v high",
        sps: "67640020acd9405005bb0110000003001000000640f1831960",
        size: (1280, 720),
        rate: (50, 1),
        codec_string: "avc1.640020",
        ..PLAIN
    },
    ParameterSets {
        made_with: "640x360, 25, -pix_fmt yuv420p10le -profile:v high10",
        sps: "676e001ea6cd940a02ff97011000000300100000030320f162d960",
        codec_string: "avc1.6e001e",
        format: (1, 10),
        ..PLAIN
    },
    ParameterSets {
        made_with: "640x360, 25, -pix_fmt yuv422p -profile:v high422",
        sps: "677a001ebcd940a02ff89c0440000003004000000c83c58b6580",
        codec_string: "avc1.7a001e",
        format: (2, 8),
        ..PLAIN
    },
    ParameterSets {
        made_with: "320x240, 25, -pix_fmt yuv444p -profile:v high444",
        sps: "67f4000d919b28283f6022000003000200000300641e28532c",
        pps: "68ef8f192190",
        size: (320, 240),
        codec_string: "avc1.f4000d",
        format: (3, 8),
        ..PLAIN
    },
    ParameterSets {
        made_with: "1920x1080, 25, -pix_fmt yuv420p -profile:v high -flags +ildct+ilme -x264-params tff=1",
        sps: "67640028acd94078044fde0220000003002000000643e2c5b2c0",
        pps: "68fe8fcb",
        size: (1920, 1080),
        codec_string: "avc1.640028",
        ..PLAIN
    },
    ParameterSets {
        made_with: "1920x1080, 25, -pix_fmt yuv420p -profile:v high",
        sps: "67640028acd940780227e5c044000003000400000300c83c60c658",
        size: (1920, 1080),
        codec_string: "avc1.640028",
        ..PLAIN
    },
    ParameterSets {
        made_with: "720x576, 25, -vf setsar=64/45 -pix_fmt yuv420p -profile:v main",
        sps: "674d401eeca05a0937fe0080005a20000003002000000641e2c5b2c0",
        pps: "68ef8fc8",
        size: (720, 576),
        aspect: SampleAspect { h: 64, v: 45 },
        codec_string: "avc1.4d401e",
        ..PLAIN
    },
    ParameterSets {
        made_with: "1280x720, 30000/1001, -pix_fmt yuv420p -profile:v high",
        sps: "6764001facd9405005bb011000003e90000ea600f1831960",
        size: (1280, 720),
        rate: (30_000, 1001),
        codec_string: "avc1.64001f",
        ..PLAIN
    },
    ParameterSets {
        made_with: "1280x720, 60, -pix_fmt yuv420p -profile:v high -color_primaries bt2020 -color_trc smpte2084 \
                    -colorspace bt2020nc -color_range tv",
        sps: "67640020acd9405005bb016a12201280000003008000003c078c18cb",
        size: (1280, 720),
        rate: (60, 1),
        cicp: Some(Cicp { primaries: 9, transfer: 16, matrix: 9, full_range: false }),
        codec_string: "avc1.640020",
        ..PLAIN
    },
    ParameterSets {
        made_with: "640x360, 25, -pix_fmt yuvj420p -color_range pc",
        sps: "6764001eacd940a02ff97016c80000030008000003019078b16cb0",
        cicp: Some(Cicp { primaries: 2, transfer: 2, matrix: 2, full_range: true }),
        codec_string: "avc1.64001e",
        ..PLAIN
    },
    ParameterSets {
        made_with: "640x360, 25, -pix_fmt yuv420p -profile:v high -b:v 500k -maxrate 500k -bufsize 500k -x264-params \
                    nal-hrd=cbr",
        sps: "6764001eacd940a02ff9701100000300010000030032602001e840007a13930c01e2c5b2c0",
        pps: "68efbcb0",
        codec_string: "avc1.64001e",
        ..PLAIN
    },
    ParameterSets {
        made_with: "320x240, 25, -pix_fmt yuv420p -profile:v high -x264-params cqm=jvt",
        sps: "6764000dacd94141fb011000000300100000030320f1429960",
        pps: "68ef8fcc03",
        size: (320, 240),
        codec_string: "avc1.64000d",
        ..PLAIN
    },
];

/// `ffmpeg -f lavfi -i sine=sample_rate=44100 -t 0.1 -c:a aac OUT.mp4`: LC, and an extension that says that SBR is absent.
pub(crate) const ASC_LC_44100_MONO: &str = "120856e500";

/// `ffmpeg -f lavfi -i "aevalsrc=0|0|0:s=48000:c=2.1" -t 0.05 -c:a aac OUT.mp4`: channels by a program config element.
pub(crate) const ASC_LC_48000_PCE: &str = "118004c4010020000d4c61766335392e33372e31303056e500";

/// Two slices a picture, B pictures, access unit delimiters; see `testdata/README.md`.
pub(crate) const TWO_SLICES: &[u8] = include_bytes!("../testdata/two-slices.h264");

/// Open groups of pictures that begin with recovery points; see `testdata/README.md`.
pub(crate) const OPEN_GOP: &[u8] = include_bytes!("../testdata/open-gop.h264");

/// Frames whose channels a program config element lists; see `testdata/README.md`.
pub(crate) const PCE_ADTS: &[u8] = include_bytes!("../testdata/pce.adts");

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
