//! Fragmented MP4 as it comes from anyone: an encoder, another origin, an attacker.
//!
//! Nothing here panics, loops, or allocates by a size that a box declares. Boxes and versions that are not known are
//! skipped by their size. Errors say which box, and at which byte of the input.

mod boxes;
mod chunk;
mod error;
mod fields;
mod init;
mod track;

pub use super::boxes::btrt::Btrt;
pub use super::boxes::sidx::{Sidx, SidxReference};
pub use boxes::{BoxHeader, BoxIter, BoxRef};
pub use chunk::{Chunk, SampleInfo, chunks, segment_index};
pub use error::ReadError;
pub use init::{AudioEntry, InitSection, MediaEntry, TrackInfo, VideoEntry};
pub use track::{TracksError, tracks};

pub(crate) use fields::Fields;
