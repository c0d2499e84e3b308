//! Connections off a listener.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use springhead_engine::Engine;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};

use super::RtmpOptions;
use super::connection::run;

/// How long accepting pauses when the system has no more descriptors to give.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A server, from which any number of listeners may take their connections: plain TCP through [`run`](Self::run), anything
/// else through [`spawn`](Self::spawn). All of them share one limit on connections and one shutdown.
#[derive(Debug)]
pub struct Server {
    engine: Engine,
    options: Arc<RtmpOptions>,
    places: Arc<Semaphore>,
    connections: TaskTracker,
    stop: CancellationToken,
}

impl Server {
    /// A server without connections.
    pub fn new(engine: Engine, options: RtmpOptions) -> Self {
        let places = Arc::new(Semaphore::new(options.connections));
        let options = Arc::new(options);
        Self { engine, options, places, connections: TaskTracker::new(), stop: CancellationToken::new() }
    }

    /// Takes connections off `listener` until [`shut_down`](Self::shut_down).
    pub async fn run(&self, listener: TcpListener) {
        loop {
            let accepted = tokio::select! {
                () = self.stop.cancelled() => return,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((socket, remote)) => {
                    // Answers are short and waited for.
                    if let Err(error) = socket.set_nodelay(true) {
                        info!(%remote, %error, "RTMP connection lost before it began");
                        continue;
                    }
                    self.spawn(socket, Some(remote));
                }
                Err(error) if is_of_the_connection(&error) => info!(%error, "RTMP connection lost before it began"),
                Err(error) => {
                    warn!(%error, "RTMP connections cannot be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    /// Runs a connection in a task of its own. False when there are too many already; then it is dropped.
    pub fn spawn<IO>(&self, io: IO, remote: Option<SocketAddr>) -> bool
    where
        IO: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            warn!(?remote, limit = self.options.connections, "RTMP connection refused: too many");
            return false;
        };
        let (engine, options, stop) = (self.engine.clone(), Arc::clone(&self.options), self.stop.clone());
        self.connections.spawn(async move {
            let _place: OwnedSemaphorePermit = place;
            run(io, remote, &engine, &options, &stop).await;
        });
        true
    }

    /// How many connections there are.
    pub fn connections(&self) -> usize {
        self.connections.len()
    }

    /// Ends every publish cleanly, tells every peer, and waits until the last connection has gone.
    pub async fn shut_down(&self) {
        self.stop.cancel();
        self.connections.close();
        self.connections.wait().await;
    }
}

/// Connections end by themselves when the server is dropped.
impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Serves RTMP on `listener` until `shutdown` is ready, then ends every publish cleanly and returns when the last
/// connection has gone.
pub async fn serve(
    listener: TcpListener,
    engine: Engine,
    options: RtmpOptions,
    shutdown: impl Future<Output = ()> + Send,
) {
    let server = Server::new(engine, options);
    tokio::select! {
        () = server.run(listener) => {}
        () = shutdown => {}
    }
    server.shut_down().await;
}

/// Whether accepting failed because of the one that was to be accepted.
fn is_of_the_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}
