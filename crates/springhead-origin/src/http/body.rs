//! Bodies of answers: a rope is written without being joined; a growing segment as its chunks come.

use std::collections::VecDeque;
use std::io;
use std::ops::RangeInclusive;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use http_body::{Frame, SizeHint};
use springhead_core::{MediaSequence, Rope};
use springhead_packager::Presentation;
use tokio::sync::{mpsc, watch};

use crate::respond::{Step, growth};

/// How many pieces of a growing segment wait for a slow connection. What is beyond stays where it is, in the window.
const PIECES_AHEAD: usize = 4;

/// The body of an answer.
#[derive(Debug)]
pub struct Body(Kind);

#[derive(Debug)]
enum Kind {
    Whole(Option<Piece>),
    Growing(mpsc::Receiver<io::Result<Piece>>),
}

/// Bytes of a body that belong together: all of it, or whole chunks of a growing segment, which HTTP/1.1 then frames as one
/// chunk of its own. The slices are shared, not copied.
#[derive(Debug, Default)]
pub struct Piece {
    slices: VecDeque<Bytes>,
    left: usize,
}

impl From<Rope> for Piece {
    fn from(rope: Rope) -> Self {
        Self { left: rope.len(), slices: rope.slices().iter().cloned().collect() }
    }
}

impl Buf for Piece {
    fn remaining(&self) -> usize {
        self.left
    }

    fn chunk(&self) -> &[u8] {
        self.slices.front().map_or(&[], |slice| slice)
    }

    fn chunks_vectored<'a>(&'a self, out: &mut [io::IoSlice<'a>]) -> usize {
        let filled = out.iter_mut().zip(&self.slices).map(|(out, slice)| *out = io::IoSlice::new(slice));
        filled.count()
    }

    fn advance(&mut self, mut count: usize) {
        assert!(count <= self.left, "{count} of {} bytes", self.left);
        self.left -= count;
        while let Some(first) = self.slices.front_mut().filter(|_| count > 0) {
            let here = count.min(first.len());
            first.advance(here);
            count -= here;
            if first.is_empty() {
                self.slices.pop_front();
            }
        }
    }
}

impl Body {
    /// No bytes.
    pub fn empty() -> Self {
        Self::from(Rope::new())
    }

    /// The bytes of segment `msn` as they come, of which `wanted` are asked for. Ends when the segment is complete or what is
    /// wanted has been sent; fails, so that the connection is cut instead of ended cleanly, when the rest of it can no longer
    /// be had.
    pub(crate) fn growing(
        snapshots: watch::Receiver<Option<Arc<Presentation>>>,
        rendition: Arc<str>,
        msn: MediaSequence,
        wanted: RangeInclusive<u64>,
        step: Step,
    ) -> Self {
        let (pieces, body) = mpsc::channel(PIECES_AHEAD);
        tokio::spawn(async move {
            tokio::select! {
                () = pieces.closed() => {}
                () = grow(snapshots, &rendition, msn, wanted, step, &pieces) => {}
            }
        });
        Self(Kind::Growing(body))
    }
}

async fn grow(
    mut snapshots: watch::Receiver<Option<Arc<Presentation>>>,
    rendition: &str,
    msn: MediaSequence,
    wanted: RangeInclusive<u64>,
    step: Step,
    pieces: &mpsc::Sender<io::Result<Piece>>,
) {
    let in_memory = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
    let (mut sent, end) = (in_memory(*wanted.start()), in_memory(wanted.end().saturating_add(1)));
    loop {
        let snapshot = snapshots.borrow_and_update().clone();
        let Some((rope, complete)) = snapshot.and_then(|snapshot| growth(&snapshot, rendition, msn, sent, step)) else {
            let gone = io::Error::new(io::ErrorKind::UnexpectedEof, "the rest of the segment is gone");
            let _ = pieces.send(Err(gone)).await;
            return;
        };
        let rope = rope.slice(0..rope.len().min(end - sent));
        sent += rope.len();
        if !rope.is_empty() && pieces.send(Ok(rope.into())).await.is_err() {
            return;
        }
        if complete || sent >= end {
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
        Self(Kind::Whole((!rope.is_empty()).then(|| rope.into())))
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
    type Data = Piece;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Piece>, io::Error>>> {
        match &mut self.get_mut().0 {
            Kind::Whole(piece) => Poll::Ready(piece.take().map(|piece| Ok(Frame::data(piece)))),
            Kind::Growing(pieces) => pieces.poll_recv(cx).map(|piece| piece.map(|piece| piece.map(Frame::data))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.0, Kind::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Whole(piece) => SizeHint::with_exact(piece.as_ref().map_or(0, Buf::remaining) as u64),
            Kind::Growing(_) => SizeHint::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;
    use proptest::prelude::*;

    #[tokio::test]
    async fn a_growing_body_fails_instead_of_ending_when_the_broadcast_vanishes() {
        let snapshots = watch::Sender::new(None);
        let body = Body::growing(snapshots.subscribe(), "v1".into(), MediaSequence(1), 0..=u64::MAX, Step::Chunk);
        drop(snapshots);
        let error = body.collect().await.expect_err("it is cut");
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }

    proptest! {
        #[test]
        fn a_piece_is_read_as_the_bytes_that_it_shares(
            slices in proptest::collection::vec("[a-z]{0,5}", 0..6),
            steps in proptest::collection::vec(0_usize..7, 0..20),
        ) {
            let whole: Vec<u8> = slices.concat().into_bytes();
            let mut piece = Piece::from(slices.into_iter().map(Bytes::from).collect::<Rope>());
            let mut at = 0;
            for step in steps {
                let mut vectors = [io::IoSlice::new(&[]); 3];
                let filled = piece.chunks_vectored(&mut vectors);
                let seen: Vec<u8> = vectors[..filled].iter().flat_map(|slice| slice.iter().copied()).collect();
                prop_assert!(whole[at..].starts_with(&seen) && whole[at..].starts_with(piece.chunk()));
                prop_assert_eq!(piece.chunk().is_empty(), piece.remaining() == 0);
                let step = step.min(piece.remaining());
                piece.advance(step);
                at += step;
                prop_assert_eq!(piece.remaining(), whole.len() - at);
            }
        }
    }
}
