//! What was given up, and what else was counted.

/// Units that were given up, by what they were.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct GivenUp {
    /// Disposable pictures, where nothing else of their group was missing, and leading ones of an open group at which their
    /// track was entered.
    pub disposable: u64,
    /// Pictures from the end of a group, or from before the first random access point of their track.
    pub tail: u64,
    /// Random access points, after all that depends on them.
    pub random_access: u64,
    /// Units of sound, and messages.
    pub sound: u64,
    /// Units that came after the queue had been closed.
    pub closed: u64,
}

impl GivenUp {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.disposable + self.tail + self.random_access + self.sound + self.closed
    }

    /// Adds what was given up besides.
    pub(crate) fn add(&mut self, more: &Self) {
        self.disposable += more.disposable;
        self.tail += more.tail;
        self.random_access += more.random_access;
        self.sound += more.sound;
        self.closed += more.closed;
    }
}

/// Counters of a queue. What was pushed was popped, was given up or waits: no unit is without an account.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct QueueStats {
    /// Units that went in.
    pub pushed: u64,
    /// Units that came out.
    pub popped: u64,
    /// Units that will not come out.
    pub given_up: GivenUp,
    /// How often a track went on at a random access point after something was given up that others may have referred to.
    pub resumed: u64,
    /// Units that wait now.
    pub waiting_units: u64,
    /// Payload bytes of them.
    pub waiting_bytes: u64,
    /// The most units that ever waited at once.
    pub peak_units: u64,
    /// The most payload bytes that ever waited at once.
    pub peak_bytes: u64,
}
