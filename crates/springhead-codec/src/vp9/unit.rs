//! Frames and superframes in the form of the family: a sample of `vp09`.

use bytes::Bytes;
use springhead_core::Limits;

use super::{FrameHeader, frames};
use crate::vpx::VpxError;
use crate::{Sap, Unit};

/// Normalises one frame or superframe. A sample of `vp09` is what the encoder gave, with its index (Binding, "Video
/// Samples"), so that the payload is the input itself.
///
/// A unit whose first frame is a key frame is an access point of type 1: whatever follows refers to it or to what comes
/// after it. An intra-only frame is none, because it leaves earlier frames in use. A unit is disposable when none of its
/// frames is kept for later ones, neither as a picture (`refresh_frame_flags` 0) nor by its probabilities
/// (`refresh_frame_context` 0).
///
/// `configuration` has the start of the uncompressed header of a key frame at the beginning of the unit, which says format
/// and size. Of a superframe with several spatial layers that is the lowest layer.
///
/// On an error the unit is damaged as a whole and is dropped.
///
/// ```
/// use bytes::Bytes;
/// use springhead_codec::{Sap, vp9};
/// use springhead_core::Limits;
/// let key = Bytes::from_static(b"\x82\x49\x83\x42\0\x03\xf0\x03\xf6\x06\x38\x24\x1c\x18\x4a\0");
/// let unit = vp9::unit(&key, &Limits::default())?;
/// assert_eq!((unit.sap, unit.configuration), (Some(Sap::Type1), vec![key.slice(..9)]));
/// # Ok::<(), springhead_codec::vpx::VpxError>(())
/// ```
pub fn unit(payload: &Bytes, limits: &Limits) -> Result<Unit, VpxError> {
    if payload.len() > limits.unit_bytes {
        return Err(VpxError::TooLong { bytes: payload.len(), limit: limits.unit_bytes });
    }
    let mut unit = Unit { payload: payload.clone().into(), ..Unit::default() };
    let mut referred_to = false;
    for range in frames(payload)? {
        let header = FrameHeader::parse(&payload[range.clone()])?;
        if !unit.has_picture
            && let Some(key) = header.key_frame
        {
            unit.sap = Some(Sap::Type1);
            unit.configuration.push(payload.slice(range.start..range.start + key.length));
        }
        unit.has_picture = true;
        referred_to |= header.refresh_frame_flags != 0 || header.refresh_frame_context;
    }
    unit.new_picture = unit.has_picture;
    unit.disposable = unit.has_picture && !referred_to;
    Ok(unit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{self, vpx::SUPERFRAME, vpx::VP9};

    const SHOW_EXISTING: &[u8] = &[0b1000_1101];

    /// An error resilient inter frame of the size of a reference, which takes the place of those frames.
    fn inter(refresh: u8) -> Vec<u8> {
        vec![0b1000_0111, refresh, 0, 0b0000_1001, 0]
    }

    fn superframe(frames: &[&[u8]]) -> Bytes {
        let marker = 0xc0 | (frames.len() - 1) as u8;
        let index = [&[marker][..], &frames.iter().map(|frame| frame.len() as u8).collect::<Vec<_>>(), &[marker]];
        [frames.concat(), index.concat()].concat().into()
    }

    fn normalised(payload: &[u8]) -> Unit {
        unit(&Bytes::copy_from_slice(payload), &Limits::default()).unwrap()
    }

    #[test]
    fn a_damaged_unit_is_refused_as_a_whole() {
        let of = |payload: Bytes| unit(&payload, &Limits { unit_bytes: 20, ..Limits::default() });
        assert!(matches!(of(superframe(&[&inter(1), &[0x42]])), Err(VpxError::Syntax(error)) if error.bit == 2));
        assert!(matches!(of(vec![0x82, 0xc0, 9, 0xc0].into()), Err(VpxError::Superframe { sum: 9, available: 1 })));
        assert_eq!(of(vec![0x82; 21].into()), Err(VpxError::TooLong { bytes: 21, limit: 20 }));
    }

    #[test]
    fn an_empty_unit_has_no_picture() {
        assert_eq!(normalised(&[]), Unit::default());
    }

    #[test]
    fn only_a_unit_that_begins_with_a_key_frame_is_an_access_point() {
        let key = fixtures::bytes(VP9[0].key_frame);
        for payload in [key.clone().into(), superframe(&[&key, &inter(1)])] {
            let unit = unit(&payload, &Limits::default()).unwrap();
            assert_eq!((unit.sap, unit.disposable), (Some(Sap::Type1), false));
            assert_eq!((unit.configuration.len(), &unit.configuration[0][..]), (1, &key[..9]));
            assert_eq!(unit.payload.slices()[0].as_ptr(), payload.as_ptr(), "the input itself");
        }
        let later = normalised(&superframe(&[&inter(1), &key]));
        assert_eq!((later.sap, later.configuration.len()), (None, 0));
        // intra_only, reset_frame_context, the sync code, refresh_frame_flags, size
        let intra_only = [0b1000_0101, 0xa4, 0xc1, 0xa1, 0, 0x80, 0, 0, 0, 0, 0, 0];
        let unit = normalised(&intra_only);
        assert_eq!((unit.sap, unit.has_picture), (None, true));
    }

    #[test]
    fn a_superframe_of_an_encoder_falls_into_the_frames_that_ffmpeg_traces() {
        let ranges = frames(SUPERFRAME).unwrap();
        assert_eq!(ranges, [0..239, 239..264]);
        let headers = ranges.into_iter().map(|range| FrameHeader::parse(&SUPERFRAME[range]).unwrap());
        let seen: Vec<_> = headers
            .map(|header| (header.show_frame, header.refresh_frame_flags, header.refresh_frame_context))
            .collect();
        // `-bsf:v vp9_superframe_split,trace_headers`
        assert_eq!(seen, [(false, 4, true), (true, 1, true)]);
        let unit = normalised(SUPERFRAME);
        assert_eq!((unit.sap, unit.has_picture, unit.disposable), (None, true, false));
    }

    #[test]
    fn a_unit_that_leaves_nothing_behind_is_disposable() {
        assert!(normalised(&inter(0)).disposable && normalised(SHOW_EXISTING).disposable);
        assert!(!normalised(&inter(0x10)).disposable);
        assert!(!normalised(&superframe(&[&inter(0x10), &inter(0)])).disposable);
    }
}
