//! A broadcast made by arithmetic.

use std::sync::Arc;
use std::time::Duration;

use springhead_core::{
    AccessUnit, FrameRate, Generation, MonoTime, Rounding, TickDelta, Ticks, TimelineId, Timescale, Timestamp, Track,
    TrackId, TrackSet, UnitFlags,
};

use crate::{aac, avc};

/// The video track of every source.
pub const VIDEO: TrackId = TrackId(1);
/// The audio track of every source.
pub const AUDIO: TrackId = TrackId(2);

/// What a [`Source`] sends. The default is 640 by 360 at 30 pictures a second with a group of 60 and two B pictures, and
/// sound at 48 kHz.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceOptions {
    /// Pictures a second. Neither half is zero.
    pub frame_rate: FrameRate,
    /// Pictures from one IDR picture to the next, at least one.
    pub gop: u32,
    /// Disposable pictures between two that are referred to.
    pub b_frames: u32,
    /// The sampling rate of the sound; none for no sound.
    pub audio_rate: Option<u32>,
    /// Whether there are pictures.
    pub video: bool,
    /// The decode time of the first unit of each track.
    pub start: Duration,
    /// About how long a P picture is, in bytes. An IDR picture is four times as long, a B picture half as long; all at
    /// least as long as they need.
    pub unit_bytes: usize,
    /// Width and height; even, and not zero.
    pub size: (u32, u32),
}

impl Default for SourceOptions {
    fn default() -> Self {
        Self {
            frame_rate: FrameRate { num: 30, den: 1 },
            gop: 60,
            b_frames: 2,
            audio_rate: Some(48_000),
            video: true,
            start: Duration::ZERO,
            unit_bytes: 1000,
            size: (640, 360),
        }
    }
}

/// An endless broadcast: AVC at 90 kHz and AAC LC at its sampling rate, in order of decode time.
///
/// Times are rounded from the exact ones, so no error adds up; durations are their differences. Groups are closed. Every
/// payload differs from every other and decodes, to grey pictures and silence. Arrival is the decode time since the start
/// of the source.
///
/// ```
/// use std::time::Duration;
/// use springhead_testkit::{Source, SourceOptions, VIDEO};
/// let second = Source::new(SourceOptions::default()).until(Duration::from_secs(1));
/// assert_eq!(second.iter().filter(|unit| unit.track == VIDEO).count(), 30);
/// ```
#[derive(Clone, Debug)]
pub struct Source {
    options: SourceOptions,
    tracks: Arc<TrackSet>,
    pictures: u64,
    frames: u64,
}

impl Source {
    /// A source at its first unit.
    ///
    /// # Panics
    /// When the options are not as their fields say, or there is neither picture nor sound.
    pub fn new(options: SourceOptions) -> Self {
        let SourceOptions { frame_rate, gop, size, video, audio_rate, .. } = options;
        assert!(frame_rate.num > 0 && frame_rate.den > 0 && gop > 0, "{options:?}");
        assert!(size.0 > 0 && size.1 > 0 && size.0 % 2 == 0 && size.1 % 2 == 0, "{options:?}");
        assert!(video || audio_rate.is_some(), "a source of nothing");
        let mut tracks: Vec<Arc<Track>> = Vec::new();
        if video {
            tracks.push(avc::track(VIDEO, size, frame_rate, options.b_frames > 0).into());
        }
        if let Some(rate) = audio_rate {
            tracks.push(aac::track(AUDIO, rate).into());
        }
        let tracks = Arc::new(TrackSet::new(Generation::default(), TimelineId::default(), tracks));
        Self { options, tracks, pictures: 0, frames: 0 }
    }

    /// The tracks that the units belong to.
    pub fn tracks(&self) -> Arc<TrackSet> {
        self.tracks.clone()
    }

    /// The units that are decoded within `span` of the start of the source.
    pub fn until(self, span: Duration) -> Vec<AccessUnit> {
        let end = MonoTime(0) + span;
        self.take_while(|unit| unit.arrival < end).collect()
    }

    /// The exact time of picture `n` since the start, in ticks.
    fn picture_ticks(&self, n: u64) -> i64 {
        let FrameRate { num, den } = self.options.frame_rate;
        let ticks = u128::from(n) * u128::from(den) * u128::from(Timescale::MPEG.hz());
        ((2 * ticks + u128::from(num)) / (2 * u128::from(num))) as i64
    }

    fn start(&self, scale: Timescale) -> Timestamp {
        Timestamp::ZERO + scale.ticks(self.options.start, Rounding::Nearest)
    }

    fn picture(&mut self) -> AccessUnit {
        let n = self.pictures;
        self.pictures += 1;
        let SourceOptions { gop, b_frames, size, unit_bytes, .. } = self.options;
        let (gop, b_frames) = (u64::from(gop), u64::from(b_frames));
        let (group, place) = (n / gop, n % gop);
        let picture = place_in_group(group, place, gop, b_frames);
        let (flags, bytes) = match picture.kind {
            avc::Kind::Idr => (UnitFlags::RANDOM_ACCESS, unit_bytes * 4),
            avc::Kind::P => (UnitFlags::empty(), unit_bytes),
            avc::Kind::B => (UnitFlags::DISPOSABLE, unit_bytes / 2),
        };
        let delay = u64::from(b_frames > 0);
        let (at, end) = (self.picture_ticks(n), self.picture_ticks(n + 1));
        let shown = self.picture_ticks(group * gop + picture.display + delay);
        self.access_unit(VIDEO, Timescale::MPEG, at, end, shown - at, flags, avc::unit(n, picture, size, bytes))
    }

    fn frame(&mut self, scale: Timescale) -> AccessUnit {
        let n = self.frames;
        self.frames += 1;
        let (at, end) = ((n * aac::FRAME) as i64, ((n + 1) * aac::FRAME) as i64);
        let payload = aac::frame(n, 100 + (n % 64) as usize);
        self.access_unit(AUDIO, scale, at, end, 0, UnitFlags::RANDOM_ACCESS, payload)
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of a unit, of which two callers each know all")]
    fn access_unit(
        &self,
        track: TrackId,
        scale: Timescale,
        at: i64,
        end: i64,
        offset: i64,
        flags: UnitFlags,
        payload: bytes::Bytes,
    ) -> AccessUnit {
        let since = Ticks(at.unsigned_abs());
        AccessUnit {
            track,
            dts: self.start(scale) + since,
            composition_offset: TickDelta(offset),
            duration: Ticks(end.abs_diff(at)),
            flags,
            arrival: MonoTime(0) + since.to_duration(scale),
            payload: payload.into(),
        }
    }
}

/// The picture that is decoded at `place` of its group: an IDR picture, then each reference picture before the B pictures
/// that are shown before it.
fn place_in_group(group: u64, place: u64, gop: u64, b_frames: u64) -> avc::Picture {
    let Some(after_idr) = place.checked_sub(1) else {
        return avc::Picture { kind: avc::Kind::Idr, display: 0, references: 0, group };
    };
    let run = b_frames + 1;
    let (before, within) = (after_idr / run, after_idr % run);
    let first = 1 + before * run;
    let last = (first + b_frames).min(gop - 1);
    match within {
        0 => avc::Picture { kind: avc::Kind::P, display: last, references: before + 1, group },
        b => avc::Picture { kind: avc::Kind::B, display: first + b - 1, references: before + 2, group },
    }
}

impl Iterator for Source {
    type Item = AccessUnit;

    /// The next unit in order of decode time, pictures first; there always is one.
    fn next(&mut self) -> Option<AccessUnit> {
        let scale = self.options.audio_rate.and_then(Timescale::new);
        let Some(scale) = scale else {
            return Some(self.picture());
        };
        let picture = u128::from(self.picture_ticks(self.pictures).unsigned_abs()) * u128::from(scale.hz());
        let frame = u128::from(self.frames * aac::FRAME) * u128::from(Timescale::MPEG.hz());
        Some(if self.options.video && picture <= frame { self.picture() } else { self.frame(scale) })
    }
}

#[cfg(test)]
mod tests;
