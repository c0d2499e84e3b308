//! AC-3 and Enhanced AC-3 as they are carried: frames that describe themselves, the access units that they make, and
//! decoder configurations.
//!
//! | item | what it is |
//! |---|---|
//! | [`FrameHeader`] | what a syncframe of either says of itself |
//! | [`split`] | the syncframes of a buffer |
//! | [`Assembler`] | puts syncframes together to access units |
//! | [`Config`] | the content of `dac3` or `dec3` |
//! | [`track`] | what the vocabulary of the family knows of a track |

mod bsi;
mod channels;
mod config;
mod dac3;
mod dec3;
mod error;
mod header;
mod split;
#[cfg(test)]
pub(crate) mod synthetic;
mod unit;

pub use config::{Config, UNIT_TICKS, track};
pub use dac3::Ac3Config;
pub use dec3::{Eac3Config, IndependentSubstream};
pub use error::Ac3Error;
pub use header::{FrameHeader, StreamType};
pub use split::{Frame, Frames, split};
pub use unit::{Assembler, SyncUnit};
