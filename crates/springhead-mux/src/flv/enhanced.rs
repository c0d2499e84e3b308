//! What the extended headers of audio and video have in common.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use springhead_core::Rope;

use super::FlvError;
use crate::FourCc;

/// The packet type that stands before a modifier, of audio and video alike (ModEx).
const MOD_EX: u8 = 7;
/// The modifier that says nanoseconds (TimestampOffsetNano).
const TIMESTAMP_OFFSET_NANO: u8 = 0;
/// Nanoseconds below a millisecond are fewer than these.
const MILLISECOND: u32 = 1_000_000;
/// As many as track numbers tell apart.
const MAX_TRACKS: usize = 256;

/// How many tracks a message has, and of how many codecs (AvMultitrackType).
mod multitrack {
    pub(super) const ONE_TRACK: u8 = 0;
    pub(super) const MANY_TRACKS: u8 = 1;
    pub(super) const MANY_TRACKS_MANY_CODECS: u8 = 2;
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

    pub(super) fn u32(&mut self, field: &'static str) -> Result<u32, FlvError> {
        self.rest.try_get_u32().map_err(|_| FlvError::Truncated { field, offset: self.len })
    }

    fn u24(&mut self, field: &'static str) -> Result<u32, FlvError> {
        let bytes = self.take(field, 3)?;
        Ok(u32::from_be_bytes([0, bytes[0], bytes[1], bytes[2]]))
    }

    /// A signed number of 24 bits.
    pub(super) fn i24(&mut self, field: &'static str) -> Result<i32, FlvError> {
        Ok((self.u24(field)? << 8) as i32 >> 8)
    }

    fn fourcc(&mut self) -> Result<FourCc, FlvError> {
        Ok(FourCc(self.u32("FOURCC").map(u32::to_be_bytes)?))
    }

    /// Whatever is left.
    pub(super) fn rest(self) -> Bytes {
        self.rest
    }

    /// Passes over modifiers as long as the packet type is ModEx. Gives the type of the packet that they modify, and the
    /// nanoseconds that they add: the last that are fewer than a millisecond, as more of them mean nothing.
    pub(super) fn modifiers(&mut self, mut packet_type: u8) -> Result<(u8, u32), FlvError> {
        let mut nanos = 0;
        while packet_type == MOD_EX {
            let mut size = usize::from(self.u8("modExDataSize")?) + 1;
            if size == 256 {
                let long = self.take("modExDataSize", 2)?;
                size = usize::from(u16::from_be_bytes([long[0], long[1]])) + 1;
            }
            let content = self.take("modExData", size)?;
            let types = self.u8("packetModExType")?;
            packet_type = types & 0x0f;
            if let (TIMESTAMP_OFFSET_NANO, [n2, n1, n0, ..]) = (types >> 4, &content[..]) {
                let offset = u32::from_be_bytes([0, *n2, *n1, *n0]);
                nanos = if offset < MILLISECOND { offset } else { nanos };
            }
        }
        Ok((packet_type, nanos))
    }

    /// Hands the packet type, the number, the codec and the body of each track to `read`: of one track when the packet type
    /// is not `multitrack`, of at least one otherwise.
    pub(super) fn tracks<T>(
        mut self,
        packet_type: u8,
        multitrack: u8,
        read: impl Fn(u8, u8, FourCc, Body) -> Result<T, FlvError>,
    ) -> Result<Vec<T>, FlvError> {
        if packet_type != multitrack {
            let fourcc = self.fourcc()?;
            return Ok(vec![read(packet_type, 0, fourcc, self)?]);
        }
        let offset = self.offset();
        let both = self.u8("multitrackType")?;
        let (kind, packet_type) = (both >> 4, both & 0x0f);
        let shared = match kind {
            multitrack::ONE_TRACK | multitrack::MANY_TRACKS => Some(self.fourcc()?),
            multitrack::MANY_TRACKS_MANY_CODECS => None,
            value => return Err(FlvError::Reserved { field: "multitrackType", value: value.into(), offset }),
        };
        let mut tracks = Vec::new();
        loop {
            let fourcc = match shared {
                Some(fourcc) => fourcc,
                None => self.fourcc()?,
            };
            let number = self.u8("trackId")?;
            if kind == multitrack::ONE_TRACK {
                return Ok(vec![read(packet_type, number, fourcc, self)?]);
            }
            let size = self.u24("sizeOfTrack")? as usize;
            let len = self.offset() + size;
            let body = Body { rest: self.take("track", size)?, len };
            tracks.push(read(packet_type, number, fourcc, body)?);
            if self.rest.is_empty() {
                return Ok(tracks);
            }
            if tracks.len() == MAX_TRACKS {
                return Err(FlvError::TooManyTracks { offset: self.offset() });
            }
        }
    }
}

/// A message that is to be written with an extended header.
pub(super) struct Extended {
    /// The first byte without the packet type in its low half.
    pub(super) first: u8,
    pub(super) packet_type: u8,
    /// The packet type that says that there are several tracks.
    pub(super) multitrack: u8,
    pub(super) nanos: u32,
}

/// What is to be written of one track.
pub(super) struct Part {
    pub(super) track: u8,
    pub(super) fourcc: FourCc,
    /// The body of the track.
    pub(super) body: Rope,
}

impl Extended {
    /// The body of the message; of several tracks, or of one that is not track 0, as a multitrack message.
    pub(super) fn write(&self, parts: &[Part]) -> Result<Rope, FlvError> {
        if self.nanos >= MILLISECOND {
            return Err(FlvError::Unwritable { what: "an offset of a millisecond or more" });
        }
        let [first, others @ ..] = parts else {
            return Err(FlvError::Unwritable { what: "a message of no track" });
        };
        if parts.len() > MAX_TRACKS {
            return Err(FlvError::Unwritable { what: "a message of more than 256 tracks" });
        }
        let plain = others.is_empty() && first.track == 0;
        let packet_type = if plain { self.packet_type } else { self.multitrack };
        let mut head = BytesMut::with_capacity(16);
        if self.nanos == 0 {
            head.put_u8(self.first | packet_type);
        } else {
            head.put_slice(&[self.first | MOD_EX, 3 - 1]);
            head.put_uint(self.nanos.into(), 3);
            head.put_u8(TIMESTAMP_OFFSET_NANO << 4 | packet_type);
        }
        let one_codec = others.iter().all(|part| part.fourcc == first.fourcc);
        let kind = match (others, one_codec) {
            ([], _) => multitrack::ONE_TRACK,
            (_, true) => multitrack::MANY_TRACKS,
            (_, false) => multitrack::MANY_TRACKS_MANY_CODECS,
        };
        if !plain {
            head.put_u8(kind << 4 | self.packet_type);
        }
        if one_codec {
            head.put_slice(&first.fourcc.0);
        }
        let mut rope = Rope::new();
        for part in parts {
            if !one_codec {
                head.put_slice(&part.fourcc.0);
            }
            if !plain {
                head.put_u8(part.track);
            }
            if kind != multitrack::ONE_TRACK {
                let size = part.body.len();
                if size >> 24 != 0 {
                    return Err(FlvError::TooLarge { size });
                }
                head.put_uint(size as u64, 3);
            }
            rope.push(head.split().freeze());
            rope.append(&part.body);
        }
        Ok(rope)
    }
}

/// A signed number of 24 bits.
pub(super) fn put_i24(number: i32) -> Result<Bytes, FlvError> {
    if number << 8 >> 8 != number {
        return Err(FlvError::Unwritable { what: "a composition time beyond 24 bits" });
    }
    let [_, bytes @ ..] = number.to_be_bytes();
    Ok(Bytes::copy_from_slice(&bytes))
}
