//! Video parameter sets: §7.3.2.3.

use super::{NalType, VvcError, expect};
use crate::bits::BitReader;
use crate::nal::emulation;

/// `video_parameter_set_rbsp()`, as far as carriage needs it. A stream of one layer has none, or one that says so.
///
/// ```
/// use springhead_codec::vvc::Vps;
/// let vps = Vps::parse(&[0x00, 0x71, 0x10, 0x28])?;
/// assert_eq!((vps.id, vps.layers, vps.sublayers), (1, 1, 6));
/// # Ok::<(), springhead_codec::vvc::VvcError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Vps {
    /// `vps_video_parameter_set_id`, 1 to 15.
    pub id: u8,
    /// `vps_max_layers_minus1` + 1, 1 to 64.
    pub layers: u8,
    /// `vps_max_sublayers_minus1` + 1, 1 to 7.
    pub sublayers: u8,
}

impl Vps {
    /// Reads a NAL unit of type 14, header included.
    pub fn parse(nal: &[u8]) -> Result<Self, VvcError> {
        let rbsp = emulation::remove(expect(nal, NalType::Vps, "video parameter set")?);
        let r = &mut BitReader::new("video_parameter_set_rbsp", &rbsp);
        let id = r.bits8("vps_video_parameter_set_id", 4)?;
        if id == 0 {
            return Err(r.out_of_range("vps_video_parameter_set_id", id).into());
        }
        let layers = r.bits8("vps_max_layers_minus1", 6)? + 1;
        let sublayers = r.bits8("vps_max_sublayers_minus1", 3)? + 1;
        if sublayers > super::sps::MAX_SUBLAYERS {
            return Err(r.out_of_range("vps_max_sublayers_minus1", sublayers - 1).into());
        }
        Ok(Self { id, layers, sublayers })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::Fault;

    #[test]
    fn another_nal_unit_and_values_out_of_range_are_refused() {
        let unexpected = VvcError::UnexpectedNal { expected: "video parameter set", found: Some(NalType::Sps) };
        assert_eq!(Vps::parse(&[0x00, 0x79, 0x10, 0x0a]), Err(unexpected));
        let fault = |nal: &[u8]| match Vps::parse(nal) {
            Err(VvcError::Syntax(error)) => (error.field, error.fault),
            other => panic!("{other:?}"),
        };
        assert_eq!(fault(&[0x00, 0x71, 0x00, 0x0a]), ("vps_video_parameter_set_id", Fault::OutOfRange(0)));
        assert_eq!(fault(&[0x00, 0x71, 0x10, 0x38]), ("vps_max_sublayers_minus1", Fault::OutOfRange(7)));
        assert_eq!(fault(&[0x00, 0x71, 0x10]), ("vps_max_layers_minus1", Fault::Truncated));
    }
}
