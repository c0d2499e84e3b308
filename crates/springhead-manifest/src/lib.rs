//! HLS playlists and DASH Media Presentation Descriptions as typed models that render and parse.
//!
//! For whoever writes or reads manifests: a packager, a player, a test of either.
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
//! A media playlist of low latency:
//!
#![cfg_attr(feature = "hls", doc = "```")]
#![cfg_attr(not(feature = "hls"), doc = "```ignore")]
//! use springhead_manifest::Seconds;
//! use springhead_manifest::hls::{Map, MediaPlaylist, OpenSegment, Part, Segment, ServerControl};
//!
//! let part = |n: u64| Part { uri: format!("8.{n}.m4s"), duration: Seconds::from_millis(500), independent: n == 0, ..Part::default() };
//! let map = Some(Map { uri: "init.mp4".into(), byterange: None });
//! let playlist = MediaPlaylist {
//!     target_duration: 2,
//!     media_sequence: 7,
//!     part_target: Some(Seconds::from_millis(500)),
//!     server_control: Some(ServerControl {
//!         can_block_reload: true,
//!         part_hold_back: Some(Seconds::from_millis(1500)),
//!         ..ServerControl::default()
//!     }),
//!     segments: vec![Segment { uri: "7.m4s".into(), duration: Seconds::from_secs(2), map, ..Segment::default() }],
//!     open: Some(OpenSegment { parts: vec![part(0), part(1)], ..OpenSegment::default() }),
//!     ..MediaPlaylist::default()
//! };
//! let text = playlist.render();
//! assert!(text.ends_with("#EXT-X-PART:DURATION=0.500000,URI=\"8.1.m4s\"\n"), "{text}");
//! assert_eq!(MediaPlaylist::parse(&text)?.segments, playlist.segments);
//! # Ok::<(), springhead_manifest::hls::HlsError>(())
//! ```
//!
//! An MPD of two segments:
//!
#![cfg_attr(feature = "dash", doc = "```")]
#![cfg_attr(not(feature = "dash"), doc = "```ignore")]
//! use springhead_manifest::dash::{
//!     AdaptationSet, ContentType, Mpd, Period, Representation, SegmentTemplate, SegmentTimeline, Span,
//! };
//!
//! let template = SegmentTemplate {
//!     timescale: Some(90_000),
//!     initialization: Some("$RepresentationID$/init.mp4".into()),
//!     media: Some("$RepresentationID$/$Number$.m4s".into()),
//!     timeline: Some(SegmentTimeline::from_segments([(0, 180_000), (180_000, 180_000)])),
//!     ..SegmentTemplate::default()
//! };
//! let representation = Representation { id: "v1".into(), bandwidth: 4_200_000, ..Representation::default() };
//! let set = AdaptationSet {
//!     content_type: Some(ContentType::Video),
//!     segment_template: Some(template),
//!     representations: vec![representation],
//!     ..AdaptationSet::default()
//! };
//! let mpd = Mpd {
//!     profiles: vec!["urn:mpeg:dash:profile:isoff-live:2011".into()],
//!     media_presentation_duration: Some(Span::from_secs(4)),
//!     min_buffer_time: Span::from_secs(2),
//!     periods: vec![Period { adaptation_sets: vec![set], ..Period::default() }],
//!     ..Mpd::default()
//! };
//! let text = mpd.render();
//! assert!(text.contains(r#"<S t="0" d="180000" r="1"/>"#), "{text}");
//! assert_eq!(Mpd::parse(&text)?, mpd);
//! # Ok::<(), springhead_manifest::dash::DashError>(())
//! ```
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
