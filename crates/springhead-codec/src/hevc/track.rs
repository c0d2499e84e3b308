use std::fmt::Write;

use springhead_core::{Cicp, Codec, MediaParams, Timescale, Track, TrackId, VideoParams};

use super::{DecoderConfig, HevcError, ProfileTierLevel, Sps};

/// The `codecs` parameter of ISO/IEC 14496-15:2022 Annex E.3, `hvc1.PROFILE.COMPATIBILITY.TIERLEVEL.CONSTRAINTS`: the
/// profile space as a letter, none for 0, and the profile; the compatibility flags as a hexadecimal number in reverse bit
/// order; the tier, L or H, and the level; then the constraint bytes up to the last that is not zero.
///
/// ```
/// use springhead_codec::hevc::{Profile, ProfileTierLevel, codec_string};
/// let constraints = [0xb0, 0, 0, 0, 0, 0];
/// let profile = Profile { idc: 2, compatibility: 0x2000_0000, constraints, ..Profile::default() };
/// let of = ProfileTierLevel { profile, level_idc: 150, ..ProfileTierLevel::default() };
/// assert_eq!(codec_string(&of), "hvc1.2.4.L150.B0");
/// ```
pub fn codec_string(of: &ProfileTierLevel) -> String {
    let profile = &of.profile;
    let space = ["", "A", "B", "C"][usize::from(profile.space & 3)];
    let tier = if profile.high_tier { 'H' } else { 'L' };
    let compatibility = profile.compatibility.reverse_bits();
    let mut text = format!("hvc1.{space}{}.{compatibility:X}.{tier}{}", profile.idc, of.level_idc);
    let said = profile.constraints.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    for byte in &profile.constraints[..said] {
        write!(text, ".{byte:X}").expect("a string takes whatever is written");
    }
    text
}

/// A track of the vocabulary, from its first sequence parameter set and its messages. Its configuration is the normalised
/// record.
///
/// Where the pictures have a transfer that suits them better than the one that every display knows
/// (`preferred_transfer_characteristics`), that is the track's, unless the sequence parameter set already names one of high
/// dynamic range. The size is of a picture as it is coded and cropped, which is a field where every picture is one; the frame
/// rate is of frames.
///
/// Fails when there is no sequence parameter set, or when a set cannot be read: the track cannot be announced.
pub fn track(id: TrackId, timescale: Timescale, config: &DecoderConfig) -> Result<Track, HevcError> {
    let nal = config.sps.first().ok_or(HevcError::NoParameterSet("sequence parameter set"))?;
    let sps = Sps::parse(nal)?;
    let declared = config.declared();
    let params = VideoParams {
        width: sps.width(),
        height: sps.height(),
        aspect: sps.aspect(),
        frame_rate: sps.frame_rate(),
        cicp: preferred(sps.cicp(), declared.preferred_transfer),
        mastering_display: declared.mastering_display,
        content_light: declared.content_light,
    };
    let codec_string = codec_string(&config.profile_tier_level()?).into();
    Ok(Track {
        id,
        timescale,
        codec: Codec::Hevc,
        config: config.to_bytes(),
        codec_string,
        params: MediaParams::Video(params),
        language: None,
    })
}

/// Transfer characteristics that say nothing: 0 and 3 are reserved, 2 is unspecified.
const SILENT: [u8; 3] = [0, 2, 3];

/// The colour with the transfer that the messages prefer, where they may.
fn preferred(cicp: Option<Cicp>, transfer: Option<u8>) -> Option<Cicp> {
    let Some(transfer) = transfer.filter(|transfer| !SILENT.contains(transfer)) else { return cicp };
    let cicp = cicp.unwrap_or(Cicp { primaries: 2, transfer: 2, matrix: 2, full_range: false });
    let is_high_dynamic_range = matches!(cicp.transfer, Cicp::PQ | Cicp::HLG);
    Some(if is_high_dynamic_range { cicp } else { Cicp { transfer, ..cicp } })
}

#[cfg(test)]
mod tests {
    use springhead_core::{ContentLight, MasteringDisplay};

    use super::*;
    use crate::hevc::Profile;
    use crate::hevc::fixtures::{FIELDS, HDR10, HLG, PARAMETER_SETS};

    fn params(which: usize) -> VideoParams {
        let config = DecoderConfig::from_found(&PARAMETER_SETS[which].found()).unwrap();
        *track(TrackId(1), Timescale::MPEG, &config).unwrap().video().unwrap()
    }

    #[test]
    fn a_track_says_what_its_parameter_sets_say() {
        for (which, sets) in PARAMETER_SETS.iter().enumerate() {
            let mut config = DecoderConfig::from_found(&sets.found()).unwrap();
            config.length_size = 1;
            let track = track(TrackId(3), Timescale::MILLIS, &config).unwrap();
            assert_eq!(&*track.codec_string, sets.codec_string, "{}", sets.made_with);
            assert_eq!((track.id, track.timescale, track.codec), (TrackId(3), Timescale::MILLIS, Codec::Hevc));
            let video = track.video().unwrap();
            assert_eq!((video.width, video.height), sets.size);
            assert_eq!(video.aspect, sets.aspect);
            if which != HLG {
                assert_eq!(video.cicp, sets.cicp);
            }
            assert_eq!(video.mastering_display.is_some() && video.content_light.is_some(), which == HDR10);
            assert_eq!(video.frame_rate.map(|rate| (rate.num, rate.den)), Some(sets.rate));
            assert_eq!(track.config[21] & 3, 3, "lengths of four bytes, whatever the source has");
        }
    }

    #[test]
    fn a_graded_track_says_on_which_display_and_how_bright_it_gets() {
        let video = params(HDR10);
        let mastering = MasteringDisplay {
            primaries: [(13_250, 34_500), (7_500, 3_000), (34_000, 16_000)],
            white: (15_635, 16_450),
            max_luminance: 10_000_000,
            min_luminance: 50,
        };
        assert_eq!(video.mastering_display, Some(mastering));
        assert_eq!(video.content_light, Some(ContentLight { max_content: 1000, max_picture_average: 400 }));
        assert_eq!(video.cicp.map(|cicp| cicp.transfer), Some(Cicp::PQ));
    }

    #[test]
    fn the_transfer_that_suits_the_pictures_better_is_the_tracks() {
        assert_eq!(PARAMETER_SETS[HLG].cicp.map(|cicp| cicp.transfer), Some(14));
        let hlg = Cicp { primaries: 9, transfer: Cicp::HLG, matrix: 9, full_range: false };
        assert_eq!(params(HLG).cicp, Some(hlg));
        let pq = Some(Cicp { transfer: Cicp::PQ, ..hlg });
        assert_eq!(preferred(pq, Some(Cicp::HLG)), pq, "one of high dynamic range stands");
        let bt709 = Some(Cicp { primaries: 1, transfer: 1, matrix: 1, full_range: false });
        assert_eq!([0, 2, 3].map(|silent| preferred(bt709, Some(silent))), [bt709; 3]);
        assert_eq!(preferred(bt709, None), bt709);
        let unspecified = Cicp { primaries: 2, transfer: Cicp::HLG, matrix: 2, full_range: false };
        assert_eq!(preferred(None, Some(Cicp::HLG)), Some(unspecified));
    }

    #[test]
    fn the_frame_rate_of_fields_is_that_of_frames() {
        let rate = params(FIELDS).frame_rate.unwrap();
        assert_eq!((rate.num, rate.den), (25, 1), "fifty fields a second");
    }

    #[test]
    fn codec_strings_follow_annex_e() {
        let of = |space, high_tier, idc, compatibility, level_idc, constraints| {
            let profile = Profile { space, high_tier, idc, compatibility, constraints };
            codec_string(&ProfileTierLevel { profile, level_idc, ..ProfileTierLevel::default() })
        };
        assert_eq!(of(0, false, 1, 0x6000_0000, 93, [0xb0, 0, 0, 0, 0, 0]), "hvc1.1.6.L93.B0");
        assert_eq!(of(1, true, 2, 0x2000_0000, 153, [0xb0, 0x23, 0, 0, 0, 0]), "hvc1.A2.4.H153.B0.23");
        assert_eq!(of(3, false, 31, 1, 255, [0, 0, 0, 0, 0, 5]), "hvc1.C31.80000000.L255.0.0.0.0.0.5");
        assert_eq!(of(2, false, 0, 0, 0, [0; 6]), "hvc1.B0.0.L0");
    }
}
