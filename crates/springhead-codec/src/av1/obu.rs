//! Open bitstream units: their header, their size, and how a stream falls into them (§5.3, Annex B).

use std::ops::Range;

use super::{Av1Error, leb128};

/// `obu_type` (§6.2.2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[non_exhaustive]
pub enum ObuType {
    /// `OBU_SEQUENCE_HEADER`.
    SequenceHeader,
    /// `OBU_TEMPORAL_DELIMITER`: a temporal unit begins.
    TemporalDelimiter,
    /// `OBU_FRAME_HEADER`.
    FrameHeader,
    /// `OBU_TILE_GROUP`.
    TileGroup,
    /// `OBU_METADATA`.
    Metadata,
    /// `OBU_FRAME`: a frame header and a tile group.
    Frame,
    /// `OBU_REDUNDANT_FRAME_HEADER`: the frame header once more.
    RedundantFrameHeader,
    /// `OBU_TILE_LIST`, of large scale tile coding.
    TileList,
    /// `OBU_PADDING`.
    Padding,
    /// A type that is reserved, which decoders pass over.
    Reserved(u8),
}

impl ObuType {
    /// The type that the first byte of an OBU says.
    pub fn of(header: u8) -> Self {
        match header >> 3 & 15 {
            1 => Self::SequenceHeader,
            2 => Self::TemporalDelimiter,
            3 => Self::FrameHeader,
            4 => Self::TileGroup,
            5 => Self::Metadata,
            6 => Self::Frame,
            7 => Self::RedundantFrameHeader,
            8 => Self::TileList,
            15 => Self::Padding,
            other => Self::Reserved(other),
        }
    }
}

/// Where an OBU is in the input, and what its header says.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub struct Obu {
    /// What it is.
    pub obu_type: ObuType,
    /// The layer of time that it belongs to; 0 without an extension.
    pub temporal_id: u8,
    /// The layer of space or quality that it belongs to; 0 without an extension.
    pub spatial_id: u8,
    /// Whether it says its own size (`obu_has_size_field`).
    pub has_size: bool,
    /// All of it, header and size included.
    pub whole: Range<usize>,
    /// What follows header and size, trailing bits included.
    pub payload: Range<usize>,
}

impl Obu {
    /// How many bytes its header has without the size: 2 with an extension.
    pub fn header_len(&self, input: &[u8]) -> usize {
        1 + usize::from(input[self.whole.start] >> 2 & 1)
    }

    /// The OBU at `at`. One without a size of its own reaches to `end`.
    fn parse(input: &[u8], at: usize, end: usize) -> Result<Self, Av1Error> {
        let input = &input[..end];
        let header = *input.get(at).ok_or(Av1Error::Truncated { offset: end, field: "obu_header" })?;
        if header & 0x80 != 0 {
            return Err(Av1Error::ForbiddenBit { offset: at });
        }
        let mut next = at + 1;
        let mut extension = 0;
        if header >> 2 & 1 == 1 {
            extension = *input.get(next).ok_or(Av1Error::Truncated { offset: end, field: "obu_extension_header" })?;
            next += 1;
        }
        let has_size = header >> 1 & 1 == 1;
        if has_size {
            let (size, length) = leb128::read(input, next, "obu_size")?;
            let available = end - next - length;
            if size as usize > available {
                return Err(Av1Error::SizeBeyondEnd { field: "obu_size", offset: next, size: size.into(), available });
            }
            next += length;
            return Ok(Self::new(header, extension, has_size, at..next + size as usize, next));
        }
        Ok(Self::new(header, extension, has_size, at..end, next))
    }

    fn new(header: u8, extension: u8, has_size: bool, whole: Range<usize>, payload: usize) -> Self {
        Self {
            obu_type: ObuType::of(header),
            temporal_id: extension >> 5,
            spatial_id: extension >> 3 & 3,
            has_size,
            payload: payload..whole.end,
            whole,
        }
    }
}

/// How the OBUs of a temporal unit are told apart.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
#[non_exhaustive]
pub enum Framing {
    /// Each says its own size, but for the last, which may reach to the end (§5.2).
    #[default]
    LowOverhead,
    /// Temporal units, frame units and OBUs each with their length before them (Annex B).
    LengthDelimited,
}

/// The OBUs of `input`, in order. At most one error comes, as the last item.
///
/// ```
/// use springhead_codec::av1::obu::{Framing, ObuType, units};
/// let input = [0x12, 0, 0x32, 1, 0x10];
/// let types: Vec<_> = units(&input, Framing::LowOverhead).map(|obu| obu.map(|obu| obu.obu_type)).collect();
/// assert_eq!(types, [Ok(ObuType::TemporalDelimiter), Ok(ObuType::Frame)]);
/// ```
pub fn units(input: &[u8], framing: Framing) -> Obus<'_> {
    Obus { input, framing, at: 0, temporal_unit_end: 0, frame_unit_end: 0 }
}

/// The iterator of [`units`].
#[derive(Clone, Debug)]
pub struct Obus<'a> {
    input: &'a [u8],
    framing: Framing,
    at: usize,
    temporal_unit_end: usize,
    frame_unit_end: usize,
}

impl Obus<'_> {
    fn read(&mut self) -> Result<Option<Obu>, Av1Error> {
        if self.framing == Framing::LowOverhead {
            if self.at == self.input.len() {
                return Ok(None);
            }
            let obu = Obu::parse(self.input, self.at, self.input.len())?;
            self.at = obu.whole.end;
            return Ok(Some(obu));
        }
        // Empty temporal units and frame units are passed over.
        loop {
            if self.at < self.frame_unit_end {
                let end = self.sized("obu_length", self.frame_unit_end)?;
                let obu = Obu::parse(self.input, self.at, end)?;
                // Bytes that an OBU's own size leaves out are no part of it.
                self.at = end;
                return Ok(Some(obu));
            }
            if self.at < self.temporal_unit_end {
                self.frame_unit_end = self.sized("frame_unit_size", self.temporal_unit_end)?;
            } else if self.at < self.input.len() {
                self.temporal_unit_end = self.sized("temporal_unit_size", self.input.len())?;
            } else {
                return Ok(None);
            }
        }
    }

    /// Reads a length, and gives the end of what it says.
    fn sized(&mut self, field: &'static str, limit: usize) -> Result<usize, Av1Error> {
        let (size, length) = leb128::read(&self.input[..limit], self.at, field)?;
        let available = limit - self.at - length;
        if size as usize > available {
            return Err(Av1Error::SizeBeyondEnd { field, offset: self.at, size: size.into(), available });
        }
        self.at += length;
        Ok(self.at + size as usize)
    }
}

impl Iterator for Obus<'_> {
    type Item = Result<Obu, Av1Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let read = self.read();
        if read.is_err() {
            (self.at, self.frame_unit_end, self.temporal_unit_end) = (self.input.len(), 0, 0);
        }
        read.transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn low(input: &[u8]) -> Vec<Result<Obu, Av1Error>> {
        units(input, Framing::LowOverhead).collect()
    }

    fn delimited(input: &[u8]) -> Vec<Result<Obu, Av1Error>> {
        units(input, Framing::LengthDelimited).collect()
    }

    #[test]
    fn an_obu_that_is_damaged_or_cut_short_ends_the_stream_with_an_error() {
        assert_eq!(low(&[0x92, 0]), [Err(Av1Error::ForbiddenBit { offset: 0 })]);
        assert_eq!(low(&[0x32]), [Err(Av1Error::Truncated { offset: 1, field: "obu_size" })]);
        assert_eq!(low(&[0x36]), [Err(Av1Error::Truncated { offset: 1, field: "obu_extension_header" })]);
        let beyond = Av1Error::SizeBeyondEnd { field: "obu_size", offset: 3, size: 2, available: 1 };
        let found = low(&[0x12, 0, 0x32, 2, 0]);
        assert_eq!((found.len(), &found[1]), (2, &Err(beyond)));
    }

    #[test]
    fn lengths_that_reach_beyond_what_holds_them_are_refused() {
        let beyond = |field, offset, size, available| Err(Av1Error::SizeBeyondEnd { field, offset, size, available });
        assert_eq!(delimited(&[3, 1]), [beyond("temporal_unit_size", 0, 3, 1)]);
        assert_eq!(delimited(&[2, 4, 1, 0x10]), [beyond("frame_unit_size", 1, 4, 1)]);
        assert_eq!(delimited(&[3, 2, 3, 0x10]), [beyond("obu_length", 2, 3, 1)]);
        assert_eq!(delimited(&[2, 1, 0]), [Err(Av1Error::Truncated { offset: 3, field: "obu_header" })]);
    }

    #[test]
    fn both_formats_give_the_same_units() {
        let first = low(&[0x12, 0, 0x36, 0x48, 2, 7, 8, 0x30, 9]);
        let second = delimited(&[8, 7, 1, 0x10, 3, 0x34, 0x48, 7, 0, 4, 3, 2, 0x30, 9]);
        let seen = |found: &[Result<Obu, Av1Error>]| -> Vec<_> {
            found.iter().flatten().map(|obu| (obu.obu_type, obu.temporal_id, obu.spatial_id)).collect()
        };
        let frame = ObuType::Frame;
        assert_eq!(seen(&first), [(ObuType::TemporalDelimiter, 0, 0), (frame, 2, 1), (frame, 0, 0)]);
        assert_eq!(seen(&first)[..2], seen(&second)[..2]);
        assert!(!first[2].as_ref().unwrap().has_size && first[2].as_ref().unwrap().payload == (8..9));
    }

    #[test]
    fn empty_units_are_passed_over() {
        assert_eq!(low(&[]), []);
        assert_eq!(delimited(&[0, 1, 0, 0]), []);
    }
}
