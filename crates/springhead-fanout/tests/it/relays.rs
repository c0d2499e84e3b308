//! Those who wake readers in a writer's place.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Wake, Waker};

use springhead_fanout::{Capacity, Reader, Start, relays, ring_with};
use tokio::runtime::Builder;

use crate::common::{audio_and_video, picture};

#[derive(Default)]
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn lie_down(reader: &mut Reader) -> Arc<Bell> {
    let bell = Arc::new(Bell::default());
    assert!(reader.poll_recv(&mut Context::from_waker(&Waker::from(Arc::clone(&bell)))).is_pending());
    bell
}

#[test]
fn the_writer_leaves_word_and_wakes_none_but_those_who_asked_for_it() {
    let tracks = audio_and_video(0);
    let (relays, tasks) = relays(2);
    let mut writer = ring_with(Capacity::default(), &relays);
    let mut readers: Vec<_> = (0..100).map(|_| writer.source().reader(Start::Next)).collect();
    readers.push(writer.source().reader(Start::Next).woken_by_writer());
    let mut bells: Vec<_> = readers.iter_mut().map(lie_down).collect();
    writer.publish(picture(0, true), &tracks);
    assert_eq!(bells.pop().unwrap().0.load(Ordering::Relaxed), 1);
    assert!(bells.iter().all(|bell| bell.0.load(Ordering::Relaxed) == 0));

    let runtime = Builder::new_current_thread().build().unwrap();
    let running: Vec<_> = tasks.into_iter().map(|relay| runtime.spawn(relay.run())).collect();
    runtime.block_on(async {
        while bells.iter().any(|bell| bell.0.load(Ordering::Relaxed) == 0) {
            tokio::task::yield_now().await;
        }
        drop((relays, writer, readers));
        for relay in running {
            relay.await.unwrap();
        }
    });
    assert!(bells.iter().all(|bell| bell.0.load(Ordering::Relaxed) == 1));
}

#[test]
fn when_a_relay_is_gone_its_readers_are_woken_all_the_same() {
    let tracks = audio_and_video(0);
    let (relays, mut tasks) = relays(2);
    let mut writer = ring_with(Capacity::default(), &relays).beside_relay(1);
    let mut readers: Vec<_> = (0..10).map(|n| writer.source().reader(Start::RandomAccess).woken_by(n % 3)).collect();
    let bells: Vec<_> = readers.iter_mut().map(lie_down).collect();
    writer.publish(picture(0, true), &tracks);
    let rung = |bells: &[Arc<Bell>]| bells.iter().map(|bell| bell.0.load(Ordering::Relaxed)).collect::<Vec<_>>();
    assert_eq!(rung(&bells), [0, 0, 1, 0, 0, 1, 0, 0, 1, 0], "there is no third relay: those are the writer's");
    drop(tasks.pop());
    assert_eq!(rung(&bells), [0, 1, 1, 0, 1, 1, 0, 1, 1, 0], "it leaves nobody asleep");
    drop(tasks.pop());
    assert_eq!(rung(&bells), [1; 10]);
    for reader in &mut readers {
        assert_eq!(reader.try_recv().unwrap().unit.dts.0, 0);
    }
    let bells: Vec<_> = readers.iter_mut().map(lie_down).collect();
    writer.publish(picture(1, false), &tracks);
    assert_eq!(rung(&bells), [1; 10]);
}

#[test]
fn a_thousand_tasks_on_two_threads_get_every_unit_through_relays() {
    let tracks = audio_and_video(0);
    let runtime = Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let (relays, tasks) = relays(2);
    tasks.into_iter().for_each(|relay| drop(runtime.spawn(relay.run())));
    let mut writer = ring_with(Capacity { units: 1 << 16, ..Capacity::default() }, &relays);
    let readers: Vec<_> = (0..1000)
        .map(|_| {
            let mut reader = writer.source().reader(Start::Next);
            runtime.spawn(async move {
                let mut got = 0;
                while let Ok(received) = reader.recv().await {
                    assert_eq!((received.unit.dts.0, received.skipped), (got, 0));
                    got += 1;
                }
                got
            })
        })
        .collect();
    runtime.block_on(async {
        for n in 0..500 {
            writer.publish(picture(n, n % 50 == 0), &tracks);
            if n % 7 == 0 {
                tokio::task::yield_now().await;
            }
        }
        drop(writer);
        for reader in readers {
            assert_eq!(reader.await.unwrap(), 500);
        }
    });
}
