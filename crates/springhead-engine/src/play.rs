//! A reader's session.

use std::net::SocketAddr;
use std::sync::Arc;

use springhead_core::BroadcastKey;
use springhead_fanout::{Closed, Reader, ReaderStats, Received, Start};

use crate::{Broadcast, Credentials};

/// A wish to play.
#[derive(Clone, Debug)]
pub struct PlayRequest {
    /// What.
    pub key: BroadcastKey,
    /// What the client showed of itself.
    pub credentials: Credentials,
    /// By which protocol, as it is to stand in logs.
    pub protocol: &'static str,
    /// From where.
    pub remote: Option<SocketAddr>,
    /// Where in the ring to begin.
    pub start: Start,
}

/// Why nothing is played. Each is final for this attempt; [`NotFound`](Self::NotFound) may pass.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlayError {
    /// There is no such broadcast now.
    #[error("there is no such broadcast")]
    NotFound,
    /// The authorizer refused. The reason is for the log.
    #[error("playing was denied: {reason}")]
    Denied {
        /// Why.
        reason: String,
    },
    /// The engine is shutting down.
    #[error("the server is shutting down")]
    ShuttingDown,
}

/// One reader of a broadcast. Dropping it leaves.
#[derive(Debug)]
pub struct PlaySession {
    pub(crate) broadcast: Arc<Broadcast>,
    pub(crate) reader: Reader,
}

impl PlaySession {
    /// What is played.
    pub fn broadcast(&self) -> &Arc<Broadcast> {
        &self.broadcast
    }

    /// The next unit, with the tracks that apply to it and an exact count of what was missed before it. Cancel-safe.
    pub async fn recv(&mut self) -> Result<Received, Closed> {
        self.reader.recv().await
    }

    /// What was received and missed so far.
    pub fn stats(&self) -> ReaderStats {
        self.reader.stats()
    }
}
