use springhead_core::{Codec, FrameRate, MediaParams, SampleAspect, Timescale, Track, TrackId, VideoParams};

use super::DecoderConfig;
use crate::ratio::lowest_terms;
use crate::vpx::{Record, VpxError};

/// The `codecs` parameter of a record that has its level, as [`DecoderConfig::leveled`] gives it:
/// [`Record::codec_string`] of `vp09`.
///
/// ```
/// use springhead_codec::{vp9, vpx::Record};
/// let record = Record::parse(&[2, 10, 0xa3, 9, 16, 9, 0, 0])?;
/// assert_eq!(vp9::codec_string(&record), "vp09.02.10.10.01.09.16.09.01");
/// # Ok::<(), springhead_codec::vpx::VpxError>(())
/// ```
pub fn codec_string(record: &Record) -> String {
    record.codec_string("vp09")
}

/// A track of the vocabulary. Its configuration is the record, and its `codecs` parameter is that of the binding,
/// `vp09.PP.LL.DD[.CC.cp.tc.mc.FF]`.
///
/// The bitstream states no rate: `frame_rate` is what the source knows of it, and counts for the level where no record gave
/// one. Width and height are those as coded; the size to show gives the shape of a sample.
///
/// Fails before a key frame gave the size: the track cannot be announced.
///
/// ```
/// use bytes::Bytes;
/// use springhead_codec::vp9::{DecoderConfig, track};
/// use springhead_core::{FrameRate, Timescale, TrackId};
/// let key = Bytes::from_static(b"\x82\x49\x83\x42\0\x4f\xf0\x2c\xf6\x06\x38");
/// let config = DecoderConfig::from_found(&[key])?;
/// let track = track(TrackId(1), Timescale::MPEG, &config, Some(FrameRate { num: 60, den: 1 }))?;
/// assert_eq!(&*track.codec_string, "vp09.00.40.08");
/// # Ok::<(), springhead_codec::vpx::VpxError>(())
/// ```
pub fn track(
    id: TrackId,
    timescale: Timescale,
    config: &DecoderConfig,
    frame_rate: Option<FrameRate>,
) -> Result<Track, VpxError> {
    let (width, height) = config.size.ok_or(VpxError::NoSize)?;
    let (render_width, render_height) = config.render_size.unwrap_or((width, height));
    let record = config.leveled(frame_rate);
    let params = VideoParams {
        width,
        height,
        aspect: aspect((width, height), (render_width, render_height)),
        frame_rate,
        cicp: record.stated_colour(),
        ..VideoParams::default()
    };
    Ok(Track {
        id,
        timescale,
        codec: Codec::Vp9,
        config: record.to_bytes(),
        codec_string: codec_string(&record).into(),
        params: MediaParams::Video(params),
        language: None,
    })
}

/// The shape of a sample that makes pictures of one size show in the shape of another.
fn aspect(size: (u32, u32), render: (u32, u32)) -> SampleAspect {
    let h = u64::from(render.0) * u64::from(size.1);
    let v = u64::from(size.0) * u64::from(render.1);
    let (h, v) = lowest_terms(h, v);
    let side = |of: u64| u32::try_from(of).unwrap_or(u32::MAX);
    SampleAspect { h: side(h), v: side(v) }
}

#[cfg(test)]
mod tests;
