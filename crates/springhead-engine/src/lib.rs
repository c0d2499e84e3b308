//! Broadcasts, and who may publish and play them.
//!
//! Layer 3, on tokio. An [`Engine`] knows every [`Broadcast`]. A protocol hands the units of an encoder to a
//! [`PublishSession`], which repairs them (one intake for each track), keeps the tracks of the broadcast together and
//! publishes to its ring; whoever reads the broadcast does so from that ring. Every protocol comes through the same door,
//! so none can forget to ask the [`Authorizer`].
//!
//! | module | what it holds |
//! |---|---|
//! | `engine` | [`Engine`]: the registry, publishing, playing, shutdown |
//! | `broadcast` | [`Broadcast`] and its [`State`] |
//! | `publish`, `play` | [`PublishSession`], [`PlaySession`] |
//! | `assembly` | several tracks become one broadcast: start gate, generations, timelines; pure |
//! | `policy` | [`EngineConfig`], [`ApplicationPolicy`], [`Takeover`] |
//! | `auth`, `observer`, `event` | hooks and events |
//! | `clock` | [`Clock`]: the time comes from outside |
//!
//! # Lifecycle
//!
//! A broadcast begins with its first publish session. When the publisher is lost it is *interrupted* and waits for its
//! return for as long as its application's policy says; a publisher who comes back goes on in the same ring, on a new
//! timeline. A publisher who says goodbye, a grace time that runs out, or the shutdown of the engine *ends* it: the ring is
//! closed and the key is free. How many readers there are never matters.
//!
//! No feature flags.

mod assembly;
mod auth;
mod broadcast;
mod clock;
mod engine;
mod event;
mod observer;
mod play;
mod policy;
mod publish;

pub use assembly::{TrackDescription, TrackError};
pub use auth::{AllowAll, Authorizer, Credentials, Denied, StaticUsers, User};
pub use broadcast::{Broadcast, BroadcastStats, State, TrackStats};
pub use clock::Clock;
pub use engine::{Engine, Hooks};
pub use event::{DropReason, Event, Events};
pub use observer::{NoObserver, Observer};
pub use play::{PlayError, PlayRequest, PlaySession};
pub use policy::{ApplicationPolicy, EngineConfig, Takeover};
pub use publish::{EndReason, PublishError, PublishRequest, PublishSession};

pub use springhead_fanout::{Capacity, Closed, Reader, Received, Source, Start};
pub use springhead_intake::{RawUnit, Repair, SourceClock};
