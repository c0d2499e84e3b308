//! EXT-X-STREAM-INF.

use springhead_manifest::hls::{ClosedCaptions, MultivariantPlaylist};

use super::codecs::has_pictures;
use crate::finding::Report;

pub(super) fn version(playlist: &MultivariantPlaylist, report: &mut Report<'_>) {
    let (stated, needed) = (playlist.version.unwrap_or(1), playlist.required_version());
    // Many servers state the version of their media playlists here, which up to 6 turns nobody away.
    if stated < needed || stated > needed.max(6) {
        report.at("EXT-X-VERSION", format_args!("version {stated} where {needed} is right"));
    }
}

pub(super) fn bandwidth(playlist: &MultivariantPlaylist, report: &mut Report<'_>) {
    for variant in playlist.variants.iter().chain(&playlist.i_frame_variants) {
        if variant.bandwidth == 0 {
            report.at(&variant.uri, "BANDWIDTH is zero");
        }
        match variant.average_bandwidth {
            Some(average) if average > variant.bandwidth => {
                let message = format_args!("AVERAGE-BANDWIDTH {average}, above BANDWIDTH {}", variant.bandwidth);
                report.at(&variant.uri, message);
            }
            Some(_) => {}
            None => report.warn(&variant.uri, "no AVERAGE-BANDWIDTH"),
        }
    }
}

pub(super) fn picture(playlist: &MultivariantPlaylist, report: &mut Report<'_>) {
    for variant in playlist.variants.iter().filter(|variant| has_pictures(variant)) {
        match variant.resolution {
            None => report.at(&variant.uri, "pictures, and no RESOLUTION"),
            Some((0, _) | (_, 0)) => report.at(&variant.uri, "a side of RESOLUTION is zero"),
            Some(_) => {}
        }
        if variant.frame_rate_millis.is_none() {
            report.at(&variant.uri, "pictures, and no FRAME-RATE");
        }
    }
}

pub(super) fn closed_captions(playlist: &MultivariantPlaylist, report: &mut Report<'_>) {
    let none = |captions: &Option<ClosedCaptions>| *captions == Some(ClosedCaptions::None);
    if playlist.variants.iter().any(|variant| none(&variant.closed_captions)) {
        for variant in playlist.variants.iter().filter(|variant| !none(&variant.closed_captions)) {
            report.at(&variant.uri, "another variant has CLOSED-CAPTIONS=NONE");
        }
    }
}
