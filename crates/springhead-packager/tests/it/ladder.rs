//! Several versions of the picture, and tracks that come and go while a broadcast is live.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use springhead_core::{
    AccessUnit, Generation, MediaKind, MediaSequence, Ticks, TimelineId, Timescale, Track, TrackId, TrackSet,
};
use springhead_manifest::dash::Mpd;
use springhead_manifest::hls::MultivariantPlaylist;
use springhead_packager::{Follows, PackagerConfig, Presentation, Segment};
use springhead_testkit::{AUDIO, Source, SourceOptions, VIDEO};

use crate::broadcast::{Broadcast, on_timeline, small};

/// The track of the smaller picture.
const SMALL: TrackId = TrackId(3);

/// Pictures in two sizes, and sound. The smaller are later by `apart`.
struct Ladder {
    large: Vec<AccessUnit>,
    small: Vec<AccessUnit>,
    tracks: Vec<Arc<Track>>,
}

fn ladder(seconds: u64, apart: Duration) -> Ladder {
    let large = Source::new(small());
    let tracks = large.tracks();
    let smaller = Source::new(SourceOptions { size: (320, 180), audio_rate: None, ..small() });
    let track = Track { id: SMALL, ..(*smaller.tracks().tracks[0]).clone() };
    let span = Duration::from_secs(seconds);
    let late = Timescale::MPEG.ticks(apart, springhead_core::Rounding::Nearest);
    let small = smaller.until(span.saturating_sub(apart)).into_iter().map(|unit| AccessUnit {
        track: SMALL,
        dts: unit.dts + late,
        arrival: unit.arrival + apart,
        ..unit
    });
    Ladder {
        large: large.until(span),
        small: small.collect(),
        tracks: tracks.tracks.iter().cloned().chain([Arc::new(track)]).collect(),
    }
}

impl Ladder {
    fn set(&self, generation: u64, ids: &[TrackId]) -> Arc<TrackSet> {
        let tracks = self.tracks.iter().filter(|track| ids.contains(&track.id)).cloned().collect();
        Arc::new(TrackSet::new(Generation(generation), TimelineId(0), tracks))
    }

    /// What there is, in the order in which it comes.
    fn units(&self) -> Vec<AccessUnit> {
        let mut units: Vec<AccessUnit> = self.large.iter().chain(&self.small).cloned().collect();
        units.sort_by_key(|unit| unit.arrival);
        units
    }

    /// Sends what there is, second by second with the tracks that `ids` names for that second.
    fn send(&self, broadcast: &mut Broadcast, ids: impl Fn(u64) -> Vec<TrackId>) {
        let mut generation = 0;
        let mut now = Vec::new();
        let mut set = self.set(0, &[]);
        for unit in self.units() {
            let second = unit.arrival.0 / 1_000_000_000;
            let ids = ids(second);
            if !ids.contains(&unit.track) {
                continue;
            }
            if ids != now {
                generation += 1;
                set = self.set(generation, &ids);
                now = ids;
            }
            let wait = unit.arrival.saturating_since(broadcast.clock.now().mono);
            broadcast.wait(wait);
            broadcast.packager.handle_unit(&unit, &set, broadcast.clock.now());
            broadcast.poll();
        }
    }
}

fn multivariant(presentation: &Presentation) -> MultivariantPlaylist {
    let text = presentation.multivariant().text();
    MultivariantPlaylist::parse(&text).unwrap()
}

fn mpd(presentation: &Presentation) -> Mpd {
    Mpd::parse(&presentation.mpd_update().text()).unwrap()
}

fn representations(mpd: &Mpd, period: usize) -> Vec<String> {
    let sets = mpd.periods[period].adaptation_sets.iter();
    sets.flat_map(|set| set.representations.iter().map(|one| one.id.clone())).collect()
}

/// Wall-clock times at which two renditions' segments of the same number begin are less than `most` apart; where a period
/// begins, sound begins with its first unit that lies in it.
fn together(one: &[Arc<Segment>], other: &[Arc<Segment>], most: i64) {
    let pairs = one.iter().filter_map(|a| other.iter().find(|b| b.msn == a.msn).map(|b| (a, b)));
    let mut count = 0;
    for (a, b) in pairs {
        let apart = (a.program_date_time.0 - b.program_date_time.0).abs();
        let most = if a.discontinuity { 21_333_334.max(most) } else { most };
        assert!(
            apart <= most,
            "segment {}: {apart} ns, {} of {} and {} of {}",
            a.msn,
            a.program_date_time.0,
            a.init.track.id,
            b.program_date_time.0,
            b.init.track.id
        );
        count += 1;
    }
    assert!(count > 3);
}

/// The number and the span of each segment, and whether its media is missing.
fn spans(broadcast: &Broadcast, name: &str) -> Vec<(MediaSequence, Ticks, bool)> {
    broadcast.segments(name).iter().map(|segment| (segment.msn, segment.ticks, segment.is_gap())).collect()
}

const ALL: [TrackId; 3] = [VIDEO, AUDIO, SMALL];

#[test]
fn two_sizes_whose_key_pictures_are_aligned_are_two_variants_cut_at_the_same_instants() {
    let mut broadcast = Broadcast::new(PackagerConfig::default());
    ladder(20, Duration::ZERO).send(&mut broadcast, |_| ALL.to_vec());
    let last = broadcast.last();
    assert_eq!(multivariant(last).variants.len(), 2);
    assert_eq!(multivariant(last).variants[1].resolution, Some((320, 180)));
    together(&broadcast.segments("v1"), &broadcast.segments("v3"), 0);
    assert!(last.renditions.iter().all(|rendition| rendition.misalignment == Ticks::ZERO));
    assert!(mpd(last).periods[0].adaptation_sets.iter().all(|set| set.segment_alignment));
    assert_eq!(representations(&mpd(last), 0), ["v1", "v3", "a2"]);
    assert_eq!(broadcast.findings(), []);
}

#[test]
fn key_pictures_that_are_not_aligned_are_cut_at_and_the_distance_is_told() {
    let mut broadcast = Broadcast::new(PackagerConfig::default());
    ladder(20, Duration::from_millis(400)).send(&mut broadcast, |_| ALL.to_vec());
    let last = broadcast.last();
    let small = last.rendition("v3").unwrap();
    assert_eq!(small.misalignment, Ticks(36_000));
    assert!(small.segments.iter().all(|segment| segment.independent));
    assert!(broadcast.packager.stats().misaligned_cuts >= 8);
    let video = mpd(last).periods[0].adaptation_sets.iter().find(|set| set.representations.len() == 2).cloned();
    assert!(!video.unwrap().segment_alignment);
}

#[test]
fn a_smaller_size_that_vanishes_is_stood_in_for_until_it_is_back() {
    is_stood_in_for(SMALL, VIDEO, 7..15);
}

#[test]
fn a_size_that_vanishes_and_returns_right_before_a_key_picture_keeps_what_was_hinted_at() {
    is_stood_in_for(SMALL, VIDEO, 8..14);
}

#[test]
fn the_size_that_leads_vanishes_and_is_stood_in_for_until_it_is_back() {
    is_stood_in_for(VIDEO, SMALL, 7..15);
}

/// One size is not sent for some seconds, and the other stands in.
fn is_stood_in_for(gone: TrackId, there: TrackId, seconds: Range<u64>) {
    let mut broadcast = Broadcast::new(PackagerConfig::default());
    let sent = |id: &TrackId, second| *id != gone || !seconds.contains(&second);
    let with = |second| ALL.into_iter().filter(|id| sent(id, second)).collect();
    ladder(24, Duration::ZERO).send(&mut broadcast, with);
    stood_in_for(&broadcast, &format!("v{gone}"), &format!("v{there}"));
}

fn stood_in_for(broadcast: &Broadcast, gone: &str, there: &str) {
    let own = |segment: &Arc<Segment>| format!("v{}", segment.init.track.id) == gone;
    let segments = broadcast.segments(gone);
    let made_of: Vec<bool> = segments.iter().map(own).collect();
    let changes = made_of.windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert_eq!((made_of[0], changes, *made_of.last().unwrap()), (true, 2, true), "{made_of:?}");
    for name in broadcast.names() {
        let segments = broadcast.segments(&name);
        assert!(segments.iter().all(|segment| !segment.is_gap()), "{name}");
        assert!(segments.windows(2).all(|pair| pair[1].msn == pair[0].msn.next()), "{name}");
        let marked: Vec<u64> = segments.iter().filter(|s| s.discontinuity).map(|s| s.msn.0).collect();
        let first = broadcast.segments("a2").iter().filter(|s| s.discontinuity).map(|s| s.msn.0).collect::<Vec<_>>();
        assert_eq!((marked.len(), &marked), (2, &first), "{name}");
        // The timeline goes on to the tick.
        assert!(
            segments
                .iter()
                .skip(1)
                .all(|segment| segment.period.id.0 == 0 || segment.period.follows == Follows::Exactly)
        );
        for pair in segments.windows(2).filter(|pair| pair[0].init.track.id == pair[1].init.track.id) {
            assert_eq!(pair[0].start + pair[0].ticks, pair[1].start, "{name} {}", pair[1].msn);
        }
    }
    together(&segments, &broadcast.segments(there), 0);
    together(&segments, &broadcast.segments("a2"), 11_000_000);
    let listed: Vec<usize> = broadcast.snapshots.iter().map(|snapshot| multivariant(snapshot).variants.len()).collect();
    assert!(listed.first() == Some(&2) && listed.last() == Some(&2) && listed.contains(&1));
    let mpd = mpd(broadcast.last());
    assert_eq!(mpd.periods.len(), 3);
    assert_eq!(representations(&mpd, 0).len(), 3);
    assert_eq!(representations(&mpd, 1).len(), 2);
    assert_eq!(representations(&mpd, 2).len(), 3);
    assert_eq!(broadcast.findings_of_a_change(), []);
}

#[test]
fn a_size_that_falls_silent_is_held_no_longer_than_the_others_segments() {
    let mut broadcast = Broadcast::new(PackagerConfig::default());
    let mut ladder = ladder(20, Duration::ZERO);
    // Silence shows with the key picture of the eighth second, when the segment before it has been closed already.
    let silent = Duration::from_millis(7_010)..Duration::from_secs(13);
    ladder.small.retain(|unit| !silent.contains(&Duration::from_nanos(unit.arrival.0)));
    ladder.send(&mut broadcast, |_| ALL.to_vec());
    let (large, small) = (broadcast.segments("v1"), broadcast.segments("v3"));
    together(&large, &small, 0);
    assert_eq!(spans(&broadcast, "v3"), spans(&broadcast, "v1"));
    assert!(broadcast.packager.stats().held_units > 0);
    assert_eq!(broadcast.findings(), []);
}

#[test]
fn sizes_that_are_held_end_together_when_the_publisher_is_back() {
    let mut broadcast = Broadcast::new(PackagerConfig::default());
    let ladder = ladder(9, Duration::ZERO);
    ladder.send(&mut broadcast, |_| ALL.to_vec());
    broadcast.interrupt();
    broadcast.wait(Duration::from_millis(3_210));
    broadcast.send(ladder.units(), &on_timeline(&ladder.set(1, &ALL), 1));
    let (large, small) = (broadcast.segments("v1"), broadcast.segments("v3"));
    together(&large, &small, 0);
    assert_eq!(spans(&broadcast, "v3"), spans(&broadcast, "v1"));
    assert_eq!(broadcast.findings_of_a_return(), []);
}

#[test]
fn a_size_whose_first_key_picture_is_late_is_a_part_of_the_next_period() {
    let mut broadcast = Broadcast::new(PackagerConfig::default());
    ladder(20, Duration::from_millis(3_400)).send(&mut broadcast, |_| ALL.to_vec());
    let mpd = mpd(broadcast.last());
    assert_eq!(representations(&mpd, 0), ["v1", "a2"]);
    assert_eq!(representations(&mpd, 1), ["v1", "v3", "a2"]);
    assert_eq!(mpd.periods.len(), 2);
    // Over playlists it is there as soon as it has a segment.
    let small = broadcast.segments("v3");
    assert!(small.iter().any(|segment| segment.period.id.0 == 0));
    let mut findings = broadcast.findings_of_a_change();
    // What is not aligned is said to be so.
    findings.retain(|finding| finding.id != "A-16");
    assert_eq!(findings, []);
}

#[test]
fn sound_that_appears_begins_a_period_of_the_same_timeline_and_a_rendition() {
    let mut broadcast = Broadcast::new(PackagerConfig::default());
    ladder(20, Duration::ZERO).send(&mut broadcast, |second| if second < 5 { vec![VIDEO] } else { vec![VIDEO, AUDIO] });
    let first = &broadcast.snapshots[0];
    assert!(multivariant(first).renditions.is_empty() && multivariant(first).variants[0].audio.is_none());
    let last = multivariant(broadcast.last());
    assert_eq!((last.renditions.len(), last.variants[0].codecs.len()), (1, 2));
    let (video, audio) = (broadcast.segments("v1"), broadcast.segments("a2"));
    assert_eq!(video.iter().filter(|segment| segment.discontinuity).count(), 1);
    assert!(video.iter().all(|segment| !segment.is_gap()) && audio.iter().all(|segment| !segment.is_gap()));
    together(&video, &audio, 11_000_000);
    assert_eq!(representations(&mpd(broadcast.last()), 0), ["v1"]);
    assert_eq!(representations(&mpd(broadcast.last()), 1), ["v1", "a2"]);
    assert_eq!(broadcast.findings_of_a_change(), []);
}

#[test]
fn pictures_that_appear_lead_from_then_on() {
    let mut broadcast = Broadcast::new(PackagerConfig::default());
    ladder(20, Duration::ZERO).send(&mut broadcast, |second| if second < 5 { vec![AUDIO] } else { vec![VIDEO, AUDIO] });
    let (video, audio) = (broadcast.segments("v1"), broadcast.segments("a2"));
    assert!(audio.iter().all(|segment| !segment.is_gap()));
    assert_eq!(audio.iter().filter(|segment| segment.discontinuity).count(), 1);
    together(&video, &audio, 11_000_000);
    assert_eq!(broadcast.last().renditions[0].kind(), MediaKind::Video);
    assert_eq!(broadcast.findings_of_a_change(), []);
}

#[test]
fn sound_that_is_taken_away_is_silence_to_who_listens() {
    let mut broadcast = Broadcast::new(PackagerConfig::default());
    ladder(20, Duration::ZERO).send(&mut broadcast, |second| if second < 9 { vec![VIDEO, AUDIO] } else { vec![VIDEO] });
    let (video, audio) = (broadcast.segments("v1"), broadcast.segments("a2"));
    assert!(audio.iter().all(|segment| !segment.is_gap()));
    together(&video, &audio, 11_000_000);
    assert!(audio.len() + 1 >= video.len());
    assert_eq!(broadcast.findings_of_a_change(), []);
}

/// What a broadcast of 700 seconds becomes where each second of the encoder is ours and `nanos` more.
fn with_a_clock_off_by(nanos: i64) -> Broadcast {
    let mut broadcast = Broadcast::new(PackagerConfig::default());
    let source = Source::new(small());
    let tracks = source.tracks();
    let mut units = source.until(Duration::from_secs(700));
    for unit in &mut units {
        let more = i128::from(unit.arrival.0) * i128::from(nanos) / 1_000_000_000;
        unit.arrival.0 = unit.arrival.0.saturating_add_signed(more as i64);
    }
    broadcast.send_awake(units, &tracks);
    broadcast
}

/// By how much the end of the last segment is behind the clock; negative when it is ahead.
fn behind(broadcast: &Broadcast) -> i64 {
    let last = broadcast.last().rendition("v1").unwrap().segments.last().unwrap().clone();
    broadcast.clock.now().wall.0 - last.program_date_time.0 - last.duration.micros() as i64 * 1000
}

#[test]
fn a_clock_that_runs_behind_or_ahead_is_put_right_by_a_new_period_and_latency_stays() {
    // A second of the encoder is 1.002 or 0.998 of ours, ten times what clocks do, so that a short broadcast shows it.
    for nanos in [2_000_000, -2_000_000] {
        let mut broadcast = with_a_clock_off_by(nanos);
        assert_eq!(broadcast.packager.stats().reanchored, 2);
        assert!(broadcast.snapshots.iter().all(|snapshot| snapshot.drift_nanos.abs() < 700_000_000));
        broadcast.end();
        assert!(behind(&broadcast).abs() < 700_000_000, "{}", behind(&broadcast));
        let segments = broadcast.segments("v1");
        assert_eq!(segments.last().unwrap().period.follows, Follows::Reanchored);
        // Dates may overlap, but segments are found by them in order.
        let dates = |segment: &Segment| {
            let begin = segment.program_date_time;
            (begin, begin + Duration::from_micros(segment.duration.micros()))
        };
        let in_order = |one: (_, _), next: (_, _)| one.0 < next.0 && one.1 < next.1;
        assert!(segments.windows(2).all(|pair| in_order(dates(&pair[0]), dates(&pair[1]))), "{nanos}");
    }
}

/// All is lost around where a size that had vanished comes back, that size first.
#[test]
fn sizes_that_are_lost_where_one_of_them_returns_are_held_in_every_rendition() {
    let all = ladder(20, Duration::ZERO);
    let before = |units: &[AccessUnit], end: Duration| -> Vec<AccessUnit> {
        units.iter().filter(|unit| Duration::from_nanos(unit.arrival.0) < end).cloned().collect()
    };
    for (millis, apart) in [(15_950, 0), (15_990, 80), (16_010, 40), (16_040, 0), (16_060, 50), (16_200, 40)] {
        let mut broadcast = Broadcast::new(PackagerConfig::default());
        let lost = Duration::from_millis(millis);
        let first =
            Ladder { large: before(&all.large, lost), small: before(&all.small, lost), tracks: all.tracks.clone() };
        first.send(&mut broadcast, |second| if (8..14).contains(&second) { vec![VIDEO, AUDIO] } else { ALL.to_vec() });
        let without = all.set(9, &[VIDEO, AUDIO]);
        for unit in before(&all.large, lost + Duration::from_millis(apart)).iter().skip(first.large.len()) {
            let wait = unit.arrival.saturating_since(broadcast.clock.now().mono);
            broadcast.wait(wait);
            broadcast.packager.handle_unit(unit, &without, broadcast.clock.now());
            broadcast.poll();
        }
        broadcast.interrupt();
        broadcast.wait(Duration::from_millis(5_037));
        broadcast.send(all.units(), &on_timeline(&all.set(19, &ALL), 1));
        assert_eq!(spans(&broadcast, "v1"), spans(&broadcast, "v3"), "{millis} ms, {apart} ms apart");
        assert_eq!(broadcast.findings_of_a_return(), [], "{millis} ms, {apart} ms apart");
    }
}
