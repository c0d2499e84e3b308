//! What is measured of the tracks of one broadcast, across its publish sessions.

use std::time::Duration;

use springhead_analytics::{TrackMeter, TrackSnapshot};
use springhead_core::{AccessUnit, Timescale, TrackId, TrackSet};

/// What bitrate and frame rate are measured over.
const WINDOW: Duration = Duration::from_secs(5);

/// The meters of a broadcast's tracks.
#[derive(Debug, Default)]
pub(crate) struct Measures(Vec<Measured>);

#[derive(Debug)]
struct Measured {
    track: TrackId,
    scale: Timescale,
    meter: TrackMeter,
    /// Counts of meters before this one, which had another timescale.
    before: TrackSnapshot,
}

impl Measures {
    /// Follows a new set: tracks that it adds get a meter, and a new timeline is not compared with the one before.
    pub(crate) fn follow(&mut self, set: &TrackSet, new_timeline: bool) {
        for track in &*set.tracks {
            match self.0.iter_mut().find(|measured| measured.track == track.id) {
                Some(measured) if measured.scale == track.timescale => {}
                Some(measured) => {
                    measured.before = measured.snapshot();
                    measured.scale = track.timescale;
                    measured.meter = TrackMeter::new(track.timescale, WINDOW);
                }
                None => self.0.push(Measured {
                    track: track.id,
                    scale: track.timescale,
                    meter: TrackMeter::new(track.timescale, WINDOW),
                    before: TrackSnapshot::default(),
                }),
            }
        }
        if new_timeline {
            self.0.iter_mut().for_each(|measured| measured.meter.restart());
        }
    }

    pub(crate) fn observe(&mut self, unit: &AccessUnit) {
        if let Some(measured) = self.0.iter_mut().find(|measured| measured.track == unit.track) {
            measured.meter.observe(unit);
        }
    }

    /// A unit of a track was left out.
    pub(crate) fn drop_unit(&mut self, track: TrackId) {
        if let Some(measured) = self.0.iter_mut().find(|measured| measured.track == track) {
            measured.meter.drop_units(1);
        }
    }

    /// What is known of each track, in the order in which they came.
    pub(crate) fn snapshots(&self) -> impl Iterator<Item = (TrackId, TrackSnapshot)> {
        self.0.iter().map(|measured| (measured.track, measured.snapshot()))
    }
}

impl Measured {
    fn snapshot(&self) -> TrackSnapshot {
        let (now, before) = (self.meter.snapshot(), &self.before);
        TrackSnapshot {
            units: now.units + before.units,
            bytes: now.bytes + before.bytes,
            gaps: now.gaps + before.gaps,
            dropped: now.dropped + before.dropped,
            ..now
        }
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
        let count: u64 = measures.snapshots().map(|(_, measured)| measured.units).sum();
        assert_eq!(count, 2 * units.len() as u64);
        assert_eq!(measures.snapshots().map(|(_, measured)| measured.dropped).sum::<u64>(), 1);
    }
}
