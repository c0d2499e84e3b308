//! The compatibility version (draft-pantos-hls-rfc8216bis-22 §8).

use super::{Define, MediaPlaylist, MultivariantPlaylist};

impl MediaPlaylist {
    /// The smallest EXT-X-VERSION that covers the tags of this playlist and of its delta updates, so that all forms of
    /// one playlist state the same: an over-declared version turns older clients away, and one that changes between
    /// requests is a changed line.
    ///
    /// EXT-X-PART, -PART-INF, -SERVER-CONTROL, -PRELOAD-HINT and -RENDITION-REPORT ask for no version of their own.
    pub fn required_version(&self) -> u32 {
        let maps = self.segments.iter().map(|s| &s.map).chain(self.open.as_ref().map(|o| &o.map));
        let has_map = maps.flatten().next().is_some();
        let control = self.server_control.unwrap_or_default();
        let skips = control.can_skip_until.is_some() || self.skip.is_some();
        let skips_dates = control.can_skip_until.is_some() && control.can_skip_dateranges
            || self.skip.as_ref().is_some_and(|skip| skip.recently_removed_dateranges.is_some());
        [
            // Durations are printed with decimals, always.
            (3, !self.segments.is_empty()),
            (4, self.i_frames_only || self.segments.iter().any(|s| s.byterange.is_some())),
            (5, has_map && self.i_frames_only),
            (6, has_map && !self.i_frames_only),
            (9, skips),
            (10, skips_dates),
            (define_version(&self.defines), true),
        ]
        .into_iter()
        .filter_map(|(version, applies)| applies.then_some(version))
        .max()
        .unwrap_or(1)
    }
}

impl MultivariantPlaylist {
    /// The smallest EXT-X-VERSION that covers the tags of this playlist.
    pub fn required_version(&self) -> u32 {
        let instream = |id: &String| if id.starts_with("SERVICE") { 7 } else { 1 };
        let ids = self.renditions.iter().map(|rendition| match &rendition.instream_id {
            Some(_) if rendition.media_type != super::MediaType::ClosedCaptions => 13,
            id => id.as_ref().map_or(1, instream),
        });
        let mut variants = self.variants.iter().chain(&self.i_frame_variants);
        let requires = if variants.any(|variant| !variant.req_video_layout.is_empty()) { 12 } else { 1 };
        ids.chain([define_version(&self.defines), requires]).max().unwrap_or(1)
    }
}

fn define_version(defines: &[Define]) -> u32 {
    let version = |define: &Define| if matches!(define, Define::QueryParam(_)) { 11 } else { 8 };
    defines.iter().map(version).max().unwrap_or(1)
}
