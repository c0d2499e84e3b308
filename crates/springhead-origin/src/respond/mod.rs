//! What a request gets, decided without a socket.
//!
//! [`respond`] looks at a snapshot, a parsed request and the time, and says one of three things: here is the answer, wait
//! for a newer snapshot until such a time, or no. The driver asks again whenever a snapshot comes, and when the time has
//! come. So blocking reload, hints, deltas and every status are tested under virtual time.

mod directives;
mod target;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use springhead_core::{MediaSequence, MonoTime, Rope};
use springhead_packager::{Form, Init, Manifest, Presentation, Rendition};

pub use directives::{BadDirective, Directives, Skip};
pub use target::{Route, Target, route};

/// The longest that a request is held whatever the target duration: players give up on the first byte after ten seconds.
const LONGEST_HOLD: Duration = Duration::from_secs(9);

/// A request for something of a broadcast.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// What is asked for.
    pub target: &'a Target,
    /// Delivery directives and the rest of the query.
    pub directives: &'a Directives,
    /// When it came.
    pub received: MonoTime,
}

/// What a request gets.
#[derive(Debug)]
pub enum Answer {
    /// This, now.
    Ready(Reply),
    /// Nothing yet: ask again with a newer snapshot, and at the latest then.
    Wait {
        /// When the answer will be a refusal if nothing changed.
        until: MonoTime,
    },
    /// A refusal.
    Refused(Refusal),
}

/// A successful answer.
#[derive(Debug)]
pub struct Reply {
    /// What it is.
    pub content: Content,
    /// How long a cache may keep it.
    pub max_age: Duration,
    /// Whether the bytes behind this URI never change.
    pub immutable: bool,
}

/// The content of an answer.
#[derive(Debug)]
pub enum Content {
    /// A manifest, with its compressed form and entity tag.
    Manifest(Arc<Manifest>, ManifestKind),
    /// A manifest made for this request alone.
    Text(String, ManifestKind),
    /// Finished media.
    Media(Rope),
    /// A segment that is being made: what there is at once, the rest as it comes.
    Growing {
        /// The rendition.
        rendition: Arc<str>,
        /// The segment.
        msn: MediaSequence,
    },
}

/// Which language a manifest is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ManifestKind {
    /// `application/vnd.apple.mpegurl`
    Hls,
    /// `application/dash+xml`
    Dash,
}

/// Why a request is refused, by the status that says so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// 400: the request makes no sense, now or ever.
    #[error("{0}")]
    BadRequest(String),
    /// 404: there is no such media, or there no longer is.
    #[error("{0}")]
    NotFound(&'static str),
    /// 503: what was waited for did not come in time.
    #[error("the media that was waited for did not come in time")]
    Late,
}

impl Refusal {
    /// The HTTP status code.
    pub fn status(&self) -> u16 {
        match self {
            Self::BadRequest(_) => 400,
            Self::NotFound(_) => 404,
            Self::Late => 503,
        }
    }
}

/// Decides what `request` gets from `presentation` at `now`. Pure.
pub fn respond(presentation: &Presentation, request: &Request<'_>, now: MonoTime) -> Answer {
    match decide(presentation, request) {
        Ok(Decision::Ready(reply)) => Answer::Ready(reply),
        Ok(Decision::Wait { at_most, instead }) => {
            let until = request.received + at_most.min(LONGEST_HOLD);
            if now >= until { Answer::Refused(instead) } else { Answer::Wait { until } }
        }
        Err(refusal) => Answer::Refused(refusal),
    }
}

/// How long a cache may keep an MPD: it is a new one whenever a segment closes.
const MPD_AGE: Duration = Duration::from_secs(1);

enum Decision {
    Ready(Reply),
    Wait { at_most: Duration, instead: Refusal },
}

fn decide(presentation: &Presentation, request: &Request<'_>) -> Result<Decision, Refusal> {
    let target_duration = Duration::from_secs(presentation.timing.target_duration);
    match request.target {
        Target::Multivariant => {
            let shared = Presentation::multivariant;
            Ok(manifest(presentation, request, Form::Multivariant, shared, target_duration / 2))
        }
        Target::Mpd => Ok(manifest(presentation, request, Form::Mpd, Presentation::mpd, MPD_AGE)),
        Target::MpdUpdate => Ok(manifest(presentation, request, Form::MpdUpdate, Presentation::mpd_update, MPD_AGE)),
        Target::Playlist { rendition } => playlist(presentation, find(presentation, rendition)?, request.directives),
        Target::Init { rendition, id } => {
            let found = |init: &&Arc<Init>| init.id == *id;
            let init = find(presentation, rendition)?.inits.iter().find(found);
            let init = init.ok_or(Refusal::NotFound("there is no such init section"))?;
            Ok(media(presentation, Rope::from(init.body.clone())))
        }
        Target::Segment { rendition, msn } => segment(presentation, find(presentation, rendition)?, *msn),
        Target::Part { rendition, number } => part(presentation, find(presentation, rendition)?, *number),
    }
}

fn find<'a>(presentation: &'a Presentation, name: &str) -> Result<&'a Arc<Rendition>, Refusal> {
    presentation.rendition(name).ok_or(Refusal::NotFound("there is no such rendition"))
}

/// A manifest that is there whenever there is a presentation: the shared one, or one whose URIs carry the query.
fn manifest(
    presentation: &Presentation,
    request: &Request<'_>,
    form: Form<'_>,
    shared: fn(&Presentation) -> Arc<Manifest>,
    max_age: Duration,
) -> Decision {
    let dash = matches!(form, Form::Mpd | Form::MpdUpdate);
    let kind = if dash { ManifestKind::Dash } else { ManifestKind::Hls };
    let query = &request.directives.rest;
    let content = if query.is_empty() {
        Content::Manifest(shared(presentation), kind)
    } else {
        Content::Text(presentation.with_query(form, query), kind)
    };
    Decision::Ready(Reply { content, max_age, immutable: false })
}

fn media(presentation: &Presentation, body: Rope) -> Decision {
    Decision::Ready(Reply { content: Content::Media(body), max_age: media_age(presentation), immutable: true })
}

/// Six target durations, but never longer than what is listed now is surely kept (W-03, W-08).
fn media_age(presentation: &Presentation) -> Duration {
    Duration::from_secs(presentation.timing.target_duration * 6).min(presentation.kept_at_least())
}

/// Blocking playlist reload and playlist delta updates, rfc8216bis §6.2.5.
fn playlist(presentation: &Presentation, rendition: &Rendition, directives: &Directives) -> Result<Decision, Refusal> {
    let target_duration = Duration::from_secs(presentation.timing.target_duration);
    let blocking = directives.msn.is_some() && !presentation.ended;
    if let Some(msn) = directives.msn.filter(|_| !presentation.ended)
        && !has(presentation, rendition, msn, directives.part)?
    {
        return Ok(Decision::Wait { at_most: target_duration * 3, instead: Refusal::Late });
    }
    let skip = directives.skip.is_some() && !presentation.ended;
    let content = if directives.rest.is_empty() {
        let delta = skip.then(|| presentation.delta(rendition)).flatten();
        Content::Manifest(delta.unwrap_or_else(|| presentation.playlist(rendition)), ManifestKind::Hls)
    } else {
        let form = if skip { Form::Delta(rendition) } else { Form::Playlist(rendition) };
        Content::Text(presentation.with_query(form, &directives.rest), ManifestKind::Hls)
    };
    let max_age = if blocking { target_duration * 6 } else { target_duration / 2 };
    Ok(Decision::Ready(Reply { content, max_age, immutable: false }))
}

/// Whether the playlist holds segment `msn`, or its part, or anything later (D-02, D-03, D-04); an error when that is
/// farther ahead than a player may ask for (D-06). The segment that is open counts as the last.
fn has(presentation: &Presentation, rendition: &Rendition, msn: u64, part: Option<u64>) -> Result<bool, Refusal> {
    let live = rendition.live_msn().0;
    let parts = rendition.live_parts() as u64;
    let part_target = presentation.timing.part_target.micros().max(1);
    let ahead = if part_target < 1_000_000 { 3_000_000u64.div_ceil(part_target) } else { 3 };
    if msn > live.saturating_add(2) {
        return Err(Refusal::BadRequest(format!("segment {msn} is too far ahead, segment {live} is being made")));
    }
    let Some(part) = part else { return Ok(msn < live) };
    // The index of the last part is one less than their number.
    if msn >= live && part >= (if msn == live { parts } else { 0 }).saturating_add(ahead) {
        return Err(Refusal::BadRequest(format!("part {part} of segment {msn} is too far ahead")));
    }
    if msn > live {
        return Ok(false);
    }
    if msn == live {
        return Ok(part < parts);
    }
    // A part beyond the last of a finished segment is the first of the next one.
    let finished = rendition.segment(MediaSequence(msn)).map_or(u64::MAX, |segment| segment.parts.len() as u64);
    Ok(part < finished || msn + 1 < live || parts > 0)
}

/// A whole segment, or one that is being made, sent as it comes. The one after it is announced too (a live SegmentTimeline
/// runs one segment ahead), so it is waited for; when the broadcast ends instead, it turns out to be empty (D12).
fn segment(presentation: &Presentation, rendition: &Rendition, msn: MediaSequence) -> Result<Decision, Refusal> {
    if let Some(segment) = rendition.segment(msn) {
        if segment.is_gap() {
            return Err(Refusal::NotFound("the media of this segment is missing"));
        }
        return Ok(media(presentation, segment.body()));
    }
    if let Some(open) = rendition.open.as_ref().filter(|open| open.msn == msn && open.has_begun()) {
        let content = Content::Growing { rendition: rendition.name.clone(), msn: open.msn };
        return Ok(Decision::Ready(Reply { content, max_age: media_age(presentation), immutable: true }));
    }
    let live = rendition.live_msn();
    let announced = msn == live || msn == live.next();
    if !announced {
        return Err(Refusal::NotFound("there is no such segment"));
    }
    if presentation.ended {
        let content = Content::Media(Rope::new());
        return Ok(Decision::Ready(Reply { content, max_age: Duration::ZERO, immutable: false }));
    }
    let at_most = Duration::from_secs(presentation.timing.target_duration * 2);
    Ok(Decision::Wait { at_most, instead: Refusal::NotFound("the segment did not begin in time") })
}

/// A part, whole; the one that is hinted is waited for (L-17), others are not there (L-18).
fn part(presentation: &Presentation, rendition: &Rendition, number: u64) -> Result<Decision, Refusal> {
    if let Some(part) = rendition.part(number) {
        return Ok(media(presentation, part.body.clone()));
    }
    if presentation.ended || number != rendition.next_part {
        return Err(Refusal::NotFound("there is no such part"));
    }
    let at_most = Duration::from_secs(presentation.timing.target_duration * 3);
    Ok(Decision::Wait { at_most, instead: Refusal::NotFound("the part did not come in time") })
}

/// The bytes of a growing segment from `offset` on, and whether it is complete; none when it can no longer be had.
pub fn growth(presentation: &Presentation, rendition: &str, msn: MediaSequence, offset: usize) -> Option<(Rope, bool)> {
    let rendition = presentation.rendition(rendition)?;
    let (body, complete) = match rendition.segment(msn) {
        Some(segment) => (segment.body(), true),
        None => (rendition.open.as_ref().filter(|open| open.msn == msn)?.body(), false),
    };
    (offset <= body.len()).then(|| (body.slice(offset..body.len()), complete))
}

/// gzip of a manifest: made once per version and kept with it.
pub(crate) fn gzip(text: &[u8]) -> Bytes {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::with_capacity(text.len() / 4), flate2::Compression::fast());
    let written = encoder.write_all(text).and_then(|()| encoder.finish());
    Bytes::from(written.expect("writing to memory does not fail"))
}
