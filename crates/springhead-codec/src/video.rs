//! Pictures of any codec, for whoever carries them all alike.
//!
//! Each codec's own room has a decoder configuration, and a function that makes one access unit a sample. This one asks the
//! right room.
//!
//! ```
//! # #[cfg(feature = "avc")]
//! # fn main() -> Result<(), springhead_codec::video::VideoError> {
//! use bytes::Bytes;
//! use springhead_codec::nal::Framing;
//! use springhead_codec::video::{self, VideoConfig};
//! use springhead_core::{Codec, Limits, Timescale, TrackId};
//!
//! // The first access unit of a source that sends its parameter sets with its pictures.
//! let first = Bytes::from_static(
//!     b"\0\0\0\x01\x67\x42\xc0\x0d\xda\x05\x07\xec\x04\x40\0\0\x03\0\x40\0\0\x0c\x83\xc5\x0a\xa8\0\0\0\x01\x68\xce\x0f\xc8\
//!       \0\0\0\x01\x65\x88\x84\0\x2b",
//! );
//! let unit = video::unit(Codec::Avc, &first, Framing::AnnexB, None, &Limits::default())?;
//! let config = VideoConfig::from_found(Codec::Avc, &unit.configuration)?;
//! let track = config.track(TrackId(1), Timescale::MPEG, None)?;
//! assert_eq!(&*track.codec_string, "avc1.42c00d");
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "avc"))]
//! # fn main() {}
//! ```

#![cfg_attr(
    not(all(feature = "avc", feature = "vp9")),
    allow(unused_variables, reason = "what of its arguments a function needs depends on the codecs that are on")
)]

use bytes::Bytes;
use springhead_core::{Codec, FrameRate, Limits, Timescale, Track, TrackId};

use crate::Unit;
use crate::nal::Framing;
#[cfg(any(feature = "avc", feature = "hevc", feature = "vvc"))]
use crate::nal::Role;

#[cfg(feature = "av1")]
use crate::av1;
#[cfg(feature = "avc")]
use crate::avc;
#[cfg(feature = "hevc")]
use crate::hevc;
#[cfg(feature = "vp8")]
use crate::vp8;
#[cfg(feature = "vp9")]
use crate::vp9;
#[cfg(any(feature = "vp8", feature = "vp9"))]
use crate::vpx;
#[cfg(feature = "vvc")]
use crate::vvc;

/// Why pictures, or their configuration, were refused. What that means is said where each codec's own error is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VideoError {
    /// There are no pictures of that codec, or its feature is off.
    #[error("pictures of {0:?} are not read here")]
    Unsupported(Codec),
    /// H.264.
    #[cfg(feature = "avc")]
    #[error(transparent)]
    Avc(#[from] avc::AvcError),
    /// H.265.
    #[cfg(feature = "hevc")]
    #[error(transparent)]
    Hevc(#[from] hevc::HevcError),
    /// H.266.
    #[cfg(feature = "vvc")]
    #[error(transparent)]
    Vvc(#[from] vvc::VvcError),
    /// AV1.
    #[cfg(feature = "av1")]
    #[error(transparent)]
    Av1(#[from] av1::Av1Error),
    /// VP8 or VP9.
    #[cfg(any(feature = "vp8", feature = "vp9"))]
    #[error(transparent)]
    Vpx(#[from] vpx::VpxError),
}

macro_rules! configurations {
    ($($(#[$doc:meta])* $codec:ident $module:ident $feature:literal),+ $(,)?) => {
        /// The decoder configuration of a track of pictures.
        #[derive(Clone, PartialEq, Eq, Debug)]
        #[non_exhaustive]
        pub enum VideoConfig {
            $($(#[$doc])* #[cfg(feature = $feature)] $codec($module::DecoderConfig),)+
        }

        impl VideoConfig {
            /// Reads a configuration as [`Track::config`] has it.
            ///
            /// # Errors
            /// Those of the codec's own configuration.
            pub fn parse(codec: Codec, record: &Bytes) -> Result<Self, VideoError> {
                match codec {
                    $(#[cfg(feature = $feature)] Codec::$codec => Ok(Self::$codec($module::DecoderConfig::parse(record)?)),)+
                    _ => Err(VideoError::Unsupported(codec)),
                }
            }

            /// A configuration of what was found in band: [`Unit::configuration`].
            ///
            /// # Errors
            /// Those of the codec's own configuration; first of all, that something is missing that has to be there.
            pub fn from_found(codec: Codec, found: &[Bytes]) -> Result<Self, VideoError> {
                match codec {
                    $(#[cfg(feature = $feature)] Codec::$codec => Ok(Self::$codec($module::DecoderConfig::from_found(found)?)),)+
                    _ => Err(VideoError::Unsupported(codec)),
                }
            }

            /// This configuration with what was found in band. Equal to `self` when that says nothing new.
            ///
            /// # Errors
            /// Those of the codec's own configuration: keep the one before.
            pub fn updated(&self, found: &[Bytes]) -> Result<Self, VideoError> {
                match self {
                    $(#[cfg(feature = $feature)] Self::$codec(config) => Ok(Self::$codec(config.updated(found)?)),)+
                }
            }

            /// The codec.
            pub fn codec(&self) -> Codec {
                match self {
                    $(#[cfg(feature = $feature)] Self::$codec(_) => Codec::$codec,)+
                }
            }
        }
    };
}

configurations! {
    /// H.264.
    Avc avc "avc",
    /// H.265.
    Hevc hevc "hevc",
    /// H.266.
    Vvc vvc "vvc",
    /// AV1.
    Av1 av1 "av1",
    /// VP8.
    Vp8 vp8 "vp8",
    /// VP9.
    Vp9 vp9 "vp9",
}

impl VideoConfig {
    /// A track of the vocabulary. `frame_rate` is what the source knows of it besides, and counts where the bitstream states
    /// none.
    ///
    /// # Errors
    /// Those of the codec's own `track`: the track cannot be announced yet, or at all.
    pub fn track(&self, id: TrackId, timescale: Timescale, frame_rate: Option<FrameRate>) -> Result<Track, VideoError> {
        let mut track = match self {
            #[cfg(feature = "avc")]
            Self::Avc(config) => avc::track(id, timescale, config)?,
            #[cfg(feature = "hevc")]
            Self::Hevc(config) => hevc::track(id, timescale, config)?,
            #[cfg(feature = "vvc")]
            Self::Vvc(config) => vvc::track(id, timescale, config)?,
            #[cfg(feature = "av1")]
            Self::Av1(config) => av1::track(id, timescale, config)?,
            #[cfg(feature = "vp8")]
            Self::Vp8(config) => vp8::track(id, timescale, config, frame_rate)?,
            #[cfg(feature = "vp9")]
            Self::Vp9(config) => vp9::track(id, timescale, config, frame_rate)?,
        };
        if let springhead_core::MediaParams::Video(params) = &mut track.params {
            params.frame_rate = params.frame_rate.or(frame_rate);
        }
        Ok(track)
    }

    /// Whether `other` says the same, however its sets look on the wire: a source that repeats its configuration changes
    /// nothing.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let includes = |a: &Self, b: &Self| a.updated(&b.sets()).is_ok_and(|updated| updated == *a);
        match self.sets().is_empty() || other.sets().is_empty() {
            true => self == other,
            false => self.codec() == other.codec() && includes(self, other) && includes(other, self),
        }
    }

    /// What of it is found in band: none of codecs whose record is made of the pictures themselves.
    pub fn sets(&self) -> Vec<Bytes> {
        match self {
            #[cfg(feature = "avc")]
            Self::Avc(config) => [&config.sps[..], &config.sps_ext, &config.pps].concat(),
            #[cfg(feature = "hevc")]
            Self::Hevc(config) => [&config.vps[..], &config.sps, &config.pps, &config.sei].concat(),
            #[cfg(feature = "vvc")]
            Self::Vvc(config) => [&config.vps[..], &config.sps, &config.pps].concat(),
            #[cfg(feature = "av1")]
            Self::Av1(config) => config.sequence_header.iter().chain(&config.metadata).cloned().collect(),
            #[cfg(feature = "vp8")]
            Self::Vp8(_) => Vec::new(),
            #[cfg(feature = "vp9")]
            Self::Vp9(_) => Vec::new(),
        }
    }
}

/// One access unit as the sample that it becomes. `framing` matters to NAL units only; `config` is the configuration in
/// force, as far as there is one: without it less can be told of what nothing refers to.
///
/// # Errors
/// Those of the codec's own `unit`: the access unit is damaged, and nothing of it was used.
pub fn unit(
    codec: Codec,
    payload: &Bytes,
    framing: Framing,
    config: Option<&VideoConfig>,
    limits: &Limits,
) -> Result<Unit, VideoError> {
    Ok(match (codec, config) {
        #[cfg(feature = "avc")]
        (Codec::Avc, _) => avc::unit(payload, framing, limits)?,
        #[cfg(feature = "hevc")]
        (Codec::Hevc, Some(VideoConfig::Hevc(config))) => {
            hevc::unit_of(payload, framing, config.highest_temporal_id()?, limits)?
        }
        #[cfg(feature = "hevc")]
        (Codec::Hevc, _) => hevc::unit(payload, framing, limits)?,
        #[cfg(feature = "vvc")]
        (Codec::Vvc, _) => vvc::unit(payload, framing, limits)?,
        #[cfg(feature = "av1")]
        (Codec::Av1, config) => {
            let sequence = match config {
                Some(VideoConfig::Av1(config)) => config.sequence().ok(),
                _ => None,
            };
            let options = av1::UnitOptions { sequence: sequence.as_ref(), ..av1::UnitOptions::default() };
            av1::unit_with(payload, options, limits)?
        }
        #[cfg(feature = "vp8")]
        (Codec::Vp8, _) => vp8::unit(payload, limits)?,
        #[cfg(feature = "vp9")]
        (Codec::Vp9, _) => vp9::unit(payload, limits)?,
        _ => return Err(VideoError::Unsupported(codec)),
    })
}

#[cfg(any(feature = "avc", feature = "hevc", feature = "vvc"))]
macro_rules! access_units {
    ($($(#[$doc:meta])* $codec:ident $module:ident $feature:literal),+ $(,)?) => {
        /// Tells where access units begin in the NAL units of a stream.
        #[derive(Clone, Debug)]
        #[non_exhaustive]
        pub enum AccessUnits {
            $($(#[$doc])* #[cfg(feature = $feature)] $codec($module::AccessUnits),)+
        }

        impl AccessUnits {
            /// Of a codec, if that has NAL units.
            pub fn new(codec: Codec) -> Option<Self> {
                match codec {
                    $(#[cfg(feature = $feature)] Codec::$codec => Some(Self::$codec(Default::default())),)+
                    _ => None,
                }
            }

            /// What the next NAL unit is, header included.
            pub fn push(&mut self, nal: &[u8]) -> Role {
                match self {
                    $(#[cfg(feature = $feature)] Self::$codec(units) => units.push(nal),)+
                }
            }

            /// Forgets what came, because something is missing; but not the parameter sets.
            pub fn reset(&mut self) {
                match self {
                    $(#[cfg(feature = $feature)] Self::$codec(units) => units.reset(),)+
                }
            }
        }
    };
}

#[cfg(any(feature = "avc", feature = "hevc", feature = "vvc"))]
access_units! {
    /// H.264.
    Avc avc "avc",
    /// H.265.
    Hevc hevc "hevc",
    /// H.266.
    Vvc vvc "vvc",
}
