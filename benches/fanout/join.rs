//! Late comers.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use springhead_benches::{Pictures, video};
use springhead_fanout::{Capacity, Start, ring};

use crate::REPEATS;
use crate::asleep::PICTURE;
use crate::layout::{Layout, Threads};
use crate::rivals::{Arcly, Fanout};
use crate::table::{Row, median, quantile, show};

const JOINS: usize = 20_000;
const GROUPS: [usize; 2] = [120, 1200];

pub(crate) fn run() {
    let threads = Layout::Pinned.start();
    let [mut arcly, mut join, mut first] = [(); 3].map(|()| [(); GROUPS.len()].map(|()| Vec::new()));
    for _ in 0..REPEATS {
        for (at, group) in GROUPS.into_iter().enumerate() {
            arcly[at].push(replay(&threads, group));
            let (to_join, to_first) = ours(group);
            join[at].push(to_join);
            first[at].push(to_first);
        }
    }
    threads.stop();
    let row = |name: &str, runs: [Vec<u64>; 2]| Row {
        name: name.to_owned(),
        figures: runs.into_iter().map(median).collect(),
    };
    let name = format!("{}: replay_buffer and subscribe", Arcly::NAME);
    let rows = [
        row(&name, arcly),
        row("springhead: a reader at its place", join),
        row("springhead: a reader with its first unit", first),
    ];
    show("to join: ns", &["a group of 120", "of 1200"], &name, &rows);
    let [calm, busy] = [false, true].map(|joins| {
        let runs: Vec<_> = (0..REPEATS).map(|_| while_joining(joins)).collect();
        [0, 1].map(|at| median(runs.iter().map(|run: &[u64; 2]| run[at]).collect()))
    });
    let row = |name: &str, figures: [u64; 2]| Row { name: name.to_owned(), figures: figures.to_vec() };
    let rows = [row("nobody joins", calm), row("1000 join a second", busy)];
    show("to publish while others join: ns", &["median", "p99"], "nobody joins", &rows);
}

fn replay(threads: &Threads, group: usize) -> u64 {
    let mut arcly = Arcly::open(threads, group);
    Pictures::new(PICTURE, group as u64).take(group).for_each(|unit| arcly.publish(unit));
    let from = Instant::now();
    for _ in 0..JOINS {
        let replayed = arcly.handle().replay_buffer();
        assert_eq!(black_box(&replayed).len(), group);
        black_box(arcly.join(0));
    }
    from.elapsed().as_nanos() as u64 / JOINS as u64
}

fn ours(group: usize) -> (u64, u64) {
    let tracks = video();
    let mut writer = ring(Capacity::default());
    Pictures::new(PICTURE, group as u64).take(group).for_each(|unit| writer.publish(unit, &tracks));
    let source = writer.source();
    let from = Instant::now();
    for _ in 0..JOINS {
        black_box(source.reader(Start::RandomAccess));
    }
    let to_join = from.elapsed();
    let from = Instant::now();
    for _ in 0..JOINS {
        let mut reader = source.reader(Start::RandomAccess);
        assert!(black_box(reader.try_recv()).is_ok_and(|first| first.unit.is_random_access()));
    }
    (to_join.as_nanos() as u64 / JOINS as u64, from.elapsed().as_nanos() as u64 / JOINS as u64)
}

/// The publisher's time at 1000 units a second, with 200 readers, while a thousand others come and go each second or not.
fn while_joining(joins: bool) -> [u64; 2] {
    let tracks = video();
    let mut writer = ring(Capacity::default());
    let readers: Vec<_> = (0..200).map(|_| writer.source().reader(Start::Next)).collect();
    let source = writer.source();
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let joining = joins.then(|| {
        let stop = Arc::clone(&stop);
        std::thread::spawn(move || {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                drop(black_box(source.reader(Start::RandomAccess).try_recv()));
                std::thread::sleep(Duration::from_millis(1));
            }
        })
    });
    let mut spent = Vec::new();
    for unit in Pictures::new(PICTURE, 60).take(1500) {
        std::thread::sleep(Duration::from_micros(900));
        let from = Instant::now();
        writer.publish(unit, &tracks);
        spent.push(from.elapsed().as_nanos() as u64);
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    joining.into_iter().for_each(|thread| thread.join().expect("it does not panic"));
    drop(readers);
    [quantile(&mut spent, 500), quantile(&mut spent, 990)]
}
