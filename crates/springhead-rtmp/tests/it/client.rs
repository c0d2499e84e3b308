//! A publisher that says what it is told to.

use bytes::{Bytes, BytesMut};
use springhead_engine::Engine;
use springhead_mux::flv::amf0::{self, Value};
use springhead_rtmp::chunk::{ChunkReader, ChunkWriter, Message};
use springhead_rtmp::handshake::{PACKET_BYTES, VERSION};
use springhead_rtmp::message::{Body, MessageType};
use springhead_rtmp::{Limits, RtmpOptions, serve_connection};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

pub(crate) struct Client {
    io: DuplexStream,
    reader: ChunkReader,
    unread: BytesMut,
}

impl Client {
    /// A client of a connection of its own, whose handshake is done.
    pub(crate) async fn new(engine: &Engine) -> Self {
        Self::over(dial(engine, RtmpOptions::default())).await
    }

    /// The same over a connection that is served already.
    pub(crate) async fn over(mut io: DuplexStream) -> Self {
        io.write_all(&[VERSION]).await.unwrap();
        io.write_all(&[0; 2 * PACKET_BYTES]).await.unwrap();
        let mut answer = vec![0; 1 + 2 * PACKET_BYTES];
        io.read_exact(&mut answer).await.unwrap();
        Self { io, reader: ChunkReader::new(Limits::default()), unread: BytesMut::new() }
    }

    /// A client that has asked to publish.
    pub(crate) async fn publish(engine: &Engine, app: &str, name: &str) -> Self {
        let mut client = Self::new(engine).await;
        client.ask(app, name).await;
        client
    }

    /// Asks to publish.
    pub(crate) async fn ask(&mut self, app: &str, name: &str) {
        self.command(0, "connect", &[Value::object([("app", Value::from(app))])]).await;
        self.command(0, "createStream", &[Value::Null]).await;
        self.command(1, "publish", &[Value::Null, Value::from(name), Value::from("live")]).await;
    }

    pub(crate) async fn command(&mut self, stream: u32, name: &str, rest: &[Value]) {
        let mut payload = BytesMut::new();
        amf0::write(&Value::from(name), &mut payload);
        amf0::write(&Value::from(1), &mut payload);
        rest.iter().for_each(|value| amf0::write(value, &mut payload));
        self.send(Message { kind: MessageType::COMMAND_AMF0, timestamp: 0, stream, payload: payload.freeze() }).await;
    }

    pub(crate) async fn media(&mut self, kind: MessageType, timestamp: u32, payload: &'static [u8]) {
        self.send(Message { kind, timestamp, stream: 1, payload: Bytes::from_static(payload) }).await;
    }

    async fn send(&mut self, message: Message) {
        let mut out = BytesMut::new();
        ChunkWriter::default().write(4, &message, &mut out);
        self.io.write_all(&out).await.unwrap();
    }

    /// The code and the description of the next status.
    pub(crate) async fn status(&mut self) -> (String, String) {
        loop {
            let message = self.message().await.expect("a status before the end");
            if let Body::Command(values) = Body::parse(&message).unwrap() {
                let values = amf0::read(&values, Limits::default().amf0).unwrap();
                if values[0].as_str() == Some("onStatus") {
                    let text = |name| values[3].get(name).and_then(Value::as_str).unwrap().to_owned();
                    return (text("code"), text("description"));
                }
            }
        }
    }

    /// Reads to the end of the connection.
    pub(crate) async fn closed(&mut self) {
        while self.message().await.is_some() {}
    }

    async fn message(&mut self) -> Option<Message> {
        loop {
            let mut input = &self.unread[..];
            let message = self.reader.read(&mut input).unwrap();
            let left = input.len();
            let _ = self.unread.split_to(self.unread.len() - left);
            if let Some(message) = message {
                if let Ok(Body::SetChunkSize(bytes)) = Body::parse(&message) {
                    self.reader.set_chunk_size(bytes).unwrap();
                }
                return Some(message);
            }
            if self.io.read_buf(&mut self.unread).await.unwrap() == 0 {
                return None;
            }
        }
    }
}

/// The other end of a connection that is served in a task of its own.
pub(crate) fn dial(engine: &Engine, options: RtmpOptions) -> DuplexStream {
    let (near, far) = duplex(1 << 20);
    let engine = engine.clone();
    tokio::spawn(async move { serve_connection(far, None, &engine, &options).await });
    near
}
