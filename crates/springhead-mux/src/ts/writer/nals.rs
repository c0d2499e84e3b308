//! Samples with lengths into byte streams with start codes, and what comes before them: ISO/IEC 13818-1 §2.14, §2.17 and
//! §2.23 want an access unit delimiter first, and exactly one.

use bytes::Bytes;
use springhead_codec::nal::NalError;
use springhead_codec::nal::annexb::START_CODE;
use springhead_codec::{avc, hevc, vvc};
use springhead_core::Rope;

use super::packets::PesPackets;

/// Whose NAL units.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Syntax {
    Avc,
    Hevc,
    Vvc,
}

impl Syntax {
    /// `nal_unit_type`, from the header's two bytes; one is missing of a NAL unit of one byte.
    fn kind(self, header: [u8; 2]) -> u8 {
        match self {
            Self::Avc => header[0] & 0x1f,
            Self::Hevc => header[0] >> 1 & 0x3f,
            Self::Vvc => header[1] >> 3,
        }
    }

    fn is_delimiter(self, kind: u8) -> bool {
        kind == match self {
            Self::Avc => 9,
            Self::Hevc => 35,
            Self::Vvc => 20,
        }
    }

    /// A delimiter, behind which slices of any type may follow. That of H.266 says of what kind and sublayer the picture is,
    /// by the header of its first slice.
    fn delimiter(self, first_slice: Option<[u8; 2]>) -> &'static [u8] {
        match self {
            Self::Avc => avc::DELIMITER,
            Self::Hevc => hevc::DELIMITER,
            Self::Vvc => vvc::delimiter(first_slice.and_then(|header| vvc::NalHeader::of(&header))),
        }
    }

    /// Whether the delimiter depends on a NAL unit of that type: a slice of H.266.
    fn tells(self, kind: u8) -> bool {
        self == Self::Vvc && kind < 12
    }
}

/// A sample that has been walked through, so that its length as a byte stream is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct ByteStream<'a> {
    syntax: Syntax,
    sample: &'a Rope,
    delimiter: &'static [u8],
    /// Parameter sets with their start codes.
    sets: &'a [u8],
    bytes: usize,
}

impl<'a> ByteStream<'a> {
    pub(super) fn new(syntax: Syntax, sample: &'a Rope, sets: &'a [u8]) -> Result<Self, NalError> {
        let mut first_slice = None;
        let mut bytes = START_CODE.len() + sets.len();
        for nal in Nals::new(syntax, sample) {
            let nal = nal?;
            if syntax.tells(nal.kind) {
                first_slice = first_slice.or(Some(nal.header));
            }
            bytes += START_CODE.len() + nal.bytes;
        }
        let delimiter = syntax.delimiter(first_slice);
        Ok(Self { syntax, sample, delimiter, sets, bytes: bytes + delimiter.len() })
    }

    pub(super) fn len(&self) -> usize {
        self.bytes
    }

    pub(super) fn push_to(&self, packets: &mut PesPackets<'_>) {
        packets.push(&START_CODE);
        packets.push(self.delimiter);
        packets.push(self.sets);
        for nal in Nals::new(self.syntax, self.sample).map_while(Result::ok) {
            packets.push(&START_CODE);
            nal.start.each(nal.bytes, |slice| packets.push(slice));
        }
    }
}

/// Joins NAL units with their start codes.
pub(super) fn joined(units: &[Bytes]) -> Bytes {
    units.iter().flat_map(|unit| [&START_CODE[..], unit]).collect::<Vec<_>>().concat().into()
}

/// A NAL unit that is kept: no delimiter, not empty, and without zeros at its end, which belong to no NAL unit.
struct Nal<'a> {
    start: Cursor<'a>,
    bytes: usize,
    header: [u8; 2],
    kind: u8,
}

/// The NAL units of a sample that are kept.
struct Nals<'a> {
    syntax: Syntax,
    cursor: Cursor<'a>,
}

impl<'a> Nals<'a> {
    fn new(syntax: Syntax, sample: &'a Rope) -> Self {
        Self { syntax, cursor: Cursor { slices: sample.slices(), used: 0, offset: 0, left: sample.len() } }
    }

    fn read(&mut self) -> Result<Option<Nal<'a>>, NalError> {
        while self.cursor.left > 0 {
            let offset = self.cursor.offset;
            let available = self.cursor.left;
            let Some(length) = self.cursor.number() else {
                return Err(NalError::LengthTruncated { offset, available, length_size: 4 });
            };
            let (start, whole) = (self.cursor, length as usize);
            if whole > start.left {
                return Err(NalError::LengthBeyondEnd { offset, length, available: start.left });
            }
            self.cursor.pass(whole);
            let bytes = start.trimmed(whole);
            if bytes == 0 {
                continue;
            }
            let header = [start.byte(0), if bytes > 1 { start.byte(1) } else { 0 }];
            let kind = self.syntax.kind(header);
            if !self.syntax.is_delimiter(kind) {
                return Ok(Some(Nal { start, bytes, header, kind }));
            }
        }
        Ok(None)
    }
}

impl<'a> Iterator for Nals<'a> {
    type Item = Result<Nal<'a>, NalError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read().transpose()
    }
}

/// A position in the slices of a rope.
#[derive(Clone, Copy)]
struct Cursor<'a> {
    slices: &'a [Bytes],
    /// How much of the first slice is behind.
    used: usize,
    offset: usize,
    left: usize,
}

impl<'a> Cursor<'a> {
    /// Goes on by `count` bytes, of which there are as many.
    fn pass(&mut self, count: usize) {
        self.offset += count;
        self.left -= count;
        self.used += count;
        while let Some((first, rest)) = self.slices.split_first()
            && self.used >= first.len()
        {
            self.used -= first.len();
            self.slices = rest;
        }
    }

    /// The byte that is `ahead` of here, which is there.
    fn byte(&self, ahead: usize) -> u8 {
        let mut at = self.used + ahead;
        for slice in self.slices {
            match slice.get(at) {
                Some(&byte) => return byte,
                None => at -= slice.len(),
            }
        }
        0
    }

    /// How many of the next `count` bytes are left without the zeros at their end.
    fn trimmed(&self, count: usize) -> usize {
        if count == 0 || self.byte(count - 1) != 0 {
            return count;
        }
        let (mut passed, mut kept) = (0, 0);
        self.each(count, |slice| {
            if let Some(last) = slice.iter().rposition(|&byte| byte != 0) {
                kept = passed + last + 1;
            }
            passed += slice.len();
        });
        kept
    }

    /// Four bytes, which are passed; none when fewer are left.
    fn number(&mut self) -> Option<u32> {
        if self.left < 4 {
            return None;
        }
        let bytes = match self.slices[0][self.used..].first_chunk() {
            Some(chunk) => *chunk,
            None => [0, 1, 2, 3].map(|ahead| self.byte(ahead)),
        };
        self.pass(4);
        Some(u32::from_be_bytes(bytes))
    }

    /// Gives the next `count` bytes, of which there are as many, in slices.
    fn each(mut self, mut count: usize, mut give: impl FnMut(&'a [u8])) {
        while count > 0 {
            let rest = &self.slices[0][self.used..];
            let taken = &rest[..rest.len().min(count)];
            give(taken);
            count -= taken.len();
            self.pass(taken.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::packet::{PACKET_BYTES, Pid};
    use super::super::packets::Counter;
    use super::*;

    fn rope(slices: &[&'static [u8]]) -> Rope {
        slices.iter().map(|slice| Bytes::from_static(slice)).collect()
    }

    /// The byte stream, which fits one packet.
    fn stream(syntax: Syntax, sample: &Rope, sets: &[u8]) -> Result<Vec<u8>, NalError> {
        let stream = ByteStream::new(syntax, sample, sets)?;
        let mut out = Vec::new();
        let mut counter = Counter::new(Pid::NULL);
        stream.push_to(&mut PesPackets::begin(&mut out, &mut counter, None, stream.len()));
        assert_eq!(out.len(), PACKET_BYTES);
        Ok(out[PACKET_BYTES - stream.len()..].to_vec())
    }

    #[test]
    fn a_sample_that_does_not_fall_into_nal_units_is_refused() {
        let beyond = NalError::LengthBeyondEnd { offset: 5, length: 2, available: 1 };
        assert_eq!(stream(Syntax::Avc, &rope(&[&[0, 0, 0, 1, 6, 0], &[0, 0, 2, 1]]), &[]), Err(beyond));
        let truncated = NalError::LengthTruncated { offset: 5, available: 2, length_size: 4 };
        assert_eq!(stream(Syntax::Avc, &rope(&[&[0, 0, 0, 1, 6, 0, 0]]), &[]), Err(truncated));
    }

    #[test]
    fn the_delimiter_is_first_and_alone_then_come_the_sets_and_no_zeros_trail() {
        for (syntax, delimiter, sample_delimiter) in [
            (Syntax::Avc, &[9u8, 0xf0][..], &[0u8, 0, 0, 2, 0x09, 0x30][..]),
            (Syntax::Hevc, &[0x46, 0x01, 0x50], &[0, 0, 0, 3, 0x46, 0x01, 0x10]),
            (Syntax::Vvc, &[0x00, 0xa1, 0x28], &[0, 0, 0, 3, 0x00, 0xa1, 0x28]),
        ] {
            let nal = &[0, 0, 0, 5, 0x02, 0x09, 0x77, 0, 0];
            let sample = rope(&[&sample_delimiter[..3], &sample_delimiter[3..], &[0, 0], &[0, 0], nal]);
            let expected = [&[0, 0, 0, 1], delimiter, &[0, 0, 0, 1, 0x67], &[0, 0, 0, 1, 0x02, 0x09, 0x77]].concat();
            assert_eq!(stream(syntax, &sample, &[0, 0, 0, 1, 0x67]).unwrap(), expected, "{syntax:?}");
        }
    }

    #[test]
    fn the_delimiter_of_vvc_says_of_what_kind_and_sublayer_the_picture_is() {
        // Behind a message, an IDR picture, and a picture of the third sublayer.
        for (slice, delimiter) in [(7 << 3 | 1, [0x00, 0xa1, 0xa8]), (3, [0x00, 0xa3, 0x28])] {
            let picture: &[u8] = &[0, 0, 0, 2, 0x00, 23 << 3 | 1, 0, 0, 0, 3, 0x00, slice, 0x80];
            let sample = Rope::from(Bytes::copy_from_slice(picture));
            assert_eq!(stream(Syntax::Vvc, &sample, &[]).unwrap()[4..7], delimiter);
        }
    }
}
