//! Access units in; parts, segments, windows and manifests out.
//!
//! Layer 3, pure: no socket, file, clock, task or lock; `now` is an argument, and the same units at the same times give the
//! same bytes. [`Packager`] is the machine; what it yields is a [`Presentation`], an immutable snapshot from which every
//! manifest is rendered and every segment is served. HLS parts, HLS segments and DASH segments are the same slices of the
//! buffers that the encoder's units came in.
//!
//! | module | what it holds | specification |
//! |---|---|---|
//! | [`Packager`] | cuts on random access points, aligns renditions, keeps the DVR window, holds for a lost publisher | ISO/IEC 23000-19:2020, draft-pantos-hls-rfc8216bis-22 |
//! | [`programme`] | several broadcasts become one: versions of a content, a backup, a slate | – |
//! | [`Presentation`] | the snapshot, with each manifest rendered at most once | – |
//! | [`Splice`] | what splice information comes to: date ranges, events, and where segments begin | ANSI/SCTE 35 2023 |
//! | [`hls`] | snapshot to multivariant and media playlists | draft-pantos-hls-rfc8216bis-22 |
//! | [`dash`] | snapshot to MPD | ISO/IEC 23009-1:2022, DASH-IF low-latency modes |
//!
//! ```
//! use std::time::Duration;
//! use springhead_packager::{Packager, PackagerConfig};
//! use springhead_testkit::{Source, SourceOptions, VirtualClock};
//!
//! let clock = VirtualClock::default();
//! let source = Source::new(SourceOptions::default());
//! let tracks = source.tracks();
//! let mut packager = Packager::new(PackagerConfig { segment: Duration::from_secs(1), ..Default::default() })?;
//! for unit in source.until(Duration::from_secs(5)) {
//!     packager.handle_unit(&unit, &tracks, clock.now());
//! }
//! packager.handle_end(clock.now());
//! let snapshot = packager.poll_snapshot(clock.now()).expect("segments are complete");
//! let playlist = snapshot.playlist(&snapshot.renditions[0]);
//! assert!(playlist.body.ends_with(b"#EXT-X-ENDLIST\n"));
//! assert!(snapshot.mpd().body.starts_with(b"<?xml"));
//! # Ok::<(), springhead_packager::ConfigError>(())
//! ```

mod config;
mod cutter;
pub mod dash;
mod events;
pub mod hls;
mod kind;
mod packager;
mod presentation;
pub mod programme;
mod rendition;
mod segment;
mod shift;
mod sieve;
mod timing;
mod window;

pub use config::{ConfigError, DashAddressing, DashAvailabilityStart, Dvr, Numbering, PackagerConfig, PartAddressing};
pub use events::{Assets, Interstitials, Splice, SpliceMessage};
pub use packager::{Packager, PackagerStats};
pub use presentation::{Bandwidth, Form, Manifest, MpdPatch, Presentation, Rendition};
pub use programme::{Output, Place, Programme, Version};
pub use segment::{Chunk, Follows, Init, Key, OpenSegment, Part, Period, Segment, part_name, segment_name};
pub use shift::Shift;
pub use timing::Timing;
