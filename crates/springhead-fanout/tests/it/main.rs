//! The laws of the fan-out, from the outside.
#![cfg(not(loom))]

#[path = "../common/mod.rs"]
mod common;

mod eviction;
mod group;
mod key;
mod life;
mod model;
mod relays;
mod sleepers;
mod slow;
mod start;
