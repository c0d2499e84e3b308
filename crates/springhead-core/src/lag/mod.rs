//! What whoever falls behind does without.
//!
//! A reader that takes less than is published has to do without something, or falls back for ever. What is given up first
//! is what costs a viewer least, and what is left always decodes:
//!
//! 1. disposable pictures, which no other picture refers to;
//! 2. the tail of a group of pictures: everything from some picture on, up to a random access point;
//! 3. never sound while there is picture, and never a random access point before what depends on it.
//!
//! [`LagPolicy`] says from when on, [`Thinning`] decides unit by unit, and an [`Allowance`] counts how often it may come to
//! that. The fan-out's readers and the intake's queue go by the same three.

mod allowance;
mod policy;
mod thinning;

pub use allowance::{Allowance, Budget};
pub use policy::{LagPolicy, Pressure};
pub use thinning::{Thinning, Verdict};
