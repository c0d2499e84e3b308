//! As much of an HLS media playlist as the tests look at, read line by line.

/// What a media playlist says now.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct MediaPlaylist {
    pub(crate) media_sequence: u64,
    /// `EXT-X-DISCONTINUITY` lines in the window plus `EXT-X-DISCONTINUITY-SEQUENCE`: all there have ever been.
    pub(crate) discontinuities: u64,
    pub(crate) ended: bool,
    /// `EXTINF` URIs, oldest first.
    pub(crate) segments: Vec<String>,
}

impl MediaPlaylist {
    pub(crate) fn read(text: &str) -> Self {
        let number = |tag: &str| text.lines().find_map(|line| line.strip_prefix(tag)?.trim().parse().ok()).unwrap_or(0);
        Self {
            media_sequence: number("#EXT-X-MEDIA-SEQUENCE:"),
            discontinuities: number("#EXT-X-DISCONTINUITY-SEQUENCE:")
                + text.lines().filter(|line| line.trim() == "#EXT-X-DISCONTINUITY").count() as u64,
            ended: text.lines().any(|line| line.trim() == "#EXT-X-ENDLIST"),
            segments: text
                .lines()
                .filter(|line| !line.is_empty() && !line.starts_with('#'))
                .map(str::to_owned)
                .collect(),
        }
    }

    /// The media sequence number of the next segment that will be listed.
    pub(crate) fn next(&self) -> u64 {
        self.media_sequence + self.segments.len() as u64
    }
}

/// The URI of the first variant of a multivariant playlist: the line after its `EXT-X-STREAM-INF`.
pub(crate) fn first_variant(text: &str) -> Option<&str> {
    let mut lines = text.lines();
    lines.find(|line| line.starts_with("#EXT-X-STREAM-INF"))?;
    lines.next()
}
