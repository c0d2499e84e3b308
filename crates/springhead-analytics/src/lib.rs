//! What a stream really does, measured from its own timestamps.
//!
//! Layer 1: depends on `springhead-core`. Pure: no clock, socket, task or global, and no floating point. Time comes in with
//! the units: media time as their `dts`, monotonic time as their `arrival`; and the present with the question. Nothing is
//! reported that was not measured: what cannot be known yet is `None`, never zero and never a number that a missing duration
//! made up.
//!
//! ```
//! use std::time::Duration;
//! use springhead_core::*;
//! use springhead_analytics::TrackMeter;
//!
//! let mut meter = TrackMeter::new(Timescale::MPEG, Duration::from_secs(10));
//! for n in 0..61 {
//!     meter.observe(&AccessUnit {
//!         track: TrackId(1),
//!         dts: Timestamp(n * 3003),
//!         composition_offset: TickDelta(0),
//!         duration: Ticks(0),
//!         flags: if n % 30 == 0 { UnitFlags::RANDOM_ACCESS } else { UnitFlags::empty() },
//!         arrival: MonoTime(n as u64 * 33_366_667),
//!         payload: bytes::Bytes::from(vec![0; 5005]).into(),
//!     });
//! }
//! let measured = meter.snapshot(MonoTime(2_002_000_000));
//! assert_eq!(measured.unit_rate.unwrap().milli(), 29_970);
//! assert_eq!(measured.bitrate, Some(1_200_000));
//! assert_eq!(measured.key_interval, Some(Ticks(90_090)));
//!
//! // Five seconds in which nothing came.
//! let measured = meter.snapshot(MonoTime(7_002_000_000));
//! assert_eq!(measured.unit_rate.unwrap().milli(), 8_712);
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | `capture` | [`CaptureClock`], [`Wire`]: when units were captured, where a protocol tells |
//! | `counter` | [`Counter`]: a number that only rises |
//! | `histogram` | [`Histogram`], [`Distribution`]: durations by their percentiles, in fixed memory |
//! | `jitter` | [`Jitter`]: arrival against media time (RFC 3550 §6.4.1) |
//! | `meter` | [`TrackMeter`]: one track over a sliding window |
//! | `snapshot` | [`TrackSnapshot`], [`UnitRate`], [`Share`], [`Latency`]: what a meter has measured |
//!
//! No feature flags.

mod capture;
mod counter;
mod histogram;
mod jitter;
mod meter;
mod snapshot;

pub use capture::{CaptureClock, Wire};
pub use counter::Counter;
pub use histogram::{Distribution, Histogram};
pub use jitter::Jitter;
pub use meter::TrackMeter;
pub use snapshot::{Latency, Share, TrackSnapshot, UnitRate};
