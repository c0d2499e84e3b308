//! What the extended headers of audio and video have in common.

use bytes::{Buf, Bytes};

use super::FlvError;
use crate::FourCc;

/// How many tracks a multitrack message has, and of how many codecs (AvMultitrackType).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum MultitrackKind {
    /// One track.
    OneTrack,
    /// Many tracks of one codec.
    ManyTracks,
    /// Many tracks, each of its own codec.
    ManyTracksManyCodecs,
}

/// One modifier in front of a packet (ModEx).
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ModEx {
    /// To be added to the presentation time, in nanoseconds below a millisecond (TimestampOffsetNano).
    TimestampOffsetNano(u32),
    /// A modifier that is not known. The specification lets it be passed over.
    Unknown {
        /// Its type, of four bits.
        kind: u8,
        /// Its content.
        content: Bytes,
    },
}

/// The offset that all modifiers together add, in nanoseconds.
pub(super) fn nanos(modifiers: &[ModEx]) -> u32 {
    let offset = |modifier: &ModEx| match modifier {
        ModEx::TimestampOffsetNano(nanos) => Some(*nanos),
        ModEx::Unknown { .. } => None,
    };
    modifiers.iter().filter_map(offset).next_back().unwrap_or(0)
}

/// Reads the fields of a body one after the other; what it takes are slices of it.
pub(super) struct Body {
    rest: Bytes,
    len: usize,
}

impl Body {
    pub(super) fn new(body: &Bytes) -> Self {
        Self { rest: body.clone(), len: body.len() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Where the next field is.
    pub(super) fn offset(&self) -> usize {
        self.len - self.rest.len()
    }

    pub(super) fn take(&mut self, field: &'static str, count: usize) -> Result<Bytes, FlvError> {
        if count > self.rest.len() {
            return Err(FlvError::Truncated { field, offset: self.len });
        }
        Ok(self.rest.split_to(count))
    }

    pub(super) fn u8(&mut self, field: &'static str) -> Result<u8, FlvError> {
        self.rest.try_get_u8().map_err(|_| FlvError::Truncated { field, offset: self.len })
    }

    pub(super) fn u24(&mut self, field: &'static str) -> Result<u32, FlvError> {
        let bytes = self.take(field, 3)?;
        Ok(u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]]))
    }

    /// A signed number of 24 bits.
    pub(super) fn i24(&mut self, field: &'static str) -> Result<i32, FlvError> {
        Ok((self.u24(field)? << 8) as i32 >> 8)
    }

    pub(super) fn fourcc(&mut self) -> Result<FourCc, FlvError> {
        let mut code = FourCc([0; 4]);
        code.0.copy_from_slice(&self.take("FOURCC", 4)?);
        Ok(code)
    }

    /// Whatever is left.
    pub(super) fn rest(self) -> Bytes {
        self.rest
    }

    /// Reads modifiers as long as the packet type is ModEx, and gives the type of the packet that they modify.
    pub(super) fn modifiers(&mut self, mut packet_type: u8) -> Result<(Vec<ModEx>, u8), FlvError> {
        const MOD_EX: u8 = 7;
        const TIMESTAMP_OFFSET_NANO: u8 = 0;
        let mut modifiers = Vec::new();
        while packet_type == MOD_EX {
            let mut size = usize::from(self.u8("modExDataSize")?) + 1;
            if size == 256 {
                let long = self.take("modExDataSize", 2)?;
                size = usize::from(u16::from_be_bytes([long[0], long[1]])) + 1;
            }
            let content = self.take("modExData", size)?;
            let types = self.u8("packetModExType")?;
            packet_type = types & 0x0f;
            modifiers.push(match (types >> 4, &content[..]) {
                (TIMESTAMP_OFFSET_NANO, [n2, n1, n0, ..]) => {
                    ModEx::TimestampOffsetNano(u32::from_be_bytes([0, *n2, *n1, *n0]))
                }
                (kind, _) => ModEx::Unknown { kind, content },
            });
        }
        Ok((modifiers, packet_type))
    }

    /// Reads the kind of a multitrack message, and the type of its tracks' packets.
    pub(super) fn multitrack(&mut self) -> Result<(MultitrackKind, u8), FlvError> {
        let offset = self.offset();
        let both = self.u8("multitrackType")?;
        let kind = match both >> 4 {
            0 => MultitrackKind::OneTrack,
            1 => MultitrackKind::ManyTracks,
            2 => MultitrackKind::ManyTracksManyCodecs,
            value => return Err(FlvError::Reserved { field: "multitrackType", value: value.into(), offset }),
        };
        Ok((kind, both & 0x0f))
    }

    /// Splits what is left into the tracks of a multitrack message: number, codec and body of each, at least one.
    pub(super) fn tracks(mut self, kind: MultitrackKind) -> Result<Vec<(u8, FourCc, Body)>, FlvError> {
        let shared = if kind == MultitrackKind::ManyTracksManyCodecs { None } else { Some(self.fourcc()?) };
        let mut tracks = Vec::new();
        loop {
            let fourcc = match shared {
                Some(fourcc) => fourcc,
                None => self.fourcc()?,
            };
            let number = self.u8("trackId")?;
            if kind == MultitrackKind::OneTrack {
                tracks.push((number, fourcc, self));
                return Ok(tracks);
            }
            let size = self.u24("sizeOfTrack")? as usize;
            let len = self.offset() + size;
            tracks.push((number, fourcc, Body { rest: self.take("track", size)?, len }));
            if self.is_empty() {
                return Ok(tracks);
            }
        }
    }
}
