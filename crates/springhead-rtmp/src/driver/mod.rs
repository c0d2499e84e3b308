//! Sessions over sockets, and into an engine.
//!
//! [`serve`] takes connections off a TCP listener; [`serve_connection`] runs one over anything that reads and writes, such
//! as a TLS stream. Each connection is one task without locks: it drains its [`Session`](crate::Session), hands media to
//! its publish session, and waits for bytes, the engine, a deadline or the shutdown.
//!
//! ```no_run
//! # async fn example(engine: springhead_engine::Engine, signal: impl Future<Output = ()> + Send) -> std::io::Result<()> {
//! use springhead_rtmp::{RtmpOptions, serve};
//! let listener = tokio::net::TcpListener::bind(("::", 1935)).await?;
//! serve(listener, engine, RtmpOptions::default(), signal).await;
//! # Ok(())
//! # }
//! ```

mod connection;
mod mapping;
mod publisher;
mod server;

use std::time::Duration;

pub use connection::serve_connection;
pub use server::{Server, serve};

use crate::limits::Limits;

/// What an RTMP server is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RtmpOptions {
    /// The most connections at a time; one more is closed at once. Default 1024.
    pub connections: usize,
    /// Bytes that are read from a socket at a time. Default 64 KiB.
    pub read_bytes: usize,
    /// How long a peer may take to read what it is sent. Default 5 s.
    pub write_timeout: Duration,
    /// What each peer is held to.
    pub limits: Limits,
}

impl Default for RtmpOptions {
    fn default() -> Self {
        Self {
            connections: 1024,
            read_bytes: 64 << 10,
            write_timeout: Duration::from_secs(5),
            limits: Limits::default(),
        }
    }
}
