//! Sound of any codec, for whoever carries it all alike.
//!
//! ```
//! # #[cfg(feature = "opus")]
//! # fn main() -> Result<(), springhead_codec::sound::SoundError> {
//! use springhead_codec::opus;
//! use springhead_codec::sound::SoundConfig;
//! use springhead_core::TrackId;
//!
//! let track = opus::track(TrackId(2), &opus::DecoderConfig::new(2, 312)?, 960);
//! // Two frames of ten milliseconds.
//! assert_eq!(SoundConfig::of(&track)?.duration(&[0xf1, 0x01, 0x02])?, 960);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "opus"))]
//! # fn main() {}
//! ```

#![cfg_attr(
    not(all(feature = "mpeg-audio", feature = "opus")),
    allow(unused_variables, reason = "what of its arguments a function needs depends on the codecs that are on")
)]

use bytes::Bytes;
use springhead_core::{Codec, Track, TrackId};

#[cfg(feature = "aac")]
use crate::aac;
#[cfg(feature = "ac3")]
use crate::ac3;
#[cfg(feature = "flac")]
use crate::flac;
#[cfg(feature = "g711")]
use crate::g711;
#[cfg(feature = "mpeg-audio")]
use crate::mpeg_audio;
#[cfg(feature = "opus")]
use crate::opus;

/// Why sound, or its configuration, was refused. What that means is said where each codec's own error is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SoundError {
    /// There is no sound of that codec, its feature is off, or its units do not describe themselves.
    #[error("sound of {0:?} is not read here")]
    Unsupported(Codec),
    /// AAC.
    #[cfg(feature = "aac")]
    #[error(transparent)]
    Aac(#[from] aac::AacError),
    /// Opus.
    #[cfg(feature = "opus")]
    #[error(transparent)]
    Opus(#[from] opus::OpusError),
    /// FLAC.
    #[cfg(feature = "flac")]
    #[error(transparent)]
    Flac(#[from] flac::FlacError),
    /// MPEG audio.
    #[cfg(feature = "mpeg-audio")]
    #[error(transparent)]
    MpegAudio(#[from] mpeg_audio::MpegAudioError),
    /// AC-3 or Enhanced AC-3.
    #[cfg(feature = "ac3")]
    #[error(transparent)]
    Ac3(#[from] ac3::Ac3Error),
    /// G.711.
    #[cfg(feature = "g711")]
    #[error(transparent)]
    G711(#[from] g711::G711Error),
}

/// What has to be known of a track of sound to tell how long its units last.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum SoundConfig {
    /// AAC: all units last equally long.
    #[cfg(feature = "aac")]
    Aac(aac::AudioSpecificConfig),
    /// Opus.
    #[cfg(feature = "opus")]
    Opus(opus::DecoderConfig),
    /// FLAC: the header of each frame says it.
    #[cfg(feature = "flac")]
    Flac,
    /// MPEG audio: the header of each frame says it.
    #[cfg(feature = "mpeg-audio")]
    MpegAudio,
    /// AC-3 and Enhanced AC-3: six blocks.
    #[cfg(feature = "ac3")]
    Ac3,
    /// G.711: each byte is a sample.
    #[cfg(feature = "g711")]
    G711(g711::Format),
}

impl SoundConfig {
    /// That of a track.
    ///
    /// # Errors
    /// Those of the codec's own configuration, and [`SoundError::Unsupported`].
    pub fn of(track: &Track) -> Result<Self, SoundError> {
        Ok(match track.codec {
            #[cfg(feature = "aac")]
            Codec::Aac => Self::Aac(aac::AudioSpecificConfig::parse(&track.config)?),
            #[cfg(feature = "opus")]
            Codec::Opus => Self::Opus(opus::DecoderConfig::parse(&track.config)?),
            #[cfg(feature = "flac")]
            Codec::Flac => flac::DecoderConfig::parse(&track.config).map(|_| Self::Flac)?,
            #[cfg(feature = "mpeg-audio")]
            Codec::MpegAudio => Self::MpegAudio,
            #[cfg(feature = "ac3")]
            Codec::Ac3 => ac3::Ac3Config::parse(&track.config).map(|_| Self::Ac3)?,
            #[cfg(feature = "ac3")]
            Codec::Eac3 => ac3::Eac3Config::parse(&track.config).map(|_| Self::Ac3)?,
            #[cfg(feature = "g711")]
            Codec::PcmA | Codec::PcmU => {
                let law = if track.codec == Codec::PcmA { g711::Law::A } else { g711::Law::Mu };
                let (sample_rate, channels) = track.audio().map_or((0, 0), |audio| (audio.sample_rate, audio.channels));
                Self::G711(g711::Format { law, sample_rate, channels })
            }
            other => return Err(SoundError::Unsupported(other)),
        })
    }

    /// How long a unit lasts, in ticks of the track's timescale, which is the sampling rate.
    ///
    /// # Errors
    /// Those of the codec's own units: this one is damaged, and is dropped.
    pub fn duration(&self, unit: &[u8]) -> Result<u32, SoundError> {
        Ok(match self {
            #[cfg(feature = "aac")]
            Self::Aac(config) => config.unit_ticks(),
            #[cfg(feature = "opus")]
            Self::Opus(config) => config.packet_duration(unit)?,
            #[cfg(feature = "flac")]
            Self::Flac => flac::FrameHeader::parse(unit)?.block_size,
            #[cfg(feature = "mpeg-audio")]
            Self::MpegAudio => mpeg_audio::FrameHeader::parse(unit)?.samples(),
            #[cfg(feature = "ac3")]
            Self::Ac3 => ac3::FrameHeader::parse(unit).map(|_| ac3::UNIT_TICKS)?,
            #[cfg(feature = "g711")]
            Self::G711(format) => format.duration(unit.len())?,
        })
    }
}

/// A track of a codec whose units describe themselves, from one of them: MPEG audio, AC-3 and Enhanced AC-3.
///
/// # Errors
/// Those of the codec's own units, and [`SoundError::Unsupported`] for a codec that has to be described.
pub fn track_of_unit(id: TrackId, codec: Codec, unit: &Bytes) -> Result<Track, SoundError> {
    match codec {
        #[cfg(feature = "mpeg-audio")]
        Codec::MpegAudio => Ok(mpeg_audio::track(id, &mpeg_audio::FrameHeader::parse(unit)?)),
        #[cfg(feature = "ac3")]
        Codec::Ac3 | Codec::Eac3 => {
            let mut assembler = ac3::Assembler::default();
            let mut whole = None;
            for frame in ac3::split(unit) {
                whole = whole.or(assembler.push(frame?)?);
            }
            let whole = whole.or_else(|| assembler.flush()).ok_or(SoundError::Unsupported(codec))?;
            let config = ac3::Config::from_unit(&whole)?;
            if config.codec() != codec {
                return Err(SoundError::Unsupported(codec));
            }
            Ok(ac3::track(id, &config))
        }
        _ => Err(SoundError::Unsupported(codec)),
    }
}

#[cfg(all(test, feature = "opus", feature = "flac", feature = "mpeg-audio", feature = "ac3", feature = "g711"))]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn units_of_codecs_that_have_to_be_described_make_no_track() {
        let unit = Bytes::from_static(&[0x21, 0x10]);
        for codec in [Codec::Aac, Codec::Opus, Codec::Flac, Codec::PcmA, Codec::Avc] {
            assert_eq!(track_of_unit(TrackId(1), codec, &unit), Err(SoundError::Unsupported(codec)));
        }
        assert!(track_of_unit(TrackId(1), Codec::Ac3, &Bytes::from_static(fixtures::EAC3)).is_err());
    }

    #[test]
    fn units_that_describe_themselves_make_a_track_and_say_how_long_they_last() {
        for (codec, stream, ticks, string) in [
            (Codec::Ac3, fixtures::AC3, 1536, "ac-3"),
            (Codec::Eac3, fixtures::EAC3, 1536, "ec-3"),
            (Codec::MpegAudio, fixtures::MP3, 1152, "mp4a.40.34"),
        ] {
            let track = track_of_unit(TrackId(1), codec, &Bytes::from_static(stream)).unwrap();
            assert_eq!((track.codec, &*track.codec_string), (codec, string));
            assert_eq!(SoundConfig::of(&track).unwrap().duration(stream).unwrap(), ticks);
        }
    }

    #[test]
    fn bytes_of_g711_are_samples() {
        let format = g711::Format { law: g711::Law::Mu, sample_rate: 8000, channels: 2 };
        let track = g711::track(TrackId(1), format, 160).unwrap();
        let config = SoundConfig::of(&track).unwrap();
        assert_eq!(config.duration(&[0xff; 320]), Ok(160));
        assert!(config.duration(&[0xff; 321]).is_err());
    }
}
