//! The text of a manifest, in pieces of which versions share some.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use springhead_core::Rope;
use twox_hash::XxHash3_64;

/// A manifest's text, with what is made of it once.
#[derive(Debug)]
pub struct Manifest {
    /// The text. What it has in common with the version before is shared with that.
    pub body: Rope,
    /// A strong entity tag, with its quotes: a hash of the text.
    pub etag: String,
    encoded: OnceLock<Bytes>,
}

/// A piece of a manifest's text.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    text: Bytes,
    hash: u64,
}

impl Piece {
    pub(crate) fn new(text: String) -> Self {
        Self { hash: XxHash3_64::oneshot(text.as_bytes()), text: text.into() }
    }

    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }
}

impl Manifest {
    pub(crate) fn new(pieces: impl IntoIterator<Item = Piece>) -> Arc<Self> {
        let (mut body, mut hashes) = (Rope::new(), Vec::new());
        for piece in pieces {
            body.push(piece.text);
            hashes.extend(piece.hash.to_be_bytes());
        }
        // A hash of hashes, as no more of the text is looked at than is new. Where a text is cut depends on what it says alone, so
        // two origins that say the same give it the same tag.
        let etag = format!("\"{:016x}\"", XxHash3_64::oneshot(&hashes));
        Arc::new(Self { body, etag, encoded: OnceLock::new() })
    }

    /// The text in one piece.
    pub fn text(&self) -> String {
        self.body.slices().iter().map(|piece| String::from_utf8_lossy(piece)).collect()
    }

    /// The content-coded form, made by `encode` on first use and kept.
    pub fn encoded(&self, encode: impl FnOnce(&Rope) -> Bytes) -> Bytes {
        self.encoded.get_or_init(|| encode(&self.body)).clone()
    }
}
