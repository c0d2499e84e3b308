//! EXT-X-RENDITION-REPORT.

use super::attributes::{AttributeList, TagWriter};
use super::{HlsErrorKind, Tag};

/// EXT-X-RENDITION-REPORT, how far another rendition has come (draft-pantos-hls-rfc8216bis-22 §4.4.5.4).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct RenditionReport {
    /// The other media playlist, relative to this one.
    pub uri: String,
    /// The Media Sequence Number of its last segment, which may be one whose parts alone are listed.
    pub last_msn: u64,
    /// The index of the last part of that segment, where the playlist has parts.
    pub last_part: Option<u32>,
}

impl RenditionReport {
    pub(super) fn read(value: &str) -> Result<Self, HlsErrorKind> {
        let list = AttributeList::read(Tag::RenditionReport, value)?;
        let last_part = list.integer("LAST-PART")?.map(u32::try_from).transpose();
        Ok(Self {
            uri: list.required("URI", list.quoted("URI")?)?,
            last_msn: list.required("LAST-MSN", list.integer("LAST-MSN")?)?,
            last_part: last_part.map_err(|_| list.bad("LAST-PART"))?,
        })
    }

    pub(super) fn write(&self, out: &mut String) {
        TagWriter::new(out, Tag::RenditionReport)
            .quoted("URI", &self.uri)
            .bare("LAST-MSN", self.last_msn)
            .bare_if("LAST-PART", self.last_part)
            .end();
    }
}
