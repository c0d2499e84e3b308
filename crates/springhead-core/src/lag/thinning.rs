//! Which units are left out.

use super::Pressure;
use crate::{AccessUnit, TrackId};

/// Decides of one unit after the other, in decode order, whether somebody who is behind gets it.
///
/// Whatever it leaves out, the rest decodes: of a track of which a picture that others may refer to was left out, nothing is
/// given until a random access point. [`Pressure`] may change from unit to unit.
#[derive(Clone, Debug, Default)]
pub struct Thinning {
    /// The tracks that wait for a random access point; few, and none as a rule.
    broken: Vec<TrackId>,
}

/// What is to become of a unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It is given.
    Give,
    /// It is given, and is the random access point at which its track goes on after something was left out.
    Resume,
    /// It is left out, and the rest can do without it.
    Spare,
    /// It is left out, and with it all of its track up to a random access point.
    Break,
}

impl Verdict {
    /// Whether the unit is given.
    pub fn is_given(self) -> bool {
        matches!(self, Self::Give | Self::Resume)
    }
}

impl Thinning {
    /// Nothing left out yet.
    pub const fn new() -> Self {
        Self { broken: Vec::new() }
    }

    /// Judges the next unit. `thinned` says whether units of its kind may be left out at all: pictures may, and sound only
    /// where there is no picture.
    pub fn judge(&mut self, unit: &AccessUnit, thinned: bool, pressure: Pressure) -> Verdict {
        if let Some(at) = self.broken.iter().position(|track| *track == unit.track) {
            if !unit.is_random_access() {
                return Verdict::Break;
            }
            self.broken.swap_remove(at);
            return Verdict::Resume;
        }
        if !thinned || unit.is_random_access() || pressure == Pressure::None {
            return Verdict::Give;
        }
        if pressure == Pressure::Tail {
            self.break_off(unit.track);
            return Verdict::Break;
        }
        if unit.is_disposable() { Verdict::Spare } else { Verdict::Give }
    }

    /// Something of that track was missed in another way: it waits for a random access point.
    pub fn break_off(&mut self, track: TrackId) {
        if !self.broken.contains(&track) {
            self.broken.push(track);
        }
    }

    /// Whether the track waits for a random access point.
    pub fn is_broken(&self, track: TrackId) -> bool {
        self.broken.contains(&track)
    }

    /// Whether any track waits for a random access point.
    pub fn any_broken(&self) -> bool {
        !self.broken.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;

    use super::*;
    use crate::{MonoTime, TickDelta, Ticks, Timestamp, UnitFlags};

    fn unit(track: u32, flags: UnitFlags) -> AccessUnit {
        AccessUnit {
            track: TrackId(track),
            dts: Timestamp(0),
            composition_offset: TickDelta(0),
            duration: Ticks(0),
            flags,
            arrival: MonoTime(0),
            payload: Bytes::from_static(b"x").into(),
        }
    }

    const KEY: UnitFlags = UnitFlags::RANDOM_ACCESS;
    const B: UnitFlags = UnitFlags::DISPOSABLE;
    const P: UnitFlags = UnitFlags::empty();

    fn judge(thinning: &mut Thinning, flags: UnitFlags, pressure: Pressure) -> Verdict {
        thinning.judge(&unit(1, flags), true, pressure)
    }

    #[test]
    fn what_nothing_refers_to_goes_first_and_breaks_nothing() {
        let mut thinning = Thinning::new();
        let got = [KEY, P, B, P].map(|flags| judge(&mut thinning, flags, Pressure::Disposable));
        assert_eq!(got, [Verdict::Give, Verdict::Give, Verdict::Spare, Verdict::Give]);
        assert!(!thinning.any_broken());
    }

    #[test]
    fn a_tail_lasts_up_to_the_next_random_access_point_though_nobody_is_behind_any_more() {
        let mut thinning = Thinning::new();
        assert_eq!(judge(&mut thinning, B, Pressure::Tail), Verdict::Break);
        let got = [P, B, KEY, P].map(|flags| judge(&mut thinning, flags, Pressure::None));
        assert_eq!(got, [Verdict::Break, Verdict::Break, Verdict::Resume, Verdict::Give]);
    }

    #[test]
    fn the_other_tracks_and_sound_go_on() {
        let mut thinning = Thinning::new();
        judge(&mut thinning, P, Pressure::Tail);
        assert_eq!(thinning.judge(&unit(2, P), true, Pressure::None), Verdict::Give);
        assert_eq!(thinning.judge(&unit(3, KEY), false, Pressure::Tail), Verdict::Give);
        assert!(thinning.is_broken(TrackId(1)) && !thinning.is_broken(TrackId(2)));
    }

    proptest! {
        /// A picture decodes when all are there since the last random access point that are not disposable. That is
        /// stricter than any decoder.
        #[test]
        fn whatever_is_left_out_the_rest_decodes(
            units in prop::collection::vec((1..3u32, 0..6u8, 0..3u8, prop::bool::weighted(0.02)), 0..300)
        ) {
            let mut thinning = Thinning::new();
            let mut whole = [true; 3];
            for (track, shape, pressure, missed) in units {
                let flags = match shape { 0 => KEY, 1 | 2 => B, _ => P };
                let pressure = [Pressure::None, Pressure::Disposable, Pressure::Tail][usize::from(pressure)];
                let intact = &mut whole[track as usize];
                if missed {
                    thinning.break_off(TrackId(track));
                    *intact = false;
                }
                let unit = unit(track, flags);
                *intact |= unit.is_random_access();
                if thinning.judge(&unit, true, pressure).is_given() {
                    prop_assert!(*intact, "given though something that it may refer to is missing");
                } else {
                    prop_assert!(!unit.is_random_access(), "a random access point is never spared here");
                    *intact &= unit.is_disposable();
                }
            }
        }
    }
}
