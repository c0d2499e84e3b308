//! Scaling lists: ITU-T H.265 §7.3.4. They change how coefficients are scaled, which nothing here needs.

use crate::bits::{BitReader, SyntaxError};

/// Reads over `scaling_list_data()`.
pub(super) fn skip_lists(r: &mut BitReader<'_>) -> Result<(), SyntaxError> {
    for size_id in 0..4 {
        for matrix_id in (0..6).step_by(if size_id == 3 { 3 } else { 1 }) {
            if !r.flag("scaling_list_pred_mode_flag")? {
                r.ue("scaling_list_pred_matrix_id_delta", matrix_id)?;
                continue;
            }
            if size_id > 1 {
                r.se("scaling_list_dc_coef_minus8", -7..=247)?;
            }
            for _ in 0..64.min(1 << (4 + (size_id << 1))) {
                r.se("scaling_list_delta_coef", -128..=127)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::BitWriter;

    #[test]
    fn lists_that_are_repeated_and_lists_that_are_coded_are_read_over() {
        let mut w = BitWriter::new();
        for (lists, coefficients, dc) in [(6, 16, false), (6, 64, false), (6, 64, true), (2, 64, true)] {
            for list in 0..lists {
                w.flag(list % 2 == 1);
                if list % 2 == 0 {
                    w.ue(0);
                    continue;
                }
                if dc {
                    w.se(247);
                }
                (0..coefficients).for_each(|_| {
                    w.se(-128);
                });
            }
        }
        w.bits(0x5a, 8);
        let bytes = w.into_bytes();
        let r = &mut BitReader::new("scaling_list_data", &bytes);
        skip_lists(r).unwrap();
        assert_eq!(r.bits("what follows", 8), Ok(0x5a));
        assert!(skip_lists(&mut BitReader::new("scaling_list_data", &bytes[..40])).is_err());
    }
}
