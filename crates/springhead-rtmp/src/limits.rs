//! What a peer is held to. Every limit has a default that real encoders stay far below.

use std::time::Duration;

use springhead_mux::flv::amf0::Amf0Limits;

/// The limits of one connection. Going over one that could cost memory or time closes the connection; media over
/// [`message_bytes`](Self::message_bytes) is left out and counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From the connection's start to the end of its handshake. Default 5 s.
    pub handshake_timeout: Duration,
    /// From the end of the handshake, or of a publish, to the next publish command. Default 10 s.
    pub setup_timeout: Duration,
    /// Silence after which the peer is pinged. Default 10 s.
    pub ping_after: Duration,
    /// Silence after which the peer is given up. Default 30 s.
    pub idle_timeout: Duration,
    /// Bytes after the handshake by which a connect command must be complete. Default 64 KiB.
    pub bytes_before_connect: u64,
    /// Bytes that are kept while a publish command is not answered. Default 256 KiB.
    pub bytes_before_answer: usize,
    /// Chunk streams that a peer may use. Default 64; encoders use five.
    pub chunk_streams: usize,
    /// NetStreams that a peer may create. Default 8; encoders create one.
    pub net_streams: u32,
    /// Bytes of one media message. Default 16 MiB − 1, all that the length field can say.
    pub message_bytes: u32,
    /// Bytes of one command or control message. Default 64 KiB.
    pub command_bytes: u32,
    /// Bytes of all messages that are being received at once. Default 20 MiB.
    pub assembly_bytes: usize,
    /// What command and data messages may hold.
    pub amf0: Amf0Limits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            handshake_timeout: Duration::from_secs(5),
            setup_timeout: Duration::from_secs(10),
            ping_after: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(30),
            bytes_before_connect: 64 << 10,
            bytes_before_answer: 256 << 10,
            chunk_streams: 64,
            net_streams: 8,
            message_bytes: 0xff_ffff,
            command_bytes: 64 << 10,
            assembly_bytes: 20 << 20,
            amf0: Amf0Limits::default(),
        }
    }
}
