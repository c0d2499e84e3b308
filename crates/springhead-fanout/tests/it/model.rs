//! Random schedules, beside a plain model that keeps the whole history and searches it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use springhead_core::{AccessUnit, TrackSet};
use springhead_fanout::{Capacity, Reader, RecvError, Start, TryRecvError, ring};

use crate::common::{AUDIO, VIDEO, audio_and_video, audio_only, unit};

#[derive(Clone, Debug)]
enum Step {
    Publish { video: bool, random_access: bool, bytes: usize, millis: u64, with_picture: bool },
    Join(Start),
    Receive(usize),
    Leave(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (any::<bool>(), prop::bool::weighted(0.3), 1..40usize, 0..60u64, prop::bool::weighted(0.9)).prop_map(
            |(video, random_access, bytes, millis, with_picture)| {
                Step::Publish { video, random_access, bytes, millis, with_picture }
            }
        ),
        1 => prop_oneof![Just(Start::RandomAccess), Just(Start::Oldest), Just(Start::Next)].prop_map(Step::Join),
        5 => (0..8usize).prop_map(Step::Receive),
        1 => (0..8usize).prop_map(Step::Leave),
    ]
}

struct Past {
    unit: AccessUnit,
    tracks: Arc<TrackSet>,
    random_access: bool,
}

/// All that was ever published, and where the ring begins.
struct History {
    past: Vec<Past>,
    capacity: Capacity,
    floor: usize,
}

impl History {
    /// Takes over where the ring begins, which is for the writer to choose within these bounds: what is held fits, nothing
    /// goes that leaves more than an eighth of a bound free, and it begins with a random access point if it has one; a group
    /// that has begun to go does so within as many units as it has blocks.
    fn follow(&mut self, held: usize) {
        let floor = self.past.len() - held;
        assert!(floor >= self.floor, "what has gone stays gone");
        let (newest, kept) = (self.past.last().unwrap(), &self.past[floor..]);
        let bytes = |units: &[Past]| units.iter().map(|past| past.unit.payload.len()).sum::<usize>();
        let age = |oldest: &Past| newest.unit.arrival.saturating_since(oldest.unit.arrival);
        assert!(!kept.is_empty());
        assert!(kept.len() <= self.capacity.units);
        assert!(bytes(kept) <= self.capacity.bytes.max(newest.unit.payload.len()));
        assert!(age(&kept[0]) <= self.capacity.time);
        if floor > self.floor {
            let went = &self.past[self.floor..];
            let was_full = went.len() > self.capacity.units - self.capacity.units / 8
                || bytes(went) > self.capacity.bytes - self.capacity.bytes / 8
                || age(&went[0]) > self.capacity.time - self.capacity.time / 8;
            let was_rest = !went[0].random_access && self.past[floor..].iter().any(|past| past.random_access);
            assert!(was_full || was_rest, "{} of {} went for nothing", floor - self.floor, went.len());
        }
        self.floor = floor;
    }

    fn random_access_points(&self, from: usize) -> impl DoubleEndedIterator<Item = usize> {
        (from.max(self.floor)..self.past.len()).filter(|at| self.past[*at].random_access)
    }
}

/// A reader of the model. `start` and `next` are unknown until it has found a place to start.
struct Cursor {
    wants: Start,
    joined: usize,
    next: Option<usize>,
    start: usize,
    received: u64,
    overtaken: bool,
    generation: Option<u64>,
}

impl Cursor {
    fn settle(&mut self, history: &History) {
        if self.next.is_none() {
            let joining = self.joined == history.past.len();
            let found = match self.wants {
                Start::RandomAccess if joining => history.random_access_points(0).next_back(),
                Start::Oldest if joining => history.random_access_points(0).next(),
                _ => history.random_access_points(self.joined).next(),
            };
            self.start = found.unwrap_or(self.start);
            self.next = found;
        }
    }

    /// What the real reader must get now: the unit's place, and how many were missed before it.
    fn receive(&mut self, history: &History) -> Option<(usize, usize)> {
        self.settle(history);
        let next = self.next?;
        self.overtaken |= next < history.floor;
        let at = if self.overtaken { history.random_access_points(next).next_back()? } else { next };
        if at == history.past.len() {
            return None;
        }
        self.overtaken = false;
        self.next = Some(at + 1);
        self.received += 1;
        Some((at, at - next))
    }
}

fn compare(reader: &mut Reader, cursor: &mut Cursor, history: &History, nothing: TryRecvError) -> bool {
    match (reader.try_recv(), cursor.receive(history)) {
        (Ok(got), Some((at, skipped))) => {
            let past = &history.past[at];
            assert_eq!(got.unit.dts, past.unit.dts);
            assert_eq!(got.unit.payload.slices()[0].as_ptr(), past.unit.payload.slices()[0].as_ptr());
            assert_eq!(got.skipped, skipped as u64);
            assert!(got.skipped == 0 || past.random_access);
            assert!(Arc::ptr_eq(reader.tracks().unwrap(), &past.tracks));
            let generation = Some(past.tracks.generation.0);
            assert_eq!(got.new_tracks.is_some(), cursor.generation != generation);
            cursor.generation = generation;
            true
        }
        (Err(why), None) => {
            assert_eq!(why, nothing);
            false
        }
        (got, wanted) => panic!("got {got:?}, but the model {wanted:?}"),
    }
}

proptest! {
    #[test]
    fn any_schedule_gives_every_reader_what_the_model_says(
        units in 1..9usize,
        bytes in 20..200usize,
        millis in 50..300u64,
        steps in prop::collection::vec(step(), 0..150),
    ) {
        let capacity = Capacity { units, bytes, time: Duration::from_millis(millis) };
        let mut history = History { past: Vec::new(), capacity, floor: 0 };
        let mut writer = ring(capacity);
        let source = writer.source();
        let sets = [audio_only(0), audio_and_video(1)];
        let mut readers: BTreeMap<usize, (Reader, Cursor)> = BTreeMap::new();
        let (mut now, mut joins) = (0, 0);
        for step in steps {
            match step {
                Step::Publish { video, random_access, bytes, millis, with_picture } => {
                    now += millis;
                    let video = video && with_picture;
                    let tracks = &sets[usize::from(with_picture)];
                    let dts = history.past.len() as i64;
                    let unit = unit(if video { VIDEO } else { AUDIO }, dts, random_access || !video, bytes, now);
                    let leads = video == with_picture;
                    let random_access = leads && unit.is_random_access();
                    history.past.push(Past { unit: unit.clone(), tracks: Arc::clone(tracks), random_access });
                    writer.publish(unit, tracks);
                    history.follow(writer.held() as usize);
                }
                Step::Join(wants) => {
                    let joined = history.past.len();
                    let mut cursor = Cursor {
                        wants, joined, next: None, start: joined, received: 0, overtaken: false, generation: None,
                    };
                    cursor.settle(&history);
                    readers.insert(joins % 8, (source.reader(wants), cursor));
                    joins += 1;
                }
                Step::Receive(who) => {
                    if let Some((reader, cursor)) = readers.get_mut(&who) {
                        compare(reader, cursor, &history, TryRecvError::Empty);
                    }
                }
                Step::Leave(who) => {
                    readers.remove(&who);
                }
            }
            prop_assert_eq!(source.readers(), readers.len());
        }
        writer.close();
        for (reader, cursor) in readers.values_mut() {
            while compare(reader, cursor, &history, TryRecvError::Ended(RecvError::Closed)) {}
            let stats = reader.stats();
            prop_assert_eq!(stats.received, cursor.received);
            let since_start = if cursor.next.is_some() { history.past.len() - cursor.start } else { 0 };
            prop_assert_eq!(stats.received + stats.skipped, since_start as u64, "received + skipped = published");
        }
    }
}
