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

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Status {
    code: u16,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Of {
    broadcast: String,
    track: String,
}

/// The origin's counters and gauges.
#[derive(Debug)]
pub struct Metrics {
    registry: Mutex<Registry>,
    answers: Family<Status, Counter>,
    bytes: Counter,
    waiting: Gauge,
    broadcasts: Gauge,
    rendered: Gauge,
    units: Family<Of, Gauge<i64, AtomicI64>>,
    unit_bytes: Family<Of, Gauge<i64, AtomicI64>>,
    bitrate: Family<Of, Gauge<i64, AtomicI64>>,
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
    pub(crate) track: String,
    pub(crate) units: u64,
    pub(crate) bytes: u64,
    pub(crate) bitrate: u64,
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
            units: Family::default(),
            unit_bytes: Family::default(),
            bitrate: Family::default(),
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
        registry.register("track_units", "Access units received of a track", metrics.units.clone());
        registry.register("track_bytes", "Payload bytes received of a track", metrics.unit_bytes.clone());
        registry.register("track_bits_per_second", "Bit rate of a track over the last window", metrics.bitrate.clone());
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
        self.units.clear();
        self.unit_bytes.clear();
        self.bitrate.clear();
        let signed = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        for reading in readings {
            let of = Of { broadcast: reading.broadcast.clone(), track: reading.track.clone() };
            self.units.get_or_create(&of).set(signed(reading.units));
            self.unit_bytes.get_or_create(&of).set(signed(reading.bytes));
            self.bitrate.get_or_create(&of).set(signed(reading.bitrate));
        }
        let mut out = String::new();
        let registry = self.registry.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        encode(&mut out, &registry).expect("writing to a string does not fail");
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_series_is_moved_by_what_it_counts() {
        let metrics = Metrics::default();
        metrics.answered(StatusCode::OK, Some(10));
        metrics.answered(StatusCode::NOT_FOUND, None);
        let waiting = metrics.waiting();
        let reading =
            TrackReading { broadcast: "live/cam".into(), track: "v1".into(), units: 3, bytes: 40, bitrate: 500 };
        let text = metrics.render(1, 7, &[reading]);
        for line in [
            "springhead_http_answers_total{code=\"200\"} 1",
            "springhead_http_answers_total{code=\"404\"} 1",
            "springhead_http_body_bytes_total 10",
            "springhead_http_requests_open 1",
            "springhead_broadcasts 1",
            "springhead_manifests_rendered 7",
            "springhead_track_units{broadcast=\"live/cam\",track=\"v1\"} 3",
            "springhead_track_bytes{broadcast=\"live/cam\",track=\"v1\"} 40",
            "springhead_track_bits_per_second{broadcast=\"live/cam\",track=\"v1\"} 500",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is missing in\n{text}");
        }
        drop(waiting);
        let text = metrics.render(0, 0, &[]);
        assert!(text.contains("springhead_http_requests_open 0") && !text.contains("live/cam"));
    }
}
