//! When date ranges came to a playlist and left it.

use std::collections::VecDeque;

use springhead_core::MonoTime;

use super::DateRange;
use crate::Seconds;

/// Which date ranges of a playlist are news, and which are gone: what a delta update without old date ranges tells
/// (`_HLS_skip=v2`, draft-pantos-hls-rfc8216bis-22 §6.2.5.1).
///
/// A pure machine beside the playlist. [`handle_date_ranges`](Self::handle_date_ranges) takes those of each new version;
/// [`recent`](Self::recent) is what goes into a delta. Holds one copy of what is listed and the ids of what left within
/// the Skip Boundary.
///
/// ```
/// use springhead_core::MonoTime;
/// use springhead_manifest::{Seconds, hls::{DateRange, DateRangeLog}};
/// let second = |n: u64| MonoTime(n * 1_000_000_000);
/// let range = DateRange { id: "break-1".into(), ..DateRange::default() };
/// let mut log = DateRangeLog::new(Seconds::from_secs(24));
/// log.handle_date_ranges(&[range], second(0));
/// assert_eq!(log.recent(second(24)).listed, ["break-1"]);
/// assert!(log.recent(second(25)).listed.is_empty());
/// log.handle_date_ranges(&[], second(30));
/// assert_eq!(log.recent(second(31)).removed, ["break-1"]);
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DateRangeLog {
    boundary: Seconds,
    /// What is listed, with when it came or last changed.
    listed: Vec<(DateRange, MonoTime)>,
    /// What has left and when, the oldest first.
    removed: VecDeque<(String, MonoTime)>,
}

/// What a delta update tells of date ranges.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RecentDateRanges {
    /// The ids of those that came or changed within the Skip Boundary, and are therefore in it.
    pub listed: Vec<String>,
    /// The ids of those that were removed within it.
    pub removed: Vec<String>,
}

impl DateRangeLog {
    /// For a playlist with this CAN-SKIP-UNTIL. Nothing is listed yet.
    pub fn new(can_skip_until: Seconds) -> Self {
        Self { boundary: can_skip_until, listed: Vec::new(), removed: VecDeque::new() }
    }

    /// Takes the date ranges of a new version of the playlist. One that says more than before counts as new, since older
    /// copies lack what it says.
    pub fn handle_date_ranges(&mut self, ranges: &[DateRange], now: MonoTime) {
        let before = std::mem::take(&mut self.listed);
        let since = |range: &DateRange| before.iter().find(|(one, _)| one == range).map_or(now, |(_, since)| *since);
        self.listed = ranges.iter().map(|range| (range.clone(), since(range))).collect();
        let is_listed = |id: &String| ranges.iter().any(|range| range.id == *id);
        self.removed.retain(|(id, at)| within(self.boundary, *at, now) && !is_listed(id));
        let gone = before.into_iter().map(|(range, _)| range.id).filter(|id| !is_listed(id));
        for id in gone {
            // Several tags may describe one range.
            if !self.removed.iter().any(|(removed, _)| *removed == id) {
                self.removed.push_back((id, now));
            }
        }
    }

    /// What a delta update at this time tells.
    pub fn recent(&self, now: MonoTime) -> RecentDateRanges {
        let recent = |at: &MonoTime| within(self.boundary, *at, now);
        RecentDateRanges {
            listed: self.listed.iter().filter(|(_, at)| recent(at)).map(|(range, _)| range.id.clone()).collect(),
            removed: self.removed.iter().filter(|(_, at)| recent(at)).map(|(id, _)| id.clone()).collect(),
        }
    }
}

fn within(boundary: Seconds, at: MonoTime, now: MonoTime) -> bool {
    // A microsecond that has begun counts, so that nothing is left out too early.
    Seconds::from(now.saturating_since(at)) <= boundary
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> MonoTime {
        MonoTime(seconds * 1_000_000_000)
    }

    fn range(id: &str, class: &str) -> DateRange {
        DateRange { id: id.into(), class: Some(class.into()), ..DateRange::default() }
    }

    fn ids(listed: &[&str], removed: &[&str]) -> RecentDateRanges {
        let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        RecentDateRanges { listed: owned(listed), removed: owned(removed) }
    }

    #[test]
    fn what_came_or_left_is_news_for_as_long_as_the_skip_boundary() {
        let mut log = DateRangeLog::new(Seconds::from_secs(10));
        log.handle_date_ranges(&[range("a", "x")], at(0));
        log.handle_date_ranges(&[range("a", "x"), range("b", "x")], at(6));
        assert_eq!(log.recent(at(10)), ids(&["a", "b"], &[]));
        assert_eq!(log.recent(at(11)), ids(&["b"], &[]));
        log.handle_date_ranges(&[range("b", "x")], at(12));
        assert_eq!(log.recent(at(22)), ids(&[], &["a"]));
        assert_eq!(log.recent(at(23)), ids(&[], &[]));
    }

    #[test]
    fn a_range_that_says_more_is_news_again() {
        let mut log = DateRangeLog::new(Seconds::from_secs(10));
        log.handle_date_ranges(&[range("a", "x")], at(0));
        log.handle_date_ranges(&[range("a", "y")], at(20));
        assert_eq!(log.recent(at(30)), ids(&["a"], &[]));
    }

    #[test]
    fn what_has_been_gone_for_longer_is_forgotten() {
        let mut log = DateRangeLog::new(Seconds::from_secs(10));
        for second in 0..1_000 {
            log.handle_date_ranges(&[range(&second.to_string(), "x")], at(second));
        }
        assert_eq!((log.listed.len(), log.removed.len()), (1, 11));
    }
}
