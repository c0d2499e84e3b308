//! The coding tools of a sequence parameter set: §7.3.2.4, from `sps_log2_min_luma_coding_block_size_minus2` to the virtual
//! boundaries.
//!
//! They are read over, because what carriage needs stands behind them.

#[cfg(test)]
mod tests;

use crate::bits::{BitReader, SyntaxError};

/// What the tools' syntax depends on.
pub(super) struct Format {
    pub(super) chroma_format_idc: u8,
    pub(super) log2_ctu_size: u8,
    pub(super) bit_depth: u8,
    pub(super) log2_max_pic_order_cnt_lsb: u8,
    pub(super) has_vps: bool,
    pub(super) width: u32,
    pub(super) height: u32,
}

/// The most reference picture lists of a direction (§7.4.3.4).
const MAX_LISTS: u32 = 64;

/// The most entries of a list: MaxDpbSize + 13 (§7.4.10).
const MAX_ENTRIES: u32 = 29;

/// A difference of block sizes or a depth of splits, as binary logarithms of at most 7.
const MAX_LOG2: u32 = 14;

pub(super) fn skip(r: &mut BitReader<'_>, format: &Format) -> Result<(), SyntaxError> {
    let chroma = format.chroma_format_idc != 0;
    skip_partitions(r, chroma)?;
    let big_transform = format.log2_ctu_size > 5 && r.flag("sps_max_luma_transform_size_64_flag")?;
    let transform_skip = r.flag("sps_transform_skip_enabled_flag")?;
    if transform_skip {
        r.ue("sps_log2_transform_skip_max_size_minus2", 3)?;
        r.flag("sps_bdpcm_enabled_flag")?;
    }
    if r.flag("sps_mts_enabled_flag")? {
        r.skip("sps_explicit_mts_intra_enabled_flag", 2)?;
    }
    let lfnst = r.flag("sps_lfnst_enabled_flag")?;
    if chroma {
        skip_chroma_qp_tables(r, format.bit_depth)?;
    }
    r.flag("sps_sao_enabled_flag")?;
    if r.flag("sps_alf_enabled_flag")? && chroma {
        r.flag("sps_ccalf_enabled_flag")?;
    }
    r.flag("sps_lmcs_enabled_flag")?;
    skip_reference_lists(r, format)?;
    skip_inter(r)?;
    r.skip("sps_isp_enabled_flag", 3)?;
    if chroma {
        r.flag("sps_cclm_enabled_flag")?;
    }
    if format.chroma_format_idc == 1 {
        r.skip("sps_chroma_horizontal_collocated_flag", 2)?;
    }
    let palette = r.flag("sps_palette_enabled_flag")?;
    let act = format.chroma_format_idc == 3 && !big_transform && r.flag("sps_act_enabled_flag")?;
    if transform_skip || palette {
        r.ue("sps_min_qp_prime_ts", 8)?;
    }
    if r.flag("sps_ibc_enabled_flag")? {
        r.ue("sps_six_minus_max_num_ibc_merge_cand", 5)?;
    }
    if r.flag("sps_ladf_enabled_flag")? {
        let intervals = r.bits("sps_num_ladf_intervals_minus2", 2)? + 1;
        r.se("sps_ladf_lowest_interval_qp_offset", -63..=63)?;
        for _ in 0..intervals {
            r.se("sps_ladf_qp_offset", -63..=63)?;
            r.ue("sps_ladf_delta_threshold_minus1", 1 << format.bit_depth)?;
        }
    }
    let scaling = r.flag("sps_explicit_scaling_list_enabled_flag")?;
    if lfnst && scaling {
        r.flag("sps_scaling_matrix_for_lfnst_disabled_flag")?;
    }
    if act && scaling && r.flag("sps_scaling_matrix_for_alternative_colour_space_disabled_flag")? {
        r.flag("sps_scaling_matrix_designated_colour_space_flag")?;
    }
    r.skip("sps_dep_quant_enabled_flag", 2)?;
    if r.flag("sps_virtual_boundaries_enabled_flag")? && r.flag("sps_virtual_boundaries_present_flag")? {
        for side in [format.width, format.height] {
            for _ in 0..r.ue("sps_num_virtual_boundaries", 3)? {
                r.ue("sps_virtual_boundary_pos_minus1", side.div_ceil(8))?;
            }
        }
    }
    Ok(())
}

/// How coding tree units are split.
fn skip_partitions(r: &mut BitReader<'_>, chroma: bool) -> Result<(), SyntaxError> {
    r.ue("sps_log2_min_luma_coding_block_size_minus2", 4)?;
    r.flag("sps_partition_constraints_override_enabled_flag")?;
    skip_splits(r)?;
    if chroma && r.flag("sps_qtbtt_dual_tree_intra_flag")? {
        skip_splits(r)?;
    }
    skip_splits(r)
}

/// The splits of intra luma, of intra chroma, or of inter slices.
fn skip_splits(r: &mut BitReader<'_>) -> Result<(), SyntaxError> {
    r.ue("sps_log2_diff_min_qt_min_cb", MAX_LOG2)?;
    if r.ue("sps_max_mtt_hierarchy_depth", MAX_LOG2)? != 0 {
        r.ue("sps_log2_diff_max_bt_min_qt", MAX_LOG2)?;
        r.ue("sps_log2_diff_max_tt_min_qt", MAX_LOG2)?;
    }
    Ok(())
}

fn skip_chroma_qp_tables(r: &mut BitReader<'_>, bit_depth: u8) -> Result<(), SyntaxError> {
    let joint = r.flag("sps_joint_cbcr_enabled_flag")?;
    let tables = match (r.flag("sps_same_qp_table_for_chroma_flag")?, joint) {
        (true, _) => 1,
        (false, false) => 2,
        (false, true) => 3,
    };
    let lowest = -26 - 6 * (i32::from(bit_depth) - 8);
    for _ in 0..tables {
        let start = r.se("sps_qp_table_start_minus26", lowest..=36)?;
        for _ in 0..=r.ue("sps_num_points_in_qp_table_minus1", (36 - start).unsigned_abs())? {
            r.ue("sps_delta_qp_in_val_minus1", 255)?;
            r.ue("sps_delta_qp_diff_val", 255)?;
        }
    }
    Ok(())
}

fn skip_reference_lists(r: &mut BitReader<'_>, format: &Format) -> Result<(), SyntaxError> {
    let weighted = r.flag("sps_weighted_pred_flag")? | r.flag("sps_weighted_bipred_flag")?;
    let long_term = r.flag("sps_long_term_ref_pics_flag")?;
    let inter_layer = format.has_vps && r.flag("sps_inter_layer_prediction_enabled_flag")?;
    r.flag("sps_idr_rpl_present_flag")?;
    let directions = if r.flag("sps_rpl1_same_as_rpl0_flag")? { 1 } else { 2 };
    for _ in 0..directions {
        for _ in 0..r.ue("sps_num_ref_pic_lists", MAX_LISTS)? {
            let entries = r.ue("num_ref_entries", MAX_ENTRIES)?;
            let in_header = long_term && entries > 0 && r.flag("ltrp_in_header_flag")?;
            for entry in 0..entries {
                if inter_layer && r.flag("inter_layer_ref_pic_flag")? {
                    r.ue("ilrp_idx", 62)?;
                } else if !long_term || r.flag("st_ref_pic_flag")? {
                    let difference = r.ue("abs_delta_poc_st", (1 << 15) - 1)?;
                    if difference > 0 || !weighted || entry == 0 {
                        r.flag("strp_entry_sign_flag")?;
                    }
                } else if !in_header {
                    r.skip("rpls_poc_lsb_lt", format.log2_max_pic_order_cnt_lsb.into())?;
                }
            }
        }
    }
    Ok(())
}

/// The tools of inter prediction.
fn skip_inter(r: &mut BitReader<'_>) -> Result<(), SyntaxError> {
    r.flag("sps_ref_wraparound_enabled_flag")?;
    let subblock_mvp = r.flag("sps_temporal_mvp_enabled_flag")? && r.flag("sps_sbtmvp_enabled_flag")?;
    let amvr = r.flag("sps_amvr_enabled_flag")?;
    if r.flag("sps_bdof_enabled_flag")? {
        r.flag("sps_bdof_control_present_in_ph_flag")?;
    }
    r.flag("sps_smvd_enabled_flag")?;
    if r.flag("sps_dmvr_enabled_flag")? {
        r.flag("sps_dmvr_control_present_in_ph_flag")?;
    }
    if r.flag("sps_mmvd_enabled_flag")? {
        r.flag("sps_mmvd_fullpel_only_enabled_flag")?;
    }
    let merge_candidates = 6 - r.ue("sps_six_minus_max_num_merge_cand", 5)?;
    r.flag("sps_sbt_enabled_flag")?;
    if r.flag("sps_affine_enabled_flag")? {
        r.ue("sps_five_minus_max_num_subblock_merge_cand", 5 - u32::from(subblock_mvp))?;
        r.flag("sps_6param_affine_enabled_flag")?;
        if amvr {
            r.flag("sps_affine_amvr_enabled_flag")?;
        }
        if r.flag("sps_affine_prof_enabled_flag")? {
            r.flag("sps_prof_control_present_in_ph_flag")?;
        }
    }
    r.skip("sps_bcw_enabled_flag", 2)?;
    if merge_candidates >= 2 && r.flag("sps_gpm_enabled_flag")? && merge_candidates >= 3 {
        r.ue("sps_max_num_merge_cand_minus_max_num_gpm_cand", merge_candidates - 2)?;
    }
    r.ue("sps_log2_parallel_merge_level_minus2", 5)?;
    Ok(())
}
