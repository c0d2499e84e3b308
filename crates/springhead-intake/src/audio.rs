//! Sound: units counted in samples, stamps watched for drift.

use springhead_codec::aac::adts::Header;
use springhead_codec::sound::{SoundConfig, SoundError};
use springhead_core::{Rounding, TickDelta, Ticks, Timescale, Timestamp, Track};

use crate::repair::Fault;

/// Units in a row that have to run ahead of their stamps before one is dropped: a source that stamps in batches runs ahead
/// for one or two.
const PATIENCE: u32 = 3;

/// How the units of a track are read: as its configuration says, or, where that is beyond reading, all alike.
#[derive(Debug)]
pub(crate) struct Sound {
    config: Option<SoundConfig>,
    usual: Ticks,
}

impl Sound {
    pub(crate) fn of(track: &Track) -> Self {
        let usual = Ticks(track.audio().map_or(1024, |audio| audio.unit_ticks).into());
        Self { config: SoundConfig::of(track).ok(), usual }
    }

    /// How long a unit lasts, in ticks of the track.
    pub(crate) fn duration(&self, unit: &[u8]) -> Result<Ticks, SoundError> {
        self.config.as_ref().map_or(Ok(self.usual), |config| config.duration(unit).map(|ticks| Ticks(ticks.into())))
    }
}

/// Where a unit of sound lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum SoundTime {
    /// At this instant, behind a hole of that length.
    At(Timestamp, Option<Ticks>),
    /// Its time was filled already.
    Overlap,
}

/// The sample clock of one track (N-25): instants are the anchor's plus the lengths of the units since, so no rounding adds
/// up. Units of some codecs differ in length.
#[derive(Debug)]
pub(crate) struct SampleClock {
    source: Timescale,
    out: Timescale,
    /// How long the units of the track usually last.
    unit: i64,
    /// A tick of the source: what rounding may add to a stamp.
    tick: i64,
    next: Option<i64>,
    ahead: u32,
}

impl SampleClock {
    pub(crate) fn new(track: &Track, source: Timescale) -> Self {
        let unit = i64::from(track.audio().map_or(1024, |audio| audio.unit_ticks).max(1));
        let tick = springhead_core::time::rescale(1, source, track.timescale, Rounding::Ceil);
        Self { source, out: track.timescale, unit, tick, next: None, ahead: 0 }
    }

    /// How long a unit usually lasts, in ticks of the track.
    pub(crate) fn unit(&self) -> Ticks {
        Ticks(self.unit.unsigned_abs())
    }

    /// Another configuration, and perhaps another timescale: the count goes on from where it is.
    pub(crate) fn reconfigure(&mut self, track: &Track) {
        let next =
            self.next.map(|next| springhead_core::time::rescale(next, self.out, track.timescale, Rounding::Ceil));
        *self = Self { next, ..Self::new(track, self.source) };
    }

    pub(crate) fn restart(&mut self) {
        (self.next, self.ahead) = (None, 0);
    }

    /// Places a unit stamped `at` that lasts `length`; `trusted` is false when the stamp was made up. Stamps may lie off by
    /// one unit.
    pub(crate) fn place(&mut self, at: i64, length: Ticks, trusted: bool) -> SoundTime {
        let length = i64::try_from(length.0).unwrap_or(i64::MAX);
        let tolerance = length.max(self.unit).saturating_add(self.tick);
        let stamped = springhead_core::time::rescale(at, self.source, self.out, Rounding::Nearest);
        let Some(next) = self.next else {
            self.next = Some(stamped.saturating_add(length));
            return SoundTime::At(Timestamp(stamped), None);
        };
        let drift = if trusted { TickDelta(stamped.saturating_sub(next)) } else { TickDelta(0) };
        if drift.0 < -tolerance {
            self.ahead += 1;
            if self.ahead >= PATIENCE {
                self.ahead = 0;
                return SoundTime::Overlap;
            }
        } else {
            self.ahead = 0;
        }
        let hole = (drift.0 > tolerance).then(|| Ticks(drift.0.unsigned_abs()));
        let dts = if hole.is_some() { stamped } else { next };
        self.next = Some(dts.saturating_add(length));
        SoundTime::At(Timestamp(dts), hole)
    }
}

/// The bytes of an ADTS header before the raw data block, none if there is no such header. A raw data block cannot begin
/// with a sync word, as its first element would then be the end (ISO/IEC 14496-3 §4.4.2.1).
pub(crate) fn adts_header(payload: &[u8]) -> Result<Option<usize>, Fault> {
    match Header::parse(payload) {
        Ok(header) if usize::from(header.frame_length) == payload.len() && header.len() < payload.len() => {
            if header.raw_blocks == 1 { Ok(Some(header.len())) } else { Err(Fault::AdtsBlocks(header.raw_blocks)) }
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    const UNIT: Ticks = Ticks(1024);

    fn clock() -> SampleClock {
        SampleClock::new(&fixtures::audio(44_100), Timescale::MILLIS)
    }

    fn ms(n: i64) -> i64 {
        (n * 1024 * 1000 + 22_050).div_euclid(44_100)
    }

    fn at(dts: i64) -> SoundTime {
        SoundTime::At(Timestamp(dts), None)
    }

    #[test]
    fn an_hour_of_44_1_khz_sound_is_counted_to_the_sample() {
        let mut clock = clock();
        for n in 0..3600 * 44_100 / 1024 {
            assert_eq!(clock.place(ms(n), UNIT, true), at(n * 1024));
        }
    }

    #[test]
    fn a_lost_unit_is_within_tolerance_and_two_are_a_hole() {
        let mut clock = clock();
        assert_eq!(clock.place(ms(0), UNIT, true), at(0));
        assert_eq!(clock.place(ms(2), UNIT, true), at(1024));
        let stamped = ms(5) * 441 / 10;
        assert!(matches!(clock.place(ms(5), UNIT, true), SoundTime::At(dts, Some(_)) if (dts.0 - stamped).abs() <= 1));
    }

    #[test]
    fn a_source_whose_stamps_are_slow_loses_a_unit_now_and_then_and_stays_in_step() {
        let mut clock = clock();
        let (mut dropped, mut last) = (0, i64::MIN);
        for n in 0..20_000 {
            let stamp = ms(n) * 99 / 100;
            match clock.place(stamp, UNIT, true) {
                SoundTime::Overlap => dropped += 1,
                SoundTime::At(dts, hole) => {
                    assert!(dts.0 > last && hole.is_none());
                    assert!((dts.0 - stamp * 441 / 10).abs() < 3 * 1024 + 100);
                    last = dts.0;
                }
            }
        }
        assert!((195..=205).contains(&dropped), "{dropped}");
    }

    #[test]
    fn units_of_different_lengths_are_counted_by_their_own() {
        let mut clock = clock();
        let lengths = [1024, 512, 128, 2048, 1024, 64];
        let mut next = 0;
        for n in 0..3000 {
            let length = lengths[n % lengths.len()];
            let stamp = (next * 1000 + 22_050i64).div_euclid(44_100);
            assert_eq!(clock.place(stamp, Ticks(length), true), at(next));
            next += length as i64;
        }
    }

    #[test]
    fn stamps_in_batches_drop_nothing() {
        let mut clock = clock();
        for n in 0..300 {
            assert_eq!(clock.place(ms(n / 3 * 3), UNIT, true), at(n * 1024));
        }
    }

    #[test]
    fn only_a_whole_adts_frame_has_its_header_taken_off() {
        let frame = b"\xff\xf1\x50\x40\x01\x3f\xfc\x21\x10";
        assert_eq!(adts_header(frame), Ok(Some(7)));
        assert_eq!(adts_header(&frame[..8]), Ok(None));
        assert_eq!(adts_header(b"\x21\x10\x05"), Ok(None));
        assert_eq!(adts_header(b"\xff\xf1\x50\x40\x01\x3f\xfd\x21\x10"), Err(Fault::AdtsBlocks(2)));
    }
}
