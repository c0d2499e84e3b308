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
use springhead_core::{DiscontinuitySequence, MediaSequence, MonoTime, Now, Rope};
use springhead_packager::{Follows, Form, HlsFormat, Manifest, MpdPatch, Presentation, Rendition, Segment, dash};

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
    /// Something else will do, beside what was asked for: 307.
    Elsewhere(&'static str),
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
    /// `application/dash-patch+xml`
    DashPatch,
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
    /// 425: there is nothing new yet.
    #[error("there is no newer version yet")]
    TooEarly,
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
            Self::TooEarly => 425,
            Self::Late => 503,
        }
    }
}

/// Decides what `request` gets from `presentation` at `now`. Pure.
pub fn respond(presentation: &Presentation, request: &Request<'_>, now: Now) -> Answer {
    match decide(presentation, request, now) {
        Ok(Decision::Ready(reply)) => Answer::Ready(reply),
        Ok(Decision::Elsewhere(name)) => Answer::Elsewhere(name),
        Ok(Decision::Wait { at_most, instead }) => {
            let until = request.received + at_most.min(LONGEST_HOLD);
            if now.mono >= until { Answer::Refused(instead) } else { Answer::Wait { until } }
        }
        Err(refusal) => Answer::Refused(refusal),
    }
}

/// How long a cache may keep an MPD: it is a new one whenever a segment closes.
const MPD_AGE: Duration = Duration::from_secs(1);

enum Decision {
    Ready(Reply),
    Wait { at_most: Duration, instead: Refusal },
    Elsewhere(&'static str),
}

fn decide(presentation: &Presentation, request: &Request<'_>, now: Now) -> Result<Decision, Refusal> {
    let target_duration = Duration::from_secs(presentation.timing.target_duration);
    let directives = request.directives;
    if !directives.shift.is_none() && request.target.can_be_shifted() {
        return shifted(presentation, request, now);
    }
    match request.target {
        Target::Multivariant => {
            let form = multivariant(presentation, directives);
            let shared = |presentation: &Presentation| match form {
                Form::MultivariantOfTransportStreams => presentation.multivariant_of_transport_streams(),
                _ => Some(presentation.multivariant()),
            };
            manifest(presentation, directives, form, shared, target_duration / 2)
        }
        Target::Mpd => manifest(presentation, directives, Form::Mpd, |of| Some(of.mpd()), MPD_AGE),
        Target::MpdUpdate => manifest(presentation, directives, Form::MpdUpdate, |of| Some(of.mpd_update()), MPD_AGE),
        Target::MpdPatch => patch(presentation, directives),
        Target::Playlist { rendition } => playlist(presentation, find(presentation, rendition)?, directives),
        Target::PlaylistOfTransportStreams { rendition } => {
            transport_streams(presentation, find(presentation, rendition)?, directives)
        }
        Target::TransportStream { rendition, period, msn } => {
            transport_stream(presentation, find(presentation, rendition)?, *period, *msn, now.mono)
        }
        Target::KeyPictures { rendition } => key_pictures(presentation, find(presentation, rendition)?, directives),
        Target::Init { rendition, id } => {
            let rendition = find(presentation, rendition)?;
            let init = rendition.inits.iter().find(|init| init.id == *id);
            let init = init.ok_or(Refusal::NotFound("there is no such init section"))?;
            Ok(media(presentation, rendition.live_msn(), Rope::from(init.body.clone()), now.mono))
        }
        Target::Segment { rendition, period, msn } => {
            segment(presentation, find(presentation, rendition)?, *period, *msn, now.mono)
        }
        Target::SegmentAt { rendition, period, time } => {
            let rendition = find(presentation, rendition)?;
            let msn = rendition.segment_at(*period, *time);
            let msn = msn.ok_or(Refusal::NotFound("there is no segment of that time"))?;
            segment(presentation, rendition, Some(*period), msn, now.mono)
        }
        Target::Part { rendition, init, number } => {
            part(presentation, find(presentation, rendition)?, *init, *number, now.mono)
        }
    }
}

/// A manifest of a part of the broadcast. A stretch that goes on to the live edge is waited for as the whole is.
fn shifted(presentation: &Presentation, request: &Request<'_>, now: Now) -> Result<Decision, Refusal> {
    let directives = request.directives;
    let waiting = match request.target {
        _ if !directives.shift.is_live() => None,
        Target::Playlist { rendition } => waits_for_part(presentation, find(presentation, rendition)?, directives)?,
        Target::PlaylistOfTransportStreams { rendition } => {
            waits_for_transport_stream(presentation, find(presentation, rendition)?, directives)?
        }
        _ => None,
    };
    if let Some(waiting) = waiting {
        return Ok(waiting);
    }
    let Some(view) = presentation.shifted(&directives.shift, now.wall) else {
        return Err(Refusal::NotFound("nothing is there of that time: it is not over yet, or no longer kept"));
    };
    let (form, kind) = match request.target {
        Target::Multivariant => (multivariant(&view, directives), ManifestKind::Hls),
        Target::Playlist { rendition } => (Form::Playlist(find(&view, rendition)?), ManifestKind::Hls),
        Target::KeyPictures { rendition } => (Form::KeyPictures(find(&view, rendition)?), ManifestKind::Hls),
        Target::PlaylistOfTransportStreams { rendition } => {
            (Form::PlaylistOfTransportStreams(find(&view, rendition)?), ManifestKind::Hls)
        }
        Target::Mpd => (Form::Mpd, ManifestKind::Dash),
        _ => (Form::MpdUpdate, ManifestKind::Dash),
    };
    let text = view.with_queries(form, &directives.rest, &directives.of_manifests).ok_or(NOT_CARRIED)?;
    let max_age = Duration::from_secs(if view.ended { presentation.timing.target_duration * 6 } else { 1 });
    Ok(Decision::Ready(Reply { content: Content::Text(text, kind), max_age, immutable: false }))
}

/// Which multivariant playlist is asked for.
fn multivariant(presentation: &Presentation, directives: &Directives) -> Form<'static> {
    match directives.format.unwrap_or(presentation.hls_format) {
        HlsFormat::TransportStream => Form::MultivariantOfTransportStreams,
        _ => Form::Multivariant,
    }
}

/// What makes the newest MPD of the one that a player has; waited for while that is the newest.
fn patch(presentation: &Presentation, directives: &Directives) -> Result<Decision, Refusal> {
    let from = directives.from.ok_or_else(|| Refusal::BadRequest("from= names a publish time".to_owned()))?;
    match presentation.mpd_patch(from) {
        MpdPatch::Patch(patch) => {
            let content = Content::Manifest(patch, ManifestKind::DashPatch);
            Ok(Decision::Ready(Reply { content, max_age: MPD_AGE, immutable: false }))
        }
        MpdPatch::NotYet => {
            let at_most = Duration::from_secs(presentation.timing.target_duration);
            Ok(Decision::Wait { at_most, instead: Refusal::TooEarly })
        }
        // An error would be the end of dash.js, which does not reload after one.
        MpdPatch::Gone => Ok(Decision::Elsewhere(dash::UPDATES)),
    }
}

/// The playlist of key pictures. It has no parts, so a segment alone can be waited for (D-15).
fn key_pictures(
    presentation: &Presentation,
    rendition: &Rendition,
    directives: &Directives,
) -> Result<Decision, Refusal> {
    if let Some(wait) = waits(presentation, directives, |msn| has(presentation, rendition, msn, None))? {
        return Ok(wait);
    }
    let shared = presentation.key_pictures(rendition).ok_or(Refusal::NotFound("sound has no key pictures"))?;
    let content = match directives.rest.is_empty() {
        true => Content::Manifest(shared, ManifestKind::Hls),
        false => {
            let text = presentation.with_query(Form::KeyPictures(rendition), &directives.rest);
            Content::Text(text.ok_or(NOT_CARRIED)?, ManifestKind::Hls)
        }
    };
    let max_age = playlist_age(presentation, directives);
    Ok(Decision::Ready(Reply { content, max_age, immutable: false }))
}

fn find<'a>(presentation: &'a Presentation, name: &str) -> Result<&'a Arc<Rendition>, Refusal> {
    presentation.rendition(name).ok_or(Refusal::NotFound("there is no such rendition"))
}

/// A manifest that is there whenever there is a presentation: the shared one, or one whose URIs carry the query.
fn manifest(
    presentation: &Presentation,
    directives: &Directives,
    form: Form<'_>,
    shared: impl FnOnce(&Presentation) -> Option<Arc<Manifest>>,
    max_age: Duration,
) -> Result<Decision, Refusal> {
    let dash = matches!(form, Form::Mpd | Form::MpdUpdate);
    let kind = if dash { ManifestKind::Dash } else { ManifestKind::Hls };
    let query = &directives.rest;
    let content = match query.is_empty() {
        true => Content::Manifest(shared(presentation).ok_or(NOT_CARRIED)?, kind),
        false => Content::Text(presentation.with_query(form, query).ok_or(NOT_CARRIED)?, kind),
    };
    Ok(Decision::Ready(Reply { content, max_age, immutable: false }))
}

/// Why there is no transport stream of something.
const NOT_CARRIED: Refusal = Refusal::NotFound("transport streams do not carry the codecs of this");

/// The playlist of transport streams. It has no parts, so a segment alone can be waited for.
fn transport_streams(
    presentation: &Presentation,
    rendition: &Rendition,
    directives: &Directives,
) -> Result<Decision, Refusal> {
    if let Some(wait) = waits_for_transport_stream(presentation, rendition, directives)? {
        return Ok(wait);
    }
    let shared = |presentation: &Presentation| presentation.playlist_of_transport_streams(rendition);
    let max_age = playlist_age(presentation, directives);
    manifest(presentation, directives, Form::PlaylistOfTransportStreams(rendition), shared, max_age)
}

/// The wait for the segment that a playlist of transport streams is asked to hold; none when it does.
fn waits_for_transport_stream(
    presentation: &Presentation,
    rendition: &Rendition,
    directives: &Directives,
) -> Result<Option<Decision>, Refusal> {
    waits(presentation, directives, |msn| {
        // Too far ahead for the segments it is made of is too far ahead for it.
        has(presentation, rendition, msn, None)?;
        Ok(msn < presentation.next_transport_stream(rendition).0)
    })
}

/// One transport stream. None is announced before it is complete, so none is waited for.
fn transport_stream(
    presentation: &Presentation,
    rendition: &Rendition,
    period: Option<DiscontinuitySequence>,
    msn: MediaSequence,
    now: MonoTime,
) -> Result<Decision, Refusal> {
    let of_period = |segment: &&Arc<Segment>| period.is_none_or(|period| segment.period.id == period);
    let there = rendition.segment(msn).filter(of_period).and_then(|_| presentation.transport_stream(rendition, msn));
    let body = there.ok_or(Refusal::NotFound("there is no such transport stream"))?;
    Ok(media(presentation, msn, body, now))
}

/// Media of a segment: for as long as it is surely kept, but no longer than six target durations (W-03, W-08).
fn media(presentation: &Presentation, msn: MediaSequence, body: Rope, now: MonoTime) -> Decision {
    let max_age = media_age(presentation, msn, now);
    Decision::Ready(Reply { content: Content::Media(body), max_age, immutable: true })
}

fn media_age(presentation: &Presentation, msn: MediaSequence, now: MonoTime) -> Duration {
    Duration::from_secs(presentation.timing.target_duration * 6).min(presentation.kept_at_least(msn, now))
}

/// The wait for what a playlist is asked to hold; none when it does, as `has` says of a Media Sequence Number (rfc8216bis
/// §6.2.5.2).
fn waits(
    presentation: &Presentation,
    directives: &Directives,
    has: impl FnOnce(u64) -> Result<bool, Refusal>,
) -> Result<Option<Decision>, Refusal> {
    let Some(msn) = directives.msn.filter(|_| !presentation.ended) else { return Ok(None) };
    let at_most = Duration::from_secs(presentation.timing.target_duration * 3);
    Ok((!has(msn)?).then_some(Decision::Wait { at_most, instead: Refusal::Late }))
}

/// The same of a playlist of CMAF, which may be asked for a part.
fn waits_for_part(
    presentation: &Presentation,
    rendition: &Rendition,
    directives: &Directives,
) -> Result<Option<Decision>, Refusal> {
    waits(presentation, directives, |msn| has(presentation, rendition, msn, directives.part))
}

/// How long a cache may keep a media playlist: longer if it was asked for by number, as nobody asks for that number again who
/// has it.
fn playlist_age(presentation: &Presentation, directives: &Directives) -> Duration {
    let target_duration = Duration::from_secs(presentation.timing.target_duration);
    let blocking = directives.msn.is_some() && !presentation.ended;
    if blocking { target_duration * 6 } else { target_duration / 2 }
}

/// Blocking playlist reload and playlist delta updates, rfc8216bis §6.2.5.
fn playlist(presentation: &Presentation, rendition: &Rendition, directives: &Directives) -> Result<Decision, Refusal> {
    let target_duration = Duration::from_secs(presentation.timing.target_duration);
    if let Some(wait) = waits_for_part(presentation, rendition, directives)? {
        return Ok(wait);
    }
    if rendition.last_part().is_none() && !presentation.ended {
        let instead = Refusal::NotFound("nothing has come of this rendition yet");
        return Ok(Decision::Wait { at_most: target_duration * 3, instead });
    }
    let skip = directives.skip.filter(|_| !presentation.ended);
    let content = if directives.rest.is_empty() {
        let delta = skip.and_then(|skip| match skip {
            Skip::Yes => presentation.delta(rendition),
            Skip::V2 => presentation.delta_of_date_ranges(rendition),
        });
        Content::Manifest(delta.unwrap_or_else(|| presentation.playlist(rendition)), ManifestKind::Hls)
    } else {
        let form = match skip {
            None => Form::Playlist(rendition),
            Some(Skip::Yes) => Form::Delta(rendition),
            Some(Skip::V2) => Form::DeltaOfDateRanges(rendition),
        };
        Content::Text(presentation.with_query(form, &directives.rest).ok_or(NOT_CARRIED)?, ManifestKind::Hls)
    };
    let max_age = playlist_age(presentation, directives);
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
fn segment(
    presentation: &Presentation,
    rendition: &Rendition,
    period: Option<DiscontinuitySequence>,
    msn: MediaSequence,
    now: MonoTime,
) -> Result<Decision, Refusal> {
    let empty = || {
        let content = Content::Media(Rope::new());
        Decision::Ready(Reply { content, max_age: Duration::ZERO, immutable: false })
    };
    let complete = rendition.segment(msn).map(|segment| (&segment.period, &segment.init));
    let open = rendition.open.as_ref().filter(|open| open.msn == msn).map(|open| (&open.period, &open.init));
    if let (Some(asked), Some((present, init))) = (period, complete.or(open))
        && asked != present.id
    {
        // It was announced as a part of a period that ended before it began. Where the timeline went on with the same init
        // section it is what was announced; where not, it turns out to be empty (D12).
        let before = rendition.segments.iter().rev().find(|segment| segment.period.id == asked);
        let goes_on = present.follows == Follows::Exactly && asked.next() == present.id;
        if !(goes_on && before.is_some_and(|before| before.init.id == init.id)) {
            let overtaken = asked < present.id && rendition.segments.last().is_some_and(|last| last.period.id >= asked);
            return if overtaken { Ok(empty()) } else { Err(Refusal::NotFound("there is no such segment")) };
        }
    }
    if let Some(segment) = rendition.segment(msn) {
        if segment.is_gap() {
            return Err(Refusal::NotFound("the media of this segment is missing"));
        }
        return Ok(media(presentation, msn, segment.body(), now));
    }
    if let Some(open) = rendition.open.as_ref().filter(|open| open.msn == msn && open.has_begun()) {
        let content = Content::Growing { rendition: rendition.name.clone(), msn: open.msn };
        let max_age = media_age(presentation, msn, now);
        return Ok(Decision::Ready(Reply { content, max_age, immutable: true }));
    }
    let live = rendition.live_msn();
    let announced = msn == live || msn == live.next();
    if !announced {
        return Err(Refusal::NotFound("there is no such segment"));
    }
    if presentation.ended {
        return Ok(empty());
    }
    let at_most = Duration::from_secs(presentation.timing.target_duration * 2);
    Ok(Decision::Wait { at_most, instead: Refusal::NotFound("the segment did not begin in time") })
}

/// A part, whole; the one that is hinted is waited for (L-17), others are not there (L-18).
fn part(
    presentation: &Presentation,
    rendition: &Rendition,
    init: u32,
    number: u64,
    now: MonoTime,
) -> Result<Decision, Refusal> {
    if let Some((msn, part)) = rendition.part(init, number) {
        return Ok(media(presentation, msn, part.body.clone(), now));
    }
    if presentation.ended || rendition.next_part().is_none_or(|(next, n)| (next.id, n) != (init, number)) {
        return Err(Refusal::NotFound("there is no such part"));
    }
    let at_most = Duration::from_secs(presentation.timing.target_duration * 3);
    Ok(Decision::Wait { at_most, instead: Refusal::NotFound("the part did not come in time") })
}

/// In what steps a growing segment is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Chunk by chunk, for who plays them as they come.
    Chunk,
    /// Part by part, for who asked for a range: no byte of a part before the whole part can go (rfc8216bis §6.2.6).
    Part,
}

/// The bytes of a growing segment from `offset` on, and whether it is complete; none when it can no longer be had.
pub fn growth(
    presentation: &Presentation,
    rendition: &str,
    msn: MediaSequence,
    offset: usize,
    step: Step,
) -> Option<(Rope, bool)> {
    let rendition = presentation.rendition(rendition)?;
    let (body, complete) = match rendition.segment(msn) {
        Some(segment) => (segment.body(), true),
        None => {
            let open = rendition.open.as_ref().filter(|open| open.msn == msn)?;
            let body = match step {
                Step::Chunk => open.body(),
                Step::Part => open.parts_body(),
            };
            (body, false)
        }
    };
    // What was asked for may begin where nothing is yet.
    if !complete && offset > body.len() {
        return Some((Rope::new(), false));
    }
    (offset <= body.len()).then(|| (body.slice(offset..body.len()), complete))
}

/// gzip of a manifest: made once per version and kept with it.
pub(crate) fn gzip<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Bytes {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let written = pieces.into_iter().try_for_each(|piece| encoder.write_all(piece)).and_then(|()| encoder.finish());
    Bytes::from(written.expect("writing to memory does not fail"))
}
