//! Putting units in order of their sequence numbers.

use std::collections::VecDeque;

use springhead_core::{Limits, MonoTime};

use crate::given::{Given, REMEMBERED};
use crate::{Place, RawUnit, Repair};

/// A number this far from the expected one, either way, is a new count and no loss.
const RESET: u64 = REMEMBERED;

/// A unit with its place in the input, and whether something is missing before it.
#[derive(Debug)]
pub(crate) struct Arrived {
    pub(crate) raw: RawUnit,
    pub(crate) at: Place,
    pub(crate) lost_before: bool,
}

/// The window in which units wait for their turn: bounded by [`Limits::reorder_units`], [`Limits::reorder_bytes`] and
/// [`Limits::reorder_wait`].
#[derive(Debug)]
pub(crate) struct Order {
    limits: Limits,
    expected: Option<u64>,
    given: Given,
    /// Ascending by distance from the expected number.
    held: VecDeque<Arrived>,
    held_bytes: usize,
    ready: VecDeque<Arrived>,
    repairs: VecDeque<Repair>,
}

impl Order {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            expected: None,
            given: Given::new(),
            held: VecDeque::new(),
            held_bytes: 0,
            ready: VecDeque::new(),
            repairs: VecDeque::new(),
        }
    }

    /// Takes a unit. Gives it back when it is its turn and nothing else waits, as it is with all units of a good network;
    /// otherwise [`poll_repair`](Self::poll_repair) and [`poll_unit`](Self::poll_unit) say what came of it.
    pub(crate) fn push(&mut self, unit: Arrived) -> Option<Arrived> {
        let Some(sequence) = unit.raw.sequence else {
            if self.is_idle() {
                return Some(unit);
            }
            self.ready.push_back(unit);
            return None;
        };
        let expected = *self.expected.get_or_insert(sequence);
        if sequence == expected && self.is_idle() {
            self.pass(sequence, true);
            return Some(unit);
        }
        self.place(unit, sequence, expected);
        None
    }

    fn is_idle(&self) -> bool {
        self.held.is_empty() && self.ready.is_empty()
    }

    fn place(&mut self, unit: Arrived, sequence: u64, expected: u64) {
        let (at, now) = (unit.at, unit.raw.arrival);
        let distance = sequence.wrapping_sub(expected) as i64;
        if distance.unsigned_abs() >= RESET {
            while self.release_oldest() {}
            self.repairs.push_back(Repair::SequenceReset { at });
            self.expected = Some(sequence);
            self.given.clear();
            self.take(Arrived { lost_before: true, ..unit });
        } else if distance < 0 {
            let again = self.given.holds(sequence);
            self.repairs.push_back(if again { Repair::Duplicate { at } } else { Repair::Late { at } });
        } else if distance == 0 {
            if !self.held.is_empty() {
                self.repairs.push_back(Repair::Reordered { at });
            }
            self.take(unit);
        } else {
            self.hold(unit, distance);
        }
        while self.held.len() > self.limits.reorder_units || self.held_bytes > self.limits.reorder_bytes {
            self.release_oldest();
        }
        self.handle_timeout(now);
    }

    fn hold(&mut self, unit: Arrived, distance: i64) {
        let expected = self.expected.unwrap_or_default();
        let before = self.held.partition_point(|held| distance_of(held, expected) < distance);
        if self.held.get(before).is_some_and(|held| distance_of(held, expected) == distance) {
            self.repairs.push_back(Repair::Duplicate { at: unit.at });
            return;
        }
        if before < self.held.len() {
            self.repairs.push_back(Repair::Reordered { at: unit.at });
        }
        self.held_bytes += unit.raw.payload.len();
        self.held.insert(before, unit);
    }

    /// Goes on behind a number whose unit was given out, or up.
    fn pass(&mut self, sequence: u64, given: bool) {
        self.given.note(sequence, given);
        self.expected = Some(sequence.wrapping_add(1));
    }

    /// Hands out the expected unit, and those that waited for it alone.
    fn take(&mut self, unit: Arrived) {
        let mut next = Some(unit);
        while let Some(unit) = next {
            self.pass(unit.raw.sequence.unwrap_or_default(), true);
            self.ready.push_back(unit);
            let in_turn = self.held.front().is_some_and(|held| held.raw.sequence == self.expected);
            next = if in_turn { self.pop_held() } else { None };
        }
    }

    fn pop_held(&mut self) -> Option<Arrived> {
        let unit = self.held.pop_front()?;
        self.held_bytes -= unit.raw.payload.len();
        Some(unit)
    }

    /// Gives up what is missing before the first unit held. Says whether there was one.
    fn release_oldest(&mut self) -> bool {
        let Some(unit) = self.pop_held() else { return false };
        let expected = self.expected.unwrap_or_default();
        let count = distance_of(&unit, expected).unsigned_abs();
        self.repairs.push_back(Repair::Lost { at: unit.at, count });
        (0..count).for_each(|missing| self.pass(expected.wrapping_add(missing), false));
        self.take(Arrived { lost_before: true, ..unit });
        true
    }

    pub(crate) fn handle_timeout(&mut self, now: MonoTime) {
        while self.poll_timeout().is_some_and(|deadline| deadline <= now) {
            self.release_oldest();
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<MonoTime> {
        self.oldest().map(|arrival| arrival + self.limits.reorder_wait)
    }

    pub(crate) fn flush(&mut self) {
        while self.release_oldest() {}
    }

    pub(crate) fn poll_repair(&mut self) -> Option<Repair> {
        self.repairs.pop_front()
    }

    pub(crate) fn poll_unit(&mut self) -> Option<Arrived> {
        self.ready.pop_front()
    }

    /// How many units wait, and how many bytes they have.
    pub(crate) fn waiting(&self) -> (usize, usize) {
        (self.held.len(), self.held_bytes)
    }

    /// When the one that waits longest arrived.
    pub(crate) fn oldest(&self) -> Option<MonoTime> {
        self.held.iter().map(|held| held.raw.arrival).min()
    }
}

fn distance_of(unit: &Arrived, expected: u64) -> i64 {
    unit.raw.sequence.unwrap_or_default().wrapping_sub(expected) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use proptest::prelude::*;
    use springhead_codec::nal::Framing;
    use springhead_core::TickDelta;

    fn raw(sequence: u64, arrival_ms: u64) -> RawUnit {
        RawUnit {
            dts: 0,
            composition_offset: TickDelta(0),
            sequence: Some(sequence),
            framing: Framing::LengthPrefixed(4),
            payload: Bytes::from_static(b"x"),
            checksum: None,
            arrival: MonoTime(arrival_ms * 1_000_000),
        }
    }

    /// What is given back at once is put where the others come out.
    fn push(order: &mut Order, sequence: u64, arrival_ms: u64) {
        let at = Place { unit: 0, dts: 0, sequence: Some(sequence) };
        let back = order.push(Arrived { raw: raw(sequence, arrival_ms), at, lost_before: false });
        order.ready.extend(back);
    }

    fn drain(order: &mut Order) -> Vec<(u64, bool)> {
        std::iter::from_fn(|| order.poll_unit()).map(|u| (u.raw.sequence.unwrap(), u.lost_before)).collect()
    }

    fn names(order: &mut Order) -> Vec<&'static str> {
        std::iter::from_fn(|| order.poll_repair()).map(|repair| repair.name()).collect()
    }

    #[test]
    fn numbers_may_start_anywhere_and_wrap() {
        let mut order = Order::new(Limits::default());
        for n in [u64::MAX - 1, 0, u64::MAX, 1] {
            push(&mut order, n, 0);
        }
        assert_eq!(drain(&mut order), [(u64::MAX - 1, false), (u64::MAX, false), (0, false), (1, false)]);
        assert_eq!(names(&mut order), ["reordered"]);
    }

    #[test]
    fn a_hole_is_given_up_at_its_deadline_and_reported_once() {
        let mut order = Order::new(Limits::default());
        push(&mut order, 1, 0);
        push(&mut order, 4, 10);
        push(&mut order, 5, 20);
        assert_eq!(drain(&mut order), [(1, false)]);
        assert_eq!(order.poll_timeout(), Some(MonoTime(210_000_000)));
        order.handle_timeout(MonoTime(209_999_999));
        assert_eq!(drain(&mut order), []);
        order.handle_timeout(MonoTime(210_000_000));
        assert_eq!(drain(&mut order), [(4, true), (5, false)]);
        push(&mut order, 2, 211);
        push(&mut order, 2, 211);
        push(&mut order, 6, 212);
        assert_eq!(names(&mut order), ["lost", "late", "late"]);
        assert_eq!(order.poll_timeout(), None);
    }

    #[test]
    fn how_long_units_wait_is_a_setting() {
        let mut order = Order::new(Limits { reorder_wait: std::time::Duration::from_millis(20), ..Limits::default() });
        push(&mut order, 1, 0);
        push(&mut order, 3, 10);
        assert_eq!(order.poll_timeout(), Some(MonoTime(30_000_000)));
        push(&mut order, 4, 30);
        assert_eq!(drain(&mut order), [(1, false), (3, true), (4, false)], "a unit that comes tells the time too");
    }

    #[test]
    fn a_late_copy_of_what_was_given_out_is_a_duplicate_and_what_was_given_up_is_late() {
        let mut order = Order::new(Limits::default());
        for n in [10, 12] {
            push(&mut order, n, 0);
        }
        order.flush();
        for n in [12, 11, 10, 9] {
            push(&mut order, n, 1);
        }
        assert_eq!(drain(&mut order), [(10, false), (12, true)]);
        assert_eq!(names(&mut order), ["lost", "duplicate", "late", "duplicate", "late"]);
    }

    #[test]
    fn duplicates_are_dropped_while_they_wait_and_after() {
        let mut order = Order::new(Limits::default());
        for n in [1, 3, 3, 2, 3] {
            push(&mut order, n, 0);
        }
        assert_eq!(drain(&mut order), [(1, false), (2, false), (3, false)]);
        assert_eq!(names(&mut order), ["duplicate", "reordered", "duplicate"]);
    }

    #[test]
    fn the_window_is_bounded_by_units_and_by_bytes() {
        let mut order = Order::new(Limits { reorder_units: 2, ..Limits::default() });
        for n in [1, 3, 5, 7] {
            push(&mut order, n, 0);
        }
        assert_eq!(drain(&mut order), [(1, false), (3, true)]);
        let mut order = Order::new(Limits { reorder_bytes: 1, ..Limits::default() });
        for n in [1, 3, 5] {
            push(&mut order, n, 0);
        }
        assert_eq!(drain(&mut order), [(1, false), (3, true)]);
    }

    #[test]
    fn a_far_number_is_a_new_count() {
        let mut order = Order::new(Limits::default());
        for n in [70_000, 70_002, 5, 6, 4] {
            push(&mut order, n, 0);
        }
        assert_eq!(drain(&mut order), [(70_000, false), (70_002, true), (5, true), (6, false)]);
        assert_eq!(names(&mut order), ["lost", "sequence_reset", "late"]);
    }

    proptest! {
        #[test]
        fn any_shuffle_within_the_window_comes_out_in_order(seed in prop::collection::vec(0usize..8, 1..200), start: u64) {
            let mut numbers: Vec<u64> = (0..seed.len() as u64).map(|n| start.wrapping_add(n)).collect();
            for (at, by) in seed.iter().enumerate().skip(1) {
                let to = (at + by).min(numbers.len() - 1);
                if to - at < 8 && at % 8 == 1 {
                    numbers.swap(at, to);
                }
            }
            let mut order = Order::new(Limits::default());
            numbers.iter().for_each(|n| push(&mut order, *n, 0));
            order.flush();
            let expected: Vec<_> = (0..seed.len() as u64).map(|n| (start.wrapping_add(n), false)).collect();
            prop_assert_eq!(drain(&mut order), expected);
        }
    }
}
