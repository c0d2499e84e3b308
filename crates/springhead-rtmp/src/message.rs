//! Messages: protocol control (Adobe RTMP 1.0 §5.4), user control (§6.2, §7.1.7) and aggregates (§7.1.6).

use bytes::{BufMut, Bytes, BytesMut};

use crate::chunk::Message;

/// The type of a message (§6.1.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct MessageType(pub u8);

impl MessageType {
    /// Set Chunk Size (§5.4.1).
    pub const SET_CHUNK_SIZE: Self = Self(1);
    /// Abort Message (§5.4.2).
    pub const ABORT: Self = Self(2);
    /// Acknowledgement (§5.4.3).
    pub const ACKNOWLEDGEMENT: Self = Self(3);
    /// User Control Message (§6.2).
    pub const USER_CONTROL: Self = Self(4);
    /// Window Acknowledgement Size (§5.4.4).
    pub const WINDOW_ACK_SIZE: Self = Self(5);
    /// Set Peer Bandwidth (§5.4.5).
    pub const SET_PEER_BANDWIDTH: Self = Self(6);
    /// Audio Message: an FLV tag body (§7.1.4).
    pub const AUDIO: Self = Self(8);
    /// Video Message: an FLV tag body (§7.1.5).
    pub const VIDEO: Self = Self(9);
    /// Data Message, AMF 3 (§7.1.2).
    pub const DATA_AMF3: Self = Self(15);
    /// Command Message, AMF 3 (§7.1.1).
    pub const COMMAND_AMF3: Self = Self(17);
    /// Data Message, AMF 0 (§7.1.2).
    pub const DATA_AMF0: Self = Self(18);
    /// Command Message, AMF 0 (§7.1.1).
    pub const COMMAND_AMF0: Self = Self(20);
    /// Aggregate Message (§7.1.6).
    pub const AGGREGATE: Self = Self(22);

    /// Whether it carries sound or pictures.
    pub fn is_media(self) -> bool {
        matches!(self, Self::AUDIO | Self::VIDEO | Self::AGGREGATE)
    }

    /// Whether the connection cannot go on without it: control and commands, as opposed to media and metadata.
    pub fn is_essential(self) -> bool {
        self.0 <= Self::SET_PEER_BANDWIDTH.0 || matches!(self, Self::COMMAND_AMF0 | Self::COMMAND_AMF3)
    }
}

impl std::fmt::Debug for MessageType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(&self.0, f)
    }
}

/// A control message is shorter than what its type holds. The caller closes the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a message of type {kind:?} has {length} bytes, too few for what it holds")]
pub struct MessageError {
    /// What the message is.
    pub kind: MessageType,
    /// How long it is.
    pub length: usize,
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Body {
    /// The maximum chunk size of the sender.
    SetChunkSize(u32),
    /// The chunk stream whose unfinished message is void.
    Abort(u32),
    /// Bytes received by the sender so far, modulo 2^32.
    Acknowledgement(u32),
    /// Bytes after which the sender wants an acknowledgement.
    WindowAckSize(u32),
    /// The window that the receiver should use, and the limit type (0 hard, 1 soft, 2 dynamic).
    SetPeerBandwidth(u32, u8),
    /// An event of the connection.
    UserControl(UserControl),
    /// An FLV audio tag body.
    Audio(Bytes),
    /// An FLV video tag body.
    Video(Bytes),
    /// AMF 0 values: a handler's name and its arguments.
    Data(Bytes),
    /// AMF 0 values: a command's name, transaction and arguments.
    Command(Bytes),
    /// FLV tags in a row.
    Aggregate(Bytes),
    /// Something else.
    Other,
}

/// A user control message (§7.1.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum UserControl {
    /// A message stream is ready.
    StreamBegin(u32),
    /// Asks for a [`PingResponse`](Self::PingResponse) with the same timestamp.
    PingRequest(u32),
    /// Answers a ping.
    PingResponse(u32),
    /// Something that concerns players only.
    Other(u16),
}

impl Body {
    /// Says what a message says. Payloads are shared, not copied.
    pub fn parse(message: &Message) -> Result<Self, MessageError> {
        let payload = &message.payload;
        let short = MessageError { kind: message.kind, length: payload.len() };
        let u32_at = |at: usize| {
            payload.get(at..).and_then(|rest| rest.first_chunk()).map(|bytes| u32::from_be_bytes(*bytes)).ok_or(short)
        };
        Ok(match message.kind {
            // The first bit is zero by definition (§5.4.1); taking it as such cannot make a size absurd.
            MessageType::SET_CHUNK_SIZE => Self::SetChunkSize(u32_at(0)? & 0x7fff_ffff),
            MessageType::ABORT => Self::Abort(u32_at(0)?),
            MessageType::ACKNOWLEDGEMENT => Self::Acknowledgement(u32_at(0)?),
            MessageType::WINDOW_ACK_SIZE => Self::WindowAckSize(u32_at(0)?),
            // The limit type is left out by some encoders.
            MessageType::SET_PEER_BANDWIDTH => Self::SetPeerBandwidth(u32_at(0)?, payload.get(4).copied().unwrap_or(2)),
            MessageType::USER_CONTROL => {
                let event = payload.first_chunk().map(|bytes| u16::from_be_bytes(*bytes)).ok_or(short)?;
                Self::UserControl(match event {
                    0 => UserControl::StreamBegin(u32_at(2)?),
                    6 => UserControl::PingRequest(u32_at(2)?),
                    7 => UserControl::PingResponse(u32_at(2)?),
                    other => UserControl::Other(other),
                })
            }
            MessageType::AUDIO => Self::Audio(payload.clone()),
            MessageType::VIDEO => Self::Video(payload.clone()),
            MessageType::DATA_AMF0 => Self::Data(payload.clone()),
            MessageType::COMMAND_AMF0 => Self::Command(payload.clone()),
            MessageType::DATA_AMF3 => Self::Data(without_format(payload)),
            MessageType::COMMAND_AMF3 => Self::Command(without_format(payload)),
            MessageType::AGGREGATE => Self::Aggregate(payload.clone()),
            _ => Self::Other,
        })
    }
}

/// Messages of the AMF 3 types begin with a format byte; 0 says that AMF 0 follows, which is what encoders send.
fn without_format(payload: &Bytes) -> Bytes {
    match payload.first() {
        Some(0) => payload.slice(1..),
        _ => payload.clone(),
    }
}

/// Control messages as a server sends them, on message stream 0 with timestamp 0 (§5.4).
impl Message {
    /// This side's chunks are `bytes` long after this message.
    pub fn set_chunk_size(bytes: u32) -> Self {
        Self::control(MessageType::SET_CHUNK_SIZE, |out| out.put_u32(bytes))
    }

    /// So many bytes have been received.
    pub fn acknowledgement(bytes: u32) -> Self {
        Self::control(MessageType::ACKNOWLEDGEMENT, |out| out.put_u32(bytes))
    }

    /// This side wants an acknowledgement after so many bytes.
    pub fn window_ack_size(bytes: u32) -> Self {
        Self::control(MessageType::WINDOW_ACK_SIZE, |out| out.put_u32(bytes))
    }

    /// The peer's window should be `bytes`; the limit type is dynamic.
    pub fn set_peer_bandwidth(bytes: u32) -> Self {
        Self::control(MessageType::SET_PEER_BANDWIDTH, |out| {
            out.put_u32(bytes);
            out.put_u8(2);
        })
    }

    /// A user control message.
    pub fn user_control(event: UserControl) -> Self {
        Self::control(MessageType::USER_CONTROL, |out| {
            let (number, value) = match event {
                UserControl::StreamBegin(stream) => (0, Some(stream)),
                UserControl::PingRequest(timestamp) => (6, Some(timestamp)),
                UserControl::PingResponse(timestamp) => (7, Some(timestamp)),
                UserControl::Other(number) => (number, None),
            };
            out.put_u16(number);
            if let Some(value) = value {
                out.put_u32(value);
            }
        })
    }

    fn control(kind: MessageType, write: impl FnOnce(&mut BytesMut)) -> Self {
        let mut payload = BytesMut::with_capacity(6);
        write(&mut payload);
        Self { kind, timestamp: 0, stream: 0, payload: payload.freeze() }
    }
}

/// The messages in an aggregate message, in order, as slices of it.
///
/// An aggregate holds FLV tags: header of 11 bytes, body, and a back pointer of 4 that some senders leave out after the
/// last. The aggregate's own timestamp is the first tag's on the stream's clock; the others keep their distance to it.
/// What is cut off at the end is left out.
#[derive(Debug, Clone)]
pub struct Aggregate {
    rest: Bytes,
    timestamp: u32,
    stream: u32,
    first: Option<u32>,
}

impl Aggregate {
    /// The messages in the payload of `message`.
    pub fn new(message: &Message) -> Self {
        Self { rest: message.payload.clone(), timestamp: message.timestamp, stream: message.stream, first: None }
    }
}

impl Iterator for Aggregate {
    type Item = Message;

    fn next(&mut self) -> Option<Message> {
        let tag = *self.rest.first_chunk::<11>()?;
        let length = u32::from_be_bytes([0, tag[1], tag[2], tag[3]]) as usize;
        let timestamp = u32::from_be_bytes([tag[7], tag[4], tag[5], tag[6]]);
        let end = 11 + length;
        if self.rest.len() < end {
            self.rest.clear();
            return None;
        }
        let payload = self.rest.slice(11..end);
        self.rest = self.rest.slice((end + 4).min(self.rest.len())..);
        let first = *self.first.get_or_insert(timestamp);
        Some(Message {
            kind: MessageType(tag[0] & 0x1f),
            timestamp: self.timestamp.wrapping_add(timestamp.wrapping_sub(first)),
            stream: self.stream,
            payload,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: MessageType, payload: &'static [u8]) -> Message {
        Message { kind, timestamp: 1000, stream: 1, payload: Bytes::from_static(payload) }
    }

    #[test]
    fn control_messages_that_are_cut_short_are_refused() {
        for (kind, payload) in [
            (MessageType::SET_CHUNK_SIZE, &b"\0\0\0"[..]),
            (MessageType::WINDOW_ACK_SIZE, b""),
            (MessageType::USER_CONTROL, b"\0"),
            (MessageType::USER_CONTROL, b"\0\x06\0\0\0"),
        ] {
            let error = MessageError { kind, length: payload.len() };
            assert_eq!(Body::parse(&message(kind, payload)), Err(error));
        }
    }

    #[test]
    fn what_a_server_sends_is_what_is_read_back() {
        for (message, body) in [
            (Message::set_chunk_size(4096), Body::SetChunkSize(4096)),
            (Message::acknowledgement(7), Body::Acknowledgement(7)),
            (Message::window_ack_size(2_500_000), Body::WindowAckSize(2_500_000)),
            (Message::set_peer_bandwidth(2_500_000), Body::SetPeerBandwidth(2_500_000, 2)),
            (Message::user_control(UserControl::StreamBegin(1)), Body::UserControl(UserControl::StreamBegin(1))),
            (Message::user_control(UserControl::PingRequest(9)), Body::UserControl(UserControl::PingRequest(9))),
            (Message::user_control(UserControl::Other(31)), Body::UserControl(UserControl::Other(31))),
        ] {
            assert_eq!(Body::parse(&message), Ok(body));
        }
    }

    #[test]
    fn amf3_command_messages_carry_amf0_behind_a_format_byte() {
        let parsed = Body::parse(&message(MessageType::COMMAND_AMF3, b"\0\x02\0\x01a"));
        assert_eq!(parsed, Ok(Body::Command(Bytes::from_static(b"\x02\0\x01a"))));
    }

    #[test]
    fn an_aggregate_keeps_the_distances_of_its_tags_and_shares_its_buffer() {
        let tags = b"\x09\0\0\x03\0\0\x64\0\0\0\0vid\0\0\0\x0e\x08\0\0\x02\0\0\x6e\0\0\0\0au";
        let whole = message(MessageType::AGGREGATE, tags);
        let parts: Vec<Message> = Aggregate::new(&whole).collect();
        let told: Vec<_> = parts.iter().map(|part| (part.kind, part.timestamp, &part.payload[..])).collect();
        assert_eq!(told, [(MessageType::VIDEO, 1000, &b"vid"[..]), (MessageType::AUDIO, 1010, b"au")]);
        assert_eq!(parts[0].payload.as_ptr(), whole.payload[11..].as_ptr());
    }

    #[test]
    fn a_tag_that_is_longer_than_its_aggregate_is_left_out() {
        let tags = b"\x08\0\0\x01\0\0\0\0\0\0\0a\0\0\0\x0c\x09\xff\xff\xff\0\0\0\0\0\0\0b";
        let parts: Vec<Message> = Aggregate::new(&message(MessageType::AGGREGATE, tags)).collect();
        assert_eq!(parts.len(), 1);
    }
}
