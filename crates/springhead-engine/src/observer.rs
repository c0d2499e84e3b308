//! A hook for whoever embeds the engine (K7).

use springhead_core::BroadcastKey;

use crate::Credentials;

/// Is told of what happens, at once and in order. Every method does nothing unless it is written; none may block.
pub trait Observer: Send + Sync + std::fmt::Debug + 'static {
    /// A publisher was let in.
    fn published(&self, _key: &BroadcastKey, _protocol: &'static str, _credentials: &Credentials) {}
    /// A reader was let in.
    fn played(&self, _key: &BroadcastKey, _protocol: &'static str, _credentials: &Credentials) {}
    /// Somebody was refused.
    fn denied(&self, _key: &BroadcastKey, _protocol: &'static str, _credentials: &Credentials, _reason: &str) {}
    /// A broadcast is over.
    fn ended(&self, _key: &BroadcastKey, _clean: bool) {}
}

/// Does nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoObserver;

impl Observer for NoObserver {}
