//! AV1 as it is carried: open bitstream units, sequence headers, the configuration record, temporal units.
//!
//! The specification is the AV1 Bitstream & Decoding Process Specification (version 1.0.0 with errata 1); samples, the
//! record and the codecs parameter are those of the AV1 Codec ISO Media File Format Binding (version 1.3.0).
//!
//! | item | what it is |
//! |---|---|
//! | [`obu`], [`leb128`] | open bitstream units and how they are told apart |
//! | [`SequenceHeader`], [`ColorConfig`], [`TimingInfo`], [`OperatingPoint`] | what configures a decoder |
//! | [`FrameHeader`] | the start of a frame header: what tells key frames and disposable frames |
//! | [`metadata`] | metadata OBUs: high dynamic range, ITU-T T.35 |
//! | [`DecoderConfig`] | `av1C`, in and out |
//! | [`unit()`], [`unit_with`], [`temporal_units`] | one temporal unit to the form of a sample |
//! | [`track`], [`codec_string`] | what the vocabulary of the family knows of a track |

mod color;
mod config;
mod error;
mod frame;
pub mod leb128;
pub mod metadata;
pub mod obu;
mod operating_point;
mod sequence;
mod temporal_units;
mod timing;
mod track;
mod unit;

pub use color::ColorConfig;
pub use config::{DecoderConfig, Summary};
pub use error::Av1Error;
pub use frame::{FrameHeader, FrameType};
pub use operating_point::OperatingPoint;
pub use sequence::{FrameIdLengths, SequenceHeader};
pub use temporal_units::{TemporalUnits, temporal_units};
pub use timing::{DecoderModelInfo, TimingInfo};
pub use track::{codec_string, track};
pub use unit::{UnitOptions, unit, unit_with};
