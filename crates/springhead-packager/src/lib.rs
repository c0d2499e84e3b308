//! Access units in; parts, segments, windows and manifests out.
//!
//! Layer 3, pure: no socket, file, clock, task or lock; `now` is an argument, and the same units at the same times give the
//! same bytes. [`Packager`] is the machine; what it yields is a [`Presentation`], an immutable snapshot from which every
//! manifest is rendered and every segment is served. HLS parts, HLS segments and DASH segments are the same slices of the
//! buffers that the encoder's units came in.
//!
//! | module | what it holds | specification |
//! |---|---|---|
//! | [`Packager`] | cuts on random access points, aligns renditions, keeps the DVR window | ISO/IEC 23000-19:2020, draft-pantos-hls-rfc8216bis-22 |
//! | [`Presentation`] | the snapshot, with each manifest rendered at most once | – |
//! | [`hls`] | snapshot to multivariant and media playlists | draft-pantos-hls-rfc8216bis-22 |
//! | [`dash`] | snapshot to MPD | ISO/IEC 23009-1:2022, DASH-IF low-latency modes |

mod config;
mod cutter;
pub mod dash;
pub mod hls;
mod packager;
mod presentation;
mod rendition;
mod segment;
mod timing;
mod window;

pub use config::{ConfigError, DashAddressing, Dvr, PackagerConfig};
pub use packager::{Packager, PackagerStats};
pub use presentation::{Bandwidth, Form, Manifest, Presentation, Rendition};
pub use segment::{Chunk, Init, OpenSegment, Part, Period, Segment};
pub use timing::Timing;
