//! When media was captured.

use std::time::Duration;

use springhead_core::{AccessUnit, MonoTime, Now, Rounding, Timescale, WallTime};

/// Says of the units of one track when they were captured, from one instant of which it is known: a sender report of RTCP
/// (RFC 3550 §6.4.1), a producer reference time (`prft`, ISO/IEC 14496-12 §8.16.5).
///
/// The instant is one of presentation, as a picture is captured in the order in which it is shown. From there on it counts
/// by the source's clock, so a source that drifts against the clock on the wall is off by the drift since: give the newest
/// reference that there is. It holds on one timeline.
///
/// The clock on the wall is looked at once, by the [`Now`] that [`new`](Self::new) is given; from there on the monotonic
/// one counts, so a step of the wall's changes nothing before the next reference.
///
/// ```
/// # use springhead_core::*;
/// # use std::time::Duration;
/// use springhead_analytics::{CaptureClock, Wire};
///
/// // RTP: tick 5 of 32 bits was captured at noon; it is told a second after noon.
/// let now = Now { mono: MonoTime(7_000_000_000), wall: WallTime(43_201_000_000_000) };
/// let noon = WallTime(43_200_000_000_000);
/// let wire = Wire { scale: Timescale::MPEG, bits: Some(32) };
/// let clock = CaptureClock::new(wire, 5, noon, now);
/// # let unit = AccessUnit {
/// #     track: TrackId(1), dts: Timestamp((1 << 32) + 90_005), composition_offset: TickDelta(0), duration: Ticks(0),
/// #     flags: UnitFlags::empty(), arrival: MonoTime(7_250_000_000), payload: bytes::Bytes::from_static(b"x").into(),
/// # };
/// // A second of media later, and the clock has wrapped meanwhile.
/// assert_eq!(unit.pts(), Timestamp((1 << 32) + 90_005));
/// assert_eq!(clock.latency(&unit, Timescale::MPEG), Some(Duration::from_millis(250)));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct CaptureClock {
    wire: Wire,
    media: u64,
    /// When that was captured, in nanoseconds of the monotonic clock; before its origin where negative.
    captured: i128,
}

/// The clock that a protocol stamps a track with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wire {
    /// Ticks per second.
    pub scale: Timescale,
    /// After how many bits it wraps, up to 62; none for one that does not, or after more than that.
    pub bits: Option<u32>,
}

impl CaptureClock {
    /// What is presented at `media`, in ticks of the wire and wrapped as on it, was captured at `wall`. `now` is the present
    /// by both clocks.
    pub fn new(wire: Wire, media: u64, wall: WallTime, now: Now) -> Self {
        let ago = i128::from(now.wall.0) - i128::from(wall.0);
        Self { wire, media, captured: i128::from(now.mono.0) - ago }
    }

    /// How long the unit took from its capture to its arrival. `scale` is that of its timestamps, which are those of the
    /// wire, unwrapped. None where it was captured after it arrived, if one believes the clocks.
    pub fn latency(&self, unit: &AccessUnit, scale: Timescale) -> Option<Duration> {
        let shown = i128::from(unit.pts().rescale(scale, self.wire.scale, Rounding::Nearest).0);
        let since = self.nearest(shown - i128::from(self.media));
        let hz = i128::from(self.wire.scale.hz());
        let captured = self.captured + (since * 1_000_000_000).div_euclid(hz);
        let MonoTime(arrival) = unit.arrival;
        let nanos = i128::from(arrival) - captured;
        (nanos >= 0).then(|| Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX)))
    }

    /// The difference of two wrapped times as the nearest of all that it can be.
    fn nearest(&self, apart: i128) -> i128 {
        let Some(bits @ 1..=62) = self.wire.bits else { return apart };
        let range = 1i128 << bits;
        let step = apart.rem_euclid(range);
        if step >= range / 2 { step - range } else { step }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use springhead_core::{TickDelta, Ticks, Timestamp, TrackId, UnitFlags};

    use super::*;

    const SECOND: u64 = 1_000_000_000;
    const NOW: Now = Now { mono: MonoTime(100 * SECOND), wall: WallTime(1_700_000_000_000_000_000) };
    const RTP: Wire = Wire { scale: Timescale::MPEG, bits: Some(32) };

    fn unit(dts: i64, offset: i64, arrival: u64) -> AccessUnit {
        AccessUnit {
            track: TrackId(1),
            dts: Timestamp(dts),
            composition_offset: TickDelta(offset),
            duration: Ticks(0),
            flags: UnitFlags::empty(),
            arrival: MonoTime(arrival),
            payload: bytes::Bytes::from_static(b"x").into(),
        }
    }

    fn millis(n: u64) -> Option<Duration> {
        Some(Duration::from_millis(n))
    }

    #[test]
    fn what_arrives_before_it_was_captured_has_no_latency() {
        let clock = CaptureClock::new(RTP, 0, NOW.wall + Duration::from_millis(1), NOW);
        assert_eq!(clock.latency(&unit(0, 0, 100 * SECOND), Timescale::MPEG), None);
        assert_eq!(clock.latency(&unit(0, 0, 100 * SECOND + 1_000_000), Timescale::MPEG), millis(0));
    }

    #[test]
    fn units_before_and_behind_the_reference_are_told_by_when_they_are_shown() {
        let clock = CaptureClock::new(RTP, 900_000, NOW.wall - Duration::from_millis(300), NOW);
        let latency = |dts, offset| clock.latency(&unit(dts, offset, 100 * SECOND), Timescale::MPEG);
        assert_eq!(latency(900_000, 0), millis(300));
        assert_eq!(latency(896_400, 3_600), millis(300));
        assert_eq!(latency(810_000, 0), millis(1_300));
    }

    #[test]
    fn a_reference_of_before_the_process_began_counts_too() {
        let clock = CaptureClock::new(RTP, 0, NOW.wall - Duration::from_secs(3600), NOW);
        assert_eq!(clock.latency(&unit(3600 * 90_000, 0, 100 * SECOND), Timescale::MPEG), millis(0));
    }

    #[test]
    fn a_clock_that_has_wrapped_several_times_is_followed_to_the_nearest_turn() {
        let clock = CaptureClock::new(RTP, (1 << 32) - 45_000, NOW.wall, NOW);
        let at = (5i64 << 32) + 45_000;
        assert_eq!(clock.latency(&unit(at, 0, 101 * SECOND), Timescale::MPEG), millis(0));
        let plain = CaptureClock::new(Wire { bits: None, ..RTP }, 90_000, NOW.wall, NOW);
        assert_eq!(plain.latency(&unit(90_000 * 60, 0, 160 * SECOND), Timescale::MPEG), millis(1_000));
    }

    #[test]
    fn the_track_may_count_in_other_ticks_than_the_wire() {
        let wire = Wire { scale: Timescale::MILLIS, bits: Some(32) };
        let clock = CaptureClock::new(wire, 1_000, NOW.wall, NOW);
        assert_eq!(clock.latency(&unit(180_000, 0, 102 * SECOND), Timescale::MPEG), millis(1_000));
    }

    proptest! {
        #[test]
        fn no_reference_and_no_unit_overflow(
            hz in 1u32.., bits in prop::option::of(any::<u32>()), media: u64, wall: i64, mono: u64, there: i64,
            dts: i64, offset: i64, arrival: u64,
        ) {
            let wire = Wire { scale: Timescale::new(hz).unwrap(), bits };
            let now = Now { mono: MonoTime(mono), wall: WallTime(there) };
            let clock = CaptureClock::new(wire, media, WallTime(wall), now);
            clock.latency(&unit(dts, offset, arrival), Timescale::MPEG);
        }
    }
}
