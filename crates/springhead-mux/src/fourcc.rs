//! Codes of four characters.

use std::fmt;

/// A code of four printable characters, as boxes, brands, sample entries (ISO/IEC 14496-12 §4.2) and the codecs of
/// Enhanced RTMP are named by. From the wire it can be any four bytes; what is not printable is shown escaped.
///
/// ```
/// use springhead_mux::FourCc;
/// assert_eq!(FourCc(*b"moov").to_string(), "moov");
/// assert_eq!(FourCc(*b"\xa9nam").to_string(), "\\xa9nam");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FourCc(pub [u8; 4]);

impl fmt::Display for FourCc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.escape_ascii(), f)
    }
}

impl fmt::Debug for FourCc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "'{self}'")
    }
}
