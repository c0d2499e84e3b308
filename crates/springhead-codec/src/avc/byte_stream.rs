use springhead_core::Rope;

use super::NalType;
use crate::nal::NalError;
use crate::nal::byte_stream::{self, ByteStream, Delimiter};

/// The access unit delimiter, header included. `primary_pic_type` 7 says that any slice type may follow (§7.4.2.4).
pub const DELIMITER: &[u8] = &[0x09, 0xf0];

const OF_SAMPLES: Delimiter =
    Delimiter { nal: DELIMITER, is: |header| NalType::of(header[0]) == NalType::AccessUnitDelimiter };

/// The byte stream (ITU-T H.264 Annex B) of a sample with lengths of four bytes, as [`unit`](super::unit()) gives it.
///
/// The NAL units are slices of the sample; only start codes are new. Fails when the sample does not fall into NAL units,
/// which a normalised one always does.
///
/// ```
/// use springhead_codec::avc::{ByteStream, to_annexb};
/// use springhead_core::Rope;
/// let sample = Rope::from(bytes::Bytes::from_static(b"\0\0\0\x02\x65\x88"));
/// let stream = to_annexb(&sample, ByteStream { delimiter: true, ..ByteStream::default() })?;
/// assert_eq!(stream.to_bytes(), &b"\0\0\0\x01\x09\xf0\0\0\0\x01\x65\x88"[..]);
/// # Ok::<(), springhead_codec::nal::NalError>(())
/// ```
pub fn to_annexb(sample: &Rope, options: ByteStream<'_>) -> Result<Rope, NalError> {
    byte_stream::of_sample(sample, options, &OF_SAMPLES)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn the_delimiter_comes_first_and_once_then_the_parameter_sets() {
        let slices: [&[u8]; 2] = [&[0, 0, 0, 2, 9, 0x30, 0, 0], &[0, 0, 0, 0, 0, 2, 0x65, 1]];
        let sample: Rope = slices.map(Bytes::from_static).into_iter().collect();
        let sets = [Bytes::from_static(&[0x67, 1]), Bytes::from_static(&[0x68, 2])];
        let stream = to_annexb(&sample, ByteStream { delimiter: true, parameter_sets: &sets }).unwrap();
        let expected = [0, 0, 0, 1, 9, 0xf0, 0, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x68, 2, 0, 0, 0, 1, 0x65, 1];
        assert_eq!(stream.to_bytes(), &expected[..]);
        let plain = to_annexb(&sample, ByteStream::default()).unwrap();
        assert_eq!(plain.to_bytes(), &[0, 0, 0, 1, 9, 0x30, 0, 0, 0, 1, 0x65, 1][..]);
    }
}
