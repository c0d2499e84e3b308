//! Frames in the form of the family: a sample of `vp08`.

use bytes::Bytes;
use springhead_core::Limits;

use super::FrameHeader;
use super::header::KEY_FRAME_START;
use crate::vpx::VpxError;
use crate::{Sap, Unit};

/// Normalises one frame. A sample of `vp08` is what the encoder gave, so that the payload is the input itself.
///
/// A key frame is an access point of type 1. What other frames leave behind is coded in their first partition, which is not
/// decoded here, so that no unit counts as disposable. `configuration` has the start of a key frame, which says the size.
///
/// An empty payload has no picture: encoders send one for a picture that they leave out. On an error the frame is damaged and
/// is dropped.
///
/// ```
/// use bytes::Bytes;
/// use springhead_codec::{Sap, vp8};
/// use springhead_core::Limits;
/// let key = Bytes::from_static(b"\x30\0\0\x9d\x01\x2a\x40\0\x40\0\x02\xff");
/// let unit = vp8::unit(&key, &Limits::default())?;
/// assert_eq!((unit.sap, unit.configuration), (Some(Sap::Type1), vec![key.slice(..11)]));
/// # Ok::<(), springhead_codec::vpx::VpxError>(())
/// ```
pub fn unit(payload: &Bytes, limits: &Limits) -> Result<Unit, VpxError> {
    if payload.len() > limits.unit_bytes {
        return Err(VpxError::TooLong { bytes: payload.len(), limit: limits.unit_bytes });
    }
    if payload.is_empty() {
        return Ok(Unit::default());
    }
    let header = FrameHeader::parse(payload)?;
    header.check_partition(payload)?;
    let mut unit = Unit { payload: payload.clone().into(), has_picture: true, new_picture: true, ..Unit::default() };
    if header.key_frame.is_some() {
        unit.sap = Some(Sap::Type1);
        unit.configuration.push(payload.slice(..KEY_FRAME_START));
    }
    Ok(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(payload: &'static [u8]) -> Result<Unit, VpxError> {
        unit(&Bytes::from_static(payload), &Limits { unit_bytes: 16, ..Limits::default() })
    }

    #[test]
    fn a_damaged_frame_is_refused() {
        assert!(matches!(of(b"\x10\x02\0\x9d\x01\x2b\x40\0\x40\0\x02"), Err(VpxError::Syntax(_))));
        let beyond = VpxError::Partition { size: 16, available: 1 };
        assert_eq!(of(b"\x10\x02\0\x9d\x01\x2a\x40\0\x40\0\x02"), Err(beyond));
        assert_eq!(of(b"\x31\0\0"), Err(VpxError::Partition { size: 1, available: 0 }));
        assert_eq!(of(&[0x11; 17]), Err(VpxError::TooLong { bytes: 17, limit: 16 }));
    }

    #[test]
    fn only_key_frames_are_access_points_and_say_a_configuration() {
        let key = of(b"\x30\0\0\x9d\x01\x2a\x40\0\x40\0\x02").unwrap();
        assert_eq!((key.sap, key.configuration.len(), key.payload.len()), (Some(Sap::Type1), 1, 11));
        let inter = of(b"\x31\0\0\x07\x08").unwrap();
        assert_eq!((inter.sap, inter.configuration.len(), inter.has_picture), (None, 0, true));
        assert_eq!(of(b""), Ok(Unit::default()));
    }
}
