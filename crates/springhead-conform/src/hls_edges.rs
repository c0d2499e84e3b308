//! The live edges of the renditions of one presentation.

use std::time::Duration;

use springhead_core::WallTime;
use springhead_manifest::Seconds;
use springhead_manifest::hls::MediaPlaylist;

use crate::Finding;
use crate::finding::{Report, rules};
use crate::hls_renditions::NamedPlaylist;

struct Fetched<'a>(&'a [NamedPlaylist<'a>]);

rules! {
    for Fetched<'_>:
    edges => "L-21", "rfc8216bis §B.1", Warning,
        "renditions advance within a part of each other", "players wait for the slowest";
}

/// Checks low-latency playlists that were fetched within a part of each other. Where they end is known by their dates.
pub fn check(playlists: &[NamedPlaylist<'_>]) -> Vec<Finding> {
    run(&Fetched(playlists))
}

/// When the last part or segment ends, by the dates of the playlist.
fn edge(playlist: &MediaPlaylist) -> Option<WallTime> {
    let at = |date: WallTime, span: Seconds| date + Duration::from(span);
    let mut end: Option<WallTime> = None;
    for segment in &playlist.segments {
        let begin = segment.program_date_time.or(end.filter(|_| !segment.discontinuity));
        end = begin.map(|begin| at(begin, segment.duration));
    }
    let Some(open) = &playlist.open else { return end };
    let begin = open.program_date_time.or(end.filter(|_| !open.discontinuity));
    begin.map(|begin| at(begin, open.parts.iter().map(|part| part.duration).sum()))
}

fn edges(fetched: &Fetched<'_>, report: &mut Report<'_>) {
    let live = || fetched.0.iter().filter(|one| one.playlist.part_target.is_some() && !one.playlist.end_list);
    let edges: Vec<_> = live().filter_map(|one| Some((one, edge(one.playlist)?))).collect();
    let longest = live().filter_map(|one| one.playlist.part_target).max();
    let (Some(longest), Some(newest)) = (longest, edges.iter().map(|(_, edge)| *edge).max()) else { return };
    // One part more, as two fetches are never at the same instant.
    let most = longest.times(2);
    for (one, edge) in edges {
        let behind = Seconds::from_micros(newest.0.saturating_sub(edge.0) as u64 / 1_000);
        if behind > most {
            report.at(one.name, format_args!("it ends {behind} before another"));
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::finding::{BrokenInputs, broken};

    fn said(date: &str) -> Vec<Finding> {
        let text = |date: &str| {
            format!(
                "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-PART-INF:PART-TARGET=1\n\
                 #EXT-X-PROGRAM-DATE-TIME:2026-11-21T{date}Z\n#EXTINF:2,\na\n#EXT-X-PART:DURATION=1,URI=\"b\"\n"
            )
        };
        let [one, other] = [text("10:00:00.000"), text(date)].map(|text| MediaPlaylist::parse(&text).unwrap());
        check(&[NamedPlaylist { name: "video", playlist: &one }, NamedPlaylist { name: "audio", playlist: &other }])
    }

    pub(crate) fn broken_inputs() -> BrokenInputs {
        vec![("L-21", said("10:00:02.001")), ("L-21", said("09:59:57.999"))]
    }

    #[test]
    fn every_rule_fires_where_it_is_broken() {
        for (id, findings) in broken_inputs() {
            assert_eq!(broken(&findings), [id]);
        }
    }

    #[test]
    fn renditions_that_end_within_two_parts_have_no_finding() {
        assert_eq!(said("10:00:02.000"), []);
        assert_eq!(check(&[]), []);
    }
}
