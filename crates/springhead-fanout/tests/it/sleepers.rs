//! Many who sleep before every unit.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use springhead_core::AccessUnit;
use springhead_fanout::{Capacity, Reader, RecvError, Start, ring};

use crate::common::{audio_and_video, picture};

struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

struct Sleeper {
    reader: Reader,
    bell: Arc<Bell>,
}

impl Sleeper {
    fn poll(&mut self) -> Poll<Result<AccessUnit, RecvError>> {
        let waker = Waker::from(Arc::clone(&self.bell));
        self.reader.poll_recv(&mut Context::from_waker(&waker)).map_ok(|received| received.unit)
    }

    fn woken(&self) -> usize {
        self.bell.0.swap(0, Ordering::Relaxed)
    }
}

#[test]
fn a_thousand_sleepers_are_woken_once_a_unit_and_share_its_payload() {
    let tracks = audio_and_video(0);
    let mut writer = ring(Capacity { units: 16, ..Capacity::default() });
    let source = writer.source();
    let mut sleepers: Vec<_> = (0..1000)
        .map(|_| Sleeper { reader: source.reader(Start::Next), bell: Arc::new(Bell(AtomicUsize::new(0))) })
        .collect();
    for n in 0..100 {
        sleepers.iter_mut().for_each(|sleeper| assert!(sleeper.poll().is_pending()));
        let unit = picture(n, n % 10 == 0);
        let payload = unit.payload.slices()[0].as_ptr();
        writer.publish(unit, &tracks);
        for sleeper in &mut sleepers {
            assert_eq!(sleeper.woken(), 1);
            let Poll::Ready(Ok(got)) = sleeper.poll() else { panic!("woken for nothing at {n}") };
            assert_eq!(got.dts.0, n as i64);
            assert_eq!(got.payload.slices()[0].as_ptr(), payload, "the writer's own bytes");
        }
    }
    sleepers.iter_mut().for_each(|sleeper| assert!(sleeper.poll().is_pending()));
    writer.close();
    for sleeper in &mut sleepers {
        assert_eq!(sleeper.woken(), 1);
        assert!(matches!(sleeper.poll(), Poll::Ready(Err(RecvError::Closed))));
        assert_eq!((sleeper.reader.stats().received, sleeper.reader.stats().skipped), (100, 0));
    }
}

#[test]
fn a_dropped_recv_loses_nothing() {
    let tracks = audio_and_video(0);
    let mut writer = ring(Capacity::default());
    let mut reader = writer.source().reader(Start::RandomAccess);
    let mut cx = Context::from_waker(Waker::noop());
    for n in 0..3 {
        assert!(pin!(reader.recv()).poll(&mut cx).is_pending());
        writer.publish(picture(n, true), &tracks);
        let Poll::Ready(Ok(got)) = pin!(reader.recv()).poll(&mut cx) else { panic!("{n} is lost") };
        assert_eq!(got.unit.dts.0, n as i64);
    }
}

struct Unpark(thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut cx = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut cx) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park(),
        }
    }
}

#[test]
fn readers_on_threads_of_their_own_account_for_every_unit() {
    const UNITS: u64 = 20_000;
    let tracks = audio_and_video(0);
    let mut writer = ring(Capacity { units: 32, ..Capacity::default() });
    let everyone_is_there = Arc::new(Barrier::new(5));
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let mut reader = writer.source().reader(Start::Next);
            let everyone_is_there = Arc::clone(&everyone_is_there);
            thread::spawn(move || {
                everyone_is_there.wait();
                let mut next = None;
                let mut start = 0;
                while let Ok(got) = block_on(reader.recv()) {
                    let dts = got.unit.dts.0 as u64;
                    match next {
                        None => start = dts - got.skipped,
                        Some(next) => assert_eq!(dts, next + got.skipped),
                    }
                    assert!(got.unit.is_random_access() || got.skipped == 0);
                    next = Some(dts + 1);
                }
                let stats = reader.stats();
                assert_eq!(start + stats.received + stats.skipped, UNITS);
            })
        })
        .collect();
    everyone_is_there.wait();
    (0..UNITS).for_each(|n| writer.publish(picture(n, n % 5 == 0), &tracks));
    writer.close();
    readers.into_iter().for_each(|reader| reader.join().unwrap());
}
