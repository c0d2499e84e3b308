//! What of a delivery is ours: one thread, no runtime, and wakers that do nothing.

use std::hint::black_box;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::time::{Duration, Instant};

use springhead_benches::{Pictures, video};
use springhead_fanout::{Start, ring};

use crate::asleep::{PICTURE, SESSIONS};
use crate::ours::capacity;
use crate::table::{by_turns, show};

const UNITS: usize = 1000;

struct Nobody;

impl Wake for Nobody {
    fn wake(self: Arc<Self>) {}
    fn wake_by_ref(self: &Arc<Self>) {}
}

pub(crate) fn run() {
    let rows = by_turns(&[("springhead", ())], |()| parts());
    show("the parts of a delivery: ns", &["to lie down", "to wake", "to receive"], "", &rows);
}

fn parts() -> Vec<u64> {
    let tracks = video();
    let mut writer = ring(capacity());
    let wakers: Vec<Waker> = (0..SESSIONS).map(|_| Waker::from(Arc::new(Nobody))).collect();
    let mut readers: Vec<_> = (0..SESSIONS).map(|_| writer.source().reader(Start::Next)).collect();
    let mut spent = [Duration::ZERO; 3];
    for unit in Pictures::new(PICTURE, 60).take(UNITS) {
        let start = Instant::now();
        for (reader, waker) in readers.iter_mut().zip(&wakers) {
            assert!(reader.poll_recv_run(&mut Context::from_waker(waker), 64).is_pending());
        }
        let asleep = Instant::now();
        writer.publish(unit, &tracks);
        let woken = Instant::now();
        for reader in &mut readers {
            assert!(black_box(reader.try_recv_run(64)).is_ok());
        }
        spent[0] += asleep - start;
        spent[1] += woken - asleep;
        spent[2] += woken.elapsed();
    }
    spent.map(|spent| spent.as_nanos() as u64 / (UNITS * SESSIONS) as u64).to_vec()
}
