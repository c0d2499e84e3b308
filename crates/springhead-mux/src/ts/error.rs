//! Why something cannot be written to, or read from, a transport stream.

use springhead_codec::aac::AacError;
use springhead_codec::nal::NalError;
use springhead_codec::video::VideoError;
use springhead_core::{Codec, TrackId};

/// Why a track or a unit cannot be written. Nothing has been written then; the caller leaves the track or the unit out and
/// goes on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// No carriage of the codec is known, or none on which readers agree.
    #[error("track {track}: {codec:?} is not carried in transport streams: {why}")]
    Codec {
        /// The track.
        track: TrackId,
        /// Its codec.
        codec: Codec,
        /// What stands against it.
        why: &'static str,
    },
    /// The decoder configuration is not one from which what a transport stream needs can be made.
    #[error("track {track}: {why}")]
    Config {
        /// The track.
        track: TrackId,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The AudioSpecificConfig does not fit an ADTS header.
    #[error("track {track}: {error}")]
    Aac {
        /// The track.
        track: TrackId,
        /// What does not fit.
        error: AacError,
    },
    /// The decoder configuration record of a track of pictures cannot be read.
    #[error("track {track}: {error}")]
    Video {
        /// The track.
        track: TrackId,
        /// Why.
        error: VideoError,
    },
    /// More tracks than one section describes, or than there are stream ids for.
    #[error("{tracks} tracks do not fit one program")]
    TooManyTracks {
        /// How many there are.
        tracks: usize,
    },
    /// A unit of a track that is not in the set.
    #[error("track {track} is not written")]
    UnknownTrack {
        /// The track.
        track: TrackId,
    },
    /// A unit of no bytes.
    #[error("track {track}: a unit of no bytes")]
    EmptyUnit {
        /// The track.
        track: TrackId,
    },
    /// A unit that its packet, frame header or section cannot count.
    #[error("track {track}: a unit of {bytes} bytes, where at most {most} can be told")]
    TooLarge {
        /// The track.
        track: TrackId,
        /// Bytes of the unit.
        bytes: usize,
        /// The most.
        most: usize,
    },
    /// The sample does not fall into NAL units.
    #[error("track {track}: {error}")]
    Nal {
        /// The track.
        track: TrackId,
        /// Where and why.
        error: NalError,
    },
    /// The unit is no section as SCTE 35 has them.
    #[error("track {track}: the unit is no splice information section")]
    NoSection {
        /// The track.
        track: TrackId,
    },
}

/// Why a structure of a transport stream cannot be read. A [`Reader`](super::Reader) counts it and goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SyntaxError {
    /// The structure ends within a field.
    #[error("{structure} ends within its {field}, at byte {offset}")]
    Truncated {
        /// The structure in the standard's words.
        structure: &'static str,
        /// The field in the standard's words.
        field: &'static str,
        /// Where the field begins, in bytes from the start of the structure.
        offset: usize,
    },
    /// A field has a value that the standard does not allow.
    #[error("{structure}, byte {offset}: {field} is {value}")]
    Value {
        /// The structure in the standard's words.
        structure: &'static str,
        /// The field in the standard's words.
        field: &'static str,
        /// Where the field begins.
        offset: usize,
        /// What it holds.
        value: u32,
    },
    /// The check of a section does not fit what it covers.
    #[error("the CRC_32 of a section of {bytes} bytes does not fit")]
    Crc {
        /// Bytes of the section.
        bytes: usize,
    },
}
