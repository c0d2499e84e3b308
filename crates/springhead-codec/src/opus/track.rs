use springhead_core::{AudioParams, Codec, MediaParams, Timescale, Track, TrackId};

use super::DecoderConfig;

/// The `codecs` parameter of RFC 6381. The sample entry is `Opus` with a capital letter; browsers take the small one only,
/// and players that know the other take both.
pub const CODEC_STRING: &str = "opus";

/// What a decoder gives in Hz, whatever the source had: the timescale of every track (RFC 7845 §4).
pub const SAMPLE_RATE: u32 = 48_000;

/// A track of the vocabulary. Its timescale is 48 kHz; `unit_ticks` is how long its first packet lasts.
///
/// ```
/// use springhead_codec::opus::{self, DecoderConfig, Packet};
/// use springhead_core::TrackId;
/// let first = Packet::parse(&[0xfc, 0x01, 0x02])?;
/// let track = opus::track(TrackId(2), &DecoderConfig::new(2, 312)?, first.duration());
/// assert_eq!(&track.config[..], b"\0\x02\x01\x38\0\0\xbb\x80\0\0\0");
/// assert_eq!((&*track.codec_string, track.timescale.hz()), ("opus", 48_000));
/// # Ok::<(), opus::OpusError>(())
/// ```
pub fn track(id: TrackId, config: &DecoderConfig, unit_ticks: u32) -> Track {
    let params = AudioParams { sample_rate: SAMPLE_RATE, channels: config.channels.into(), unit_ticks };
    Track {
        id,
        timescale: Timescale::new(SAMPLE_RATE).expect("48 kHz is not zero"),
        codec: Codec::Opus,
        config: config.to_bytes(),
        codec_string: CODEC_STRING.into(),
        params: MediaParams::Audio(params),
        language: None,
    }
}
