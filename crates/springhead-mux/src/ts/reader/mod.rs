//! A transport stream into units.

mod frames;
mod program;
mod stats;
mod stream;
mod sync;

use std::collections::VecDeque;

use bytes::Bytes;
use springhead_core::Limits;

use super::packet::PACKET_BYTES;
use super::psi::{Assembler, Pat, Pmt};
use super::stream_type::Content;
use super::{Packet, Pcr, Pid, SyntaxError};
pub use program::{Program, StreamInfo};
pub use stats::ReaderStats;
use stream::Stream;
use sync::{Found, Sync};

/// What a reader is told.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ReaderOptions {
    /// The program to read, by its number. Without one, the first that the association table lists.
    pub program: Option<u16>,
    /// What input is held to: [`Limits::unit_bytes`] of a unit, [`Limits::audio_unit_bytes`] (or 64 KiB, if that is more)
    /// of a PES packet of sound or messages, [`Limits::tracks`] streams.
    pub limits: Limits,
}

/// What a reader tells.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Event {
    /// The association table is new or has changed: the numbers of all programs, in its order.
    Programs(Vec<u16>),
    /// The map of the program that is read is new or has changed. Streams that are as they were go on.
    Program(Program),
    /// The program's clock.
    Clock {
        /// What it shows.
        pcr: Pcr,
        /// It starts anew: times before and after have nothing to do with each other.
        discontinuity: bool,
    },
    /// A unit.
    Unit(Unit),
}

/// How much of an elementary stream a payload is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Extent {
    /// One unit: a picture as a byte stream, a frame of sound without its ADTS header or its control header, of Enhanced AC-3
    /// with the frames of its other substreams, a section, a tag. A picture is an access unit, by the boundaries of its codec;
    /// of H.264 both fields of a frame are one where the second has no time of its own.
    Unit,
    /// All that one PES packet holds: AAC in LATM, or a codec whose carriage no specification describes.
    Payload,
}

/// A unit of one stream.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Unit {
    /// The PID of the stream.
    pub pid: Pid,
    /// What the stream carries.
    pub content: Content,
    /// How much the payload is.
    pub extent: Extent,
    /// The bytes.
    pub payload: Bytes,
    /// The decoder configuration, in the form that [`Codec`](springhead_core::Codec) says, where the frame's own header
    /// gives it: of AAC, AC-3 and Enhanced AC-3.
    pub config: Option<Bytes>,
    /// `PTS` in ticks of 90 kHz, 33 bits: that of the PES packet in which the unit is the first to begin (§2.4.3.7). That of
    /// other frames of sound is reckoned by how long those before them last; of other pictures there is none, as how long they
    /// wait to be shown is not known. None of a section, whose place is behind the clock that was told before it, and where
    /// none is stated.
    pub pts: Option<u64>,
    /// `DTS` likewise; `PTS` where none is stated. That of a picture without a time is reckoned, by the distance of the last
    /// two that were stated, none more than 0.7 s apart (§2.7.4): where `pts` is none, it is a guess that the next stated time
    /// may put right. Until there is such a distance, and behind a loss, there is none.
    pub dts: Option<u64>,
    /// `random_access_indicator`: of a PES packet with sound, of each of its frames; with pictures, of the first that begins
    /// in it, or else of the one that goes on in it.
    pub random_access: bool,
    /// `discontinuity_indicator` was set since the unit before.
    pub discontinuity: bool,
    /// Something of the stream is missing between the unit before and this one.
    pub loss_before: bool,
}

/// Reads one program of a transport stream (ISO/IEC 13818-1 §2.4) that comes in pieces of any size.
///
/// Feed it with [`handle_bytes`](Self::handle_bytes) and drain [`poll_event`](Self::poll_event) after each; at the end call
/// [`finish`](Self::finish) and drain once more. Packets of 188, 192 and 204 bytes are told apart by themselves.
///
/// What holds: the order of events is that of the stream, and does not depend on how it is cut; a unit of which a packet is
/// missing, damaged or scrambled is dropped, and the next of its stream says so; whatever is found to be wrong is counted in
/// [`stats`](Self::stats) and ends nothing; memory is bounded by the limits, at most one open unit and one open PES packet for
/// each stream beside what is not drained, and 2 MiB of an access unit of Enhanced AC-3 whose substreams are in several PES
/// packets. Times are as they are on the wire, 33 bits and 27 MHz.
///
/// Pictures of H.264, H.265 and H.266 may lie in PES packets as they like: several in one, or one in several, cut between NAL
/// units or anywhere. Where each packet begins with an access unit, the last in it is given when the packet is complete, and its
/// payload is not copied. That is so once two packets in a row did, or when the first has `data_alignment_indicator` and more
/// than a slice. Otherwise, and from the first packet on that goes on with the picture before, a picture is given when the next
/// begins. A source that begins to cut finer tears one picture by that: the next says that something is missing.
///
/// A PES packet without a stated length is complete when the next begins, as nothing tells earlier that it is whole. Likewise
/// an access unit of Enhanced AC-3, unless its PES packet ends when it has as many frames as the one before.
///
/// ```
/// use springhead_mux::ts::{Event, Pid, Reader, ReaderOptions, psi::Pat};
///
/// let programs = vec![(7, Pid::new(0x1000).unwrap())];
/// let pat = Pat { transport_stream_id: 1, version: 0, current: true, section: 0, last_section: 0, programs };
/// let mut packet = vec![0x47, 0x40, 0x00, 0x10, 0];
/// packet.extend(pat.to_bytes());
/// packet.resize(188, 0xff);
///
/// let mut reader = Reader::new(ReaderOptions::default());
/// reader.handle_bytes(&packet);
/// reader.finish();
/// assert_eq!(reader.poll_event(), Some(Event::Programs(vec![7])));
/// assert_eq!(reader.poll_event(), None);
/// ```
#[derive(Clone, Debug)]
pub struct Reader {
    sync: Sync,
    demux: Demux,
}

/// All behind the finding of packets.
#[derive(Clone, Debug)]
struct Demux {
    options: ReaderOptions,
    stats: ReaderStats,
    events: VecDeque<Event>,
    pat: Tables,
    association: program::Association,
    programs: Vec<(u16, Pid)>,
    /// The number and the map's PID of the program that is read.
    chosen: Option<(u16, Pid)>,
    pmt: Tables,
    /// The map that is in force.
    map: Option<Pmt>,
    pcr_pid: Option<Pid>,
    streams: Vec<Stream>,
}

/// The sections of one PID.
#[derive(Clone, Debug, Default)]
struct Tables {
    assembler: Assembler,
    counter: Option<u8>,
}

impl Reader {
    /// A reader at the start of a stream.
    pub fn new(options: ReaderOptions) -> Self {
        Self {
            sync: Sync::default(),
            demux: Demux {
                options,
                stats: ReaderStats::default(),
                events: VecDeque::new(),
                pat: Tables::default(),
                association: program::Association::default(),
                programs: Vec::new(),
                chosen: None,
                pmt: Tables::default(),
                map: None,
                pcr_pid: None,
                streams: Vec::new(),
            },
        }
    }

    /// The next bytes of the stream.
    pub fn handle_bytes(&mut self, bytes: &[u8]) {
        let Self { sync, demux } = self;
        sync.push(bytes, |packet| demux.packet(packet));
    }

    /// Says that nothing more comes: what is open is given if it is whole as far as can be told. The reader is then as at the
    /// start of a stream of the same programs.
    pub fn finish(&mut self) {
        let Self { sync, demux } = self;
        sync.finish(|packet| demux.packet(packet));
        demux.finish();
    }

    /// What comes next of what was found.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.demux.events.pop_front()
    }

    /// What was found to be wrong so far.
    pub fn stats(&self) -> ReaderStats {
        let Found { garbage_bytes, sync_errors, resynchronisations } = self.sync.found;
        ReaderStats { garbage_bytes, sync_errors, resynchronisations, ..self.demux.stats }
    }
}

impl Demux {
    fn packet(&mut self, bytes: &[u8; PACKET_BYTES]) {
        let Self { stats, .. } = self;
        stats.packets += 1;
        if bytes[1] & 0x80 != 0 {
            stats.transport_errors += 1;
            return;
        }
        let Ok(packet) = Packet::parse(bytes) else {
            stats.malformed_packets += 1;
            return;
        };
        if packet.pid == Pid::NULL {
            stats.null_packets += 1;
            return;
        }
        if let Some(field) = packet.adaptation.filter(|_| self.pcr_pid == Some(packet.pid))
            && let Some(pcr) = field.pcr
        {
            self.events.push_back(Event::Clock { pcr, discontinuity: field.discontinuity });
        }
        if packet.pid == Pid::PAT {
            for section in self.pat.push(&packet, bytes, stats) {
                self.association_section(&section);
            }
        } else if self.chosen.is_some_and(|(_, pid)| pid == packet.pid) {
            for section in self.pmt.push(&packet, bytes, stats) {
                self.map_section(&section);
            }
        } else if let Some(stream) = self.streams.iter_mut().find(|stream| stream.pid() == packet.pid) {
            let events = &mut self.events;
            stream.push(&packet, bytes, stats, &mut |unit| events.push_back(Event::Unit(unit)));
        } else {
            stats.other_packets += u64::from(self.pcr_pid != Some(packet.pid));
        }
    }

    /// Counts what is wrong with a section. Those of other tables share PIDs and are none of these.
    fn refused<T>(&mut self, parsed: Result<T, SyntaxError>) -> Option<T> {
        match parsed {
            Ok(table) => return Some(table),
            Err(SyntaxError::Value { field: "table_id", .. }) => {}
            Err(SyntaxError::Crc { .. }) => self.stats.crc_errors += 1,
            Err(_) => self.stats.malformed_sections += 1,
        }
        None
    }

    fn association_section(&mut self, section: &[u8]) {
        let Some(pat) = self.refused(Pat::parse(section)) else { return };
        let Some((programs, left_out)) = self.association.push(pat) else { return };
        if programs == self.programs {
            return;
        }
        self.stats.left_out += left_out;
        self.programs = programs;
        self.events.push_back(Event::Programs(self.programs.iter().map(|(number, _)| *number).collect()));
        let wanted = |(number, _): &&(u16, Pid)| match (self.options.program, self.chosen) {
            (Some(asked), _) => *number == asked,
            (None, Some((read, _))) => *number == read,
            (None, None) => true,
        };
        let found = self.programs.iter().find(wanted).copied();
        let found = found.or_else(|| self.programs.first().filter(|_| self.options.program.is_none()).copied());
        // A table without the program that was asked for may be wrong or a mixture: what is read goes on.
        if let Some(found) = found
            && self.chosen != Some(found)
        {
            self.chosen = Some(found);
            self.pmt = Tables::default();
        }
    }

    fn map_section(&mut self, section: &[u8]) {
        let Some(map) = self.refused(Pmt::parse(section)) else { return };
        let chosen = self.chosen.is_some_and(|(number, _)| number == map.program_number);
        if !chosen || !map.current || self.map.as_ref() == Some(&map) {
            return;
        }
        self.map = Some(map.clone());
        let (program, left_out) = Program::of(map, self.options.limits.tracks);
        self.stats.left_out += left_out;
        self.pcr_pid = Some(program.pcr_pid);
        let mut before = std::mem::take(&mut self.streams);
        for info in program.streams.iter().filter(|info| info.content != Content::Unknown) {
            let known = before.iter().position(|stream| stream.info == *info);
            self.streams.push(match known {
                Some(at) => before.remove(at),
                None => Stream::new(info.clone(), &self.options.limits),
            });
        }
        let events = &mut self.events;
        for stream in &mut before {
            stream.finish(&mut self.stats, &mut |unit| events.push_back(Event::Unit(unit)));
        }
        self.events.push_back(Event::Program(program));
    }

    fn finish(&mut self) {
        let events = &mut self.events;
        for stream in &mut self.streams {
            stream.finish(&mut self.stats, &mut |unit| events.push_back(Event::Unit(unit)));
            *stream = Stream::new(stream.info.clone(), &self.options.limits);
        }
        self.pat = Tables::default();
        self.pmt = Tables::default();
    }
}

impl Tables {
    /// The sections that are complete with this packet.
    fn push(&mut self, packet: &Packet, bytes: &[u8], stats: &mut ReaderStats) -> Vec<Vec<u8>> {
        let mut sections = Vec::new();
        let Some(payload) = packet.payload.clone().map(|range| &bytes[range]) else { return sections };
        if packet.scrambling != 0 {
            stats.scrambled_packets += 1;
            return sections;
        }
        match self.counter.replace(packet.continuity) {
            Some(last) if last == packet.continuity => {
                stats.duplicates += 1;
                return sections;
            }
            Some(last) if packet.continuity != (last + 1) & 0x0f => {
                let announced = packet.adaptation.is_some_and(|field| field.discontinuity);
                stats.continuity_errors += u64::from(!announced);
                stats.malformed_sections += u64::from(self.assembler.reset());
            }
            _ => {}
        }
        let whole = self.assembler.push(payload, packet.unit_start, |section| sections.push(section.to_vec()));
        stats.malformed_sections += u64::from(!whole);
        sections
    }
}
