//! What does it cost to publish, and to join?
//!
//! | group | question | rival in the same run |
//! |---|---|---|
//! | `publish-asleep` | the publisher's time for one unit while N tasks sleep on it | `tokio::sync::broadcast` |
//! | `publish-awake` | the same while N readers exist and none waits | `tokio::sync::broadcast` |
//! | `late-join` | from joining to the first unit, by length of the group of pictures | a replay cache that is cloned before subscribing |
//!
//! In `publish-asleep` each reader is asleep before each unit, and that is checked, not hoped for: a task counts itself in
//! the same poll in which it goes to sleep. On the `pinned` runtime publisher and readers share one thread, so when the
//! publisher runs with everyone counted, everyone sleeps. On the `stealing` one the publisher is a thread of its own; it
//! goes on spinning for a while after the last one was counted.
#![allow(missing_docs, reason = "criterion generates the entry points")]

use std::collections::VecDeque;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use springhead_benches::{Pictures, video};
use springhead_core::{AccessUnit, TrackSet};
use springhead_fanout::{Capacity, Reader, Start, Writer, ring};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::broadcast;

const FRAME_BYTES: usize = 4096;
const GOP: u64 = 60;
const SLOTS: usize = 1024;

/// One writer and its readers, of whichever make.
trait Fanout {
    type Reader: Send + 'static;
    fn open() -> Self;
    fn join(&self) -> Self::Reader;
    fn publish(&mut self, unit: AccessUnit, tracks: &Arc<TrackSet>);
    fn receive(reader: &mut Self::Reader) -> impl Future<Output = bool> + Send;
}

struct Springhead(Writer);

impl Fanout for Springhead {
    type Reader = Reader;

    fn open() -> Self {
        Self(ring(Capacity { units: SLOTS, ..Capacity::default() }))
    }

    fn join(&self) -> Reader {
        self.0.source().reader(Start::RandomAccess)
    }

    fn publish(&mut self, unit: AccessUnit, tracks: &Arc<TrackSet>) {
        self.0.publish(unit, tracks);
    }

    async fn receive(reader: &mut Reader) -> bool {
        black_box(reader.recv().await).is_ok()
    }
}

type Message = (AccessUnit, Arc<TrackSet>);

struct Tokio(broadcast::Sender<Message>);

impl Fanout for Tokio {
    type Reader = broadcast::Receiver<Message>;

    fn open() -> Self {
        Self(broadcast::channel(SLOTS).0)
    }

    fn join(&self) -> Self::Reader {
        self.0.subscribe()
    }

    fn publish(&mut self, unit: AccessUnit, tracks: &Arc<TrackSet>) {
        let _ = black_box(self.0.send((unit, Arc::clone(tracks))));
    }

    async fn receive(reader: &mut Self::Reader) -> bool {
        !matches!(black_box(reader.recv().await), Err(broadcast::error::RecvError::Closed))
    }
}

/// Spawns `n` readers. The counter rises by one each time that one of them is about to wait.
fn spawn_readers<F: Fanout>(runtime: &Runtime, fanout: &F, n: u64) -> Arc<AtomicU64> {
    let asleep = Arc::new(AtomicU64::new(0));
    for _ in 0..n {
        let (mut reader, asleep) = (fanout.join(), Arc::clone(&asleep));
        runtime.spawn(async move {
            loop {
                asleep.fetch_add(1, Ordering::Release);
                if !F::receive(&mut reader).await {
                    break;
                }
            }
        });
    }
    asleep
}

/// The publisher's time for `units` units, everyone being asleep before each.
fn publish_to_sleepers<F: Fanout>(runtime: &Runtime, readers: u64, units: u64, pinned: bool) -> Duration {
    let tracks = video();
    let mut fanout = F::open();
    let asleep = spawn_readers(runtime, &fanout, readers);
    let mut spent = Duration::ZERO;
    let mut publish = |unit| {
        let from = Instant::now();
        fanout.publish(unit, &tracks);
        spent += from.elapsed();
    };
    let pictures = (1..=units).zip(Pictures::new(FRAME_BYTES, GOP));
    if pinned {
        runtime.block_on(async {
            for (n, unit) in pictures {
                while asleep.load(Ordering::Acquire) < n * readers {
                    tokio::task::yield_now().await;
                }
                publish(unit);
            }
        });
    } else {
        for (n, unit) in pictures {
            while asleep.load(Ordering::Acquire) < n * readers {
                std::thread::yield_now();
            }
            let settled = Instant::now();
            while settled.elapsed() < Duration::from_micros(50) {
                std::thread::yield_now();
            }
            publish(unit);
        }
    }
    spent
}

fn publish_asleep(c: &mut Criterion) {
    let mut group = c.benchmark_group("publish-asleep");
    group.sample_size(20).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(3));
    let pinned = Builder::new_current_thread().build().expect("a runtime without drivers needs nothing");
    let stealing = Builder::new_multi_thread().worker_threads(2).build().expect("two threads can be started");
    for readers in [10, 1000] {
        for (name, runtime, is_pinned) in [("pinned", &pinned, true), ("stealing", &stealing, false)] {
            group.bench_function(BenchmarkId::new(format!("springhead/{name}"), readers), |b| {
                b.iter_custom(|units| publish_to_sleepers::<Springhead>(runtime, readers, units, is_pinned));
            });
            group.bench_function(BenchmarkId::new(format!("tokio-broadcast/{name}"), readers), |b| {
                b.iter_custom(|units| publish_to_sleepers::<Tokio>(runtime, readers, units, is_pinned));
            });
        }
    }
    group.finish();
}

fn publish_to_the_awake<F: Fanout>(readers: u64, units: u64) -> Duration {
    let tracks = video();
    let mut fanout = F::open();
    let readers: Vec<_> = (0..readers).map(|_| fanout.join()).collect();
    let mut pictures = Pictures::new(FRAME_BYTES, GOP);
    let from = Instant::now();
    for unit in pictures.by_ref().take(units as usize) {
        fanout.publish(unit, &tracks);
    }
    let spent = from.elapsed();
    drop(readers);
    spent
}

fn publish_awake(c: &mut Criterion) {
    let mut group = c.benchmark_group("publish-awake");
    group.sample_size(20).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    for readers in [1, 1000] {
        group.bench_function(BenchmarkId::new("springhead", readers), |b| {
            b.iter_custom(|units| publish_to_the_awake::<Springhead>(readers, units));
        });
        group.bench_function(BenchmarkId::new("tokio-broadcast", readers), |b| {
            b.iter_custom(|units| publish_to_the_awake::<Tokio>(readers, units));
        });
    }
    group.finish();
}

/// What is usual beside a broadcast channel: the units since the last random access point, cloned for each joiner.
struct ReplayCache {
    gop: Mutex<VecDeque<Message>>,
    live: broadcast::Sender<Message>,
}

impl ReplayCache {
    fn join(&self) -> (VecDeque<Message>, broadcast::Receiver<Message>) {
        let gop = self.gop.lock().expect("nobody panics while holding it");
        (gop.clone(), self.live.subscribe())
    }
}

fn late_join(c: &mut Criterion) {
    let mut group = c.benchmark_group("late-join");
    group.sample_size(20).warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(2));
    let tracks = video();
    for gop in [120, 1200] {
        let pictures = || Pictures::new(FRAME_BYTES, gop).take(gop as usize);
        let mut writer = ring(Capacity::default());
        pictures().for_each(|unit| writer.publish(unit, &tracks));
        let source = writer.source();
        group.bench_function(BenchmarkId::new("springhead", gop), |b| {
            b.iter(|| {
                let mut reader = source.reader(Start::RandomAccess);
                assert!(black_box(reader.try_recv()).is_ok_and(|first| first.unit.is_random_access()));
            });
        });
        let cache = ReplayCache {
            gop: Mutex::new(pictures().map(|unit| (unit, Arc::clone(&tracks))).collect()),
            live: broadcast::channel(SLOTS).0,
        };
        group.bench_function(BenchmarkId::new("replay-cache", gop), |b| {
            b.iter(|| {
                let (mut replay, live) = cache.join();
                assert!(black_box(replay.pop_front()).is_some_and(|first| first.0.is_random_access()));
                drop(live);
            });
        });
    }
    group.finish();
}

criterion_group!(fanout, publish_asleep, publish_awake, late_join);
criterion_main!(fanout);
