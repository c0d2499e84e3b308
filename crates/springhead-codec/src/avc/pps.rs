//! Picture parameter sets: ITU-T H.264 §7.3.2.2.

use super::{AvcError, NalType, expect, level};
use crate::bits::{BitReader, SyntaxError};
use crate::nal::emulation;

/// `pic_parameter_set_rbsp()`, as far as slice headers need it.
///
/// Reading ends before `transform_8x8_mode_flag`: what follows changes how samples are decoded, and its length depends on
/// the sequence parameter set, which may arrive later.
///
/// ```
/// use springhead_codec::avc::Pps;
/// let pps = Pps::parse(&[0x68, 0xef, 0x8f, 0xcb])?;
/// assert_eq!((pps.id, pps.sps_id, pps.cabac), (0, 0, true));
/// # Ok::<(), springhead_codec::avc::AvcError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Pps {
    /// `pic_parameter_set_id`, 0 to 255.
    pub id: u8,
    /// `seq_parameter_set_id` of the sequence parameter set that it belongs to, 0 to 31.
    pub sps_id: u8,
    /// `entropy_coding_mode_flag`: arithmetic rather than variable length codes.
    pub cabac: bool,
    /// `bottom_field_pic_order_in_frame_present_flag`: slices of frames tell the order of the bottom field too.
    pub bottom_field_order_present: bool,
    /// `num_slice_groups_minus1` + 1, 1 to 8.
    pub slice_groups: u8,
    /// `num_ref_idx_l0_default_active_minus1` + 1 and the same of list 1, 1 to 32.
    pub default_active_refs: [u8; 2],
    /// `weighted_pred_flag`.
    pub weighted_prediction: bool,
    /// `weighted_bipred_idc`, 0 to 2.
    pub weighted_biprediction: u8,
    /// `deblocking_filter_control_present_flag`.
    pub deblocking_control_present: bool,
    /// `redundant_pic_cnt_present_flag`: slices tell whether they repeat a picture.
    pub redundant_pic_cnt_present: bool,
}

impl Pps {
    /// Reads a NAL unit of type 8, header included.
    pub fn parse(nal: &[u8]) -> Result<Self, AvcError> {
        let payload = expect(nal, NalType::Pps, "picture parameter set")?;
        Ok(Self::read(&mut BitReader::new("pic_parameter_set_rbsp", &emulation::remove(payload)))?)
    }

    fn read(r: &mut BitReader<'_>) -> Result<Self, SyntaxError> {
        let id = r.ue8("pic_parameter_set_id", 255)?;
        let sps_id = r.ue8("seq_parameter_set_id", 31)?;
        let cabac = r.flag("entropy_coding_mode_flag")?;
        let bottom_field_order_present = r.flag("bottom_field_pic_order_in_frame_present_flag")?;
        let slice_groups = r.ue8("num_slice_groups_minus1", 7)? + 1;
        if slice_groups > 1 {
            skip_slice_groups(r, slice_groups)?;
        }
        let refs = [
            r.ue8("num_ref_idx_l0_default_active_minus1", 31)? + 1,
            r.ue8("num_ref_idx_l1_default_active_minus1", 31)? + 1,
        ];
        let weighted_prediction = r.flag("weighted_pred_flag")?;
        let weighted_biprediction = r.bits8("weighted_bipred_idc", 2)?;
        if weighted_biprediction > 2 {
            return Err(r.out_of_range("weighted_bipred_idc", weighted_biprediction));
        }
        // The range of pic_init_qp_minus26 reaches lower with deeper samples, of which the sequence parameter set tells.
        r.se("pic_init_qp_minus26", -(26 + 36)..=25)?;
        r.se("pic_init_qs_minus26", -26..=25)?;
        r.se("chroma_qp_index_offset", -12..=12)?;
        let deblocking_control_present = r.flag("deblocking_filter_control_present_flag")?;
        r.flag("constrained_intra_pred_flag")?;
        let redundant_pic_cnt_present = r.flag("redundant_pic_cnt_present_flag")?;
        Ok(Self {
            id,
            sps_id,
            cabac,
            bottom_field_order_present,
            slice_groups,
            default_active_refs: refs,
            weighted_prediction,
            weighted_biprediction,
            deblocking_control_present,
            redundant_pic_cnt_present,
        })
    }
}

/// Reads over the map of macroblocks to slice groups, which Baseline and Extended streams may have.
fn skip_slice_groups(r: &mut BitReader<'_>, groups: u8) -> Result<(), SyntaxError> {
    const MAX_MB: u32 = level::MAX_FRAME_SIZE_IN_MBS - 1;
    match r.ue("slice_group_map_type", 6)? {
        0 => {
            for _ in 0..groups {
                r.ue("run_length_minus1", MAX_MB)?;
            }
        }
        2 => {
            for _ in 1..groups {
                r.ue("top_left", MAX_MB)?;
                r.ue("bottom_right", MAX_MB)?;
            }
        }
        3..=5 => {
            r.flag("slice_group_change_direction_flag")?;
            r.ue("slice_group_change_rate_minus1", MAX_MB)?;
        }
        6 => {
            let units = r.ue("pic_size_in_map_units_minus1", MAX_MB)? as usize + 1;
            // Ceil(Log2(num_slice_groups_minus1 + 1)) bits each.
            let width = groups.next_power_of_two().trailing_zeros() as usize;
            r.skip("slice_group_id", units * width)?;
        }
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::{BitWriter, Fault};

    /// A set with eight slice groups of the given type, whose map `map` writes.
    fn grouped(map_type: u32, map: impl Fn(&mut BitWriter)) -> Result<Pps, AvcError> {
        let mut w = BitWriter::new();
        w.bits(0x68, 8).ue(3).ue(1).bits(0, 2).ue(7).ue(map_type);
        map(&mut w);
        w.ue(0).ue(1).flag(false).bits(1, 2).se(0).se(0).se(-2).bits(0b101, 3).trailing_bits();
        Pps::parse(&emulation::insert(&w.into_bytes()))
    }

    #[test]
    fn another_nal_unit_is_refused() {
        let found = Some(NalType::Sps);
        assert_eq!(Pps::parse(&[0x67, 1]), Err(AvcError::UnexpectedNal { expected: "picture parameter set", found }));
        assert!(matches!(Pps::parse(&[]), Err(AvcError::UnexpectedNal { found: None, .. })));
    }

    #[test]
    fn a_map_longer_than_the_set_is_refused_without_being_walked() {
        let error = grouped(6, |w| {
            w.ue(139_263);
        });
        assert!(matches!(error, Err(AvcError::Syntax(error)) if error.fault == Fault::Truncated));
    }

    #[test]
    fn every_map_of_slice_groups_is_read_over() {
        for map_type in 0..=6 {
            let pps = grouped(map_type, |w| {
                match map_type {
                    0 => (0..8).fold(w, |w, run| w.ue(run)),
                    2 => (0..14).fold(w, |w, corner| w.ue(corner)),
                    3..=5 => w.flag(true).ue(9),
                    6 => w.ue(11).bits(0, 36),
                    _ => w,
                };
            })
            .unwrap();
            assert_eq!((pps.id, pps.sps_id, pps.slice_groups, pps.default_active_refs), (3, 1, 8, [1, 2]));
            assert!(pps.deblocking_control_present && pps.redundant_pic_cnt_present && !pps.cabac, "{map_type}");
        }
    }
}
