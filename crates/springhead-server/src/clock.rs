//! The one place where the clocks of the world are read.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use springhead::core::{MonoTime, Now, WallTime};
use springhead::engine::Clock;

/// The system's clocks.
#[derive(Debug)]
pub(crate) struct SystemClock {
    origin: Instant,
}

impl SystemClock {
    pub(crate) fn new() -> Self {
        Self { origin: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Now {
        let mono = u64::try_from(self.origin.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
        Now { mono: MonoTime(mono), wall: WallTime(i64::try_from(wall).unwrap_or(i64::MAX)) }
    }
}
