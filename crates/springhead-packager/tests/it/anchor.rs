//! Where a timeline lies on the wall clock.

use std::sync::Arc;
use std::time::Duration;

use springhead_core::{AccessUnit, Generation, TrackSet, WallTime};
use springhead_packager::PackagerConfig;
use springhead_testkit::{AUDIO, Source, SourceOptions, VIDEO, VirtualClock};

use crate::broadcast::{Broadcast, on_timeline, small};

const LATE: Duration = Duration::from_millis(180);

/// What an encoder sends that is ready after a while: nothing before that, and what was made until then in one go.
fn late(units: Vec<AccessUnit>) -> Vec<AccessUnit> {
    let ready = units[0].arrival + LATE;
    units.into_iter().map(|unit| AccessUnit { arrival: unit.arrival.max(ready), ..unit }).collect()
}

fn begins_at(broadcast: &Broadcast) -> WallTime {
    broadcast.segments("v1").last().expect("there is a segment").period.wall
}

fn millis_apart(one: WallTime, other: WallTime) -> u64 {
    one.0.abs_diff(other.0) / 1_000_000
}

#[test]
fn pictures_that_come_late_at_first_are_dated_when_they_were_taken() {
    let source = Source::new(small());
    let taken = VirtualClock::default().now().wall;
    let mut broadcast = Broadcast::new(PackagerConfig::default());
    broadcast.send(late(source.clone().until(Duration::from_secs(9))), &source.tracks());
    assert!(millis_apart(begins_at(&broadcast), taken) <= 6, "{:?}", begins_at(&broadcast));
    let at_its_pace = Broadcast::of(PackagerConfig::default(), small(), 9);
    assert_eq!(broadcast.packager.stats(), at_its_pace.packager.stats());
    assert_eq!(broadcast.findings(), []);
}

#[test]
fn pictures_that_come_at_their_pace_are_dated_when_they_come() {
    let source = Source::new(small());
    let came = VirtualClock::default().now().wall;
    let mut broadcast = Broadcast::new(PackagerConfig::default());
    broadcast.send(source.clone().until(Duration::from_secs(9)), &source.tracks());
    assert!(millis_apart(begins_at(&broadcast), came) <= 1);
}

#[test]
fn what_is_sent_faster_than_it_plays_is_dated_a_second_back_and_no_more() {
    let source = Source::new(small());
    let mut broadcast = Broadcast::new(PackagerConfig::default());
    let came = broadcast.clock.now().wall;
    let fast = |unit: AccessUnit| {
        let arrival = springhead_core::MonoTime(unit.arrival.0 / 10);
        AccessUnit { arrival, ..unit }
    };
    let units: Vec<_> = source.clone().until(Duration::from_secs(40)).into_iter().map(fast).collect();
    broadcast.send(units, &source.tracks());
    let back = came.0 - begins_at(&broadcast).0;
    assert!((999_000_000..=1_000_000_000).contains(&back), "{back} ns");
}

#[test]
fn a_publisher_that_returns_late_is_held_for_until_its_pictures_begin() {
    for late_by in [false, true] {
        let mut broadcast = Broadcast::of(PackagerConfig::default(), small(), 9);
        broadcast.interrupt();
        broadcast.wait(Duration::from_millis(3_130));
        let source = Source::new(small());
        let units = source.clone().until(Duration::from_secs(6));
        let units = if late_by { late(units) } else { units };
        let taken = broadcast.clock.now().wall;
        broadcast.send_awake(units, &on_timeline(&source.tracks(), 1));
        // Not before what was held already, a part at most.
        let after = begins_at(&broadcast).0 - taken.0;
        assert!((0..=500_000_000).contains(&after), "{after} ns");
        for name in ["v1", "a2"] {
            let hole = broadcast.hole(name);
            assert!(hole.abs() <= 33_000_000, "{name}: {hole} ns");
        }
        assert_eq!(broadcast.findings_of_a_return(), []);
    }
}

#[test]
fn tracks_that_are_announced_one_after_the_other_are_of_one_period() {
    let source = Source::new(small());
    let both = source.tracks();
    let pictures = Arc::new(TrackSet {
        generation: Generation(both.generation.0 + 1),
        tracks: both.tracks.iter().filter(|track| track.id == VIDEO).cloned().collect(),
        ..(*both).clone()
    });
    let mut broadcast = Broadcast::new(PackagerConfig::default());
    let mut sound = false;
    for unit in source.until(Duration::from_secs(9)) {
        broadcast.clock.advance_to(unit.arrival);
        sound |= unit.track == AUDIO && unit.arrival.0 >= 50_000_000;
        if sound || unit.track == VIDEO {
            let tracks = if sound { &both } else { &pictures };
            broadcast.packager.handle_unit(&unit, tracks, broadcast.clock.now());
            broadcast.poll();
        }
    }
    for name in ["v1", "a2"] {
        assert!(broadcast.segments(name).iter().all(|segment| !segment.discontinuity && !segment.is_gap()), "{name}");
    }
    assert_eq!(broadcast.findings(), []);
}

#[test]
fn sound_without_a_first_picture_is_gathered_for_ten_seconds_and_the_rest_forgotten() {
    let source = Source::new(small());
    let mut broadcast = Broadcast::new(PackagerConfig::default());
    let units: Vec<_> =
        source.clone().until(Duration::from_secs(30)).into_iter().filter(|unit| unit.track == AUDIO).collect();
    let count = units.len() as u64;
    broadcast.send(units, &source.tracks());
    let early = broadcast.packager.stats().early_units;
    assert!((count * 19 / 30..=count * 21 / 30).contains(&early), "{early} of {count}");
    assert_eq!(broadcast.packager.poll_timeout(), None);
    broadcast.end();
    assert_eq!(broadcast.packager.stats().early_units, count);
}

#[test]
fn what_still_comes_of_the_timeline_before_is_packaged_while_the_next_is_gathered() {
    let source = Source::new(small());
    let mut broadcast = Broadcast::of(PackagerConfig::default(), small(), 9);
    let before = *broadcast.packager.stats();
    let (old, new) = (source.tracks(), on_timeline(&source.tracks(), 1));
    let start = broadcast.clock.now().mono;
    // Both publishers send for 80 ms, less than what it takes to know the pace of the new one.
    let ninth = Duration::from_secs(9)..Duration::from_millis(9_080);
    let late =
        source.clone().until(ninth.end).into_iter().filter(|unit| unit.arrival.0 >= ninth.start.as_nanos() as u64);
    for (unit, first) in late.zip(source.until(Duration::from_secs(1))) {
        broadcast.clock.advance_to(start + Duration::from_nanos(unit.arrival.0 - ninth.start.as_nanos() as u64));
        broadcast.packager.handle_unit(&unit, &old, broadcast.clock.now());
        broadcast.packager.handle_unit(&first, &new, broadcast.clock.now());
        broadcast.poll();
    }
    assert_eq!(broadcast.packager.stats(), &before, "nothing is late or early");
    let open = |broadcast: &Broadcast| broadcast.last().rendition("v1").unwrap().open.as_ref().unwrap().period.id.0;
    assert_eq!(open(&broadcast), 0, "the one before goes on");
    // A little more than it takes to know the pace.
    broadcast.wait(Duration::from_millis(110));
    assert_eq!(open(&broadcast), 1, "the next has begun with what was gathered");
}

#[test]
fn a_timeline_whose_first_units_are_huge_begins_before_its_pace_is_known() {
    let source = Source::new(SourceOptions { unit_bytes: 20 << 20, audio_rate: None, ..small() });
    let mut broadcast = Broadcast::new(PackagerConfig::default());
    let tracks = source.tracks();
    let units = source.until(Duration::from_millis(40));
    assert_eq!(units.len(), 2);
    broadcast.send(units, &tracks);
    // Nothing is gathered any more: what would be next is to miss the publisher.
    assert_eq!(broadcast.packager.poll_timeout(), None);
    assert_eq!(broadcast.packager.stats().early_units, 0);
}
