//! The fields of one box.

use super::ReadError;
use crate::FourCc;

/// Reads fields one after the other; every error says in which box and at which byte of the input.
#[derive(Clone, Debug)]
pub(crate) struct Fields<'a> {
    kind: FourCc,
    /// Where `rest` starts in the input.
    offset: usize,
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    pub(crate) fn new(kind: FourCc, offset: usize, body: &'a [u8]) -> Self {
        Self { kind, offset, rest: body }
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], ReadError> {
        match self.rest.split_at_checked(count) {
            Some((taken, rest)) => {
                self.rest = rest;
                self.offset += count;
                Ok(taken)
            }
            None => Err(ReadError::Truncated { kind: self.kind, offset: self.offset + self.rest.len() }),
        }
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], ReadError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    pub(crate) fn skip(&mut self, count: usize) -> Result<(), ReadError> {
        self.take(count).map(drop)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, ReadError> {
        self.array().map(u8::from_be_bytes)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, ReadError> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, ReadError> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, ReadError> {
        self.array().map(u64::from_be_bytes)
    }

    pub(crate) fn fourcc(&mut self) -> Result<FourCc, ReadError> {
        self.array().map(FourCc)
    }

    /// The version and the flags that a FullBox starts with.
    pub(crate) fn version_and_flags(&mut self) -> Result<(u8, u32), ReadError> {
        let both = self.u32()?;
        Ok(((both >> 24) as u8, both & 0x00ff_ffff))
    }

    /// The next `count` bytes as fields of their own.
    pub(crate) fn sub(&mut self, count: usize) -> Result<Self, ReadError> {
        let offset = self.offset;
        Ok(Self::new(self.kind, offset, self.take(count)?))
    }

    /// What has not been read.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// Where in the input the next field is.
    pub(crate) fn offset(&self) -> usize {
        self.offset
    }

    pub(crate) fn invalid(&self, why: &'static str) -> ReadError {
        ReadError::Invalid { kind: self.kind, offset: self.offset, why }
    }

    pub(crate) fn unsupported(&self, what: &'static str) -> ReadError {
        ReadError::Unsupported { kind: self.kind, offset: self.offset, what }
    }
}
