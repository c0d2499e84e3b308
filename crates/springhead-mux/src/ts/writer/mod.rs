//! Tracks into a transport stream of one program.

mod clock;
mod config;
mod nals;
mod options;
mod packets;
mod segment;
mod sound;
mod stream;

use std::sync::Arc;
use std::time::Duration;

use springhead_core::{AccessUnit, Codec, MediaKind, Timestamp, Track, TrackId, UnitFlags};

use super::packet::AdaptationField;
use super::psi::{Pat, Pmt, PmtStream};
use super::{Pcr, Pid, WriteError, descriptor, pes};
use clock::Clock;
use nals::ByteStream;
pub use options::WriterOptions;
use options::WriterOptions as Options;
use packets::{Counter, PesPackets};
pub use segment::segment;
use stream::{Form, Stream, Waiting};

/// The longest hole in media time through which the clock is told at its interval. Behind a longer one it is told again
/// when something comes.
const LONGEST_FILLED: i64 = 10 * clock::SYSTEM_HZ as i64;

/// How many tracks of one kind have a `stream_id` of their own.
const MOST_VIDEO: usize = 16;
const MOST_AUDIO: usize = 32;

/// Writes a transport stream of one program (ISO/IEC 13818-1 §2.4).
///
/// It is fed with units in the order of their decode times across all tracks, in which up to the decoder delay of disorder
/// does no harm, and appends whole packets to a buffer of the caller's; each byte of a payload is copied once.
///
/// What holds of what it appends: a segment begins with the program association table and the map, and both come again
/// within each [`table_interval`](WriterOptions::table_interval) of media time; the clock is told within each
/// [`pcr_interval`](WriterOptions::pcr_interval) of media time, with packets of its own where units are farther apart, on
/// the PID of the first track of video, or of sound when there is none; continuity counters go on across segments; `DTS`
/// rises strictly and `PTS` is never below it; `PTS`, `DTS` and `PCR` go through their wrap without notice.
///
/// Frames of sound wait to be several in a PES packet (see [`WriterOptions::audio_span`]), so what a call appends may
/// belong to an earlier one. [`finish_segment`](Self::finish_segment) appends all that waits.
///
/// Splice information sections are carried as they are, to the byte: where [`WriterOptions::time_offset`] or the timeline
/// make times other than the source's, the caller puts `pts_adjustment` right.
///
/// ```
/// use bytes::Bytes;
/// use springhead_codec::avc::{self, DecoderConfig};
/// use springhead_core::{AccessUnit, MonoTime, TickDelta, Ticks, Timescale, Timestamp, TrackId, UnitFlags};
/// use springhead_mux::ts::{PACKET_BYTES, Pid, Writer, WriterOptions};
///
/// let sps = Bytes::from_static(b"\x67\x4d\x40\x1e\xec\xa0\x50\x17\xfc\xb8\x08\x80\0\0\x03\0\x80\0\0\x1e\x07\x8b\x16\xcb");
/// let config = DecoderConfig::from_parameter_sets([sps], [Bytes::from_static(b"\x68\xef\x8f\xc8")])?;
/// let track = avc::track(TrackId(1), Timescale::MPEG, &config)?;
/// let mut writer = Writer::new(&[track.into()], WriterOptions::default())?;
///
/// let mut segment = Vec::new();
/// let unit = AccessUnit {
///     track: TrackId(1),
///     dts: Timestamp(0),
///     composition_offset: TickDelta(0),
///     duration: Ticks(3000),
///     flags: UnitFlags::RANDOM_ACCESS,
///     arrival: MonoTime(0),
///     payload: Bytes::from_static(b"\0\0\0\x02\x65\x88").into(),
/// };
/// writer.write(&unit, &mut segment)?;
/// writer.finish_segment(&mut segment);
/// assert_eq!((segment.len(), writer.pid(TrackId(1))), (3 * PACKET_BYTES, Pid::new(0x100)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Writer {
    options: WriterOptions,
    offset: i64,
    delay: i64,
    pcr_interval: i64,
    table_interval: i64,
    audio_span: i64,
    streams: Vec<Stream>,
    /// Counters of PIDs that no track has any more.
    parked: Vec<Counter>,
    /// Which stream's PID tells the clock.
    clock: Option<usize>,
    pat: Counter,
    pmt: Counter,
    pat_section: Vec<u8>,
    pmt_section: Vec<u8>,
    version: u8,
    /// What comes next begins a segment.
    segment_starts: bool,
    /// The clock starts anew with what comes next, and the packet that tells it says so.
    discontinuity: bool,
    last_pcr: Option<Clock>,
    last_tables: Option<Clock>,
    /// The last that the clock is told to be.
    clock_ends: Option<Clock>,
}

impl Writer {
    /// A writer of a program of these tracks; what it writes first begins a segment.
    ///
    /// Fails for a track that cannot be carried, as VP9, or whose configuration cannot be read; the caller leaves it out.
    pub fn new(tracks: &[Arc<Track>], options: WriterOptions) -> Result<Self, WriteError> {
        let ticks = |span: Duration| i64::try_from(span.as_micros() * 27).unwrap_or(i64::MAX / 16);
        let at_least_a_milli = |span: Duration| ticks(span.max(Duration::from_millis(1)));
        let pat = Pat {
            transport_stream_id: options.transport_stream_id,
            version: 0,
            current: true,
            section: 0,
            last_section: 0,
            programs: vec![(options.program_number, options.pmt_pid)],
        };
        let mut writer = Self {
            offset: i64::try_from(options.time_offset.0).unwrap_or(i64::MAX),
            delay: ticks(options.decoder_delay),
            pcr_interval: at_least_a_milli(options.pcr_interval),
            table_interval: at_least_a_milli(options.table_interval),
            audio_span: ticks(options.audio_span),
            streams: Vec::new(),
            parked: Vec::new(),
            clock: None,
            pat: Counter::new(Pid::PAT),
            pmt: Counter::new(options.pmt_pid),
            pat_section: pat.to_bytes(),
            pmt_section: Vec::new(),
            version: 0,
            segment_starts: true,
            discontinuity: false,
            last_pcr: None,
            last_tables: None,
            clock_ends: None,
            options,
        };
        writer.announce(tracks)?;
        Ok(writer)
    }

    /// The PID of a track.
    pub fn pid(&self, track: TrackId) -> Option<Pid> {
        self.streams.iter().find(|stream| stream.track.id == track).map(|stream| stream.counter.pid)
    }

    /// Writes other tracks from here on. What waits is appended; the tables with a new version come before the next unit.
    /// A track that stays keeps its PID.
    ///
    /// On failure everything is as it was.
    pub fn set_tracks(&mut self, tracks: &[Arc<Track>], out: &mut Vec<u8>) -> Result<(), WriteError> {
        let mut changed = self.clone();
        let before = out.len();
        changed.flush(out);
        if let Err(error) = changed.announce(tracks) {
            out.truncate(before);
            return Err(error);
        }
        *self = changed;
        Ok(())
    }

    /// Appends the frames that wait, and begins a segment with what comes next.
    pub fn finish_segment(&mut self, out: &mut Vec<u8>) {
        self.flush(out);
        self.segment_starts = true;
        self.streams.iter_mut().for_each(|stream| stream.fresh = true);
    }

    /// Appends the frames that wait, and begins a timeline with what comes next: its times are not held against those
    /// before, and `discontinuity_indicator` announces the new clock. Of players of segments, as after
    /// [`finish_segment`](Self::finish_segment), a manifest has to tell it too.
    pub fn discontinuity(&mut self, out: &mut Vec<u8>) {
        self.flush(out);
        self.discontinuity = true;
        self.last_pcr = None;
        self.last_tables = None;
        self.streams.iter_mut().for_each(|stream| stream.last_dts = None);
    }

    /// Appends the frames that wait.
    pub fn flush(&mut self, out: &mut Vec<u8>) {
        while let Some((_, index)) = self.longest_waiting() {
            self.write_group(index, out);
        }
    }

    /// Appends a unit, or lets it wait.
    ///
    /// Fails for a unit of a track that is not written, of no bytes, or that cannot be carried; nothing is appended then,
    /// and the caller drops it.
    pub fn write(&mut self, unit: &AccessUnit, out: &mut Vec<u8>) -> Result<(), WriteError> {
        let index = self.streams.iter().position(|stream| stream.track.id == unit.track);
        let index = index.ok_or(WriteError::UnknownTrack { track: unit.track })?;
        let stream = &self.streams[index];
        stream.check(unit)?;
        let now = Clock::of(unit.dts, stream.track.timescale, self.offset);
        match &stream.form {
            Form::Pictures { syntax, sets } => {
                let sets = if unit.is_random_access() { sets.clone() } else { bytes::Bytes::new() };
                let stream = ByteStream::new(*syntax, &unit.payload, &sets)
                    .map_err(|error| WriteError::Nal { track: unit.track, error })?;
                self.write_due(now, out);
                self.write_picture(index, unit, now, stream, out);
            }
            Form::Sound { .. } => {
                self.write_due(now, out);
                self.write_frame(index, unit, now, out);
            }
            Form::Sections => {
                self.write_due(now, out);
                self.open(index, now, Carrier::Section, out);
                self.streams[index].counter.put_section(out, &unit.payload.to_bytes());
            }
            Form::Tags => {
                self.write_due(now, out);
                self.write_tag(index, unit, now, out);
            }
        }
        Ok(())
    }

    /// Makes streams of tracks, and the map of them.
    fn announce(&mut self, tracks: &[Arc<Track>]) -> Result<(), WriteError> {
        let too_many = WriteError::TooManyTracks { tracks: tracks.len() };
        let mut before = std::mem::take(&mut self.streams);
        let (mut videos, mut sounds) = (0, 0);
        let mut streams = Vec::with_capacity(tracks.len());
        for track in tracks {
            let old = before.iter().position(|stream| stream.track.id == track.id).map(|at| before.remove(at));
            let number = match track.kind() {
                MediaKind::Video => &mut videos,
                MediaKind::Audio | MediaKind::Metadata => &mut sounds,
            };
            let ordinal = *number;
            *number += 1;
            if videos > MOST_VIDEO || sounds > MOST_AUDIO {
                return Err(too_many);
            }
            let mut stream = Stream::new(track, Pid::NULL, ordinal as u8, &self.options)?;
            if let Some(old) = old {
                (stream.counter, stream.last_dts, stream.fresh) = (old.counter, old.last_dts, old.fresh);
            }
            streams.push(stream);
        }
        self.parked.extend(before.iter().map(|stream| stream.counter));
        self.parked.sort_by_key(|counter| std::cmp::Reverse(counter.pid));
        let new = |stream: &&mut Stream| stream.counter.pid == Pid::NULL;
        let mut known: Vec<Pid> = streams.iter().map(|stream| stream.counter.pid).collect();
        for stream in streams.iter_mut().filter(new) {
            stream.counter = match self.parked.pop() {
                Some(counter) => counter,
                None => Counter::new(self.free_pid(&known).ok_or_else(|| too_many.clone())?),
            };
            known.push(stream.counter.pid);
        }
        let first = |kind| streams.iter().position(|stream| stream.track.kind() == kind);
        self.clock = first(MediaKind::Video).or(first(MediaKind::Audio)).or(first(MediaKind::Metadata));
        self.streams = streams;
        let section = self.map(self.version).ok_or_else(|| too_many.clone())?;
        if section != self.pmt_section {
            if !self.pmt_section.is_empty() {
                self.version = (self.version + 1) & 0x1f;
            }
            self.pmt_section = self.map(self.version).ok_or_else(|| too_many.clone())?;
            self.last_tables = None;
        }
        Ok(())
    }

    /// The lowest PID for a track that is neither another's nor the map's.
    fn free_pid(&self, known: &[Pid]) -> Option<Pid> {
        (self.options.first_pid.value()..Pid::NULL.value())
            .map(Pid::of_bits)
            .find(|pid| pid.is_free() && *pid != self.options.pmt_pid && !known.contains(pid))
    }

    /// The section of the map; none when the tracks do not fit one.
    fn map(&self, version: u8) -> Option<Vec<u8>> {
        let has = |codec| self.streams.iter().any(|stream| stream.track.codec == codec);
        let mut descriptors = Vec::new();
        if has(Codec::Scte35) {
            descriptor::put_registration(&mut descriptors, descriptor::CUEI);
        }
        if has(Codec::Id3) {
            descriptor::put_id3_pointer(&mut descriptors, self.options.program_number);
        }
        let map = Pmt {
            program_number: self.options.program_number,
            version,
            current: true,
            pcr_pid: self.clock.map_or(Pid::NULL, |index| self.streams[index].counter.pid),
            descriptors,
            streams: self
                .streams
                .iter()
                .map(|stream| PmtStream {
                    stream_type: stream.announcement.stream_type,
                    pid: stream.counter.pid,
                    descriptors: stream.announcement.descriptors.clone(),
                })
                .collect(),
        };
        map.to_bytes()
    }

    fn write_picture(
        &mut self,
        index: usize,
        unit: &AccessUnit,
        now: Clock,
        stream: ByteStream<'_>,
        out: &mut Vec<u8>,
    ) {
        let (pts, dts) = self.streams[index].times(unit, self.offset);
        let carrier = Carrier::Pes { random_access: unit.is_random_access() };
        let field = self.open(index, now.min(dts.clock()), carrier, out);
        let Stream { stream_id, counter, fresh, .. } = &mut self.streams[index];
        *fresh = false;
        let header = pes::Header::new(*stream_id, pts.wrapped(), dts.wrapped(), stream.len());
        let bytes = header.bytes().len() + stream.len();
        let mut packets = PesPackets::begin(out, counter, field, bytes);
        packets.push(header.bytes());
        stream.push_to(&mut packets);
    }

    fn write_tag(&mut self, index: usize, unit: &AccessUnit, now: Clock, out: &mut Vec<u8>) {
        let (pts, _) = self.streams[index].times(unit, self.offset);
        let field = self.open(index, now, Carrier::Pes { random_access: false }, out);
        let Stream { stream_id, counter, .. } = &mut self.streams[index];
        let header = pes::Header::new(*stream_id, pts.wrapped(), pts.wrapped(), unit.payload.len());
        let bytes = header.bytes().len() + unit.payload.len();
        let mut packets = PesPackets::begin(out, counter, field, bytes);
        packets.push(header.bytes());
        unit.payload.slices().iter().for_each(|slice| packets.push(slice));
    }

    /// Lets a frame wait, unless it fills its group.
    fn write_frame(&mut self, index: usize, unit: &AccessUnit, now: Clock, out: &mut Vec<u8>) {
        let stream = &self.streams[index];
        let pts = unit.pts().0;
        let follows = |waiting: &Waiting, stream: &Stream| match &stream.form {
            Form::Sound { framing, group } => {
                pts.abs_diff(waiting.expected) <= stream.slack()
                    && !unit.flags.contains(UnitFlags::GAP_BEFORE)
                    && group.fits(*framing, unit.payload.len())
            }
            _ => false,
        };
        if stream.waiting.is_some_and(|waiting| !follows(&waiting, stream)) {
            self.write_group(index, out);
        }
        let (offset, audio_span, audio_frames) = (self.offset, self.audio_span, self.options.audio_frames);
        let stream = &mut self.streams[index];
        let scale = stream.track.timescale;
        let lasts = stream.duration(unit) as i64;
        let expected = pts.saturating_add(lasts);
        let waiting = match stream.waiting {
            Some(waiting) => Waiting { expected, ..waiting },
            None => Waiting { first: now, pts: stream.times(unit, offset).0, expected },
        };
        stream.waiting = Some(waiting);
        let Form::Sound { framing, group } = &mut stream.form else { return };
        group.push(*framing, &unit.payload);
        let span = Clock::of(Timestamp(expected.saturating_add(lasts)), scale, offset).0;
        if group.count() >= audio_frames || span.saturating_sub(waiting.pts.clock().0) > audio_span {
            self.write_group(index, out);
        }
    }

    /// The stream of which frames have waited longest, and since when.
    fn longest_waiting(&self) -> Option<(Clock, usize)> {
        let waiting = |(index, stream): (usize, &Stream)| stream.waiting.map(|waiting| (waiting.first, index));
        self.streams.iter().enumerate().filter_map(waiting).min()
    }

    /// Writes what has waited as long as it may.
    fn write_due(&mut self, now: Clock, out: &mut Vec<u8>) {
        while let Some((first, index)) = self.longest_waiting()
            && first.plus(self.audio_span) <= now
        {
            self.write_group(index, out);
        }
    }

    fn write_group(&mut self, index: usize, out: &mut Vec<u8>) {
        let Some(Waiting { first, pts, .. }) = self.streams[index].waiting.take() else { return };
        let carrier = Carrier::Pes { random_access: self.streams[index].fresh };
        let field = self.open(index, first.min(pts.clock()), carrier, out);
        let Stream { stream_id, counter, fresh, form: Form::Sound { group, .. }, .. } = &mut self.streams[index] else {
            return;
        };
        *fresh = false;
        let header = pes::Header::new(*stream_id, pts.wrapped(), pts.wrapped(), group.len());
        let bytes = header.bytes().len() + group.len();
        let mut packets = PesPackets::begin(out, counter, field, bytes);
        packets.push(header.bytes());
        group.drain_to(&mut packets);
    }

    /// Appends what is due before something of that stream at that time. The adaptation field for its first packet.
    fn open(&mut self, index: usize, at: Clock, carrier: Carrier, out: &mut Vec<u8>) -> Option<AdaptationField> {
        let at = self.clock_ends.map_or(at, |ends| ends.min(at));
        let starts = std::mem::take(&mut self.segment_starts);
        if starts {
            // The clock is told from where it was, behind the tables.
            let next = self.last_pcr.map_or(at, |last| last.plus(self.pcr_interval));
            self.put_tables(next.min(at), out);
        }
        self.advance(at, out);
        let told = match self.last_pcr {
            Some(last) if last >= at => starts.then(|| last.plus(1)),
            _ => Some(at),
        };
        let mut field = match carrier {
            Carrier::Pes { random_access } => {
                AdaptationField { random_access, priority: random_access, ..AdaptationField::default() }
            }
            Carrier::Section => AdaptationField::default(),
        };
        let anew = starts || self.last_pcr.is_none();
        if self.clock == Some(index) && carrier != Carrier::Section {
            if let Some(told) = told {
                self.last_pcr = Some(told);
                field.pcr = Some(self.pcr(told));
                field.discontinuity = std::mem::take(&mut self.discontinuity);
            }
        } else if let Some(told) = told.filter(|_| anew) {
            self.put_pcr(told, out);
        }
        (field != AdaptationField::default()).then_some(field)
    }

    /// Tells the clock and the tables at their intervals, up to what comes at `now`.
    fn advance(&mut self, now: Clock, out: &mut Vec<u8>) {
        let last = self.last_pcr.filter(|last| now.0.saturating_sub(last.0) <= LONGEST_FILLED);
        let mut clock = last.map_or(now, |last| last.plus(self.pcr_interval));
        while clock < now {
            self.put_tables_if_due(clock, out);
            self.put_pcr(clock, out);
            clock = clock.plus(self.pcr_interval);
        }
        self.put_tables_if_due(now, out);
    }

    /// Puts the tables when they could be late by the time at which the clock is told next.
    fn put_tables_if_due(&mut self, at: Clock, out: &mut Vec<u8>) {
        if self.last_tables.is_none_or(|last| last.plus(self.table_interval - self.pcr_interval) <= at) {
            self.put_tables(at, out);
        }
    }

    fn put_tables(&mut self, at: Clock, out: &mut Vec<u8>) {
        self.pat.put_section(out, &self.pat_section);
        self.pmt.put_section(out, &self.pmt_section);
        self.last_tables = Some(at);
    }

    /// Tells the clock in a packet of its own.
    fn put_pcr(&mut self, at: Clock, out: &mut Vec<u8>) {
        let Some(index) = self.clock else { return };
        let discontinuity = std::mem::take(&mut self.discontinuity);
        let field = AdaptationField { discontinuity, pcr: Some(self.pcr(at)), ..AdaptationField::default() };
        self.streams[index].counter.put_adaptation(out, field);
        self.last_pcr = Some(at);
    }

    fn pcr(&self, at: Clock) -> Pcr {
        Pcr::wrapping(at.0.saturating_sub(self.delay))
    }
}

/// What comes next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Carrier {
    /// A PES packet, whose first transport packet takes an adaptation field.
    Pes { random_access: bool },
    /// A section, whose packets take none.
    Section,
}
