//! FLV, and the header forms of Enhanced RTMP: what an RTMP session carries and an FLV file stores.
//!
//! An audio or video message of RTMP is the body of an FLV tag, so [`VideoTag::parse`] and [`AudioTag::parse`] serve both.
//! AVC and AAC come out as the same variants whether they were sent in the old form or by their FourCC. Payloads are
//! slices of the input.
//!
//! ```
//! use bytes::Bytes;
//! use springhead_mux::flv::VideoTag;
//! let old = VideoTag::parse(&Bytes::from_static(b"\x17\x01\x00\x00\x42\0\0\0\x01\x65"))?;
//! let new = VideoTag::parse(&Bytes::from_static(b"\x91avc1\x00\x00\x42\0\0\0\x01\x65"))?;
//! assert_eq!(old, new);
//! assert!(matches!(old, VideoTag::AvcUnit { keyframe: true, composition_time: 0x42, .. }));
//! # Ok::<(), springhead_mux::flv::FlvError>(())
//! ```
//!
//! | item | specification |
//! |---|---|
//! | [`FileHeader`], [`TagHeader`], [`Reader`], [`tag`] | Adobe FLV 10.1 §E.2 to §E.4.1 |
//! | [`VideoTag`], [`AudioTag`] | §E.4.2, §E.4.3 |
//! | [`EnhancedVideo`], [`EnhancedAudio`] | Enhanced RTMP v2, ExVideoTagHeader and ExAudioTagHeader |
//!
//! | [`amf0`] | AMF 0 (2007) §2 |
//!
//! Not here: AMF 3, encryption.

pub mod amf0;
mod audio;
mod enhanced;
mod enhanced_audio;
mod enhanced_video;
mod error;
mod header;
mod reader;
mod video;
mod writer;

pub use audio::AudioTag;
pub use enhanced::{ModEx, MultitrackKind};
pub use enhanced_audio::{AudioPacket, AudioTrackPacket, ChannelOrder, EnhancedAudio};
pub use enhanced_video::{EnhancedVideo, VideoPacket, VideoTrackPacket};
pub use error::FlvError;
pub use header::{FileHeader, TagHeader, TagKind};
pub use reader::{Reader, Tag};
pub use video::{FrameType, VideoTag};
pub use writer::{aac_raw, aac_sequence_header, avc_end_of_sequence, avc_sequence_header, avc_unit, file_header, tag};
