//! When a media playlist is asked for again, and with which delivery directives (rfc8216bis §6.2.5).

use std::time::Duration;

use springhead_core::MonoTime;
use springhead_manifest::hls::{MediaPlaylist, RenditionReport};

use super::super::Flavour;
use super::super::desk::Ticket;
use super::super::locator::{resolve, with_parameter};

/// A segment, or a part of one, that a playlist is to contain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) msn: u64,
    pub(super) part: Option<u64>,
}

#[derive(Debug, Default)]
pub(super) struct Reload {
    /// What is under way.
    pub(super) ticket: Option<Ticket>,
    /// What it is to contain.
    pub(super) wanted: Option<Wanted>,
    /// When to ask, while nothing is under way.
    pub(super) due: Option<MonoTime>,
    /// When the playlist changed last.
    pub(super) changed: MonoTime,
    /// A delta update was of no use, so whole playlists are asked for.
    pub(super) no_deltas: bool,
}

/// Whether a playlist can be followed part by part.
pub(super) fn is_low_latency(playlist: &MediaPlaylist) -> bool {
    let can_block = playlist.server_control.is_some_and(|control| control.can_block_reload);
    can_block && playlist.part_target.is_some() && !playlist.end_list
}

/// How many parts the open segment has.
pub(super) fn open_parts(playlist: &MediaPlaylist) -> u64 {
    playlist.open.as_ref().map_or(0, |open| open.parts.len() as u64)
}

/// What comes next: the part after the last, in the same segment, though there may be none; or the first part of the next
/// segment where the last part ended its own.
pub(super) fn next(playlist: &MediaPlaylist) -> Wanted {
    Wanted { msn: playlist.next_media_sequence(), part: Some(open_parts(playlist)) }
}

/// Whether a playlist contains what was wanted, or anything later. A part beyond the last of its segment is the first of the
/// segment after it.
pub(super) fn contains(playlist: &MediaPlaylist, wanted: Wanted) -> bool {
    let open = playlist.next_media_sequence();
    let Some(part) = wanted.part else { return open > wanted.msn };
    if wanted.msn >= open {
        return wanted.msn == open && part < open_parts(playlist);
    }
    let from_end = open - wanted.msn;
    let count = playlist.segments.iter().rev().nth(from_end as usize - 1).map_or(u64::MAX, |s| s.parts.len() as u64);
    part < count || from_end > 1 || open_parts(playlist) > 0
}

/// Whether `new` has come farther than `old`.
pub(super) fn advanced(old: &MediaPlaylist, new: &MediaPlaylist) -> bool {
    let edge = |playlist: &MediaPlaylist| (playlist.next_media_sequence(), open_parts(playlist), playlist.end_list);
    edge(new) != edge(old)
}

/// `uri` with the directives that ask for what is wanted.
pub(super) fn with_directives(uri: &str, wanted: Option<Wanted>, skip: Option<&str>) -> String {
    let mut uri = uri.to_owned();
    if let Some(Wanted { msn, part }) = wanted {
        uri = with_parameter(&uri, "_HLS_msn", msn);
        if let Some(part) = part {
            uri = with_parameter(&uri, "_HLS_part", part);
        }
    }
    skip.map_or(uri.clone(), |skip| with_parameter(&uri, "_HLS_skip", skip))
}

/// What to say in `_HLS_skip` for a copy that changed last at `changed`.
pub(super) fn skip(playlist: &MediaPlaylist, changed: MonoTime, now: MonoTime) -> Option<&'static str> {
    let control = playlist.server_control?;
    // The server may leave out what is older than the boundary, so a copy has to be younger than half of it.
    let fresh = now.saturating_since(changed) < Duration::from(control.can_skip_until?) / 2;
    fresh.then_some(if control.can_skip_dateranges { "v2" } else { "YES" })
}

/// How long to wait after a playlist that brought nothing new.
pub(super) fn pause_after_miss(flavour: &Flavour, playlist: &MediaPlaylist) -> Duration {
    let half = Duration::from_secs(playlist.target_duration) / 2;
    match playlist.part_target.filter(|_| !flavour.polls_after_miss && is_low_latency(playlist)) {
        Some(part) => part.into(),
        None => half,
    }
}

/// What to ask the playlist at `uri` for first, coming from `playlist` at `base`: what its rendition report says.
pub(super) fn on_switch(flavour: &Flavour, playlist: &MediaPlaylist, base: &str, uri: &str) -> Option<Wanted> {
    if !is_low_latency(playlist) {
        return None;
    }
    let meant = |report: &&RenditionReport| {
        let reported = resolve(base, &report.uri);
        reported == uri || uri.starts_with(&reported)
    };
    let report = playlist.rendition_reports.iter().find(meant)?;
    let own = match open_parts(playlist) {
        // Where the segment that is complete has the last part, that is the index which the player remembers.
        0 => playlist.segments.last().map_or(0, |segment| segment.parts.len().saturating_sub(1) as u64),
        count => count - 1,
    };
    let said = report.last_part.map(u64::from);
    let part = if flavour.takes_zero_for_missing { said.filter(|part| *part != 0).or(Some(own)) } else { said };
    Some(Wanted { msn: report.last_msn, part })
}

#[cfg(test)]
mod tests {
    use springhead_manifest::Seconds;
    use springhead_manifest::hls::{OpenSegment, Part, Segment, ServerControl};

    use super::*;

    /// Segments 5 and 6 of four parts, and so many parts of segment 7.
    fn playlist(open: usize) -> MediaPlaylist {
        let parts = |count| vec![Part { uri: "p".into(), ..Part::default() }; count];
        let segment = Segment { uri: "s".into(), parts: parts(4), ..Segment::default() };
        MediaPlaylist {
            media_sequence: 5,
            segments: vec![segment; 2],
            open: (open > 0).then(|| OpenSegment { parts: parts(open), ..OpenSegment::default() }),
            part_target: Some(Seconds::from_millis(500)),
            server_control: Some(ServerControl { can_block_reload: true, ..ServerControl::default() }),
            ..MediaPlaylist::default()
        }
    }

    fn wanted(msn: u64, part: u64) -> Wanted {
        Wanted { msn, part: Some(part) }
    }

    #[test]
    fn the_next_part_is_asked_for_in_the_segment_that_is_open_though_it_may_never_exist() {
        assert_eq!(next(&playlist(4)), wanted(7, 4));
        assert_eq!(next(&playlist(0)), wanted(7, 0));
        assert!(!contains(&playlist(4), wanted(7, 4)));
    }

    #[test]
    fn a_part_beyond_the_last_of_a_complete_segment_is_the_first_of_the_next() {
        assert!(contains(&playlist(0), wanted(6, 3)));
        assert!(!contains(&playlist(0), wanted(6, 4)));
        assert!(contains(&playlist(1), wanted(6, 4)));
        assert!(contains(&playlist(0), wanted(5, 9)));
        assert!(contains(&playlist(0), Wanted { msn: 6, part: None }));
        assert!(!contains(&playlist(3), Wanted { msn: 7, part: None }));
    }

    #[test]
    fn a_report_of_part_zero_is_taken_for_none_by_those_who_do_so() {
        let report = |last_part| RenditionReport { uri: "../v3/index.m3u8".into(), last_msn: 7, last_part };
        let from = |last_part| MediaPlaylist { rendition_reports: vec![report(last_part)], ..playlist(3) };
        let asks = |flavour: Flavour, last_part| {
            on_switch(&flavour, &from(last_part), "/live/cam/v1/index.m3u8", "/live/cam/v3/index.m3u8")
        };
        assert_eq!(asks(Flavour::hls_js(), Some(0)), Some(wanted(7, 2)));
        assert_eq!(asks(Flavour::shaka_hls(), Some(0)), Some(wanted(7, 0)));
        assert_eq!(asks(Flavour::hls_js(), Some(1)), Some(wanted(7, 1)));
        assert_eq!(on_switch(&Flavour::hls_js(), &from(Some(1)), "/live/cam/v1/index.m3u8", "/other"), None);
    }
}
