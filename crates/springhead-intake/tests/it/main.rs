//! What comes out of an intake when the network in front of it is not perfect.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use springhead_codec::{aac, nal::Framing};
use springhead_core::{Limits, MonoTime, TickDelta, TrackId};
use springhead_intake::{Checksum, Intake, IntakeStats, Output, RawUnit, Repair, SourceClock};

const MILLI: u64 = 1_000_000;

/// Sound of 44.1 kHz.
fn intake(limits: Limits) -> Intake {
    let track = aac::track(TrackId(2), &Bytes::from_static(&[0x12, 0x10])).unwrap();
    Intake::new(Arc::new(track), SourceClock::RTMP, limits)
}

/// The `n`th unit of sound. Its payload says its number.
fn unit(n: u64, sequence: u64, arrival: MonoTime) -> RawUnit {
    RawUnit {
        dts: n * 1_024_000 / 44_100,
        composition_offset: TickDelta(0),
        sequence: Some(sequence),
        framing: Framing::LengthPrefixed(4),
        payload: Bytes::copy_from_slice(&[b"\x21", &n.to_be_bytes()[..]].concat()),
        checksum: None,
        arrival,
    }
}

/// What came out: the number of a unit and when it did, in milliseconds; and the repairs.
#[derive(Default)]
struct Came {
    units: Vec<(u64, u64)>,
    repairs: Vec<Repair>,
}

impl Came {
    fn drain(&mut self, intake: &mut Intake, now: MonoTime) {
        while let Some(output) = intake.poll_output() {
            match output {
                Output::Unit(unit) => {
                    let number = unit.payload.to_bytes()[1..].try_into().map(u64::from_be_bytes).unwrap();
                    self.units.push((number, now.0 / MILLI));
                }
                Output::Repair(repair) => self.repairs.push(repair),
                other => panic!("{other:?}"),
            }
        }
    }

    fn names(&self) -> Vec<&'static str> {
        self.repairs.iter().map(Repair::name).collect()
    }

    fn numbers(&self) -> Vec<u64> {
        self.units.iter().map(|(number, _)| *number).collect()
    }
}

/// Plays units by when they arrive, and the deadlines between them when they are due.
fn play(intake: &mut Intake, mut units: Vec<RawUnit>) -> Came {
    units.sort_by_key(|unit| unit.arrival);
    let mut came = Came::default();
    for unit in units {
        while let Some(deadline) = intake.poll_timeout().filter(|deadline| *deadline <= unit.arrival) {
            intake.handle_timeout(deadline);
            came.drain(intake, deadline);
        }
        let now = unit.arrival;
        intake.handle_unit(unit);
        came.drain(intake, now);
    }
    while let Some(deadline) = intake.poll_timeout() {
        intake.handle_timeout(deadline);
        came.drain(intake, deadline);
    }
    came
}

fn at(n: u64) -> MonoTime {
    MonoTime(n * 20 * MILLI)
}

#[test]
fn a_unit_longer_than_its_kind_may_be_is_refused() {
    let mut intake = intake(Limits { audio_unit_bytes: 9, ..Limits::default() });
    let long = |n| RawUnit { payload: Bytes::from_static(&[0x21; 10]), ..unit(n, n, at(n)) };
    let came = play(&mut intake, vec![unit(0, 0, at(0)), long(1), unit(1, 1, at(2)), long(2)]);
    assert_eq!((came.numbers(), came.names()), (vec![0, 1], vec!["oversized", "oversized"]));
    assert!(matches!(came.repairs[0], Repair::Oversized { bytes: 10, limit: 9, at } if at.unit == 1));
    assert_eq!((intake.stats().oversized, intake.stats().dropped()), (2, 2));
}

#[test]
fn a_unit_damaged_on_the_way_is_refused_and_a_sound_copy_takes_its_place() {
    let mut intake = intake(Limits::default());
    let summed = |n| {
        let unit = unit(n, n, at(n));
        RawUnit { checksum: Some(Checksum::Crc32(0).of_same_kind(&unit.payload)), ..unit }
    };
    let damaged = RawUnit { payload: Bytes::from_static(b"\x21damaged"), ..summed(1) };
    let again = RawUnit { arrival: at(3), ..summed(1) };
    let came = play(&mut intake, vec![summed(0), damaged, summed(2), again]);
    assert_eq!((came.numbers(), came.names()), (vec![0, 1, 2], vec!["checksum", "reordered"]));
    let Repair::Checksum { at, stated, computed } = &came.repairs[0] else { panic!("{:?}", came.repairs[0]) };
    assert_eq!((at.unit, *stated == *computed), (1, false));
    assert_eq!((intake.stats().checksum, intake.stats().dropped(), intake.stats().lost), (1, 1, 0));
}

#[test]
fn one_unit_of_two_hundred_is_lost_and_all_others_come_within_the_deadline() {
    let limits = Limits::default();
    let mut intake = intake(limits);
    let came = play(&mut intake, (0..200).filter(|n| *n != 10).map(|n| unit(n, n, at(n))).collect());
    assert_eq!(came.numbers(), (0..200).filter(|n| *n != 10).collect::<Vec<_>>());
    assert!(matches!(came.repairs[..], [Repair::Lost { count: 1, at }] if at.unit == 10), "{:?}", came.repairs);
    let latest = came.units.iter().map(|(n, came)| came - n * 20).max();
    assert_eq!(
        latest,
        Some(limits.reorder_wait.as_millis() as u64),
        "it is given up at the deadline, to the millisecond"
    );
    assert_eq!(intake.stats().longest_wait_nanos, 200 * MILLI);
}

#[test]
fn a_late_copy_of_what_was_given_out_is_a_duplicate() {
    let mut intake = intake(Limits::default());
    let again = unit(3, 3, MonoTime(at(50).0 + 1));
    let came = play(&mut intake, (0..100).map(|n| unit(n, n, at(n))).chain([again]).collect());
    assert_eq!((came.units.len(), came.names()), (100, vec!["duplicate"]));
    assert_eq!((intake.stats().duplicate, intake.stats().late), (1, 0));
}

#[test]
fn numbers_begin_where_they_like_and_wrap() {
    for first in [1000, u64::MAX - 7] {
        let mut intake = intake(Limits::default());
        let came = play(&mut intake, (0..20).map(|n| unit(n, first.wrapping_add(n), at(n))).collect());
        assert_eq!((came.numbers(), came.names()), ((0..20).collect(), Vec::new()), "from {first}");
    }
}

/// A sequence of numbers below `2^31`, the same every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

#[test]
fn with_a_tenth_lost_and_the_rest_in_disorder_everything_else_comes_in_order_and_in_time() {
    for seed in 0..20 {
        let mut dice = Dice(seed);
        let limits = Limits::default();
        let mut intake = intake(limits);
        let mut sent = Vec::new();
        for n in 0..2000 {
            // The first is there, since what comes before the first is late.
            if n == 0 || dice.roll(10) > 0 {
                let delay = if n == 0 { 0 } else { dice.roll(90) };
                sent.push(unit(n, n.wrapping_sub(1000), MonoTime(at(n).0 + delay * MILLI)));
            }
        }
        let numbers: Vec<u64> = sent.iter().map(|unit| unit.dts).collect();
        let arrivals: Vec<u64> = sent.iter().map(|unit| unit.arrival.0 / MILLI).collect();
        let last = sent.last().and_then(|unit| unit.sequence).unwrap().wrapping_add(1000);
        let count = sent.len() as u64;
        let came = play(&mut intake, sent);
        assert_eq!(came.units.iter().map(|(n, _)| n * 1_024_000 / 44_100).collect::<Vec<_>>(), numbers);
        let waited = came.units.iter().zip(&arrivals).map(|((_, came), arrived)| came - arrived).max();
        assert!(waited <= Some(limits.reorder_wait.as_millis() as u64), "{waited:?}");
        let stats = intake.stats();
        assert_eq!((stats.received, stats.emitted, stats.lost), (count, count, last + 1 - count));
        assert_eq!((stats.dropped(), stats.waiting_units), (0, 0));
        let lost: u64 = came.repairs.iter().map(|r| if let Repair::Lost { count, .. } = r { *count } else { 0 }).sum();
        assert_eq!(lost, stats.lost, "each hole is told once");
    }
}

#[test]
fn what_waits_is_told_with_its_bytes_its_peak_and_how_long() {
    let mut intake = intake(Limits::default());
    for n in [0, 2, 4] {
        intake.handle_unit(unit(n, n, at(n)));
    }
    let now = MonoTime(at(4).0 + 5 * MILLI);
    let snapshot = intake.snapshot(now);
    assert_eq!((snapshot.at, snapshot.track, snapshot.oldest_wait), (now, TrackId(2), Duration::from_millis(45)));
    assert_eq!((snapshot.stats.waiting_units, snapshot.stats.waiting_bytes), (2, 18));
    assert_eq!(snapshot.stats.mean_wait(), Some(Duration::ZERO), "the first did not wait");
    intake.handle_unit(unit(1, 1, at(5)));
    intake.handle_unit(unit(3, 3, at(6)));
    let snapshot = intake.snapshot(at(6));
    let IntakeStats { waiting_units, waiting_bytes, peak_units, peak_bytes, waited_nanos, .. } = snapshot.stats;
    assert_eq!((waiting_units, waiting_bytes, peak_units, peak_bytes), (0, 0, 2, 18));
    // Unit 2 waited from 40 to 100 ms, and unit 4 from 80 to 120.
    assert_eq!((waited_nanos, snapshot.stats.longest_wait_nanos), (100 * MILLI, 60 * MILLI));
    assert_eq!((snapshot.stats.mean_wait(), snapshot.oldest_wait), (Some(Duration::from_millis(20)), Duration::ZERO));
}

#[test]
fn a_window_of_few_bytes_gives_up_before_its_deadline() {
    let mut intake = intake(Limits { reorder_bytes: 18, ..Limits::default() });
    for n in [0, 2, 3, 4] {
        intake.handle_unit(unit(n, n, at(0)));
    }
    let mut came = Came::default();
    came.drain(&mut intake, at(0));
    assert_eq!((came.numbers(), came.names(), intake.poll_timeout()), (vec![0, 2, 3, 4], vec!["lost"], None));
}
