//! Media segments.

use std::fmt::Write;

use springhead_core::WallTime;

use super::lines::push_text;
use super::{ByteRange, Map, Part};
use crate::Seconds;

/// A Media Segment that is complete, with the tags of draft-pantos-hls-rfc8216bis-22 §4.4.4 that apply to it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Segment {
    /// Where it is.
    pub uri: String,
    /// EXTINF: how long it lasts. Rounded to the second, never above the Target Duration; never zero.
    pub duration: Seconds,
    /// EXTINF's title. Not empty.
    pub title: Option<String>,
    /// EXT-X-DISCONTINUITY stands before it.
    pub discontinuity: bool,
    /// The init section that applies. Every segment names its own; the tag is printed where it changes. None: the one
    /// that is not in this playlist, in the segments that begin a delta update, or none at all.
    pub map: Option<Map>,
    /// EXT-X-PROGRAM-DATE-TIME. Printed with milliseconds.
    pub program_date_time: Option<WallTime>,
    /// EXT-X-BYTERANGE. None: the whole resource.
    pub byterange: Option<ByteRange>,
    /// EXT-X-GAP: it is not available, and its time is a hole.
    pub gap: bool,
    /// EXT-X-BITRATE in kilobits a second. Like `map`, named by every segment and printed where it changes.
    pub bitrate: Option<u64>,
    /// Its Partial Segments; none once they are no longer listed.
    pub parts: Vec<Part>,
}

/// The Partial Segments of a parent that is not complete yet, and the tags that go before them. Prints something only
/// when at least one field says something that the last segment does not.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OpenSegment {
    /// EXT-X-DISCONTINUITY stands before it.
    pub discontinuity: bool,
    /// The init section that applies, as in [`Segment::map`].
    pub map: Option<Map>,
    /// EXT-X-PROGRAM-DATE-TIME. Printed with milliseconds.
    pub program_date_time: Option<WallTime>,
    /// EXT-X-BITRATE, as in [`Segment::bitrate`].
    pub bitrate: Option<u64>,
    /// What there is of it.
    pub parts: Vec<Part>,
}

/// What was last printed of the tags that hold until the next of their kind.
#[derive(Default)]
pub(super) struct Printed<'a> {
    map: Option<&'a Map>,
    bitrate: Option<u64>,
}

impl Segment {
    pub(super) fn write<'a>(&'a self, out: &mut String, printed: &mut Printed<'a>) {
        if self.discontinuity {
            out.push_str("#EXT-X-DISCONTINUITY\n");
        }
        printed.write(out, self.map.as_ref(), self.bitrate);
        write_date(out, self.program_date_time);
        if self.gap {
            out.push_str("#EXT-X-GAP\n");
        }
        for part in &self.parts {
            part.write(out);
        }
        if let Some(range) = self.byterange {
            let _ = writeln!(out, "#EXT-X-BYTERANGE:{range}");
        }
        out.push_str("#EXTINF:");
        self.duration.push_to(out);
        out.push(',');
        push_text(out, self.title.as_deref().unwrap_or_default());
        out.push('\n');
        push_text(out, &self.uri);
        out.push('\n');
    }
}

impl OpenSegment {
    pub(super) fn write<'a>(&'a self, out: &mut String, printed: &mut Printed<'a>) {
        if self.discontinuity {
            out.push_str("#EXT-X-DISCONTINUITY\n");
        }
        printed.write(out, self.map.as_ref(), self.bitrate);
        write_date(out, self.program_date_time);
        for part in &self.parts {
            part.write(out);
        }
    }
}

impl<'a> Printed<'a> {
    /// What holds behind a segment that names its own.
    pub(super) fn after(segment: &'a Segment) -> Self {
        Self { map: segment.map.as_ref(), bitrate: segment.bitrate }
    }

    fn write(&mut self, out: &mut String, map: Option<&'a Map>, bitrate: Option<u64>) {
        if let Some(map) = map.filter(|map| Some(*map) != self.map) {
            map.write(out);
            self.map = Some(map);
        }
        if let Some(bitrate) = bitrate.filter(|bitrate| Some(*bitrate) != self.bitrate) {
            let _ = writeln!(out, "#EXT-X-BITRATE:{bitrate}");
            self.bitrate = Some(bitrate);
        }
    }
}

fn write_date(out: &mut String, at: Option<WallTime>) {
    if let Some(at) = at {
        out.push_str("#EXT-X-PROGRAM-DATE-TIME:");
        let _ = write!(out, "{at}");
        out.push('\n');
    }
}
