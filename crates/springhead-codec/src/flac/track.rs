use springhead_core::{AudioParams, Codec, MediaParams, Timescale, Track, TrackId};

use super::DecoderConfig;

/// The `codecs` parameter as browsers take it. By RFC 6381 it is the name of the sample entry, `fLaC`, and Apple's tools
/// write that; but some browsers say that they support `fLaC` and then fail (Chromium's issue 1422728), for which reason
/// hls.js asks for `flac` first. Whoever writes a playlist for Apple's players alone writes `fLaC`.
pub const CODEC_STRING: &str = "flac";

/// A track of the vocabulary. Its timescale is the sampling rate, also where that is above the 65535 Hz that the sample
/// entry of a file can say; a unit lasts for the longest block. Its configuration is what [can be
/// carried](DecoderConfig::carried) of `config`.
///
/// ```
/// use springhead_codec::flac::{self, DecoderConfig, StreamInfo};
/// use springhead_core::TrackId;
/// let stream_info = StreamInfo {
///     min_block_size: 4096,
///     max_block_size: 4096,
///     min_frame_size: 0,
///     max_frame_size: 0,
///     sample_rate: 96_000,
///     channels: 2,
///     bits_per_sample: 24,
///     total_samples: 0,
///     md5: [0; 16],
/// };
/// let track = flac::track(TrackId(2), &DecoderConfig::new(stream_info));
/// assert_eq!((&*track.codec_string, track.timescale.hz()), ("flac", 96_000));
/// ```
///
/// # Panics
/// When the sampling rate is 0, which no configuration that was read has.
pub fn track(id: TrackId, config: &DecoderConfig) -> Track {
    let info = &config.stream_info;
    let params = AudioParams {
        sample_rate: info.sample_rate,
        channels: info.channels.into(),
        unit_ticks: info.max_block_size.into(),
    };
    Track {
        id,
        timescale: Timescale::new(info.sample_rate).expect("a sampling rate that was read is not zero"),
        codec: Codec::Flac,
        config: config.carried().to_bytes(),
        codec_string: CODEC_STRING.into(),
        params: MediaParams::Audio(params),
        language: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn a_rate_above_65535_hz_is_the_timescale() {
        let rates = fixtures::DFLA.map(|(hex, rate, ..)| {
            let config = DecoderConfig::parse(&fixtures::bytes(hex).into()).unwrap();
            let track = track(TrackId(1), &config);
            assert_eq!(track.config, fixtures::bytes(hex));
            (rate, track.timescale.hz(), track.audio().map(|audio| audio.sample_rate))
        });
        assert!(rates.iter().all(|&(rate, timescale, params)| timescale == rate && params == Some(rate)));
        assert!(rates.iter().any(|&(rate, ..)| rate == 192_000));
    }
}
