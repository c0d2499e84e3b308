//! What publishers do to a timeline, and what of it players are told.

use std::sync::Arc;
use std::time::Duration;

use springhead_core::{AccessUnit, FrameRate, MediaSequence, MonoTime, Ticks, Timestamp, UnitFlags};
use springhead_manifest::Seconds;
use springhead_manifest::dash::PresentationType;
use springhead_manifest::hls::HintType;
use springhead_packager::{PackagerConfig, Segment};
use springhead_testkit::{AUDIO, Source, SourceOptions, VIDEO};

use crate::broadcast::{Broadcast, model, never_silent, on_timeline, only, short_window, shown_at, small};

/// Seconds of a broadcast, a loss of two seconds, and seconds again from time zero with other options.
fn reconnected(config: PackagerConfig, before: SourceOptions, after: SourceOptions, seconds: u64) -> Broadcast {
    let mut broadcast = Broadcast::of(config, before, seconds);
    broadcast.interrupt();
    broadcast.clock.advance(Duration::from_secs(2));
    let source = Source::new(after);
    let tracks = on_timeline(&source.tracks(), 1);
    broadcast.send(source.until(Duration::from_secs(seconds)), &tracks);
    broadcast
}

#[test]
fn a_publisher_that_comes_back_makes_one_discontinuity_and_numbers_go_on() {
    let broadcast = reconnected(PackagerConfig::default(), small(), small(), 9);
    for name in broadcast.names() {
        let segments = broadcast.segments(&name);
        assert!(segments.iter().enumerate().all(|(at, segment)| segment.msn == MediaSequence(at as u64)));
        let marked: Vec<u64> = segments.iter().filter(|s| s.discontinuity).map(|s| s.msn.0).collect();
        assert_eq!(marked, [6], "{name}");
    }
    assert_eq!(broadcast.findings_of_a_return(), []);
}

#[test]
fn sound_begins_each_period_with_its_first_unit_that_lies_in_it() {
    let mut sides = [0, 0];
    for earlier in (0..1024).step_by(128).map(Ticks) {
        let mut broadcast = Broadcast::of(PackagerConfig::default(), small(), 9);
        broadcast.interrupt();
        broadcast.wait(Duration::from_secs(3));
        let start = Duration::from_secs(1);
        let source = Source::new(SourceOptions { start, ..small() });
        let tracks = on_timeline(&source.tracks(), 1);
        let mut units = source.until(start + Duration::from_secs(9));
        units.iter_mut().filter(|unit| unit.track == AUDIO).for_each(|unit| unit.dts -= earlier);
        broadcast.send(units, &tracks);
        for segment in broadcast.segments("a2").iter().filter(|segment| segment.discontinuity) {
            let late = segment.start.delta_since(segment.period.from_in(segment.init.track.timescale)).0;
            assert!((0..1024).contains(&late), "{earlier:?}: {late}");
            sides[usize::from(late > 512)] += 1;
        }
    }
    assert!(sides.iter().all(|side| *side > 0), "{sides:?}: both are seen");
}

#[test]
fn the_discontinuity_sequence_rises_when_the_discontinuity_leaves() {
    let broadcast = reconnected(short_window(), small(), small(), 40);
    let playlists = broadcast.playlists("v1");
    let sequence = |at: usize| playlists[at].1.discontinuity_sequence.unwrap_or(0);
    assert_eq!((sequence(0), sequence(playlists.len() - 1)), (0, 1));
    for pair in playlists.windows(2) {
        let left = pair[0]
            .1
            .segments
            .iter()
            .filter(|old| old.discontinuity && pair[1].1.segments.iter().all(|new| new.uri != old.uri));
        let rise = pair[1].1.discontinuity_sequence.unwrap_or(0) - pair[0].1.discontinuity_sequence.unwrap_or(0);
        assert_eq!(rise, left.count() as u64);
    }
    assert_eq!(broadcast.findings_of_a_return(), []);
}

#[test]
fn an_unchanged_configuration_keeps_its_init_section() {
    let broadcast = reconnected(PackagerConfig::default(), small(), small(), 9);
    let playlist = model(broadcast.last(), broadcast.last().rendition("v1").unwrap());
    assert!(playlist.segments.iter().all(|segment| &*segment.map.as_ref().unwrap().uri == "init-0.mp4"));
}

#[test]
fn another_size_of_picture_brings_another_init_section_and_keeps_the_old_one() {
    let larger = SourceOptions { size: (1280, 720), ..small() };
    let broadcast = reconnected(PackagerConfig::default(), small(), larger, 9);
    let rendition = broadcast.last().rendition("v1").unwrap();
    let playlist = model(broadcast.last(), rendition);
    for segment in &playlist.segments {
        let msn: u64 = segment.uri.trim_end_matches(".m4s").split_once('-').unwrap().1.parse().unwrap();
        let expected = if msn < 6 { "init-0.mp4" } else { "init-1.mp4" };
        assert_eq!(&*segment.map.as_ref().unwrap().uri, expected);
    }
    assert_eq!(rendition.inits.iter().map(|init| init.id).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(broadcast.findings_of_a_return(), []);
}

#[test]
fn a_new_init_section_is_hinted_before_the_first_part_that_needs_it() {
    let larger = SourceOptions { size: (1280, 720), ..small() };
    let broadcast = reconnected(PackagerConfig::default(), small(), larger, 9);
    let hinted = broadcast.snapshots.iter().filter_map(|snapshot| {
        let rendition = snapshot.rendition("v1")?;
        let playlist = model(snapshot, rendition);
        let map = playlist.preload_hints.iter().find(|hint| hint.hint_type == HintType::Map)?;
        assert!(playlist.segments.iter().all(|segment| *segment.map.as_ref().unwrap().uri != *map.uri));
        assert!(playlist.preload_hints.iter().any(|hint| hint.hint_type == HintType::Part));
        assert!(rendition.inits.iter().any(|init| format!("init-{}.mp4", init.id) == map.uri), "it can be fetched");
        Some(map.uri.clone())
    });
    let hinted: Vec<String> = hinted.collect();
    assert!(!hinted.is_empty() && hinted.iter().all(|uri| uri == "init-1.mp4"), "{hinted:?}");
}

#[test]
fn each_timeline_is_a_period_that_starts_no_earlier_than_the_one_before_ends() {
    let broadcast = reconnected(PackagerConfig::default(), small(), small(), 9);
    let (_, mpd) = broadcast.mpds().pop().unwrap();
    let [first, second] = &mpd.periods[..] else { panic!("two periods, not {}", mpd.periods.len()) };
    let end = first.start.unwrap().micros() + first.duration.unwrap().micros();
    assert!(second.start.unwrap().micros() >= end);
    assert_eq!((first.id.as_deref(), second.id.as_deref()), (Some("p0."), Some("p1.")));
}

#[test]
fn an_end_is_announced_and_taken_back_when_units_come_again() {
    let mut broadcast = Broadcast::of(PackagerConfig::default(), small(), 9);
    broadcast.end();
    let ended = broadcast.last().clone();
    assert!(ended.ended && model(&ended, &ended.renditions[0]).end_list);
    let (_, mpd) = broadcast.mpds().pop().unwrap();
    assert_eq!((mpd.type_, mpd.minimum_update_period), (PresentationType::Static, None));
    assert!(mpd.media_presentation_duration.is_some());
    let source = Source::new(small());
    let tracks = on_timeline(&source.tracks(), 1);
    broadcast.send(source.until(Duration::from_secs(5)), &tracks);
    let again = broadcast.last();
    assert!(!again.ended && !model(again, &again.renditions[0]).end_list);
    let (_, mpd) = broadcast.mpds().pop().unwrap();
    assert_eq!((mpd.type_, mpd.periods.len()), (PresentationType::Dynamic, 2));
}

#[test]
fn while_a_lost_publisher_is_awaited_its_last_key_picture_is_held_in_silence_at_the_pace_of_the_clock() {
    let mut broadcast = Broadcast::of(PackagerConfig::default(), small(), 9);
    let sent = broadcast.last().clone();
    broadcast.interrupt();
    broadcast.wait(Duration::from_secs(7));
    let held = broadcast.last().clone();
    for (before, after) in sent.renditions.iter().zip(&held.renditions) {
        assert!(after.current && after.name == before.name);
        let end = |snapshot: &springhead_packager::Presentation| {
            let playlist = model(snapshot, snapshot.rendition(&after.name).unwrap());
            let open = playlist.open.iter().flat_map(|open| &open.parts).map(|part| part.duration.micros());
            playlist.segments.iter().map(|segment| segment.duration.micros()).chain(open).sum::<u64>()
        };
        // Seven seconds, to a part, as the last part is not yet due.
        assert!((end(&held) - end(&sent)).abs_diff(7_000_000) <= 600_000, "{}", after.name);
        assert!(after.segments.iter().all(|segment| !segment.is_gap() && !segment.discontinuity));
    }
    assert!(broadcast.packager.stats().held_units >= 13);
    assert_eq!(broadcast.findings(), []);
}

#[test]
fn units_after_an_interruption_begin_a_new_period_though_their_tracks_are_the_same() {
    let source = Source::new(small());
    let tracks = source.tracks();
    let mut broadcast = Broadcast::of(PackagerConfig::default(), small(), 9);
    broadcast.interrupt();
    broadcast.wait(Duration::from_secs(3));
    broadcast.send(source.until(Duration::from_secs(5)), &tracks);
    // It is not held any more: what would be next is to miss the publisher.
    let missed = broadcast.packager.poll_timeout().unwrap();
    assert!(missed >= broadcast.clock.now().mono + Duration::from_millis(1900));
    assert_eq!(broadcast.segments("v1").iter().filter(|segment| segment.discontinuity).count(), 1);
    assert_eq!(broadcast.findings_of_a_return(), []);
}

/// Where there is a hole in what is buffered, be it as short as two units of sound, hls.js may stand still for ten seconds.
#[test]
fn what_is_held_reaches_to_the_first_picture_though_sound_comes_before_it() {
    for away in [3000, 3007, 3013, 3020] {
        let mut broadcast = Broadcast::of(PackagerConfig::default(), small(), 9);
        broadcast.interrupt();
        broadcast.wait(Duration::from_millis(away));
        let source = Source::new(small());
        let late = |unit: AccessUnit| match unit.track {
            VIDEO => AccessUnit { arrival: unit.arrival + Duration::from_millis(50), ..unit },
            _ => unit,
        };
        let mut units: Vec<_> = source.clone().until(Duration::from_secs(5)).into_iter().map(late).collect();
        units.sort_by_key(|unit| unit.arrival);
        broadcast.send(units, &on_timeline(&source.tracks(), 1));
        // A period begins on a whole millisecond; sound where a unit of it does.
        for (name, most) in [("v1", 90), ("a2", 3 * 512)] {
            let between = broadcast.hole(name);
            let hz = broadcast.segments(name)[0].init.track.timescale.hz();
            let ticks = between * i64::from(hz) / 1_000_000_000;
            assert!(ticks.abs() <= most, "{name} after {away} ms: {between} ns");
        }
        assert_eq!(broadcast.findings_of_a_return(), []);
    }
}

#[test]
fn the_wall_clock_put_forward_by_an_hour_does_not_make_an_hour_be_held() {
    let mut broadcast = Broadcast::of(PackagerConfig::default(), small(), 9);
    broadcast.interrupt();
    broadcast.clock.step_wall(3_600_000_000_000);
    broadcast.wait(Duration::from_secs(3));
    assert!(broadcast.packager.stats().held_units <= 8, "{:?}", broadcast.packager.stats());
}

#[test]
fn an_end_while_a_publisher_is_awaited_ends_what_was_held() {
    let mut broadcast = Broadcast::of(PackagerConfig::default(), small(), 9);
    broadcast.interrupt();
    broadcast.wait(Duration::from_secs(3));
    broadcast.end();
    assert_eq!(broadcast.packager.poll_timeout(), None);
    assert!(model(broadcast.last(), &broadcast.last().renditions[0]).end_list);
}

fn sound(seconds: std::ops::Range<u64>) -> (Vec<AccessUnit>, Arc<springhead_core::TrackSet>) {
    let source = Source::new(small());
    let tracks = source.tracks();
    let range = MonoTime(seconds.start * 1_000_000_000)..MonoTime(seconds.end * 1_000_000_000);
    let units = source.until(Duration::from_secs(30)).into_iter();
    (units.filter(|unit| unit.track == VIDEO || range.contains(&unit.arrival)).collect(), tracks)
}

/// Half a minute of pictures with the sound that there is.
fn published_with_sound(seconds: std::ops::Range<u64>) -> Broadcast {
    let (units, tracks) = sound(seconds);
    let mut broadcast = Broadcast::new(PackagerConfig::default());
    broadcast.send(units, &tracks);
    broadcast
}

/// The same, with sound for which no silence is known.
fn published_with_other_sound(seconds: std::ops::Range<u64>) -> Broadcast {
    let (units, tracks) = sound(seconds);
    let mut broadcast = Broadcast::new(PackagerConfig::default());
    broadcast.send(units, &never_silent(&tracks));
    broadcast
}

#[test]
fn sound_that_never_comes_does_not_hold_pictures_back() {
    let broadcast = published_with_other_sound(0..0);
    let video = broadcast.last().rendition("v1").unwrap();
    assert_eq!(video.segments.len(), 14);
    assert_eq!(broadcast.snapshots[0].rendition("v1").unwrap().segments.len(), 2, "it starts with the second segment");
    let audio = broadcast.segments("a2");
    assert!(audio.iter().all(|segment| segment.is_gap()));
}

#[test]
fn sound_that_ends_becomes_gaps_where_no_silence_is_known_for_it() {
    let broadcast = published_with_other_sound(0..11);
    let video = broadcast.last().rendition("v1").unwrap();
    let audio = broadcast.last().rendition("a2").unwrap();
    assert_eq!(video.segments.len(), 14);
    assert!(video.segments.len() - audio.segments.len() <= 3);
    assert!(audio.segments.last().unwrap().is_gap());
    assert_eq!(broadcast.findings(), []);
}

#[test]
fn sound_that_ends_becomes_silence_that_keeps_up_with_the_pictures() {
    let broadcast = published_with_sound(0..11);
    let (video, audio) = (broadcast.segments("v1"), broadcast.segments("a2"));
    assert_eq!((video.len(), audio.len()), (14, 14));
    assert!(audio.iter().all(|segment| !segment.is_gap() && !segment.discontinuity));
    let silent = broadcast.packager.stats().silent_units;
    assert!((880..=900).contains(&silent), "19 s of units are missing, not {silent}");
    assert_eq!(broadcast.findings(), []);
}

#[test]
fn sound_that_comes_back_takes_the_place_of_silence_where_its_time_is_not_filled() {
    let (before, tracks) = sound(0..11);
    let after = sound(16..30).0.into_iter().filter(|unit| unit.track == AUDIO);
    let mut units: Vec<AccessUnit> = before.into_iter().chain(after).collect();
    units.sort_by_key(|unit| unit.arrival);
    let mut broadcast = Broadcast::new(PackagerConfig::default());
    broadcast.send(units, &tracks);
    let stats = *broadcast.packager.stats();
    assert!((225..=245).contains(&stats.silent_units) && stats.late_units <= 8, "{stats:?}");
    assert!(broadcast.segments("a2").iter().all(|segment| !segment.is_gap()));
    assert_eq!(broadcast.findings(), []);
}

#[test]
fn a_publisher_that_falls_silent_on_a_standing_connection_is_held_for_in_time() {
    let mut broadcast = Broadcast::of(PackagerConfig::default(), small(), 9);
    let sent = broadcast.last().clone();
    broadcast.wait(Duration::from_secs(20));
    assert!(broadcast.packager.stats().held_units >= 35);
    let target = Duration::from_secs(sent.timing.target_duration);
    // What a playlist shows of a segment, and when: no two are farther apart than one and a half target durations.
    let mut shown: Vec<(MediaSequence, MonoTime)> = Vec::new();
    for (snapshot, at) in broadcast.snapshots.iter().zip(&broadcast.taken) {
        let last = snapshot.rendition("v1").unwrap().segments.last().unwrap().msn;
        if shown.last().is_none_or(|(known, _)| *known != last) {
            shown.push((last, *at));
        }
    }
    assert!(shown.len() > 12, "{}", shown.len());
    assert!(shown.windows(2).all(|pair| pair[1].1.saturating_since(pair[0].1) <= target * 3 / 2));
    assert_eq!(broadcast.findings(), []);
}

/// Nine seconds, then so many seconds of silence, then the units that follow: each late by `late`.
fn silent_for(seconds: u64, late: Duration) -> Broadcast {
    let source = Source::new(small());
    let tracks = source.tracks();
    let mut broadcast = Broadcast::new(PackagerConfig::default());
    let (before, after): (Vec<_>, Vec<_>) =
        source.until(Duration::from_secs(40)).into_iter().partition(|unit| unit.arrival.0 < 9_000_000_000);
    broadcast.send(before, &tracks);
    broadcast.wait(Duration::from_secs(seconds));
    let again = broadcast.clock.now().mono;
    for unit in after {
        let due = unit.arrival + late;
        if due > again {
            let wait = due.saturating_since(broadcast.clock.now().mono);
            broadcast.wait(wait);
        }
        broadcast.packager.handle_unit(&unit, &tracks, broadcast.clock.now());
        broadcast.poll();
    }
    broadcast
}

#[test]
fn a_network_that_stood_still_and_then_delivers_costs_no_period() {
    let broadcast = silent_for(6, Duration::ZERO);
    let stats = *broadcast.packager.stats();
    assert!(stats.held_units > 0 && stats.late_units > 0, "{stats:?}");
    let segments = broadcast.segments("v1");
    assert!(segments.iter().all(|segment| !segment.discontinuity && !segment.is_gap()));
    // It is live again: the last segment is where the clock is.
    let last = segments.last().unwrap();
    let end = last.program_date_time + Duration::from_micros(last.duration.micros());
    assert!(broadcast.clock.now().wall.0 - end.0 < 2_100_000_000);
    assert_eq!(broadcast.findings(), []);
}

#[test]
fn a_publisher_that_stopped_its_clock_goes_on_in_a_new_period() {
    let broadcast = silent_for(10, Duration::from_secs(10));
    let segments = broadcast.segments("v1");
    assert_eq!(segments.iter().filter(|segment| segment.discontinuity).count(), 1);
    let last = segments.last().unwrap();
    let end = last.program_date_time + Duration::from_micros(last.duration.micros());
    assert!(broadcast.clock.now().wall.0 - end.0 < 2_100_000_000);
    assert_eq!(broadcast.findings_of_a_return(), []);
}

#[test]
fn sound_that_starts_late_takes_its_place_beside_the_pictures() {
    let broadcast = published_with_sound(7..30);
    let (video, audio) = (broadcast.segments("v1"), broadcast.segments("a2"));
    assert!(audio.len() + 1 >= video.len());
    for audio in audio.iter().filter(|segment| segment.msn.0 >= 4) {
        assert!(!audio.is_gap());
        let video = video.iter().find(|video| video.msn == audio.msn).unwrap();
        assert!((video.program_date_time.0 - audio.program_date_time.0).abs() < 21_400_000);
    }
    assert_eq!(broadcast.findings(), []);
}

#[test]
fn no_unit_of_sound_is_lost_where_sound_and_pictures_end_together() {
    let source = Source::new(small());
    let tracks = source.tracks();
    for millis in [9_000, 9_010, 9_990, 10_000] {
        let units = source.clone().until(Duration::from_millis(millis));
        let sent = units.iter().filter(|unit| unit.track == AUDIO && unit.pts() >= Timestamp(1600)).count();
        let mut broadcast = Broadcast::new(PackagerConfig::default());
        broadcast.send(units, &tracks);
        broadcast.end();
        let chunks = broadcast
            .segments("a2")
            .into_iter()
            .flat_map(|segment| springhead_mux::fmp4::read::chunks(&segment.body().to_bytes()).unwrap());
        assert_eq!(chunks.map(|chunk| chunk.samples.len()).sum::<usize>(), sent, "{millis} ms");
    }
}

#[test]
fn sound_three_seconds_ahead_waits_for_its_pictures() {
    let source = Source::new(small());
    let tracks = source.tracks();
    let mut units = source.until(Duration::from_secs(40));
    for unit in units.iter_mut().filter(|unit| unit.track == VIDEO) {
        unit.arrival = unit.arrival + Duration::from_secs(3);
    }
    units.sort_by_key(|unit| unit.arrival);
    let mut broadcast = Broadcast::new(short_window());
    broadcast.send(units, &tracks);
    let (video, audio) = (broadcast.segments("v1"), broadcast.segments("a2"));
    assert!(audio.len() >= 17 && audio.iter().all(|segment| !segment.is_gap()));
    for (video, audio) in video.iter().zip(&audio) {
        assert!((video.program_date_time.0 - audio.program_date_time.0).abs() < 21_400_000);
    }
    assert_eq!(broadcast.findings(), []);
}

#[test]
fn sound_without_its_pictures_is_not_kept_for_ever() {
    let source = Source::new(small());
    let tracks = source.tracks();
    let units = source.until(Duration::from_secs(120));
    let stalled = units.into_iter().filter(|unit| unit.track == AUDIO || unit.arrival.0 < 5_000_000_000);
    let mut broadcast = Broadcast::new(PackagerConfig::default());
    broadcast.send(stalled, &tracks);
    assert!(broadcast.packager.stats().early_units > 4000);
    let open = broadcast.last().rendition("a2").unwrap().open.clone().unwrap();
    assert!(open.parts.len() < 10, "{} parts are open", open.parts.len());
}

#[test]
fn a_minute_without_key_frames_is_cut_by_force_within_the_target_duration() {
    let source = Source::new(small());
    let tracks = source.tracks();
    let mut units = source.until(Duration::from_secs(70));
    let without = MonoTime(5_000_000_000)..MonoTime(65_000_000_000);
    for unit in units.iter_mut().filter(|unit| unit.track == VIDEO && without.contains(&unit.arrival)) {
        unit.flags.remove(UnitFlags::RANDOM_ACCESS);
    }
    let mut broadcast = Broadcast::new(PackagerConfig::default());
    broadcast.send(units, &tracks);
    broadcast.end();
    let target = broadcast.last().timing.target_duration;
    let segments = broadcast.segments("v1");
    assert!(segments.iter().all(|segment| segment.duration.micros() <= target * 1_000_000));
    let forced = broadcast.packager.stats().forced_cuts;
    assert!((14..=16).contains(&forced), "{forced}");
    assert_eq!(segments.iter().filter(|segment| !segment.independent).count() as u64, forced);
    assert!(broadcast.snapshots.iter().all(|snapshot| snapshot.timing == broadcast.last().timing));
    // Only that players cannot join there is against a rule.
    assert!(broadcast.findings().iter().all(|finding| finding.id == "L-05" || finding.id == "B-10"));
}

#[test]
fn a_wall_clock_that_is_put_back_takes_no_date_back() {
    let mut broadcast = Broadcast::of(PackagerConfig::default(), small(), 9);
    broadcast.clock.step_wall(-30_000_000_000);
    broadcast.interrupt();
    let source = Source::new(small());
    let tracks = on_timeline(&source.tracks(), 1);
    broadcast.send(source.until(Duration::from_secs(9)), &tracks);
    for name in broadcast.names() {
        let segments = broadcast.segments(&name);
        assert!(segments.windows(2).all(|pair| pair[0].program_date_time < pair[1].program_date_time));
        assert!(segments.windows(2).all(|pair| pair[0].period.start <= pair[1].period.start));
    }
    let mpds = broadcast.mpds();
    assert!(mpds.windows(2).all(|pair| pair[0].1.availability_start_time == pair[1].1.availability_start_time));
    assert!(mpds.windows(2).all(|pair| pair[0].1.publish_time < pair[1].1.publish_time));
    assert_eq!(broadcast.findings_of_a_return(), []);
}

#[test]
fn a_broadcast_of_sound_alone_is_packaged_by_duration() {
    let options = SourceOptions { video: false, ..small() };
    let mut broadcast = Broadcast::of(PackagerConfig::default(), options, 20);
    broadcast.end();
    let segments = broadcast.segments("a2");
    assert_eq!(segments.len(), 10);
    assert!(segments.iter().all(|segment| segment.parts.iter().all(|part| part.independent)));
    assert_eq!(broadcast.findings(), []);
}

#[test]
fn a_broadcast_of_pictures_alone_names_no_sound() {
    let options = SourceOptions { audio_rate: None, ..small() };
    let broadcast = Broadcast::of(PackagerConfig::default(), options, 20);
    let multivariant = broadcast.last().multivariant();
    assert!(!&multivariant.text().contains("AUDIO"));
    let track = broadcast.last().rendition("v1").unwrap().track.clone();
    let segments = broadcast.segments("v1");
    assert!(segments.windows(2).all(|pair| shown_at(&pair[0], &track) < shown_at(&pair[1], &track)));
    assert_eq!(only(Source::new(options).until(Duration::from_secs(1)), AUDIO), []);
    assert_eq!(broadcast.findings(), []);
}

#[test]
fn numbers_stay_the_same_where_a_period_ends_right_after_a_key_frame() {
    let source = Source::new(SourceOptions { frame_rate: FrameRate { num: 25, den: 1 }, gop: 57, ..small() });
    let mut broadcast = Broadcast::new(PackagerConfig::default());
    broadcast.send(source.clone().until(Duration::from_secs(16)), &source.tracks());
    broadcast.send(source.clone().until(Duration::from_secs(6)), &on_timeline(&source.tracks(), 1));
    let (video, audio) = (broadcast.segments("v1"), broadcast.segments("a2"));
    let first = |segments: &[Arc<Segment>]| segments.iter().find(|segment| segment.discontinuity).unwrap().msn;
    assert_eq!(first(&video), first(&audio));
    let gaps: Vec<_> =
        audio.iter().filter(|segment| segment.is_gap()).map(|gap| (gap.msn.next(), gap.duration)).collect();
    assert_eq!(gaps, [(first(&audio), Seconds::from_micros(40_000))]);
    assert_eq!(broadcast.findings_of_a_return(), []);
}

#[test]
fn media_time_begins_at_ten_seconds_and_goes_on_as_the_wall_clock_does_whatever_the_encoder_counts_from() {
    let late = SourceOptions { start: Duration::from_secs(86_400), ..small() };
    let broadcast = reconnected(PackagerConfig::default(), late, late, 9);
    let segments = broadcast.segments("v1");
    let first = segments.iter().filter(|segment| segment.msn.0 == 0 || segment.discontinuity);
    let decode_times: Vec<_> = first.map(|segment| decode_time(&segment.body().to_bytes())).collect();
    let [old, new] = &broadcast.last().periods()[..] else { panic!("two periods") };
    let between = u64::try_from(new.wall.0 - old.wall.0).unwrap() * 9 / 100_000;
    assert_eq!(decode_times[0], 900_000);
    assert!(decode_times[1].abs_diff(900_000 + between) <= 1, "{decode_times:?} {between}");
    // The first picture is shown then as well, and sound begins with the first unit from there on.
    assert_eq!(broadcast.segments("v1")[0].start.0, 900_000);
    assert!((480_000..481_024).contains(&broadcast.segments("a2")[0].start.0));
    assert_eq!(broadcast.findings_of_a_return(), []);
}

/// `baseMediaDecodeTime` of the first `tfdt`, version 1.
fn decode_time(body: &[u8]) -> u64 {
    let at = body.windows(4).position(|kind| kind == b"tfdt").expect("a chunk has its decode time") + 8;
    u64::from_be_bytes(body[at..at + 8].try_into().expect("eight bytes"))
}
