//! Why a text is no MPD, or no patch of one.

/// A text that cannot be read as an MPD or a patch, with the place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("byte {position}: {kind}")]
pub struct DashError {
    /// The byte where the element begins that is wrong.
    pub position: u64,
    /// What is wrong with it.
    pub kind: DashErrorKind,
}

/// What is wrong with an MPD or a patch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DashErrorKind {
    /// The text is longer than [`MAX_MPD_BYTES`](super::MAX_MPD_BYTES).
    #[error("more than {} bytes", super::MAX_MPD_BYTES)]
    TooLong,
    /// Elements within elements, deeper than [`MAX_DEPTH`](super::MAX_DEPTH).
    #[error("elements nested deeper than {}", super::MAX_DEPTH)]
    TooDeep,
    /// More elements than [`MAX_ELEMENTS`](super::MAX_ELEMENTS), or more than 64 attributes of one.
    #[error("more than {} elements, or than 64 attributes of one", super::MAX_ELEMENTS)]
    TooMany,
    /// Not well-formed XML; the reader's own words.
    #[error("not well-formed: {0}")]
    Xml(String),
    /// A document type declaration. No MPD needs one, and entities are not expanded.
    #[error("a document type declaration")]
    DocType,
    /// The root element is not `MPD`.
    #[error("the root element is not MPD")]
    NotAnMpd,
    /// The root element is not `Patch`.
    #[error("the root element is not Patch")]
    NotAPatch,
    /// An operation of a patch that is neither `add`, `replace` nor `remove`.
    #[error("an operation that is not add, replace or remove")]
    UnknownOperation,
    /// More operations of a patch than [`MAX_OPERATIONS`](super::patch::MAX_OPERATIONS).
    #[error("more than {} operations", super::patch::MAX_OPERATIONS)]
    TooManyOperations,
    /// A required element is missing.
    #[error("{parent} has no {element}")]
    MissingElement {
        /// Where it should be.
        parent: &'static str,
        /// What is missing.
        element: &'static str,
    },
    /// An element that may stand once stands again.
    #[error("{parent} has more than one {element}")]
    DuplicateElement {
        /// Where it is.
        parent: &'static str,
        /// What stands again.
        element: &'static str,
    },
    /// A required attribute is missing.
    #[error("{element} has no @{attribute}")]
    MissingAttribute {
        /// Where it should be.
        element: &'static str,
        /// What is missing.
        attribute: &'static str,
    },
    /// An element's content is not what its type allows.
    #[error("the content of {element} cannot be read")]
    BadContent {
        /// What cannot be read.
        element: &'static str,
    },
    /// An attribute's value is not what its type allows. A duration with years or months is refused here as well: it has
    /// no fixed length.
    #[error("{element}@{attribute} has a value that cannot be read")]
    BadAttribute {
        /// Where it is.
        element: &'static str,
        /// What cannot be read.
        attribute: &'static str,
    },
}

impl DashErrorKind {
    pub(super) fn at(self, position: u64) -> DashError {
        DashError { position, kind: self }
    }
}
