//! Chunks (Adobe RTMP 1.0 §5.3): messages cut into pieces so that a long one does not hold up a short one.

mod reader;
mod writer;

use bytes::Bytes;

pub use reader::{ChunkError, ChunkReader};
pub use writer::ChunkWriter;

use crate::message::MessageType;

/// The maximum chunk size of both sides until one of them says otherwise (§5.4.1).
pub const DEFAULT_CHUNK_BYTES: u32 = 128;

/// The smallest chunk size that is accepted: "SHOULD be at least 128 bytes" (§5.4.1). Less only costs.
pub const MIN_CHUNK_BYTES: u32 = 128;

/// The largest chunk size that means anything, because no message is longer (§5.4.1). More is taken as this.
pub const MAX_CHUNK_BYTES: u32 = 0xff_ffff;

/// The value of a 24-bit time field that says that the time is in the extended timestamp instead (§5.3.1.3).
const EXTENDED: u32 = 0xff_ffff;

/// One message, put together (§6.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What it is.
    pub kind: MessageType,
    /// Milliseconds on the sender's clock, modulo 2^32.
    pub timestamp: u32,
    /// The message stream that it belongs to; 0 is the connection itself.
    pub stream: u32,
    /// Its body, in one buffer of its own.
    pub payload: Bytes,
}
