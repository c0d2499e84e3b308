//! What loom makes of the ring: every interleaving of a few steps, and every value that a relaxed read may return.
//!
//! ```text
//! RUSTFLAGS="--cfg loom" LOOM_MAX_PREEMPTIONS=2 cargo test -p springhead-fanout --test loom --release
//! ```
//!
//! The models earn their trust by failing. Each of these mutations was made once, and found:
//!
//! | mutation | found by |
//! |---|---|
//! | `head` rises, and wakes, before the unit is put | `a_reader_that_changes_tasks_...` |
//! | the link is set after `head` | `a_reader_that_goes_to_sleep_...` |
//! | a block that went just now is not linked | `a_run_that_is_kept_...` |
//! | `head` without acquire or release | `what_is_published_into_longer_blocks_...` |
//! | a flag of a `Once` without release, or without acquire | `a_reader_overtaken_by_count_...` |
//! | `newest_group` moved after `head` | `a_reader_with_nowhere_to_go_on_...` |
//! | `newest_group` not given up | `who_joins_a_group_that_lost_its_beginning_...` |
//! | `oldest` moved after the blocks are let go | `a_reader_looks_again_only_where_something_changed_...` |
//! | `next` is looked for only behind the first block held | `a_reader_whose_block_is_gone_...` |
//! | one unit too few counted as skipped | `a_reader_overtaken_by_...` |
//! | a joiner reads `head` after the newest group | `who_joins_before_anything_is_there_...` |
//! | `closed` is asked after looking for a unit | `what_is_published_...` |
//! | the close wakes nobody | `a_close_wakes_everyone_...` |
//! | the remains are not kept | `what_is_published_...` |
//! | no fence in `Ring::wake` | `a_close_wakes_everyone_...` |
//! | no fence in `Sleepers::lie_down` | `a_close_wakes_everyone_...` |
//! | no second look in `Reader::poll_recv_run` | `a_close_wakes_everyone_...` |
//! | `queued` cleared after the wake | `a_reader_that_goes_to_sleep_...` |
//! | `queued` written instead of exchanged by who wakes | `a_reader_that_goes_to_sleep_...` |
//! | another waker, the same sleeper | `a_reader_that_changes_tasks_...` |
//! | the sweep takes sleepers out without waking them | `a_close_wakes_everyone_...` |
//! | `is_told` cleared after counting the sleepers | `who_lies_down_while_a_relay_takes_its_word_...` |
//! | `is_told` written instead of exchanged | `who_lies_down_while_a_relay_takes_its_word_...` |
//! | the other rooms looked at before `is_told` is cleared | `who_lies_down_elsewhere_...` |
//! | the home relay does not tell the others | `a_relay_that_another_relay_tells_...` |
//! | the writer looks at the room of its home alone | `a_relay_that_another_relay_tells_...` |
//! | a writer that moves tells nobody | `a_writer_that_moves_...` |
//! | a relay dropped without a wake for those left of `current` | `a_relay_that_is_dropped_amid_many_...` |
//! | a relay dropped without a look at its word, or without saying so | `a_relay_that_the_writer_tells_...` |
//! | no fence in `Relay::drop` or in `Post::leave` | `a_relay_that_another_relay_tells_...` |
//! | no second look in `Relay::poll` | `relays_end_once_...` |
//! | the house rings no bell when it goes | `relays_end_once_...` |
//! | no second look in `Group::poll_recv` | `a_group_gives_each_member_...` |
//! | a group does not look at `head` | `a_member_on_hold_...` |
//! | a group does not look whether the ring is closed | `a_group_that_is_only_asked_...` |
//! | a release has nobody asked anew | `a_member_on_hold_...` |
//! | the wish fulfilled after `head` | `a_wish_is_not_fulfilled_by_what_its_reader_had_before` |
//! | the wish taken only before registering | `a_wish_reaches_the_publisher_...` |
//! | a wish wakes nobody, or an overtaken reader has none | `a_wish_reaches_the_publisher_...` |
//! | the wish looked at and not taken | `of_those_who_wish_at_once_...` |
//!
//! These were found by no model:
//!
//! - `newest_group` given up after its block is let go, and a newest group from before `next` taken by an overtaken reader:
//!   again each makes up for the other, and both at once are found, by `a_reader_looks_again_only_where_...`.
//! - `queued` read and then written, instead of exchanged, by who lies down: it is the only one who sets it, and whoever clears
//!   it wakes it after that.
//!
//! # What loom cannot see here
//!
//! - The orderings within `arc-swap`, `crossbeam-queue` and `atomic-waker`. In `sync` a [lock](loom::sync::Mutex) stands for
//!   them; only the length of a queue, and that one is empty, are read without it.
//! - Those within `OnceLock`: a flag stands for it.
//! - Those of `Arc` and `Weak`, which are the real ones. Dropping one is no step to the checker, so nobody runs between two
//!   drops, and who finds a block gone has seen all that was done before it went, which `Weak::upgrade` does not promise.
//!   How long somebody else holds a block is therefore tried with a run that is kept.
#![cfg(loom)]

mod common;

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use common::{VIDEO, audio_and_video, picture, unit};
use loom::future::block_on;
use loom::sync::atomic::{AtomicUsize, Ordering};
use loom::thread;
use springhead_core::{AccessUnit, TrackSet};
use springhead_fanout::{Capacity, Reader, RecvError, Relay, Start, TryRecvError, Writer, relays, ring, ring_with};

/// A ring of `units` units: up to 8 there is one in each block, up to 16 there are two.
fn units(units: usize) -> Capacity {
    Capacity { units, ..Capacity::default() }
}

/// A thread that publishes these units, and gives the writer back.
fn publishing(
    mut writer: Writer,
    tracks: &Arc<TrackSet>,
    units: impl IntoIterator<Item = AccessUnit> + 'static,
) -> thread::JoinHandle<Writer> {
    let tracks = Arc::clone(tracks);
    thread::spawn(move || {
        units.into_iter().for_each(|unit| writer.publish(unit, &tracks));
        writer
    })
}

/// A thread that publishes these units, and closes the broadcast.
fn publishing_to_the_end(
    mut writer: Writer,
    tracks: &Arc<TrackSet>,
    units: impl IntoIterator<Item = AccessUnit> + 'static,
) -> thread::JoinHandle<()> {
    let tracks = Arc::clone(tracks);
    thread::spawn(move || units.into_iter().for_each(|unit| writer.publish(unit, &tracks)))
}

/// What a reader without a task has now.
fn drain(reader: &mut Reader) -> Vec<i64> {
    std::iter::from_fn(|| reader.try_recv().ok()).map(|received| received.unit.dts.0).collect()
}

/// Counts how often it is woken.
struct Bell(AtomicUsize);

impl std::task::Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }
}

// Publishing.

/// Three pictures and the close, for a reader that looks three times meanwhile.
fn publish(capacity: Capacity) {
    let tracks = audio_and_video(0);
    let writer = ring(capacity);
    let mut reader = writer.source().reader(Start::RandomAccess);
    let publisher = publishing_to_the_end(writer, &tracks, (0..3).map(|n| picture(n, n == 0)));
    let mut got = Vec::new();
    let mut closed = false;
    for _ in 0..3 {
        match reader.try_recv() {
            Ok(received) => got.push(received.unit.dts.0),
            Err(why) => closed |= why == TryRecvError::Ended(RecvError::Closed),
        }
    }
    publisher.join().unwrap();
    let rest = drain(&mut reader);
    assert!(!closed || rest.is_empty(), "a unit after the close");
    got.extend(rest);
    assert_eq!(reader.try_recv().unwrap_err(), TryRecvError::Ended(RecvError::Closed));
    assert_eq!(got, [0, 1, 2]);
    assert_eq!((reader.stats().received, reader.stats().skipped), (3, 0));
}

#[test]
fn what_is_published_is_received_in_order_and_whole() {
    loom::model(|| publish(units(4)));
}

#[test]
fn what_is_published_into_longer_blocks_is_received_in_order_and_whole() {
    loom::model(|| publish(units(16)));
}

#[test]
fn a_run_has_units_that_follow_one_another_and_lie_there_whole() {
    loom::model(|| {
        let tracks = audio_and_video(0);
        let writer = ring(units(16));
        let mut reader = writer.source().reader(Start::RandomAccess);
        let publisher = publishing_to_the_end(writer, &tracks, (0..3).map(|n| picture(n, n == 0)));
        let mut got = Vec::new();
        block_on(async {
            while let Ok(run) = reader.recv_run(4).await {
                assert_eq!((run.units().count(), run.skipped), (run.len(), 0));
                got.extend(run.units().map(|unit| unit.dts.0));
            }
        });
        assert_eq!(got, [0, 1, 2]);
        publisher.join().unwrap();
    });
}

// Waking.

#[test]
fn a_reader_that_goes_to_sleep_is_woken_by_what_was_published_meanwhile() {
    loom::model(|| {
        let tracks = audio_and_video(0);
        let writer = ring(units(2));
        let mut reader = writer.source().reader(Start::RandomAccess);
        let publisher = publishing(writer, &tracks, [picture(0, true), picture(1, false)]);
        block_on(async {
            assert_eq!(reader.recv().await.unwrap().unit.dts.0, 0);
            assert_eq!(reader.recv().await.unwrap().unit.dts.0, 1);
        });
        drop(publisher.join().unwrap());
    });
}

#[test]
fn readers_that_die_in_their_sleep_cost_the_others_no_wake_up() {
    loom::model(|| {
        let tracks = audio_and_video(0);
        let writer = ring(units(2));
        let source = writer.source();
        let mut living = source.reader(Start::RandomAccess);
        let mut dying = [source.reader(Start::RandomAccess), source.reader(Start::RandomAccess)];
        let death = thread::spawn(move || {
            for reader in &mut dying {
                let _ = reader.poll_recv(&mut Context::from_waker(Waker::noop()));
            }
        });
        let publisher = publishing(writer, &tracks, [picture(0, true)]);
        block_on(async { assert_eq!(living.recv().await.unwrap().unit.dts.0, 0) });
        death.join().unwrap();
        assert_eq!(source.readers(), 1);
        drop(publisher.join().unwrap());
    });
}

#[test]
fn a_reader_that_changes_tasks_is_woken_in_the_last_one() {
    loom::model(|| {
        let tracks = audio_and_video(0);
        let writer = ring(units(2));
        let mut reader = writer.source().reader(Start::RandomAccess);
        let publisher = publishing(writer, &tracks, [picture(0, true)]);
        if reader.poll_recv(&mut Context::from_waker(Waker::noop())).is_pending() {
            block_on(async { assert_eq!(reader.recv().await.unwrap().unit.dts.0, 0) });
        }
        drop(publisher.join().unwrap());
    });
}

// Closing.

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

// Being overtaken.

/// A reader that is overtaken in a ring that holds `capacity` of the pictures 0 to 3, of which 0 and 2 are random access
/// points.
fn overtake(capacity: Capacity) {
    let tracks = audio_and_video(0);
    let mut writer = ring(capacity);
    let mut reader = writer.source().reader(Start::RandomAccess);
    writer.publish(picture(0, true), &tracks);
    let publisher = publishing_to_the_end(writer, &tracks, (1..4).map(|n| picture(n, n == 2)));
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

/// A reader that has had all there is in a ring of that capacity: one unit.
fn has_the_first(capacity: Capacity, unit: AccessUnit) -> (Writer, Reader) {
    let mut writer = ring(capacity);
    let mut reader = writer.source().reader(Start::RandomAccess);
    writer.publish(unit, &audio_and_video(0));
    assert_eq!(drain(&mut reader), [0]);
    (writer, reader)
}

#[test]
fn a_reader_whose_block_is_gone_misses_nothing_that_is_still_held() {
    loom::model(|| {
        let tracks = audio_and_video(0);
        let (writer, mut reader) = has_the_first(units(2), picture(0, true));
        let publisher = publishing(writer, &tracks, (1..3).map(|n| picture(n, false)));
        for n in 1..3 {
            let received = block_on(reader.recv()).unwrap();
            assert_eq!((received.unit.dts.0, received.skipped), (n, 0));
        }
        drop(publisher.join().unwrap());
    });
}

#[test]
fn a_reader_goes_on_where_all_goes_at_once_while_another_still_reads() {
    loom::model(|| {
        let tracks = audio_and_video(0);
        let (writer, mut reader) = has_the_first(units(1), picture(0, true));
        let mut other = writer.source().reader(Start::RandomAccess);
        let other = thread::spawn(move || drop(other.try_recv()));
        let publisher = publishing(writer, &tracks, [picture(1, false)]);
        let received = block_on(reader.recv()).unwrap();
        assert_eq!((received.unit.dts.0, received.skipped), (1, 0));
        other.join().unwrap();
        drop(publisher.join().unwrap());
    });
}

#[test]
fn a_run_that_is_kept_keeps_its_reader_from_nothing_that_comes_after_it() {
    loom::model(|| {
        let tracks = audio_and_video(0);
        let capacity = Capacity { time: Duration::from_secs(1), ..units(16) };
        let mut writer = ring(capacity);
        let mut reader = writer.source().reader(Start::RandomAccess);
        writer.publish(picture(0, true), &tracks);
        let kept = reader.try_recv_run(1).unwrap();
        let publisher = publishing(writer, &tracks, [unit(VIDEO, 1, false, 8, 2000)]);
        let received = block_on(reader.recv()).unwrap();
        assert_eq!((received.unit.dts.0, received.skipped), (1, 0));
        drop((kept, publisher.join().unwrap()));
    });
}

#[test]
fn a_reader_with_nowhere_to_go_on_sleeps_until_the_next_random_access_point() {
    loom::model(|| {
        let tracks = audio_and_video(0);
        let (mut writer, mut reader) = has_the_first(units(1), picture(0, true));
        writer.publish(picture(1, false), &tracks);
        writer.publish(picture(2, false), &tracks);
        let publisher = publishing(writer, &tracks, [picture(3, true)]);
        let received = block_on(reader.recv()).unwrap();
        assert_eq!((received.unit.dts.0, received.skipped, received.resumed), (3, 2, true));
        drop(publisher.join().unwrap());
    });
}

#[test]
fn a_reader_looks_again_only_where_something_changed_when_many_go_at_once() {
    loom::model(|| {
        let tracks = audio_and_video(0);
        let (mut writer, mut reader) = has_the_first(Capacity { bytes: 24, ..units(8) }, picture(0, true));
        (1..3).for_each(|n| writer.publish(picture(n, false), &tracks));
        let publisher = publishing(writer, &tracks, [unit(VIDEO, 3, true, 16, 0)]);
        let mut got: Vec<_> =
            (0..2).filter_map(|_| reader.try_recv().ok()).map(|received| received.unit.dts.0).collect();
        let writer = publisher.join().unwrap();
        got.extend(drain(&mut reader));
        assert!([&[1, 2, 3][..], &[1, 3], &[3]].contains(&&got[..]), "{got:?}");
        let stats = reader.stats();
        assert_eq!((stats.received, stats.skipped), (1 + got.len() as u64, 3 - got.len() as u64));
        drop(writer);
    });
}

// Joining.

/// A reader that joins while the pictures 0 to 2 are published, of which 0 and 2 are random access points, and 0 is there if
/// `first_is_there`. Gives what it got, how many units were published for sure before it joined, and after how many for sure
/// it had joined.
fn join(capacity: Capacity, start: Start, first_is_there: bool) -> (Vec<i64>, usize, usize) {
    let tracks = audio_and_video(0);
    let mut writer = ring(capacity);
    let source = writer.source();
    let before = u64::from(first_is_there);
    (0..before).for_each(|n| writer.publish(picture(n, true), &tracks));
    let (published, joined) = (Arc::new(AtomicUsize::new(before as usize)), Arc::new(AtomicUsize::new(0)));
    let publisher = thread::spawn({
        let (published, joined) = (Arc::clone(&published), Arc::clone(&joined));
        move || {
            let mut joined_after = 3;
            for n in before..3 {
                if joined.load(Ordering::Acquire) == 1 {
                    joined_after = joined_after.min(n as usize);
                }
                writer.publish(picture(n, n != 1), &tracks);
                published.store(n as usize + 1, Ordering::Release);
            }
            (writer, joined_after)
        }
    });
    let there = published.load(Ordering::Acquire);
    let mut reader = source.reader(start);
    joined.store(1, Ordering::Release);
    let mut got: Vec<_> = reader.try_recv().ok().map(|received| received.unit.dts.0).into_iter().collect();
    let (writer, joined_after) = publisher.join().unwrap();
    got.extend(drain(&mut reader));
    drop(writer);
    assert!(got.is_empty() || (got[0] != 1 && got.ends_with(&[2])), "{got:?}");
    assert!(got.windows(2).all(|pair| pair[1] == pair[0] + 1), "{got:?}");
    assert_eq!(reader.stats().skipped, 0);
    (got, there, joined_after)
}

#[test]
fn who_joins_at_the_newest_random_access_point_starts_at_the_newest_that_is_there() {
    loom::model(|| {
        let (got, there, _) = join(units(4), Start::RandomAccess, true);
        assert!(!got.is_empty() && (there < 3 || got == [2]), "{got:?} of {there}");
    });
}

#[test]
fn who_joins_before_anything_is_there_misses_no_random_access_point() {
    loom::model(|| {
        let (got, there, _) = join(units(4), Start::RandomAccess, false);
        assert!(!got.is_empty() && (there < 3 || got == [2]), "{got:?} of {there}");
    });
}

#[test]
fn who_joins_at_the_oldest_random_access_point_gets_all_there_is() {
    loom::model(|| {
        let (got, ..) = join(units(4), Start::Oldest, true);
        assert_eq!(got, [0, 1, 2]);
    });
}

#[test]
fn who_joins_at_the_oldest_random_access_point_while_it_goes_starts_at_another() {
    loom::model(|| {
        let tracks = audio_and_video(0);
        let mut writer = ring(units(1));
        let source = writer.source();
        writer.publish(picture(0, true), &tracks);
        let publisher = publishing(writer, &tracks, [picture(1, true)]);
        let mut reader = source.reader(Start::Oldest);
        let received = block_on(reader.recv()).unwrap();
        let got = (received.unit.dts.0, received.skipped);
        assert!([(0, 0), (1, 0), (1, 1)].contains(&got), "{got:?}");
        drop(publisher.join().unwrap());
    });
}

#[test]
fn who_joins_at_the_next_random_access_point_gets_the_first_that_was_not_there() {
    loom::model(|| {
        let (got, there, joined_after) = join(units(4), Start::Next, false);
        let first = got.first().map_or(3, |first| *first as usize);
        assert!(first >= there, "{got:?} after {there}");
        let next = [0, 2, 2, 3][joined_after];
        assert!(first <= next, "{got:?} though it joined after {joined_after}");
    });
}

#[test]
fn who_joins_a_group_that_lost_its_beginning_waits_for_the_next() {
    loom::model(|| {
        let tracks = audio_and_video(0);
        let mut writer = ring(units(2));
        let source = writer.source();
        (0..3).for_each(|n| writer.publish(picture(n, n == 0), &tracks));
        let publisher = publishing(writer, &tracks, [picture(3, true)]);
        let received = block_on(source.reader(Start::RandomAccess).recv()).unwrap();
        assert_eq!((received.unit.dts.0, received.skipped), (3, 0));
        drop(publisher.join().unwrap());
    });
}

// Relays.

/// Runs all of them on one task until each has ended.
async fn run_all(tasks: Vec<Relay>) {
    let mut running: Vec<_> = tasks.into_iter().map(|relay| Some(Box::pin(relay.run()))).collect();
    poll_fn(|cx| {
        for relay in &mut running {
            if relay.as_mut().is_some_and(|relay| relay.as_mut().poll(cx).is_ready()) {
                *relay = None;
            }
        }
        if running.iter().all(Option::is_none) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// A reader that is woken by the relay of that number, of two, of which the writer tells the first; with what it gets.
fn relayed(relay: usize) {
    let tracks = audio_and_video(0);
    let (relays, tasks) = relays(2);
    let mut writer = ring_with(units(2), &relays).beside_relay(0);
    let mut reader = writer.source().reader(Start::RandomAccess).woken_by(relay);
    drop(relays);
    let relays = thread::spawn(move || block_on(run_all(tasks)));
    let publisher = thread::spawn(move || writer.publish(picture(0, true), &tracks));
    block_on(async {
        assert_eq!(reader.recv().await.unwrap().unit.dts.0, 0);
        assert_eq!(reader.recv().await.unwrap_err(), RecvError::Closed);
    });
    drop(reader);
    publisher.join().unwrap();
    relays.join().unwrap();
}

#[test]
fn a_reader_is_woken_by_the_relay_that_the_writer_tells() {
    loom::model(|| relayed(0));
}

#[test]
fn a_reader_is_woken_by_the_relay_that_another_relay_tells() {
    loom::model(|| relayed(1));
}

/// A reader that waits for two units in the room of that relay, while the first of two relays takes the word for another; the
/// second one is gone.
fn lie_down_meanwhile(relay: usize) {
    let tracks = audio_and_video(0);
    let (relays, mut tasks) = relays(2);
    let writer = ring_with(units(2), &relays).beside_relay(0);
    let source = writer.source();
    let mut other = source.reader(Start::RandomAccess).woken_by(0);
    assert!(other.poll_recv(&mut Context::from_waker(Waker::noop())).is_pending());
    let mut reader = source.reader(Start::RandomAccess).woken_by(relay);
    tasks.truncate(1);
    let relay = thread::spawn(move || {
        let mut run = pin!(tasks.remove(0).run());
        assert!(run.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    });
    let publisher = publishing(writer, &tracks, [picture(0, true), picture(1, false)]);
    for n in 0..2 {
        assert_eq!(block_on(reader.recv()).unwrap().unit.dts.0, n);
    }
    relay.join().unwrap();
    drop((publisher.join().unwrap(), other, relays));
}

#[test]
fn who_lies_down_while_a_relay_takes_its_word_is_woken_by_the_next_unit() {
    loom::model(|| lie_down_meanwhile(0));
}

#[test]
fn who_lies_down_elsewhere_while_a_relay_takes_its_word_is_woken_by_the_next_unit() {
    loom::model(|| lie_down_meanwhile(1));
}

#[test]
fn a_writer_that_moves_to_another_relay_loses_no_wake_up() {
    loom::model(|| {
        let tracks = audio_and_video(0);
        let (relays, tasks) = relays(2);
        let mut writer = ring_with(units(2), &relays).beside_relay(0);
        let mut reader = writer.source().reader(Start::RandomAccess).woken_by(1);
        drop(relays);
        let relays = thread::spawn(move || block_on(run_all(tasks)));
        let publisher = thread::spawn(move || {
            writer.publish(picture(0, true), &tracks);
            writer.beside_relay(1)
        });
        assert_eq!(block_on(reader.recv()).unwrap().unit.dts.0, 0);
        drop((reader, publisher.join().unwrap()));
        relays.join().unwrap();
    });
}

/// Two relays that are dropped, one after the other, each after it ran once, while a reader of the room of that number waits.
fn dropped_relays(relay: usize) {
    let tracks = audio_and_video(0);
    let (relays, tasks) = relays(2);
    let writer = ring_with(units(2), &relays).beside_relay(0);
    let mut reader = writer.source().reader(Start::RandomAccess).woken_by(relay);
    let death = thread::spawn(move || {
        for relay in tasks {
            let mut run = pin!(relay.run());
            assert!(run.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }
    });
    let publisher = publishing(writer, &tracks, [picture(0, true)]);
    assert_eq!(block_on(reader.recv()).unwrap().unit.dts.0, 0);
    death.join().unwrap();
    drop((publisher.join().unwrap(), relays));
}

#[test]
fn a_relay_that_the_writer_tells_loses_no_wake_up_when_it_is_dropped() {
    loom::model(|| dropped_relays(0));
}

#[test]
fn a_relay_that_another_relay_tells_loses_no_wake_up_when_it_is_dropped() {
    loom::model(|| dropped_relays(1));
}

#[test]
fn a_relay_that_is_dropped_amid_many_wakes_the_rest() {
    let mut model = loom::model::Builder::new();
    model.max_branches = 4000;
    model.check(|| {
        let (relays, mut tasks) = relays(1);
        let writer = ring_with(units(1), &relays);
        let source = writer.source();
        let bell = Arc::new(Bell(AtomicUsize::new(0)));
        let waker = bell.clone().into();
        let mut readers: Vec<_> = (0..33).map(|_| source.reader(Start::RandomAccess)).collect();
        for reader in &mut readers {
            assert!(reader.poll_recv(&mut Context::from_waker(&waker)).is_pending());
        }
        writer.close();
        {
            let mut run = pin!(tasks.remove(0).run());
            assert!(run.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        }
        assert_eq!(bell.0.load(Ordering::Acquire), 33);
    });
}

#[test]
fn relays_end_once_nobody_is_left_who_could_tell_them_anything() {
    loom::model(|| {
        let (relays, tasks) = relays(2);
        let writer = ring_with(units(1), &relays);
        let running = thread::spawn(move || block_on(run_all(tasks)));
        let last = thread::spawn(move || drop(relays));
        writer.close();
        last.join().unwrap();
        running.join().unwrap();
    });
}

// Groups.

#[test]
fn a_group_gives_each_member_every_unit_and_the_end_once() {
    loom::model(|| {
        let tracks = audio_and_video(0);
        let mut writer = ring(units(2));
        let (mut group, source) = (writer.source().group(), writer.source());
        let members = [(); 2].map(|()| group.add(source.reader(Start::RandomAccess)));
        let publisher = thread::spawn(move || writer.publish(picture(0, true), &tracks));
        let mut got = [(); 2].map(|()| Vec::new());
        let mut ended = Vec::new();
        block_on(async {
            while !group.is_empty() {
                let (member, run) = group.recv(4).await;
                let at = members.iter().position(|known| *known == member).unwrap();
                match run {
                    Ok(run) => got[at].extend(run.units().map(|unit| unit.dts.0)),
                    Err(RecvError::Closed) => ended.push(at),
                    Err(end) => panic!("{end}"),
                }
            }
        });
        ended.sort_unstable();
        assert_eq!((got, ended), ([vec![0], vec![0]], vec![0, 1]));
        publisher.join().unwrap();
    });
}

#[test]
fn a_member_on_hold_gets_nothing_until_it_is_released_and_everything_then() {
    loom::model(|| {
        let tracks = audio_and_video(0);
        let writer = ring(units(2));
        let (mut group, source) = (writer.source().group(), writer.source());
        let [one, held] = [(); 2].map(|()| group.add(source.reader(Start::RandomAccess)));
        group.hold(held);
        let publisher = publishing(writer, &tracks, [picture(0, true)]);
        block_on(async {
            let (member, run) = group.recv(4).await;
            assert!(member == one && run.unwrap().len() == 1);
            assert!(group.try_recv(4).is_none());
            group.release(held);
            let (member, run) = group.recv(4).await;
            assert!(member == held && run.unwrap().len() == 1);
        });
        drop(publisher.join().unwrap());
    });
}

#[test]
fn a_group_that_is_only_asked_finds_the_end() {
    loom::model(|| {
        let writer = ring(units(2));
        let (mut group, source) = (writer.source().group(), writer.source());
        group.add(source.reader(Start::RandomAccess));
        let closing = thread::spawn(move || writer.close());
        let before = group.try_recv(4).is_some();
        closing.join().unwrap();
        assert!(before || group.try_recv(4).is_some_and(|(_, end)| end.unwrap_err() == RecvError::Closed));
    });
}

// Asking for a random access point.

#[test]
fn a_wish_reaches_the_publisher_who_was_about_to_wait_for_it() {
    loom::model(|| {
        let tracks = audio_and_video(0);
        let (mut writer, mut reader) = has_the_first(units(1), picture(0, true));
        writer.publish(picture(1, false), &tracks);
        writer.publish(picture(2, false), &tracks);
        let publisher = thread::spawn(move || {
            block_on(writer.source().key_requested());
            writer.publish(picture(3, true), &tracks);
            writer
        });
        assert_eq!(block_on(reader.recv()).unwrap().unit.dts.0, 3);
        drop(publisher.join().unwrap());
    });
}

#[test]
fn a_wish_is_not_fulfilled_by_what_its_reader_had_before() {
    loom::model(|| {
        let tracks = audio_and_video(0);
        let mut writer = ring(units(2));
        let mut reader = writer.source().reader(Start::RandomAccess);
        assert!(writer.source().request_key());
        let publisher = thread::spawn(move || {
            writer.publish(picture(0, true), &tracks);
            block_on(writer.source().key_requested());
            writer.publish(picture(1, true), &tracks);
            writer
        });
        assert_eq!(block_on(reader.recv()).unwrap().unit.dts.0, 0);
        reader.request_key();
        assert_eq!(block_on(reader.recv()).unwrap().unit.dts.0, 1);
        drop(publisher.join().unwrap());
    });
}

#[test]
fn of_those_who_wish_at_once_one_is_the_first_and_the_wish_is_one() {
    loom::model(|| {
        let writer = ring(units(1));
        let source = writer.source();
        let other = thread::spawn({
            let source = source.clone();
            move || source.request_key()
        });
        let first = source.request_key();
        assert_ne!(first, other.join().unwrap());
        let mut cx = Context::from_waker(Waker::noop());
        assert!(pin!(source.key_requested()).poll(&mut cx).is_ready());
        assert!(pin!(source.key_requested()).poll(&mut cx).is_pending());
    });
}
