//! Two consecutive fetches of one MPD.

use std::collections::HashMap;

use springhead_manifest::dash::{Mpd, Period, PresentationType, Run};

use crate::Finding;
use crate::dash::{Listed, listed};
use crate::finding::{Report, rules};

struct Fetches<'a> {
    old: &'a Mpd,
    new: &'a Mpd,
}

rules! {
    for Fetches<'_>:
    dates => "A-02", "DASH-IF IOP timing model", Error,
        "availabilityStartTime never changes, and publishTime does when the MPD does", "players move their live edge";
    structure => "A-08", "DASH-IF IOP timing model", Error,
        "sets and Representations of a Period never change", "players lose what they play";
    anchors => "A-09", "DASH-IF IOP timing model", Error,
        "Period@start and presentationTimeOffset never change", "players move the timeline, and leave holes";
    trimmed => "T-07", "DASH-IF IOP timing model", Error,
        "segments leave at the front only, with startNumber keeping count, and keep their times",
        "players ask for segments that are not there";
    kept => "T-12", "DASH-IF IOP timing model", Error,
        "a segment stays listed until it is older than timeShiftBufferDepth", "players that are behind lose what they were about to load";
    end => "E-04", "ISO/IEC 23009-1 §5.3.1.2", Error,
        "what has ended stays as it is", "players have stopped reloading";
}

/// Checks what changed from one fetch to the next.
///
/// The last two segments of the old fetch may have been announced ahead; their durations may shrink.
pub fn check(old: &Mpd, new: &Mpd) -> Vec<Finding> {
    run(&Fetches { old, new })
}

impl<'a> Fetches<'a> {
    /// The Periods that both have.
    fn periods(&self) -> impl Iterator<Item = (String, &'a Period, &'a Period)> {
        let new: HashMap<&str, &Period> = self.new.periods.iter().filter_map(|p| Some((p.id.as_deref()?, p))).collect();
        self.old.periods.iter().filter_map(move |old| {
            let id = old.id.as_deref()?;
            Some((format!("Period {id}"), old, *new.get(id)?))
        })
    }

    /// The Representations that both have, by the ids of Period and Representation.
    fn representations(&self) -> Vec<(Listed<'a>, Listed<'a>)> {
        fn key<'b>(one: &Listed<'b>) -> (Option<&'b str>, &'b str) {
            (one.period.id.as_deref(), &one.representation.id)
        }
        let mut new: HashMap<_, Listed<'a>> = listed(self.new).map(|one| (key(&one), one)).collect();
        listed(self.old).filter_map(|old| new.remove(&key(&old)).map(|new| (old, new))).collect()
    }
}

fn dates(fetches: &Fetches<'_>, report: &mut Report<'_>) {
    let (old, new) = (fetches.old, fetches.new);
    let dynamic = old.type_ == PresentationType::Dynamic && new.type_ == PresentationType::Dynamic;
    if dynamic && old.availability_start_time != new.availability_start_time {
        report.at("MPD", "@availabilityStartTime changed");
    }
    if dynamic && old.publish_time == new.publish_time && old != new {
        report.at("MPD", "the MPD changed, and @publishTime did not");
    }
    if new.publish_time < old.publish_time && new.publish_time.is_some() {
        report.at("MPD", "@publishTime went back");
    }
}

fn structure(fetches: &Fetches<'_>, report: &mut Report<'_>) {
    for (place, old, new) in fetches.periods() {
        let ids = |period: &Period| {
            let of_set = |set: &springhead_manifest::dash::AdaptationSet| {
                (set.id, set.representations.iter().map(|one| one.id.clone()).collect::<Vec<_>>())
            };
            period.adaptation_sets.iter().map(of_set).collect::<Vec<_>>()
        };
        if ids(old) != ids(new) {
            report.at(place, "its sets or Representations changed");
        }
    }
    let last_old = fetches.old.periods.last().and_then(|period| period.id.as_deref());
    let gone = last_old.is_some_and(|id| fetches.new.periods.iter().all(|period| period.id.as_deref() != Some(id)));
    if gone {
        report.warn("MPD", "no Period of the fetch before is left at the live edge");
    }
}

fn anchors(fetches: &Fetches<'_>, report: &mut Report<'_>) {
    for (place, old, new) in fetches.periods() {
        if old.start != new.start {
            report.at(place, "@start changed");
        }
    }
    for (old, new) in fetches.representations() {
        if old.template.presentation_time_offset() != new.template.presentation_time_offset() {
            report.at(&old.place, "@presentationTimeOffset changed");
        }
        if old.template.timescale() != new.template.timescale() {
            report.at(&old.place, "@timescale changed");
        }
    }
}

fn trimmed(fetches: &Fetches<'_>, report: &mut Report<'_>) {
    for (old, new) in fetches.representations() {
        let (Some(old_line), Some(new_line)) = (&old.template.timeline, &new.template.timeline) else { continue };
        let (old_runs, new_runs): (Vec<Run>, Vec<Run>) = (old_line.runs().collect(), new_line.runs().collect());
        let (Some(old_end), Some(first)) = (end_of(&old_runs), new_runs.first()) else { continue };
        if first.start >= old_end {
            continue;
        }
        // Where both lists overlap, the n-th segment of the one is the n+k-th of the other. Where segments are named by
        // their numbers, k is what startNumber grew by; where by their times alone, the first time that both have says it.
        let by_number = old.template.media.as_ref().is_some_and(|media| media.contains("$Number"));
        let grew = match by_number {
            true => new.template.start_number().checked_sub(old.template.start_number()),
            false => index_of(&old_runs, first.start),
        };
        let Some(grew) = grew else {
            let message =
                if by_number { "@startNumber went back" } else { "the first segment is none of the fetch before" };
            report.at(&old.place, message);
            continue;
        };
        match Cursor::new(&old_runs).time_of(grew) {
            Some(time) if time == first.start => steady(&old.place, &old_runs, &new_runs, grew, report),
            Some(time) => {
                let message = format_args!("{grew} segments left, and the first is at {}, not {time}", first.start);
                report.at(&old.place, message);
            }
            None => report.at(&old.place, "@startNumber grew by more segments than there were"),
        }
    }
}

/// Compares the segments that both list, but for the times that the last two of the old list may still change.
fn steady(place: &str, old: &[Run], new: &[Run], skip: u64, report: &mut Report<'_>) {
    let (Some(old_count), Some(new_count)) = (count(old), count(new)) else { return };
    let last = old_count.saturating_sub(2).min((new_count - 1).saturating_add(skip));
    // Two lists of runs that agree wherever a run of either begins, and at the last segment, agree everywhere. So this
    // takes as long as there are runs, whatever they repeat.
    let mut indices = [beginnings(old, 0), beginnings(new, skip), vec![last]].concat();
    indices.sort_unstable();
    let (mut before, mut after) = (Cursor::new(old), Cursor::new(new));
    for index in indices.into_iter().filter(|index| (skip..=last).contains(index)) {
        if before.time_of(index) != after.time_of(index - skip) {
            return report.at(place, format_args!("segment {index} of the fetch before changed its time"));
        }
    }
}

fn kept(fetches: &Fetches<'_>, report: &mut Report<'_>) {
    let (old, new) = (fetches.old, fetches.new);
    let (Some(origin), Some(now), Some(depth)) =
        (new.availability_start_time, new.publish_time, new.time_shift_buffer_depth)
    else {
        return;
    };
    for (before, after) in fetches.representations() {
        let (Some(old_line), Some(new_line)) = (&before.template.timeline, &after.template.timeline) else { continue };
        let (Some(first), Some(was)) = (new_line.runs().next(), old_line.runs().next()) else { continue };
        if old.type_ != PresentationType::Dynamic || first.start <= was.start {
            continue;
        }
        // The last segment that left ends where the first one that is left begins.
        let scale = i128::from(after.template.timescale());
        let within =
            (i128::from(first.start) - i128::from(after.template.presentation_time_offset())) * 1_000_000 / scale;
        let start = i128::from(after.period.start.unwrap_or_default().micros());
        let ended = i128::from(origin.0) / 1_000 + start + within;
        let age = i128::from(now.0) / 1_000 - ended;
        // A second, as publishTime may have no decimals.
        let least = i128::from(depth.micros()) - 1_000_000;
        if age < least {
            report.at(&after.place, format_args!("a segment left {} ms after it ended, within {depth}", age / 1_000));
        }
    }
}

fn end(fetches: &Fetches<'_>, report: &mut Report<'_>) {
    let (old, new) = (fetches.old, fetches.new);
    let finished = |mpd: &Mpd| mpd.type_ == PresentationType::Static || mpd.minimum_update_period.is_none();
    if finished(old) && !finished(new) {
        report.at("MPD", "it had ended, and is live again");
    }
    if finished(old) && old.media_presentation_duration < new.media_presentation_duration {
        report.at("MPD", "@mediaPresentationDuration grew after the end");
    }
    if new.type_ == PresentationType::Dynamic && old.minimum_update_period.is_some() && finished(new) {
        let lasts =
            new.media_presentation_duration.is_some() || new.periods.last().is_some_and(|one| one.duration.is_some());
        if !lasts {
            report.at("MPD", "@minimumUpdatePeriod is gone, and nothing says when it ends");
        }
    }
}

/// The index of each run's first segment, counted from `first`.
fn beginnings(runs: &[Run], first: u64) -> Vec<u64> {
    let next = |at: &mut u64, run: &Run| {
        let index = *at;
        *at = at.saturating_add(run.count.unwrap_or(0));
        Some(index)
    };
    runs.iter().scan(first, next).collect()
}

fn end_of(runs: &[Run]) -> Option<u64> {
    runs.last().map(|run| run.end().unwrap_or(u64::MAX))
}

/// The index of the segment that begins at that time.
fn index_of(runs: &[Run], time: u64) -> Option<u64> {
    let firsts = beginnings(runs, 0);
    let (run, first) = runs.iter().zip(firsts).take_while(|(run, _)| run.start <= time).last()?;
    let within = time - run.start;
    let exact = within == 0 || run.duration > 0 && within.is_multiple_of(run.duration);
    let index = within.checked_div(run.duration).unwrap_or(0);
    (exact && run.count.is_none_or(|count| index < count)).then(|| first.saturating_add(index))
}

fn count(runs: &[Run]) -> Option<u64> {
    runs.iter().try_fold(0u64, |sum, run| sum.checked_add(run.count?))
}

/// Looks up when segments begin, in ascending order of their indices.
struct Cursor<'a> {
    runs: &'a [Run],
    /// The index of the first segment of the first run.
    first: u64,
}

impl<'a> Cursor<'a> {
    fn new(runs: &'a [Run]) -> Self {
        Self { runs, first: 0 }
    }

    /// When the segment of that index begins; none when there is no such segment.
    fn time_of(&mut self, index: u64) -> Option<u64> {
        loop {
            let (run, rest) = self.runs.split_first()?;
            let within = index.checked_sub(self.first)?;
            match run.count {
                Some(count) if within >= count => {
                    self.first = self.first.checked_add(count)?;
                    self.runs = rest;
                }
                _ => return run.duration.checked_mul(within)?.checked_add(run.start),
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::finding::{BrokenInputs, broken};

    fn mpd(publish: u32, start_number: u64, timeline: &str) -> String {
        format!(
            r#"<MPD type="dynamic" profiles="urn:a:b" availabilityStartTime="2026-11-21T10:00:00Z"
 publishTime="2026-11-21T10:10:{publish:02}Z" minBufferTime="PT1S" minimumUpdatePeriod="PT2S"><Period id="p" start="PT0S"><AdaptationSet id="1">
 <SegmentTemplate timescale="90" presentationTimeOffset="900" startNumber="{start_number}" media="$Number$">
 <SegmentTimeline>{timeline}</SegmentTimeline></SegmentTemplate><Representation id="v" bandwidth="1"/>
 </AdaptationSet></Period></MPD>"#
        )
    }

    fn between(old: &str, new: &str) -> Vec<&'static str> {
        broken(&check(&Mpd::parse(old).unwrap(), &Mpd::parse(new).unwrap()))
    }

    #[test]
    fn a_window_that_slides_gives_no_finding() {
        let old = mpd(0, 5, r#"<S t="900" d="180" r="3"/><S d="170"/><S d="180" r="1"/>"#);
        for (number, timeline) in [
            (5, r#"<S t="900" d="180" r="3"/><S d="170"/><S d="180" r="2"/>"#),
            (6, r#"<S t="1080" d="180" r="2"/><S d="170"/><S d="180" r="2"/>"#),
            (9, r#"<S t="1620" d="170"/><S d="180" r="2"/>"#),
            (10, r#"<S t="1790" d="180" r="2"/>"#),
            // The open segment was shorter than announced.
            (6, r#"<S t="1080" d="180" r="2"/><S d="170"/><S d="90"/><S d="180" r="1"/>"#),
            (99, r#"<S t="90000" d="180"/>"#),
        ] {
            assert_eq!(between(&old, &mpd(2, number, timeline)), [""; 0], "{timeline}");
        }
        assert_eq!(between(&old, &old), [""; 0]);
    }

    const OLD: &str = r#"<S t="900" d="180" r="3"/><S d="170"/><S d="180" r="1"/>"#;
    const NEW: &str = r#"<S t="1080" d="180" r="2"/><S d="170"/><S d="180" r="2"/>"#;

    const BROKEN: &[(&str, &str, &str)] = &[
        ("A-02", "T10:00:00Z", "T10:00:01Z"),
        ("A-02", "T10:10:02Z", "T10:10:00Z"),
        ("A-02", "T10:10:02Z", "T10:09:59Z"),
        ("A-08", r#"<Representation id="v""#, r#"<Representation id="v" bandwidth="1"/><Representation id="w""#),
        ("A-08", r#"AdaptationSet id="1""#, r#"AdaptationSet id="2""#),
        ("A-08", r#"Period id="p""#, r#"Period id="q""#),
        ("A-09", "PT0S", "PT1S"),
        ("A-09", r#"Offset="900""#, r#"Offset="901""#),
        ("T-07", r#"startNumber="6""#, r#"startNumber="5""#),
        ("T-07", r#"startNumber="6""#, r#"startNumber="4""#),
        ("T-07", r#"startNumber="6""#, r#"startNumber="60""#),
        ("T-07", r#"t="1080""#, r#"t="1081""#),
        ("T-07", r#"d="180" r="2"/><S d="170"/><S d="180" r="2"/>"#, r#"d="170" r="6"/>"#),
        ("T-07", r#"d="180" r="2"/><S d="170"/>"#, r#"d="180" r="1"/><S d="179"/><S d="170"/>"#),
        ("T-12", r#"minBufferTime="PT1S""#, r#"minBufferTime="PT1S" timeShiftBufferDepth="PT605S""#),
        ("E-04", r#"minimumUpdatePeriod="PT2S""#, ""),
    ];

    fn said(from: &str, to: &str) -> Vec<Finding> {
        let new = mpd(2, 6, NEW);
        assert!(new.contains(from), "{from}");
        check(&Mpd::parse(&mpd(0, 5, OLD)).unwrap(), &Mpd::parse(&new.replacen(from, to, 1)).unwrap())
    }

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
    fn segments_that_are_named_by_their_times_need_no_numbers() {
        let timed = |text: String| text.replace("$Number$", "$Time$");
        let old = timed(mpd(0, 1, r#"<S t="900" d="180" r="3"/><S d="170"/><S d="180" r="1"/>"#));
        for timeline in [
            r#"<S t="1080" d="180" r="2"/><S d="170"/><S d="180" r="2"/>"#,
            r#"<S t="1620" d="170"/><S d="180" r="2"/>"#,
            r#"<S t="90000" d="180"/>"#,
        ] {
            assert_eq!(between(&old, &timed(mpd(2, 1, timeline))), [""; 0], "{timeline}");
        }
        for timeline in [r#"<S t="1081" d="180" r="2"/>"#, r#"<S t="1080" d="170" r="2"/>"#] {
            assert_eq!(between(&old, &timed(mpd(2, 1, timeline))), ["T-07"], "{timeline}");
        }
    }

    #[test]
    fn runs_of_billions_take_no_time() {
        let run = r#"<S t="0" d="1" r="2147483647"/>"#;
        let (old, new) = (mpd(0, 0, run), mpd(1, 2_000_000_000, r#"<S t="2000000000" d="1" r="147483647"/>"#));
        assert_eq!(between(&old, &new), [""; 0]);
    }
}
