//! The vocabulary of live media that every other crate of the family speaks.
//!
//! For whoever uses one of those: what goes in and out of them is made of these types.
//!
//! Layer 0: this crate depends on no other crate of the workspace, holds no socket, file, clock, randomness, task, lock
//! or global, and never panics on a value that came from the wire.
//!
//! | module | what it holds |
//! |---|---|
//! | [`time`] | ticks in a timescale, named rounding, wrapped clocks, the three kinds of time |
//! | [`id`] | [`BroadcastKey`], [`TrackId`], sequence newtypes |
//! | [`media`] | [`AccessUnit`], [`Track`], [`TrackSet`], codecs and their parameters |
//! | [`rope`] | [`Rope`]: a payload as a chain of shared slices |
//! | [`lag`] | [`LagPolicy`] and [`Thinning`](lag::Thinning): what whoever falls behind does without |
//! | [`limits`] | the named limits that input is held to |
//!
//! ```
//! use bytes::Bytes;
//! use springhead_core::{
//!     AccessUnit, MonoTime, Rope, Rounding, TickDelta, Ticks, Timescale, Timestamp, TrackId, UnitFlags,
//! };
//!
//! // The second frame of AAC at 44.1 kHz. Slices of a payload are shared and never copied.
//! let received = Bytes::from_static(b"\xff\xf1\x50\x80\x01\x7f\xfc\x21\x10\x05");
//! let unit = AccessUnit {
//!     track: TrackId(1),
//!     dts: Timestamp(1024),
//!     composition_offset: TickDelta(0),
//!     duration: Ticks(1024),
//!     flags: UnitFlags::RANDOM_ACCESS,
//!     arrival: MonoTime(0),
//!     payload: Rope::from(received.slice(7..)),
//! };
//! // Instants are converted, and durations are differences of them: so an hour ends on the tick that it should.
//! let samples = Timescale::new(44_100).ok_or("no rate")?;
//! let at = |instant: Timestamp| instant.rescale(samples, Timescale::MPEG, Rounding::Nearest);
//! assert_eq!(at(unit.dts), Timestamp(2090));
//! assert_eq!(at(unit.dts + unit.duration).saturating_since(at(unit.dts)), Ticks(2090));
//! assert_eq!(at(Timestamp(44_100 * 3600)), Timestamp(90_000 * 3600));
//! # Ok::<(), &str>(())
//! ```
//!
//! No feature flags.
//!
//! What it does not do: say anything of what is in a payload, which is for `springhead-codec`.

pub mod id;
pub mod lag;
pub mod limits;
pub mod media;
pub mod rope;
pub mod time;

pub use id::{BadKey, BroadcastKey, DiscontinuitySequence, Generation, MediaSequence, PartIndex, TimelineId, TrackId};
pub use lag::LagPolicy;
pub use limits::Limits;
pub use media::{
    AccessUnit, AudioParams, Cicp, Codec, ContentLight, FrameRate, MasteringDisplay, MediaKind, MediaParams,
    SampleAspect, Track, TrackSet, UnitFlags, VideoParams,
};
pub use rope::Rope;
pub use time::{MonoTime, Now, Rounding, TickDelta, Ticks, Timescale, Timestamp, Unwrapper, WallTime};
