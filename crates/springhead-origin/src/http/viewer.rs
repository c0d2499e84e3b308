//! What viewers reach: manifests, media, the page, the time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::header::{
    ACCEPT_RANGES, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_RANGE,
    LOCATION, RANGE, RETRY_AFTER, VARY,
};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use springhead_core::{BroadcastKey, MediaKind, Rope};
use springhead_packager::Presentation;
use tokio::sync::watch;

use super::conditional::{has_current, takes_gzip};
use super::range::{Ranged, range_of_growing, ranged};
use super::{Body, Endpoint, allow_any_origin, json, text};
use crate::Origin;
use crate::page::Page;
use crate::respond::{self, Answer, Content, Directives, ManifestKind, Reply, Route, Step, Target, respond, route};

/// How long the first manifest of a broadcast that has just begun is waited for.
const FIRST_MANIFEST: Duration = Duration::from_secs(5);

/// The viewers' side of an [`Origin`].
#[derive(Debug)]
pub struct Viewer {
    origin: Origin,
    page: Page,
}

impl Viewer {
    /// Serves what `origin` has.
    pub fn new(origin: Origin) -> Self {
        Self { origin, page: Page::new() }
    }

    async fn get(&self, request: &Request<Incoming>) -> Response<Body> {
        let headers = request.headers();
        match route(request.uri().path()) {
            Route::Index => self.page.file("index.html", headers).unwrap_or_else(|| self.unknown()),
            Route::Page(_) => self.page.file("player.html", headers).unwrap_or_else(|| self.unknown()),
            Route::Asset(name) => self.page.file(&name, headers).unwrap_or_else(|| self.unknown()),
            Route::Elsewhere(path) => elsewhere(path, request.uri().query()),
            Route::Time => {
                let mut response = text(StatusCode::OK, self.origin.clock().now().wall.to_string());
                response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
                response
            }
            Route::Broadcasts => json(&self.origin.listing()),
            Route::Broadcast(key, target) => {
                let directives = match Directives::parse(request.uri().query().unwrap_or_default()) {
                    Ok(directives) => directives,
                    Err(error) => return text(StatusCode::BAD_REQUEST, error.to_string()),
                };
                self.broadcast(&key, &target, &directives, headers).await
            }
            Route::Unknown => self.unknown(),
        }
    }

    async fn broadcast(
        &self,
        key: &BroadcastKey,
        target: &Target,
        directives: &Directives,
        headers: &HeaderMap,
    ) -> Response<Body> {
        let received = self.origin.clock().now().mono;
        let Some(channel) = self.origin.channel(key) else { return self.unknown() };
        let Some(_place) = channel.admit() else { return crowded() };
        let chunks = channel.chunks();
        let mut snapshots = match target {
            // A segment begins with a chunk; all else comes with a part.
            Target::Segment { .. } | Target::SegmentAt { .. } => channel.chunks(),
            _ => channel.parts(),
        };
        // Whoever waits must not be what keeps the channel: when it goes, all who wait are told.
        drop(channel);
        let request = respond::Request { target, directives, received };
        let _waiting = self.origin.metrics().waiting();
        loop {
            let snapshot = snapshots.borrow_and_update().clone();
            let now = self.origin.clock().now();
            let until = match snapshot.as_deref().map(|snapshot| respond(snapshot, &request, now)) {
                Some(Answer::Ready(reply)) => return reply_to(reply, target, chunks, snapshot.as_deref(), headers),
                Some(Answer::Elsewhere(name)) => return elsewhere(name.to_owned(), None),
                Some(Answer::Refused(refusal)) => {
                    let seconds = snapshot.as_deref().map_or(1, |snapshot| snapshot.timing.target_duration);
                    return refused(&refusal, target, directives, seconds);
                }
                Some(Answer::Wait { until }) => until,
                None => received + FIRST_MANIFEST,
            };
            if snapshot.is_none() && now.mono >= until {
                let mut response =
                    text(StatusCode::NOT_FOUND, "the broadcast has just begun: there is nothing to play yet\n");
                response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
                response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
                return response;
            }
            if !changed_before(&mut snapshots, until.saturating_since(now.mono)).await {
                return self.unknown();
            }
        }
    }

    /// A 404 that tells what there is, so that a mistyped path explains itself.
    fn unknown(&self) -> Response<Body> {
        let keys = self.origin.keys();
        let mut out = String::from("There is nothing at this path.\n\n");
        if keys.is_empty() {
            out.push_str(
                "No broadcast is live. Publish one:\n  ffmpeg -re -i file.mp4 -c copy -f flv rtmp://HOST/live/cam\n",
            );
        } else {
            out.push_str("Live now:\n");
        }
        for key in keys {
            out.push_str(&format!("  /{key}/  page\n  /{key}/index.m3u8  HLS\n  /{key}/manifest.mpd  DASH\n"));
        }
        let mut response = text(StatusCode::NOT_FOUND, out);
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=1"));
        response
    }
}

impl Endpoint for Viewer {
    async fn answer(self: Arc<Self>, request: Request<Incoming>, _remote: SocketAddr) -> Response<Body> {
        let mut response = match *request.method() {
            Method::GET => self.get(&request).await,
            // The length is stated, and nothing sent; nor does what would have been sent go on growing.
            Method::HEAD => without_body(self.get(&request).await),
            Method::OPTIONS => preflight(),
            _ => {
                let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "GET, HEAD and OPTIONS are understood here\n");
                response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD, OPTIONS"));
                response
            }
        };
        allow_any_origin(&mut response);
        self.origin.metrics().answered(response.status(), http_body::Body::size_hint(response.body()).exact());
        response
    }
}

/// A successful answer as HTTP has it: compressed, conditional, in ranges, with its headers.
fn reply_to(
    reply: Reply,
    target: &Target,
    chunks: watch::Receiver<Option<Arc<Presentation>>>,
    snapshot: Option<&Presentation>,
    headers: &HeaderMap,
) -> Response<Body> {
    let mut response = match reply.content {
        Content::Manifest(manifest, kind) => {
            let gzip = takes_gzip(headers);
            let etag =
                if gzip { format!("{}-gzip\"", manifest.etag.trim_end_matches('"')) } else { manifest.etag.clone() };
            let current = has_current(headers, &etag);
            let body = match (current, gzip) {
                (true, _) => Body::empty(),
                (false, true) => {
                    manifest.encoded(|text| respond::gzip(text.slices().iter().map(|piece| &piece[..]))).into()
                }
                (false, false) => manifest.body.clone().into(),
            };
            let mut response = of_kind(body, kind);
            if current {
                *response.status_mut() = StatusCode::NOT_MODIFIED;
            }
            if gzip {
                response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            }
            response.headers_mut().extend(HeaderValue::from_str(&etag).ok().map(|etag| (ETAG, etag)));
            response
        }
        Content::Text(manifest, kind) if takes_gzip(headers) => {
            let mut response = of_kind(respond::gzip([manifest.as_bytes()]).into(), kind);
            response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            response
        }
        Content::Text(manifest, kind) => of_kind(manifest.into(), kind),
        Content::Media(rope) => media(&rope, headers),
        Content::Growing { rendition, msn } => {
            let header = headers.get(RANGE).and_then(|value| value.to_str().ok());
            let range = range_of_growing(header.filter(|_| !headers.contains_key(IF_RANGE)));
            let step = if range.is_some() { Step::Part } else { Step::Chunk };
            let wanted = range.clone().unwrap_or(0..=u64::MAX);
            let mut response = Response::new(Body::growing(chunks, rendition, msn, wanted, step));
            response.headers_mut().insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
            if let Some(range) = range {
                *response.status_mut() = StatusCode::PARTIAL_CONTENT;
                let range = format!("bytes {}-{}/*", range.start(), range.end());
                response.headers_mut().extend(HeaderValue::from_str(&range).ok().map(|range| (CONTENT_RANGE, range)));
            }
            response
        }
    };
    let response_is_error = response.status().is_client_error();
    let out = response.headers_mut();
    if let Some(kind) = media_type(target, snapshot) {
        out.insert(CONTENT_TYPE, HeaderValue::from_static(kind.0));
        out.insert("priority", HeaderValue::from_static(kind.1));
    } else {
        out.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
        out.insert("priority", HeaderValue::from_static("u=1"));
    }
    let cache = match reply.max_age.as_secs() {
        // An answer about the request, which says nothing of the media.
        _ if response_is_error => "no-store".to_owned(),
        seconds if reply.immutable => format!("public, max-age={seconds}, immutable"),
        seconds => format!("public, max-age={seconds}"),
    };
    out.extend(HeaderValue::from_str(&cache).ok().map(|cache| (CACHE_CONTROL, cache)));
    response
}

/// Waits for a newer snapshot, at most for `span`. False when there will never be one.
async fn changed_before(snapshots: &mut watch::Receiver<Option<Arc<Presentation>>>, span: Duration) -> bool {
    !matches!(tokio::time::timeout(span, snapshots.changed()).await, Ok(Err(_)))
}

fn without_body(response: Response<Body>) -> Response<Body> {
    let (mut head, body) = response.into_parts();
    if let Some(len) = http_body::Body::size_hint(&body).exact().filter(|_| head.status != StatusCode::NOT_MODIFIED) {
        head.headers.insert(CONTENT_LENGTH, HeaderValue::from(len));
    }
    Response::from_parts(head, Body::empty())
}

/// As many wait for this broadcast as may (N-45).
fn crowded() -> Response<Body> {
    let mut response = text(StatusCode::SERVICE_UNAVAILABLE, "too many requests wait for this broadcast\n");
    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn of_kind(body: Body, kind: ManifestKind) -> Response<Body> {
    let mut response = Response::new(body);
    let kind = match kind {
        ManifestKind::Hls => "application/vnd.apple.mpegurl",
        ManifestKind::Dash => "application/dash+xml",
        ManifestKind::DashPatch => "application/dash-patch+xml",
    };
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

fn media(rope: &Rope, headers: &HeaderMap) -> Response<Body> {
    let len = rope.len();
    // Media has no entity tag, so no condition on one can hold.
    let header = headers.get(RANGE).filter(|_| !headers.contains_key(IF_RANGE)).and_then(|value| value.to_str().ok());
    let (status, body, range) = match ranged(header, len) {
        Ranged::Whole => (StatusCode::OK, Body::from(rope.clone()), None),
        Ranged::Part(range) => {
            let text = format!("bytes {}-{}/{len}", range.start, range.end - 1);
            (StatusCode::PARTIAL_CONTENT, Body::from(rope.slice(range)), Some(text))
        }
        Ranged::Unsatisfiable => (StatusCode::RANGE_NOT_SATISFIABLE, Body::empty(), Some(format!("bytes */{len}"))),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let out = response.headers_mut();
    out.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    out.extend(range.and_then(|range| HeaderValue::from_str(&range).ok()).map(|range| (CONTENT_RANGE, range)));
    response
}

/// The media type and the urgency (RFC 9218) of media; none for manifests. Sound before pictures: it is small, and its
/// absence is what a viewer notices first.
fn media_type(target: &Target, snapshot: Option<&Presentation>) -> Option<(&'static str, &'static str)> {
    if let Target::TransportStream { .. } = target {
        return Some(("video/mp2t", "u=3"));
    }
    let (Target::Init { rendition, .. }
    | Target::Segment { rendition, .. }
    | Target::SegmentAt { rendition, .. }
    | Target::Part { rendition, .. }) = target
    else {
        return None;
    };
    let kind = snapshot.and_then(|snapshot| snapshot.rendition(rendition)).map(|rendition| rendition.kind());
    Some(match kind {
        Some(MediaKind::Audio) => ("audio/mp4", "u=2"),
        _ => ("video/mp4", "u=3"),
    })
}

fn refused(
    refusal: &respond::Refusal,
    target: &Target,
    directives: &Directives,
    target_duration: u64,
) -> Response<Body> {
    let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = text(status, format!("{refusal}\n"));
    let is_playlist = matches!(
        target,
        Target::Playlist { .. } | Target::KeyPictures { .. } | Target::PlaylistOfTransportStreams { .. }
    );
    let blocking = is_playlist && directives.msn.is_some();
    let max_age = if blocking { target_duration * 4 } else { target_duration };
    let cache = format!("public, max-age={max_age}");
    response.headers_mut().extend(HeaderValue::from_str(&cache).ok().map(|cache| (CACHE_CONTROL, cache)));
    response
}

fn elsewhere(path: String, query: Option<&str>) -> Response<Body> {
    let location = query.map_or(path.clone(), |query| format!("{path}?{query}"));
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::TEMPORARY_REDIRECT;
    response.headers_mut().extend(HeaderValue::from_str(&location).ok().map(|location| (LOCATION, location)));
    response
}

fn preflight() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let out = response.headers_mut();
    out.insert("access-control-allow-methods", HeaderValue::from_static("GET, HEAD, OPTIONS"));
    out.insert("access-control-allow-headers", HeaderValue::from_static("*, Authorization, Range"));
    out.insert("access-control-max-age", HeaderValue::from_static("86400"));
    response
}
