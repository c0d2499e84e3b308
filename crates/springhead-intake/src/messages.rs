//! Messages that belong to an instant: their stamps alone matter.

use springhead_core::time::rescale;
use springhead_core::{Rounding, Timescale, Timestamp, Unwrapper};

use crate::SourceClock;

/// The stamps of a track of messages, as they are, but that they rise.
#[derive(Debug)]
pub(crate) struct MessageClock {
    unwrapper: Unwrapper,
    last: Option<Timestamp>,
}

impl MessageClock {
    pub(crate) fn new(clock: SourceClock) -> Self {
        Self { unwrapper: Unwrapper::new(clock.width()), last: None }
    }

    /// Where the media is that the messages go with, in ticks of the source.
    pub(crate) fn set_near(&mut self, at: Timestamp) {
        self.unwrapper.set_near(at);
    }

    /// When a message is, in ticks of `to`; one tick after the one before where it is not later.
    pub(crate) fn place(&mut self, stamp: u64, from: Timescale, to: Timescale) -> Timestamp {
        let stamped = Timestamp(rescale(self.unwrapper.unwrap(stamp).0, from, to, Rounding::Nearest));
        let at = self.last.map_or(stamped, |last| stamped.max(Timestamp(last.0.saturating_add(1))));
        *self.last.insert(at)
    }
}
