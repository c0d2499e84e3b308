//! From when on a reader counts as behind.

use std::time::Duration;

use super::Budget;

/// What a reader that is behind does without, and from when on. How far it is behind is the time between the arrival of the
/// newest unit and that of the one that it would get next.
///
/// ```
/// use std::time::Duration;
/// use springhead_core::lag::{LagPolicy, Pressure};
///
/// let live = LagPolicy::live();
/// assert_eq!(live.pressure(Duration::from_millis(40)), Pressure::None);
/// assert_eq!(live.pressure(Duration::from_millis(600)), Pressure::Disposable);
/// assert_eq!(live.pressure(Duration::from_secs(10)), Pressure::Tail);
/// assert_eq!(LagPolicy::archive().pressure(Duration::MAX), Pressure::None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LagPolicy {
    /// Farther behind than this, disposable pictures are left out. None: never.
    pub disposable_after: Option<Duration>,
    /// Farther behind than this, pictures are left out up to the newest random access point; sound goes on. None: never, so
    /// that only what is no longer held is missed.
    pub tail_after: Option<Duration>,
    /// How often pictures may be left out like that, or be missed, before the reader is sent away. None: as often as it
    /// likes.
    pub budget: Option<Budget>,
}

/// How far behind a reader is, by the measure of its [`LagPolicy`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub enum Pressure {
    /// It keeps up.
    #[default]
    None,
    /// It is to do without disposable pictures.
    Disposable,
    /// It is to do without the rest of the group of pictures.
    Tail,
}

impl LagPolicy {
    /// For viewers: half a second of picture waits before anything is left out, and more than a second and a half is not
    /// worth watching late. The same as [`default`](Self::default).
    pub const fn live() -> Self {
        Self {
            disposable_after: Some(Duration::from_millis(500)),
            tail_after: Some(Duration::from_millis(1500)),
            budget: None,
        }
    }

    /// For conversations and remote control: what is older than three tenths of a second is of no use.
    pub const fn lowest_latency() -> Self {
        Self {
            disposable_after: Some(Duration::from_millis(100)),
            tail_after: Some(Duration::from_millis(300)),
            budget: None,
        }
    }

    /// For recordings and packagers, which want everything however late: nothing is left out that is still held.
    pub const fn archive() -> Self {
        Self { disposable_after: None, tail_after: None, budget: None }
    }

    /// How hard somebody so far behind is pressed.
    pub fn pressure(&self, behind: Duration) -> Pressure {
        let beyond = |bound: Option<Duration>| bound.is_some_and(|bound| behind > bound);
        if beyond(self.tail_after) {
            Pressure::Tail
        } else if beyond(self.disposable_after) {
            Pressure::Disposable
        } else {
            Pressure::None
        }
    }
}

impl Default for LagPolicy {
    fn default() -> Self {
        Self::live()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_goes_even_where_disposable_pictures_never_do() {
        let policy = LagPolicy { disposable_after: None, ..LagPolicy::live() };
        assert_eq!(policy.pressure(Duration::from_millis(1500)), Pressure::None, "the bound itself is still kept");
        assert_eq!(policy.pressure(Duration::from_millis(1501)), Pressure::Tail);
    }
}
