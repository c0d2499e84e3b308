//! EXT-X-STREAM-INF.

use springhead_manifest::hls::ClosedCaptions;

use super::Document;
use super::codecs::has_pictures;
use crate::finding::Report;

pub(super) fn version(document: &Document<'_>, report: &mut Report<'_>) {
    let playlist = document.playlist;
    let (stated, needed) = (playlist.version.unwrap_or(1), playlist.required_version());
    // Many servers state the version of their media playlists here, which up to 6 turns nobody away.
    if stated < needed || stated > needed.max(6) {
        report.at("EXT-X-VERSION", format_args!("version {stated} where {needed} is right"));
    }
}

pub(super) fn bandwidth(document: &Document<'_>, report: &mut Report<'_>) {
    let playlist = document.playlist;
    for variant in playlist.variants.iter().chain(&playlist.i_frame_variants) {
        if variant.bandwidth == 0 {
            report.at(&variant.uri, "BANDWIDTH is zero");
        }
        if let Some(average) = variant.average_bandwidth.filter(|average| *average > variant.bandwidth) {
            let message = format_args!("AVERAGE-BANDWIDTH {average}, above BANDWIDTH {}", variant.bandwidth);
            report.at(&variant.uri, message);
        }
    }
}

pub(super) fn average_bandwidth(document: &Document<'_>, report: &mut Report<'_>) {
    for variant in document.playlist.variants.iter().filter(|variant| variant.average_bandwidth.is_none()) {
        report.at(&variant.uri, "no AVERAGE-BANDWIDTH");
    }
}

pub(super) fn picture(document: &Document<'_>, report: &mut Report<'_>) {
    let playlist = document.playlist;
    for variant in playlist.variants.iter().filter(|variant| has_pictures(variant)) {
        match variant.resolution {
            None => report.at(&variant.uri, "pictures, and no RESOLUTION"),
            Some((0, _) | (_, 0)) => report.at(&variant.uri, "a side of RESOLUTION is zero"),
            Some(_) => {}
        }
    }
}

pub(super) fn frame_rate(document: &Document<'_>, report: &mut Report<'_>) {
    let pictures = document.playlist.variants.iter().filter(|variant| has_pictures(variant));
    for variant in pictures.filter(|variant| variant.frame_rate_millis.is_none()) {
        report.at(&variant.uri, "pictures, and no FRAME-RATE");
    }
}

pub(super) fn closed_captions(document: &Document<'_>, report: &mut Report<'_>) {
    let playlist = document.playlist;
    let none = |captions: &Option<ClosedCaptions>| *captions == Some(ClosedCaptions::None);
    if playlist.variants.iter().any(|variant| none(&variant.closed_captions)) {
        for variant in playlist.variants.iter().filter(|variant| !none(&variant.closed_captions)) {
            report.at(&variant.uri, "another variant has CLOSED-CAPTIONS=NONE");
        }
    }
}
