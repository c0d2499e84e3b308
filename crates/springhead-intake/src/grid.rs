//! The grid of a constant frame rate, found behind stamps that are too coarse for it.
//!
//! A millisecond clock shows 30000/1001 pictures a second as steps of 33, 33, 34. Every stamp is the grid's instant with
//! at most one tick of error, so as long as that holds the grid itself is taken: instants are counted from an anchor and
//! rounded once, and nothing accumulates. Where it does not hold the stamp stays what it is.
//!
//! The rate is of frames. Where each field is a unit of its own, as always in H.265, every other unit lies halfway between the
//! lines of frames: the grid gets a line for each field then, and its rate stays what it is (D38).

use springhead_core::{FrameRate, Timescale};

/// After this many misfits in a row the grid is laid anew at the stamp.
const MISFITS: u32 = 3;

/// A grid that lasts for fewer units than this was not right.
const SHORT_LIVED: u32 = 300;

/// After this many grids that did not last, the rate is not believed any more.
const STRIKES: u32 = 3;

/// Steps that have to look alike before a track counts as steady.
const STEADY: u32 = 25;

/// So many units halfway between lines, each behind one that is on a line, are the second fields of frames.
const SECOND_FIELDS: u32 = 3;

/// A steady track has a gap where a step is this many times the usual.
const GAP_STEPS: i64 = 8;

/// Units in a row that stamps alone have to fit a rate.
const PROOF: i64 = 30;

/// Where a unit lies, in ticks of the track.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Slot {
    pub(crate) dts: i64,
    /// Zero when nothing is known.
    pub(crate) duration: u64,
    /// What is missing before, if the track was steady so far.
    pub(crate) gap: Option<u64>,
}

#[derive(Debug)]
pub(crate) struct Grid {
    source: Timescale,
    out: Timescale,
    /// Frames a second.
    rate: Option<FrameRate>,
    /// Whether each field is a unit, so that there are two lines to a frame.
    by_field: bool,
    anchor: Option<Anchor>,
    halfway: Halfway,
    misfits: u32,
    strikes: u32,
    proof: Proof,
    cadence: Cadence,
}

#[derive(Clone, Copy, Debug)]
struct Anchor {
    at: i64,
    /// The grid line of the last unit that fit.
    line: i64,
    /// Lines between units: the smaller of the last two steps. More than one where the stated rate counts fields.
    stride: i64,
    last_step: i64,
    units: u32,
}

/// The units that came halfway between lines.
#[derive(Clone, Copy, Debug, Default)]
struct Halfway {
    in_turn: u32,
    last: bool,
}

impl Grid {
    pub(crate) fn new(source: Timescale, out: Timescale, stated: Option<FrameRate>) -> Self {
        let rate = stated.filter(|rate| rate.num > 0 && rate.den > 0);
        Self {
            source,
            out,
            rate,
            by_field: false,
            anchor: None,
            halfway: Halfway::default(),
            misfits: 0,
            strikes: 0,
            proof: Proof::default(),
            cadence: Cadence::default(),
        }
    }

    /// The rate that stamps bear out, or that none has contradicted yet.
    pub(crate) fn rate(&self) -> Option<FrameRate> {
        self.rate
    }

    /// A new timeline: the rate stays, the grid is laid anew.
    pub(crate) fn restart(&mut self) {
        self.anchor = None;
        self.misfits = 0;
        self.halfway = Halfway::default();
        self.proof = Proof::default();
        self.cadence = Cadence::default();
    }

    /// Places the unit that is stamped `at`. Only for stamps that rise.
    pub(crate) fn place(&mut self, at: i64) -> Slot {
        let gap = self.cadence.step_to(at).map(|missing| self.rescale(missing).max(1) as u64);
        if self.rate.is_none() {
            self.rate = self.proof.step_to(at, self.source);
            self.anchor = None;
        }
        let Some(rate) = self.rate else { return Slot { dts: self.rescale(at), duration: 0, gap } };
        let Some(anchor) = self.anchor else {
            let anchor = Anchor { at, line: 0, stride: 1, last_step: 1, units: 0 };
            self.anchor = Some(anchor);
            return self.slot_on(rate, anchor, at, gap);
        };
        self.place_on(rate, anchor, at, gap)
    }

    /// The same where there is a grid.
    fn place_on(&mut self, rate: FrameRate, mut anchor: Anchor, at: i64, gap: Option<u64>) -> Slot {
        match self.line_of(rate, anchor.at, at).filter(|line| *line > anchor.line) {
            Some(line) => {
                self.halfway =
                    if self.halfway.last { Halfway { last: false, ..self.halfway } } else { Halfway::default() };
                let step = line - anchor.line;
                anchor.stride = step.min(anchor.last_step);
                (anchor.line, anchor.last_step, anchor.units) = (line, step, anchor.units.saturating_add(1));
                self.anchor = Some(anchor);
                self.misfits = 0;
                self.slot_on(rate, anchor, at, gap)
            }
            None if self.is_second_field(rate, anchor.at, at) => {
                (self.by_field, self.halfway) = (true, Halfway::default());
                self.place_on(rate, Anchor { line: anchor.line.saturating_mul(2), last_step: 1, ..anchor }, at, gap)
            }
            None => {
                let duration = self.instant(rate, 0, anchor.stride).max(0) as u64;
                self.misfit(at, anchor);
                Slot { dts: self.rescale(at), duration, gap }
            }
        }
    }

    /// Where a unit lies whose stamp does not rise: at its own time, without a word on the pace.
    pub(crate) fn off_grid(&self, at: i64) -> Slot {
        Slot { dts: self.rescale(at), duration: 0, gap: None }
    }

    /// The presentation time of the unit placed last, stamped `at`, in ticks of the track.
    pub(crate) fn presentation(&self, at: i64) -> i64 {
        let on_grid = self.rate.zip(self.anchor).filter(|_| self.misfits == 0 && self.is_finer());
        let found = on_grid.and_then(|(rate, anchor)| {
            self.line_of(rate, anchor.at, at).map(|line| self.instant(rate, anchor.at, line))
        });
        found.unwrap_or_else(|| self.rescale(at))
    }

    pub(crate) fn rescale(&self, at: i64) -> i64 {
        springhead_core::time::rescale(at, self.source, self.out, springhead_core::Rounding::Nearest)
    }

    /// A stamp that is as fine as the track's own clock is taken as it is.
    fn is_finer(&self) -> bool {
        self.out > self.source
    }

    /// The slot of a unit that fits `line`.
    fn slot_on(&self, rate: FrameRate, anchor: Anchor, at: i64, gap: Option<u64>) -> Slot {
        let line = self.instant(rate, anchor.at, anchor.line);
        let next = self.instant(rate, anchor.at, anchor.line.saturating_add(anchor.stride));
        let dts = if self.is_finer() { line } else { self.rescale(at) };
        Slot { dts, duration: next.saturating_sub(line).max(0) as u64, gap }
    }

    /// Lines a second, times the denominator of the rate.
    fn lines(&self, rate: FrameRate) -> i128 {
        i128::from(rate.num) * if self.by_field { 2 } else { 1 }
    }

    /// Whether units have come in turn on a line and halfway to the next for long enough, of which this is one between lines.
    fn is_second_field(&mut self, rate: FrameRate, anchor: i64, at: i64) -> bool {
        let (num, line) = (i128::from(rate.num), i128::from(rate.den) * i128::from(self.source.hz()));
        // Not where lines are so close that any stamp is near the middle of two.
        let between = !self.by_field && line >= 16 * num && self.nearest(2 * num, line, anchor, at).is_some();
        self.halfway = match (between, self.halfway) {
            (true, Halfway { last: false, in_turn }) => Halfway { in_turn: in_turn + 1, last: true },
            _ => Halfway::default(),
        };
        self.halfway.in_turn >= SECOND_FIELDS
    }

    /// The grid line that `at` is within a source tick of.
    fn line_of(&self, rate: FrameRate, anchor: i64, at: i64) -> Option<i64> {
        self.nearest(self.lines(rate), i128::from(rate.den) * i128::from(self.source.hz()), anchor, at)
    }

    /// The same of a grid whose lines are `line / num` source ticks apart.
    fn nearest(&self, num: i128, line: i128, anchor: i64, at: i64) -> Option<i64> {
        let span = (i128::from(at) - i128::from(anchor)) * num;
        let nearest = divide(2 * span + line, 2 * line);
        ((span - nearest * line).abs() <= num).then(|| clamp(nearest))
    }

    /// The instant of a grid line in ticks of the track, rounded once.
    fn instant(&self, rate: FrameRate, anchor: i64, line: i64) -> i64 {
        let (num, den) = (self.lines(rate), i128::from(rate.den));
        let (source, out) = (i128::from(self.source.hz()), i128::from(self.out.hz()));
        // Bounded by saturation: 63 + 33 + 32 bits, and one for the rounding, where all are as large as they can be.
        let exact = (i128::from(anchor).saturating_mul(num))
            .saturating_add(i128::from(line).saturating_mul(den * source))
            .saturating_mul(out);
        let unit = source * num;
        clamp(divide(exact.saturating_mul(2).saturating_add(unit), 2 * unit))
    }

    fn misfit(&mut self, at: i64, anchor: Anchor) {
        self.misfits += 1;
        if self.misfits < MISFITS {
            return;
        }
        self.misfits = 0;
        self.strikes = if anchor.units < SHORT_LIVED { self.strikes + 1 } else { 0 };
        if self.strikes >= STRIKES {
            (self.rate, self.anchor, self.strikes, self.by_field) = (None, None, 0, false);
            self.proof = Proof::default();
        } else {
            self.anchor = Some(Anchor { at, line: 0, units: 0, ..anchor });
        }
    }
}

/// The quotient, rounded down. In 64 bits wherever they do, as 128 take many times as long.
fn divide(num: i128, den: i128) -> i128 {
    match (i64::try_from(num), i64::try_from(den)) {
        (Ok(num), Ok(den)) => num.div_euclid(den).into(),
        _ => num.div_euclid(den),
    }
}

fn clamp(value: i128) -> i64 {
    value.clamp(i128::from(i64::MIN), i128::from(i64::MAX)) as i64
}

/// Finds the one rate of [`FrameRate::USUAL`] that every stamp of a run is on.
#[derive(Debug, Default)]
struct Proof {
    start: Option<i64>,
    units: i64,
    /// A bit for each rate that still fits.
    fits: u32,
}

impl Proof {
    fn step_to(&mut self, at: i64, source: Timescale) -> Option<FrameRate> {
        let start = *self.start.get_or_insert(at);
        if self.units == 0 {
            self.fits = (1 << FrameRate::USUAL.len()) - 1;
        }
        let span = i128::from(at) - i128::from(start);
        for (index, rate) in FrameRate::USUAL.iter().enumerate() {
            let exact = i128::from(self.units) * i128::from(rate.den) * i128::from(source.hz());
            if (span * i128::from(rate.num) - exact).abs() > i128::from(rate.num) {
                self.fits &= !(1 << index);
            }
        }
        self.units += 1;
        if self.fits == 0 {
            *self = Self { start: Some(at), units: 1, fits: (1 << FrameRate::USUAL.len()) - 1 };
        }
        let alone = self.fits.is_power_of_two() && self.units > PROOF;
        alone.then(|| FrameRate::USUAL[self.fits.trailing_zeros() as usize])
    }
}

/// Whether units come at a steady pace, and where one that did has a hole.
#[derive(Debug, Default)]
struct Cadence {
    last: Option<i64>,
    step: i64,
    steady: u32,
}

impl Cadence {
    fn step_to(&mut self, at: i64) -> Option<i64> {
        let last = self.last.replace(at)?;
        let step = at.saturating_sub(last);
        if self.steady >= STEADY && step >= self.step.saturating_mul(GAP_STEPS) {
            return Some(step - self.step);
        }
        let alike = step.abs_diff(self.step) <= 2.max(self.step.unsigned_abs() / 8);
        self.steady = if alike { self.steady.saturating_add(1) } else { 0 };
        self.step = step;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn rate(num: u32, den: u32) -> FrameRate {
        FrameRate { num, den }
    }

    const NTSC: FrameRate = rate(30_000, 1001);

    fn ms(n: i64, rate: FrameRate) -> i64 {
        (2 * n * i64::from(rate.den) * 1000 + i64::from(rate.num)).div_euclid(2 * i64::from(rate.num))
    }

    fn grid(rate: Option<FrameRate>) -> Grid {
        Grid::new(Timescale::MILLIS, Timescale::MPEG, rate)
    }

    #[test]
    fn a_day_of_ntsc_stamps_lies_on_the_exact_grid() {
        let mut grid = grid(Some(NTSC));
        for n in 0..86_400 * 30 {
            let slot = grid.place(ms(n, NTSC));
            assert_eq!(slot, Slot { dts: n * 3003, duration: 3003, gap: None });
        }
    }

    #[test]
    fn every_usual_rate_is_recognised_from_stamps_alone() {
        for rate in FrameRate::USUAL {
            let mut grid = grid(None);
            let wrong = (0..300).find(|n| {
                grid.place(ms(*n, rate));
                grid.rate().is_some_and(|found| found != rate)
            });
            assert_eq!((wrong, grid.rate()), (None, Some(rate)));
        }
    }

    #[test]
    fn a_rate_that_the_stamps_contradict_is_given_up_for_theirs() {
        let mut grid = grid(Some(rate(30, 1)));
        let mut last = i64::MIN;
        for n in 0..2000 {
            let slot = grid.place(ms(n, NTSC));
            assert!(slot.dts > last && slot.dts.abs_diff(n * 3003) <= 180, "{n}: {slot:?}");
            last = slot.dts;
        }
        assert_eq!(grid.rate(), Some(NTSC));
        assert_eq!(grid.place(ms(2000, NTSC)).duration, 3003);
    }

    #[test]
    fn a_rate_of_fields_still_gives_the_duration_of_pictures() {
        let mut grid = grid(Some(rate(50, 1)));
        let durations: Vec<_> = (0..6).map(|n| grid.place(n * 40).duration).collect();
        assert_eq!(durations[2..], [3600; 4]);
    }

    #[test]
    fn fields_that_are_units_have_lines_of_their_own_and_the_rate_stays_that_of_frames() {
        for (frames, fields, ticks) in [(rate(25, 1), rate(50, 1), 1800.0), (NTSC, rate(60_000, 1001), 1501.5)] {
            let mut grid = grid(Some(frames));
            for n in 0..20_000 {
                let slot = grid.place(ms(n, fields));
                let exact = n as f64 * ticks;
                if n > 5 {
                    assert!((slot.dts as f64 - exact).abs() <= 0.5, "{n}: {slot:?}");
                    assert!((slot.duration as f64 - ticks).abs() < 1.0, "{n}: {slot:?}");
                }
            }
            assert_eq!(grid.rate(), Some(frames));
            // Frames again: each has the time of two fields.
            grid.restart();
            let frames: Vec<_> = (0..4).map(|n| grid.place(1_000_000 + ms(n, frames)).duration).collect();
            assert_eq!(frames[2..], [(2.0 * ticks) as u64; 2]);
        }
    }

    #[test]
    fn some_frames_that_are_half_a_frame_late_are_no_fields() {
        let mut grid = grid(Some(rate(25, 1)));
        for n in 0..1000i64 {
            let late = if n % 4 == 1 { 20 } else { 0 };
            let slot = grid.place(n * 40 + late);
            assert_eq!((slot.dts, slot.duration), ((n * 40 + late) * 90, 3600), "{n}");
        }
    }

    #[test]
    fn one_stamp_off_the_grid_keeps_its_own_time_and_moves_no_other() {
        let mut grid = grid(Some(rate(25, 1)));
        let placed: Vec<_> = [0, 40, 87, 120, 160].into_iter().map(|at| grid.place(at).dts).collect();
        assert_eq!(placed, [0, 3600, 7830, 10_800, 14_400]);
    }

    #[test]
    fn a_hole_in_a_steady_track_is_a_gap_and_one_in_an_unsteady_track_is_not() {
        let mut steady = grid(Some(rate(25, 1)));
        (0..40).for_each(|n| assert_eq!(steady.place(n * 40).gap, None));
        assert_eq!(steady.place(2000).gap, Some((2000 - 40 * 40) * 90));
        let mut screen = grid(Some(rate(30, 1)));
        for at in [0, 33, 500, 533, 566, 4000, 4033, 14_000] {
            assert_eq!(screen.place(at).gap, None);
        }
    }

    #[test]
    fn presentation_times_lie_on_the_same_grid() {
        let mut grid = grid(Some(NTSC));
        for n in 0..1000 {
            let dts = grid.place(ms(n, NTSC)).dts;
            assert_eq!(grid.presentation(ms(n + 2, NTSC)) - dts, 2 * 3003);
        }
    }

    #[test]
    fn a_clock_as_fine_as_the_track_is_not_touched() {
        let mut grid = Grid::new(Timescale::MPEG, Timescale::MPEG, Some(rate(24_000, 1001)));
        for n in 0..100i64 {
            let at = n * 3754 - n / 4 + n % 2;
            assert_eq!(grid.place(at).dts, at);
        }
    }
}
