//! Picture parameter sets: ITU-T H.265 §7.3.2.3.

use super::{HevcError, NalType, expect};
use crate::bits::{BitReader, SyntaxError};
use crate::nal::emulation;

/// `pic_parameter_set_rbsp()`, as far as slice segment headers and the configuration record need it.
///
/// Reading ends behind `entropy_coding_sync_enabled_flag`: the tiles and filters that follow are for decoders.
///
/// ```
/// use springhead_codec::hevc::Pps;
/// let pps = Pps::parse(&[0x44, 0x01, 0xc0, 0x73, 0xc1, 0x89])?;
/// assert_eq!((pps.id, pps.sps_id, pps.wavefronts), (0, 0, true));
/// # Ok::<(), springhead_codec::hevc::HevcError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Pps {
    /// `pps_pic_parameter_set_id`, 0 to 63.
    pub id: u8,
    /// `pps_seq_parameter_set_id` of the sequence parameter set that it belongs to, 0 to 15.
    pub sps_id: u8,
    /// `dependent_slice_segments_enabled_flag`: slice segments may take the header of the one before.
    pub dependent_slice_segments: bool,
    /// `output_flag_present_flag`: slice segments tell whether their picture is shown.
    pub output_flag_present: bool,
    /// `num_extra_slice_header_bits`, 0 to 7: bits of slice segment headers that only other layers understand.
    pub num_extra_slice_header_bits: u8,
    /// `weighted_pred_flag`.
    pub weighted_prediction: bool,
    /// `weighted_bipred_flag`.
    pub weighted_biprediction: bool,
    /// `tiles_enabled_flag`: pictures may be cut into tiles.
    pub tiles: bool,
    /// `entropy_coding_sync_enabled_flag`: rows of coding tree blocks can be decoded as a wavefront.
    pub wavefronts: bool,
}

impl Pps {
    /// Reads a NAL unit of type 34, header included.
    pub fn parse(nal: &[u8]) -> Result<Self, HevcError> {
        let payload = expect(nal, NalType::Pps, "picture parameter set")?;
        Ok(Self::read(&mut BitReader::new("pic_parameter_set_rbsp", &emulation::remove(payload)))?)
    }

    fn read(r: &mut BitReader<'_>) -> Result<Self, SyntaxError> {
        let id = r.ue8("pps_pic_parameter_set_id", 63)?;
        let sps_id = r.ue8("pps_seq_parameter_set_id", 15)?;
        let dependent_slice_segments = r.flag("dependent_slice_segments_enabled_flag")?;
        let output_flag_present = r.flag("output_flag_present_flag")?;
        let num_extra_slice_header_bits = r.bits8("num_extra_slice_header_bits", 3)?;
        r.flag("sign_data_hiding_enabled_flag")?;
        r.flag("cabac_init_present_flag")?;
        r.ue("num_ref_idx_l0_default_active_minus1", 14)?;
        r.ue("num_ref_idx_l1_default_active_minus1", 14)?;
        // The range of init_qp_minus26 reaches lower with deeper samples, of which the sequence parameter set tells.
        r.se("init_qp_minus26", -(26 + 48)..=25)?;
        r.flag("constrained_intra_pred_flag")?;
        r.flag("transform_skip_enabled_flag")?;
        if r.flag("cu_qp_delta_enabled_flag")? {
            r.ue("diff_cu_qp_delta_depth", 3)?;
        }
        r.se("pps_cb_qp_offset", -12..=12)?;
        r.se("pps_cr_qp_offset", -12..=12)?;
        r.flag("pps_slice_chroma_qp_offsets_present_flag")?;
        let weighted_prediction = r.flag("weighted_pred_flag")?;
        let weighted_biprediction = r.flag("weighted_bipred_flag")?;
        r.flag("transquant_bypass_enabled_flag")?;
        Ok(Self {
            id,
            sps_id,
            dependent_slice_segments,
            output_flag_present,
            num_extra_slice_header_bits,
            weighted_prediction,
            weighted_biprediction,
            tiles: r.flag("tiles_enabled_flag")?,
            wavefronts: r.flag("entropy_coding_sync_enabled_flag")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::{BitWriter, Fault};

    #[test]
    fn another_nal_unit_or_one_without_a_sound_header_is_refused() {
        let error = |found| HevcError::UnexpectedNal { expected: "picture parameter set", found };
        assert_eq!(Pps::parse(&[0x42, 1, 1]), Err(error(Some(NalType::Sps))));
        assert_eq!(Pps::parse(&[0x44]), Err(error(None)));
    }

    #[test]
    fn what_slice_segment_headers_need_is_read() {
        let write = |id: u32| {
            let mut w = BitWriter::new();
            w.bits(0x4401, 16).ue(id).ue(15).bits(0b10_101, 5).bits(0b01, 2).ue(14).ue(0).se(-74).bits(0b00, 2);
            w.flag(true).ue(3).se(-12).se(12).bits(0b0101, 4).bits(0b10, 2).trailing_bits();
            Pps::parse(&emulation::insert(&w.into_bytes()))
        };
        let expected = Pps {
            id: 63,
            sps_id: 15,
            dependent_slice_segments: true,
            output_flag_present: false,
            num_extra_slice_header_bits: 5,
            weighted_prediction: true,
            weighted_biprediction: false,
            tiles: true,
            wavefronts: false,
        };
        assert_eq!(write(63), Ok(expected));
        assert!(matches!(write(64), Err(HevcError::Syntax(error)) if error.fault == Fault::OutOfRange(64)));
    }
}
