//! AAC of any profile as it is carried: AudioSpecificConfig, ADTS and LATM.
//!
//! | item | what it is |
//! |---|---|
//! | [`AudioSpecificConfig`] | the decoder configuration, with SBR and PS |
//! | [`adts`] | the self-describing framing of broadcast and of raw files, in and out |
//! | [`latm`] | the multiplex of DVB and of RTP, read only |
//! | [`track`], [`codec_string`] | what the vocabulary of the family knows of a track |

pub mod adts;
mod asc;
mod error;
mod frequency;
pub mod latm;
mod pce;
mod track;
mod usac;

pub use asc::AudioSpecificConfig;
pub use error::AacError;
pub use track::{codec_string, track};
