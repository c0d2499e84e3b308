//! Bit rate (ISO/IEC 14496-12 §8.5.2). Only read: when a live track's init section is written, no rate is known yet.

use super::super::read::{Fields, ReadError};

/// The bit rate that a sample entry claims.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Btrt {
    /// Bytes of the decoder's buffer.
    pub buffer_size: u32,
    /// The most bits in any second; 0 when not known.
    pub max_bitrate: u32,
    /// Bits a second on average; 0 when not known.
    pub avg_bitrate: u32,
}

impl Btrt {
    pub(crate) fn parse(mut fields: Fields<'_>) -> Result<Self, ReadError> {
        Ok(Self { buffer_size: fields.u32()?, max_bitrate: fields.u32()?, avg_bitrate: fields.u32()? })
    }
}
