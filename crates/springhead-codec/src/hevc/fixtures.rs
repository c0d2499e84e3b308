//! Parameter sets, messages and configuration records of real encoders: x265 3.5 and 4.3 through FFmpeg 5.1.9 and 9.0.2.
//!
//! What is found in band is that of `ffmpeg -f lavfi -i testsrc=size=SIZE:rate=RATE -frames:v 8 OPTIONS -c:v libx265 -preset
//! ultrafast -x265-params info=0:log-level=none:PARAMS -f hevc OUT` before the first picture, and the record is what the
//! same command with `-tag:v hvc1 OUT.mp4` writes into `hvcC`. Both versions give the same unless one is named.

use bytes::Bytes;
use springhead_core::{Cicp, SampleAspect};

use crate::fixtures::bytes;
use crate::nal::{Framing, units};

/// What is found in band and what is written into a file, and what they say.
pub(crate) struct ParameterSets {
    /// SIZE, RATE, OPTIONS and PARAMS of the commands.
    pub(crate) made_with: &'static str,
    /// A video, a sequence and a picture parameter set, and messages.
    pub(crate) found: &'static [&'static str],
    pub(crate) record: &'static str,
    pub(crate) size: (u32, u32),
    pub(crate) rate: (u32, u32),
    pub(crate) aspect: SampleAspect,
    /// As the sequence parameter set says it.
    pub(crate) cicp: Option<Cicp>,
    pub(crate) reorder_depth: u32,
    pub(crate) codec_string: &'static str,
    /// `chroma_format_idc`, and the bits of a sample.
    pub(crate) format: (u8, u8),
}

impl ParameterSets {
    pub(crate) fn found(&self) -> Vec<Bytes> {
        self.found.iter().map(|hex| bytes(hex).into()).collect()
    }
}

const PLAIN: ParameterSets = ParameterSets {
    made_with: "",
    found: &[],
    record: "",
    size: (64, 64),
    rate: (25, 1),
    aspect: SampleAspect::SQUARE,
    cicp: None,
    reorder_depth: 2,
    codec_string: "",
    format: (1, 8),
};

/// Index of what has a mastering display and a content light level.
pub(crate) const HDR10: usize = 1;

/// Index of what has an alternative transfer characteristic.
pub(crate) const HLG: usize = 2;

/// Index of what is made of fields.
pub(crate) const FIELDS: usize = 3;

pub(crate) const PARAMETER_SETS: [ParameterSets; 9] = [
    ParameterSets {
        made_with: "64x64, 25, -pix_fmt yuv420p",
        found: &[
            "40010c01ffff01600000030090000003000003001e959409",
            "42010101600000030090000003000003001ea0208105965654a4c2f0168080000003008000000c84",
            "4401c073c089",
        ],
        record: "0101600000009000000000001ef000fcfdf8f800000f03a00001001840010c01ffff01600000030090000003000003001e95 \
            9409a10001002842010101600000030090000003000003001ea0208105965654a4c2f0168080000003008000000c84a20001 \
            00064401c073c089",
        codec_string: "hvc1.1.6.L30.90",
        ..PLAIN
    },
    ParameterSets {
        made_with: "64x64, 50, -vf \
            setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc:range=tv -pix_fmt \
            yuv420p10le -x265-params hdr10=1:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(1\
            5635,16450)L(10000000,50):max-cll=1000,400",
        found: &[
            "40010c01ffff02200000030090000003000003001e959409",
            "42010102200000030090000003000003001ea0208104d965654a4c2f016a122012080000030008000003019040",
            "4401c073c089",
            "4e01900403e8019080",
            "4e01891833c286c41d4c0bb884d03e803d13404200989680000003003280",
        ],
        record: "0102200000009000000000001ef000fcfdfafa00000f04a00001001840010c01ffff02200000030090000003000003001e95 \
            9409a10001002d42010102200000030090000003000003001ea0208104d965654a4c2f016a12201208000003000800000301 \
            9040a2000100064401c073c08927000200094e01900403e8019080001e4e01891833c286c41d4c0bb884d03e803d13404200 \
            989680000003003280",
        rate: (50, 1),
        cicp: Some(Cicp { primaries: 9, transfer: 16, matrix: 9, full_range: false }),
        codec_string: "hvc1.2.4.L30.90",
        format: (1, 10),
        ..PLAIN
    },
    ParameterSets {
        made_with: "64x64, 50, -vf \
            setparams=color_primaries=bt2020:color_trc=bt2020-10:colorspace=bt2020nc:range=tv -pix_fmt \
            yuv420p10le -x265-params atc-sei=18",
        found: &[
            "40010c01ffff02200000030090000003000003001e959409",
            "42010102200000030090000003000003001ea0208104d965654a4c2f016a121c12080000030008000003019040",
            "4401c073c089",
            "4e0193011280",
        ],
        record: "0102200000009000000000001ef000fcfdfafa00000f03a00001001840010c01ffff02200000030090000003000003001e95 \
            9409a10001002d42010102200000030090000003000003001ea0208104d965654a4c2f016a121c1208000003000800000301 \
            9040a2000100064401c073c089",
        rate: (50, 1),
        cicp: Some(Cicp { primaries: 9, transfer: 14, matrix: 9, full_range: false }),
        codec_string: "hvc1.2.4.L30.90",
        format: (1, 10),
        ..PLAIN
    },
    ParameterSets {
        made_with: "64x64, 50, -pix_fmt yuv420p -x265-params interlace=tff",
        found: &[
            "40010c01ffff01600000030040000003000003001e959409",
            "42010101600000030040000003000003001ea0208105965654a4c2f0168680000003008000001904",
            "4401c073c089",
            "4e0181010f80",
            "4e0101011180",
        ],
        record: "0101600000004000000000001ef000fcfdf8f800000f04a00001001840010c01ffff01600000030040000003000003001e95 \
            9409a10001002842010101600000030040000003000003001ea0208105965654a4c2f0168680000003008000001904a20001 \
            00064401c073c08927000100064e0181010f80",
        codec_string: "hvc1.1.6.L30.40",
        ..PLAIN
    },
    ParameterSets {
        made_with: "100x50, 30000/1001, -pix_fmt yuv422p10le",
        found: &[
            "40010c01ffff0408000003009d0800000300001e959409",
            "4201010408000003009d0800000300001eb03881073c7b6595952930bc05a02000007d20000ea601",
            "4401c073c189",
        ],
        record: "0104080000009d08000000001ef000fcfefafa00000f03a00001001740010c01ffff0408000003009d0800000300001e9594 \
            09a1000100284201010408000003009d0800000300001eb03881073c7b6595952930bc05a02000007d20000ea601a2000100 \
            064401c073c189",
        size: (100, 50),
        rate: (30_000, 1001),
        codec_string: "hvc1.4.10.L30.9D.8",
        format: (2, 10),
        ..PLAIN
    },
    ParameterSets {
        made_with: "1920x1080, 60, -pix_fmt yuv420p -x265-params \
            level-idc=5.1:high-tier=1:vbv-maxrate=100000:vbv-bufsize=100000:hrd=1",
        found: &[
            "40010c01ffff216000000300900000030000030099959409",
            "420101216000000300900000030000030099a003c0801107cb965654a4c2f0168080000003008000001e30924c3f0000 \
                2faf0800017d7844",
            "4401c073c189",
            "4e0181010f80",
            "4e0100078000278d008ca280",
            "4e01010300001480",
        ],
        record: "01216000000090000000000099f000fcfdf8f800000f04a00001001840010c01ffff21600000030090000003000003009995 \
            9409a100010038420101216000000300900000030000030099a003c0801107cb965654a4c2f0168080000003008000001e30 \
            924c3f00002faf0800017d7844a2000100064401c073c18927000100064e0181010f80",
        size: (1920, 1080),
        rate: (60, 1),
        codec_string: "hvc1.1.6.H153.90",
        ..PLAIN
    },
    ParameterSets {
        made_with: "64x64, 25, -vf setsar=64/45 -pix_fmt yuv444p -x265-params \
            temporal-layers=3:bframes=3:b-adapt=0:scaling-list=default (FFmpeg 5.1.9)",
        found: &[
            "40010c01ffff0408000003009e0800000300001e959409",
            "4201010408000003009e0800000300001e90041020b2caca949c2fff0040002d6808000003000800000300c840",
            "4401c07318300890",
        ],
        record: "0104080000009e08000000001ef000fcfff8f800000f03a00001001740010c01ffff0408000003009e0800000300001e9594 \
            09a10001002d4201010408000003009e0800000300001e90041020b2caca949c2fff0040002d6808000003000800000300c8 \
            40a2000100084401c07318300890",
        aspect: SampleAspect { h: 64, v: 45 },
        codec_string: "hvc1.4.10.L30.9E.8",
        format: (3, 8),
        ..PLAIN
    },
    ParameterSets {
        made_with: "64x64, 25, -vf setsar=64/45 -pix_fmt yuv444p -x265-params \
            temporal-layers=3:bframes=3:b-adapt=0:scaling-list=default (FFmpeg 9.0.2)",
        found: &[
            "40010c04ffff0408000003009e0800000300001e00009594aca5650240",
            "4201040408000003009e0800000300001e000090041020b2caca5652b2a5270bffc010000b5a02000003000200000300 \
                3210",
            "4401c07318300890",
        ],
        record: "0104080000009e08000000001ef000fcfff8f800001b03a00001001d40010c04ffff0408000003009e0800000300001e0000 \
            9594aca5650240a1000100324201040408000003009e0800000300001e000090041020b2caca5652b2a5270bffc010000b5a \
            020000030002000003003210a2000100084401c07318300890",
        aspect: SampleAspect { h: 64, v: 45 },
        codec_string: "hvc1.4.10.L30.9E.8",
        format: (3, 8),
        ..PLAIN
    },
    ParameterSets {
        made_with: "64x64, 24, -pix_fmt gray -color_range pc -x265-params no-wpp=1:ref=4:bframes=4",
        found: &[
            "40010c01ffff0408000003009fc800000300001e959809",
            "4201010408000003009fc800000300001ec0820416595992930bc05b020000030002000003003010",
            "4401c073c089",
        ],
        record: "0104080000009fc8000000001ef000fcfcf8f800000f03a00001001740010c01ffff0408000003009fc800000300001e9598 \
            09a1000100284201010408000003009fc800000300001ec0820416595992930bc05b020000030002000003003010a2000100 \
            064401c073c089",
        rate: (24, 1),
        cicp: Some(Cicp { primaries: 2, transfer: 2, matrix: 2, full_range: true }),
        codec_string: "hvc1.4.10.L30.9F.C8",
        format: (0, 8),
        ..PLAIN
    },
];

/// Open groups of pictures that begin with CRA pictures, and RASL pictures behind them; see `testdata/README.md`.
pub(crate) const OPEN_GOP: &[u8] = include_bytes!("../../testdata/open-gop.h265");

/// IDR pictures with leading pictures that can be decoded; see `testdata/README.md`.
pub(crate) const RADL: &[u8] = include_bytes!("../../testdata/radl.h265");

/// Three temporal sub-layers; see `testdata/README.md`.
pub(crate) const SUB_LAYERS: &[u8] = include_bytes!("../../testdata/sub-layers.h265");

/// Three slice segments a picture, of which two are dependent, and access unit delimiters; see `testdata/README.md`.
pub(crate) const DEPENDENT_SLICES: &[u8] = include_bytes!("../../testdata/dependent-slices.h265");

/// Every picture is a field; see `testdata/README.md`.
pub(crate) const FIELD_PICTURES: &[u8] = include_bytes!("../../testdata/fields.h265");

/// The NAL units of a byte stream.
pub(crate) fn nal_units(stream: &'static [u8]) -> Vec<Bytes> {
    let cut =
        |range: Result<std::ops::Range<usize>, _>| Bytes::from_static(&stream[range.expect("a fixture is sound")]);
    units(stream, Framing::AnnexB).map(cut).collect()
}
