use springhead_core::Rope;

use super::NalType;
use crate::nal::NalError;
use crate::nal::byte_stream::{self, ByteStream, Delimiter};

/// The access unit delimiter, header included. `pic_type` 2 says that any slice type may follow (§7.4.3.5).
pub const DELIMITER: &[u8] = &[0x46, 0x01, 0x50];

const OF_SAMPLES: Delimiter =
    Delimiter { nal: DELIMITER, is: |header| NalType::of(header[0]) == NalType::AccessUnitDelimiter };

/// The byte stream (ITU-T H.265 Annex B) of a sample with lengths of four bytes, as [`unit`](super::unit()) gives it.
///
/// The NAL units are slices of the sample; only start codes are new. Fails when the sample does not fall into NAL units,
/// which a normalised one always does.
///
/// ```
/// use springhead_codec::hevc::{ByteStream, to_annexb};
/// use springhead_core::Rope;
/// let sample = Rope::from(bytes::Bytes::from_static(b"\0\0\0\x03\x28\x01\xac"));
/// let stream = to_annexb(&sample, ByteStream { delimiter: true, ..ByteStream::default() })?;
/// assert_eq!(stream.to_bytes(), &b"\0\0\0\x01\x46\x01\x50\0\0\0\x01\x28\x01\xac"[..]);
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
        let slices: [&[u8]; 2] = [&[0, 0, 0, 3, 0x46], &[1, 0x10, 0, 0, 0, 3, 0x28, 1, 9]];
        let sample: Rope = slices.map(Bytes::from_static).into_iter().collect();
        let sets = [Bytes::from_static(&[0x40, 1]), Bytes::from_static(&[0x42, 1])];
        let stream = to_annexb(&sample, ByteStream { delimiter: true, parameter_sets: &sets }).unwrap();
        let expected = b"\0\0\0\x01\x46\x01\x50\0\0\0\x01\x40\x01\0\0\0\x01\x42\x01\0\0\0\x01\x28\x01\x09";
        assert_eq!(stream.to_bytes(), &expected[..]);
        let plain = to_annexb(&sample, ByteStream::default()).unwrap();
        assert_eq!(plain.to_bytes(), &b"\0\0\0\x01\x46\x01\x10\0\0\0\x01\x28\x01\x09"[..]);
    }
}
