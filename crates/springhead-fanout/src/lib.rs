//! One writer, many readers: a ring of access units that is never copied from, never blocks its writer, and never lies
//! about what a reader missed.
//!
//! Layer 1: depends on `springhead-core`. No socket, clock, randomness, task or runtime: [`Reader::recv`] is a future
//! for any executor, and age is judged by the [`arrival`](springhead_core::AccessUnit::arrival) that units carry.
//!
//! For whoever has one source of media and many who want it: a relay, a recorder beside a server, a server of one's own.
//!
//! ```
//! use std::sync::Arc;
//! use springhead_core::*;
//! use springhead_fanout::{Capacity, RecvError, Start, TryRecvError, ring};
//!
//! let track = Track {
//!     id: TrackId(1),
//!     timescale: Timescale::new(48_000).expect("a rate"),
//!     codec: Codec::Aac,
//!     config: bytes::Bytes::from_static(&[0x11, 0x90]),
//!     codec_string: "mp4a.40.2".into(),
//!     params: MediaParams::Audio(AudioParams { sample_rate: 48_000, channels: 2, unit_ticks: 1024 }),
//!     language: None,
//! };
//! let tracks = Arc::new(TrackSet::new(Generation(0), TimelineId(0), vec![track.into()]));
//! let unit = |n: i64| AccessUnit {
//!     track: TrackId(1),
//!     dts: Timestamp(n * 1024),
//!     composition_offset: TickDelta(0),
//!     duration: Ticks(1024),
//!     flags: UnitFlags::RANDOM_ACCESS,
//!     arrival: MonoTime(0),
//!     payload: bytes::Bytes::from_static(b"\x21\x10\x05").into(),
//! };
//!
//! let mut writer = ring(Capacity::default());
//! writer.publish(unit(0), &tracks);
//! let mut reader = writer.source().reader(Start::RandomAccess);
//! writer.publish(unit(1), &tracks);
//! let first = reader.try_recv()?;
//! assert_eq!((first.unit.dts, first.new_tracks, first.skipped), (Timestamp(0), Some(tracks), 0));
//! assert_eq!(reader.try_recv()?.unit.dts, Timestamp(1024));
//! assert_eq!(reader.try_recv().unwrap_err(), TryRecvError::Empty);
//! writer.close();
//! assert_eq!(reader.try_recv().unwrap_err(), RecvError::Closed.into());
//! # Ok::<(), TryRecvError>(())
//! ```
//!
//! # What holds
//!
//! - A reader gets every unit from its start point in order; or, where it missed or was to do without some, the exact number
//!   of them, and every track goes on at a random access point of its own. Received + skipped = published.
//! - No reader slows the writer or another reader: publishing takes no lock, and waits for no reader's progress with one
//!   exception of a few instructions: where the writer itself wakes its readers, one that has reserved its place in the queue
//!   of those who sleep, but not yet filled it, is waited for (`crossbeam-queue`).
//! - Publishing takes the same time however many readers there are, and however many of them sleep, with [`Relays`].
//! - The payload that a reader gets is the very bytes that the writer was given.
//! - Joining costs the same whatever the ring holds with [`Start::RandomAccess`]; the joiner's first unit comes from the
//!   ring, so there is no seam between a cache and the live units at which one could be lost or repeated.
//! - The [`Writer`] owns the broadcast's life. Neither a [`Source`] nor a [`Reader`] keeps it open.
//!
//! # Who does what
//!
//! | for | there is |
//! |---|---|
//! | a session with a task of its own | [`Reader`]: unit by unit, or several at once with [`Reader::recv_run`] |
//! | a task that serves many sessions | [`Group`]: one waker, many cursors |
//! | a session that is too slow | [`LagPolicy`]: disposable pictures go first, then the tail of the group; sound is kept |
//! | a session that is too slow too often | [`Budget`]: it is sent away, [`RecvError::Evicted`] |
//! | a session that has nothing to show | [`Reader::request_key`], of which the publisher hears by [`Source::key_requested`] |
//! | a process of many writers and readers | [`relays`], one for each core, who wake in the writers' place |
//!
//! # The algorithm
//!
//! Units lie in a chain of blocks. A place in a block is filled once and never changes, so a reader needs no more than an
//! acquiring load to read it, and keeps a block for as long as it looks; a block begins at each random access point at which
//! readers may start. The writer alone holds the chain: it links a block to the next **weakly**, lets the oldest go when the
//! [`Capacity`] says so, and a reader that still stands there finds it gone and has been overtaken. So nothing is ever
//! overwritten, and nobody has to be waited for. Where the chain begins and where the newest group does are two pointers
//! (`arc-swap`).
//!
//! It is the overwriting ring of the LMAX Disruptor (Thompson et al., 2011), without its gating on the slowest consumer, with
//! the slots of a segmented queue (as in `crossbeam`'s `SegQueue`) in place of an array. The module `ring` of the source says of
//! each shared place who writes it and why its ordering suffices, and `sleepers` why no wake-up is lost. Both run under the
//! loom model checker.
//!
//! # Memory
//!
//! Of one ring, in bytes:
//!
//! ```text
//! max(bytes, the largest unit)               payload, once
//! + units held x 88 + blocks x 88            a block has up to 32 units
//! + readers x (64 + 48)                      a Reader, and its place to sleep
//! + readers under a policy x 192             and those that missed something
//! ```
//!
//! No term multiplies readers by payload. A slice keeps alive the whole buffer that it was cut from, so the payload term
//! holds for writers that cut units from buffers of about their own size.
//!
//! | module | what it holds |
//! |---|---|
//! | `capacity` | [`Capacity`]: the bounds by units, bytes and time |
//! | `writer` | [`ring`], [`ring_with`] and [`Writer`]: what goes, and publishing |
//! | `source` | [`Source`] and [`Start`] |
//! | `reader` | [`Reader`]: following, being overtaken, resuming |
//! | `care` | what a reader under a policy does without |
//! | `run` | [`Received`] and [`Run`]: what readers get |
//! | `group` | [`Group`]: many readers in one task |
//! | `ring`, `block` | the shared state, and where units lie |
//! | `sleepers`, `dormitory`, `relay` | sleeping and waking |
//! | `key` | requests for a random access point |
//! | `sync` | the shim that swaps loom in |
//!
//! No feature flags.
//!
//! What it does not do: repair what comes in, which is for `springhead-intake`; know broadcasts by name, which is for
//! `springhead-engine`; carry anything but access units.

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
