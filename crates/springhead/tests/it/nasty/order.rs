//! When things come: too late, too early, all at once, not at all, or without a place to begin.

use springhead::core::{FrameRate, MonoTime};
use springhead_testkit::SourceOptions;
use springhead_testkit::player::Phase;

use super::encoder::{Encoder, PICTURES, Sent, shifted, small, without_keys};
use super::house::House;
use super::{
    AT_A_NEW_PERIOD, assert_in_step, assert_no_player_stops, broadcast, discontinuities, end, gaps, length, millis,
    near, seconds, watched,
};

/// By how much the last segment's end was behind the clock when it became complete, and the most that any was.
fn behind(house: &House) -> (i64, i64) {
    house.audit.behind.expect("segments became complete")
}

#[test]
fn pictures_before_the_first_key_picture_are_left_out_and_sound_waits_for_it() {
    let encoder = Encoder::new(small());
    let mut units = encoder.clone().until(seconds(20));
    without_keys(&mut units, seconds(0)..seconds(3));
    let house = broadcast(&encoder, units);
    assert_eq!(house.repaired("before_random_access"), 120);
    let (picture, sound) = (&house.audit.segments("v1")[0], &house.audit.segments("a2")[0]);
    assert!(picture.independent && picture.start.0 == 900_000);
    let ten_seconds = 10 * i64::from(sound.init.track.timescale.hz());
    assert!((0..1024).contains(&(sound.start.0 - ten_seconds)), "sound from before the first picture is left out");
    assert!(near(length(&house, "v1"), seconds(16), millis(40)));
    assert_in_step(&house);
    house.audit.assert_keeps_rules_but(&[]);
}

#[test]
fn sound_whose_pictures_never_have_a_key_picture_begins_alone_after_ten_seconds() {
    let encoder = Encoder::new(small());
    let mut units = encoder.clone().until(seconds(20));
    without_keys(&mut units, seconds(0)..seconds(20));
    let house = broadcast(&encoder, units);
    assert_eq!(house.repaired("before_random_access"), 600);
    assert!(house.audit.segments("v1").is_empty());
    assert!(near(length(&house, "a2"), seconds(20), millis(100)));
    house.audit.assert_keeps_rules_but(&[]);
}

#[test]
fn a_minute_without_a_key_picture_is_cut_within_the_target_duration_and_says_where_nobody_can_join() {
    let encoder = Encoder::new(small());
    let mut units = encoder.clone().until(seconds(80));
    without_keys(&mut units, seconds(9)..seconds(69));
    let house = broadcast(&encoder, units);
    let target = house.last().timing.target_duration;
    let segments = house.audit.segments("v1");
    assert!(segments.iter().all(|segment| segment.duration.micros() <= target * 1_000_000));
    let forced = segments.iter().filter(|segment| !segment.independent).count() as u64;
    assert_eq!(house.packaged().forced_cuts, forced);
    assert!((14..=16).contains(&forced), "{forced}");
    // That players cannot join there is what is against a rule.
    house.audit.assert_keeps_rules_but(&["L-05", "B-10"]);
    assert_in_step(&house);
    assert_no_player_stops(house, seconds(79));
}

#[test]
fn groups_that_are_longer_than_a_segment_set_the_target_duration_and_longer_ones_never_change_it() {
    let five = SourceOptions { gop: 150, ..small() };
    let encoder = Encoder::new(five);
    let mut units = encoder.clone().until(seconds(60));
    // Every other key picture is missing from the thirtieth second on.
    without_keys(&mut units, seconds(35)..seconds(36));
    without_keys(&mut units, seconds(45)..seconds(46));
    let house = broadcast(&encoder, units);
    assert_eq!(house.last().timing.target_duration, 7, "one and a quarter of five seconds");
    assert_eq!(house.packaged().forced_cuts, 2);
    let long: Vec<_> = house.audit.segments("v1").iter().map(|segment| segment.duration.micros()).collect();
    assert!(long.iter().all(|micros| *micros <= 7_000_000), "{long:?}");
    house.audit.assert_keeps_rules_but(&["L-05", "B-10"]);
}

#[test]
fn a_publisher_that_is_silent_for_ten_seconds_and_goes_on_by_its_clock_costs_no_period_and_is_held_for() {
    let encoder = Encoder::new(small());
    let mut units = encoder.clone().until(seconds(40));
    units.retain(|sent| !(millis(12_300)..millis(22_300)).contains(&sent.at()));
    let house = broadcast(&encoder, units);
    assert_eq!(house.repaired("gap"), 2);
    assert!(house.packaged().held_units > 0 && house.packaged().silent_units > 0);
    for name in ["v1", "a2"] {
        assert_eq!((discontinuities(&house, name), gaps(&house, name)), (vec![], 0), "{name}");
        assert!(near(length(&house, name), seconds(40), millis(60)));
    }
    assert_in_step(&house);
    house.audit.assert_keeps_rules_but(&[]);
    assert_no_player_stops(house, seconds(39));
}

#[test]
fn ten_seconds_that_come_within_a_fifth_of_a_second_cost_no_period_and_latency_is_what_it_was() {
    let encoder = Encoder::new(small());
    let mut units = encoder.clone().until(seconds(50));
    let (from, until) = (seconds(12).as_nanos() as u64, seconds(22).as_nanos() as u64);
    for sent in units.iter_mut().filter(|sent| sent.raw.arrival.0 >= from) {
        sent.raw.arrival = MonoTime((until + (sent.raw.arrival.0 - from) / 50).max(sent.raw.arrival.0));
    }
    let house = broadcast(&encoder, units);
    assert!(house.packaged().late_units > 0, "what was filled is not shown twice");
    for name in ["v1", "a2"] {
        assert_eq!((discontinuities(&house, name), gaps(&house, name)), (vec![], 0), "{name}");
    }
    let (least, most) = behind(&house);
    assert!(least > -100_000_000 && most < 2_100_000_000, "{least} to {most} ns behind");
    house.audit.assert_keeps_rules_but(&[]);
    assert_no_player_stops(house, seconds(49));
}

#[test]
fn a_file_that_is_pushed_at_twenty_times_its_pace_keeps_every_promise() {
    let encoder = Encoder::new(small());
    let mut units = encoder.clone().until(seconds(120));
    units.iter_mut().for_each(|sent| sent.raw.arrival.0 /= 20);
    let house = broadcast(&encoder, units);
    for name in ["v1", "a2"] {
        assert_eq!(house.audit.segments(name).len(), 60, "{name}");
        assert!(near(length(&house, name), seconds(120), millis(60)));
    }
    house.audit.assert_keeps_rules_but(&[]);
}

#[test]
fn frames_that_are_late_by_two_part_targets_come_to_players_late_and_stop_none() {
    let encoder = Encoder::new(small());
    let mut units = encoder.clone().until(seconds(50));
    // Every three seconds a line stands still for one.
    for sent in &mut units {
        let within = sent.raw.arrival.0 % 3_000_000_000;
        sent.raw.arrival.0 += 1_000_000_000u64.saturating_sub(within);
    }
    let house = broadcast(&encoder, units);
    assert_eq!(house.repairs(), []);
    for name in ["v1", "a2"] {
        assert_eq!((discontinuities(&house, name), gaps(&house, name)), (vec![], 0), "{name}");
        assert!(near(length(&house, name), seconds(50), millis(40)));
    }
    house.audit.assert_keeps_rules_but(&[]);
    for state in watched(house, seconds(48)) {
        assert_eq!(state.fatal(), None, "{}", state.name);
        assert!(state.phase == Phase::Playing || !state.stalls.is_empty(), "{}", state.name);
    }
}

/// A screen that is shared: pictures when something moves, from one to sixty a second, and none while nothing does.
fn screen(until: std::time::Duration) -> (Encoder, Vec<Sent>) {
    let options = SourceOptions { frame_rate: FrameRate { num: 60, den: 1 }, gop: 120, b_frames: 0, ..small() };
    let encoder = Encoder::new(options);
    let still = seconds(14)..seconds(24);
    let mut index = 0u64;
    let keeps = |sent: &Sent| {
        index += u64::from(sent.is_picture());
        // Sixty, ten, three a second.
        let one_of = [1, 6, 20][(sent.at().as_secs() / 4 % 3) as usize];
        !sent.is_picture() || !still.contains(&sent.at()) && (sent.is_key() || index.is_multiple_of(one_of))
    };
    let mut units = encoder.clone().until(until);
    units.retain(keeps);
    (encoder, units)
}

#[test]
fn pictures_of_any_pace_keep_their_times_and_parts_their_target() {
    let (encoder, units) = screen(seconds(60));
    let sent: Vec<u64> = units.iter().filter(|sent| sent.is_picture()).map(|sent| sent.raw.dts).collect();
    let house = broadcast(&encoder, units);
    let mut shown = Vec::new();
    for segment in house.audit.segments("v1") {
        for chunk in springhead::mux::fmp4::read::chunks(&segment.body().to_bytes()).unwrap() {
            let mut at = chunk.base_decode_time as i64 - 900_000;
            for sample in chunk.samples {
                shown.push(at + sample.composition_offset);
                at += i64::from(sample.duration);
            }
        }
    }
    let target = house.last().timing.part_target;
    let parts = house.audit.segments("v1").iter().flat_map(|segment| &segment.parts);
    assert!(parts.clone().all(|part| part.duration <= target), "{:?}", parts.map(|part| part.duration).max());
    let missing: Vec<_> =
        sent.iter().filter(|dts| !shown.iter().any(|at| at.abs_diff(**dts as i64 * 90) < 90)).collect();
    assert!(missing.is_empty(), "{missing:?} of {} are not shown at their time", sent.len());
    // A part of one picture of a third of a second is short, and a second one would make it too long.
    house.audit.assert_keeps_rules_but(&["L-03"]);
    // Where the pace falls, the first picture is longer than was known when its part was closed: a hole that players see.
    for state in watched(house, seconds(58)) {
        assert_eq!(state.fatal(), None, "{}", state.name);
    }
}

#[test]
fn a_key_picture_of_eight_megabytes_in_a_narrow_stream_is_published_whole_and_counted_in_the_bandwidth() {
    let encoder = Encoder::new(small());
    let mut units = encoder.clone().until(seconds(20));
    let at = units.iter().position(|sent| sent.is_key() && sent.at() >= seconds(10)).unwrap();
    let mut nals = super::encoder::nals(&units[at].raw.payload);
    let slice = nals.pop().unwrap();
    // More slice, of bytes that need no protection.
    nals.push([&slice[..], &vec![0xaa; 8 << 20]].concat().into());
    units[at].raw.payload = super::encoder::framed(4, &nals);
    let house = broadcast(&encoder, units);
    let segment = house.audit.segments("v1").iter().find(|segment| segment.len > 8 << 20).expect("it is there");
    assert_eq!(segment.msn.0, 5);
    assert!(house.last().rendition("v1").unwrap().bandwidth.peak > 32_000_000);
    assert_eq!(house.repairs(), []);
    assert!(near(length(&house, "v1"), seconds(20), millis(40)));
    house.audit.assert_keeps_rules_but(&[]);
}

#[test]
fn a_picture_larger_than_the_limit_is_dropped_and_its_time_falls_to_the_one_before() {
    let encoder = Encoder::new(small());
    let mut units = encoder.clone().until(seconds(20));
    let at = units.iter().position(|sent| sent.is_picture() && !sent.is_key() && sent.at() >= seconds(10)).unwrap();
    units[at].raw.payload = vec![0xaa; (16 << 20) + 1].into();
    let house = broadcast(&encoder, units);
    assert_eq!((house.repaired("oversized"), house.intake(PICTURES).oversized), (1, 1));
    assert!(near(length(&house, "v1"), seconds(20), millis(40)));
    house.audit.assert_keeps_rules_but(&[]);
}

#[test]
fn sound_that_is_sent_three_seconds_ahead_of_its_pictures_waits_for_them_and_ends_with_them() {
    let encoder = Encoder::new(small());
    let mut units = encoder.clone().until(seconds(40));
    for sent in units.iter_mut().filter(|sent| sent.is_picture()) {
        sent.raw.arrival.0 += 3_000_000_000;
    }
    units.sort_by_key(|sent| sent.raw.arrival);
    units.retain(|sent| sent.at() < seconds(40));
    let house = broadcast(&encoder, units);
    assert_eq!(house.repairs(), []);
    assert_eq!(gaps(&house, "a2"), 0);
    for name in ["v1", "a2"] {
        assert!(near(length(&house, name), seconds(37), millis(130)), "{name}");
    }
    // What is far ahead at the end, and a unit from before the first picture.
    assert!((132..=143).contains(&house.packaged().early_units), "{:?}", house.packaged());
    assert_in_step(&house);
    house.audit.assert_keeps_rules_but(&[]);
}

#[test]
fn a_publisher_who_stops_its_clock_for_a_while_goes_on_in_a_period_on_the_wall_clock() {
    let encoder = Encoder::new(small());
    let mut units = encoder.clone().until(seconds(40));
    shifted(&mut units, millis(12_300), seconds(10), 0);
    let house = broadcast(&encoder, units);
    for name in ["v1", "a2"] {
        assert_eq!(discontinuities(&house, name).len(), 1, "{name}");
    }
    let last = house.audit.segments("v1").last().unwrap();
    assert!(house.now().wall.0.abs_diff(end(last).0) < 200_000_000);
    house.audit.assert_keeps_rules_but(AT_A_NEW_PERIOD);
    assert_no_player_stops(house, seconds(49));
}
