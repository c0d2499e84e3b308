//! Byte ranges.

use std::ops::Range;

use springhead_manifest::hls::{ByteRange, HintType, MediaPlaylist, Part};

use super::{Media, numbered, parents};
use crate::finding::Report;

/// Ranges one after the other: one without an offset begins where the one before it, of the same resource, ends.
#[derive(Default)]
struct Follow<'a> {
    last: Option<(&'a str, u64)>,
}

impl<'a> Follow<'a> {
    /// The range in full; none where it lacks an offset and follows nothing.
    fn resolve(&mut self, uri: &'a str, range: Option<ByteRange>) -> Option<Range<u64>> {
        let before = self.last.take().filter(|(known, _)| *known == uri).map(|(_, end)| end);
        let range = range?;
        let start = range.offset.or(before)?;
        let end = start.saturating_add(range.length);
        self.last = Some((uri, end));
        Some(start..end)
    }
}

/// Where in its resource each complete segment is, as far as it is a sub-range and its beginning is known (§4.4.4.2).
///
/// ```
/// use springhead_conform::hls_media::segment_ranges;
/// use springhead_manifest::hls::MediaPlaylist;
/// let text = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-BYTERANGE:10@5\n#EXTINF:2,\na\n#EXT-X-BYTERANGE:7\n#EXTINF:2,\na\n";
/// assert_eq!(segment_ranges(&MediaPlaylist::parse(text).unwrap()), [Some(5..15), Some(15..22)]);
/// ```
pub fn segment_ranges(playlist: &MediaPlaylist) -> Vec<Option<Range<u64>>> {
    let mut follow = Follow::default();
    playlist.segments.iter().map(|segment| follow.resolve(&segment.uri, segment.byterange)).collect()
}

/// The same for the parts of one segment (§4.4.4.9).
pub fn part_ranges(parts: &[Part]) -> Vec<Option<Range<u64>>> {
    let mut follow = Follow::default();
    parts.iter().map(|part| follow.resolve(&part.uri, part.byterange)).collect()
}

pub(super) fn offsets(media: &Media<'_>, report: &mut Report<'_>) {
    // What the first one of a delta update follows is skipped.
    let from = usize::from(media.playlist.skip.is_some());
    let ranges = segment_ranges(media.playlist);
    for ((number, segment), range) in numbered(media.playlist).zip(ranges).skip(from) {
        if segment.byterange.is_some() && range.is_none() {
            report.at(format_args!("segment {number}"), "a byte range without an offset follows none of its resource");
        }
    }
}

pub(super) fn hinted_range(media: &Media<'_>, report: &mut Report<'_>) {
    let Some(hint) = media.playlist.preload_hints.iter().find(|hint| hint.hint_type == HintType::Part) else { return };
    let last = parents(media.playlist).filter(|parent| parent.complete.is_none()).last();
    let Some(last) = last.filter(|parent| parent.parts.iter().all(|part| part.uri == hint.uri)) else { return };
    if let Some(Some(range)) = part_ranges(last.parts).pop() {
        let start = hint.byterange_start.unwrap_or(0);
        if start != range.end {
            let message = format_args!("it begins at byte {start}, and the last part ends at {}", range.end);
            report.at("EXT-X-PRELOAD-HINT", message);
        }
    }
}
