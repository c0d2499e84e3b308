//! What VP8 and VP9 have in common: the configuration record, and the levels.
//!
//! The specification is the VP Codec ISO Media File Format Binding (version 1.0, 2017-03-31).
//!
//! | item | what it is |
//! |---|---|
//! | [`Record`] | the content of `vpcC`, in and out |
//! | [`level`] | the level that a size and a rate need |

mod error;
mod level;
mod record;

pub use error::VpxError;
pub use level::level;
pub use record::{ChromaSubsampling, Record};
