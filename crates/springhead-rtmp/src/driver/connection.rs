//! One connection.

use std::future::pending;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use springhead_core::{BroadcastKey, MonoTime};
use springhead_engine::{Credentials, EndReason, Engine, PublishError, PublishRequest, PublishSession};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, debug, info, info_span};

use super::RtmpOptions;
use super::publisher::Publisher;
use crate::address::Address;
use crate::session::{CloseReason, Event, Publish, RequestId, Session, Status, StatusCode};

/// How long a peer that has been told why it is closed is listened to, so that what it still sends does not reset the
/// connection before it has read that.
const LINGER: Duration = Duration::from_secs(1);

/// Runs one connection, of whatever kind, to its end: the peer's, the engine's, or an error's. Ends are logged, not
/// returned, since nobody but a person can act on them.
pub async fn serve_connection<IO>(io: IO, remote: Option<SocketAddr>, engine: &Engine, options: &RtmpOptions)
where
    IO: AsyncRead + AsyncWrite + Send + Unpin,
{
    run(io, remote, engine, options, &CancellationToken::new()).await;
}

/// The same, with a way to end it from outside.
pub(super) async fn run<IO>(
    io: IO,
    remote: Option<SocketAddr>,
    engine: &Engine,
    options: &RtmpOptions,
    stop: &CancellationToken,
) where
    IO: AsyncRead + AsyncWrite + Send + Unpin,
{
    let now = engine.clock().now().mono;
    // Hashing nothing with fresh keys is the standard library's way to a random number.
    let seed = RandomState::new().hash_one(());
    let span = info_span!("rtmp", remote = remote.map(tracing::field::display));
    let connection =
        Connection { io, remote, engine, options, session: Session::new(options.limits, seed, now), role: Role::Idle };
    connection.run(stop).instrument(span).await;
}

struct Connection<'a, IO> {
    io: IO,
    remote: Option<SocketAddr>,
    engine: &'a Engine,
    options: &'a RtmpOptions,
    session: Session,
    role: Role,
}

type Answer = Pin<Box<dyn Future<Output = Result<PublishSession, PublishError>> + Send>>;

/// What the connection is to the engine.
enum Role {
    /// Nothing.
    Idle,
    /// It has asked to publish.
    Asking(RequestId, BroadcastKey, Answer),
    /// It publishes.
    Publishing(Box<Publisher>),
}

/// What woke the connection.
enum Woken {
    Stop,
    Answer(Box<Result<PublishSession, PublishError>>),
    Ended(EndReason),
    Read(io::Result<usize>),
    Deadline,
}

/// Why the connection is over.
enum End {
    /// The machine says so.
    Closed(CloseReason),
    /// The peer has closed its side.
    PeerClosed,
    /// The socket says so.
    Lost(io::Error),
}

impl<IO: AsyncRead + AsyncWrite + Send + Unpin> Connection<'_, IO> {
    async fn run(mut self, stop: &CancellationToken) {
        let end = self.drive(stop).await;
        if let Role::Publishing(publisher) = std::mem::replace(&mut self.role, Role::Idle) {
            match &end {
                End::Closed(reason) => log_end(&publisher, "lost", reason),
                End::PeerClosed => log_end(&publisher, "lost", &"the publisher closed without a goodbye"),
                End::Lost(error) => log_end(&publisher, "lost", error),
            }
            // Dropped without a word, a publish session is a lost one: the engine waits for the publisher's return.
        }
        match end {
            End::Closed(reason @ (CloseReason::Rejected(_) | CloseReason::Ended(_))) => {
                debug!(%reason, "connection closed");
                self.linger().await;
            }
            End::Closed(reason) => {
                info!(%reason, "connection closed");
                self.linger().await;
            }
            End::PeerClosed => debug!("connection closed by the peer"),
            End::Lost(error) => debug!(%error, "connection lost"),
        }
    }

    async fn drive(&mut self, stop: &CancellationToken) -> End {
        let mut buffer = vec![0; self.options.read_bytes.max(1)];
        let mut stopping = false;
        loop {
            if let Some(reason) = self.drain_events() {
                // The last bytes say why; that they cannot be sent changes nothing any more.
                let _ = self.transmit().await;
                return End::Closed(reason);
            }
            if let Err(error) = self.transmit().await {
                return End::Lost(error);
            }
            let deadline = self.session.poll_timeout();
            let until: Option<Duration> = deadline.map(|deadline| deadline.saturating_since(self.now()));
            let reads = !self.session.awaits_answer();
            let woken = tokio::select! {
                biased;
                () = stop.cancelled(), if !stopping => Woken::Stop,
                woken = self.role.woken() => woken,
                read = self.io.read(&mut buffer), if reads => Woken::Read(read),
                () = sleep(until.unwrap_or_default()), if until.is_some() => Woken::Deadline,
            };
            match woken {
                Woken::Stop => {
                    stopping = true;
                    self.stop();
                }
                Woken::Answer(answer) => self.answer(*answer),
                Woken::Ended(reason) => self.ended(reason),
                Woken::Read(Ok(0)) => return End::PeerClosed,
                Woken::Read(Ok(count)) => self.session.handle_bytes(&buffer[..count], self.now()),
                Woken::Read(Err(error)) => return End::Lost(error),
                Woken::Deadline => self.session.handle_timeout(self.now()),
            }
        }
    }

    fn now(&self) -> MonoTime {
        self.engine.clock().now().mono
    }

    /// Acts on what the session says; the reason when it says that it is over.
    fn drain_events(&mut self) -> Option<CloseReason> {
        while let Some(event) = self.session.poll_event() {
            match event {
                Event::Connect(connect) => debug!(?connect, "connected"),
                Event::Publish(publish) => self.ask(publish),
                Event::Video { timestamp, body } => {
                    if let Role::Publishing(publisher) = &mut self.role {
                        let told = publisher.video(timestamp, &body, self.engine.clock().now().mono);
                        told.iter().for_each(|status| self.session.warn_publisher(status));
                    }
                }
                Event::Audio { timestamp, body } => {
                    if let Role::Publishing(publisher) = &mut self.role {
                        let told = publisher.audio(timestamp, &body, self.engine.clock().now().mono);
                        told.iter().for_each(|status| self.session.warn_publisher(status));
                    }
                }
                Event::Metadata(metadata) => debug!(?metadata, "metadata"),
                Event::Unpublish(_) => self.finish(&"the publisher said goodbye"),
                Event::Closed(reason) => return Some(reason),
            }
        }
        None
    }

    /// Hands a publish command to the engine.
    fn ask(&mut self, publish: Publish) {
        let Publish { request, address } = publish;
        match address.broadcast() {
            Ok(key) => {
                let Address { user, password, token, query, .. } = address;
                let credentials =
                    Credentials { user, password, token, query, address: self.remote.map(|remote| remote.ip()) };
                let asked = PublishRequest { key: key.clone(), credentials, protocol: "rtmp", remote: self.remote };
                let engine = self.engine.clone();
                let answer = Box::pin(async move { engine.publish(asked).await });
                self.role = Role::Asking(request, key, answer);
            }
            Err(error) => {
                info!(path = address.path, %error, "publish refused");
                let description = format!("{error}; publish to rtmp://host/app/name");
                self.session.reject_publish(request, &Status::new(StatusCode::PublishBadName, description));
            }
        }
    }

    fn answer(&mut self, answer: Result<PublishSession, PublishError>) {
        let Role::Asking(request, key, _) = std::mem::replace(&mut self.role, Role::Idle) else { return };
        let now = self.now();
        match answer {
            Ok(session) if self.session.accept_publish(request, now) => {
                info!(%key, "publish accepted");
                self.role = Role::Publishing(Box::new(Publisher::new(key, session)));
            }
            Ok(_) => debug!(%key, "the publisher was gone before it was accepted"),
            Err(error) => {
                info!(%key, %error, "publish refused");
                self.session.reject_publish(request, &refusal(&key, &error));
            }
        }
    }

    /// The engine has ended the publish.
    fn ended(&mut self, reason: EndReason) {
        if let Role::Publishing(publisher) = std::mem::replace(&mut self.role, Role::Idle) {
            let status = farewell(&publisher.key, reason);
            log_end(&publisher, "ended", &status.description);
            self.session.end_publish(&status);
            // Going down is no loss of the publisher.
            if reason == EndReason::ShuttingDown {
                publisher.session.finish();
            }
        }
    }

    /// The server goes down.
    fn stop(&mut self) {
        self.finish(&"the server shuts down");
        self.session.end_publish(&Status::new(StatusCode::ConnectAppShutdown, "the server shuts down"));
    }

    /// Ends the publish cleanly, if there is one.
    fn finish(&mut self, why: &dyn std::fmt::Display) {
        if let Role::Publishing(publisher) = std::mem::replace(&mut self.role, Role::Idle) {
            log_end(&publisher, "ended", why);
            publisher.session.finish();
        }
    }

    /// Sends what waits to be sent.
    async fn transmit(&mut self) -> io::Result<()> {
        while let Some(bytes) = self.session.poll_transmit() {
            let sent = async {
                self.io.write_all(&bytes).await?;
                self.io.flush().await
            };
            timeout(self.options.write_timeout, sent).await.map_err(|_| io::ErrorKind::TimedOut)??;
        }
        Ok(())
    }

    /// Closes this side, and listens for a moment to nothing.
    async fn linger(&mut self) {
        let listen = async {
            self.io.shutdown().await?;
            let mut nothing = [0; 4096];
            while self.io.read(&mut nothing).await? > 0 {}
            io::Result::Ok(())
        };
        // Whatever comes of it, the connection is over.
        let _ = timeout(LINGER, listen).await;
    }
}

impl Role {
    /// Waits for the engine. Cancel-safe: what waits lives in the role.
    async fn woken(&mut self) -> Woken {
        match self {
            Self::Idle => pending().await,
            Self::Asking(_, _, answer) => Woken::Answer(Box::new(answer.await)),
            Self::Publishing(publisher) => Woken::Ended(publisher.session.ended().await),
        }
    }
}

/// What a publisher is told that the engine does not take.
fn refusal(key: &BroadcastKey, error: &PublishError) -> Status {
    match error {
        PublishError::Taken => Status::new(StatusCode::PublishBadName, format!("{key} is published already")),
        // Why is for the log: whoever guesses learns nothing.
        PublishError::Denied { .. } => Status::new(
            StatusCode::PublishUnauthorized,
            format!("publishing {key} is not allowed with these credentials"),
        ),
        PublishError::ShuttingDown => Status::new(StatusCode::ConnectAppShutdown, error.to_string()),
        _ => Status::new(StatusCode::ConnectRejected, error.to_string()),
    }
}

/// What a publisher is told that the engine has ended.
fn farewell(key: &BroadcastKey, reason: EndReason) -> Status {
    match reason {
        EndReason::Replaced => {
            Status::new(StatusCode::PublishBadName, format!("another publisher has taken {key} over"))
        }
        EndReason::Idle => Status::new(StatusCode::PublishIdle, "no picture and no sound came for too long"),
        _ => Status::new(StatusCode::ConnectAppShutdown, "the server shuts down"),
    }
}

fn log_end(publisher: &Publisher, how: &str, why: &dyn std::fmt::Display) {
    let left_out = publisher.left_out;
    info!(
        key = %publisher.key,
        %why,
        unsupported = left_out.unsupported,
        unreadable = left_out.unreadable,
        orphans = left_out.orphans,
        "publish {how}",
    );
}
