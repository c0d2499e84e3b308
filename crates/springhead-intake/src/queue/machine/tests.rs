use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Wake;
use std::time::Duration;

use bytes::Bytes;
use springhead_core::lag::Budget;
use springhead_core::{TickDelta, Ticks, Timestamp, TrackId, UnitFlags};

use super::*;

const KEY: UnitFlags = UnitFlags::RANDOM_ACCESS;
const B: UnitFlags = UnitFlags::DISPOSABLE;
const P: UnitFlags = UnitFlags::empty();
const NOW: MonoTime = MonoTime(0);

fn unit(track: u32, dts: i64, flags: UnitFlags) -> AccessUnit {
    AccessUnit {
        track: TrackId(track),
        dts: Timestamp(dts),
        composition_offset: TickDelta(0),
        duration: Ticks(0),
        flags,
        arrival: NOW,
        payload: Bytes::from_static(&[0; 10]).into(),
    }
}

fn holding(units: usize) -> Queue {
    Queue::new(QueueCapacity { units, ..QueueCapacity::default() }, LagPolicy::archive())
}

/// Pictures of track 1, stamped in their order.
fn push_pictures(queue: &mut Queue, shapes: &[UnitFlags]) {
    let from = queue.stats().pushed as i64;
    for (dts, flags) in (from..).zip(shapes) {
        queue.push(unit(1, dts, *flags), MediaKind::Video, NOW);
    }
}

fn push_sound(queue: &mut Queue, count: usize) {
    let from = queue.stats().pushed as i64;
    for dts in (from..).take(count) {
        queue.push(unit(2, dts, KEY), MediaKind::Audio, NOW);
    }
}

/// The stamps of all that come out; those of units that go on after a break are negative.
fn drain(queue: &mut Queue) -> Vec<i64> {
    let next = |next: Delivery| if next.resumed { -next.unit.dts.0 } else { next.unit.dts.0 };
    std::iter::from_fn(|| queue.pop(NOW)).map(next).collect()
}

#[test]
fn who_enters_an_open_group_gets_none_of_its_leading_pictures() {
    const OPEN: UnitFlags = KEY.union(UnitFlags::OPEN);
    const LEADING: UnitFlags = UnitFlags::LEADING;
    let mut queue = holding(6);
    push_pictures(&mut queue, &[OPEN, LEADING, B.union(LEADING), P, OPEN, LEADING]);
    assert_eq!(drain(&mut queue), [0, 3, 4, 5], "the first group is entered, and the second follows it");
    push_pictures(&mut queue, &[P, P, OPEN, LEADING, P, P]);
    push_pictures(&mut queue, &[P]);
    assert_eq!(drain(&mut queue), [6, -8, 10, 11, 12], "the tail before the open group went for room");
    assert_eq!(queue.stats().given_up, GivenUp { tail: 1, disposable: 3, ..GivenUp::default() });
}

#[test]
fn nothing_waits_before_a_random_access_point_of_its_track() {
    let mut queue = holding(9);
    push_pictures(&mut queue, &[P, B, KEY, P]);
    assert_eq!(drain(&mut queue), [2, 3]);
    assert_eq!(queue.stats().given_up, GivenUp { tail: 2, ..GivenUp::default() });
}

#[test]
fn disposable_pictures_go_first_and_the_oldest_before_the_others() {
    let mut queue = holding(4);
    push_pictures(&mut queue, &[KEY, B, B, P, P, P]);
    assert_eq!(drain(&mut queue), [0, 3, 4, 5]);
    assert_eq!(queue.stats().given_up, GivenUp { disposable: 2, ..GivenUp::default() });
}

#[test]
fn the_end_of_an_older_group_goes_before_anything_of_a_newer_one() {
    let mut queue = holding(5);
    push_pictures(&mut queue, &[KEY, P, P, KEY, P, P, P]);
    assert_eq!(drain(&mut queue), [0, -3, 4, 5, 6]);
    assert_eq!((queue.stats().given_up.tail, queue.stats().resumed), (2, 1));
}

#[test]
fn whole_older_groups_go_up_to_the_newest_random_access_point() {
    let mut queue = holding(3);
    push_pictures(&mut queue, &[KEY, KEY, P, KEY, P, P]);
    assert_eq!(drain(&mut queue), [-3, 4, 5]);
    assert_eq!(queue.stats().given_up, GivenUp { tail: 1, random_access: 2, ..GivenUp::default() });
}

#[test]
fn the_tail_of_the_group_that_is_coming_goes_up_to_the_next_random_access_point() {
    let mut queue = holding(3);
    push_pictures(&mut queue, &[KEY, P, P, P, B, P]);
    assert_eq!(queue.stats().given_up.tail, 3);
    push_pictures(&mut queue, &[KEY, P]);
    assert_eq!(drain(&mut queue), [0, -6, 7]);
}

#[test]
fn a_group_of_which_the_beginning_went_out_loses_its_end_too() {
    let mut queue = holding(3);
    push_pictures(&mut queue, &[KEY, P, P]);
    assert_eq!(queue.pop(NOW).map(|next| next.unit.dts.0), Some(0));
    push_pictures(&mut queue, &[KEY, P, P]);
    assert_eq!(drain(&mut queue), [-3, 4, 5]);
}

#[test]
fn sound_goes_only_when_no_picture_waits() {
    let mut queue = holding(4);
    push_pictures(&mut queue, &[KEY, P]);
    push_sound(&mut queue, 4);
    assert_eq!(queue.stats().given_up, GivenUp { tail: 1, random_access: 1, ..GivenUp::default() });
    push_sound(&mut queue, 2);
    assert_eq!(queue.stats().given_up.sound, 2);
    push_pictures(&mut queue, &[KEY]);
    assert_eq!(drain(&mut queue), [4, 5, 6, 7], "the oldest sound went, and no picture came in its place");
}

#[test]
fn sound_and_pictures_come_out_in_the_order_in_which_they_went_in() {
    let mut queue = holding(9);
    push_pictures(&mut queue, &[KEY, B]);
    push_sound(&mut queue, 2);
    push_pictures(&mut queue, &[P, B]);
    push_sound(&mut queue, 1);
    assert_eq!(drain(&mut queue), [0, 1, 2, 3, 4, 5, 6]);
}

#[test]
fn bytes_are_bounded_and_a_unit_longer_than_that_waits_alone_or_not_at_all() {
    let mut queue = Queue::new(QueueCapacity { units: 9, bytes: 25 }, LagPolicy::archive());
    let long = |dts| AccessUnit { payload: Bytes::from_static(&[0; 26]).into(), ..unit(1, dts, KEY) };
    queue.push(long(0), MediaKind::Video, NOW);
    assert_eq!(drain(&mut queue), [0]);
    push_sound(&mut queue, 2);
    assert_eq!(queue.push(long(3), MediaKind::Video, NOW), GivenUp { random_access: 1, ..GivenUp::default() });
    assert_eq!(queue.stats().waiting_bytes, 20);
    push_sound(&mut queue, 1);
    let given_up = queue.push(AccessUnit { dts: Timestamp(5), ..long(5) }, MediaKind::Audio, NOW);
    assert_eq!(given_up, GivenUp { sound: 1, ..GivenUp::default() });
    assert_eq!((drain(&mut queue), queue.stats().peak_bytes, queue.stats().peak_units), (vec![2, 4], 26, 2));
}

#[test]
fn a_queue_for_no_units_holds_one() {
    let mut queue = Queue::new(QueueCapacity { units: 0, bytes: 0 }, LagPolicy::archive());
    push_sound(&mut queue, 1);
    assert_eq!(drain(&mut queue), [0]);
}

#[test]
fn by_time_disposable_pictures_go_and_then_all_up_to_the_newest_random_access_point() {
    let at = |ms: u64| MonoTime(ms * 1_000_000);
    let mut queue = Queue::new(QueueCapacity::default(), LagPolicy::live());
    let shapes = [KEY, P, B, P, KEY, P, KEY, B, P, B];
    for (dts, flags) in (0..).zip(shapes) {
        let unit = AccessUnit { arrival: at(dts as u64 * 320), ..unit(1, dts, flags) };
        queue.push(unit, MediaKind::Video, at(0));
        queue.push(
            AccessUnit { arrival: at(dts as u64 * 320), ..self::unit(2, dts + 100, KEY) },
            MediaKind::Audio,
            at(0),
        );
    }
    let (sound, pictures): (Vec<_>, Vec<_>) = drain(&mut queue).into_iter().partition(|dts| *dts >= 100);
    assert_eq!(sound, (100..110).collect::<Vec<_>>(), "sound is not late to anybody");
    assert_eq!(pictures, [-6, 8, 9], "7 is disposable, and 640 ms behind");
    let given_up = queue.stats().given_up;
    assert_eq!(given_up, GivenUp { disposable: 1, tail: 4, random_access: 2, ..GivenUp::default() });
}

#[test]
fn a_consumer_that_misses_pictures_too_often_is_over_its_budget() {
    let budget = Some(Budget { times: 1, refill: Duration::from_secs(60) });
    let mut queue = Queue::new(QueueCapacity { units: 1, bytes: 99 }, LagPolicy { budget, ..LagPolicy::archive() });
    push_pictures(&mut queue, &[KEY, P, P, P]);
    assert!(!queue.is_over_budget(), "one break, however long");
    assert_eq!(drain(&mut queue), [0]);
    push_pictures(&mut queue, &[KEY, P]);
    assert!(queue.is_over_budget());
}

#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_consumer_that_waits_is_woken_by_the_next_unit_and_by_the_end() {
    let (first, woken) = (Arc::<Woken>::default(), Arc::<Woken>::default());
    let mut queue = holding(3);
    let poll = |queue: &mut Queue, woken: &Arc<Woken>| {
        let waker = Arc::clone(woken).into();
        queue.poll_pop(&mut Context::from_waker(&waker), NOW).map(|next| next.map(|next| next.unit.dts.0))
    };
    assert_eq!(poll(&mut queue, &first), Poll::Pending);
    assert_eq!(poll(&mut queue, &woken), Poll::Pending);
    push_pictures(&mut queue, &[P]);
    assert_eq!(woken.0.load(Ordering::Relaxed), 0, "nothing came that it could have");
    push_pictures(&mut queue, &[KEY, P]);
    assert_eq!((first.0.load(Ordering::Relaxed), woken.0.load(Ordering::Relaxed)), (0, 1));
    assert_eq!(poll(&mut queue, &woken), Poll::Ready(Some(1)));
    assert_eq!(poll(&mut queue, &woken), Poll::Ready(Some(2)));
    assert_eq!(poll(&mut queue, &woken), Poll::Pending);
    queue.close();
    assert_eq!(woken.0.load(Ordering::Relaxed), 2);
    push_sound(&mut queue, 1);
    assert_eq!(poll(&mut queue, &woken), Poll::Ready(None));
    assert_eq!(queue.stats().given_up.closed, 1);
}

#[test]
fn every_counter_says_what_happened() {
    let mut queue = holding(3);
    push_pictures(&mut queue, &[KEY, B, P, P, KEY]);
    let first = queue.pop(NOW).expect("the first one waits");
    assert_eq!((first.unit.dts.0, first.skipped), (0, 2));
    push_sound(&mut queue, 1);
    let second = queue.pop(NOW).expect("the second one waits");
    assert_eq!((second.unit.dts.0, second.skipped), (2, 0));
    let expected = QueueStats {
        pushed: 6,
        popped: 2,
        given_up: GivenUp { disposable: 1, tail: 1, ..GivenUp::default() },
        resumed: 0,
        waiting_units: 2,
        waiting_bytes: 20,
        peak_units: 3,
        peak_bytes: 30,
    };
    assert_eq!(*queue.stats(), expected);
    assert_eq!((drain(&mut queue), queue.stats().resumed), (vec![-4, 5], 1));
}

#[test]
fn groups_of_a_single_picture_and_tracks_side_by_side_keep_their_order() {
    let mut queue = holding(6);
    for dts in 0..40 {
        let track = 1 + (dts % 2) as u32;
        let given_up = queue.push(unit(track, dts, KEY), MediaKind::Video, NOW);
        assert_eq!(given_up.random_access, u64::from(dts >= 6));
        assert!(queue.holds_pictures());
    }
    assert_eq!(drain(&mut queue), [-34, -35, 36, 37, 38, 39]);
}
