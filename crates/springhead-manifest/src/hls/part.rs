//! EXT-X-PART.

use super::attributes::{AttributeList, TagWriter};
use super::{ByteRange, HlsErrorKind, Tag};
use crate::Seconds;

/// EXT-X-PART, a Partial Segment (draft-pantos-hls-rfc8216bis-22 §4.4.4.9). Its index in the parent is its place in the
/// parent's list.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Part {
    /// Where it is.
    pub uri: String,
    /// How long it lasts. As printed, never above the Part Target Duration.
    pub duration: Seconds,
    /// Whether it holds an independent frame.
    pub independent: bool,
    /// Whether it is not available, and its time is a hole.
    pub gap: bool,
    /// The part of the resource that is meant. None: all of it.
    pub byterange: Option<ByteRange>,
}

impl Part {
    pub(super) fn read(value: &str) -> Result<Self, HlsErrorKind> {
        let list = AttributeList::read(Tag::Part, value)?;
        let byterange = match list.quoted("BYTERANGE")? {
            Some(text) => Some(text.parse().map_err(|()| list.bad("BYTERANGE"))?),
            None => None,
        };
        Ok(Self {
            uri: list.required("URI", list.quoted("URI")?)?,
            duration: list.required("DURATION", list.parsed("DURATION")?)?,
            independent: list.yes("INDEPENDENT")?,
            gap: list.yes("GAP")?,
            byterange,
        })
    }

    pub(super) fn write(&self, out: &mut String) {
        let range = self.byterange.map(|range| range.to_string());
        TagWriter::new(out, Tag::Part)
            .seconds("DURATION", self.duration)
            .quoted("URI", &self.uri)
            .yes_if("INDEPENDENT", self.independent)
            .quoted_if("BYTERANGE", range.as_deref())
            .yes_if("GAP", self.gap)
            .end();
    }
}
