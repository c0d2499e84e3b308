//! The operating points of a sequence header (§5.5.1, §6.4.1).

use super::DecoderModelInfo;
use crate::bits::{BitReader, SyntaxError};

/// One choice of layers that can be decoded by itself. The first is the best, and the one that is carried.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct OperatingPoint {
    /// `operating_point_idc`: temporal layers in bits 0 to 7, spatial layers in bits 8 to 11; 0 without scalability.
    pub idc: u16,
    /// `seq_level_idx`: 4 (major - 2) + minor of the level; 31 sets no limits.
    pub level_idx: u8,
    /// `seq_tier`: the high tier.
    pub high_tier: bool,
    /// `decoder_model_present_for_this_op`.
    pub has_decoder_model: bool,
    /// How many frames are decoded before the first is shown (`initial_display_delay_minus_1` + 1), when that is stated.
    pub initial_display_delay: Option<u8>,
}

impl OperatingPoint {
    pub(super) fn parse(
        r: &mut BitReader<'_>,
        model: Option<&DecoderModelInfo>,
        delay_present: bool,
    ) -> Result<Self, SyntaxError> {
        let idc = r.bits("operating_point_idc", 12)? as u16;
        let level_idx = r.bits8("seq_level_idx", 5)?;
        let high_tier = level_idx > 7 && r.flag("seq_tier")?;
        let mut has_decoder_model = false;
        if let Some(model) = model {
            has_decoder_model = r.flag("decoder_model_present_for_this_op")?;
            if has_decoder_model {
                r.skip("decoder_buffer_delay", model.buffer_delay_length.into())?;
                r.skip("encoder_buffer_delay", model.buffer_delay_length.into())?;
                r.skip("low_delay_mode_flag", 1)?;
            }
        }
        let mut initial_display_delay = None;
        if delay_present && r.flag("initial_display_delay_present_for_this_op")? {
            initial_display_delay = Some(r.bits8("initial_display_delay_minus_1", 4)? + 1);
        }
        Ok(Self { idc, level_idx, high_tier, has_decoder_model, initial_display_delay })
    }
}
