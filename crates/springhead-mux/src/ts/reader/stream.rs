//! One elementary stream of the program that is read: its packets into units.

use bytes::Bytes;
use springhead_core::{Codec, Limits, MediaKind};

use super::super::packet::Packet;
use super::super::pes::{MAX_HEADER_BYTES, PesHeader, UNCOUNTED_BYTES};
use super::super::psi::{Assembler, TABLE_SPLICE};
use super::super::stream_type::Content;
use super::super::{Pid, crc32};
use super::frames::{Frame, Said, Splitter};
use super::program::StreamInfo;
use super::{Extent, ReaderStats, Unit};

/// `stream_id` of padding, which is no payload.
const PADDING_STREAM: u8 = 0xbe;

/// One stream.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    pub(super) info: StreamInfo,
    form: Form,
    /// The counter of the packet before.
    counter: Option<u8>,
    /// Something is missing before what comes next.
    loss: bool,
    /// The clock or the counter started anew.
    discontinuity: bool,
    /// The most bytes of the payload of a PES packet.
    limit: usize,
}

#[derive(Clone, Debug)]
enum Form {
    Sections(Assembler),
    Pes(Box<Pes>),
}

/// PES packets being put together.
#[derive(Clone, Debug)]
struct Pes {
    open: Option<Open>,
    splitter: Splitter,
    /// The payload of the transport packet before, when it ended a PES packet.
    tail: Vec<u8>,
    /// Bytes of the last random access point and of the last other one: what the next will need.
    sizes: [usize; 2],
}

/// A PES packet of which some bytes are here.
#[derive(Clone, Debug)]
struct Open {
    bytes: Vec<u8>,
    /// How many it has, if it says so.
    total: Option<usize>,
    /// Bytes of the transport packet that came last.
    last: usize,
    random_access: bool,
}

impl Stream {
    pub(super) fn new(info: StreamInfo, limits: &Limits) -> Self {
        let form = match info.content {
            Content::Of(Codec::Scte35) => Form::Sections(Assembler::default()),
            content => Form::Pes(Box::new(Pes {
                open: None,
                splitter: Splitter::new(content),
                tail: Vec::new(),
                sizes: [0; 2],
            })),
        };
        let limit = match info.content.codec().map(Codec::kind) {
            // Several frames are in one packet, whose length is at most 65 535 unless it is none.
            Some(MediaKind::Audio | MediaKind::Metadata) => limits.audio_unit_bytes.max(usize::from(u16::MAX)),
            _ => limits.unit_bytes,
        };
        Self { info, form, counter: None, loss: false, discontinuity: false, limit }
    }

    /// Takes the next packet of its PID.
    pub(super) fn push(&mut self, packet: &Packet, bytes: &[u8], stats: &mut ReaderStats, give: &mut impl FnMut(Unit)) {
        let field = packet.adaptation.unwrap_or_default();
        if field.discontinuity && packet.unit_start {
            // What was begun belongs before it.
            self.finish(stats, give);
        }
        self.discontinuity |= field.discontinuity;
        let Some(payload) = packet.payload.clone().map(|range| &bytes[range]) else {
            if field.discontinuity {
                self.counter = None;
            }
            return;
        };
        match self.counter.replace(packet.continuity) {
            Some(last) if last == packet.continuity && !field.discontinuity && self.repeats(payload) => {
                stats.duplicates += 1;
                return;
            }
            Some(last) if packet.continuity != (last + 1) & 0x0f => {
                if !field.discontinuity {
                    stats.continuity_errors += 1;
                    self.lose(stats);
                } else if !packet.unit_start {
                    self.lose(stats);
                }
            }
            _ => {}
        }
        if packet.scrambling != 0 {
            stats.scrambled_packets += 1;
            self.lose(stats);
            return;
        }
        match &mut self.form {
            Form::Sections(sections) => {
                let (loss, discontinuity) = (&mut self.loss, &mut self.discontinuity);
                let pid = self.info.pid;
                let whole = sections.push(payload, packet.unit_start, |section| {
                    if section.first() != Some(&TABLE_SPLICE) {
                        return;
                    }
                    if crc32(section) != 0 {
                        stats.crc_errors += 1;
                        *loss = true;
                        return;
                    }
                    give(Unit {
                        pid,
                        content: Content::Of(Codec::Scte35),
                        extent: Extent::Unit,
                        payload: Bytes::copy_from_slice(section),
                        config: None,
                        pts: None,
                        dts: None,
                        random_access: true,
                        discontinuity: std::mem::take(discontinuity),
                        loss_before: std::mem::take(loss),
                    });
                });
                stats.malformed_sections += u64::from(!whole);
                self.loss |= !whole;
            }
            Form::Pes(_) => self.push_pes(payload, packet.unit_start, field.random_access, stats, give),
        }
    }

    fn push_pes(
        &mut self,
        payload: &[u8],
        unit_start: bool,
        random_access: bool,
        stats: &mut ReaderStats,
        give: &mut impl FnMut(Unit),
    ) {
        if unit_start {
            self.end(stats, give);
        }
        let Form::Pes(pes) = &mut self.form else { return };
        if unit_start {
            let hint = pes.sizes[usize::from(random_access)].max(payload.len());
            pes.open = Some(Open { bytes: Vec::with_capacity(hint), total: None, last: 0, random_access });
        }
        let Some(open) = &mut pes.open else { return };
        let had = open.bytes.len();
        open.bytes.extend_from_slice(payload);
        open.last = payload.len();
        if had < UNCOUNTED_BYTES {
            open.total = match open.bytes.get(4..UNCOUNTED_BYTES) {
                Some(&[0, 0]) | None => None,
                Some(length) => Some(UNCOUNTED_BYTES + usize::from(u16::from_be_bytes([length[0], length[1]]))),
            };
            // Room for all of it at once, where that is known.
            open.bytes.reserve(open.total.unwrap_or(0).saturating_sub(open.bytes.len()));
        }
        if open.bytes.len() > self.limit.saturating_add(MAX_HEADER_BYTES) {
            stats.oversized_units += 1;
            pes.open = None;
            self.lost();
        } else if open.total.is_some_and(|total| open.bytes.len() >= total) {
            self.end(stats, give);
        }
    }

    /// Whether a payload is that of the packet before: then it was sent twice. Otherwise fifteen packets are missing.
    fn repeats(&self, payload: &[u8]) -> bool {
        match &self.form {
            Form::Sections(_) => true,
            Form::Pes(pes) => match &pes.open {
                Some(open) => open.bytes.ends_with(payload),
                None => pes.tail == payload,
            },
        }
    }

    /// Drops what is being put together, because packets are missing.
    fn lose(&mut self, stats: &mut ReaderStats) {
        let begun = match &mut self.form {
            Form::Sections(sections) => sections.reset(),
            Form::Pes(pes) => pes.open.take().is_some() | pes.splitter.reset(),
        };
        stats.damaged_units += u64::from(begun);
        self.loss = true;
    }

    /// Drops what waits for more of it, because that was dropped.
    fn lost(&mut self) {
        self.loss = true;
        if let Form::Pes(pes) = &mut self.form {
            pes.splitter.reset();
        }
    }

    /// Ends the PES packet that is open: it is whole, or the next begins.
    fn end(&mut self, stats: &mut ReaderStats, give: &mut impl FnMut(Unit)) {
        let Form::Pes(pes) = &mut self.form else { return };
        let Some(Open { mut bytes, total, last, random_access }) = pes.open.take() else { return };
        pes.tail.clear();
        pes.tail.extend_from_slice(&bytes[bytes.len() - last..]);
        if total.is_some_and(|total| bytes.len() < total) {
            stats.damaged_units += 1;
            self.lost();
            return;
        }
        let header = match PesHeader::parse(&bytes) {
            Ok(header) if header.scrambling == 0 => header,
            Ok(_) => {
                stats.scrambled_packets += 1;
                self.lost();
                return;
            }
            Err(_) => {
                stats.malformed_units += 1;
                self.lost();
                return;
            }
        };
        bytes.truncate(total.unwrap_or(bytes.len()));
        pes.sizes[usize::from(random_access)] = bytes.len();
        let bytes = Bytes::from(bytes);
        let payload = bytes.slice(header.header_bytes.min(bytes.len())..);
        if payload.is_empty() || header.stream_id == PADDING_STREAM {
            return;
        }
        if payload.len() > self.limit {
            stats.oversized_units += 1;
            self.lost();
            return;
        }
        let (pts, aligned) = (header.pts, header.data_alignment);
        let said = Said { pts, dts: header.dts.or(pts), random_access, aligned };
        let mut made = Made { info: &self.info, loss: &mut self.loss, discontinuity: &mut self.discontinuity };
        let extent = pes.splitter.extent();
        let sound = pes.splitter.split(payload, said, |frame| {
            // One that was put together of several payloads may be longer than any of them.
            if frame.payload.len() > self.limit {
                stats.oversized_units += 1;
                *made.loss = true;
                return;
            }
            give(made.unit(frame, extent));
        });
        if !sound {
            stats.malformed_units += 1;
            self.loss |= !pes.splitter.says_what_is_missing();
        }
        if pes.splitter.held_bytes() > self.limit {
            stats.oversized_units += 1;
            self.lost();
        }
    }

    /// Ends the stream: what is whole is given.
    pub(super) fn finish(&mut self, stats: &mut ReaderStats, give: &mut impl FnMut(Unit)) {
        self.end(stats, give);
        let Form::Pes(pes) = &mut self.form else { return };
        let mut made = Made { info: &self.info, loss: &mut self.loss, discontinuity: &mut self.discontinuity };
        let extent = pes.splitter.extent();
        pes.splitter.finish(|frame| give(made.unit(frame, extent)));
    }

    pub(super) fn pid(&self) -> Pid {
        self.info.pid
    }
}

/// What the units of a stream are made with.
struct Made<'a> {
    info: &'a StreamInfo,
    loss: &'a mut bool,
    discontinuity: &'a mut bool,
}

impl Made<'_> {
    fn unit(&mut self, frame: Frame, extent: Extent) -> Unit {
        let Frame { payload, config, pts, dts, random_access, loss_before } = frame;
        Unit {
            pid: self.info.pid,
            content: self.info.content,
            extent,
            payload,
            config,
            pts,
            dts,
            random_access,
            discontinuity: std::mem::take(self.discontinuity),
            loss_before: std::mem::take(self.loss) | loss_before,
        }
    }
}
