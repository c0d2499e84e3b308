//! The media playlists of one presentation, side by side.

use springhead_manifest::hls::MediaPlaylist;

use crate::Finding;
use crate::finding::{Report, rules};

/// One media playlist of a presentation.
#[derive(Clone, Copy, Debug)]
pub struct NamedPlaylist<'a> {
    /// Its URI, or whatever else names it in a finding.
    pub name: &'a str,
    /// What it says.
    pub playlist: &'a MediaPlaylist,
}

struct Presentation<'a>(&'a [NamedPlaylist<'a>]);

rules! {
    for Presentation<'_>:
    target_duration => "H-07", "rfc8216bis §6.2.4", Error,
        "all renditions have the same target duration", "players reload one of them at the wrong time";
    dates => "H-20", "rfc8216bis §6.2.4", Error,
        "if any rendition has dates, all have", "renditions cannot be aligned by date";
    date_ranges => "R-01", "rfc8216bis §6.2.4", Error,
        "all renditions that have date ranges have the same", "players forget of a break when they switch";
    server_control => "L-10", "rfc8216bis §6.2.4", Error,
        "EXT-X-SERVER-CONTROL is the same in all renditions", "AVPlayer refuses to switch";
    part_hold_back => "L-11", "rfc8216bis §4.4.3.8", Error,
        "PART-HOLD-BACK is at least 2 of the largest part target of all renditions", "one rendition stalls at the edge";
    discontinuity_sequence => "M-10", "rfc8216bis §6.2.4", Error,
        "renditions number their discontinuities alike", "players pair sound and picture of different times";
    not_empty => "M-11", "rfc8216bis §6.2.4", Warning,
        "a media playlist that is announced has something to play", "players that choose it find nothing, and some give up";
    reports => "L-20", "rfc8216bis §B.1", Warning,
        "every rendition reports on every other", "switching renditions costs an extra reload";
}

/// Checks playlists that were fetched at the same time.
pub fn check(playlists: &[NamedPlaylist<'_>]) -> Vec<Finding> {
    run(&Presentation(playlists))
}

impl<'a> Presentation<'a> {
    /// Reports each playlist that says something else than the first.
    fn differing<T: PartialEq>(&self, report: &mut Report<'_>, what: &str, of: impl Fn(&MediaPlaylist) -> T) {
        let Some((first, rest)) = self.0.split_first() else { return };
        let expected = of(first.playlist);
        for other in rest.iter().filter(|other| of(other.playlist) != expected) {
            report.at(other.name, format_args!("{what} is not that of {}", first.name));
        }
    }

    fn low_latency(&self) -> impl Iterator<Item = &'a NamedPlaylist<'a>> {
        self.0.iter().filter(|one| one.playlist.part_target.is_some() && !one.playlist.end_list)
    }
}

fn date_ranges(presentation: &Presentation<'_>, report: &mut Report<'_>) {
    // A delta update may leave some out.
    let with_any = |one: &&NamedPlaylist<'_>| !one.playlist.date_ranges.is_empty() && one.playlist.skip.is_none();
    let with_any: Vec<_> = presentation.0.iter().filter(with_any).copied().collect();
    Presentation(&with_any).differing(report, "EXT-X-DATERANGE", |playlist| playlist.date_ranges.clone());
}

fn target_duration(presentation: &Presentation<'_>, report: &mut Report<'_>) {
    presentation.differing(report, "EXT-X-TARGETDURATION", |playlist| playlist.target_duration);
}

fn dates(presentation: &Presentation<'_>, report: &mut Report<'_>) {
    let dated = |playlist: &MediaPlaylist| {
        let open = playlist.open.iter().any(|open| open.program_date_time.is_some());
        open || playlist.segments.iter().any(|segment| segment.program_date_time.is_some())
    };
    let empty = |playlist: &MediaPlaylist| playlist.segments.is_empty() && playlist.open.is_none();
    if presentation.0.iter().any(|one| dated(one.playlist)) {
        for one in presentation.0.iter().filter(|one| !dated(one.playlist) && !empty(one.playlist)) {
            report.at(one.name, "no EXT-X-PROGRAM-DATE-TIME, and others have it");
        }
    }
}

fn server_control(presentation: &Presentation<'_>, report: &mut Report<'_>) {
    presentation.differing(report, "EXT-X-SERVER-CONTROL", |playlist| playlist.server_control);
}

fn part_hold_back(presentation: &Presentation<'_>, report: &mut Report<'_>) {
    let largest = presentation.low_latency().filter_map(|one| one.playlist.part_target).max();
    let Some(largest) = largest else { return };
    for one in presentation.low_latency() {
        let hold_back = one.playlist.server_control.and_then(|control| control.part_hold_back);
        if let Some(hold_back) = hold_back.filter(|hold_back| *hold_back < largest.times(2)) {
            report.at(one.name, format_args!("PART-HOLD-BACK {hold_back} where the largest part target is {largest}"));
        }
    }
}

fn discontinuity_sequence(presentation: &Presentation<'_>, report: &mut Report<'_>) {
    // Windows may begin at different segments, so it is the number at the end that has to agree.
    presentation.differing(report, "the discontinuity sequence at the end", |playlist| {
        let inside = playlist.segments.iter().filter(|segment| segment.discontinuity).count() as u64;
        let open = u64::from(playlist.open.as_ref().is_some_and(|open| open.discontinuity));
        playlist.discontinuity_sequence.unwrap_or(0).saturating_add(inside + open)
    });
}

fn not_empty(presentation: &Presentation<'_>, report: &mut Report<'_>) {
    for one in presentation.0.iter().filter(|one| !one.playlist.end_list) {
        if one.playlist.segment_count() == 0 && one.playlist.open.is_none() {
            report.at(one.name, "neither a segment nor a part");
        }
    }
}

fn reports(presentation: &Presentation<'_>, report: &mut Report<'_>) {
    let others = presentation.low_latency().count().saturating_sub(1);
    for one in presentation.low_latency() {
        let reported = one.playlist.rendition_reports.len();
        if reported < others {
            report.at(one.name, format_args!("{reported} rendition reports for {others} others"));
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::finding::{BrokenInputs, broken};

    const GOOD: &str = "#EXTM3U
#EXT-X-TARGETDURATION:2
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=3
#EXT-X-PART-INF:PART-TARGET=1
#EXT-X-DISCONTINUITY-SEQUENCE:3
#EXT-X-PROGRAM-DATE-TIME:2026-11-21T10:00:00.000Z
#EXTINF:2,
100.m4s
#EXT-X-RENDITION-REPORT:URI=\"../other/index.m3u8\",LAST-MSN=0,LAST-PART=0
";

    const BROKEN: &[(&str, &str, &str)] = &[
        ("H-07", "TARGETDURATION:2", "TARGETDURATION:3"),
        ("H-20", "#EXT-X-PROGRAM-DATE-TIME:2026-11-21T10:00:00.000Z\n", ""),
        ("L-10", "PART-HOLD-BACK=3", "PART-HOLD-BACK=4"),
        ("L-11", "PART-TARGET=1", "PART-TARGET=1.6"),
        ("M-10", "SEQUENCE:3", "SEQUENCE:4"),
        ("M-11", "#EXT-X-PROGRAM-DATE-TIME:2026-11-21T10:00:00.000Z\n#EXTINF:2,\n100.m4s\n", ""),
        ("L-20", "#EXT-X-RENDITION-REPORT:URI=\"../other/index.m3u8\",LAST-MSN=0,LAST-PART=0\n", ""),
    ];

    pub(crate) fn broken_inputs() -> BrokenInputs {
        let ranges = ("R-01", ranged(["a", "b"]));
        BROKEN.iter().map(|(id, from, to)| (*id, said(from, to))).chain([ranges]).collect()
    }

    fn with(from: &str, to: &str) -> Vec<&'static str> {
        broken(&said(from, to))
    }

    fn said(from: &str, to: &str) -> Vec<Finding> {
        let (good, other) =
            (MediaPlaylist::parse(GOOD).unwrap(), MediaPlaylist::parse(&GOOD.replace(from, to)).unwrap());
        let named =
            [NamedPlaylist { name: "video", playlist: &good }, NamedPlaylist { name: "audio", playlist: &other }];
        check(&named)
    }

    /// Renditions that have a date range of that id each.
    fn ranged(ids: [&str; 2]) -> Vec<Finding> {
        let range = |id: &str| format!("{GOOD}#EXT-X-DATERANGE:ID=\"{id}\",START-DATE=\"2026-11-21T10:00:00Z\"\n");
        let [one, other] = ids.map(|id| MediaPlaylist::parse(&range(id)).unwrap());
        let named =
            [NamedPlaylist { name: "video", playlist: &one }, NamedPlaylist { name: "audio", playlist: &other }];
        check(&named)
    }

    #[test]
    fn renditions_have_the_same_date_ranges_or_none() {
        assert_eq!(broken(&ranged(["a", "b"])), ["R-01"]);
        assert_eq!(ranged(["a", "a"]), []);
        assert_eq!(
            with("#EXTM3U\n", "#EXTM3U\n#EXT-X-DATERANGE:ID=\"a\",START-DATE=\"2026-11-21T10:00:00Z\"\n"),
            [""; 0]
        );
    }

    #[test]
    fn renditions_that_agree_have_no_finding() {
        assert_eq!(with("100.m4s", "200.m4s"), [""; 0]);
        assert_eq!(check(&[]), []);
    }

    #[test]
    fn a_discontinuity_that_one_window_still_lists_is_counted_alike() {
        let to = "SEQUENCE:2\n#EXTINF:2,\n99.m4s\n#EXT-X-DISCONTINUITY\n";
        assert_eq!(with("SEQUENCE:3\n", to), [""; 0]);
    }

    #[test]
    fn every_rule_fires_where_it_is_broken() {
        for (id, from, to) in BROKEN {
            assert_eq!(with(from, to), [*id], "{from:?} to {to:?}");
        }
    }
}
