//! Why something cannot be written as CMAF.

use springhead_core::{Codec, TrackId};

/// Why a track or a run of samples cannot be written. Nothing has been written then; the caller drops the samples or the
/// track and goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MuxError {
    /// A chunk holds at least one sample (ISO/IEC 23000-19 §7.3.3.2).
    #[error("track {track}: a chunk of no samples")]
    NoSamples {
        /// The track.
        track: TrackId,
    },
    /// A sample holds at least one byte.
    #[error("track {track}: sample {index} of the chunk is empty")]
    EmptySample {
        /// The track.
        track: TrackId,
        /// Which sample of the chunk, from zero.
        index: usize,
    },
    /// A size leaves the 32 bits that its field has.
    #[error("track {track}: {what} leaves its field")]
    TooLarge {
        /// The track.
        track: TrackId,
        /// What is too large.
        what: &'static str,
    },
    /// The decoder configuration is not one that the sample entry can carry.
    #[error("track {track}: {why}")]
    Config {
        /// The track.
        track: TrackId,
        /// What is wrong with it.
        why: &'static str,
    },
    /// What is said of the protection of a track or of its samples does not go together.
    #[error("track {track}: {why}")]
    Protection {
        /// The track.
        track: TrackId,
        /// What does not go together.
        why: &'static str,
    },
    /// No sample entry is known for the codec.
    #[error("track {track}: {codec:?} has no sample entry here")]
    Codec {
        /// The track.
        track: TrackId,
        /// Its codec.
        codec: Codec,
    },
}
