//! What operators read of broadcasts: the listing, and the numbers of every track.

use std::time::Duration;

use serde::Serialize;
use springhead_core::{Rounding, Ticks, Timescale};
use springhead_engine::{BroadcastStats, TrackStats};
use springhead_packager::{Presentation, Rendition};

use crate::Listed;

/// All broadcasts, with their numbers.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// Ascending by key.
    pub broadcasts: Vec<Reported>,
}

/// One programme with its numbers. Of what came in the last quarter of a second some may not be counted yet.
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
            misalignment_micros: micros(rendition.misalignment, scale),
        }
    }
}

/// The numbers of one track. What is of a window is of the last seconds up to the question, and falls when nothing comes; a
/// window without two units has none of it. All else that is counted only rises, and begins again with a publish session
/// where this says so.
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
    /// Bits per second over the last window; zero where there is none.
    pub bitrate: u64,
    /// Thousandths of a unit a second over the last window: 29970 at 30000/1001 pictures a second.
    pub unit_rate_milli: Option<u64>,
    /// The shortest distance of two units in the window, in microseconds.
    pub shortest_interval_micros: Option<u64>,
    /// The longest, or the time since the last unit where that is longer, in microseconds.
    pub longest_interval_micros: Option<u64>,
    /// The distance of the last two random access points, in microseconds.
    pub key_interval_micros: Option<u64>,
    /// The longest such distance in the window, or the time since the last where that is longer, in microseconds.
    pub longest_key_interval_micros: Option<u64>,
    /// The interarrival jitter, in microseconds.
    pub jitter_micros: u64,
    /// How long ago the last unit came, in microseconds.
    pub silence_micros: Option<u64>,
    /// Places where time is missing between units.
    pub gaps: u64,
    /// How much is missing there as far as is known, in microseconds.
    pub gap_micros: u64,
    /// Units that never came, as their numbers say.
    pub lost: u64,
    /// Their share in the window, in millionths.
    pub loss_ppm: Option<u32>,
    /// Units that were left out.
    pub dropped: u64,
    /// From capture to arrival, where the protocol tells when units were captured.
    pub latency: Option<MeasuredLatency>,
    /// Units that came before they were captured, if one believes the clocks; they are not part of the latency.
    pub from_the_future: u64,
    /// Repairs of the present session: times put right, units sorted, headers taken off.
    pub repairs: u64,
}

/// How long units of a track took from capture to arrival, since the broadcast began.
#[derive(Clone, Debug, Serialize)]
pub struct MeasuredLatency {
    /// The last one, in microseconds.
    pub latest_micros: u64,
    /// The median, in microseconds.
    pub p50_micros: u64,
    /// The 95th percentile, in microseconds.
    pub p95_micros: u64,
    /// The 99th percentile, in microseconds.
    pub p99_micros: u64,
}

/// A span in whole microseconds, to the nearest.
pub(crate) fn micros(span: Ticks, scale: Timescale) -> u64 {
    span.rescale(scale, Timescale::MICROS, Rounding::Nearest).0
}

/// A span in whole microseconds, rounded down.
pub(crate) fn whole_micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
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
        let (intake, meter) = (&stats.intake, &stats.meter);
        let span = |ticks: Option<Ticks>| ticks.map(|ticks| micros(ticks, stats.timescale));
        Self {
            broadcast: broadcast.to_owned(),
            track: stats.track.0,
            units: stats.units,
            bytes: stats.bytes,
            bitrate: stats.bitrate,
            unit_rate_milli: meter.unit_rate.map(|rate| rate.milli()),
            shortest_interval_micros: span(meter.shortest_interval),
            longest_interval_micros: span(meter.longest_interval),
            key_interval_micros: span(meter.key_interval),
            longest_key_interval_micros: span(meter.longest_key_interval),
            jitter_micros: whole_micros(meter.jitter),
            silence_micros: meter.silence.map(whole_micros),
            gaps: meter.gaps,
            gap_micros: micros(meter.gap_time, stats.timescale),
            lost: meter.lost,
            loss_ppm: meter.loss.map(|share| share.parts_per_million()),
            dropped: meter.dropped,
            latency: meter.latency.map(|latency| MeasuredLatency {
                latest_micros: whole_micros(latency.latest),
                p50_micros: whole_micros(latency.p50),
                p95_micros: whole_micros(latency.p95),
                p99_micros: whole_micros(latency.p99),
            }),
            from_the_future: meter.from_the_future,
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
