//! Bytes into packets: ISO/IEC 13818-1 §2.4.3.2 to §2.4.3.5.

use super::super::packet::{AdaptationField, HEADER_BYTES, PACKET_BYTES, Pid, SYNC_BYTE};
use super::super::pes::WRITTEN_HEADER_BYTES;

/// Bytes that a packet has beside its header.
const BODY_BYTES: usize = PACKET_BYTES - HEADER_BYTES;

/// What stuffing is made of, as much as a packet can take.
const STUFFING: [u8; PACKET_BYTES] = [0xff; PACKET_BYTES];

/// The packets of one PID, counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Counter {
    pub(super) pid: Pid,
    /// The `continuity_counter` of the next packet with a payload.
    pub(super) next: u8,
    /// Over how many packets more than it needs the next PES packet is spread.
    pub(super) more: u8,
}

impl Counter {
    pub(super) fn new(pid: Pid) -> Self {
        Self { pid, next: 0, more: 0 }
    }

    /// How many packets with a payload are missing until the counter is where it began.
    pub(super) fn missing(self) -> u8 {
        self.next.wrapping_neg() & 0x0f
    }

    /// The header of a packet with a payload.
    fn header(&mut self, unit_start: bool, adaptation: bool) -> [u8; HEADER_BYTES] {
        let [high, low] = self.pid.value().to_be_bytes();
        let control = if adaptation { 0x30 } else { 0x10 } | self.next;
        self.next = (self.next + 1) & 0x0f;
        [SYNC_BYTE, u8::from(unit_start) << 6 | high, low, control]
    }

    /// The `continuity_counter` of a packet without a payload, which repeats the one before.
    fn last(self) -> u8 {
        self.next.wrapping_sub(1) & 0x0f
    }

    /// Appends the packets of a section, with `pointer_field` before it and stuffing after it.
    pub(super) fn put_section(&mut self, out: &mut Vec<u8>, section: &[u8]) {
        let (first, rest) = section.split_at(section.len().min(BODY_BYTES - 1));
        out.extend_from_slice(&self.header(true, false));
        out.push(0);
        out.extend_from_slice(first);
        out.extend_from_slice(&STUFFING[..BODY_BYTES - 1 - first.len()]);
        for piece in rest.chunks(BODY_BYTES) {
            out.extend_from_slice(&self.header(false, false));
            out.extend_from_slice(piece);
            out.extend_from_slice(&STUFFING[..BODY_BYTES - piece.len()]);
        }
    }

    /// Appends a packet that is nothing but an adaptation field.
    pub(super) fn put_adaptation(&self, out: &mut Vec<u8>, field: AdaptationField) {
        let [high, low] = self.pid.value().to_be_bytes();
        out.extend_from_slice(&[SYNC_BYTE, high, low, 0x20 | self.last()]);
        put_field(out, Some(field), BODY_BYTES);
    }
}

/// Bytes that an adaptation field needs, its length included.
fn needed(field: &AdaptationField) -> usize {
    2 + if field.pcr.is_some() { 6 } else { 0 }
}

/// Appends an adaptation field of `bytes` bytes, its length included, which is at least what it needs. Of one byte it is a
/// length of 0 alone, of two a length of 1 and flags.
fn put_field(out: &mut Vec<u8>, field: Option<AdaptationField>, bytes: usize) {
    let field = field.unwrap_or_default();
    out.push((bytes - 1) as u8);
    if bytes > 1 {
        out.push(field.flags());
        if let Some(pcr) = field.pcr {
            out.extend_from_slice(&pcr.to_bytes());
        }
        out.extend_from_slice(&STUFFING[..bytes - needed(&field)]);
    }
}

/// One PES packet on its way into transport packets. Its bytes are handed over in pieces, each of which is copied once.
pub(super) struct PesPackets<'a> {
    out: &'a mut Vec<u8>,
    counter: &'a mut Counter,
    /// Bytes of the PES packet that have not come yet.
    left: usize,
    /// Bytes that the packet that was begun still takes.
    room: usize,
    /// How many packets are still to have one byte only.
    thin: usize,
}

/// How many bytes of a PES packet the first transport packet takes, if it has an adaptation field of at least `least` bytes, and
/// `thin` behind it have one byte each.
fn first_of(bytes: usize, least: usize, thin: usize) -> usize {
    (BODY_BYTES - least).min(bytes - thin)
}

/// How many packets it takes then.
fn packets_of(bytes: usize, least: usize, thin: usize) -> usize {
    1 + thin + (bytes - first_of(bytes, least, thin) - thin).div_ceil(BODY_BYTES)
}

/// How many packets have to have one byte only for `more` packets in all; none where it has too few bytes for that.
fn thin_for(bytes: usize, least: usize, more: u8) -> usize {
    let wanted = packets_of(bytes, least, 0) + usize::from(more);
    // The header of the PES packet stays in one piece.
    let most = bytes.saturating_sub(WRITTEN_HEADER_BYTES).min(2 * usize::from(more) + 2);
    (0..=most).find(|thin| packets_of(bytes, least, *thin) == wanted).unwrap_or(0)
}

impl<'a> PesPackets<'a> {
    /// Begins a PES packet of `bytes` bytes, at least one, whose first transport packet has that adaptation field. Exactly as many are to
    /// be pushed.
    pub(super) fn begin(
        out: &'a mut Vec<u8>,
        counter: &'a mut Counter,
        field: Option<AdaptationField>,
        bytes: usize,
    ) -> Self {
        // The first packet holds less by its adaptation field, and the last may be part of one.
        let least = field.as_ref().map_or(0, needed);
        let thin = match std::mem::take(&mut counter.more) {
            0 => 0,
            more => thin_for(bytes, least, more),
        };
        out.reserve((bytes / BODY_BYTES + 2 + thin) * PACKET_BYTES);
        let mut packets = Self { out, counter, left: bytes, room: 0, thin };
        let first = first_of(bytes, least, thin);
        packets.open(true, field, BODY_BYTES - first);
        packets
    }

    /// Begins the next transport packet; when what is left does not fill it, its adaptation field is longer by what is missing.
    fn next(&mut self) {
        let bytes = if self.thin > 0 {
            self.thin -= 1;
            BODY_BYTES - 1
        } else {
            BODY_BYTES.saturating_sub(self.left)
        };
        self.open(false, None, bytes);
    }

    /// Begins a transport packet with an adaptation field of so many bytes.
    fn open(&mut self, unit_start: bool, field: Option<AdaptationField>, bytes: usize) {
        self.out.extend_from_slice(&self.counter.header(unit_start, bytes > 0));
        if bytes > 0 {
            put_field(self.out, field, bytes);
        }
        self.room = BODY_BYTES - bytes;
    }

    /// The next bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let (head, rest) = bytes.split_at(bytes.len().min(self.room));
        self.out.extend_from_slice(head);
        self.room -= head.len();
        self.left -= head.len();
        let mut rest = rest;
        while let (Some((byte, behind)), true) = (rest.split_first(), self.thin > 0) {
            self.next();
            self.out.push(*byte);
            self.room -= 1;
            self.left -= 1;
            rest = behind;
        }
        let (whole, tail) = rest.as_chunks::<BODY_BYTES>();
        for body in whole {
            self.out.extend_from_slice(&self.counter.header(false, false));
            self.out.extend_from_slice(body);
        }
        self.left -= whole.len() * BODY_BYTES;
        if !tail.is_empty() {
            self.next();
            self.out.extend_from_slice(tail);
            self.room -= tail.len();
            self.left -= tail.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::packet::{Packet, Pcr};
    use super::*;
    use proptest::prelude::*;

    fn packets(bytes: &[u8]) -> Vec<(Packet, &[u8])> {
        let (packets, rest) = bytes.as_chunks::<PACKET_BYTES>();
        assert!(rest.is_empty());
        packets
            .iter()
            .map(|bytes| {
                let packet = Packet::parse(bytes).unwrap();
                let payload = packet.payload.clone().map_or(&[][..], |range| &bytes[range]);
                (packet, payload)
            })
            .collect()
    }

    #[test]
    fn a_packet_of_an_adaptation_field_alone_repeats_the_counter() {
        let mut counter = Counter::new(Pid::new(0x100).unwrap());
        let mut out = Vec::new();
        PesPackets::begin(&mut out, &mut counter, None, 10).push(&[7; 10]);
        let field = AdaptationField { pcr: Some(Pcr::wrapping(12_345)), ..AdaptationField::default() };
        counter.put_adaptation(&mut out, field);
        PesPackets::begin(&mut out, &mut counter, None, 10).push(&[7; 10]);
        let packets = packets(&out);
        assert_eq!(packets.iter().map(|(packet, _)| packet.continuity).collect::<Vec<_>>(), [0, 0, 1]);
        assert_eq!((packets[1].0.adaptation, packets[1].1), (Some(field), &[][..]));
    }

    #[test]
    fn the_last_packet_is_filled_by_an_adaptation_field_of_any_length() {
        // Of a body of 184 bytes: full; one byte free, a length of 0; two, a length of 1 and flags; and nearly all.
        for (bytes, length) in [(184, None), (183, Some(0)), (182, Some(1)), (181, Some(2)), (1, Some(182))] {
            let mut out = Vec::new();
            let mut counter = Counter::new(Pid::new(0x100).unwrap());
            PesPackets::begin(&mut out, &mut counter, None, bytes).push(&vec![7; bytes]);
            assert_eq!(out.len(), PACKET_BYTES);
            assert_eq!((out[3] & 0x20 != 0).then(|| out[4]), length, "{bytes}");
            assert_eq!(packets(&out)[0].1, vec![7; bytes]);
        }
    }

    proptest! {
        #[test]
        fn a_pes_packet_is_spread_over_as_many_packets_more_as_are_asked_for(
            bytes in 40usize..5000,
            pcr: bool,
            more in 0u8..16,
        ) {
            let field = pcr.then(|| AdaptationField { pcr: Some(Pcr::wrapping(300)), ..AdaptationField::default() });
            let written = |more| {
                let mut counter = Counter { more, ..Counter::new(Pid::of_bits(0x100)) };
                let mut out = Vec::new();
                let payload: Vec<u8> = (0..bytes).map(|at| at as u8).collect();
                PesPackets::begin(&mut out, &mut counter, field, bytes).push(&payload);
                let packets = packets(&out);
                assert_eq!(packets.iter().map(|(_, payload)| *payload).collect::<Vec<_>>().concat(), payload);
                packets.len()
            };
            prop_assert_eq!(written(more), written(0) + usize::from(more));
        }

        #[test]
        fn what_is_pushed_in_pieces_is_what_the_packets_hold(
            pieces in prop::collection::vec(1usize..600, 1..8),
            pcr: bool,
            flags: bool,
        ) {
            let bytes: Vec<u8> = (0..pieces.iter().sum::<usize>()).map(|at| at as u8).collect();
            let field = (pcr || flags).then(|| AdaptationField {
                random_access: flags,
                pcr: pcr.then(|| Pcr::wrapping(300)),
                ..AdaptationField::default()
            });
            let (mut out, mut counter) = (Vec::new(), Counter { next: 14, ..Counter::new(Pid::of_bits(0x1ffe)) });
            let mut sink = PesPackets::begin(&mut out, &mut counter, field, bytes.len());
            let mut at = 0;
            for piece in pieces {
                sink.push(&bytes[at..at + piece]);
                at += piece;
            }
            let packets = packets(&out);
            prop_assert_eq!(packets.iter().map(|(_, payload)| *payload).collect::<Vec<_>>().concat(), bytes);
            for (n, (packet, _)) in packets.iter().enumerate() {
                prop_assert_eq!(packet.unit_start, n == 0);
                prop_assert_eq!(usize::from(packet.continuity), (14 + n) % 16);
                prop_assert_eq!(packet.adaptation.and_then(|field| field.pcr).is_some(), pcr && n == 0);
            }
        }
    }
}
