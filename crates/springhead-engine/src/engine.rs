//! The registry of broadcasts, and the door to it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use springhead_core::BroadcastKey;
use tokio::sync::watch;

use crate::broadcast::{Broadcast, Seat, State};
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
    pub async fn publish(&self, request: PublishRequest) -> Result<PublishSession, PublishError> {
        let shared = &self.shared;
        let PublishRequest { key, credentials, protocol, .. } = &request;
        let policy = shared.config.policy(key.app()).ok_or(PublishError::UnknownApplication)?;
        if let Err(denied) = shared.hooks.authorizer.publish(key, credentials).await {
            shared.hooks.observer.denied(key, protocol, credentials, &denied.reason);
            return Err(PublishError::Denied { reason: denied.reason });
        }
        let (broadcast, seat, began) = self.seat(key, policy).await?;
        let now = shared.clock.now();
        broadcast.with_stats(|stats| stats.sessions += 1);
        let mut number = 0;
        broadcast.replaced.send_modify(|newest| {
            *newest += 1;
            number = *newest;
        });
        let (replaced, stopping) = (broadcast.replaced.subscribe(), shared.stopping.subscribe());
        let was = broadcast.state();
        broadcast.set_state(State::Live);
        shared.hooks.observer.published(key, protocol, credentials);
        if began {
            shared.events.send(Event::Started { broadcast: broadcast.clone() });
        } else if was == State::Interrupted {
            shared.events.send(Event::Resumed { key: key.clone() });
        }
        Ok(PublishSession::new(shared.clone(), broadcast, number, replaced, stopping, seat, now.mono))
    }

    /// The broadcast of `key` with its seat, and whether it was begun for this.
    async fn seat(
        &self,
        key: &BroadcastKey,
        policy: &ApplicationPolicy,
    ) -> Result<(Arc<Broadcast>, Seat, bool), PublishError> {
        let deadline = tokio::time::Instant::now() + SILENCE + LEAVE;
        loop {
            if *self.shared.stopping.borrow() {
                return Err(PublishError::ShuttingDown);
            }
            let (broadcast, began) = self.shared.find_or_begin(key, policy)?;
            if let Some(seat) = broadcast.sit() {
                return Ok((broadcast, seat, began));
            }
            match policy.takeover {
                Takeover::Reject => return Err(PublishError::Taken),
                Takeover::WhenSilent => self.silence(&broadcast).await?,
                Takeover::Replace => {}
            }
            // Asks the session that is there to go; what it leaves is awaited.
            broadcast.replaced.send_modify(|newest| *newest += 1);
            if tokio::time::timeout_at(deadline, broadcast.seat_freed()).await.is_err() {
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

    /// Lets a reader in, if the broadcast is there and the authorizer allows it.
    pub async fn play(&self, request: PlayRequest) -> Result<PlaySession, PlayError> {
        let shared = &self.shared;
        let PlayRequest { key, credentials, protocol, start, .. } = &request;
        if let Err(denied) = shared.hooks.authorizer.play(key, credentials).await {
            shared.hooks.observer.denied(key, protocol, credentials, &denied.reason);
            return Err(PlayError::Denied { reason: denied.reason });
        }
        let broadcast = self.broadcast(key).ok_or(PlayError::NotFound)?;
        shared.hooks.observer.played(key, protocol, credentials);
        let reader = broadcast.source().reader(*start);
        Ok(PlaySession { broadcast, reader })
    }

    /// Ends everything in order: nobody is let in any more, publish sessions are asked to end, and after `deadline` at the
    /// latest every broadcast is closed, cleanly.
    pub async fn shutdown(&self, deadline: Duration) {
        self.shared.stopping.send_replace(true);
        let all = self.broadcasts();
        let ended = async {
            for broadcast in &all {
                let mut state = broadcast.watch();
                if broadcast.state() == State::Interrupted {
                    self.shared.end(broadcast, true);
                }
                let _ = state.wait_for(|state| matches!(state, State::Ended { .. })).await;
            }
        };
        if tokio::time::timeout(deadline, ended).await.is_err() {
            tracing::warn!("publish sessions did not end in time; their broadcasts are closed without them");
        }
        for broadcast in &all {
            self.shared.end(broadcast, true);
        }
    }
}

impl Shared {
    fn broadcasts(&self) -> MutexGuard<'_, BTreeMap<BroadcastKey, Arc<Broadcast>>> {
        self.broadcasts.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn find_or_begin(
        &self,
        key: &BroadcastKey,
        policy: &ApplicationPolicy,
    ) -> Result<(Arc<Broadcast>, bool), PublishError> {
        let mut broadcasts = self.broadcasts();
        if let Some(broadcast) = broadcasts.get(key) {
            return Ok((broadcast.clone(), false));
        }
        let count = broadcasts.keys().filter(|other| other.app() == key.app()).count();
        if count >= policy.broadcasts {
            return Err(PublishError::Limit(count));
        }
        let broadcast = Arc::new(Broadcast::new(key.clone(), policy.clone(), self.clock.now()));
        broadcasts.insert(key.clone(), broadcast.clone());
        Ok((broadcast, true))
    }

    /// A publish session is over. The seat is free already.
    pub(crate) fn publisher_left(self: &Arc<Self>, broadcast: &Arc<Broadcast>, number: u64, clean: bool) {
        let runtime = tokio::runtime::Handle::try_current();
        let clean = clean || *self.stopping.borrow();
        let (Ok(runtime), false) = (runtime, clean) else {
            self.end(broadcast, clean);
            return;
        };
        broadcast.set_state(State::Interrupted);
        self.events.send(Event::Interrupted { key: broadcast.key().clone() });
        let (shared, broadcast) = (self.clone(), broadcast.clone());
        runtime.spawn(async move {
            tokio::time::sleep(broadcast.policy().reconnect_grace).await;
            let nobody_since = *broadcast.replaced.borrow() == number;
            if nobody_since && broadcast.state() == State::Interrupted {
                shared.end(&broadcast, false);
            }
        });
    }

    /// Ends a broadcast, once.
    fn end(&self, broadcast: &Arc<Broadcast>, clean: bool) {
        let mut broadcasts = self.broadcasts();
        if !broadcasts.get(broadcast.key()).is_some_and(|known| Arc::ptr_eq(known, broadcast)) {
            return;
        }
        broadcasts.remove(broadcast.key());
        drop(broadcasts);
        broadcast.close(clean);
        self.hooks.observer.ended(broadcast.key(), clean);
        self.events.send(Event::Stopped { key: broadcast.key().clone(), clean });
    }
}
