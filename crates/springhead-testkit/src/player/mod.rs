//! Models of players, which ask, read and play as hls.js, Shaka Player, dash.js and AVPlayer do, under virtual time.
//!
//! A [`Player`] is a pure machine: it parses real manifests and real media, knows by them what is buffered, moves its
//! playhead by the clock that it is told, and reports stalls and errors in the real player's words. In what the players
//! differ is in a [`Flavour`]; what these say is what was read in their sources and measured with them in a browser, and for
//! AVPlayer what its users report. An [`Audience`] of players watches an [`Origin`], without a socket and without waiting.
//!
//! What is not modelled: decoding, and choosing renditions by measured bandwidth, which a test does itself.
//!
//! | item | what it is |
//! |---|---|
//! | [`Player`], [`State`] | the machine, and how it stands |
//! | [`Flavour`] | in what players differ, with a preset for each |
//! | [`Order`], [`Request`], [`Response`] | what it wants of the network, and what it is given |
//! | [`PlayerError`], [`Fault`], [`Reaction`] | what it does not like, and what it does then |
//! | [`Audience`], [`Origin`], [`Answer`], [`Link`] | players before something that answers them |

mod audience;
mod dash;
mod deck;
mod desk;
mod fault;
mod flavour;
mod hls;
mod locator;
mod machine;
mod media;
mod playback;
mod ranges;
mod request;
mod state;

pub use audience::{Answer, Asked, Audience, Link, Origin};
pub use desk::Made;
pub use fault::{Fault, PlayerError, Reaction};
pub use flavour::{DelayOrder, Family, Flavour, Layout, LowLatencySign, Patience, Protocol};
pub use machine::Player;
pub use playback::{Phase, Stall};
pub use ranges::{Micros, Ranges};
pub use request::{Order, Request, RequestId, Resource, Response};
pub use state::State;
