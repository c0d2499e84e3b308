//! The origin from outside: its decisions under virtual time, and its sockets.

mod directives;
mod history;
mod http;
mod live;
mod media;
mod model;
mod programmes;
mod server;
