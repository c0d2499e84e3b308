//! Tracks that come, go, change, or are alone.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use springhead::core::{MediaKind, TrackId};
use springhead::packager::{Dvr, Follows, PackagerConfig, Segment};
use springhead_testkit::SourceOptions;

use super::encoder::{Encoder, PICTURES, SOUND, Sent, framed, nals, small};
use super::house::House;
use super::{
    AT_A_NEW_PERIOD, assert_in_step, assert_no_player_stops, broadcast, discontinuities, gaps, length, millis, near,
    seconds,
};

/// Rules that what stands in for another rendition has that one's codec string, that one is the first in a new period, and that
/// no part is hinted at where another init section is needed soon.
const AT_A_CHANGE: &[&str] = &["L-16", "M-10"];

/// The init sections that a rendition's segments need, each once and in order.
fn inits(house: &House, rendition: &str) -> Vec<u32> {
    let mut ids: Vec<u32> = house.audit.segments(rendition).iter().map(|segment| segment.init.id).collect();
    ids.dedup();
    ids
}

/// Puts parameter sets in front of a picture.
fn prefix(sent: &mut Sent, sets: &[Bytes]) {
    sent.raw.payload = framed(4, &[sets, &nals(&sent.raw.payload)].concat());
}

/// One publisher for so long, lost for two seconds, and another for so long.
fn returned(before: Encoder, after: Encoder, span: Duration) -> House {
    let mut house = House::new(PackagerConfig::default());
    house.publish(before, span);
    house.lose(true);
    house.wait(seconds(2));
    house.publish(after, span);
    house.finish();
    house
}

#[test]
fn a_publisher_who_returns_counting_from_zero_goes_on_under_the_same_init_sections_and_higher_numbers() {
    let house = returned(Encoder::new(small()), Encoder::new(small()), millis(15_400));
    for name in ["v1", "a2"] {
        assert_eq!((discontinuities(&house, name).len(), gaps(&house, name)), (1, 0), "{name}");
        assert_eq!(inits(&house, name), [0], "{name}");
    }
    assert_eq!(house.last().periods().len(), 2);
    assert!(house.packaged().held_units > 0);
    house.audit.assert_keeps_rules_but(AT_A_NEW_PERIOD);
    assert_no_player_stops(house, seconds(32));
}

#[test]
fn a_publisher_who_returns_with_another_size_and_sampling_rate_brings_new_init_sections_and_the_old_stay() {
    let other = SourceOptions { size: (320, 180), audio_rate: Some(44_100), ..small() };
    let house = returned(Encoder::new(small()), Encoder::new(other), millis(15_400));
    for name in ["v1", "a2"] {
        assert_eq!(discontinuities(&house, name).len(), 1, "{name}");
        assert_eq!(inits(&house, name), [0, 1], "{name}");
        let kept = house.last().rendition(name).unwrap().inits.iter().map(|init| init.id);
        assert_eq!(kept.collect::<Vec<_>>(), [0, 1], "{name}");
    }
    let multivariant = house.last().multivariant();
    assert!(multivariant.text().contains("RESOLUTION=320x180"));
    house.audit.assert_keeps_rules_but(AT_A_NEW_PERIOD);
    assert_no_player_stops(house, seconds(32));
}

#[test]
fn parameter_sets_that_change_in_the_middle_of_a_group_take_effect_at_its_end_on_the_same_timeline() {
    let encoder = Encoder::new(small());
    let other = Encoder::new(SourceOptions { size: (320, 180), ..small() });
    let mut units = encoder.clone().until(seconds(20));
    let at = units.iter().position(|sent| sent.is_picture() && !sent.is_key() && sent.at() >= seconds(9)).unwrap();
    prefix(&mut units[at], &other.parameter_sets());
    let house = broadcast(&encoder, units);
    assert_eq!((house.intake(PICTURES).new_tracks, house.repairs()), (1, vec![]));
    assert_eq!(inits(&house, "v1"), [0, 1]);
    let first = house.audit.segments("v1").iter().find(|segment| segment.init.id == 1).unwrap();
    assert_eq!((first.msn.0, first.start.0, first.period.follows), (5, 20 * 90_000, Follows::Exactly));
    assert_eq!(inits(&house, "a2"), [0]);
    assert!(near(length(&house, "v1"), seconds(20), millis(40)));
    assert_in_step(&house);
    house.audit.assert_keeps_rules_but(AT_A_CHANGE);
    assert_no_player_stops(house, seconds(19));
}

#[test]
fn parameter_sets_that_are_repeated_at_every_key_picture_are_no_new_init_section() {
    let encoder = Encoder::new(small());
    let mut units = encoder.clone().until(seconds(20));
    for sent in units.iter_mut().filter(|sent| sent.is_key()) {
        // With the zeros that a byte stream may have had behind them.
        let sets = encoder.parameter_sets().into_iter().map(|set| [&set[..], &[0, 0]].concat().into());
        prefix(sent, &sets.collect::<Vec<Bytes>>());
    }
    let house = broadcast(&encoder, units);
    assert_eq!((house.intake(PICTURES).new_tracks, house.repairs()), (0, vec![]));
    assert_eq!((inits(&house, "v1"), discontinuities(&house, "v1")), (vec![0], vec![]));
    house.audit.assert_keeps_rules_but(&[]);
}

#[test]
fn sizes_that_change_with_every_group_keep_their_times_and_the_init_sections_that_are_held_are_few() {
    let encoder = Encoder::new(small());
    let mut units = encoder.clone().until(seconds(120));
    for (at, sent) in units.iter_mut().filter(|sent| sent.is_key()).enumerate() {
        let size = (160 + 16 * (at as u32 % 50), 160);
        prefix(sent, &Encoder::new(SourceOptions { size, ..small() }).parameter_sets());
    }
    let dvr = Dvr { time: seconds(12), ..Dvr::default() };
    let mut house = House::new(PackagerConfig { dvr, ..PackagerConfig::default() });
    house.connect(&encoder);
    house.send(units);
    house.finish();
    assert_eq!(house.intake(PICTURES).new_tracks, 60);
    // What is listed, what lingers as long, and the one that is open.
    assert!(house.audit.kept.inits <= 2 * 9 + 2, "{:?}", house.audit.kept);
    assert!(house.audit.kept.periods <= 2 * 9 + 2, "{:?}", house.audit.kept);
    assert!(near(length(&house, "v1"), seconds(120), millis(40)));
    house.audit.assert_keeps_rules_but(AT_A_CHANGE);
}

#[test]
fn a_broadcast_of_sound_alone_has_parts_that_all_are_independent_and_names_no_pictures() {
    let encoder = Encoder::new(SourceOptions { video: false, ..small() });
    let house = broadcast(&encoder, encoder.clone().until(seconds(20)));
    let segments = house.audit.segments("a1");
    assert_eq!(segments.len(), 10);
    assert!(segments.iter().all(|segment| segment.parts.iter().all(|part| part.independent)));
    let multivariant = house.last().multivariant();
    let text = multivariant.text();
    assert!(text.contains("CODECS=\"mp4a.40.2\"") && !text.contains("RESOLUTION"), "{text}");
    house.audit.assert_keeps_rules_but(&[]);
    assert_no_player_stops(house, seconds(19));
}

#[test]
fn a_broadcast_of_pictures_alone_begins_after_the_wait_for_sound_and_names_none() {
    let encoder = Encoder::new(small());
    // Sound is described and never sent.
    let mut units = encoder.clone().until(seconds(20));
    units.retain(Sent::is_picture);
    let house = broadcast(&encoder, units);
    let multivariant = house.last().multivariant();
    let text = multivariant.text();
    assert!(!text.contains("AUDIO") && !text.contains("mp4a"), "{text}");
    assert!(house.audit.segments("a2").is_empty());
    assert!(near(length(&house, "v1"), seconds(20), millis(40)));
    house.audit.assert_keeps_rules_but(&[]);
    assert_no_player_stops(house, seconds(19));
}

#[test]
fn sound_that_begins_five_seconds_late_joins_in_a_period_of_the_same_timeline_in_step_with_its_pictures() {
    let encoder = Encoder::new(small());
    let mut units = encoder.clone().until(seconds(30));
    units.retain(|sent| sent.is_picture() || sent.at() >= seconds(5));
    let house = broadcast(&encoder, units);
    assert_eq!((discontinuities(&house, "v1"), gaps(&house, "a2")), (vec![3], 0));
    let sound = house.audit.segments("a2");
    assert_eq!((sound[0].msn.0, sound[0].period.follows), (3, Follows::Exactly));
    assert_in_step(&house);
    house.audit.assert_keeps_rules_but(AT_A_CHANGE);
    assert_no_player_stops(house, seconds(29));
}

#[test]
fn sound_that_ends_is_silence_that_keeps_up_and_no_player_notices() {
    let encoder = Encoder::new(small());
    let mut units = encoder.clone().until(seconds(30));
    units.retain(|sent| sent.is_picture() || sent.at() < millis(11_300));
    let house = broadcast(&encoder, units);
    let (pictures, sound) = (house.audit.segments("v1"), house.audit.segments("a2"));
    assert_eq!((pictures.len(), sound.len(), gaps(&house, "a2")), (15, 15, 0));
    assert!(house.packaged().silent_units > 800);
    assert_in_step(&house);
    house.audit.assert_keeps_rules_but(&[]);
    assert_no_player_stops(house, seconds(29));
}

#[test]
fn sound_whose_sampling_rate_changes_while_it_is_sent_goes_on_in_a_period_of_the_same_timeline() {
    let encoder = Encoder::new(small());
    let other = Encoder::new(SourceOptions { audio_rate: Some(44_100), ..small() });
    let mut house = House::new(PackagerConfig::default());
    house.connect(&encoder);
    house.send(encoder.clone().until(seconds(9)));
    house.describe(&other);
    let mut rest = other.until(seconds(20));
    rest.retain(|sent| sent.at() >= seconds(9));
    rest.iter_mut().for_each(|sent| sent.raw.arrival.0 -= 9_000_000_000);
    house.send(rest);
    house.finish();
    assert_eq!(house.intake(SOUND).new_tracks, 1);
    let rates: Vec<u32> = house.audit.segments("a2").iter().map(|segment| segment.init.track.timescale.hz()).collect();
    assert_eq!((rates[0], rates[rates.len() - 1]), (48_000, 44_100));
    let period = |segments: &[Arc<Segment>]| segments.last().unwrap().period.clone();
    assert_eq!(period(house.audit.segments("a2")).follows, Follows::Exactly);
    assert!(near(length(&house, "v1"), seconds(20), millis(40)));
    assert_in_step(&house);
    house.audit.assert_keeps_rules_but(AT_A_CHANGE);
    assert_no_player_stops(house, seconds(19));
}

#[test]
fn one_of_two_tracks_that_restarts_its_clock_takes_the_other_along() {
    let encoder = Encoder::new(small());
    let mut units = encoder.clone().until(seconds(30));
    for sent in units.iter_mut().filter(|sent| !sent.is_picture() && sent.at() >= millis(9_400)) {
        sent.raw.dts += 3_600_000;
    }
    let house = broadcast(&encoder, units);
    assert_eq!(house.repaired("new_timeline"), 1);
    for name in ["v1", "a2"] {
        assert_eq!(discontinuities(&house, name).len(), 1, "{name}");
    }
    house.audit.assert_keeps_rules_but(AT_A_NEW_PERIOD);
    assert_eq!(house.last().renditions[0].own_track, TrackId(1));
    assert_eq!(house.last().renditions[0].kind(), MediaKind::Video);
}
