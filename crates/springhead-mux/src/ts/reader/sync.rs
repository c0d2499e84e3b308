//! Where packets begin in a stream of bytes: ISO/IEC 13818-1 §2.4.3.3 leaves it to the reader to find the sync byte again.

use super::super::packet::{PACKET_BYTES, SYNC_BYTE};

/// Distances between packets: alone, with four bytes of time before each (as in files of discs and cameras), and with
/// sixteen of a Reed-Solomon code behind each (ETSI EN 300 429 §4.4.2).
const STRIDES: [usize; 3] = [PACKET_BYTES, 192, 204];

/// How many sync bytes in a row make it certain that packets begin there.
const CONFIRMATIONS: usize = 5;

/// The bytes that such a row is in.
const ROW_BYTES: usize = (CONFIRMATIONS - 1) * 204 + 1;

/// How many bytes are put together with what was left over: enough to decide about the first of them.
const TOP_UP: usize = 2 * ROW_BYTES;

/// What was found between packets, as [`ReaderStats`](super::ReaderStats) tells it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Found {
    pub(super) garbage_bytes: u64,
    pub(super) sync_errors: u64,
    pub(super) resynchronisations: u64,
}

/// Cuts a stream of bytes into packets.
#[derive(Clone, Debug, Default)]
pub(super) struct Sync {
    /// The distance of the packets, once it is known.
    stride: Option<usize>,
    /// Bytes to pass over before the next packet.
    skip: usize,
    pub(super) found: Found,
    /// What was left over of the bytes before. Shorter than [`TOP_UP`].
    rest: Vec<u8>,
}

impl Sync {
    pub(super) fn push(&mut self, mut bytes: &[u8], mut give: impl FnMut(&[u8; PACKET_BYTES])) {
        while !self.rest.is_empty() && !bytes.is_empty() {
            let old = self.rest.len();
            let (more, _) = bytes.split_at(bytes.len().min(TOP_UP.saturating_sub(old)));
            let mut joined = std::mem::take(&mut self.rest);
            joined.extend_from_slice(more);
            let used = self.scan(&joined, false, &mut give);
            if used >= old {
                // All that was left over is behind; the rest can be read where it is.
                bytes = &bytes[used - old..];
            } else {
                bytes = &bytes[more.len()..];
                joined.drain(..used);
                self.rest = joined;
            }
        }
        let used = self.scan(bytes, false, &mut give);
        self.rest.extend_from_slice(&bytes[used..]);
    }

    /// Takes what is left over as it is: nothing more comes.
    pub(super) fn finish(&mut self, mut give: impl FnMut(&[u8; PACKET_BYTES])) {
        let rest = std::mem::take(&mut self.rest);
        let used = self.scan(&rest, true, &mut give);
        self.found.garbage_bytes += (rest.len() - used) as u64;
        *self = Self { found: self.found, ..Self::default() };
    }

    /// Gives the packets in `bytes` of which it can be decided. How many bytes are done with.
    fn scan(&mut self, bytes: &[u8], end: bool, give: &mut impl FnMut(&[u8; PACKET_BYTES])) -> usize {
        let mut at = 0;
        loop {
            let skipped = self.skip.min(bytes.len() - at);
            self.skip -= skipped;
            at += skipped;
            let rest = &bytes[at..];
            if rest.is_empty() || self.skip > 0 {
                return at;
            }
            let Some(stride) = self.stride else {
                let (garbage, stride) = search(rest, end);
                self.found.garbage_bytes += garbage as u64;
                at += garbage;
                self.stride = stride;
                if stride.is_none() {
                    return at;
                }
                continue;
            };
            if rest[0] != SYNC_BYTE {
                // One byte may be damaged; when the next packet is where it should be, only this one is lost.
                match rest.get(stride) {
                    None if !end => return at,
                    Some(&SYNC_BYTE) => {
                        self.found.sync_errors += 1;
                        self.skip = stride;
                    }
                    _ => {
                        self.found.resynchronisations += 1;
                        self.stride = None;
                    }
                }
                continue;
            }
            let Some(packet) = rest.first_chunk() else { return at };
            give(packet);
            at += PACKET_BYTES;
            self.skip = stride - PACKET_BYTES;
        }
    }
}

/// How many bytes come before the first packet that is certain, or that can still become it, and the distance of packets
/// if it is certain.
fn search(bytes: &[u8], end: bool) -> (usize, Option<usize>) {
    let mut at = 0;
    while let Some(ahead) = bytes[at..].iter().position(|&byte| byte == SYNC_BYTE) {
        at += ahead;
        let rest = &bytes[at..];
        if rest.len() < ROW_BYTES && !end {
            return (at, None);
        }
        let row = |stride: usize| rest.iter().step_by(stride).take(CONFIRMATIONS).all(|&byte| byte == SYNC_BYTE);
        let found = STRIDES.into_iter().find(|&stride| row(stride)).filter(|_| rest.len() >= PACKET_BYTES);
        if found.is_some() {
            return (at, found);
        }
        at += 1;
    }
    (bytes.len(), None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Packets that know their number, and hold what looks like a sync byte.
    fn packet(n: usize) -> [u8; PACKET_BYTES] {
        let mut packet = [n as u8; PACKET_BYTES];
        packet[0] = SYNC_BYTE;
        packet[100] = SYNC_BYTE;
        packet
    }

    fn stream(count: usize, before: usize, after: usize) -> Vec<u8> {
        (0..count).flat_map(|n| [vec![0x11; before], packet(n).to_vec(), vec![0x22; after]].concat()).collect()
    }

    fn read(bytes: &[u8], piece: usize) -> (Vec<[u8; PACKET_BYTES]>, Found) {
        let (mut sync, mut packets) = (Sync::default(), Vec::new());
        for piece in bytes.chunks(piece) {
            sync.push(piece, |packet| packets.push(*packet));
            assert!(sync.rest.len() < TOP_UP);
        }
        sync.finish(|packet| packets.push(*packet));
        (packets, sync.found)
    }

    #[test]
    fn noise_holds_no_packets_and_is_counted() {
        let noise: Vec<u8> = (0..100_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let (packets, stats) = read(&noise, 777);
        assert_eq!((packets.len(), stats.garbage_bytes), (0, 100_000));
    }

    #[test]
    fn packets_are_found_at_any_distance_behind_garbage() {
        for (before, after) in [(0, 0), (4, 0), (0, 16)] {
            let bytes = [vec![SYNC_BYTE; 3], vec![0; 250], stream(9, before, after)].concat();
            let (packets, stats) = read(&bytes, 1000);
            assert_eq!(packets, (0..9).map(packet).collect::<Vec<_>>());
            assert_eq!(stats.garbage_bytes, 253 + before as u64);
        }
    }

    #[test]
    fn a_damaged_sync_byte_costs_its_packet_and_lost_bytes_no_more_than_what_they_cut() {
        let mut bytes = stream(12, 0, 0);
        bytes[7 * 188] = 0x46;
        let (packets, stats) = read(&bytes, 500);
        assert_eq!(packets.len(), 11);
        assert_eq!((stats.sync_errors, stats.resynchronisations, stats.garbage_bytes), (1, 0, 0));
        let bytes = [&stream(6, 0, 0)[..5 * 188 + 50], &stream(6, 0, 0)].concat();
        let (packets, stats) = read(&bytes, 500);
        // The one that was cut takes bytes of the next: nothing tells that it is not whole.
        assert_eq!((packets.len(), stats.resynchronisations), (6 + 5, 1));
    }

    #[test]
    fn a_stream_of_few_packets_is_read_at_its_end() {
        for count in 1..5 {
            assert_eq!(read(&stream(count, 0, 0), 100).0.len(), count);
        }
    }

    proptest! {
        #[test]
        fn however_the_bytes_arrive_the_packets_are_the_same(
            parts in prop::collection::vec((0usize..9, 0usize..300, prop::sample::select(vec![(0usize, 0usize), (4, 0), (0, 16)])), 1..6),
            faults in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
            piece in 1usize..1500,
        ) {
            let mut bytes: Vec<u8> = parts
                .into_iter()
                .flat_map(|(count, garbage, (before, after))| [stream(count, before, after), vec![SYNC_BYTE; garbage / 60], vec![9; garbage]].concat())
                .collect();
            for (at, value) in faults {
                if !bytes.is_empty() {
                    let at = at.index(bytes.len());
                    bytes[at] = value;
                }
            }
            prop_assert_eq!(read(&bytes, piece), read(&bytes, usize::MAX));
        }
    }
}
