//! Many readers of one broadcast and many broadcasts, on two threads: nothing is lost, and memory is what it is said to be.
//!
//! Everybody is asleep before each burst of units, and has all of it and is asleep again before the next one. A lost wake-up
//! is a reader that never gets its unit: the test says how many wait then.

mod common;

use std::collections::HashSet;
use std::future::{Future, poll_fn};
use std::ops::Range;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use bytes::Bytes;
use common::{Recording, alone, engine, live_bytes, play, publish};
use springhead_core::{AccessUnit, BroadcastKey, FrameRate, TrackId};
use springhead_engine::{
    ApplicationPolicy, LagPolicy, PlaySession, PublishSession, RawUnit, Reader, ReaderStats, Received, RecvError, Start,
};
use springhead_testkit::{Source, SourceOptions};
use tokio::sync::Notify;
use tokio::task::Id;

const BURSTS: usize = 4;
const BURST: usize = 24;
/// Of so many readers one looks who wakes it.
const ONE_OF: usize = 100;

/// Ten pictures and eight frames of sound a second, and a key picture every two seconds.
const SOURCE: SourceOptions = SourceOptions {
    frame_rate: FrameRate { num: 10, den: 1 },
    gop: 20,
    b_frames: 2,
    audio_rate: Some(8_000),
    video: true,
    start: Duration::ZERO,
    unit_bytes: 200,
    size: (64, 64),
};
/// What is published before readers come, so that all is measured that is: that takes five seconds.
const BEFORE: Duration = Duration::from_secs(6);
const MEASURED_UNITS: usize = 5 * 18;

/// What is said of memory may be wrong by this factor.
const ROOM: usize = 2;
/// A reader's sleeper, and its place in the queue.
const SLEEPER: usize = 48 + 17;
/// What a session has besides its reader: the account of what became of its units, and its policy with what that needs.
const ACCOUNT: usize = 160;
const CARE: usize = 200;
/// What the runtime needs for a task besides its future.
const TASK: usize = 128;
/// A broadcast and its publisher's session, with two tracks.
const BROADCAST: usize = 10_000;
/// A unit in the window of what is measured, which the session has and the broadcast too.
const MEASURED: usize = 2 * 48;
/// A place in a block, with a unit in it or none: a block of them is not filled where a group of pictures ends.
const PLACE: usize = size_of::<AccessUnit>() + 8;
const GROUP_UNITS: usize = 2 * 18;
const GROUP_PLACES: usize = 2 * 32;
/// The count of those who share the buffer of a payload.
const SHARE: usize = 24;

/// What units take that are held, besides their payload.
fn held(units: usize) -> usize {
    units.div_ceil(GROUP_UNITS) * GROUP_PLACES * PLACE + units * SHARE
}

/// What all readers tell of.
#[derive(Default)]
struct Hall {
    asleep: AtomicUsize,
    received: AtomicUsize,
    changed: Notify,
    /// The tasks that woke somebody; none for who is no task, which the publisher is here.
    wakers: Mutex<HashSet<Option<Id>>>,
    /// What somebody got that he should not have.
    wrong: Mutex<Option<String>>,
}

impl Hall {
    /// Waits until so many units were received and so many readers are asleep.
    async fn settle(&self, received: usize, asleep: usize) {
        let settled = async {
            loop {
                let changed = self.changed.notified();
                let wrong = self.wrong.lock().expect("nobody panics with it").take();
                assert_eq!(wrong, None);
                if (self.received.load(Ordering::SeqCst), self.asleep.load(Ordering::SeqCst)) == (received, asleep) {
                    return;
                }
                changed.await;
            }
        };
        if tokio::time::timeout(Duration::from_secs(120), settled).await.is_err() {
            panic!("{:?} of {received} units received, {:?} of {asleep} asleep", self.received, self.asleep);
        }
    }
}

/// Notes who wakes, and wakes.
struct Noting {
    hall: Arc<Hall>,
    inner: Waker,
}

impl Wake for Noting {
    fn wake(self: Arc<Self>) {
        self.hall.wakers.lock().expect("nobody panics with it").insert(tokio::task::try_id());
        self.inner.wake_by_ref();
    }
}

/// Where the payload of each unit lies that is published, and of which track it is.
type Expected = Arc<[(TrackId, usize, usize)]>;

fn expected(recording: &Recording, from: usize) -> Expected {
    let place = |(track, raw): &(TrackId, RawUnit)| {
        let start = raw.payload.as_ptr() as usize;
        (*track, start, start + raw.payload.len())
    };
    recording.units()[from..].iter().map(place).collect()
}

/// Reads to the end. Each unit is the next one, and its payload lies where the publisher put it.
async fn read(mut session: PlaySession, hall: Arc<Hall>, expected: Expected, notes: bool) -> ReaderStats {
    let (mut next, mut is_asleep, mut noting) = (0, false, None);
    loop {
        let received = poll_fn(|cx| {
            if std::mem::take(&mut is_asleep) {
                hall.asleep.fetch_sub(1, Ordering::SeqCst);
            }
            let polled = if notes {
                let inner = cx.waker();
                let waker: &Waker =
                    noting.get_or_insert_with(|| Arc::new(Noting { hall: hall.clone(), inner: inner.clone() }).into());
                poll(&mut session, &mut Context::from_waker(waker))
            } else {
                poll(&mut session, cx)
            };
            is_asleep = polled.is_pending();
            if is_asleep {
                hall.asleep.fetch_add(1, Ordering::SeqCst);
                hall.changed.notify_one();
            }
            polled
        });
        let Ok(Received { unit, skipped, resumed, .. }) = received.await else { break };
        let (track, start, end) = expected[next];
        let is_shared = |slice: &Bytes| {
            let at = slice.as_ptr() as usize;
            start <= at && at + slice.len() <= end
        };
        let what = (skipped, resumed, unit.track, unit.payload.slices().iter().all(is_shared));
        if what != (0, false, track, true) {
            *hall.wrong.lock().expect("nobody panics with it") =
                Some(format!("unit {next} of track {track}: {what:?}"));
            hall.changed.notify_one();
            break;
        }
        next += 1;
        hall.received.fetch_add(1, Ordering::SeqCst);
    }
    session.stats()
}

fn poll(session: &mut PlaySession, cx: &mut Context<'_>) -> Poll<Result<Received, RecvError>> {
    pin!(session.recv()).poll(cx)
}

struct Stage {
    key: BroadcastKey,
    session: PublishSession,
    recording: Recording,
    /// Of the units that readers get.
    expected: Expected,
}

impl Stage {
    fn send(&mut self, which: Range<usize>) {
        for (track, raw) in &self.recording.units()[which] {
            self.session.handle_unit(*track, raw.clone());
        }
    }
}

/// That a figure is not above what is said, by more than there is room for.
fn compare(what: &str, measured: usize, said: usize) {
    eprintln!("{what}: {measured} bytes, said to be {said}");
    assert!(measured <= said * ROOM, "{what}: {measured} bytes, said to be {said}");
}

fn run(broadcasts: usize, readers: usize) {
    let _alone = alone();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads");
    runtime.block_on(fill(broadcasts, readers));
}

async fn fill(broadcasts: usize, readers: usize) {
    let everybody = broadcasts * readers;
    let (engine, _clock) = engine(ApplicationPolicy::default(), Some(2));
    let before = Source::new(SOURCE).until(BEFORE).len();
    let units = BURSTS * BURST;
    let recording = Recording::new(SOURCE, before + units);
    let recordings: Vec<_> = (0..broadcasts).map(|_| recording.copied()).collect();
    let mut stages = Vec::with_capacity(broadcasts);
    let mut watching = Vec::with_capacity(everybody);
    eprintln!("{broadcasts} broadcasts, {readers} readers each:");

    let empty = live_bytes();
    for (number, recording) in recordings.into_iter().enumerate() {
        let key: BroadcastKey = format!("live/{number}").parse().expect("a name");
        let mut session = publish(&engine, &key).await;
        recording.describe(&mut session);
        stages.push(Stage { key, session, recording, expected: Arc::new([]) });
    }
    compare("a broadcast before its first unit", (live_bytes() - empty) / broadcasts, BROADCAST);
    stages.iter_mut().for_each(|stage| stage.send(0..before));
    let said = BROADCAST + MEASURED_UNITS * MEASURED + held(before);
    compare(&format!("a broadcast that holds {before} units"), (live_bytes() - empty) / broadcasts, said);
    stages.iter_mut().for_each(|stage| stage.expected = expected(&stage.recording, before));

    let hall = Arc::new(Hall::default());
    let alone = live_bytes();
    let mut size_of_future = 0;
    for stage in &stages {
        for _ in 0..readers {
            // The next unit is a random access point.
            let player = play(&engine, &stage.key, Start::Next).await.under(LagPolicy::archive());
            let notes = watching.len().is_multiple_of(ONE_OF);
            let future = read(player, hall.clone(), stage.expected.clone(), notes);
            size_of_future = size_of_val(&future);
            watching.push(tokio::spawn(future));
        }
    }
    hall.settle(0, everybody).await;
    let said = size_of_future + TASK + SLEEPER + ACCOUNT + CARE;
    compare("a session asleep with its task", (live_bytes() - alone) / everybody, said);

    let parked = live_bytes();
    for burst in 0..BURSTS {
        let first = before + burst * BURST;
        stages.iter_mut().for_each(|stage| stage.send(first..first + BURST));
        hall.settle((burst + 1) * BURST * everybody, everybody).await;
    }
    let more = live_bytes().saturating_sub(parked) / broadcasts;
    compare(&format!("{units} more units held, besides their payload"), more, held(units));
    eprintln!("payload: {} bytes a broadcast", recording.payload_bytes());
    let wakers = hall.wakers.lock().expect("nobody panics with it").clone();
    assert!(!wakers.contains(&None), "the publisher woke readers");
    eprintln!("{} relays woke readers", wakers.len());
    assert!((1..=2).contains(&wakers.len()), "readers are woken by the two relays: {wakers:?}");

    stages.into_iter().for_each(|stage| stage.session.finish());
    let all = ReaderStats { received: units as u64, ..ReaderStats::default() };
    for reader in watching {
        assert_eq!(reader.await.expect("every unit is as expected"), all);
    }
}

#[test]
fn ten_thousand_readers_of_a_broadcast_get_every_unit_and_none_is_woken_by_its_publisher() {
    run(1, 10_000);
}

#[test]
fn a_thousand_broadcasts_of_ten_readers_each_lose_nothing() {
    run(1_000, 10);
}

#[test]
fn a_reader_that_sleeps_holds_a_place_and_a_sleeper_and_nothing_of_what_is_published() {
    const READERS: usize = 10_000;
    let _alone = alone();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a thread");
    runtime.block_on(async {
        let (engine, _clock) = engine(ApplicationPolicy::default(), Some(2));
        let key: BroadcastKey = "live/cam".parse().expect("a name");
        let session = publish(&engine, &key).await;
        let mut context = Context::from_waker(Waker::noop());

        let mut bare = Vec::with_capacity(READERS);
        let before = live_bytes();
        for _ in 0..READERS {
            let mut reader = session.broadcast().source().reader(Start::Oldest);
            assert!(reader.poll_recv(&mut context).is_pending());
            bare.push(reader);
        }
        let each = size_of::<Reader>() + (live_bytes() - before) / READERS;
        compare("a reader asleep", each, size_of::<Reader>() + SLEEPER);
        drop(bare);

        let mut sessions = Vec::with_capacity(READERS);
        let before = live_bytes();
        for _ in 0..READERS {
            let mut player = play(&engine, &key, Start::Oldest).await;
            assert!(poll(&mut player, &mut context).is_pending());
            sessions.push(player);
        }
        let each = size_of::<PlaySession>() + (live_bytes() - before) / READERS;
        compare("a session asleep", each, size_of::<PlaySession>() + SLEEPER + ACCOUNT + CARE);
        eprintln!("of those, {} bytes are a Reader, {} a PlaySession", size_of::<Reader>(), size_of::<PlaySession>());
    });
}
