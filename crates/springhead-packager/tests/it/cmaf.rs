//! What the bytes are like, B of the conformance table.

use std::time::Duration;

use springhead_core::{FrameRate, Rope};
use springhead_mux::fmp4::read::{self, BoxIter};
use springhead_packager::{PackagerConfig, Segment};
use springhead_testkit::SourceOptions;

use crate::broadcast::{Broadcast, init_of, media_findings, small};

fn usual() -> Broadcast {
    let mut broadcast = Broadcast::of(PackagerConfig::default(), small(), 12);
    broadcast.end();
    broadcast
}

fn kinds(body: &Rope) -> Vec<String> {
    BoxIter::new(&body.to_bytes()).map(|found| found.unwrap().header.kind.to_string()).collect()
}

fn chunks(segment: &Segment) -> Vec<read::Chunk> {
    read::chunks(&segment.body().to_bytes()).unwrap()
}

#[test]
fn no_segment_breaks_a_rule_of_the_format_at_any_rate() {
    for (num, den, audio) in [(24, 1, 48_000), (25, 1, 44_100), (30_000, 1001, 44_100), (60, 1, 48_000)] {
        let frame_rate = FrameRate { num, den };
        let options = SourceOptions { frame_rate, audio_rate: Some(audio), ..small() };
        let broadcast = Broadcast::of(PackagerConfig::default(), options, 12);
        for name in broadcast.names() {
            assert_eq!(media_findings(&broadcast.segments(&name)), []);
        }
    }
}

#[test]
fn an_init_section_has_the_brands_one_track_and_no_samples() {
    let broadcast = usual();
    for name in broadcast.names() {
        let init = init_of(&broadcast.segments(&name)[0]);
        let [track] = &init.tracks[..] else { panic!("one track") };
        assert_eq!(track.table_samples, 0);
        let brands = format!("{:?}", init.brands);
        assert!(brands.contains("cmfc") && brands.contains("iso6"), "{brands}");
    }
}

#[test]
fn the_size_in_an_init_section_is_that_of_the_picture() {
    let broadcast = usual();
    assert_eq!(init_of(&broadcast.segments("v1")[0]).tracks[0].display_size, (640 << 16, 360 << 16));
}

#[test]
fn a_segment_starts_with_its_type_and_consists_of_chunks_without_an_index() {
    let broadcast = usual();
    for segment in broadcast.names().iter().flat_map(|name| broadcast.segments(name)) {
        let kinds = kinds(&segment.body());
        assert_eq!(kinds[0], "styp");
        assert!(kinds[1..].chunks(3).all(|chunk| chunk == ["prft", "moof", "mdat"]), "{kinds:?}");
    }
}

#[test]
fn each_chunk_has_one_track_and_its_sequence_number_rises() {
    let broadcast = usual();
    for name in broadcast.names() {
        let all: Vec<_> = broadcast.segments(&name).iter().flat_map(|segment| chunks(segment)).collect();
        assert!(all.iter().all(|chunk| chunk.track == all[0].track && chunk.base_is_moof));
        assert!(all.windows(2).all(|pair| pair[1].sequence_number == pair[0].sequence_number + 1));
    }
}

#[test]
fn each_decode_time_goes_on_where_the_samples_before_it_ended() {
    let broadcast = usual();
    for name in broadcast.names() {
        let all: Vec<_> = broadcast.segments(&name).iter().flat_map(|segment| chunks(segment)).collect();
        assert!(all.windows(2).all(|pair| pair[1].base_decode_time == pair[0].base_decode_time + pair[0].duration()));
    }
}

#[test]
fn presentation_times_are_those_of_the_encoder_whatever_is_cut() {
    let source = springhead_testkit::Source::new(small());
    let units = crate::broadcast::only(source.until(Duration::from_secs(12)), springhead_testkit::VIDEO);
    let broadcast = usual();
    let segments = broadcast.segments("v1");
    // Pictures are reordered. No offset is negative, as ffmpeg shows all that follows late then, against the sound.
    let presented_from = init_of(&segments[0]).tracks[0].edits[0].media_time;
    assert!(presented_from > 0 && init_of(&broadcast.segments("a2")[0]).tracks[0].edits.is_empty());
    let mut shown = Vec::new();
    for chunk in segments.iter().flat_map(|segment| chunks(segment)) {
        let mut decode = chunk.base_decode_time as i64;
        for sample in &chunk.samples {
            assert!(sample.composition_offset >= 0);
            shown.push(decode + sample.composition_offset - presented_from);
            decode += i64::from(sample.duration);
        }
    }
    // Media time begins with the first picture shown, at ten seconds.
    let sent: Vec<i64> = units.iter().map(|unit| unit.pts().0 - units[0].pts().0 + 900_000).collect();
    assert_eq!(shown, sent);
}

#[test]
fn all_sound_is_sync_and_each_segment_of_pictures_starts_with_a_random_access_point() {
    let broadcast = usual();
    let audio = broadcast.segments("a2");
    assert!(audio.iter().flat_map(|s| chunks(s)).flat_map(|chunk| chunk.samples).all(|sample| sample.is_sync()));
    for segment in broadcast.segments("v1") {
        let samples: Vec<_> = chunks(&segment).into_iter().flat_map(|chunk| chunk.samples).collect();
        assert_eq!(samples.iter().filter(|sample| sample.is_sync()).count(), 1);
        assert!(samples[0].is_sync());
    }
}

#[test]
fn chunks_put_together_are_the_segment_and_none_is_empty() {
    let broadcast = usual();
    for segment in broadcast.segments("v1") {
        let chunks = chunks(&segment);
        assert!(chunks.len() >= 20 && chunks.iter().all(|chunk| !chunk.samples.is_empty()));
        let covered: usize = chunks.iter().map(|chunk| chunk.range.len()).sum();
        assert_eq!(covered as u64, segment.len);
    }
}

#[test]
fn the_producer_reference_time_names_the_decode_time_that_follows() {
    let broadcast = usual();
    for segment in broadcast.segments("v1") {
        for chunk in chunks(&segment) {
            let prft = chunk.prft.expect("every chunk has one");
            assert_eq!(prft.media_time, chunk.base_decode_time);
            let at = springhead_core::Timestamp(chunk.base_decode_time as i64);
            let wall = segment.period.wall_at(at, springhead_core::Timescale::MPEG);
            assert!((prft.wall.0 - wall.0).abs() <= 1, "{} and {}", prft.wall, wall);
        }
    }
}
