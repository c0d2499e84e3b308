//! Metadata OBUs (§5.8): of high dynamic range, and messages of ITU-T T.35.

use springhead_core::{ContentLight, MasteringDisplay};

use super::obu::{self, Framing, ObuType};
use super::{Av1Error, leb128};
use crate::bits::{BitReader, SyntaxError};

/// What a metadata OBU says.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Metadata<'a> {
    /// `METADATA_TYPE_HDR_CLL`: how bright the pictures get.
    ContentLight(ContentLight),
    /// `METADATA_TYPE_HDR_MDCV`: the display on which they were graded, in the units of the vocabulary.
    MasteringDisplay(MasteringDisplay),
    /// `METADATA_TYPE_ITUT_T35`: a message of somebody who is known by a country code.
    ItuT35 {
        /// `itu_t_t35_country_code`.
        country_code: u8,
        /// `itu_t_t35_country_code_extension_byte`, of country code 0xff.
        country_code_extension: Option<u8>,
        /// `itu_t_t35_payload_bytes`, with the trailing bits of the OBU, which only who knows the message can tell from it.
        payload: &'a [u8],
    },
    /// Any other type: scalability, time codes, and those that are not registered.
    Other {
        /// `metadata_type`.
        metadata_type: u32,
        /// What follows it.
        payload: &'a [u8],
    },
}

const HDR_CLL: u32 = 1;
const HDR_MDCV: u32 = 2;
const ITUT_T35: u32 = 4;

impl<'a> Metadata<'a> {
    /// Reads what follows the OBU header and its size.
    ///
    /// ```
    /// use springhead_codec::av1::metadata::Metadata;
    /// use springhead_core::ContentLight;
    /// let light = Metadata::parse(&[1, 3, 0xe8, 1, 0x90, 0x80])?;
    /// assert_eq!(light, Metadata::ContentLight(ContentLight { max_content: 1000, max_picture_average: 400 }));
    /// # Ok::<(), springhead_codec::av1::Av1Error>(())
    /// ```
    pub fn parse(payload: &'a [u8]) -> Result<Self, Av1Error> {
        let (metadata_type, length) = leb128::read(payload, 0, "metadata_type")?;
        let payload = &payload[length..];
        Ok(match metadata_type {
            HDR_CLL => Self::ContentLight(content_light(payload)?),
            HDR_MDCV => Self::MasteringDisplay(mastering_display(payload)?),
            ITUT_T35 => {
                let r = &mut BitReader::new("metadata_itut_t35", payload);
                let country_code = r.bits8("itu_t_t35_country_code", 8)?;
                let country_code_extension = match country_code {
                    0xff => Some(r.bits8("itu_t_t35_country_code_extension_byte", 8)?),
                    _ => None,
                };
                Self::ItuT35 { country_code, country_code_extension, payload: &payload[r.position() / 8..] }
            }
            _ => Self::Other { metadata_type, payload },
        })
    }

    /// Reads a whole OBU, header included, with or without its size.
    pub fn from_obu(obu: &'a [u8]) -> Result<Self, Av1Error> {
        let expected = ObuType::Metadata;
        match obu::units(obu, Framing::LowOverhead).next().transpose()? {
            Some(unit) if unit.obu_type == expected => Self::parse(&obu[unit.payload]),
            other => Err(Av1Error::UnexpectedObu { expected, found: other.map(|unit| unit.obu_type) }),
        }
    }
}

/// The `metadata_type` of a payload, if it is one that holds of a whole sequence: high dynamic range.
pub(super) fn static_type(payload: &[u8]) -> Option<u32> {
    let (metadata_type, _) = leb128::read(payload, 0, "metadata_type").ok()?;
    matches!(metadata_type, HDR_CLL | HDR_MDCV).then_some(metadata_type)
}

fn content_light(payload: &[u8]) -> Result<ContentLight, SyntaxError> {
    let r = &mut BitReader::new("metadata_hdr_cll", payload);
    Ok(ContentLight { max_content: r.bits("max_cll", 16)? as u16, max_picture_average: r.bits("max_fall", 16)? as u16 })
}

fn mastering_display(payload: &[u8]) -> Result<MasteringDisplay, SyntaxError> {
    let r = &mut BitReader::new("metadata_hdr_mdcv", payload);
    let mut point = |x, y| Ok((chromaticity(r.bits(x, 16)?), chromaticity(r.bits(y, 16)?)));
    let red = point("primary_chromaticity_x", "primary_chromaticity_y")?;
    let green = point("primary_chromaticity_x", "primary_chromaticity_y")?;
    let blue = point("primary_chromaticity_x", "primary_chromaticity_y")?;
    let white = point("white_point_chromaticity_x", "white_point_chromaticity_y")?;
    Ok(MasteringDisplay {
        primaries: [green, blue, red],
        white,
        max_luminance: luminance(r.bits("luminance_max", 32)?, 8),
        min_luminance: luminance(r.bits("luminance_min", 32)?, 14),
    })
}

/// From 0.16 fixed point to steps of 0.00002, to the nearest.
fn chromaticity(value: u32) -> u16 {
    ((value * 50_000 + (1 << 15)) >> 16) as u16
}

/// From fixed point of that many fraction bits to steps of 0.0001 candela per square metre, to the nearest.
fn luminance(value: u32, fraction_bits: u32) -> u32 {
    let value = (u64::from(value) * 10_000 + (1 << (fraction_bits - 1))) >> fraction_bits;
    u32::try_from(value).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{self, av1::HDR};

    #[test]
    fn metadata_cut_short_are_refused_and_what_is_not_known_is_passed_on() {
        assert_eq!(Metadata::parse(&[]), Err(Av1Error::Truncated { offset: 0, field: "metadata_type" }));
        assert!(matches!(Metadata::parse(&[1, 0, 1, 0]), Err(Av1Error::Syntax(error)) if error.field == "max_fall"));
        assert!(matches!(Metadata::parse(&[2, 0]), Err(Av1Error::Syntax(_))));
        assert_eq!(Metadata::parse(&[5, 7]), Ok(Metadata::Other { metadata_type: 5, payload: &[7] }));
    }

    #[test]
    fn the_mastering_display_is_in_the_units_and_the_order_of_the_vocabulary() {
        // `-svtav1-params mastering-display=G(0.2649,0.69)B(0.15,0.06)R(0.68,0.32)WP(0.3127,0.329)L(1000.0,0.005)`
        let obu = fixtures::bytes(HDR.found[2]);
        let expected = MasteringDisplay {
            primaries: [(13_245, 34_500), (7_500, 3_000), (34_000, 16_000)],
            white: (15_635, 16_450),
            max_luminance: 10_000_000,
            min_luminance: 50,
        };
        assert_eq!(Metadata::from_obu(&obu), Ok(Metadata::MasteringDisplay(expected)));
    }

    #[test]
    fn messages_of_itu_t_t35_keep_their_bytes() {
        let known = Metadata::ItuT35 { country_code: 0xb5, country_code_extension: None, payload: &[0, 0x3c, 0x80] };
        assert_eq!(Metadata::parse(&[4, 0xb5, 0, 0x3c, 0x80]), Ok(known));
        let extended = Metadata::ItuT35 { country_code: 0xff, country_code_extension: Some(9), payload: &[1] };
        assert_eq!(Metadata::parse(&[4, 0xff, 9, 1]), Ok(extended));
    }
}
