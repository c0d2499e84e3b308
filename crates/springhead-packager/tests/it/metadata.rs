//! Messages beside the media, R and E of the conformance table.

use std::sync::Arc;
use std::time::Duration;

use springhead_core::{AccessUnit, Timestamp, TrackSet, WallTime};
use springhead_manifest::Seconds;
use springhead_manifest::dash::{EventContent, EventStream, Mpd};
use springhead_manifest::hls::{ClientValue, DateRange, MediaPlaylist};
use springhead_mux::fmp4::{Emsg, EventTime, read};
use springhead_packager::{Assets, Interstitials, Packager, PackagerConfig};
use springhead_testkit::{
    SPLICES, Source, SourceOptions, SpliceSection, TAGS, id3_tag, interleaved, message, with_messages,
};

use crate::broadcast::{Broadcast, model, on_timeline, short_window, small};

const fn at(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn ticks(millis: u64) -> u64 {
    millis * 90
}

fn splice(came: u64, section: SpliceSection) -> AccessUnit {
    message(SPLICES, at(came), section.to_bytes())
}

/// A broadcast of so many seconds with messages.
fn with(config: PackagerConfig, options: SourceOptions, seconds: u64, messages: Vec<AccessUnit>) -> Broadcast {
    let mut broadcast = Broadcast::new(config);
    let source = Source::new(options);
    let tracks = with_messages(&source.tracks());
    broadcast.send(interleaved(source.until(Duration::from_secs(seconds)), messages), &tracks);
    broadcast
}

fn usual(seconds: u64, messages: Vec<AccessUnit>) -> Broadcast {
    with(PackagerConfig::default(), small(), seconds, messages)
}

/// When a time of the source is, on the wall clock.
fn date(broadcast: &Broadcast, millis: u64) -> WallTime {
    // Pictures are shown one later than they are decoded.
    let first = broadcast.segments("v1")[0].program_date_time;
    WallTime(first.0 + (millis as i64) * 1_000_000 - 33_333_333).whole_millis(springhead_core::Rounding::Ceil)
}

fn ranges(broadcast: &Broadcast) -> Vec<DateRange> {
    let snapshot = broadcast.last();
    let of = |name: &str| model(snapshot, snapshot.rendition(name).unwrap()).date_ranges;
    assert_eq!(of("v1"), of("a2"), "the same ranges are in all playlists");
    of("v1")
}

fn events(mpd: &Mpd) -> Vec<&EventStream> {
    mpd.periods.iter().flat_map(|period| &period.event_streams).collect()
}

/// A break, tags, and a Period more while the break lasts.
pub(crate) fn with_a_break() -> Broadcast {
    let out = SpliceSection::insert(7, true, Some(ticks(6_000)), Some(ticks(8_000)));
    let tags = (1..8).map(|second| message(TAGS, at(second * 1_000), id3_tag("of the first")));
    let mut broadcast = usual(9, [splice(3_000, out)].into_iter().chain(tags).collect());
    broadcast.interrupt();
    let source = Source::new(small());
    let tracks = on_timeline(&with_messages(&source.tracks()), 1);
    let back = splice(1_000, SpliceSection::insert(7, false, Some(ticks(4_000)), None));
    broadcast.send(interleaved(source.until(Duration::from_secs(9)), vec![back]), &tracks);
    broadcast
}

fn hex(section: &SpliceSection) -> Option<String> {
    let digits: String = section.to_bytes().iter().map(|byte| format!("{byte:02X}")).collect();
    Some(format!("0x{digits}"))
}

#[test]
fn messages_that_are_damaged_of_another_clock_or_over_are_left_out() {
    let mut damaged = SpliceSection::insert(1, true, Some(ticks(5_000)), None).to_bytes().to_vec();
    damaged[20] ^= 1;
    let far = SpliceSection::insert(2, true, Some(ticks(2 * 3_600_000)), None);
    let past = SpliceSection::insert(3, true, Some((1 << 33) - ticks(20_000)), Some(ticks(1_000)));
    let no_tag = message(TAGS, at(4_100), &b"TAG"[..]);
    let messages = vec![message(SPLICES, at(4_000), damaged), splice(4_010, far), splice(4_020, past), no_tag];
    let broadcast = usual(8, messages);
    assert_eq!(ranges(&broadcast), []);
    assert_eq!((broadcast.packager.stats().messages, broadcast.packager.stats().lost_messages), (4, 4));
    assert_eq!(broadcast.findings(), []);
}

#[test]
fn a_break_is_one_range_that_learns_its_duration_when_programming_returns() {
    let out = SpliceSection::insert(7, true, Some(ticks(6_000)), Some(ticks(4_000)));
    let back = SpliceSection::insert(7, false, Some(ticks(10_033)), None);
    let broadcast = usual(14, vec![splice(3_000, out.clone()), splice(8_000, back.clone())]);
    let ranges = ranges(&broadcast);
    let start = date(&broadcast, 6_000);
    let expected = DateRange {
        id: format!("insert-7-{}", start.unix_millis()),
        start_date: Some(start),
        duration: Some(Seconds::from_millis(4_033)),
        planned_duration: Some(Seconds::from_millis(4_000)),
        scte35_out: hex(&out),
        scte35_in: hex(&back),
        ..DateRange::default()
    };
    assert_eq!(ranges, [expected]);
    assert_eq!(broadcast.findings(), []);
}

#[test]
fn what_is_said_of_a_range_is_added_to_and_never_changed() {
    let out = SpliceSection::insert(7, true, Some(ticks(6_000)), Some(ticks(4_000)));
    let moved = SpliceSection::insert(7, true, Some(ticks(6_000)), Some(ticks(9_000)));
    let back = SpliceSection::insert(7, false, Some(ticks(10_000)), None);
    let messages = vec![splice(3_000, out.clone()), splice(3_500, out), splice(4_000, moved), splice(8_000, back)];
    let broadcast = usual(14, messages);
    let mut known = DateRange::default();
    let mut seen = 0;
    for (_, playlist) in broadcast.playlists("v1") {
        let [range] = &playlist.date_ranges[..] else {
            assert!(playlist.date_ranges.is_empty() && seen == 0);
            continue;
        };
        seen += 1;
        let kept = |old: bool, same: bool| !old || same;
        assert!(kept(known.start_date.is_some(), known.start_date == range.start_date));
        assert!(kept(known.planned_duration.is_some(), known.planned_duration == range.planned_duration));
        assert!(kept(known.scte35_out.is_some(), known.scte35_out == range.scte35_out));
        assert!(kept(known.duration.is_some(), known.duration == range.duration));
        known = range.clone();
    }
    assert!(seen > 10 && known.duration == Some(Seconds::from_secs(4)));
}

#[test]
fn times_are_adjusted_and_wrap_with_their_clock() {
    // The section's own clock is ten seconds short of its wrap where the pictures' is at six.
    let own = (1u64 << 33) - ticks(10_000);
    let mut out = SpliceSection::insert(7, true, Some(own), None);
    out.pts_adjustment = ticks(16_000);
    let broadcast = usual(10, vec![splice(3_000, out)]);
    assert_eq!(ranges(&broadcast)[0].start_date, Some(date(&broadcast, 6_000)));
    // The pictures' clock wraps as well.
    let wrap = Duration::from_nanos((1u64 << 33) * 100_000 / 9);
    let options = SourceOptions { start: wrap - Duration::from_secs(5), ..small() };
    let mut out = splice(3_000, SpliceSection::insert(7, true, Some(ticks(1_000)), None));
    out.dts = Timestamp((1 << 33) - ticks(2_000) as i64);
    let broadcast = with(PackagerConfig::default(), options, 10, vec![out]);
    assert_eq!(ranges(&broadcast)[0].start_date, Some(date(&broadcast, 6_000)));
}

#[test]
fn what_takes_effect_at_once_has_the_time_of_its_message_and_may_be_repeated() {
    let out = SpliceSection::insert(7, true, None, None);
    let back = SpliceSection::insert(7, false, None, None);
    let messages =
        vec![splice(5_000, out.clone()), splice(5_500, out.clone()), splice(9_000, back.clone()), splice(9_500, back)];
    let broadcast = usual(14, messages);
    let [range] = &ranges(&broadcast)[..] else { panic!("one break") };
    assert_eq!((range.start_date, range.duration), (Some(date(&broadcast, 5_000)), Some(Seconds::from_secs(4))));
    assert_eq!(broadcast.packager.stats().lost_messages, 0);
}

#[test]
fn a_break_that_is_cancelled_before_it_begins_lasts_for_nothing_and_is_no_event() {
    let out = SpliceSection::insert(7, true, Some(ticks(9_000)), Some(ticks(4_000)));
    let broadcast = usual(8, vec![splice(5_000, out), splice(6_000, SpliceSection::cancel(7))]);
    assert_eq!(ranges(&broadcast)[0].duration, Some(Seconds::ZERO));
    assert_eq!(events(&broadcast.first_mpd().1), Vec::<&EventStream>::new());
    assert_eq!(broadcast.findings(), []);
}

#[test]
fn an_event_that_is_moved_before_it_begins_is_another_range() {
    let early = SpliceSection::insert(7, true, Some(ticks(9_000)), None);
    let later = SpliceSection::insert(7, true, Some(ticks(11_000)), None);
    let broadcast = usual(8, vec![splice(5_000, early), splice(6_000, later)]);
    let ranges = ranges(&broadcast);
    assert_eq!(ranges.iter().map(|range| range.duration).collect::<Vec<_>>(), [Some(Seconds::ZERO), None]);
    assert_eq!(ranges[1].start_date, Some(date(&broadcast, 11_000)));
    assert_ne!(ranges[0].id, ranges[1].id);
}

#[test]
fn each_type_of_segmentation_is_a_range_of_its_own() {
    let both = SpliceSection::time_signal(Some(ticks(6_000)))
        .segmentation(1, 0x22, Some(ticks(4_000)))
        .segmentation(2, 0x34, Some(ticks(2_000)))
        .segmentation(3, 0x10, None);
    let end = SpliceSection::time_signal(Some(ticks(8_000))).segmentation(2, 0x35, None);
    let broadcast = usual(10, vec![splice(3_000, both.clone()), splice(5_000, end.clone())]);
    let [break_, placement, programme] = &ranges(&broadcast)[..] else { panic!("three ranges") };
    let start = Some(date(&broadcast, 6_000));
    assert!([break_, placement, programme].iter().all(|range| range.start_date == start));
    assert_eq!((&break_.scte35_out, break_.duration, &break_.scte35_in), (&hex(&both), None, &None));
    let planned = |range: &DateRange| range.planned_duration;
    assert_eq!((planned(break_), planned(placement)), (Some(Seconds::from_secs(4)), Some(Seconds::from_secs(2))));
    assert_eq!((placement.duration, &placement.scte35_in), (Some(Seconds::from_secs(2)), &hex(&end)));
    assert_eq!((&programme.scte35_cmd, &programme.scte35_out), (&hex(&both), &None));
}

#[test]
fn a_sign_of_life_is_one_command_however_often_it_comes() {
    let null = SpliceSection::new(0, []);
    let messages = (3..20).map(|second| splice(second * 1_000, null.clone())).collect();
    let broadcast = usual(20, messages);
    let [range] = &ranges(&broadcast)[..] else { panic!("one command") };
    assert_eq!((&range.scte35_cmd, range.start_date), (&hex(&null), Some(date(&broadcast, 3_000))));
}

#[test]
fn a_flood_of_messages_is_bounded_and_promises_nothing_that_is_taken_back() {
    let messages = (0..1_000u32)
        .map(|n| splice(3_000 + u64::from(n), SpliceSection::insert(n, true, Some(ticks(20_000)), Some(ticks(5_000)))));
    let broadcast = usual(8, messages.collect());
    let ranges = ranges(&broadcast);
    assert!((100..=128).contains(&ranges.len()), "{}", ranges.len());
    assert_eq!(broadcast.packager.stats().lost_messages, 1_000 - ranges.len() as u64);
}

#[test]
fn a_flood_of_long_sections_leaves_room_for_none_and_every_break_ends_all_the_same() {
    // Descriptors of another kind, which are passed over.
    let long = |mut section: SpliceSection| {
        section.descriptors = [&[0xf0, 254][..], &[0; 254]].concat().repeat(15);
        section
    };
    let section = |n, out, at: u64| long(SpliceSection::insert(n, out, Some(ticks(at)), None));
    let outs = (0..5u32).map(|n| splice(3_000 + u64::from(n), section(n, true, 20_000)));
    let backs = (0..5u32).map(|n| splice(4_000 + u64::from(n), section(n, false, 24_000)));
    let broadcast = usual(8, outs.chain(backs).collect());
    let ranges = ranges(&broadcast);
    assert_eq!(ranges.len(), 5);
    assert!(ranges.iter().all(|range| range.duration == Some(Seconds::from_secs(4))), "{ranges:?}");
    let sections = ranges.iter().flat_map(|range| [&range.scte35_out, &range.scte35_in]).flatten();
    let bytes: usize = sections.map(|digits| digits.len() / 2 - 1).sum();
    assert!((32 << 10..36 << 10).contains(&bytes), "{bytes}");
    assert_eq!(broadcast.findings(), []);
}

#[test]
fn a_range_stays_while_a_segment_of_it_is_listed_and_goes_then() {
    let out = SpliceSection::insert(7, true, Some(ticks(6_000)), Some(ticks(4_000)));
    let broadcast = with(short_window(), small(), 60, vec![splice(3_000, out)]);
    let end = date(&broadcast, 10_000);
    let (mut announced, mut gone) = (false, 0);
    for (_, playlist) in broadcast.playlists("v1") {
        let first = playlist.segments.first().and_then(|first| first.program_date_time).unwrap();
        // From when it was announced.
        let told = announced || !playlist.date_ranges.is_empty();
        assert_eq!(playlist.date_ranges.len(), usize::from(told && first <= end), "{first}");
        announced = told;
        gone += usize::from(first > end);
    }
    assert!(gone > 10);
    assert_eq!(broadcast.findings(), []);
}

#[test]
fn a_segment_begins_where_something_is_spliced_if_a_picture_there_needs_no_other() {
    let config = PackagerConfig {
        segment: Duration::from_secs(4),
        min_target_duration: Duration::from_secs(6),
        ..PackagerConfig::default()
    };
    // A key picture each second, shown a picture later than it is decoded.
    let options = SourceOptions { gop: 30, ..small() };
    let key = |second: u64| ticks(second * 1_000) + 3_000;
    let out = SpliceSection::insert(7, true, Some(key(9)), None);
    let back = SpliceSection::insert(7, false, Some(key(14) - 1_500 - 9_000), None);
    let broadcast = with(config, options, 24, vec![splice(6_000, out), splice(12_000, back)]);
    let segments = broadcast.segments("v1");
    let begin: Vec<i64> = segments.iter().map(|segment| (segment.start.0 - segments[0].start.0) / 90_000).collect();
    assert_eq!(begin, [0, 4, 8, 9, 13, 14, 18]);
    let stats = broadcast.packager.stats();
    assert_eq!((stats.splices, stats.unaligned_splices, stats.forced_cuts), (2, 1, 0));
    assert_eq!(broadcast.last().splices[0].boundary_nanos, Some(0));
    assert_eq!(
        segments[3].program_date_time.whole_millis(springhead_core::Rounding::Ceil),
        broadcast.last().splices[0].start
    );
    assert_eq!(broadcast.findings(), []);
}

#[test]
fn no_segment_is_cut_for_a_splice_that_is_cancelled() {
    let config = PackagerConfig {
        segment: Duration::from_secs(4),
        min_target_duration: Duration::from_secs(6),
        ..PackagerConfig::default()
    };
    let out = SpliceSection::insert(7, true, Some(ticks(9_000)), Some(ticks(3_000)));
    let messages = vec![splice(6_000, out), splice(7_000, SpliceSection::cancel(7))];
    let broadcast = with(config, SourceOptions { gop: 30, ..small() }, 17, messages);
    let segments = broadcast.segments("v1");
    let begin: Vec<i64> = segments.iter().map(|segment| (segment.start.0 - segments[0].start.0) / 90_000).collect();
    assert_eq!((begin, broadcast.packager.stats().splices), (vec![0, 4, 8, 12], 0));
}

#[test]
fn splices_are_events_of_the_period_that_they_are_in() {
    let out = SpliceSection::insert(7, true, Some(ticks(6_000)), Some(ticks(4_000)));
    let back = SpliceSection::insert(7, false, Some(ticks(10_000)), None);
    let mut broadcast = usual(14, vec![splice(3_000, out.clone()), splice(8_000, back.clone())]);
    let mpd = broadcast.first_mpd().1;
    let [stream] = events(&mpd)[..] else { panic!("one stream") };
    assert_eq!((&*stream.scheme_id_uri, stream.timescale), (EventStream::SCTE35_XML_BIN, Some(90_000)));
    let [leaves, returns] = &stream.events[..] else { panic!("two events") };
    let sections = [out.to_bytes(), back.to_bytes()].map(|section| EventContent::Splice(section.to_vec()));
    assert_eq!([&leaves.content, &returns.content], [&sections[0], &sections[1]]);
    // The Period begins with the first picture, a thirtieth of a second after the source's zero; dates have milliseconds.
    let begin = leaves.presentation_time.unwrap();
    assert!(begin.abs_diff(ticks(6_000) - 3_000) <= 90, "{begin}");
    assert_eq!((leaves.duration, returns.presentation_time), (Some(ticks(4_000)), Some(begin + ticks(4_000))));
    assert_ne!(leaves.id, returns.id);
    // Who comes after the end counts from the first segment.
    broadcast.end();
    let mpd = broadcast.first_mpd().1;
    assert_eq!(events(&mpd)[0].presentation_time_offset, Some(0));
    assert_eq!(broadcast.findings(), []);
}

#[test]
fn a_break_that_begins_in_one_period_ends_in_the_next() {
    let mut broadcast = with_a_break();
    let range = &ranges(&broadcast)[0];
    assert!(range.scte35_out.is_some() && range.scte35_in.is_some());
    let counts = |mpd: &Mpd| -> Vec<usize> {
        mpd.periods.iter().map(|period| period.event_streams.iter().map(|stream| stream.events.len()).sum()).collect()
    };
    assert_eq!(counts(&broadcast.first_mpd().1), [1, 1]);
    broadcast.end();
    assert_eq!(counts(&broadcast.first_mpd().1), [1, 1]);
    assert_eq!(broadcast.findings_of_a_return(), []);
}

#[test]
fn a_message_of_a_timeline_waits_for_it_to_begin_and_one_of_an_old_timeline_is_left_out() {
    let mut broadcast = Broadcast::new(PackagerConfig::default());
    let source = Source::new(small());
    let first = with_messages(&source.tracks());
    let second = on_timeline(&first, 1);
    let media = source.until(Duration::from_secs(8));
    // Before anything else came.
    let early = splice(0, SpliceSection::insert(7, true, Some(ticks(6_000)), None));
    broadcast.send(interleaved(media.clone(), vec![early]), &first);
    assert_eq!(ranges(&broadcast)[0].start_date, Some(date(&broadcast, 6_000)));
    broadcast.interrupt();
    broadcast.send(media, &second);
    let late = splice(0, SpliceSection::insert(8, true, Some(ticks(6_000)), None));
    broadcast.packager.handle_unit(&late, &first, broadcast.clock.now());
    assert_eq!((ranges(&broadcast).len(), broadcast.packager.stats().lost_messages), (1, 1));
}

#[test]
fn tracks_of_messages_begin_no_period_and_change_nothing_of_the_media() {
    let plain = Broadcast::of(PackagerConfig::default(), small(), 20);
    let mut broadcast = Broadcast::new(PackagerConfig::default());
    let source = Source::new(small());
    let (without, with): (Arc<TrackSet>, Arc<TrackSet>) = (source.tracks(), with_messages(&source.tracks()));
    // The tracks of messages come after five seconds, and go after twelve.
    for unit in source.until(Duration::from_secs(20)) {
        let seconds = unit.arrival.0 / 1_000_000_000;
        let tracks = if (5..12).contains(&seconds) { &with } else { &without };
        broadcast.send([AccessUnit { arrival: springhead_core::MonoTime(0), ..unit.clone() }], tracks);
        let _ = seconds;
        broadcast.clock.advance_to(unit.arrival);
    }
    let periods = |broadcast: &Broadcast| broadcast.last().periods().len();
    assert_eq!((periods(&plain), periods(&broadcast)), (1, 1));
    let bytes = |broadcast: &Broadcast| -> Vec<usize> {
        broadcast.segments("v1").iter().map(|segment| segment.body().to_bytes().len()).collect()
    };
    assert_eq!(bytes(&plain), bytes(&broadcast));
    assert_eq!(broadcast.names(), ["a2", "v1"]);
}

#[test]
fn tags_go_into_the_chunks_of_pictures_that_hold_their_time_and_are_declared() {
    let tags: Vec<AccessUnit> =
        (0..10).map(|n| message(TAGS, at(3_000 + n * 500), id3_tag(&format!("tag {n}")))).collect();
    let broadcast = usual(10, tags);
    let mut found: Vec<(Emsg, u64, u64)> = Vec::new();
    for segment in broadcast.segments("v1") {
        for chunk in read::chunks(&segment.body().to_bytes()).unwrap() {
            let (begin, end) = (chunk.base_decode_time, chunk.base_decode_time + chunk.duration());
            found.extend(chunk.events.into_iter().map(|event| (event, begin, end)));
        }
    }
    assert_eq!(found.len(), 10);
    let zero = broadcast.segments("v1")[0].start.0 as u64;
    for (n, (event, begin, end)) in found.iter().enumerate() {
        let EventTime::At(time) = event.time else { panic!("version 1") };
        assert_eq!((&*event.scheme_id_uri, event.timescale.hz()), ("https://aomedia.org/emsg/ID3", 90_000));
        assert_eq!(event.message, id3_tag(&format!("tag {n}")));
        assert_eq!(time, zero - 3_000 + ticks(3_000 + n as u64 * 500));
        // In the chunk that holds its time; or the next, as a chunk is complete with its last picture.
        assert!(time < *end && time + ticks(200) > *begin, "{time} {begin} {end}");
    }
    let mut ids: Vec<u32> = found.iter().map(|(event, ..)| event.id).collect();
    ids.dedup();
    assert_eq!(ids.len(), 10);
    let sound = broadcast.segments("a2");
    assert!(
        sound.iter().flat_map(|one| read::chunks(&one.body().to_bytes()).unwrap()).all(|one| one.events.is_empty())
    );
    let mpd = broadcast.first_mpd().1;
    let declared: Vec<usize> =
        mpd.periods[0].adaptation_sets.iter().map(|set| set.base.inband_event_streams.len()).collect();
    assert_eq!(declared, [1, 0]);
    assert_eq!(broadcast.findings(), []);
}

#[test]
fn where_there_is_only_sound_tags_go_with_it_and_a_burst_of_them_is_bounded() {
    let tags = (0..100).map(|n| message(TAGS, at(3_000), id3_tag(&format!("tag {n}")))).collect();
    let broadcast = with(PackagerConfig::default(), SourceOptions { video: false, ..small() }, 8, tags);
    let segments = broadcast.segments("a2");
    let chunks = segments.iter().flat_map(|one| read::chunks(&one.body().to_bytes()).unwrap());
    let counts: Vec<usize> = chunks.map(|chunk| chunk.events.len()).filter(|count| *count > 0).collect();
    assert_eq!((counts, broadcast.packager.stats().lost_messages), (vec![32], 68));
}

#[test]
fn the_second_form_of_delta_leaves_old_ranges_out_where_that_is_offered() {
    let config = PackagerConfig {
        segment: Duration::from_millis(500),
        part: Duration::from_millis(250),
        min_target_duration: Duration::from_secs(1),
        date_range_deltas: true,
        ..PackagerConfig::default()
    };
    let splices = (1..40u32).map(|n| {
        let begin = u64::from(n) * 1_000;
        splice(begin, SpliceSection::insert(n, true, Some(ticks(begin + 200)), Some(ticks(300))))
    });
    let broadcast = with(config, SourceOptions { gop: 15, ..small() }, 42, splices.collect());
    let snapshot = broadcast.last();
    let rendition = snapshot.rendition("v1").unwrap();
    let parse = |text: &str| MediaPlaylist::parse(text).unwrap();
    let full = model(snapshot, rendition);
    assert_eq!((full.version, full.date_ranges.len()), (Some(10), 39));
    assert!(broadcast.playlists("v1").iter().all(|(_, playlist)| playlist.version == Some(10)));
    let second = parse(&snapshot.delta_of_date_ranges(rendition).expect("there is much to skip").text());
    assert_eq!(second.version, Some(10));
    assert_eq!(second.skip.unwrap().recently_removed_dateranges, Some(vec![]));
    // What came six target durations ago or later: those of the seconds 36 to 39.
    assert_eq!(full.target_duration, 1);
    assert_eq!(second.date_ranges, full.date_ranges[35..]);
    let first = parse(&snapshot.delta(rendition).unwrap().text());
    assert_eq!(first.date_ranges, full.date_ranges);
    assert_eq!(broadcast.findings(), []);
}

#[test]
fn the_second_form_of_delta_is_offered_under_promises_that_were_made_before_too() {
    let config = PackagerConfig { date_range_deltas: true, ..PackagerConfig::default() };
    let timing = Broadcast::of(config.clone(), small(), 6).last().timing;
    let mut broadcast = Broadcast::new(config.clone());
    broadcast.packager = Packager::resume(config, timing).unwrap();
    let source = Source::new(small());
    let tracks = source.tracks();
    broadcast.send(source.until(Duration::from_secs(6)), &tracks);
    let snapshot = broadcast.last();
    let control = model(snapshot, snapshot.rendition("v1").unwrap()).server_control.unwrap();
    assert!(control.can_skip_dateranges);
}

#[test]
fn a_packager_of_messages_alone_makes_nothing_of_them() {
    let mut packager = Packager::new(PackagerConfig::default()).unwrap();
    let clock = springhead_testkit::VirtualClock::default();
    let tracks = with_messages(&TrackSet::new(Default::default(), Default::default(), Vec::new()));
    for n in 0..200 {
        packager.handle_unit(&splice(n, SpliceSection::new(0, [])), &tracks, clock.now());
    }
    assert!(packager.poll_snapshot(clock.now()).is_none());
    assert_eq!((packager.stats().messages, packager.stats().lost_messages), (200, 136));
}

#[test]
fn a_break_is_an_interstitial_where_something_is_to_be_played_in_its_place() {
    let known = SpliceSection::insert(7, true, Some(ticks(6_000)), Some(ticks(4_000)));
    // One of which the length is known only when it is over, and an instant, which is no break.
    let open = SpliceSection::insert(8, true, Some(ticks(12_000)), None);
    let back = SpliceSection::insert(8, false, Some(ticks(14_500)), None);
    let instant = SpliceSection::time_signal(Some(ticks(9_000)));
    let messages = vec![splice(3_000, known), splice(7_000, instant), splice(11_000, open), splice(14_000, back)];
    let interstitials = Interstitials {
        resume_at_end: true,
        once: true,
        snap: true,
        no_skip: true,
        occupies_range: true,
        ..Interstitials::new(Assets::List("https://ads.example/{break}.json".to_owned()))
    };
    let config = PackagerConfig { interstitials: Some(interstitials), ..PackagerConfig::default() };
    let broadcast = with(config, small(), 18, messages);
    let ranges = ranges(&broadcast);
    let [known, instant, open] = &ranges[..] else { panic!("{ranges:?}") };
    let plain = DateRange { class: None, cue: Vec::new(), client_attributes: Vec::new(), ..instant.clone() };
    assert_eq!(*instant, plain);
    let quoted = |name: &str, text: &str| (name.to_owned(), ClientValue::Quoted(text.to_owned()));
    let seconds = |name: &str, text: &str| (name.to_owned(), ClientValue::Bare(text.to_owned()));
    let expected = |range: &DateRange| {
        let list = format!("https://ads.example/{}.json", range.id);
        let [list, snap] = [quoted("X-ASSET-LIST", &list), quoted("X-SNAP", "OUT,IN")];
        vec![list, snap, quoted("X-RESTRICT", "SKIP"), quoted("X-TIMELINE-OCCUPIES", "RANGE")]
    };
    let mut of_known = expected(known);
    of_known.extend([seconds("X-PLAYOUT-LIMIT", "4.000000"), seconds("X-RESUME-OFFSET", "4.000000")]);
    assert_eq!(known.client_attributes, of_known);
    let mut of_open = expected(open);
    of_open.push(seconds("X-PLAYOUT-LIMIT", "2.500000"));
    assert_eq!(open.client_attributes, of_open, "nothing was announced of where it was to end");
    for range in [known, open] {
        assert_eq!(
            (range.class.as_deref(), &range.cue[..]),
            (Some("com.apple.hls.interstitial"), &["ONCE".to_owned()][..])
        );
    }
    // Nothing that was said was taken back, in any version.
    assert_eq!(broadcast.findings(), []);
}
