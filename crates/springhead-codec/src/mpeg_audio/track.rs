use springhead_core::{AudioParams, Codec, MediaParams, Timescale, Track, TrackId};

use super::{FrameHeader, Layer, Version};

/// The `codecs` parameter of RFC 6381 §3.3.
///
/// Layer III is `mp4a.40.34`, its audio object type: the name that it has in playlists for Apple's players, and the one for
/// which hls.js has a way around browsers whose media source takes the layer in `audio/mpeg` only, as Chromium's does.
/// Layers I and II, for which no player has a name of its own, are the [object type
/// indication](object_type_indication): `mp4a.6B`, or `mp4a.69` at half the sampling frequencies.
pub fn codec_string(header: &FrameHeader) -> String {
    match header.layer {
        Layer::III => "mp4a.40.34".into(),
        Layer::I | Layer::II => format!("mp4a.{:02X}", object_type_indication(header)),
    }
}

/// `objectTypeIndication` of the elementary stream descriptor (ISO/IEC 14496-1 Table 5): 0x6b for ISO/IEC 11172-3, 0x69 for
/// ISO/IEC 13818-3 and what is below.
pub fn object_type_indication(header: &FrameHeader) -> u8 {
    if header.version == Version::Mpeg1 { 0x6b } else { 0x69 }
}

/// A track of the vocabulary. Its timescale is the sampling rate; its configuration is empty, as each frame describes
/// itself.
///
/// ```
/// use springhead_codec::mpeg_audio::{self, FrameHeader};
/// use springhead_core::TrackId;
/// let track = mpeg_audio::track(TrackId(2), &FrameHeader::parse(&[0xff, 0xfb, 0x54, 0x44])?);
/// assert_eq!((&*track.codec_string, track.timescale.hz()), ("mp4a.40.34", 48_000));
/// assert_eq!(track.audio().map(|audio| (audio.channels, audio.unit_ticks)), Some((2, 1152)));
/// # Ok::<(), mpeg_audio::MpegAudioError>(())
/// ```
///
/// # Panics
/// When the sampling rate is 0, which no header that was read has.
pub fn track(id: TrackId, header: &FrameHeader) -> Track {
    let sample_rate = header.sample_rate();
    let params = AudioParams { sample_rate, channels: header.channels(), unit_ticks: header.samples() };
    Track {
        id,
        timescale: Timescale::new(sample_rate).expect("a header that was read has a sampling rate"),
        codec: Codec::MpegAudio,
        config: bytes::Bytes::new(),
        codec_string: codec_string(header).into(),
        params: MediaParams::Audio(params),
        language: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_indications_are_those_of_layer_and_rate() {
        // What FFmpeg 5.1.9 and 9.0.2 write into `esds` for the same rates and layers.
        for (bytes, string, indication) in [
            ([0xff, 0xfb, 0x90, 0x00], "mp4a.40.34", 0x6b),
            ([0xff, 0xf3, 0x80, 0x00], "mp4a.40.34", 0x69),
            ([0xff, 0xe3, 0x18, 0xc0], "mp4a.40.34", 0x69),
            ([0xff, 0xfd, 0xc4, 0x00], "mp4a.6B", 0x6b),
            ([0xff, 0xf5, 0x44, 0xc0], "mp4a.69", 0x69),
        ] {
            let header = FrameHeader::parse(&bytes).unwrap();
            assert_eq!((codec_string(&header).as_str(), object_type_indication(&header)), (string, indication));
        }
    }
}
