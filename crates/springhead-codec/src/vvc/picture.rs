//! Where a picture begins: §7.3.2.8, §7.3.7.

use super::{NalHeader, NalType, VvcError};
use crate::bits::BitReader;
use crate::nal::emulation;

/// The beginning of a picture header, which every picture has once: in a NAL unit of its own, or in its only slice. It can
/// be read without any parameter set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct PictureStart {
    /// `ph_gdr_or_irap_pic_flag`: the picture is an intra random access point or a gradual decoding refresh.
    pub gdr_or_irap: bool,
    /// `ph_non_ref_pic_flag`: no other picture refers to this one.
    pub non_reference: bool,
}

/// More than the bits that are read can take, with an emulation prevention byte.
const START_BYTES: usize = 4;

impl PictureStart {
    /// Reads it from a picture header or a slice, NAL unit header included; none when the slice leaves the picture header to
    /// a NAL unit of its own (`sh_picture_header_in_slice_header_flag` 0).
    ///
    /// ```
    /// use springhead_codec::vvc::PictureStart;
    /// let slice = [0x00, 0x39, 0xc4, 0x05]; // IDR_W_RADL
    /// assert!(PictureStart::parse(&slice)?.is_some_and(|start| start.gdr_or_irap && !start.non_reference));
    /// # Ok::<(), springhead_codec::vvc::VvcError>(())
    /// ```
    pub fn parse(nal: &[u8]) -> Result<Option<Self>, VvcError> {
        let nal_type = NalHeader::of(nal).map(|header| header.nal_type);
        let is_slice = nal_type.is_some_and(NalType::is_vcl);
        if !is_slice && nal_type != Some(NalType::PictureHeader) {
            return Err(VvcError::UnexpectedNal { expected: "picture header or slice", found: nal_type });
        }
        let payload = &nal[NalHeader::LEN..nal.len().min(NalHeader::LEN + START_BYTES)];
        let rbsp = emulation::remove(payload);
        let r = &mut BitReader::new("picture_header_structure", &rbsp);
        if is_slice && !r.flag("sh_picture_header_in_slice_header_flag")? {
            return Ok(None);
        }
        Ok(Some(Self {
            gdr_or_irap: r.flag("ph_gdr_or_irap_pic_flag")?,
            non_reference: r.flag("ph_non_ref_pic_flag")?,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::Fault;

    #[test]
    fn what_is_neither_header_nor_slice_or_is_empty_is_refused() {
        let unexpected = |found| VvcError::UnexpectedNal { expected: "picture header or slice", found };
        assert_eq!(PictureStart::parse(&[0]), Err(unexpected(None)));
        assert_eq!(PictureStart::parse(&[0, 0x79, 0x80]), Err(unexpected(Some(NalType::Sps))));
        let empty = PictureStart::parse(&[0, 0x01]);
        assert!(matches!(empty, Err(VvcError::Syntax(error)) if error.fault == Fault::Truncated), "{empty:?}");
    }

    #[test]
    fn a_slice_has_the_header_or_leaves_it_to_another_unit() {
        let start = |gdr_or_irap, non_reference| Some(PictureStart { gdr_or_irap, non_reference });
        assert_eq!(PictureStart::parse(&[0, 0x01, 0x7f]), Ok(None));
        assert_eq!(PictureStart::parse(&[0, 0x01, 0xbf]), Ok(start(false, true)));
        assert_eq!(PictureStart::parse(&[0, 0x01, 0xdf]), Ok(start(true, false)));
        assert_eq!(PictureStart::parse(&[0, 0x99, 0x40]), Ok(start(false, true)));
    }
}
