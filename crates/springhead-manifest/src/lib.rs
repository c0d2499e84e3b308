//! HLS playlists and DASH Media Presentation Descriptions as typed models that render and parse.
//!
//! Layer 1: depends on `springhead-core` only, and is pure: no socket, file, clock, randomness, task, lock or global.
//! Rendering is a function of the model and of nothing else; parsing is strict, bounded and says where and by which clause
//! it refuses. What is rendered parses back to the same model.
//!
//! | module | what it holds | specification |
//! |---|---|---|
//! | [`hls`] | media and multivariant playlists, delta updates | draft-pantos-hls-rfc8216bis-22 |
//! | [`dash`] | the MPD of live and on-demand presentations with SegmentTemplate, and its patches | ISO/IEC 23009-1, 5th edition |
//! | (root) | [`Seconds`], [`SignedSeconds`], [`parse_date_time`], which both share | |
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `hls` | yes | the module [`hls`] |
//! | `dash` | yes | the module [`dash`], with `quick-xml` |
//!
//! What it deliberately does not do: fetch, resolve relative URIs, or judge a manifest beyond its
//! syntax. That is what `springhead-conform` is for.

#[cfg(feature = "dash")]
mod base64;
mod date_time;
mod decimal;
mod digits;
mod seconds;

#[cfg(feature = "dash")]
pub mod dash;
#[cfg(feature = "hls")]
pub mod hls;

#[cfg(any(feature = "hls", feature = "dash"))]
#[doc(hidden)]
pub mod fuzz;
#[cfg(all(test, any(feature = "hls", feature = "dash")))]
mod golden;

pub use date_time::parse_date_time;
pub use seconds::{BadSeconds, Seconds, SignedSeconds};
