//! One request for a media playlist with Delivery Directives, and its answer (rfc8216bis §6.2.5).

use std::time::Duration;

use springhead_manifest::Seconds;
use springhead_manifest::hls::MediaPlaylist;

use crate::Finding;
use crate::finding::{Report, rules};

/// The Delivery Directives of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Directives {
    /// `_HLS_msn`
    pub msn: Option<u64>,
    /// `_HLS_part`
    pub part: Option<u64>,
    /// `_HLS_skip`
    pub skip: Option<Skip>,
    /// One that the standard does not have, which a server ignores.
    pub unknown: bool,
    /// One whose value is no decimal-integer.
    pub malformed: bool,
}

/// The values of `_HLS_skip`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Skip {
    /// `YES`
    Yes,
    /// `v2`: date ranges may be left out as well.
    V2,
}

/// A request and its answer.
#[derive(Clone, Copy, Debug)]
pub struct Reload<'a> {
    /// The playlist that the client had: the newest before the request was sent.
    pub before: &'a MediaPlaylist,
    /// What was asked for.
    pub directives: Directives,
    /// The status of the answer.
    pub status: u16,
    /// The playlist of an answer of 200, if it can be read.
    pub after: Option<&'a MediaPlaylist>,
    /// From the request to the head of the answer.
    pub held: Duration,
}

rules! {
    for Reload<'_>:
    segment => "D-02", "rfc8216bis §6.2.5.2", Error,
        "a request for a segment is answered once the playlist has it complete", "AVPlayer fails with -15410";
    part => "D-03", "rfc8216bis §6.2.5.2", Error,
        "a request for a part is answered once the playlist has that part or a later one", "AVPlayer fails with -15410";
    part_without_segment => "D-05", "rfc8216bis §6.2.5.2", Error,
        "a part without a segment is answered 400", "players that err are not told";
    too_far => "D-06", "rfc8216bis §6.2.5.2", Warning,
        "a segment more than two ahead is answered 400 at once", "a request that nothing can answer is held, and a player waits for it";
    too_long => "D-07", "rfc8216bis §6.2.5.2", Warning,
        "no answer is held longer than three target durations, and then it is 503", "AVPlayer fails with -15416";
    refused => "D-07", "rfc8216bis §6.2.5.2", Error,
        "a request for what comes next is answered with a playlist", "AVPlayer fails with -15416; with 503, -16849";
    old => "D-08", "rfc8216bis §6.2.5.2", Error,
        "a request for what is there is answered at once", "players wait for what they could have had";
    ended => "D-09", "rfc8216bis §6.2.5.2", Error,
        "after EXT-X-ENDLIST directives are ignored", "players that join after the end wait in vain";
    skip => "D-10", "rfc8216bis §6.2.5.1", Error,
        "a request for a delta update gets one where CAN-SKIP-UNTIL promises it, and nowhere else",
        "players load the whole playlist each time, or get one that they cannot read";
    unknown => "D-11", "rfc8216bis §6.2.5", Error,
        "a directive that is not known is ignored", "players of a later version are refused";
    malformed => "D-12", "rfc8216bis §6.2.5.2", Warning,
        "a directive that is no number is answered 400", "players that err are not told";
}

/// Checks one answer.
pub fn check(reload: &Reload<'_>) -> Vec<Finding> {
    run(reload)
}

/// How far a request reaches.
#[derive(PartialEq, Eq)]
enum Reach {
    /// What is listed already.
    There,
    /// What comes next, or after that.
    Next,
    /// More than two segments ahead.
    TooFar,
}

impl Reload<'_> {
    /// How far a well-formed request for a segment reaches; none of any other, and where the server does not block.
    fn reach(&self) -> Option<Reach> {
        let Directives { msn, part, malformed, .. } = self.directives;
        let blocks = self.before.server_control.is_some_and(|control| control.can_block_reload);
        let msn = msn.filter(|_| blocks && !malformed && !self.before.end_list)?;
        // The open segment counts as the last one.
        let last = self.before.next_media_sequence();
        if msn > last.saturating_add(2) {
            return Some(Reach::TooFar);
        }
        Some(if has(self.before, msn, part) { Reach::There } else { Reach::Next })
    }

    fn target(&self) -> Duration {
        Duration::from(Seconds::from_secs(self.before.target_duration))
    }
}

/// Whether the playlist has the segment complete, or the part or anything later.
fn has(playlist: &MediaPlaylist, msn: u64, part: Option<u64>) -> bool {
    let next = playlist.next_media_sequence();
    let open = playlist.open.as_ref().map_or(0, |open| open.parts.len() as u64);
    match part {
        None => msn < next,
        Some(part) => msn < next && !is_beyond(playlist, msn, part, open) || msn == next && part < open,
    }
}

/// Whether a part is beyond the last of its complete segment, and so the first of the next, which has not begun.
fn is_beyond(playlist: &MediaPlaylist, msn: u64, part: u64, open: u64) -> bool {
    let newest = msn.checked_add(1) == Some(playlist.next_media_sequence()) && open == 0;
    let parts = playlist.segments.last().map_or(0, |segment| segment.parts.len() as u64);
    newest && parts > 0 && part >= parts
}

fn lacking(reload: &Reload<'_>, report: &mut Report<'_>) {
    let (Some(after), Some(msn)) = (reload.after.filter(|after| !after.end_list), reload.directives.msn) else {
        return;
    };
    let part = reload.directives.part;
    if reload.status == 200 && reload.reach() == Some(Reach::Next) && !has(after, msn, part) {
        let what = part.map_or(format!("segment {msn}"), |part| format!("part {part} of segment {msn}"));
        let same = if after == reload.before { ", and nothing is new in it" } else { "" };
        report.at(what, format_args!("the answer after {} ms does not have it{same}", reload.held.as_millis()));
    }
}

fn segment(reload: &Reload<'_>, report: &mut Report<'_>) {
    if reload.directives.part.is_none() {
        lacking(reload, report);
    }
}

fn part(reload: &Reload<'_>, report: &mut Report<'_>) {
    if reload.directives.part.is_some() {
        lacking(reload, report);
    }
}

fn part_without_segment(reload: &Reload<'_>, report: &mut Report<'_>) {
    let Directives { msn, part, .. } = reload.directives;
    if msn.is_none() && part.is_some() && reload.status != 400 && !reload.before.end_list {
        report.at("_HLS_part without _HLS_msn", format_args!("answered {}", reload.status));
    }
}

fn too_far(reload: &Reload<'_>, report: &mut Report<'_>) {
    let Some(msn) = reload.directives.msn.filter(|_| reload.reach() == Some(Reach::TooFar)) else { return };
    if reload.status != 400 {
        let next = reload.before.next_media_sequence();
        report.at(format_args!("_HLS_msn={msn}"), format_args!("answered {} where {next} is next", reload.status));
    }
}

fn too_long(reload: &Reload<'_>, report: &mut Report<'_>) {
    // A second for the way there and back.
    if reload.held > reload.target() * 3 + Duration::from_secs(1) {
        let message = format_args!("answered {} after {} ms", reload.status, reload.held.as_millis());
        report.at("a blocking reload", message);
    }
}

fn refused(reload: &Reload<'_>, report: &mut Report<'_>) {
    let refused = !(200..300).contains(&reload.status);
    if refused && matches!(reload.reach(), Some(Reach::Next | Reach::There)) {
        report.at("a blocking reload", format_args!("answered {} after {} ms", reload.status, reload.held.as_millis()));
    }
}

fn old(reload: &Reload<'_>, report: &mut Report<'_>) {
    if reload.reach() == Some(Reach::There) && reload.held > reload.target() {
        report.at("a reload", format_args!("answered after {} ms", reload.held.as_millis()));
    }
}

fn ended(reload: &Reload<'_>, report: &mut Report<'_>) {
    let asked = reload.directives != Directives::default();
    if asked && reload.before.end_list && (reload.status != 200 || reload.held > reload.target()) {
        let message = format_args!("answered {} after {} ms", reload.status, reload.held.as_millis());
        report.at("a reload after the end", message);
    }
}

fn skip(reload: &Reload<'_>, report: &mut Report<'_>) {
    let Some(after) = reload.after else { return };
    let boundary = after.server_control.and_then(|control| control.can_skip_until).filter(|_| !after.end_list);
    match (reload.directives.skip, &after.skip, boundary) {
        (None, Some(_), _) => report.at("EXT-X-SKIP", "a delta update that was not asked for"),
        (Some(_), Some(_), None) => report.at("EXT-X-SKIP", "a delta update without CAN-SKIP-UNTIL, or after the end"),
        (Some(_), None, Some(_)) if after.delta().is_some() => {
            report.at("_HLS_skip", "the answer is the full playlist")
        }
        (Some(Skip::Yes), Some(skip), _) if skip.recently_removed_dateranges.is_some() => {
            report.at("EXT-X-SKIP", "date ranges are left out, and the request was no v2");
        }
        _ => {}
    }
}

fn unknown(reload: &Reload<'_>, report: &mut Report<'_>) {
    if reload.directives.unknown && reload.status != 200 {
        report.at("an unknown directive", format_args!("answered {}", reload.status));
    }
}

fn malformed(reload: &Reload<'_>, report: &mut Report<'_>) {
    if reload.directives.malformed && !reload.before.end_list && reload.status != 400 {
        report.at("a malformed directive", format_args!("answered {}", reload.status));
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::finding::{BrokenInputs, broken};

    fn playlist(segments: usize, parts: usize) -> MediaPlaylist {
        let segments = "#EXTINF:1,\na\n".repeat(segments);
        let parts = "#EXT-X-PART:DURATION=0.5,URI=\"p\",INDEPENDENT=YES\n".repeat(parts);
        let text = format!(
            "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=6,PART-HOLD-BACK=1.5\n\
             #EXT-X-PART-INF:PART-TARGET=0.5\n{segments}{parts}"
        );
        MediaPlaylist::parse(&text).unwrap()
    }

    fn ask(msn: impl Into<Option<u64>>, part: impl Into<Option<u64>>) -> Directives {
        Directives { msn: msn.into(), part: part.into(), ..Directives::default() }
    }

    /// What is said of an answer after so many milliseconds, where the playlist had ten segments and one part more.
    fn said(directives: Directives, status: u16, after: Option<&MediaPlaylist>, millis: u64) -> Vec<Finding> {
        let before = playlist(10, 1);
        check(&Reload { before: &before, directives, status, after, held: Duration::from_millis(millis) })
    }

    pub(crate) fn broken_inputs() -> BrokenInputs {
        let (same, next, ten) = (playlist(10, 1), playlist(10, 2), playlist(10, 0));
        let ended = MediaPlaylist { end_list: true, ..playlist(10, 0) };
        let late = Reload { before: &ended, directives: ask(10, None), status: 503, after: None, held: Duration::ZERO };
        let skip = |skip| Directives { skip: Some(skip), ..Directives::default() };
        let bare = MediaPlaylist { server_control: None, ..same.clone() };
        let unasked = MediaPlaylist::delta(&same).unwrap();
        let v2 = unasked
            .clone()
            .render()
            .replace("SKIPPED-SEGMENTS=4", "SKIPPED-SEGMENTS=4,RECENTLY-REMOVED-DATERANGES=\"\"");
        let v2 = MediaPlaylist::parse(&v2).unwrap();
        let stray = MediaPlaylist { skip: unasked.skip.clone(), ..bare };
        vec![
            ("D-02", said(ask(10, None), 200, Some(&next), 300)),
            ("D-03", said(ask(10, 1), 200, Some(&same), 300)),
            ("D-03", said(ask(11, 0), 200, Some(&ten), 300)),
            ("D-05", said(ask(None, 0), 200, Some(&same), 0)),
            ("D-06", said(ask(13, None), 503, None, 0)),
            ("D-07", said(ask(10, 1), 200, Some(&next), 4_001)),
            ("D-07", said(ask(10, 1), 503, None, 3_000)),
            ("D-08", said(ask(3, None), 200, Some(&same), 1_001)),
            ("D-09", check(&late)),
            ("D-10", said(skip(Skip::Yes), 200, Some(&same), 0)),
            ("D-10", said(skip(Skip::Yes), 200, Some(&v2), 0)),
            ("D-10", said(skip(Skip::V2), 200, Some(&stray), 0)),
            ("D-10", said(Directives::default(), 200, Some(&unasked), 0)),
            ("D-11", said(Directives { unknown: true, ..Directives::default() }, 400, None, 0)),
            ("D-12", said(Directives { malformed: true, ..Directives::default() }, 200, Some(&same), 0)),
        ]
    }

    #[test]
    fn every_rule_fires_where_it_is_broken() {
        for (n, (id, findings)) in broken_inputs().into_iter().enumerate() {
            assert_eq!(broken(&findings), [id], "case {n}");
        }
    }

    #[test]
    fn answers_as_the_standard_has_them_have_no_finding() {
        let (same, next, ten, eleven) = (playlist(10, 1), playlist(10, 2), playlist(10, 0), playlist(11, 0));
        let ended = MediaPlaylist { end_list: true, ..ten.clone() };
        for (directives, status, after, millis) in [
            (Directives::default(), 200, Some(&same), 0),
            (ask(10, None), 200, Some(&eleven), 900),
            (ask(10, 1), 200, Some(&next), 500),
            (ask(10, 1), 200, Some(&eleven), 500),
            (ask(10, 7), 200, Some(&eleven), 900),
            (ask(10, 1), 200, Some(&ended), 500),
            (ask(3, 5), 200, Some(&same), 0),
            (ask(99, None), 400, None, 0),
            (ask(None, 0), 400, None, 0),
        ] {
            assert_eq!(said(directives, status, after, millis), [], "{directives:?}");
        }
        let delta = same.delta().unwrap();
        let skip = Directives { skip: Some(Skip::V2), ..ask(10, 0) };
        assert_eq!(said(skip, 200, Some(&delta), 0), [], "a server without CAN-SKIP-DATERANGES answers as for YES");
    }

    #[test]
    fn an_answer_with_nothing_new_says_so() {
        let findings = said(ask(10, 1), 200, Some(&playlist(10, 1)), 3_000);
        assert!(findings[0].message.ends_with("nothing is new in it"), "{}", findings[0].message);
        assert!(findings[0].consequence.contains("-15410"));
    }
}
