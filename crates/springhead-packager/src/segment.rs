//! What packaging yields: init sections, chunks, parts, segments and the periods that they belong to. All immutable once
//! made, and shared: the part, the HLS segment and the DASH segment are the same slices of the same buffers.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use springhead_core::time::rescale;
use springhead_core::{
    DiscontinuitySequence, FrameRate, MediaSequence, PartIndex, Rope, Rounding, Ticks, Timescale, Timestamp, Track,
    WallTime,
};
use springhead_manifest::Seconds;

use crate::manifest::Piece;

/// The header that a run of segments needs: `ftyp` and `moov` (ISO/IEC 23000-19 §7.3.1), EXT-X-MAP, Initialization.
#[derive(Debug)]
pub struct Init {
    /// Its number within the rendition; the URI is made of it, so that a URI's content never changes (H-26).
    pub id: u32,
    /// The track that it describes.
    pub track: Arc<Track>,
    /// The composition time that is presented at zero: an edit takes it back, so that `tfdt` says when a segment is
    /// presented. Zero where units are not reordered.
    pub presented_from: Ticks,
    /// The bytes.
    pub body: Bytes,
    /// Whether MPEG-2 transport streams carry the track too.
    pub in_transport_streams: bool,
}

/// One uninterrupted stretch of one timeline with one set of tracks: a Period in DASH, what lies between two
/// EXT-X-DISCONTINUITY in HLS.
#[derive(Debug)]
pub struct Period {
    /// Its number: 0 for the first ever, +1 for each that follows. Also the Discontinuity Sequence Number of its segments.
    pub id: DiscontinuitySequence,
    /// Where it starts, counted from the presentation's availability start time (`Period@start`).
    pub start: Duration,
    /// The wall-clock time of its first picture.
    pub wall: WallTime,
    /// The source's time from which media time counts, in ticks of [`zero_scale`](Self::zero_scale). Media time begins at ten
    /// seconds, whatever the encoder counts from, and goes on from timeline to timeline as the wall clock does. Where numbers
    /// are those of the encoder's clock, media time is too, and counts from 1970.
    pub zero: Timestamp,
    /// The timescale of [`zero`](Self::zero) and [`from`](Self::from).
    pub zero_scale: Timescale,
    /// The media time at which the period starts (`@presentationTimeOffset`).
    pub from: Timestamp,
    /// How it relates to the one before.
    pub follows: Follows,
}

/// How a period relates to the one before it (ISO/IEC 23009-1 §5.3.2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Follows {
    /// Another timeline begins. Where a rendition keeps its init section, the periods are *connected*.
    Anew,
    /// The timeline goes on to the tick, as tracks were added, removed or changed. Where a rendition keeps its init section,
    /// the periods are *continuous*.
    Exactly,
    /// The timeline goes on, and its place on the wall clock is put right: behind a hole where media had fallen behind, and by
    /// less than a second before the media of the last period ends where it had run ahead.
    Reanchored,
}

impl Period {
    /// The source's time of media time zero in another track's ticks.
    pub(crate) fn zero_in(&self, scale: Timescale) -> Timestamp {
        self.zero.rescale(self.zero_scale, scale, Rounding::Nearest)
    }

    /// The media time at which it starts, in another track's ticks.
    pub fn from_in(&self, scale: Timescale) -> Timestamp {
        self.from.rescale(self.zero_scale, scale, Rounding::Nearest)
    }

    /// The wall-clock time of a media time of this period.
    pub fn wall_at(&self, at: Timestamp, scale: Timescale) -> WallTime {
        let nanos = |at: Timestamp, scale| rescale(at.0, scale, Timescale::NANOS, Rounding::Nearest);
        let since = nanos(at, scale).saturating_sub(nanos(self.from, self.zero_scale));
        WallTime(self.wall.0.saturating_add(since))
    }

    /// How far after the period's start a media time is; zero for what lies before it.
    pub fn since_start(&self, at: Timestamp, scale: Timescale) -> Duration {
        let nanos = self.wall_at(at, scale).0.saturating_sub(self.wall.0);
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(0))
    }
}

/// One `moof` and `mdat`, with what precedes them.
#[derive(Clone, Debug)]
pub struct Chunk {
    /// The bytes: the header, then the payload slices that came from the encoder.
    pub body: Rope,
    /// Whether it holds a random access point.
    pub independent: bool,
}

/// A key picture that can be had by itself: a chunk that holds nothing else (EXT-X-I-FRAMES-ONLY).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Where its chunk begins in the part.
    pub offset: u64,
    /// How many bytes the chunk has.
    pub len: u64,
    /// When it is presented, in ticks of the track.
    pub at: Timestamp,
}

/// A Partial Segment (rfc8216bis §4.4.4.9): a run of chunks.
#[derive(Clone, Debug)]
pub struct Part {
    /// Its place in the parent.
    pub index: PartIndex,
    /// Its number in the rendition, whichever parent it belongs to. Its [name](part_name) is made of it.
    pub number: u64,
    /// How long it lasts, as printed.
    pub duration: Seconds,
    /// Whether it holds a random access point.
    pub independent: bool,
    /// The key pictures in it.
    pub keys: Vec<Key>,
    /// The bytes of its chunks, one after the other.
    pub body: Rope,
}

/// What a segment is called, in the playlist and in the MPD alike.
///
/// The period is part of it: an MPD announces a segment before it is known that its period ends first, and a player that has
/// loaded it for the old period would show what is of the new one. Where numbers are those of the encoder's clock it is not,
/// as an origin that was started later counts periods otherwise.
pub fn segment_name(period: DiscontinuitySequence, msn: MediaSequence, by_epoch: bool) -> String {
    place_name(period, msn, by_epoch) + ".m4s"
}

/// What the transport stream of a segment is called.
pub(crate) fn transport_stream_name(period: DiscontinuitySequence, msn: MediaSequence, by_epoch: bool) -> String {
    place_name(period, msn, by_epoch) + ".ts"
}

fn place_name(period: DiscontinuitySequence, msn: MediaSequence, by_epoch: bool) -> String {
    if by_epoch { msn.to_string() } else { format!("{period}-{msn}") }
}

/// What a part is called, in a hint and in the playlist alike.
///
/// Its number goes on from segment to segment, so that the next part's name is known before it is known whether it begins a
/// segment (L-16). The init section that it needs is part of its name: when the next part turns out to need another one, it
/// is not what was hinted at, and who asked for that would have appended it behind the wrong init section.
pub fn part_name(init: u32, number: u64) -> String {
    format!("part-{init}-{number}.m4s")
}

/// A finished segment.
#[derive(Clone, Debug)]
pub struct Segment {
    /// Its Media Sequence Number and its `$Number$`.
    pub msn: MediaSequence,
    /// The period that it belongs to.
    pub period: Arc<Period>,
    /// Whether it is the first of its period and another period came before.
    pub discontinuity: bool,
    /// The init section that it needs.
    pub init: Arc<Init>,
    /// Earliest presentation time, in ticks of the track (`S@t`).
    pub start: Timestamp,
    /// Distance to the earliest presentation time of the next (`S@d`), in ticks of the track.
    pub ticks: Ticks,
    /// How long it lasts, as printed in EXTINF.
    pub duration: Seconds,
    /// When its first sample was there (EXT-X-PROGRAM-DATE-TIME).
    pub program_date_time: WallTime,
    /// Whether it starts with a random access point.
    pub independent: bool,
    /// Whether that is the start of an open group of pictures: an access point of type 3 (ISO/IEC 14496-12 Annex I).
    pub open_group: bool,
    /// How many units it has.
    pub units: u32,
    /// The parts that it is made of. Empty when the media is missing (EXT-X-GAP).
    pub parts: Vec<Arc<Part>>,
    /// How many bytes it has.
    pub len: u64,
    /// What is made of it when somebody asks.
    pub(crate) made: Made,
}

/// What is made of a segment, once, when somebody asks for it, and kept with it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Made {
    /// The same as a transport stream with its sound.
    pub(crate) transport_stream: OnceLock<Rope>,
    /// The lines that a run of segments, of which it is the last, has in the media playlist.
    pub(crate) lines: OnceLock<Piece>,
}

impl Segment {
    /// How many bytes are kept of it.
    pub(crate) fn kept(&self) -> u64 {
        let stream = self.made.transport_stream.get().map_or(0, Rope::len);
        self.len + (stream + self.made.lines.get().map_or(0, Piece::len)) as u64
    }

    /// How many pictures a second it has, if that is the pace of one of the usual rates to a two-thousandth, half of what is
    /// between 24 and 24000/1001; for bitstreams that state none.
    pub(crate) fn frame_rate(&self) -> Option<FrameRate> {
        let (units, ticks) = (u64::from(self.units), self.ticks.0.max(1));
        let milli = units * 1000 * u64::from(self.init.track.timescale.hz()) / ticks;
        let of = |rate: &&FrameRate| u64::from(rate.num) * 1000 / u64::from(rate.den);
        FrameRate::USUAL
            .iter()
            .min_by_key(|rate| of(rate).abs_diff(milli))
            .filter(|rate| of(rate).abs_diff(milli) * 2000 <= of(rate))
            .copied()
    }

    /// Whether the media is missing (EXT-X-GAP).
    pub fn is_gap(&self) -> bool {
        self.parts.is_empty()
    }

    /// The bytes: its parts, one after the other, shared.
    pub fn body(&self) -> Rope {
        let mut body = Rope::new();
        self.parts.iter().for_each(|part| body.append(&part.body));
        body
    }
}

/// The segment that is being made.
#[derive(Clone, Debug)]
pub struct OpenSegment {
    /// Its Media Sequence Number and its `$Number$`.
    pub msn: MediaSequence,
    /// The period that it belongs to.
    pub period: Arc<Period>,
    /// Whether it is the first of its period and another period came before.
    pub discontinuity: bool,
    /// The init section that it needs.
    pub init: Arc<Init>,
    /// Earliest presentation time, in ticks of the track.
    pub start: Timestamp,
    /// When its first sample was there.
    pub program_date_time: WallTime,
    /// The parts that are complete.
    pub parts: Vec<Arc<Part>>,
    /// The chunks of the part that is not complete.
    pub tail: Vec<Chunk>,
}

impl OpenSegment {
    /// Whether anything of it can be sent.
    pub fn has_begun(&self) -> bool {
        !self.parts.is_empty() || !self.tail.is_empty()
    }

    /// How many bytes there are.
    pub fn len(&self) -> usize {
        let parts: usize = self.parts.iter().map(|part| part.body.len()).sum();
        parts + self.tail.iter().map(|chunk| chunk.body.len()).sum::<usize>()
    }

    /// Whether there is no byte of it.
    pub fn is_empty(&self) -> bool {
        !self.has_begun()
    }

    /// The bytes of the parts that are complete, shared.
    pub fn parts_body(&self) -> Rope {
        let mut body = Rope::new();
        self.parts.iter().for_each(|part| body.append(&part.body));
        body
    }

    /// All bytes that there are, shared.
    pub fn body(&self) -> Rope {
        let mut body = self.parts_body();
        self.tail.iter().for_each(|chunk| body.append(&chunk.body));
        body
    }
}

/// How much longer than it is each part is printed to be.
///
/// Where Shaka shifts media back over HLS, it does so by a millisecond less than it should, and shifts anew when it finds
/// that it is a millisecond off: with parts printed as they are, rounding alone decides that, for each of them, and all that
/// is no key picture is thrown away where it does. Printed later and later within their segment they are never found so (D18).
/// It is more than what rounding makes of an instant, and too little for anybody to see: a segment's EXTINF has none of it.
pub(crate) const STRETCH: Seconds = Seconds::from_micros(5);

/// The distance between two instants as manifests print it: both ends are put on the microsecond grid and then
/// subtracted, so that what is printed adds up however long the stream runs. Never before the media: where Shaka finds
/// media that is due earlier than it is, be it by half a microsecond, it shifts it back and fails at that (D18).
pub(crate) fn printed(from: Timestamp, to: Timestamp, scale: Timescale) -> Seconds {
    let micros = |at: Timestamp| rescale(at.0, scale, Timescale::MICROS, Rounding::Ceil);
    Seconds::from_micros(u64::try_from(micros(to) - micros(from)).unwrap_or(0))
}
