//! Bodies of answers: a rope is written slice by slice, without being joined; a growing segment as its chunks come.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use springhead_core::{MediaSequence, Rope};
use springhead_packager::Presentation;
use tokio::sync::{mpsc, watch};

use crate::respond::growth;

/// How many pieces of a growing segment wait for a slow connection. What is beyond stays where it is, in the window.
const PIECES_AHEAD: usize = 4;

/// The body of an answer.
#[derive(Debug)]
pub struct Body(Kind);

#[derive(Debug)]
enum Kind {
    Rope { rope: Rope, next: usize, left: u64 },
    Growing(mpsc::Receiver<io::Result<Bytes>>),
}

impl Body {
    /// No bytes.
    pub fn empty() -> Self {
        Self::from(Rope::new())
    }

    /// The bytes of segment `msn` as they come. Ends when the segment is complete; fails, so that the connection is cut
    /// instead of ended cleanly, when the rest of it can no longer be had.
    pub(crate) fn growing(
        snapshots: watch::Receiver<Option<Arc<Presentation>>>,
        rendition: Arc<str>,
        msn: MediaSequence,
    ) -> Self {
        let (pieces, body) = mpsc::channel(PIECES_AHEAD);
        tokio::spawn(async move {
            tokio::select! {
                () = pieces.closed() => {}
                () = grow(snapshots, &rendition, msn, &pieces) => {}
            }
        });
        Self(Kind::Growing(body))
    }
}

async fn grow(
    mut snapshots: watch::Receiver<Option<Arc<Presentation>>>,
    rendition: &str,
    msn: MediaSequence,
    pieces: &mpsc::Sender<io::Result<Bytes>>,
) {
    let mut sent = 0;
    loop {
        let snapshot = snapshots.borrow_and_update().clone();
        let Some((rope, complete)) = snapshot.and_then(|snapshot| growth(&snapshot, rendition, msn, sent)) else {
            let gone = io::Error::new(io::ErrorKind::UnexpectedEof, "the rest of the segment is gone");
            let _ = pieces.send(Err(gone)).await;
            return;
        };
        sent += rope.len();
        for slice in rope.slices() {
            if pieces.send(Ok(slice.clone())).await.is_err() {
                return;
            }
        }
        if complete {
            return;
        }
        if snapshots.changed().await.is_err() {
            let gone = io::Error::new(io::ErrorKind::UnexpectedEof, "the broadcast is gone");
            let _ = pieces.send(Err(gone)).await;
            return;
        }
    }
}

impl From<Rope> for Body {
    fn from(rope: Rope) -> Self {
        Self(Kind::Rope { left: rope.len() as u64, rope, next: 0 })
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Rope::from(bytes).into()
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Bytes::from(text).into()
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match &mut self.get_mut().0 {
            Kind::Rope { rope, next, left } => {
                let slice = rope.slices().get(*next).cloned();
                *next += 1;
                *left -= slice.as_ref().map_or(0, |slice| slice.len() as u64);
                Poll::Ready(slice.map(|slice| Ok(Frame::data(slice))))
            }
            Kind::Growing(pieces) => pieces.poll_recv(cx).map(|piece| piece.map(|piece| piece.map(Frame::data))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.0, Kind::Rope { left: 0, .. })
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Rope { left, .. } => SizeHint::with_exact(*left),
            Kind::Growing(_) => SizeHint::default(),
        }
    }
}
