//! A delta update, against the playlist before it and a full one that was fetched next to it.

use std::collections::HashMap;

use springhead_manifest::hls::{MediaPlaylist, Segment, merge_delta};

use crate::Finding;
use crate::finding::{Report, rules};
use crate::hls_media::numbered;

struct Update<'a> {
    old: &'a MediaPlaylist,
    delta: &'a MediaPlaylist,
    full: &'a MediaPlaylist,
}

rules! {
    for Update<'_>:
    applies => "L-13", "rfc8216bis §6.3.7", Error,
        "a delta update skips only segments that the playlist before it has", "players reload in full, each time";
    merges => "L-15", "rfc8216bis §6.2.5.1", Error,
        "a delta update merged into the playlist before it gives the full one",
        "players that use delta updates play other segments than those that do not";
}

/// Checks a delta update. `old` is the full playlist that the client had, `full` one that was fetched right before or after
/// the delta update; what only one of them has is not compared.
pub fn check(old: &MediaPlaylist, delta: &MediaPlaylist, full: &MediaPlaylist) -> Vec<Finding> {
    run(&Update { old, delta, full })
}

fn applies(update: &Update<'_>, report: &mut Report<'_>) {
    if update.delta.skip.is_none() {
        return;
    }
    if let Err(error) = merge_delta(update.old, update.delta) {
        report.at("EXT-X-SKIP", error);
    }
}

fn merges(update: &Update<'_>, report: &mut Report<'_>) {
    let Ok(merged) = merge_delta(update.old, update.delta) else { return };
    let full: HashMap<u64, &Segment> = numbered(update.full).collect();
    for (number, segment) in numbered(&merged) {
        if let Some(what) = full.get(&number).and_then(|other| differs(segment, other)) {
            report.at(format_args!("segment {number}"), format_args!("{what} is not that of the full playlist"));
        }
    }
    let same_window = merged.media_sequence == update.full.media_sequence;
    if same_window && merged.discontinuity_sequence != update.full.discontinuity_sequence {
        report.at("EXT-X-DISCONTINUITY-SEQUENCE", "it is not that of the full playlist");
    }
}

/// The first thing that is not the same. Parts may leave between the two fetches.
fn differs(merged: &Segment, full: &Segment) -> Option<&'static str> {
    let checks = [
        ("its URI", merged.uri != full.uri),
        ("EXTINF", merged.duration != full.duration),
        ("EXT-X-DISCONTINUITY", merged.discontinuity != full.discontinuity),
        ("EXT-X-MAP", merged.map != full.map),
        ("EXT-X-PROGRAM-DATE-TIME", merged.program_date_time != full.program_date_time),
        ("EXT-X-BYTERANGE", merged.byterange != full.byterange),
        ("EXT-X-GAP", merged.gap != full.gap),
    ];
    checks.into_iter().find_map(|(what, differs)| differs.then_some(what))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::finding::{BrokenInputs, broken};

    const HEAD: &str =
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-SERVER-CONTROL:CAN-SKIP-UNTIL=6\n#EXT-X-MEDIA-SEQUENCE:";

    /// Segments of one second from `first` on.
    fn full(first: u64, end: u64) -> String {
        let segments = (first..end).map(|n| format!("#EXTINF:1,\n{n}.ts\n"));
        format!("{HEAD}{first}\n#EXT-X-DISCONTINUITY-SEQUENCE:0\n{}", segments.collect::<String>())
    }

    fn parse(text: &str) -> MediaPlaylist {
        MediaPlaylist::parse(text).unwrap()
    }

    fn said(from: &str, to: &str) -> Vec<Finding> {
        let new = parse(&full(1, 21));
        let delta = new.delta().unwrap().render();
        assert!(delta.contains(from), "{delta}");
        check(&parse(&full(0, 20)), &parse(&delta.replace(from, to)), &new)
    }

    const BROKEN: &[(&str, &str, &str)] = &[
        ("L-13", "SKIPPED-SEGMENTS=14", "SKIPPED-SEGMENTS=20"),
        ("L-15", "SKIPPED-SEGMENTS=14", "SKIPPED-SEGMENTS=13"),
        ("L-15", "17.ts", "other.ts"),
        ("L-15", "DISCONTINUITY-SEQUENCE:0", "DISCONTINUITY-SEQUENCE:1"),
    ];

    pub(crate) fn broken_inputs() -> BrokenInputs {
        BROKEN.iter().map(|(id, from, to)| (*id, said(from, to))).collect()
    }

    #[test]
    fn every_rule_fires_where_it_is_broken() {
        for (id, from, to) in BROKEN {
            assert_eq!(broken(&said(from, to)), [*id], "{from:?} to {to:?}");
        }
    }

    #[test]
    fn a_delta_update_of_the_playlist_itself_has_no_finding() {
        assert_eq!(said("17.ts", "17.ts"), []);
        let (old, later) = (parse(&full(0, 20)), parse(&full(2, 22)));
        assert_eq!(check(&old, &parse(&full(1, 21)).delta().unwrap(), &later), [], "fetched a segment later");
        assert_eq!(check(&old, &later, &later), [], "a full answer is no delta update");
    }
}
