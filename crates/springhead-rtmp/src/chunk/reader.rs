//! Chunks → messages.

use bytes::{BufMut, BytesMut};

use super::{DEFAULT_CHUNK_BYTES, EXTENDED, MAX_CHUNK_BYTES, MIN_CHUNK_BYTES, Message};
use crate::limits::Limits;
use crate::message::MessageType;

/// Basic header 3, message header 11, extended timestamp 4 (§5.3.1).
const MAX_HEADER_BYTES: usize = 18;

/// Bytes of a message header by its type (§5.3.1.2).
const HEADER_BYTES: [usize; 4] = [11, 7, 3, 0];

/// Why bytes are no chunks, or too many. The caller closes the connection: where the next chunk begins is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChunkError {
    /// A chunk leaves out what no chunk before it has said (§5.3.1.2).
    #[error("byte {at}: chunk stream {chunk_stream} begins with a header of type {format}")]
    NoHeaderBefore {
        /// Offset of the chunk among all bytes that the reader was given.
        at: u64,
        /// The chunk stream.
        chunk_stream: u32,
        /// The type of its header.
        format: u8,
    },
    /// A message begins before the one before it on the same chunk stream has ended.
    #[error("byte {at}: chunk stream {chunk_stream} begins a message {missing} bytes before the end of the last one")]
    Interrupted {
        /// Offset of the chunk among all bytes that the reader was given.
        at: u64,
        /// The chunk stream.
        chunk_stream: u32,
        /// What the message before still lacks.
        missing: u32,
    },
    /// A command or control message is longer than [`Limits::command_bytes`].
    #[error("byte {at}: a message of type {kind:?} says it is {length} bytes long")]
    TooLong {
        /// Offset of the chunk among all bytes that the reader was given.
        at: u64,
        /// What the message is.
        kind: MessageType,
        /// The length that its header says.
        length: u32,
    },
    /// More chunk streams than [`Limits::chunk_streams`].
    #[error("byte {at}: more than {limit} chunk streams")]
    TooManyChunkStreams {
        /// Offset of the chunk among all bytes that the reader was given.
        at: u64,
        /// The limit.
        limit: usize,
    },
    /// Messages that are being received exceed [`Limits::assembly_bytes`] together.
    #[error("byte {at}: unfinished messages of more than {limit} bytes")]
    TooMuchUnfinished {
        /// Offset of the chunk among all bytes that the reader was given.
        at: u64,
        /// The limit.
        limit: usize,
    },
    /// A chunk size below [`MIN_CHUNK_BYTES`].
    #[error("a chunk size of {0} bytes, less than {MIN_CHUNK_BYTES}")]
    ChunkSize(u32),
}

/// Puts messages together.
///
/// Bytes come in pieces of any size. A payload is written once, into a buffer of the length that the message's header
/// says and that the limits allow; the message takes that buffer with it. Between calls the reader holds at most one
/// header and [`Limits::assembly_bytes`] of unfinished messages.
///
/// Media (§7.1.4, §7.1.5, §7.1.6) is skipped without being stored until [`accept_media`](Self::accept_media), so a peer
/// that may not publish can reserve no more than a command's length.
///
/// ```
/// use springhead_rtmp::{Limits, chunk::ChunkReader, message::MessageType};
/// let mut reader = ChunkReader::new(Limits::default());
/// let mut input: &[u8] = b"\x02\0\0\0\0\0\x04\x01\0\0\0\0\0\0\x10\0";
/// let message = reader.read(&mut input)?.expect("one whole message");
/// assert_eq!((message.kind, &message.payload[..]), (MessageType::SET_CHUNK_SIZE, &b"\0\0\x10\0"[..]));
/// # Ok::<(), springhead_rtmp::chunk::ChunkError>(())
/// ```
#[derive(Debug)]
pub struct ChunkReader {
    limits: Limits,
    chunk_bytes: u32,
    streams: Vec<ChunkStream>,
    /// What has come of the header that comes next.
    head: [u8; MAX_HEADER_BYTES],
    head_len: usize,
    /// The chunk whose data comes next: which stream, and how much of it is missing.
    chunk: Option<(usize, u32)>,
    unfinished: usize,
    media: bool,
    skipped: u64,
    /// The peer has shown that it does not repeat the extended timestamp in headers of type 3.
    never_repeats_extended: bool,
    at: u64,
}

/// What a chunk stream remembers for headers that leave things out.
#[derive(Debug)]
struct ChunkStream {
    id: u32,
    timestamp: u32,
    /// The last time field, what a header of type 3 that begins a message adds (§5.3.1.2.4).
    field: u32,
    extended: bool,
    length: u32,
    kind: MessageType,
    stream: u32,
    partial: Option<Partial>,
}

#[derive(Debug)]
struct Partial {
    /// None when the message is skipped.
    buffer: Option<BytesMut>,
    missing: u32,
}

/// A chunk's header, parsed but not yet acted on.
struct Header {
    bytes: usize,
    format: u8,
    chunk_stream: u32,
    /// The time field after the extended timestamp was looked at; none for a header of type 3 that has none.
    field: Option<u32>,
    extended: bool,
    length: u32,
    kind: MessageType,
    stream: u32,
}

impl ChunkReader {
    /// A reader at the start of a connection's chunks.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            chunk_bytes: DEFAULT_CHUNK_BYTES,
            streams: Vec::new(),
            head: [0; MAX_HEADER_BYTES],
            head_len: 0,
            chunk: None,
            unfinished: 0,
            media: false,
            skipped: 0,
            never_repeats_extended: false,
            at: 0,
        }
    }

    /// The peer's chunks are `bytes` long from now on (§5.4.1).
    pub fn set_chunk_size(&mut self, bytes: u32) -> Result<(), ChunkError> {
        if bytes < MIN_CHUNK_BYTES {
            return Err(ChunkError::ChunkSize(bytes));
        }
        self.chunk_bytes = bytes.min(MAX_CHUNK_BYTES);
        Ok(())
    }

    /// Whether media messages are put together or skipped.
    pub fn accept_media(&mut self, accept: bool) {
        self.media = accept;
    }

    /// Messages that were skipped: media that nobody asked for, or longer than [`Limits::message_bytes`].
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// Bytes of payload buffers that are held now.
    pub fn unfinished_bytes(&self) -> usize {
        self.unfinished
    }

    /// Throws away the unfinished message of a chunk stream (§5.4.2).
    pub fn abort(&mut self, chunk_stream: u32) {
        if let Some(stream) = self.streams.iter_mut().find(|stream| stream.id == chunk_stream)
            && let Some(partial) = stream.partial.take()
            && partial.buffer.is_some()
        {
            self.unfinished -= stream.length as usize;
        }
    }

    /// Takes bytes off the front of `input` until a message is complete or nothing is left.
    ///
    /// After an error the reader is of no more use.
    pub fn read(&mut self, input: &mut &[u8]) -> Result<Option<Message>, ChunkError> {
        loop {
            if self.chunk.is_none() && !self.read_header(input)? {
                return Ok(None);
            }
            if !self.read_data(input) {
                return Ok(None);
            }
            if let Some(message) = self.end_chunk() {
                return Ok(Some(message));
            }
        }
    }

    /// Reads one header; false when it is not complete.
    fn read_header(&mut self, input: &mut &[u8]) -> Result<bool, ChunkError> {
        let held = self.head_len;
        let taken = input.len().min(MAX_HEADER_BYTES - held);
        self.head[held..held + taken].copy_from_slice(&input[..taken]);
        let Some(header) = self.parse_header(&self.head[..held + taken])? else {
            self.head_len = held + taken;
            *input = &input[taken..];
            return Ok(false);
        };
        // A header may turn out shorter than what was held back to tell its end: the rest stays for the data.
        self.head.copy_within(header.bytes.min(held)..held, 0);
        self.head_len = held.saturating_sub(header.bytes);
        *input = &input[header.bytes.saturating_sub(held)..];
        self.begin_chunk(&header)?;
        self.at += header.bytes as u64;
        Ok(true)
    }

    fn parse_header(&self, head: &[u8]) -> Result<Option<Header>, ChunkError> {
        let Some(&first) = head.first() else { return Ok(None) };
        let format = first >> 6;
        let (chunk_stream, basic) = match (first & 0x3f, head) {
            (0, [_, low, ..]) => (64 + u32::from(*low), 2),
            (1, [_, low, high, ..]) => (64 + u32::from(*low) + 256 * u32::from(*high), 3),
            (0 | 1, _) => return Ok(None),
            (id, _) => (u32::from(id), 1),
        };
        let fields = &head[basic..];
        let fields_len = HEADER_BYTES[usize::from(format)];
        if fields.len() < fields_len {
            return Ok(None);
        }
        let known = self.streams.iter().find(|stream| stream.id == chunk_stream);
        // Headers of type 1 that open a chunk stream are sent by librtmp; they lack the message stream only.
        if known.is_none() && format > 1 {
            return Err(ChunkError::NoHeaderBefore { at: self.at, chunk_stream, format });
        }
        let u24 = |at: usize| u32::from_be_bytes([0, fields[at], fields[at + 1], fields[at + 2]]);
        let mut header = Header {
            bytes: basic + fields_len,
            format,
            chunk_stream,
            field: (format < 3).then(|| u24(0)),
            extended: known.is_some_and(|known| known.extended),
            length: known.map_or(0, |known| known.length),
            kind: known.map_or(MessageType(0), |known| known.kind),
            stream: known.map_or(0, |known| known.stream),
        };
        if format < 2 {
            header.length = u24(3);
            header.kind = MessageType(fields[6]);
        }
        if format == 0 {
            header.stream = u32::from_le_bytes([fields[7], fields[8], fields[9], fields[10]]);
        }
        let extended = &fields[fields_len..];
        match (header.field, known) {
            (Some(field), _) => {
                header.extended = field == EXTENDED;
                if header.extended {
                    let Some(field) = extended.first_chunk() else { return Ok(None) };
                    header.field = Some(u32::from_be_bytes(*field));
                    header.bytes += 4;
                }
            }
            (None, Some(known)) if known.extended => {
                let continues = known.partial.is_some();
                if continues {
                    // §5.3.1.3 repeats the extended timestamp here, and some senders do not: what differs from it is data.
                    let expected = [known.field.to_be_bytes(), known.timestamp.to_be_bytes()];
                    let seen = &extended[..extended.len().min(4)];
                    if expected.iter().all(|expected| !expected.starts_with(seen)) {
                        return Ok(Some(header));
                    }
                } else if self.never_repeats_extended {
                    return Ok(Some(header));
                }
                let Some(field) = extended.first_chunk() else { return Ok(None) };
                header.field = Some(u32::from_be_bytes(*field));
                header.bytes += 4;
            }
            _ => {}
        }
        Ok(Some(header))
    }

    fn begin_chunk(&mut self, header: &Header) -> Result<(), ChunkError> {
        let at = self.at;
        let index = match self.streams.iter().position(|stream| stream.id == header.chunk_stream) {
            Some(index) => index,
            None => {
                let limit = self.limits.chunk_streams;
                if self.streams.len() >= limit {
                    return Err(ChunkError::TooManyChunkStreams { at, limit });
                }
                self.streams.push(ChunkStream {
                    id: header.chunk_stream,
                    timestamp: 0,
                    field: 0,
                    extended: false,
                    length: 0,
                    kind: header.kind,
                    stream: 0,
                    partial: None,
                });
                self.streams.len() - 1
            }
        };
        let stream = &mut self.streams[index];
        let missing = match &stream.partial {
            Some(partial) if header.format == 3 => {
                self.never_repeats_extended |= stream.extended && header.field.is_none();
                partial.missing
            }
            Some(Partial { missing, .. }) => {
                return Err(ChunkError::Interrupted { at, chunk_stream: header.chunk_stream, missing: *missing });
            }
            None => {
                stream.field = header.field.unwrap_or(stream.field);
                stream.timestamp = match header.format {
                    0 => stream.field,
                    _ => stream.timestamp.wrapping_add(stream.field),
                };
                stream.extended = header.extended;
                (stream.length, stream.kind, stream.stream) = (header.length, header.kind, header.stream);
                let skip = if header.kind.is_media() {
                    !self.media || header.length > self.limits.message_bytes
                } else {
                    header.length > self.limits.command_bytes
                };
                if skip && header.kind.is_essential() {
                    return Err(ChunkError::TooLong { at, kind: header.kind, length: header.length });
                }
                let buffer = if skip {
                    self.skipped += 1;
                    None
                } else {
                    let limit = self.limits.assembly_bytes;
                    if self.unfinished + header.length as usize > limit {
                        return Err(ChunkError::TooMuchUnfinished { at, limit });
                    }
                    self.unfinished += header.length as usize;
                    Some(BytesMut::with_capacity(header.length as usize))
                };
                stream.partial = Some(Partial { buffer, missing: header.length });
                header.length
            }
        };
        self.chunk = Some((index, missing.min(self.chunk_bytes)));
        Ok(())
    }

    /// Moves data of the current chunk into its message; false when some of it is still to come.
    fn read_data(&mut self, input: &mut &[u8]) -> bool {
        let Some((index, missing)) = &mut self.chunk else { return false };
        let Some(partial) = &mut self.streams[*index].partial else { return false };
        let mut take = |data: &[u8]| {
            let taken = data.len().min(*missing as usize);
            if let Some(buffer) = &mut partial.buffer {
                buffer.put_slice(&data[..taken]);
            }
            *missing -= taken as u32;
            partial.missing -= taken as u32;
            taken
        };
        let held = take(&self.head[..self.head_len]);
        self.head.copy_within(held..self.head_len, 0);
        self.head_len -= held;
        let taken = take(input);
        *input = &input[taken..];
        self.at += (held + taken) as u64;
        *missing == 0
    }

    /// Ends the current chunk, and with it perhaps its message.
    fn end_chunk(&mut self) -> Option<Message> {
        let (index, _) = self.chunk.take()?;
        let stream = &mut self.streams[index];
        if stream.partial.as_ref()?.missing > 0 {
            return None;
        }
        let buffer = stream.partial.take()?.buffer?;
        self.unfinished -= stream.length as usize;
        Some(Message {
            kind: stream.kind,
            timestamp: stream.timestamp,
            stream: stream.stream,
            payload: buffer.freeze(),
        })
    }
}

#[cfg(test)]
mod tests;
