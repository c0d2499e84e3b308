//! What waits for somebody slow.
//!
//! Between whoever has units and a sender that may take fewer lies a [`Queue`]: bounded by units, by bytes and by time. What
//! does not fit is given up in the order of [`springhead_core::lag`], and what is left comes out in the order in which it
//! went in and always decodes.
//!
//! | module | what it holds |
//! |---|---|
//! | `machine` | [`Queue`]: the bounds, the policy and the consumer's waker |
//! | `lanes` | the units that wait, by what has to be given up before them |
//! | `given_up` | [`GivenUp`] and [`QueueStats`]: what was counted |
//!
//! # What goes first
//!
//! When more waits than may, one unit after the other is given up:
//!
//! 1. The oldest disposable picture. Each costs a viewer the same, and without the oldest everything behind it comes sooner.
//! 2. The last picture of the oldest group of pictures that a newer group follows: nothing depends on it any more, and the
//!    viewer misses no more than the time up to the next random access point.
//! 3. The oldest random access point that a newer one follows, of whose group nothing else is left: whole older groups, up to
//!    the newest random access point.
//! 4. The newest picture of the group that is still coming, and with it all of its track up to the next random access point:
//!    to give up one of those before would take this one along. Its random access point goes last.
//! 5. Sound, the oldest first, when no picture waits any more.
//!
//! By time, as [`LagPolicy`](springhead_core::LagPolicy) says, units are given up when it is their turn: disposable pictures,
//! or pictures up to the newest random access point. Sound is not.

mod given_up;
mod lanes;
mod machine;

pub use given_up::{GivenUp, QueueStats};
pub use machine::{Delivery, Queue, QueueCapacity};
