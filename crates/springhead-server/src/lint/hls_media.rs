//! The media that one playlist lists, as far as it is fetched.

use std::ops::Range;
use std::time::Duration;

use bytes::Bytes;
use springhead::conform::cmaf::{self, Tail};
use springhead::conform::hls_init::{self, Change};
use springhead::conform::hls_media::{part_ranges, segment_ranges};
use springhead::conform::hls_segment::{self, Fetched, Listed};
use springhead::conform::http::Resource;
use springhead::conform::webvtt;
use springhead::manifest::Seconds;
use springhead::manifest::hls::{Map, MediaPlaylist, Segment};
use springhead::mux::fmp4::read::InitSection;
use url::Url;

use super::fetch::{Answer, Ask};
use super::session::Session;

/// How many of the newest segments are fetched of a playlist when it is first seen.
const NEWEST: u64 = 2;
/// How many segments are remembered for what they measure.
const MOST_SEGMENTS: usize = 10_000;

#[derive(Default)]
pub(super) struct Media {
    next: Option<u64>,
    init: Option<(Map, InitSection)>,
    tail: Option<Tail>,
    segments: Vec<(Seconds, u64)>,
    target_duration: u64,
}

impl Media {
    /// The init section of what was fetched last; none of MPEG-TS.
    pub(super) fn init(&self) -> Option<&InitSection> {
        self.init.as_ref().map(|(_, init)| init)
    }

    /// Duration and bytes of each segment that was fetched.
    pub(super) fn segments(&self) -> &[(Seconds, u64)] {
        &self.segments
    }

    pub(super) fn target_duration(&self) -> u64 {
        self.target_duration
    }

    /// Fetches and checks the segments that are new.
    pub(super) async fn check(&mut self, session: &Session, base: &Url, playlist: &MediaPlaylist) {
        self.target_duration = playlist.target_duration;
        let end = playlist.next_media_sequence();
        let first = end.saturating_sub(playlist.segments.len() as u64);
        let from = self.next.unwrap_or(end.saturating_sub(NEWEST));
        let ranges = segment_ranges(playlist);
        for ((segment, range), msn) in playlist.segments.iter().zip(ranges).zip(first..) {
            // What a variable stands for, and where a range begins that does not say, is not known here.
            let known = !segment.uri.contains("{$") && (segment.byterange.is_none() || range.is_some());
            if msn < from || segment.gap || !known {
                continue;
            }
            self.next = Some(msn + 1);
            self.segment(session, base, playlist, segment, range).await;
        }
    }

    async fn segment(
        &mut self,
        session: &Session,
        base: &Url,
        playlist: &MediaPlaylist,
        segment: &Segment,
        range: Option<Range<u64>>,
    ) {
        let target = Duration::from_secs(playlist.target_duration.max(1));
        let Some(answer) = fetch(session, base, &segment.uri, range, Resource::Segment, target).await else {
            self.tail = None;
            return;
        };
        if self.segments.len() < MOST_SEGMENTS {
            self.segments.push((segment.duration, answer.body.len() as u64));
        }
        if let Some(text) = std::str::from_utf8(&answer.body).ok().filter(|_| segment.uri.contains(".vtt")) {
            session.report.add(&answer.url, &webvtt::check(text));
        }
        let Some(map) = &segment.map else { return };
        if segment.discontinuity || self.init.as_ref().is_none_or(|(known, _)| known != map) {
            self.tail = None;
            self.change(session, base, map, segment.discontinuity, target).await;
        }
        let Some((_, init)) = &self.init else { return };
        // An I-frame is a piece of a segment: it follows no other, and its moof may describe samples that are not in it.
        if !playlist.i_frames_only {
            let verdict = cmaf::check_segment(init, &answer.body, self.tail.as_ref());
            session.report.add(&answer.url, &verdict.findings);
            self.tail = verdict.model;
        }
        let says = |answer: &Answer, listed| {
            let fetched = Fetched { playlist, listed, init, bytes: &answer.body };
            session.report.add(&answer.url, &hls_segment::check(&fetched));
        };
        says(&answer, Listed::Segment(segment));
        let mut parts: Vec<Bytes> = Vec::new();
        for (part, range) in segment.parts.iter().zip(part_ranges(&segment.parts)) {
            if part.gap || part.byterange.is_some() && range.is_none() {
                continue;
            }
            let Some(one) = fetch(session, base, &part.uri, range, Resource::Part, target).await else { continue };
            says(&one, Listed::Part(part));
            parts.push(one.body);
        }
        // Older parts may have left before their segment does.
        let whole: Seconds = segment.parts.iter().map(|part| part.duration).sum();
        let all = whole + Seconds::from_millis(1).times(parts.len() as u64) >= segment.duration;
        if all && !parts.is_empty() && parts.len() == segment.parts.len() {
            let parts: Vec<&[u8]> = parts.iter().map(|part| &part[..]).collect();
            session.report.add(&answer.url, &cmaf::check_parts(init, &parts, &answer.body));
        }
    }

    /// Takes the init section of a map in place of the one before.
    async fn change(&mut self, session: &Session, base: &Url, map: &Map, discontinuity: bool, target: Duration) {
        let before = self.init.take();
        self.init = self.load(session, base, map, target).await;
        if let (Some((known, before)), Some((_, after))) = (before, &self.init) {
            let change = Change { before: &before, after, same_map: known == *map, discontinuity };
            session.report.add(base, &hls_init::check(&change));
        }
    }

    /// Fetches the init section again, which has to be what it was.
    pub(super) async fn check_again(&mut self, session: &Session, base: &Url) {
        let target = Duration::from_secs(self.target_duration.max(1));
        if let Some((map, _)) = self.init.clone() {
            self.change(session, base, &map, false, target).await;
        }
    }

    async fn load(&self, session: &Session, base: &Url, map: &Map, target: Duration) -> Option<(Map, InitSection)> {
        let range = map.byterange.and_then(|range| Some(range.offset?..range.offset?.saturating_add(range.length)));
        let url = base.join(&map.uri).ok()?;
        let init = session.init(&url, Ask { range, ..Ask::default() }, target).await?;
        Some((map.clone(), init))
    }
}

async fn fetch(
    session: &Session,
    base: &Url,
    uri: &str,
    range: Option<Range<u64>>,
    resource: Resource,
    target: Duration,
) -> Option<Answer> {
    let url = base.join(uri).ok()?;
    let mut answer = session.get(&url, Ask { range: range.clone(), ..Ask::default() }, resource, target).await?;
    if let Some(range) = range.filter(|_| answer.status == 200) {
        let end = usize::try_from(range.end).map_or(answer.body.len(), |end| end.min(answer.body.len()));
        let start = usize::try_from(range.start).map_or(end, |start| start.min(end));
        answer.body = answer.body.slice(start..end);
    }
    Some(answer)
}
