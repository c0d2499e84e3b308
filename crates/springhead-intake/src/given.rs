//! Which of the last sequence numbers were given out.

/// How many numbers are remembered; a power of two, so that a place goes on being that of its number when numbers wrap.
pub(crate) const REMEMBERED: u64 = 4096;

const WORDS: usize = (REMEMBERED / 64) as usize;

/// One bit for each of the last [`REMEMBERED`] numbers: whether its unit was given out, so that a copy that comes late is
/// told apart from a unit that was given up. Half a kilobyte, whatever comes.
#[derive(Debug)]
pub(crate) struct Given([u64; WORDS]);

impl Given {
    pub(crate) fn new() -> Self {
        Self([0; WORDS])
    }

    /// Numbers start anew: nothing was given out.
    pub(crate) fn clear(&mut self) {
        self.0 = [0; WORDS];
    }

    /// The unit of this number was given out, or given up. Each number is noted in its turn.
    pub(crate) fn note(&mut self, number: u64, given: bool) {
        let (word, bit) = place(number);
        self.0[word] = self.0[word] & !bit | if given { bit } else { 0 };
    }

    /// Whether it was given out, of a number that lies at most [`REMEMBERED`] back.
    pub(crate) fn holds(&self, number: u64) -> bool {
        let (word, bit) = place(number);
        self.0[word] & bit != 0
    }
}

fn place(number: u64) -> (usize, u64) {
    let place = number % REMEMBERED;
    ((place / 64) as usize, 1 << (place % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_up_is_told_from_what_was_given_out_across_the_wrap() {
        let mut given = Given::new();
        let first = u64::MAX - 5000;
        for n in 0..10_000u64 {
            given.note(first.wrapping_add(n), n % 3 != 0);
        }
        let last = 10_000 - REMEMBERED;
        assert!((last..10_000).all(|n| given.holds(first.wrapping_add(n)) == (n % 3 != 0)));
        given.clear();
        assert!((last..10_000).all(|n| !given.holds(first.wrapping_add(n))));
    }
}
