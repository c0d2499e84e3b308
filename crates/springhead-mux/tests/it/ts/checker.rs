//! What every transport stream has to keep, by the letter of ISO/IEC 13818-1 and ETSI TR 101 290.

use std::collections::BTreeMap;

/// 2^33 ticks of 90 kHz.
const RANGE: i64 = 1 << 33;

/// A stream of one program, taken apart.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    /// PES packets by PID, in order.
    pub(crate) pes: BTreeMap<u16, Vec<Pes>>,
    /// Sections by PID, in order, whole.
    pub(crate) sections: BTreeMap<u16, Vec<Vec<u8>>>,
    /// In order: the number of the packet, the clock in ticks of 27 MHz without its wrap, whether it starts anew.
    pub(crate) clock: Vec<(usize, i64, bool)>,
    /// Which packets begin the association table.
    pub(crate) tables: Vec<usize>,
    counters: BTreeMap<u16, u8>,
    open: BTreeMap<u16, Vec<u8>>,
    packets: usize,
}

#[derive(Debug)]
pub(crate) struct Pes {
    pub(crate) stream_id: u8,
    /// Times without their wrap.
    pub(crate) pts: i64,
    pub(crate) dts: i64,
    pub(crate) random_access: bool,
    /// The clock in its first packet.
    pub(crate) clock: Option<i64>,
    pub(crate) payload: Vec<u8>,
    /// The number of its first packet.
    pub(crate) packet: usize,
    length: usize,
}

/// The value nearest to `near` that is `raw` without its wrap.
fn unwrapped(raw: i64, near: i64, range: i64) -> i64 {
    let step = (raw - near).rem_euclid(range);
    near + if step >= range / 2 { step - range } else { step }
}

fn crc(bytes: &[u8]) -> u32 {
    bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).rev().fold(crc, |crc, bit| {
            let feedback = (crc >> 31) ^ u32::from(byte >> bit & 1) == 1;
            (crc << 1) ^ if feedback { 0x04c1_1db7 } else { 0 }
        })
    })
}

impl Checked {
    /// Takes in one more segment. Those of one stream follow each other.
    pub(crate) fn segment(&mut self, bytes: &[u8], pcr_pid: u16) {
        let packets = bytes.chunks(188);
        for (n, packet) in packets.enumerate() {
            assert_eq!((packet.len(), packet[0]), (188, 0x47), "packet {n}");
            let pid = u16::from_be_bytes([packet[1] & 0x1f, packet[2]]);
            if n < 2 {
                assert_eq!(pid, [0, 0x1000][n], "a segment begins with the tables");
            }
            assert_eq!((packet[1] & 0xa0, packet[3] & 0xc0), (0, 0), "no error, no priority, in clear");
            self.packet(packet, pid, packet[1] & 0x40 != 0, pcr_pid);
            self.packets += 1;
        }
        for (pid, payload) in std::mem::take(&mut self.open) {
            self.close(pid, payload);
        }
    }

    fn packet(&mut self, packet: &[u8], pid: u16, unit_start: bool, pcr_pid: u16) {
        let (adaptation, has_payload) = (packet[3] & 0x20 != 0, packet[3] & 0x10 != 0);
        let (mut at, mut random_access, mut clock) = (4, false, None);
        if adaptation {
            let length = usize::from(packet[4]);
            assert!(if has_payload { length <= 182 } else { length == 183 }, "length {length}");
            at = 5 + length;
            if length > 0 {
                random_access = packet[5] & 0x40 != 0;
                assert_eq!(packet[5] & 0x20 != 0, random_access, "priority goes with random access");
                assert_eq!(packet[5] & 0x0f, 0, "no other field");
                let told = packet[5] & 0x10 != 0;
                assert!(packet[if told { 12 } else { 6 }..at].iter().all(|byte| *byte == 0xff), "stuffing");
                if told {
                    assert_eq!(pid, pcr_pid);
                    let bits = packet[6..12].iter().fold(0i64, |bits, byte| bits << 8 | i64::from(*byte));
                    assert_eq!(bits >> 9 & 0x3f, 0x3f, "reserved bits");
                    assert!(bits & 0x1ff < 300, "an extension");
                    clock = Some(self.clock((bits >> 15) * 300 + (bits & 0x1ff), packet[5] & 0x80 != 0));
                } else {
                    assert_eq!(packet[5] & 0x80, 0, "a discontinuity is one of the clock");
                }
            }
        }
        let last = self.counters.get(&pid).copied();
        let counter = packet[3] & 0x0f;
        if has_payload {
            assert!(
                last.is_none_or(|last| counter == (last + 1) & 0x0f),
                "PID {pid:#x} goes on from {last:?} to {counter}"
            );
            self.counters.insert(pid, counter);
            self.payload(pid, unit_start, &packet[at..], random_access, clock);
        } else {
            assert!(!unit_start && last.is_none_or(|last| counter == last), "a packet without payload repeats");
        }
    }

    fn clock(&mut self, raw: i64, anew: bool) -> i64 {
        let Some((_, last, _)) = self.clock.last().copied() else {
            self.clock.push((self.packets, raw, anew));
            return raw;
        };
        let now = unwrapped(raw, last, RANGE * 300);
        if !anew {
            assert!(now > last, "the clock goes on: {last} to {now}");
        }
        self.clock.push((self.packets, now, anew));
        now
    }

    fn payload(&mut self, pid: u16, unit_start: bool, payload: &[u8], random_access: bool, clock: Option<i64>) {
        if pid == 0 {
            self.tables.push(self.packets);
        }
        if !unit_start {
            self.open.get_mut(&pid).expect("begun before").extend_from_slice(payload);
            return;
        }
        if let Some(before) = self.open.insert(pid, payload.to_vec()) {
            self.close(pid, before);
        }
        if payload[..3] != [0, 0, 1] {
            return;
        }
        assert_eq!(payload[6], 0x84, "aligned, and nothing else");
        let optional = usize::from(payload[8]);
        let time = |at: usize, prefix: u8| {
            let bytes = &payload[at..at + 5];
            assert_eq!((bytes[0] >> 4, bytes[0] & bytes[2] & bytes[4] & 1), (prefix, 1), "markers");
            let high = i64::from(bytes[0] >> 1 & 7) << 30;
            high | i64::from(u16::from_be_bytes([bytes[1], bytes[2]]) >> 1) << 15
                | i64::from(u16::from_be_bytes([bytes[3], bytes[4]]) >> 1)
        };
        let (pts, dts) = match (payload[7], optional) {
            (0x80, 5) => (time(9, 2), time(9, 2)),
            (0xc0, 10) => (time(9, 3), time(14, 1)),
            other => panic!("{other:?}"),
        };
        let list = self.pes.entry(pid).or_default();
        let anew = self.clock.last().is_some_and(|(_, _, anew)| *anew);
        let dts = list.last().map_or(dts, |last| unwrapped(dts, last.dts, RANGE));
        let pts = unwrapped(pts, dts, RANGE);
        if let Some(last) = list.last().filter(|_| !anew) {
            assert!(dts > last.dts, "PID {pid:#x}: decode times rise");
            assert!(dts - last.dts <= 63_000, "a time at least every 700 ms, not {}", dts - last.dts);
        }
        assert!(pts >= dts, "PID {pid:#x}: presented before it is decoded");
        let length = usize::from(u16::from_be_bytes([payload[4], payload[5]]));
        let (stream_id, packet) = (payload[3], self.packets);
        list.push(Pes { stream_id, pts, dts, random_access, clock, payload: vec![], packet, length });
    }

    /// What was put together of that PID is whole.
    fn close(&mut self, pid: u16, bytes: Vec<u8>) {
        if bytes[..3] == [0, 0, 1] {
            let pes = self.pes.get_mut(&pid).and_then(|list| list.last_mut()).expect("begun");
            let exact = pes.length == bytes.len() - 6;
            assert!(exact || pes.length == 0 && pes.stream_id & 0xf0 == 0xe0, "{} of {}", pes.length, bytes.len());
            pes.payload = bytes[9 + usize::from(bytes[8])..].to_vec();
            return;
        }
        assert_eq!(bytes[0], 0, "pointer_field");
        let length = 4 + usize::from(u16::from_be_bytes([bytes[2] & 0x0f, bytes[3]]));
        assert!(bytes[length..].iter().all(|byte| *byte == 0xff), "stuffing behind a section");
        let section = bytes[1..length].to_vec();
        if section[0] != 0xfc {
            assert_eq!(crc(&section), 0, "the check of a section of PID {pid:#x}");
        }
        self.sections.entry(pid).or_default().push(section);
    }

    /// No two clock references are farther apart than `clock_ms`, nor two association tables than `tables_ms` by the clock
    /// reference that follows each.
    pub(crate) fn intervals(&self, clock_ms: i64, tables_ms: i64) {
        for pair in self.clock.windows(2) {
            let ((_, before, _), (packet, after, anew)) = (pair[0], pair[1]);
            assert!(anew || after - before <= clock_ms * 27_000, "packet {packet}: {} of 27 MHz", after - before);
        }
        let follows = |packet: &usize| {
            let next = self.clock.partition_point(|(at, _, _)| at < packet);
            self.clock.get(next).map(|(_, clock, _)| *clock)
        };
        let tables: Vec<_> = self.tables.iter().map_while(follows).collect();
        for pair in tables.windows(2) {
            assert!(pair[1] - pair[0] <= tables_ms * 27_000, "{pair:?}: {} ms", (pair[1] - pair[0]) / 27_000);
        }
        let (last, end) = (tables.last().expect("tables"), self.clock.last().expect("a clock").1);
        assert!(end - last <= tables_ms * 27_000, "none before the end");
    }

    /// No PES packet of that track is due before the clock, with that delay added, has come to it.
    pub(crate) fn in_time(&self, pid: u16, delay: i64) {
        for pes in self.pes.get(&pid).into_iter().flatten() {
            let next = self.clock.partition_point(|(at, _, _)| *at <= pes.packet);
            let Some((_, clock, _)) = next.checked_sub(1).map(|n| self.clock[n]) else { continue };
            let dts = unwrapped(pes.dts * 300, clock, RANGE * 300);
            assert!(clock + delay <= dts, "packet {}: {clock} + {delay} is after {dts}", pes.packet);
        }
    }
}
