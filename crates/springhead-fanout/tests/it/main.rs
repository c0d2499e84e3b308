//! The laws of the fan-out, from the outside.
#![cfg(not(loom))]

#[path = "../common/mod.rs"]
mod common;

mod eviction;
mod life;
mod model;
mod sleepers;
mod start;
