//! From samples to the byte stream format, for MPEG-TS and for decoders that want start codes.

use bytes::Bytes;
use springhead_core::Rope;

use super::NalType;
use crate::nal::NalError;
use crate::nal::annexb::START_CODE;

/// What a byte stream carries beyond the NAL units of the sample. The default adds nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ByteStream<'a> {
    /// Put an access unit delimiter first, as ISO/IEC 13818-1 §2.14.1 demands of MPEG-TS. One that the sample has is dropped
    /// then.
    pub delimiter: bool,
    /// Parameter sets that are put before everything but the delimiter, NAL unit headers included; for random access
    /// points.
    pub parameter_sets: &'a [Bytes],
}

/// An access unit delimiter with its start code; `primary_pic_type` 7 says that any slice type may follow (§7.4.2.4).
const DELIMITER: [u8; 6] = [0, 0, 0, 1, 0x09, 0xf0];

/// The byte stream (ITU-T H.264 Annex B) of a sample with lengths of four bytes, as [`unit`](super::unit) gives it.
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
    let mut stream = Rope::new();
    if options.delimiter {
        stream.push(Bytes::from_static(&DELIMITER));
    }
    for set in options.parameter_sets {
        stream.push(Bytes::from_static(&START_CODE));
        stream.push(set.clone());
    }
    let mut cursor = Cursor { slices: sample.slices(), used: 0, offset: 0, left: sample.len() };
    while cursor.left > 0 {
        let offset = cursor.offset;
        let length = cursor.length()?;
        if length as usize > cursor.left {
            return Err(NalError::LengthBeyondEnd { offset, length, available: cursor.left });
        }
        let delimiter = cursor.peek().is_some_and(|header| NalType::of(header) == NalType::AccessUnitDelimiter);
        let keep = length > 0 && !(options.delimiter && delimiter);
        if keep {
            stream.push(Bytes::from_static(&START_CODE));
        }
        cursor.take(length as usize, |slice| {
            if keep {
                stream.push(slice);
            }
        });
    }
    Ok(stream)
}

/// A position in the slices of a rope, so that walking it takes one pass however it is cut.
struct Cursor<'a> {
    slices: &'a [Bytes],
    /// How much of the first slice is behind.
    used: usize,
    offset: usize,
    left: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<u8> {
        self.slices.first().map(|slice| slice[self.used])
    }

    /// Gives the next `count` bytes, of which there are as many.
    fn take(&mut self, mut count: usize, mut give: impl FnMut(Bytes)) {
        self.offset += count;
        self.left -= count;
        while count > 0 {
            let slice = &self.slices[0];
            let end = slice.len().min(self.used + count);
            give(slice.slice(self.used..end));
            count -= end - self.used;
            self.used = end;
            if end == slice.len() {
                self.slices = &self.slices[1..];
                self.used = 0;
            }
        }
    }

    /// The length field that comes next.
    fn length(&mut self) -> Result<u32, NalError> {
        if self.left < 4 {
            return Err(NalError::LengthTruncated { offset: self.offset, available: self.left, length_size: 4 });
        }
        let mut length = 0;
        self.take(4, |slice| length = slice.iter().fold(length, |length, &byte| (length << 8) | u32::from(byte)));
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: ByteStream<'_> = ByteStream { delimiter: false, parameter_sets: &[] };

    fn rope(slices: &[&'static [u8]]) -> Rope {
        slices.iter().map(|slice| Bytes::from_static(slice)).collect()
    }

    #[test]
    fn a_sample_that_does_not_fall_into_nal_units_is_refused() {
        let beyond = NalError::LengthBeyondEnd { offset: 5, length: 2, available: 1 };
        assert_eq!(to_annexb(&rope(&[&[0, 0, 0, 1, 6, 0], &[0, 0, 2, 1]]), PLAIN), Err(beyond));
        let truncated = NalError::LengthTruncated { offset: 5, available: 2, length_size: 4 };
        assert_eq!(to_annexb(&rope(&[&[0, 0, 0, 1, 6, 0, 0]]), PLAIN), Err(truncated));
    }

    #[test]
    fn the_delimiter_comes_first_and_once_then_the_parameter_sets() {
        let sample = rope(&[&[0, 0, 0, 2, 9, 0x30, 0, 0], &[0, 0, 0, 0, 0, 2, 0x65, 1]]);
        let sets = [Bytes::from_static(&[0x67, 1]), Bytes::from_static(&[0x68, 2])];
        let stream = to_annexb(&sample, ByteStream { delimiter: true, parameter_sets: &sets }).unwrap();
        let expected = [0, 0, 0, 1, 9, 0xf0, 0, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x68, 2, 0, 0, 0, 1, 0x65, 1];
        assert_eq!(stream.to_bytes(), &expected[..]);
        assert_eq!(to_annexb(&sample, PLAIN).unwrap().to_bytes(), &[0, 0, 0, 1, 9, 0x30, 0, 0, 0, 1, 0x65, 1][..]);
    }

    #[test]
    fn the_payload_is_shared() {
        let payload = Bytes::from(vec![0, 0, 0, 3, 0x65, 1, 2]);
        let stream = to_annexb(&payload.clone().into(), PLAIN).unwrap();
        assert_eq!(stream.slices()[1].as_ptr(), payload[4..].as_ptr());
    }
}
