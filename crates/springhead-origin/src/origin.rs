//! The origin of an engine's broadcasts.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use springhead_core::BroadcastKey;
use springhead_engine::{Broadcast, Clock, Engine, Event, State};
use springhead_packager::{ConfigError, Packager, PackagerConfig};
use tokio::sync::mpsc;

use crate::channel::{Channel, package};
use crate::listing::{Listed, ListedTrack, Listing};
use crate::metrics::{Metrics, TrackReading};
use crate::report::{Report, Reported};

/// What an operator may set of an origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginOptions {
    /// How broadcasts are packaged.
    pub packager: PackagerConfig,
    /// How long an ended broadcast can still be watched, and its numbers go on if it comes back. Default 5 min.
    pub linger: Duration,
    /// The most requests that may wait for one broadcast at a time; more are answered with 503. Default 20 000.
    pub waiting: usize,
}

impl Default for OriginOptions {
    fn default() -> Self {
        Self { packager: PackagerConfig::default(), linger: Duration::from_secs(300), waiting: 20_000 }
    }
}

/// Packages the broadcasts of an engine, and knows the newest snapshot of each. Clones share everything.
#[derive(Clone, Debug)]
pub struct Origin {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    engine: Engine,
    options: OriginOptions,
    channels: Mutex<BTreeMap<BroadcastKey, Place>>,
    metrics: Metrics,
}

#[derive(Debug)]
struct Place {
    channel: Arc<Channel>,
    broadcasts: mpsc::Sender<Arc<Broadcast>>,
    newest: Arc<Broadcast>,
}

impl Origin {
    /// An origin that serves nothing until [`run`](Self::run) follows the engine.
    pub fn new(engine: Engine, options: OriginOptions) -> Result<Self, ConfigError> {
        options.packager.validate()?;
        let shared = Shared { engine, options, channels: Mutex::default(), metrics: Metrics::default() };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Follows the engine: packages every broadcast that starts, until `shutdown` resolves.
    pub async fn run(&self, shutdown: impl Future<Output = ()> + Send) {
        let mut events = self.shared.engine.events();
        tokio::pin!(shutdown);
        // Those that began before the events were listened to.
        self.shared.engine.broadcasts().into_iter().for_each(|broadcast| self.follow(broadcast));
        loop {
            tokio::select! {
                event = events.recv() => match event {
                    Some(Event::Started { broadcast }) => self.follow(broadcast),
                    Some(Event::Missed { .. }) => {
                        self.shared.engine.broadcasts().into_iter().for_each(|broadcast| self.follow(broadcast));
                    }
                    Some(_) => {}
                    None => return,
                },
                () = &mut shutdown => return,
            }
        }
    }

    /// Gives a broadcast to the packaging task of its key, which is started if there is none.
    fn follow(&self, broadcast: Arc<Broadcast>) {
        let key = broadcast.key().clone();
        let mut channels = self.channels();
        if let Some(place) = channels.get_mut(&key) {
            if Arc::ptr_eq(&place.newest, &broadcast) {
                return;
            }
            if place.broadcasts.try_send(broadcast.clone()).is_ok() {
                place.newest = broadcast;
                return;
            }
        }
        let packager = match Packager::new(self.shared.options.packager.clone()) {
            Ok(packager) => packager,
            Err(error) => unreachable!("the configuration was checked when the origin was made: {error}"),
        };
        let channel = Arc::new(Channel::new(key.clone(), self.shared.options.waiting));
        let (broadcasts, incoming) = mpsc::channel(4);
        broadcasts.try_send(broadcast.clone()).expect("an empty queue takes one");
        channels.insert(key.clone(), Place { channel: channel.clone(), broadcasts, newest: broadcast });
        drop(channels);
        let (origin, clock) = (self.clone(), self.clock().clone());
        tokio::spawn(async move {
            package(channel.clone(), packager, incoming, clock, origin.shared.options.linger).await;
            let mut channels = origin.channels();
            if channels.get(&key).is_some_and(|place| Arc::ptr_eq(&place.channel, &channel)) {
                channels.remove(&key);
            }
        });
    }

    fn channels(&self) -> MutexGuard<'_, BTreeMap<BroadcastKey, Place>> {
        self.shared.channels.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// What a key's viewers read.
    pub fn channel(&self, key: &BroadcastKey) -> Option<Arc<Channel>> {
        self.channels().get(key).map(|place| place.channel.clone())
    }

    /// The keys that can be watched, ascending.
    pub fn keys(&self) -> Vec<BroadcastKey> {
        self.channels().keys().cloned().collect()
    }

    /// The clock that everything here goes by.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        self.shared.engine.clock()
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.shared.metrics
    }

    /// What can be watched.
    pub fn listing(&self) -> Listing {
        Listing { broadcasts: self.places().iter().map(|(channel, newest)| listed(channel, newest)).collect() }
    }

    /// What can be watched, with the numbers of what is published.
    pub fn report(&self) -> Report {
        let reported = |(channel, newest): &(Arc<Channel>, Arc<Broadcast>)| {
            Reported::new(listed(channel, newest), &newest.stats())
        };
        Report { broadcasts: self.places().iter().map(reported).collect() }
    }

    /// Whether publishers and viewers are let in: not once the engine shuts down.
    pub fn is_ready(&self) -> bool {
        self.shared.engine.health().accepting
    }

    fn places(&self) -> Vec<(Arc<Channel>, Arc<Broadcast>)> {
        self.channels().values().map(|place| (place.channel.clone(), place.newest.clone())).collect()
    }

    /// The metrics as OpenMetrics text.
    pub fn render_metrics(&self) -> String {
        let broadcasts = self.shared.engine.broadcasts();
        let readings: Vec<TrackReading> = broadcasts
            .iter()
            .flat_map(|broadcast| {
                let key = broadcast.key().to_string();
                broadcast.stats().tracks.into_iter().map(move |track| TrackReading {
                    broadcast: key.clone(),
                    track: track.track.to_string(),
                    units: track.units,
                    bytes: track.bytes,
                    bitrate: track.bitrate,
                })
            })
            .collect();
        self.shared.metrics.render(broadcasts.len(), &readings)
    }
}

fn listed(channel: &Channel, broadcast: &Broadcast) -> Listed {
    let key = broadcast.key();
    let tracks = broadcast.tracks().map(|set| set.tracks.iter().map(|track| ListedTrack::new(track)).collect());
    Listed {
        key: key.to_string(),
        state: match broadcast.state() {
            State::Live if channel.snapshot().is_none() => "starting",
            State::Live => "live",
            State::Interrupted => "interrupted",
            State::Ended { .. } => "ended",
        },
        hls: format!("/{key}/index.m3u8"),
        dash: format!("/{key}/manifest.mpd"),
        page: format!("/{key}/"),
        tracks: tracks.unwrap_or_default(),
    }
}
