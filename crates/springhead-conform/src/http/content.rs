//! Rules on what is sent: its type, its encoding, how much of it.

use super::{Exchange, Resource};
use crate::finding::Report;

/// What fits one packet needs no compression.
const WORTH_COMPRESSING: u64 = 1_400;

pub(super) fn compression(exchange: &Exchange<'_>, report: &mut Report<'_>) {
    let encoding = exchange.header("content-encoding").filter(|encoding| *encoding != "identity");
    if let Some(encoding) = encoding.filter(|_| exchange.is_media() && exchange.is_success()) {
        report.at("Content-Encoding", format_args!("{encoding} on media"));
    }
    let asked = exchange.is_manifest() && exchange.accepts_gzip && exchange.status == 200 && !exchange.head;
    if asked && encoding.is_none() && exchange.length > WORTH_COMPRESSING {
        report.at("Content-Encoding", format_args!("{} bytes are sent as they are", exchange.length));
    }
    if asked
        && encoding.is_some()
        && !exchange.header_has("vary", "accept-encoding")
        && !exchange.header_has("vary", "*")
    {
        report.at("Vary", "it lacks Accept-Encoding");
    }
}

pub(super) fn media_type(exchange: &Exchange<'_>, report: &mut Report<'_>) {
    let right: &[&str] = match exchange.resource {
        Resource::Playlist { .. } => &["application/vnd.apple.mpegurl", "audio/mpegurl", "application/x-mpegurl"],
        Resource::Mpd => &["application/dash+xml"],
        Resource::Nowhere => return,
        // MPEG-TS, fragmented MP4, packed audio and text.
        _ => &[
            "video/mp4",
            "audio/mp4",
            "application/mp4",
            "video/iso.segment",
            "audio/iso.segment",
            "video/mp2t",
            "audio/aac",
            "audio/mpeg",
            "audio/ac3",
            "audio/eac3",
            "text/vtt",
        ],
    };
    if !exchange.is_success() {
        return;
    }
    match exchange.header("content-type") {
        None => report.at("Content-Type", format_args!("none where {} would be right", right[0])),
        Some(stated) if !right.iter().any(|one| exchange.header_has("content-type", one)) => {
            report.at("Content-Type", format_args!("{stated} where {} would be right", right[0]));
        }
        Some(_) => {}
    }
}

pub(super) fn cross_origin(exchange: &Exchange<'_>, report: &mut Report<'_>) {
    if exchange.is_success() && exchange.header("access-control-allow-origin").is_none() {
        report.at("Access-Control-Allow-Origin", "there is none");
    }
}

/// `bytes first-last/whole`
fn content_range(value: &str) -> Option<(u64, u64)> {
    let (range, _) = value.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = range.split_once('-')?;
    Some((first.parse().ok()?, last.parse().ok()?))
}

pub(super) fn ranges(exchange: &Exchange<'_>, report: &mut Report<'_>) {
    let Some((first, last)) = exchange.range else { return };
    match exchange.status {
        206 => match exchange.header("content-range").and_then(content_range) {
            None => report.at("Content-Range", "none on an answer of 206"),
            Some((from, to)) if from != first || to > last => {
                report.at("Content-Range", format_args!("{from}-{to}, and {first}-{last} was asked for"));
            }
            Some((from, to)) if !exchange.head && exchange.length != (to - from.min(to)).saturating_add(1) => {
                report.at("Content-Range", format_args!("{from}-{to}, and {} bytes came", exchange.length));
            }
            Some(_) => {}
        },
        200 => report.at("the range", "the answer is the whole resource"),
        _ => {}
    }
}

pub(super) fn head(exchange: &Exchange<'_>, report: &mut Report<'_>) {
    if exchange.head && exchange.length > 0 {
        report.at("HEAD", format_args!("{} bytes of body", exchange.length));
    }
    if exchange.head && !exchange.is_success() && exchange.resource != Resource::LeftSegment {
        report.at("HEAD", format_args!("answered {} where GET is answered", exchange.status));
    }
    // A live manifest may have changed since; media may not.
    if exchange.revalidates && exchange.is_media() && exchange.status == 200 {
        report.at("If-None-Match", "the whole resource came again");
    }
}
