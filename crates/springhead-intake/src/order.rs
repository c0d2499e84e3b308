//! Putting units in order of their sequence numbers.

use std::collections::VecDeque;
use std::time::Duration;

use springhead_core::{Limits, MonoTime};

use crate::{Place, RawUnit, Repair};

/// How long a unit waits for the ones before it. Well above the reordering of any network, and well below what a player
/// buffers.
pub(crate) const WAIT: Duration = Duration::from_millis(200);

/// A number this far from the expected one, either way, is a new count and no loss.
const RESET: i64 = 4096;

/// A unit with its place in the input, and whether something is missing before it.
#[derive(Debug)]
pub(crate) struct Arrived {
    pub(crate) raw: RawUnit,
    pub(crate) at: Place,
    pub(crate) lost_before: bool,
}

/// The window in which units wait for their turn: bounded by [`Limits::reorder_units`], by [`Limits::unit_bytes`] in all,
/// and by [`WAIT`].
#[derive(Debug)]
pub(crate) struct Order {
    limits: Limits,
    expected: Option<u64>,
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
            held: VecDeque::new(),
            held_bytes: 0,
            ready: VecDeque::new(),
            repairs: VecDeque::new(),
        }
    }

    pub(crate) fn push(&mut self, raw: RawUnit, at: Place) {
        let now = raw.arrival;
        let Some(sequence) = raw.sequence else {
            self.ready.push_back(Arrived { raw, at, lost_before: false });
            return;
        };
        let expected = *self.expected.get_or_insert(sequence);
        let distance = sequence.wrapping_sub(expected) as i64;
        if distance.unsigned_abs() >= RESET as u64 {
            while self.release_oldest() {}
            self.repairs.push_back(Repair::SequenceReset { at });
            self.expected = Some(sequence);
            self.take(Arrived { raw, at, lost_before: true });
        } else if distance < 0 {
            self.repairs.push_back(Repair::Late { at });
        } else if distance == 0 {
            if !self.held.is_empty() {
                self.repairs.push_back(Repair::Reordered { at });
            }
            self.take(Arrived { raw, at, lost_before: false });
        } else {
            self.hold(Arrived { raw, at, lost_before: false }, distance);
        }
        while self.held.len() > self.limits.reorder_units || self.held_bytes > self.limits.unit_bytes {
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

    /// Hands out the expected unit, and those that waited for it alone.
    fn take(&mut self, unit: Arrived) {
        self.ready.push_back(unit);
        loop {
            let next = self.expected.map(|expected| expected.wrapping_add(1));
            self.expected = next;
            match self.held.front() {
                Some(held) if held.raw.sequence == next => self.pop_held(),
                _ => return,
            }
        }
    }

    fn pop_held(&mut self) {
        if let Some(unit) = self.held.pop_front() {
            self.held_bytes -= unit.raw.payload.len();
            self.ready.push_back(unit);
        }
    }

    /// Gives up what is missing before the first unit held. Says whether there was one.
    fn release_oldest(&mut self) -> bool {
        let Some(mut unit) = self.held.pop_front() else { return false };
        self.held_bytes -= unit.raw.payload.len();
        let count = distance_of(&unit, self.expected.unwrap_or_default()).unsigned_abs();
        self.repairs.push_back(Repair::Lost { at: unit.at, count });
        unit.lost_before = true;
        self.expected = unit.raw.sequence;
        self.take(unit);
        true
    }

    pub(crate) fn handle_timeout(&mut self, now: MonoTime) {
        while self.poll_timeout().is_some_and(|deadline| deadline <= now) {
            self.release_oldest();
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<MonoTime> {
        self.held.iter().map(|held| held.raw.arrival + WAIT).min()
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
            arrival: MonoTime(arrival_ms * 1_000_000),
        }
    }

    fn push(order: &mut Order, sequence: u64, arrival_ms: u64) {
        order.push(raw(sequence, arrival_ms), Place { unit: 0, dts: 0, sequence: Some(sequence) });
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
        push(&mut order, 6, 212);
        assert_eq!(names(&mut order), ["lost", "late"]);
        assert_eq!(order.poll_timeout(), None);
    }

    #[test]
    fn duplicates_are_dropped_while_they_wait_and_after() {
        let mut order = Order::new(Limits::default());
        for n in [1, 3, 3, 2, 3] {
            push(&mut order, n, 0);
        }
        assert_eq!(drain(&mut order), [(1, false), (2, false), (3, false)]);
        assert_eq!(names(&mut order), ["duplicate", "reordered", "late"]);
    }

    #[test]
    fn the_window_is_bounded_by_units_and_by_bytes() {
        let mut order = Order::new(Limits { reorder_units: 2, ..Limits::default() });
        for n in [1, 3, 5, 7] {
            push(&mut order, n, 0);
        }
        assert_eq!(drain(&mut order), [(1, false), (3, true)]);
        let mut order = Order::new(Limits { unit_bytes: 1, ..Limits::default() });
        for n in [1, 3, 5] {
            push(&mut order, n, 0);
        }
        assert_eq!(drain(&mut order), [(1, false), (3, true)]);
    }

    #[test]
    fn a_far_number_is_a_new_count() {
        let mut order = Order::new(Limits::default());
        for n in [70_000, 70_002, 5, 6] {
            push(&mut order, n, 0);
        }
        assert_eq!(drain(&mut order), [(70_000, false), (70_002, true), (5, true), (6, false)]);
        assert_eq!(names(&mut order), ["lost", "sequence_reset"]);
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
