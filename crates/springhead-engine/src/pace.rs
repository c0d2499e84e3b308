//! Whether a track keeps up with time. Pure.

use std::time::Duration;

use springhead_core::MonoTime;

/// How far behind a track may fall: as far as a player at low latency can bear, and as a publisher may be silent before
/// another replaces it.
const BOUND: Duration = Duration::from_secs(1);
/// How long a track that is behind has to keep its distance to be taken for one that has stopped its clock.
const STEADY: Duration = Duration::from_secs(3);
/// How much further behind it may fall in that time.
const SLACK: Duration = Duration::from_millis(100);
/// What part of the time that goes by an encoder's clock may be slow: more than any quartz is.
const DRIFT: i128 = 1000;

/// How the units of one track come against the time that they are of.
///
/// On time is what comes as early as the earliest did, by its own stamps; an encoder whose clock is a little slow moves that.
/// A track runs under when a unit comes a second behind that, or the next one is that late. It has caught up when a unit
/// comes half a second behind at most. Where it keeps its distance instead, its clock stood still meanwhile, and how it comes
/// now is on time. A track of few pictures is not late for as long as the last few were apart, and nothing is awaited before
/// the second unit of a timeline.
///
/// Feed it every unit with [`observe`](Self::observe), tell it the time with [`handle_timeout`](Self::handle_timeout) when
/// [`poll_timeout`](Self::poll_timeout) says so, and drain [`poll`](Self::poll).
#[derive(Debug, Default)]
pub(crate) struct Pace {
    newest: Option<Newest>,
    /// What arrival is later than the stamp for a unit on time.
    line: i128,
    /// How far the last few units are apart: an interval counts by seven eighths with each that is shorter. Not known of a
    /// single unit.
    stride: Option<i128>,
    episode: Option<Episode>,
}

#[derive(Clone, Copy, Debug)]
struct Newest {
    at: i128,
    arrival: i128,
}

/// A time of running under, until its end has been told.
#[derive(Debug)]
struct Episode {
    since: MonoTime,
    behind: Duration,
    over: Option<MonoTime>,
    told: bool,
    /// Since when it falls no further behind, and how late it was then.
    steady: Option<(MonoTime, i128)>,
}

/// What became of the pace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PaceChange {
    /// It is too slow.
    Began { behind: Duration },
    /// It is as fast as time again, or nobody is there any more who could be.
    Ended { lasted: Duration },
}

impl Pace {
    /// Takes in a unit that is stamped `at` nanoseconds.
    pub(crate) fn observe(&mut self, at: i64, arrival: MonoTime) {
        let newest = Newest { at: at.into(), arrival: arrival.0.into() };
        let delay = newest.arrival - newest.at;
        match self.newest.replace(newest) {
            Some(last) => {
                let creep = (newest.arrival - last.arrival).max(0) / DRIFT;
                self.line = delay.min(self.line + creep);
                let before = self.stride.unwrap_or(0);
                self.stride = Some((newest.at - last.at).max(before - before / 8));
            }
            None => self.line = delay,
        }
        let behind = delay - self.line;
        if behind >= nanos(BOUND) {
            self.begin(arrival, behind);
        }
        let Some(episode) = self.episode.as_mut().filter(|episode| episode.over.is_none()) else { return };
        let (since, level) = *episode.steady.get_or_insert((arrival, delay));
        if behind <= nanos(BOUND) / 2 {
            episode.over = Some(arrival);
        } else if delay > level + nanos(SLACK) {
            episode.steady = Some((arrival, delay));
        } else if arrival.saturating_since(since) >= STEADY {
            episode.over = Some(arrival);
            self.line = delay;
        }
    }

    /// Tells the time, though no unit came.
    pub(crate) fn handle_timeout(&mut self, now: MonoTime) {
        if self.poll_timeout().is_some_and(|due| due <= now)
            && let Some(newest) = self.newest
        {
            self.begin(now, i128::from(now.0) - newest.at - self.line);
        }
    }

    /// When the next unit is overdue; none while that is known, or nothing is awaited.
    pub(crate) fn poll_timeout(&self) -> Option<MonoTime> {
        let known = self.episode.as_ref().is_some_and(|episode| episode.over.is_none());
        let newest = self.newest.filter(|_| !known)?;
        let due = newest.at + self.line + self.stride? + nanos(BOUND);
        Some(MonoTime(u64::try_from(due.max(0)).unwrap_or(u64::MAX)))
    }

    /// Begins a new timeline: the next unit is on time.
    pub(crate) fn restart(&mut self) {
        (self.newest, self.stride) = (None, None);
    }

    /// Nothing is awaited any more.
    pub(crate) fn close(&mut self, now: MonoTime) {
        self.restart();
        if let Some(episode) = &mut self.episode {
            episode.over.get_or_insert(now);
        }
    }

    /// What was not told of yet. A time of running under that ends and begins anew before it was is one.
    pub(crate) fn poll(&mut self) -> Option<PaceChange> {
        let episode = self.episode.as_mut()?;
        if !std::mem::replace(&mut episode.told, true) {
            return Some(PaceChange::Began { behind: episode.behind });
        }
        let lasted = episode.over?.saturating_since(episode.since);
        self.episode = None;
        Some(PaceChange::Ended { lasted })
    }

    fn begin(&mut self, now: MonoTime, behind: i128) {
        let behind = Duration::from_nanos(u64::try_from(behind.max(0)).unwrap_or(u64::MAX));
        let new = || Episode { since: now, behind, over: None, told: false, steady: None };
        let episode = self.episode.get_or_insert_with(new);
        episode.behind = episode.behind.max(behind);
        if episode.over.take().is_some() {
            episode.steady = None;
        }
    }
}

fn nanos(span: Duration) -> i128 {
    span.as_nanos() as i128
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A track of which tests say when what comes, in milliseconds.
    #[derive(Default)]
    struct Track(Pace, Vec<(u64, PaceChange)>);

    impl Track {
        fn unit(&mut self, at: i64, arrival: u64) {
            self.wait(arrival);
            self.0.observe(at * 1_000_000, MonoTime(arrival * 1_000_000));
            self.drain(arrival);
        }

        fn wait(&mut self, until: u64) {
            if let Some(due) = self.0.poll_timeout().filter(|due| due.0 <= until * 1_000_000) {
                self.0.handle_timeout(due);
                assert_eq!(self.0.poll_timeout(), None, "what is known is not awaited");
                self.drain(due.0 / 1_000_000);
            }
        }

        fn drain(&mut self, now: u64) {
            self.1.extend(std::iter::from_fn(|| self.0.poll()).map(|change| (now, change)));
        }
    }

    fn began(at: u64, behind: u64) -> (u64, PaceChange) {
        (at, PaceChange::Began { behind: Duration::from_millis(behind) })
    }

    fn ended(at: u64, lasted: u64) -> (u64, PaceChange) {
        (at, PaceChange::Ended { lasted: Duration::from_millis(lasted) })
    }

    #[test]
    fn the_ends_of_time_do_not_overflow() {
        let mut pace = Pace::default();
        for (at, arrival) in [(i64::MIN, u64::MAX), (i64::MAX, 0), (i64::MIN, u64::MAX), (i64::MAX, u64::MAX)] {
            pace.observe(at, MonoTime(arrival));
            pace.poll_timeout();
            pace.handle_timeout(MonoTime(u64::MAX));
            pace.poll();
        }
    }

    #[test]
    fn jitter_below_the_bound_and_a_start_in_a_burst_are_no_underrun() {
        let mut track = Track::default();
        (0..50).for_each(|n| track.unit(n * 40, 2_000));
        (50..500).for_each(|n| track.unit(n * 40, n as u64 * 40 + if n % 20 == 0 { 900 } else { 0 }));
        assert_eq!(track.1, []);
    }

    #[test]
    fn silence_runs_under_after_a_second_and_ends_when_what_is_owed_has_come() {
        let mut track = Track::default();
        (0..=25).for_each(|n| track.unit(n * 40, n as u64 * 40));
        (26..=125).for_each(|n| track.unit(n * 40, 5_000 + (n as u64 - 26)));
        assert_eq!(track.1[0], began(2_040, 1_040));
        // Picture 114 is the first that is half a second late at most: stamped 4 560, come at 5 088.
        let (at, PaceChange::Ended { lasted }) = track.1[1] else { panic!("{:?}", track.1) };
        assert!(at > 5_000 && at < 5_100 && lasted.as_millis() as u64 == at - 2_040, "{at} {lasted:?}");
        assert_eq!(track.1.len(), 2);
    }

    #[test]
    fn a_publisher_who_is_slower_than_time_runs_under_until_it_is_not() {
        let mut track = Track::default();
        // Nine tenths of time: a second behind after nine seconds of media.
        (0..450).for_each(|n| track.unit(n * 36, n as u64 * 40));
        assert_eq!(track.1.len(), 1, "{:?}", track.1);
        assert!((10_000..10_400).contains(&track.1[0].0), "{:?}", track.1);
        // From there on as fast as time: it has stopped its clock in between.
        (0..450).for_each(|n| track.unit(16_200 + n * 40, 18_000 + n as u64 * 40));
        assert_eq!(track.1.len(), 2, "{:?}", track.1);
        assert!((20_000..21_200).contains(&track.1[1].0), "{:?}", track.1);
        (0..250).for_each(|n| track.unit(34_200 + n * 40, 36_000 + n as u64 * 40));
        assert_eq!(track.1.len(), 2, "how it comes now is on time");
    }

    #[test]
    fn a_clock_that_drifts_for_a_day_is_no_underrun() {
        let mut track = Track::default();
        // 200 millionths slow.
        (0..86_400).for_each(|n| track.unit(n * 1_000, n as u64 * 1_000 + n as u64 / 5));
        assert_eq!(track.1, []);
    }

    #[test]
    fn few_pictures_are_not_late_once_that_is_their_pace() {
        let mut track = Track::default();
        (0..=25).for_each(|n| track.unit(n * 40, n as u64 * 40));
        (1..=20).for_each(|n| track.unit(1_000 + n * 3_000, 1_000 + n as u64 * 3_000));
        assert_eq!(track.1, [began(2_040, 1_040), ended(4_000, 1_960)]);
    }

    #[test]
    fn a_new_timeline_is_on_time_and_ends_what_was() {
        let mut track = Track::default();
        (0..=25).for_each(|n| track.unit(n * 40, n as u64 * 40));
        track.wait(6_000);
        track.0.restart();
        track.unit(7_200_000, 7_000);
        assert_eq!(track.1, [began(2_040, 1_040), ended(7_000, 4_960)]);
    }

    #[test]
    fn who_leaves_ends_what_was_and_is_not_awaited() {
        let mut track = Track::default();
        (0..=25).for_each(|n| track.unit(n * 40, n as u64 * 40));
        track.wait(3_000);
        track.0.close(MonoTime(3_000_000_000));
        track.drain(3_000);
        track.wait(60_000);
        assert_eq!(track.1, [began(2_040, 1_040), ended(3_000, 960)]);
    }

    #[test]
    fn what_comes_and_goes_before_anybody_asks_is_told_as_one() {
        let mut pace = Pace::default();
        for n in 0..100u64 {
            let at = i64::from(n as u32) * 3_000_000_000;
            let late = if n % 2 == 1 { 2_000_000_000 } else { 0 };
            pace.observe(at, MonoTime(at as u64 + late));
        }
        let told: Vec<_> = std::iter::from_fn(|| pace.poll()).collect();
        assert!(matches!(told[..], [PaceChange::Began { .. }]), "{told:?}");
    }
}
