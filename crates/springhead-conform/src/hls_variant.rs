//! A variant of a multivariant playlist, against the media that it stands for.

use springhead_codec::avc;
use springhead_manifest::Seconds;
use springhead_manifest::hls::{Variant, VideoRange};
use springhead_mux::fmp4::read::{InitSection, MediaEntry, TrackInfo};

use crate::Finding;
use crate::finding::{Report, rules};

/// Media of one rendition.
#[derive(Clone, Copy, Debug)]
pub struct Rendition<'a> {
    /// Its init section.
    pub init: &'a InitSection,
    /// Duration and bytes of segments that follow one another.
    pub segments: &'a [(Seconds, u64)],
}

/// A variant and what was fetched of it.
#[derive(Clone, Copy, Debug)]
pub struct Played<'a> {
    /// What the multivariant playlist says.
    pub variant: &'a Variant,
    /// The target duration of its playlists, in seconds.
    pub target_duration: u64,
    /// The variant's own rendition, and of each group that it names the largest.
    pub renditions: &'a [Rendition<'a>],
}

rules! {
    for Played<'_>:
    bandwidth => "M-01", "rfc8216bis §4.4.6.2", Error,
        "BANDWIDTH is the peak bit rate of the segments, a quarter more for live", "players choose a variant that they cannot load in time";
    codecs => "M-02", "rfc8216bis §4.4.6.2", Error,
        "CODECS names the formats that the media has", "players set up a decoder that does not fit, and fail";
    resolution => "M-04", "rfc8216bis §4.4.6.2", Warning,
        "RESOLUTION is the size at which the pictures are shown", "players choose a variant by a wrong size";
    video_range => "M-05", "rfc8216bis §4.4.6.2", Error,
        "VIDEO-RANGE is that of the pictures", "players show colours wrongly, or refuse what they could show";
}

/// Checks a variant.
pub fn check(played: &Played<'_>) -> Vec<Finding> {
    run(played)
}

/// The peak segment bit rate (§4.4.6.2): the largest of any contiguous segments whose duration is between half and one and
/// a half target durations, in bits a second.
pub fn peak(segments: &[(Seconds, u64)], target_duration: u64) -> u64 {
    let (least, most) = (u128::from(target_duration) * 500_000, u128::from(target_duration) * 1_500_000);
    let mut peak = 0;
    for from in 0..segments.len() {
        let (mut micros, mut bytes) = (0u128, 0u128);
        for (duration, size) in &segments[from..] {
            micros += u128::from(duration.micros());
            bytes += u128::from(*size);
            if micros > most {
                break;
            }
            if micros >= least && micros > 0 {
                peak = peak.max(bytes * 8_000_000 / micros);
            }
        }
    }
    u64::try_from(peak).unwrap_or(u64::MAX)
}

fn tracks<'a>(played: &'a Played<'_>) -> impl Iterator<Item = &'a TrackInfo> {
    played.renditions.iter().flat_map(|rendition| &rendition.init.tracks)
}

fn pictures<'a>(played: &'a Played<'_>) -> impl Iterator<Item = &'a TrackInfo> {
    tracks(played).filter(|track| track.handler.0 == *b"vide")
}

fn bandwidth(played: &Played<'_>, report: &mut Report<'_>) {
    let peaks = played.renditions.iter().map(|rendition| peak(rendition.segments, played.target_duration));
    let (peak, stated) = (peaks.fold(0u64, u64::saturating_add), played.variant.bandwidth);
    // In per cent of what is stated. Apple's own validator allows live streams 125.
    let percent = u128::from(peak) * 100 / u128::from(stated.max(1));
    if percent > 125 {
        report.at("BANDWIDTH", format_args!("{stated}, and the segments peak at {peak}"));
    } else if percent > 110 {
        report.warn("BANDWIDTH", format_args!("{stated}, and the segments peak at {peak}"));
    }
}

/// The codec string of a track, or what it has to begin with.
fn codec(track: &TrackInfo) -> String {
    let sps = match &track.format.0 {
        b"avc1" => avc::DecoderConfig::parse(&track.config).ok().and_then(|config| config.sps.first().cloned()),
        _ => None,
    };
    match sps {
        Some(sps) => avc::codec_string(&sps),
        None => track.format.to_string(),
    }
}

fn codecs(played: &Played<'_>, report: &mut Report<'_>) {
    if played.variant.codecs.is_empty() {
        return;
    }
    for track in tracks(played) {
        let codec = codec(track);
        let is =
            |stated: &String| stated.trim().get(..codec.len()).is_some_and(|head| head.eq_ignore_ascii_case(&codec));
        if !played.variant.codecs.iter().any(is) {
            report.at("CODECS", format_args!("{}, and the media is {codec}", played.variant.codecs.join(",")));
        }
    }
}

fn resolution(played: &Played<'_>, report: &mut Report<'_>) {
    let Some(stated) = played.variant.resolution else { return };
    for track in pictures(played) {
        // 16.16 fixed point, to the nearest sample.
        let rounded = |fixed: u32| fixed.saturating_add(0x8000) >> 16;
        let shown = (rounded(track.display_size.0), rounded(track.display_size.1));
        if shown != stated {
            report.at(
                "RESOLUTION",
                format_args!("{}x{}, and the pictures are {}x{}", stated.0, stated.1, shown.0, shown.1),
            );
        }
    }
}

fn video_range(played: &Played<'_>, report: &mut Report<'_>) {
    // Without the attribute it is SDR.
    let stated = played.variant.video_range.unwrap_or(VideoRange::Sdr);
    for track in pictures(played) {
        let MediaEntry::Video(entry) = track.entry else { continue };
        let range = entry.cicp.and_then(|cicp| VideoRange::from_transfer(cicp.transfer));
        if let Some(range) = range.filter(|range| *range != stated) {
            report.at("VIDEO-RANGE", format_args!("{}, and the pictures are {}", stated.as_str(), range.as_str()));
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::cmaf::tests::{section, video};
    use crate::finding::{BrokenInputs, broken};

    fn said(change: impl Fn(&mut Variant)) -> Vec<Finding> {
        let mut variant = Variant {
            bandwidth: 80_000,
            codecs: vec!["avc1.4d401e".into()],
            resolution: Some((640, 360)),
            ..Variant::default()
        };
        change(&mut variant);
        let init = section(&video());
        let second = (Seconds::from_secs(1), 10_000);
        let renditions = [Rendition { init: &init, segments: &[second, second] }];
        check(&Played { variant: &variant, target_duration: 1, renditions: &renditions })
    }

    pub(crate) fn broken_inputs() -> BrokenInputs {
        let hlg = |track: &mut TrackInfo| {
            if let MediaEntry::Video(entry) = &mut track.entry {
                entry.cicp = Some(springhead_core::Cicp { primaries: 9, transfer: 18, matrix: 9, full_range: false });
            }
        };
        let mut init = section(&video());
        init.tracks.iter_mut().for_each(hlg);
        let variant = Variant { bandwidth: 1, codecs: vec!["avc1.4d401e".into()], ..Variant::default() };
        let renditions = [Rendition { init: &init, segments: &[] }];
        let range = check(&Played { variant: &variant, target_duration: 1, renditions: &renditions });
        vec![
            ("M-01", said(|variant| variant.bandwidth = 63_000)),
            ("M-02", said(|variant| variant.codecs = vec!["avc1.4d401f".into()])),
            ("M-04", said(|variant| variant.resolution = Some((640, 368)))),
            ("M-05", range),
        ]
    }

    #[test]
    fn every_rule_fires_where_it_is_broken() {
        for (id, findings) in broken_inputs() {
            assert_eq!(broken(&findings), [id]);
        }
    }

    #[test]
    fn a_variant_that_is_what_it_says_has_no_finding() {
        assert_eq!(said(|_| {}), []);
        assert_eq!(said(|variant| variant.codecs = vec!["mp4a.40.2".into(), "AVC1.4D401E".into()]), []);
        assert_eq!(said(|variant| variant.bandwidth = 72_000)[0].severity, crate::Severity::Warning);
    }

    #[test]
    fn the_peak_is_that_of_contiguous_segments_of_about_a_target_duration() {
        let second = |bytes| (Seconds::from_secs(1), bytes);
        assert_eq!(peak(&[second(1_000), second(3_000), second(2_000)], 2), 24_000);
        assert_eq!(peak(&[(Seconds::from_millis(900), 9_000)], 2), 0, "too short to tell");
        assert_eq!(peak(&[(Seconds::from_secs(4), 9_000)], 2), 0, "too long to tell");
        assert_eq!(peak(&[], 0), 0);
    }
}
