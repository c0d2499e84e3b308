//! One request over HTTP and its answer, as the network saw them.

mod caching;
mod content;
mod delivery;
#[cfg(test)]
pub(crate) mod tests;

use std::time::Duration;

use springhead_core::MonoTime;

use crate::Finding;
use crate::finding::rules;

/// What was asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Resource {
    /// An HLS playlist. `blocked` when Delivery Directives asked for one that is not there yet.
    Playlist {
        /// Whether the request was one to be held.
        blocked: bool,
        /// Whether the playlist goes on.
        live: bool,
    },
    /// An MPD.
    Mpd,
    /// An init section.
    Init,
    /// A segment that is complete.
    Segment,
    /// A segment that has just left its playlist.
    LeftSegment,
    /// A complete part.
    Part,
    /// A part that a hint named, asked for before it was complete.
    HintedPart {
        /// Whether the playlist listed it afterwards.
        came_true: bool,
    },
    /// A DASH segment that is produced while it is delivered.
    SegmentInProgress,
    /// What no manifest lists.
    Nowhere,
}

/// Request and answer.
#[derive(Clone, Debug)]
pub struct Exchange<'a> {
    /// What was asked for.
    pub resource: Resource,
    /// How long a segment is, as the manifest promises: the target duration of HLS, maxSegmentDuration of DASH.
    pub target_duration: Duration,
    /// `GET`, or `HEAD`.
    pub head: bool,
    /// The byte range of the request: first and last byte, which may be beyond the end.
    pub range: Option<(u64, u64)>,
    /// Whether the request had `Accept-Encoding: gzip`.
    pub accepts_gzip: bool,
    /// Whether the request had `If-None-Match` with the ETag of an answer right before.
    pub revalidates: bool,
    /// The status of the answer.
    pub status: u16,
    /// Its header fields. Names compare without regard to case.
    pub headers: &'a [(String, String)],
    /// Bytes of its body, as they came.
    pub length: u64,
    /// When the request was sent.
    pub sent: MonoTime,
    /// When the first byte of the body was there; the head, where there is no body.
    pub first_byte: MonoTime,
    /// When the last byte was there.
    pub done: MonoTime,
}

impl<'a> Exchange<'a> {
    /// The value of a header field.
    fn header(&self, name: &str) -> Option<&'a str> {
        let field = self.headers.iter().find(|(field, _)| field.eq_ignore_ascii_case(name))?;
        Some(field.1.as_str())
    }

    /// Whether one of the comma-separated values of a header field is `value`, without its parameters.
    fn header_has(&self, name: &str, value: &str) -> bool {
        let fields = self.headers.iter().filter(|(field, _)| field.eq_ignore_ascii_case(name));
        let mut values = fields.flat_map(|(_, values)| values.split(','));
        values.any(|one| one.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(value))
    }

    fn is_manifest(&self) -> bool {
        matches!(self.resource, Resource::Playlist { .. } | Resource::Mpd)
    }

    fn is_media(&self) -> bool {
        !self.is_manifest() && self.resource != Resource::Nowhere
    }

    fn is_success(&self) -> bool {
        matches!(self.status, 200 | 206)
    }
}

rules! {
    for Exchange<'_>:
    content::compression => "W-01", "rfc8216bis §6.2.1", Warning,
        "playlists and MPDs are compressed for who accepts it, media is not", "reloads take several times the bytes, or players cannot append media";
    content::media_type => "W-02", "rfc8216bis §4, ISO/IEC 23009-1 Annex C", Warning,
        "Content-Type is that of what is sent", "AVPlayer refuses a playlist of another type unless its path ends in .m3u8; Safari refuses media";
    content::cross_origin => "W-02", "Fetch standard, CORS protocol", Warning,
        "pages of other origins may read what is sent", "players in browsers can show it on pages of the same origin only";
    caching::lifetime => "W-03", "rfc8216bis §B.1", Warning,
        "caches keep a live manifest no longer than it is the newest", "viewers behind a cache get what is old: AVPlayer fails with -12888";
    caching::age => "W-04", "rfc8216bis §C", Warning,
        "an answer is not older than a target duration", "players take the live edge for elsewhere";
    content::ranges => "W-06", "RFC 9110 §14.2", Warning,
        "a request for a range of bytes is answered with that range", "players that load parts of a resource get all of it, or the wrong bytes";
    content::head => "W-07", "RFC 9110 §9.3.2", Warning,
        "HEAD has no body, and revalidation with an unchanged ETag none either", "caches load again what they have";
    caching::storable => "W-08", "rfc8216bis §6.2.1", Warning,
        "media that is complete may be cached", "every viewer loads it from the origin";
    delivery::listed => "W-09", "rfc8216bis §6.2.2, ISO/IEC 23009-1 §5.3.9.5", Error,
        "what a manifest lists can be had", "AVPlayer fails with -12938 for 404, -12660 for 403, -16849 for 503; others skip or stop";
    delivery::left => "H-15", "rfc8216bis §6.2.2", Error,
        "a segment that left the playlist can still be had, for its duration and that of the playlist", "players that are behind fail with 404: AVPlayer with -12938";
    delivery::nowhere => "W-09", "RFC 9110 §15.5.5", Warning,
        "what was never published is answered 404", "players take an error page for media, or try again without end";
    delivery::in_time => "W-09", "rfc8216bis §6.2.2", Warning,
        "complete media comes faster than it plays", "AVPlayer fails with -12889, or goes to a lower variant; others stall";
    delivery::hint => "L-17", "rfc8216bis §6.2.6", Error,
        "a hinted part is held until it is complete, and then sent at line rate", "players measure a bit rate that is too low, and switch down";
    delivery::false_hint => "L-18", "rfc8216bis §6.2.6", Warning,
        "a hint that does not come true is answered 404", "players append media that is in no playlist";
    delivery::in_progress => "X-03", "DASH-IF low latency §9.X.4.3", Warning,
        "a segment is sent while it is produced, neither compressed nor with its length", "the latency is that of whole segments";
    caching::date => "E-06", "ISO/IEC 23009-1 §5.8.4.11", Warning,
        "an MPD comes with Date and ETag, and pages may read the Date", "dash.js asks a third party what time it is; each reload is loaded in full";
}

/// Checks an answer.
pub fn check(exchange: &Exchange<'_>) -> Vec<Finding> {
    run(exchange)
}
