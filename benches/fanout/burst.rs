//! Much at once.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Instant;

use springhead_benches::Pictures;

use crate::asleep::{PICTURE, SESSIONS};
use crate::layout::Layout;
use crate::ours::{Groups, OneByOne, Springhead};
use crate::rivals::{Arcly, Fanout, Postage, Queues, Reader, Tokio};
use crate::table::{by_turns, show};

const BURST: usize = 64;
const BURSTS: usize = 200;

pub(crate) fn run() {
    type Candidate = (&'static str, fn(Layout) -> u64);
    let candidates: [Candidate; 7] = [
        (Tokio::NAME, measure::<Tokio>),
        (Queues::NAME, measure::<Queues>),
        (Arcly::NAME, measure::<Arcly>),
        (Postage::NAME, measure::<Postage>),
        (OneByOne::NAME, measure::<OneByOne>),
        (Springhead::NAME, measure::<Springhead>),
        (Groups::NAME, measure::<Groups>),
    ];
    let rows = by_turns(&candidates, |measure| [Layout::Pinned, Layout::Stealing].map(measure).to_vec());
    show("bursts of 64 to 1000: deliveries a second", &["pinned", "stealing"], Tokio::NAME, &rows);
}

fn measure<F: Fanout + Send + 'static>(layout: Layout) -> u64 {
    let threads = layout.start();
    let mut fanout = F::open(&threads, 60);
    let tasks = F::tasks(SESSIONS);
    // A counter for each task, so that counting is no contest.
    let counts: Vec<Arc<AtomicU64>> = (0..tasks).map(|_| Arc::default()).collect();
    for (n, count) in counts.iter().enumerate() {
        let (mut reader, count) = (fanout.join(n), Arc::clone(count));
        threads.handle(n).spawn(async move {
            loop {
                let mut taken = 0;
                let goes_on = reader.receive(|at| taken += u64::from(std::hint::black_box(at) != u64::MAX)).await;
                count.store(count.load(Ordering::Relaxed) + taken, Ordering::Release);
                if !goes_on {
                    break;
                }
            }
        });
    }
    let (done, spent) = mpsc::channel();
    let per_task = (SESSIONS / tasks) as u64;
    threads.handle(0).spawn(async move {
        let mut pictures = Pictures::new(PICTURE, 60);
        let mut from = Instant::now();
        for burst in 1..=BURSTS {
            pictures.by_ref().take(BURST).for_each(|unit| fanout.publish(unit));
            // Those who begin at the next random access point lack what was before it: none, as it is the first.
            let due = (burst * BURST) as u64 * per_task;
            while counts.iter().any(|count| count.load(Ordering::Acquire) < due) {
                tokio::task::yield_now().await;
            }
            if burst == BURSTS / 10 {
                from = Instant::now();
            }
        }
        let _ = done.send(from.elapsed());
    });
    let spent = spent.recv().expect("the publisher does not panic");
    threads.stop();
    let deliveries = ((BURSTS - BURSTS / 10) * BURST * SESSIONS) as u128;
    (deliveries * 1_000_000_000 / spent.as_nanos()) as u64
}
