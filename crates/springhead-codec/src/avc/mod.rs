//! H.264 | ISO/IEC 14496-10 as it is carried: parameter sets, slice headers, the configuration record, access units.
//!
//! | item | what it is |
//! |---|---|
//! | [`Sps`], [`Pps`], [`vui`] | parameter sets |
//! | [`mod@slice`], [`sei`] | what tells pictures and random access points apart |
//! | [`PictureOrder`] | the place of each picture in output order |
//! | [`DecoderConfig`] | `avcC`, in and out |
//! | [`AccessUnits`] | where access units begin |
//! | [`unit()`], [`to_annexb`] | one access unit, from any framing to length-prefixed `avc1` and back |
//! | [`track`], [`codec_string`] | what the vocabulary of the family knows of a track |

mod access_units;
mod byte_stream;
mod config;
mod error;
mod level;
mod nal_type;
mod order;
mod pps;
mod scaling;
pub mod sei;
pub mod slice;
mod sps;
mod track;
mod unit;
pub mod vui;

pub use crate::nal::ByteStream;
pub use crate::nal::crop::Crop;
pub use access_units::AccessUnits;
pub use byte_stream::{DELIMITER, to_annexb};
pub use config::DecoderConfig;
pub use error::AvcError;
pub use nal_type::NalType;
pub use order::PictureOrder;
pub use pps::Pps;
pub use sps::{ConstraintFlags, PicOrderCnt, Sps};
pub use track::{codec_string, track};
pub use unit::unit;
pub use vui::Vui;

/// What follows the header of `nal`, which has to have that type.
fn expect<'a>(nal: &'a [u8], wanted: NalType, expected: &'static str) -> Result<&'a [u8], AvcError> {
    match nal.split_first() {
        Some((&header, payload)) if NalType::of(header) == wanted => Ok(payload),
        first => Err(AvcError::UnexpectedNal { expected, found: first.map(|(&header, _)| NalType::of(header)) }),
    }
}
