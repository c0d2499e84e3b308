//! What is live, as the page and operators read it.

use serde::Serialize;
use springhead_core::{MediaKind, Track};

/// All broadcasts that can be watched.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Listing {
    /// Ascending by key.
    pub broadcasts: Vec<Listed>,
}

/// One broadcast.
#[derive(Clone, Debug, Serialize)]
pub struct Listed {
    /// `app/name`.
    pub key: String,
    /// `starting`, `live`, `interrupted` or `ended`.
    pub state: &'static str,
    /// Path of the multivariant playlist.
    pub hls: String,
    /// Path of the MPD.
    pub dash: String,
    /// Path of the player page.
    pub page: String,
    /// The tracks that the publisher sends.
    pub tracks: Vec<ListedTrack>,
}

/// One track of a broadcast.
#[derive(Clone, Debug, Serialize)]
pub struct ListedTrack {
    /// `video` or `audio`.
    pub kind: &'static str,
    /// The `codecs` parameter of RFC 6381.
    pub codec: String,
    /// Width as shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Height as shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// Samples a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample_rate: Option<u32>,
    /// Channels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channels: Option<u16>,
}

impl ListedTrack {
    pub(crate) fn new(track: &Track) -> Self {
        let size = track.video().map(|video| video.display_size());
        Self {
            kind: match track.kind() {
                MediaKind::Video => "video",
                MediaKind::Audio => "audio",
                MediaKind::Metadata => "metadata",
            },
            codec: track.codec_string.to_string(),
            width: size.map(|size| size.0),
            height: size.map(|size| size.1),
            sample_rate: track.audio().map(|audio| audio.sample_rate),
            channels: track.audio().map(|audio| audio.channels),
        }
    }
}
