use springhead_core::{Codec, MediaParams, Timescale, Track, TrackId, VideoParams};

use super::{DecoderConfig, ProfileTierLevel, VvcError};

/// The alphabet of RFC 4648 §6.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The `codecs` parameter of ISO/IEC 14496-15 Annex E, `vvc1.P.TL.C...`: the profile, the tier (`L` or `H`) with the level,
/// and the constraints from `ptl_frame_only_constraint_flag` on in base 32 without the bytes of zeros at their end. Where
/// all are zero a single `A` stands for them. Sub-profiles and operating points are not told.
///
/// ```
/// use springhead_codec::vvc::{ProfileTierLevel, codec_string};
/// let main_10 = ProfileTierLevel {
///     profile_idc: 1,
///     high_tier: false,
///     level_idc: 51,
///     constraints: bytes::Bytes::from_static(&[0x80]),
///     sublayer_levels: vec![],
///     sub_profiles: vec![],
/// };
/// assert_eq!(codec_string(&main_10), "vvc1.1.L51.CQA");
/// ```
pub fn codec_string(ptl: &ProfileTierLevel) -> String {
    let tier = if ptl.high_tier { 'H' } else { 'L' };
    let mut text = format!("vvc1.{}.{tier}{}.C", ptl.profile_idc, ptl.level_idc);
    let told = ptl.constraints.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    let bit = |at: usize| ptl.constraints[..told].get(at / 8).is_some_and(|byte| byte & (0x80 >> (at % 8)) != 0);
    for group in 0..(8 * told).div_ceil(5).max(1) {
        let digit = (0..5).fold(0, |digit, at| digit << 1 | usize::from(bit(5 * group + at)));
        text.push(char::from(BASE32[digit]));
    }
    text
}

/// A track of the vocabulary, from its sequence parameter sets. Its configuration is the normalised record.
///
/// Fails when no sequence parameter set tells its profile, or when one cannot be read: the track cannot be announced.
pub fn track(id: TrackId, timescale: Timescale, config: &DecoderConfig) -> Result<Track, VvcError> {
    let (sps, ptl) = config.first_sps()?;
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
        codec: Codec::Vvc,
        config: config.to_bytes(),
        codec_string: codec_string(&ptl).into(),
        params: MediaParams::Video(params),
        language: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn a_track_says_what_its_parameter_sets_say() {
        for (name, string, size) in [
            ("plain", "vvc1.1.L16.CQA", (64, 64)),
            ("hdr", "vvc1.1.L64.CQA", (1920, 1080)),
            ("cropped", "vvc1.1.H102.CQA", (202, 130)),
        ] {
            let mut record = fixtures::vvc_record(name).record.to_vec();
            record[0] = 0xf9;
            let config = DecoderConfig::parse(&record.into()).unwrap();
            assert_eq!(config.length_size, 1);
            let track = track(TrackId(3), Timescale::MILLIS, &config).unwrap();
            assert_eq!((&*track.codec_string, track.codec, track.id), (string, Codec::Vvc, TrackId(3)));
            let video = track.video().unwrap();
            assert_eq!((video.width, video.height), size);
            assert_eq!(video.cicp.is_some_and(|cicp| cicp.transfer == 16), name == "hdr");
            assert_eq!(
                track.config,
                fixtures::vvc_record(name).record,
                "lengths of four bytes, whatever the source has"
            );
        }
    }

    #[test]
    fn constraints_are_told_by_fives_of_bits_without_the_zero_bytes_at_their_end() {
        let of = |constraints: &'static [u8]| {
            let ptl = ProfileTierLevel {
                profile_idc: 65,
                high_tier: true,
                level_idc: 102,
                constraints: bytes::Bytes::from_static(constraints),
                sublayer_levels: vec![],
                sub_profiles: vec![],
            };
            codec_string(&ptl)
        };
        assert_eq!(of(&[0, 0]), "vvc1.65.H102.CA");
        assert_eq!(of(&[0x80, 0, 0]), "vvc1.65.H102.CQA");
        // The vectors of RFC 4648 §10: "fo", "foob", "fooba".
        assert_eq!(of(b"fo"), "vvc1.65.H102.CMZXQ");
        assert_eq!(of(b"foob\0"), "vvc1.65.H102.CMZXW6YQ");
        assert_eq!(of(b"fooba"), "vvc1.65.H102.CMZXW6YTB");
    }
}
