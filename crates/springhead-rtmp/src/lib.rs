//! RTMP: publish from an encoder, as a pure session machine and a tokio driver.
//!
//! Layer 4. The machine, [`Session`], knows no socket, clock, randomness or task: bytes and the time come in through
//! `handle_*`, events, bytes to send and the next deadline go out through `poll_*`. The driver (feature `driver`, on by
//! default) runs a machine over any `AsyncRead + AsyncWrite` and hands what it says to an engine, so RTMP inside TLS is
//! the same code.
//!
//! | module | what it holds | specification |
//! |---|---|---|
//! | [`handshake`] | C0, C1, C2 and S0, S1, S2 | Adobe RTMP 1.0 §5.2 |
//! | [`chunk`] | chunks to messages and back | Adobe RTMP 1.0 §5.3 |
//! | [`message`] | protocol control, user control and aggregate messages | Adobe RTMP 1.0 §5.4, §6, §7.1 |
//! | [`address`] | application, stream key, tcUrl → broadcast and credentials | Adobe RTMP 1.0 §7.2.1.1, §7.2.2.6 |
//! | [`session`] | the server's side of a connection | Adobe RTMP 1.0 §7.2, Enhanced RTMP v2 "Enhancing NetConnection connect Command" |
//! | [`limits`] | what a peer is held to | – |
//! | `driver` | a session over a socket, FLV tag bodies → access units | FLV 10.1 Annex E |
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `driver` | yes | `driver`: tokio, the engine, FLV and bitstream crates |
//!
//! ```
//! use springhead_core::MonoTime;
//! use springhead_rtmp::{Event, Limits, Session};
//!
//! // All that ffmpeg sends to publish ten pictures to `rtmp://host/live/cam?user=ann&pass=s3`.
//! let sent = include_bytes!("../testdata/ffmpeg-5.1-h264-aac.rtmp");
//! let now = MonoTime(0);
//! let mut session = Session::new(Limits::default(), 1, now);
//! session.handle_bytes(sent, now);
//! let mut messages = 0;
//! while let Some(event) = session.poll_event() {
//!     match event {
//!         Event::Publish(publish) => {
//!             assert_eq!(publish.address.broadcast()?.as_str(), "live/cam");
//!             session.accept_publish(publish.request, now);
//!         }
//!         Event::Video { .. } => messages += 1,
//!         _ => {}
//!     }
//! }
//! // The configuration, the pictures, and the end of the sequence.
//! assert_eq!(messages, 1 + 10 + 1);
//! # Ok::<(), springhead_core::id::BadKey>(())
//! ```
//!
//! Memory of one connection is at most [`Limits::assembly_bytes`] for messages in the making and
//! [`Limits::bytes_before_answer`] for bytes that wait, plus the events and replies of one call, which are bounded by the
//! bytes that call was given.
//!
//! The values of commands and metadata are those of [`springhead_mux::flv::amf0`].
//!
//! What it does not do: play over RTMP (refused with a status), RTMPE, RTMPT, AMF 3 values, shared objects.

pub mod address;
pub mod chunk;
#[cfg(test)]
mod client;
#[cfg(feature = "driver")]
pub mod driver;
#[doc(hidden)]
pub mod fuzz;
pub mod handshake;
pub mod limits;
pub mod message;
pub mod session;

#[cfg(feature = "driver")]
pub use driver::{RtmpOptions, Server, serve, serve_connection};
pub use limits::Limits;
pub use session::{CloseReason, Event, RequestId, Session, Status, StatusCode};
