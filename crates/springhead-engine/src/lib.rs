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
//! | `audience` | who reads a broadcast, and what became of what they were to get |
//! | `assembly` | several tracks become one broadcast: start gate, generations, timelines; pure |
//! | `measure` | what is measured of tracks, across sessions; pure |
//! | `pace`, `quality` | [`QualityChange`]: whether a track keeps up with time, and stays what it was; pure |
//! | `policy` | [`EngineConfig`], [`ApplicationPolicy`], [`Takeover`] |
//! | `auth`, `observer`, `event` | hooks and events |
//! | `pool` | [`IntakePool`]: many tracks taken in at once, for input that is no publish session |
//! | `clock` | [`Clock`]: the time comes from outside |
//!
//! # Lifecycle
//!
//! A broadcast begins with its first publish session. When the publisher is lost it is *interrupted* and waits for its
//! return for as long as its application's policy says; a publisher who comes back goes on in the same ring, on a new
//! timeline. A publisher who says goodbye, a grace time that runs out, or the shutdown of the engine *ends* it: the ring is
//! closed and the key is free. How many readers there are never matters.
//!
//! # Over the unit path
//!
//! [`PublishSession::handle_unit`] works on what the session owns: it takes no lock that another publisher or a reader could
//! hold, but for one short one four times a second, when numbers are made public, and when the tracks change.
//!
//! No feature flags.
//!
//! ```
//! use std::sync::Arc;
//! use bytes::Bytes;
//! use springhead_codec::{aac, nal::Framing};
//! use springhead_core::{MonoTime, Now, TickDelta, TrackId};
//! use springhead_engine::{
//!     Clock, Credentials, Engine, EngineConfig, Hooks, PlayRequest, PublishRequest, RawUnit, SourceClock, Start, State,
//!     TrackDescription,
//! };
//!
//! #[derive(Debug)]
//! struct Noon;
//! impl Clock for Noon {
//!     fn now(&self) -> Now {
//!         Now::default()
//!     }
//! }
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
//! let engine = Engine::new(EngineConfig::default(), Hooks::default(), Arc::new(Noon));
//! let (key, credentials) = ("live/radio".parse()?, Credentials::default());
//! let request = PublishRequest { key, credentials, protocol: "example", remote: None };
//! let mut session = engine.publish(request.clone()).await?;
//!
//! // Sound alone, in milliseconds. Its number is the broadcast's to give.
//! let track = aac::track(TrackId(0), &Bytes::from_static(&[0x12, 0x10]))?;
//! let radio = session.set_track(0, TrackDescription { track, clock: SourceClock::RTMP })?;
//! for dts in [0, 23, 46] {
//!     session.handle_unit(radio, RawUnit {
//!         dts,
//!         composition_offset: TickDelta(0),
//!         sequence: None,
//!         framing: Framing::LengthPrefixed(4),
//!         payload: Bytes::from_static(b"\x21\x10\x05"),
//!         checksum: None,
//!         arrival: MonoTime(dts * 1_000_000),
//!     });
//! }
//!
//! let PublishRequest { key, credentials, protocol, remote } = request;
//! let mut player = engine.play(PlayRequest { key, credentials, protocol, remote, start: Start::Oldest }).await?;
//! session.finish();
//! let first = player.recv().await?;
//! assert_eq!((first.unit.dts.0, player.tracks().unwrap().tracks.len()), (0, 1));
//! assert_eq!(player.broadcast().state(), State::Ended { clean: true });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod assembly;
mod audience;
mod auth;
mod broadcast;
mod clock;
mod engine;
mod event;
mod measure;
mod observer;
mod pace;
mod play;
mod policy;
mod pool;
mod publish;
mod quality;

pub use assembly::{TrackDescription, TrackError};
pub use audience::ReaderReport;
pub use auth::{AllowAll, Authorizer, Credentials, Denied, StaticUsers, User};
pub use broadcast::{Broadcast, BroadcastStats, State, TrackStats};
pub use clock::Clock;
pub use engine::{Engine, Health, Hooks};
pub use event::{DropReason, Event, Events};
pub use observer::{NoObserver, Observer};
pub use play::{PlayError, PlayRequest, PlaySession};
pub use policy::{ApplicationPolicy, EngineConfig, Takeover};
pub use pool::{InputError, IntakePool, PoolOptions, TrackFailed, TrackInput, TrackOutput};
pub use publish::{Asked, EndReason, PublishError, PublishRequest, PublishSession};
pub use quality::QualityChange;

pub use springhead_analytics::{Latency, Share, TrackSnapshot, UnitRate};
pub use springhead_fanout::{
    Budget, Capacity, LagPolicy, Reader, ReaderStats, Received, RecvError, Run, Source, Start,
};
pub use springhead_intake::{Checksum, RawUnit, Repair, SourceClock};
