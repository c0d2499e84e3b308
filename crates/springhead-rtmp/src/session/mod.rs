//! The server's side of one connection, without the connection.

mod capabilities;
mod command;
mod event;
mod status;

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};
use springhead_core::MonoTime;

pub use capabilities::Capabilities;
pub use event::{CloseReason, Connect, Counters, Event, Publish, RequestId, Waiting};
pub use status::{Status, StatusCode};

use crate::chunk::{ChunkReader, ChunkWriter, Message};
use crate::handshake::{Handshake, Step};
use crate::limits::Limits;
use crate::message::{Aggregate, Body, MessageType, UserControl};
use springhead_mux::flv::amf0::{self, Value};

/// The window that this side announces, and in which it acknowledges until the peer names another (Adobe RTMP 1.0
/// §5.4.4). The value that encoders use themselves.
const WINDOW_BYTES: u32 = 2_500_000;

/// Chunks of this side after connect.
const CHUNK_BYTES: u32 = 4096;

/// Chunk stream of protocol and user control (§5.4), and of commands.
const CONTROL_CHUNK_STREAM: u8 = 2;
const COMMAND_CHUNK_STREAM: u8 = 3;

/// A server's session with one publisher: handshake, connect, publish, media.
///
/// | | |
/// |---|---|
/// | inputs | [`handle_bytes`](Self::handle_bytes), [`handle_timeout`](Self::handle_timeout) |
/// | actions | [`accept_publish`](Self::accept_publish), [`reject_publish`](Self::reject_publish), [`end_publish`](Self::end_publish), [`warn_publisher`](Self::warn_publisher) |
/// | outputs | [`poll_event`](Self::poll_event), [`poll_transmit`](Self::poll_transmit), [`poll_timeout`](Self::poll_timeout) |
/// | queries | [`counters`](Self::counters), [`is_closed`](Self::is_closed) |
///
/// After every input and action, drain events, then bytes to send, and arm a timer for what `poll_timeout` says. Events
/// that wait are bounded by the bytes of the last call, so drain before the next one. After [`Event::Closed`] nothing
/// more happens; inputs are ignored.
///
/// ```
/// use springhead_core::MonoTime;
/// use springhead_rtmp::{Event, Limits, Session};
///
/// let mut session = Session::new(Limits::default(), 1, MonoTime(0));
/// session.handle_bytes(b"GET / HTTP/1.1\r\n", MonoTime(0));
/// let Some(Event::Closed(why)) = session.poll_event() else { panic!("still open") };
/// assert_eq!(why.to_string(), "handshake: byte 0 asks for version 71, and only version 3 is spoken here");
/// ```
#[derive(Debug)]
pub struct Session {
    limits: Limits,
    phase: Phase,
    reader: ChunkReader,
    writer: ChunkWriter,
    events: VecDeque<Event>,
    out: BytesMut,
    /// The application and address of connect.
    connect: Option<Connect>,
    publishing: Publishing,
    /// What came behind a publish command that is not answered yet.
    held: BytesMut,
    /// Message streams created, numbered from 1.
    net_streams: u32,
    requests: u32,
    window: u32,
    acknowledged_at: u64,
    /// When the phase, or the last publish, began or ended: from then on the next step is waited for.
    waiting_since: MonoTime,
    heard_at: MonoTime,
    pinged: bool,
    counters: Counters,
}

#[derive(Debug)]
enum Phase {
    Handshake(Handshake),
    /// Chunks.
    Open,
    Closed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Publishing {
    Nothing,
    Asked { request: RequestId, stream: u32 },
    Live { request: RequestId, stream: u32 },
}

impl Session {
    /// A session with a peer that has just connected. `seed` fills the random part of the handshake.
    pub fn new(limits: Limits, seed: u64, now: MonoTime) -> Self {
        Self {
            limits,
            phase: Phase::Handshake(Handshake::new(seed)),
            reader: ChunkReader::new(limits),
            writer: ChunkWriter::default(),
            events: VecDeque::new(),
            out: BytesMut::new(),
            connect: None,
            publishing: Publishing::Nothing,
            held: BytesMut::new(),
            net_streams: 0,
            requests: 0,
            window: WINDOW_BYTES,
            acknowledged_at: 0,
            waiting_since: now,
            heard_at: now,
            pinged: false,
            counters: Counters::default(),
        }
    }

    /// Takes bytes from the peer, in pieces of any size.
    ///
    /// While a publish command [waits for its answer](Self::awaits_answer), bytes are only kept, up to
    /// [`Limits::bytes_before_answer`]: some encoders do not wait for the answer, and their first messages are what
    /// nothing can be decoded without. Better read no more until then.
    pub fn handle_bytes(&mut self, bytes: &[u8], now: MonoTime) {
        if bytes.is_empty() || self.is_closed() {
            return;
        }
        self.heard_at = now;
        self.pinged = false;
        self.counters.received_bytes += bytes.len() as u64;
        if let Err(reason) = self.read(bytes, now) {
            self.close(reason);
        }
    }

    /// Takes the time. Call it when [`poll_timeout`](Self::poll_timeout) has come; earlier does no harm.
    pub fn handle_timeout(&mut self, now: MonoTime) {
        if self.is_closed() {
            return;
        }
        if let Some((deadline, waiting)) = self.step_deadline()
            && now >= deadline
        {
            return self.close(CloseReason::Timeout(waiting));
        }
        if now >= self.heard_at + self.limits.idle_timeout {
            return self.close(CloseReason::Timeout(Waiting::AnyByte));
        }
        if self.may_ping() && now >= self.heard_at + self.limits.ping_after {
            self.pinged = true;
            let millis = (now.0 / 1_000_000) as u32;
            self.send_control(&Message::user_control(UserControl::PingRequest(millis)));
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) is to be called; none after the end.
    pub fn poll_timeout(&self) -> Option<MonoTime> {
        if self.is_closed() {
            return None;
        }
        let step = self.step_deadline().map(|(deadline, _)| deadline);
        let ping = self.may_ping().then(|| self.heard_at + self.limits.ping_after);
        [step, ping, Some(self.heard_at + self.limits.idle_timeout)].into_iter().flatten().min()
    }

    /// The next thing that has happened.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// The next bytes for the peer.
    pub fn poll_transmit(&mut self) -> Option<Bytes> {
        (!self.out.is_empty()).then(|| self.out.split().freeze())
    }

    /// Whether a publish command waits for [`accept_publish`](Self::accept_publish) or
    /// [`reject_publish`](Self::reject_publish).
    pub fn awaits_answer(&self) -> bool {
        matches!(self.publishing, Publishing::Asked { .. })
    }

    /// Lets the peer publish, and takes what it has sent in the meantime. False when the session has ended since it
    /// asked; then nothing is sent.
    pub fn accept_publish(&mut self, request: RequestId, now: MonoTime) -> bool {
        let Publishing::Asked { request: asked, stream } = self.publishing else { return false };
        if asked != request {
            return false;
        }
        self.publishing = Publishing::Live { request, stream };
        self.reader.accept_media(true);
        self.send_control(&Message::user_control(UserControl::StreamBegin(stream)));
        self.send_status(stream, &Status::new(StatusCode::PublishStart, "publishing"));
        let held = self.held.split();
        if let Err(reason) = self.read(&held, now) {
            self.close(reason);
        }
        true
    }

    /// Refuses the peer's request to publish, tells it why and closes the session.
    pub fn reject_publish(&mut self, request: RequestId, status: &Status) {
        if let Publishing::Asked { request: asked, stream } = self.publishing
            && asked == request
        {
            self.send_status(stream, status);
            self.close(CloseReason::Rejected(status.code));
        }
    }

    /// Ends a publish from this side, because another publisher takes over or the server goes down: tells the peer and
    /// closes the session.
    pub fn end_publish(&mut self, status: &Status) {
        if self.is_closed() {
            return;
        }
        let stream = self.publishing.stream().unwrap_or(0);
        self.send_status(stream, status);
        self.close(CloseReason::Ended(status.code));
    }

    /// Tells a publisher something that does not end its publish.
    pub fn warn_publisher(&mut self, status: &Status) {
        if let Publishing::Live { stream, .. } = self.publishing {
            self.send_status(stream, status);
        }
    }

    /// What has been counted so far.
    pub fn counters(&self) -> Counters {
        Counters { media_skipped: self.counters.media_skipped + self.reader.skipped(), ..self.counters }
    }

    /// Whether the session is over.
    pub fn is_closed(&self) -> bool {
        matches!(self.phase, Phase::Closed)
    }

    /// Bytes of payload buffers that are held for unfinished messages.
    #[doc(hidden)]
    pub fn unfinished_bytes(&self) -> usize {
        self.reader.unfinished_bytes()
    }

    fn read(&mut self, mut bytes: &[u8], now: MonoTime) -> Result<(), CloseReason> {
        while let Phase::Handshake(handshake) = &mut self.phase {
            match handshake.handle(&mut bytes)? {
                Step::More => return Ok(()),
                Step::Send(answer) => self.out.extend_from_slice(&answer),
                Step::Done => {
                    self.phase = Phase::Open;
                    self.waiting_since = now;
                    // The limit on bytes before connect counts from here.
                    self.acknowledged_at = self.counters.received_bytes - bytes.len() as u64;
                }
            }
        }
        while !self.awaits_answer()
            && let Some(message) = self.reader.read(&mut bytes)?
        {
            self.handle_message(&message, now)?;
        }
        let limit = self.limits.bytes_before_answer;
        if self.held.len() + bytes.len() > limit {
            return Err(CloseReason::Unanswered(limit));
        }
        self.held.extend_from_slice(bytes);
        let unacknowledged = self.counters.received_bytes - self.acknowledged_at;
        if self.connect.is_none() && unacknowledged > self.limits.bytes_before_connect {
            return Err(CloseReason::NoConnect(self.limits.bytes_before_connect));
        }
        if self.connect.is_some() && unacknowledged >= u64::from(self.window) {
            self.acknowledged_at = self.counters.received_bytes;
            self.send_control(&Message::acknowledgement(self.counters.received_bytes as u32));
        }
        Ok(())
    }

    fn handle_message(&mut self, message: &Message, now: MonoTime) -> Result<(), CloseReason> {
        match Body::parse(message)? {
            Body::SetChunkSize(bytes) => self.reader.set_chunk_size(bytes)?,
            Body::Abort(chunk_stream) => self.reader.abort(chunk_stream),
            Body::Acknowledgement(bytes) => self.counters.acknowledged = bytes,
            // A window of nothing would ask for an acknowledgement of every acknowledgement.
            Body::WindowAckSize(0) => {}
            Body::WindowAckSize(bytes) => self.window = bytes,
            Body::SetPeerBandwidth(bytes, _) => {
                if bytes != WINDOW_BYTES {
                    self.send_control(&Message::window_ack_size(bytes));
                }
            }
            Body::UserControl(UserControl::PingRequest(timestamp)) => {
                self.send_control(&Message::user_control(UserControl::PingResponse(timestamp)));
            }
            Body::UserControl(_) => {}
            Body::Command(values) => self.handle_command(message.stream, &values, now)?,
            Body::Data(values) => self.handle_data(message.stream, &values),
            Body::Audio(_) | Body::Video(_) => self.handle_media(message),
            Body::Aggregate(_) => Aggregate::new(message).for_each(|part| self.handle_media(&part)),
            Body::Other => {}
        }
        Ok(())
    }

    fn handle_media(&mut self, message: &Message) {
        if !self.publishing.is_live_on(message.stream) {
            self.counters.media_skipped += 1;
            return;
        }
        // Encoders send empty messages to keep a connection alive.
        if message.payload.is_empty() {
            return;
        }
        let (timestamp, body) = (message.timestamp, message.payload.clone());
        match message.kind {
            MessageType::VIDEO => self.events.push_back(Event::Video { timestamp, body }),
            MessageType::AUDIO => self.events.push_back(Event::Audio { timestamp, body }),
            // An aggregate may hold metadata as well.
            MessageType::DATA_AMF0 => self.handle_data(message.stream, &message.payload),
            _ => {}
        }
    }

    /// `@setDataFrame`, `onMetaData`, object; or `onMetaData`, object.
    fn handle_data(&mut self, stream: u32, values: &[u8]) {
        let Ok(mut values) = amf0::read(values, self.limits.amf0) else {
            self.counters.unreadable_data += 1;
            return;
        };
        let names = values.iter().take_while(|value| value.as_str().is_some()).count();
        let is_metadata = names > 0 && values[names - 1].as_str() == Some("onMetaData");
        if is_metadata && names < values.len() && self.publishing.is_live_on(stream) {
            self.events.push_back(Event::Metadata(values.swap_remove(names)));
        }
    }

    /// When the peer must have done its next step, if it has one to do.
    fn step_deadline(&self) -> Option<(MonoTime, Waiting)> {
        match (&self.phase, self.publishing) {
            (Phase::Handshake(_), _) => Some((self.waiting_since + self.limits.handshake_timeout, Waiting::Handshake)),
            (Phase::Open, Publishing::Nothing) => {
                Some((self.waiting_since + self.limits.setup_timeout, Waiting::Publish))
            }
            _ => None,
        }
    }

    fn may_ping(&self) -> bool {
        !self.pinged && self.connect.is_some()
    }

    fn close(&mut self, reason: CloseReason) {
        self.phase = Phase::Closed;
        self.publishing = Publishing::Nothing;
        self.reader = ChunkReader::new(self.limits);
        self.held = BytesMut::new();
        self.events.push_back(Event::Closed(reason));
    }

    fn send_control(&mut self, message: &Message) {
        self.writer.write(CONTROL_CHUNK_STREAM, message, &mut self.out);
    }

    fn send_command(&mut self, stream: u32, values: &[Value]) {
        let mut payload = BytesMut::with_capacity(256);
        values.iter().for_each(|value| amf0::write(value, &mut payload));
        let message = Message { kind: MessageType::COMMAND_AMF0, timestamp: 0, stream, payload: payload.freeze() };
        self.writer.write(COMMAND_CHUNK_STREAM, &message, &mut self.out);
    }

    fn send_status(&mut self, stream: u32, status: &Status) {
        let info = Value::object(status.properties());
        self.send_command(stream, &[Value::from("onStatus"), Value::from(0), Value::Null, info]);
    }
}

impl Publishing {
    fn stream(self) -> Option<u32> {
        match self {
            Self::Nothing => None,
            Self::Asked { stream, .. } | Self::Live { stream, .. } => Some(stream),
        }
    }

    fn is_live_on(self, stream: u32) -> bool {
        matches!(self, Self::Live { stream: live, .. } if live == stream)
    }
}

#[cfg(test)]
mod tests;
