use std::fmt::Write;

use springhead_core::{Cicp, Codec, MediaParams, Timescale, Track, TrackId, VideoParams};

use super::metadata::Metadata;
use super::{Av1Error, DecoderConfig, SequenceHeader};

/// The `codecs` parameter of Binding §5, `av01.P.LLT.DD`: profile, level and tier of the first operating point, bit depth.
///
/// The long form `.M.CCC.cp.tc.mc.F` follows when any of its values is not the default: colour, 4:2:0 without a known
/// position of chroma, BT.709 of narrow range. Colour that is not stated is no reason for it, and in it is what the sequence
/// header means then: unspecified, 2 (AV1 §5.5.2).
///
/// ```
/// use springhead_codec::av1::{SequenceHeader, codec_string};
/// let plain = SequenceHeader::parse(b"\x0a\x0a\0\0\0\x02\xaf\xff\x9b\x5f\x20\x08")?;
/// assert_eq!(codec_string(&plain), "av01.0.00M.08");
/// let pq = SequenceHeader::parse(b"\x0a\x0d\0\0\0\x02\xaf\xff\x9b\x5f\x2a\x12\x20\x12\x08")?;
/// assert_eq!(codec_string(&pq), "av01.0.00M.10.0.110.09.16.09.0");
/// # Ok::<(), springhead_codec::av1::Av1Error>(())
/// ```
pub fn codec_string(sequence: &SequenceHeader) -> String {
    let color = &sequence.color;
    let mut text = format!(
        "av01.{}.{:02}{}.{:02}",
        sequence.profile,
        sequence.level_idx(),
        if sequence.high_tier() { 'H' } else { 'M' },
        color.bit_depth,
    );
    let Cicp { primaries, transfer, matrix, full_range } = color.cicp;
    let is_default_colour = !color.description_present || [primaries, transfer, matrix] == [1; 3];
    let subsampling = [
        u8::from(color.subsampling_x),
        u8::from(color.subsampling_y),
        if color.subsampling_x && color.subsampling_y { color.chroma_sample_position } else { 0 },
    ];
    if color.mono_chrome || full_range || !is_default_colour || subsampling != [1, 1, 0] {
        let [x, y, position] = subsampling;
        let (mono, range) = (u8::from(color.mono_chrome), u8::from(full_range));
        write!(text, ".{mono}.{x}{y}{position}.{primaries:02}.{transfer:02}.{matrix:02}.{range}")
            .expect("a string takes whatever is written");
    }
    text
}

/// A track of the vocabulary, from its sequence header and the metadata of high dynamic range. Its configuration is the
/// normalised record. Samples count as square: the shape is in the frames, not in the sequence header.
///
/// Fails when there is no sequence header, or when it cannot be read: the track cannot be announced. Metadata that cannot
/// be read are as if they were not there.
pub fn track(id: TrackId, timescale: Timescale, config: &DecoderConfig) -> Result<Track, Av1Error> {
    let sequence = config.sequence()?;
    let mut params = VideoParams {
        width: sequence.width,
        height: sequence.height,
        frame_rate: sequence.frame_rate(),
        cicp: sequence.color.stated(),
        ..VideoParams::default()
    };
    for obu in &config.metadata {
        match Metadata::from_obu(obu) {
            Ok(Metadata::ContentLight(light)) => params.content_light = Some(light),
            Ok(Metadata::MasteringDisplay(display)) => params.mastering_display = Some(display),
            _ => {}
        }
    }
    Ok(Track {
        id,
        timescale,
        codec: Codec::Av1,
        config: config.to_bytes(),
        codec_string: codec_string(&sequence).into(),
        params: MediaParams::Video(params),
        language: None,
    })
}

#[cfg(test)]
mod tests;
