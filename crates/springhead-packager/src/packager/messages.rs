//! Messages that travel beside the media.

use bytes::Bytes;
use springhead_codec::id3;
use springhead_codec::scte35::{SpliceInfoSection, WRAP, section};
use springhead_core::{AccessUnit, Codec, Rounding, Timescale, Timestamp, Track, TrackSet, WallTime};

use super::Packager;
use crate::events::{Announcement, At, InbandEvent, Role, Taken, announcements};
use crate::segment::Period;

/// How far from where it came what a section announces may be. What is farther has a time of another clock.
const FARTHEST: i64 = 3600 * 90_000;

impl Packager {
    /// Takes a unit of a track of messages.
    pub(super) fn take_message(&mut self, unit: &AccessUnit, tracks: &TrackSet) {
        let Some(track) = tracks.track(unit.track) else { return };
        self.stats.messages += 1;
        self.stats.lost_messages += self.messages.push(tracks.timeline, track.clone(), unit.clone());
    }

    /// Does what the messages say of which it is known where their timeline lies.
    pub(super) fn settle_messages(&mut self) {
        let Some(timeline) = self.set.as_ref().map(|set| set.timeline) else { return };
        let Some(period) = self.period.clone() else { return };
        while let Some((of, track, unit)) = self.messages.next_of(timeline) {
            let taken = of == timeline
                && match track.codec {
                    Codec::Scte35 => self.take_section(&track, &unit, &period),
                    Codec::Id3 => self.take_tags(&track, &unit, &period),
                    _ => false,
                };
            self.stats.lost_messages += u64::from(!taken);
        }
    }

    /// Whether anything could be made of a section.
    fn take_section(&mut self, track: &Track, unit: &AccessUnit, period: &Period) -> bool {
        let payload = unit.payload.to_bytes();
        // A copy, as it is kept for as long as it is listed, and a slice would keep what the unit was cut from.
        let Ok(bytes) = section(&payload).map(Bytes::copy_from_slice) else { return false };
        let Ok(read) = SpliceInfoSection::parse(&bytes) else { return false };
        let came = unit.pts().rescale(track.timescale, Timescale::MPEG, Rounding::Nearest);
        let mut understood = true;
        for announcement in announcements(&read, &bytes) {
            understood &= self.announce(&announcement, came, period, &bytes);
        }
        understood
    }

    /// Takes what is announced of one event, by a message that came at a source's time of 90 kHz.
    fn announce(&mut self, announcement: &Announcement, came: Timestamp, period: &Period, bytes: &Bytes) -> bool {
        let away = announcement.at.map(|at| distance(came, at));
        if away.is_some_and(|away| away.abs() > FARTHEST) {
            return false;
        }
        let in_media_time = |at: i64| Timestamp(at.saturating_sub(period.zero_in(Timescale::MPEG).0));
        let date = |at: Timestamp| period.wall_at(at, Timescale::MPEG);
        let media = in_media_time(came.0.saturating_add(away.unwrap_or(0)));
        let at = At { date: date(media), at_once: away.is_none(), came: date(in_media_time(came.0)) };
        // What ended before anything that is listed is nobody's concern.
        let last = at.date + announcement.planned.unwrap_or_default();
        let past = announcement.role != Role::Cancel && self.listed_since().is_some_and(|since| last < since);
        if past {
            return false;
        }
        match self.splices.take(announcement, at, bytes) {
            Taken::News(splice) => {
                if splice.is_some() && self.frontier_in_mpeg().is_none_or(|frontier| media >= frontier) {
                    self.splice_points.push((media, splice.unwrap_or_default()));
                }
                // Nothing is spliced where that was cancelled.
                let splices = &self.splices;
                self.splice_points.retain(|(_, date)| splices.is_spliced_at(*date));
                self.splices_changed();
                true
            }
            Taken::Known => true,
            Taken::LeftOut => false,
        }
    }

    /// Whether tags go into chunks.
    fn take_tags(&mut self, track: &Track, unit: &AccessUnit, period: &Period) -> bool {
        let message = unit.payload.to_bytes();
        let Some(kind) = self.leading().map(|leader| leader.kind()).filter(|_| id3::is_whole(&message)) else {
            return false;
        };
        let at = unit.pts().rescale(track.timescale, Timescale::MPEG, Rounding::Nearest);
        let at = Timestamp(at.0.saturating_sub(period.zero_in(Timescale::MPEG).0));
        if !self.inband_events.contains(&kind) {
            // Declared from now on, for as long as the broadcast lasts.
            self.inband_events.push(kind);
            self.version.mpd += 1;
            self.dirty = true;
        }
        let id = self.inband_ids.next(period.wall_at(at, Timescale::MPEG));
        let event = InbandEvent { at, id, message };
        let mut taken = true;
        for cutter in
            self.renditions.iter_mut().filter(|state| state.kind() == kind).filter_map(|state| state.cutter.as_mut())
        {
            taken &= cutter.inband.push(event.clone());
        }
        taken
    }

    /// Where the leader has been packaged up to, in ticks of 90 kHz.
    fn frontier_in_mpeg(&self) -> Option<Timestamp> {
        self.frontier().map(|(at, scale)| at.rescale(scale, Timescale::MPEG, Rounding::Nearest))
    }

    /// When the first segment that is listed began.
    fn listed_since(&self) -> Option<WallTime> {
        let leader = self.renditions.first()?;
        let at = leader.segments.partition_point(|segment| segment.msn < self.window.listed_from);
        Some(leader.segments.get(at)?.program_date_time)
    }

    /// Whether a random access point at a media time ends the open segment, as something is spliced there or before it.
    pub(super) fn is_spliced_at(&self, unit: &AccessUnit, scale: Timescale) -> bool {
        unit.is_random_access()
            && self.timing.is_some()
            && self.splice_points.iter().any(|(at, _)| reaches(unit, scale, *at))
    }

    /// A segment begins with a unit of the leader, a random access point: how far that is from where something is spliced.
    pub(super) fn note_boundary(&mut self, unit: &AccessUnit, scale: Timescale) {
        if !unit.is_random_access() {
            return;
        }
        let mut points = std::mem::take(&mut self.splice_points);
        let mut news = false;
        points.retain(|(at, splice)| {
            let reached = reaches(unit, scale, *at);
            if reached {
                let ticks = unit.pts().rescale(scale, Timescale::MPEG, Rounding::Nearest).delta_since(*at).0;
                let nanos = springhead_core::time::rescale(ticks, Timescale::MPEG, Timescale::NANOS, Rounding::Nearest);
                self.splices.note_boundary(*splice, nanos);
                self.stats.splices += 1;
                self.stats.unaligned_splices += u64::from(ticks.unsigned_abs() > half(unit, scale).unsigned_abs());
                news = true;
            }
            !reached
        });
        self.splice_points = points;
        self.dirty |= news;
    }

    /// Forgets the splices that end before what is listed begins.
    pub(super) fn forget_splices(&mut self) {
        let Some(since) = self.listed_since() else { return };
        if self.splices.forget_before(since) {
            self.splices_changed();
        }
    }

    fn splices_changed(&mut self) {
        self.version.mpd += 1;
        self.touch_playlists();
    }
}

/// How far `at` is behind `came`, whichever way round their clock of 33 bits is shorter.
fn distance(came: Timestamp, at: u64) -> i64 {
    let wrap = WRAP as i64;
    let ahead = (at as i64 - came.0.rem_euclid(wrap)).rem_euclid(wrap);
    if ahead >= wrap / 2 { ahead - wrap } else { ahead }
}

/// Half a unit, in ticks of 90 kHz.
fn half(unit: &AccessUnit, scale: Timescale) -> i64 {
    unit.duration.rescale(scale, Timescale::MPEG, Rounding::Nearest).0 as i64 / 2
}

/// Whether a unit is at a media time of 90 kHz or behind it, to half a unit.
fn reaches(unit: &AccessUnit, scale: Timescale, at: Timestamp) -> bool {
    unit.pts().rescale(scale, Timescale::MPEG, Rounding::Nearest).0 + half(unit, scale) >= at.0
}
