//! What the origin counts, for Prometheus.

use std::sync::Mutex;
use std::sync::atomic::AtomicI64;

use http::StatusCode;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use springhead_engine::TrackStats;

use crate::report::{micros, whole_micros};

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Status {
    code: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Of {
    broadcast: String,
    track: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Quantile {
    broadcast: String,
    track: String,
    quantile: &'static str,
}

type Level = Gauge<i64, AtomicI64>;

/// A series of tracks: its name, what it is, and what it is of a track, if that is known.
type Series = (&'static str, &'static str, fn(&TrackStats) -> Option<u64>);

/// All whole numbers; each name says of what. What is not known of a track has no line.
const TRACKS: [Series; 14] = [
    ("track_units", "Access units received of a track", |track| Some(track.units)),
    ("track_bytes", "Payload bytes received of a track", |track| Some(track.bytes)),
    ("track_bits_per_second", "Bit rate of a track over the last window", |track| Some(track.bitrate)),
    ("track_milliunits_per_second", "Thousandths of a unit a second over the last window", |track| {
        track.meter.unit_rate.map(|rate| rate.milli())
    }),
    ("track_longest_interval_microseconds", "Longest distance of two units in the last window", |track| {
        track.meter.longest_interval.map(|ticks| micros(ticks, track.timescale))
    }),
    ("track_key_interval_microseconds", "Distance of the last two random access points", |track| {
        track.meter.key_interval.map(|ticks| micros(ticks, track.timescale))
    }),
    (
        "track_longest_key_interval_microseconds",
        "Longest such distance in the last window, or since the last",
        |track| track.meter.longest_key_interval.map(|ticks| micros(ticks, track.timescale)),
    ),
    ("track_jitter_microseconds", "Interarrival jitter (RFC 3550)", |track| Some(whole_micros(track.meter.jitter))),
    ("track_silence_microseconds", "How long ago the last unit came", |track| track.meter.silence.map(whole_micros)),
    ("track_gaps", "Places where something is missing between units", |track| Some(track.meter.gaps)),
    ("track_units_lost", "Units that never came, by their numbers", |track| Some(track.meter.lost)),
    ("track_units_dropped", "Units that came and were thrown away", |track| Some(track.meter.dropped)),
    ("track_loss_parts_per_million", "Share of lost units in the last window", |track| {
        track.meter.loss.map(|share| share.parts_per_million().into())
    }),
    ("track_units_from_the_future", "Units that came before they were captured, if one believes the clocks", |track| {
        Some(track.meter.from_the_future)
    }),
];

/// The origin's counters and gauges.
#[derive(Debug)]
pub struct Metrics {
    registry: Mutex<Registry>,
    answers: Family<Status, Counter>,
    bytes: Counter,
    waiting: Gauge,
    broadcasts: Gauge,
    rendered: Gauge,
    /// In the order of [`TRACKS`].
    tracks: [Family<Of, Level>; TRACKS.len()],
    latency: Family<Quantile, Level>,
}

/// A request that is being answered; counted while it lives.
#[derive(Debug)]
pub(crate) struct Waiting<'a>(&'a Gauge);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// What is known of one track when the metrics are read.
#[derive(Clone, Debug)]
pub(crate) struct TrackReading {
    pub(crate) broadcast: String,
    pub(crate) stats: TrackStats,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("springhead");
        let metrics = Self {
            answers: Family::default(),
            bytes: Counter::default(),
            waiting: Gauge::default(),
            broadcasts: Gauge::default(),
            rendered: Gauge::default(),
            tracks: Default::default(),
            latency: Family::default(),
            registry: Mutex::default(),
        };
        registry.register("http_answers", "Answers to viewers by status code", metrics.answers.clone());
        registry.register_with_unit(
            "http_body",
            "Bytes of bodies whose length was known",
            Unit::Bytes,
            metrics.bytes.clone(),
        );
        registry.register(
            "http_requests_open",
            "Requests that wait for media or are being answered",
            metrics.waiting.clone(),
        );
        registry.register(
            "broadcasts",
            "Broadcasts that are live or await their publisher",
            metrics.broadcasts.clone(),
        );
        registry.register(
            "manifests_rendered",
            "Manifests rendered of the programmes that can be watched now",
            metrics.rendered.clone(),
        );
        for ((name, help, _), family) in TRACKS.iter().zip(&metrics.tracks) {
            registry.register(*name, *help, family.clone());
        }
        registry.register(
            "track_capture_latency_microseconds",
            "From capture to arrival, where the protocol tells when units were captured",
            metrics.latency.clone(),
        );
        *metrics.registry.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = registry;
        metrics
    }
}

impl Metrics {
    pub(crate) fn waiting(&self) -> Waiting<'_> {
        self.waiting.inc();
        Waiting(&self.waiting)
    }

    pub(crate) fn answered(&self, status: StatusCode, bytes: Option<u64>) {
        self.answers.get_or_create(&Status { code: status.as_u16() }).inc();
        self.bytes.inc_by(bytes.unwrap_or(0));
    }

    /// The text exposition, with the gauges of tracks set from `readings`.
    pub(crate) fn render(&self, broadcasts: usize, rendered: u64, readings: &[TrackReading]) -> String {
        self.broadcasts.set(broadcasts as i64);
        self.rendered.set(i64::try_from(rendered).unwrap_or(i64::MAX));
        self.tracks.iter().for_each(Family::clear);
        self.latency.clear();
        let signed = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        for TrackReading { broadcast, stats } in readings {
            let of = Of { broadcast: broadcast.clone(), track: stats.track.to_string() };
            for ((_, _, read), family) in TRACKS.iter().zip(&self.tracks) {
                if let Some(value) = read(stats) {
                    family.get_or_create(&of).set(signed(value));
                }
            }
            if let Some(latency) = stats.meter.latency {
                for (quantile, span) in [("0.5", latency.p50), ("0.95", latency.p95), ("0.99", latency.p99)] {
                    let of = Quantile { broadcast: of.broadcast.clone(), track: of.track.clone(), quantile };
                    self.latency.get_or_create(&of).set(signed(whole_micros(span)));
                }
            }
        }
        let mut out = String::new();
        let registry = self.registry.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        encode(&mut out, &registry).expect("writing to a string does not fail");
        out
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use springhead_core::{Ticks, Timescale, TrackId};
    use springhead_engine::{Latency, Share, TrackSnapshot, UnitRate};

    use super::*;

    fn stats() -> TrackStats {
        let of = Duration::from_micros;
        let meter = TrackSnapshot {
            unit_rate: Some(UnitRate { units: 30, ticks: Ticks(90_090), scale: Timescale::MPEG }),
            longest_interval: Some(Ticks(180_000)),
            key_interval: Some(Ticks(90_000)),
            longest_key_interval: Some(Ticks(270_000)),
            jitter: of(7),
            silence: Some(of(8_000)),
            gaps: 9,
            lost: 10,
            dropped: 11,
            loss: Some(Share { part: 1, whole: 4 }),
            latency: Some(Latency { latest: of(60), p50: of(50), p95: of(95), p99: of(99), units: 5 }),
            from_the_future: 12,
            ..TrackSnapshot::default()
        };
        let (track, timescale) = (TrackId(1), Timescale::MPEG);
        TrackStats { track, timescale, units: 3, bytes: 40, bitrate: 500, meter, intake: Default::default() }
    }

    #[test]
    fn what_is_not_known_of_a_track_has_no_line() {
        let stats = TrackStats { meter: TrackSnapshot::default(), ..stats() };
        let text = Metrics::default().render(1, 0, &[TrackReading { broadcast: "live/cam".into(), stats }]);
        let named = |line: &&str| line.starts_with("springhead_track_");
        let names: Vec<_> =
            text.lines().filter(named).filter_map(|line| line.split_once('{')).map(|(it, _)| it).collect();
        let known = ["units", "bytes", "bits_per_second", "jitter_microseconds", "gaps", "units_lost", "units_dropped"];
        let known: Vec<_> =
            known.iter().chain(&["units_from_the_future"]).map(|it| format!("springhead_track_{it}")).collect();
        assert_eq!(names, known);
    }

    #[test]
    fn every_series_is_moved_by_what_it_counts() {
        let metrics = Metrics::default();
        metrics.answered(StatusCode::OK, Some(10));
        metrics.answered(StatusCode::NOT_FOUND, None);
        let waiting = metrics.waiting();
        let reading = TrackReading { broadcast: "live/cam".into(), stats: stats() };
        let text = metrics.render(1, 7, &[reading]);
        for line in [
            "springhead_http_answers_total{code=\"200\"} 1",
            "springhead_http_answers_total{code=\"404\"} 1",
            "springhead_http_body_bytes_total 10",
            "springhead_http_requests_open 1",
            "springhead_broadcasts 1",
            "springhead_manifests_rendered 7",
            "springhead_track_units{broadcast=\"live/cam\",track=\"1\"} 3",
            "springhead_track_bytes{broadcast=\"live/cam\",track=\"1\"} 40",
            "springhead_track_bits_per_second{broadcast=\"live/cam\",track=\"1\"} 500",
            "springhead_track_milliunits_per_second{broadcast=\"live/cam\",track=\"1\"} 29970",
            "springhead_track_longest_interval_microseconds{broadcast=\"live/cam\",track=\"1\"} 2000000",
            "springhead_track_key_interval_microseconds{broadcast=\"live/cam\",track=\"1\"} 1000000",
            "springhead_track_longest_key_interval_microseconds{broadcast=\"live/cam\",track=\"1\"} 3000000",
            "springhead_track_jitter_microseconds{broadcast=\"live/cam\",track=\"1\"} 7",
            "springhead_track_silence_microseconds{broadcast=\"live/cam\",track=\"1\"} 8000",
            "springhead_track_gaps{broadcast=\"live/cam\",track=\"1\"} 9",
            "springhead_track_units_lost{broadcast=\"live/cam\",track=\"1\"} 10",
            "springhead_track_units_dropped{broadcast=\"live/cam\",track=\"1\"} 11",
            "springhead_track_loss_parts_per_million{broadcast=\"live/cam\",track=\"1\"} 250000",
            "springhead_track_units_from_the_future{broadcast=\"live/cam\",track=\"1\"} 12",
            "springhead_track_capture_latency_microseconds{broadcast=\"live/cam\",track=\"1\",quantile=\"0.5\"} 50",
            "springhead_track_capture_latency_microseconds{broadcast=\"live/cam\",track=\"1\",quantile=\"0.95\"} 95",
            "springhead_track_capture_latency_microseconds{broadcast=\"live/cam\",track=\"1\",quantile=\"0.99\"} 99",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is missing in\n{text}");
        }
        drop(waiting);
        let text = metrics.render(0, 0, &[]);
        assert!(text.contains("springhead_http_requests_open 0") && !text.contains("live/cam"));
    }
}
