//! What values may hold.

/// What the AMF 0 values of one message are held to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amf0Limits {
    /// Objects and arrays within each other. Default 8.
    pub depth: u8,
    /// Values in all, those within objects and arrays included. Default 256.
    pub values: u16,
    /// Bytes of one string. Default 16 KiB, room for a token with a long chain of certificates.
    pub string_bytes: u32,
}

impl Default for Amf0Limits {
    fn default() -> Self {
        Self { depth: 8, values: 256, string_bytes: 16 << 10 }
    }
}
