//! Streams, time, faults and players for tests: all made by arithmetic, so that a run can be repeated byte for byte.
//!
//! Layer 3, for tests only, and not published. Depends on `springhead-core` and `springhead-codec`, and for its players on
//! `springhead-manifest` and `springhead-mux`; it is pure: no socket, file, clock, randomness, task, lock or global.
//!
//! | item | what it gives |
//! |---|---|
//! | [`Source`] | an endless broadcast of AVC and AAC that decodes, in decode order |
//! | [`VirtualClock`] | time that a test moves |
//! | [`SpliceSection`], [`message`] | messages beside a broadcast |
//! | [`Faults`] | what networks and encoders do to a stream, from a seed |
//! | [`Prng`] | numbers from a seed |
//! | [`player`] | models of hls.js, Shaka Player, dash.js and AVPlayer |
//!
//! ```
//! use springhead_testkit::{Source, SourceOptions};
//! let mut source = Source::new(SourceOptions::default());
//! let picture = source.next().unwrap();
//! assert!(picture.is_random_access());
//! assert_eq!(source.tracks().track(picture.track).unwrap().video().unwrap().width, 640);
//! ```

mod aac;
mod avc;
mod clock;
mod fault;
mod messages;
pub mod player;
mod prng;
mod source;

pub use clock::VirtualClock;
pub use fault::{FaultReport, Faults, Faulty};
pub use messages::{SPLICES, SpliceSection, TAGS, id3_tag, interleaved, message, with_messages};
pub use prng::Prng;
pub use source::{AUDIO, Source, SourceOptions, VIDEO};
