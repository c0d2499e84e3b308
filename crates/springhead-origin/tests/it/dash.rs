//! Patches of the MPD, and segments asked for by their time.

use std::time::Duration;

use springhead_core::{DiscontinuitySequence, Timestamp};
use springhead_manifest::dash::{Mpd, Patch, SegmentTimeline};
use springhead_origin::respond::{Answer, Content, Target};
use springhead_packager::{DashAddressing, PackagerConfig};
use springhead_testkit::SourceOptions;

use crate::history::{History, pictures, ready, short, status, text, until};

fn mpd(history: &History) -> Mpd {
    Mpd::parse(&text(history.ask(&Target::MpdUpdate, ""))).unwrap()
}

/// What a player asks for that has an MPD: the query of its PatchLocation.
fn patch_of(mpd: &Mpd) -> String {
    mpd.patch_locations[0].url.strip_prefix("patch.mpp?").unwrap().to_owned()
}

/// `S@t` of every segment.
fn starts(timeline: &SegmentTimeline) -> Vec<u64> {
    let mut at = 0;
    let mut starts = Vec::new();
    for entry in timeline.s.iter() {
        at = entry.t.unwrap_or(at);
        for _ in 0..=entry.r {
            starts.push(at);
            at += entry.d;
        }
    }
    starts
}

/// Six seconds of a broadcast whose MPD can be patched.
fn patched() -> History {
    let mut history = History::new(PackagerConfig { dash_patch: true, ..short() }, pictures());
    history.until(Duration::from_secs(6));
    history
}

#[test]
fn a_patch_makes_the_newest_mpd_of_any_that_a_player_may_have() {
    let mut history = patched();
    let mut versions = vec![mpd(&history)];
    for second in 7..12 {
        history.until(Duration::from_secs(second));
        let newest = mpd(&history);
        for old in &versions {
            let patch = Patch::parse(&text(history.ask(&Target::MpdPatch, &patch_of(old)))).unwrap();
            assert_eq!(patch.apply(old).unwrap(), newest);
        }
        versions.push(newest);
    }
}

#[test]
fn a_patch_for_the_newest_version_is_waited_for_and_then_too_early() {
    let mut history = patched();
    let query = patch_of(&mpd(&history));
    let received = history.now();
    let deadline = until(history.ask_since(&Target::MpdPatch, &query, received));
    assert!(deadline > received);
    let directives = springhead_origin::respond::Directives::parse(&query).unwrap();
    let request = springhead_origin::respond::Request { target: &Target::MpdPatch, directives: &directives, received };
    let now = springhead_core::Now { mono: deadline, ..Default::default() };
    assert_eq!(status(springhead_origin::respond::respond(&history.snapshot(), &request, now)), 425);
    history.until(Duration::from_secs(8));
    ready(history.ask_since(&Target::MpdPatch, &query, received));
}

#[test]
fn who_follows_by_patches_alone_has_what_others_load() {
    let mut history = patched();
    let mut own = mpd(&history);
    for second in 7..40 {
        history.until(Duration::from_secs(second));
        own = Patch::parse(&text(history.ask(&Target::MpdPatch, &patch_of(&own)))).unwrap().apply(&own).unwrap();
    }
    assert_eq!(own, mpd(&history));
}

#[test]
fn a_patch_for_what_is_too_old_or_never_was_or_has_ended_is_the_mpd() {
    let mut history = patched();
    let old = patch_of(&mpd(&history));
    for step in 60..400 {
        history.until(Duration::from_millis(step * 100));
        mpd(&history);
    }
    let elsewhere = |answer| matches!(answer, Answer::Elsewhere("live.mpd"));
    assert!(elsewhere(history.ask(&Target::MpdPatch, &old)));
    assert!(elsewhere(history.ask(&Target::MpdPatch, "from=1")));
    assert_eq!(status(history.ask(&Target::MpdPatch, "")), 400);
    let last = patch_of(&mpd(&history));
    history.end();
    // Players do not follow the end of a broadcast in a patch.
    assert!(elsewhere(history.ask(&Target::MpdPatch, &last)));
    assert!(mpd(&history).patch_locations.is_empty());
}

#[test]
fn every_time_that_an_mpd_announces_is_a_segment_and_the_right_one() {
    let config = PackagerConfig { dash_addressing: DashAddressing::Time, ..short() };
    // Groups of unequal length, so that what is announced is corrected.
    let mut history = History::new(config, SourceOptions { gop: 37, ..pictures() });
    let mut announced: Vec<(u64, u64)> = Vec::new();
    for step in 20..100 {
        history.until(Duration::from_millis(step * 250));
        let mpd = mpd(&history);
        let template = mpd.periods[0].adaptation_sets[0].representations[0].segment_template.clone().unwrap();
        assert_eq!(template.media.as_deref(), Some("$RepresentationID$/0-t$Time$.m4s"));
        assert_eq!(template.start_number, None);
        let times: Vec<u64> = starts(&template.timeline.unwrap());
        let snapshot = history.snapshot();
        let v1 = snapshot.rendition("v1").unwrap();
        let first = v1.listed(&snapshot)[0].msn.0;
        for (at, time) in times.iter().enumerate() {
            announced.push((*time, first + at as u64));
            let at = v1.segment_at(DiscontinuitySequence(0), Timestamp(*time as i64)).unwrap();
            assert_eq!(announced.last().unwrap().1, at.0, "{time} of {times:?}");
        }
    }
    // What was announced once still names the same segment.
    let snapshot = history.snapshot();
    let v1 = snapshot.rendition("v1").unwrap();
    for (time, msn) in announced {
        assert_eq!(
            v1.segment_at(DiscontinuitySequence(0), Timestamp(time as i64)).map(|msn| msn.0),
            Some(msn),
            "{time}"
        );
    }
    let target = |period, time| Target::SegmentAt {
        rendition: "v1".into(),
        period: DiscontinuitySequence(period),
        time: Timestamp(time),
    };
    let by_time = ready(history.ask(&target(0, v1.segments[3].start.0), ""));
    assert!(matches!(by_time.content, Content::Media(body) if body.len() as u64 == v1.segments[3].len));
    assert_eq!(status(history.ask(&target(1, 0), "")), 404);
    assert_eq!(status(history.ask(&target(0, i64::MAX), "")), 404);
}
