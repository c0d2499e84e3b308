//! How unevenly units arrive.

use std::time::Duration;

use springhead_core::{MonoTime, Rounding, Timescale, Timestamp};

/// The interarrival jitter of RFC 3550 §6.4.1: the smoothed difference between how far apart two units arrive and how far
/// apart they are in media time.
///
/// Each difference moves the estimate by a sixteenth of itself, in the integer form of §A.8, counted in nanoseconds. Where
/// units are decoded in another order than they are shown, feed the dts: it is the order in which they are sent.
#[derive(Clone, Debug, Default)]
pub struct Jitter {
    /// Sixteen times the estimate, in nanoseconds.
    scaled: u64,
    last: Option<(i64, MonoTime)>,
}

impl Jitter {
    /// Nothing seen yet: no jitter.
    pub const fn new() -> Self {
        Self { scaled: 0, last: None }
    }

    /// Takes in a unit that is due at `at` and arrived at `arrival`.
    pub fn observe(&mut self, at: Timestamp, scale: Timescale, arrival: MonoTime) {
        let at = at.rescale(scale, Timescale::NANOS, Rounding::Nearest).0;
        if let Some((last_at, last_arrival)) = self.last.replace((at, arrival)) {
            let apart = i128::from(arrival.0) - i128::from(last_arrival.0);
            let due_apart = i128::from(at) - i128::from(last_at);
            let difference = u64::try_from((apart - due_apart).unsigned_abs()).unwrap_or(u64::MAX);
            self.scaled = self.scaled.saturating_add(difference) - ((self.scaled.saturating_add(8)) >> 4);
        }
    }

    /// Begins a new timeline: the next unit is not compared with the last. The estimate stays.
    pub fn restart(&mut self) {
        self.last = None;
    }

    /// The estimate now.
    pub fn value(&self) -> Duration {
        Duration::from_nanos(self.scaled >> 4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(arrivals: &[u64]) -> Duration {
        let mut jitter = Jitter::new();
        for (n, millis) in arrivals.iter().enumerate() {
            jitter.observe(Timestamp(n as i64 * 40), Timescale::MILLIS, MonoTime(millis * 1_000_000));
        }
        jitter.value()
    }

    #[test]
    fn the_ends_of_time_do_not_overflow() {
        let mut jitter = Jitter::new();
        for (at, arrival) in [(i64::MIN, u64::MAX), (i64::MAX, 0), (i64::MIN, u64::MAX), (i64::MAX, 0)] {
            jitter.observe(Timestamp(at), Timescale::NANOS, MonoTime(arrival));
        }
        assert!(jitter.value() > Duration::from_secs(1 << 30));
    }

    #[test]
    fn units_on_time_have_none_however_late_they_are() {
        assert_eq!(run(&[5000, 5040, 5080, 5120]), Duration::ZERO);
    }

    #[test]
    fn one_late_unit_counts_by_a_sixteenth_and_again_when_the_next_is_on_time() {
        assert_eq!(run(&[0, 56]), Duration::from_millis(1));
        assert_eq!(run(&[0, 56, 80]), Duration::from_nanos(1_937_500));
    }

    #[test]
    fn a_new_timeline_is_no_jitter() {
        let mut jitter = Jitter::new();
        jitter.observe(Timestamp(1_000_000), Timescale::MILLIS, MonoTime(0));
        jitter.restart();
        jitter.observe(Timestamp(0), Timescale::MILLIS, MonoTime(1));
        assert_eq!(jitter.value(), Duration::ZERO);
    }
}
