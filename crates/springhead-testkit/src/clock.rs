//! Time that a test moves.

use std::time::Duration;

use springhead_core::{MonoTime, Now, WallTime};

/// Both clocks, moved by hand.
///
/// ```
/// use std::time::Duration;
/// use springhead_testkit::VirtualClock;
/// let mut clock = VirtualClock::default();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(86_400));
/// assert_eq!(clock.now().mono.saturating_since(before.mono), Duration::from_secs(86_400));
/// ```
#[derive(Clone, Debug)]
pub struct VirtualClock {
    now: Now,
}

/// Begins at a wall time in the year 2026, and at a monotonic time that is not zero, so that nobody takes one for the
/// other.
impl Default for VirtualClock {
    fn default() -> Self {
        Self::new(Now { mono: MonoTime(1_000_000_000), wall: WallTime(1_795_256_001_000_000_000) })
    }
}

impl VirtualClock {
    /// A clock that stands at `now`.
    pub fn new(now: Now) -> Self {
        Self { now }
    }

    /// What time it is.
    pub fn now(&self) -> Now {
        self.now
    }

    /// Lets time pass.
    pub fn advance(&mut self, span: Duration) {
        self.now = self.now + span;
    }

    /// Lets time pass until the monotonic clock says `at`; does nothing when that has passed.
    pub fn advance_to(&mut self, at: MonoTime) {
        self.advance(at.saturating_since(self.now.mono));
    }

    /// Steps the wall clock alone by so many nanoseconds, as an operator or NTP does.
    pub fn step_wall(&mut self, nanos: i64) {
        self.now.wall = WallTime(self.now.wall.0.saturating_add(nanos));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_monotonic_clock_never_goes_back_and_a_step_moves_the_wall_clock_alone() {
        let mut clock = VirtualClock::default();
        let start = clock.now();
        clock.advance_to(MonoTime(0));
        assert_eq!(clock.now(), start);
        clock.step_wall(-3_000_000_000);
        assert_eq!((clock.now().mono, clock.now().wall.0), (start.mono, start.wall.0 - 3_000_000_000));
        clock.advance_to(start.mono + Duration::from_millis(5));
        assert_eq!(clock.now().wall.0, start.wall.0 - 3_000_000_000 + 5_000_000);
    }
}
