//! Boxes in the making.

use bytes::Bytes;

use crate::FourCc;

/// Builds nested boxes in one buffer; every size is filled in when its box is closed, so that none can be wrong.
#[derive(Debug)]
pub(crate) struct BoxWriter {
    out: Vec<u8>,
    overflow: bool,
}

impl BoxWriter {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self { out: Vec::with_capacity(bytes), overflow: false }
    }

    /// Writes a box (ISO/IEC 14496-12 §4.2.2) around what `body` writes.
    pub(crate) fn boxed(&mut self, kind: &[u8; 4], body: impl FnOnce(&mut Self)) {
        let [a, b, c, d] = *kind;
        self.sized(&[0, 0, 0, 0, a, b, c, d], body);
    }

    /// Writes a FullBox (ISO/IEC 14496-12 §4.2.2) around what `body` writes.
    pub(crate) fn full_box(&mut self, kind: &[u8; 4], version: u8, flags: u32, body: impl FnOnce(&mut Self)) {
        let ([a, b, c, d], [_, f, g, h]) = (*kind, flags.to_be_bytes());
        self.sized(&[0, 0, 0, 0, a, b, c, d, version, f, g, h], body);
    }

    /// Writes a header, whose first four bytes are the size of the box, and what `body` writes.
    fn sized(&mut self, header: &[u8], body: impl FnOnce(&mut Self)) {
        let start = self.len();
        self.bytes(header);
        body(self);
        match u32::try_from(self.len() - start) {
            Ok(size) => self.out[start..start + 4].copy_from_slice(&size.to_be_bytes()),
            Err(_) => self.overflow = true,
        }
    }

    pub(crate) fn u8(&mut self, value: u8) {
        self.out.push(value);
    }

    pub(crate) fn u16(&mut self, value: u16) {
        self.bytes(&value.to_be_bytes());
    }

    pub(crate) fn u32(&mut self, value: u32) {
        self.bytes(&value.to_be_bytes());
    }

    pub(crate) fn u64(&mut self, value: u64) {
        self.bytes(&value.to_be_bytes());
    }

    pub(crate) fn i32(&mut self, value: i32) {
        self.bytes(&value.to_be_bytes());
    }

    /// A count or a length, for which 32 bits are enough unless a box outgrows its size.
    pub(crate) fn size(&mut self, value: usize) {
        self.overflow |= u32::try_from(value).is_err();
        self.u32(value as u32);
    }

    pub(crate) fn fourcc(&mut self, code: FourCc) {
        self.bytes(&code.0);
    }

    pub(crate) fn zeros(&mut self, count: usize) {
        self.out.resize(self.len() + count, 0);
    }

    /// So many bytes to be filled in, zero until they are.
    pub(crate) fn room(&mut self, count: usize) -> &mut [u8] {
        let start = self.len();
        self.zeros(count);
        &mut self.out[start..]
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// How many bytes have been written.
    pub(crate) fn len(&self) -> usize {
        self.out.len()
    }

    /// Overwrites four bytes that were written before.
    pub(crate) fn patch_i32(&mut self, at: usize, value: i32) {
        self.out[at..at + 4].copy_from_slice(&value.to_be_bytes());
    }

    /// What was written; none when a box outgrew the 32 bits of its size.
    pub(crate) fn finish(self) -> Option<Bytes> {
        (!self.overflow).then(|| Bytes::from(self.out))
    }
}

/// The transformation that changes nothing: the unity matrix of ISO/IEC 14496-12 §6.2.2.
pub(crate) const UNITY_MATRIX: [u32; 9] = [0x0001_0000, 0, 0, 0, 0x0001_0000, 0, 0, 0, 0x4000_0000];
