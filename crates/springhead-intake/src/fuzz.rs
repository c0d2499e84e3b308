//! Bodies of the fuzz targets.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use springhead_codec::avc::{self, DecoderConfig};
use springhead_codec::{aac, nal::Framing};
use springhead_core::{
    AccessUnit, LagPolicy, Limits, MediaKind, MonoTime, TickDelta, Ticks, Timescale, Timestamp, Track, TrackId,
    UnitFlags,
};

use crate::queue::{Delivery, Queue, QueueCapacity};
use crate::{Checksum, Intake, Output, RawUnit, SourceClock};

/// Any sequence of units: nothing panics, what comes out keeps its promises, and everything that went in is accounted for.
pub fn intake(data: &[u8]) {
    let Some((&kind, data)) = data.split_first() else { return };
    let track = if kind & 1 == 0 { video() } else { audio() };
    let framing = if kind & 2 == 0 { Framing::LengthPrefixed(4) } else { Framing::AnnexB };
    let sequenced = kind & 4 != 0;
    let mut intake = Intake::new(Arc::new(track), SourceClock::RTMP, Limits::default());
    let mut arrival = 0u64;
    let mut last: Option<Timestamp> = None;
    let mut checked = |intake: &mut Intake| {
        while let Some(output) = intake.poll_output() {
            match output {
                Output::Timeline => last = None,
                Output::Unit(unit) => {
                    assert!(last.is_none_or(|last| unit.dts > last), "decode times rise strictly");
                    assert!(last.is_some() || unit.is_random_access(), "a timeline begins at a random access point");
                    assert!(!unit.payload.is_empty(), "a unit holds something");
                    last = Some(unit.dts);
                }
                Output::Track(_) | Output::Repair(_) => {}
            }
        }
    };
    for record in data.chunks(12) {
        let byte = |at: usize| record.get(at).copied().unwrap_or(0);
        let dts = u32::from_le_bytes([byte(0), byte(1), byte(2), byte(3)]);
        let payload = match byte(4) & 7 {
            0 => Bytes::from_static(b"\0\0\0\x03\x65\x88\x84"),
            1 => Bytes::from_static(b"\0\0\0\x01\x41\x9a\x02"),
            2 => Bytes::from_static(b"\0\0\0\x03\x41\x9a\x02"),
            3 => Bytes::from_static(b"\0\0\0\x03\x41\x46\x80"),
            _ => Bytes::copy_from_slice(record.get(4..).unwrap_or_default()),
        };
        let checksum = match byte(9) & 7 {
            0 => Some(Checksum::Crc32(crc32fast::hash(&payload))),
            1 => Some(Checksum::Crc32(dts)),
            _ => None,
        };
        arrival += u64::from(byte(5)) * 1_000_000;
        intake.handle_unit(RawUnit {
            dts: dts.into(),
            composition_offset: TickDelta(i64::from(i16::from_le_bytes([byte(6), byte(7)]))),
            sequence: sequenced.then(|| byte(8).into()),
            framing,
            payload,
            checksum,
            arrival: MonoTime(arrival),
        });
        checked(&mut intake);
    }
    intake.flush();
    checked(&mut intake);
    let stats = intake.snapshot(MonoTime(arrival)).stats;
    assert_eq!((stats.waiting_units, stats.waiting_bytes), (0, 0), "nothing waits behind the end");
    assert!(
        stats.peak_units <= Limits::default().reorder_units as u64 && stats.longest_wait_nanos <= stats.waited_nanos
    );
    assert_eq!(
        stats.emitted + stats.dropped() + stats.empty + stats.slices,
        stats.received,
        "every unit is accounted for"
    );
}

/// Any units, pushed and popped by turns: what comes out is in order and decodes, what waits is within bounds, and everything
/// that went in is accounted for.
pub fn queue(data: &[u8]) {
    let [units, bytes, policy, data @ ..] = data else { return };
    let capacity = QueueCapacity { units: usize::from(*units % 16), bytes: usize::from(*bytes) * 8 };
    let policies = [LagPolicy::archive(), LagPolicy::live(), LagPolicy::lowest_latency()];
    let mut queue = Queue::new(capacity, policies[usize::from(policy % 3)]);
    let mut consumer = Consumer::default();
    let mut now = MonoTime(0);
    for record in data.chunks(3) {
        let byte = |at: usize| record.get(at).copied().unwrap_or(0);
        now = now + Duration::from_millis(u64::from(byte(2) >> 4) * 10);
        if byte(0) & 3 == 3 {
            if let Some(next) = queue.pop(now) {
                consumer.take(&next);
            }
        } else {
            let flags = [UnitFlags::empty(), UnitFlags::DISPOSABLE, UnitFlags::empty(), UnitFlags::RANDOM_ACCESS];
            let (track, kind, flags) = match byte(0) & 3 {
                0 => (3, MediaKind::Audio, UnitFlags::RANDOM_ACCESS),
                track => (track, MediaKind::Video, flags[usize::from(byte(0) >> 2 & 3)]),
            };
            let unit = AccessUnit {
                track: TrackId(track.into()),
                dts: Timestamp(consumer.pushed.len() as i64),
                composition_offset: TickDelta(0),
                duration: Ticks(0),
                flags,
                arrival: now,
                payload: Bytes::from(vec![0; usize::from(byte(1)).max(1)]).into(),
            };
            consumer.pushed.push((unit.track, kind, flags));
            let long = unit.payload.len() > capacity.bytes;
            let given_up = queue.push(unit, kind, now);
            assert!(given_up.sound == 0 || long || !queue.holds_pictures(), "sound before picture");
        }
        let stats = queue.stats();
        let (units, bytes) = (stats.waiting_units as usize, stats.waiting_bytes as usize);
        assert!(units <= 1 || (units <= capacity.units && bytes <= capacity.bytes), "{units} units of {bytes} bytes");
        assert!(stats.peak_units >= stats.waiting_units && stats.peak_bytes >= stats.waiting_bytes);
        assert_eq!(stats.pushed, stats.popped + stats.given_up.total() + stats.waiting_units);
    }
    queue.close();
    while let Some(next) = queue.pop(now) {
        consumer.take(&next);
    }
    let stats = queue.stats();
    assert_eq!((stats.pushed, stats.waiting_units, stats.waiting_bytes), (consumer.pushed.len() as u64, 0, 0));
    assert_eq!((stats.popped, stats.resumed), (consumer.came, consumer.resumed));
    assert!(consumer.skipped <= stats.given_up.total(), "what was given up is told once");
}

/// A decoder that is stricter than any: it wants all pictures since the last random access point that are not disposable.
#[derive(Default)]
struct Consumer {
    /// Every unit that was pushed; its place here is its stamp.
    pushed: Vec<(TrackId, MediaKind, UnitFlags)>,
    /// Which picture that others refer to came last, by track.
    last: BTreeMap<TrackId, usize>,
    /// Which picture came last, by track.
    last_of_any: BTreeMap<TrackId, usize>,
    /// Where to look for what comes next.
    next: usize,
    came: u64,
    resumed: u64,
    skipped: u64,
}

impl Consumer {
    fn take(&mut self, next: &Delivery) {
        let at = next.unit.dts.0 as usize;
        assert!(at >= self.next, "units come in the order in which they went in");
        self.next = at + 1;
        self.came += 1;
        self.resumed += u64::from(next.resumed);
        self.skipped += next.skipped;
        if self.pushed[at].1 == MediaKind::Audio {
            assert!(!next.resumed, "sound is whole by itself");
            return;
        }
        let track = next.unit.track;
        let refers = |(of, _, flags): &(TrackId, MediaKind, UnitFlags)| {
            *of == track && (!flags.contains(UnitFlags::DISPOSABLE) || flags.contains(UnitFlags::RANDOM_ACCESS))
        };
        let last = self.last.get(&track).map_or(0, |last| last + 1);
        let mut missing = self.pushed[last..at].iter().filter(|unit| refers(unit));
        let begun = self.last.contains_key(&track);
        let missed = missing.any(|(_, _, flags)| begun || flags.contains(UnitFlags::RANDOM_ACCESS));
        let since = self.last_of_any.insert(track, at).map_or(0, |last| last + 1);
        let any = self.pushed[since..at].iter().any(|(of, ..)| *of == track);
        assert!(next.resumed || !missed, "what is missing is told");
        assert!(!next.resumed || any, "nothing is missing");
        assert!(next.unit.is_random_access() || (begun && !missed), "what it refers to did not come");
        if refers(&self.pushed[at]) {
            self.last.insert(track, at);
        }
    }
}

fn video() -> Track {
    let sps = Bytes::from_static(b"\x67\x42\xc0\x0d\xda\x05\x07\xec\x04\x40\0\0\x03\0\x40\0\0\x0c\x83\xc5\x0a\xa8");
    let config = DecoderConfig::from_parameter_sets([sps], [Bytes::from_static(b"\x68\xce\x0f\xc8")]);
    let track = config.and_then(|config| avc::track(TrackId(1), Timescale::MPEG, &config));
    track.expect("parameter sets of a real encoder")
}

fn audio() -> Track {
    aac::track(TrackId(2), &Bytes::from_static(&[0x12, 0x10])).expect("a plain configuration")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes_are_units_of_some_kind(data in prop::collection::vec(any::<u8>(), 0..600)) {
            super::intake(&data);
        }

        #[test]
        fn any_bytes_are_the_life_of_a_queue(data in prop::collection::vec(any::<u8>(), 0..900)) {
            super::queue(&data);
        }

        #[test]
        fn stamps_that_stay_close_are_units_of_some_kind(
            kind: u8,
            records in prop::collection::vec((0u32..8000, 0u8..4, 0u8..60, -300i16..300, 0u8..30), 0..80),
        ) {
            let mut data = vec![kind];
            for (dts, payload, wait, offset, sequence) in records {
                data.extend(dts.to_le_bytes());
                data.extend([payload, wait]);
                data.extend(offset.to_le_bytes());
                data.extend([sequence, 0, 0, 0]);
            }
            super::intake(&data);
        }
    }
}
