//! Playlists, H and L of the conformance table.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use proptest::prelude::*;
use springhead_core::{FrameRate, UnitFlags};
use springhead_manifest::Seconds;
use springhead_manifest::hls::{MediaPlaylist, merge_delta};
use springhead_mux::fmp4::read;
use springhead_packager::{Dvr, Form, PackagerConfig, Part, Segment};
use springhead_testkit::{AUDIO, Source, SourceOptions, VIDEO};

use crate::broadcast::{Broadcast, irregular, model, never_silent, only, short_window, small, text};

fn usual() -> Broadcast {
    Broadcast::of(short_window(), small(), 40)
}

#[test]
fn nothing_that_is_published_of_a_plain_broadcast_breaks_a_rule() {
    let mut broadcast = usual();
    broadcast.end();
    assert_eq!(broadcast.findings(), []);
}

#[test]
fn playlists_begin_with_the_format_tag_and_state_one_version() {
    for (text, _) in usual().playlists("v1") {
        assert!(text.starts_with("#EXTM3U\n") && text.ends_with('\n'));
        assert_eq!(text.matches("#EXT-X-VERSION:").count(), 1);
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text}");
    }
}

#[test]
fn the_version_is_the_smallest_that_covers_the_tags_in_full_and_delta() {
    let config = PackagerConfig {
        segment: Duration::from_millis(500),
        part: Duration::from_millis(250),
        min_target_duration: Duration::from_secs(1),
        ..PackagerConfig::default()
    };
    let broadcast = Broadcast::of(config, SourceOptions { gop: 15, ..small() }, 20);
    let snapshot = broadcast.last();
    let rendition = snapshot.rendition("v1").unwrap();
    let full = model(snapshot, rendition);
    let delta = snapshot.delta(rendition).expect("twenty seconds are beyond the skip boundary");
    let delta = MediaPlaylist::parse(&delta.text()).unwrap();
    assert_eq!((full.version, delta.version), (Some(9), Some(9)));
    assert_eq!(delta.required_version(), 9);
}

#[test]
fn the_lines_of_settled_segments_are_shared_by_all_versions_of_a_playlist() {
    let config = PackagerConfig {
        segment: Duration::from_millis(500),
        part: Duration::from_millis(250),
        min_target_duration: Duration::from_secs(1),
        dvr: Dvr { time: Duration::from_secs(30), ..Dvr::default() },
        ..PackagerConfig::default()
    };
    let broadcast = Broadcast::of(config, SourceOptions { gop: 15, ..small() }, 50);
    let mut known: Vec<bytes::Bytes> = Vec::new();
    let mut shared = 0;
    for snapshot in &broadcast.snapshots {
        let rendition = snapshot.rendition("v1").unwrap();
        text(snapshot, rendition);
        let playlist = snapshot.playlist(rendition);
        let pieces = playlist.body.slices();
        // Between the first lines and the last, which are new, a piece is known or the one that has just become settled.
        let between = pieces.get(1..pieces.len() - 1).unwrap_or_default();
        let new: Vec<_> =
            between.iter().filter(|piece| !known.iter().any(|old| old.as_ptr() == piece.as_ptr())).collect();
        assert!(new.len() <= 1, "{} pieces are new", new.len());
        shared = shared.max(between.len() - new.len());
        known.extend(new.into_iter().cloned());
        assert_eq!(snapshot.playlist(rendition).etag, playlist.etag);
    }
    // Sixty segments are listed, the last six with their parts.
    assert_eq!(shared, 3);
    let tags: HashSet<_> =
        broadcast.snapshots.iter().map(|s| s.playlist(s.rendition("v1").unwrap()).etag.clone()).collect();
    let texts: HashSet<_> = broadcast.snapshots.iter().map(|s| text(s, s.rendition("v1").unwrap())).collect();
    assert_eq!(tags.len(), texts.len(), "a tag is one text's");
}

#[test]
fn a_delta_merged_into_an_older_playlist_gives_the_full_one() {
    let config = PackagerConfig {
        segment: Duration::from_millis(500),
        part: Duration::from_millis(250),
        min_target_duration: Duration::from_secs(1),
        ..PackagerConfig::default()
    };
    let broadcast = Broadcast::of(config, SourceOptions { gop: 15, ..small() }, 20);
    let mut older: Vec<MediaPlaylist> = Vec::new();
    let mut merged = 0;
    for snapshot in &broadcast.snapshots {
        let rendition = snapshot.rendition("v1").unwrap();
        let full = model(snapshot, rendition);
        if let Some(delta) = snapshot.delta(rendition) {
            let delta = MediaPlaylist::parse(&delta.text()).unwrap();
            assert_eq!(
                (delta.media_sequence, delta.discontinuity_sequence),
                (full.media_sequence, full.discontinuity_sequence)
            );
            // A player may use a playlist that is half a skip boundary old.
            let Some(old) = older.iter().rev().nth(8) else { continue };
            let mut whole = merge_delta(old, &delta).expect("what is skipped is in the older playlist");
            // What is skipped keeps the parts that it had, and a new playlist may no longer list them.
            for (mine, theirs) in whole.segments.iter_mut().zip(&full.segments) {
                if theirs.parts.is_empty() {
                    mine.parts.clear();
                }
            }
            assert_eq!(whole.render(), full.render());
            merged += 1;
        }
        older.push(full);
    }
    assert!(merged > 10, "{merged}");
}

#[test]
fn no_segment_rounds_to_more_than_the_target_duration_and_none_is_empty() {
    let broadcast = usual();
    for name in broadcast.names() {
        for (_, playlist) in broadcast.playlists(&name) {
            for segment in &playlist.segments {
                let micros = segment.duration.micros();
                assert!(micros > 0 && (micros + 500_000) / 1_000_000 <= playlist.target_duration, "{micros}");
            }
        }
    }
}

#[test]
fn all_renditions_promise_the_same_and_keep_to_it() {
    let broadcast = usual();
    let promises = |playlist: &MediaPlaylist| (playlist.target_duration, playlist.part_target, playlist.server_control);
    let all: Vec<_> = ["v1", "a2"].iter().flat_map(|name| broadcast.playlists(name)).collect();
    assert!(all.iter().all(|(_, playlist)| promises(playlist) == promises(&all[0].1)));
    let control = all[0].1.server_control.unwrap();
    let target = all[0].1.target_duration * 1_000_000;
    let part_target = all[0].1.part_target.unwrap().micros();
    assert!(control.can_block_reload);
    assert!(control.hold_back.unwrap().micros() >= 3 * target);
    assert!(control.part_hold_back.unwrap().micros() >= 3 * part_target);
    assert!(control.can_skip_until.unwrap().micros() >= 6 * target);
}

#[test]
fn a_line_that_was_published_stays_as_it_is() {
    let broadcast = usual();
    for name in broadcast.names() {
        let mut known: HashMap<u64, String> = HashMap::new();
        for (_, playlist) in broadcast.playlists(&name) {
            for (at, segment) in playlist.segments.iter().enumerate() {
                let mut segment = segment.clone();
                segment.parts.clear();
                let line = format!("{segment:?}");
                let first = known.entry(playlist.media_sequence + at as u64).or_insert_with(|| line.clone());
                assert_eq!(*first, line);
            }
        }
        assert!(known.len() >= 15);
    }
}

#[test]
fn the_media_sequence_rises_by_one_for_each_segment_that_goes() {
    let broadcast = usual();
    let playlists = broadcast.playlists("v1");
    let mut left = 0;
    for pair in playlists.windows(2) {
        let (old, new) = (&pair[0].1, &pair[1].1);
        let gone = old
            .segments
            .iter()
            .take_while(|segment| !new.segments.contains(segment) && new.segments.iter().all(|s| s.uri != segment.uri))
            .count() as u64;
        assert_eq!(new.media_sequence, old.media_sequence + gone);
        left += gone;
    }
    assert!(left >= 10, "{left}");
}

#[test]
fn a_broadcast_begins_without_a_discontinuity() {
    let broadcast = usual();
    for name in broadcast.names() {
        let (text, playlist) = broadcast.playlists(&name).swap_remove(0);
        assert!(!text.contains("#EXT-X-DISCONTINUITY\n") && playlist.segments.iter().all(|s| !s.discontinuity));
    }
}

#[test]
fn a_sliding_window_states_no_playlist_type_and_keeps_three_target_durations() {
    let broadcast = usual();
    for (_, playlist) in broadcast.playlists("v1") {
        assert_eq!(playlist.playlist_type, None);
        let listed: u64 = playlist.segments.iter().map(|s| s.duration.micros()).sum();
        assert!(playlist.media_sequence == 0 || listed >= playlist.target_duration * 3_000_000);
    }
}

#[test]
fn the_end_adds_the_end_tag_and_takes_all_that_is_for_the_live_edge_away() {
    let mut broadcast = usual();
    let before = model(broadcast.last(), broadcast.last().rendition("v1").unwrap());
    assert!(!before.end_list && before.preload_hints.len() == 1);
    broadcast.end();
    for rendition in &broadcast.last().renditions {
        let after = model(broadcast.last(), rendition);
        assert!(after.end_list && after.preload_hints.is_empty() && after.open.is_none());
        assert!(after.rendition_reports.is_empty() && after.segments.iter().all(|segment| segment.parts.is_empty()));
        assert_eq!((after.server_control, after.part_target), (None, None));
    }
}

#[test]
fn the_parts_of_a_segment_of_sound_are_alike_to_a_unit() {
    for part in [100, 200, 333, 500, 1000] {
        let config = PackagerConfig { part: Duration::from_millis(part), ..PackagerConfig::default() };
        let broadcast = Broadcast::of(config, small(), 12);
        let segments = broadcast.segments("a2");
        assert!(segments.len() > 3);
        for segment in &segments {
            let ticks = segment.parts.iter().map(|part| part.duration.micros() * 48 / 1000);
            let (shortest, longest) = (ticks.clone().min().unwrap(), ticks.max().unwrap());
            // The boundary lies on the nearest unit, and what is printed is rounded.
            assert!(longest - shortest <= 2 * 1024 + 1, "{part} ms: {shortest} to {longest}");
            assert!(shortest * 2 > longest, "{part} ms: {shortest} to {longest}");
        }
    }
}

#[test]
fn dates_have_milliseconds_and_a_zone_and_stand_in_every_playlist() {
    let broadcast = usual();
    for name in broadcast.names() {
        for (text, playlist) in broadcast.playlists(&name) {
            assert!(playlist.segments.iter().all(|segment| segment.program_date_time.is_some()));
            for line in text.lines().filter_map(|line| line.strip_prefix("#EXT-X-PROGRAM-DATE-TIME:")) {
                assert!(line.len() == 24 && line.ends_with('Z') && line.as_bytes()[19] == b'.', "{line}");
            }
        }
    }
}

#[test]
fn renditions_map_media_to_dates_alike() {
    let broadcast = usual();
    for (video, audio) in broadcast.segments("v1").iter().zip(broadcast.segments("a2")) {
        assert_eq!(video.msn, audio.msn);
        let apart = (video.program_date_time.0 - audio.program_date_time.0).abs();
        assert!(apart <= 21_334_000 / 2, "{apart} ns");
    }
}

#[test]
fn the_first_playlist_goes_on_after_its_first_segment() {
    let broadcast = usual();
    for (_, first) in broadcast.names().iter().map(|name| broadcast.playlists(name).remove(0)) {
        assert_eq!(first.segments.len(), 1);
        assert!(first.open.is_some_and(|open| !open.parts.is_empty()));
    }
}

#[test]
fn a_follower_without_media_gets_gaps_as_long_as_the_hole() {
    let source = Source::new(small());
    let tracks = never_silent(&source.tracks());
    let hole = Duration::from_secs(9)..Duration::from_secs(19);
    let units = source.until(Duration::from_secs(30));
    let heard =
        units.into_iter().filter(|unit| unit.track == VIDEO || !hole.contains(&Duration::from_nanos(unit.arrival.0)));
    let mut broadcast = Broadcast::new(PackagerConfig::default());
    broadcast.send(heard, &tracks);
    broadcast.end();
    let audio = broadcast.segments("a2");
    let video = broadcast.segments("v1");
    let gaps: Vec<_> = audio.iter().filter(|segment| segment.is_gap()).collect();
    assert!((3..=5).contains(&gaps.len()), "{}", gaps.len());
    assert!(gaps.iter().all(|gap| gap.duration == Seconds::from_micros(2_000_000)));
    assert_eq!(audio.len(), video.len());
    for (audio, video) in audio.iter().zip(&video) {
        let apart = (audio.program_date_time.0 - video.program_date_time.0).abs();
        assert!(apart < 1_100_000_000, "segment {} begins {apart} ns apart", audio.msn);
    }
    // What follows the hole is where it was.
    let last = audio.last().unwrap();
    assert!((last.program_date_time.0 - video.last().unwrap().program_date_time.0).abs() < 21_400_000);
    let printed = text(broadcast.last(), broadcast.last().rendition("a2").unwrap());
    assert_eq!(printed.matches("#EXT-X-GAP\n").count(), gaps.len());
    assert_eq!(broadcast.findings(), []);
}

#[test]
fn parts_are_the_segment_and_share_its_buffers() {
    let broadcast = usual();
    for segment in broadcast.segments("v1") {
        let whole = segment.body();
        let parts: Vec<_> = segment.parts.iter().flat_map(|part| part.body.slices().to_vec()).collect();
        assert_eq!(whole.slices().len(), parts.len());
        assert!(whole.slices().iter().zip(&parts).all(|(a, b)| a.as_ptr() == b.as_ptr() && a.len() == b.len()));
        assert_eq!(whole.len() as u64, segment.len);
    }
}

#[test]
fn no_byte_of_media_is_copied_on_its_way_to_part_and_segment() {
    let source = Source::new(small());
    let tracks = source.tracks();
    let units = source.until(Duration::from_secs(9));
    let mut broadcast = Broadcast::new(PackagerConfig::default());
    broadcast.send(units.clone(), &tracks);
    broadcast.end();
    for (name, track) in [("v1", VIDEO), ("a2", AUDIO)] {
        let bodies: Vec<_> = broadcast.segments(name).iter().flat_map(|s| s.body().slices().to_vec()).collect();
        let served: HashSet<_> = bodies.iter().map(|slice| slice.as_ptr()).collect();
        let own = only(units.clone(), track);
        let kept = own.iter().filter(|unit| unit.payload.slices().iter().all(|slice| served.contains(&slice.as_ptr())));
        // Sound from before the first picture is shown is left out.
        let early = if track == AUDIO { broadcast.packager.stats().early_units as usize } else { 0 };
        assert_eq!(kept.count() + early, own.len(), "{name}");
        assert!(early <= 2);
    }
}

#[test]
fn parts_of_old_segments_are_not_listed_and_can_still_be_fetched() {
    let broadcast = Broadcast::of(PackagerConfig::default(), small(), 40);
    let snapshot = broadcast.last();
    let rendition = snapshot.rendition("v1").unwrap();
    let playlist = model(snapshot, rendition);
    let with_parts: u64 = playlist.segments.iter().filter(|s| !s.parts.is_empty()).map(|s| s.duration.micros()).sum();
    let target = playlist.target_duration * 1_000_000;
    assert!((3 * target - 2_000_000..=3 * target + 2_000_000).contains(&with_parts), "{with_parts}");
    assert!(playlist.segments[0].parts.is_empty());
    assert!(rendition.part(0, 0).is_some());
}

#[test]
fn the_hinted_uri_is_the_uri_of_the_part_that_comes_next() {
    for seed in 0..6 {
        let source = Source::new(SourceOptions { gop: 10, ..small() });
        let tracks = source.tracks();
        let units = irregular(source.until(Duration::from_secs(25)), seed, Duration::from_secs(2));
        let mut broadcast = Broadcast::new(short_window());
        broadcast.send(units, &tracks);
        for name in ["v1", "a2"] {
            let mut hinted: Option<String> = None;
            let mut listed: u64 = 0;
            for (_, playlist) in broadcast.playlists(name) {
                let open = playlist.open.iter().flat_map(|open| &open.parts);
                let parts: Vec<_> = playlist.segments.iter().flat_map(|s| &s.parts).chain(open).collect();
                let newest: u64 =
                    parts.last().unwrap().uri["part-0-".len()..].trim_end_matches(".m4s").parse().unwrap();
                if let Some(hint) = hinted.take().filter(|_| newest > listed) {
                    assert!(parts.iter().any(|part| part.uri == hint), "{hint} never came");
                }
                let [hint] = &playlist.preload_hints[..] else { panic!("one hint, not {:?}", playlist.preload_hints) };
                assert_eq!(hint.uri, format!("part-0-{}.m4s", newest + 1));
                (hinted, listed) = (Some(hint.uri.clone()), newest);
            }
        }
    }
}

/// How much later than it is each part of a segment is printed to begin, seen from the segment's first; in millionths of ticks.
fn printed_late(segment: &Segment) -> Vec<i128> {
    let decode = |part: &Part| i128::from(read::chunks(&part.body.to_bytes()).unwrap()[0].base_decode_time);
    let first = decode(&segment.parts[0]);
    let mut printed = 0;
    let late = segment.parts.iter().map(|part| {
        let late = printed * i128::from(segment.init.track.timescale.hz()) - (decode(part) - first) * 1_000_000;
        printed += i128::from(part.duration.micros());
        late
    });
    late.collect()
}

#[test]
fn every_playlist_reports_where_the_other_renditions_are() {
    let broadcast = usual();
    for snapshot in &broadcast.snapshots {
        let [video, audio] = &snapshot.renditions[..] else { panic!("two renditions") };
        let report = model(snapshot, video).rendition_reports.remove(0);
        let (msn, part) = audio.last_part().unwrap();
        assert_eq!(report.uri, "../a2/index.m3u8");
        assert_eq!((report.last_msn, report.last_part), (msn.0, Some(part as u32)));
    }
}

#[test]
fn renditions_advance_within_a_part_of_each_other() {
    let broadcast = usual();
    let end = |rendition: &springhead_packager::Rendition| {
        let closed: u64 = rendition.segments.iter().map(|s| s.duration.micros()).sum();
        let before = rendition.segments.first().map_or(0, |first| first.program_date_time.0 / 1000);
        let open = rendition.open.iter().flat_map(|open| &open.parts).map(|part| part.duration.micros()).sum::<u64>();
        before + (closed + open) as i64
    };
    for snapshot in &broadcast.snapshots {
        let ends: Vec<i64> = snapshot.renditions.iter().map(|rendition| end(rendition)).collect();
        let most = snapshot.timing.part_target.micros() as i64 + 50_000;
        assert!((ends[0] - ends[1]).abs() <= most, "{ends:?}");
    }
}

#[test]
fn a_query_goes_along_to_every_uri() {
    let broadcast = usual();
    let snapshot = broadcast.last();
    let rendition = snapshot.rendition("v1").unwrap();
    let printed = snapshot.with_query(Form::Playlist(rendition), "token=x").unwrap();
    let uris = printed.lines().filter(|line| line.contains("URI=\"") || !line.starts_with('#'));
    assert!(uris.clone().count() > 20);
    assert!(uris.clone().all(|line| line.contains("?token=x")), "{printed}");
}

#[test]
fn an_end_right_after_a_key_frame_leaves_no_gap_in_the_sound() {
    // The last segment is one picture of 40 ms, too short for a unit of the sound that follows it.
    let frame_rate = FrameRate { num: 25, den: 1 };
    let source = Source::new(SourceOptions { frame_rate, gop: 57, b_frames: 1, audio_rate: Some(48_000), ..small() });
    let tracks = source.tracks();
    let mut broadcast = Broadcast::new(short_window());
    broadcast.send(source.until(Duration::from_secs(16)), &tracks);
    broadcast.end();
    assert_eq!(broadcast.segments("v1").last().unwrap().duration, Seconds::from_micros(40_000));
    assert_eq!(broadcast.segments("v1").len(), broadcast.segments("a2").len() + 1);
    assert!(broadcast.segments("a2").iter().all(|segment| !segment.is_gap()));
    assert_eq!(broadcast.findings(), []);
}

fn rates() -> impl Strategy<Value = FrameRate> {
    prop::sample::select(vec![(24, 1), (25, 1), (30_000, 1001), (30, 1), (50, 1), (60, 1)])
        .prop_map(|(num, den)| FrameRate { num, den })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, max_shrink_iters: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn promises_hold_for_any_rate_and_any_groups(
        frame_rate in rates(),
        gop_tenths in 3u32..38,
        b_frames in 0u32..3,
        part in 200u64..=1000,
        seed in prop::option::of(any::<u64>()),
        audio_rate in prop::sample::select(vec![44_100u32, 48_000]),
    ) {
        // Key frames at random are at most a target duration less a segment apart, so that each segment can start at one.
        let gop_tenths = if seed.is_some() { gop_tenths.min(8) } else { gop_tenths };
        let gop = (gop_tenths * frame_rate.num / frame_rate.den / 10).max(1);
        let options = SourceOptions { frame_rate, gop, b_frames, audio_rate: Some(audio_rate), ..small() };
        let source = Source::new(options);
        let tracks = source.tracks();
        let mut units = source.until(Duration::from_secs(16));
        if let Some(seed) = seed {
            units = irregular(units, seed, Duration::from_secs(2));
        }
        let config = PackagerConfig { part: Duration::from_millis(part), ..short_window() };
        let mut broadcast = Broadcast::new(config);
        broadcast.send(units, &tracks);
        broadcast.end();
        prop_assert_eq!(broadcast.packager.stats().forced_cuts, 0);
        let timing = broadcast.snapshots[0].timing;
        for snapshot in &broadcast.snapshots {
            prop_assert_eq!(snapshot.timing, timing);
        }
        let target = timing.part_target.micros();
        for name in ["v1", "a2"] {
            let segments = broadcast.segments(name);
            for (at, segment) in segments.iter().enumerate() {
                prop_assert_eq!(segment.msn.0, at as u64);
                prop_assert!((segment.duration.micros() + 500_000) / 1_000_000 <= timing.target_duration);
                prop_assert!(segment.independent && segment.parts[0].independent);
                let (last, rest) = segment.parts.split_last().unwrap();
                prop_assert!(segment.parts.iter().all(|part| part.duration.micros() <= target));
                prop_assert!(last.duration.micros() > 0);
                for part in rest {
                    prop_assert!(part.independent || part.duration.micros() * 100 >= target * 85, "{:?} of {target}", part.duration);
                }
                // Each part is printed a little longer than it is, so that Shaka never finds it early.
                let parts: u64 = segment.parts.iter().map(|part| part.duration.micros() - 5).sum();
                prop_assert_eq!(parts, segment.duration.micros());
                let late = printed_late(segment);
                prop_assert!(late.windows(2).all(|pair| pair[0] < pair[1]), "{:?}", late);
            }
        }
        let findings = broadcast.findings();
        prop_assert!(findings.is_empty(), "{:?}", findings);
    }
}

#[test]
fn a_part_is_independent_exactly_when_a_random_access_point_is_in_it() {
    let source = Source::new(SourceOptions { gop: 20, ..small() });
    let tracks = source.tracks();
    let units = source.until(Duration::from_secs(12));
    let keys: HashSet<_> = units
        .iter()
        .filter(|unit| unit.track == VIDEO && unit.flags.contains(UnitFlags::RANDOM_ACCESS))
        .map(|unit| unit.payload.slices()[0].as_ptr())
        .collect();
    let mut broadcast = Broadcast::new(PackagerConfig::default());
    broadcast.send(units, &tracks);
    let mut independent = 0;
    for part in broadcast.segments("v1").iter().flat_map(|segment| segment.parts.clone()) {
        assert_eq!(part.independent, part.body.slices().iter().any(|slice| keys.contains(&slice.as_ptr())));
        independent += usize::from(part.independent);
    }
    assert!(independent >= 12, "{independent}");
}

#[test]
fn the_tags_of_a_segment_come_before_its_first_part() {
    for (text, _) in usual().playlists("v1") {
        let mut dated = false;
        for line in text.lines() {
            if line.starts_with("#EXT-X-PROGRAM-DATE-TIME") {
                dated = true;
            } else if line.starts_with("#EXT-X-PART:") {
                assert!(dated, "{text}");
            } else if !line.starts_with('#') {
                dated = false;
            }
        }
    }
}
