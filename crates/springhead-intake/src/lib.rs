//! The chunk processor: what a protocol delivers of one track becomes units that every later room can rely on.
//!
//! Layer 2, pure: depends on `springhead-core` and `springhead-codec`, holds no socket, file, clock, randomness, task, lock
//! or global, and never panics, loops or grows without bound on what came from the wire. Time comes in as
//! [`RawUnit::arrival`] and as the argument of [`Intake::handle_timeout`].
//!
//! A unit passes these stations. Every repair is an [`Output::Repair`] and moves a counter of [`IntakeStats`]:
//!
//! | module | what it does |
//! |---|---|
//! | `order` | puts units in the order of their sequence numbers, where the protocol has them |
//! | `given` | remembers which numbers were given out, and which were given up |
//! | `slices` | puts pictures together whose slices are sent by themselves |
//! | `timeline` | unwraps the clock; tells jitter, a rogue stamp and a new timeline apart |
//! | `video` | parameter sets of H.264 (ITU-T H.264, ISO/IEC 14496-15), the gate on random access, composition offsets |
//! | `grid` | finds the exact grid of a constant frame rate behind stamps in milliseconds |
//! | `audio` | counts AAC (ISO/IEC 14496-3) in samples and watches its stamps for drift |
//! | `intake` | [`Intake`]: the machine that drives them |
//! | [`queue`] | [`Queue`]: what waits for a slow sender, and what is given up for it; a machine of its own |
//!
//! No feature flags.
//!
//! ```
//! use std::sync::Arc;
//! use bytes::Bytes;
//! use springhead_codec::{aac, nal::Framing};
//! use springhead_core::{Limits, MonoTime, TickDelta, TrackId};
//! use springhead_intake::{Intake, Output, RawUnit, SourceClock};
//!
//! // Sound of 44.1 kHz off RTMP: a unit lasts 23.2 ms, and its stamps are 0, 23, 46.
//! let track = Arc::new(aac::track(TrackId(2), &Bytes::from_static(&[0x12, 0x10]))?);
//! let mut intake = Intake::new(track, SourceClock::RTMP, Limits::default());
//! for dts in [0, 23, 46] {
//!     intake.handle_unit(RawUnit {
//!         dts,
//!         composition_offset: TickDelta(0),
//!         sequence: None,
//!         framing: Framing::LengthPrefixed(4),
//!         payload: Bytes::from_static(b"\x21\x10\x05"),
//!         checksum: None,
//!         arrival: MonoTime(dts * 1_000_000),
//!     });
//! }
//! let mut instants = Vec::new();
//! while let Some(output) = intake.poll_output() {
//!     match output {
//!         Output::Unit(unit) => instants.push(unit.dts.0),
//!         other => panic!("{other:?} of a clean track"),
//!     }
//! }
//! assert_eq!(instants, [0, 1024, 2048]);
//! # Ok::<(), aac::AacError>(())
//! ```

mod audio;
#[doc(hidden)]
pub mod fuzz;
mod given;
mod grid;
mod intake;
mod messages;
mod order;
pub mod queue;
mod raw;
mod repair;
mod slices;
mod stats;
mod timeline;
mod video;

#[cfg(test)]
mod fixtures;

pub use intake::{Intake, Output};
pub use queue::Queue;
pub use raw::{Checksum, RawUnit, SourceClock};
pub use repair::{Fault, Place, Repair};
pub use stats::{IntakeSnapshot, IntakeStats};
