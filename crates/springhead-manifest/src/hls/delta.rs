//! Delta updates (draft-pantos-hls-rfc8216bis-22 §6.2.5.1, §6.3.7).

use super::{DateRange, Map, MediaPlaylist, RecentDateRanges, Segment, Skip};
use crate::Seconds;

/// Why a delta update does not apply to the copy at hand. A client that meets one asks for the full playlist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// The playlist has no EXT-X-SKIP: it is whole as it is.
    #[error("the playlist is not a delta update")]
    NotADelta,
    /// Skipped segments that the older copy does not have: it is too old, or of another playlist.
    #[error("segment {missing} is skipped, and the older copy does not have it")]
    Missing {
        /// The Media Sequence Number of the first of them.
        missing: u64,
    },
    /// The older copy is a delta update itself.
    #[error("the older copy is a delta update itself")]
    OldIsADelta,
}

impl MediaPlaylist {
    /// The delta update of this full playlist, as the answer to `_HLS_skip=YES`: the segments that lie wholly beyond the
    /// Skip Boundary, counted back from the end of the last complete segment, give way to one EXT-X-SKIP. Date ranges
    /// stay.
    ///
    /// What is left are this playlist's own lines: an EXT-X-MAP that was printed before a skipped segment is not printed
    /// again, so the segments that it still applies to have no [`map`](Segment::map) here.
    ///
    /// None where no delta exists: without CAN-SKIP-UNTIL, with EXT-X-ENDLIST, of a delta, or with nothing to skip. The
    /// full playlist is the answer then.
    pub fn delta(&self) -> Option<MediaPlaylist> {
        let boundary = self.server_control?.can_skip_until?;
        if self.end_list || self.skip.is_some() {
            return None;
        }
        let skipped = Self::skippable(boundary, self.segments.iter().map(|segment| segment.duration));
        let (gone, kept) = self.segments.split_at(skipped);
        let last = gone.last()?;
        let skip = Skip { skipped_segments: skipped as u64, recently_removed_dateranges: None };
        let mut delta = MediaPlaylist { segments: kept.to_vec(), skip: Some(skip), ..self.without_segments() };
        forget(last.map.as_ref(), delta.maps_mut());
        forget(last.bitrate.as_ref(), delta.bitrates_mut());
        Some(delta)
    }

    /// How many segments of such durations, oldest first, a delta update gives way: those that lie wholly beyond the Skip
    /// Boundary.
    ///
    /// ```
    /// use springhead_manifest::{Seconds, hls::MediaPlaylist};
    /// let durations = [2, 2, 2, 2].map(|seconds| Seconds::from_millis(seconds * 1000));
    /// assert_eq!(MediaPlaylist::skippable(Seconds::from_millis(3000), durations.into_iter()), 2);
    /// ```
    pub fn skippable(
        boundary: Seconds,
        durations: impl DoubleEndedIterator<Item = Seconds> + ExactSizeIterator,
    ) -> usize {
        let count = durations.len();
        let mut from_end = Seconds::ZERO;
        let within = durations.rev().take_while(|duration| {
            let near = from_end < boundary;
            from_end = from_end + *duration;
            near
        });
        count - within.count()
    }

    /// The delta update that leaves out old date ranges too, as the answer to `_HLS_skip=v2`. Those that `recent` lists are
    /// in it, and the ids of those that were removed, of which there may be none.
    ///
    /// None where [`delta`](Self::delta) is, and without CAN-SKIP-DATERANGES. The answer then is what it is to
    /// `_HLS_skip=YES`.
    pub fn delta_of_date_ranges(&self, recent: &RecentDateRanges) -> Option<MediaPlaylist> {
        let mut delta =
            self.delta().filter(|_| self.server_control.is_some_and(|control| control.can_skip_dateranges))?;
        delta.date_ranges.retain(|range| recent.listed.contains(&range.id));
        let skip = delta.skip.as_mut()?;
        skip.recently_removed_dateranges = Some(recent.removed.clone());
        Some(delta)
    }

    /// Everything but the complete segments, so that a long window is not cloned for the sake of its end.
    fn without_segments(&self) -> MediaPlaylist {
        MediaPlaylist {
            version: self.version,
            target_duration: self.target_duration,
            media_sequence: self.media_sequence,
            discontinuity_sequence: self.discontinuity_sequence,
            playlist_type: self.playlist_type,
            independent_segments: self.independent_segments,
            i_frames_only: self.i_frames_only,
            server_control: self.server_control,
            part_target: self.part_target,
            start: self.start,
            defines: self.defines.clone(),
            skip: self.skip.clone(),
            date_ranges: self.date_ranges.clone(),
            segments: Vec::new(),
            open: self.open.clone(),
            preload_hints: self.preload_hints.clone(),
            rendition_reports: self.rendition_reports.clone(),
            end_list: self.end_list,
        }
    }

    fn maps_mut(&mut self) -> impl Iterator<Item = &mut Option<Map>> {
        self.segments.iter_mut().map(|s| &mut s.map).chain(self.open.iter_mut().map(|o| &mut o.map))
    }

    fn bitrates_mut(&mut self) -> impl Iterator<Item = &mut Option<u64>> {
        self.segments.iter_mut().map(|s| &mut s.bitrate).chain(self.open.iter_mut().map(|o| &mut o.bitrate))
    }
}

/// Clears what a run of segments has from the one before it.
fn forget<'a, T: PartialEq + 'a>(inherited: Option<&T>, slots: impl Iterator<Item = &'a mut Option<T>>) {
    slots.take_while(|slot| slot.as_ref() == inherited).for_each(|slot| *slot = None);
}

/// Gives it back.
fn inherit<'a, T: Clone + 'a>(inherited: Option<&T>, slots: impl Iterator<Item = &'a mut Option<T>>) {
    slots.take_while(|slot| slot.is_none()).for_each(|slot| *slot = inherited.cloned());
}

/// The full playlist that a delta update stands for: what a client does with one (§6.3.7).
///
/// The skipped segments are taken from `old` as they are, with the parts that they had then. Everything else is the
/// delta's, except that to a delta which leaves out date ranges those of `old` are added that it does not remove, with
/// what both say of one.
///
/// # Errors
/// See [`MergeError`]; the caller fetches the full playlist.
pub fn merge_delta(old: &MediaPlaylist, delta: &MediaPlaylist) -> Result<MediaPlaylist, MergeError> {
    let skip = delta.skip.as_ref().ok_or(MergeError::NotADelta)?;
    if old.skip.is_some() {
        return Err(MergeError::OldIsADelta);
    }
    let skipped = skipped_segments(old, delta.media_sequence, skip.skipped_segments)?;
    let mut whole = MediaPlaylist { skip: None, segments: delta.segments.clone(), ..delta.without_segments() };
    if let Some(last) = skipped.last() {
        inherit(last.map.as_ref(), whole.maps_mut());
        inherit(last.bitrate.as_ref(), whole.bitrates_mut());
    }
    whole.segments.splice(0..0, skipped.iter().cloned());
    if let Some(removed) = &skip.recently_removed_dateranges {
        whole.date_ranges = merge_date_ranges(&old.date_ranges, removed, &delta.date_ranges);
    }
    Ok(whole)
}

/// The older copy's date ranges without those that were removed, with what the delta says of them and the new ones.
fn merge_date_ranges(old: &[DateRange], removed: &[String], delta: &[DateRange]) -> Vec<DateRange> {
    let mut merged: Vec<DateRange> = old.iter().filter(|range| !removed.contains(&range.id)).cloned().collect();
    for range in delta {
        match merged.iter_mut().find(|known| known.id == range.id) {
            Some(known) => known.augment(range),
            None => merged.push(range.clone()),
        }
    }
    merged
}

fn skipped_segments(old: &MediaPlaylist, first: u64, count: u64) -> Result<&[Segment], MergeError> {
    let have = old.segments.len() as u64;
    let start = first.checked_sub(old.media_sequence).ok_or(MergeError::Missing { missing: first })?;
    let end = start.saturating_add(count);
    if end > have {
        return Err(MergeError::Missing { missing: old.media_sequence.saturating_add(have).max(first) });
    }
    // Both are at most `have`, which came from a length.
    Ok(&old.segments[start as usize..end as usize])
}

#[cfg(test)]
mod tests;
