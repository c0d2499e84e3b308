//! Two consecutive fetches of one media playlist.

use std::collections::HashMap;

use springhead_manifest::hls::{HintType, Map, MediaPlaylist, OpenSegment, Part, PlaylistType, Segment};

use crate::Finding;
use crate::finding::{Report, rules};
use crate::hls_media::numbered;

struct Fetches<'a> {
    old: &'a MediaPlaylist,
    new: &'a MediaPlaylist,
}

rules! {
    for Fetches<'_>:
    target_duration => "H-06", "rfc8216bis §6.2.1", Error,
        "EXT-X-TARGETDURATION never changes", "players keep the first one, and reload at the wrong time";
    published_lines => "H-09", "rfc8216bis §6.2.1", Error,
        "what is published never changes", "players play what they have, and skip or repeat media";
    media_sequence => "H-11", "rfc8216bis §6.2.2", Error,
        "EXT-X-MEDIA-SEQUENCE grows by what leaves, and never falls", "players stop, or play the wrong segments";
    discontinuity_sequence => "H-12", "rfc8216bis §6.2.2", Error,
        "EXT-X-DISCONTINUITY-SEQUENCE grows with each discontinuity that leaves",
        "players lose the mapping between renditions and stall";
    playlist_type => "H-17", "rfc8216bis §4.4.3.5", Error,
        "an EVENT playlist loses nothing, a VOD playlist never changes", "players seek to what is gone";
    end_list => "H-18", "rfc8216bis §4.4.3.4", Error,
        "nothing is added after EXT-X-ENDLIST", "players have stopped reloading";
    part_target => "L-01", "rfc8216bis §4.4.3.7", Error,
        "PART-TARGET never changes", "AVPlayer stops for good with -12642";
    hold_backs => "L-11", "rfc8216bis §4.4.3.8", Error,
        "EXT-X-SERVER-CONTROL never changes", "AVPlayer stops for good with -12642";
    date_ranges_stay => "R-02", "rfc8216bis §4.4.5.1", Error,
        "what is said of a date range is added to and never changed", "players that acted on it acted wrongly";
    date_ranges_leave => "R-05", "rfc8216bis §6.2.1", Error,
        "a date range stays while a segment of it is listed", "players that begin within it do not know of it";
    hint_came_true => "L-16", "rfc8216bis §4.4.5.3", Error,
        "what was hinted at is what comes", "players hold a request that is never answered";
}

/// Checks what changed from one fetch to the next. Either may be a delta update; what it skips is not compared.
pub fn check(old: &MediaPlaylist, new: &MediaPlaylist) -> Vec<Finding> {
    run(&Fetches { old, new })
}

impl<'a> Fetches<'a> {
    /// The complete segments that both have, oldest first.
    fn common(&self) -> impl Iterator<Item = (u64, &'a Segment, &'a Segment)> {
        let new: HashMap<u64, &Segment> = numbered(self.new).collect();
        numbered(self.old).filter_map(move |(number, old)| Some((number, old, *new.get(&number)?)))
    }

    /// The segment that was open in the old fetch, as the new one has it: complete, or open still.
    fn then_open(&self) -> Option<(u64, &'a OpenSegment, Now<'a>)> {
        let open = self.old.open.as_ref()?;
        let number = self.old.next_media_sequence();
        let now = match numbered(self.new).find(|(n, _)| *n == number) {
            Some((_, segment)) => Now::Complete(segment),
            None if self.new.next_media_sequence() == number => Now::Open(self.new.open.as_ref()?),
            None => return None,
        };
        Some((number, open, now))
    }
}

enum Now<'a> {
    Complete(&'a Segment),
    Open(&'a OpenSegment),
}

fn target_duration(fetches: &Fetches<'_>, report: &mut Report<'_>) {
    let (old, new) = (fetches.old.target_duration, fetches.new.target_duration);
    if old != new {
        report.at("EXT-X-TARGETDURATION", format_args!("{old} became {new}"));
    }
}

fn published_lines(fetches: &Fetches<'_>, report: &mut Report<'_>) {
    for (number, old, new) in fetches.common() {
        if let Some(what) = changed(old, new) {
            report.at(format_args!("segment {number}"), format_args!("{what} changed"));
        }
        // Parts may leave, all of them or the oldest.
        let kept = new.parts.is_empty() || old.parts.ends_with(&new.parts);
        if !kept {
            report.at(format_args!("segment {number}"), "its parts changed after it was complete");
        }
    }
    let Some((number, old, now)) = fetches.then_open() else { return };
    let (discontinuity, date, parts) = match now {
        Now::Complete(new) => (new.discontinuity, new.program_date_time, &new.parts),
        Now::Open(new) => (new.discontinuity, new.program_date_time, &new.parts),
    };
    let place = format!("segment {number}");
    if discontinuity != old.discontinuity {
        report.at(&place, "EXT-X-DISCONTINUITY changed after a part was listed");
    }
    if date != old.program_date_time {
        report.at(&place, "EXT-X-PROGRAM-DATE-TIME changed after a part was listed");
    }
    let gone = matches!(now, Now::Complete(_)) && parts.is_empty();
    if !gone && !parts.starts_with(&old.parts) {
        report.at(&place, "a listed part changed or left");
    }
}

/// The first thing that is not the same. A map may go unsaid in a delta update.
fn changed(old: &Segment, new: &Segment) -> Option<&'static str> {
    let map = old.map.is_some() && new.map.is_some() && old.map != new.map;
    let checks = [
        ("its URI", old.uri != new.uri),
        ("EXTINF", old.duration != new.duration),
        ("EXT-X-DISCONTINUITY", old.discontinuity != new.discontinuity),
        ("EXT-X-MAP", map),
        ("EXT-X-PROGRAM-DATE-TIME", old.program_date_time != new.program_date_time),
        ("EXT-X-BYTERANGE", old.byterange != new.byterange),
        ("EXT-X-GAP", old.gap != new.gap),
    ];
    checks.into_iter().find_map(|(what, changed)| changed.then_some(what))
}

fn media_sequence(fetches: &Fetches<'_>, report: &mut Report<'_>) {
    let (old, new) = (fetches.old, fetches.new);
    if new.media_sequence < old.media_sequence {
        let message = format_args!("{} became {}", old.media_sequence, new.media_sequence);
        report.at("EXT-X-MEDIA-SEQUENCE", message);
    }
    if let Some(left) = uncounted(old, new) {
        let message = format_args!("{left} segments left, and it is still {}", new.media_sequence);
        report.at("EXT-X-MEDIA-SEQUENCE", message);
    }
    if new.next_media_sequence() < old.next_media_sequence() {
        let message = format_args!("segment {} is gone from the end", old.next_media_sequence() - 1);
        report.at("the last segment", message);
    }
}

/// How many segments left without being counted: those before the one that the new fetch begins with, where both begin with
/// the same number.
fn uncounted(old: &MediaPlaylist, new: &MediaPlaylist) -> Option<usize> {
    let whole = old.skip.is_none() && new.skip.is_none();
    let first = new.segments.first().filter(|_| whole && old.media_sequence == new.media_sequence)?;
    let same = |segment: &Segment| segment.uri == first.uri && segment.byterange == first.byterange;
    old.segments.iter().position(same).filter(|left| *left > 0)
}

fn discontinuity_sequence(fetches: &Fetches<'_>, report: &mut Report<'_>) {
    let (old, new) = (fetches.old, fetches.new);
    let (before, after) = (old.discontinuity_sequence.unwrap_or(0), new.discontinuity_sequence.unwrap_or(0));
    if after < before {
        return report.at("EXT-X-DISCONTINUITY-SEQUENCE", format_args!("{before} became {after}"));
    }
    // How many left can be told only where the old fetch has every segment up to the new beginning.
    if old.skip.is_some() || new.media_sequence > old.next_media_sequence() {
        return;
    }
    let leaving = numbered(old).filter(|(number, _)| *number < new.media_sequence);
    let left = leaving.filter(|(_, segment)| segment.discontinuity).count() as u64;
    if new.media_sequence >= old.media_sequence && after - before != left {
        let message = format_args!("{before} became {after}, and {left} left");
        report.at("EXT-X-DISCONTINUITY-SEQUENCE", message);
    }
}

fn playlist_type(fetches: &Fetches<'_>, report: &mut Report<'_>) {
    let (old, new) = (fetches.old, fetches.new);
    match old.playlist_type {
        Some(PlaylistType::Event) if new.media_sequence != old.media_sequence => {
            report.at("EXT-X-MEDIA-SEQUENCE", "segments left an EVENT playlist");
        }
        Some(PlaylistType::Vod) if old.segments != new.segments => {
            report.at("EXT-X-PLAYLIST-TYPE", "a VOD playlist changed");
        }
        _ => {}
    }
    if old.playlist_type.is_some() && new.playlist_type != old.playlist_type {
        report.warn("EXT-X-PLAYLIST-TYPE", "it changed");
    }
}

fn end_list(fetches: &Fetches<'_>, report: &mut Report<'_>) {
    let (old, new) = (fetches.old, fetches.new);
    if old.end_list && !new.end_list {
        report.at("EXT-X-ENDLIST", "it is gone");
    }
    if old.end_list && new.next_media_sequence() > old.next_media_sequence() {
        report.at("EXT-X-ENDLIST", "segments were added after it");
    }
}

fn date_ranges_stay(fetches: &Fetches<'_>, report: &mut Report<'_>) {
    for old in &fetches.old.date_ranges {
        let Some(new) = fetches.new.date_ranges.iter().find(|new| new.id == old.id) else { continue };
        fn changed<T: PartialEq>(old: &Option<T>, new: &Option<T>) -> bool {
            old.is_some() && old != new
        }
        let checks = [
            ("CLASS", changed(&old.class, &new.class)),
            ("START-DATE", changed(&old.start_date, &new.start_date)),
            ("END-DATE", changed(&old.end_date, &new.end_date)),
            ("DURATION", changed(&old.duration, &new.duration)),
            ("PLANNED-DURATION", changed(&old.planned_duration, &new.planned_duration)),
            ("SCTE35-CMD", changed(&old.scte35_cmd, &new.scte35_cmd)),
            ("SCTE35-OUT", changed(&old.scte35_out, &new.scte35_out)),
            ("SCTE35-IN", changed(&old.scte35_in, &new.scte35_in)),
        ];
        for (what, _) in checks.into_iter().filter(|(_, changed)| *changed) {
            report.at(format_args!("date range {}", old.id), format_args!("{what} changed"));
        }
    }
}

fn date_ranges_leave(fetches: &Fetches<'_>, report: &mut Report<'_>) {
    let (old, new) = (fetches.old, fetches.new);
    // What a delta update leaves out is not gone.
    let Some(first) = new.segments.first().and_then(|first| first.program_date_time).filter(|_| new.skip.is_none())
    else {
        return;
    };
    for range in &old.date_ranges {
        let lasts =
            range.duration.or(range.planned_duration).map(|span| std::time::Duration::from_micros(span.micros()));
        let end = range.end_date.or(range.start_date.zip(lasts).map(|(start, lasts)| start + lasts));
        let gone = new.date_ranges.iter().all(|one| one.id != range.id);
        if gone && end.is_some_and(|end| end > first) {
            report.at(format_args!("date range {}", range.id), "it left before its last segment did");
        }
    }
}

fn part_target(fetches: &Fetches<'_>, report: &mut Report<'_>) {
    let (Some(old), Some(new)) = (fetches.old.part_target, fetches.new.part_target) else { return };
    if old != new {
        report.at("PART-TARGET", format_args!("{old} became {new}"));
    }
}

fn hold_backs(fetches: &Fetches<'_>, report: &mut Report<'_>) {
    if let (Some(old), Some(new)) = (fetches.old.server_control, fetches.new.server_control) {
        let checks = [
            ("HOLD-BACK", old.hold_back != new.hold_back),
            ("PART-HOLD-BACK", old.part_hold_back != new.part_hold_back),
            ("CAN-SKIP-UNTIL", old.can_skip_until != new.can_skip_until),
        ];
        for (what, _) in checks.into_iter().filter(|(_, changed)| *changed) {
            report.at(what, "it changed");
        }
    }
}

fn hint_came_true(fetches: &Fetches<'_>, report: &mut Report<'_>) {
    let hinted = |playlist: &MediaPlaylist| {
        let mut hints = playlist.preload_hints.iter();
        hints.find(|hint| hint.hint_type == HintType::Part && hint.byterange_start.is_none()).map(|h| h.uri.clone())
    };
    let Some(uri) = hinted(fetches.old) else { return };
    if hinted(fetches.new).as_ref() == Some(&uri) || another_init_section_came(fetches) {
        return;
    }
    // The hint is of the part after the last one that the old fetch has.
    let next = match fetches.then_open() {
        Some((_, old, Now::Complete(new))) => after(&new.parts, old.parts.len()).or_else(|| first_after(fetches)),
        Some((_, old, Now::Open(new))) => after(&new.parts, old.parts.len()),
        None => first_after(fetches),
    };
    if let Some(part) = next.filter(|part| part.uri != uri) {
        report.at(&part.uri, format_args!("the hint said {uri}"));
    }
}

/// Whether what came after the old fetch needs an init section that it does not know of. Its hint could not name that, and
/// does not come true (§6.2.6).
fn another_init_section_came(fetches: &Fetches<'_>) -> bool {
    let mut hints = fetches.old.preload_hints.iter();
    let hinted = hints.find(|hint| hint.hint_type == HintType::Map).map(|hint| hint.uri.as_str());
    let (Some(old), Some(new)) = (last_map(fetches.old), last_map(fetches.new)) else { return false };
    let known = [Some(&*old.uri), hinted];
    !known.contains(&Some(&*new.uri))
}

fn last_map(playlist: &MediaPlaylist) -> Option<&Map> {
    let open = playlist.open.as_ref().and_then(|open| open.map.as_ref());
    open.or_else(|| playlist.segments.iter().rev().find_map(|segment| segment.map.as_ref()))
}

fn after(parts: &[Part], count: usize) -> Option<&Part> {
    parts.get(count)
}

/// The first part behind the segment that was open in the old fetch, or the first part of that segment if it had not
/// begun.
fn first_after<'a>(fetches: &Fetches<'a>) -> Option<&'a Part> {
    let begun = fetches.old.open.as_ref().is_some_and(|open| !open.parts.is_empty());
    let number = fetches.old.next_media_sequence().checked_add(u64::from(begun))?;
    let complete = numbered(fetches.new).find(|(n, _)| *n == number).map(|(_, segment)| &segment.parts);
    let open = fetches.new.open.as_ref().filter(|_| fetches.new.next_media_sequence() == number).map(|o| &o.parts);
    complete.or(open)?.first()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::finding::{BrokenInputs, broken};

    const HINT: &str = "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"102.1\"";

    const OLD: &str = "#EXTM3U
#EXT-X-TARGETDURATION:2
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,HOLD-BACK=6,PART-HOLD-BACK=3
#EXT-X-PART-INF:PART-TARGET=1
#EXT-X-MEDIA-SEQUENCE:100
#EXT-X-DISCONTINUITY-SEQUENCE:3
#EXT-X-DISCONTINUITY
#EXTINF:2,
100.m4s
#EXT-X-PART:DURATION=1,URI=\"101.0\",INDEPENDENT=YES
#EXT-X-PART:DURATION=1,URI=\"101.1\"
#EXTINF:2,
101.m4s
#EXT-X-PART:DURATION=1,URI=\"102.0\",INDEPENDENT=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"102.1\"
";

    const NEW: &str = "#EXTM3U
#EXT-X-TARGETDURATION:2
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,HOLD-BACK=6,PART-HOLD-BACK=3
#EXT-X-PART-INF:PART-TARGET=1
#EXT-X-MEDIA-SEQUENCE:101
#EXT-X-DISCONTINUITY-SEQUENCE:4
#EXTINF:2,
101.m4s
#EXT-X-PART:DURATION=1,URI=\"102.0\",INDEPENDENT=YES
#EXT-X-PART:DURATION=1,URI=\"102.1\"
#EXTINF:2,
102.m4s
#EXT-X-PART:DURATION=1,URI=\"103.0\",INDEPENDENT=YES
#EXT-X-PART:DURATION=1,URI=\"103.1\"
#EXTINF:2,
103.m4s
#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"104.0\"
";

    fn between(old: &str, new: &str) -> Vec<&'static str> {
        broken(&check(&MediaPlaylist::parse(old).unwrap(), &MediaPlaylist::parse(new).unwrap()))
    }

    fn with(from: &str, to: &str) -> Vec<&'static str> {
        assert!(NEW.contains(from), "{from}");
        between(OLD, &NEW.replacen(from, to, 1))
    }

    #[test]
    fn what_may_change_gives_no_finding() {
        assert_eq!(between(OLD, NEW), [""; 0]);
        assert_eq!(between(OLD, OLD), [""; 0]);
        assert_eq!(with("#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"104.0\"", "#EXT-X-ENDLIST"), [""; 0]);
    }

    const BROKEN: &[(&str, &str, &str)] = &[
        ("H-06", "TARGETDURATION:2", "TARGETDURATION:1"),
        ("H-09", "101.m4s", "other.m4s"),
        ("H-09", "#EXTINF:2,\n101", "#EXTINF:1.9,\n101"),
        ("H-09", "#EXTINF:2,\n101", "#EXT-X-PROGRAM-DATE-TIME:2026-11-21T10:00:00.000Z\n#EXTINF:2,\n101"),
        ("H-09", "#EXT-X-PART:DURATION=1,URI=\"102.0\",INDEPENDENT=YES", "#EXT-X-PART:DURATION=1,URI=\"102.0\""),
        ("H-09", "#EXT-X-PART:DURATION=1,URI=\"102.0\"", "#EXT-X-DISCONTINUITY\n#EXT-X-PART:DURATION=1,URI=\"102.0\""),
        ("H-12", "DISCONTINUITY-SEQUENCE:4", "DISCONTINUITY-SEQUENCE:3"),
        ("H-12", "DISCONTINUITY-SEQUENCE:4", "DISCONTINUITY-SEQUENCE:5"),
        ("H-12", "DISCONTINUITY-SEQUENCE:4", "DISCONTINUITY-SEQUENCE:2"),
        ("L-01", "PART-TARGET=1", "PART-TARGET=1.1"),
        ("L-11", "PART-HOLD-BACK=3", "PART-HOLD-BACK=3.1"),
        ("L-16", "URI=\"102.1\"", "URI=\"102.one\""),
    ];

    /// With the date of its first segment.
    fn dated(text: &str) -> String {
        text.replacen("#EXTINF", "#EXT-X-PROGRAM-DATE-TIME:2026-11-21T10:00:00.000Z\n#EXTINF", 1)
    }

    /// With a date range that begins two seconds before its first segment.
    fn ranged(text: &str, rest: &str) -> String {
        let range = format!("#EXT-X-DATERANGE:ID=\"a\",START-DATE=\"2026-11-21T09:59:58Z\",{rest}\n#EXT-X-PROGRAM");
        dated(text).replacen("#EXT-X-PROGRAM", &range, 1)
    }

    #[test]
    fn a_range_may_learn_more_and_leave_with_its_last_segment() {
        let found = |old: &str, new: &str| -> Vec<&'static str> {
            between(old, new).into_iter().filter(|id| id.starts_with('R')).collect()
        };
        let old = ranged(OLD, "PLANNED-DURATION=2");
        assert_eq!(found(&old, &ranged(NEW, "PLANNED-DURATION=2,DURATION=2")), [""; 0]);
        assert_eq!(found(&old, &dated(NEW)), [""; 0]);
        assert_eq!(found(&ranged(OLD, "DURATION=4"), &dated(NEW)), ["R-05"]);
        assert_eq!(found(&ranged(OLD, "DURATION=4"), &ranged(NEW, "DURATION=3")), ["R-02"]);
    }

    pub(crate) fn broken_inputs() -> BrokenInputs {
        let parse = |text: &str| MediaPlaylist::parse(text).unwrap();
        let found = |old: &str, new: &str| check(&parse(old), &parse(new));
        let typed = |text: &str| text.replace("#EXT-X-PART-INF", "#EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-PART-INF");
        let whole = [
            ("H-11", found(NEW, OLD)),
            ("H-17", found(&typed(OLD), &typed(NEW))),
            ("H-18", found(&OLD.replace(HINT, "#EXT-X-ENDLIST"), NEW)),
            ("R-02", found(&ranged(OLD, "DURATION=4"), &ranged(NEW, "DURATION=5"))),
            ("R-02", found(&ranged(OLD, "DURATION=4"), &ranged(NEW, "PLANNED-DURATION=4"))),
            ("R-05", found(&ranged(OLD, "DURATION=4"), &dated(NEW))),
            ("R-05", found(&ranged(OLD, "PLANNED-DURATION=4"), &dated(NEW))),
        ];
        BROKEN.iter().map(|(id, from, to)| (*id, found(OLD, &NEW.replacen(from, to, 1)))).chain(whole).collect()
    }

    #[test]
    fn every_rule_fires_where_it_is_broken() {
        for (id, from, to) in BROKEN {
            assert_eq!(with(from, to), [*id], "{from:?} to {to:?}");
        }
    }

    #[test]
    fn numbers_that_fall_are_found() {
        assert_eq!(between(NEW, OLD)[..2], ["H-09", "H-11"]);
        assert!(with("MEDIA-SEQUENCE:101", "MEDIA-SEQUENCE:0").contains(&"H-11"));
        assert_eq!(between(OLD, &OLD.replace("#EXTINF:2,\n101.m4s\n", "")), ["H-11"]);
    }

    #[test]
    fn a_window_that_slides_without_being_counted_is_found() {
        let said = with("MEDIA-SEQUENCE:101", "MEDIA-SEQUENCE:100");
        assert!(said.contains(&"H-11"), "{said:?}");
    }

    #[test]
    fn a_hint_of_the_first_part_of_the_next_segment_is_followed() {
        let old = OLD
            .replace("URI=\"102.1\"\n", "URI=\"103.0\"\n")
            .replace("#EXT-X-PRELOAD", "#EXT-X-PART:DURATION=1,URI=\"102.1\"\n#EXT-X-PRELOAD");
        assert_eq!(between(&old, NEW), [""; 0]);
        assert_eq!(between(&old, &NEW.replace("\"103.0\"", "\"103.zero\"")), ["L-16"]);
        // Nobody can name beforehand what needs an init section that nobody knows of; what is known of can be named.
        let mapped = |text: &str, map: &str| text.replacen("#EXTINF", &format!("#EXT-X-MAP:URI=\"{map}\"\n#EXTINF"), 1);
        let other = NEW.replace("\"103.0\"", "\"103.zero\"");
        let crossing = other.replace("102.m4s", "102.m4s\n#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=\"b\"");
        assert_eq!(between(&mapped(&old, "a"), &mapped(&crossing, "a")), [""; 0]);
        assert_eq!(between(&mapped(&old, "a"), &mapped(&other, "a")), ["L-16"]);
        let told = format!("{}#EXT-X-PRELOAD-HINT:TYPE=MAP,URI=\"b\"\n", mapped(&old, "a"));
        assert_eq!(between(&told, &mapped(&crossing, "a")), ["L-16"]);
        let old = OLD.replace("#EXT-X-PART:DURATION=1,URI=\"102.0\",INDEPENDENT=YES\n", "").replace("102.1", "102.0");
        assert_eq!(between(&old, NEW), [""; 0]);
        assert_eq!(between(&old.replace("URI=\"102.0\"", "URI=\"102\""), NEW), ["L-16"]);
    }

    #[test]
    fn an_ended_or_typed_playlist_may_not_grow_or_shrink() {
        let ended = OLD.replace("#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"102.1\"", "#EXT-X-ENDLIST");
        assert_eq!(between(&ended, NEW), ["H-18"]);
        let typed = |text: &str, kind: &str| {
            text.replace("#EXT-X-PART-INF", &format!("#EXT-X-PLAYLIST-TYPE:{kind}\n#EXT-X-PART-INF"))
        };
        assert_eq!(between(&typed(OLD, "EVENT"), &typed(NEW, "EVENT")), ["H-17"]);
        assert_eq!(between(&typed(OLD, "VOD"), &typed(NEW, "VOD")), ["H-17"]);
        assert_eq!(between(&typed(OLD, "EVENT"), OLD), ["H-17"]);
    }

    #[test]
    fn a_delta_update_is_compared_as_far_as_it_says_something() {
        let delta = NEW
            .replace("#EXTINF:2,\n101.m4s\n", "")
            .replace("SEQUENCE:4\n", "SEQUENCE:4\n#EXT-X-SKIP:SKIPPED-SEGMENTS=1\n");
        assert_eq!(between(OLD, &delta), [""; 0]);
        assert_eq!(between(OLD, &delta.replace("102.0", "102.zero")), ["H-09"]);
    }
}
