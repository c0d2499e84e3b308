//! An hour in which nothing may drift: T-01, T-03, T-13, T-14 and H-21 of the conformance table.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use springhead_core::{
    AccessUnit, FrameRate, MediaSequence, Rounding, TickDelta, Ticks, Timescale, Timestamp, Track, TrackSet, WallTime,
};
use springhead_manifest::Seconds;
use springhead_mux::fmp4::read;
use springhead_packager::{Dvr, Packager, PackagerConfig};
use springhead_testkit::{Source, SourceOptions, VIDEO, VirtualClock};

use crate::broadcast::small;

const RATE: FrameRate = FrameRate { num: 30_000, den: 1001 };
const PICTURES: u64 = 3600 * 30_000 / 1001;

/// What is left of a segment when it is gone.
struct Line {
    start: Timestamp,
    ticks: Ticks,
    duration: Seconds,
    date: WallTime,
    /// The first decode time, and the one after the last sample, of each chunk.
    chunks: Vec<(u64, u64)>,
}

/// The track at 30000 ticks a second, in which a picture lasts 1001.
fn at_picture_scale(unit: &mut AccessUnit) {
    if unit.track == VIDEO {
        unit.dts = Timestamp(unit.dts.0 / 3);
        unit.duration = Ticks(unit.duration.0 / 3);
        unit.composition_offset = TickDelta(unit.composition_offset.0 / 3);
    }
}

fn hour() -> &'static [Vec<Line>; 2] {
    static HOUR: OnceLock<[Vec<Line>; 2]> = OnceLock::new();
    HOUR.get_or_init(|| {
        let mut source = Source::new(SourceOptions { frame_rate: RATE, audio_rate: Some(44_100), ..small() });
        let scale = Timescale::new(30_000).unwrap();
        let tracks = source.tracks();
        let retimed = tracks.tracks.iter().map(|track| match track.id {
            VIDEO => Arc::new(Track { timescale: scale, ..(**track).clone() }),
            _ => track.clone(),
        });
        let tracks = Arc::new(TrackSet::new(tracks.generation, tracks.timeline, retimed.collect()));
        let dvr = Dvr { time: Duration::from_secs(6), bytes: 1, ..Dvr::default() };
        let mut packager = Packager::new(PackagerConfig { dvr, ..PackagerConfig::default() }).unwrap();
        let mut clock = VirtualClock::default();
        let start = clock.now().mono;
        let mut lines: [BTreeMap<MediaSequence, Line>; 2] = Default::default();
        let mut seen = 0;
        let mut pictures = 0;
        while pictures < PICTURES {
            let mut unit = source.next().unwrap();
            pictures += u64::from(unit.track == VIDEO);
            clock.advance_to(start + Duration::from_nanos(unit.arrival.0));
            at_picture_scale(&mut unit);
            packager.handle_unit(&unit, &tracks, clock.now());
            if packager.stats().segments > seen {
                seen = packager.stats().segments;
                collect(&mut packager, clock.now(), &mut lines);
            }
        }
        packager.handle_end(clock.now());
        collect(&mut packager, clock.now(), &mut lines);
        lines.map(|lines| lines.into_values().collect())
    })
}

fn collect(packager: &mut Packager, now: springhead_core::Now, lines: &mut [BTreeMap<MediaSequence, Line>; 2]) {
    let Some(snapshot) = packager.poll_snapshot(now) else { return };
    for (rendition, lines) in snapshot.renditions.iter().zip(lines) {
        for segment in rendition.segments.iter().rev().take(8) {
            lines.entry(segment.msn).or_insert_with(|| {
                let chunks = read::chunks(&segment.body().to_bytes()).unwrap();
                let span = |chunk: &read::Chunk| (chunk.base_decode_time, chunk.base_decode_time + chunk.duration());
                Line {
                    start: segment.start,
                    ticks: segment.ticks,
                    duration: segment.duration,
                    date: segment.program_date_time,
                    chunks: chunks.iter().map(span).collect(),
                }
            });
        }
    }
}

#[test]
fn in_an_hour_every_decode_time_is_the_sum_of_what_came_before() {
    for lines in hour() {
        let spans: Vec<(u64, u64)> = lines.iter().flat_map(|line| line.chunks.iter().copied()).collect();
        assert!(spans.len() > 30_000);
        assert!(spans.windows(2).all(|pair| pair[0].1 == pair[1].0));
    }
}

#[test]
fn in_an_hour_each_segment_begins_where_the_one_before_it_ended_to_the_tick() {
    let [video, audio] = hour();
    assert_eq!(video.len(), audio.len());
    assert!(video.windows(2).all(|pair| pair[0].start + pair[0].ticks == pair[1].start));
    assert!(audio.windows(2).all(|pair| pair[0].start + pair[0].ticks == pair[1].start));
    let (first, last) = (&video[0], &video[video.len() - 1]);
    assert_eq!(first.start, Timestamp(300_000));
    assert_eq!(last.start + last.ticks, first.start + Ticks(PICTURES * 1001));
    assert!(video[..video.len() - 1].iter().all(|line| line.ticks == Ticks(60 * 1001)));
}

#[test]
fn in_an_hour_printed_durations_add_up_to_the_media_to_the_microsecond() {
    let [video, audio] = hour();
    let sum = |lines: &[Line]| lines.iter().map(|line| line.duration.micros()).sum::<u64>();
    let exact = Ticks(PICTURES * 1001).rescale(Timescale::new(30_000).unwrap(), Timescale::MICROS, Rounding::Nearest);
    assert_eq!(sum(video), exact.0);
    let frames = audio[audio.len() - 1].chunks.last().unwrap().1 - audio[0].chunks[0].0;
    let scale = Timescale::new(44_100).unwrap();
    let instant = |ticks: u64| Ticks(ticks).rescale(scale, Timescale::MICROS, Rounding::Ceil).0;
    assert_eq!(sum(audio), instant(audio[0].chunks[0].0 + frames) - instant(audio[0].chunks[0].0));
}

#[test]
fn in_an_hour_dates_advance_by_the_printed_duration_to_a_millisecond() {
    for lines in hour() {
        let mut printed = 0;
        for pair in lines.windows(2) {
            printed += pair[0].duration.micros();
            let step = pair[1].date.unix_millis() - pair[0].date.unix_millis();
            assert!((step * 1000 - pair[0].duration.micros() as i64).abs() <= 1000);
            // Nor do the roundings add up.
            let since = (pair[1].date.0 - lines[0].date.0) / 1000;
            assert!((since - printed as i64).abs() <= 2, "{since} and {printed}");
        }
    }
}

#[test]
fn after_an_hour_sound_and_picture_still_begin_together() {
    let [video, audio] = hour();
    for (at, (video, audio)) in video.iter().zip(audio).enumerate() {
        let apart = (video.date.0 - audio.date.0).unsigned_abs();
        // Sound begins with the first frame that no picture comes after, and is then cut to half a frame.
        let most = if at == 0 { 23_220_000 } else { 23_220_000 / 2 };
        assert!(apart <= most, "{apart} ns");
    }
}
