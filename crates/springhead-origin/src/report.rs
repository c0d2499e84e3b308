//! What operators read of broadcasts: the listing, and the numbers of every track.

use serde::Serialize;
use springhead_engine::{BroadcastStats, TrackStats};

use crate::Listed;

/// All broadcasts, with their numbers.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Ascending by key.
    pub broadcasts: Vec<Reported>,
}

/// One broadcast with its numbers, which are a quarter of a second old at most while units come.
#[derive(Clone, Debug, Serialize)]
pub struct Reported {
    /// What viewers see of it.
    #[serde(flatten)]
    pub listed: Listed,
    /// How many publish sessions there were.
    pub sessions: u64,
    /// Units that the session left out because no track or no room was there for them.
    pub dropped: u64,
    /// By track, in the order in which they came.
    pub measured: Vec<Measured>,
}

/// The numbers of one track. All but the bit rate only rise, and begin again with a publish session where this says so.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    /// Its number in the broadcast.
    pub track: u32,
    /// Access units.
    pub units: u64,
    /// Payload bytes.
    pub bytes: u64,
    /// Bits per second over the last window.
    pub bitrate: u64,
    /// Places where time is missing between units.
    pub gaps: u64,
    /// Units that were left out.
    pub dropped: u64,
    /// Repairs of the present session: times put right, units sorted, headers taken off.
    pub repairs: u64,
}

impl Reported {
    pub(crate) fn new(listed: Listed, stats: &BroadcastStats) -> Self {
        let measured = stats.tracks.iter().map(Measured::new).collect();
        Self { listed, sessions: stats.sessions, dropped: stats.dropped, measured }
    }
}

impl Measured {
    fn new(stats: &TrackStats) -> Self {
        let intake = &stats.intake;
        Self {
            track: stats.track.0,
            units: stats.units,
            bytes: stats.bytes,
            bitrate: stats.bitrate,
            gaps: stats.meter.gaps,
            dropped: stats.meter.dropped,
            repairs: [
                intake.reordered,
                intake.backwards,
                intake.same_time,
                intake.rogue,
                intake.composition_offset,
                intake.overlap,
                intake.adts_headers,
            ]
            .into_iter()
            .sum(),
        }
    }
}
