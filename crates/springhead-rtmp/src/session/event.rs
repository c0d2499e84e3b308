//! What a session says.

use bytes::Bytes;

use super::capabilities::Capabilities;
use super::status::StatusCode;
use crate::address::{Address, split_query};
use crate::chunk::ChunkError;
use crate::handshake::HandshakeError;
use crate::message::MessageError;
use springhead_mux::flv::amf0::{Amf0Error, Value};

/// One publish command of a session. A later one has a larger number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(pub u32);

/// Something that the driver acts on.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// The peer has connected to an application. It has been answered; whether it may publish is asked later.
    Connect(Connect),
    /// The peer wants to publish. Answer with [`accept_publish`](super::Session::accept_publish) or
    /// [`reject_publish`](super::Session::reject_publish), after any time.
    Publish(Publish),
    /// A video message of the accepted publish.
    Video {
        /// Decode time in milliseconds, modulo 2^32.
        timestamp: u32,
        /// An FLV video tag body, in the buffer that it was received into; never empty.
        body: Bytes,
    },
    /// An audio message of the accepted publish.
    Audio {
        /// Decode time in milliseconds, modulo 2^32.
        timestamp: u32,
        /// An FLV audio tag body, in the buffer that it was received into; never empty.
        body: Bytes,
    },
    /// `onMetaData` of the accepted publish. What it says is the encoder's opinion: the bitstream is what counts.
    Metadata(Value),
    /// The peer has ended this publish, which had been accepted. The connection goes on.
    Unpublish(RequestId),
    /// The session is over, and this is its last event. Send what [`poll_transmit`](super::Session::poll_transmit) still
    /// gives, then close.
    Closed(CloseReason),
}

/// What a connect command says.
#[derive(Clone, PartialEq, Eq)]
pub struct Connect {
    /// The application, with its query.
    pub app: String,
    /// The address as the user typed it, without the key.
    pub tc_url: String,
    /// The program at the other end, in its own words.
    pub agent: String,
    /// What the peer knows of Enhanced RTMP; none when it does not say.
    pub capabilities: Option<Capabilities>,
}

/// Prints addresses without their queries, which may hold secrets.
impl std::fmt::Debug for Connect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connect")
            .field("app", &split_query(&self.app).0)
            .field("tc_url", &split_query(&self.tc_url).0)
            .field("agent", &self.agent)
            .field("capabilities", &self.capabilities)
            .finish()
    }
}

/// What a publish command says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publish {
    /// By what to answer it.
    pub request: RequestId,
    /// Where to, and with which credentials.
    pub address: Address,
}

/// Why a session is over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CloseReason {
    /// The peer speaks something else.
    #[error("handshake: {0}")]
    Handshake(#[from] HandshakeError),
    /// What the peer sent are no chunks, or too many.
    #[error("chunks: {0}")]
    Chunk(#[from] ChunkError),
    /// A control message is cut short.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// A command cannot be read.
    #[error("command: {0}")]
    Command(#[from] Amf0Error),
    /// A command comes where it cannot: before connect, or connect a second time.
    #[error("the command {0:?} comes out of order")]
    OutOfOrder(String),
    /// [`Limits::bytes_before_connect`](crate::Limits::bytes_before_connect) came without a connect command.
    #[error("no connect command in the first {0} bytes")]
    NoConnect(u64),
    /// [`Limits::bytes_before_answer`](crate::Limits::bytes_before_answer) came behind a publish command that had not been
    /// answered.
    #[error("more than {0} bytes behind a publish command that was not answered yet")]
    Unanswered(usize),
    /// The peer did not do in time what it has to do.
    #[error("timed out while {0}")]
    Timeout(Waiting),
    /// The publish was refused, and the peer has been told.
    #[error("refused: {0}")]
    Rejected(StatusCode),
    /// The publish was ended from this side, and the peer has been told.
    #[error("ended: {0}")]
    Ended(StatusCode),
}

/// What a peer was waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Waiting {
    /// C0, C1 and C2.
    Handshake,
    /// A publish command.
    Publish,
    /// Any byte, with a ping on its way.
    AnyByte,
}

impl std::fmt::Display for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Handshake => "shaking hands",
            Self::Publish => "waiting for a publish command",
            Self::AnyByte => "waiting for any sign of life",
        })
    }
}

/// What a session has left out or counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Bytes received, the handshake included.
    pub received_bytes: u64,
    /// Media messages that were skipped: without a publish, of another stream, or over
    /// [`Limits::message_bytes`](crate::Limits::message_bytes).
    pub media_skipped: u64,
    /// Commands that this server does not know.
    pub unknown_commands: u64,
    /// Data messages that could not be read.
    pub unreadable_data: u64,
    /// Bytes that the peer says it has received, modulo 2^32 (Adobe RTMP 1.0 §5.4.3).
    pub acknowledged: u32,
}
