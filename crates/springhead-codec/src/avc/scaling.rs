//! Scaling lists: ITU-T H.264 §7.3.2.1.1.1. They change how coefficients are scaled, which nothing here needs.

use crate::bits::{BitReader, SyntaxError};

/// Reads over `count` lists, of which the first six are of 4x4 and the others of 8x8 blocks.
pub(super) fn skip_lists(r: &mut BitReader<'_>, count: usize) -> Result<(), SyntaxError> {
    for index in 0..count {
        if r.flag("scaling_list_present_flag")? {
            skip_list(r, if index < 6 { 16 } else { 64 })?;
        }
    }
    Ok(())
}

/// Reads over `scaling_list()`: differences are coded until one gives a scale of zero.
fn skip_list(r: &mut BitReader<'_>, size: usize) -> Result<(), SyntaxError> {
    let mut scale = 8;
    for _ in 0..size {
        scale = (scale + r.se("delta_scale", -128..=127)? + 256) % 256;
        if scale == 0 {
            break;
        }
    }
    Ok(())
}
