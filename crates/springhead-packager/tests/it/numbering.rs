//! What numbers count from: zero, our clock, or the encoder's.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use springhead_core::{AccessUnit, MonoTime, TrackSet};
use springhead_packager::{Numbering, Packager, PackagerConfig, Presentation, part_name};
use springhead_testkit::{Prng, Source, SourceOptions, VirtualClock};

use crate::broadcast::{Broadcast, on_timeline, small};

fn numbered(numbering: Numbering) -> PackagerConfig {
    PackagerConfig { numbering, ..PackagerConfig::default() }
}

fn at(seconds: u64) -> Broadcast {
    let mut broadcast = Broadcast::new(numbered(Numbering::Clock));
    broadcast.clock.advance(Duration::from_secs(seconds));
    broadcast
}

#[test]
fn a_server_that_is_started_again_goes_on_above_all_numbers_that_it_gave() {
    // Segments as short as they may be, and a restart without a pause.
    let options = SourceOptions { gop: 15, ..small() };
    let config = PackagerConfig {
        segment: Duration::from_millis(500),
        part: Duration::from_millis(200),
        ..numbered(Numbering::Clock)
    };
    let mut first = Broadcast::new(config.clone());
    let source = Source::new(options);
    first.send(source.clone().until(Duration::from_secs(60)), &source.tracks());
    let old = first.last().clone();
    let mut second = Broadcast::new(config);
    second.clock.advance_to(first.clock.now().mono);
    second.send(source.clone().until(Duration::from_secs(10)), &source.tracks());
    let new = &second.snapshots[0];
    for name in ["v1", "a2"] {
        let (old, new) = (old.rendition(name).unwrap(), new.rendition(name).unwrap());
        let (last, first) = (old.segments.last().unwrap(), &new.segments[0]);
        assert!(first.msn > last.msn && first.parts[0].number > old.next_part().unwrap().1, "{name}");
        // There was one period in the minute: its number is kept from falling, and the next restart has another.
        assert!(first.period.id >= last.period.id && first.init.id > last.init.id, "{name}");
    }
    assert_eq!(second.findings(), []);
}

#[test]
fn numbers_that_the_clock_gives_are_listed_like_any_other() {
    let mut broadcast = at(0);
    let source = Source::new(small());
    broadcast.send(source.clone().until(Duration::from_secs(20)), &source.tracks());
    broadcast.interrupt();
    broadcast.wait(Duration::from_secs(2));
    broadcast.send(source.clone().until(Duration::from_secs(9)), &on_timeline(&source.tracks(), 1));
    let segments = broadcast.segments("v1");
    assert!(segments[0].msn.0 > 10_000_000 && segments.windows(2).all(|pair| pair[1].msn == pair[0].msn.next()));
    assert_eq!(broadcast.findings_of_a_return(), []);
}

#[test]
fn what_was_promised_in_an_earlier_life_is_kept() {
    let slow = SourceOptions { gop: 250, ..small() };
    let mut first = at(0);
    let source = Source::new(slow);
    first.send(source.clone().until(Duration::from_secs(40)), &source.tracks());
    let timing = first.last().timing;
    assert_eq!(timing.target_duration, 11);
    let mut second = at(60);
    second.packager = Packager::resume(numbered(Numbering::Clock), timing).unwrap();
    let source = Source::new(small());
    second.send(source.clone().until(Duration::from_secs(12)), &source.tracks());
    assert!(second.snapshots.iter().all(|snapshot| snapshot.timing == timing));
    assert!(second.snapshots[0].renditions.iter().all(|rendition| !rendition.segments.is_empty()));
    assert_eq!(second.findings(), []);
}

/// What an encoder sends that stamps with its clock, modulo the wrap of RTMP; it loses four seconds in the middle.
fn by_the_clock(from: Duration) -> (Vec<AccessUnit>, Vec<AccessUnit>, Arc<TrackSet>) {
    let wall = VirtualClock::default().now().wall.unix_millis() as u64;
    let source = Source::new(SourceOptions { start: Duration::from_millis(wall % (1 << 32)), ..small() });
    let tracks = source.tracks();
    let units: Vec<_> =
        source.until(Duration::from_secs(60)).into_iter().filter(|u| u.arrival.0 >= from.as_nanos() as u64).collect();
    let part = |range: std::ops::Range<u64>| {
        units.iter().filter(|u| range.contains(&(u.arrival.0 / 1_000_000_000))).cloned().collect()
    };
    (part(0..33), part(37..60), tracks)
}

/// An origin that got the stream from `from` on, each unit up to 80 ms late, by a clock that is `ahead`.
fn origin(from: Duration, seed: u64, ahead: i64) -> (Arc<Presentation>, BTreeMap<String, Vec<u8>>) {
    let mut broadcast = Broadcast::new(numbered(Numbering::Epoch));
    broadcast.clock.step_wall(ahead);
    let mut prng = Prng::new(seed);
    let (before, after, tracks) = by_the_clock(from);
    for (units, set) in [(before, tracks.clone()), (after, on_timeline(&tracks, 1))] {
        let mut units = units;
        // The two tracks come over one connection, but what is between them is not always the same.
        for unit in &mut units {
            unit.arrival = unit.arrival + Duration::from_millis(prng.below(80));
        }
        let mut latest: BTreeMap<_, MonoTime> = BTreeMap::new();
        for unit in &mut units {
            let last = latest.entry(unit.track).or_default();
            unit.arrival = unit.arrival.max(*last);
            *last = unit.arrival;
        }
        units.sort_by_key(|unit| unit.arrival);
        for unit in units {
            let wait = unit.arrival.saturating_since(broadcast.clock.now().mono);
            broadcast.wait(wait);
            broadcast.packager.handle_unit(&unit, &set, broadcast.clock.now());
            broadcast.poll();
        }
        broadcast.interrupt();
    }
    broadcast.end();
    assert_eq!(broadcast.findings_of_a_return(), []);
    let mut served = BTreeMap::new();
    for snapshot in &broadcast.snapshots {
        for rendition in &snapshot.renditions {
            for segment in rendition.segments.iter() {
                served.insert(format!("{}/{}.m4s", rendition.name, segment.msn), segment.body().to_bytes().to_vec());
                for part in &segment.parts {
                    let name = format!("{}/{}", rendition.name, part_name(segment.init.id, part.number));
                    served.insert(name, part.body.to_bytes().to_vec());
                }
                let init = format!("{}/init-{}.mp4", rendition.name, segment.init.id);
                served.insert(init, segment.init.body.to_vec());
            }
        }
    }
    let last = broadcast.last().clone();
    (last, served)
}

fn manifests(presentation: &Presentation) -> Vec<String> {
    let playlists = presentation.renditions.iter().map(|rendition| presentation.playlist(rendition));
    let all = playlists.chain([presentation.multivariant(), presentation.mpd(), presentation.mpd_update()]);
    all.map(|manifest| manifest.text()).collect()
}

#[test]
fn two_origins_that_are_fed_by_one_encoder_serve_the_same_bytes_under_the_same_names() {
    let (one, bytes_of_one) = origin(Duration::ZERO, 1, 0);
    let (other, bytes_of_other) = origin(Duration::ZERO, 2, 340_000_000);
    assert!(bytes_of_one.len() > 200);
    assert!(bytes_of_one == bytes_of_other);
    for (one, other) in manifests(&one).iter().zip(&manifests(&other)) {
        assert_eq!(one, other);
    }
    let missing = one.rendition("v1").unwrap().segments.iter().filter(|segment| segment.is_gap()).count();
    assert!((1..=3).contains(&missing), "{missing}");
}

#[test]
fn an_origin_that_is_started_later_gives_the_same_names_to_the_same_bytes() {
    let (_, whole) = origin(Duration::ZERO, 1, 0);
    let (_, rest) = origin(Duration::from_millis(7_300), 3, -210_000_000);
    assert!(rest.len() > 150);
    for (name, bytes) in &rest {
        assert!(whole.get(name) == Some(bytes), "{name}");
    }
}

#[test]
fn an_encoder_that_counts_from_zero_is_put_on_a_grid_and_never_into_the_past() {
    let source = Source::new(small());
    let mut broadcast = Broadcast::new(numbered(Numbering::Epoch));
    let began = broadcast.clock.now().wall;
    broadcast.send(source.clone().until(Duration::from_secs(12)), &source.tracks());
    let first = broadcast.segments("v1")[0].clone();
    let late = first.program_date_time.0 - began.0;
    assert!((2_000_000_000..5_100_000_000).contains(&late), "{late}");
    assert_eq!(broadcast.findings(), []);
}
