//! What does a sleeping reader cost in memory, beyond its bare task?
#![allow(missing_docs, reason = "the entry point of a bench")]
#![allow(clippy::print_stdout, reason = "a table is what it is for")]

use std::alloc::System;
use std::sync::Arc;

use springhead_benches::{Pictures, video};
use springhead_fanout::{Capacity, Start, ring};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tokio::runtime::Builder;
use tokio::sync::{broadcast, mpsc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// The bytes that `count` tasks have allocated for good, each of them asleep.
fn asleep<F: Future<Output = ()> + Send + 'static>(count: usize, mut task: impl FnMut() -> F) -> usize {
    let runtime = Builder::new_current_thread().build().expect("a runtime can be built");
    let region = Region::new(ALLOCATOR);
    runtime.block_on(async {
        (0..count).for_each(|_| drop(tokio::spawn(task())));
        for _ in 0..4 {
            tokio::task::yield_now().await;
        }
    });
    let change = region.change();
    (change.bytes_allocated - change.bytes_deallocated) / count
}

fn main() {
    let mut filters = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).peekable();
    if filters.peek().is_some() && !filters.any(|filter| "fanout-memory".contains(&filter)) {
        return;
    }
    println!("\n### asleep: bytes for each reader, its task included\n");
    println!("| | 1000 | 100 000 |\n|---|---:|---:|");
    let counts = [1000, 100_000];
    let bare = counts.map(|count| asleep(count, || async { std::future::pending().await }));
    let springhead = counts.map(|count| {
        let tracks = video();
        let mut writer = ring(Capacity::default());
        Pictures::new(4096, 60).take(60).for_each(|unit| writer.publish(unit, &tracks));
        let source = writer.source();
        asleep(count, || {
            let mut reader = source.reader(Start::RandomAccess);
            async move { while reader.recv().await.is_ok() {} }
        })
    });
    let tokio_broadcast = counts.map(|count| {
        let send = broadcast::channel::<Arc<u64>>(1024).0;
        asleep(count, || {
            let mut reader = send.subscribe();
            async move { while reader.recv().await.is_ok() {} }
        })
    });
    let tokio_mpsc = counts.map(|count| {
        let mut senders = Vec::new();
        asleep(count, || {
            let (send, mut reader) = mpsc::channel::<Arc<u64>>(64);
            senders.push(send);
            async move { while reader.recv().await.is_some() {} }
        })
    });
    for (name, bytes) in [
        ("a bare task", bare),
        ("tokio broadcast", tokio_broadcast),
        ("a tokio mpsc each", tokio_mpsc),
        ("springhead", springhead),
    ] {
        println!("| {name} | {} | {} |", bytes[0], bytes[1]);
    }
    println!(
        "\na Reader is {} bytes; more is its place to sleep and what the future keeps",
        size_of::<springhead_fanout::Reader>()
    );
}
