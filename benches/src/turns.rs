//! Contenders that take turns. A machine is faster in one second than in the next, by more than most contenders differ:
//! what one took is divided by what another took in the same round, and the median over the rounds is what counts.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// How long one is at work at a time: long enough for what it needs to be in the caches again, short enough for a round to
/// be over before the machine changes.
const TURN: Duration = Duration::from_millis(15);
/// How often each has its turn.
const ROUNDS: usize = 21;

/// One who is compared: is told how often to do it, and says how long that took.
pub type Contender<'a> = Box<dyn FnMut(u64) -> Duration + 'a>;

/// One who does it in a call that needs no preparation.
pub fn call<'a, T>(mut once: impl FnMut() -> T + 'a) -> Contender<'a> {
    Box::new(move |count: u64| {
        let start = Instant::now();
        for _ in 0..count {
            black_box(once());
        }
        start.elapsed()
    })
}

/// Whether the command line asks for the row of that name: each of its words has to be the beginning of one of the name's.
///
/// ```text
/// cargo bench -p springhead-benches --bench manifests -- hls 1800
/// ```
pub fn asked_for(row: &str) -> bool {
    // Cargo says `--bench`.
    let mut asked = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    asked.all(|asked| row.split(' ').any(|word| word.starts_with(&asked)))
}

/// What each contender took for one call, in nanoseconds, round by round.
pub struct Rounds<const N: usize>(Vec<[f64; N]>);

/// Has all contenders take turns, each as often as the others. Who begins is another in each round.
pub fn take<const N: usize>(mut contenders: [Contender<'_>; N]) -> Rounds<N> {
    let counts = contenders.each_mut().map(count_in_a_turn);
    let round = |first: usize| {
        let mut times = [0.0; N];
        for at in (0..N).map(|n| (first + n) % N) {
            times[at] = contenders[at](counts[at]).as_nanos() as f64 / counts[at] as f64;
        }
        times
    };
    Rounds((0..ROUNDS).map(round).collect())
}

/// How often it can do it in a turn, and once at least. The most of three attempts: in one of them something may be in the way.
fn count_in_a_turn(contender: &mut Contender<'_>) -> u64 {
    let mut attempt = || {
        let mut count = 1;
        loop {
            let spent = contender(count);
            if spent >= TURN / 4 {
                return u128::from(count) * TURN.as_nanos() / spent.as_nanos();
            }
            count *= 2;
        }
    };
    (0..3).map(|_| attempt()).fold(1, u128::max) as u64
}

impl<const N: usize> Rounds<N> {
    /// The median over the rounds of what `of` makes of the times of one: a time, or a ratio of two.
    ///
    /// ```
    /// use springhead_benches::turns;
    /// let text = "seven";
    /// let rounds = turns::take([turns::call(|| text.to_owned()), turns::call(|| format!("{text}"))]);
    /// println!("{:.0} ns, {:.2} of what `format!` takes", rounds.median(|[a, _]| a), rounds.median(|[a, b]| a / b));
    /// ```
    pub fn median(&self, of: impl Fn([f64; N]) -> f64) -> f64 {
        let mut values: Vec<f64> = self.0.iter().copied().map(of).collect();
        values.sort_by(f64::total_cmp);
        values[values.len() / 2]
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn each_works_for_a_turn_and_each_begins_in_its_turn() {
        let turns = RefCell::new(Vec::new());
        let contender = |name: usize, each: Duration| {
            let turns = &turns;
            Box::new(move |count: u64| {
                let spent = each * count as u32;
                turns.borrow_mut().push((name, spent));
                spent
            }) as Contender<'_>
        };
        let each = [Duration::from_micros(1), Duration::from_millis(7), Duration::from_secs(1)];
        let rounds = take([contender(0, each[0]), contender(1, each[1]), contender(2, each[2])]);
        assert_eq!(rounds.0.len(), ROUNDS);
        assert_eq!(rounds.median(|times| times[0]), 1000.0);
        let turns = turns.into_inner();
        let measured = &turns[turns.len() - 3 * ROUNDS..];
        assert_eq!(measured[..6].iter().map(|(name, _)| *name).collect::<Vec<_>>(), [0, 1, 2, 1, 2, 0]);
        for (name, spent) in measured {
            assert_eq!(
                *spent,
                [TURN, 2 * each[1], each[2]][*name],
                "as many calls as a turn has room for, and one at least"
            );
        }
    }

    #[test]
    fn a_ratio_is_that_of_rounds_and_not_of_medians() {
        let rounds = Rounds(vec![[1.0, 2.0], [10.0, 30.0], [100.0, 100.0]]);
        assert_eq!(rounds.median(|[a, b]| b / a), 2.0);
        assert_eq!(rounds.median(|[a, _]| a), 10.0);
    }
}
