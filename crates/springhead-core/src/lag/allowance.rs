//! How often somebody may fall behind.

use std::time::Duration;

use crate::MonoTime;

/// How often a reader may miss pictures before it is sent away. What it used up comes back with time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Budget {
    /// How many times in a row; 0 lets it go at the first.
    pub times: u32,
    /// How long it takes until one of them is given back; zero gives all back at once.
    pub refill: Duration,
}

/// What is left of a [`Budget`].
///
/// It is a bucket that holds [`Budget::times`] and is full at first. Time is what [`spend`](Self::spend) is told; one that
/// goes back gives nothing.
///
/// ```
/// use std::time::Duration;
/// use springhead_core::{MonoTime, lag::{Allowance, Budget}};
///
/// let budget = Budget { times: 2, refill: Duration::from_secs(10) };
/// let mut left = Allowance::new(budget);
/// let at = |seconds: u64| MonoTime(seconds * 1_000_000_000);
/// assert_eq!([0, 1, 2].map(|second| left.spend(at(second))), [true, true, false]);
/// assert_eq!([12, 13].map(|second| left.spend(at(second))), [true, false]);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Allowance {
    budget: Budget,
    used: u32,
    /// Since when the next one to be given back is on its way.
    since: MonoTime,
}

impl Allowance {
    /// All of the budget.
    pub fn new(budget: Budget) -> Self {
        Self { budget, used: 0, since: MonoTime(0) }
    }

    /// Takes one; false when nothing is left.
    pub fn spend(&mut self, now: MonoTime) -> bool {
        self.refill(now);
        if self.used >= self.budget.times {
            return false;
        }
        if self.used == 0 {
            self.since = now;
        }
        self.used += 1;
        true
    }

    fn refill(&mut self, now: MonoTime) {
        let passed = now.saturating_since(self.since).as_nanos();
        let step = self.budget.refill.as_nanos();
        let back = passed.checked_div(step).unwrap_or(u128::MAX).min(u128::from(self.used)) as u32;
        self.used -= back;
        self.since = self.since + self.budget.refill.saturating_mul(back);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_of_nothing_is_used_up_at_once_and_one_without_a_wait_never() {
        let at = |budget| Allowance::new(budget).spend(MonoTime(5));
        assert!(!at(Budget { times: 0, refill: Duration::from_secs(1) }));
        let mut endless = Allowance::new(Budget { times: 1, refill: Duration::ZERO });
        assert!((0..100).all(|n| endless.spend(MonoTime(n))));
    }

    #[test]
    fn the_wait_for_the_next_one_is_not_begun_anew_by_spending() {
        let mut left = Allowance::new(Budget { times: 2, refill: Duration::from_nanos(10) });
        assert_eq!([0, 9, 10, 19, 20, 21].map(|now| left.spend(MonoTime(now))), [true, true, true, false, true, false]);
    }

    #[test]
    fn no_more_comes_back_than_was_used_however_long_it_takes_and_none_from_the_past() {
        let mut left = Allowance::new(Budget { times: 1, refill: Duration::from_nanos(1) });
        assert!(left.spend(MonoTime(1_000)));
        assert!(!left.spend(MonoTime(3)));
        assert!(left.spend(MonoTime(u64::MAX)));
        assert!(!left.spend(MonoTime(u64::MAX)));
    }
}
