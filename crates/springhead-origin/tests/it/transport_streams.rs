//! HLS of MPEG-2 transport streams, which are made of the same segments.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use springhead_core::{Codec, FrameRate, Rope};
use springhead_manifest::hls::{MediaPlaylist, MultivariantPlaylist};
use springhead_mux::fmp4::read;
use springhead_mux::ts::{Content as Carried, Event, PACKET_BYTES, Packet, Reader, ReaderOptions, Unit};
use springhead_origin::respond::{Answer, Content, Route, Target, route};
use springhead_packager::{Dvr, HlsFormat, PackagerConfig, Presentation};
use springhead_testkit::SourceOptions;

use crate::history::{History, manifest, pictures, ready, short, status, text, until};

const DEFAULT: &str = "";
const AS_TS: &str = "format=ts";

fn asked(history: &History, rendition: &str, query: &str) -> Answer {
    history.ask(&Target::PlaylistOfTransportStreams { rendition: rendition.into() }, query)
}

fn listed(history: &History, rendition: &str) -> MediaPlaylist {
    MediaPlaylist::parse(&text(asked(history, rendition, ""))).expect("it is a playlist")
}

/// What is at a URI of the playlist of a rendition.
fn at(history: &History, rendition: &str, uri: &str) -> Answer {
    let Route::Broadcast(_, target) = route(&format!("/live/cam/{rendition}/{uri}")) else {
        panic!("{uri} leads nowhere")
    };
    history.ask(&target, "")
}

fn media(answer: Answer) -> Rope {
    match ready(answer).content {
        Content::Media(rope) => rope,
        other => panic!("no media: {other:?}"),
    }
}

fn stream(history: &History, rendition: &str, playlist: &MediaPlaylist) -> Vec<Bytes> {
    playlist.segments.iter().map(|segment| media(at(history, rendition, &segment.uri)).to_bytes()).collect()
}

/// All units of a stream without a fault, by codec.
fn units(stream: &[u8]) -> BTreeMap<&'static str, Vec<Unit>> {
    let mut reader = Reader::new(ReaderOptions::default());
    reader.handle_bytes(stream);
    reader.finish();
    assert_eq!(reader.stats().faults(), 0, "{:?}", reader.stats());
    let mut units = BTreeMap::<_, Vec<Unit>>::new();
    while let Some(event) = reader.poll_event() {
        if let Event::Unit(unit) = event {
            let Carried::Of(codec) = unit.content else { panic!("{:?}", unit.content) };
            units.entry(if codec == Codec::Aac { "sound" } else { "pictures" }).or_default().push(unit);
        }
    }
    units
}

/// Clock references in the order in which they come.
fn clock(stream: &[u8]) -> Vec<u64> {
    let packets = stream.chunks_exact(PACKET_BYTES);
    let packets = packets.map(|packet| Packet::parse(packet.try_into().expect("a packet")).expect("it can be read"));
    packets.filter_map(|packet| Some(packet.adaptation?.pcr?.ticks())).collect()
}

/// The samples of a rendition's segments, as they are presented, in ticks of 90 kHz.
fn samples(now: &Presentation, rendition: &str) -> Vec<(u64, usize)> {
    let rendition = now.rendition(rendition).expect("there is one");
    let mut samples = Vec::new();
    for segment in rendition.segments.iter() {
        for chunk in read::chunks(&segment.body().to_bytes()).expect("it can be read") {
            let mut at = chunk.base_decode_time;
            for sample in chunk.samples {
                let shown = at as i64 + sample.composition_offset - segment.init.presented_from.0 as i64;
                let scale = i64::from(segment.init.track.timescale.hz());
                samples.push(((shown * 90_000).div_euclid(scale) as u64, sample.size()));
                at += u64::from(sample.duration);
            }
        }
    }
    samples
}

#[test]
fn segments_hold_the_same_units_at_the_same_times_in_one_stream_without_a_break() {
    for source in [
        pictures(),
        SourceOptions { b_frames: 0, ..pictures() },
        SourceOptions { frame_rate: FrameRate { num: 10, den: 1 }, b_frames: 4, gop: 10, ..pictures() },
        SourceOptions { audio_rate: Some(22_050), ..pictures() },
    ] {
        let mut history = History::new(short(), source);
        history.until(Duration::from_secs(30));
        holds_the_same_units_without_a_break(&history);
    }
}

fn holds_the_same_units_without_a_break(history: &History) {
    let playlist = listed(history, "v1");
    assert!(playlist.segments.len() >= 28 && playlist.part_target.is_none() && playlist.open.is_none());
    assert!(playlist.segments.iter().all(|segment| segment.map.is_none() && segment.parts.is_empty()));
    let cmaf = MediaPlaylist::parse(&text(history.playlist(""))).unwrap();
    for (ours, theirs) in playlist.segments.iter().zip(&cmaf.segments) {
        assert_eq!((ours.duration, ours.program_date_time), (theirs.duration, theirs.program_date_time));
        assert_eq!(ours.uri.replace(".ts", ".m4s"), theirs.uri);
    }
    let whole = stream(history, "v1", &playlist).concat();
    let found = units(&whole);
    for (kind, rendition) in [("pictures", "v1"), ("sound", "a2")] {
        let samples = samples(&history.snapshot(), rendition);
        let found = &found[kind];
        assert!(found.len().abs_diff(samples.len()) <= 50, "{kind}: {} of {}", found.len(), samples.len());
        for (unit, (shown, _)) in found.iter().zip(&samples) {
            // Ten seconds are in front of all that the writer writes.
            let (pts, expected) = (unit.pts.unwrap(), shown + 900_000);
            assert!(pts.abs_diff(expected) <= 1, "{kind} at {pts}, not {expected}");
        }
    }
    let clock = clock(&whole);
    for pair in clock.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        assert!(from < to && to - from <= 27_000_000 / 25, "the clock goes from {from} to {to}");
    }
}

#[test]
fn a_segment_is_made_once_however_late_and_often_it_is_asked_for() {
    let mut history = History::of(Duration::from_secs(8));
    let playlist = listed(&history, "v1");
    let early = stream(&history, "v1", &playlist);
    history.until(Duration::from_secs(30));
    let place = |segment: &Bytes| segment.as_ptr();
    assert!(stream(&history, "v1", &playlist).iter().map(place).eq(early.iter().map(place)));
    // One that nobody asked for while it was new is the same for all who ask at last.
    let late = listed(&history, "v1");
    let twice = [(); 2].map(|()| stream(&history, "v1", &late));
    assert!(twice[0].iter().map(place).eq(twice[1].iter().map(place)));
}

#[test]
fn what_is_made_counts_towards_what_is_kept() {
    let kept = |asks: bool| {
        let dvr = Dvr { bytes: 2 << 20, ..Dvr::default() };
        let mut history =
            History::new(PackagerConfig { dvr, ..short() }, SourceOptions { unit_bytes: 3000, ..pictures() });
        for second in 4..60 {
            history.until(Duration::from_secs(second));
            if asks {
                stream(&history, "v1", &listed(&history, "v1"));
            }
        }
        history.snapshot().rendition("v1").unwrap().segments.len()
    };
    let (alone, asked) = (kept(false), kept(true));
    assert!(asked * 3 >= alone && asked * 5 <= alone * 3, "{asked} segments are kept, {alone} of nobody who asks");
}

#[test]
fn the_multivariant_playlist_leads_to_what_is_asked_for_or_what_is_set() {
    let of = |hls_format| {
        let mut history = History::new(PackagerConfig { hls_format, ..short() }, pictures());
        history.until(Duration::from_secs(6));
        move |query: &str| {
            let playlist = MultivariantPlaylist::parse(&text(history.ask(&Target::Multivariant, query))).unwrap();
            playlist.variants.iter().map(|variant| variant.uri.clone()).collect::<Vec<_>>()
        }
    };
    let cmaf = of(HlsFormat::Cmaf);
    let ts = of(HlsFormat::TransportStream);
    for (query, of_cmaf, of_ts) in [
        (DEFAULT, "v1/index.m3u8", "v1/ts.m3u8"),
        (AS_TS, "v1/ts.m3u8", "v1/ts.m3u8"),
        ("format=cmaf", "v1/index.m3u8", "v1/index.m3u8"),
        ("format=ts&token=x", "v1/ts.m3u8?token=x", "v1/ts.m3u8?token=x"),
    ] {
        assert_eq!((cmaf(query), ts(query)), (vec![of_cmaf.to_owned()], vec![of_ts.to_owned()]), "{query}");
    }
}

#[test]
fn the_rate_stated_is_that_of_the_heaviest_segment_and_not_much_more() {
    for unit_bytes in [200, 1000, 20_000] {
        let mut history = History::new(short(), SourceOptions { unit_bytes, ..pictures() });
        history.until(Duration::from_secs(12));
        let all = MultivariantPlaylist::parse(&text(history.ask(&Target::Multivariant, AS_TS))).unwrap();
        let playlist = listed(&history, "v1");
        let bits = |bytes: &Bytes| bytes.len() as u64 * 8;
        let rates = stream(&history, "v1", &playlist);
        let rates = rates
            .iter()
            .zip(&playlist.segments)
            .map(|(stream, segment)| (bits(stream) * 1_000_000).div_ceil(segment.duration.micros()));
        let peak = rates.max().unwrap();
        let stated = all.variants[0].bandwidth;
        // What is around units is much of them where they are small, the more so in segments of a second.
        let most = peak + (peak / 10).max(250_000);
        assert!((peak..=most).contains(&stated), "{stated} is stated, {peak} is sent");
        assert_eq!(all.variants[0].codecs.len(), 2);
        assert!(all.variants[0].audio.is_none() && all.renditions.is_empty() && all.i_frame_variants.is_empty());
    }
}

#[test]
fn a_reload_waits_until_the_segment_is_there_with_its_sound() {
    let mut history = History::of(Duration::from_secs(6));
    let next = {
        let snapshot = history.snapshot();
        snapshot.next_transport_stream(snapshot.rendition("v1").unwrap())
    };
    let query = format!("_HLS_msn={next}");
    let deadline = until(asked(&history, "v1", &query));
    assert!(deadline > history.now());
    assert_eq!(status(at(&history, "v1", &format!("0-{next}.ts"))), 404);
    history.until_it(|now| now.next_transport_stream(now.rendition("v1").unwrap()) > next);
    let playlist = MediaPlaylist::parse(&text(asked(&history, "v1", &query))).unwrap();
    assert_eq!(playlist.media_sequence + playlist.segments.len() as u64, next.0 + 1);
    let found = units(&media(at(&history, "v1", &playlist.segments.last().unwrap().uri)).to_bytes());
    assert_eq!(found.keys().copied().collect::<Vec<_>>(), ["pictures", "sound"]);
    let far = history.ask(&Target::PlaylistOfTransportStreams { rendition: "v1".into() }, "_HLS_msn=99");
    assert_eq!(status(far), 400);
}

#[test]
fn sound_alone_is_a_stream_too_and_versions_of_manifests_are_shared() {
    let mut history = History::new(short(), SourceOptions { video: false, ..pictures() });
    history.until(Duration::from_secs(8));
    let all = MultivariantPlaylist::parse(&text(history.ask(&Target::Multivariant, AS_TS))).unwrap();
    assert_eq!(all.variants[0].uri, "a2/ts.m3u8");
    let playlist = listed(&history, "a2");
    let found = units(&stream(&history, "a2", &playlist).concat());
    assert_eq!(found.keys().copied().collect::<Vec<_>>(), ["sound"]);
    let twice = || manifest(asked(&history, "a2", ""));
    assert!(std::sync::Arc::ptr_eq(&twice(), &twice()));
}

#[test]
fn what_comes_after_an_interruption_is_told_as_a_discontinuity_and_lists_go_on() {
    let mut history = History::of(Duration::from_secs(6));
    history.end();
    let playlist = listed(&history, "v1");
    assert!(playlist.end_list && playlist.server_control.is_none());
    let cmaf = MediaPlaylist::parse(&text(history.playlist(""))).unwrap();
    assert_eq!(playlist.segments.len(), cmaf.segments.len());
    assert_eq!(status(at(&history, "v1", "9-1.ts")), 404, "another period");
    assert_eq!(status(at(&history, "a9", "0-1.ts")), 404, "another rendition");
}

#[test]
fn a_stretch_of_the_broadcast_is_there_as_transport_streams_too() {
    let history = History::of(Duration::from_secs(20));
    let began = history.snapshot().rendition("v1").unwrap().segments[0].program_date_time.0 / 1_000_000_000;
    let query = format!("start={}&end={}", began + 5, began + 9);
    let all = history.ask(&Target::Multivariant, &format!("{query}&format=ts"));
    let all = MultivariantPlaylist::parse(&text(all)).unwrap();
    assert_eq!(all.variants[0].uri, format!("v1/ts.m3u8?{query}"));
    let stretch = MediaPlaylist::parse(&text(asked(&history, "v1", &query))).unwrap();
    assert_eq!((stretch.media_sequence, stretch.segments.len(), stretch.end_list), (5, 4, true));
    assert_eq!(stretch.segments, listed(&history, "v1").segments[5..9]);
}
