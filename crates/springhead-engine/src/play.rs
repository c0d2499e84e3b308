//! A reader's session.

use std::net::SocketAddr;
use std::sync::Arc;

use springhead_core::{BroadcastKey, TrackSet};
use springhead_fanout::{LagPolicy, Reader, ReaderStats, Received, RecvError, Run, Start};

use crate::audience::Account;
use crate::engine::Shared;
use crate::{Broadcast, Credentials, Event};

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
///
/// It is under the [`LagPolicy`] of its application: what it does without when it is too slow, and whether it is sent away.
#[derive(Debug)]
pub struct PlaySession {
    pub(crate) shared: Arc<Shared>,
    pub(crate) broadcast: Arc<Broadcast>,
    pub(crate) reader: Reader,
    pub(crate) account: Arc<Account>,
}

impl PlaySession {
    /// Puts the session under another policy than its application's. Meant for before the first unit.
    #[must_use]
    pub fn under(mut self, policy: LagPolicy) -> Self {
        let nobody = self.broadcast.source().reader(Start::Next);
        self.reader = std::mem::replace(&mut self.reader, nobody).under(policy);
        self
    }

    /// What is played.
    pub fn broadcast(&self) -> &Arc<Broadcast> {
        &self.broadcast
    }

    /// The next unit, with an exact count of what was missed before it. Cancel-safe.
    ///
    /// # Errors
    /// [`RecvError::Closed`] when the broadcast is over, [`RecvError::Evicted`] when the session was too slow too often: close
    /// the connection.
    pub async fn recv(&mut self) -> Result<Received, RecvError> {
        let received = self.reader.recv().await;
        self.keep_account(received.as_ref().map(|received| (received.skipped, received.resumed)));
        received
    }

    /// The next units that follow one another, `most` at most: for who sends several at once. Cancel-safe.
    ///
    /// # Errors
    /// As [`recv`](Self::recv).
    pub async fn recv_run(&mut self, most: usize) -> Result<Run, RecvError> {
        let run = self.reader.recv_run(most).await;
        self.keep_account(run.as_ref().map(|run| (run.skipped, run.resumed)));
        run
    }

    /// The tracks that apply to the unit received last; none before the first.
    pub fn tracks(&self) -> Option<&Arc<TrackSet>> {
        self.reader.tracks()
    }

    /// What was received and missed so far.
    pub fn stats(&self) -> ReaderStats {
        self.reader.stats()
    }

    /// Asks the publisher for a key picture, as a peer does that lost what it had (PLI, FIR). Requests of many are one.
    pub fn request_key(&self) {
        self.reader.request_key();
    }

    fn keep_account(&self, received: Result<(u64, bool), &RecvError>) {
        self.account.update(&self.reader.stats());
        let (key, protocol, remote) = (self.broadcast.key(), self.account.protocol, self.account.remote);
        match received {
            Ok((skipped, true)) => {
                self.shared.events.send(Event::ReaderResumed { key: key.clone(), protocol, remote, skipped });
            }
            Err(RecvError::Evicted) => {
                self.shared.events.send(Event::ReaderEvicted { key: key.clone(), protocol, remote });
            }
            Ok(_) | Err(RecvError::Closed) => {}
        }
    }
}

impl Drop for PlaySession {
    fn drop(&mut self) {
        self.broadcast.audience().leave(&self.account);
    }
}
