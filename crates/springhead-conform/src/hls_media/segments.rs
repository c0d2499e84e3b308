//! Rules on segments.

use springhead_core::WallTime;
use springhead_manifest::Seconds;
use springhead_manifest::hls::PlaylistType;

use super::{Media, numbered};
use crate::finding::Report;

pub(super) fn target_duration(media: &Media<'_>, report: &mut Report<'_>) {
    let target = media.playlist.target_duration;
    for (number, segment) in numbered(media.playlist) {
        let rounded = segment.duration.rounded();
        if rounded > target {
            let message = format_args!("EXTINF {} rounds to {rounded}, above {target}", segment.duration);
            report.at(format_args!("segment {number}"), message);
        }
    }
}

pub(super) fn no_zero_duration(media: &Media<'_>, report: &mut Report<'_>) {
    for (number, segment) in numbered(media.playlist) {
        if segment.duration == Seconds::ZERO {
            report.at(format_args!("segment {number}"), "its EXTINF is zero");
        }
    }
}

pub(super) fn discontinuity_sequence(media: &Media<'_>, report: &mut Report<'_>) {
    let playlist = media.playlist;
    let slides = playlist.playlist_type.is_none() && !playlist.end_list;
    if !slides || playlist.discontinuity_sequence.is_some() {
        return;
    }
    if let Some((number, _)) = numbered(playlist).find(|(_, segment)| segment.discontinuity) {
        report.at(format_args!("segment {number}"), "a discontinuity, and no EXT-X-DISCONTINUITY-SEQUENCE");
    }
}

pub(super) fn first_discontinuity(media: &Media<'_>, report: &mut Report<'_>) {
    let playlist = media.playlist;
    let uncounted = playlist.discontinuity_sequence.unwrap_or(0) == 0;
    if let Some((number, _)) =
        numbered(playlist).next().filter(|(n, first)| *n == 0 && first.discontinuity && uncounted)
    {
        report.at(format_args!("segment {number}"), "EXT-X-DISCONTINUITY before the first segment of all");
    }
}

pub(super) fn start(media: &Media<'_>, report: &mut Report<'_>) {
    let playlist = media.playlist;
    // How long a delta update's playlist is, only the whole one tells.
    let Some(start) = playlist.start.filter(|_| playlist.skip.is_none()) else { return };
    let parts = playlist.open.iter().flat_map(|open| &open.parts).map(|part| part.duration);
    let whole =
        i128::from(playlist.segments.iter().map(|segment| segment.duration).chain(parts).sum::<Seconds>().micros());
    let offset = i128::from(start.time_offset.micros());
    if offset.abs() > whole {
        report.at(
            "EXT-X-START",
            format_args!("{} in a playlist of {}", start.time_offset, Seconds::from_micros(whole as u64)),
        );
    }
    let from_end = if offset < 0 { -offset } else { whole - offset };
    // With parts it is PART-HOLD-BACK that a player keeps, and less than three target durations are meant.
    let live = !playlist.end_list && playlist.part_target.is_none();
    let least = Seconds::from_secs(playlist.target_duration).times(3);
    if live && from_end < i128::from(least.micros()) {
        report.at("EXT-X-START", format_args!("{} is within {least} of the end", start.time_offset));
    }
}

pub(super) fn i_frames(media: &Media<'_>, report: &mut Report<'_>) {
    if !media.playlist.i_frames_only {
        return;
    }
    if let Some((number, _)) = numbered(media.playlist).find(|(_, segment)| !segment.parts.is_empty()) {
        report.at(format_args!("segment {number}"), "it has parts");
    }
}

pub(super) fn playlist_type(media: &Media<'_>, report: &mut Report<'_>) {
    let playlist = media.playlist;
    match playlist.playlist_type {
        Some(PlaylistType::Vod) if !playlist.end_list => {
            report.at("EXT-X-PLAYLIST-TYPE", "VOD, and the playlist has no end");
        }
        Some(kind) if playlist.media_sequence > 0 => {
            let message = format_args!("{kind:?}, and the playlist begins with segment {}", playlist.media_sequence);
            report.warn("EXT-X-PLAYLIST-TYPE", message);
        }
        _ => {}
    }
}

pub(super) fn end_list(media: &Media<'_>, report: &mut Report<'_>) {
    if !media.playlist.end_list {
        return;
    }
    if let Some(hint) = media.playlist.preload_hints.first() {
        report.at("EXT-X-PRELOAD-HINT", format_args!("{} is announced after the end", hint.uri));
    }
    if media.playlist.open.is_some() {
        report.at("EXT-X-PART", "a segment has begun that never ends");
    }
    if media.playlist.skip.is_some() {
        report.at("EXT-X-SKIP", "a delta update of a playlist that has ended");
    }
}

/// One segment's date, as far as it is stated.
struct Dated {
    number: u64,
    discontinuity: bool,
    date: Option<WallTime>,
    duration: Seconds,
}

fn dated(media: &Media<'_>) -> Vec<Dated> {
    let playlist = media.playlist;
    let complete = numbered(playlist).map(|(number, segment)| Dated {
        number,
        discontinuity: segment.discontinuity,
        date: segment.program_date_time,
        duration: segment.duration,
    });
    let open = playlist.open.iter().map(|open| Dated {
        number: playlist.next_media_sequence(),
        discontinuity: open.discontinuity,
        date: open.program_date_time,
        duration: Seconds::ZERO,
    });
    complete.chain(open).collect()
}

pub(super) fn date_after_discontinuity(media: &Media<'_>, report: &mut Report<'_>) {
    let dated = dated(media);
    if dated.iter().all(|segment| segment.date.is_none()) {
        return;
    }
    for segment in dated.iter().filter(|segment| segment.discontinuity && segment.date.is_none()) {
        report.at(format_args!("segment {}", segment.number), "a discontinuity without a date");
    }
}

pub(super) fn date_continuity(media: &Media<'_>, report: &mut Report<'_>) {
    // Both dates are cut to a millisecond and the durations are rounded to a microsecond.
    const TOLERANCE_NANOS: i128 = 1_001_000;
    let mut expected: Option<i128> = None;
    for segment in dated(media) {
        if segment.discontinuity {
            expected = None;
        }
        let stated = segment.date.map(|date| i128::from(date.0));
        if let (Some(stated), Some(expected)) = (stated, expected) {
            let off = stated - expected;
            if off.abs() > TOLERANCE_NANOS {
                let message = format_args!("its date is {} ms off", off / 1_000_000);
                report.at(format_args!("segment {}", segment.number), message);
            }
        }
        expected = stated.or(expected).map(|at| at + i128::from(segment.duration.micros()) * 1_000);
    }
}

pub(super) fn gaps(media: &Media<'_>, report: &mut Report<'_>) {
    for (number, segment) in numbered(media.playlist).filter(|(_, segment)| !segment.parts.is_empty()) {
        let all = segment.parts.iter().all(|part| part.gap);
        let place = format_args!("segment {number}");
        match (segment.gap, all) {
            (true, false) => report.at(place, "a gap with a part that is none"),
            (false, true) => report.at(place, "all its parts are gaps, and it is none"),
            _ => {}
        }
    }
}
