//! The program's clock while it is written: media time, never wrapped.

use springhead_core::{Rounding, Timescale, Timestamp};

use super::super::pes::CLOCK_RANGE;

/// An instant in ticks of 27 MHz.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Clock(pub(super) i64);

/// Ticks of the system clock in a second.
pub(super) const SYSTEM_HZ: u32 = 27_000_000;

/// The system clock's ticks in one of 90 kHz.
pub(super) const SYSTEM_TICKS: i64 = 300;

impl Clock {
    /// Saturates at the ends of what can be told, which leaves room to reckon with.
    pub(super) fn of(time: Timestamp, scale: Timescale, offset: i64) -> Self {
        let system = Timescale::new(SYSTEM_HZ).unwrap_or(Timescale::MPEG);
        let ticks = time.rescale(scale, system, Rounding::Floor).0;
        Self(bounded(ticks).saturating_add(bounded(offset.saturating_mul(SYSTEM_TICKS))))
    }

    pub(super) fn plus(self, ticks: i64) -> Self {
        Self(self.0.saturating_add(ticks))
    }
}

/// Within a sixteenth of what 64 bits hold: six hundred years of 27 MHz.
fn bounded(ticks: i64) -> i64 {
    ticks.clamp(i64::MIN / 16, i64::MAX / 16)
}

/// An instant in ticks of 90 kHz.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Instant90k(i64);

impl Instant90k {
    pub(super) fn of(time: Timestamp, scale: Timescale, rounding: Rounding, offset: i64) -> Self {
        Self(time.rescale(scale, Timescale::MPEG, rounding).0.saturating_add(offset))
    }

    pub(super) fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// As `PTS` and `DTS` say it: 33 bits.
    pub(super) fn wrapped(self) -> u64 {
        self.0.rem_euclid(CLOCK_RANGE as i64) as u64
    }

    /// The same instant in ticks of the system clock.
    pub(super) fn clock(self) -> Clock {
        Clock(bounded(self.0.saturating_mul(SYSTEM_TICKS)))
    }
}
