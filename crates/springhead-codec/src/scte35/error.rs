use crate::bits::SyntaxError;

/// Why a section was refused. The caller drops it: it cannot be known what it announced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Scte35Error {
    /// A field is cut short, or holds what the standard does not allow.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// The `table_id` is not that of splice information.
    #[error("table_id {0:#04x} is not that of a splice information section")]
    TableId(u8),
    /// The section is longer than what came of it.
    #[error("a section of {stated} bytes, of which {available} came")]
    Length {
        /// What `section_length` makes of it, header included.
        stated: usize,
        /// How many bytes there are.
        available: usize,
    },
    /// The check failed: some bit is not what was sent.
    #[error("CRC_32 is {stated:#010x}, and {computed:#010x} by the content")]
    Crc {
        /// What the section says.
        stated: u32,
        /// What its bytes give.
        computed: u32,
    },
    /// A `protocol_version` other than 0, of which nothing is known.
    #[error("protocol_version {0} is not known")]
    Version(u8),
    /// A part reaches over the end of what it is in.
    #[error("{what} at byte {offset} reaches over the end")]
    Overrun {
        /// The part, in the standard's words.
        what: &'static str,
        /// Where in the section it begins.
        offset: usize,
    },
}
