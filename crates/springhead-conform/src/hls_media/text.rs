//! Rules on the text itself: what the model does not keep.

use super::Media;
use crate::finding::Report;
use crate::hls_define;
use crate::hls_text::tags;

/// The smallest version that covers the tags of the text itself (§8).
fn floor(text: &str) -> u32 {
    let i_frames_only = tags(text).any(|(_, name, _)| name == "#EXT-X-I-FRAMES-ONLY");
    let of_tag = |(_, name, value): (usize, &str, &str)| match name {
        "#EXT-X-KEY" if value.contains("KEYFORMAT") || value.contains("METHOD=SAMPLE-AES") => 5,
        "#EXT-X-KEY" if value.contains(",IV=") => 2,
        "#EXTINF" if value.split(',').next().is_some_and(|duration| duration.contains('.')) => 3,
        "#EXT-X-BYTERANGE" | "#EXT-X-I-FRAMES-ONLY" => 4,
        "#EXT-X-MAP" if i_frames_only => 5,
        "#EXT-X-MAP" => 6,
        "#EXT-X-DEFINE" if value.contains("QUERYPARAM=") => 11,
        "#EXT-X-DEFINE" => 8,
        "#EXT-X-SKIP" if value.contains("RECENTLY-REMOVED-DATERANGES=") => 10,
        "#EXT-X-SKIP" => 9,
        _ => 1,
    };
    tags(text).map(of_tag).max().unwrap_or(1)
}

/// The version that the delta updates of the playlist need.
fn delta_floor(media: &Media<'_>) -> u32 {
    match media.playlist.server_control {
        Some(control) if control.can_skip_until.is_none() => 1,
        Some(control) if control.can_skip_dateranges => 10,
        Some(_) => 9,
        None => 1,
    }
}

fn stated(media: &Media<'_>) -> u32 {
    media.playlist.version.unwrap_or(1)
}

pub(super) fn version_at_most(media: &Media<'_>, report: &mut Report<'_>) {
    let needed = floor(media.text).max(delta_floor(media));
    if stated(media) > needed {
        report.at("EXT-X-VERSION", format_args!("version {} where {needed} is enough", stated(media)));
    }
}

pub(super) fn version_at_least(media: &Media<'_>, report: &mut Report<'_>) {
    let needed = floor(media.text);
    if stated(media) < needed {
        report.at("EXT-X-VERSION", format_args!("version {} where the tags need {needed}", stated(media)));
    }
}

pub(super) fn version_of_all_forms(media: &Media<'_>, report: &mut Report<'_>) {
    let needed = delta_floor(media);
    if (floor(media.text)..needed).contains(&stated(media)) {
        report.at("EXT-X-VERSION", format_args!("version {} where delta updates have {needed}", stated(media)));
    }
}

pub(super) fn date_precision(media: &Media<'_>, report: &mut Report<'_>) {
    for (line, name, value) in tags(media.text) {
        if name != "#EXT-X-PROGRAM-DATE-TIME" {
            continue;
        }
        let time = value.split_once('T').map_or("", |(_, time)| time);
        let decimals = time.split_once('.').map_or(0, |(_, rest)| rest.bytes().take_while(u8::is_ascii_digit).count());
        if decimals < 3 {
            report.at(format_args!("line {line}"), format_args!("{decimals} decimals of a second"));
        }
        if !time.contains(['Z', '+', '-']) {
            report.at(format_args!("line {line}"), "no time zone");
        }
    }
}

pub(super) fn tags_before_parts(media: &Media<'_>, report: &mut Report<'_>) {
    let mut parts = false;
    for (n, line) in media.text.lines().enumerate() {
        let name = line.split_once(':').map_or(line, |(name, _)| name);
        match name {
            "#EXT-X-PART" => parts = true,
            "#EXT-X-MAP" | "#EXT-X-KEY" | "#EXT-X-DISCONTINUITY" | "#EXT-X-PROGRAM-DATE-TIME" if parts => {
                report.at(format_args!("line {}", n + 1), format_args!("{name} after a part of the same segment"));
            }
            _ if !line.starts_with('#') && !line.is_empty() => parts = false,
            _ => {}
        }
    }
}

pub(super) fn variables(media: &Media<'_>, report: &mut Report<'_>) {
    hls_define::check(&media.playlist.defines, media.text, report);
}
