//! Which units are left out.

use super::Pressure;
use crate::{AccessUnit, TrackId};

/// Decides of one unit after the other, in decode order, whether somebody who is behind gets it.
///
/// Whatever it leaves out, the rest decodes: of a track of which a picture that others may refer to was left out, nothing is
/// given until a random access point; and where that is the start of an open group, none of its leading pictures.
/// [`Pressure`] may change from unit to unit.
#[derive(Clone, Debug, Default)]
pub struct Thinning {
    /// The tracks that are not given whole; few, and none as a rule.
    tracks: Vec<(TrackId, Until)>,
}

/// What a track that is not given whole is kept back for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Until {
    /// It waits for a random access point.
    RandomAccess,
    /// It was entered at the start of an open group: its leading pictures are left out.
    AfterLeading,
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
        Self { tracks: Vec::new() }
    }

    /// Judges the next unit. `thinned` says whether units of its kind may be left out at all: pictures may, and sound only
    /// where there is no picture.
    pub fn judge(&mut self, unit: &AccessUnit, thinned: bool, pressure: Pressure) -> Verdict {
        if let Some(at) = self.tracks.iter().position(|(track, _)| *track == unit.track) {
            match self.tracks[at].1 {
                Until::RandomAccess if !unit.is_random_access() => return Verdict::Break,
                Until::RandomAccess => {
                    self.enter(unit);
                    return Verdict::Resume;
                }
                Until::AfterLeading if unit.is_leading() => return Verdict::Spare,
                Until::AfterLeading => {
                    self.tracks.swap_remove(at);
                }
            }
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
        self.tracks.retain(|(known, _)| *known != track);
        self.tracks.push((track, Until::RandomAccess));
    }

    /// A track is entered at this random access point, with nothing of what came before it.
    pub fn enter(&mut self, unit: &AccessUnit) {
        self.tracks.retain(|(known, _)| *known != unit.track);
        if unit.is_open() {
            self.tracks.push((unit.track, Until::AfterLeading));
        }
    }

    /// Whether the track waits for a random access point.
    pub fn is_broken(&self, track: TrackId) -> bool {
        self.tracks.contains(&(track, Until::RandomAccess))
    }

    /// Whether every track is given whole.
    pub fn is_whole(&self) -> bool {
        self.tracks.is_empty()
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
        assert!(thinning.is_whole());
    }

    #[test]
    fn a_tail_lasts_up_to_the_next_random_access_point_though_nobody_is_behind_any_more() {
        let mut thinning = Thinning::new();
        assert_eq!(judge(&mut thinning, B, Pressure::Tail), Verdict::Break);
        let got = [P, B, KEY, P].map(|flags| judge(&mut thinning, flags, Pressure::None));
        assert_eq!(got, [Verdict::Break, Verdict::Break, Verdict::Resume, Verdict::Give]);
    }

    #[test]
    fn leading_pictures_are_left_out_where_their_track_was_entered_and_nowhere_else() {
        const OPEN: UnitFlags = KEY.union(UnitFlags::OPEN);
        const LEADING: UnitFlags = UnitFlags::LEADING;
        let mut thinning = Thinning::new();
        let whole = [OPEN, LEADING, P].map(|flags| judge(&mut thinning, flags, Pressure::None));
        assert_eq!(whole, [Verdict::Give; 3]);
        thinning.break_off(TrackId(1));
        let entered = [LEADING, OPEN, LEADING, LEADING, P, OPEN, LEADING]
            .map(|flags| judge(&mut thinning, flags, Pressure::None));
        let spared = [
            Verdict::Break,
            Verdict::Resume,
            Verdict::Spare,
            Verdict::Spare,
            Verdict::Give,
            Verdict::Give,
            Verdict::Give,
        ];
        assert_eq!(entered, spared);
        assert!(thinning.is_whole());
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
        /// A picture decodes when all are there since the last random access point that are not disposable, and a leading one
        /// when all of that kind were there before it as well. That is stricter than any decoder.
        #[test]
        fn whatever_is_left_out_the_rest_decodes(
            units in prop::collection::vec((1..3u32, 0..8u8, 0..3u8, prop::bool::weighted(0.02)), 0..300)
        ) {
            let mut thinning = Thinning::new();
            let mut whole = [true; 3];
            let mut whole_before = [true; 3];
            let mut leads = [false; 3];
            for (track, shape, pressure, missed) in units {
                let of = track as usize;
                let flags = match shape {
                    0 => KEY,
                    1 | 2 => B,
                    3 => KEY | UnitFlags::OPEN,
                    // Leading pictures come directly behind the access point that they lead to.
                    4 | 5 if leads[of] => UnitFlags::LEADING,
                    _ => P,
                };
                leads[of] = flags.contains(UnitFlags::OPEN) || flags == UnitFlags::LEADING;
                let pressure = [Pressure::None, Pressure::Disposable, Pressure::Tail][usize::from(pressure)];
                if missed {
                    thinning.break_off(TrackId(track));
                    whole[of] = false;
                }
                let unit = unit(track, flags);
                if unit.is_random_access() {
                    whole_before[of] = whole[of];
                    whole[of] = true;
                }
                let intact = if unit.is_leading() { whole[of] && whole_before[of] } else { whole[of] };
                if thinning.judge(&unit, true, pressure).is_given() {
                    prop_assert!(intact, "given though something that it may refer to is missing");
                } else {
                    prop_assert!(!unit.is_random_access(), "a random access point is never spared here");
                    // Nothing but leading pictures refers to leading ones.
                    if unit.is_leading() {
                        whole_before[of] &= unit.is_disposable();
                    } else {
                        whole[of] &= unit.is_disposable();
                    }
                }
            }
        }
    }
}
