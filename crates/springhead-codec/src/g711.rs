//! G.711 as it is carried: a byte a sample and channel, without framing or configuration (ITU-T G.711).

use bytes::Bytes;
use springhead_core::{AudioParams, Codec, MediaParams, Timescale, Track, TrackId};

/// How the eight bits of a sample are meant.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Law {
    /// A-law, ITU-T G.711 Table 1.
    A,
    /// µ-law, Table 2.
    Mu,
}

impl Law {
    /// The codec of the vocabulary.
    pub fn codec(self) -> Codec {
        match self {
            Self::A => Codec::PcmA,
            Self::Mu => Codec::PcmU,
        }
    }

    /// The `codecs` parameter: the name of the sample entry, as RFC 6381 §3.3 wants it where no form is defined.
    pub fn codec_string(self) -> &'static str {
        match self {
            Self::A => "alaw",
            Self::Mu => "ulaw",
        }
    }

    /// The byte that is silence.
    pub fn silence(self) -> u8 {
        match self {
            Self::A => 0xd5,
            Self::Mu => 0xff,
        }
    }
}

/// What a source says of its sound, as nothing in it does.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Format {
    /// How a sample is coded.
    pub law: Law,
    /// Samples a second: 8000 of telephony.
    pub sample_rate: u32,
    /// Channels, whose samples alternate.
    pub channels: u16,
}

/// Why sound of G.711 was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum G711Error {
    /// No sampling rate or no channels: the track cannot be announced.
    #[error("G.711 of {sample_rate} Hz and {channels} channels")]
    Format {
        /// Samples a second.
        sample_rate: u32,
        /// Channels.
        channels: u16,
    },
    /// Bytes that are no whole number of samples of every channel, or none, or more than a unit can have: drop the unit.
    #[error("{bytes} bytes are no samples of {channels} channels")]
    Length {
        /// Bytes of the unit.
        bytes: usize,
        /// Channels.
        channels: u16,
    },
}

impl Format {
    /// How long a unit of so many bytes lasts, in ticks of the sampling rate.
    ///
    /// ```
    /// use springhead_codec::g711::{Format, Law};
    /// let telephone = Format { law: Law::A, sample_rate: 8000, channels: 1 };
    /// assert_eq!(telephone.duration(160)?, 160);
    /// # Ok::<(), springhead_codec::g711::G711Error>(())
    /// ```
    pub fn duration(&self, bytes: usize) -> Result<u32, G711Error> {
        let channels = usize::from(self.channels);
        let whole = channels > 0 && bytes > 0 && bytes.is_multiple_of(channels);
        whole
            .then(|| u32::try_from(bytes / channels).ok())
            .flatten()
            .ok_or(G711Error::Length { bytes, channels: self.channels })
    }
}

/// A track of the vocabulary. Its timescale is the sampling rate; its configuration is empty; `unit_ticks` is how long its
/// first unit lasts.
///
/// ```
/// use springhead_codec::g711::{self, Format, Law};
/// use springhead_core::TrackId;
/// let telephone = Format { law: Law::Mu, sample_rate: 8000, channels: 1 };
/// let track = g711::track(TrackId(2), telephone, telephone.duration(160)?)?;
/// assert_eq!((&*track.codec_string, track.timescale.hz(), track.config.len()), ("ulaw", 8000, 0));
/// # Ok::<(), g711::G711Error>(())
/// ```
pub fn track(id: TrackId, format: Format, unit_ticks: u32) -> Result<Track, G711Error> {
    let Format { law, sample_rate, channels } = format;
    let refused = G711Error::Format { sample_rate, channels };
    if channels == 0 {
        return Err(refused);
    }
    Ok(Track {
        id,
        timescale: Timescale::new(sample_rate).ok_or(refused)?,
        codec: law.codec(),
        config: Bytes::new(),
        codec_string: law.codec_string().into(),
        params: MediaParams::Audio(AudioParams { sample_rate, channels, unit_ticks }),
        language: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEREO: Format = Format { law: Law::A, sample_rate: 11_025, channels: 2 };

    #[test]
    fn sound_without_a_rate_or_channels_is_refused() {
        for format in [Format { sample_rate: 0, ..STEREO }, Format { channels: 0, ..STEREO }] {
            let Format { sample_rate, channels, .. } = format;
            assert_eq!(track(TrackId(0), format, 1), Err(G711Error::Format { sample_rate, channels }));
        }
    }

    #[test]
    fn bytes_that_are_no_whole_samples_have_no_duration() {
        assert_eq!(STEREO.duration(0), Err(G711Error::Length { bytes: 0, channels: 2 }));
        assert_eq!(STEREO.duration(7), Err(G711Error::Length { bytes: 7, channels: 2 }));
        assert_eq!(Format { channels: 0, ..STEREO }.duration(2), Err(G711Error::Length { bytes: 2, channels: 0 }));
        assert_eq!(STEREO.duration(8), Ok(4));
    }

    #[test]
    fn a_track_has_the_name_of_its_sample_entry() {
        let tracks = [Law::A, Law::Mu].map(|law| track(TrackId(3), Format { law, ..STEREO }, 220).unwrap());
        let found = tracks.each_ref().map(|track| (track.codec, &*track.codec_string, track.timescale.hz()));
        assert_eq!(found, [(Codec::PcmA, "alaw", 11_025), (Codec::PcmU, "ulaw", 11_025)]);
        let params = AudioParams { sample_rate: 11_025, channels: 2, unit_ticks: 220 };
        assert!(tracks.iter().all(|track| track.audio() == Some(&params) && track.config.is_empty()));
    }
}
