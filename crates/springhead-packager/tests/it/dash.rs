//! MPDs: A, T and X of the conformance table.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use springhead_core::{AccessUnit, FrameRate, MediaParams, MonoTime, Track, TrackSet, WallTime};
use springhead_manifest::dash::patch::Patch;
use springhead_manifest::dash::{Mpd, Representation, Run, Span};
use springhead_packager::{DashAddressing, DashAvailabilityStart, MpdPatch, PackagerConfig};
use springhead_testkit::{Source, SourceOptions};

use crate::broadcast::{Broadcast, irregular, on_timeline, short_window, small};

fn usual() -> Broadcast {
    Broadcast::of(short_window(), small(), 40)
}

fn representations(mpd: &Mpd) -> impl Iterator<Item = &Representation> {
    mpd.periods.iter().flat_map(|period| &period.adaptation_sets).flat_map(|set| &set.representations)
}

/// Number, time and duration of each segment that a representation lists.
fn listed(representation: &Representation) -> Vec<(u64, u64, u64)> {
    let template = representation.segment_template.as_ref().unwrap();
    let runs = template.timeline.as_ref().unwrap().runs();
    let each = runs
        .flat_map(|Run { start, duration, count }| (0..count.unwrap()).map(move |n| (start + n * duration, duration)));
    (template.start_number()..).zip(each).map(|(number, (t, d))| (number, t, d)).collect()
}

/// Where a time of a representation lies in its period.
fn micros(representation: &Representation, t: u64) -> u64 {
    let template = representation.segment_template.as_ref().unwrap();
    (t - template.presentation_time_offset().min(t)) * 1_000_000 / u64::from(template.timescale())
}

fn schema() -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/schema/dash");
    let schemas = std::env::var_os("SPRINGHEAD_DASH_XSD").map_or_else(beside, PathBuf::from);
    Some(schemas.join("DASH-MPD.xsd")).filter(|path| path.is_file())
}

#[test]
fn every_mpd_of_a_run_is_valid_against_the_schema() {
    let Some(schema) = schema() else {
        eprintln!("skipped: no DASH-MPD.xsd; SPRINGHEAD_DASH_XSD names the folder that has it");
        return;
    };
    if Command::new("xmllint").arg("--version").output().is_err() {
        eprintln!("skipped: xmllint is not installed");
        return;
    }
    let mut broadcast = usual();
    broadcast.interrupt();
    let source = Source::new(SourceOptions { size: (1280, 720), ..small() });
    let tracks = on_timeline(&source.tracks(), 1);
    broadcast.send(source.until(Duration::from_secs(9)), &tracks);
    broadcast.end();
    let by_number = PackagerConfig { dash_addressing: DashAddressing::Duration, ..short_window() };
    let by_number = Broadcast::of(by_number, SourceOptions { audio_rate: None, ..small() }, 20);
    let mut with_events = crate::metadata::with_a_break();
    with_events.end();
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("mpds");
    std::fs::create_dir_all(&folder).unwrap();
    let mut xmllint = Command::new("xmllint");
    xmllint.args(["--noout", "--nonet", "--schema"]).arg(schema);
    let mpds = broadcast.mpds().into_iter().chain([broadcast.first_mpd()]).chain(by_number.mpds());
    let mpds: Vec<_> = mpds.chain(with_events.mpds()).chain([with_events.first_mpd()]).collect();
    assert!(mpds.len() > 30);
    for (at, (text, _)) in mpds.iter().enumerate() {
        let path = folder.join(format!("{at}.mpd"));
        std::fs::write(&path, text).unwrap();
        xmllint.arg(path);
    }
    let output = xmllint.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_availability_start_stays_and_the_publish_time_moves_with_the_content() {
    let mpds = usual().mpds();
    assert!(mpds.len() > 20);
    for pair in mpds.windows(2) {
        assert_eq!(pair[0].1.availability_start_time, pair[1].1.availability_start_time);
        assert!(pair[0].1.publish_time < pair[1].1.publish_time);
    }
}

#[test]
fn after_the_end_a_newcomer_gets_times_from_zero_and_who_watched_keeps_theirs() {
    let mut broadcast = usual();
    broadcast.interrupt();
    let source = Source::new(small());
    let tracks = on_timeline(&source.tracks(), 1);
    broadcast.send(source.until(Duration::from_secs(9)), &tracks);
    assert_eq!(broadcast.first_mpd(), *broadcast.mpds().last().unwrap());
    assert_eq!(broadcast.first_mpd().1.locations, ["live.mpd"]);
    let token = springhead_packager::dash::mpd(broadcast.last(), "token=7");
    assert_eq!(token.locations, ["live.mpd?token=7"]);

    broadcast.end();
    let (update, first) = (broadcast.mpds().pop().unwrap().1, broadcast.first_mpd().1);
    assert_eq!((update.locations.len(), first.locations.len()), (0, 0));
    assert_eq!((first.availability_start_time, first.periods[0].start), (None, Some(Span::ZERO)));
    let [kept, moved] = [&update, &first].map(|mpd| {
        let starts: Vec<u64> = mpd.periods.iter().map(|period| period.start.unwrap().micros()).collect();
        let end = mpd.media_presentation_duration.unwrap().micros();
        // Where each segment of the leader begins and ends in the presentation.
        let place = |(at, period): (usize, &springhead_manifest::dash::Period)| {
            let leader = &period.adaptation_sets[0].representations[0];
            listed(leader).into_iter().map(|(_, t, _)| starts[at] + micros(leader, t)).collect::<Vec<u64>>()
        };
        (mpd.periods.iter().enumerate().flat_map(place).collect::<Vec<u64>>(), end)
    });
    // The window has slid: what is listed begins later than its Period, and for a newcomer at zero, where the sound
    // begins, which is up to a unit before the picture.
    assert!(moved.0.len() > 5 && moved.0[0] < 22_000 && moved.1 < 60_000_000, "{moved:?}");
    let gone = kept.0[0] - moved.0[0];
    assert!(gone > update.periods[0].start.unwrap().micros());
    // To the microsecond that rounding a time offset to ticks may take.
    assert_eq!(moved.0.len(), kept.0.len());
    assert!(moved.0.iter().zip(&kept.0).all(|(moved, kept)| (moved + gone).abs_diff(*kept) <= 1), "{moved:?} {kept:?}");
    assert!((moved.1 + gone).abs_diff(kept.1) <= 1);
}

#[test]
fn the_availability_start_is_fixed_or_that_of_the_broadcast_and_periods_carry_the_difference() {
    let config = PackagerConfig { dash_availability_start: DashAvailabilityStart::Broadcast, ..short_window() };
    let [fixed, broadcast] = [short_window(), config].map(|config| {
        let (_, mpd) = Broadcast::of(config, small(), 9).mpds().pop().unwrap();
        (mpd.availability_start_time.unwrap(), mpd.periods[0].start.unwrap(), mpd.suggested_presentation_delay.unwrap())
    });
    // Before 1970, by more than any window, and the same again with another broadcast.
    assert_eq!(fixed.0.to_string(), "1969-01-01T00:00:00.000Z");
    assert_eq!(broadcast.1.micros(), 0);
    let wall = |(start, period, _): (WallTime, Span, Span)| start.0 / 1000 + period.micros() as i64;
    assert_eq!(wall(fixed), wall(broadcast));
    assert_eq!(fixed.2.micros(), 450_000);
    // Three segments more than the target, the longest of which is a frame of sound longer than two seconds.
    assert!((6_900_000..6_970_000).contains(&broadcast.2.micros()), "{:?}", broadcast.2);
}

#[test]
fn no_segment_is_longer_than_the_stated_maximum_and_buffer_time_is_stated() {
    for (_, mpd) in usual().mpds() {
        let most = mpd.max_segment_duration.unwrap().micros();
        assert!(mpd.min_buffer_time.micros() > 0);
        for representation in representations(&mpd) {
            let scale = u64::from(representation.segment_template.as_ref().unwrap().timescale());
            assert!(listed(representation).iter().all(|(_, _, d)| d * 1_000_000 / scale <= most));
        }
    }
}

#[test]
fn an_mpd_lists_segments_for_as_long_as_players_keep_it() {
    for snapshot in usual().snapshots {
        let mpd = Mpd::parse(&snapshot.mpd().text()).unwrap();
        let keep = mpd.minimum_update_period.unwrap().micros();
        for representation in representations(&mpd) {
            let scale = u64::from(representation.segment_template.as_ref().unwrap().timescale());
            let closed = snapshot.rendition(&representation.id).unwrap().segments.last().unwrap().msn.0;
            let ahead: u64 = listed(representation).iter().filter(|(n, _, _)| *n > closed).map(|(_, _, d)| d).sum();
            assert!(ahead * 1_000_000 / scale >= keep, "{ahead} ticks are announced, for {keep} us");
        }
    }
}

#[test]
fn the_time_shift_buffer_is_what_is_listed_and_the_delay_lies_within_it() {
    for (_, mpd) in usual().mpds() {
        let depth = mpd.time_shift_buffer_depth.unwrap().micros();
        let delay = mpd.suggested_presentation_delay.unwrap().micros();
        assert!(delay > 0 && delay < depth, "{delay} of {depth}");
        for representation in representations(&mpd) {
            let all = listed(representation);
            let scale = u64::from(representation.segment_template.as_ref().unwrap().timescale());
            // Sound is listed as far as pictures are complete.
            let closed: u64 = all[..all.len() - 1].iter().map(|(_, _, d)| d).sum();
            assert!(all[0].0 == 0 || (closed * 1_000_000).div_ceil(scale) + 22_000 >= depth, "{closed} of {depth}");
        }
    }
}

#[test]
fn a_window_of_few_segments_states_no_more_time_shift_than_it_has() {
    let dvr = springhead_packager::Dvr { segments: 8, ..Default::default() };
    let config = PackagerConfig { dvr, ..PackagerConfig::default() };
    let (_, mpd) = Broadcast::of(config, small(), 60).mpds().pop().unwrap();
    assert!(mpd.time_shift_buffer_depth.unwrap().micros() <= 16_000_000);
}

#[test]
fn ids_are_there_and_stay_with_their_sets() {
    let mpds = usual().mpds();
    let ids = |mpd: &Mpd| {
        let period = &mpd.periods[0];
        let sets = period.adaptation_sets.iter();
        let sets: Vec<_> = sets
            .map(|set| (set.id.unwrap(), set.representations.iter().map(|r| r.id.clone()).collect::<Vec<_>>()))
            .collect();
        (mpd.id.clone().unwrap(), period.id.clone().unwrap(), sets)
    };
    assert!(mpds.iter().all(|(_, mpd)| ids(mpd) == ids(&mpds[0].1)));
    assert_eq!(ids(&mpds[0].1).2, [(1, vec!["v1".to_owned()]), (2, vec!["a2".to_owned()])]);
}

#[test]
fn starts_of_periods_and_time_offsets_stay() {
    let mut broadcast = usual();
    broadcast.interrupt();
    let source = Source::new(SourceOptions { start: Duration::from_secs(100), ..small() });
    let tracks = on_timeline(&source.tracks(), 1);
    broadcast.send(source.until(Duration::from_secs(9)), &tracks);
    let mut known: HashMap<String, (u64, Vec<u64>)> = HashMap::new();
    for (_, mpd) in broadcast.mpds() {
        for period in &mpd.periods {
            let sets = period.adaptation_sets.iter().flat_map(|set| &set.representations);
            let offsets =
                sets.map(|r| r.segment_template.as_ref().unwrap().presentation_time_offset.unwrap()).collect();
            let now = (period.start.unwrap().micros(), offsets);
            let first = known.entry(period.id.clone().unwrap()).or_insert_with(|| now.clone());
            assert_eq!(*first, now);
        }
    }
    assert_eq!(known.len(), 2);
    assert!(known["p0."].0 < known["p1."].0);
}

#[test]
fn the_service_description_states_latency_and_playback_rate() {
    let (_, mpd) = usual().mpds().pop().unwrap();
    let service = &mpd.service_descriptions[0];
    let latency = service.latency.as_ref().unwrap();
    assert_eq!(latency.target, Some(900));
    assert!(latency.min < latency.target && latency.target < latency.max);
    assert!(service.playback_rate.is_some());
}

#[test]
fn equal_durations_are_one_run_and_no_segment_overlaps_another() {
    let (_, mpd) = usual().mpds().pop().unwrap();
    let video = representations(&mpd).next().unwrap();
    let timeline = video.segment_template.as_ref().unwrap().timeline.clone().unwrap();
    assert_eq!(timeline.s.len(), 1);
    for representation in representations(&mpd) {
        assert!(listed(representation).windows(2).all(|pair| pair[0].1 + pair[0].2 == pair[1].1));
    }
}

#[test]
fn numbers_are_contiguous_and_a_template_has_number_alone() {
    for snapshot in usual().snapshots {
        let mpd = Mpd::parse(&snapshot.mpd().text()).unwrap();
        for representation in representations(&mpd) {
            let template = representation.segment_template.as_ref().unwrap();
            let media = template.media.as_ref().unwrap();
            assert!(media.contains("$Number$") && !media.contains("$Time$"));
            let rendition = snapshot.rendition(&representation.id).unwrap();
            for (number, t, _) in listed(representation) {
                if let Some(segment) = rendition.segment(springhead_core::MediaSequence(number)) {
                    assert_eq!(segment.start.0 as u64, t);
                }
            }
        }
    }
}

#[test]
fn segments_leave_the_front_when_their_end_has_left_the_buffer_and_the_start_number_follows() {
    let broadcast = usual();
    let mpds = broadcast.mpds();
    for pair in mpds.windows(2) {
        let depth = pair[1].1.time_shift_buffer_depth.unwrap().micros();
        let live = representations(&pair[1].1).map(|new| micros(new, listed(new).iter().nth_back(1).unwrap().1)).max();
        for (old, new) in representations(&pair[0].1).zip(representations(&pair[1].1)) {
            let (template, front) = (new, listed(new)[0].0);
            let (old, new) = (listed(old), listed(new));
            for gone in old.iter().filter(|(number, _, _)| *number < front) {
                assert!(live.unwrap() - micros(template, gone.1 + gone.2) + 22_000 >= depth);
            }
            // The last is announced, and begins where the one before it will end.
            let known: HashMap<u64, u64> = old[..old.len() - 1].iter().map(|(number, t, _)| (*number, *t)).collect();
            assert!(new.iter().all(|(number, t, _)| known.get(number).is_none_or(|old| old == t)));
        }
    }
    assert!(representations(&mpds.last().unwrap().1).all(|r| listed(r)[0].0 > 10));
}

#[test]
fn sound_and_picture_begin_within_a_frame_of_sound() {
    for (num, den, audio_rate) in [(30_000, 1001, 44_100), (25, 1, 48_000)] {
        let options = SourceOptions { frame_rate: FrameRate { num, den }, audio_rate: Some(audio_rate), ..small() };
        let broadcast = Broadcast::of(short_window(), options, 40);
        for (video, audio) in broadcast.segments("v1").iter().zip(broadcast.segments("a2")) {
            let apart = i128::from(video.start.0) * i128::from(audio_rate) - i128::from(audio.start.0) * 90_000;
            assert!(apart.abs() < 1024 * 90_000, "segment {}: {apart}", video.msn);
        }
    }
}

#[test]
fn the_availability_offset_is_the_segment_less_a_chunk_and_availability_is_incomplete() {
    for (_, mpd) in usual().mpds() {
        for representation in representations(&mpd) {
            let template = representation.segment_template.as_ref().unwrap();
            assert_eq!(template.availability_time_complete, Some(false));
            let offset = template.availability_time_offset.unwrap().micros();
            assert!((1_850_000..=1_925_000).contains(&offset), "{offset}");
        }
    }
}

#[test]
fn the_producer_reference_time_is_that_of_the_period_and_inband() {
    let broadcast = usual();
    let (_, mpd) = broadcast.mpds().pop().unwrap();
    for set in &mpd.periods[0].adaptation_sets {
        let [reference] = &set.base.producer_reference_times[..] else { panic!("one in each set") };
        let template = set.representations[0].segment_template.as_ref().unwrap();
        assert!(reference.inband && reference.utc_timing.is_some());
        assert_eq!(reference.presentation_time, template.presentation_time_offset());
        let start = mpd.availability_start_time.unwrap().0 + mpd.periods[0].start.unwrap().micros() as i64 * 1000;
        assert!((reference.wall_clock_time.0 - start).abs() < 1_000_000);
    }
}

#[test]
fn announced_durations_are_only_ever_corrected_downwards() {
    let mut announced: HashMap<(String, u64), u64> = HashMap::new();
    for (_, mpd) in usual().mpds() {
        for representation in representations(&mpd) {
            for (number, _, d) in listed(representation) {
                let last = announced.insert((representation.id.clone(), number), d);
                // Sound ends with the unit that is nearest to where the pictures end.
                let most = d + if representation.id == "a2" { 1024 } else { 0 };
                let holds = last.is_none_or(|last| (d..=most).contains(&last));
                assert!(holds, "{} {number}: {last:?} became {d}", representation.id);
            }
        }
    }
}

#[test]
fn a_template_with_one_duration_is_used_where_the_cadence_is_exact() {
    let config = PackagerConfig { dash_addressing: DashAddressing::Duration, ..short_window() };
    let broadcast = Broadcast::of(config, SourceOptions { audio_rate: Some(44_100), ..small() }, 40);
    for (_, mpd) in broadcast.mpds() {
        for representation in representations(&mpd) {
            let template = representation.segment_template.as_ref().unwrap();
            // Frames of 44.1 kHz never fit two seconds; pictures do.
            assert_eq!(template.duration, (representation.id == "v1").then_some(180_000));
            assert_eq!(template.timeline.is_none(), representation.id == "v1");
        }
    }
}

#[test]
fn a_template_with_one_duration_gives_way_to_a_timeline_when_the_cadence_breaks() {
    let source = Source::new(SourceOptions { gop: 10, ..small() });
    let tracks = source.tracks();
    let config = PackagerConfig { dash_addressing: DashAddressing::Duration, ..short_window() };
    let mut broadcast = Broadcast::new(config);
    broadcast.send(irregular(source.until(Duration::from_secs(30)), 5, Duration::from_secs(2)), &tracks);
    let mut timelines = 0;
    for snapshot in &broadcast.snapshots {
        let mpd = Mpd::parse(&snapshot.mpd().text()).unwrap();
        for representation in representations(&mpd) {
            let template = representation.segment_template.as_ref().unwrap();
            let rendition = snapshot.rendition(&representation.id).unwrap();
            timelines += usize::from(template.timeline.is_some());
            if let Some(duration) = template.duration {
                assert!(rendition.listed(snapshot).iter().all(|segment| segment.ticks.0 == duration));
            }
        }
    }
    assert!(timelines > 10);
    assert_eq!(broadcast.findings(), []);
}

/// A source whose bitstream states no rate of pictures, as that of AV1 and VP9 does not.
fn without_a_stated_rate(frame_rate: FrameRate) -> (Source, Arc<TrackSet>) {
    let source = Source::new(SourceOptions { frame_rate, ..small() });
    let unstated = |track: &Arc<Track>| {
        let mut track = Track::clone(track);
        if let MediaParams::Video(video) = &mut track.params {
            video.frame_rate = None;
        }
        Arc::new(track)
    };
    let tracks = source.tracks();
    let tracks = Arc::new(TrackSet { tracks: tracks.tracks.iter().map(unstated).collect(), ..(*tracks).clone() });
    (source, tracks)
}

#[test]
fn a_rate_that_no_bitstream_states_is_measured_and_comes_to_who_patches_what_it_has() {
    let rate = FrameRate { num: 30_000, den: 1001 };
    let (source, tracks) = without_a_stated_rate(rate);
    let mut broadcast = Broadcast::new(PackagerConfig { dash_patch: true, ..short_window() });
    let mut had: Option<Mpd> = None;
    let mut rates = Vec::new();
    // The first segment is short of some pictures, and its pace is that of no usual rate.
    let is_lost = |unit: &AccessUnit| unit.arrival < MonoTime(0) + Duration::from_secs(1) && unit.is_disposable();
    for unit in source.until(Duration::from_secs(20)).into_iter().filter(|unit| !is_lost(unit)) {
        let seen = broadcast.snapshots.len();
        broadcast.clock.advance_to(unit.arrival);
        broadcast.packager.handle_unit(&unit, &tracks, broadcast.clock.now());
        broadcast.poll();
        let Some(snapshot) = broadcast.snapshots.get(seen) else { continue };
        // Each version is made of the last by its patch.
        let whole = Mpd::parse(&snapshot.mpd_update().text()).unwrap();
        match &had {
            Some(old) if old == &whole => continue,
            Some(old) => {
                let patch = snapshot.mpd_patch(old.publish_time.unwrap().unix_millis());
                let MpdPatch::Patch(text) = patch else { panic!("{patch:?}") };
                let patch = Patch::parse(&text.text()).unwrap();
                assert_eq!(patch.apply(old).unwrap(), whole);
            }
            None => {}
        }
        rates.extend(representations(&whole).find(|one| one.id == "v1").map(|one| one.base.frame_rate));
        had = Some(whole);
    }
    assert!(rates.len() > 8, "{rates:?}");
    rates.dedup();
    assert_eq!(rates, [None, Some(rate)], "once, when there is a segment to measure");
    let playlist = broadcast.last().multivariant().text();
    assert!(playlist.contains("FRAME-RATE=29.970,"), "{playlist}");
    assert_eq!(broadcast.findings(), []);
}

#[test]
fn each_period_has_the_rate_that_was_measured_in_it() {
    let mut broadcast = Broadcast::new(PackagerConfig::default());
    for (timeline, num) in [(0, 25), (1, 25), (2, 50)] {
        let (source, tracks) = without_a_stated_rate(FrameRate { num, den: 1 });
        broadcast.send(source.until(Duration::from_secs(9)), &on_timeline(&tracks, timeline));
    }
    let mpds = broadcast.mpds();
    let rates = |(_, mpd): &(String, Mpd)| {
        let pictures = representations(mpd).filter(|one| one.id == "v1");
        pictures.map(|one| one.base.frame_rate.map(|rate| rate.num)).collect::<Vec<_>>()
    };
    let first_of = |periods: usize| rates(mpds.iter().find(|(_, mpd)| mpd.periods.len() == periods).unwrap());
    // At first a period has the rate of the one before, if its init section is the same.
    assert_eq!(first_of(2), [Some(25), Some(25)]);
    assert_eq!(first_of(3), [Some(25), Some(25), None]);
    assert_eq!(rates(mpds.last().unwrap()), [Some(25), Some(25), Some(50)]);
}
