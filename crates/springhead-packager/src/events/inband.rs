//! Messages that go into the chunks of media.

use std::collections::VecDeque;

use bytes::Bytes;
use springhead_core::{Rounding, Timescale, Timestamp, WallTime};
use springhead_mux::fmp4::{Emsg, EventTime};

/// The scheme of ID3 tags in `emsg` (Carriage of ID3 Timed Metadata in the Common Media Application Format §2).
pub(crate) const ID3_SCHEME: &str = "https://aomedia.org/emsg/ID3";

/// How many wait for their chunk at a time, and go into one.
const MOST: usize = 32;
/// How many bytes they have.
const MOST_BYTES: usize = 64 << 10;
/// How many numbers of events are remembered.
const REMEMBERED: usize = 512;

/// Numbers for events, which come again after more than a year: the date in hundredths of a second, or the next one that is
/// free. So every origin that is fed by the same encoder gives an event the same number.
#[derive(Debug, Default)]
pub(crate) struct EventIds {
    recent: VecDeque<u32>,
}

impl EventIds {
    pub(crate) fn next(&mut self, at: WallTime) -> u32 {
        let mut id = at.unix_millis().div_euclid(10) as u32;
        while self.recent.contains(&id) {
            id = id.wrapping_add(1);
        }
        self.recent.push_back(id);
        self.recent.drain(..self.recent.len().saturating_sub(REMEMBERED));
        id
    }
}

/// One message, before it is known which track's clock it is told by.
#[derive(Clone, Debug)]
pub(crate) struct InbandEvent {
    /// When it is, in media time, in ticks of 90 kHz.
    pub(crate) at: Timestamp,
    pub(crate) id: u32,
    pub(crate) message: Bytes,
}

impl InbandEvent {
    fn emsg(&self, scale: Timescale) -> Emsg {
        let at = self.at.rescale(Timescale::MPEG, scale, Rounding::Nearest);
        Emsg {
            scheme_id_uri: ID3_SCHEME.to_owned(),
            value: String::new(),
            timescale: scale,
            time: EventTime::At(u64::try_from(at.0).unwrap_or(0)),
            duration: Emsg::UNKNOWN_DURATION,
            id: self.id,
            message: self.message.clone(),
        }
    }
}

/// The messages that wait for the chunk of one rendition that holds their time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inband {
    waiting: Vec<InbandEvent>,
}

impl Inband {
    /// Takes a message; says whether there was room.
    pub(crate) fn push(&mut self, event: InbandEvent) -> bool {
        let bytes: usize = self.waiting.iter().map(|event| event.message.len()).sum();
        let fits = self.waiting.len() < MOST && bytes + event.message.len() <= MOST_BYTES;
        if fits {
            self.waiting.push(event);
        }
        fits
    }

    /// What goes with a chunk that ends at `end`: what comes later has a later one, and what is late the next.
    pub(crate) fn take_before(&mut self, end: Timestamp, scale: Timescale) -> Vec<Emsg> {
        if self.waiting.is_empty() {
            return Vec::new();
        }
        let end = end.rescale(scale, Timescale::MPEG, Rounding::Nearest);
        let (due, later) = self.waiting.drain(..).partition(|event| event.at < end);
        self.waiting = later;
        let due: Vec<InbandEvent> = due;
        due.iter().map(|event| event.emsg(scale)).collect()
    }
}
