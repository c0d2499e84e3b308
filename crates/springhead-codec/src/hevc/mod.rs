//! H.265 | ISO/IEC 23008-2 as it is carried: parameter sets, slice segment headers, the configuration record, access units.
//!
//! | item | what it is | specification |
//! |---|---|---|
//! | [`NalHeader`], [`NalType`] | what a NAL unit holds | ITU-T H.265 (09/2023) §7.3.1.2 |
//! | [`Vps`], [`Sps`], [`Pps`], [`ptl`], [`vui`], [`hrd`] | parameter sets | §7.3.2, §7.3.3, Annex E |
//! | [`mod@slice`], [`PicOrder`] | what tells pictures and their order | §7.3.6.1, §8.3.1 |
//! | [`sei`] | messages about a picture or about all of them | §7.3.5, Annex D |
//! | [`DecoderConfig`] | `hvcC`, in and out | ISO/IEC 14496-15:2022 §8.3.3 |
//! | [`AccessUnits`] | where access units begin | §7.4.2.4.4 |
//! | [`unit()`], [`to_annexb`] | one access unit, from any framing to length-prefixed `hvc1` and back | §8.3.2 |
//! | [`track`], [`codec_string`] | what the vocabulary of the family knows of a track | Annex E |
//!
//! Only the base layer is carried: NAL units with a `nuh_layer_id` above 0 are of further views or qualities, which a
//! decoder of the profiles of Annex A passes over.

mod access_units;
mod byte_stream;
mod config;
mod error;
#[cfg(test)]
pub(crate) mod fixtures;
pub mod hrd;
mod nal_type;
mod pic_order;
mod pps;
pub mod ptl;
mod record;
mod ref_pic_set;
mod scaling;
pub mod sei;
pub mod slice;
mod sps;
mod track;
mod unit;
mod vps;
pub mod vui;

pub use access_units::AccessUnits;
pub use byte_stream::{DELIMITER, to_annexb};
pub use config::{Declared, DecoderConfig};
pub use error::HevcError;
pub use nal_type::{NalHeader, NalType};
pub use pic_order::PicOrder;
pub use pps::Pps;
pub use ptl::{Profile, ProfileTierLevel};
pub use sps::{Sps, SubLayerOrdering};
pub use track::{codec_string, track};
pub use unit::{unit, unit_of};
pub use vps::Vps;
pub use vui::Vui;

pub use crate::nal::ByteStream;
pub use crate::nal::crop::Crop;

use nal_type::HEADER_BYTES;

/// What follows the header of `nal`, which has to have that type.
fn expect<'a>(nal: &'a [u8], wanted: NalType, expected: &'static str) -> Result<&'a [u8], HevcError> {
    match NalHeader::of(nal) {
        Some(header) if header.nal_type == wanted => Ok(&nal[HEADER_BYTES..]),
        other => Err(HevcError::UnexpectedNal { expected, found: other.map(|header| header.nal_type) }),
    }
}
