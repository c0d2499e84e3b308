use std::sync::Arc;
use std::time::Duration;

use springhead_codec::scte35::{SpliceCommand, SpliceInfoSection, SpliceInsert};
use springhead_core::{AccessUnit, Codec, MonoTime, Now, Ticks, TimelineId, Timestamp, TrackId, TrackSet, WallTime};
use springhead_testkit::{
    AUDIO, SPLICES, Source, SourceOptions, SpliceSection, VIDEO, interleaved, message, with_messages,
};

use super::*;

fn at(millis: u64) -> Now {
    Now { mono: MonoTime(millis * 1_000_000), wall: WallTime(0) }
}

fn now(mono: MonoTime) -> Now {
    Now { mono, wall: WallTime(0) }
}

/// Units from second 0 to `seconds`, whose stamps begin at `start` and that come from `first` on.
fn sent(seconds: u64, start: Duration, first: Duration, audio: bool) -> (Vec<AccessUnit>, Arc<TrackSet>) {
    let options = SourceOptions { start, audio_rate: audio.then_some(48_000), ..SourceOptions::default() };
    let source = Source::new(options);
    let tracks = source.tracks();
    let mut units = source.until(Duration::from_secs(seconds));
    units.iter_mut().for_each(|unit| unit.arrival = unit.arrival + first);
    (units, tracks)
}

fn units(outputs: impl Iterator<Item = Output>) -> Vec<(AccessUnit, Arc<TrackSet>)> {
    let unit = |output| match output {
        Output::Unit { unit, tracks } => Some((unit, tracks)),
        Output::Interrupted => None,
    };
    outputs.filter_map(unit).collect()
}

/// The larger, or the smaller.
fn version(rung: usize) -> Version {
    Version::new(["1080", "720"][rung])
}

/// Two versions, merged in order of arrival.
fn climb(ladder: &mut Ladder, versions: [&(Vec<AccessUnit>, Arc<TrackSet>); 2]) -> Vec<(AccessUnit, Arc<TrackSet>)> {
    let mut all: Vec<(Version, &AccessUnit, &Arc<TrackSet>)> = Vec::new();
    for (rung, (units, tracks)) in versions.into_iter().enumerate() {
        all.extend(units.iter().map(|unit| (version(rung), unit, tracks)));
    }
    all.sort_by_key(|(_, unit, _)| unit.arrival);
    for (version, unit, tracks) in all {
        ladder.handle_unit(&version, unit, tracks, now(unit.arrival));
    }
    units(std::iter::from_fn(|| ladder.poll_output()))
}

/// A version with a splice that is announced two seconds after its first unit, for three seconds later.
fn with_a_splice(start: u64, first: u64) -> (Vec<AccessUnit>, Arc<TrackSet>) {
    let (units, tracks) = sent(4, Duration::from_secs(start), Duration::from_millis(first), true);
    let came = Duration::from_secs(2) + Duration::from_millis(first);
    let section = SpliceSection::insert(7, true, Some((start + 5) * 90_000), None);
    let mut message = message(SPLICES, came, section.to_bytes());
    message.dts = Timestamp::ZERO + Ticks((start + 2) * 90_000);
    (interleaved(units, vec![message]), with_messages(&tracks))
}

/// The splice information that a ladder of two gives.
fn splices_of(versions: [&(Vec<AccessUnit>, Arc<TrackSet>); 2]) -> Vec<AccessUnit> {
    let mut ladder = Ladder::new();
    ladder.expect_versions();
    let is_message = |unit: &AccessUnit, set: &TrackSet| set.track(unit.track).unwrap().codec == Codec::Scte35;
    let given = climb(&mut ladder, versions).into_iter();
    given.filter(|(unit, set)| is_message(unit, set)).map(|(unit, _)| unit).collect()
}

#[test]
fn messages_that_all_versions_have_are_taken_from_one() {
    assert_eq!(splices_of([&with_a_splice(0, 0), &with_a_splice(0, 100)]).len(), 1);
}

#[test]
fn splices_keep_their_distance_though_the_clock_of_their_version_is_another() {
    for starts in [[0, 100], [100, 0], [100_000, 7]] {
        let first = sent(4, Duration::from_secs(starts[0]), Duration::ZERO, true);
        let given = splices_of([&first, &with_a_splice(starts[1], 100)]);
        let [given] = &given[..] else { panic!("{} messages", given.len()) };
        let read = SpliceInfoSection::parse(&given.payload.to_bytes()).unwrap();
        let SpliceCommand::Insert(SpliceInsert { insertion: Some(insertion), .. }) = &read.command else { panic!() };
        let at = read.adjusted(insertion.pts_time.unwrap()) as i64;
        assert!((at - given.pts().0.rem_euclid(1 << 33) - 3 * 90_000).abs() <= 1, "{starts:?}");
    }
}

#[test]
fn versions_that_come_within_a_second_are_in_the_first_set() {
    let mut ladder = Ladder::new();
    ladder.expect_versions();
    let large = sent(3, Duration::ZERO, Duration::ZERO, true);
    let small = sent(2, Duration::ZERO, Duration::from_millis(700), true);
    let merged = climb(&mut ladder, [&large, &small]);
    let ids: Vec<u32> = merged[0].1.tracks.iter().map(|track| track.id.0).collect();
    assert_eq!(ids, [1, 2, 3], "the sound of the second is that of the first");
    assert!(merged.iter().all(|(_, set)| set.generation == merged[0].1.generation));
    // They stamp alike, so no stamp is changed.
    let of = |id: u32| merged.iter().filter(move |(unit, _)| unit.track == TrackId(id)).map(|(unit, _)| unit.dts.0);
    let stamps: Vec<i64> = small.0.iter().filter(|unit| unit.track == VIDEO).map(|unit| unit.dts.0).collect();
    assert_eq!(of(3).collect::<Vec<_>>(), stamps);
    assert_eq!(of(2).count(), large.0.iter().filter(|unit| unit.track == AUDIO).count());
}

#[test]
fn one_that_stamps_otherwise_is_placed_by_when_it_comes() {
    let mut ladder = Ladder::new();
    let large = sent(6, Duration::from_secs(1000), Duration::ZERO, true);
    let small = sent(3, Duration::ZERO, Duration::from_secs(3), false);
    let merged = climb(&mut ladder, [&large, &small]);
    let first = merged.iter().find(|(unit, _)| unit.track == TrackId(3)).unwrap();
    assert!((first.0.dts.0 - 1003 * 90_000).abs() < 9_000, "{:?}", first.0.dts);
    assert_eq!(first.1.timeline, merged[0].1.timeline);
}

#[test]
fn sound_is_taken_from_another_version_when_its_own_is_gone() {
    let mut ladder = Ladder::new();
    let both = sent(2, Duration::ZERO, Duration::ZERO, true);
    climb(&mut ladder, [&both, &both]);
    ladder.handle_gone(&version(0));
    let unit = both.0.iter().rfind(|unit| unit.track == AUDIO).unwrap();
    ladder.handle_unit(&version(1), unit, &both.1, at(2_010));
    let (unit, set) = units(std::iter::from_fn(|| ladder.poll_output())).pop().unwrap();
    assert_eq!(unit.track, AUDIO);
    assert_eq!(set.tracks.iter().map(|track| track.id.0).collect::<Vec<_>>(), [2, 3]);
}

#[test]
fn one_that_is_silent_while_another_sends_is_gone_until_it_sends() {
    let mut ladder = Ladder::new();
    let large = sent(6, Duration::ZERO, Duration::ZERO, true);
    let mut small = sent(6, Duration::ZERO, Duration::ZERO, false);
    small.0.retain(|unit| !(1_000_000_000..4_500_000_000).contains(&unit.arrival.0));
    let merged = climb(&mut ladder, [&large, &small]);
    let sets: Vec<usize> = merged.iter().map(|(_, set)| set.tracks.len()).collect();
    let mut changes = sets.clone();
    changes.dedup();
    assert_eq!(changes, [2, 3, 2, 3]);
}

#[test]
fn after_all_were_gone_the_timeline_is_new() {
    let mut ladder = Ladder::new();
    let both = sent(1, Duration::ZERO, Duration::ZERO, true);
    climb(&mut ladder, [&both, &both]);
    ladder.handle_gone(&version(0));
    ladder.handle_gone(&version(1));
    assert!(matches!(ladder.poll_output(), Some(Output::Interrupted)));
    ladder.handle_unit(&version(1), &both.0[0], &both.1, at(5_000));
    let (_, set) = units(std::iter::from_fn(|| ladder.poll_output())).pop().unwrap();
    assert_eq!(set.timeline, TimelineId(1));
}

/// A primary that is away from second 4 to 9, and a backup that is always there; both with a key picture every two seconds.
fn away() -> Vec<(usize, AccessUnit, Arc<TrackSet>)> {
    let mut all = Vec::new();
    for rank in [0, 1] {
        let (units, tracks) = sent(20, Duration::ZERO, Duration::from_millis(100 * rank as u64), true);
        let there = |unit: &AccessUnit| rank == 1 || !(4_000_000_000..9_000_000_000).contains(&unit.arrival.0);
        all.extend(units.into_iter().filter(there).map(|unit| (rank, unit, tracks.clone())));
    }
    all.sort_by_key(|(_, unit, _)| unit.arrival);
    all
}

#[test]
fn a_backup_is_shown_from_its_next_random_access_point_and_until_the_primary_has_settled() {
    let mut failover = Failover::new(2);
    let mut gone = false;
    for (rank, unit, tracks) in away() {
        let now = now(unit.arrival);
        if unit.arrival.0 >= 4_000_000_000 && !gone {
            gone = true;
            failover.handle_gone(0, now);
        }
        failover.handle_unit(rank, unit, tracks, now);
    }
    let outputs: Vec<Output> = std::iter::from_fn(|| failover.poll_output()).collect();
    assert_eq!(outputs.iter().filter(|output| matches!(output, Output::Interrupted)).count(), 1);
    let shown = units(outputs.into_iter());
    let mut first_of: Vec<(u64, AccessUnit)> = Vec::new();
    for (unit, set) in shown {
        if first_of.last().is_none_or(|(timeline, _)| *timeline != set.timeline.0) {
            first_of.push((set.timeline.0, unit));
        }
    }
    let starts: Vec<(u64, u64)> = first_of.iter().map(|(id, unit)| (*id, unit.arrival.0 / 1_000_000)).collect();
    assert_eq!(starts, [(0, 0), (1, 4_100), (2, 12_000)]);
    assert!(first_of.iter().all(|(_, unit)| unit.track == VIDEO && unit.is_random_access()));
}

#[test]
fn a_content_that_falls_silent_is_let_go_where_there_is_another() {
    let mut failover = Failover::new(2);
    let (sent, tracks) = sent(2, Duration::ZERO, Duration::ZERO, true);
    for unit in &sent {
        failover.handle_unit(0, unit.clone(), tracks.clone(), now(unit.arrival));
    }
    assert_eq!(failover.poll_timeout(), None, "there is no other");
    failover.handle_unit(1, sent[1].clone(), tracks.clone(), at(3_000));
    let due = failover.poll_timeout().unwrap();
    failover.handle_timeout(now(due));
    failover.handle_unit(1, sent[0].clone(), tracks, at(4_100));
    let (last, set) = units(std::iter::from_fn(|| failover.poll_output())).pop().unwrap();
    assert_eq!((last.dts, set.timeline), (sent[0].dts, TimelineId(1)));
}

#[test]
fn versions_are_in_order_of_their_size_and_the_one_without_a_name_is_first() {
    let mut versions = ["low", "360p", "", "1080p", "1080p60", "720", "high"].map(Version::new);
    versions.sort();
    assert_eq!(versions, ["", "1080p", "1080p60", "720", "360p", "high", "low"].map(Version::new));
}
