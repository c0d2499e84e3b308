use springhead_core::Rope;

use super::{ByteStream, NalHeader, NalType};
use crate::nal::NalError;
use crate::nal::byte_stream::{Delimiter, of_sample};

/// The delimiter of an access unit that is an intra random access point or a gradual decoding refresh, with
/// `aud_irap_or_gdr_flag` 1. `aud_pic_type` 2 says that any slice type may follow (§7.4.3).
const OF_ACCESS_POINT: Delimiter = Delimiter { nal: &[0x00, 0xa1, 0xa8], is: is_delimiter };

/// That of any other.
const OF_ANOTHER: Delimiter = Delimiter { nal: &[0x00, 0xa1, 0x28], is: is_delimiter };

/// The byte stream (Annex B) of a sample with lengths of four bytes, as [`unit`](super::unit()) gives it.
///
/// The NAL units are slices of the sample; only start codes are new. A delimiter says whether the first picture is a random
/// access point or a gradual decoding refresh, as it has to. Fails when the sample does not fall into NAL units, which a
/// normalised one always does.
///
/// ```
/// use springhead_codec::vvc::{ByteStream, to_annexb};
/// use springhead_core::Rope;
/// let sample = Rope::from(bytes::Bytes::from_static(b"\0\0\0\x03\0\x39\xc4"));
/// let stream = to_annexb(&sample, ByteStream { delimiter: true, ..ByteStream::default() })?;
/// assert_eq!(stream.to_bytes(), &b"\0\0\0\x01\0\xa1\xa8\0\0\0\x01\0\x39\xc4"[..]);
/// # Ok::<(), springhead_codec::nal::NalError>(())
/// ```
pub fn to_annexb(sample: &Rope, options: ByteStream<'_>) -> Result<Rope, NalError> {
    let access_point = options.delimiter && first_slice(sample).is_some_and(NalType::is_irap_or_gdr);
    of_sample(sample, options, if access_point { &OF_ACCESS_POINT } else { &OF_ANOTHER })
}

fn is_delimiter(header: [u8; 2]) -> bool {
    NalHeader::of(&header).is_some_and(|header| header.nal_type == NalType::AccessUnitDelimiter)
}

/// The type of the first slice, before which only short NAL units stand.
fn first_slice(sample: &Rope) -> Option<NalType> {
    let mut bytes = sample.slices().iter().flat_map(|slice| slice.iter().copied());
    loop {
        let mut length = 0usize;
        for _ in 0..4 {
            length = length << 8 | usize::from(bytes.next()?);
        }
        let mut header = [0; NalHeader::LEN];
        for (at, byte) in header.iter_mut().enumerate() {
            if at < length {
                *byte = bytes.next()?;
            }
        }
        let nal_type = NalType::of(header[1] >> 3);
        if length >= NalHeader::LEN && nal_type.is_vcl() {
            return Some(nal_type);
        }
        if let Some(rest) = length.checked_sub(NalHeader::LEN + 1) {
            bytes.nth(rest)?;
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    const DELIMITED: ByteStream<'_> = ByteStream { delimiter: true, parameter_sets: &[] };

    fn stream(slices: &[&'static [u8]]) -> Result<Vec<u8>, NalError> {
        let sample = slices.iter().map(|slice| Bytes::from_static(slice)).collect();
        to_annexb(&sample, DELIMITED).map(|stream| stream.to_bytes().to_vec())
    }

    #[test]
    fn a_sample_that_does_not_fall_into_nal_units_is_refused() {
        let beyond = NalError::LengthBeyondEnd { offset: 0, length: u32::MAX, available: 2 };
        assert_eq!(stream(&[&[0xff, 0xff, 0xff, 0xff, 0, 0xb9]]), Err(beyond));
        let truncated = NalError::LengthTruncated { offset: 0, available: 3, length_size: 4 };
        assert_eq!(stream(&[&[0, 0, 0]]), Err(truncated));
    }

    #[test]
    fn the_delimiter_says_whether_the_first_slice_is_an_access_point_wherever_the_sample_is_cut() {
        // A message, an empty unit, one of one byte, an old delimiter, a CRA slice.
        let sample: &[&[u8]] =
            &[&[0, 0, 0, 4, 0, 0xb9, 1], &[2, 0, 0, 0, 0, 0, 0, 0, 1, 9, 0, 0, 0, 3, 0, 0xa1], &[0x28]];
        let slice: &[&[u8]] = &[&[0, 0, 0], &[3, 0], &[0x49, 0xc0]];
        let expected =
            [&[0, 0, 0, 1, 0, 0xa1, 0xa8, 0, 0, 0, 1, 0, 0xb9, 1, 2, 0, 0, 0, 1, 9][..], &[0, 0, 0, 1, 0, 0x49, 0xc0]];
        assert_eq!(stream(&[sample, slice].concat()).unwrap(), expected.concat());
        assert_eq!(stream(&[&[0, 0, 0, 3, 0, 0x01, 0x80]]).unwrap()[..7], [0, 0, 0, 1, 0, 0xa1, 0x28]);
    }
}
