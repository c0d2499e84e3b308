//! CMAF: fragmented MP4 of one track, written and read, and other MP4 read.
//!
//! A CMAF track is an [`init_section`] (its CMAF header) followed by chunks; the chunks from one random access point to
//! the next make a fragment, and what a manifest lists as a segment or a part is a run of chunks. Concatenating the bytes
//! of the parts is the segment.
//!
//! ```
//! use bytes::Bytes;
//! use springhead_core::{Rope, TrackId};
//! use springhead_mux::fmp4::{self, ChunkHeader, Sample, Styp};
//!
//! let payload = Rope::from(Bytes::from_static(b"\0\0\0\x02\x65\x88"));
//! let header = ChunkHeader { track: TrackId(1), sequence_number: 7, base_decode_time: 90_000, styp: Some(Styp::Segment), prft: None };
//! let sample = Sample { duration: 3000, composition_offset: 0, sync: true, disposable: false, payload: &payload };
//! let chunk = fmp4::chunk(&header, &[sample])?;
//! assert_eq!(chunk.slices()[1].as_ptr(), payload.slices()[0].as_ptr());
//!
//! let read = fmp4::read::chunks(&chunk.to_bytes())?;
//! assert_eq!((read[0].sequence_number, read[0].base_decode_time), (7, 90_000));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | item | clause |
//! |---|---|
//! | [`init_section`], [`protected_init_section`] | ISO/IEC 14496-12 §8.2 to §8.8.3, 23000-19 §7.3.1, 23001-7 §8 |
//! | [`chunk()`], [`protected_chunk`] | ISO/IEC 14496-12 §8.8.4 to §8.8.12, §8.16.2, §8.16.5, 23000-19 §7.3.2, 23001-7 §7 |
//! | [`chunk_with_events`], [`Emsg`] | ISO/IEC 23009-1:2022 §5.10.3.3 |
//! | [`RandomAccessIndex`] | ISO/IEC 14496-12 §8.8.9 to §8.8.11 |
//! | [`read`] | the same, from anyone, and movies with sample tables (ISO/IEC 14496-12 §8.5 to §8.7) |
//!
//! | codec | sample entry | specification |
//! |---|---|---|
//! | AVC, HEVC, VVC | `avc1`, `hvc1`, `vvc1` | ISO/IEC 14496-15:2022 |
//! | AV1 | `av01` | AV1 Codec ISO Media File Format Binding |
//! | VP8, VP9 | `vp08`, `vp09` | VP Codec ISO Media File Format Binding |
//! | AAC, MPEG audio | `mp4a` | ISO/IEC 14496-14:2020, 14496-1 |
//! | Opus | `Opus` | Encapsulation of Opus in ISO Base Media File Format |
//! | FLAC | `fLaC` | Encapsulation of FLAC in ISO Base Media File Format |
//! | AC-3, Enhanced AC-3 | `ac-3`, `ec-3` | ETSI TS 102 366 Annex F |
//! | G.711 | `alaw`, `ulaw` | the registration authority of MP4, from QuickTime |
//!
//! Configurations are wrapped as they are; the crate `springhead-codec` understands them.
//!
//! Not here: encryption and decryption, edit lists on output beyond the offset edit of CMAF, `sidx` on output (a chunked
//! live segment does not know its end), sample groups, auxiliary information of encryption that is not in `senc`.

mod boxes;
mod chunk;
mod error;
mod flags;
mod init;
mod mfra;
mod protection;
pub mod read;
mod writer;

pub use boxes::elst::Edit;
pub use boxes::emsg::{Emsg, EventTime};
pub use boxes::ftyp::{Brands, Styp};
pub use boxes::prft::Prft;
pub use boxes::pssh::Pssh;
pub use chunk::{ChunkHeader, Sample, chunk, chunk_with_events, protected_chunk};
pub use error::MuxError;
pub use flags::SampleFlags;
pub use init::{init_section, protected_init_section};
pub use mfra::{RandomAccessIndex, RandomAccessPoint, TrackIndex};
pub use protection::{AuxiliarySizes, FragmentProtection, Pattern, Protection, SampleEncryption, SampleKey};
