//! FLV, and the header forms of Enhanced RTMP: what an RTMP session carries and an FLV file stores.
//!
//! An audio or video message of RTMP is the body of an FLV tag, so [`VideoTag`] and [`AudioTag`] serve both. What they say
//! of a track is the same whatever its codec and whether its header has the old form or that of Enhanced RTMP: a
//! configuration, coded pictures or sound, an end. Payloads are slices of the input, and become part of the output.
//!
//! ```
//! use bytes::Bytes;
//! use springhead_core::Codec;
//! use springhead_mux::flv::{VideoPacket, VideoTag};
//! let VideoTag::Tracks(old) = VideoTag::parse(&Bytes::from_static(b"\x17\x01\x00\x00\x42\0\0\0\x01\x65"))? else { panic!() };
//! let VideoTag::Tracks(new) = VideoTag::parse(&Bytes::from_static(b"\x91avc1\x00\x00\x42\0\0\0\x01\x65"))? else { panic!() };
//! assert_eq!((old[0].codec(), new[0].codec()), (Some(Codec::Avc), Some(Codec::Avc)));
//! assert_eq!(old[0].packet, new[0].packet);
//! assert!(matches!(old[0].packet, VideoPacket::CodedFrames { key: true, composition_time: 0x42, .. }));
//! # Ok::<(), springhead_mux::flv::FlvError>(())
//! ```
//!
//! | item | specification |
//! |---|---|
//! | [`FileHeader`], [`TagHeader`], [`Reader`], [`tag`] | Adobe FLV 10.1 §E.2 to §E.4.1 |
//! | [`VideoTag`] | §E.4.3; Enhanced RTMP v2, ExVideoTagHeader and ExVideoTagBody |
//! | [`AudioTag`] | §E.4.2; Enhanced RTMP v2, ExAudioTagHeader and ExAudioTagBody |
//! | [`CodecId`] | CodecID and SoundFormat there; VideoFourCc and AudioFourCc |
//! | [`Metadata`] | §E.5; Enhanced RTMP v2, "Enhancing onMetaData" |
//! | [`ColorInfo`] | Enhanced RTMP v2, "Metadata Frame" |
//! | [`amf0`] | AMF 0 (2007) §2 |
//!
//! Not here: AMF 3, encryption.

pub mod amf0;
mod audio;
mod codec_id;
mod color;
mod enhanced;
mod error;
mod header;
mod reader;
mod record;
mod script;
mod video;
mod writer;

pub use audio::{AudioMessage, AudioPacket, AudioTag, ChannelOrder};
pub use codec_id::CodecId;
pub use color::ColorInfo;
pub use error::FlvError;
pub use header::{FileHeader, TagHeader, TagKind};
pub use reader::{Reader, Tag};
pub use script::{AudioInfo, Metadata, VideoInfo};
pub use video::{VideoMessage, VideoPacket, VideoTag};
pub use writer::{file_header, tag};
