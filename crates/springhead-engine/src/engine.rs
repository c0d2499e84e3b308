//! The registry of broadcasts, and the door to it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::Duration;

use springhead_core::BroadcastKey;
use springhead_fanout::{LagPolicy, Relays, Start, relays};
use tokio::sync::watch;

use crate::broadcast::{Broadcast, Seat, Sit, State};
use crate::event::EventSender;
use crate::play::{PlayError, PlayRequest, PlaySession};
use crate::publish::{PublishError, PublishRequest, PublishSession};
use crate::{
    AllowAll, ApplicationPolicy, Authorizer, Clock, EngineConfig, Event, Events, NoObserver, Observer, Takeover,
};

/// How long a publisher must be silent to be replaced by [`Takeover::WhenSilent`].
const SILENCE: Duration = Duration::from_secs(1);
/// How long a session that has to go may take to do so.
const LEAVE: Duration = Duration::from_secs(5);

/// What whoever embeds the engine hooks into it.
#[derive(Clone, Debug)]
pub struct Hooks {
    /// Decides who may publish and play.
    pub authorizer: Arc<dyn Authorizer>,
    /// Is told of what happens.
    pub observer: Arc<dyn Observer>,
}

impl Default for Hooks {
    fn default() -> Self {
        Self { authorizer: Arc::new(AllowAll), observer: Arc::new(NoObserver) }
    }
}

/// All broadcasts of one process. Clones share everything.
#[derive(Clone, Debug)]
pub struct Engine {
    shared: Arc<Shared>,
}

#[derive(Debug)]
pub(crate) struct Shared {
    config: EngineConfig,
    hooks: Hooks,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) events: EventSender,
    broadcasts: Mutex<BTreeMap<BroadcastKey, Arc<Broadcast>>>,
    stopping: watch::Sender<bool>,
    /// Who wakes readers; begun with the first broadcast.
    relays: OnceLock<Relays>,
}

impl Engine {
    /// An engine without broadcasts.
    pub fn new(config: EngineConfig, hooks: Hooks, clock: Arc<dyn Clock>) -> Self {
        let shared = Shared {
            config,
            hooks,
            clock,
            events: EventSender::new(),
            broadcasts: Mutex::default(),
            stopping: watch::Sender::new(false),
            relays: OnceLock::new(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// The clock that everything here goes by.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.shared.clock
    }

    /// What happens from now on.
    pub fn events(&self) -> Events {
        self.shared.events.subscribe()
    }

    /// The broadcast of that name, live or interrupted.
    pub fn broadcast(&self, key: &BroadcastKey) -> Option<Arc<Broadcast>> {
        self.shared.broadcasts().get(key).cloned()
    }

    /// All broadcasts that are live or interrupted, ascending by key.
    pub fn broadcasts(&self) -> Vec<Arc<Broadcast>> {
        self.shared.broadcasts().values().cloned().collect()
    }

    /// Lets a publisher in, if the application allows it, the authorizer does, and the name is free or becomes free by the
    /// application's [`Takeover`].
    ///
    /// Where the broadcast is there still, interrupted or taken over, it goes on: same ring, next timeline. Cancel-safe:
    /// who stops waiting leaves nothing behind but a request to the other publisher to go, if it was made.
    ///
    /// # Errors
    /// Each of [`PublishError`] is final for this attempt: tell the peer and close. [`PublishError::Taken`] may pass.
    pub async fn publish(&self, request: PublishRequest) -> Result<PublishSession, PublishError> {
        let shared = &self.shared;
        let PublishRequest { key, credentials, protocol, .. } = &request;
        let policy = shared.config.policy(key.app()).ok_or(PublishError::UnknownApplication)?;
        if let Err(denied) = shared.hooks.authorizer.publish(key, credentials).await {
            shared.hooks.observer.denied(key, protocol, credentials, &denied.reason);
            return Err(PublishError::Denied { reason: denied.reason });
        }
        let (broadcast, seat, first) = self.seat(key, policy).await?;
        broadcast.with_stats(|stats| stats.sessions += 1);
        shared.hooks.observer.published(key, protocol, credentials);
        shared.events.send(if first {
            Event::Started { broadcast: broadcast.clone() }
        } else {
            Event::Resumed { key: key.clone() }
        });
        let (stopping, now) = (shared.stopping.subscribe(), shared.clock.now().mono);
        Ok(PublishSession::new(shared.clone(), broadcast, stopping, *seat, now))
    }

    /// The broadcast of `key` with its seat, and whether this is the first to sit there.
    async fn seat(
        &self,
        key: &BroadcastKey,
        policy: &ApplicationPolicy,
    ) -> Result<(Arc<Broadcast>, Box<Seat>, bool), PublishError> {
        let deadline = tokio::time::Instant::now() + SILENCE + LEAVE;
        loop {
            if *self.shared.stopping.borrow() {
                return Err(PublishError::ShuttingDown);
            }
            let broadcast = self.shared.find_or_begin(key, policy)?;
            match broadcast.sit() {
                Sit::Seated { seat, first } => return Ok((broadcast, seat, first)),
                Sit::Gone => continue,
                Sit::Taken => {}
            }
            match policy.takeover {
                Takeover::Reject => return Err(PublishError::Taken),
                Takeover::Replace => broadcast.ask_to_leave(),
                Takeover::WhenSilent => tokio::select! {
                    silent = self.silence(&broadcast) => {
                        silent?;
                        broadcast.ask_to_leave();
                    }
                    () = broadcast.vacated() => continue,
                },
            }
            if tokio::time::timeout_at(deadline, broadcast.vacated()).await.is_err() {
                return Err(PublishError::Taken);
            }
        }
    }

    /// Resolves when the publisher has been silent for long enough; refuses at once when it sends something.
    async fn silence(&self, broadcast: &Broadcast) -> Result<(), PublishError> {
        let asked = broadcast.last_unit();
        loop {
            if broadcast.last_unit() != asked {
                return Err(PublishError::Taken);
            }
            let silent = self.clock().now().mono.saturating_since(asked);
            match SILENCE.checked_sub(silent) {
                // Short naps, so that a publisher who works is recognised soon.
                Some(left) if !left.is_zero() => tokio::time::sleep(left.min(SILENCE / 10)).await,
                _ => return Ok(()),
            }
        }
    }

    /// Lets a reader in, if the broadcast is there and the authorizer allows it. It is under the application's policy for
    /// readers; one that begins at [`Start::Oldest`] wants all there is, and is under [`LagPolicy::archive`].
    pub async fn play(&self, request: PlayRequest) -> Result<PlaySession, PlayError> {
        let shared = &self.shared;
        let PlayRequest { key, credentials, protocol, remote, start } = &request;
        if let Err(denied) = shared.hooks.authorizer.play(key, credentials).await {
            shared.hooks.observer.denied(key, protocol, credentials, &denied.reason);
            return Err(PlayError::Denied { reason: denied.reason });
        }
        if *shared.stopping.borrow() {
            return Err(PlayError::ShuttingDown);
        }
        let broadcast = self.broadcast(key).ok_or(PlayError::NotFound)?;
        shared.hooks.observer.played(key, protocol, credentials);
        let lag = if *start == Start::Oldest { LagPolicy::archive() } else { broadcast.policy().readers };
        let reader = broadcast.source().reader(*start).under(lag);
        let account = broadcast.audience().enter(protocol, *remote, shared.clock.now());
        Ok(PlaySession { shared: shared.clone(), broadcast, reader, account })
    }

    /// Ends everything in order: nobody is let in any more, publish sessions are asked to end, and after `deadline` at the
    /// latest every broadcast is over, cleanly.
    pub async fn shutdown(&self, deadline: Duration) {
        self.shared.stopping.send_replace(true);
        let all = self.broadcasts();
        let ended = async {
            for broadcast in &all {
                self.shared.end(broadcast, true, |vacancy| vacancy.is_some());
                let _ = broadcast.watch().wait_for(|state| matches!(state, State::Ended { .. })).await;
            }
        };
        if tokio::time::timeout(deadline, ended).await.is_err() {
            tracing::warn!("publish sessions did not end in time; their broadcasts are closed without them");
        }
        for broadcast in self.broadcasts() {
            self.shared.end(&broadcast, true, |_| true);
        }
    }

    /// How the engine is (K7).
    pub fn health(&self) -> Health {
        let broadcasts = self.broadcasts();
        let interrupted = broadcasts.iter().filter(|broadcast| broadcast.state() == State::Interrupted).count();
        Health { accepting: !*self.shared.stopping.borrow(), live: broadcasts.len() - interrupted, interrupted }
    }
}

/// How an engine is. That it answers at all says that it lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// Whether publishers and readers are let in: not once it shuts down.
    pub accepting: bool,
    /// Broadcasts with a publisher.
    pub live: usize,
    /// Broadcasts that wait for their publisher's return.
    pub interrupted: usize,
}

impl Shared {
    fn broadcasts(&self) -> MutexGuard<'_, BTreeMap<BroadcastKey, Arc<Broadcast>>> {
        self.broadcasts.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn find_or_begin(&self, key: &BroadcastKey, policy: &ApplicationPolicy) -> Result<Arc<Broadcast>, PublishError> {
        let mut broadcasts = self.broadcasts();
        if let Some(broadcast) = broadcasts.get(key) {
            return Ok(broadcast.clone());
        }
        let count = broadcasts.keys().filter(|other| other.app() == key.app()).count();
        if count >= policy.broadcasts {
            return Err(PublishError::Limit(count));
        }
        let broadcast = Arc::new(Broadcast::new(key.clone(), policy.clone(), self.relays(), self.clock.clone()));
        broadcasts.insert(key.clone(), broadcast.clone());
        Ok(broadcast)
    }

    /// The relays, which run on the runtime of whoever asks first.
    fn relays(&self) -> &Relays {
        self.relays.get_or_init(|| {
            let Ok(runtime) = tokio::runtime::Handle::try_current() else { return Relays::none() };
            let (relays, tasks) = relays(self.config.relays.unwrap_or_else(|| runtime.metrics().num_workers()));
            tasks.into_iter().for_each(|relay| drop(runtime.spawn(relay.run())));
            relays
        })
    }

    /// A publish session is over, and its broadcast with it if that was clean; else it waits for the publisher's return.
    pub(crate) fn publisher_left(self: &Arc<Self>, broadcast: &Arc<Broadcast>, seat: Box<Seat>, clean: bool) {
        if clean || *self.stopping.borrow() {
            self.end(broadcast, true, |vacancy| vacancy.is_none());
            // The writer is what keeps the ring open; readers that find it closed can read the state by now.
            drop(seat);
            return;
        }
        let Some(vacancy) = broadcast.leave(seat) else { return };
        self.events.send(Event::Interrupted { key: broadcast.key().clone() });
        let (shared, waiting) = (self.clone(), broadcast.clone());
        let grace = async move {
            tokio::time::sleep(waiting.policy().reconnect_grace).await;
            shared.end(&waiting, false, |now| now == Some(vacancy));
        };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn(grace)),
            // Without a runtime nobody can come back either.
            Err(_) => self.end(broadcast, false, |now| now == Some(vacancy)),
        }
    }

    /// Ends a broadcast, once, if `which` says so of its vacancy. Its key is free at the same moment.
    fn end(&self, broadcast: &Arc<Broadcast>, clean: bool, which: impl FnOnce(Option<u64>) -> bool) {
        let mut broadcasts = self.broadcasts();
        if !broadcast.end(clean, which) {
            return;
        }
        broadcasts.remove(broadcast.key());
        // Under the lock, so that nobody hears of a successor's start first.
        self.events.send(Event::Stopped { key: broadcast.key().clone(), clean });
        drop(broadcasts);
        self.hooks.observer.ended(broadcast.key(), clean);
    }
}
