//! Access units in; parts, segments, windows and manifests out.
//!
//! For whoever has access units and wants HLS and DASH of them, in whatever server.
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
//! | [`HlsFormat`] | the same for players that take MPEG-2 transport streams, which are made of the segments when asked for | ISO/IEC 13818-1:2023 |
//! | [`dash`] | snapshot to MPD | ISO/IEC 23009-1:2022, DASH-IF low-latency modes |
//!
//! ```
//! use std::sync::Arc;
//! use bytes::Bytes;
//! use springhead_codec::aac;
//! use springhead_core::*;
//! use springhead_packager::{Packager, PackagerConfig};
//!
//! // Sound of an encoder of one's own, five seconds of it.
//! let track = aac::track(TrackId(1), &Bytes::from_static(&[0x11, 0x90]))?;
//! let tracks = Arc::new(TrackSet::new(Generation(0), TimelineId(0), vec![track.into()]));
//! let mut packager = Packager::new(PackagerConfig::default())?;
//! for n in 0..235 {
//!     let unit = AccessUnit {
//!         track: TrackId(1),
//!         dts: Timestamp(n * 1024),
//!         composition_offset: TickDelta(0),
//!         duration: Ticks(1024),
//!         flags: UnitFlags::RANDOM_ACCESS,
//!         arrival: MonoTime(n as u64 * 21_333_333),
//!         payload: Bytes::from_static(b"\x21\x10\x05").into(),
//!     };
//!     packager.handle_unit(&unit, &tracks, Now { mono: unit.arrival, wall: WallTime(unit.arrival.0 as i64) });
//! }
//! let end = Now { mono: MonoTime(5_000_000_000), wall: WallTime(5_000_000_000) };
//! packager.handle_end(end);
//! let snapshot = packager.poll_snapshot(end).ok_or("nothing was packaged")?;
//! assert_eq!(snapshot.renditions[0].segments.len(), 3);
//! assert!(snapshot.playlist(&snapshot.renditions[0]).text().ends_with("#EXT-X-ENDLIST\n"));
//! assert!(snapshot.mpd().text().starts_with("<?xml"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! No feature flags. What is kept is bounded by the configuration's window; what waits for other tracks or for its timeline,
//! by 32 MiB a rendition. What it does not do: answer requests, which is for `springhead-origin`; write files; encrypt.

mod config;
mod cutter;
pub mod dash;
mod events;
pub mod hls;
mod kind;
mod manifest;
mod packager;
mod presentation;
pub mod programme;
mod rendition;
mod segment;
mod shift;
mod sieve;
mod timing;
mod transport_stream;
mod window;

pub use config::{
    ConfigError, DashAddressing, DashAvailabilityStart, Dvr, HlsFormat, Numbering, PackagerConfig, PartAddressing,
};
pub use events::{Assets, Interstitials, Splice, SpliceMessage};
pub use manifest::Manifest;
pub use packager::{Packager, PackagerStats};
pub use presentation::{Bandwidth, Form, MpdPatch, Presentation, Rendition};
pub use programme::{Output, Place, Programme, Version};
pub use segment::{Chunk, Follows, Init, Key, OpenSegment, Part, Period, Segment, part_name, segment_name};
pub use shift::Shift;
pub use timing::Timing;
