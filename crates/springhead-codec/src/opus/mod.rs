//! Opus as it is carried: packets and how long they last, decoder configurations, and the form of transport streams.
//!
//! | item | what it is |
//! |---|---|
//! | [`Packet`] | what the table of contents byte of a packet says |
//! | [`DecoderConfig`] | the content of `dOps`, and the identification header of Ogg and of Enhanced RTMP |
//! | [`ts`] | the control header of transport streams, and their descriptor |
//! | [`track`], [`CODEC_STRING`] | what the vocabulary of the family knows of a track |

mod config;
mod error;
mod packet;
mod track;
pub mod ts;

pub use config::{ChannelMapping, DecoderConfig};
pub use error::OpusError;
pub use packet::{Bandwidth, MAX_PACKET_TICKS, Mode, Packet};
pub use track::{CODEC_STRING, SAMPLE_RATE, track};
