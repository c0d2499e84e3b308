//! The time comes from outside.

use springhead_core::Now;

/// Reads the clocks of the world. The binary has the real one; tests have one that they move by hand.
pub trait Clock: Send + Sync + std::fmt::Debug + 'static {
    /// Both clocks, read together.
    fn now(&self) -> Now;
}
