//! Video usability information: ITU-T H.274 §7.2, which ITU-T H.266 wraps in its sequence parameter set.

use springhead_core::{Cicp, SampleAspect};

use crate::bits::{BitReader, SyntaxError};
use crate::nal::vui::read_aspect;

/// `vui_parameters()` (ITU-T H.274 §7.2): how the pictures are meant to be shown.
///
/// What is absent in the bitstream is `None`, or false where the standard infers that.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Vui {
    /// `vui_progressive_source_flag`.
    pub progressive_source: bool,
    /// `vui_interlaced_source_flag`.
    pub interlaced_source: bool,
    /// The shape of a sample; none when it is unspecified.
    pub aspect: Option<SampleAspect>,
    /// `vui_overscan_appropriate_flag`.
    pub overscan_appropriate: Option<bool>,
    /// What the sample values mean: code points of ISO/IEC 23091-2.
    pub colour: Option<Cicp>,
    /// `vui_chroma_sample_loc_type_frame`, or that of the top and the bottom field.
    pub chroma_location: Option<(u8, u8)>,
}

impl Vui {
    pub(super) fn read(r: &mut BitReader<'_>) -> Result<Self, SyntaxError> {
        let mut vui = Self {
            progressive_source: r.flag("vui_progressive_source_flag")?,
            interlaced_source: r.flag("vui_interlaced_source_flag")?,
            ..Self::default()
        };
        r.skip("vui_non_packed_constraint_flag", 2)?;
        if r.flag("vui_aspect_ratio_info_present_flag")? {
            r.flag("vui_aspect_ratio_constant_flag")?;
            vui.aspect = read_aspect(r)?;
        }
        if r.flag("vui_overscan_info_present_flag")? {
            vui.overscan_appropriate = Some(r.flag("vui_overscan_appropriate_flag")?);
        }
        if r.flag("vui_colour_description_present_flag")? {
            vui.colour = Some(Cicp {
                primaries: r.bits8("vui_colour_primaries", 8)?,
                transfer: r.bits8("vui_transfer_characteristics", 8)?,
                matrix: r.bits8("vui_matrix_coeffs", 8)?,
                full_range: r.flag("vui_full_range_flag")?,
            });
        }
        if r.flag("vui_chroma_loc_info_present_flag")? {
            let top = r.ue8("vui_chroma_sample_loc_type", 6)?;
            let of_frame = vui.progressive_source && !vui.interlaced_source;
            vui.chroma_location = Some((top, if of_frame { top } else { r.ue8("vui_chroma_sample_loc_type", 6)? }));
        }
        Ok(vui)
    }
}
