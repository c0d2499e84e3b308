use bytes::Bytes;
use springhead_core::{AudioParams, Codec, MediaParams, Timescale, Track, TrackId};

use super::channels::of_mode;
use super::{Ac3Config, Ac3Error, Eac3Config, SyncUnit};

/// Samples of an access unit: six blocks of 256.
pub const UNIT_TICKS: u32 = 1536;

/// The decoder configuration of either codec.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Config {
    /// AC-3, with what `dac3` holds.
    Ac3(Ac3Config),
    /// Enhanced AC-3, with what `dec3` holds.
    Eac3(Eac3Config),
}

impl Config {
    /// What the frames of an access unit say: AC-3 where it is one frame of that, Enhanced AC-3 otherwise.
    pub fn from_unit(unit: &SyncUnit) -> Result<Self, Ac3Error> {
        match &unit.headers[..] {
            [only] if only.bit_rate_code.is_some() => {
                Ac3Config::from_frame(only).map(Self::Ac3).ok_or(Ac3Error::Bsid(only.bsid))
            }
            _ => Eac3Config::from_unit(unit).map(Self::Eac3),
        }
    }

    /// Which of the two it is.
    pub fn codec(&self) -> Codec {
        match self {
            Self::Ac3(_) => Codec::Ac3,
            Self::Eac3(_) => Codec::Eac3,
        }
    }

    /// The `codecs` parameter of RFC 6381: the name of the sample entry.
    pub fn codec_string(&self) -> &'static str {
        match self {
            Self::Ac3(_) => "ac-3",
            Self::Eac3(_) => "ec-3",
        }
    }

    /// The content of `dac3` or `dec3`.
    pub fn to_bytes(&self) -> Bytes {
        match self {
            Self::Ac3(config) => config.to_bytes(),
            Self::Eac3(config) => config.to_bytes(),
        }
    }

    /// Samples a second.
    pub fn sample_rate(&self) -> u32 {
        match self {
            Self::Ac3(config) => config.sample_rate(),
            Self::Eac3(config) => config.sample_rate,
        }
    }

    /// Channels of the main program, without counting objects.
    pub fn channels(&self) -> u16 {
        match self {
            Self::Ac3(config) => of_mode(config.acmod, config.lfe),
            Self::Eac3(config) => config.channels(),
        }
    }

    /// The CHANNELS attribute of an HLS rendition (draft-pantos-hls-rfc8216bis §4.4.6.1): the channels or, of Dolby Atmos,
    /// the objects of joint object coding and its name.
    ///
    /// ```
    /// use springhead_codec::ac3::{Config, Eac3Config};
    /// let atmos = Eac3Config::parse(&[0x0e, 0x00, 0x20, 0x0f, 0x00, 0x01, 0x10])?;
    /// assert_eq!(Config::Eac3(atmos).hls_channels(), "16/JOC");
    /// # Ok::<(), springhead_codec::ac3::Ac3Error>(())
    /// ```
    pub fn hls_channels(&self) -> String {
        match self {
            Self::Eac3(Eac3Config { joc_complexity: Some(complexity), .. }) => format!("{complexity}/JOC"),
            _ => self.channels().to_string(),
        }
    }
}

/// A track of the vocabulary. Its timescale is the sampling rate, and every unit has [`UNIT_TICKS`].
///
/// ```
/// use springhead_codec::ac3::{self, Ac3Config, Config};
/// use springhead_core::TrackId;
/// let track = ac3::track(TrackId(2), &Config::Ac3(Ac3Config::parse(&[0x10, 0x3d, 0xe0])?));
/// assert_eq!((&*track.codec_string, track.timescale.hz()), ("ac-3", 48_000));
/// assert_eq!(track.audio().map(|audio| (audio.channels, audio.unit_ticks)), Some((6, 1536)));
/// # Ok::<(), ac3::Ac3Error>(())
/// ```
///
/// # Panics
/// When the sampling rate is 0, which no configuration that was read has.
pub fn track(id: TrackId, config: &Config) -> Track {
    let sample_rate = config.sample_rate();
    let params = AudioParams { sample_rate, channels: config.channels(), unit_ticks: UNIT_TICKS };
    Track {
        id,
        timescale: Timescale::new(sample_rate).expect("a configuration that was read has a sampling rate"),
        codec: config.codec(),
        config: config.to_bytes(),
        codec_string: config.codec_string().into(),
        params: MediaParams::Audio(params),
        language: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ac3::synthetic::Eac3;
    use crate::ac3::{Assembler, split};
    use crate::fixtures;

    fn config(stream: &[u8]) -> Config {
        let mut assembler = Assembler::default();
        let stream = Bytes::copy_from_slice(stream);
        let frame = |frame: Result<_, Ac3Error>| assembler.push(frame.unwrap()).unwrap();
        let units: Vec<_> = split(&stream).filter_map(frame).collect();
        Config::from_unit(&units.into_iter().next().or_else(|| assembler.flush()).unwrap()).unwrap()
    }

    #[test]
    fn a_stream_is_announced_by_what_its_frames_are() {
        for (stream, codec, string, channels) in [
            (fixtures::AC3.to_vec(), Codec::Ac3, "ac-3", "2"),
            (fixtures::EAC3.to_vec(), Codec::Eac3, "ec-3", "2"),
            (Eac3::ATMOS.to_bytes(), Codec::Eac3, "ec-3", "16/JOC"),
        ] {
            let config = config(&stream);
            let track = track(TrackId(1), &config);
            assert_eq!((track.codec, &*track.codec_string, &*config.hls_channels()), (codec, string, channels));
            assert_eq!((track.timescale.hz(), track.config), (48_000, config.to_bytes()));
        }
    }

    #[test]
    fn ac3_with_a_dependent_substream_is_enhanced() {
        let frame = &fixtures::AC3[..384];
        let rear = Eac3 { strmtyp: 1, acmod: 2, chanmap: Some(0x0200), ..Eac3::MONO };
        let config = config(&[frame, &rear.to_bytes()].concat());
        assert_eq!((config.codec(), config.hls_channels().as_str()), (Codec::Eac3, "4"));
    }
}
