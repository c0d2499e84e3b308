//! What networks and encoders do to a stream.

use std::collections::VecDeque;
use std::time::Duration;

use springhead_core::{AccessUnit, MonoTime, Timestamp};

use crate::Prng;

/// Which faults to inject, each so many times in a thousand units. The default injects none.
///
/// ```
/// use springhead_testkit::{Faults, Source, SourceOptions};
/// let faults = Faults { seed: 7, drop: 50, ..Default::default() };
/// let mut faulty = faults.inject(Source::new(SourceOptions::default()).take(1000));
/// let left = faulty.by_ref().count() as u64;
/// assert_eq!(left + faulty.report().dropped, 1000);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Equal seeds give equal faults.
    pub seed: u64,
    /// Units that are lost.
    pub drop: u32,
    /// Units that come twice, one right after the other.
    pub duplicate: u32,
    /// Units that come after the one that follows them.
    pub swap: u32,
    /// How much later than it should a unit may arrive. Arrival still never goes back.
    pub arrival_jitter: Duration,
    /// By how many ticks of its track, either way, a decode time may be wrong. The presentation time stays right.
    pub dts_jitter: u32,
}

/// What has been done to a stream so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FaultReport {
    /// Units that were lost.
    pub dropped: u64,
    /// Units that came twice.
    pub duplicated: u64,
    /// Pairs that came in the wrong order.
    pub swapped: u64,
}

impl Faults {
    /// The units with the faults.
    pub fn inject<I: Iterator<Item = AccessUnit>>(self, units: I) -> Faulty<I> {
        Faulty {
            faults: self,
            prng: Prng::new(self.seed),
            units,
            ready: VecDeque::new(),
            arrival: MonoTime::default(),
            report: FaultReport::default(),
        }
    }
}

/// Units with faults, from [`Faults::inject`].
#[derive(Clone, Debug)]
pub struct Faulty<I> {
    faults: Faults,
    prng: Prng,
    units: I,
    ready: VecDeque<AccessUnit>,
    arrival: MonoTime,
    report: FaultReport,
}

impl<I: Iterator<Item = AccessUnit>> Faulty<I> {
    /// What has been done so far.
    pub fn report(&self) -> FaultReport {
        self.report
    }

    /// The next unit that is not lost.
    fn kept(&mut self) -> Option<AccessUnit> {
        loop {
            let unit = self.units.next()?;
            if !self.prng.chance(self.faults.drop) {
                return Some(unit);
            }
            self.report.dropped += 1;
        }
    }

    fn refill(&mut self) -> Option<()> {
        let unit = self.kept()?;
        if self.prng.chance(self.faults.swap)
            && let Some(early) = self.kept()
        {
            self.report.swapped += 1;
            self.ready.push_back(early);
        }
        if self.prng.chance(self.faults.duplicate) {
            self.report.duplicated += 1;
            self.ready.push_back(unit.clone());
        }
        self.ready.push_back(unit);
        Some(())
    }

    fn jitter(&mut self, unit: &mut AccessUnit) {
        let late = u64::try_from(self.faults.arrival_jitter.as_nanos()).unwrap_or(u64::MAX);
        let late = Duration::from_nanos(self.prng.below(late.saturating_add(1)));
        self.arrival = self.arrival.max(unit.arrival + late);
        unit.arrival = self.arrival;
        let wrong = i64::from(self.faults.dts_jitter);
        let wrong = self.prng.below(2 * wrong as u64 + 1) as i64 - wrong;
        unit.dts = Timestamp(unit.dts.0.saturating_add(wrong));
        unit.composition_offset.0 = unit.composition_offset.0.saturating_sub(wrong);
    }
}

impl<I: Iterator<Item = AccessUnit>> Iterator for Faulty<I> {
    type Item = AccessUnit;

    fn next(&mut self) -> Option<AccessUnit> {
        if self.ready.is_empty() {
            self.refill()?;
        }
        let mut unit = self.ready.pop_front()?;
        self.jitter(&mut unit);
        Some(unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Source, SourceOptions};

    fn units() -> impl Iterator<Item = AccessUnit> {
        Source::new(SourceOptions::default()).take(2000)
    }

    #[test]
    fn without_faults_nothing_changes() {
        assert!(Faults::default().inject(units()).eq(units()));
    }

    #[test]
    fn every_fault_is_counted_and_repeatable() {
        let faults = Faults {
            seed: 3,
            drop: 20,
            duplicate: 30,
            swap: 40,
            arrival_jitter: Duration::from_millis(50),
            dts_jitter: 10,
        };
        let mut faulty = faults.inject(units());
        let left: Vec<_> = faulty.by_ref().collect();
        let report = faulty.report();
        assert_eq!(left.len() as u64, 2000 - report.dropped + report.duplicated);
        assert!(report.dropped > 20 && report.duplicated > 30 && report.swapped > 40, "{report:?}");
        assert!(left.windows(2).all(|pair| pair[0].arrival <= pair[1].arrival));
        assert!(faults.inject(units()).eq(left));
    }

    #[test]
    fn a_swap_alone_loses_nothing_and_a_wrong_decode_time_keeps_the_presentation_time() {
        let faults = Faults { seed: 9, swap: 200, dts_jitter: 5, ..Default::default() };
        let mut swapped: Vec<_> = faults.inject(units()).map(|unit| (unit.track, unit.pts())).collect();
        let mut right: Vec<_> = units().map(|unit| (unit.track, unit.pts())).collect();
        assert_ne!(swapped, right);
        swapped.sort();
        right.sort();
        assert_eq!(swapped, right);
    }
}
