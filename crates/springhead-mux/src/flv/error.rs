//! Why bytes are not FLV.

/// Why a file, a tag or a message cannot be read. Errors of a tag's body leave the rest of the stream readable: the caller
/// drops that one message and counts it. Errors of a [`Reader`](super::Reader) end the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FlvError {
    /// The body ends within a field.
    #[error("the body ends within its {field}, at byte {offset}")]
    Truncated {
        /// The field.
        field: &'static str,
        /// Where the body ends.
        offset: usize,
    },
    /// A field has a value that is reserved, or that the specification forbids in this place. What follows it cannot be
    /// understood.
    #[error("{field} is {value} at byte {offset}, which has no meaning")]
    Reserved {
        /// The field.
        field: &'static str,
        /// Its value.
        value: u32,
        /// Where in the body.
        offset: usize,
    },
    /// A message of several tracks goes on behind its 256th.
    #[error("more than 256 tracks at byte {offset}")]
    TooManyTracks {
        /// Where the next would be.
        offset: usize,
    },
    /// The bytes do not start with the signature and the header of a file.
    #[error("this is no FLV file")]
    NotFlv,
    /// A tag is longer than the reader was told to take.
    #[error("a tag of {size} bytes, where at most {limit} are taken")]
    TagSize {
        /// Bytes of its body.
        size: usize,
        /// The most that are taken.
        limit: usize,
    },
    /// A body has more bytes than the 24 bits of a tag's size can say.
    #[error("a body of {size} bytes does not fit a tag")]
    TooLarge {
        /// Bytes of the body.
        size: usize,
    },
    /// A message says what its form has no field for.
    #[error("{what} cannot be written")]
    Unwritable {
        /// What it says.
        what: &'static str,
    },
}
