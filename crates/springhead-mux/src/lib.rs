//! Containers, written and read: CMAF (fragmented MP4), FLV with the header forms of Enhanced RTMP, and MPEG transport
//! streams.
//!
//! For whoever has an encoder and wants something to serve, or has a file or a stream and wants what is in it.
//!
//! Layer 2: depends on `springhead-core` and `springhead-codec`, and is pure: no socket, file, clock, randomness, task,
//! lock or global.
//!
//! # MP4 from an encoder of one's own
//!
#![cfg_attr(feature = "fmp4", doc = "```")]
#![cfg_attr(not(feature = "fmp4"), doc = "```ignore")]
//! use bytes::Bytes;
//! use springhead_core::{Rope, Ticks, Timescale, TrackId};
//! use springhead_codec::avc::{self, DecoderConfig};
//! use springhead_mux::fmp4::{self, ChunkHeader, Sample, Styp};
//!
//! // What the encoder says of its pictures, and one of them, with lengths of four bytes in place of start codes.
//! let sps = Bytes::from_static(b"\x67\x4d\x40\x1e\xec\xa0\x50\x17\xfc\xb8\x08\x80\0\0\x03\0\x80\0\0\x1e\x07\x8b\x16\xcb");
//! let config = DecoderConfig::from_parameter_sets([sps], [Bytes::from_static(b"\x68\xef\x8f\xc8")])?;
//! let track = avc::track(TrackId(1), Timescale::MPEG, &config)?;
//! let picture = Rope::from(Bytes::from_static(b"\0\0\0\x02\x65\x88"));
//!
//! let init = fmp4::init_section(&track, Ticks::ZERO)?;
//! let header = ChunkHeader { track: track.id, sequence_number: 1, base_decode_time: 0, styp: Some(Styp::Segment), prft: None };
//! let sample = Sample { duration: 3000, composition_offset: 0, sync: true, disposable: false, payload: &picture };
//! let segment = fmp4::chunk(&header, &[sample])?;
//!
//! let init = fmp4::read::InitSection::parse(&init)?;
//! let read = init.chunks(&segment.to_bytes())?;
//! assert_eq!((read[0].track, read[0].duration()), (TrackId(1), 3000));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What a transport stream holds
//!
#![cfg_attr(feature = "ts", doc = "```")]
#![cfg_attr(not(feature = "ts"), doc = "```ignore")]
//! use bytes::Bytes;
//! use springhead_codec::aac;
//! use springhead_core::{AccessUnit, MonoTime, TickDelta, Ticks, Timestamp, TrackId, UnitFlags};
//! use springhead_mux::ts::{self, Event, Reader, ReaderOptions, WriterOptions};
//!
//! let track = aac::track(TrackId(1), &Bytes::from_static(&[0x11, 0x90]))?;
//! let frame = |n: i64| AccessUnit {
//!     track: TrackId(1),
//!     dts: Timestamp(1024 * n),
//!     composition_offset: TickDelta(0),
//!     duration: Ticks(1024),
//!     flags: UnitFlags::RANDOM_ACCESS,
//!     arrival: MonoTime(0),
//!     payload: Bytes::from_static(&[0x21; 300]).into(),
//! };
//! let segment = ts::segment(&[track.into()], &[frame(0), frame(1)], &WriterOptions::default())?;
//!
//! let mut reader = Reader::new(ReaderOptions::default());
//! reader.handle_bytes(&segment);
//! reader.finish();
//! let events = std::iter::from_fn(|| reader.poll_event());
//! let times: Vec<_> = events.filter_map(|event| if let Event::Unit(unit) = event { unit.pts } else { None }).collect();
//! assert_eq!(times[1] - times[0], 1920, "1024 samples of 48 kHz, in ticks of 90 kHz");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | module | container | specifications |
//! |---|---|---|
//! | `fmp4` | CMAF header, chunks and segments; movies, read | ISO/IEC 14496-12:2022, 14496-14:2020, 14496-15:2022, 23000-19:2020, 23001-7:2016 |
//! | `flv` | FLV files, and the audio and video messages of RTMP | Adobe FLV 10.1 Annex E, Enhanced RTMP v2 (Veovera) |
//! | `ts` | MPEG transport streams | ISO/IEC 13818-1:2023 |
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `fmp4` | yes | the module `fmp4` |
//! | `flv` | yes | the module `flv` |
//! | `ts` | yes | the module `ts` |
//!
//! No feature adds a dependency: each builds with `bytes`, `bitflags`, `memchr`, `thiserror` and the two crates below.
//!
//! # Limits
//!
//! A writer of MP4 or FLV yields a [`Rope`](springhead_core::Rope) of its own header bytes followed by the payload slices
//! that it was given, so media is never copied; a transport stream, which cuts media into packets, is the exception. A reader
//! takes hostile input: it never panics, never loops and never allocates by a length that it has not checked against the
//! bytes it holds. A reader of a stream is held to [`Limits`](springhead_core::Limits).
//!
//! # What it does not do
//!
//! Decode or transcode; encrypt or decrypt, though what MP4 says of encryption is read and written; fetch, serve or store;
//! interleave tracks in one MP4, as CMAF has one in each. The pages of the modules say what is left out of each container.

mod fourcc;
pub use fourcc::FourCc;

#[cfg(feature = "flv")]
pub mod flv;
#[cfg(feature = "fmp4")]
pub mod fmp4;
#[cfg(any(feature = "fmp4", feature = "ts"))]
mod language;
#[cfg(feature = "ts")]
pub mod ts;

#[doc(hidden)]
pub mod fuzz;
