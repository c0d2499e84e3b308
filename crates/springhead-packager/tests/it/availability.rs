//! When segments are there, and when parts are: T-02, T-09, T-11, X-09 and L-08 of the conformance table.

use std::time::Duration;

use springhead_core::{AccessUnit, MonoTime, WallTime};
use springhead_manifest::dash::{Mpd, Run};
use springhead_packager::{DashAddressing, PackagerConfig, Presentation};
use springhead_testkit::{Source, SourceOptions};

use crate::broadcast::{Broadcast, on_timeline, short_window, small};

const CONTINUITY: &str = "urn:mpeg:dash:period-continuity:2015";
const CONNECTIVITY: &str = "urn:mpeg:dash:period-connectivity:2015";

fn mpd(presentation: &Presentation) -> Mpd {
    Mpd::parse(&presentation.mpd_update().text()).unwrap()
}

/// When each announced segment of the pictures' last period becomes available, as players compute it: its first chunk.
fn available(mpd: &Mpd) -> Vec<(u64, i64)> {
    let period = mpd.periods.last().unwrap();
    let template = period.adaptation_sets[0].representations[0].segment_template.clone().unwrap();
    let start = mpd.availability_start_time.unwrap().0 + period.start.unwrap().micros() as i64 * 1000;
    let offset = template.availability_time_offset.unwrap().micros() as i64 * 1000;
    let at = |t: u64| {
        let ticks = (t - template.presentation_time_offset()) as i128;
        start + (ticks * 1_000_000_000 / i128::from(template.timescale())) as i64 - offset
    };
    let runs = template.timeline.as_ref().unwrap().runs();
    let ends =
        runs.flat_map(|Run { start, duration, count }| (0..count.unwrap()).map(move |n| start + (n + 1) * duration));
    (template.start_number()..).zip(ends.map(at)).collect()
}

#[test]
fn a_segment_is_there_when_the_clock_says_so_and_not_much_earlier() {
    let broadcast = Broadcast::of(PackagerConfig::default(), small(), 30);
    for (snapshot, taken) in broadcast.snapshots.iter().zip(&broadcast.walls) {
        let v1 = snapshot.rendition("v1").unwrap();
        for (number, at) in available(&mpd(snapshot)) {
            let has_begun = number < v1.live_msn().0
                || (number == v1.live_msn().0 && v1.open.as_ref().is_some_and(|open| open.has_begun()));
            let WallTime(now) = *taken;
            // A key picture is a chunk by itself, so it begins one chunk before the announced offset at the earliest.
            if at <= now {
                assert!(has_begun, "segment {number} is due {} ms before it begins", (now - at) / 1_000_000);
            }
            if has_begun && number + 1 >= v1.live_msn().0 {
                assert!(at - now < 2_000_000_000, "segment {number} began {} ms early", (at - now) / 1_000_000);
            }
        }
    }
}

#[test]
fn an_mpd_announces_a_segment_before_its_first_chunk_is_due() {
    for addressing in [DashAddressing::Timeline, DashAddressing::Time] {
        let config = PackagerConfig { dash_addressing: addressing, ..PackagerConfig::default() };
        let broadcast = Broadcast::of(config, small(), 30);
        for (snapshot, taken) in broadcast.snapshots.iter().zip(&broadcast.walls) {
            let mpd = mpd(snapshot);
            let last = available_ends(&mpd).last().copied().unwrap();
            // What is announced reaches beyond what is made, by more than the reload interval.
            let reload = mpd.minimum_update_period.unwrap().micros() as i64 * 1000;
            assert!(last - taken.0 >= reload, "{} ms are announced", (last - taken.0) / 1_000_000);
        }
    }
}

fn available_ends(mpd: &Mpd) -> Vec<i64> {
    let period = mpd.periods.last().unwrap();
    let template = period.adaptation_sets[0].representations[0].segment_template.clone().unwrap();
    let start = mpd.availability_start_time.unwrap().0 + period.start.unwrap().micros() as i64 * 1000;
    let runs = template.timeline.as_ref().unwrap().runs();
    let ends = runs.map(|run| run.end().unwrap() - template.presentation_time_offset());
    ends.map(|end| start + (i128::from(end) * 1_000_000_000 / i128::from(template.timescale())) as i64).collect()
}

#[test]
fn a_part_is_published_within_a_part_target_of_the_one_before_though_units_come_unevenly() {
    for part in [200, 333, 500, 1000] {
        let config = PackagerConfig { part: Duration::from_millis(part), ..PackagerConfig::default() };
        let mut broadcast = Broadcast::new(config);
        let source = Source::new(small());
        let tracks = source.tracks();
        broadcast.send(source.until(Duration::from_secs(20)), &tracks);
        let target = Duration::from_micros(broadcast.last().timing.part_target.micros());
        for name in broadcast.names() {
            let mut newest: Option<(u64, MonoTime)> = None;
            for (snapshot, taken) in broadcast.snapshots.iter().zip(&broadcast.taken) {
                let next = snapshot.rendition(&name).unwrap().next_part().unwrap().1;
                if newest.is_none_or(|(known, _)| known != next) {
                    // To a unit, as a part is there with its last unit.
                    let since = newest.map_or(Duration::ZERO, |(_, at)| taken.saturating_since(at));
                    assert!(since <= target + Duration::from_millis(34), "{name} {next}: {since:?} at {part} ms");
                    newest = Some((next, *taken));
                }
            }
        }
    }
}

#[test]
fn a_period_says_how_it_continues_the_one_before() {
    // Another timeline with the same init section, and then one with another.
    let mut broadcast = Broadcast::of(PackagerConfig::default(), small(), 9);
    let again = Source::new(small());
    broadcast.send(again.clone().until(Duration::from_secs(9)), &on_timeline(&again.tracks(), 1));
    let other = Source::new(SourceOptions { size: (1280, 720), ..small() });
    broadcast.send(other.clone().until(Duration::from_secs(9)), &on_timeline(&other.tracks(), 2));
    let said = |mpd: &Mpd, at: usize, set: usize| -> Option<(String, String)> {
        let properties = &mpd.periods[at].adaptation_sets[set].base.supplemental_properties;
        let property = properties.iter().find(|p| p.scheme_id_uri == CONTINUITY || p.scheme_id_uri == CONNECTIVITY)?;
        Some((property.scheme_id_uri.clone(), property.value.clone().unwrap()))
    };
    let now = mpd(broadcast.last());
    let connected = |to: &str| Some((CONNECTIVITY.to_owned(), to.to_owned()));
    assert_eq!((said(&now, 0, 0), said(&now, 1, 0), said(&now, 1, 1)), (None, connected("p0."), connected("p0.")));
    assert_eq!(
        (said(&now, 2, 0), said(&now, 2, 1)),
        (None, connected("p1.")),
        "the pictures need another init section"
    );
    // Sound that appears leaves the pictures as they were.
    let mut broadcast = Broadcast::new(short_window());
    let source = Source::new(small());
    let tracks = source.tracks();
    let pictures = springhead_core::TrackSet {
        tracks: tracks.tracks.iter().filter(|track| track.video().is_some()).cloned().collect(),
        ..(*tracks).clone()
    };
    let (before, after): (Vec<AccessUnit>, Vec<AccessUnit>) =
        source.until(Duration::from_secs(12)).into_iter().partition(|unit| unit.arrival.0 < 5_000_000_000);
    let before = before.into_iter().filter(|unit| unit.track == springhead_testkit::VIDEO);
    broadcast.send(before.collect::<Vec<_>>(), &std::sync::Arc::new(pictures));
    let since = broadcast.clock.now().mono;
    let elapsed = since.saturating_since(MonoTime(0));
    let after = after
        .into_iter()
        .map(|unit| AccessUnit { arrival: MonoTime(unit.arrival.0.saturating_sub(elapsed.as_nanos() as u64)), ..unit });
    let later = springhead_core::TrackSet { generation: springhead_core::Generation(1), ..(*tracks).clone() };
    broadcast.send(after.collect::<Vec<_>>(), &std::sync::Arc::new(later));
    let now = mpd(broadcast.last());
    assert_eq!(said(&now, 1, 0), Some((CONTINUITY.to_owned(), "p0.".to_owned())));
    assert_eq!(said(&now, 1, 1), None, "the sound is new");
    // The presentation time offset is where media time has got to, which began at ten seconds.
    let template = now.periods[1].adaptation_sets[0].representations[0].segment_template.clone().unwrap();
    let elapsed = now.periods[1].start.unwrap().micros() - now.periods[0].start.unwrap().micros();
    assert_eq!(template.presentation_time_offset() * 1_000_000 / u64::from(template.timescale()), elapsed + 10_000_000);
}

#[test]
fn an_mpd_tells_where_within_a_segment_a_client_may_begin() {
    let broadcast = Broadcast::of(PackagerConfig::default(), small(), 9);
    let mpd = mpd(broadcast.last());
    let target = mpd.service_descriptions[0].latency.as_ref().unwrap().target.unwrap();
    for representation in mpd.periods.iter().flat_map(|p| &p.adaptation_sets).flat_map(|set| &set.representations) {
        let [resync] = &representation.base.resyncs[..] else { panic!("one Resync") };
        let timescale = representation.segment_template.as_ref().unwrap().timescale();
        let millis = resync.d_t.unwrap() * 1000 / timescale;
        assert!(millis * 2 < target && resync.marker, "{resync:?}");
        assert_eq!(resync.type_, u8::from(representation.id.starts_with('a')));
    }
}

#[test]
fn an_mpd_claims_no_leap_seconds_and_no_events() {
    let broadcast = Broadcast::of(PackagerConfig::default(), small(), 9);
    let text = broadcast.last().mpd().text();
    assert!(!text.contains("LeapSecondInformation") && !text.contains("EventStream") && !text.contains(" k=\""));
}
