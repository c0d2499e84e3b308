//! FLAC as it is carried: metadata blocks and frame headers.
//!
//! | item | what it is |
//! |---|---|
//! | [`DecoderConfig`] | the metadata blocks of `dfLa`, of files and of Enhanced RTMP |
//! | [`StreamInfo`] | the first of them |
//! | [`FrameHeader`] | what each frame says of itself |
//! | [`track`], [`CODEC_STRING`] | what the vocabulary of the family knows of a track |

mod config;
mod error;
mod frame;
mod stream_info;
mod track;

pub use config::{DecoderConfig, MAGIC, MetadataBlock};
pub use error::FlacError;
pub use frame::FrameHeader;
pub use stream_info::StreamInfo;
pub use track::{CODEC_STRING, track};
