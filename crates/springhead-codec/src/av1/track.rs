use std::fmt::Write;

use springhead_core::{Cicp, Codec, MediaParams, Timescale, Track, TrackId, VideoParams};

use super::metadata::Metadata;
use super::{Av1Error, DecoderConfig, SequenceHeader, Summary};

/// What a colour is that no sequence header describes (AV1 §5.5.2).
const UNSPECIFIED: Cicp = Cicp { primaries: 2, transfer: 2, matrix: 2, full_range: false };

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
    string_of(&sequence.into(), sequence.color.cicp, sequence.color.description_present)
}

/// The string of what the record says, and of the colour, stated or not.
fn string_of(summary: &Summary, cicp: Cicp, is_stated: bool) -> String {
    let Summary { profile, level_idx, high_tier, bit_depth, .. } = *summary;
    let mut text = format!("av01.{profile}.{level_idx:02}{}.{bit_depth:02}", if high_tier { 'H' } else { 'M' });
    let Cicp { primaries, transfer, matrix, full_range } = cicp;
    let is_default_colour = !is_stated || [primaries, transfer, matrix] == [1; 3];
    let subsampling = [
        u8::from(summary.subsampling_x),
        u8::from(summary.subsampling_y),
        if summary.subsampling_x && summary.subsampling_y { summary.chroma_sample_position } else { 0 },
    ];
    if summary.mono_chrome || full_range || !is_default_colour || subsampling != [1, 1, 0] {
        let [x, y, position] = subsampling;
        let (mono, range) = (u8::from(summary.mono_chrome), u8::from(full_range));
        write!(text, ".{mono}.{x}{y}{position}.{primaries:02}.{transfer:02}.{matrix:02}.{range}")
            .expect("a string takes whatever is written");
    }
    text
}

/// A track of the vocabulary, from its sequence header and the metadata of high dynamic range. Its configuration is the
/// normalised record. Samples count as square: the shape is in the frames, not in the sequence header.
///
/// Of a record without one, it has the container's size and what the fixed bytes of the record say, which is all that a string
/// of a colour that is not stated needs.
///
/// Fails when there is neither sequence header nor size, or when the header cannot be read: the track cannot be announced.
/// Metadata that cannot be read are as if they were not there.
pub fn track(id: TrackId, timescale: Timescale, config: &DecoderConfig) -> Result<Track, Av1Error> {
    let (mut params, codec_string) = match (&config.sequence_header, config.size) {
        (None, Some((width, height))) => {
            let string = string_of(&config.summary, UNSPECIFIED, false);
            (VideoParams { width, height, ..VideoParams::default() }, string)
        }
        _ => {
            let sequence = config.sequence()?;
            let params = VideoParams {
                width: sequence.width,
                height: sequence.height,
                frame_rate: sequence.frame_rate(),
                cicp: sequence.color.stated(),
                ..VideoParams::default()
            };
            (params, codec_string(&sequence))
        }
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
        codec_string: codec_string.into(),
        params: MediaParams::Video(params),
        language: None,
    })
}

#[cfg(test)]
mod tests;
