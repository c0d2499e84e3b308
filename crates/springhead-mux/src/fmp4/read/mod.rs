//! MP4 as it comes from anyone: an encoder, another origin, an attacker. Fragmented, that is init sections and chunks, and
//! as a [`Movie`] with tables of samples.
//!
//! Nothing here panics, loops, or allocates by a size that a box declares. Boxes and versions that are not known are
//! skipped by their size. Errors say which box, and at which byte of the input.

mod boxes;
mod chunk;
mod error;
mod fields;
mod init;
mod mfra;
mod movie;
mod table;
mod track;

pub use super::boxes::btrt::Btrt;
pub use super::boxes::sidx::{Sidx, SidxReference};
pub use boxes::{BoxHeader, BoxIter, BoxRef};
pub use chunk::{Chunk, SampleInfo, chunks, segment_index};
pub use error::ReadError;
pub use init::{AudioEntry, InitSection, MediaEntry, TrackInfo, VideoEntry};
pub use mfra::random_access_index;
pub use movie::{Movie, Shift};
pub use table::{MovieSample, Samples};
pub use track::{TracksError, tracks};

pub(crate) use fields::Fields;
