//! Where ffmpeg prints another string than ours of the same stream, and why.

use super::corpus::{Muxer, Printer, Version};

/// A difference that is known.
pub(super) struct Difference {
    pub(super) by: &'static [Printer],
    /// How those of our strings begin that it is about.
    pub(super) ours: &'static str,
    /// What ffmpeg prints instead of ours; nothing when it prints none.
    pub(super) theirs: fn(&str) -> String,
    pub(super) why: &'static str,
}

const OLDER_HLS: Printer = Printer { version: Version::Older, muxer: Muxer::Hls };
const OLDER_DASH: Printer = Printer { version: Version::Older, muxer: Muxer::Dash };
const NEWER_HLS: Printer = Printer { version: Version::Newer, muxer: Muxer::Hls };
const NEWER_DASH: Printer = Printer { version: Version::Newer, muxer: Muxer::Dash };

/// Of each string and printer the first counts. What is not here is equal.
pub(super) const DIFFERENCES: &[Difference] = &[
    Difference {
        by: &[OLDER_HLS],
        ours: "hvc1.",
        theirs: profile_and_level,
        why: "it prints profile and level, and for all else the same whatever the stream is",
    },
    Difference {
        by: &[OLDER_DASH],
        ours: "hvc1.",
        theirs: |_| "hvc1".into(),
        why: "it prints the name of the sample entry alone",
    },
    Difference {
        by: &[NEWER_HLS, NEWER_DASH],
        ours: "hvc1.4.",
        theirs: twelve_constraints,
        why: "it reads the first twelve constraint flags of 48, and prints the last four of them as if they were a byte",
    },
    Difference { by: &[OLDER_HLS], ours: "av01.", theirs: none, why: "its HLS muxer does not know the codec" },
    Difference { by: &[OLDER_HLS], ours: "vp09.", theirs: none, why: "its HLS muxer does not know the codec" },
    Difference { by: &[OLDER_HLS], ours: "opus", theirs: none, why: "its HLS muxer does not know the codec" },
    Difference { by: &[OLDER_HLS], ours: "flac", theirs: none, why: "its HLS muxer does not know the codec" },
    Difference {
        by: &[OLDER_DASH, NEWER_HLS, NEWER_DASH],
        ours: "av01.",
        theirs: without_colour_unless_described,
        why: "it leaves gray, 4:2:2, 4:4:4 and full range out where no colour is described, which says that they are 4:2:0 of \
              narrow range",
    },
    Difference {
        by: &[OLDER_DASH, NEWER_HLS, NEWER_DASH],
        ours: "vp09.",
        theirs: first_four_fields,
        why: "it leaves 4:2:2, 4:4:4 and every colour out, which says that they are 4:2:0 and BT.709",
    },
    Difference {
        by: &[OLDER_DASH],
        ours: "mp4a.40.34",
        theirs: |_| "mp4a.69".into(),
        why: "it prints the object type indication of MPEG-2 audio, also of MPEG-1 audio",
    },
];

impl Difference {
    pub(super) fn is_of(&self, printer: Printer, string: &str) -> bool {
        self.by.contains(&printer) && string.starts_with(self.ours)
    }
}

fn none(_: &str) -> String {
    String::new()
}

fn profile_and_level(ours: &str) -> String {
    let [_, profile, _, level, ..] = ours.split('.').collect::<Vec<_>>()[..] else { panic!("{ours}") };
    format!("hvc1.{profile}.4.L{}.B01", &level[1..])
}

fn twelve_constraints(ours: &str) -> String {
    let fields: Vec<&str> = ours.split('.').collect();
    let constraints: Vec<u8> = fields[4..].iter().map(|byte| u8::from_str_radix(byte, 16).expect("a byte")).collect();
    let mut text = format!("{}.{:02x}", fields[..4].join("."), constraints[0]);
    let nibble = constraints.get(1).map_or(0, |byte| byte >> 4);
    if nibble > 0 {
        text += &format!(".{nibble:x}");
    }
    text
}

fn without_colour_unless_described(ours: &str) -> String {
    if ours.contains(".02.02.02.") { first_four_fields(ours) } else { ours.into() }
}

fn first_four_fields(ours: &str) -> String {
    ours.split('.').take(4).collect::<Vec<_>>().join(".")
}
