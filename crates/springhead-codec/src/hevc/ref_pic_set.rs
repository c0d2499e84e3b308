//! Short-term reference picture sets: ITU-T H.265 §7.3.7. What they say is for decoders; how long they are is not known
//! without reading them.

use crate::bits::{BitReader, SyntaxError};

/// The most sets of a sequence parameter set (§7.4.3.2.1, `num_short_term_ref_pic_sets`).
const MAX_SETS: u32 = 64;

/// The most pictures of a set: `sps_max_dec_pic_buffering_minus1` is at most 15, and with the picture itself MaxDpbSize is 16.
const MAX_PICTURES: u32 = 16;

/// The farthest that a picture order count may be from another's in a set.
const MAX_DISTANCE: u32 = 1 << 15;

/// A set, as the differences of picture order counts to the current picture.
#[derive(Clone, Debug, Default, PartialEq)]
struct RefPicSet {
    /// Pictures that are shown before, the nearest first.
    negative: Vec<i32>,
    /// Pictures that are shown after, the nearest first.
    positive: Vec<i32>,
}

/// Reads over the sets of a sequence parameter set, from `num_short_term_ref_pic_sets` on.
pub(super) fn skip_all(r: &mut BitReader<'_>) -> Result<(), SyntaxError> {
    let count = r.ue("num_short_term_ref_pic_sets", MAX_SETS)?;
    let mut last: Option<RefPicSet> = None;
    for _ in 0..count {
        last = Some(match &last {
            Some(reference) if r.flag("inter_ref_pic_set_prediction_flag")? => RefPicSet::predicted(r, reference)?,
            _ => RefPicSet::listed(r)?,
        });
    }
    Ok(())
}

impl RefPicSet {
    /// A set whose pictures are listed.
    fn listed(r: &mut BitReader<'_>) -> Result<Self, SyntaxError> {
        let negative = r.ue("num_negative_pics", MAX_PICTURES)?;
        let positive = r.ue("num_positive_pics", MAX_PICTURES - negative)?;
        let mut list = |count, sign: i32, distance, used| {
            let mut at = 0;
            (0..count)
                .map(|_| {
                    at += sign * (r.ue(distance, MAX_DISTANCE - 1)? as i32 + 1);
                    r.flag(used)?;
                    Ok(at)
                })
                .collect::<Result<Vec<i32>, SyntaxError>>()
        };
        Ok(Self {
            negative: list(negative, -1, "delta_poc_s0_minus1", "used_by_curr_pic_s0_flag")?,
            positive: list(positive, 1, "delta_poc_s1_minus1", "used_by_curr_pic_s1_flag")?,
        })
    }

    /// A set that is told by how it differs from the one before (equations 7-61 and 7-62).
    fn predicted(r: &mut BitReader<'_>, reference: &Self) -> Result<Self, SyntaxError> {
        let backward = r.flag("delta_rps_sign")?;
        let distance = r.ue("abs_delta_rps_minus1", MAX_DISTANCE - 1)? as i32 + 1;
        let shift = if backward { -distance } else { distance };
        // The picture that the reference set belongs to comes last, as a difference of 0 from itself.
        let candidates = reference.negative.iter().chain(&reference.positive).chain([&0]);
        let mut kept = Vec::new();
        for candidate in candidates {
            let used = r.flag("used_by_curr_pic_flag")?;
            if used || r.flag("use_delta_flag")? {
                kept.push(candidate + shift);
            }
        }
        kept.sort_unstable();
        let positive: Vec<i32> = kept.iter().copied().filter(|&at| at > 0).collect();
        let negative: Vec<i32> = kept.iter().rev().copied().filter(|&at| at < 0).collect();
        let pictures = positive.len() + negative.len();
        if pictures > MAX_PICTURES as usize {
            return Err(r.out_of_range("num_delta_pocs", pictures as i64));
        }
        Ok(Self { negative, positive })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::{BitWriter, Fault};

    fn read(write: impl Fn(&mut BitWriter)) -> Result<(), SyntaxError> {
        let mut w = BitWriter::new();
        write(&mut w);
        w.bits(0x5a, 8);
        let bytes = w.into_bytes();
        let r = &mut BitReader::new("sets", &bytes);
        skip_all(r)?;
        assert_eq!(r.bits("what follows", 8), Ok(0x5a), "all of it was read, and no more");
        Ok(())
    }

    #[test]
    fn more_pictures_than_a_buffer_holds_are_refused() {
        let refused = |write: fn(&mut BitWriter)| read(write).unwrap_err();
        assert_eq!(
            refused(|w| {
                w.ue(65);
            })
            .field,
            "num_short_term_ref_pic_sets"
        );
        assert_eq!(
            refused(|w| {
                w.ue(1).ue(17);
            })
            .field,
            "num_negative_pics"
        );
        assert_eq!(
            refused(|w| {
                w.ue(1).ue(9).ue(8);
            })
            .field,
            "num_positive_pics"
        );
        let full = |w: &mut BitWriter| {
            w.ue(2).ue(16).ue(0);
            (0..16).for_each(|_| {
                w.ue(0).flag(true);
            });
            w.flag(true).flag(true).ue(0);
            (0..17).for_each(|_| {
                w.flag(true);
            });
        };
        assert_eq!(read(full).unwrap_err().fault, Fault::OutOfRange(17));
    }

    #[test]
    fn predicted_sets_have_a_flag_for_every_picture_of_the_one_before() {
        read(|w| {
            // -1, -3 and +2; moved by -2: -3, -5, 0 (which is the picture itself and drops out) and -2.
            w.ue(4).ue(2).ue(1).ue(0).flag(true).ue(1).flag(false).ue(1).flag(true);
            w.flag(true).flag(true).ue(1);
            w.flag(true).flag(true).flag(true).flag(true);
            // -2, -3 and -5; moved by +3: 1, 0 (which drops out), -2 (which is not taken over) and 3.
            w.flag(true).flag(false).ue(2);
            w.flag(true).flag(true).flag(false).flag(false).flag(false).flag(true);
            // Two are left: three flags.
            w.flag(true).flag(false).ue(0).flag(true).flag(true).flag(true);
        })
        .unwrap();
    }
}
