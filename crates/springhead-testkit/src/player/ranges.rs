//! What is buffered.

/// A time in microseconds: of media, or of the player's own timeline.
pub type Micros = i64;

/// Farther from zero than this, in either direction, is no time that media has: thirty-six thousand years.
const FARTHEST: Micros = 1 << 60;

/// A span or an instant as a manifest states it, not farther than media can be.
pub(super) fn stated(micros: u64) -> Micros {
    Micros::try_from(micros).unwrap_or(Micros::MAX).min(FARTHEST)
}

/// An instant, not farther than media can be, so that the distance of two is a number.
pub(super) fn within(at: Micros) -> Micros {
    at.clamp(-FARTHEST, FARTHEST)
}

/// What is nearer than this is one: instants are rounded to the microsecond on their way from ticks.
const JOINED: Micros = 1_000;

/// Stretches of one media type, in order, without overlap: `SourceBuffer.buffered` of Media Source Extensions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ranges(Vec<(Micros, Micros)>);

impl Ranges {
    /// Begin and end of each stretch.
    pub fn iter(&self) -> impl Iterator<Item = (Micros, Micros)> {
        self.0.iter().copied()
    }

    /// Adds a stretch; one that lasts no time is none.
    pub(super) fn insert(&mut self, start: Micros, end: Micros) {
        let (start, end) = (within(start), within(end));
        if start >= end {
            return;
        }
        let first = self.0.partition_point(|range| range.1 < start.saturating_sub(JOINED));
        let after = self.0.partition_point(|range| range.0 <= end.saturating_add(JOINED));
        let joined = &self.0[first..after];
        let start = joined.first().map_or(start, |range| range.0.min(start));
        let end = joined.last().map_or(end, |range| range.1.max(end));
        self.0.splice(first..after, [(start, end)]);
    }

    /// Up to where can be played from `at`, over holes of at most `tolerance`; none when nothing is there.
    pub(super) fn reach(&self, at: Micros, tolerance: Micros) -> Option<Micros> {
        let mut end = None;
        for &(start, stop) in &self.0 {
            if start > end.unwrap_or(at).saturating_add(tolerance) {
                break;
            }
            if stop > at {
                end = Some(stop);
            }
        }
        end
    }

    /// Whether something is there at `at`.
    pub(super) fn holds(&self, at: Micros) -> bool {
        self.0.iter().any(|&(start, end)| (start..end).contains(&at))
    }

    /// Where the first stretch begins that begins after `at`.
    pub(super) fn next_start(&self, at: Micros) -> Option<Micros> {
        self.0.iter().map(|range| range.0).find(|start| *start > at)
    }

    /// Forgets what ends before `at`, as players do to keep their memory.
    pub(super) fn forget_before(&mut self, at: Micros) {
        self.0.retain(|range| range.1 >= at);
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(stretches: &[(Micros, Micros)]) -> Ranges {
        let mut ranges = Ranges::default();
        stretches.iter().for_each(|&(start, end)| ranges.insert(start, end));
        ranges
    }

    #[test]
    fn a_hole_is_reached_over_only_when_it_is_small_enough() {
        let ranges = of(&[(0, 1_000_000), (1_050_000, 2_000_000), (3_000_000, 4_000_000)]);
        assert_eq!(ranges.reach(500_000, 0), Some(1_000_000));
        assert_eq!(ranges.reach(500_000, 100_000), Some(2_000_000));
        assert_eq!(ranges.reach(2_500_000, 100_000), None);
        assert_eq!(ranges.next_start(2_500_000), Some(3_000_000));
    }

    #[test]
    fn what_touches_is_one_stretch() {
        assert_eq!(of(&[(0, 10_000), (20_000, 30_000), (10_500, 20_000)]), of(&[(0, 30_000)]));
        assert_eq!(of(&[(5, 5), (9, 3)]), Ranges::default());
    }

    proptest! {
        #[test]
        fn stretches_stay_in_order_and_apart(
            stretches in prop::collection::vec((0i64..100_000, 0i64..20_000), 0..30),
        ) {
            let stretches: Vec<_> = stretches.into_iter().map(|(start, len)| (start, start + len)).collect();
            let ranges = of(&stretches);
            prop_assert!(ranges.0.windows(2).all(|pair| pair[0].1 + JOINED < pair[1].0), "{ranges:?}");
            prop_assert!(stretches.iter().filter(|s| s.0 < s.1).all(|s| ranges.holds(s.0) && ranges.holds(s.1 - 1)));
        }
    }
}
