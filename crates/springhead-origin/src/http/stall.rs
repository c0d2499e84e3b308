//! Connections that do not move are cut.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// As long as the preface of HTTP/2 (RFC 9113 §3.4), by which the versions are told apart.
const PREFACE: usize = 24;

/// A connection that fails when the client takes nothing for `patience` though there is something to send, or has not
/// shown in `opening` which version of HTTP it speaks. After that, the deadlines of that version apply.
#[derive(Debug)]
pub(crate) struct Stall<S> {
    socket: S,
    patience: Duration,
    /// How much was read, while the version may not be known.
    opening: Option<usize>,
    /// When it is over: the opening first, then whatever write is pending.
    deadline: Pin<Box<Sleep>>,
    /// Whether a write is pending.
    stalled: bool,
}

impl<S> Stall<S> {
    pub(crate) fn new(socket: S, opening: Duration, patience: Duration) -> Self {
        let deadline = Box::pin(sleep_until(Instant::now() + opening));
        Self { socket, patience, opening: Some(0), deadline, stalled: false }
    }

    /// Passes what a write came to, unless it is pending for too long.
    fn watch<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = false;
            return written;
        }
        if !self.stalled {
            (self.stalled, self.opening) = (true, None);
            self.deadline.as_mut().reset(Instant::now() + self.patience);
        }
        self.deadline.as_mut().poll(cx).map(|()| Err(late("the client takes nothing")))
    }
}

fn late(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, what)
}

impl<S: AsyncRead + Unpin> AsyncRead for Stall<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let read = Pin::new(&mut this.socket).poll_read(cx, buf);
        let Some(had) = this.opening else { return read };
        if read.is_pending() {
            return this.deadline.as_mut().poll(cx).map(|()| Err(late("the client says nothing")));
        }
        this.opening = Some(had + buf.filled().len() - before).filter(|had| *had < PREFACE);
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Stall<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.opening = None;
        let written = Pin::new(&mut this.socket).poll_write(cx, buf);
        this.watch(cx, written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.opening = None;
        let written = Pin::new(&mut this.socket).poll_write_vectored(cx, bufs);
        this.watch(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    const OPENING: Duration = Duration::from_secs(10);
    const PATIENCE: Duration = Duration::from_secs(30);

    #[tokio::test(start_paused = true)]
    async fn a_client_that_says_too_little_is_cut() {
        let (mut client, server) = duplex(64);
        let mut server = Stall::new(server, OPENING, PATIENCE);
        client.write_all(b"PRI").await.unwrap();
        let error = server.read_exact(&mut [0; 4]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_is_cut_and_one_that_takes_little_is_not() {
        let (mut client, server) = duplex(64);
        let mut server = Stall::new(server, OPENING, PATIENCE);
        let slow = tokio::spawn(async move {
            for _ in 0..10 {
                tokio::time::sleep(PATIENCE - Duration::from_secs(1)).await;
                client.read_exact(&mut [0; 10]).await.unwrap();
            }
            client
        });
        server.write_all(&[0; 164]).await.expect("slow is not stalled");
        let _client = slow.await.unwrap();
        let before = Instant::now();
        let error = server.write_all(&[0; 100]).await.unwrap_err();
        assert_eq!((error.kind(), before.elapsed().as_secs()), (io::ErrorKind::TimedOut, PATIENCE.as_secs()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_has_shown_its_version_may_be_silent() {
        let (mut client, server) = duplex(64);
        let mut server = Stall::new(server, OPENING, PATIENCE);
        client.write_all(&[0; PREFACE]).await.unwrap();
        server.read_exact(&mut [0; PREFACE]).await.unwrap();
        tokio::spawn(async move {
            tokio::time::sleep(OPENING * 100).await;
            client.write_all(b"x").await.unwrap();
        });
        server.read_exact(&mut [0]).await.expect("nothing was due");
    }
}
