//! Whether a track has become another in what one sees and hears. Pure.

use std::time::Duration;

use springhead_analytics::TrackSnapshot;
use springhead_core::{MediaKind, MonoTime, TrackId, TrackSet};

/// How long a rate has to differ before it is believed: longer than the window that it is measured over, so that a hole in
/// the media is no change.
const SUSTAINED: Duration = Duration::from_secs(8);
/// After how long without a measurement the count begins anew.
const UNBROKEN: Duration = Duration::from_secs(1);
/// By what factor a bit rate has to change, up or down: twice. Encoders vary it by less from scene to scene.
const BITRATE: Factor = Factor { num: 2, den: 1 };
/// By what factor a frame rate has to change: a fifth, as from 30 to 24 pictures or from 30 to 60.
const FRAME_RATE: Factor = Factor { num: 6, den: 5 };

/// What changed of the quality of a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum QualityChange {
    /// The size of the coded pictures: width and height after cropping, in samples.
    Size {
        /// What it was.
        from: (u32, u32),
        /// What it is.
        to: (u32, u32),
    },
    /// The frame rate of video, in thousandths of a picture a second, by a fifth at least, for eight seconds.
    FrameRate {
        /// What it was when it was last told or first known.
        from: u64,
        /// What it is.
        to: u64,
    },
    /// The bit rate, in bits a second, by a factor of two at least, for eight seconds.
    Bitrate {
        /// What it was when it was last told or first known.
        from: u64,
        /// What it is.
        to: u64,
    },
}

/// The rates of one track, as they were last told.
#[derive(Debug, Default)]
pub(crate) struct Quality {
    bitrate: Rate,
    frame_rate: Rate,
}

#[derive(Clone, Copy)]
struct Factor {
    num: u128,
    den: u128,
}

/// A rate that is believed, and since when what is measured has been another.
#[derive(Debug, Default)]
struct Rate {
    believed: Option<u64>,
    differs_since: Option<MonoTime>,
    measured_at: MonoTime,
}

impl Quality {
    /// Takes in what was measured up to the newest unit; gives what has changed.
    pub(crate) fn observe(
        &mut self,
        kind: MediaKind,
        measured: &TrackSnapshot,
        now: MonoTime,
    ) -> impl Iterator<Item = QualityChange> + use<> {
        let bitrate = self.bitrate.observe(measured.bitrate, BITRATE, now);
        let milli = measured.unit_rate.filter(|_| kind == MediaKind::Video).map(|rate| rate.milli());
        let frame_rate = self.frame_rate.observe(milli, FRAME_RATE, now);
        let frame_rate = frame_rate.map(|(from, to)| QualityChange::FrameRate { from, to });
        frame_rate.into_iter().chain(bitrate.map(|(from, to)| QualityChange::Bitrate { from, to }))
    }
}

impl Rate {
    /// From which rate to which it has changed. The first is believed without a word, after as long.
    fn observe(&mut self, measured: Option<u64>, factor: Factor, now: MonoTime) -> Option<(u64, u64)> {
        let before = std::mem::replace(&mut self.measured_at, now);
        if now.saturating_since(before) > UNBROKEN {
            self.differs_since = None;
        }
        let Some(measured) = measured.filter(|rate| self.believed.is_none_or(|known| factor.parts(known, *rate)))
        else {
            self.differs_since = None;
            return None;
        };
        let since = *self.differs_since.get_or_insert(now);
        if now.saturating_since(since) < SUSTAINED {
            return None;
        }
        self.differs_since = None;
        self.believed.replace(measured).map(|from| (from, measured))
    }
}

impl Factor {
    /// Whether one rate is so many times the other.
    fn parts(self, one: u64, other: u64) -> bool {
        let (low, high) = (u128::from(one.min(other)), u128::from(one.max(other)));
        low < high && high * self.den >= low * self.num
    }
}

/// The tracks of which the pictures have another size in the second set.
pub(crate) fn sizes(before: &TrackSet, after: &TrackSet) -> impl Iterator<Item = (TrackId, QualityChange)> {
    after.tracks.iter().filter_map(|track| {
        let size = |params: &springhead_core::VideoParams| (params.width, params.height);
        let (from, to) = (size(before.track(track.id)?.video()?), size(track.video()?));
        (from != to).then_some((track.id, QualityChange::Size { from, to }))
    })
}

#[cfg(test)]
mod tests {
    use springhead_analytics::UnitRate;
    use springhead_core::{Ticks, Timescale};

    use super::*;

    /// Measures so many seconds, four times a second, from `from` seconds on.
    fn run(quality: &mut Quality, from: u64, seconds: u64, fps: u64, bitrate: u64) -> Vec<(u64, QualityChange)> {
        let rate = UnitRate { units: fps, ticks: Ticks(1000), scale: Timescale::MILLIS };
        let measured = TrackSnapshot { bitrate: Some(bitrate), unit_rate: Some(rate), ..TrackSnapshot::default() };
        let at = |quarter: u64| from * 1000 + quarter * 250;
        let change = |quarter: u64| {
            let now = MonoTime(at(quarter) * 1_000_000);
            quality
                .observe(MediaKind::Video, &measured, now)
                .map(move |change| (at(quarter), change))
                .collect::<Vec<_>>()
        };
        (0..seconds * 4).flat_map(change).collect()
    }

    #[test]
    fn a_change_is_told_once_after_eight_seconds_and_back_again() {
        let mut quality = Quality::default();
        assert_eq!(run(&mut quality, 0, 60, 30, 1_000_000), []);
        let halved = QualityChange::FrameRate { from: 30_000, to: 15_000 };
        assert_eq!(run(&mut quality, 60, 60, 15, 1_000_000), [(68_000, halved)]);
        let back = [
            (128_000, QualityChange::FrameRate { from: 15_000, to: 30_000 }),
            (128_000, QualityChange::Bitrate { from: 1_000_000, to: 2_000_000 }),
        ];
        assert_eq!(run(&mut quality, 120, 60, 30, 2_000_000), back);
    }

    #[test]
    fn what_varies_by_less_or_for_less_long_is_no_change() {
        let mut quality = Quality::default();
        for (n, (fps, bitrate)) in
            [(30, 1_000), (26, 1_999), (35, 501), (60, 9_000), (30, 1_000)].into_iter().enumerate()
        {
            let seconds = if fps == 60 { 8 } else { 20 };
            assert_eq!(run(&mut quality, n as u64 * 20, seconds, fps, bitrate), [], "{fps}");
        }
    }

    #[test]
    fn a_difference_across_a_silence_counts_from_its_end() {
        let mut quality = Quality::default();
        run(&mut quality, 0, 20, 30, 1_000);
        assert_eq!(run(&mut quality, 20, 5, 10, 1_000), []);
        assert_eq!(run(&mut quality, 60, 20, 10, 1_000)[0].0, 68_000);
    }

    #[test]
    fn sound_has_no_frame_rate_and_what_is_not_measured_no_change() {
        let mut quality = Quality::default();
        let rate = |units| Some(UnitRate { units, ticks: Ticks(1000), scale: Timescale::MILLIS });
        for quarter in 0..400u64 {
            let measured = TrackSnapshot { unit_rate: rate(quarter), ..TrackSnapshot::default() };
            let now = MonoTime(quarter * 250_000_000);
            assert_eq!(quality.observe(MediaKind::Audio, &measured, now).count(), 0);
        }
    }
}
