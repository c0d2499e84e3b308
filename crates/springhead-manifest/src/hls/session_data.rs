//! EXT-X-SESSION-DATA.

use super::attributes::{AttributeList, TagWriter};
use super::{HlsErrorKind, Tag};

/// One EXT-X-SESSION-DATA, something about the presentation (draft-pantos-hls-rfc8216bis-22 §4.4.6.4). No two of a playlist
/// have the same id and language.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct SessionDatum {
    /// DATA-ID, in reverse DNS notation: `com.example.title`.
    pub data_id: String,
    /// The data itself, or where it is.
    pub content: SessionContent,
    /// LANGUAGE as a BCP 47 tag.
    pub language: Option<String>,
}

/// What an EXT-X-SESSION-DATA holds.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum SessionContent {
    /// VALUE: the data.
    Value(String),
    /// URI and FORMAT=JSON: a JSON document. This is what a URI without a FORMAT names.
    Json(String),
    /// URI and FORMAT=RAW: a file of any kind.
    Raw(String),
}

impl SessionDatum {
    pub(super) fn read(value: &str) -> Result<Self, HlsErrorKind> {
        let list = AttributeList::read(Tag::SessionData, value)?;
        let content = match (list.quoted("VALUE")?, list.quoted("URI")?, list.bare("FORMAT")?) {
            (Some(value), None, _) => SessionContent::Value(value),
            (None, Some(uri), None | Some("JSON")) => SessionContent::Json(uri),
            (None, Some(uri), Some("RAW")) => SessionContent::Raw(uri),
            (None, Some(_), Some(_)) => return Err(list.bad("FORMAT")),
            (Some(_), Some(_), _) => return Err(list.bad("URI")),
            (None, None, _) => return Err(HlsErrorKind::MissingAttribute(Tag::SessionData, "VALUE")),
        };
        let data_id = list.required("DATA-ID", list.quoted("DATA-ID")?)?;
        Ok(Self { data_id, content, language: list.quoted("LANGUAGE")? })
    }

    pub(super) fn write(&self, out: &mut String) {
        let mut tag = TagWriter::new(out, Tag::SessionData);
        tag.quoted("DATA-ID", &self.data_id);
        match &self.content {
            SessionContent::Value(value) => tag.quoted("VALUE", value),
            SessionContent::Json(uri) => tag.quoted("URI", uri),
            SessionContent::Raw(uri) => tag.quoted("URI", uri).bare("FORMAT", "RAW"),
        };
        tag.quoted_if("LANGUAGE", self.language.as_deref()).end();
    }
}
