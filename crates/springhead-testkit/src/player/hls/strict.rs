//! What a strict player has against a media playlist: the rejections that users of AVPlayer report.

use std::time::Duration;

use springhead_core::MonoTime;
use springhead_manifest::hls::{MediaPlaylist, Part};

use super::super::Fault;

/// The first thing that is wrong with `new`, which comes after `old`.
pub(super) fn judge(old: Option<&MediaPlaylist>, new: &MediaPlaylist) -> Option<Fault> {
    let of_itself = within(new);
    of_itself.or_else(|| old.and_then(|old| against(old, new)))
}

fn within(playlist: &MediaPlaylist) -> Option<Fault> {
    if playlist.segments.iter().any(|segment| segment.duration.micros() == 0) {
        return Some(Fault::ZeroDuration);
    }
    if playlist.segments.iter().any(|segment| segment.duration.rounded() > playlist.target_duration) {
        return Some(Fault::BrokenPromise("a segment is longer than EXT-X-TARGETDURATION"));
    }
    let open = playlist.open.iter().flat_map(|open| &open.parts);
    let mut parts = playlist.segments.iter().flat_map(|segment| &segment.parts).chain(open).peekable();
    let Some(target) = playlist.part_target else {
        return parts.peek().map(|_| Fault::BrokenPromise("EXT-X-PART without EXT-X-PART-INF"));
    };
    let too_long = |part: &Part| part.duration > target;
    if parts.any(too_long) {
        return Some(Fault::BrokenPromise("a part is longer than PART-TARGET"));
    }
    let hold_back = playlist.server_control.and_then(|control| control.part_hold_back);
    match hold_back {
        None => Some(Fault::MissingAttribute("PART-HOLD-BACK")),
        Some(hold_back) if hold_back < target.times(2) => {
            Some(Fault::BrokenPromise("PART-HOLD-BACK is less than two part targets"))
        }
        Some(_) => None,
    }
}

fn against(old: &MediaPlaylist, new: &MediaPlaylist) -> Option<Fault> {
    if new.media_sequence < old.media_sequence || new.next_media_sequence() < old.next_media_sequence() {
        return Some(Fault::SequenceWentBack);
    }
    if new.target_duration != old.target_duration {
        return Some(Fault::BrokenPromise("EXT-X-TARGETDURATION changed"));
    }
    // A playlist that has ended is one like any other.
    if new.end_list {
        return None;
    }
    if new.part_target != old.part_target {
        return Some(Fault::BrokenPromise("PART-TARGET changed"));
    }
    let hold_back = |playlist: &MediaPlaylist| playlist.server_control.and_then(|control| control.part_hold_back);
    (hold_back(old) != hold_back(new)).then_some(Fault::BrokenPromise("PART-HOLD-BACK changed"))
}

/// A playlist that did not change for two target durations.
pub(super) fn stale(playlist: &MediaPlaylist, changed: MonoTime, now: MonoTime) -> Option<Fault> {
    let age = now.saturating_since(changed);
    let most = Duration::from_secs(playlist.target_duration.saturating_mul(2));
    (!playlist.end_list && age >= most).then_some(Fault::Unchanged(age))
}
