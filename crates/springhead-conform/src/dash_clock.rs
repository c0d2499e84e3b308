//! An MPD against the clock: whether what it lists is what the time of day says.

use springhead_core::WallTime;
use springhead_manifest::Seconds;
use springhead_manifest::dash::{Mpd, PresentationType, Run};

use crate::Finding;
use crate::dash::{Listed, listed, offset};
use crate::finding::{Report, rules};

struct Clock<'a> {
    mpd: &'a Mpd,
    now: WallTime,
}

rules! {
    for Clock<'_>:
    window => "A-06", "ISO/IEC 23009-1 §5.3.1.2", Warning,
        "as much as timeShiftBufferDepth says can be played", "players seek back to where nothing is";
    lag => "T-09", "DASH-IF IOP timing model", Warning,
        "the newest segment is listed when the clock says that it is available", "players stand at an edge that drifts away from the clock";
    early => "X-09", "DASH-IF low latency §9.X.4.4", Warning,
        "a segment that can be had while it is produced is listed when it begins", "players have the latency of whole segments";
}

/// Checks a live MPD that was fetched at `now`, by the clock of its UTCTiming.
pub fn check(mpd: &Mpd, now: WallTime) -> Vec<Finding> {
    match mpd.type_ {
        PresentationType::Dynamic => run(&Clock { mpd, now }),
        PresentationType::Static => Vec::new(),
    }
}

/// The times of a Representation's timeline on the clock, in microseconds since 1970.
struct Times<'a> {
    one: Listed<'a>,
    first: i128,
    end: i128,
    longest: i128,
}

impl<'a> Clock<'a> {
    fn now(&self) -> i128 {
        i128::from(self.now.0) / 1_000
    }

    /// The timelines of the last Period, which goes on.
    fn live(&self) -> Vec<Times<'a>> {
        let last = self.mpd.periods.last().filter(|period| period.duration.is_none());
        let (Some(last), Some(origin)) = (last, self.mpd.availability_start_time) else { return Vec::new() };
        if self.mpd.media_presentation_duration.is_some() {
            return Vec::new();
        }
        let start = i128::from(origin.0) / 1_000 + i128::from(last.start.unwrap_or_default().micros());
        let of_last = listed(self.mpd).filter(|one| std::ptr::eq(one.period, last));
        let times = of_last.filter_map(|one| {
            let scale = i128::from(one.template.timescale());
            let micros = |ticks: i128| ticks * 1_000_000 / scale;
            let zero = i128::from(one.template.presentation_time_offset());
            let runs: Vec<Run> = one.template.timeline.as_ref()?.runs().collect();
            let (first, end) = (runs.first()?.start, runs.last()?.end()?);
            let longest = micros(runs.iter().map(|run| run.duration).max()?.into());
            let at = |ticks: u64| start + micros(i128::from(ticks) - zero);
            Some(Times { first: at(first), end: at(end), longest, one })
        });
        times.collect()
    }

    /// What an MPD may be behind, besides a segment: it is good for minimumUpdatePeriod, and a second for the network.
    fn slack(&self) -> i128 {
        let update = self.mpd.minimum_update_period.unwrap_or_default().micros();
        i128::from(update) + 1_000_000
    }
}

fn window(clock: &Clock<'_>, report: &mut Report<'_>) {
    let Some(depth) = clock.mpd.time_shift_buffer_depth else { return };
    for times in clock.live() {
        let start = times.one.period.start.unwrap_or_default().micros();
        let origin = i128::from(clock.mpd.availability_start_time.unwrap_or_default().0) / 1_000;
        // Nothing was before the Period, or another one has it.
        let promised = (clock.now() - i128::from(depth.micros())).max(origin + i128::from(start));
        let missing = times.first - promised - times.longest;
        if missing > 0 {
            report.at(
                &times.one.place,
                format_args!("{} ms of {depth} are not listed", (missing + times.longest) / 1_000),
            );
        }
    }
}

fn lag(clock: &Clock<'_>, report: &mut Report<'_>) {
    for times in clock.live() {
        if offset(clock.mpd, &times.one) > Seconds::ZERO {
            continue;
        }
        let behind = clock.now() - times.end;
        if behind > times.longest + clock.slack() {
            report.at(&times.one.place, format_args!("the last segment ended {} ms ago", behind / 1_000));
        }
    }
}

fn early(clock: &Clock<'_>, report: &mut Report<'_>) {
    for times in clock.live() {
        let offset = offset(clock.mpd, &times.one);
        if offset == Seconds::ZERO {
            continue;
        }
        // The segment behind the last one can be had that much before it ends.
        let behind = clock.now() - (times.end + times.longest - i128::from(offset.micros()));
        if behind > clock.slack() {
            report.at(
                &times.one.place,
                format_args!("the next segment has been there for {} ms, and is not listed", behind / 1_000),
            );
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::finding::{BrokenInputs, broken};

    /// Segments of two seconds, from 10 to 20 s of a Period that begins 100 s after 1970.
    fn said(change: (&str, &str), seconds: i64) -> Vec<Finding> {
        let text = r#"<MPD type="dynamic" profiles="urn:a:b" availabilityStartTime="1970-01-01T00:00:00Z"
 minimumUpdatePeriod="PT2S" minBufferTime="PT1S" timeShiftBufferDepth="PT8S"><Period id="p" start="PT100S">
 <AdaptationSet id="1"><SegmentTemplate timescale="90" presentationTimeOffset="900" media="$Time$">
 <SegmentTimeline><S t="1800" d="180" r="4"/></SegmentTimeline></SegmentTemplate><Representation id="v" bandwidth="1"/>
 </AdaptationSet></Period></MPD>"#;
        assert!(text.contains(change.0));
        check(&Mpd::parse(&text.replace(change.0, change.1)).unwrap(), WallTime(seconds * 1_000_000_000))
    }

    pub(crate) fn broken_inputs() -> BrokenInputs {
        let ahead = ("timescale", "availabilityTimeOffset=\"1.5\" timescale");
        vec![("A-06", said(("PT8S", "PT60S"), 121)), ("T-09", said(("PT8S", "PT8S"), 126)), ("X-09", said(ahead, 124))]
    }

    #[test]
    fn every_rule_fires_where_it_is_broken() {
        for (id, findings) in broken_inputs() {
            assert_eq!(broken(&findings), [id]);
        }
    }

    #[test]
    fn an_mpd_that_keeps_up_has_no_finding() {
        for seconds in [119, 120, 122, 125] {
            assert_eq!(said(("PT8S", "PT8S"), seconds), [], "{seconds}");
        }
        assert_eq!(said(("dynamic", "static"), 500), []);
        assert_eq!(said(("t=\"1800\"", "t=\"900\""), 111), [], "less than the window since the Period began");
        assert_eq!(said(("start=\"PT100S\"", "start=\"PT100S\" duration=\"PT20S\""), 500), [], "it has ended");
    }
}
