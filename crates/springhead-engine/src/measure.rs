//! What is measured of the tracks of one broadcast, across its publish sessions.

use std::time::Duration;

use springhead_analytics::{CaptureClock, TrackMeter, TrackSnapshot};
use springhead_core::{AccessUnit, MediaKind, MonoTime, Rounding, Timescale, TrackId, TrackSet};
use springhead_intake::IntakeStats;

use crate::broadcast::TrackStats;
use crate::pace::{Pace, PaceChange};
use crate::quality::{Quality, QualityChange};

/// What bitrate and frame rate are measured over.
const WINDOW: Duration = Duration::from_secs(5);

/// The meters of a broadcast's tracks.
#[derive(Debug, Default)]
pub(crate) struct Measures {
    tracks: Vec<Measured>,
    /// When the media of the present timeline was captured, for tracks of which that is known.
    captures: Vec<(TrackId, CaptureClock)>,
}

#[derive(Debug)]
struct Measured {
    track: TrackId,
    kind: MediaKind,
    meter: TrackMeter,
    pace: Pace,
    quality: Quality,
}

/// What is made public of one track: what was measured, of which any later time can be asked.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    track: TrackId,
    meter: TrackMeter,
    intake: IntakeStats,
}

impl Reading {
    /// The numbers at `now`, to which the track may have been silent.
    pub(crate) fn stats(&self, now: MonoTime) -> TrackStats {
        let meter = self.meter.snapshot(now);
        TrackStats {
            track: self.track,
            timescale: self.meter.scale(),
            units: meter.units,
            bytes: meter.bytes,
            bitrate: meter.bitrate.unwrap_or(0),
            meter,
            intake: self.intake,
        }
    }
}

impl Measures {
    /// A track was described: what is left out of it counts from here on.
    pub(crate) fn meet(&mut self, track: TrackId, kind: MediaKind, scale: Timescale) {
        if self.measured(track).is_none() {
            let meter = TrackMeter::new(scale, WINDOW);
            self.tracks.push(Measured { track, kind, meter, pace: Pace::default(), quality: Quality::default() });
        }
    }

    /// Follows a new set: tracks that it adds get a meter, and a new timeline is not compared with the one before.
    pub(crate) fn follow(&mut self, set: &TrackSet, new_timeline: bool) {
        for track in &*set.tracks {
            self.meet(track.id, track.kind(), track.timescale);
            if let Some(measured) = self.measured(track.id).filter(|measured| measured.meter.scale() != track.timescale)
            {
                measured.meter.restart_in(track.timescale);
            }
        }
        if new_timeline {
            for measured in &mut self.tracks {
                measured.meter.restart();
                measured.pace.restart();
            }
        }
    }

    /// Says when the units of a track were captured, from now on.
    pub(crate) fn set_capture(&mut self, track: TrackId, clock: CaptureClock) {
        self.captures.retain(|(known, _)| *known != track);
        self.captures.push((track, clock));
    }

    /// When units are captured is not known any more: their clock is another.
    pub(crate) fn forget_captures(&mut self) {
        self.captures.clear();
    }

    pub(crate) fn observe(&mut self, unit: &AccessUnit) {
        let clock = self.captures.iter().find(|(track, _)| *track == unit.track).map(|(_, clock)| *clock);
        let Some(measured) = self.measured(unit.track) else { return };
        measured.meter.observe(unit);
        if let Some(clock) = clock {
            measured.meter.observe_capture(unit, &clock);
        }
        let at = unit.dts.rescale(measured.meter.scale(), Timescale::NANOS, Rounding::Nearest);
        measured.pace.observe(at.0, unit.arrival);
    }

    /// A unit of a track was left out.
    pub(crate) fn drop_unit(&mut self, track: TrackId) {
        if let Some(measured) = self.measured(track) {
            measured.meter.drop_units(1);
        }
    }

    /// Units of a track did not come.
    pub(crate) fn lose_units(&mut self, track: TrackId, count: u64) {
        if let Some(measured) = self.measured(track) {
            measured.meter.lose_units(count);
        }
    }

    /// Looks for tracks that are overdue.
    pub(crate) fn handle_timeout(&mut self, now: MonoTime) {
        self.tracks.iter_mut().for_each(|measured| measured.pace.handle_timeout(now));
    }

    /// When [`handle_timeout`](Self::handle_timeout) has something to do.
    pub(crate) fn poll_timeout(&self) -> Option<MonoTime> {
        self.tracks.iter().filter_map(|measured| measured.pace.poll_timeout()).min()
    }

    /// The session is over: nothing is awaited, and the next has clocks of its own.
    pub(crate) fn close(&mut self, now: MonoTime) {
        self.tracks.iter_mut().for_each(|measured| measured.pace.close(now));
        self.forget_captures();
    }

    /// What became of the pace of each track; at most two changes of each.
    pub(crate) fn paces(&mut self) -> impl Iterator<Item = (TrackId, PaceChange)> {
        self.tracks.iter_mut().flat_map(|measured| {
            let track = measured.track;
            std::iter::from_fn(|| measured.pace.poll()).map(move |change| (track, change))
        })
    }

    /// What became of the quality of each track.
    pub(crate) fn qualities(&mut self, now: MonoTime) -> impl Iterator<Item = (TrackId, QualityChange)> {
        self.tracks.iter_mut().flat_map(move |measured| {
            let track = measured.track;
            // Up to the newest unit: silence is another matter.
            let seen: TrackSnapshot = measured.meter.snapshot(MonoTime::default());
            measured.quality.observe(measured.kind, &seen, now).map(move |change| (track, change))
        })
    }

    /// What is known of each track, in the order in which they came.
    pub(crate) fn readings(&self, intake: impl Fn(TrackId) -> IntakeStats) -> impl Iterator<Item = Reading> {
        self.tracks.iter().map(move |measured| Reading {
            track: measured.track,
            meter: measured.meter.clone(),
            intake: intake(measured.track),
        })
    }

    fn measured(&mut self, track: TrackId) -> Option<&mut Measured> {
        self.tracks.iter_mut().find(|measured| measured.track == track)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use springhead_testkit::{Source, SourceOptions};

    #[test]
    fn counts_outlive_a_change_of_the_timescale_and_a_new_timeline() {
        let source = Source::new(SourceOptions::default());
        let set = source.tracks();
        let units = source.until(Duration::from_secs(2));
        let mut measures = Measures::default();
        measures.follow(&set, false);
        units.iter().for_each(|unit| measures.observe(unit));
        let slower = set.tracks.iter().map(|track| {
            let mut track = (**track).clone();
            track.timescale = Timescale::NANOS;
            track.into()
        });
        measures.follow(&TrackSet::new(set.generation.next(), set.timeline, slower.collect()), true);
        units.iter().for_each(|unit| measures.observe(unit));
        let first = units[0].track;
        measures.drop_unit(first);
        measures.lose_units(first, 5);
        let stats = |reading: Reading| reading.stats(MonoTime::default());
        let stats: Vec<_> = measures.readings(|_| IntakeStats::default()).map(stats).collect();
        assert_eq!(stats.iter().map(|track| track.units).sum::<u64>(), 2 * units.len() as u64);
        assert_eq!(stats.iter().map(|track| (track.meter.dropped, track.meter.lost)).max(), Some((1, 5)));
        assert!(stats.iter().all(|track| track.timescale == Timescale::NANOS));
    }

    #[test]
    fn a_track_that_was_only_described_counts_what_is_left_out_of_it() {
        let mut measures = Measures::default();
        measures.meet(TrackId(7), MediaKind::Audio, Timescale::MILLIS);
        measures.drop_unit(TrackId(7));
        measures.drop_unit(TrackId(8));
        let stats: Vec<_> = measures.readings(|_| IntakeStats::default()).map(|it| it.stats(MonoTime(1))).collect();
        assert_eq!(stats.len(), 1);
        assert_eq!((stats[0].meter.dropped, stats[0].bitrate, stats[0].meter.bitrate), (1, 0, None));
    }
}
