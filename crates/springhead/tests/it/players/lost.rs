//! A publisher who is lost and returns, one who falls silent, and the end.

use std::time::Duration;

use springhead::packager::{Numbering, PackagerConfig};
use springhead_testkit::SourceOptions;
use springhead_testkit::player::{Fault, Flavour, Phase, Protocol, Reaction, State};

use super::assert_content;
use crate::studio::{Evening, Studio, pictures};

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// One player of each flavour, who come after ten seconds and watch for so long.
fn one_of_each(studio: impl FnOnce(Studio) -> Studio, watch: Duration) -> Vec<(Flavour, State)> {
    packaged(PackagerConfig::default(), studio, watch)
}

fn packaged(config: PackagerConfig, studio: impl FnOnce(Studio) -> Studio, watch: Duration) -> Vec<(Flavour, State)> {
    let mut evening = Evening::after(millis(10_000), |clock| studio(Studio::new(config, clock)));
    Flavour::ALL.iter().for_each(|flavour| {
        evening.admit(*flavour);
    });
    evening.watch(watch);
    Flavour::ALL.into_iter().zip(evening.states()).collect()
}

/// Nobody notices, but for a DASH player who asks for what its MPD announced at the moment when that is overtaken, and waits
/// until it has reloaded the MPD.
fn assert_bridged(states: &[(Flavour, State)]) {
    for (flavour, state) in states {
        match flavour.protocol {
            Protocol::Hls => assert_content(state),
            Protocol::Dash => {
                assert_eq!((state.phase, &state.errors[..]), (Phase::Playing, &[][..]), "{}", state.name);
                assert!(state.stalled() < millis(400) && state.stalls.len() <= 1, "{} {:?}", state.name, state.stalls);
            }
        }
        let behind = state.latency.expect("it plays");
        assert!(behind < millis(1700), "{} is {behind:?} behind", state.name);
    }
}

#[test]
fn a_publisher_who_is_lost_for_five_seconds_and_returns_as_before_is_bridged_for_every_player() {
    // Lost within a part, back within another.
    let studio = |studio: Studio| {
        studio.sends(pictures(), millis(23_400)).loses_publisher(millis(5_300)).sends(pictures(), millis(40_000))
    };
    assert_bridged(&one_of_each(studio, millis(50_000)));
}

#[test]
fn a_publisher_who_returns_with_another_size_and_sampling_rate_is_bridged_for_every_player() {
    let other = SourceOptions { size: (320, 180), audio_rate: Some(44_100), b_frames: 0, ..pictures() };
    let studio = |studio: Studio| {
        studio.sends(pictures(), millis(23_400)).loses_publisher(millis(5_300)).sends(other, millis(40_000))
    };
    let states = one_of_each(studio, millis(50_000));
    assert_bridged(&states);
    for (_, state) in states {
        assert_eq!((state.asked_for("/v1/init-0.mp4"), state.asked_for("/v1/init-1.mp4")), (1, 1), "{}", state.name);
    }
}

#[test]
fn a_publisher_who_is_replaced_at_once_is_bridged_for_every_player() {
    let studio = |studio: Studio| studio.sends(pictures(), millis(23_400)).sends(pictures(), millis(40_000));
    assert_bridged(&one_of_each(studio, millis(50_000)));
}

#[test]
fn every_player_plays_the_broadcast_to_its_end_and_then_asks_for_nothing() {
    let studio = |studio: Studio| studio.sends(pictures(), millis(33_400)).ends();
    let states = one_of_each(studio, millis(60_000));
    let first = states.iter().map(|(_, state)| state.requests[0].at).min().expect("somebody watches");
    for (flavour, state) in states {
        let errors: Vec<String> = state.errors.iter().map(ToString::to_string).collect();
        assert_eq!((state.phase, state.stalls.len(), &errors[..]), (Phase::Ended, 0, &[][..]), "{}", flavour.name);
        // The player came ten seconds late, and stays as far behind as it was.
        let last = state.requests.last().expect("it asked").at.saturating_since(first);
        assert!(last < millis(23_400 + 3_000), "{} asks {last:?} after the first", flavour.name);
        let ends = state.buffered.iter().filter_map(|(_, ranges)| ranges.iter().last().map(|range| range.1));
        let reached = ends.min().expect("something is buffered");
        assert_eq!(state.position, reached, "{} leaves nothing out", flavour.name);
    }
}

/// Eleven seconds of silence while the publisher's connection stands.
fn silent(config: PackagerConfig) -> Vec<(Flavour, State)> {
    let studio = |studio: Studio| {
        studio.sends(pictures(), millis(23_400)).falls_silent(millis(11_000)).sends(pictures(), millis(40_000))
    };
    packaged(config, studio, millis(60_000))
}

#[test]
fn a_publisher_who_falls_silent_on_a_standing_connection_is_held_for_after_a_short_stall() {
    for (_, state) in silent(PackagerConfig::default()) {
        assert_eq!((state.phase, &state.errors[..]), (Phase::Playing, &[][..]), "{}", state.name);
        assert!(state.stalled() < millis(3_000), "{} stood for {:?}", state.name, state.stalls);
    }
}

#[test]
fn a_wait_that_ends_in_503_is_asked_again_by_browsers_and_stops_av_player() {
    // By the encoder's clock nothing is held: a blocked reload is held for nine of the eleven seconds.
    let config = PackagerConfig { numbering: Numbering::Epoch, ..PackagerConfig::default() };
    for (flavour, state) in silent(config).into_iter().filter(|(flavour, _)| flavour.protocol == Protocol::Hls) {
        let late = |fault: &Fault| matches!(fault, Fault::Status { status: 503, blocked: true, .. });
        let reactions: Vec<_> = state.errors.iter().filter(|e| late(&e.fault)).map(|error| error.reaction).collect();
        // Behind it is the hole that the silence left.
        let others = state.errors.iter().filter(|e| !late(&e.fault) && !matches!(e.fault, Fault::Hole { .. }));
        assert_eq!(others.count(), 0, "{} {:?}", flavour.name, state.errors);
        match flavour {
            Flavour { strict: true, .. } => {
                assert_eq!((&reactions[..], state.phase), (&[Reaction::Stops][..], Phase::Stopped));
                assert_eq!(state.fatal().map(|error| error.code), Some("-16849"));
            }
            _ => {
                assert_eq!(reactions, [Reaction::Retries; 2], "{}: pictures and sound", flavour.name);
                assert_ne!(state.phase, Phase::Stopped);
            }
        }
    }
}
