//! H.266 | ISO/IEC 23090-3 as it is carried: parameter sets, where a picture begins, the configuration record, access units.
//!
//! | item | what it is |
//! |---|---|
//! | [`Vps`], [`Sps`], [`Pps`], [`vui`], [`ProfileTierLevel`] | parameter sets |
//! | [`PictureStart`] | what tells that a picture begins, and whether another refers to it |
//! | [`DecoderConfig`] | the record of `vvcC`, in and out |
//! | [`AccessUnits`] | where access units begin |
//! | [`unit()`], [`to_annexb`] | one access unit, from any framing to length-prefixed `vvc1` and back |
//! | [`track`], [`codec_string`] | what the vocabulary of the family knows of a track |
//!
//! Clauses without a standard are those of ITU-T H.266 (09/2023).

mod access_units;
mod byte_stream;
mod config;
mod error;
mod nal_type;
mod picture;
mod pps;
mod ptl;
mod sps;
mod timing;
mod tools;
mod track;
mod unit;
mod vps;
pub mod vui;

pub use access_units::AccessUnits;
pub use byte_stream::{delimiter, to_annexb};
pub use config::DecoderConfig;
pub use error::VvcError;
pub use nal_type::{NalHeader, NalType};
pub use picture::PictureStart;
pub use pps::Pps;
pub use ptl::ProfileTierLevel;
pub use sps::{DpbParameters, Sps};
pub use timing::Timing;
pub use track::{codec_string, track};
pub use unit::unit;
pub use vps::Vps;
pub use vui::Vui;

pub use crate::nal::ByteStream;
pub use crate::nal::crop::Crop;

/// What follows the header of `nal`, which has to have that type.
fn expect<'a>(nal: &'a [u8], wanted: NalType, expected: &'static str) -> Result<&'a [u8], VvcError> {
    let found = NalHeader::of(nal).map(|header| header.nal_type);
    match found {
        Some(found) if found == wanted => Ok(&nal[NalHeader::LEN..]),
        found => Err(VvcError::UnexpectedNal { expected, found }),
    }
}
