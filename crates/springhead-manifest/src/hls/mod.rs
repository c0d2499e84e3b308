//! HTTP Live Streaming playlists, draft-pantos-hls-rfc8216bis-22 (protocol version 13).
//!
//! | file | tags |
//! |---|---|
//! | `media` | [`MediaPlaylist`]: the playlist tags of §4.4.3 that are a number or a switch |
//! | `segment` | [`Segment`], [`OpenSegment`]: EXTINF, BYTERANGE, DISCONTINUITY, PROGRAM-DATE-TIME, GAP, BITRATE |
//! | `part`, `map` | [`Part`], [`Map`], [`ByteRange`] |
//! | `server_control`, `skip`, `preload_hint`, `rendition_report` | the low-latency tags |
//! | `date_range`, `start`, `define` | [`DateRange`], [`Start`], [`Define`] |
//! | `multivariant`, `rendition`, `variant` | [`MultivariantPlaylist`], [`Rendition`], [`Variant`] |
//! | `session_data`, `content_steering` | [`SessionDatum`], [`ContentSteering`] |
//! | `delta`, `date_range_log` | delta updates: [`MediaPlaylist::delta`], [`merge_delta`], [`DateRangeLog`] |
//! | `variables` | variable substitution: [`VariableSources`], [`Variables`] |
//! | `version` | which EXT-X-VERSION a playlist asks for |
//!
//! EXT-X-KEY and -SESSION-KEY are passed over on reading, as unknown tags are.

mod attributes;
mod content_steering;
mod date_range;
mod date_range_log;
mod define;
mod delta;
mod error;
mod lines;
mod map;
mod media;
mod media_reader;
mod multivariant;
mod part;
mod preload_hint;
mod rendition;
mod rendition_report;
mod segment;
mod server_control;
mod session_data;
mod skip;
mod start;
mod tag;
mod variables;
mod variant;
mod version;

#[cfg(test)]
mod arbitrary;
#[cfg(test)]
mod tests;

pub use content_steering::ContentSteering;
pub use date_range::{ClientValue, DateRange};
pub use date_range_log::{DateRangeLog, RecentDateRanges};
pub use define::Define;
pub use delta::{MergeError, merge_delta};
pub use error::{HlsError, HlsErrorKind};
pub use lines::MAX_PLAYLIST_BYTES;
pub use map::{ByteRange, Map};
pub use media::{MediaPlaylist, PlaylistType};
pub use media_reader::MAX_SEGMENTS;
pub use multivariant::MultivariantPlaylist;
pub use part::Part;
pub use preload_hint::{HintType, PreloadHint};
pub use rendition::{MediaType, Rendition};
pub use rendition_report::RenditionReport;
pub use segment::{OpenSegment, Segment};
pub use server_control::ServerControl;
pub use session_data::{SessionContent, SessionDatum};
pub use skip::Skip;
pub use start::Start;
pub use tag::Tag;
pub use variables::{VariableSources, Variables};
pub use variant::{ClosedCaptions, Variant, VideoRange};
