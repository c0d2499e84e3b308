//! What loom makes of the ring: every interleaving of a few steps, and every value that a relaxed read may return.
//!
//! ```text
//! RUSTFLAGS="--cfg loom" LOOM_MAX_PREEMPTIONS=3 cargo test -p springhead-fanout --test loom
//! ```
//!
//! The models earn their trust by failing. Each of these mutations was made once, and found:
//!
//! | mutation | found by |
//! |---|---|
//! | `head` rises before the slot is replaced | `a_reader_that_goes_to_sleep_...` |
//! | `newest_random_access` rises after the wake-ups | `readers_that_die_in_their_sleep_...` |
//! | `floor` rises after the slots are emptied | `a_reader_overtaken_by_bytes_...` |
//! | the sequence in the slot is not compared | `a_reader_overtaken_by_count_...` |
//! | `closed` is asked after looking for a unit | `what_is_published_...` |
//! | no fence in `wake_all` | `a_close_wakes_everyone_...` |
//! | no fence in `register` | `a_close_wakes_everyone_...` |
//! | no second look in `poll_recv` | `a_close_wakes_everyone_...` |
//! | `queued` cleared after the wake | `a_reader_that_goes_to_sleep_...` |
//! | `queued` written instead of exchanged | `a_reader_that_goes_to_sleep_...` |
//! | the sweep takes waiters out without waking them | `readers_that_die_in_their_sleep_...` |
//! | the close wakes nobody | `a_close_wakes_everyone_...` |
//! | one unit too few counted as skipped | `a_reader_overtaken_by_...` |
//!
//! What loom cannot see here: the orderings within `arc-swap`, `crossbeam-queue` and `atomic-waker`, whose models in
//! `sync` synchronise with a lock.
#![cfg(loom)]

mod common;

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use common::{audio_and_video, picture};
use loom::future::block_on;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;
use springhead_fanout::{Capacity, RecvError, Start, TryRecvError, ring};

fn units(units: usize) -> Capacity {
    Capacity { units, ..Capacity::default() }
}

#[test]
fn what_is_published_is_received_in_order_and_whole() {
    loom::model(|| {
        let tracks = audio_and_video(0);
        let mut writer = ring(units(4));
        let mut reader = writer.source().reader(Start::RandomAccess);
        let publisher = thread::spawn(move || {
            for n in 0..3 {
                writer.publish(picture(n, n == 0), &tracks);
            }
        });
        let mut got = Vec::new();
        let mut closed = false;
        for _ in 0..3 {
            match reader.try_recv() {
                Ok(received) => got.push(received.unit.dts.0),
                Err(why) => closed |= why == TryRecvError::Ended(RecvError::Closed),
            }
        }
        publisher.join().unwrap();
        while let Ok(received) = reader.try_recv() {
            assert!(!closed, "a unit after the close");
            got.push(received.unit.dts.0);
        }
        assert_eq!(reader.try_recv().unwrap_err(), TryRecvError::Ended(RecvError::Closed));
        assert_eq!(got, [0, 1, 2]);
        assert_eq!((reader.stats().received, reader.stats().skipped), (3, 0));
    });
}

#[test]
fn a_reader_that_goes_to_sleep_is_woken_by_what_was_published_meanwhile() {
    loom::model(|| {
        let tracks = audio_and_video(0);
        let mut writer = ring(units(2));
        let mut reader = writer.source().reader(Start::RandomAccess);
        let publisher = thread::spawn(move || {
            writer.publish(picture(0, true), &tracks);
            writer.publish(picture(1, false), &tracks);
            writer
        });
        block_on(async {
            assert_eq!(reader.recv().await.unwrap().unit.dts.0, 0);
            assert_eq!(reader.recv().await.unwrap().unit.dts.0, 1);
        });
        drop(publisher.join().unwrap());
    });
}

#[test]
fn a_close_wakes_everyone_who_sleeps() {
    loom::model(|| {
        let writer = ring(units(2));
        let readers: Vec<_> = (0..2).map(|_| writer.source().reader(Start::RandomAccess)).collect();
        let sleepers: Vec<_> = readers
            .into_iter()
            .map(|mut reader| {
                thread::spawn(move || {
                    block_on(async {
                        assert_eq!(reader.recv().await.unwrap_err(), RecvError::Closed);
                        assert_eq!(reader.recv().await.unwrap_err(), RecvError::Closed);
                    });
                })
            })
            .collect();
        writer.close();
        sleepers.into_iter().for_each(|sleeper| sleeper.join().unwrap());
    });
}

/// Counts how often it is woken.
struct Bell(AtomicUsize);

impl std::task::Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }
}

#[test]
fn who_lies_down_once_is_woken_exactly_once_by_the_close() {
    loom::model(|| {
        let writer = ring(units(2));
        let readers: Vec<_> = (0..2).map(|_| writer.source().reader(Start::RandomAccess)).collect();
        let sleepers: Vec<_> = readers
            .into_iter()
            .map(|mut reader| {
                thread::spawn(move || {
                    let bell = Arc::new(Bell(AtomicUsize::new(0)));
                    let waker = bell.clone().into();
                    let asleep = reader.poll_recv(&mut Context::from_waker(&waker)).is_pending();
                    (reader, bell, asleep)
                })
            })
            .collect();
        writer.close();
        for sleeper in sleepers {
            let (mut reader, bell, asleep) = sleeper.join().unwrap();
            let rung = bell.0.load(Ordering::Acquire);
            assert!(if asleep { rung == 1 } else { rung <= 1 }, "asleep: {asleep}, woken {rung} times");
            let waker = bell.into();
            assert!(matches!(reader.poll_recv(&mut Context::from_waker(&waker)), Poll::Ready(Err(RecvError::Closed))));
        }
    });
}

/// A reader that is overtaken in a ring that holds `capacity` of the pictures 0 to 3, of which 0 and 2 are random access
/// points.
fn overtake(capacity: Capacity) {
    let tracks = audio_and_video(0);
    let mut writer = ring(capacity);
    let mut reader = writer.source().reader(Start::RandomAccess);
    writer.publish(picture(0, true), &tracks);
    let publisher = thread::spawn(move || {
        for n in 1..4 {
            writer.publish(picture(n, n == 2), &tracks);
        }
    });
    let mut next = None;
    let mut check = |received: springhead_fanout::Received| {
        let dts = received.unit.dts.0 as u64;
        let expected = next.map_or(dts, |next: u64| next + received.skipped);
        assert_eq!(dts, expected, "received and skipped add up to the place in the broadcast");
        assert!(received.skipped == 0 || received.unit.is_random_access());
        next = Some(dts + 1);
    };
    for _ in 0..2 {
        if let Ok(received) = reader.try_recv() {
            check(received);
        }
    }
    publisher.join().unwrap();
    while let Ok(received) = reader.try_recv() {
        check(received);
    }
    assert_eq!(reader.try_recv().unwrap_err(), TryRecvError::Ended(RecvError::Closed));
    let stats = reader.stats();
    let counted = stats.received + stats.skipped;
    assert!(
        [0, 2, 4].contains(&counted),
        "it started at a random access point or not at all, not {counted} from the end"
    );
}

#[test]
fn a_reader_overtaken_by_count_misses_an_exact_number_and_resumes_at_a_random_access_point() {
    loom::model(|| overtake(units(2)));
}

#[test]
fn a_reader_overtaken_by_bytes_misses_an_exact_number_and_resumes_at_a_random_access_point() {
    loom::model(|| overtake(Capacity { units: 4, bytes: 8, ..Capacity::default() }));
}

#[test]
fn readers_that_die_in_their_sleep_cost_the_others_no_wake_up() {
    loom::model(|| {
        let tracks = audio_and_video(0);
        let mut writer = ring(units(2));
        let source = writer.source();
        let mut living = source.reader(Start::RandomAccess);
        let mut dying = [source.reader(Start::RandomAccess), source.reader(Start::RandomAccess)];
        let death = thread::spawn(move || {
            for reader in &mut dying {
                let _ = reader.poll_recv(&mut Context::from_waker(Waker::noop()));
            }
        });
        let publisher = thread::spawn(move || {
            writer.publish(picture(0, true), &tracks);
            writer
        });
        block_on(async { assert_eq!(living.recv().await.unwrap().unit.dts.0, 0) });
        death.join().unwrap();
        assert_eq!(source.readers(), 1);
        drop(publisher.join().unwrap());
    });
}
