//! The vocabulary of live media that every other crate of the family speaks.
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
//! No feature flags.

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
