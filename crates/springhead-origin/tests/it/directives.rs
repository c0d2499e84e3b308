//! Delivery directives, rfc8216bis §6.2.5, one item after the other.

use std::sync::Arc;
use std::time::Duration;

use springhead_core::MediaSequence;
use springhead_origin::respond::{Directives, Target};
use springhead_packager::PackagerConfig;

use crate::history::{History, manifest, pictures, playlist, ready, short, status, text, until};

const SIX: Duration = Duration::from_secs(6);

/// A history that stands within a segment, two parts of which are complete.
fn within_a_segment() -> History {
    let mut history = History::of(SIX);
    history.until_it(|snapshot| snapshot.rendition("v1").is_some_and(|v1| v1.live_parts() == 2));
    history
}

fn part_of(msn: u64, part: u64) -> String {
    format!("_HLS_msn={msn}&_HLS_part={part}")
}

#[test]
fn without_directives_the_full_playlist_comes_at_once() {
    let history = within_a_segment();
    let text = text(history.playlist(""));
    assert!(text.contains(&format!("\n0-{}.m4s\n", history.live().0 - 1)) && !text.contains("#EXT-X-SKIP"), "{text}");
}

#[test]
fn a_sequence_number_alone_waits_for_the_complete_segment() {
    let mut history = within_a_segment();
    let (live, _) = history.live();
    let query = format!("_HLS_msn={live}");
    until(history.playlist(&query));
    history.until_it(|snapshot| snapshot.rendition("v1").is_some_and(|v1| v1.segment(MediaSequence(live)).is_some()));
    assert!(text(history.playlist(&query)).contains(&format!("\n0-{live}.m4s\n")));
}

#[test]
fn a_part_is_waited_for_and_anything_later_will_do() {
    let mut history = within_a_segment();
    let (live, parts) = history.live();
    assert!(text(history.playlist(&part_of(live, parts - 1))).contains("#EXT-X-PART:"));
    let asked = part_of(live, parts);
    until(history.playlist(&asked));
    history.until_it(|snapshot| snapshot.rendition("v1").is_some_and(|v1| v1.live_parts() as u64 > parts));
    text(history.playlist(&asked));
    history.until_it(|snapshot| snapshot.rendition("v1").is_some_and(|v1| v1.live_msn().0 > live + 1));
    text(history.playlist(&asked));
}

#[test]
fn a_part_beyond_the_last_of_a_finished_segment_means_the_first_of_the_next() {
    let mut history = within_a_segment();
    let (live, _) = history.live();
    history.until_it(|snapshot| snapshot.rendition("v1").is_some_and(|v1| v1.live_msn().0 > live));
    let last = history.snapshot().rendition("v1").unwrap().segment(MediaSequence(live)).unwrap().parts.len() as u64;
    text(history.playlist(&part_of(live, last - 1)));
    until(history.playlist(&part_of(live, last)));
    until(history.playlist(&part_of(live, last + 100)));
    history.until_it(|snapshot| snapshot.rendition("v1").is_some_and(|v1| v1.live_parts() > 0));
    text(history.playlist(&part_of(live, last)));
    text(history.playlist(&part_of(live, last + 100)));
}

#[test]
fn a_part_without_a_sequence_number_is_refused() {
    assert!(Directives::parse("_HLS_part=0").is_err());
    assert!(Directives::parse("_HLS_part=0&token=x&_HLS_skip=YES").is_err());
}

#[test]
fn a_request_too_far_ahead_is_refused_at_once_and_the_open_segment_counts_as_the_last() {
    let history = within_a_segment();
    let (live, parts) = history.live();
    until(history.playlist(&format!("_HLS_msn={}", live + 2)));
    assert_eq!(status(history.playlist(&format!("_HLS_msn={}", live + 3))), 400);
    assert_eq!(status(history.playlist(&format!("_HLS_msn={}", u64::MAX))), 400);
    // The advance part limit: three seconds of parts.
    let target = history.snapshot().timing.part_target.micros();
    let limit = 3_000_000_u64.div_ceil(target);
    until(history.playlist(&part_of(live, parts - 1 + limit)));
    assert_eq!(status(history.playlist(&part_of(live, parts + limit))), 400);
    assert_eq!(status(history.playlist(&part_of(live, u64::MAX))), 400);
    until(history.playlist(&part_of(live + 1, limit - 1)));
    assert_eq!(status(history.playlist(&part_of(live + 1, limit))), 400);
}

#[test]
fn a_wait_of_three_target_durations_ends_with_503_and_never_with_a_playlist_that_lacks_what_was_asked_for() {
    let history = within_a_segment();
    let (live, parts) = history.live();
    let received = history.now();
    let three = Duration::from_secs(history.snapshot().timing.target_duration * 3);
    let deadline = until(history.playlist(&part_of(live, parts)));
    assert_eq!(deadline, received + three);
    // The same snapshot, as if the publisher had gone silent.
    let directives = Directives::parse(&part_of(live, parts)).unwrap();
    let target = playlist();
    let request = springhead_origin::respond::Request { target: &target, directives: &directives, received };
    let late = |mono| {
        let now = springhead_core::Now { mono, ..Default::default() };
        springhead_origin::respond::respond(&history.snapshot(), &request, now)
    };
    until(late(springhead_core::MonoTime(deadline.0 - 1)));
    assert_eq!(status(late(deadline)), 503);
}

#[test]
fn a_sequence_number_before_the_window_gets_the_current_playlist_at_once() {
    let mut config = short();
    config.dvr.time = SIX;
    let mut history = History::new(config, crate::history::pictures());
    history.until(Duration::from_secs(30));
    let snapshot = history.snapshot();
    assert!(snapshot.listed_from.0 > 5, "the window moved: {:?}", snapshot.listed_from);
    let full = manifest(history.playlist(""));
    for query in ["_HLS_msn=0", "_HLS_msn=0&_HLS_part=99", "_HLS_msn=3&_HLS_part=0"] {
        assert!(Arc::ptr_eq(&manifest(history.playlist(query)), &full), "{query}");
    }
}

#[test]
fn after_the_end_directives_are_ignored() {
    let mut history = History::of(Duration::from_secs(20));
    history.end();
    let full = manifest(history.playlist(""));
    assert!(full.text().ends_with("#EXT-X-ENDLIST\n"));
    for query in ["_HLS_msn=1000000", "_HLS_msn=1000000&_HLS_part=7", "_HLS_skip=YES", "_HLS_msn=9&_HLS_skip=v2"] {
        assert!(Arc::ptr_eq(&manifest(history.playlist(query)), &full), "{query}");
    }
}

#[test]
fn a_skip_is_answered_with_a_delta_once_there_is_something_to_skip() {
    let history = within_a_segment();
    assert!(!text(history.playlist("_HLS_skip=YES")).contains("#EXT-X-SKIP"), "nothing is old enough");
    let history = History::of(Duration::from_secs(30));
    let delta = manifest(history.playlist("_HLS_skip=YES"));
    assert!(delta.text().contains("#EXT-X-SKIP:SKIPPED-SEGMENTS="));
    // Date ranges cannot be skipped here, so the second form is the first.
    assert!(Arc::ptr_eq(&manifest(history.playlist("_HLS_skip=v2")), &delta));
    let mut offered = History::new(PackagerConfig { date_range_deltas: true, ..short() }, pictures());
    offered.until(Duration::from_secs(30));
    for query in ["_HLS_skip=v2", "_HLS_skip=v2&token=x"] {
        let second = text(offered.playlist(query));
        assert!(second.contains(",RECENTLY-REMOVED-DATERANGES=\"\"\n"), "{query}");
    }
    assert!(!text(offered.playlist("_HLS_skip=YES")).contains("RECENTLY-REMOVED-DATERANGES"));
    // With a blocking reload, too, and for a viewer with a token.
    let (live, parts) = history.live();
    until(history.playlist(&format!("{}&_HLS_skip=YES", part_of(live, parts))));
    assert!(text(history.playlist("_HLS_skip=YES&token=x")).contains("#EXT-X-SKIP:SKIPPED-SEGMENTS="));
}

#[test]
fn unknown_directives_are_ignored_and_a_token_goes_along_to_every_uri() {
    let history = within_a_segment();
    let full = manifest(history.playlist(""));
    assert!(Arc::ptr_eq(&manifest(history.playlist("_HLS_push=1&_HLS_report=%2Fx")), &full));
    let carried = "token=a%2Fb&u=7";
    let media = text(history.playlist("_HLS_push=1&token=a%2Fb&u=7"));
    let multivariant = text(history.ask(&Target::Multivariant, carried));
    for text in [&media, &multivariant] {
        let lines = text.lines().filter(|line| line.contains("URI=\"") || (!line.starts_with('#') && !line.is_empty()));
        let mut count = 0;
        for line in lines {
            assert!(line.contains(carried) && !line.contains("_HLS_"), "{line}");
            count += 1;
        }
        assert!(count > 1, "{text}");
    }
    let mpd = text(history.ask(&Target::Mpd, "token=a%2Fb&u=7"));
    assert!(mpd.contains(".m4s?token=a%2Fb&amp;u=7"), "{mpd}");
    assert_eq!(text(history.ask(&Target::MpdUpdate, "token=a%2Fb&u=7")), mpd);
}

#[test]
fn after_the_end_an_mpd_counts_from_zero_for_a_newcomer_and_goes_on_for_who_reloads() {
    let mut history = History::of(Duration::from_secs(6));
    let start = |text: &str| text.split("<Period ").nth(1).unwrap().split("start=\"").nth(1).unwrap()[..8].to_owned();
    let live = text(history.ask(&Target::Mpd, ""));
    assert!(live.contains("<Location>live.mpd</Location>"), "{live}");
    assert_eq!(text(history.ask(&Target::MpdUpdate, "")), live);
    history.end();
    for query in ["", "token=7"] {
        let [newcomer, update] = [Target::Mpd, Target::MpdUpdate].map(|target| text(history.ask(&target, query)));
        assert!(newcomer.contains("type=\"static\"") && update.contains("type=\"static\""));
        assert!(newcomer.contains("start=\"PT0S\""), "{newcomer}");
        assert_eq!(start(&update), start(&live));
    }
}

#[test]
fn values_that_are_no_number_negative_too_large_or_there_twice_are_refused() {
    for query in [
        "_HLS_msn=",
        "_HLS_msn=x",
        "_HLS_msn=-1",
        "_HLS_msn=1.0",
        "_HLS_msn=0x10",
        "_HLS_msn=99999999999999999999999999",
        "_HLS_msn=1&_HLS_msn=1",
        "_HLS_msn=1&_HLS_part=-1",
        "_HLS_msn=1&_HLS_part=18446744073709551616",
        "_HLS_skip=YES&_HLS_skip=YES",
        "_HLS_skip=",
    ] {
        assert!(Directives::parse(query).is_err(), "{query}");
    }
}

#[test]
fn any_number_of_waiters_for_one_part_cost_one_rendering() {
    let mut history = within_a_segment();
    let (live, parts) = history.live();
    let query = part_of(live, parts);
    until(history.playlist(&query));
    history.until_it(|snapshot| snapshot.rendition("v1").is_some_and(|v1| v1.live_parts() as u64 > parts));
    let first = manifest(history.playlist(&query));
    for _ in 0..10_000 {
        assert!(Arc::ptr_eq(&manifest(history.playlist(&query)), &first));
    }
    // A chunk that completes no part changes no playlist, so that the next snapshot shares the text too.
    let version = history.snapshot().playlist_version;
    let before = history.snapshot();
    history.until_it(|snapshot| !std::ptr::eq(snapshot, &*before));
    if history.snapshot().playlist_version == version {
        assert!(Arc::ptr_eq(&manifest(history.playlist(&query)), &first));
    }
}

#[test]
fn waiters_are_answered_at_once_when_the_broadcast_ends_and_held_while_a_publisher_may_return() {
    let mut history = within_a_segment();
    let (live, parts) = history.live();
    let (query, received) = (part_of(live + 1, parts), history.now());
    until(history.playlist(&query));
    history.interrupt();
    until(history.ask_since(&playlist(), &query, received));
    history.end();
    let reply = ready(history.ask_since(&playlist(), &query, received));
    assert_eq!(reply.max_age, Duration::from_secs(history.snapshot().timing.target_duration) / 2);
    assert!(text(history.ask_since(&playlist(), &query, received)).ends_with("#EXT-X-ENDLIST\n"));
}
