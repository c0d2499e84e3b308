//! What viewers do: go back, change renditions, and watch over a narrow line.

use std::time::Duration;

use bytes::Bytes;
use springhead::core::{MonoTime, Now};
use springhead::packager::{Dvr, PackagerConfig};
use springhead_testkit::SourceOptions;
use springhead_testkit::player::{Answer, Asked, DelayOrder, Flavour, Link, Origin, Phase, Protocol, State};

use super::assert_content;
use crate::studio::{Evening, Studio, Tampered, pictures, two_sizes};

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Lets one of each flavour in.
fn admit_all<O: Origin>(evening: &mut Evening<O>) -> usize {
    Flavour::ALL.map(|flavour| evening.admit(flavour)).len()
}

fn switch_all<O: Origin>(evening: &mut Evening<O>, to: usize) {
    let now = evening.clock.now();
    (0..Flavour::ALL.len()).for_each(|player| evening.audience.player(player).switch_to(to, now));
}

#[test]
fn a_viewer_goes_back_a_quarter_of_a_minute_sees_it_again_and_returns_to_the_live_edge() {
    let studio = |clock: &_| Studio::new(PackagerConfig::default(), clock).sends(pictures(), seconds(80));
    let mut evening = Evening::after(seconds(30), studio);
    let players = admit_all(&mut evening);
    evening.watch(seconds(10));
    let live = evening.states();
    let now = evening.clock.now();
    (0..players).for_each(|player| evening.audience.player(player).seek_back(seconds(15), now));
    evening.watch(seconds(20));
    for (state, before) in evening.states().iter().zip(&live) {
        assert_content(state);
        // Twenty seconds later at a place five seconds later, but for the time until it was there.
        let moved = Duration::from_micros(u64::try_from(state.position - before.position).expect("it moved on"));
        assert!(moved > Duration::from_millis(4_800) && moved <= seconds(5), "{} moved by {moved:?}", state.name);
        assert!(state.latency.is_some_and(|latency| latency > seconds(15)), "{}", state.name);
    }
    let now = evening.clock.now();
    (0..players).for_each(|player| evening.audience.player(player).seek_to_live(now));
    evening.watch(seconds(10));
    for state in evening.states() {
        assert_content(&state);
        assert!(state.latency.is_some_and(|latency| latency < Duration::from_millis(2_100)), "{}", state.name);
    }
}

#[test]
fn a_viewer_who_goes_back_farther_than_the_window_begins_near_its_start() {
    let dvr = Dvr { time: seconds(20), ..Dvr::default() };
    let config = PackagerConfig { dvr, ..PackagerConfig::default() };
    let mut evening = Evening::after(seconds(40), |clock| Studio::new(config, clock).sends(pictures(), seconds(80)));
    let players = admit_all(&mut evening);
    evening.watch(seconds(10));
    let now = evening.clock.now();
    (0..players).for_each(|player| evening.audience.player(player).seek_back(seconds(30), now));
    evening.watch(seconds(20));
    for state in evening.states() {
        assert_content(&state);
        let behind = state.latency.expect("it plays");
        assert!(behind > seconds(14) && behind < seconds(22), "{} is {behind:?} behind", state.name);
    }
}

#[test]
fn a_viewer_whose_line_is_dead_for_longer_than_the_window_goes_on_near_the_live_edge() {
    let dvr = Dvr { time: seconds(12), ..Dvr::default() };
    let config = PackagerConfig { dvr, min_target_duration: seconds(1), ..PackagerConfig::default() };
    let dead = MonoTime(41_000_000_000)..MonoTime(55_000_000_000);
    let mut evening = Evening::after(seconds(30), |clock| {
        Tampered(Studio::new(config, clock).sends(pictures(), seconds(90)), |_: &Asked<'_>, answer, now: Now| {
            if dead.contains(&now.mono) { Answer::Wait(dead.end) } else { answer }
        })
    });
    admit_all(&mut evening);
    evening.watch(seconds(50));
    for (flavour, state) in Flavour::ALL.iter().zip(evening.states()) {
        assert_eq!((state.phase, state.fatal()), (Phase::Playing, None), "{}", state.name);
        assert!((1..=2).contains(&state.stalls.len()), "{} {:?}", state.name, state.stalls);
        let behind = state.latency.expect("it plays");
        // hls.js keeps a second more from the live edge for its stall. Shaka goes on over DASH as long as there is media.
        let most = if flavour.delay_order == DelayOrder::SuggestedFirst { seconds(16) } else { seconds(3) };
        assert!(behind < most, "{} is {behind:?} behind", state.name);
    }
}

/// A broadcast of two sizes, on for ten seconds, with answers that a test changes.
fn two<F: FnMut(&Asked<'_>, Answer, Now) -> Answer>(options: SourceOptions, tamper: F) -> Evening<Tampered<F>> {
    let (units, tracks) = two_sizes(options, seconds(60));
    Evening::after(seconds(10), |clock| {
        let studio = Studio::new(PackagerConfig::default(), clock);
        Tampered(studio.sends_units(units, &tracks, seconds(60)), tamper)
    })
}

#[test]
fn renditions_are_changed_up_and_down_wherever_in_a_segment_without_a_stall_or_an_error() {
    let mut evening = two(pictures(), |_, answer, _| answer);
    admit_all(&mut evening);
    // At another place in the segments of two seconds every time.
    for at in 1..16 {
        evening.watch(Duration::from_millis(1_730));
        switch_all(&mut evening, at % 2);
    }
    evening.watch(seconds(3));
    for state in evening.states() {
        assert_content(&state);
        let media =
            |name: &str| state.requests.iter().filter(|r| r.path.contains(name) && r.path.contains(".m4s")).count();
        assert!(media("/v1/") >= 7 && media("/v3/") >= 7, "{} {} {}", state.name, media("/v1/"), media("/v3/"));
        assert!(state.latency.is_some_and(|latency| latency < Duration::from_millis(1_700)), "{}", state.name);
    }
}

/// Lets every report say that the other rendition has got to the first part of the next segment, which is what a rendition
/// that is a little ahead says, and which hls.js reads as if it said nothing of parts.
fn ahead_by_a_part(answer: Answer) -> Answer {
    let Answer::Whole(200, body) = answer else { return answer };
    let Some(text) = std::str::from_utf8(&body).ok().filter(|text| text.contains("#EXT-X-RENDITION-REPORT")) else {
        return Answer::Whole(200, body);
    };
    let lines = text.lines().map(|line| match line.split_once(",LAST-MSN=") {
        Some((report, numbers)) => {
            let msn: u64 = numbers.split(',').next().and_then(|msn| msn.parse().ok()).expect("a number");
            format!("{report},LAST-MSN={},LAST-PART=0\n", msn + 1)
        }
        None => format!("{line}\n"),
    });
    Answer::Whole(200, lines.collect::<String>().into())
}

/// The first request for the playlist of the smaller pictures.
fn first_of_small(state: &State) -> String {
    let asked = state.requests.iter().find(|request| request.path.contains("/v3/index.m3u8"));
    asked.expect("it changes to the smaller pictures").path.clone()
}

#[test]
fn a_report_of_part_zero_makes_hls_js_ask_for_a_later_part_on_a_change_and_the_wait_for_that_costs_nothing() {
    let mut evening = two(pictures(), |_, answer, _| ahead_by_a_part(answer));
    admit_all(&mut evening);
    // In the second half of a segment, where the own index is high.
    evening.watch(Duration::from_millis(5_400));
    switch_all(&mut evening, 1);
    evening.watch(seconds(10));
    for (flavour, state) in Flavour::ALL.iter().zip(evening.states()) {
        assert_content(&state);
        if flavour.protocol == Protocol::Hls {
            let first = first_of_small(&state);
            assert_eq!(first.ends_with("_HLS_part=0"), !flavour.takes_zero_for_missing, "{}: {first}", state.name);
            assert!(state.requests.last().is_some_and(|last| !last.path.contains("/v1/")), "{}", state.name);
        }
    }
}

#[test]
fn an_origin_that_refuses_such_a_request_keeps_hls_js_from_changing() {
    let mut refused = None;
    let mut evening = two(pictures(), |asked, answer, _| {
        let first = asked.path.contains("/v3/index.m3u8?_HLS_msn");
        if first && refused.get_or_insert(asked.path.to_owned()) == asked.path {
            return Answer::Whole(400, Bytes::new());
        }
        ahead_by_a_part(answer)
    });
    let player = evening.admit(Flavour::hls_js());
    evening.watch(Duration::from_millis(5_400));
    let now = evening.clock.now();
    evening.audience.player(player).switch_to(1, now);
    evening.watch(seconds(5));
    let state = evening.state(player);
    assert_eq!(state.errors.iter().map(|error| error.code).collect::<Vec<_>>(), ["levelLoadError"]);
    assert_eq!(state.phase, Phase::Playing);
    assert!(state.requests.last().is_some_and(|last| !last.path.contains("/v3/")), "it stays");
}

#[test]
fn a_line_too_narrow_for_the_larger_pictures_makes_players_stall_until_they_change_to_the_smaller_ones() {
    // About a megabit and a half a second, and about an eighth of a megabit beside the sound.
    let mut evening = two(SourceOptions { unit_bytes: 5_000, ..pictures() }, |_, answer, _| answer);
    let players = admit_all(&mut evening);
    evening.watch(seconds(3));
    evening.states().iter().for_each(assert_content);
    let narrow = Link { bytes_per_second: Some(80_000), round_trip: Duration::from_millis(40) };
    (0..players).for_each(|player| evening.audience.set_link(player, narrow));
    evening.watch(seconds(10));
    evening.states().iter().for_each(|state| assert!(state.stalls.len() > 4, "{} {:?}", state.name, state.stalls));
    switch_all(&mut evening, 1);
    evening.watch(seconds(12));
    let settled = evening.states();
    evening.watch(seconds(10));
    for (state, settled) in evening.states().iter().zip(settled) {
        assert_eq!((state.phase, &state.errors[..]), (Phase::Playing, &[][..]), "{}", state.name);
        assert_eq!(state.stalls, settled.stalls, "{} plays on", state.name);
    }
}
