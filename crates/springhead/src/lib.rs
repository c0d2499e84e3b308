//! Springhead, a live-media origin for Rust: encoders publish, every access unit is fanned out without a copy, packaged
//! once as CMAF, and served as LL-HLS and LL-DASH from the same bytes.
//!
//! Layer 5, the facade: it re-exports the crates of the family under short names and holds no logic. Whoever needs one
//! room only (the muxers, the manifests, the fan-out) depends on that crate alone.
//!
//! | module | crate | feature |
//! |---|---|---|
//! | [`core`] | `springhead-core`: time, ids, access units, tracks | – |
//! | [`fanout`] | `springhead-fanout`: one writer, many readers | – |
//! | [`codec`] | `springhead-codec`: bitstreams of every codec of live media | – |
//! | [`manifest`] | `springhead-manifest`: HLS and DASH manifests | – |
//! | [`storage`] | `springhead-storage`: where segments are kept | – |
//! | [`analytics`] | `springhead-analytics`: meters and histograms | – |
//! | [`mux`] | `springhead-mux`: CMAF, FLV and transport streams | – |
//! | [`intake`] | `springhead-intake`: repair of one track | – |
//! | [`engine`] | `springhead-engine`: broadcasts and sessions | – |
//! | `packager` | `springhead-packager`: parts, segments, snapshots | `origin` |
//! | `origin` | `springhead-origin`: HTTP | `origin` |
//! | `rtmp` | `springhead-rtmp`: RTMP | `rtmp` |
//! | `conform` | `springhead-conform`: the checks of `springhead lint` | `conform` |

pub use springhead_analytics as analytics;
pub use springhead_codec as codec;
#[cfg(feature = "conform")]
pub use springhead_conform as conform;
pub use springhead_core as core;
pub use springhead_engine as engine;
pub use springhead_fanout as fanout;
pub use springhead_intake as intake;
pub use springhead_manifest as manifest;
pub use springhead_mux as mux;
#[cfg(feature = "origin")]
pub use springhead_origin as origin;
#[cfg(feature = "origin")]
pub use springhead_packager as packager;
#[cfg(feature = "rtmp")]
pub use springhead_rtmp as rtmp;
pub use springhead_storage as storage;
