//! What can be seen of a player from outside.

use std::time::Duration;

use springhead_core::MediaKind;

use super::desk::Made;
use super::playback::{Phase, Stall};
use super::ranges::{Micros, Ranges};
use super::{PlayerError, Reaction};

/// A player as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// The player's name.
    pub name: &'static str,
    /// What the playhead does.
    pub phase: Phase,
    /// Where the playhead is, in microseconds of the player's own timeline.
    pub position: Micros,
    /// How long it took from the first request to the first movement.
    pub startup: Option<Duration>,
    /// What is buffered of each media type.
    pub buffered: Vec<(MediaKind, Ranges)>,
    /// Every stall.
    pub stalls: Vec<Stall>,
    /// How many holes were stepped over.
    pub jumps: u64,
    /// Every error.
    pub errors: Vec<PlayerError>,
    /// Every request made.
    pub requests: Vec<Made>,
    /// Whether it plays in its low-latency mode.
    pub low_latency: bool,
    /// How far the playhead is behind the wall clock of what it shows; none where the manifest does not say.
    pub latency: Option<Duration>,
}

impl State {
    /// How long all stalls lasted together.
    pub fn stalled(&self) -> Duration {
        self.stalls.iter().map(|stall| stall.length).sum()
    }

    /// The error that stopped it for good.
    pub fn fatal(&self) -> Option<&PlayerError> {
        self.errors.iter().find(|error| error.reaction == Reaction::Stops)
    }

    /// How many requests were made whose path and query contain `text`.
    pub fn asked_for(&self, text: &str) -> usize {
        self.requests.iter().filter(|request| request.path.contains(text)).count()
    }
}
