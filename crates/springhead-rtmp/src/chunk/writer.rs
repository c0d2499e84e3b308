//! Messages → chunks.

use bytes::{BufMut, BytesMut};

use super::{DEFAULT_CHUNK_BYTES, EXTENDED, MAX_CHUNK_BYTES, MIN_CHUNK_BYTES, Message};

/// Cuts messages into chunks.
///
/// Every message begins with a full header (type 0) and goes on with headers of type 3: what a server says to a
/// publisher is short, and a header that leaves nothing out needs no memory of what was sent before.
#[derive(Debug, Clone)]
pub struct ChunkWriter {
    chunk_bytes: u32,
}

impl Default for ChunkWriter {
    fn default() -> Self {
        Self { chunk_bytes: DEFAULT_CHUNK_BYTES }
    }
}

impl ChunkWriter {
    /// Cuts chunks of `bytes` from now on. The peer must have been told just before (§5.4.1).
    pub fn set_chunk_size(&mut self, bytes: u32) {
        self.chunk_bytes = bytes.clamp(MIN_CHUNK_BYTES, MAX_CHUNK_BYTES);
    }

    /// Appends a message on a chunk stream of 2 to 63 to `out`.
    ///
    /// # Panics
    /// When the chunk stream needs more than one byte or the payload is longer than a header can say: both are chosen by
    /// this program.
    pub fn write(&self, chunk_stream: u8, message: &Message, out: &mut BytesMut) {
        assert!((2..=63).contains(&chunk_stream), "chunk stream {chunk_stream} has no basic header of one byte");
        let length = message.payload.len();
        assert!(length <= MAX_CHUNK_BYTES as usize, "a message of {length} bytes has no 24-bit length");

        let extended = message.timestamp >= EXTENDED;
        out.put_u8(chunk_stream);
        out.put_uint(u64::from(message.timestamp.min(EXTENDED)), 3);
        out.put_uint(length as u64, 3);
        out.put_u8(message.kind.0);
        out.put_u32_le(message.stream);
        if extended {
            out.put_u32(message.timestamp);
        }
        for (n, data) in message.payload.chunks(self.chunk_bytes as usize).enumerate() {
            if n > 0 {
                out.put_u8(0xc0 | chunk_stream);
                if extended {
                    out.put_u32(message.timestamp);
                }
            }
            out.put_slice(data);
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::message::MessageType;

    #[test]
    fn a_message_is_cut_at_the_chunk_size_and_repeats_its_extended_timestamp() {
        let payload = Bytes::from(vec![7; 130]);
        let message = Message { kind: MessageType::VIDEO, timestamp: 0x0100_0000, stream: 1, payload };
        let mut out = BytesMut::new();
        ChunkWriter::default().write(4, &message, &mut out);
        let head = b"\x04\xff\xff\xff\0\0\x82\x09\x01\0\0\0\x01\0\0\0";
        assert_eq!(out, [&head[..], &[7; 128], b"\xc4\x01\0\0\0", &[7; 2]].concat());
    }

    #[test]
    fn an_empty_message_is_one_header() {
        let message = Message { kind: MessageType::AUDIO, timestamp: 5, stream: 1, payload: Bytes::new() };
        let mut out = BytesMut::new();
        ChunkWriter::default().write(6, &message, &mut out);
        assert_eq!(out, &b"\x06\0\0\x05\0\0\0\x08\x01\0\0\0"[..]);
    }
}
