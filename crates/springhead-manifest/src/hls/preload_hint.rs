//! EXT-X-PRELOAD-HINT.

use super::attributes::{AttributeList, TagWriter};
use super::{HlsErrorKind, Tag};

/// What a preload hint announces.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum HintType {
    /// `PART`: the next Partial Segment.
    Part,
    /// `MAP`: the init section of the next Partial Segment.
    Map,
}

/// EXT-X-PRELOAD-HINT, a resource that will be needed and may be asked for already (draft-pantos-hls-rfc8216bis-22
/// §4.4.5.3). At most one of each type.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct PreloadHint {
    /// What it is.
    pub hint_type: HintType,
    /// Where it will be; the same URI that will be listed.
    pub uri: String,
    /// BYTERANGE-START: where it begins within the resource. None: at 0.
    pub byterange_start: Option<u64>,
    /// BYTERANGE-LENGTH. None: not known yet, or to the end.
    pub byterange_length: Option<u64>,
}

impl PreloadHint {
    /// Announces the next Partial Segment, a whole resource.
    pub fn part(uri: impl Into<String>) -> Self {
        Self { hint_type: HintType::Part, uri: uri.into(), byterange_start: None, byterange_length: None }
    }

    /// Announces the init section of the next Partial Segment, a whole resource.
    pub fn map(uri: impl Into<String>) -> Self {
        Self { hint_type: HintType::Map, ..Self::part(uri) }
    }

    /// None for a type that is not known: §4.4.5.3 has clients ignore such a hint.
    pub(super) fn read(value: &str) -> Result<Option<Self>, HlsErrorKind> {
        let list = AttributeList::read(Tag::PreloadHint, value)?;
        let hint_type = match list.required("TYPE", list.bare("TYPE")?)? {
            "PART" => HintType::Part,
            "MAP" => HintType::Map,
            _ => return Ok(None),
        };
        Ok(Some(Self {
            hint_type,
            uri: list.required("URI", list.quoted("URI")?)?,
            byterange_start: list.integer("BYTERANGE-START")?,
            byterange_length: list.integer("BYTERANGE-LENGTH")?,
        }))
    }

    pub(super) fn write(&self, out: &mut String) {
        let hint_type = match self.hint_type {
            HintType::Part => "PART",
            HintType::Map => "MAP",
        };
        TagWriter::new(out, Tag::PreloadHint)
            .bare("TYPE", hint_type)
            .quoted("URI", &self.uri)
            .bare_if("BYTERANGE-START", self.byterange_start)
            .bare_if("BYTERANGE-LENGTH", self.byterange_length)
            .end();
    }
}
