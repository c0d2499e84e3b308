//! HLS: every media playlist is followed as a low-latency player follows it, and its media fetched and checked.

use std::time::Duration;

use bytes::Bytes;
use springhead::conform::cmaf::{self, Tail};
use springhead::conform::{hls_history, hls_media, hls_multivariant, hls_renditions};
use springhead::manifest::hls::MediaPlaylist;
use springhead::mux::fmp4::read::InitSection;
use tokio::time::Instant;
use url::Url;

use super::fetch::Client;
use super::report::Report;

/// How many of the newest segments are fetched of a playlist when it is first seen.
const NEWEST: usize = 2;

pub(super) async fn lint(client: &Client, url: Url, text: String, until: Instant, report: &Report) {
    report.fetched();
    if !text.contains("#EXT-X-STREAM-INF") {
        follow(client, url, text, until, report).await;
        return;
    }
    let verdict = hls_multivariant::check(&text);
    report.add(&url, &verdict.findings);
    let Some(multivariant) = verdict.model else { return };
    let variants = multivariant.variants.iter().map(|variant| variant.uri.as_str());
    let renditions = multivariant.renditions.iter().filter_map(|rendition| rendition.uri.as_deref());
    let mut media: Vec<Url> = variants.chain(renditions).filter_map(|uri| url.join(uri).ok()).collect();
    media.sort();
    media.dedup();
    let first = join_all(media.into_iter().map(|media| async move { client.text(&media).await })).await;
    let mut playlists = Vec::new();
    for fetched in first {
        match fetched {
            Ok(playlist) => playlists.push(playlist),
            Err(error) => report.unfetched(&error),
        }
    }
    compare(&url, &playlists, report);
    join_all(playlists.into_iter().map(|(url, text)| follow(client, url, text, until, report))).await;
}

/// The rules that hold between the renditions of one presentation.
fn compare(url: &Url, playlists: &[(Url, String)], report: &Report) {
    let parsed: Vec<(&Url, MediaPlaylist)> =
        playlists.iter().filter_map(|(url, text)| Some((url, MediaPlaylist::parse(text).ok()?))).collect();
    let named: Vec<hls_renditions::NamedPlaylist<'_>> =
        parsed.iter().map(|(url, playlist)| hls_renditions::NamedPlaylist { name: url.path(), playlist }).collect();
    report.add(url, &hls_renditions::check(&named));
}

/// Follows one media playlist until the time is up or it ends.
async fn follow(client: &Client, url: Url, mut text: String, until: Instant, report: &Report) {
    let mut old: Option<MediaPlaylist> = None;
    let mut media = Media::default();
    loop {
        report.fetched();
        let verdict = hls_media::check(&text);
        report.add(&url, &verdict.findings);
        let Some(new) = verdict.model else { return };
        if let Some(old) = &old {
            report.add(&url, &hls_history::check(old, &new));
        }
        media.check(client, &url, &new, report).await;
        if new.end_list || Instant::now() >= until {
            return;
        }
        let (next, pause) = next_reload(&url, &new);
        tokio::time::sleep(pause).await;
        old = Some(new);
        match client.text(&next).await {
            Ok((_, newer)) => text = newer,
            Err(error) => {
                report.unfetched(&error);
                return;
            }
        }
    }
}

/// Where and when to reload: blocked until the next part or segment where the server offers that, after half a target
/// duration otherwise.
fn next_reload(url: &Url, playlist: &MediaPlaylist) -> (Url, Duration) {
    let mut next = url.clone();
    if !playlist.server_control.is_some_and(|control| control.can_block_reload) {
        return (next, Duration::from_millis(playlist.target_duration.max(1) * 500));
    }
    let msn = playlist.next_media_sequence();
    let part = playlist.open.as_ref().map_or(0, |open| open.parts.len());
    let mut query = next.query_pairs_mut();
    query.append_pair("_HLS_msn", &msn.to_string());
    if playlist.part_target.is_some() {
        query.append_pair("_HLS_part", &part.to_string());
    }
    drop(query);
    (next, Duration::ZERO)
}

/// The media of one playlist as far as it was fetched.
#[derive(Default)]
struct Media {
    next: Option<u64>,
    init: Option<(Url, InitSection)>,
    tail: Option<Tail>,
}

impl Media {
    async fn check(&mut self, client: &Client, url: &Url, playlist: &MediaPlaylist, report: &Report) {
        let first = playlist.next_media_sequence() - playlist.segments.len() as u64;
        let from = self.next.unwrap_or(first + playlist.segments.len().saturating_sub(NEWEST) as u64);
        for (segment, msn) in playlist.segments.iter().zip(first..) {
            if msn < from || segment.gap || segment.byterange.is_some() {
                continue;
            }
            self.next = Some(msn + 1);
            let Some(at) = segment.map.as_ref().and_then(|map| url.join(&map.uri).ok()) else { continue };
            if segment.discontinuity || self.init.as_ref().is_none_or(|(known, _)| *known != at) {
                self.tail = None;
                self.init = fetch_init(client, at, report).await;
            }
            let Some((_, init)) = &self.init else { continue };
            let Some((at, body)) = fetch(client, url, &segment.uri, report).await else { continue };
            let verdict = cmaf::check_segment(init, &body, self.tail.as_ref());
            report.add(&at, &verdict.findings);
            self.tail = verdict.model;
            let mut parts: Vec<Bytes> = Vec::new();
            for part in segment.parts.iter().filter(|part| part.byterange.is_none() && !part.gap) {
                parts.extend(fetch(client, url, &part.uri, report).await.map(|(_, body)| body));
            }
            if !parts.is_empty() && parts.len() == segment.parts.len() {
                let parts: Vec<&[u8]> = parts.iter().map(|part| &part[..]).collect();
                report.add(&at, &cmaf::check_parts(init, &parts, &body));
            }
        }
    }
}

pub(super) async fn fetch_init(client: &Client, at: Url, report: &Report) -> Option<(Url, InitSection)> {
    match client.bytes(&at).await {
        Ok((_, body)) => {
            report.fetched();
            let verdict = cmaf::check_init(&body);
            report.add(&at, &verdict.findings);
            Some((at, verdict.model?))
        }
        Err(error) => {
            report.unfetched(&error);
            None
        }
    }
}

pub(super) async fn fetch(client: &Client, base: &Url, uri: &str, report: &Report) -> Option<(Url, Bytes)> {
    let at = base.join(uri).ok()?;
    match client.bytes(&at).await {
        Ok((at, body)) => {
            report.fetched();
            Some((at, body))
        }
        Err(error) => {
            report.unfetched(&error);
            None
        }
    }
}

/// Runs all, side by side, in one task.
async fn join_all<F: Future>(all: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    futures_util::future::join_all(all).await
}
