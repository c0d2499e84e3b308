//! Many tracks at once.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, ThreadId};
use std::time::Duration;

use bytes::Bytes;
use springhead_codec::{aac, nal::Framing};
use springhead_core::{MonoTime, Now, TickDelta, TrackId};
use springhead_engine::{
    Clock, InputError, IntakePool, PoolOptions, RawUnit, SourceClock, TrackDescription, TrackFailed, TrackOutput,
};
use springhead_intake::Output;

fn sound(id: u32) -> TrackDescription {
    let track = aac::track(TrackId(id), &Bytes::from_static(&[0x12, 0x10])).unwrap();
    TrackDescription { track, clock: SourceClock::RTMP }
}

fn unit(n: u64) -> RawUnit {
    RawUnit {
        dts: n * 1_024_000 / 44_100,
        composition_offset: TickDelta(0),
        sequence: Some(n),
        framing: Framing::LengthPrefixed(4),
        payload: Bytes::from_static(b"\x21\x10\x05"),
        checksum: None,
        arrival: MonoTime(0),
    }
}

/// The decode times of all units that come, in units.
async fn all(mut output: TrackOutput) -> Vec<i64> {
    let mut came = Vec::new();
    while let Some(next) = output.recv().await {
        if let Output::Unit(unit) = next {
            came.push(unit.dts.0 / 1024);
        }
    }
    came
}

#[derive(Debug)]
struct Noon;

impl Clock for Noon {
    fn now(&self) -> Now {
        Now::default()
    }
}

#[tokio::test]
async fn an_input_is_refused_while_nobody_takes_what_came_out_and_nothing_is_lost() {
    let mut pool = IntakePool::new(PoolOptions { depth: 2, ..PoolOptions::default() }, Arc::new(Noon));
    let (input, output) = pool.add(sound(1));
    let mut taken = 0;
    for _ in 0..100 {
        match input.try_send(unit(taken)) {
            Ok(()) => taken += 1,
            Err(InputError::Full(again)) => assert_eq!(again, unit(taken)),
            Err(error) => panic!("{error}"),
        }
        tokio::task::yield_now().await;
    }
    assert!((2..=6).contains(&taken), "two wait, two are worked on, two came out: {taken}");
    let came = tokio::spawn(all(output));
    for n in taken..50 {
        input.send(unit(n)).await.unwrap();
    }
    drop(input);
    assert_eq!(came.await.unwrap(), (0..50).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_track_whose_output_is_gone_takes_no_input() {
    let mut pool = IntakePool::new(PoolOptions { depth: 1, ..PoolOptions::default() }, Arc::new(Noon));
    let (input, output) = pool.add(sound(1));
    drop(output);
    let mut n = 0;
    while input.send(unit(n)).await.is_ok() {
        n += 1;
    }
    assert_eq!((input.try_send(unit(n)), n < 10), (Err(InputError::Gone), true));
    assert!(matches!(&pool.drain().await[..], [(TrackId(1), Ok(stats))] if stats.received > 0));
}

/// Fails whoever asks for the time, once it is armed.
#[derive(Debug, Default)]
struct Broken(AtomicBool);

impl Clock for Broken {
    fn now(&self) -> Now {
        assert!(!self.0.swap(false, Ordering::Relaxed), "a failure for the test");
        Now::default()
    }
}

#[tokio::test]
async fn a_task_that_fails_takes_nothing_of_the_others_with_it() {
    let clock = Arc::new(Broken::default());
    let mut pool = IntakePool::new(PoolOptions::default(), clock.clone());
    let (first, first_out) = pool.add(sound(1));
    let (second, second_out) = pool.add(sound(2));
    second.send(unit(0)).await.unwrap();
    tokio::task::yield_now().await;
    clock.0.store(true, Ordering::Relaxed);
    first.send(unit(0)).await.unwrap();
    while !first.try_send(unit(1)).is_err_and(|error| error == InputError::Gone) {
        tokio::task::yield_now().await;
    }
    for n in 1..40 {
        second.send(unit(n)).await.unwrap();
    }
    drop((first, second));
    assert_eq!(all(first_out).await, []);
    assert_eq!(all(second_out).await, (0..40).collect::<Vec<_>>());
    let ended = pool.drain().await;
    assert!(matches!(&ended[..], [(TrackId(1), Err(TrackFailed)), (TrackId(2), Ok(stats))] if stats.emitted == 40));
}

#[tokio::test(start_paused = true)]
async fn a_unit_that_is_missing_is_given_up_when_its_time_is_over_though_nothing_comes() {
    let clock = Arc::new(super::PausedClock(tokio::time::Instant::now()));
    let mut pool = IntakePool::new(PoolOptions::default(), clock.clone());
    let (input, mut output) = pool.add(sound(1));
    for n in [0, 2] {
        input.send(unit(n)).await.unwrap();
    }
    let mut names = Vec::new();
    for _ in 0..3 {
        names.push(match output.recv().await.unwrap() {
            Output::Repair(repair) => repair.name(),
            _ => "unit",
        });
    }
    assert_eq!((names, clock.now().mono), (vec!["unit", "lost", "unit"], MonoTime(200_000_000)));
    let snapshot = output.next_snapshot().await.unwrap();
    assert_eq!((snapshot.stats.emitted, snapshot.stats.lost, snapshot.at), (2, 1, MonoTime(200_000_000)));
    assert_eq!(snapshot, output.snapshot());
    drop(input);
    assert!(output.recv().await.is_none());
}

/// Has whoever asks for the time wait until two threads ask at once, and keeps who they were.
#[derive(Debug, Default)]
struct Meeting {
    threads: Mutex<HashSet<ThreadId>>,
    both: Condvar,
}

impl Clock for Meeting {
    fn now(&self) -> Now {
        let mut threads = self.threads.lock().unwrap();
        threads.insert(thread::current().id());
        self.both.notify_all();
        let (_threads, waited) =
            self.both.wait_timeout_while(threads, Duration::from_secs(20), |threads| threads.len() < 2).unwrap();
        assert!(!waited.timed_out(), "one thread did all the work");
        Now::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tracks_are_worked_on_by_several_threads_at_the_same_time_and_each_stays_in_order() {
    let clock = Arc::new(Meeting::default());
    let mut pool = IntakePool::new(PoolOptions { depth: 8, ..PoolOptions::default() }, clock.clone());
    let mut tracks = Vec::new();
    for id in 1..=6 {
        let (input, output) = pool.add(sound(id));
        let fed = tokio::spawn(async move {
            // Every pair after the first unit the wrong way round.
            for n in (0..499u64).map(|n| if n == 0 { 0 } else { ((n - 1) ^ 1) + 1 }) {
                input.send(unit(n)).await.unwrap();
            }
        });
        tracks.push((fed, tokio::spawn(all(output))));
    }
    for (fed, came) in tracks {
        fed.await.unwrap();
        assert_eq!(came.await.unwrap(), (0..499).collect::<Vec<_>>());
    }
    assert_eq!(clock.threads.lock().unwrap().len(), 2);
    assert!(pool.drain().await.iter().all(|(_, result)| result.is_ok_and(|stats| stats.reordered == 249)));
}
