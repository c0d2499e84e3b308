//! A publisher's side, for tests: it uses every header form that the specification allows, as compactly as it can.

use std::collections::HashMap;

use bytes::{BufMut, Bytes, BytesMut};

use crate::chunk::Message;
use crate::message::MessageType;
use springhead_mux::flv::amf0::{self, Value};

/// Writes chunks with compressed headers.
pub(crate) struct ClientWriter {
    pub(crate) chunk_bytes: usize,
    last: HashMap<u32, Last>,
}

/// What the receiver remembers of a chunk stream.
struct Last {
    timestamp: u32,
    field: u32,
    length: usize,
    kind: MessageType,
    stream: u32,
}

impl ClientWriter {
    pub(crate) fn new(chunk_bytes: usize) -> Self {
        Self { chunk_bytes, last: HashMap::new() }
    }

    /// The chunks of a message, apart, so that they can be interleaved with those of other chunk streams.
    pub(crate) fn chunks(&mut self, chunk_stream: u32, message: &Message) -> Vec<Bytes> {
        let length = message.payload.len();
        let (format, field) = match self.last.get(&chunk_stream) {
            Some(last) if last.stream == message.stream => {
                let delta = message.timestamp.wrapping_sub(last.timestamp);
                let same = last.kind == message.kind && last.length == length;
                (if !same { 1 } else { 2 + u8::from(delta == last.field) }, delta)
            }
            _ => (0, message.timestamp),
        };
        let (kind, stream) = (message.kind, message.stream);
        self.last.insert(chunk_stream, Last { timestamp: message.timestamp, field, length, kind, stream });

        let mut chunks = Vec::new();
        let mut rest = message.payload.clone();
        let mut format = format;
        loop {
            let mut out = BytesMut::new();
            match chunk_stream {
                2..=63 => out.put_u8(format << 6 | chunk_stream as u8),
                64..=319 => out.put_slice(&[format << 6, (chunk_stream - 64) as u8]),
                _ => {
                    out.put_u8(format << 6 | 1);
                    out.put_u16_le((chunk_stream - 64) as u16);
                }
            }
            if format < 3 {
                out.put_uint(u64::from(field.min(0xff_ffff)), 3);
            }
            if format < 2 {
                out.put_uint(length as u64, 3);
                out.put_u8(message.kind.0);
            }
            if format == 0 {
                out.put_u32_le(message.stream);
            }
            if field >= 0xff_ffff {
                out.put_u32(field);
            }
            out.put_slice(&rest.split_to(rest.len().min(self.chunk_bytes)));
            chunks.push(out.freeze());
            format = 3;
            if rest.is_empty() {
                return chunks;
            }
        }
    }

    /// The chunks of a message in one piece.
    pub(crate) fn message(&mut self, chunk_stream: u32, message: &Message) -> Vec<u8> {
        self.chunks(chunk_stream, message).concat()
    }

    /// A command with a command object and arguments.
    pub(crate) fn command(&mut self, stream: u32, name: &str, transaction: u32, rest: &[Value]) -> Vec<u8> {
        let mut payload = BytesMut::new();
        amf0::write(&Value::from(name), &mut payload);
        amf0::write(&Value::from(transaction), &mut payload);
        rest.iter().for_each(|value| amf0::write(value, &mut payload));
        let message = Message { kind: MessageType::COMMAND_AMF0, timestamp: 0, stream, payload: payload.freeze() };
        self.message(3, &message)
    }
}
