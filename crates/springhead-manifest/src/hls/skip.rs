//! EXT-X-SKIP.

use super::attributes::{AttributeList, TagWriter};
use super::{HlsErrorKind, Tag};

/// EXT-X-SKIP, which makes a playlist a delta update (draft-pantos-hls-rfc8216bis-22 §4.4.5.2).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Skip {
    /// SKIPPED-SEGMENTS: how many segments, from the playlist's Media Sequence Number on, stand in the client's copy only.
    pub skipped_segments: u64,
    /// RECENTLY-REMOVED-DATERANGES: the ids of date ranges that were removed within the Skip Boundary. Present, though
    /// perhaps empty, where the delta leaves out date ranges too (`_HLS_skip=v2`).
    pub recently_removed_dateranges: Option<Vec<String>>,
}

impl Skip {
    pub(super) fn read(value: &str) -> Result<Self, HlsErrorKind> {
        let list = AttributeList::read(Tag::Skip, value)?;
        Ok(Self {
            skipped_segments: list.required("SKIPPED-SEGMENTS", list.integer("SKIPPED-SEGMENTS")?)?,
            recently_removed_dateranges: list.quoted_list("RECENTLY-REMOVED-DATERANGES", '\t')?,
        })
    }

    pub(super) fn write(&self, out: &mut String) {
        let mut tag = TagWriter::new(out, Tag::Skip);
        tag.bare("SKIPPED-SEGMENTS", self.skipped_segments);
        if let Some(ids) = &self.recently_removed_dateranges {
            tag.quoted_list("RECENTLY-REMOVED-DATERANGES", ids, '\t');
        }
        tag.end();
    }
}
