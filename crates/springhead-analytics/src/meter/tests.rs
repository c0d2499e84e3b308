//! Meters against timestamps of every kind.

use bytes::Bytes;
use proptest::prelude::*;
use springhead_core::{TickDelta, TrackId};

use super::*;

fn unit(dts: i64, bytes: usize, flags: UnitFlags, duration: u64) -> AccessUnit {
    AccessUnit {
        track: TrackId(1),
        dts: Timestamp(dts),
        composition_offset: TickDelta(0),
        duration: Ticks(duration),
        flags,
        arrival: MonoTime(0),
        payload: Bytes::from(vec![0; bytes]).into(),
    }
}

fn meter(seconds: u64) -> TrackMeter {
    TrackMeter::new(Timescale::MPEG, Duration::from_secs(seconds))
}

const NONE: UnitFlags = UnitFlags::empty();
const START: MonoTime = MonoTime(0);
const SECOND: u64 = 1_000_000_000;

fn at_millis(millis: u64) -> MonoTime {
    MonoTime(millis * 1_000_000)
}

/// A unit of 1000 bytes that arrives at its decode time.
fn paced(millis: u64) -> AccessUnit {
    AccessUnit { arrival: at_millis(millis), ..unit(millis as i64 * 90, 1000, NONE, 0) }
}

/// Units a second by the thousand, and bits a second.
fn rates(meter: &TrackMeter, now: MonoTime) -> (Option<u64>, Option<u64>) {
    let seen = meter.snapshot(now);
    (seen.unit_rate.map(|rate| rate.milli()), seen.bitrate)
}

#[test]
fn a_single_unit_without_duration_has_no_rate_rather_than_an_absurd_one() {
    let mut meter = meter(5);
    assert_eq!(meter.snapshot(START), TrackSnapshot::default());
    meter.observe(&unit(0, 100_000, NONE, 0));
    let seen = meter.snapshot(START);
    assert_eq!((seen.bitrate, seen.unit_rate, seen.key_interval), (None, None, None));
    assert_eq!((seen.units, seen.bytes), (1, 100_000));
}

#[test]
fn time_that_does_not_rise_begins_anew_instead_of_dividing_by_nothing() {
    let mut meter = meter(5);
    for dts in [0, 3000, 3000, -90_000] {
        meter.observe(&unit(dts, 1000, UnitFlags::RANDOM_ACCESS, 3000));
        let seen = meter.snapshot(START);
        assert_eq!(seen.bitrate, (dts == 3000 && seen.units == 2).then_some(240_000));
    }
    assert_eq!((meter.snapshot(START).units, meter.snapshot(START).key_interval), (4, None));
}

#[test]
fn the_ends_of_time_do_not_overflow() {
    let mut meter = TrackMeter::new(Timescale::NANOS, Duration::MAX);
    for dts in [i64::MIN, -1, i64::MAX, i64::MIN] {
        meter.observe(&unit(dts, 1, NONE | UnitFlags::GAP_BEFORE, u64::MAX));
        meter.snapshot(START);
    }
    assert_eq!(meter.snapshot(START).units, 4);
}

#[test]
fn rates_are_of_the_window_and_not_of_the_whole_life() {
    let mut meter = meter(2);
    (0..100).for_each(|n| meter.observe(&unit(n * 3600, 1000, NONE, 0)));
    assert_eq!(meter.snapshot(START).bitrate, Some(200_000));
    assert_eq!(meter.snapshot(START).unit_rate.unwrap().milli(), 25_000);
    (0..101).for_each(|n| meter.observe(&unit(360_000 + n * 1800, 2000, NONE, 0)));
    let seen = meter.snapshot(START);
    assert_eq!(seen.bitrate, Some(800_000));
    assert_eq!(seen.unit_rate, Some(UnitRate { units: 100, ticks: Ticks(180_000), scale: Timescale::MPEG }));
    assert_eq!(seen.unit_rate.unwrap().milli(), 50_000);
    assert_eq!((seen.units, seen.bytes), (201, 302_000));
}

#[test]
fn a_drop_frame_rate_is_not_pushed_to_30() {
    let mut meter = meter(10);
    (0..301).for_each(|n| meter.observe(&unit(n * 3003, 1, NONE, 0)));
    assert_eq!(meter.snapshot(START).unit_rate.unwrap().milli(), 29_970);
}

#[test]
fn key_intervals_are_measured_in_ticks_and_units() {
    let mut meter = meter(10);
    for n in 0..60 {
        let key = n == 0 || n == 25 || n == 55;
        meter.observe(&unit(n * 3600, 10, if key { UnitFlags::RANDOM_ACCESS } else { NONE }, 3600));
    }
    let seen = meter.snapshot(START);
    assert_eq!((seen.key_interval, seen.key_interval_units), (Some(Ticks(108_000)), Some(30)));
}

#[test]
fn gaps_and_drops_are_counted_with_their_length() {
    let mut meter = meter(10);
    meter.observe(&unit(0, 10, NONE, 3600));
    meter.observe(&unit(10_800, 10, UnitFlags::GAP_BEFORE, 0));
    meter.observe(&unit(18_000, 10, UnitFlags::GAP_BEFORE, 3600));
    meter.drop_units(3);
    let seen = meter.snapshot(START);
    assert_eq!((seen.gaps, seen.gap_time, seen.dropped), (2, Ticks(7200), 3));
}

#[test]
fn late_arrival_shows_as_jitter_and_as_the_last_arrival() {
    let mut meter = meter(10);
    meter.observe(&unit(0, 10, NONE, 0));
    meter.observe(&AccessUnit { arrival: MonoTime(56_000_000), ..unit(3600, 10, NONE, 0) });
    let seen = meter.snapshot(START);
    assert_eq!((seen.jitter, seen.last_arrival), (Duration::from_millis(1), Some(MonoTime(56_000_000))));
}

#[test]
fn a_flood_of_units_shortens_the_window_and_keeps_the_rate() {
    let mut meter = meter(10);
    (0..20_000).for_each(|n| meter.observe(&unit(n, 1, NONE, 0)));
    assert_eq!(meter.held.len(), TrackMeter::MAX_WINDOW_UNITS);
    assert_eq!(meter.snapshot(START).bitrate, Some(720_000));
}

#[test]
fn a_track_that_stops_falls_to_zero_within_the_window() {
    let mut meter = meter(5);
    (0..=200).for_each(|n| meter.observe(&paced(n * 40)));
    let rates = |after: u64| rates(&meter, at_millis(8_000 + after));
    for at_its_pace in [0, 1, 39, 40] {
        assert_eq!(rates(at_its_pace), (Some(25_000), Some(200_000)), "{at_its_pace}");
    }
    // From the oldest unit that is still in the window to the present: 63 units in 4.98 seconds, 26 in five.
    assert_eq!(rates(1_000), (Some(20_200), Some(161_600)));
    assert_eq!(rates(2_500), (Some(12_651), Some(101_205)));
    assert_eq!(rates(4_000), (Some(5_200), Some(41_600)));
    assert_eq!(rates(5_000), (Some(200), Some(1_600)));
    assert_eq!(rates(5_001), (Some(0), Some(0)));
    assert_eq!(rates(1 << 40), (Some(0), Some(0)));
    let seen = meter.snapshot(at_millis(9_000));
    assert_eq!((seen.silence, seen.longest_interval), (Some(Duration::from_secs(1)), Some(Ticks(90_000))));
    let gone = meter.snapshot(at_millis(20_000));
    assert_eq!((gone.longest_interval, gone.longest_key_interval, gone.loss), (None, None, None));
    assert_eq!((gone.units, gone.bytes), (201, 201_000));
}

#[test]
fn a_single_unit_has_no_rate_until_its_silence_says_zero() {
    let mut meter = meter(5);
    meter.observe(&paced(0));
    assert_eq!(rates(&meter, at_millis(5_000)), (None, None));
    assert_eq!(rates(&meter, at_millis(5_001)), (Some(0), Some(0)));
    meter.observe(&paced(6_000));
    assert_eq!(rates(&meter, at_millis(6_000)), (None, None));
}

#[test]
fn durations_change_no_rate_in_silence_either() {
    let (mut with, mut without) = (meter(5), meter(5));
    for n in 0..50 {
        with.observe(&AccessUnit { duration: Ticks(3600), ..paced(n * 40) });
        without.observe(&paced(n * 40));
    }
    for millis in [2_000, 2_500, 4_000, 6_000, 9_000] {
        assert_eq!(with.snapshot(at_millis(millis)), without.snapshot(at_millis(millis)));
    }
}

#[test]
fn a_slow_pace_is_no_silence() {
    let mut meter = meter(5);
    (0..=10).for_each(|n| meter.observe(&paced(n * 1_000)));
    for after in [0, 100, 999, 1_000] {
        assert_eq!(rates(&meter, at_millis(10_000 + after)), (Some(1_000), Some(8_000)), "{after}");
    }
    assert!(rates(&meter, at_millis(11_500)).0 < Some(1_000));
}

#[test]
fn a_variable_pace_has_its_real_mean_and_its_extremes() {
    let mut meter = meter(10);
    let at = [0, 33, 66, 100, 200, 300, 1_300, 1_333, 3_333, 4_000];
    at.into_iter().for_each(|millis| meter.observe(&paced(millis)));
    let seen = meter.snapshot(at_millis(4_000));
    assert_eq!(seen.unit_rate.unwrap().milli(), 2_250);
    assert_eq!((seen.shortest_interval, seen.longest_interval), (Some(Ticks(33 * 90)), Some(Ticks(180_000))));
    // What is past no longer counts.
    (1..=400).for_each(|n| meter.observe(&paced(4_000 + n * 40)));
    let seen = meter.snapshot(at_millis(20_000));
    assert_eq!((seen.shortest_interval, seen.longest_interval), (Some(Ticks(3600)), Some(Ticks(3600))));
}

#[test]
fn what_comes_in_bursts_does_not_fall_between_them_and_does_when_one_stays_away() {
    let mut meter = meter(6);
    // Two seconds of media every two seconds.
    for n in 0..250 {
        let burst = (n / 50 + 1) * 2_000;
        meter.observe(&AccessUnit { arrival: at_millis(burst), ..paced(n * 40) });
    }
    assert_eq!(rates(&meter, at_millis(10_000)).0, Some(25_000));
    assert_eq!(rates(&meter, at_millis(12_000)).0, Some(25_000));
    assert!(rates(&meter, at_millis(13_000)).0 < Some(25_000));
    assert_eq!(rates(&meter, at_millis(16_001)).0, Some(0));
}

#[test]
fn a_new_timeline_is_measured_by_itself() {
    let mut meter = meter(5);
    for n in 0..100 {
        meter.observe(&AccessUnit { flags: UnitFlags::RANDOM_ACCESS, ..paced(n * 40) });
    }
    meter.restart();
    let seen = meter.snapshot(at_millis(20_000));
    assert_eq!((seen.bitrate, seen.unit_rate, seen.key_interval, seen.longest_key_interval), (None, None, None, None));
    assert_eq!((seen.units, seen.silence), (100, Some(Duration::from_millis(16_040))));
    // Stamps of the far past, at another pace.
    for n in 0..50u64 {
        meter.observe(&AccessUnit { arrival: at_millis(20_000 + n * 100), ..paced(n * 100) });
    }
    assert_eq!(rates(&meter, at_millis(24_900)), (Some(10_000), Some(80_000)));
}

#[test]
fn a_timeline_in_other_ticks_keeps_the_counts() {
    let mut meter = meter(5);
    meter.observe(&unit(0, 10, NONE, 3600));
    meter.observe(&unit(10_800, 10, UnitFlags::GAP_BEFORE, 3600));
    meter.restart_in(Timescale::MILLIS);
    (0..=10).for_each(|n| meter.observe(&unit(n * 100, 10, NONE, 0)));
    let seen = meter.snapshot(START);
    assert_eq!((seen.units, seen.gap_time, meter.scale()), (13, Ticks(80), Timescale::MILLIS));
    assert_eq!(seen.unit_rate, Some(UnitRate { units: 10, ticks: Ticks(1000), scale: Timescale::MILLIS }));
}

#[test]
fn the_longest_group_of_the_window_counts_the_one_that_does_not_end() {
    let mut meter = meter(4);
    let keys = [0, 50, 75, 100];
    for n in 0..=300u64 {
        let flags = if keys.contains(&n) { UnitFlags::RANDOM_ACCESS } else { NONE };
        meter.observe(&AccessUnit { flags, ..paced(n * 40) });
        let seen = meter.snapshot(at_millis(n * 40));
        let longest = seen.longest_key_interval.map(|ticks| ticks.0 / 3600);
        match n {
            0 => assert_eq!(longest, None),
            10 => assert_eq!(longest, Some(10)),
            75 | 100 | 150 => assert_eq!(longest, Some(50)),
            // The key picture at 50 ended a group of 50; it has left the window.
            151..175 => assert_eq!(longest, Some(n - 100)),
            300 => assert_eq!((longest, seen.key_interval), (Some(200), Some(Ticks(25 * 3600)))),
            _ => {}
        }
    }
}

#[test]
fn loss_is_a_share_of_what_was_sent_in_the_window_and_a_count_for_good() {
    let mut meter = meter(4);
    for n in 0..100u64 {
        if n == 60 {
            meter.lose_units(3);
            meter.lose_units(1);
        }
        meter.observe(&paced(n * 40 + if n >= 60 { 160 } else { 0 }));
    }
    let seen = meter.snapshot(at_millis(4_120));
    assert_eq!((seen.lost, seen.loss), (4, Some(Share { part: 4, whole: 100 })));
    assert_eq!((seen.loss.unwrap().parts_per_million(), seen.dropped), (40_000, 0));
    (0..200).for_each(|n| meter.observe(&paced(4_160 + n * 40)));
    let seen = meter.snapshot(at_millis(12_120));
    assert_eq!((seen.lost, seen.loss), (4, Some(Share { part: 0, whole: 100 })));
}

#[test]
fn the_latency_from_capture_is_known_where_a_clock_tells_of_it_and_only_there() {
    use springhead_core::{Now, WallTime};
    let wall = WallTime(1_700_000_000_000_000_000);
    let now = Now { mono: MonoTime(10 * SECOND), wall };
    // Tick zero was captured ten seconds ago.
    let wire = crate::Wire { scale: Timescale::MPEG, bits: Some(33) };
    let clock = CaptureClock::new(wire, 0, wall - Duration::from_secs(10), now);
    let mut meter = meter(5);
    meter.observe(&paced(0));
    assert_eq!(meter.snapshot(START).latency, None);
    for late in 1..=100 {
        let unit = AccessUnit { arrival: at_millis(1_000 + late), ..paced(1_000) };
        meter.observe_capture(&unit, &clock);
    }
    let early = AccessUnit { arrival: at_millis(999), ..paced(1_000) };
    meter.observe_capture(&early, &clock);
    let seen = meter.snapshot(START);
    let latency = seen.latency.unwrap();
    assert_eq!((latency.units, latency.latest, seen.from_the_future), (100, Duration::from_millis(100), 1));
    assert!((50..52).contains(&latency.p50.as_millis()), "{latency:?}");
    assert!((95..98).contains(&latency.p95.as_millis()), "{latency:?}");
    assert!((99..=100).contains(&latency.p99.as_millis()), "{latency:?}");
    meter.restart();
    assert_eq!(meter.snapshot(START).latency, Some(latency), "it is of the whole life");
}

proptest! {
    #[test]
    fn no_timestamps_give_more_bits_than_were_received_in_a_tick(
        units in prop::collection::vec((any::<i64>(), 0..2000usize, any::<u8>(), any::<u64>()), 0..50),
    ) {
        let mut meter = meter(10);
        for (dts, bytes, flags, duration) in units {
            meter.observe(&unit(dts, bytes, UnitFlags::from_bits_truncate(flags), duration));
            let seen = meter.snapshot(START);
            prop_assert!(seen.bitrate.is_none_or(|bits| bits <= seen.bytes * 8 * 90_000));
        }
    }

    #[test]
    fn silence_never_raises_a_rate_and_ends_in_zero(
        steps in prop::collection::vec((1..200_000i64, 0..3_000u64, 1..2000usize), 2..60),
        silences in prop::collection::vec(0..12_000u64, 1..10),
    ) {
        let mut meter = meter(5);
        let (mut dts, mut arrival) = (0, 0);
        for (step, millis, bytes) in steps {
            (dts, arrival) = (dts + step, arrival + millis);
            meter.observe(&AccessUnit { arrival: at_millis(arrival), ..unit(dts, bytes, NONE, 0) });
        }
        let at_newest = meter.snapshot(at_millis(arrival));
        for silence in silences {
            let seen = meter.snapshot(at_millis(arrival + silence));
            if silence > 5_000 {
                prop_assert_eq!(seen.bitrate, Some(0));
            } else {
                prop_assert!(seen.bitrate <= at_newest.bitrate);
                let (now, then) = (seen.unit_rate, at_newest.unit_rate);
                prop_assert!(now.zip(then).is_none_or(|(now, then)| !then.is_below(&now)));
                prop_assert_eq!(now.is_some(), then.is_some());
            }
        }
    }
}
