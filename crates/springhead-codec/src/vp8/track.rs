use springhead_core::{Codec, FrameRate, MediaParams, SampleAspect, Timescale, Track, TrackId, VideoParams};

use super::DecoderConfig;
use crate::vpx::{Record, VpxError};

/// The `codecs` parameter of a record that has its level: the short form of the binding, `vp08.PP.LL.DD`, because the family
/// writes ISO base media files, where RFC 6381 §3.3 wants the name of the sample entry first. `vp8` is what WebM and
/// WebCodecs have; Firefox reads both. The long form says nothing that could keep a player from VP8, whose format never
/// varies, and is left out.
///
/// ```
/// use springhead_codec::{vp8, vpx::Record};
/// assert_eq!(vp8::codec_string(&Record::parse(&[0, 31, 0x82, 2, 2, 5, 0, 0])?), "vp08.00.31.08");
/// # Ok::<(), springhead_codec::vpx::VpxError>(())
/// ```
pub fn codec_string(record: &Record) -> String {
    record.short_codec_string("vp08")
}

/// A track of the vocabulary. Its configuration is the record.
///
/// The bitstream states no rate: `frame_rate` is what the source knows of it, and counts for the level where no record gave
/// one. Width and height are those as coded; the scales give the shape of a sample.
///
/// Fails before a key frame gave the size: the track cannot be announced.
///
/// ```
/// use bytes::Bytes;
/// use springhead_codec::vp8::{DecoderConfig, track};
/// use springhead_core::{Timescale, TrackId};
/// let config = DecoderConfig::from_found(&[Bytes::from_static(b"\x10\x02\0\x9d\x01\x2a\x40\0\x40\0\x02")])?;
/// let track = track(TrackId(1), Timescale::MPEG, &config, None)?;
/// assert_eq!(&*track.codec_string, "vp08.00.10.08");
/// # Ok::<(), springhead_codec::vpx::VpxError>(())
/// ```
pub fn track(
    id: TrackId,
    timescale: Timescale,
    config: &DecoderConfig,
    frame_rate: Option<FrameRate>,
) -> Result<Track, VpxError> {
    let (width, height) = config.size.ok_or(VpxError::NoSize)?;
    let record = config.leveled(frame_rate);
    let params = VideoParams {
        width,
        height,
        aspect: config.aspect(),
        frame_rate,
        cicp: record.stated_colour(),
        ..VideoParams::default()
    };
    Ok(Track {
        id,
        timescale,
        codec: Codec::Vp8,
        config: record.to_bytes(),
        codec_string: codec_string(&record).into(),
        params: MediaParams::Video(params),
        language: None,
    })
}

impl DecoderConfig {
    /// The shape of a sample once both sides are stretched.
    fn aspect(&self) -> SampleAspect {
        let ((h_num, h_den), (v_num, v_den)) = (self.scale.0.ratio(), self.scale.1.ratio());
        let (h, v) = (h_num * v_den, h_den * v_num);
        if h == v { SampleAspect::SQUARE } else { SampleAspect { h, v } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn described(start: &'static [u8]) -> Track {
        let config = DecoderConfig::from_found(&[Bytes::from_static(start)]).unwrap();
        track(TrackId(2), Timescale::MILLIS, &config, Some(FrameRate { num: 30, den: 1 })).unwrap()
    }

    #[test]
    fn without_a_size_there_is_no_track() {
        let config = DecoderConfig::parse(&[0, 31, 0x82, 2, 2, 2, 0, 0]).unwrap();
        assert_eq!(track(TrackId(2), Timescale::MILLIS, &config, None), Err(VpxError::NoSize));
    }

    #[test]
    fn a_track_says_what_its_key_frame_says() {
        let track = described(b"\x10\x02\0\x9d\x01\x2a\0\x05\xd0\x02\x02");
        assert_eq!((track.codec, &*track.codec_string), (Codec::Vp8, "vp08.00.31.08"));
        assert_eq!(&track.config[..], [0, 31, 0x82, 2, 2, 5, 0, 0]);
        let video = track.video().unwrap();
        assert_eq!((video.width, video.height, video.aspect), (1280, 720, SampleAspect::SQUARE));
        let reserved = described(b"\x10\x02\0\x9d\x01\x2a\x40\0\x40\0\x82");
        assert_eq!((&*reserved.codec_string, reserved.video().unwrap().cicp), ("vp08.00.10.08", None));
    }

    #[test]
    fn the_scales_give_the_shape_of_a_sample() {
        let shape = |start| described(start).video().unwrap().aspect;
        assert_eq!(shape(b"\x10\x02\0\x9d\x01\x2a\x40\x40\x40\0\x02"), SampleAspect { h: 5, v: 4 });
        assert_eq!(shape(b"\x10\x02\0\x9d\x01\x2a\x40\x80\x40\xc0\x02"), SampleAspect { h: 5, v: 6 });
        assert_eq!(shape(b"\x10\x02\0\x9d\x01\x2a\x40\x80\x40\x80\x02"), SampleAspect::SQUARE);
    }
}
