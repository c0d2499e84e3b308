//! VP9 as it is carried: uncompressed headers, superframes, the configuration record.
//!
//! The specification is the VP9 Bitstream & Decoding Process Specification (version 0.6); samples, the record and the codecs
//! parameter are those of the VP Codec ISO Media File Format Binding.
//!
//! | item | what it is |
//! |---|---|
//! | [`FrameHeader`] | the uncompressed header, as far as it can be read without a decoder's state |
//! | [`frames`] | a superframe falls into frames |
//! | [`DecoderConfig`] | the content of `vpcC`, and the size that it does not state |
//! | [`unit()`] | one frame or superframe to the form of a sample |
//! | [`track`], [`codec_string`] | what the vocabulary of the family knows of a track |

mod config;
mod header;
mod superframe;
mod track;
mod unit;

pub use config::DecoderConfig;
pub use header::{ColorConfig, FrameHeader, KeyFrame};
pub use superframe::frames;
pub use track::{codec_string, track};
pub use unit::unit;
