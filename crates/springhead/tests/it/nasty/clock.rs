//! Clocks that go back, leap, stand still, or say what cannot be.

use springhead::core::{FrameRate, TickDelta};
use springhead::mux::fmp4::read;
use springhead::packager::PackagerConfig;
use springhead_testkit::SourceOptions;
use springhead_testkit::player::Phase;

use super::encoder::{Encoder, PICTURES, SOUND, Sent, shifted, small};
use super::house::House;
use super::{
    AT_A_NEW_PERIOD, assert_in_step, assert_no_player_stops, broadcast, discontinuities, end, gaps, length, millis,
    near, seconds, watched,
};

/// Nothing but the time that an encoder sent was published, without a break.
fn assert_seamless(house: &House, sent: std::time::Duration) {
    for name in ["v1", "a2"] {
        assert_eq!((discontinuities(house, name), gaps(house, name)), (vec![], 0), "{name}");
        let length = length(house, name);
        assert!(near(length, sent, millis(40)), "{name}: {length:?} of {sent:?}");
    }
    assert_in_step(house);
    house.audit.assert_keeps_rules_but(&[]);
}

/// The pictures, in the order in which they are sent.
fn pictures(units: &mut [Sent]) -> impl Iterator<Item = &mut Sent> {
    units.iter_mut().filter(|sent| sent.is_picture())
}

#[test]
fn decode_times_that_go_back_by_less_than_a_picture_cost_a_tick_and_the_time_is_given_back() {
    let encoder = Encoder::new(small());
    let mut units = encoder.clone().until(seconds(20));
    for (at, sent) in pictures(&mut units).enumerate().filter(|(at, _)| at % 7 == 6) {
        // Before the picture in front of it, and shown when it should be.
        let by = 34 + (at % 15) as i64;
        sent.raw.dts = sent.raw.dts.wrapping_add_signed(-by);
        sent.raw.composition_offset.0 += by;
    }
    let house = broadcast(&encoder, units);
    assert_eq!(house.repaired("backwards"), 600 / 7);
    assert_eq!(house.intake(PICTURES).backwards, 600 / 7);
    assert_seamless(&house, seconds(20));
}

#[test]
fn decode_times_that_go_back_by_seconds_begin_a_period_on_the_wall_clock_and_numbers_go_on() {
    let encoder = Encoder::new(small());
    let mut units = encoder.clone().until(seconds(20));
    shifted(&mut units, millis(9_400), millis(0), -7_000);
    let house = broadcast(&encoder, units);
    assert_eq!(house.repaired("new_timeline"), 2);
    for name in ["v1", "a2"] {
        let [number] = discontinuities(&house, name)[..] else { panic!("one discontinuity in {name}") };
        let segments = house.audit.segments(name);
        let (before, first) = (&segments[number as usize - 1], &segments[number as usize]);
        // The key picture of the tenth second is the first that can be shown.
        let wall = house.newest.as_ref().unwrap().periods()[0].wall + seconds(10);
        assert!(first.program_date_time >= end(before));
        assert!(first.program_date_time.0.abs_diff(wall.0) < 100_000_000, "{name} begins on the wall clock");
    }
    assert_eq!(house.last().periods().len(), 2);
    house.audit.assert_keeps_rules_but(AT_A_NEW_PERIOD);
    assert_no_player_stops(house, seconds(20));
}

#[test]
fn one_stamp_hours_away_is_put_between_its_neighbours_and_nothing_else_moves() {
    let encoder = Encoder::new(small());
    let mut units = encoder.clone().until(seconds(20));
    let hours = 7_200_000;
    for (at, by) in [(300, hours), (500, -hours), (700, hours), (701, hours)] {
        units[at].raw.dts = (units[at].raw.dts as i64 + by).rem_euclid(1 << 32) as u64;
    }
    let house = broadcast(&encoder, units);
    assert_eq!((house.repaired("rogue"), house.repaired("new_timeline")), (4, 0));
    assert_seamless(&house, seconds(20));
}

#[test]
fn a_picture_that_is_to_be_shown_before_it_is_decoded_is_shown_when_it_is_decoded() {
    let encoder = Encoder::new(small());
    let mut units = encoder.clone().until(seconds(20));
    for sent in pictures(&mut units).skip(101).step_by(200) {
        sent.raw.composition_offset = TickDelta(-200);
    }
    let house = broadcast(&encoder, units);
    assert_eq!(house.repaired("composition_offset"), 3);
    assert_seamless(&house, seconds(20));
}

#[test]
fn a_source_that_shows_all_pictures_before_it_decodes_them_keeps_their_order_and_stays_with_its_sound() {
    let encoder = Encoder::new(small());
    let mut units = encoder.clone().until(seconds(20));
    pictures(&mut units).for_each(|sent| sent.raw.composition_offset.0 -= 67);
    let house = broadcast(&encoder, units);
    assert_eq!(house.repairs(), []);
    // Shown once each, a picture apart.
    let mut shown = Vec::new();
    for segment in house.audit.segments("v1") {
        for chunk in read::chunks(&segment.body().to_bytes()).unwrap() {
            let mut at = chunk.base_decode_time as i64;
            for sample in chunk.samples {
                shown.push(at + sample.composition_offset);
                at += i64::from(sample.duration);
            }
        }
    }
    shown.sort_unstable();
    assert!(shown.windows(2).all(|pair| pair[1] - pair[0] == 3000), "{shown:?}");
    assert_seamless(&house, seconds(20));
}

#[test]
fn equal_decode_times_are_a_tick_apart_and_nothing_of_no_length_is_published() {
    let encoder = Encoder::new(small());
    let mut units = encoder.clone().until(seconds(20));
    let stamps: Vec<u64> = pictures(&mut units).map(|sent| sent.raw.dts).collect();
    for (at, sent) in pictures(&mut units).enumerate().filter(|(at, _)| at % 20 == 13) {
        let by = sent.raw.dts - stamps[at - 1];
        sent.raw.dts = stamps[at - 1];
        sent.raw.composition_offset.0 += by as i64;
    }
    let house = broadcast(&encoder, units);
    assert_eq!(house.repaired("same_time"), 30);
    let parts = house.audit.segments("v1").iter().flat_map(|segment| &segment.parts);
    assert!(parts.map(|part| part.duration.micros()).all(|micros| micros > 0));
    assert_seamless(&house, seconds(20));
}

#[test]
fn an_encoder_that_counts_in_24_bits_goes_on_through_the_wrap() {
    let encoder = Encoder::new(small()).stamped(springhead::intake::SourceClock::RTMP, (1 << 24) - 9_000);
    let mut units = encoder.clone().until(seconds(20));
    units.iter_mut().for_each(|sent| sent.raw.dts &= (1 << 24) - 1);
    let house = broadcast(&encoder, units);
    assert_eq!(house.repairs(), []);
    assert_seamless(&house, seconds(20));
}

#[test]
fn stamps_of_33_33_and_34_milliseconds_are_recognised_as_30000_in_1001_seconds() {
    let rate = FrameRate { num: 30_000, den: 1001 };
    let encoder = Encoder::new(SourceOptions { frame_rate: rate, ..small() });
    let house = broadcast(&encoder, encoder.clone().until(seconds(20)));
    assert_eq!(house.intake(PICTURES).frame_rate, Some(rate));
    let segments = house.audit.segments("v1");
    assert!(segments[..segments.len() - 1].iter().all(|segment| segment.ticks.0 == 60 * 3003));
    let multivariant = house.last().multivariant();
    assert!(multivariant.text().contains("FRAME-RATE=29.970"));
    assert_seamless(&house, seconds(20));
}

#[test]
fn sound_whose_stamps_run_slow_loses_a_frame_now_and_then_and_stays_with_its_pictures() {
    let encoder = Encoder::new(small());
    let mut units = encoder.clone().until(seconds(30));
    // One in a hundred: 300 ms in half a minute.
    for sent in units.iter_mut().filter(|sent| !sent.is_picture()) {
        sent.raw.dts = sent.raw.dts * 99 / 100;
    }
    let house = broadcast(&encoder, units);
    let dropped = house.repaired("overlap");
    assert!((10..=14).contains(&dropped), "{dropped}");
    assert_eq!(house.intake(SOUND).overlap, dropped);
    assert!(discontinuities(&house, "a2").is_empty());
    house.audit.assert_keeps_rules_but(&[]);
}

#[test]
fn a_wall_clock_that_is_set_while_a_broadcast_is_on_moves_no_date_of_it() {
    let encoder = Encoder::new(small());
    let mut house = House::new(PackagerConfig::default());
    house.connect(&encoder);
    let (first, then) = (encoder.clone().until(seconds(9)), encoder.clone().until(seconds(30)));
    let sent = first.len();
    house.send(first);
    for (at, step) in [-3, 3_600, -7_200].into_iter().enumerate() {
        house.step_wall(step * 1_000_000_000);
        let mut units = then[sent..].to_vec();
        let span = seconds(9 + 7 * at as u64)..seconds(16 + 7 * at as u64);
        units.retain(|unit| span.contains(&unit.at()));
        units.iter_mut().for_each(|unit| unit.raw.arrival.0 -= span.start.as_nanos() as u64);
        house.send(units);
    }
    house.finish();
    let segments = house.audit.segments("v1");
    assert!(segments.windows(2).all(|pair| end(&pair[0]).0.abs_diff(pair[1].program_date_time.0) < 1_000_000));
    assert_seamless(&house, seconds(30));
}

#[test]
fn an_encoder_whose_clock_is_fast_is_put_right_without_a_loss_and_no_player_stops() {
    let encoder = Encoder::new(small());
    let mut units = encoder.clone().until(seconds(220));
    // By eight thousandths, forty times what clocks do, so that four minutes show it twice.
    units.iter_mut().for_each(|sent| sent.raw.arrival.0 -= sent.raw.arrival.0 / 1000 * 8);
    let house = broadcast(&encoder, units);
    assert_eq!((house.repairs(), house.packaged().reanchored), (vec![], 2));
    assert!(near(length(&house, "v1"), seconds(220), millis(40)));
    let least = house.audit.behind.expect("segments became complete").0;
    assert!(least > -1_000_000_000, "media was {least} ns behind the clock, and would be 1.7 s ahead");
    assert_in_step(&house);
    house.audit.assert_keeps_rules_but(AT_A_NEW_PERIOD);
    for state in watched(house, seconds(215)) {
        assert_eq!((state.phase, state.fatal()), (Phase::Playing, None), "{}", state.name);
        assert!(state.stalls.is_empty(), "{} {:?}", state.name, state.stalls);
    }
}
