//! Playlists of key pictures, and parts that are ranges of their segment.

use std::time::Duration;

use http::StatusCode;
use springhead_manifest::hls::{MediaPlaylist, MultivariantPlaylist};
use springhead_mux::fmp4::read;
use springhead_origin::OriginOptions;
use springhead_origin::http::HttpOptions;
use springhead_origin::respond::Target;
use springhead_packager::{PackagerConfig, PartAddressing};

use crate::history::{History, short, status, text, until};
use crate::server::{Server, options};

fn key_pictures(history: &History, query: &str) -> springhead_origin::respond::Answer {
    history.ask(&Target::KeyPictures { rendition: "v1".into() }, query)
}

#[test]
fn each_range_of_a_playlist_of_key_pictures_is_one_whole_chunk_with_one_of_them() {
    let history = History::of(Duration::from_secs(12));
    let all = MultivariantPlaylist::parse(&text(history.ask(&Target::Multivariant, ""))).unwrap();
    assert_eq!(all.i_frame_variants[0].uri, "v1/iframes.m3u8");
    let playlist = MediaPlaylist::parse(&text(key_pictures(&history, ""))).unwrap();
    let media = MediaPlaylist::parse(&text(history.playlist(""))).unwrap();
    assert!(playlist.i_frames_only && playlist.part_target.is_none() && playlist.open.is_none());
    assert_eq!((playlist.target_duration, playlist.media_sequence), (media.target_duration, media.media_sequence));
    assert_eq!(playlist.version, Some(5));
    let snapshot = history.snapshot();
    let segments = &snapshot.rendition("v1").unwrap().segments;
    assert_eq!(playlist.segments.len(), segments.len());
    let mut peak = 0;
    for (listed, segment) in playlist.segments.iter().zip(segments.iter()) {
        let range = listed.byterange.unwrap();
        let (from, len) = (range.offset.unwrap() as usize, range.length as usize);
        let bytes = segment.body().slice(from..from + len).to_bytes();
        let chunks = read::chunks(&bytes).unwrap();
        assert_eq!((chunks.len(), chunks[0].samples.len()), (1, 1));
        assert!(chunks[0].samples[0].flags.is_sync());
        assert_eq!(listed.duration, segment.duration);
        peak = peak.max(range.length * 8 * 1_000_000 / segment.duration.micros());
    }
    assert_eq!(all.i_frame_variants[0].bandwidth, peak);
}

#[test]
fn a_reload_of_key_pictures_waits_for_its_segment() {
    let mut history = History::of(Duration::from_secs(6));
    let (live, _) = history.live();
    until(key_pictures(&history, &format!("_HLS_msn={live}")));
    until(key_pictures(&history, &format!("_HLS_msn={live}&_HLS_part=0")));
    history.until_it(|now| now.rendition("v1").unwrap().live_msn().0 > live);
    let playlist = MediaPlaylist::parse(&text(key_pictures(&history, &format!("_HLS_msn={live}")))).unwrap();
    assert_eq!(playlist.media_sequence + playlist.segments.len() as u64, live + 1);
    assert_eq!(status(history.ask(&Target::KeyPictures { rendition: "a2".into() }, "")), 404);
}

fn in_ranges() -> PackagerConfig {
    PackagerConfig { hls_parts: PartAddressing::Ranges, ..short() }
}

#[test]
fn parts_that_are_ranges_follow_on_each_other_and_the_hint_names_where_the_next_begins() {
    let mut history = History::new(in_ranges(), crate::history::pictures());
    for step in 12..60 {
        history.until(Duration::from_millis(step * 110));
        if step < 24 {
            continue;
        }
        let playlist = MediaPlaylist::parse(&text(history.playlist(""))).unwrap();
        let open = playlist.open.iter().map(|open| &open.parts);
        for parts in playlist.segments.iter().map(|segment| &segment.parts).chain(open) {
            let mut offset = 0;
            for part in parts {
                assert_eq!(part.byterange.unwrap().offset, Some(offset));
                assert_eq!(part.uri, parts[0].uri);
                offset += part.byterange.unwrap().length;
            }
        }
        let hint = &playlist.preload_hints[0];
        let last = playlist.open.iter().flat_map(|open| open.parts.last()).next();
        let end = last.map_or(0, |part| part.byterange.unwrap().offset.unwrap() + part.byterange.unwrap().length);
        assert_eq!(hint.byterange_start, Some(end));
        assert!(last.is_none_or(|last| last.uri == hint.uri));
    }
}

#[tokio::test(start_paused = true)]
async fn a_range_of_a_growing_segment_comes_part_by_part_and_ends_with_the_segment() {
    let options = OriginOptions { packager: in_ranges(), ..options() };
    let mut server = Server::new(options, HttpOptions::default()).await;
    server.publish(Duration::from_secs(6)).await;
    let snapshot = server.snapshot();
    let v1 = snapshot.rendition("v1").unwrap();
    let (msn, offset) = (v1.live_msn(), v1.open.as_ref().unwrap().parts_body().len());
    let path = format!("/live/cam/v1/{msn}.m4s");
    let range = format!("bytes={offset}-9007199254740991");
    let address = server.address;
    let asked = tokio::spawn(async move {
        let request = crate::server::request(address, "GET", &path, &[("range", &range)]);
        crate::server::Answer::read(crate::server::ask(address, false, request).await).await
    });
    server.publish_until(|now| now.rendition("v1").is_some_and(|v1| v1.segment(msn).is_some())).await;
    let answer = asked.await.unwrap();
    assert_eq!(answer.status, StatusCode::PARTIAL_CONTENT);
    assert_eq!(answer.header("content-range"), Some(&*format!("bytes {offset}-9007199254740991/*")));
    let snapshot = server.snapshot();
    let whole = snapshot.rendition("v1").unwrap().segment(msn).unwrap().body();
    assert!(answer.body == whole.slice(offset..whole.len()).to_bytes());
    // Once it is complete, its length is known.
    let answer = server.send("GET", &format!("/live/cam/v1/{msn}.m4s"), &[("range", "bytes=0-9")]).await;
    assert_eq!(answer.header("content-range"), Some(&*format!("bytes 0-9/{}", whole.len())));
}
