//! Picture parameter sets: §7.3.2.5.

use super::sps::MAX_SIDE;
use super::{NalType, VvcError, expect};
use crate::bits::BitReader;
use crate::nal::emulation;

/// `pic_parameter_set_rbsp()`, as far as carriage needs it.
///
/// Reading ends after the size: what follows depends on the sequence parameter set, which may arrive later.
///
/// ```
/// use springhead_codec::vvc::Pps;
/// let pps = Pps::parse(&[0x00, 0x81, 0x00, 0x00, 0x41, 0x02, 0x08, 0x89, 0x07, 0xd0, 0x40])?;
/// assert_eq!((pps.id, pps.sps_id, pps.width, pps.height), (0, 0, 64, 64));
/// # Ok::<(), springhead_codec::vvc::VvcError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Pps {
    /// `pps_pic_parameter_set_id`, 0 to 63.
    pub id: u8,
    /// `pps_seq_parameter_set_id` of the sequence parameter set that it belongs to, 0 to 15.
    pub sps_id: u8,
    /// `pps_mixed_nalu_types_in_pic_flag`: slices of one picture have different types.
    pub mixed_nal_types: bool,
    /// `pps_pic_width_in_luma_samples`, as coded.
    pub width: u32,
    /// `pps_pic_height_in_luma_samples`, as coded.
    pub height: u32,
}

impl Pps {
    /// Reads a NAL unit of type 16, header included.
    pub fn parse(nal: &[u8]) -> Result<Self, VvcError> {
        let rbsp = emulation::remove(expect(nal, NalType::Pps, "picture parameter set")?);
        let r = &mut BitReader::new("pic_parameter_set_rbsp", &rbsp);
        Ok(Self {
            id: r.bits8("pps_pic_parameter_set_id", 6)?,
            sps_id: r.bits8("pps_seq_parameter_set_id", 4)?,
            mixed_nal_types: r.flag("pps_mixed_nalu_types_in_pic_flag")?,
            width: r.ue("pps_pic_width_in_luma_samples", MAX_SIDE)?,
            height: r.ue("pps_pic_height_in_luma_samples", MAX_SIDE)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::{BitWriter, Fault};

    #[test]
    fn a_set_cut_short_and_one_of_absurd_size_are_refused() {
        let fault = |nal: &[u8]| match Pps::parse(nal) {
            Err(VvcError::Syntax(error)) => (error.field, error.fault),
            other => panic!("{other:?}"),
        };
        assert_eq!(fault(&[0x00, 0x81, 0x00, 0x00]), ("pps_pic_width_in_luma_samples", Fault::Truncated));
        let mut w = BitWriter::new();
        w.bits(0x0081, 16).bits(0, 11).ue(65_536).ue(64).trailing_bits();
        let absurd = emulation::insert(&w.into_bytes());
        assert_eq!(fault(&absurd), ("pps_pic_width_in_luma_samples", Fault::OutOfRange(65_536)));
    }
}
