//! One writer, many readers: a ring of access units that is never copied from, never blocks its writer, and never lies
//! about what a reader missed.
//!
//! Layer 1: depends on `springhead-core`. No socket, clock, randomness, task or runtime: [`Reader::recv`] is a future
//! for any executor, and age is judged by the [`arrival`](springhead_core::AccessUnit::arrival) that units carry.
//!
//! ```
//! # use std::sync::Arc;
//! # use springhead_core::*;
//! # let track = Arc::new(Track {
//! #     id: TrackId(1),
//! #     timescale: Timescale::new(48_000).unwrap(),
//! #     codec: Codec::Aac,
//! #     config: bytes::Bytes::from_static(&[0x11, 0x90]),
//! #     codec_string: "mp4a.40.2".into(),
//! #     params: MediaParams::Audio(AudioParams { sample_rate: 48_000, channels: 2, unit_ticks: 1024 }),
//! #     language: None,
//! # });
//! # let unit = |n: i64| AccessUnit {
//! #     track: TrackId(1),
//! #     dts: Timestamp(n * 1024),
//! #     composition_offset: TickDelta(0),
//! #     duration: Ticks(1024),
//! #     flags: UnitFlags::RANDOM_ACCESS,
//! #     arrival: MonoTime(0),
//! #     payload: bytes::Bytes::from_static(b"\x21\x10\x05").into(),
//! # };
//! use springhead_fanout::{Capacity, RecvError, Start, TryRecvError, ring};
//!
//! let tracks = Arc::new(TrackSet::new(Generation(0), TimelineId(0), vec![track]));
//! let mut writer = ring(Capacity::default());
//! writer.publish(unit(0), &tracks);
//!
//! let mut reader = writer.source().reader(Start::RandomAccess);
//! writer.publish(unit(1), &tracks);
//! let first = reader.try_recv()?;
//! assert_eq!((first.unit.dts, first.new_tracks, first.skipped), (Timestamp(0), Some(tracks), 0));
//! assert_eq!(reader.try_recv()?.unit.dts, Timestamp(1024));
//! assert_eq!(reader.try_recv().unwrap_err(), TryRecvError::Empty);
//!
//! writer.close();
//! assert_eq!(reader.try_recv().unwrap_err(), RecvError::Closed.into());
//! # Ok::<(), TryRecvError>(())
//! ```
//!
//! # What holds
//!
//! - A reader gets every unit from its start point in order; or, after it was overtaken, the exact number that it
//!   missed, and goes on at a random access point. Received + skipped = published.
//! - No reader slows the writer or another reader: publishing takes no lock, and waits for no reader's progress with one
//!   exception of a few instructions: a reader that has reserved its place in the queue of those who sleep, but not yet
//!   filled it, is waited for (`crossbeam-queue`).
//! - The payload that a reader gets is the very bytes that the writer was given.
//! - Joining costs the same whatever the ring holds with [`Start::RandomAccess`]; the joiner's first unit comes from the
//!   ring, so there is no seam between a cache and the live units at which one could be lost or repeated.
//! - The [`Writer`] owns the broadcast's life. Neither a [`Source`] nor a [`Reader`] keeps it open.
//!
//! # The algorithm
//!
//! A power of two of slots, each holding an immutable entry behind an atomically replaceable reference (`arc-swap`). The
//! writer replaces, readers borrow; the sequence number within the entry tells a reader whether the slot still holds what
//! its cursor stands at. This is the ring of Lamport's single-producer queue ("Proving the correctness of multiprocess
//! programs", 1977), with the overwriting producer and per-consumer sequences of the LMAX Disruptor (Thompson et al.,
//! 2011) but without its gating on the slowest consumer. Beside the slots the writer keeps where the ring begins, where it
//! ends, and where its newest random access point is; the module `ring` of the source says of each atomic what it packs and
//! why its ordering suffices, and `waiters` why no wake-up is lost. Both run under the loom model checker.
//!
//! # Memory
//!
//! Of one ring, with `W` the size of a pointer (8):
//!
//! ```text
//! slots x W                                  slots = units rounded up to a power of two
//! + units held x (size of an entry + 2W)     an entry is at most 160 bytes, and a rope of many slices has its own list
//! + max(bytes, the largest unit)             payload, once
//! + readers x 64                             a Reader
//! + (3 x readers + 64) x (2W + 64)           places to sleep, those of readers gone but not yet swept out included
//! ```
//!
//! No term multiplies readers by payload. A slice keeps alive the whole buffer that it was cut from, so the payload term
//! holds for writers that cut units from buffers of about their own size.
//!
//! | module | what it holds |
//! |---|---|
//! | `capacity` | [`Capacity`]: the bounds by units, bytes and time |
//! | `writer` | [`ring`] and [`Writer`]: eviction and publishing |
//! | `source` | [`Source`] and [`Start`] |
//! | `reader` | [`Reader`]: following, being overtaken, resuming |
//! | `ring` | the shared state and its atomics |
//! | `waiters` | sleeping and waking |
//! | `sync` | the shim that swaps loom in |
//!
//! No feature flags.

mod block;
mod capacity;
mod care;
mod dormitory;
mod group;
mod key;
mod reader;
mod relay;
mod ring;
mod run;
mod sleepers;
mod source;
mod sync;
mod writer;

pub use capacity::Capacity;
pub use group::{Group, Member};
pub use reader::{Reader, ReaderStats, RecvError, TryRecvError};
pub use relay::{Relay, Relays, relays};
pub use run::{Received, Run};
pub use source::{Source, Start};
pub use writer::{Writer, ring, ring_with};

pub use springhead_core::lag::{Budget, LagPolicy};
