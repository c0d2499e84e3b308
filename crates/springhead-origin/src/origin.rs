//! The origin of an engine's broadcasts.

use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use springhead_core::BroadcastKey;
use springhead_engine::{Broadcast, Clock, Engine, Event, State};
use springhead_packager::{ConfigError, Packager, PackagerConfig, Place, Programme};
use tokio::sync::mpsc;

use crate::Programmes;
use crate::channel::{Channel, Joining, Packaging};
use crate::listing::{Listed, ListedTrack, Listing};
use crate::metrics::{Metrics, TrackReading};
use crate::programmes::Role;
use crate::promises::Promises;
use crate::report::{Report, Reported};

/// How many broadcasts a programme may be made of, in all the time that it is packaged: whoever may publish can think of any
/// number of versions, and each is packaged on when it is gone.
const MOST_MEMBERS: usize = 16;
/// How many broadcasts may join a programme before it has taken the first.
const MOST_JOINING: usize = 16;

/// What an operator may set of an origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginOptions {
    /// How broadcasts are packaged.
    pub packager: PackagerConfig,
    /// How they are put together.
    pub programmes: Programmes,
    /// Where what was promised to players is kept beyond the life of the server: a file, which is made if there is none. None
    /// by default.
    pub promises: Option<PathBuf>,
    /// How long an ended broadcast can still be watched, and its numbers go on if it comes back. Default 5 min.
    pub linger: Duration,
    /// The most requests that may wait for one broadcast at a time; more are answered with 503. Default 20 000.
    pub waiting: usize,
}

impl Default for OriginOptions {
    fn default() -> Self {
        Self {
            packager: PackagerConfig::default(),
            programmes: Programmes::default(),
            promises: None,
            linger: Duration::from_secs(300),
            waiting: 20_000,
        }
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
    channels: Mutex<BTreeMap<BroadcastKey, Running>>,
    promises: Arc<Promises>,
    metrics: Metrics,
}

/// A programme that is packaged.
#[derive(Debug)]
struct Running {
    channel: Arc<Channel>,
    joining: mpsc::Sender<Joining>,
    /// Every broadcast that is or was part of it, by its key.
    members: BTreeMap<BroadcastKey, Member>,
}

#[derive(Clone, Debug)]
struct Member {
    place: Place,
    newest: Arc<Broadcast>,
}

/// Why there is no origin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OriginError {
    /// Broadcasts cannot be packaged in the way that is wanted.
    #[error("the configuration of packaging is wrong")]
    Packaging(#[from] ConfigError),
    /// What was promised to players cannot be read.
    #[error("{} is not a file of promises", path.display())]
    Promises {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl Origin {
    /// An origin that serves nothing until [`run`](Self::run) follows the engine.
    ///
    /// # Errors
    /// When the options cannot be used; a program says so and ends.
    pub fn new(engine: Engine, options: OriginOptions) -> Result<Self, OriginError> {
        options.packager.validate()?;
        let promises = Promises::load(options.promises.clone(), &options.packager)
            .map_err(|source| OriginError::Promises { path: options.promises.clone().unwrap_or_default(), source })?;
        let (channels, metrics) = (Mutex::default(), Metrics::default());
        let shared = Shared { engine, options, channels, promises: Arc::new(promises), metrics };
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

    /// Gives a broadcast to the packaging task of its programme, which is started if there is none.
    fn follow(&self, broadcast: Arc<Broadcast>) {
        let options = &self.shared.options;
        let key = broadcast.key().clone();
        let Role { programme, place, is_version } = options.programmes.role(&key);
        let mut channels = self.channels();
        if let Some(running) = channels.get_mut(&programme) {
            let known = running.members.get(&key);
            if known.is_some_and(|member| Arc::ptr_eq(&member.newest, &broadcast)) {
                return;
            }
            if known.is_none() && running.members.len() >= MOST_MEMBERS {
                tracing::warn!(%key, %programme, "not packaged: the programme has {MOST_MEMBERS} broadcasts already");
                return;
            }
            if running.joining.try_send((place.clone(), broadcast.clone())).is_ok() {
                running.members.insert(key, Member { place, newest: broadcast });
                return;
            }
        }
        let packager = match self.shared.promises.of(&programme) {
            Some(timing) => Packager::resume(options.packager.clone(), timing),
            None => Packager::new(options.packager.clone()),
        };
        let packager = match packager {
            Ok(packager) => packager,
            Err(error) => unreachable!("the configuration was checked when the origin was made: {error}"),
        };
        let channel = Arc::new(Channel::new(programme.clone(), options.waiting));
        let (joining, incoming) = mpsc::channel(MOST_JOINING);
        let mut contents = Programme::new(options.programmes.contents(&programme));
        if is_version {
            contents.expect_versions(place.rank);
        }
        joining.try_send((place.clone(), broadcast.clone())).expect("an empty queue takes one");
        let members = BTreeMap::from([(key, Member { place, newest: broadcast })]);
        channels.insert(programme.clone(), Running { channel: channel.clone(), joining, members });
        drop(channels);
        let packaging = Packaging {
            channel: channel.clone(),
            packager,
            programme: contents,
            joining: incoming,
            clock: self.clock().clone(),
            linger: options.linger,
            promises: self.shared.promises.clone(),
            misaligned: BTreeMap::new(),
        };
        let origin = self.clone();
        tokio::spawn(async move {
            packaging.run().await;
            let mut channels = origin.channels();
            if channels.get(&programme).is_some_and(|running| Arc::ptr_eq(&running.channel, &channel)) {
                channels.remove(&programme);
            }
        });
    }

    fn channels(&self) -> MutexGuard<'_, BTreeMap<BroadcastKey, Running>> {
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
        Listing { broadcasts: self.running().iter().map(|(channel, members)| listed(channel, members)).collect() }
    }

    /// What can be watched, with the numbers of what is published.
    pub fn report(&self) -> Report {
        let reported = |(channel, members): &(Arc<Channel>, Vec<Arc<Broadcast>>)| {
            let stats: Vec<_> = members.iter().map(|member| (member.key().to_string(), member.stats())).collect();
            Reported::new(listed(channel, members), channel.snapshot().as_deref(), &stats)
        };
        Report { broadcasts: self.running().iter().map(reported).collect() }
    }

    /// Whether publishers and viewers are let in: not once the engine shuts down.
    pub fn is_ready(&self) -> bool {
        self.shared.engine.health().accepting
    }

    /// Each programme, with its broadcasts by place.
    fn running(&self) -> Vec<(Arc<Channel>, Vec<Arc<Broadcast>>)> {
        let of = |running: &Running| {
            let mut members: Vec<_> = running.members.values().cloned().collect();
            members.sort_by(|one, other| one.place.cmp(&other.place));
            (running.channel.clone(), members.into_iter().map(|member| member.newest).collect())
        };
        self.channels().values().map(of).collect()
    }

    /// The metrics as OpenMetrics text.
    pub fn render_metrics(&self) -> String {
        let broadcasts = self.shared.engine.broadcasts();
        let readings: Vec<TrackReading> = broadcasts
            .iter()
            .flat_map(|broadcast| {
                let key = broadcast.key().to_string();
                let tracks = broadcast.stats().tracks;
                tracks.into_iter().map(move |stats| TrackReading { broadcast: key.clone(), stats })
            })
            .collect();
        let snapshots = self.running().into_iter().filter_map(|(channel, _)| channel.snapshot());
        let rendered = snapshots.map(|snapshot| snapshot.rendered()).sum();
        self.shared.metrics.render(broadcasts.len(), rendered, &readings)
    }
}

fn listed(channel: &Channel, members: &[Arc<Broadcast>]) -> Listed {
    let key = channel.key();
    // A programme is as live as the most live of its broadcasts.
    let liveness = |state: State| match state {
        State::Live => 2,
        State::Interrupted => 1,
        State::Ended { .. } => 0,
    };
    let state = members.iter().map(|member| member.state()).max_by_key(|state| liveness(*state));
    let tracks = members.iter().filter_map(|member| member.tracks()).flat_map(|set| set.tracks.to_vec());
    Listed {
        key: key.to_string(),
        state: match state {
            Some(State::Live) if channel.snapshot().is_none() => "starting",
            Some(State::Live) => "live",
            Some(State::Interrupted) => "interrupted",
            Some(State::Ended { .. }) | None => "ended",
        },
        hls: format!("/{key}/index.m3u8"),
        dash: format!("/{key}/manifest.mpd"),
        page: format!("/{key}/"),
        tracks: tracks.map(|track| ListedTrack::new(&track)).collect(),
    }
}
