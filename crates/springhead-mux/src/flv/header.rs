//! The headers of a file and of a tag.

use super::FlvError;

/// The header of an FLV file (§E.2): which kinds of tags it has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FileHeader {
    /// There are audio tags.
    pub audio: bool,
    /// There are video tags.
    pub video: bool,
}

impl FileHeader {
    /// Bytes of the header.
    pub const LEN: usize = 9;

    /// Reads signature, version, flags and offset; says as well how many bytes to pass over until the first
    /// PreviousTagSize. That is at least [`LEN`](Self::LEN).
    ///
    /// # Errors
    /// [`FlvError::NotFlv`] for another signature or an offset within the header, [`FlvError::Reserved`] for a version
    /// other than 1.
    pub fn parse(header: &[u8; Self::LEN]) -> Result<(Self, u32), FlvError> {
        let [b'F', b'L', b'V', version, flags, offset @ ..] = *header else {
            return Err(FlvError::NotFlv);
        };
        if version != 1 {
            return Err(FlvError::Reserved { field: "version", value: version.into(), offset: 3 });
        }
        let offset = u32::from_be_bytes(offset);
        if offset < Self::LEN as u32 {
            return Err(FlvError::NotFlv);
        }
        Ok((Self { audio: flags & 4 != 0, video: flags & 1 != 0 }, offset))
    }

    /// The header as bytes.
    pub fn to_bytes(self) -> [u8; Self::LEN] {
        let flags = u8::from(self.audio) << 2 | u8::from(self.video);
        [b'F', b'L', b'V', 1, flags, 0, 0, 0, Self::LEN as u8]
    }
}

/// What a tag holds (§E.4.1). The numbers are the message types of RTMP as well.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TagKind {
    /// Sound, type 8.
    Audio,
    /// Pictures, type 9.
    Video,
    /// Script data in AMF, type 18.
    Script,
    /// A type that is not known, of five bits.
    Other(u8),
}

impl TagKind {
    /// The kind of a type; of `code`, the five low bits count.
    pub fn of(code: u8) -> Self {
        match code & 0x1f {
            8 => Self::Audio,
            9 => Self::Video,
            18 => Self::Script,
            other => Self::Other(other),
        }
    }

    /// The type of the kind.
    pub fn code(self) -> u8 {
        match self {
            Self::Audio => 8,
            Self::Video => 9,
            Self::Script => 18,
            Self::Other(code) => code & 0x1f,
        }
    }
}

/// The header of a tag (§E.4.1). The stream identifier, which is always zero, is passed over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TagHeader {
    /// What it holds.
    pub kind: TagKind,
    /// Whether the body is encrypted and starts with a filter's header.
    pub filtered: bool,
    /// Bytes of the body, at most 2^24 - 1.
    pub size: u32,
    /// Milliseconds, wrapping at 2^32. Decode time for pictures.
    pub timestamp: u32,
}

impl TagHeader {
    /// Bytes of the header.
    pub const LEN: usize = 11;
    /// The most bytes of a body.
    pub const MAX_SIZE: usize = (1 << 24) - 1;

    /// Reads a header. Any eleven bytes are one.
    pub fn parse(header: &[u8; Self::LEN]) -> Self {
        let [kind, s2, s1, s0, t2, t1, t0, t3, ..] = *header;
        Self {
            kind: TagKind::of(kind),
            filtered: kind & 0x20 != 0,
            size: u32::from_be_bytes([0, s2, s1, s0]),
            timestamp: u32::from_be_bytes([t3, t2, t1, t0]),
        }
    }

    /// The header as bytes. Of the size, the low 24 bits count.
    pub fn to_bytes(self) -> [u8; Self::LEN] {
        let [_, s2, s1, s0] = self.size.to_be_bytes();
        let [t3, t2, t1, t0] = self.timestamp.to_be_bytes();
        [self.kind.code() | u8::from(self.filtered) << 5, s2, s1, s0, t2, t1, t0, t3, 0, 0, 0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_begin_as_an_flv_file_is_refused() {
        assert_eq!(FileHeader::parse(b"FLX\x01\x05\0\0\0\x09"), Err(FlvError::NotFlv));
        assert_eq!(FileHeader::parse(b"FLV\x01\x05\0\0\0\x08"), Err(FlvError::NotFlv));
        let version = FlvError::Reserved { field: "version", value: 2, offset: 3 };
        assert_eq!(FileHeader::parse(b"FLV\x02\x05\0\0\0\x09"), Err(version));
    }

    #[test]
    fn the_high_byte_of_a_timestamp_comes_last() {
        let header = TagHeader { kind: TagKind::Video, filtered: false, size: 0x01_0203, timestamp: 0xa1b2_c3d4 };
        assert_eq!(header.to_bytes(), [9, 1, 2, 3, 0xb2, 0xc3, 0xd4, 0xa1, 0, 0, 0]);
        assert_eq!(TagHeader::parse(&header.to_bytes()), header);
    }
}
