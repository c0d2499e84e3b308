//! One media playlist, by itself.

mod date_ranges;
mod latency;
mod ranges;
mod segments;
#[cfg(test)]
pub(crate) mod tests;
mod text;

pub use ranges::{part_ranges, segment_ranges};
use springhead_manifest::hls::{HlsError, MediaPlaylist, OpenSegment, Part, Segment};

use crate::finding::rules;
use crate::{Finding, Rule, Severity, Verdict};

/// A media playlist with the text that it was read from.
struct Media<'a> {
    playlist: &'a MediaPlaylist,
    text: &'a str,
}

rules! {
    for Media<'_>:
    text::version_at_most => "H-02", "rfc8216bis §8", Warning,
        "EXT-X-VERSION is no larger than the tags need", "older clients refuse a playlist that they could play";
    text::version_at_least => "H-03", "rfc8216bis §8", Error,
        "EXT-X-VERSION covers the tags that are used", "clients may misread the tags that are newer";
    text::version_of_all_forms => "H-04", "rfc8216bis §8", Warning,
        "the full playlist and its delta updates state the same EXT-X-VERSION", "a line changes between two reloads";
    segments::target_duration => "H-05", "rfc8216bis §4.4.3.1", Error,
        "no EXTINF, rounded, is above the target duration", "AVPlayer stops; others buffer too little";
    segments::no_zero_duration => "H-08", "rfc8216bis §4.4.4.1", Error,
        "no segment has a duration of zero", "AVPlayer fails with -16240";
    segments::discontinuity_sequence => "H-12", "rfc8216bis §6.2.2", Error,
        "EXT-X-DISCONTINUITY-SEQUENCE is there before an EXT-X-DISCONTINUITY can leave",
        "players lose the mapping between renditions and stall";
    segments::first_discontinuity => "H-13", "rfc8216bis §6.2.2", Warning,
        "nothing is before the first segment of all, so no discontinuity is either",
        "players that count discontinuities number this rendition's otherwise than the others'";
    segments::playlist_type => "H-17", "rfc8216bis §4.4.3.5", Error,
        "EXT-X-PLAYLIST-TYPE says what the playlist is", "players cache it, or seek to what is gone";
    segments::end_list => "H-18", "rfc8216bis §4.4.5.3", Error,
        "nothing is announced after EXT-X-ENDLIST", "players wait for what never comes";
    text::date_precision => "H-20", "rfc8216bis §4.4.4.6", Warning,
        "EXT-X-PROGRAM-DATE-TIME has milliseconds and a zone", "renditions are aligned wrongly by up to a second";
    segments::date_after_discontinuity => "H-20", "rfc8216bis §6.2.1", Warning,
        "a segment after a discontinuity has a date, when any has", "the date of what follows is not known";
    segments::date_continuity => "H-21", "rfc8216bis §4.4.4.6", Warning,
        "dates advance by EXTINF within one continuity", "seeking by date and alignment of renditions drift";
    segments::gaps => "H-22", "rfc8216bis §4.4.4.7", Error,
        "a segment is a gap exactly when all its parts are", "players ask for media that is not there";
    segments::start => "H-25", "rfc8216bis §4.4.2.2", Warning,
        "EXT-X-START lies in the playlist, and not within three target durations of a live playlist's end",
        "players begin where nothing is buffered yet, and stall";
    ranges::offsets => "H-26", "rfc8216bis §4.4.4.2", Error,
        "a byte range without an offset follows one of the same resource", "players cannot tell which bytes to ask for";
    segments::i_frames => "H-27", "rfc8216bis §4.4.3.6", Warning,
        "a playlist of I-frames has no parts", "players load parts that they do not show";
    text::variables => "H-29", "rfc8216bis §4.3", Error,
        "every variable that is referred to is defined, once", "players refuse the playlist, or ask for a URI with braces in it";
    latency::part_inf => "L-01", "rfc8216bis §4.4.3.7", Error,
        "EXT-X-PART-INF is there when a part is", "AVPlayer refuses the playlist";
    latency::part_at_most_target => "L-02", "rfc8216bis §4.4.4.9", Error,
        "no part is longer than PART-TARGET, as printed", "AVPlayer refuses the playlist with -12642";
    latency::part_at_least => "L-03", "rfc8216bis §4.4.4.9", Error,
        "a part has at least 85 % of PART-TARGET, but for independent ones, gaps and the last of a segment",
        "players reload more often than planned, and fall behind";
    latency::first_part_independent => "L-05", "rfc8216bis §4.4.4.9", Warning,
        "the first part of a segment is independent", "players cannot join or switch at that segment";
    text::tags_before_parts => "L-06", "rfc8216bis §4.4.4.9", Error,
        "the tags of a segment stand before its first part", "parts are decoded with the wrong init section";
    latency::old_parts => "L-09", "rfc8216bis §6.2.2", Warning,
        "parts leave once they are three target durations from the end", "every reload carries lines that nobody uses";
    latency::server_control => "L-10", "rfc8216bis §4.4.3.8", Error,
        "a playlist with parts has EXT-X-SERVER-CONTROL with CAN-BLOCK-RELOAD",
        "players fall back to the latency of ordinary HLS";
    latency::hold_backs => "L-11", "rfc8216bis §4.4.3.8", Error,
        "HOLD-BACK is at least 3 target durations, PART-HOLD-BACK at least 2 part targets, better 3",
        "players come too near to the live edge and stall";
    latency::skip_boundary => "L-12", "rfc8216bis §4.4.3.8", Error,
        "CAN-SKIP-UNTIL is at least 6 target durations, CAN-SKIP-DATERANGES only stands with it",
        "players ask for deltas that they cannot apply";
    latency::delta => "L-13", "rfc8216bis §6.2.5.1", Error,
        "a delta update skips only what lies beyond the skip boundary", "players lose segments, and reload in full";
    latency::date_ranges => "L-14", "rfc8216bis §6.2.5.1", Error,
        "only a server that says CAN-SKIP-DATERANGES leaves date ranges out",
        "players lose date ranges, or reload in full";
    latency::preload_hints => "L-16", "rfc8216bis §B.1", Warning,
        "a live playlist with parts hints at the next one, and at one of each type only",
        "players learn of a part only after it is complete";
    latency::rendition_reports => "L-20", "rfc8216bis §4.4.5.4", Error,
        "rendition reports are relative, complete and stand once", "switching renditions costs an extra reload";
    ranges::hinted_range => "L-19", "rfc8216bis §4.4.5.3", Error,
        "a hint at the rest of a resource begins where the last part ends", "players load a part with bytes missing or twice";
    date_ranges::dated => "R-01", "rfc8216bis §4.4.5.1", Error,
        "a playlist with date ranges has dates", "players cannot tell which media a date range is of";
    date_ranges::consistent => "R-02", "rfc8216bis §4.4.5.1", Error,
        "what is said of a date range does not contradict itself", "players take a date range for another, or for none";
    date_ranges::interstitials => "R-07", "rfc8216bis §D.2", Error,
        "an interstitial has one source of assets, and values that are known", "players show the break instead of it";
    latency::dates => "L-22", "rfc8216bis §B.1", Warning,
        "a low-latency playlist has EXT-X-PROGRAM-DATE-TIME", "renditions are aligned only after media is loaded";
    latency::parts_are_there => "L-23", "rfc8216bis §B.1", Warning,
        "a playlist that promises parts has them at its live edge", "players wait a whole segment on each reload";
    latency::part_target => "L-24", "rfc8216bis §B.1", Warning,
        "PART-TARGET is not so short that requests outweigh it", "playback is unstable below 200 ms";
}

/// Checks the text of a media playlist, full or delta.
///
/// A text that cannot be read gives one finding, `H-01`, with the line and the clause that [`HlsError`] names.
pub fn check(text: &str) -> Verdict<MediaPlaylist> {
    match MediaPlaylist::parse(text) {
        Ok(playlist) => {
            let findings = run(&Media { playlist: &playlist, text });
            Verdict { model: Some(playlist), findings }
        }
        Err(error) => Verdict { model: None, findings: vec![unreadable(&error)] },
    }
}

/// The text can be read at all.
pub const UNREADABLE: Rule = Rule {
    id: "H-01",
    clause: "rfc8216bis §4.1",
    severity: Severity::Error,
    summary: "the text is a playlist, by the grammar of its tags",
    consequence: "AVPlayer refuses the playlist with -12642, as every player does that keeps to §6.3.1",
};

pub(crate) fn unreadable(error: &HlsError) -> Finding {
    let message = format_args!("{}, against §{}", error.kind, error.kind.clause());
    UNREADABLE.broken(UNREADABLE.severity, format_args!("line {}", error.line), message)
}

/// The complete segments that are written out, with their Media Sequence Numbers.
pub(crate) fn numbered(
    playlist: &MediaPlaylist,
) -> impl DoubleEndedIterator<Item = (u64, &Segment)> + ExactSizeIterator {
    let skipped = playlist.skip.as_ref().map_or(0, |skip| skip.skipped_segments);
    let first = playlist.media_sequence.saturating_add(skipped);
    playlist.segments.iter().enumerate().map(move |(n, segment)| (first.saturating_add(n as u64), segment))
}

/// A segment with parts, complete or not.
struct Parent<'a> {
    number: u64,
    parts: &'a [Part],
    /// The complete segment; none when it is open.
    complete: Option<&'a Segment>,
}

fn parents(playlist: &MediaPlaylist) -> impl Iterator<Item = Parent<'_>> {
    let complete = numbered(playlist)
        .map(|(number, segment)| Parent { number, parts: &segment.parts, complete: Some(segment) })
        .filter(|parent| !parent.parts.is_empty());
    let open = |open: &'_ OpenSegment| !open.parts.is_empty();
    let open = playlist.open.as_ref().filter(|o| open(o));
    let number = playlist.next_media_sequence();
    complete.chain(open.map(move |open| Parent { number, parts: &open.parts, complete: None }))
}
