//! Containers, written and read: CMAF (fragmented MP4), FLV with the header forms of Enhanced RTMP, and MPEG transport
//! streams.
//!
//! Layer 2: depends on `springhead-core` and `springhead-codec`, and is pure: no socket, file, clock, randomness, task,
//! lock or global. A writer yields a [`Rope`](springhead_core::Rope) of its own header bytes followed by the payload
//! slices that it was given, so media is never copied; a transport stream, which cuts media into packets, is the exception. A reader takes hostile input: it never panics, never loops and
//! never allocates by a length that it has not checked against the bytes it holds.
//!
//! | module | container | specifications |
//! |---|---|---|
//! | `fmp4` | CMAF header, chunks and segments; movies, read | ISO/IEC 14496-12:2022, 14496-14:2020, 14496-15:2022, 23000-19:2020, 23001-7:2016 |
//! | `flv` | FLV files, and the audio and video messages of RTMP | Adobe FLV 10.1 Annex E, Enhanced RTMP v2 (Veovera) |
//! | `ts` | MPEG transport streams | ISO/IEC 13818-1:2023 |
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `fmp4` | yes | the module `fmp4` |
//! | `flv` | yes | the module `flv` |
//! | `ts` | yes | the module `ts` |

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
