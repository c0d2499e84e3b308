//! A thousand who sleep.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use springhead_benches::Pictures;
use springhead_core::{AccessUnit, MonoTime};

use crate::REPEATS;
use crate::layout::{Layout, cpu_time};
use crate::limit::WakeAndPoll;
use crate::ours::{Groups, OneByOne, Springhead, WithoutRelays};
use crate::rivals::{Arcly, Fanout, Postage, Queues, Reader, Tokio};
use crate::table::{by_turns, median, quantile, show};

pub(crate) const SESSIONS: usize = 1000;
const UNITS: usize = 1000;
const WARM_UP: usize = 100;
const EVERY: Duration = Duration::from_millis(1);
const GROUP: u64 = 60;
/// Bytes of a picture.
pub(crate) const PICTURE: usize = 4096;

/// Publishing: median and p99. Delivery: p50, p99, p99.9. CPU time of a delivery. All in nanoseconds.
type Measured = [u64; 6];
type Candidate = (&'static str, fn(Layout, usize) -> Measured);

pub(crate) fn run() {
    let candidates: [Candidate; 9] = [
        (Tokio::NAME, measure::<Tokio>),
        (Queues::NAME, measure::<Queues>),
        (Arcly::NAME, measure::<Arcly>),
        (Postage::NAME, measure::<Postage>),
        (WithoutRelays::NAME, measure::<WithoutRelays>),
        (OneByOne::NAME, measure::<OneByOne>),
        (Springhead::NAME, measure::<Springhead>),
        (Groups::NAME, measure::<Groups>),
        (WakeAndPoll::NAME, measure::<WakeAndPoll>),
    ];
    let columns = ["publish ns", "p99", "delivery p50 ns", "p99", "p99.9", "CPU ns a delivery"];
    for layout in [Layout::Pinned, Layout::Stealing] {
        let rows = by_turns(&candidates, |measure| measure(layout, SESSIONS).to_vec());
        show(&format!("{SESSIONS} asleep, {}", layout.name()), &columns, Tokio::NAME, &rows);
        if layout == Layout::Pinned {
            let few = median((0..REPEATS).map(|_| measure::<Springhead>(layout, 10)[0]).collect());
            println!("\nspringhead with 10 asleep: publish {few} ns");
        }
    }
}

/// What a publisher did: the time of each publication, when it was awake for the units that count, and the CPU time spent.
struct Published {
    spent: Vec<u64>,
    cpu: Duration,
}

pub(crate) fn measure<F: Fanout + Send + 'static>(layout: Layout, sessions: usize) -> Measured {
    let threads = layout.start();
    let origin = Instant::now();
    let mut fanout = F::open(&threads, GROUP as usize);
    let tasks = F::tasks(sessions);
    let asleep = Arc::new(AtomicU64::new(0));
    let (send, latencies) = mpsc::channel();
    for n in 0..tasks {
        let (mut reader, asleep, send) = (fanout.join(n), Arc::clone(&asleep), send.clone());
        threads.handle(n).spawn(async move {
            let mut taken: Vec<u32> = Vec::with_capacity((UNITS + WARM_UP + 1) * (sessions / tasks));
            loop {
                asleep.fetch_add(1, Ordering::Release);
                let goes_on = reader.receive(|at| {
                    let late = origin.elapsed().as_nanos() as u64 - at;
                    taken.push(u32::try_from(late).unwrap_or(u32::MAX));
                });
                if !goes_on.await {
                    break;
                }
            }
            let _ = send.send(taken);
        });
    }
    drop(send);
    let (done, published) = mpsc::channel();
    threads.handle(0).spawn(publish(fanout, origin, asleep, tasks as u64, done));
    let Published { spent, cpu } = published.recv().expect("the publisher does not panic");
    let mut late: Vec<u64> = Vec::with_capacity(UNITS * sessions);
    let per_unit = sessions / tasks;
    for taken in latencies {
        late.extend(taken.iter().skip(WARM_UP * per_unit).map(|late| u64::from(*late)));
    }
    threads.stop();
    let mut spent: Vec<u64> = spent;
    let deliveries = (UNITS * sessions) as u64;
    assert!(late.len() as u64 >= deliveries * 99 / 100, "{}: {} of {deliveries} delivered", F::NAME, late.len());
    [
        quantile(&mut spent, 500),
        quantile(&mut spent, 990),
        quantile(&mut late, 500),
        quantile(&mut late, 990),
        quantile(&mut late, 999),
        cpu.as_nanos() as u64 / deliveries,
    ]
}

async fn publish<F: Fanout>(
    mut fanout: F,
    origin: Instant,
    asleep: Arc<AtomicU64>,
    tasks: u64,
    done: mpsc::Sender<Published>,
) {
    let mut spent = Vec::with_capacity(UNITS);
    let mut cpu = Duration::ZERO;
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    for (n, unit) in (0..WARM_UP + UNITS).zip(Pictures::new(PICTURE, GROUP)) {
        ticks.tick().await;
        while asleep.load(Ordering::Acquire) < tasks {
            // Not by spinning: what is measured is their time.
            ticks.tick().await;
        }
        asleep.fetch_sub(tasks, Ordering::Relaxed);
        if n == WARM_UP {
            cpu = cpu_time();
        }
        let from = Instant::now();
        fanout.publish(AccessUnit { arrival: MonoTime((from - origin).as_nanos() as u64), ..unit });
        if n >= WARM_UP {
            spent.push(from.elapsed().as_nanos() as u64);
        }
    }
    while asleep.load(Ordering::Acquire) < tasks {
        ticks.tick().await;
    }
    let cpu = cpu_time().saturating_sub(cpu);
    let _ = done.send(Published { spent, cpu });
    drop(fanout);
}
