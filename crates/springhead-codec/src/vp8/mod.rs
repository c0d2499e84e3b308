//! VP8 as it is carried: the frame tag, the header of a key frame, the configuration record.
//!
//! The specification is RFC 6386; samples and the record are those of the VP Codec ISO Media File Format Binding.
//!
//! | item | what it is |
//! |---|---|
//! | [`FrameHeader`] | the frame tag, and what a key frame adds |
//! | [`DecoderConfig`] | the content of `vpcC`, and the size that it does not state |
//! | [`unit()`] | one frame to the form of a sample |
//! | [`track`], [`codec_string`] | what the vocabulary of the family knows of a track |

mod config;
mod header;
mod track;
mod unit;

pub use config::DecoderConfig;
pub use header::{FrameHeader, KeyFrame, Scale};
pub use track::{codec_string, track};
pub use unit::unit;
