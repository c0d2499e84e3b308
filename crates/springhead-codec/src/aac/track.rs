use bytes::Bytes;
use springhead_core::{AudioParams, Codec, MediaParams, Timescale, Track, TrackId};

use super::{AacError, AudioSpecificConfig};

/// The `codecs` parameter of RFC 6381 §3.3, `mp4a.40.N` with the audio object type: 29 where PS is signalled, 5 where SBR
/// is, the core's otherwise. Implicit SBR, of which the configuration says nothing, leaves the core's.
///
/// ```
/// use springhead_codec::aac::{AudioSpecificConfig, codec_string};
/// assert_eq!(codec_string(&AudioSpecificConfig::parse(&[0x12, 0x10])?), "mp4a.40.2");
/// assert_eq!(codec_string(&AudioSpecificConfig::parse(&[0xeb, 0x09, 0x88, 0x00])?), "mp4a.40.29");
/// # Ok::<(), springhead_codec::aac::AacError>(())
/// ```
pub fn codec_string(config: &AudioSpecificConfig) -> String {
    let object_type = match (config.ps, config.sbr) {
        (true, _) => 29,
        (false, Some(_)) => 5,
        (false, None) => config.object_type,
    };
    format!("mp4a.40.{object_type}")
}

/// A track of the vocabulary. Its timescale is the output sampling rate, so that every unit has a whole number of ticks;
/// its configuration is `config`, shared, byte for byte.
pub fn track(id: TrackId, config: &Bytes) -> Result<Track, AacError> {
    let asc = AudioSpecificConfig::parse(config)?;
    let rate = asc.output_rate();
    let params = AudioParams { sample_rate: rate, channels: asc.output_channels(), unit_ticks: asc.unit_ticks() };
    Ok(Track {
        id,
        timescale: Timescale::new(rate).expect("a sampling frequency is never zero"),
        codec: Codec::Aac,
        config: config.clone(),
        codec_string: codec_string(&asc).into(),
        params: MediaParams::Audio(params),
        language: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn a_track_counts_in_samples_as_decoded() {
        for (hex, rate, channels, unit_ticks) in
            [("12 10", 44_100, 2, 1024), ("eb 09 88 00", 48_000, 2, 2048), ("13 10", 24_000, 2, 1024)]
        {
            let config = Bytes::from(fixtures::bytes(hex));
            let track = track(TrackId(2), &config).unwrap();
            assert_eq!((track.timescale.hz(), track.codec), (rate, Codec::Aac));
            assert_eq!(track.audio(), Some(&AudioParams { sample_rate: rate, channels, unit_ticks }));
            assert_eq!(track.config.as_ptr(), config.as_ptr());
        }
    }
}
