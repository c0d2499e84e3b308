//! EXT-X-MAP and byte ranges.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::attributes::{AttributeList, TagWriter};
use super::{HlsErrorKind, Tag, lines};

/// A sub-range of a resource, `n[@o]` (draft-pantos-hls-rfc8216bis-22 §4.4.4.2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ByteRange {
    /// Bytes.
    pub length: u64,
    /// Where it begins. None: right after the range of the segment or part before it, of the same resource.
    pub offset: Option<u64>,
}

impl FromStr for ByteRange {
    type Err = ();

    /// Reads `n[@o]`; the range may not end beyond 2^64.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (length, offset) = match text.split_once('@') {
            Some((length, offset)) => (length, Some(lines::decimal_integer(offset).ok_or(())?)),
            None => (text, None),
        };
        let length = lines::decimal_integer(length).ok_or(())?;
        length.checked_add(offset.unwrap_or(0)).ok_or(())?;
        Ok(Self { length, offset })
    }
}

impl fmt::Display for ByteRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.length)?;
        self.offset.map_or(Ok(()), |offset| write!(f, "@{offset}"))
    }
}

/// EXT-X-MAP, the Media Initialization Section of the segments after it (§4.4.4.5). A URI names one init section for
/// ever: one that changes gets another URI.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Map {
    /// Where it is. Shared, as every segment of a playlist names it.
    pub uri: Arc<str>,
    /// The part of the resource that is meant; its offset is required here. None: all of it.
    pub byterange: Option<ByteRange>,
}

impl Map {
    /// An init section that is a whole resource.
    pub fn new(uri: impl Into<Arc<str>>) -> Self {
        Self { uri: uri.into(), byterange: None }
    }

    pub(super) fn read(value: &str) -> Result<Self, HlsErrorKind> {
        let list = AttributeList::read(Tag::Map, value)?;
        let uri = list.required("URI", list.quoted("URI")?)?;
        let byterange: Option<ByteRange> = match list.quoted("BYTERANGE")? {
            Some(text) => Some(text.parse().map_err(|()| list.bad("BYTERANGE"))?),
            None => None,
        };
        if byterange.is_some_and(|range| range.offset.is_none()) {
            return Err(list.bad("BYTERANGE"));
        }
        Ok(Self { uri: uri.into(), byterange })
    }

    pub(super) fn write(&self, out: &mut String) {
        let range = self.byterange.map(|range| range.to_string());
        TagWriter::new(out, Tag::Map).quoted("URI", &self.uri).quoted_if("BYTERANGE", range.as_deref()).end();
    }
}
