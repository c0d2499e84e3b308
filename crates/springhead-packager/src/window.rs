//! The DVR window: which segments are listed, and how long those that left it linger.

use std::collections::VecDeque;
use std::sync::Arc;

use springhead_core::{MediaSequence, MonoTime};
use std::time::Duration;

use crate::segment::Segment;
use crate::{Dvr, Timing};

/// By how much a follower's segments may be shorter than the leader's.
const LONGEST_UNIT: Duration = Duration::from_millis(100);

/// The window over the leader's segments, to which all renditions keep, so that their playlists cover the same time.
#[derive(Debug)]
pub(crate) struct Window {
    dvr: Dvr,
    pub(crate) listed_from: MediaSequence,
    pub(crate) kept_from: MediaSequence,
    next: MediaSequence,
    /// The number and duration of every listed segment.
    listed: VecDeque<(MediaSequence, u64)>,
    listed_micros: u64,
    /// Segments that left the window, with the time until which a playlist may be in use that lists them (H-15).
    lingering: VecDeque<(MediaSequence, MonoTime)>,
    /// The same, for snapshots.
    shared: Arc<[(MediaSequence, MonoTime)]>,
}

impl Window {
    /// A window whose first segment will be `first`.
    pub(crate) fn new(dvr: Dvr, first: MediaSequence) -> Self {
        Self {
            dvr,
            listed_from: first,
            kept_from: first,
            next: first,
            listed: VecDeque::new(),
            listed_micros: 0,
            lingering: VecDeque::new(),
            shared: Arc::default(),
        }
    }

    /// The segments that left the window, with the time until which each is kept.
    pub(crate) fn lingering(&self) -> Arc<[(MediaSequence, MonoTime)]> {
        self.shared.clone()
    }

    /// The number that comes next.
    pub(crate) fn next(&self) -> MediaSequence {
        self.next
    }

    /// Takes a new segment of the leader in, and moves the window. `bytes` is what all renditions keep, in order of
    /// segment number, so that what has to go can be seen to be enough.
    pub(crate) fn advance(
        &mut self,
        segment: &Arc<Segment>,
        timing: Option<&Timing>,
        now: MonoTime,
        bytes_from: impl Fn(MediaSequence) -> u64,
    ) {
        self.next = segment.msn.next();
        self.listed.push_back((segment.msn, segment.duration.micros()));
        self.listed_micros += segment.duration.micros();
        // A follower has yet to complete the newest, and what it has may be shorter by a unit.
        let least = timing.map_or(u64::MAX, |timing| {
            timing.target_duration * 3_000_000 + segment.duration.micros() + LONGEST_UNIT.as_micros() as u64
        });
        let dvr = u64::try_from(self.dvr.time.as_micros()).unwrap_or(u64::MAX);
        while let Some(&(_, oldest)) = self.listed.front() {
            let rest = self.listed_micros - oldest;
            let over = rest >= dvr || self.listed.len() > self.dvr.segments;
            if !over || rest < least {
                break;
            }
            self.unlist(now);
        }
        while self.lingering.front().is_some_and(|&(_, until)| until <= now) {
            self.drop_oldest();
        }
        while bytes_from(self.kept_from) > self.dvr.bytes {
            if self.lingering.is_empty() {
                let Some(&(_, oldest)) = self.listed.front() else { break };
                if self.listed_micros - oldest < least {
                    break;
                }
                self.unlist(now);
            }
            self.drop_oldest();
        }
        self.shared = self.lingering.iter().copied().collect();
    }

    fn unlist(&mut self, now: MonoTime) {
        if let Some((msn, micros)) = self.listed.pop_front() {
            let until = now + Duration::from_micros(micros + self.listed_micros);
            self.listed_micros -= micros;
            self.lingering.push_back((msn, until));
            self.listed_from = msn.next();
        }
    }

    fn drop_oldest(&mut self) {
        if let Some((msn, _)) = self.lingering.pop_front() {
            self.kept_from = msn.next();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use springhead_core::{DiscontinuitySequence, Ticks, Timescale, Timestamp, WallTime};
    use springhead_manifest::Seconds;
    use springhead_testkit::{Source, SourceOptions};

    use super::*;
    use crate::segment::{Init, Made, Period};

    /// A segment of two seconds.
    fn segment(msn: u64) -> Arc<Segment> {
        let track = Source::new(SourceOptions::default()).tracks().tracks[0].clone();
        let period = Period {
            id: DiscontinuitySequence(0),
            start: Duration::ZERO,
            wall: WallTime(0),
            zero: Timestamp::ZERO,
            zero_scale: Timescale::MPEG,
            from: Timestamp::ZERO,
            follows: crate::segment::Follows::Anew,
        };
        Arc::new(Segment {
            msn: MediaSequence(msn),
            period: Arc::new(period),
            discontinuity: false,
            init: Arc::new(Init {
                id: 0,
                track,
                presented_from: Ticks::ZERO,
                body: Bytes::new(),
                in_transport_streams: true,
            }),
            start: Timestamp::ZERO,
            ticks: Ticks(180_000),
            duration: Seconds::from_micros(2_000_000),
            program_date_time: WallTime(0),
            independent: true,
            open_group: false,
            units: 0,
            parts: Vec::new(),
            len: 100,
            made: Made::default(),
        })
    }

    fn at(msn: u64) -> MonoTime {
        MonoTime(0) + Duration::from_secs(msn * 2)
    }

    const TIMING: Timing = Timing { target_duration: 2, part_target: Seconds::from_micros(500_000) };

    #[test]
    fn nothing_leaves_before_promises_are_made() {
        let mut window = Window::new(Dvr { time: Duration::from_secs(6), segments: 1, bytes: 1 }, MediaSequence(0));
        (0..10).for_each(|msn| window.advance(&segment(msn), None, at(msn), |_| 1000));
        assert_eq!((window.listed_from, window.kept_from), (MediaSequence(0), MediaSequence(0)));
    }

    #[test]
    fn what_left_lingers_for_its_own_time_and_that_of_the_playlist() {
        let dvr = Dvr { time: Duration::from_secs(6), ..Dvr::default() };
        let mut window = Window::new(dvr, MediaSequence(0));
        for msn in 0..20 {
            window.advance(&segment(msn), Some(&TIMING), at(msn), |_| 0);
            // Five are listed: three target durations, the newest, and what it takes to be sure of them. The sixth-last left
            // now, and stays for fourteen seconds: its own two and a playlist of twelve.
            assert_eq!(window.listed_from, MediaSequence((msn + 1).saturating_sub(5)));
            assert_eq!(window.kept_from, MediaSequence((msn + 1).saturating_sub(12)));
        }
    }

    #[test]
    fn lingering_segments_go_first_when_bytes_are_short() {
        let dvr = Dvr { time: Duration::from_secs(6), bytes: 600, ..Dvr::default() };
        let mut window = Window::new(dvr, MediaSequence(0));
        for msn in 0..20 {
            window.advance(&segment(msn), Some(&TIMING), at(msn), |from| (msn + 1 - from.0) * 100);
            assert_eq!(window.listed_from, MediaSequence((msn + 1).saturating_sub(5)));
            assert_eq!(window.kept_from, MediaSequence((msn + 1).saturating_sub(6)));
        }
    }
}
