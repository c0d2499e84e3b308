//! From samples to the byte stream format, for MPEG-TS and for decoders that want start codes.

use bytes::Bytes;
use springhead_core::Rope;

use super::NalError;
use super::annexb::START_CODE;

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

/// The access unit delimiter of a codec.
pub(crate) struct Delimiter {
    /// One that any picture may follow, its header included.
    pub(crate) nal: &'static [u8],
    /// Whether a NAL unit that begins with these two bytes is one. A NAL unit of one byte is given with a zero behind it.
    pub(crate) is: fn([u8; 2]) -> bool,
}

/// The byte stream of a sample whose lengths have four bytes. The NAL units are slices of the sample; only start codes are
/// new. However the rope is cut, it is walked once.
pub(crate) fn of_sample(sample: &Rope, options: ByteStream<'_>, delimiter: &Delimiter) -> Result<Rope, NalError> {
    let mut stream = Rope::new();
    if options.delimiter {
        stream.push(Bytes::from_static(&START_CODE));
        stream.push(Bytes::from_static(delimiter.nal));
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
        let repeated = options.delimiter && (delimiter.is)(cursor.header(length as usize));
        let keep = length > 0 && !repeated;
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
    /// The first two bytes of a NAL unit of that length, which comes next; zeros for what it lacks.
    fn header(&self, length: usize) -> [u8; 2] {
        let mut header = [0; 2];
        let unread =
            self.slices.iter().enumerate().flat_map(|(at, slice)| &slice[if at == 0 { self.used } else { 0 }..]);
        for (to, byte) in header.iter_mut().zip(unread.take(length)) {
            *to = *byte;
        }
        header
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

    /// Of a codec whose delimiters begin with 9.
    const NINE: Delimiter = Delimiter { nal: &[9, 0xf0], is: |header| header[0] == 9 };

    fn rope(slices: &[&'static [u8]]) -> Rope {
        slices.iter().map(|slice| Bytes::from_static(slice)).collect()
    }

    #[test]
    fn a_sample_that_does_not_fall_into_nal_units_is_refused() {
        let beyond = NalError::LengthBeyondEnd { offset: 5, length: 2, available: 1 };
        assert_eq!(of_sample(&rope(&[&[0, 0, 0, 1, 6, 0], &[0, 0, 2, 1]]), PLAIN, &NINE), Err(beyond));
        let truncated = NalError::LengthTruncated { offset: 5, available: 2, length_size: 4 };
        assert_eq!(of_sample(&rope(&[&[0, 0, 0, 1, 6, 0, 0]]), PLAIN, &NINE), Err(truncated));
    }

    #[test]
    fn a_header_that_is_cut_apart_is_read() {
        const PAIR: Delimiter = Delimiter { nal: &[1, 2], is: |header| header == [1, 2] };
        let options = ByteStream { delimiter: true, ..PLAIN };
        let of = |slices: &[&'static [u8]]| of_sample(&rope(slices), options, &PAIR).unwrap().to_bytes();
        assert_eq!(of(&[&[0, 0, 0, 3, 1], &[2], &[7]]), &[0, 0, 0, 1, 1, 2][..], "a delimiter, cut apart");
        assert_eq!(
            of(&[&[0, 0, 0, 1, 1], &[0, 0, 0, 1, 2]]),
            &[0, 0, 0, 1, 1, 2, 0, 0, 0, 1, 1, 0, 0, 0, 1, 2][..],
            "two others"
        );
    }

    #[test]
    fn the_payload_is_shared() {
        let payload = Bytes::from(vec![0, 0, 0, 3, 0x65, 1, 2]);
        let stream = of_sample(&payload.clone().into(), PLAIN, &NINE).unwrap();
        assert_eq!(stream.slices()[1].as_ptr(), payload[4..].as_ptr());
    }
}
