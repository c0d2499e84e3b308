//! The origin from outside: its decisions under virtual time, and its sockets.

mod dash;
mod directives;
mod history;
mod http;
mod key_pictures;
mod live;
mod media;
mod model;
mod programmes;
mod server;
mod shift;
mod transport_streams;
