//! Connections: HTTP/1.1 and cleartext HTTP/2 with prior knowledge on one port.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::Body;
use super::stall::Stall;

/// What connections are held to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpOptions {
    /// The most connections at a time; more wait in the system's queue. Default 20 000.
    pub connections: usize,
    /// How long a client may take over a request's head, and stay idle between two. Default 30 s.
    pub head_timeout: Duration,
    /// How long a client may take nothing of an answer that is being sent before it is cut off. Default 30 s.
    pub write_stall: Duration,
    /// How long connections may go on after the shutdown began. Default 5 s.
    pub drain: Duration,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            connections: 20_000,
            head_timeout: Duration::from_secs(30),
            write_stall: Duration::from_secs(30),
            drain: Duration::from_secs(5),
        }
    }
}

/// What answers requests.
pub trait Endpoint: Send + Sync + 'static {
    /// Endpoints one request.
    fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
        remote: SocketAddr,
    ) -> impl Future<Output = Response<Body>> + Send;
}

/// The most that is buffered of a connection, of which a request's head is a part.
const BUFFER: usize = 64 << 10;
/// The most requests at a time on one HTTP/2 connection: a player has a few for each rendition.
const STREAMS: u32 = 100;

/// Serves connections until `shutdown` resolves, then lets those that are open finish for as long as `drain` allows.
pub async fn serve<S: Endpoint>(
    listener: TcpListener,
    service: Arc<S>,
    options: HttpOptions,
    shutdown: impl Future<Output = ()> + Send,
) {
    let mut server = auto::Builder::new(TokioExecutor::new());
    server
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(options.head_timeout)
        .max_buf_size(BUFFER)
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(options.head_timeout)
        .keep_alive_timeout(options.head_timeout)
        .max_concurrent_streams(STREAMS)
        .max_send_buf_size(BUFFER);
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(options.connections));
    tokio::pin!(shutdown);
    loop {
        let accepted = async {
            let place = places.clone().acquire_owned().await;
            (listener.accept().await, place)
        };
        let (accepted, place) = tokio::select! {
            accepted = accepted => accepted,
            () = &mut shutdown => break,
        };
        let (socket, remote) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, most likely: some will be free again soon.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let _ = socket.set_nodelay(true);
        let socket = Stall::new(socket, options.head_timeout, options.write_stall);
        let service = service.clone();
        let answer = hyper::service::service_fn(move |request| {
            let service = service.clone();
            async move { Ok::<_, Infallible>(service.answer(request, remote).await) }
        });
        let connection = graceful.watch(server.serve_connection(TokioIo::new(socket), answer).into_owned());
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%remote, %error, "a connection broke");
            }
            drop(place);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(options.drain, graceful.shutdown()).await;
}
