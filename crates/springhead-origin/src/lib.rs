//! The HTTP origin: one set of CMAF bytes as LL-HLS and LL-DASH, over HTTP/1.1 and HTTP/2.
//!
//! Layer 4. An [`Origin`] follows the broadcasts of an engine and packages each of them; [`http::Viewer`] answers viewers
//! from its snapshots, [`Admin`] answers operators. What a viewer's request gets is decided in [`respond`], which is pure;
//! the driver in [`http`] only parses, waits and writes.
//!
//! | module | what it holds | specification |
//! |---|---|---|
//! | [`respond`] | paths, delivery directives, and the decision what a request gets | rfc8216bis-22 §6.2.5, §6.2.6 |
//! | [`http`] | connections, bodies, ranges, conditional requests, compression | RFC 9110, RFC 9113 |
//! | [`Admin`] | health, metrics, the numbers of broadcasts | OpenMetrics 1.0 |
//!
//! | path | what it is |
//! |---|---|
//! | `/` | the page that lists what is live, and plays it |
//! | `/live/cam/` | the player page of a broadcast |
//! | `/live/cam/index.m3u8` | multivariant playlist; aliases `/live/cam/master.m3u8`, `/live/cam.m3u8` |
//! | `/live/cam/index.m3u8?format=ts` | the same of MPEG-2 transport streams, for players that have nothing else |
//! | `/live/cam/manifest.mpd` | MPD; alias `/live/cam.mpd` |
//! | `/live/cam/live.mpd` | MPD for who reloads it (`Location`) |
//! | `/live/cam/v1/index.m3u8` | media playlist of a rendition |
//! | `/live/cam/v1/ts.m3u8`, `…/12.ts` | its playlist of transport streams, and one of them |
//! | `/live/cam/v1/init-0.mp4`, `…/12.m4s`, `…/part-0-48.m4s` | its init section, a segment, a part |
//! | `/time` | the wall clock, for players to set theirs by |
//! | `/api/broadcasts` | what is live, as JSON |
//!
//! # Example
//!
//! ```
//! use std::sync::Arc;
//!
//! use springhead_core::Now;
//! use springhead_engine::{Clock, Engine, EngineConfig, Hooks};
//! use springhead_origin::http::{HttpOptions, Viewer, serve};
//! use springhead_origin::{Origin, OriginOptions};
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//! use tokio::net::{TcpListener, TcpStream};
//! use tokio::sync::oneshot;
//!
//! # #[derive(Debug)]
//! # struct AtEpoch;
//! # impl Clock for AtEpoch {
//! #     fn now(&self) -> Now {
//! #         Now { mono: springhead_core::MonoTime(0), wall: springhead_core::WallTime(0) }
//! #     }
//! # }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let engine = Engine::new(EngineConfig::default(), Hooks::default(), Arc::new(AtEpoch));
//! let origin = Origin::new(engine, OriginOptions::default())?;
//! let listener = TcpListener::bind("127.0.0.1:0").await?;
//! let address = listener.local_addr()?;
//! let (stop, stopped) = oneshot::channel::<()>();
//! // Beside this runs `origin.run(…)`, which packages what is published to the engine.
//! let stopped = async { drop(stopped.await) };
//! let server = tokio::spawn(serve(listener, Arc::new(Viewer::new(origin)), HttpOptions::default(), stopped));
//!
//! let mut client = TcpStream::connect(address).await?;
//! client.write_all(b"GET /time HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await?;
//! let mut answer = String::new();
//! client.read_to_string(&mut answer).await?;
//! assert!(answer.ends_with("1970-01-01T00:00:00.000Z"));
//! drop(stop);
//! server.await?;
//! # Ok(())
//! # }
//! ```

mod admin;
mod channel;
pub mod http;
mod listing;
mod metrics;
mod origin;
mod page;
mod programmes;
mod promises;
mod report;
pub mod respond;

pub use admin::Admin;
pub use channel::Channel;
pub use listing::{Listed, ListedTrack, Listing};
pub use metrics::Metrics;
pub use origin::{Origin, OriginError, OriginOptions};
pub use programmes::Programmes;
pub use report::{Measured, MeasuredLatency, Report, Reported, ReportedRendition};
