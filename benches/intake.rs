//! What does it cost to take a unit in, and to let it wait for a slow sender?
//!
//! | rows | question | rival in the same run |
//! |---|---|---|
//! | `units` | one unit through an intake when all come in order: sound, and small pictures of H.264 | – |
//! | `units` | the same where a tenth is lost, and the rest comes in disorder | – |
//! | `queue` | one push and one pop where nothing has to be given up | a `VecDeque`, which has no bounds |
//! | `queue` | one push where something always has to be given up | – |
#![allow(clippy::print_stdout, reason = "a table is what it is for")]

use std::collections::VecDeque;
use std::hint::black_box;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use springhead_benches::turns::{self, Contender};
use springhead_benches::{Pictures, encoded};
use springhead_codec::{aac, nal::Framing};
use springhead_core::{LagPolicy, Limits, MediaKind, MonoTime, TickDelta, Track, TrackId};
use springhead_intake::queue::{Queue, QueueCapacity};
use springhead_intake::{Intake, Output, RawUnit, SourceClock};

const MILLI: u64 = 1_000_000;
const GOP: u64 = 60;
/// How many units are made before the clock is started, so that making them is not measured.
const BATCH: u64 = 128;

fn sound() -> Track {
    aac::track(TrackId(2), &Bytes::from_static(&[0x12, 0x10])).expect("a plain configuration")
}

/// The unit of a number, stamped by RTMP's clock.
type Make = fn(u64) -> RawUnit;

fn unit_of(n: u64, millis: u64, payload: Bytes) -> RawUnit {
    RawUnit {
        dts: millis & 0xffff_ffff,
        composition_offset: TickDelta(0),
        sequence: Some(1000 + n),
        framing: Framing::LengthPrefixed(4),
        payload,
        checksum: None,
        arrival: MonoTime(millis * MILLI),
    }
}

/// 1024 samples at 44.1 kHz.
fn sound_unit(n: u64) -> RawUnit {
    unit_of(n, n * 1_024_000 / 44_100, Bytes::from_static(&[0x21; 200]))
}

/// Pictures of 25 a second, of one slice each: its header, and as much of what is coded as makes 64 bytes.
fn picture_unit(n: u64) -> RawUnit {
    const fn slice(header: &[u8]) -> [u8; 68] {
        let mut unit = [0x55; 68];
        (unit[0], unit[1], unit[2], unit[3]) = (0, 0, 0, 64);
        let mut at = 0;
        while at < header.len() {
            unit[4 + at] = header[at];
            at += 1;
        }
        unit
    }
    static IDR: [u8; 68] = slice(b"\x65\x88\x84\x01");
    static P: [u8; 68] = slice(b"\x41\x9a\x02");
    unit_of(n, n * 40, Bytes::from_static(if n.is_multiple_of(GOP) { &IDR } else { &P }))
}

/// Whether a unit is lost, and the place that it comes at, by a rule that scatters both.
fn nasty(make: Make, numbers: Range<u64>) -> Vec<RawUnit> {
    let scatter = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    let mut numbers: Vec<u64> = numbers.filter(|n| scatter(*n) % 10 != 0).collect();
    numbers.sort_by_key(|n| n + scatter(*n) / 10 % 5);
    numbers.into_iter().map(make).collect()
}

/// The time for `units` units, and how many came out.
fn run(track: &Arc<Track>, units: u64, batch: impl Fn(Range<u64>) -> Vec<RawUnit>) -> (Duration, u64) {
    let mut intake = Intake::new(Arc::clone(track), SourceClock::RTMP, Limits::default());
    let (mut spent, mut out) = (Duration::ZERO, 0);
    for from in (0..units).step_by(BATCH as usize) {
        let batch = batch(from..units.min(from + BATCH));
        let start = Instant::now();
        for unit in batch {
            intake.handle_unit(unit);
            while let Some(output) = intake.poll_output() {
                out += u64::from(matches!(black_box(output), Output::Unit(_)));
            }
        }
        spent += start.elapsed();
    }
    (spent, out)
}

/// A track whose units all come, one after the other.
fn in_order<'a>(track: Arc<Track>, make: Make) -> Contender<'a> {
    Box::new(move |units| {
        let (spent, out) = run(&track, units, |numbers| numbers.map(make).collect());
        assert_eq!(out, units, "all of a clean track comes out");
        spent
    })
}

/// A track of whose units some are lost, and others late.
fn in_disorder<'a>(track: Arc<Track>, make: Make) -> Contender<'a> {
    Box::new(move |units| run(&track, units, |numbers| nasty(make, numbers)).0)
}

/// The time to push `units` units of 60 pictures and as much sound a second; one is popped for each if `popped`.
fn through_queue(capacity: QueueCapacity, units: u64, popped: bool) -> Duration {
    let mut queue = Queue::new(capacity, LagPolicy::archive());
    let mut pictures = Pictures::new(200, GOP);
    let mut spent = Duration::ZERO;
    for from in (0..units).step_by(BATCH as usize) {
        let batch: Vec<_> = (from..units.min(from + BATCH)).zip(pictures.by_ref()).collect();
        let start = Instant::now();
        for (n, unit) in batch {
            let kind = if n % 2 == 0 { MediaKind::Video } else { MediaKind::Audio };
            let now = unit.arrival;
            black_box(queue.push(unit, kind, now));
            // As a sender does that is a little behind.
            if popped && n >= 16 {
                black_box(queue.pop(now));
            }
        }
        spent += start.elapsed();
    }
    let stats = queue.stats();
    assert!(!popped || stats.given_up.total() == 0, "nobody was slow");
    assert_eq!(stats.pushed, stats.popped + stats.given_up.total() + stats.waiting_units);
    spent
}

/// The same with nothing but a `VecDeque`.
fn through_deque(units: u64) -> Duration {
    let mut deque = VecDeque::new();
    let mut pictures = Pictures::new(200, GOP);
    let mut spent = Duration::ZERO;
    for from in (0..units).step_by(BATCH as usize) {
        let batch: Vec<_> = (from..units.min(from + BATCH)).zip(pictures.by_ref()).collect();
        let start = Instant::now();
        for (n, unit) in batch {
            deque.push_back(unit);
            if n >= 16 {
                black_box(deque.pop_front());
            }
        }
        spent += start.elapsed();
    }
    spent
}

fn row(name: &str, nanos: f64) {
    println!("| {name} | {nanos:.0} | {:.1} M |", 1e3 / nanos);
}

fn main() {
    println!("\n| | ns | a second |\n|---|---:|---:|");
    if turns::asked_for("intake units") {
        let rounds = turns::take([
            in_order(Arc::new(sound()), sound_unit),
            in_order(encoded(), picture_unit),
            in_disorder(Arc::new(sound()), sound_unit),
            in_disorder(encoded(), picture_unit),
        ]);
        row("intake, sound in order by sequence numbers", rounds.median(|[sound, ..]| sound));
        row("intake, H.264 pictures in order, parsed", rounds.median(|[_, pictures, ..]| pictures));
        row("intake, sound with a tenth lost and disorder", rounds.median(|[.., sound, _]| sound));
        row("intake, pictures with a tenth lost and disorder", rounds.median(|[.., pictures]| pictures));
    }
    if turns::asked_for("intake queue") {
        let capacity = QueueCapacity::default();
        let rounds = turns::take([
            Box::new(|units| through_queue(capacity, units, true)),
            Box::new(through_deque),
            Box::new(|units| through_queue(capacity, units, false)),
        ]);
        row("queue, push and pop", rounds.median(|[queue, ..]| queue));
        row("a plain `VecDeque` of the same units", rounds.median(|[_, deque, _]| deque));
        row("queue, push into a full one", rounds.median(|[.., full]| full));
    }
}
