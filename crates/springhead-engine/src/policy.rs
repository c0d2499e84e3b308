//! What an application allows.

use std::collections::BTreeMap;
use std::time::Duration;

use springhead_core::Limits;
use springhead_fanout::{Capacity, LagPolicy};

/// The configuration of an engine: a policy for each application, and one for those that are not named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineConfig {
    /// Policies by application, the half of a key before the slash.
    pub applications: BTreeMap<String, ApplicationPolicy>,
    /// The policy of every other application; none refuses them.
    pub default: Option<ApplicationPolicy>,
    /// How many tasks wake readers in the publishers' place ([`Relays`](springhead_fanout::Relays)). Default: none given, which
    /// is one for each worker of the runtime that the first publisher comes on. With 0, publishers wake readers themselves.
    pub relays: Option<usize>,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self { applications: BTreeMap::new(), default: Some(ApplicationPolicy::default()), relays: None }
    }
}

impl EngineConfig {
    /// The policy of an application; none if it is not allowed at all.
    pub fn policy(&self, app: &str) -> Option<&ApplicationPolicy> {
        self.applications.get(app).or(self.default.as_ref())
    }
}

/// The policy of one application (K4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationPolicy {
    /// The most broadcasts at a time. Default 1 000.
    pub broadcasts: usize,
    /// What one broadcast's ring holds, by units, bytes and time at once.
    pub cache: Capacity,
    /// What readers that are too slow do without, unless a session says otherwise. Default [`LagPolicy::live`].
    pub readers: LagPolicy,
    /// The least time from one request for a key picture that is passed to the publisher to the next, however many readers
    /// ask. Default 1 s.
    pub key_requests: Duration,
    /// What input is held to.
    pub limits: Limits,
    /// How long a publisher may send nothing before it is taken for lost. Default 10 s.
    pub idle_timeout: Duration,
    /// How long a lost publisher's return is awaited. Default 30 s.
    pub reconnect_grace: Duration,
    /// How long the first track's units wait for a track of the other kind, so that a broadcast begins with both. Default
    /// 1 s.
    pub track_wait: Duration,
    /// What happens when a key that is taken is published again.
    pub takeover: Takeover,
}

impl Default for ApplicationPolicy {
    fn default() -> Self {
        Self {
            broadcasts: 1_000,
            cache: Capacity::default(),
            readers: LagPolicy::default(),
            key_requests: Duration::from_secs(1),
            limits: Limits::default(),
            idle_timeout: Duration::from_secs(10),
            reconnect_grace: Duration::from_secs(30),
            track_wait: Duration::from_secs(1),
            takeover: Takeover::default(),
        }
    }
}

/// Who wins when a key that is taken is published again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Takeover {
    /// The newcomer, if the one who is there sends nothing for a second: an encoder that reconnects replaces its own stale
    /// connection, and nobody can push out one that works.
    #[default]
    WhenSilent,
    /// The newcomer, always.
    Replace,
    /// The one who is there, always.
    Reject,
}
