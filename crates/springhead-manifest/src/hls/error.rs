//! Why a text is no playlist.

use super::Tag;

/// A text that cannot be read as the playlist asked for, with the place.
///
/// A client that reloads keeps its last good playlist and tries again; a checker reports the line. None of these is
/// transient by itself: the same text is refused again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {kind} (draft-pantos-hls-rfc8216bis §{clause})", clause = self.kind.clause())]
pub struct HlsError {
    /// The line, counted from 1; the line after the last when something is missing from the whole.
    pub line: usize,
    /// What is wrong with it.
    pub kind: HlsErrorKind,
}

/// What is wrong with a line of a playlist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HlsErrorKind {
    /// The text is longer than [`MAX_PLAYLIST_BYTES`](super::MAX_PLAYLIST_BYTES), or becomes so by its variables.
    #[error("a playlist of more than {} bytes", super::MAX_PLAYLIST_BYTES)]
    TooLong,
    /// The first line is not exactly `#EXTM3U`; a byte order mark makes it so.
    #[error("the first line is not #EXTM3U")]
    NotM3u,
    /// A control character other than the line ends, U+0000 to U+001F and U+007F to U+009F.
    #[error("a control character")]
    ControlCharacter,
    /// A tag of a media playlist in a multivariant one, or the other way round.
    #[error("{0} belongs to the other kind of playlist")]
    OtherPlaylist(Tag),
    /// A tag that may stand once stands again.
    #[error("{0} stands more than once")]
    Duplicate(Tag),
    /// A tag that has to be there is not.
    #[error("{0} is missing")]
    Missing(Tag),
    /// The tag's value is not what it has to be.
    #[error("{0} has a value that cannot be read")]
    BadValue(Tag),
    /// The tag's attribute list breaks the grammar of §4.2, or has more than 64 attributes.
    #[error("{0} has a malformed attribute list")]
    BadAttributeList(Tag),
    /// An attribute stands twice in one tag.
    #[error("{0} has the attribute {1} more than once")]
    DuplicateAttribute(Tag, String),
    /// A required attribute is missing.
    #[error("{0} lacks {1}")]
    MissingAttribute(Tag, &'static str),
    /// An attribute's value is not what it has to be.
    #[error("{0} has a value of {1} that cannot be read")]
    BadAttribute(Tag, &'static str),
    /// A reference to a variable that no EXT-X-DEFINE before it defines, or an import that the multivariant playlist does
    /// not define.
    #[error("the variable {0} is not defined")]
    UndefinedVariable(String),
    /// A variable is defined a second time.
    #[error("the variable {0} is defined more than once")]
    DuplicateVariable(String),
    /// The tag needs a URI line after it, and there is none.
    #[error("{0} is followed by no URI")]
    NoUri(Tag),
    /// A URI line without the tag that describes it.
    #[error("a URI without {0} before it")]
    StrayUri(Tag),
}

impl HlsErrorKind {
    /// The clause of draft-pantos-hls-rfc8216bis-22 that the line breaks.
    pub fn clause(&self) -> &'static str {
        match self {
            Self::TooLong | Self::ControlCharacter | Self::OtherPlaylist(_) => "4.1",
            Self::NotM3u => "4.4.1.1",
            Self::UndefinedVariable(_) => "4.3",
            Self::DuplicateVariable(_) => Tag::Define.clause(),
            Self::BadAttributeList(_) | Self::DuplicateAttribute(..) => "4.2",
            Self::Duplicate(tag)
            | Self::Missing(tag)
            | Self::BadValue(tag)
            | Self::MissingAttribute(tag, _)
            | Self::BadAttribute(tag, _)
            | Self::NoUri(tag)
            | Self::StrayUri(tag) => tag.clause(),
        }
    }

    pub(super) fn at(self, line: usize) -> HlsError {
        HlsError { line, kind: self }
    }
}
