//! What is listed, what is kept, and for how long.

use std::collections::HashMap;
use std::time::Duration;

use springhead_manifest::dash::Mpd;
use springhead_packager::{Dvr, PackagerConfig, Presentation};

use crate::broadcast::{Broadcast, model, resolve, short_window, small, uris};

fn with(dvr: Dvr) -> PackagerConfig {
    PackagerConfig { dvr, ..PackagerConfig::default() }
}

fn kept(snapshot: &Presentation) -> u64 {
    snapshot.renditions.iter().flat_map(|rendition| rendition.segments.iter()).map(|segment| segment.len).sum()
}

#[test]
fn a_window_of_time_lists_at_least_that_time_and_at_most_a_segment_more() {
    let broadcast = Broadcast::of(with(Dvr { time: Duration::from_secs(20), ..Dvr::default() }), small(), 60);
    let last = broadcast.last();
    let listed: u64 = last.renditions[0].listed(last).iter().map(|segment| segment.duration.micros()).sum();
    assert!((20_000_000..=22_000_000).contains(&listed), "{listed}");
}

#[test]
fn a_window_of_segments_lists_that_many() {
    let broadcast = Broadcast::of(with(Dvr { segments: 8, ..Dvr::default() }), small(), 60);
    let last = broadcast.last();
    assert_eq!(last.renditions[0].listed(last).len(), 8);
}

#[test]
fn a_window_of_few_segments_still_lists_three_target_durations() {
    let broadcast = Broadcast::of(with(Dvr { segments: 1, ..Dvr::default() }), small(), 60);
    let last = broadcast.last();
    let listed: u64 = last.renditions[0].listed(last).iter().map(|segment| segment.duration.micros()).sum();
    assert!(listed >= last.timing.target_duration * 3_000_000, "{listed}");
}

#[test]
fn no_more_bytes_are_kept_than_allowed() {
    let unlimited = Broadcast::of(PackagerConfig::default(), small(), 60);
    let bytes = kept(unlimited.last()) / 2;
    let broadcast = Broadcast::of(with(Dvr { bytes, ..Dvr::default() }), small(), 60);
    assert!(broadcast.snapshots.iter().all(|snapshot| {
        // The newest segments of the followers come after the leader has made room.
        let slack: u64 = snapshot.renditions.iter().filter_map(|r| r.segments.last()).map(|s| s.len).sum();
        kept(snapshot) <= bytes + slack
    }));
    assert!(kept(broadcast.last()) > bytes / 2);
    assert!(broadcast.last().renditions[0].segments[0].msn.0 > 0);
}

#[test]
fn a_segment_that_left_lingers_for_its_duration_and_that_of_the_longest_playlist_with_it() {
    let broadcast = Broadcast::of(short_window(), small(), 90);
    for name in ["v1", "a2"] {
        let mut unlisted: HashMap<u64, u64> = HashMap::new();
        let mut longest = 0;
        let mut gone = 0;
        let mut before = 0;
        for snapshot in &broadcast.snapshots {
            let rendition = snapshot.rendition(name).unwrap();
            // Segments come every two seconds, so that their number tells the time.
            let second = rendition.next_msn.0 * 2;
            let listed: u64 = rendition.listed(snapshot).iter().map(|s| s.duration.micros()).sum();
            longest = longest.max(listed);
            for msn in before..snapshot.listed_from.0 {
                unlisted.insert(msn, second);
            }
            before = snapshot.listed_from.0;
            let first = rendition.segments[0].msn.0;
            for (_, left_at) in unlisted.extract_if(|msn, _| *msn < first) {
                // Times are known to two seconds.
                assert!((second - left_at + 2) * 1_000_000 >= 2_000_000 + longest, "{second} {left_at} {longest}");
                gone += 1;
            }
        }
        assert!(gone > 10, "{gone}");
    }
}

#[test]
fn whatever_a_playlist_lists_can_be_read_from_the_same_snapshot() {
    let broadcast = Broadcast::of(short_window(), small(), 40);
    let mut read = 0;
    for snapshot in &broadcast.snapshots {
        for rendition in &snapshot.renditions {
            for uri in uris(&model(snapshot, rendition)) {
                assert!(resolve(rendition, &uri).is_some_and(|body| !body.is_empty()), "{uri}");
                read += 1;
            }
        }
    }
    assert!(read > 10_000);
}

#[test]
fn whatever_a_playlist_listed_can_be_read_while_it_is_the_newest_that_a_player_has() {
    let broadcast = Broadcast::of(short_window(), small(), 40);
    let playlists: Vec<_> =
        broadcast.snapshots.iter().map(|snapshot| uris(&model(snapshot, &snapshot.renditions[0]))).collect();
    // A player reloads at least once in a target duration: some forty chunks.
    for (old, snapshot) in playlists.iter().zip(&broadcast.snapshots[40..]) {
        assert!(old.iter().all(|uri| resolve(&snapshot.renditions[0], uri).is_some()));
    }
}

#[test]
fn whatever_an_mpd_lists_as_complete_can_be_read() {
    let broadcast = Broadcast::of(short_window(), small(), 40);
    for snapshot in &broadcast.snapshots {
        let mpd = Mpd::parse(&snapshot.mpd().text()).unwrap();
        for representation in mpd.periods.iter().flat_map(|p| &p.adaptation_sets).flat_map(|set| &set.representations) {
            let rendition = snapshot.rendition(&representation.id).unwrap();
            let template = representation.segment_template.as_ref().unwrap();
            let runs = template.timeline.as_ref().unwrap().runs();
            let listed: u64 = runs.map(|run| run.count.unwrap()).sum();
            // The open one and the one after it are announced.
            for number in template.start_number()..template.start_number() + listed - 2 {
                let media = template.media.as_ref().unwrap().replace("$Number$", &number.to_string());
                assert!(resolve(rendition, &media.replace("$RepresentationID$/", "")).is_some(), "{number}");
            }
            let init = template.initialization.as_ref().unwrap().replace("$RepresentationID$/", "");
            assert!(resolve(rendition, &init).is_some());
        }
    }
}
