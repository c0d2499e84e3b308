//! What operators read of broadcasts: the listing, and the numbers of every track.

use std::time::Duration;

use serde::Serialize;
use springhead_core::{Rounding, Timescale};
use springhead_engine::{BroadcastStats, TrackStats};
use springhead_packager::{Presentation, Rendition};

use crate::Listed;

/// All broadcasts, with their numbers.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Ascending by key.
    pub broadcasts: Vec<Reported>,
}

/// One programme with its numbers, which are a quarter of a second old at most while units come.
#[derive(Clone, Debug, Serialize)]
pub struct Reported {
    /// What viewers see of it.
    #[serde(flatten)]
    pub listed: Listed,
    /// How many publish sessions there were.
    pub sessions: u64,
    /// Units that sessions left out because no track or no room was there for them.
    pub dropped: u64,
    /// By how many milliseconds the encoder's clock has fallen behind ours; negative when it is ahead.
    pub drift_millis: i64,
    /// By broadcast, and within that by track, in the order in which they came.
    pub measured: Vec<Measured>,
    /// What is kept of each rendition; none before there is something to show.
    pub renditions: Vec<ReportedRendition>,
}

/// What is kept of a rendition.
#[derive(Clone, Debug, Serialize)]
pub struct ReportedRendition {
    /// Its name in URIs.
    pub name: String,
    /// Whether it is made of its own track, or another stands in for it.
    pub own: bool,
    /// The number of the segment that is being made.
    pub segment: u64,
    /// How many complete segments are listed.
    pub listed: usize,
    /// How many are kept, listed or not.
    pub kept: usize,
    /// How many bytes those have.
    pub kept_bytes: u64,
    /// How many seconds are listed, in milliseconds.
    pub listed_millis: u64,
    /// Where its media ends on the wall clock, in milliseconds since 1970.
    pub edge_unix_millis: i64,
    /// BANDWIDTH, in bits per second.
    pub bandwidth: u64,
    /// AVERAGE-BANDWIDTH, in bits per second.
    pub average_bandwidth: u64,
    /// How far from the leading rendition's its segments begin, at most, in microseconds.
    pub misalignment_micros: u64,
}

impl ReportedRendition {
    fn new(presentation: &Presentation, rendition: &Rendition) -> Self {
        let listed = rendition.listed(presentation);
        let last = rendition.segments.last();
        let edge = last.map(|last| last.program_date_time + Duration::from_micros(last.duration.micros()));
        let scale = rendition.track.timescale;
        Self {
            name: rendition.name.to_string(),
            own: rendition.own,
            segment: rendition.live_msn().0,
            listed: listed.len(),
            kept: rendition.segments.len(),
            kept_bytes: rendition.segments.iter().map(|segment| segment.len).sum(),
            listed_millis: listed.iter().map(|segment| segment.duration.micros()).sum::<u64>() / 1000,
            edge_unix_millis: edge.map_or(0, |edge| edge.unix_millis()),
            bandwidth: rendition.bandwidth.peak,
            average_bandwidth: rendition.bandwidth.average,
            misalignment_micros: rendition.misalignment.rescale(scale, Timescale::MICROS, Rounding::Nearest).0,
        }
    }
}

/// The numbers of one track. All but the bit rate only rise, and begin again with a publish session where this says so.
#[derive(Clone, Debug, Serialize)]
pub struct Measured {
    /// The broadcast that it is of.
    pub broadcast: String,
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
    pub(crate) fn new(listed: Listed, now: Option<&Presentation>, members: &[(String, BroadcastStats)]) -> Self {
        let measured =
            members.iter().flat_map(|(key, stats)| stats.tracks.iter().map(|track| Measured::new(key, track)));
        let renditions = now
            .into_iter()
            .flat_map(|now| now.in_order().into_iter().map(|rendition| ReportedRendition::new(now, rendition)));
        Self {
            listed,
            sessions: members.iter().map(|(_, stats)| stats.sessions).sum(),
            dropped: members.iter().map(|(_, stats)| stats.dropped).sum(),
            drift_millis: now.map_or(0, |now| now.drift_nanos / 1_000_000),
            measured: measured.collect(),
            renditions: renditions.collect(),
        }
    }
}

impl Measured {
    fn new(broadcast: &str, stats: &TrackStats) -> Self {
        let intake = &stats.intake;
        Self {
            broadcast: broadcast.to_owned(),
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
