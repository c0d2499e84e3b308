//! A broadcast as it should be, and one whose key pictures and stamps are off the grid.

use std::time::Duration;

use springhead::core::{AccessUnit, FrameRate, UnitFlags};
use springhead::packager::{DashAddressing, DashAvailabilityStart, PackagerConfig};
use springhead_testkit::player::{Flavour, State};
use springhead_testkit::{Faults, Prng, Source, SourceOptions, VIDEO};

use super::assert_content;
use crate::studio::{Evening, Studio, pictures};

const MINUTE: Duration = Duration::from_secs(60);
/// How long a broadcast has been on when players come.
const BEFORE: Duration = Duration::from_secs(10);

fn one_of_each(studio: impl FnOnce(Studio) -> Studio, config: PackagerConfig) -> Vec<State> {
    let mut evening = Evening::after(BEFORE, |clock| studio(Studio::new(config, clock)));
    Flavour::ALL.iter().for_each(|flavour| {
        evening.admit(*flavour);
    });
    evening.watch(MINUTE);
    evening.states()
}

fn plain(config: PackagerConfig) -> Vec<State> {
    one_of_each(|studio| studio.sends(pictures(), BEFORE + MINUTE), config)
}

/// Plays, has played for all the time since the first picture, and is as near to the live edge as it should be.
fn assert_plays_at(state: &State, latency: Duration) {
    assert_content(state);
    assert!(state.low_latency, "{}", state.name);
    let startup = state.startup.expect("it plays");
    assert!(startup < Duration::from_millis(300), "{}: {startup:?}", state.name);
    let behind = state.latency.expect("it plays");
    assert!(behind < latency, "{} is {behind:?} behind", state.name);
}

#[test]
fn a_minute_plays_in_every_player_without_a_stall_or_an_error() {
    for state in plain(PackagerConfig::default()) {
        assert_plays_at(&state, Duration::from_millis(1700));
    }
}

#[test]
fn parts_of_a_fifth_of_a_second_to_a_second_play_in_every_player() {
    for millis in [200, 333, 500, 1000] {
        let config = PackagerConfig { part: Duration::from_millis(millis), ..PackagerConfig::default() };
        // Three parts of hold-back, a part until it is listed, and what frames of sound and the network add.
        let most = Duration::from_millis(millis * 4 + 300).max(Duration::from_millis(1100));
        for state in plain(config) {
            assert_plays_at(&state, most);
        }
    }
}

#[test]
fn sound_alone_pictures_alone_and_odd_rates_play_in_every_player() {
    let ntsc = FrameRate { num: 30_000, den: 1001 };
    for options in [
        SourceOptions { video: false, ..pictures() },
        SourceOptions { audio_rate: None, ..pictures() },
        SourceOptions { frame_rate: ntsc, audio_rate: Some(44_100), start: Duration::from_secs(5), ..pictures() },
        SourceOptions { frame_rate: FrameRate { num: 5, den: 1 }, gop: 10, ..pictures() },
    ] {
        let states = one_of_each(|studio| studio.sends(options, BEFORE + MINUTE), PackagerConfig::default());
        states.iter().for_each(|state| assert_plays_at(state, Duration::from_millis(2300)));
    }
}

/// How far dash.js and Shaka are behind a second after they came, so long after the broadcast began.
fn begin(dash_addressing: DashAddressing, dash_availability_start: DashAvailabilityStart, on: Duration) -> [u128; 2] {
    let config = PackagerConfig { dash_addressing, dash_availability_start, ..PackagerConfig::default() };
    let mut evening = Evening::after(on, |clock| Studio::new(config, clock).sends(pictures(), on + MINUTE / 2));
    let players = [Flavour::dash_js(), Flavour::shaka_dash()].map(|flavour| evening.admit(flavour));
    evening.watch(Duration::from_secs(1));
    let begun = players.map(|player| evening.state(player).latency.map_or(0, |latency| latency.as_millis()));
    evening.watch(MINUTE / 4);
    evening.states().iter().for_each(assert_content);
    begun
}

#[test]
fn every_form_of_mpd_plays_and_shaka_begins_by_what_is_announced_where_times_count_from_the_broadcast() {
    let (early, late) = (BEFORE, BEFORE + Duration::from_millis(1800));
    for addressing in [DashAddressing::Timeline, DashAddressing::Duration] {
        for on in [early, late] {
            let [dash_js, shaka] = begin(addressing, DashAvailabilityStart::Fixed, on);
            assert!((900..1100).contains(&dash_js) && (500..900).contains(&shaka), "{dash_js} {shaka}");
        }
    }
    // When in a segment the MPD was loaded then makes the difference (D17).
    let [first, second] = [early, late].map(|on| begin(DashAddressing::Timeline, DashAvailabilityStart::Broadcast, on));
    assert!([first[0], second[0]].iter().all(|dash_js| (900..1100).contains(dash_js)), "{first:?} {second:?}");
    assert!((1000..1500).contains(&first[1]) && (2500..3600).contains(&second[1]), "{first:?} {second:?}");
}

#[test]
fn the_part_after_the_last_of_a_segment_is_asked_for_though_it_never_comes_and_the_wait_ends_with_the_next_segment() {
    // Two seconds in parts of half a second: parts 0 to 3.
    for state in plain(PackagerConfig::default()).iter().filter(|state| state.asked_for("index.m3u8") > 10) {
        let asked = state.asked_for("_HLS_part=4");
        assert!(asked >= 58, "{} asked {asked} times in thirty segments of two renditions", state.name);
        assert_content(state);
    }
}

#[test]
fn the_same_minute_gives_the_same_trace() {
    let trace = || format!("{:?}", plain(PackagerConfig::default()));
    assert!(trace() == trace());
}

/// Leaves the mark of a random access point on the first picture, and then on one of so many.
fn marked(mut units: Vec<AccessUnit>, least: u64, most: u64) -> Vec<AccessUnit> {
    let mut prng = Prng::new(11);
    let mut left = 0;
    for unit in units.iter_mut().filter(|unit| unit.track == VIDEO && unit.is_random_access()) {
        if left == 0 {
            left = least + prng.below(most - least + 1);
        } else {
            unit.flags.remove(UnitFlags::RANDOM_ACCESS);
        }
        left -= 1;
    }
    units
}

/// A minute with a key picture after `least` to `most` groups of three pictures, in stamps and at times that jitter.
fn off_the_grid(least: u64, most: u64) -> Vec<State> {
    let source = Source::new(SourceOptions { gop: 3, ..pictures() });
    let tracks = source.tracks();
    let faults = Faults { seed: 5, dts_jitter: 45, arrival_jitter: Duration::from_millis(15), ..Faults::default() };
    let units = faults.inject(marked(source.until(BEFORE + MINUTE), least, most).into_iter()).collect();
    one_of_each(|studio| studio.sends_units(units, &tracks, BEFORE + MINUTE), PackagerConfig::default())
}

#[test]
fn segments_off_any_grid_and_stamps_that_jitter_play_in_every_player() {
    // Two seconds to two and a third.
    for state in off_the_grid(20, 23) {
        assert_content(&state);
    }
}

/// An MPD announces the open segment as long as the longest before it, and players reload it each second.
#[test]
fn segments_of_unequal_length_play_in_every_player() {
    // Two seconds to three and a half.
    for state in off_the_grid(20, 35) {
        assert_eq!(state.errors, [], "{}", state.name);
        assert!(state.stalled() < Duration::from_millis(300), "{}: {:?}", state.name, state.stalls);
    }
}
