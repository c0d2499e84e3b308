//! Integer time, from the wire to the manifest.
//!
//! Media time is counted in ticks of a [`Timescale`]. An instant ([`Timestamp`]), a span ([`Ticks`]) and a signed
//! difference ([`TickDelta`]) are three types whose operators cannot mix them up. Conversion between timescales is 128 bit
//! wide and names its rounding; durations are differences of converted instants, never converted durations, so an hour
//! ends on exactly the tick that it should.
//!
//! Wall time ([`WallTime`]), monotonic time ([`MonoTime`]) and media time are never converted into each other silently.

mod clock;
mod ticks;
mod unwrap;

pub use clock::{MonoTime, Now, WallTime};
pub use ticks::{Rounding, TickDelta, Ticks, Timescale, Timestamp, rescale};
pub use unwrap::Unwrapper;
