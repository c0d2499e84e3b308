//! CODECS.

use springhead_manifest::hls::Variant;

use super::Document;
use crate::finding::Report;

const VIDEO: &[&str] =
    &["avc1", "avc3", "hvc1", "hev1", "vvc1", "vvi1", "dvh1", "dvhe", "av01", "vp08", "vp09", "mjpg"];
const AUDIO: &[&str] =
    &["mp4a", "ac-3", "ec-3", "ac-4", "opus", "Opus", "flac", "fLaC", "alac", "dtsc", "dtse", "dtsx", "apac"];
const TEXT: &[&str] = &["wvtt", "stpp"];

fn has(variant: &Variant, formats: &[&str]) -> bool {
    let format = |codec: &String| codec.trim().split('.').next().is_some_and(|format| formats.contains(&format));
    variant.codecs.iter().any(format)
}

/// Whether the variant has pictures, as far as CODECS says.
pub(super) fn has_pictures(variant: &Variant) -> bool {
    has(variant, VIDEO)
}

pub(super) fn listed(document: &Document<'_>, report: &mut Report<'_>) {
    let playlist = document.playlist;
    for variant in &playlist.variants {
        if variant.codecs.is_empty() {
            report.at(&variant.uri, "no CODECS");
            continue;
        }
        if variant.codecs.iter().any(|codec| codec.trim().is_empty()) {
            report.at(&variant.uri, "an empty entry in CODECS");
        }
        let sizes = variant.resolution.is_some() || variant.frame_rate_millis.is_some();
        for (there, kind, formats) in [
            (sizes, "picture", VIDEO),
            (variant.audio.is_some(), "sound", AUDIO),
            (variant.subtitles.is_some(), "text", TEXT),
        ] {
            if there && !has(variant, formats) {
                report.at(&variant.uri, format_args!("a {kind}, and CODECS has no format for it"));
            }
        }
    }
}

pub(super) fn supplemental(document: &Document<'_>, report: &mut Report<'_>) {
    for variant in document.playlist.variants.iter().filter(|variant| !variant.supplemental_codecs.is_empty()) {
        if variant.codecs.is_empty() {
            report.at(&variant.uri, "SUPPLEMENTAL-CODECS without CODECS");
        }
        for one in &variant.supplemental_codecs {
            let brands = one.split_once('/').map_or("", |(_, brands)| brands);
            if brands.is_empty() || brands.split('/').any(|brand| brand.len() != 4) {
                report.at(&variant.uri, format_args!("{one} names no brand"));
            }
        }
    }
}
