//! `color_config` of a sequence header (§5.5.2).

use springhead_core::Cicp;

use crate::bits::{BitReader, SyntaxError};

/// The format of the samples, and what they mean as colour.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ColorConfig {
    /// BitDepth: 8, 10 or 12.
    pub bit_depth: u8,
    /// `mono_chrome`: there is luma only.
    pub mono_chrome: bool,
    /// Whether primaries, transfer and matrix are stated (`color_description_present_flag`); if not, each is 2, unspecified.
    pub description_present: bool,
    /// `color_primaries`, `transfer_characteristics`, `matrix_coefficients` and `color_range`.
    pub cicp: Cicp,
    /// `subsampling_x`: chroma has half the width.
    pub subsampling_x: bool,
    /// `subsampling_y`: chroma has half the height.
    pub subsampling_y: bool,
    /// `chroma_sample_position`: 0 unknown, 1 vertical, 2 colocated; 0 where it is not stated.
    pub chroma_sample_position: u8,
    /// `separate_uv_delta_q`.
    pub separate_uv_delta_q: bool,
}

/// The code point that says nothing, of each of the three.
const UNSPECIFIED: u8 = 2;

impl ColorConfig {
    pub(super) fn parse(r: &mut BitReader<'_>, profile: u8) -> Result<Self, SyntaxError> {
        let high = r.flag("high_bitdepth")?;
        let twelve = profile == 2 && high && r.flag("twelve_bit")?;
        let mono_chrome = profile != 1 && r.flag("mono_chrome")?;
        let description_present = r.flag("color_description_present_flag")?;
        let mut cicp = Cicp { primaries: UNSPECIFIED, transfer: UNSPECIFIED, matrix: UNSPECIFIED, full_range: false };
        if description_present {
            cicp.primaries = r.bits8("color_primaries", 8)?;
            cicp.transfer = r.bits8("transfer_characteristics", 8)?;
            cicp.matrix = r.bits8("matrix_coefficients", 8)?;
        }
        let mut color = Self {
            bit_depth: if twelve { 12 } else { 8 + 2 * u8::from(high) },
            mono_chrome,
            description_present,
            cicp,
            subsampling_x: true,
            subsampling_y: true,
            chroma_sample_position: 0,
            separate_uv_delta_q: false,
        };
        if mono_chrome {
            color.cicp.full_range = r.flag("color_range")?;
            return Ok(color);
        }
        // sRGB: the three code points together say what the rest is.
        if (cicp.primaries, cicp.transfer, cicp.matrix) == (1, 13, 0) {
            color.cicp.full_range = true;
            (color.subsampling_x, color.subsampling_y) = (false, false);
        } else {
            color.cicp.full_range = r.flag("color_range")?;
            (color.subsampling_x, color.subsampling_y) = match (profile, twelve) {
                (0, _) => (true, true),
                (1, _) => (false, false),
                (_, false) => (true, false),
                (_, true) => {
                    let x = r.flag("subsampling_x")?;
                    (x, x && r.flag("subsampling_y")?)
                }
            };
            if color.subsampling_x && color.subsampling_y {
                color.chroma_sample_position = r.bits8("chroma_sample_position", 2)?;
            }
        }
        color.separate_uv_delta_q = r.flag("separate_uv_delta_q")?;
        Ok(color)
    }

    /// The colour, when anything is stated of it.
    pub fn stated(&self) -> Option<Cicp> {
        (self.description_present || self.cicp.full_range).then_some(self.cicp)
    }
}
