//! Messages beside the media of a [`Source`](crate::Source): splice information and ID3 tags.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use springhead_codec::bits::BitWriter;
use springhead_codec::scte35::crc32;
use springhead_core::{
    AccessUnit, Codec, MediaParams, MonoTime, Rounding, TickDelta, Ticks, Timescale, Timestamp, Track, TrackId,
    TrackSet, UnitFlags,
};

/// The track of splice information of [`with_messages`].
pub const SPLICES: TrackId = TrackId(3);
/// The track of ID3 tags of [`with_messages`].
pub const TAGS: TrackId = TrackId(4);

/// The tracks, and one each for splice information and ID3 tags, on clocks of 90 kHz.
pub fn with_messages(tracks: &TrackSet) -> Arc<TrackSet> {
    let track = |id, codec| Track {
        id,
        timescale: Timescale::MPEG,
        codec,
        config: Bytes::new(),
        codec_string: "".into(),
        params: MediaParams::Metadata,
        language: None,
    };
    let messages = [track(SPLICES, Codec::Scte35), track(TAGS, Codec::Id3)].map(Arc::new);
    let all = tracks.tracks.iter().cloned().chain(messages).collect();
    Arc::new(TrackSet::new(tracks.generation.next(), tracks.timeline, all))
}

/// A message that comes at a time of the source, with that time.
pub fn message(track: TrackId, at: Duration, payload: impl Into<Bytes>) -> AccessUnit {
    AccessUnit {
        track,
        dts: Timestamp::ZERO + Timescale::MPEG.ticks(at, Rounding::Nearest),
        composition_offset: TickDelta(0),
        duration: Ticks::ZERO,
        flags: UnitFlags::RANDOM_ACCESS,
        arrival: MonoTime(0) + at,
        payload: payload.into().into(),
    }
}

/// Media and messages in the order in which they come, a message before the media of its moment.
pub fn interleaved(media: Vec<AccessUnit>, messages: Vec<AccessUnit>) -> Vec<AccessUnit> {
    let mut units: Vec<AccessUnit> = messages.into_iter().chain(media).collect();
    units.sort_by_key(|unit| unit.arrival);
    units
}

/// A splice information section (ANSI/SCTE 35 2023 §9.6), with a check that is right. Times are in ticks of 90 kHz.
///
/// ```
/// use springhead_codec::scte35::{SpliceCommand, SpliceInfoSection};
/// use springhead_testkit::SpliceSection;
/// let section = SpliceSection::insert(7, true, Some(900_000), Some(90_000)).to_bytes();
/// let SpliceCommand::Insert(insert) = SpliceInfoSection::parse(&section)?.command else { panic!("an insert") };
/// let insertion = insert.insertion.expect("nothing is cancelled");
/// assert_eq!((insert.event_id, insertion.out_of_network, insertion.pts_time), (7, true, Some(900_000)));
/// # Ok::<(), springhead_codec::scte35::Scte35Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SpliceSection {
    /// `pts_adjustment`
    pub pts_adjustment: u64,
    /// `splice_command_type`
    pub kind: u8,
    /// `splice_command()`
    pub command: Vec<u8>,
    /// The loop of descriptors.
    pub descriptors: Vec<u8>,
}

impl SpliceSection {
    /// A command of that type.
    pub fn new(kind: u8, command: impl Into<Vec<u8>>) -> Self {
        Self { pts_adjustment: 0, kind, command: command.into(), descriptors: Vec::new() }
    }

    /// `splice_insert()`: programming is left or returned to, at a time or at once, for as long as is said.
    pub fn insert(event: u32, out: bool, at: Option<u64>, duration: Option<u64>) -> Self {
        let mut w = BitWriter::new();
        w.bits(event.into(), 32).bits(0x7f, 8);
        w.bits(out.into(), 1).bits(1, 1).bits(duration.is_some().into(), 1).bits(at.is_none().into(), 1).bits(0xf, 4);
        if at.is_some() {
            splice_time(&mut w, at);
        }
        if let Some(duration) = duration {
            w.bits(1, 1).bits(0x3f, 6).bits(duration, 33);
        }
        w.bits(0, 32);
        Self::new(5, w.into_bytes())
    }

    /// `splice_insert()` that cancels an event.
    pub fn cancel(event: u32) -> Self {
        let mut w = BitWriter::new();
        w.bits(event.into(), 32).bits(0xff, 8);
        Self::new(5, w.into_bytes())
    }

    /// `time_signal()`, for which [`segmentation`](Self::segmentation) says what is there.
    pub fn time_signal(at: Option<u64>) -> Self {
        let mut w = BitWriter::new();
        splice_time(&mut w, at);
        Self::new(6, w.into_bytes())
    }

    /// The same with a segmentation descriptor more.
    pub fn segmentation(mut self, event: u32, type_id: u8, duration: Option<u64>) -> Self {
        let mut w = BitWriter::new();
        w.bits(event.into(), 32).bits(0x7f, 8);
        w.bits(1, 1).bits(duration.is_some().into(), 1).bits(0x3f, 6);
        if let Some(duration) = duration {
            w.bits(duration, 40);
        }
        w.bits(0, 16).bits(type_id.into(), 8).bits(0, 16);
        let body = w.into_bytes();
        self.descriptors.extend([2, body.len() as u8 + 4]);
        self.descriptors.extend(b"CUEI");
        self.descriptors.extend(body);
        self
    }

    /// The bytes.
    pub fn to_bytes(&self) -> Bytes {
        let mut w = BitWriter::new();
        w.bits(0, 15).bits(self.pts_adjustment, 33);
        w.bits(0, 8).bits(0xfff, 12).bits(self.command.len() as u64, 12).bits(self.kind.into(), 8);
        let loop_length = (self.descriptors.len() as u16).to_be_bytes();
        let content = [&w.into_bytes()[..], &self.command, &loop_length, &self.descriptors].concat();
        let length = (content.len() as u16 + 4).to_be_bytes();
        let section = [&[0xfc, 0x30 | length[0], length[1]], &content[..]].concat();
        [&section[..], &crc32(&section).to_be_bytes()].concat().into()
    }
}

fn splice_time(w: &mut BitWriter, at: Option<u64>) {
    match at {
        Some(at) => {
            w.bits(1, 1).bits(0x3f, 6).bits(at, 33);
        }
        None => {
            w.bits(0x7f, 8);
        }
    }
}

/// An ID3 tag of version 2.4 with one private frame.
pub fn id3_tag(text: &str) -> Bytes {
    let frame = [b"PRIV\0\0\0", &[text.len() as u8 + 2][..], b"\0\0o\0", text.as_bytes()].concat();
    [b"ID3\x04\0\0\0\0\0", &[frame.len() as u8][..], &frame].concat().into()
}
