//! EXT-X-DEFINE.

use super::attributes::{AttributeList, TagWriter};
use super::variables::is_name;
use super::{HlsErrorKind, Tag};

/// EXT-X-DEFINE, a variable of the playlist (draft-pantos-hls-rfc8216bis-22 §4.4.2.3). Its name is of letters, digits, `-`
/// and `_`. [`MediaPlaylist::parse_with`](super::MediaPlaylist::parse_with) puts values in the place of references;
/// [`MediaPlaylist::parse`](super::MediaPlaylist::parse) leaves them as they are written.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Define {
    /// NAME and VALUE.
    Value {
        /// The variable.
        name: String,
        /// What it stands for.
        value: String,
    },
    /// IMPORT: the multivariant playlist's variable of that name. In a media playlist only.
    Import(String),
    /// QUERYPARAM: the parameter of that name in the playlist's URI.
    QueryParam(String),
}

impl Define {
    pub(super) fn read(value: &str) -> Result<Self, HlsErrorKind> {
        let list = AttributeList::read(Tag::Define, value)?;
        let define = match (list.quoted("NAME")?, list.quoted("IMPORT")?, list.quoted("QUERYPARAM")?) {
            (Some(name), None, None) => Self::Value { name, value: list.required("VALUE", list.quoted("VALUE")?)? },
            (None, Some(name), None) => Self::Import(name),
            (None, None, Some(name)) => Self::QueryParam(name),
            _ => return Err(list.bad("NAME")),
        };
        let attribute = match &define {
            Self::Value { name, .. } if !is_name(name) => "NAME",
            Self::Import(name) if !is_name(name) => "IMPORT",
            Self::QueryParam(name) if !is_name(name) => "QUERYPARAM",
            _ => return Ok(define),
        };
        Err(list.bad(attribute))
    }

    pub(super) fn write(&self, out: &mut String) {
        let mut tag = TagWriter::new(out, Tag::Define);
        match self {
            Self::Value { name, value } => tag.quoted("NAME", name).quoted("VALUE", value),
            Self::Import(name) => tag.quoted("IMPORT", name),
            Self::QueryParam(name) => tag.quoted("QUERYPARAM", name),
        };
        tag.end();
    }
}
