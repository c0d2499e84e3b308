//! Publishers and readers come and go forty thousand times, and leave nothing behind (T13).
//!
//! A cycle has a broadcast of a name of its own, with units of its own, whose publisher says goodbye, is lost, is lost and
//! comes back, or is replaced; and readers that read to the end, that leave in their sleep, and that never read at all.

mod common;

use std::future::Future;
use std::ops::Range;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use common::{HandClock, Recording, alone, copied, engine, live_bytes, play, publish};
use springhead_core::BroadcastKey;
use springhead_engine::{
    ApplicationPolicy, EndReason, Engine, PlaySession, PublishSession, RawUnit, RecvError, Start, State, Takeover,
};
use springhead_testkit::SourceOptions;

const CYCLES: u64 = 40_000;
/// After so many all that is allocated once is.
const WARM: u64 = 1_000;
/// What lasts longer than a cycle, allocated as it happens to be: a byte for each cycle would be more.
const SLACK: usize = 32 << 10;
/// Units before readers come, and as many after that.
const HALF: usize = 4;

/// What the process has in memory, as Linux tells it; none elsewhere. In pages, which no rule below depends on.
fn resident_pages() -> Option<u64> {
    std::fs::read_to_string("/proc/self/statm").ok()?.split(' ').nth(1)?.parse().ok()
}

#[derive(Clone)]
struct House {
    engine: Engine,
    clock: Arc<HandClock>,
    recording: Arc<Recording>,
}

impl House {
    fn new(reconnect_grace: Duration) -> Self {
        let policy = ApplicationPolicy { reconnect_grace, takeover: Takeover::Replace, ..ApplicationPolicy::default() };
        let (engine, clock) = engine(policy, None);
        let options = SourceOptions { unit_bytes: 200, gop: 6, size: (64, 64), ..SourceOptions::default() };
        Self { engine, clock, recording: Arc::new(Recording::new(options, 2 * HALF)) }
    }

    async fn cycle(&self, number: u64) {
        let Self { engine, .. } = self;
        let key: BroadcastKey = format!("live/{number}").parse().expect("a name");
        let mut session = publish(engine, &key).await;
        self.recording.describe(&mut session);
        self.send(&mut session, 0..HALF);

        let stays = tokio::spawn(read(play(engine, &key, Start::RandomAccess).await));
        let takes_runs = tokio::spawn(read_runs(play(engine, &key, Start::Oldest).await));
        let is_stopped = tokio::spawn(read(play(engine, &key, Start::Next).await));
        let never_reads = play(engine, &key, Start::RandomAccess).await;
        leave_asleep(play(engine, &key, Start::Next).await);
        tokio::task::yield_now().await;
        self.send(&mut session, HALF..2 * HALF);
        is_stopped.abort();

        match number % 4 {
            0 => session.finish(),
            1 => self.lose(session).await,
            2 => {
                let (new, reason) = tokio::join!(publish(engine, &key), session.ended());
                assert_eq!(reason, EndReason::Replaced);
                self.send_all(new).finish();
            }
            _ => {
                drop(session);
                self.send_all(publish(engine, &key).await).finish();
            }
        }
        assert_eq!(stays.await.expect("it reads to the end"), RecvError::Closed);
        assert_eq!(takes_runs.await.expect("it reads to the end"), RecvError::Closed);
        drop((is_stopped.await, never_reads));
        assert!(engine.broadcast(&key).is_none());
    }

    fn send(&self, session: &mut PublishSession, which: Range<usize>) {
        self.clock.advance(Duration::from_millis(100));
        let arrival = self.engine.clock().now().mono;
        for (track, raw) in &self.recording.units()[which] {
            session.handle_unit(*track, RawUnit { payload: copied(&raw.payload), arrival, ..raw.clone() });
        }
    }

    fn send_all(&self, mut session: PublishSession) -> PublishSession {
        self.recording.describe(&mut session);
        self.send(&mut session, 0..2 * HALF);
        session
    }

    /// The publisher is lost, and its broadcast is over when it was waited for as long as the policy says.
    async fn lose(&self, session: PublishSession) {
        let mut state = session.broadcast().watch();
        drop(session);
        let ended = state.wait_for(|state| matches!(state, State::Ended { .. })).await;
        assert_eq!(*ended.expect("the broadcast is held by its readers"), State::Ended { clean: false });
    }
}

async fn read(mut session: PlaySession) -> RecvError {
    loop {
        if let Err(end) = session.recv().await {
            return end;
        }
    }
}

async fn read_runs(mut session: PlaySession) -> RecvError {
    loop {
        if let Err(end) = session.recv_run(32).await {
            return end;
        }
    }
}

/// Goes to sleep and leaves.
fn leave_asleep(mut session: PlaySession) {
    let mut context = Context::from_waker(Waker::noop());
    assert!(pin!(session.recv()).poll(&mut context).is_pending());
}

/// What is in memory: pages that are resident, and bytes that are allocated.
fn memory() -> (Option<u64>, usize) {
    (resident_pages(), live_bytes())
}

fn compare(which: &str, warm: (Option<u64>, usize), end: (Option<u64>, usize)) {
    let grown = end.1.saturating_sub(warm.1);
    eprintln!("{which}: {} bytes allocated after {WARM} cycles, {} after {CYCLES}", warm.1, end.1);
    assert!(grown < SLACK, "{grown} bytes more are allocated after {CYCLES} cycles than after {WARM}");
    let (Some(warm), Some(end)) = (warm.0, end.0) else {
        eprintln!("SKIPPED: /proc/self/statm is not there to tell what is resident");
        return;
    };
    eprintln!("{which}: {warm} pages resident after {WARM} cycles, {end} after {CYCLES}");
    assert!(end * 10 <= warm * 11, "{end} pages are resident after {CYCLES} cycles, {warm} after {WARM}");
}

#[test]
fn forty_thousand_broadcasts_leave_no_memory_behind() {
    let _alone = alone();
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().start_paused(true).build().expect("a thread");
    let house = House::new(Duration::from_secs(1));
    let run = async |numbers: Range<u64>| {
        for number in numbers {
            house.cycle(number).await;
            // Until nobody waits for a publisher's return any more.
            tokio::time::sleep(Duration::from_secs(2)).await;
        }
    };
    runtime.block_on(run(0..WARM));
    let warm = memory();
    runtime.block_on(run(WARM..CYCLES));
    compare("one thread", warm, memory());
}

#[test]
fn forty_thousand_broadcasts_on_two_threads_leave_no_memory_behind() {
    const AT_A_TIME: u64 = 8;
    let _alone = alone();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads");
    let house = House::new(Duration::ZERO);
    let run = |numbers: Range<u64>| {
        let workers = (0..AT_A_TIME).map(|worker| {
            let (house, numbers) = (house.clone(), numbers.clone());
            runtime.spawn(async move {
                for number in numbers.skip(worker as usize).step_by(AT_A_TIME as usize) {
                    house.cycle(number).await;
                }
            })
        });
        for worker in workers.collect::<Vec<_>>() {
            runtime.block_on(worker).expect("the cycles are as they should be");
        }
    };
    run(0..WARM);
    let warm = memory();
    run(WARM..CYCLES);
    compare("two threads", warm, memory());
}
