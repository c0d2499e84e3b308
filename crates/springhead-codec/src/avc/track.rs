use std::fmt::Write;

use springhead_core::{Codec, MediaParams, Timescale, Track, TrackId, VideoParams};

use super::{AvcError, DecoderConfig, Sps};

/// The `codecs` parameter of RFC 6381 §3.3, `avc1.PPCCLL`: the three bytes behind the header of a sequence parameter set
/// in hexadecimal, as they are, constraint flags included. Bytes that are not there read as zero.
///
/// ```
/// assert_eq!(springhead_codec::avc::codec_string(&[0x67, 0x64, 0x00, 0x28, 0xac]), "avc1.640028");
/// ```
pub fn codec_string(sps_nal: &[u8]) -> String {
    let mut text = String::from("avc1.");
    for at in 1..4 {
        let byte = sps_nal.get(at).copied().unwrap_or(0);
        write!(text, "{byte:02x}").expect("a string takes whatever is written");
    }
    text
}

/// A track of the vocabulary, from its first sequence parameter set. Its configuration is the normalised record.
///
/// Fails when there is no sequence parameter set, or when it cannot be read: the track cannot be announced.
pub fn track(id: TrackId, timescale: Timescale, config: &DecoderConfig) -> Result<Track, AvcError> {
    let nal = config.sps.first().ok_or(AvcError::NoParameterSet("sequence parameter set"))?;
    let sps = Sps::parse(nal)?;
    let params = VideoParams {
        width: sps.width(),
        height: sps.height(),
        aspect: sps.aspect(),
        frame_rate: sps.frame_rate(),
        cicp: sps.cicp(),
        ..VideoParams::default()
    };
    Ok(Track {
        id,
        timescale,
        codec: Codec::Avc,
        config: config.to_bytes(),
        codec_string: codec_string(nal).into(),
        params: MediaParams::Video(params),
        language: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{self, PARAMETER_SETS};

    #[test]
    fn a_track_says_what_its_parameter_sets_say() {
        for sets in PARAMETER_SETS {
            let (sps, pps) = (fixtures::bytes(sets.sps).into(), fixtures::bytes(sets.pps).into());
            let mut config = DecoderConfig::from_parameter_sets([sps], [pps]).unwrap();
            config.length_size = 1;
            let track = track(TrackId(3), Timescale::MILLIS, &config).unwrap();
            assert_eq!(&*track.codec_string, sets.codec_string, "{}", sets.made_with);
            assert_eq!((track.id, track.timescale, track.codec), (TrackId(3), Timescale::MILLIS, Codec::Avc));
            let video = track.video().unwrap();
            assert_eq!((video.width, video.height), sets.size);
            assert_eq!((video.aspect, video.cicp), (sets.aspect, sets.cicp));
            assert_eq!(video.frame_rate.map(|rate| (rate.num, rate.den)), Some(sets.rate));
            assert_eq!(track.config[4], 0xff, "lengths of four bytes, whatever the source has");
        }
    }

    #[test]
    fn the_string_of_a_set_cut_short_has_zeros() {
        assert_eq!(codec_string(&[0x67, 0x64]), "avc1.640000");
    }
}
