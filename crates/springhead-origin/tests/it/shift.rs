//! Start-over, catch-up and delay, in both languages.

use std::time::Duration;

use springhead_core::WallTime;
use springhead_manifest::dash::{Mpd, PresentationType};
use springhead_manifest::hls::{MediaPlaylist, MultivariantPlaylist};
use springhead_origin::respond::Target;

use crate::history::{History, pictures, playlist, ready, short, status, text, until};

/// Forty seconds, in segments of one.
fn history() -> History {
    History::of(Duration::from_secs(40))
}

/// A second of the broadcast on the wall clock.
fn second(history: &History, second: i64) -> i64 {
    let snapshot = history.snapshot();
    let began = snapshot.rendition("v1").unwrap().segments[0].program_date_time;
    began.0 / 1_000_000_000 + second
}

fn media(history: &History, query: &str) -> MediaPlaylist {
    MediaPlaylist::parse(&text(history.playlist(query))).unwrap()
}

fn mpd(history: &History, query: &str) -> Mpd {
    Mpd::parse(&text(history.ask(&Target::Mpd, query))).unwrap()
}

#[test]
fn a_beginning_lists_what_came_since_and_goes_on_live() {
    let history = history();
    let query = format!("start={}", second(&history, 12));
    let all = media(&history, "");
    let since = media(&history, &query);
    assert_eq!(since.media_sequence, 12);
    assert_eq!(since.segments, all.segments[12..]);
    assert_eq!((&since.open, &since.preload_hints), (&all.open, &all.preload_hints));
    assert_eq!(since.start.unwrap().time_offset.micros(), 0);
    let (live, parts) = history.live();
    until(history.playlist(&format!("{query}&_HLS_msn={live}&_HLS_part={parts}")));
    let since = mpd(&history, &query);
    assert_eq!(since.type_, PresentationType::Dynamic);
    // Players begin there, and are not brought back to the live edge.
    let back = since.suggested_presentation_delay.unwrap().micros();
    assert!((27_900_000..28_100_000).contains(&back), "{back}");
    assert!(since.service_descriptions.is_empty());
    assert_eq!(since.locations, [format!("live.mpd?{query}")]);
}

#[test]
fn a_stretch_that_is_over_is_on_demand() {
    let history = history();
    let query = format!("start={}&end={}&token=x", second(&history, 12), second(&history, 20));
    let stretch = media(&history, &query);
    assert_eq!((stretch.media_sequence, stretch.segments.len(), stretch.end_list), (12, 8, true));
    assert!(stretch.open.is_none() && stretch.server_control.is_none() && stretch.preload_hints.is_empty());
    assert!(stretch.segments.iter().all(|segment| segment.uri.ends_with("?token=x")));
    let stretch = mpd(&history, &query);
    assert_eq!(stretch.type_, PresentationType::Static);
    // To a unit of sound.
    assert!(stretch.media_presentation_duration.unwrap().micros().abs_diff(8_000_000) < 21_334);
    // Playlists carry on what was asked for; media does not.
    let all = MultivariantPlaylist::parse(&text(history.ask(&Target::Multivariant, &query))).unwrap();
    assert!(all.variants.iter().all(|variant| variant.uri == format!("v1/index.m3u8?{query}")));
}

#[test]
fn an_end_that_is_to_come_lists_what_is_there_and_ends_when_it_has_come() {
    let mut history = history();
    let query = format!("start={}&end={}", second(&history, 36), second(&history, 44));
    let before = media(&history, &query);
    assert!(!before.end_list && before.segments.len() == 3 && before.part_target.is_none());
    history.until(Duration::from_secs(47));
    let after = media(&history, &query);
    assert!(after.end_list && after.segments.len() == 8);
    assert_eq!(after.segments[..3], before.segments);
}

#[test]
fn a_delay_shows_to_each_moment_what_was_live_so_long_before() {
    let mut history = history();
    let before = media(&history, "delay=20");
    assert!(!before.end_list && before.server_control.is_none() && before.open.is_none());
    assert_eq!(before.segments.len(), 20);
    history.until(Duration::from_secs(45));
    assert_eq!(media(&history, "delay=20").segments.len(), 25);
    let (live, delayed) = (mpd(&history, ""), mpd(&history, "delay=20"));
    let later = delayed.availability_start_time.unwrap().0 - live.availability_start_time.unwrap().0;
    assert_eq!(later, 20_000_000_000);
    let template = delayed.periods[0].adaptation_sets[0].representations[0].segment_template.clone().unwrap();
    assert_eq!(template.availability_time_offset, None);
    assert!(delayed.patch_locations.is_empty());
}

#[test]
fn what_is_not_there_is_404_and_what_makes_no_sense_is_not_understood() {
    let history = history();
    let later = second(&history, 400);
    for query in [format!("start={later}"), format!("end={}", second(&history, -5)), "delay=3600".to_owned()] {
        assert_eq!(status(history.ask(&playlist(), &query)), 404, "{query}");
        assert_eq!(status(history.ask(&Target::Mpd, &query)), 404, "{query}");
    }
    let backwards = format!("start={}&end={}", second(&history, 20), second(&history, 10));
    assert_eq!(status(history.ask(&playlist(), &backwards)), 404);
}

#[test]
fn after_the_end_a_beginning_is_on_demand_too() {
    let mut history = history();
    history.end();
    let stretch = media(&history, &format!("start={}", second(&history, 30)));
    assert!(stretch.end_list && stretch.segments.len() == 10);
}

#[test]
fn what_left_the_window_may_be_kept_by_caches_for_no_longer_than_it_is_there() {
    let config = springhead_packager::PackagerConfig {
        dvr: springhead_packager::Dvr { time: Duration::from_secs(6), ..Default::default() },
        ..short()
    };
    let mut history = History::new(config, pictures());
    history.until(Duration::from_secs(30));
    let snapshot = history.snapshot();
    let v1 = snapshot.rendition("v1").unwrap();
    let age = |msn| {
        let target = Target::Segment { rendition: "v1".into(), period: None, msn };
        ready(history.ask(&target, "")).max_age
    };
    let lingering: Vec<_> = v1.segments.iter().map(|s| s.msn).filter(|msn| *msn < snapshot.listed_from).collect();
    assert!(lingering.len() > 3);
    let ages: Vec<Duration> = lingering.iter().map(|msn| age(*msn)).collect();
    assert!(ages.windows(2).all(|pair| pair[0] < pair[1]), "{ages:?}");
    assert!(ages[0] <= Duration::from_secs(2) && age(snapshot.listed_from) >= Duration::from_secs(6));
}

#[test]
fn a_wall_clock_in_the_distant_past_or_future_breaks_nothing() {
    let history = history();
    let snapshot = history.snapshot();
    for nanos in [i64::MIN, -1, 0, i64::MAX] {
        for shift in [
            springhead_packager::Shift { start: Some(WallTime(nanos)), ..Default::default() },
            springhead_packager::Shift { end: Some(WallTime(nanos)), ..Default::default() },
            springhead_packager::Shift { delay: Duration::MAX, ..Default::default() },
        ] {
            let _ = snapshot.shifted(&shift, WallTime(nanos));
        }
    }
}
