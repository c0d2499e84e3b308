//! The playhead.

use std::time::Duration;

use springhead_core::{MediaKind, MonoTime};

use super::Flavour;
use super::ranges::{Micros, Ranges, within};

/// What the playhead does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It is not known where to begin.
    Idle,
    /// Waits for media at the place where it wants to begin.
    Starting,
    /// Moves.
    Playing,
    /// Stands, as nothing is left to play.
    Stalled,
    /// Played everything there was.
    Ended,
    /// Stands for good, after a fatal error.
    Stopped,
}

/// A time during which the playhead stood though it should have moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stall {
    /// When it began.
    pub at: MonoTime,
    /// Where the playhead stood.
    pub position: Micros,
    /// How long it lasted, or has lasted.
    pub length: Duration,
}

/// Moves through what is buffered at the pace of the clock.
#[derive(Clone, Debug)]
pub(super) struct Playback {
    tolerance: Micros,
    jumps_after: Option<Duration>,
    resumes_at: Micros,
    pub(super) phase: Phase,
    /// Where the playhead is.
    head: Micros,
    /// Where it was when it began to move at this rate, and when that was: from there nothing is rounded twice.
    from: (Micros, MonoTime),
    /// In thousandths.
    rate: u32,
    pub(super) tracks: Vec<(MediaKind, Ranges)>,
    pub(super) stalls: Vec<Stall>,
    /// Holes stepped over.
    pub(super) jumps: u64,
    /// Nothing will be added.
    finished: bool,
    pub(super) started: Option<MonoTime>,
}

fn micros(span: Duration) -> Micros {
    Micros::try_from(span.as_micros()).unwrap_or(Micros::MAX)
}

impl Playback {
    pub(super) fn new(flavour: &Flavour) -> Self {
        Self {
            tolerance: micros(flavour.tolerance),
            jumps_after: flavour.jumps_after,
            resumes_at: micros(flavour.resumes_at),
            phase: Phase::Idle,
            head: 0,
            from: (0, MonoTime(0)),
            rate: 1000,
            tracks: Vec::new(),
            stalls: Vec::new(),
            jumps: 0,
            finished: false,
            started: None,
        }
    }

    pub(super) fn position(&self) -> Micros {
        self.head
    }

    fn place(&mut self, head: Micros, now: MonoTime) {
        self.head = head;
        self.from = (head, now);
    }

    /// What is buffered of a kind, made when it is not there.
    pub(super) fn buffer(&mut self, kind: MediaKind) -> &mut Ranges {
        let at = match self.tracks.iter().position(|(known, _)| *known == kind) {
            Some(at) => at,
            None => {
                self.tracks.push((kind, Ranges::default()));
                self.tracks.len() - 1
            }
        };
        &mut self.tracks[at].1
    }

    /// Up to where one kind can be played.
    pub(super) fn reach_of(&self, kind: MediaKind) -> Option<Micros> {
        let (_, ranges) = self.tracks.iter().find(|(known, _)| *known == kind)?;
        ranges.reach(self.head, self.tolerance)
    }

    /// Up to where all kinds can be played.
    fn reach(&self) -> Option<Micros> {
        let mut reach = None;
        for (_, ranges) in &self.tracks {
            let end = ranges.reach(self.head, self.tolerance)?;
            reach = Some(reach.map_or(end, |reach: Micros| reach.min(end)));
        }
        reach
    }

    /// The first place from `at` on where every kind has something.
    fn next_place(&self, mut at: Micros) -> Option<Micros> {
        loop {
            let missing = self.tracks.iter().find(|(_, ranges)| !ranges.holds(at));
            match missing {
                None if self.tracks.is_empty() => return None,
                None => return Some(at),
                Some((_, ranges)) => at = ranges.next_start(at)?,
            }
        }
    }

    /// Goes to a place, and begins when there is media.
    pub(super) fn seek(&mut self, position: Micros, now: MonoTime) {
        if self.phase != Phase::Stopped {
            self.place(within(position), now);
            self.phase = Phase::Starting;
        }
    }

    /// Everything there will be is buffered, or that is no longer so.
    pub(super) fn finish(&mut self, finished: bool) {
        self.finished = finished;
    }

    pub(super) fn stop(&mut self, now: MonoTime) {
        self.advance(now);
        self.phase = Phase::Stopped;
    }

    pub(super) fn set_rate(&mut self, rate: u32, now: MonoTime) {
        if rate != self.rate {
            self.advance(now);
            self.place(self.head, now);
            self.rate = rate;
        }
    }

    /// Where the playhead would be if there were media everywhere.
    fn now_at(&self, now: MonoTime) -> Micros {
        let elapsed = micros(now.saturating_since(self.from.1));
        self.from.0.saturating_add(elapsed.saturating_mul(self.rate.into()) / 1000)
    }

    /// When the playhead will be at `position`, at the latest.
    fn when_at(&self, position: Micros) -> MonoTime {
        let left = u64::try_from(position.saturating_sub(self.from.0)).unwrap_or(0);
        self.from.1 + Duration::from_micros(left.saturating_mul(1000).div_ceil(self.rate.max(1).into()))
    }

    /// Moves the playhead to where it is now. Called before anything that came is taken, and after.
    pub(super) fn advance(&mut self, now: MonoTime) {
        match self.phase {
            Phase::Idle | Phase::Ended | Phase::Stopped => {}
            Phase::Starting => {
                let Some(place) = self.next_place(self.head) else { return };
                let reach = self.tracks.iter().filter_map(|(_, ranges)| ranges.reach(place, self.tolerance)).min();
                if self.finished || reach.is_some_and(|reach| reach - place >= self.resumes_at) {
                    self.place(place, now);
                    self.phase = Phase::Playing;
                    self.started = self.started.or(Some(now));
                }
            }
            Phase::Playing => {
                let wanted = self.now_at(now);
                let reach = self.reach().unwrap_or(self.head);
                if wanted <= reach && !(self.finished && wanted == reach) {
                    self.head = wanted;
                    return;
                }
                let at = self.when_at(reach);
                self.place(reach, at);
                if self.finished && self.next_place(reach + 1).is_none() {
                    self.phase = Phase::Ended;
                    return;
                }
                self.phase = Phase::Stalled;
                self.stalls.push(Stall { at, position: reach, length: Duration::ZERO });
                self.advance(now);
            }
            Phase::Stalled => self.try_to_go_on(now),
        }
    }

    fn try_to_go_on(&mut self, now: MonoTime) {
        let Some(stall) = self.stalls.last_mut() else { return };
        stall.length = now.saturating_since(stall.at);
        let stood = stall.length;
        let reach = self.reach().unwrap_or(self.head);
        let ahead = reach - self.head;
        // A little before a hole, or before the end, will not become more.
        let is_all = self.finished || self.next_place(reach + 1).is_some();
        if ahead >= self.resumes_at || ahead > 0 && is_all {
            self.go_on(self.head, now);
        } else if self.finished && self.next_place(self.head + 1).is_none() {
            self.stalls.pop();
            self.phase = Phase::Ended;
        } else if let Some((place, after)) = self.hole().zip(self.jumps_after)
            && stood >= after
        {
            self.jumps += 1;
            self.go_on(place, now);
        }
    }

    fn go_on(&mut self, place: Micros, now: MonoTime) {
        if self.stalls.last().is_some_and(|stall| stall.length.is_zero()) {
            self.stalls.pop();
        }
        self.place(place, now);
        self.phase = Phase::Playing;
    }

    /// Where media begins again behind a hole at the playhead, while it stands there.
    pub(super) fn hole(&self) -> Option<Micros> {
        let stands = self.phase == Phase::Stalled && self.reach().is_none_or(|reach| reach == self.head);
        stands.then(|| self.next_place(self.head + 1)).flatten()
    }

    /// When less than `goal` of some kind will be ahead of the playhead, where more is.
    pub(super) fn when_below(&self, goal: Micros) -> Option<MonoTime> {
        let reaches = self.tracks.iter().filter_map(|(_, ranges)| ranges.reach(self.head, self.tolerance));
        let least = reaches.filter(|reach| reach - self.head >= goal).min()?;
        (self.phase == Phase::Playing).then(|| self.when_at(least - goal) + Duration::from_micros(1))
    }

    /// When the playhead comes to the end of what there is, or steps over a hole.
    pub(super) fn poll_timeout(&self) -> Option<MonoTime> {
        match self.phase {
            Phase::Playing => Some(self.when_at(self.reach()?) + Duration::from_micros(1)),
            Phase::Stalled => {
                let since = self.stalls.last()?.at;
                self.hole().and(self.jumps_after).map(|after| since + after)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A playhead of pictures and sound that begins at zero, at the first second of the clock.
    fn playing(flavour: Flavour, pictures: &[(Micros, Micros)], sound: &[(Micros, Micros)]) -> Playback {
        let mut playback = Playback::new(&flavour);
        for (kind, stretches) in [(MediaKind::Video, pictures), (MediaKind::Audio, sound)] {
            let buffer = playback.buffer(kind);
            stretches.iter().for_each(|&(start, end)| buffer.insert(start, end));
        }
        playback.seek(0, SECOND);
        playback.advance(SECOND);
        playback
    }

    const SECOND: MonoTime = MonoTime(1_000_000_000);

    fn after(millis: u64) -> MonoTime {
        SECOND + Duration::from_millis(millis)
    }

    #[test]
    fn it_stalls_at_the_end_of_the_shorter_kind_and_counts_from_when_it_got_there() {
        let mut playback = playing(Flavour::hls_js(), &[(0, 3_000_000)], &[(0, 2_000_000)]);
        assert_eq!(playback.poll_timeout(), Some(after(2_000) + Duration::from_micros(1)));
        playback.advance(after(2_700));
        assert_eq!((playback.phase, playback.position()), (Phase::Stalled, 2_000_000));
        playback.buffer(MediaKind::Audio).insert(2_000_000, 2_500_000);
        playback.advance(after(3_000));
        assert_eq!((playback.phase, playback.position()), (Phase::Playing, 2_000_000));
        playback.advance(after(3_250));
        assert_eq!(playback.position(), 2_250_000);
        let stall = Stall { at: after(2_000), position: 2_000_000, length: Duration::from_secs(1) };
        assert_eq!(playback.stalls, [stall]);
    }

    #[test]
    fn media_that_comes_when_the_last_is_played_makes_no_stall() {
        let mut playback = playing(Flavour::hls_js(), &[(0, 1_000_000)], &[(0, 1_000_000)]);
        playback.advance(after(1_000));
        playback.buffer(MediaKind::Video).insert(1_000_000, 2_000_000);
        playback.buffer(MediaKind::Audio).insert(1_000_000, 2_000_000);
        playback.advance(after(1_500));
        assert_eq!((playback.phase, playback.stalls.len()), (Phase::Playing, 0));
    }

    #[test]
    fn a_small_hole_is_played_over_and_a_larger_one_is_stepped_over_by_those_who_do_so() {
        let pictures = [(0, 1_000_000), (1_090_000, 2_000_000), (2_400_000, 4_000_000)];
        for (flavour, phase, jumps) in [(Flavour::hls_js(), Phase::Stalled, 0), (Flavour::dash_js(), Phase::Playing, 1)]
        {
            let mut playback = playing(flavour, &pictures, &[(0, 4_000_000)]);
            playback.advance(after(1_950));
            assert_eq!((playback.phase, playback.position()), (Phase::Playing, 1_950_000));
            playback.advance(after(2_000) + Duration::from_micros(1));
            assert_eq!(playback.hole(), Some(2_400_000));
            playback.advance(after(2_600));
            assert_eq!((playback.phase, playback.jumps), (phase, jumps), "{}", flavour.name);
        }
    }

    #[test]
    fn the_end_is_no_stall_and_a_faster_rate_gets_there_sooner() {
        let mut playback = playing(Flavour::hls_js(), &[(0, 2_000_000)], &[(0, 2_010_000)]);
        playback.finish(true);
        playback.set_rate(1040, after(1_000));
        playback.advance(after(1_500));
        assert_eq!(playback.position(), 1_520_000);
        playback.advance(after(2_000));
        assert_eq!((playback.phase, playback.position(), playback.stalls.len()), (Phase::Ended, 2_000_000, 0));
    }
}
