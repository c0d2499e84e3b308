//! EXT-X-CONTENT-STEERING.

use super::attributes::{AttributeList, TagWriter};
use super::{HlsErrorKind, Tag};

/// EXT-X-CONTENT-STEERING, who says which of several servers to load from (draft-pantos-hls-rfc8216bis-22 §4.4.6.6).
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ContentSteering {
    /// SERVER-URI: where the Steering Manifest is.
    pub server_uri: String,
    /// PATHWAY-ID of the variants to use until that is there. None: `.`.
    pub pathway_id: Option<String>,
}

impl ContentSteering {
    pub(super) fn read(value: &str) -> Result<Self, HlsErrorKind> {
        let list = AttributeList::read(Tag::ContentSteering, value)?;
        Ok(Self {
            server_uri: list.required("SERVER-URI", list.quoted("SERVER-URI")?)?,
            pathway_id: list.quoted("PATHWAY-ID")?,
        })
    }

    pub(super) fn write(&self, out: &mut String) {
        TagWriter::new(out, Tag::ContentSteering)
            .quoted("SERVER-URI", &self.server_uri)
            .quoted_if("PATHWAY-ID", self.pathway_id.as_deref())
            .end();
    }
}
