//! Boxes one after the other (ISO/IEC 14496-12 §4.2).

use super::{Fields, ReadError};
use crate::FourCc;

/// The header of a box.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BoxHeader {
    /// The type; `uuid` for an extended one.
    pub kind: FourCc,
    /// The extended type, where the type is `uuid`.
    pub extended: Option<[u8; 16]>,
    /// Where the box starts in the input.
    pub offset: usize,
    /// Bytes of the header: 8, or 16 with a 64-bit size, and 16 more with an extended type.
    pub header_len: usize,
    /// Bytes of the whole box, checked to be there.
    pub len: usize,
}

/// A box with its content.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BoxRef<'a> {
    /// Its header.
    pub header: BoxHeader,
    /// What follows the header: fields, children or both.
    pub body: &'a [u8],
}

impl<'a> BoxRef<'a> {
    /// Where the body starts in the input.
    pub fn body_offset(&self) -> usize {
        self.header.offset + self.header.header_len
    }

    pub(crate) fn fields(&self) -> Fields<'a> {
        Fields::new(self.header.kind, self.body_offset(), self.body)
    }

    /// The first child of that type, which must be there.
    pub(crate) fn child(&self, kind: &[u8; 4]) -> Result<BoxRef<'a>, ReadError> {
        for child in BoxIter::within(self) {
            let child = child?;
            if child.header.kind.0 == *kind {
                return Ok(child);
            }
        }
        Err(ReadError::Missing { kind: FourCc(*kind), parent: self.header.kind, offset: self.header.offset })
    }

    /// The first child of that type, if there is one.
    pub(crate) fn find(&self, kind: &[u8; 4]) -> Result<Option<BoxRef<'a>>, ReadError> {
        match self.child(kind) {
            Ok(child) => Ok(Some(child)),
            Err(ReadError::Missing { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The boxes of some bytes, in order. Ends after the first error.
///
/// ```
/// use springhead_mux::fmp4::read::BoxIter;
/// let bytes = b"\0\0\0\x0cfreeabcd\0\0\0\0mdatto the end";
/// let kinds: Vec<String> = BoxIter::new(bytes).map(|found| found.unwrap().header.kind.to_string()).collect();
/// assert_eq!(kinds, ["free", "mdat"]);
/// ```
#[derive(Clone, Debug)]
pub struct BoxIter<'a> {
    rest: &'a [u8],
    offset: usize,
    /// Whether a size of zero may stand for the end of the file, which it may at the top level only.
    top: bool,
    /// Whether a size of zero ends the boxes, as it does in sample entries of QuickTime.
    zeros_end: bool,
    /// What to blame when the bytes end within a header.
    parent: FourCc,
}

impl<'a> BoxIter<'a> {
    /// The boxes of a file or a segment.
    pub fn new(input: &'a [u8]) -> Self {
        Self { rest: input, offset: 0, top: true, zeros_end: false, parent: FourCc(*b"file") }
    }

    /// The children of a box that has no fields of its own.
    pub fn within(parent: &BoxRef<'a>) -> Self {
        Self {
            rest: parent.body,
            offset: parent.body_offset(),
            top: false,
            zeros_end: false,
            parent: parent.header.kind,
        }
    }

    /// The children of a box that follow its fields, as far as these have been read.
    pub(crate) fn after(parent: &BoxRef<'a>, fields: &Fields<'a>) -> Self {
        Self { rest: fields.rest(), offset: fields.offset(), top: false, zeros_end: false, parent: parent.header.kind }
    }

    /// The boxes of the end of a file, from a byte of it on.
    pub(super) fn at(input: &'a [u8], offset: usize) -> Self {
        Self { offset, ..Self::new(input) }
    }

    /// The boxes of a sample entry, as [`after`](Self::after). Those of QuickTime may end with zeros where another would be.
    pub(crate) fn in_entry(entry: &BoxRef<'a>, fields: &Fields<'a>) -> Self {
        Self { zeros_end: true, ..Self::after(entry, fields) }
    }

    fn read(&mut self) -> Result<BoxRef<'a>, ReadError> {
        let mut fields = Fields::new(self.parent, self.offset, self.rest);
        let size = fields.u32()?;
        let kind = fields.fourcc()?;
        let size = match size {
            0 if self.top => self.rest.len() as u64,
            1 => fields.u64()?,
            size => size.into(),
        };
        let extended = if kind.0 == *b"uuid" { Some(fields.array()?) } else { None };
        let header_len = self.rest.len() - fields.remaining();
        let len = usize::try_from(size).ok().filter(|len| (header_len..=self.rest.len()).contains(len));
        let available = self.rest.len();
        let Some(len) = len else {
            return Err(ReadError::BoxSize { kind, offset: self.offset, size, available });
        };
        let (whole, rest) = self.rest.split_at(len);
        let header = BoxHeader { kind, extended, offset: self.offset, header_len, len };
        self.rest = rest;
        self.offset += len;
        Ok(BoxRef { header, body: &whole[header_len..] })
    }
}

impl<'a> Iterator for BoxIter<'a> {
    type Item = Result<BoxRef<'a>, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() || self.zeros_end && self.rest.starts_with(&[0; 4]) {
            return None;
        }
        let read = self.read();
        if read.is_err() {
            self.rest = &[];
        }
        Some(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(input: &[u8]) -> Vec<Result<(usize, usize), ReadError>> {
        BoxIter::new(input).map(|found| found.map(|found| (found.header.header_len, found.header.len))).collect()
    }

    #[test]
    fn a_box_larger_than_its_surroundings_or_smaller_than_its_header_ends_the_walk() {
        let error = |kind, size, available| ReadError::BoxSize { kind: FourCc(kind), offset: 0, size, available };
        assert_eq!(sizes(b"\0\0\0\x09free"), [Err(error(*b"free", 9, 8))]);
        assert_eq!(sizes(b"\0\0\0\x07free\0\0\0\x08free"), [Err(error(*b"free", 7, 16))]);
        assert_eq!(sizes(b"\0\0\0\x01free\0\0\0\0\0\0\0\x0f"), [Err(error(*b"free", 15, 16))]);
        assert_eq!(sizes(b"\0\0\0\x01mdat\xff\xff\xff\xff\xff\xff\xff\xff"), [Err(error(*b"mdat", u64::MAX, 16))]);
        assert_eq!(sizes(b"\0\0\0\x08uuid\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), [Err(error(*b"uuid", 8, 24))]);
    }

    #[test]
    fn a_header_cut_short_is_an_error_at_the_byte_where_it_ends() {
        let truncated = |offset| Err(ReadError::Truncated { kind: FourCc(*b"file"), offset });
        assert_eq!(sizes(b"\0\0\0"), [truncated(3)]);
        assert_eq!(sizes(b"\0\0\0\x08free\0\0\0\x08fr"), [Ok((8, 8)), truncated(14)]);
    }

    #[test]
    fn a_size_of_zero_reaches_the_end_of_the_file_but_not_of_a_box() {
        assert_eq!(sizes(b"\0\0\0\0mdatabc"), [Ok((8, 11))]);
        let input = b"\0\0\0\x13moov\0\0\0\0freeabc";
        let moov = BoxIter::new(input).next().unwrap().unwrap();
        let inner: Vec<_> = BoxIter::within(&moov).collect();
        assert_eq!(inner, [Err(ReadError::BoxSize { kind: FourCc(*b"free"), offset: 8, size: 0, available: 11 })]);
    }

    #[test]
    fn large_sizes_and_extended_types_are_understood() {
        let mut input = b"\0\0\0\x01uuid\0\0\0\0\0\0\0\x22".to_vec();
        input.extend([7; 16]);
        input.extend(b"xy");
        let found = BoxIter::new(&input).next().unwrap().unwrap();
        assert_eq!((found.header.extended, found.header.header_len, found.body), (Some([7; 16]), 32, &b"xy"[..]));
    }
}
