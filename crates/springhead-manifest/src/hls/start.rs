//! EXT-X-START.

use super::attributes::{AttributeList, TagWriter};
use super::{HlsErrorKind, Tag};
use crate::SignedSeconds;

/// EXT-X-START, where to begin playing (draft-pantos-hls-rfc8216bis-22 §4.4.2.2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Start {
    /// TIME-OFFSET: from the beginning of the playlist, or back from its end when negative.
    pub time_offset: SignedSeconds,
    /// PRECISE: frames before the offset are not to be shown.
    pub precise: bool,
}

impl Start {
    pub(super) fn read(value: &str) -> Result<Self, HlsErrorKind> {
        let list = AttributeList::read(Tag::Start, value)?;
        Ok(Self {
            time_offset: list.required("TIME-OFFSET", list.parsed("TIME-OFFSET")?)?,
            precise: list.yes("PRECISE")?,
        })
    }

    pub(super) fn write(&self, out: &mut String) {
        TagWriter::new(out, Tag::Start).bare("TIME-OFFSET", self.time_offset).yes_if("PRECISE", self.precise).end();
    }
}
