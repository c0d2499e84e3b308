//! What messages that travel beside the media come to.
//!
//! A message has the time of its unit, on the timeline of the pictures. Splice information becomes a [`Splice`] with dates,
//! which every playlist (EXT-X-DATERANGE) and the MPD (`EventStream`) tell of; ID3 tags go into the chunks that hold their time
//! (`emsg`). A message of a timeline that has not begun waits for it; one of a timeline that is over is left out.

mod announcement;
mod inband;
mod interstitial;
mod splice;
mod splices;

use std::collections::VecDeque;
use std::sync::Arc;

use springhead_core::{AccessUnit, TimelineId, Track};

pub(crate) use announcement::{Announcement, Role, announcements};
pub(crate) use inband::{EventIds, ID3_SCHEME, Inband, InbandEvent};
pub use interstitial::{Assets, Interstitials};
pub use splice::{Splice, SpliceMessage};
pub(crate) use splices::{At, Splices, Taken};

/// How many messages wait for their timeline to begin.
const MOST_WAITING: usize = 64;
/// How many bytes they have.
const MOST_WAITING_BYTES: usize = 256 << 10;

/// Messages that wait for their timeline, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    messages: VecDeque<(TimelineId, Arc<Track>, AccessUnit)>,
    bytes: usize,
}

impl Waiting {
    /// Takes a message; says how many older ones are forgotten for it.
    pub(crate) fn push(&mut self, timeline: TimelineId, track: Arc<Track>, unit: AccessUnit) -> u64 {
        self.bytes += unit.payload.len();
        self.messages.push_back((timeline, track, unit));
        let mut forgotten = 0;
        while (self.messages.len() > MOST_WAITING || self.bytes > MOST_WAITING_BYTES) && self.pop().is_some() {
            forgotten += 1;
        }
        forgotten
    }

    /// The next message, once its timeline is the one given or over.
    pub(crate) fn next_of(&mut self, timeline: TimelineId) -> Option<(TimelineId, Arc<Track>, AccessUnit)> {
        let due = self.messages.front().is_some_and(|(of, ..)| *of <= timeline);
        if due { self.pop() } else { None }
    }

    fn pop(&mut self) -> Option<(TimelineId, Arc<Track>, AccessUnit)> {
        let message = self.messages.pop_front()?;
        self.bytes -= message.2.payload.len();
        Some(message)
    }
}
