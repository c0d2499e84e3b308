//! Ourselves.

use std::sync::Arc;

use springhead_benches::video;
use springhead_core::{AccessUnit, TrackSet};
use springhead_fanout::{Capacity, Group, Reader, Relays, Start, Writer, relays, ring_with};

use crate::asleep::SESSIONS;
use crate::layout::{THREADS, Threads};
use crate::rivals::{self, Fanout, SLOTS};

/// One task for each reader, a relay for each thread.
pub(crate) struct Springhead {
    pub(crate) writer: Writer,
    tracks: Arc<TrackSet>,
    is_pinned: bool,
}

pub(crate) fn capacity() -> Capacity {
    Capacity { units: SLOTS, ..Capacity::default() }
}

pub(crate) fn spawn_relays(threads: &Threads) -> Relays {
    let (relays, tasks) = relays(THREADS);
    tasks.into_iter().enumerate().for_each(|(n, relay)| drop(threads.handle(n).spawn(relay.run())));
    relays
}

impl Fanout for Springhead {
    const NAME: &'static str = "springhead";
    type Reader = Reader;

    fn open(threads: &Threads, _: usize) -> Self {
        let writer = ring_with(capacity(), &spawn_relays(threads)).beside_relay(0);
        Self { writer, tracks: video(), is_pinned: matches!(threads, Threads::Pinned { .. }) }
    }

    fn join(&mut self, n: usize) -> Reader {
        let reader = self.writer.source().reader(Start::Next);
        if self.is_pinned { reader.woken_by(n % THREADS) } else { reader }
    }

    fn publish(&mut self, unit: AccessUnit) {
        self.writer.publish(unit, &self.tracks);
    }
}

impl rivals::Reader for Reader {
    async fn receive(&mut self, mut take: impl FnMut(u64) + Send) -> bool {
        match self.recv_run(64).await {
            Ok(run) => {
                run.units().for_each(|unit| take(unit.arrival.0));
                true
            }
            Err(_) => false,
        }
    }
}

/// The same, with units taken one by one as rivals give them.
pub(crate) struct OneByOne(Springhead);

pub(crate) struct OneByOneReader(Reader);

impl Fanout for OneByOne {
    const NAME: &'static str = "springhead, unit by unit";
    type Reader = OneByOneReader;

    fn open(threads: &Threads, group: usize) -> Self {
        Self(Springhead::open(threads, group))
    }

    fn join(&mut self, n: usize) -> OneByOneReader {
        OneByOneReader(self.0.join(n))
    }

    fn publish(&mut self, unit: AccessUnit) {
        self.0.publish(unit);
    }
}

impl rivals::Reader for OneByOneReader {
    async fn receive(&mut self, mut take: impl FnMut(u64) + Send) -> bool {
        match self.0.recv().await {
            Ok(received) => {
                take(received.unit.arrival.0);
                true
            }
            Err(_) => false,
        }
    }
}

/// Without relays: the writer wakes each reader itself.
pub(crate) struct WithoutRelays(Springhead);

impl Fanout for WithoutRelays {
    const NAME: &'static str = "springhead, no relays";
    type Reader = Reader;

    fn open(_: &Threads, _: usize) -> Self {
        Self(Springhead { writer: ring_with(capacity(), &Relays::none()), tracks: video(), is_pinned: false })
    }

    fn join(&mut self, n: usize) -> Reader {
        self.0.join(n)
    }

    fn publish(&mut self, unit: AccessUnit) {
        self.0.publish(unit);
    }
}

/// A group of readers for each thread: one task serves half of the sessions.
pub(crate) struct Groups(Springhead);

impl Fanout for Groups {
    const NAME: &'static str = "springhead, a group for each thread";
    type Reader = Group;

    fn open(threads: &Threads, group: usize) -> Self {
        Self(Springhead::open(threads, group))
    }

    fn join(&mut self, n: usize) -> Group {
        let source = self.0.writer.source();
        let mut group = source.group().woken_by(n);
        for _ in 0..SESSIONS / THREADS {
            group.add(source.reader(Start::Next));
        }
        group
    }

    fn tasks(_: usize) -> usize {
        THREADS
    }

    fn publish(&mut self, unit: AccessUnit) {
        self.0.publish(unit);
    }
}

impl rivals::Reader for Group {
    async fn receive(&mut self, mut take: impl FnMut(u64) + Send) -> bool {
        let (_, received) = self.recv(64).await;
        match received {
            Ok(run) => run.units().for_each(|unit| take(unit.arrival.0)),
            Err(_) => return !self.is_empty(),
        }
        while let Some((_, Ok(run))) = self.try_recv(64) {
            run.units().for_each(|unit| take(unit.arrival.0));
        }
        true
    }
}
