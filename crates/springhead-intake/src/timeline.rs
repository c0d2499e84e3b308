//! Whether a stamp belongs to the timeline so far: jitter, a rogue, or a new beginning.

use std::collections::VecDeque;
use std::time::Duration;

use springhead_core::{Limits, MonoTime, Rounding, Unwrapper};

use crate::SourceClock;

/// How many units in a row have to agree on a new time before it is believed (N-05). One fewer is ever held back.
pub(crate) const AGREEING: usize = 3;

/// A step back of up to this much is jitter however short a unit is: squeezing a few units costs a viewer less than a
/// discontinuity does.
const NUDGE: Duration = Duration::from_millis(500);

/// Some encoders write the low 24 bits of RTMP's 32-bit milliseconds alone, and leave the extension at what it was: their
/// clock wraps after four hours and forty minutes (Adobe Flash Video File Format Specification, §E.4.1).
const SHORT_WRAP: u64 = 1 << 24;

/// What is known of a unit's stamp.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stamp {
    /// It follows the one before.
    Follows,
    /// It is the one before.
    Same,
    /// It is this many ticks before the highest one.
    Back(u64),
    /// It is far from its neighbours, and was replaced by one between them.
    Rogue,
}

/// What the judge lets through.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum Judged<T> {
    /// A unit at an unwrapped instant of the source clock.
    Unit { unit: T, at: i64, stamp: Stamp },
    /// The units after this belong to a new timeline.
    Anew,
}

/// The judge of one track's stamps, in ticks of the source clock.
#[derive(Debug)]
pub(crate) struct Timeline<T> {
    clock: SourceClock,
    max_jump: i64,
    nudge: i64,
    unwrapper: Unwrapper,
    /// What the wraps of a clock of 24 bits took from its stamps so far.
    carried: u64,
    /// The highest stamp believed, and when its unit arrived.
    last: Option<(i64, MonoTime)>,
    /// The usual step between units, or a guess.
    step: i64,
    /// Units whose time nothing has confirmed yet, fewer than [`AGREEING`], on a clock of their own.
    candidates: Vec<Candidate<T>>,
    candidate_clock: Unwrapper,
    out: VecDeque<Judged<T>>,
}

#[derive(Debug)]
struct Candidate<T> {
    unit: T,
    at: i64,
    raw: u64,
    arrival: MonoTime,
}

impl<T> Timeline<T> {
    /// `step` is how long a unit lasts, as far as is known.
    pub(crate) fn new(clock: SourceClock, limits: &Limits, step: i64) -> Self {
        let ticks = |span| i64::try_from(clock.scale.ticks(span, Rounding::Ceil).0).unwrap_or(i64::MAX);
        Self {
            clock,
            max_jump: ticks(limits.max_jump).max(1),
            nudge: ticks(NUDGE),
            unwrapper: Unwrapper::new(clock.width()),
            carried: 0,
            last: None,
            step: step.max(1),
            candidates: Vec::new(),
            candidate_clock: Unwrapper::new(clock.width()),
            out: VecDeque::new(),
        }
    }

    /// Takes a unit. Gives it back judged when nothing else waits and it belongs to the timeline, as all units of a good
    /// source do; otherwise [`poll`](Self::poll) says what came of it.
    pub(crate) fn push(&mut self, unit: T, raw: u64, arrival: MonoTime) -> Option<Judged<T>> {
        let short = (self.clock == SourceClock::RTMP).then(|| self.carried.wrapping_add(SHORT_WRAP));
        for carried in std::iter::once(self.carried).chain(short) {
            let mut clock = self.unwrapper.clone();
            let at = clock.unwrap(raw.wrapping_add(carried)).0;
            if self.fits(at, arrival) {
                self.settle_candidates(Some(at));
                (self.unwrapper, self.carried) = (clock, carried);
                let judged = self.believe(unit, at, arrival);
                if self.out.is_empty() {
                    return Some(judged);
                }
                self.out.push_back(judged);
                return None;
            }
        }
        if !self.agrees(raw) {
            self.settle_candidates(None);
            self.candidate_clock = Unwrapper::new(self.clock.width());
        }
        let at = self.candidate_clock.unwrap(raw).0;
        self.candidates.push(Candidate { unit, at, raw, arrival });
        if self.candidates.len() >= AGREEING {
            self.start_anew();
        }
        None
    }

    pub(crate) fn poll(&mut self) -> Option<Judged<T>> {
        self.out.pop_front()
    }

    /// Nothing comes any more that could confirm what is held back.
    pub(crate) fn flush(&mut self) {
        self.settle_candidates(None);
    }

    fn fits(&self, at: i64, arrival: MonoTime) -> bool {
        let Some((last, seen)) = self.last else { return true };
        let step = at.saturating_sub(last);
        if step <= 0 {
            return step > -self.step.max(self.nudge);
        }
        // A step that took as long to arrive is a silence, not a jump.
        let waited = self.clock.scale.ticks(arrival.saturating_since(seen), Rounding::Floor).0;
        step <= self.max_jump.saturating_add_unsigned(waited)
    }

    fn agrees(&self, raw: u64) -> bool {
        let Some(last) = self.candidates.last() else { return true };
        let step = self.candidate_clock.clone().unwrap(raw).0.saturating_sub(last.at);
        step > -self.step && step <= self.max_jump
    }

    fn believe(&mut self, unit: T, at: i64, arrival: MonoTime) -> Judged<T> {
        let stamp = match self.last {
            Some((last, _)) if at == last => Stamp::Same,
            Some((last, _)) if at < last => Stamp::Back(last.abs_diff(at)),
            Some((last, _)) => {
                // A hole says nothing of how long a unit lasts.
                self.step = if at - last <= self.nudge { at - last } else { self.step };
                Stamp::Follows
            }
            None => Stamp::Follows,
        };
        let highest = self.last.map_or(at, |(last, _)| last.max(at));
        self.last = Some((highest, arrival));
        Judged::Unit { unit, at, stamp }
    }

    /// The units held back were rogues: they go evenly between the last one and `next`, or a step apart if that is not
    /// known.
    fn settle_candidates(&mut self, next: Option<i64>) {
        if self.candidates.is_empty() {
            return;
        }
        let Some((last, _)) = self.last else { return };
        let slots = self.candidates.len() as i64 + 1;
        let room = next.map_or(self.step.saturating_mul(slots), |next| next.saturating_sub(last).max(0));
        for (index, candidate) in self.candidates.drain(..).enumerate() {
            let at = last.saturating_add((i128::from(room) * (index as i128 + 1) / i128::from(slots)) as i64);
            self.out.push_back(Judged::Unit { unit: candidate.unit, at, stamp: Stamp::Rogue });
            if next.is_none() {
                self.last = Some((at, candidate.arrival));
            }
        }
    }

    fn start_anew(&mut self) {
        self.out.push_back(Judged::Anew);
        self.last = None;
        self.unwrapper = Unwrapper::new(self.clock.width());
        self.carried = 0;
        for candidate in std::mem::take(&mut self.candidates) {
            let at = self.unwrapper.unwrap(candidate.raw).0;
            let judged = self.believe(candidate.unit, at, candidate.arrival);
            self.out.push_back(judged);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Feeds millisecond stamps that arrive `elapsed` ms after each other; a new timeline shows as none.
    fn judge(stamps: &[u64], elapsed: u64) -> Vec<Option<(i64, Stamp)>> {
        let mut timeline = Timeline::new(SourceClock::RTMP, &Limits::default(), 40);
        for (n, stamp) in stamps.iter().enumerate() {
            let judged = timeline.push((), *stamp, MonoTime(n as u64 * elapsed * 1_000_000));
            timeline.out.extend(judged);
        }
        timeline.flush();
        std::iter::from_fn(|| timeline.poll())
            .map(|judged| match judged {
                Judged::Unit { at, stamp, .. } => Some((at, stamp)),
                Judged::Anew => None,
            })
            .collect()
    }

    fn follows(at: i64) -> Option<(i64, Stamp)> {
        Some((at, Stamp::Follows))
    }

    #[test]
    fn one_or_two_rogues_are_put_between_their_neighbours() {
        let hours = 7_200_000;
        assert_eq!(judge(&[0, 40, hours, 120], 40), [follows(0), follows(40), Some((80, Stamp::Rogue)), follows(120)]);
        assert_eq!(
            judge(&[hours, hours + 40, 0, 40, hours + 160], 40)[2..],
            [
                Some((hours as i64 + 80, Stamp::Rogue)),
                Some((hours as i64 + 120, Stamp::Rogue)),
                follows(hours as i64 + 160)
            ]
        );
    }

    #[test]
    fn rogues_that_disagree_never_make_a_timeline() {
        let judged = judge(&[0, 40, 9_000_000, 5_000_000, 70_000_000, 20_000_000, 240], 40);
        assert!(judged.iter().all(Option::is_some));
        assert_eq!(judged.len(), 7);
    }

    #[test]
    fn three_units_that_agree_make_a_new_timeline_from_the_first_of_them() {
        assert_eq!(
            judge(&[90_000, 90_040, 0, 40, 80, 120], 40),
            [follows(90_000), follows(90_040), None, follows(0), follows(40), follows(80), follows(120)]
        );
    }

    #[test]
    fn a_small_step_back_is_jitter() {
        assert_eq!(
            judge(&[100, 70, 140, 140], 40),
            [follows(100), Some((70, Stamp::Back(30))), follows(140), Some((140, Stamp::Same))]
        );
    }

    #[test]
    fn a_silence_that_the_arrival_confirms_is_no_jump() {
        assert_eq!(judge(&[0, 10_000, 20_000], 10_000), [follows(0), follows(10_000), follows(20_000)]);
        assert_eq!(judge(&[0, 10_000, 10_040, 10_080], 40).iter().filter(|judged| judged.is_none()).count(), 1);
    }

    #[test]
    fn a_wrap_is_no_jump_and_a_rogue_in_front_of_it_does_not_lose_the_count() {
        let top = 1u64 << 32;
        let judged = judge(&[top - 40, top / 2, 40], 40);
        assert_eq!(judged[2], follows((top + 40) as i64));
    }

    #[test]
    fn a_wrap_after_24_bits_is_no_jump_each_time_and_a_reordered_stamp_before_it_still_fits() {
        let mut timeline = Timeline::new(SourceClock::RTMP, &Limits::default(), 40);
        let mut arrival = MonoTime(0);
        // Three wraps at steps of four seconds, and at each a stamp that comes after its successor.
        for n in 0..13_000u64 {
            let at = if n % 4_194 == 0 && n > 0 { n * 4_000 - 4_040 } else { n * 4_000 };
            let judged = timeline.push((), at & 0xff_ffff, arrival);
            arrival = arrival + Duration::from_secs(4);
            assert!(matches!(judged, Some(Judged::Unit { at: judged, .. }) if judged == at as i64), "{n}");
        }
        assert_eq!(timeline.push((), 0, arrival), None, "what is far from a wrap is a jump as before");
    }

    proptest! {
        #[test]
        fn every_unit_comes_out_once_and_in_order(stamps in prop::collection::vec(any::<u64>(), 0..60)) {
            let mut timeline = Timeline::new(SourceClock::RTMP, &Limits::default(), 40);
            let mut units = Vec::new();
            for (n, stamp) in stamps.iter().enumerate() {
                let judged = timeline.push(n, *stamp, MonoTime(0));
                timeline.out.extend(judged);
                prop_assert!(timeline.candidates.len() < AGREEING);
            }
            timeline.flush();
            while let Some(judged) = timeline.poll() {
                if let Judged::Unit { unit, .. } = judged {
                    units.push(unit);
                }
            }
            prop_assert_eq!(units, (0..stamps.len()).collect::<Vec<_>>());
        }
    }
}
