//! What the multivariant playlist says: M of the conformance table.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use springhead_core::{
    AccessUnit, Cicp, FrameRate, Generation, MediaParams, SampleAspect, TimelineId, Track, TrackId, TrackSet,
};
use springhead_manifest::hls::{ClosedCaptions, MediaType, MultivariantPlaylist, VideoRange};
use springhead_packager::{PackagerConfig, Presentation, Segment};
use springhead_testkit::{AUDIO, Source, SourceOptions, VIDEO};

use crate::broadcast::{Broadcast, model, on_timeline, small};

fn multivariant(presentation: &Presentation) -> MultivariantPlaylist {
    let text = presentation.multivariant().text();
    MultivariantPlaylist::parse(&text).unwrap()
}

/// Twenty seconds of a source whose tracks are changed first.
fn with_tracks(options: SourceOptions, change: impl Fn(&mut Track)) -> Broadcast {
    let source = Source::new(options);
    let changed = |track: &Arc<Track>| {
        let mut track = (**track).clone();
        change(&mut track);
        Arc::new(track)
    };
    let tracks = source.tracks();
    let tracks = Arc::new(TrackSet { tracks: tracks.tracks.iter().map(changed).collect(), ..(*tracks).clone() });
    let mut broadcast = Broadcast::new(PackagerConfig::default());
    broadcast.send(source.until(Duration::from_secs(20)), &tracks);
    broadcast
}

#[test]
fn rates_are_measured_over_the_heaviest_combination_and_measured_again() {
    let mut broadcast = Broadcast::of(PackagerConfig::default(), small(), 12);
    let before = multivariant(broadcast.last()).variants[0].clone();
    let bits = |name: &str, at: usize| {
        let segment = broadcast.segments(name)[at].clone();
        segment.len * 8 * 1_000_000 / segment.duration.micros()
    };
    let peak = |name: &str| (0..broadcast.segments(name).len()).map(|at| bits(name, at)).max().unwrap();
    assert_eq!(before.bandwidth, peak("v1") + peak("a2"));
    assert!(before.average_bandwidth.unwrap() <= before.bandwidth);
    // A publisher that comes back with ten times the bytes.
    let heavy = Source::new(SourceOptions { unit_bytes: 6_000, ..small() });
    let tracks = on_timeline(&heavy.tracks(), 1);
    broadcast.send(heavy.until(Duration::from_secs(12)), &tracks);
    let after = multivariant(broadcast.last()).variants[0].clone();
    assert!(after.bandwidth > before.bandwidth * 5 && after.average_bandwidth > before.average_bandwidth);
}

#[test]
fn every_format_of_a_variant_is_in_its_codecs() {
    let both = multivariant(Broadcast::of(PackagerConfig::default(), small(), 9).last());
    assert_eq!(both.variants[0].codecs, ["avc1.4d001f", "mp4a.40.2"]);
    let alone = Broadcast::of(PackagerConfig::default(), SourceOptions { video: false, ..small() }, 9);
    let alone = multivariant(alone.last()).variants[0].clone();
    assert_eq!((alone.codecs.as_slice(), alone.resolution), (&["mp4a.40.2".to_owned()][..], None));
}

#[test]
fn the_resolution_is_the_size_as_shown_and_the_rate_has_three_decimals() {
    let options = SourceOptions { frame_rate: FrameRate { num: 30_000, den: 1001 }, size: (720, 576), ..small() };
    let broadcast = with_tracks(options, |track| {
        if let MediaParams::Video(video) = &mut track.params {
            video.aspect = SampleAspect { h: 64, v: 45 };
        }
    });
    let text = broadcast.last().multivariant().text();
    assert!(text.contains("RESOLUTION=1024x576,FRAME-RATE=29.970,"), "{text}");
}

#[test]
fn fields_that_are_units_are_told_of_as_frames() {
    let frames = FrameRate { num: 25, den: 1 };
    let broadcast = with_tracks(SourceOptions { frame_rate: FrameRate { num: 50, den: 1 }, ..small() }, |track| {
        if let MediaParams::Video(video) = &mut track.params {
            video.frame_rate = Some(frames);
        }
    });
    assert_eq!(multivariant(broadcast.last()).variants[0].frame_rate_millis, Some(25_000));
    let told = broadcast.first_mpd().1.periods[0].adaptation_sets[0].representations[0].base.frame_rate;
    assert_eq!(told, Some(frames));
    // Each is a sample, and has the time of a field.
    let segments = broadcast.segments("v1");
    let fields = |segment: &Arc<Segment>| (segment.units, segment.ticks.0) == (120, 120 * 1800);
    assert!(segments.len() > 5 && segments.iter().all(fields), "{:?}", segments[0].ticks);
    assert_eq!(broadcast.findings(), []);
}

#[test]
fn the_video_range_follows_from_the_transfer_characteristics() {
    for (transfer, range) in [
        (1, Some(VideoRange::Sdr)),
        (6, Some(VideoRange::Sdr)),
        (13, Some(VideoRange::Sdr)),
        (14, Some(VideoRange::Sdr)),
        (15, Some(VideoRange::Sdr)),
        (16, Some(VideoRange::Pq)),
        (18, Some(VideoRange::Hlg)),
    ] {
        let broadcast = with_tracks(small(), |track| {
            if let MediaParams::Video(video) = &mut track.params {
                video.cicp = Some(Cicp { primaries: 9, transfer, matrix: 9, full_range: false });
            }
        });
        assert_eq!(multivariant(broadcast.last()).variants[0].video_range, range, "{transfer}");
    }
}

#[test]
fn sound_in_several_languages_is_a_group_whose_names_differ() {
    let source = Source::new(small());
    let tracks = source.tracks();
    let sound = |id: u32, language: Option<&str>, channels: u16| {
        let mut track = (**tracks.track(AUDIO).unwrap()).clone();
        (track.id, track.language) = (TrackId(id), language.map(Into::into));
        if let MediaParams::Audio(audio) = &mut track.params {
            audio.channels = channels;
        }
        Arc::new(track)
    };
    let sounds = [sound(2, Some("de"), 2), sound(3, Some("en"), 2), sound(4, Some("en"), 1), sound(5, None, 2)];
    let all: Vec<Arc<Track>> = [tracks.track(VIDEO).unwrap().clone()].into_iter().chain(sounds).collect();
    let set = Arc::new(TrackSet::new(Generation(0), TimelineId(0), all));
    let units = source.until(Duration::from_secs(9)).into_iter().flat_map(|unit| {
        let ids = if unit.track == AUDIO { 2..=5 } else { 1..=1 };
        ids.map(move |id| AccessUnit { track: TrackId(id), ..unit.clone() })
    });
    let mut broadcast = Broadcast::new(PackagerConfig::default());
    broadcast.send(units.collect::<Vec<_>>(), &set);
    let playlist = multivariant(broadcast.last());
    let audio = &playlist.renditions;
    assert_eq!(audio.len(), 4);
    let names: BTreeSet<&str> = audio.iter().map(|rendition| rendition.name.as_str()).collect();
    assert_eq!(names.len(), 4, "{names:?}");
    for rendition in audio {
        assert_eq!(
            (rendition.media_type, rendition.autoselect, rendition.uri.is_some()),
            (MediaType::Audio, true, true)
        );
        assert_eq!(Some(&rendition.group_id), playlist.variants[0].audio.as_ref());
    }
    assert_eq!(audio.iter().filter(|rendition| rendition.default).count(), 1);
    let channels: Vec<Option<&str>> = audio.iter().map(|rendition| rendition.channels.as_deref()).collect();
    assert_eq!(channels, [Some("2"), Some("2"), Some("1"), Some("2")]);
    assert_eq!(audio[0].language.as_deref(), Some("de"));
    // In the MPD each is a set of its own, as nobody is to switch between them by himself.
    let text = broadcast.last().mpd().text();
    assert_eq!(text.matches("<AdaptationSet ").count(), 5);
    assert_eq!(broadcast.findings(), []);
}

#[test]
fn no_variant_claims_captions() {
    let playlist = multivariant(Broadcast::of(PackagerConfig::default(), small(), 9).last());
    assert!(playlist.variants.iter().all(|variant| variant.closed_captions == Some(ClosedCaptions::None)));
}

#[test]
fn nothing_is_shown_before_every_rendition_can_be_played() {
    let broadcast = Broadcast::of(PackagerConfig::default(), small(), 9);
    let first = &broadcast.snapshots[0];
    let listed = multivariant(first);
    assert_eq!((listed.variants.len(), listed.renditions.len()), (1, 1));
    for rendition in &first.renditions {
        assert!(!model(first, rendition).segments.is_empty());
    }
    assert!(listed.variants[0].bandwidth > 1000);
}

#[test]
fn independent_segments_are_not_promised_where_an_encoder_may_break_the_promise() {
    let broadcast = Broadcast::of(PackagerConfig::default(), small(), 9);
    assert!(!multivariant(broadcast.last()).independent_segments);
    assert!(broadcast.last().renditions.iter().all(|r| !model(broadcast.last(), r).independent_segments));
}
