//! Bitstreams: parameter sets, configuration records, RFC 6381 strings, random access, framing.
//!
//! For whoever carries media without decoding it: a muxer, a packager, a server, an encoder that has to say in a manifest
//! what it made.
//!
//! Layer 1, pure: depends on `springhead-core` only, holds no socket, file, clock, randomness, task, lock or global, and
//! never panics, loops or allocates by an unchecked length on a byte that came from the wire. Nothing here decodes a
//! picture or a sound; what is read is what carriage needs to know.
//!
//! | module | what it holds | specification |
//! |---|---|---|
//! | [`bits`] | bit reader and writer with Exp-Golomb codes | ITU-T H.264 (08/2021) §7.2, §9.1 |
//! | [`crc`] | the check of sections | ISO/IEC 13818-1 Annex A |
//! | [`nal`] | start codes, length prefixes, emulation prevention | ITU-T H.264 §7.4.1, Annex B; ISO/IEC 14496-15:2022 §5.3 |
//! | [`reorder`] | decode times where only presentation times are known | the depths of ITU-T H.264 §E.2.1, H.265 §7.4.3.2, H.266 §7.4.3.4 |
//! | [`video`], [`sound`] | pictures and sound of any codec alike | – |
//! | [`avc`] | parameter sets, slice headers, SEI, `avcC`, access units | ITU-T H.264 §7.3, Annex A, D, E; ISO/IEC 14496-15 §5 |
//! | [`hevc`] | parameter sets, slice headers, SEI, `hvcC`, access units | ITU-T H.265 (09/2023); ISO/IEC 14496-15 §8 |
//! | [`vvc`] | parameter sets, picture starts, the record of `vvcC`, access units | ITU-T H.266 (09/2023) §7.3, Annex A; ISO/IEC 14496-15 §11 |
//! | [`av1`] | OBUs, sequence headers, metadata, `av1C`, temporal units | AV1 Bitstream & Decoding Process; AV1 ISOBMFF Binding |
//! | [`vpx`] | `vpcC`, levels | VP Codec ISO Media File Format Binding |
//! | [`vp9`] | uncompressed headers, superframes | VP9 Bitstream & Decoding Process §6.2, Annex B |
//! | [`vp8`] | frame tags, headers of key frames | RFC 6386 §9 |
//! | [`aac`] | AudioSpecificConfig with SBR and PS signalling, USAC, ADTS, LATM | ISO/IEC 14496-3:2019 §1.6, §1.7, §1.A; ISO/IEC 23003-3 §5.2 |
//! | [`opus`] | packets and their lengths, `dOps`, the identification header, the form of transport streams | RFC 6716 §3; RFC 7845 §5.1; RFC 8486; Encapsulation of Opus in ISOBMFF 0.8 |
//! | [`flac`] | STREAMINFO and the other metadata blocks, `dfLa`, frame headers | RFC 9639 §8, §9.1; Encapsulation of FLAC in ISOBMFF 1.0 |
//! | [`mpeg_audio`] | frames of layers I to III | ISO/IEC 11172-3 §2.4; ISO/IEC 13818-3 §2.4 |
//! | [`ac3`] | frames of AC-3 and E-AC-3, `dac3`, `dec3`, access units | ETSI TS 102 366 V1.4.1 §4, Annexes E, F; ETSI TS 103 420 |
//! | [`g711`] | tracks of A-law and µ-law | ITU-T G.711 |
//! | [`scte35`] | splice information sections | ANSI/SCTE 35 2023 §9, §10.3.3 |
//! | [`captions`] | which captions there are in pictures | ANSI/CTA-608-E, ANSI/CTA-708-E, ATSC A/53 Part 4 |
//! | [`id3`] | where ID3v2 tags begin and end | ID3v2.4.0 §3 |
//!
//! # From parameter sets to a description
//!
//! What an encoder gives beside its pictures is what a container and a manifest have to say of them.
//!
#![cfg_attr(feature = "avc", doc = "```")]
#![cfg_attr(not(feature = "avc"), doc = "```ignore")]
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
//!
//! And from the record that a container has, here `avcC` of MP4 or FLV, or the AudioSpecificConfig of AAC:
//!
#![cfg_attr(all(feature = "avc", feature = "aac"), doc = "```")]
#![cfg_attr(not(all(feature = "avc", feature = "aac")), doc = "```ignore")]
//! use bytes::Bytes;
//! use springhead_codec::{aac, avc};
//! use springhead_core::{Timescale, TrackId};
//!
//! let record = Bytes::from_static(
//!     b"\x01\x4d\x40\x1e\xff\xe1\0\x18\x67\x4d\x40\x1e\xec\xa0\x50\x17\xfc\xb8\x08\x80\0\0\x03\0\x80\0\0\x1e\x07\x8b\x16\xcb\
//!     \x01\0\x04\x68\xef\x8f\xc8",
//! );
//! let pictures = avc::track(TrackId(1), Timescale::MPEG, &avc::DecoderConfig::parse(&record)?)?;
//! let sound = aac::track(TrackId(2), &Bytes::from_static(b"\x11\x90"))?;
//! assert_eq!([&*pictures.codec_string, &*sound.codec_string], ["avc1.4d401e", "mp4a.40.2"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `avc`, `hevc`, `vvc`, `av1`, `vp8`, `vp9` | yes | the module of that name; `hevc` takes `avc` with it, whose messages and tables of Annex E are the same |
//! | `aac`, `opus`, `flac`, `mpeg-audio`, `ac3`, `g711` | yes | the module of that name |
//! | `scte35`, `id3` | yes | the module of that name |
//! | `captions` | yes | the module of that name, and `avc` |
//!
//! What codecs share is always there: [`bits`], [`crc`], [`nal`] and [`reorder`]. No feature adds a dependency.
//!
//! # Limits
//!
//! Counts and lengths that a bitstream states are held to those of its standard before anything is allocated, so that what
//! a parser holds is in proportion to the bytes it was given; an error says which field it was, and where. What one unit may
//! have of NAL units is the caller's to say, by [`Limits`](springhead_core::Limits).
//!
//! # What it does not do
//!
//! Decode, encode or transcode; read containers, which is for `springhead-mux`; keep the state of a stream over time, which
//! is for `springhead-intake`.

#[cfg(feature = "aac")]
pub mod aac;
#[cfg(feature = "ac3")]
pub mod ac3;
#[cfg(feature = "av1")]
pub mod av1;
#[cfg(feature = "avc")]
pub mod avc;
pub mod bits;
#[cfg(feature = "captions")]
pub mod captions;
pub mod crc;
#[cfg(feature = "flac")]
pub mod flac;
#[doc(hidden)]
pub mod fuzz;
#[cfg(feature = "g711")]
pub mod g711;
#[cfg(feature = "hevc")]
pub mod hevc;
#[cfg(feature = "id3")]
pub mod id3;
#[cfg(feature = "mpeg-audio")]
pub mod mpeg_audio;
pub mod nal;
#[cfg(feature = "opus")]
pub mod opus;
#[cfg(any(feature = "avc", feature = "hevc", feature = "vvc", feature = "av1", feature = "vp9"))]
mod ratio;
pub mod reorder;
#[cfg(any(feature = "aac", feature = "ac3", feature = "mpeg-audio"))]
mod resync;
#[cfg(feature = "scte35")]
pub mod scte35;
#[cfg(any(
    feature = "aac",
    feature = "opus",
    feature = "flac",
    feature = "mpeg-audio",
    feature = "ac3",
    feature = "g711"
))]
pub mod sound;
mod unit;
#[cfg(any(feature = "avc", feature = "hevc", feature = "vvc", feature = "av1", feature = "vp8", feature = "vp9"))]
pub mod video;
#[cfg(feature = "vp8")]
pub mod vp8;
#[cfg(feature = "vp9")]
pub mod vp9;
#[cfg(any(feature = "vp8", feature = "vp9"))]
pub mod vpx;
#[cfg(feature = "vvc")]
pub mod vvc;

pub use unit::{Sap, Unit};

#[cfg(test)]
mod fixtures;
