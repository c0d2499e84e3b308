//! Rules on the tags of low latency.

use std::collections::HashSet;

use springhead_manifest::Seconds;
use springhead_manifest::hls::{HintType, Part};

use super::{Media, Parent, numbered, parents};
use crate::finding::Report;

/// The parts of the playlist, each with its place.
fn parts<'a>(media: &'a Media<'_>) -> impl Iterator<Item = (String, &'a Part)> {
    parents(media.playlist).flat_map(|parent| {
        let number = parent.number;
        parent.parts.iter().enumerate().map(move |(n, part)| (format!("part {n} of segment {number}"), part))
    })
}

pub(super) fn part_inf(media: &Media<'_>, report: &mut Report<'_>) {
    if media.playlist.part_target.is_some() {
        return;
    }
    if let Some((place, _)) = parts(media).next() {
        report.at(place, "a part, and no EXT-X-PART-INF");
    }
}

pub(super) fn part_at_most_target(media: &Media<'_>, report: &mut Report<'_>) {
    let Some(target) = media.playlist.part_target else { return };
    for (place, part) in parts(media).filter(|(_, part)| part.duration > target) {
        report.at(place, format_args!("it lasts {}, above {target}", part.duration));
    }
}

pub(super) fn part_at_least(media: &Media<'_>, report: &mut Report<'_>) {
    let Some(target) = media.playlist.part_target else { return };
    let least = Seconds::from_micros((u128::from(target.micros()) * 85 / 100) as u64);
    for parent in parents(media.playlist) {
        // The last part that is listed may be the last there is. The one before a gap ends where the media does.
        for (n, pair) in parent.parts.windows(2).enumerate() {
            let (part, next) = (&pair[0], &pair[1]);
            if part.duration < least && !part.independent && !part.gap && !next.gap {
                let message = format_args!("it lasts {}, below 85 % of {target}", part.duration);
                report.at(format_args!("part {n} of segment {}", parent.number), message);
            }
        }
    }
}

/// Whether the first part that is listed is the first there was: parts may leave before their segment does.
fn begins_with_first(parent: &Parent<'_>) -> bool {
    let listed: Seconds = parent.parts.iter().map(|part| part.duration).sum();
    // Durations are rounded one by one.
    let slack = Seconds::from_millis(1).times(parent.parts.len() as u64);
    parent.complete.is_none_or(|segment| listed + slack >= segment.duration)
}

pub(super) fn first_part_independent(media: &Media<'_>, report: &mut Report<'_>) {
    for parent in parents(media.playlist).filter(begins_with_first) {
        if parent.parts.first().is_some_and(|part| !part.independent && !part.gap) {
            report.at(format_args!("part 0 of segment {}", parent.number), "it lacks INDEPENDENT=YES");
        }
    }
}

pub(super) fn server_control(media: &Media<'_>, report: &mut Report<'_>) {
    let playlist = media.playlist;
    if playlist.part_target.is_none() || playlist.end_list {
        return;
    }
    match playlist.server_control {
        None => report.at("EXT-X-PART-INF", "parts, and no EXT-X-SERVER-CONTROL"),
        Some(control) if !control.can_block_reload => report.at("EXT-X-SERVER-CONTROL", "no CAN-BLOCK-RELOAD=YES"),
        Some(_) => {}
    }
}

pub(super) fn hold_backs(media: &Media<'_>, report: &mut Report<'_>) {
    let Some(control) = media.playlist.server_control else { return };
    let target = Seconds::from_secs(media.playlist.target_duration);
    if let Some(hold_back) = control.hold_back.filter(|hold_back| *hold_back < target.times(3)) {
        report.at("HOLD-BACK", format_args!("{hold_back}, below {}", target.times(3)));
    }
    let Some(part_target) = media.playlist.part_target else { return };
    match control.part_hold_back {
        None => report.at("EXT-X-SERVER-CONTROL", "parts, and no PART-HOLD-BACK"),
        Some(hold_back) if hold_back < part_target.times(2) => {
            report.at("PART-HOLD-BACK", format_args!("{hold_back}, below {}", part_target.times(2)));
        }
        Some(hold_back) if hold_back < part_target.times(3) => {
            report.warn("PART-HOLD-BACK", format_args!("{hold_back}, below the advised {}", part_target.times(3)));
        }
        Some(_) => {}
    }
}

pub(super) fn skip_boundary(media: &Media<'_>, report: &mut Report<'_>) {
    let Some(control) = media.playlist.server_control else { return };
    let least = Seconds::from_secs(media.playlist.target_duration).times(6);
    match control.can_skip_until {
        Some(boundary) if boundary < least => {
            report.at("CAN-SKIP-UNTIL", format_args!("{boundary}, below {least}"));
        }
        None if control.can_skip_dateranges => report.at("CAN-SKIP-DATERANGES", "it stands without CAN-SKIP-UNTIL"),
        _ => {}
    }
}

pub(super) fn delta(media: &Media<'_>, report: &mut Report<'_>) {
    let Some(skip) = &media.playlist.skip else { return };
    let boundary = media.playlist.server_control.and_then(|control| control.can_skip_until);
    let Some(boundary) = boundary else {
        return report.at("EXT-X-SKIP", "a delta update, and no CAN-SKIP-UNTIL");
    };
    if skip.skipped_segments == 0 {
        report.warn("EXT-X-SKIP", "no segment is skipped");
    }
    let kept: Seconds = media.playlist.segments.iter().map(|segment| segment.duration).sum();
    if skip.skipped_segments > 0 && kept < boundary {
        report.at("EXT-X-SKIP", format_args!("segments are skipped up to {kept} before the end, within {boundary}"));
    }
}

pub(super) fn date_ranges(media: &Media<'_>, report: &mut Report<'_>) {
    let Some(skip) = &media.playlist.skip else { return };
    let allowed = media.playlist.server_control.is_some_and(|control| control.can_skip_dateranges);
    if skip.recently_removed_dateranges.is_some() && !allowed {
        report.at("EXT-X-SKIP", "RECENTLY-REMOVED-DATERANGES without CAN-SKIP-DATERANGES");
    }
}

pub(super) fn old_parts(media: &Media<'_>, report: &mut Report<'_>) {
    let playlist = media.playlist;
    // One target duration more, as what is published may leave only when the next segment comes.
    let most = Seconds::from_secs(playlist.target_duration).times(4);
    let mut behind: Seconds = playlist.open.iter().flat_map(|open| &open.parts).map(|part| part.duration).sum();
    for (number, segment) in numbered(playlist).rev() {
        if behind > most && !segment.parts.is_empty() {
            report.at(format_args!("segment {number}"), format_args!("its parts are listed {behind} before the end"));
        }
        behind = behind + segment.duration;
    }
}

pub(super) fn dates(media: &Media<'_>, report: &mut Report<'_>) {
    let playlist = media.playlist;
    let dated = playlist.segments.iter().any(|segment| segment.program_date_time.is_some())
        || playlist.open.iter().any(|open| open.program_date_time.is_some());
    // In a delta update the one date there is may be skipped.
    if playlist.part_target.is_some() && playlist.skip.is_none() && !dated {
        report.at("the playlist", "parts, and no EXT-X-PROGRAM-DATE-TIME");
    }
}

pub(super) fn parts_are_there(media: &Media<'_>, report: &mut Report<'_>) {
    let playlist = media.playlist;
    let promised = playlist.part_target.is_some() && !playlist.end_list && !playlist.i_frames_only;
    let last = playlist.segments.last().filter(|segment| segment.parts.is_empty() && !segment.gap);
    let open = playlist.open.as_ref().is_some_and(|open| !open.parts.is_empty());
    if last.is_some() && promised && !open {
        report.at("EXT-X-PART-INF", "no parts at the live edge");
    }
}

pub(super) fn part_target(media: &Media<'_>, report: &mut Report<'_>) {
    let least = Seconds::from_millis(200);
    if let Some(target) = media.playlist.part_target.filter(|target| *target < least) {
        report.at("PART-TARGET", format_args!("{target}, below {least}"));
    }
}

pub(super) fn preload_hints(media: &Media<'_>, report: &mut Report<'_>) {
    let playlist = media.playlist;
    if playlist.end_list {
        return;
    }
    let of_type = |hint_type| playlist.preload_hints.iter().filter(move |hint| hint.hint_type == hint_type);
    for hint_type in [HintType::Part, HintType::Map] {
        if of_type(hint_type).count() > 1 {
            report.at("EXT-X-PRELOAD-HINT", format_args!("more than one of the type {hint_type:?}"));
        }
    }
    if playlist.part_target.is_some() && of_type(HintType::Part).next().is_none() {
        report.at("EXT-X-PRELOAD-HINT", "no hint at the next part");
    }
    let Some(hint) = of_type(HintType::Part).next().filter(|hint| hint.byterange_start.is_none()) else { return };
    if let Some((place, _)) = parts(media).find(|(_, part)| part.uri == hint.uri && part.byterange.is_none()) {
        report.at(place, format_args!("{} is listed, and hinted at as the next", hint.uri));
    }
}

pub(super) fn rendition_reports(media: &Media<'_>, report: &mut Report<'_>) {
    let mut seen = HashSet::new();
    for one in &media.playlist.rendition_reports {
        if one.uri.contains("://") || one.uri.starts_with("//") {
            report.at(&one.uri, "the URI of a rendition report is not relative");
        }
        if media.playlist.part_target.is_some() && one.last_part.is_none() {
            report.at(&one.uri, "no LAST-PART, though there are parts");
        }
        if !seen.insert(one.uri.as_str()) {
            report.at(&one.uri, "reported more than once");
        }
    }
}
