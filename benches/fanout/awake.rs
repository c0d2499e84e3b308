//! Nobody waits.

use std::sync::Arc;
use std::time::Instant;

use bus::Bus;
use disruptor::{BusySpin, Producer, build_single_producer};
use springhead_benches::Pictures;
use springhead_core::AccessUnit;

use crate::asleep::PICTURE;
use crate::layout::{Layout, Threads};
use crate::ours::Springhead;
use crate::rivals::{Arcly, Fanout, SLOTS, Tokio};
use crate::table::{by_turns, show};

const UNITS: usize = 20_000;
const GROUP: u64 = 60;

pub(crate) fn run() {
    type Candidate = (&'static str, fn(&Threads, usize) -> u64);
    let candidates: [Candidate; 6] = [
        (Tokio::NAME, measure::<Tokio>),
        (Arcly::NAME, measure::<Arcly>),
        ("disruptor (gated by the slowest)", disruptor),
        ("bus (gated by the slowest)", bus),
        (Springhead::NAME, measure::<Springhead>),
        ("to make the picture, in each of them", make),
    ];
    let threads = Layout::Pinned.start();
    let rows = by_turns(&candidates, |measure| [1, 10, 1000].map(|readers| measure(&threads, readers)).to_vec());
    threads.stop();
    show("nobody asleep: ns a unit", &["1 reader", "10", "1000"], Tokio::NAME, &rows);
}

fn measure<F: Fanout>(threads: &Threads, readers: usize) -> u64 {
    let mut fanout = F::open(threads, GROUP as usize);
    let readers: Vec<_> = (0..readers).map(|n| fanout.join(n)).collect();
    let mut pictures = Pictures::new(PICTURE, GROUP);
    pictures.by_ref().take(2 * SLOTS).for_each(|unit| fanout.publish(unit));
    let from = Instant::now();
    pictures.take(UNITS).for_each(|unit| fanout.publish(unit));
    let spent = from.elapsed();
    drop(readers);
    spent.as_nanos() as u64 / UNITS as u64
}

fn make(_: &Threads, _: usize) -> u64 {
    let from = Instant::now();
    Pictures::new(PICTURE, GROUP).take(UNITS).for_each(|unit| drop(std::hint::black_box(unit)));
    from.elapsed().as_nanos() as u64 / UNITS as u64
}

/// What waits for the slowest is emptied before it is full, off the clock.
fn gated(mut publish: impl FnMut(AccessUnit), mut drain: impl FnMut()) -> u64 {
    let mut spent = 0;
    let mut pictures = Pictures::new(PICTURE, GROUP);
    for _ in 0..UNITS / (SLOTS / 2) {
        let from = Instant::now();
        pictures.by_ref().take(SLOTS / 2).for_each(&mut publish);
        spent += from.elapsed().as_nanos() as u64;
        drain();
    }
    spent / (UNITS / (SLOTS / 2) * (SLOTS / 2)) as u64
}

fn disruptor(_: &Threads, readers: usize) -> u64 {
    let empty = || None::<Arc<AccessUnit>>;
    let builder = build_single_producer(SLOTS, empty, BusySpin);
    let (mut poller, builder) = builder.new_event_poller();
    let mut producer = builder.build();
    let _ = readers;
    let producer = std::cell::RefCell::new(&mut producer);
    gated(
        |unit| producer.borrow_mut().publish(|slot| *slot = Some(Arc::new(unit))),
        || {
            if let Ok(mut events) = poller.poll() {
                (&mut events).for_each(|event| _ = std::hint::black_box(event));
            }
        },
    )
}

fn bus(_: &Threads, readers: usize) -> u64 {
    let bus = std::cell::RefCell::new(Bus::new(SLOTS));
    let mut readers: Vec<_> = (0..readers).map(|_| bus.borrow_mut().add_rx()).collect();
    gated(
        |unit| bus.borrow_mut().broadcast(Arc::new(unit)),
        || readers.iter_mut().for_each(|reader| while reader.try_recv().is_ok() {}),
    )
}
