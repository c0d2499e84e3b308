//! MPEG-1 and MPEG-2 audio of layers I to III as it is carried: frames that describe themselves.
//!
//! | item | what it is |
//! |---|---|
//! | [`FrameHeader`] | what each frame says of itself |
//! | [`split`] | the frames of a buffer |
//! | [`track`], [`codec_string`], [`object_type_indication`] | what the vocabulary of the family knows of a track |

mod error;
mod header;
mod split;
mod track;

pub use error::MpegAudioError;
pub use header::{ChannelMode, FrameHeader, HEADER_BYTES, Layer, Version};
pub use split::{Frame, Frames, split};
pub use track::{codec_string, object_type_indication, track};
