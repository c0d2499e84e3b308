//! Bitstreams: parameter sets, configuration records, RFC 6381 strings, random access, framing.
//!
//! Layer 1, pure: depends on `springhead-core` only, holds no socket, file, clock, randomness, task, lock or global, and
//! never panics, loops or allocates by an unchecked length on a byte that came from the wire. Nothing here decodes a
//! picture or a sound; what is read is what carriage needs to know.
//!
//! | module | what it holds | specification |
//! |---|---|---|
//! | [`bits`] | bit reader and writer with Exp-Golomb codes | ITU-T H.264 (08/2021) §7.2, §9.1 |
//! | [`nal`] | start codes, length prefixes, emulation prevention | ITU-T H.264 §7.4.1, Annex B; ISO/IEC 14496-15:2022 §5.3 |
//! | [`avc`] | parameter sets, slice headers, SEI, `avcC`, access units | ITU-T H.264 §7.3, Annex A, D, E; ISO/IEC 14496-15 §5 |
//! | [`aac`] | AudioSpecificConfig with SBR and PS signalling, ADTS | ISO/IEC 14496-3:2019 §1.6, §1.A |
//! | [`scte35`] | splice information sections | ANSI/SCTE 35 2023 §9, §10.3.3 |
//! | [`captions`] | which captions there are in pictures | ANSI/CTA-608-E, ANSI/CTA-708-E, ATSC A/53 Part 4 |
//! | [`id3`] | where ID3v2 tags begin and end | ID3v2.4.0 §3 |
//!
//! Feature flags, all on by default: `scte35`, `id3` and `captions`, each for the module of its name; the others say which codecs there are.
//!
//! ```
//! use bytes::Bytes;
//! use springhead_codec::avc::{self, DecoderConfig};
//! use springhead_core::{Timescale, TrackId};
//!
//! // `ffmpeg -f lavfi -i testsrc=size=640x360:rate=30 -c:v libx264 -profile:v main -bf 3`
//! let sps = Bytes::from_static(b"\x67\x4d\x40\x1e\xec\xa0\x50\x17\xfc\xb8\x08\x80\0\0\x03\0\x80\0\0\x1e\x07\x8b\x16\xcb");
//! let pps = Bytes::from_static(b"\x68\xef\x8f\xc8");
//! let config = DecoderConfig::from_parameter_sets(vec![sps], vec![pps])?;
//! let track = avc::track(TrackId(1), Timescale::MPEG, &config)?;
//! assert_eq!(&*track.codec_string, "avc1.4d401e");
//! assert_eq!(track.video().map(|video| (video.width, video.height)), Some((640, 360)));
//! # Ok::<(), avc::AvcError>(())
//! ```

pub mod aac;
pub mod avc;
pub mod bits;
#[cfg(feature = "captions")]
pub mod captions;
#[doc(hidden)]
pub mod fuzz;
#[cfg(feature = "id3")]
pub mod id3;
pub mod nal;
#[cfg(feature = "scte35")]
pub mod scte35;
mod unit;

pub use unit::{Sap, Unit};

#[cfg(test)]
mod fixtures;
