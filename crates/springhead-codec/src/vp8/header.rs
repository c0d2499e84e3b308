//! The uncompressed data chunk at the start of a frame (RFC 6386 §9.1).

use springhead_core::Cicp;

use crate::bits::{BitReader, Fault, SyntaxError};
use crate::vpx::{ChromaSubsampling, Record, VpxError};

/// By how much a side is meant to be stretched for display.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Scale {
    /// 0: not at all.
    None,
    /// 1: by 5/4.
    FiveFourths,
    /// 2: by 5/3.
    FiveThirds,
    /// 3: by 2.
    Double,
}

impl Scale {
    fn of(bits: u16) -> Self {
        match bits >> 14 {
            0 => Self::None,
            1 => Self::FiveFourths,
            2 => Self::FiveThirds,
            _ => Self::Double,
        }
    }

    /// The factor as a fraction.
    pub fn ratio(self) -> (u32, u32) {
        match self {
            Self::None => (1, 1),
            Self::FiveFourths => (5, 4),
            Self::FiveThirds => (5, 3),
            Self::Double => (2, 1),
        }
    }
}

/// What a key frame says of the pictures.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct KeyFrame {
    /// Width and height as coded, in samples; neither is zero.
    pub size: (u32, u32),
    /// `horizontal_scale` and `vertical_scale`.
    pub scale: (Scale, Scale),
    /// `color_space` (§9.2) is 0: samples are those of BT.601. Reserved otherwise.
    pub is_bt601: bool,
}

/// The frame tag, and what a key frame adds.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub struct FrameHeader {
    /// `version`: which filters reconstruct the picture, 0 to 3; the profile of the record.
    pub version: u8,
    /// `show_frame`.
    pub show_frame: bool,
    /// `first_part_size`, in bytes.
    pub first_part_size: u32,
    /// Size and colour, of a key frame.
    pub key_frame: Option<KeyFrame>,
}

/// The bytes of a key frame that say all this: tag, start code, size, and the first byte of the first partition, whose first
/// bit is `color_space`.
pub(super) const KEY_FRAME_START: usize = 11;

const START_CODE: [u8; 3] = [0x9d, 0x01, 0x2a];

impl FrameHeader {
    /// Reads the start of a frame, of which at least the bytes that say all this have to be there.
    ///
    /// ```
    /// use springhead_codec::vp8::FrameHeader;
    /// // `ffmpeg -f lavfi -i testsrc=size=64x64 -c:v libvpx`
    /// let header = FrameHeader::parse(b"\xb0\x20\0\x9d\x01\x2a\x40\0\x40\0\0")?;
    /// assert_eq!(header.key_frame.map(|key| key.size), Some((64, 64)));
    /// # Ok::<(), springhead_codec::bits::SyntaxError>(())
    /// ```
    pub fn parse(frame: &[u8]) -> Result<Self, SyntaxError> {
        let fault = |field, byte: usize, fault| SyntaxError { structure: "frame header", field, bit: byte * 8, fault };
        let &[a, b, c, ref rest @ ..] = frame else { return Err(fault("frame_tag", 0, Fault::Truncated)) };
        let tag = u32::from_le_bytes([a, b, c, 0]);
        let version = (tag >> 1 & 7) as u8;
        if version > 3 {
            return Err(fault("version", 0, Fault::OutOfRange(version.into())));
        }
        let mut header = Self { version, show_frame: tag >> 4 & 1 == 1, first_part_size: tag >> 5, key_frame: None };
        if tag & 1 == 1 {
            return Ok(header);
        }
        let r = &mut BitReader::new("frame header", rest);
        for byte in START_CODE {
            if r.bits8("start_code", 8)? != byte {
                return Err(fault("start_code", 3, Fault::OutOfRange(rest[0].into())));
            }
        }
        let mut side = |field| Ok((r.bits(field, 16)? as u16).swap_bytes());
        let (width, height) = (side("horizontal_size_code")?, side("vertical_size_code")?);
        let size = (u32::from(width & 0x3fff), u32::from(height & 0x3fff));
        if size.0 == 0 || size.1 == 0 {
            return Err(fault("size", 6, Fault::OutOfRange(0)));
        }
        // The first symbol of the bool decoder is coded with even chances, which makes it the first bit (§7.3).
        let is_bt601 = !r.flag("color_space")?;
        header.key_frame = Some(KeyFrame { size, scale: (Scale::of(width), Scale::of(height)), is_bt601 });
        Ok(header)
    }

    /// Checks that the first partition lies within the frame.
    pub(super) fn check_partition(&self, frame: &[u8]) -> Result<(), VpxError> {
        let headers = if self.key_frame.is_some() { KEY_FRAME_START - 1 } else { 3 };
        let (size, available) = (self.first_part_size as usize, frame.len() - headers);
        if size > available { Err(VpxError::Partition { size, available }) } else { Ok(()) }
    }

    /// What a record says of a key frame, without a level.
    pub(super) fn record(&self) -> Option<Record> {
        let matrix = if self.key_frame?.is_bt601 { 5 } else { 2 };
        Some(Record {
            profile: self.version,
            level: 0,
            bit_depth: 8,
            subsampling: ChromaSubsampling::Colocated420,
            cicp: Cicp { primaries: 2, transfer: 2, matrix, full_range: false },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 11] = [0x10, 2, 0, 0x9d, 1, 0x2a, 0x40, 0x40, 0x30, 0xc0, 0x80];

    #[test]
    fn headers_that_are_none_are_refused() {
        let field = |change: &dyn Fn(&mut [u8; 11]), end: usize| {
            let mut frame = KEY;
            change(&mut frame);
            FrameHeader::parse(&frame[..end]).unwrap_err().field
        };
        assert_eq!(field(&|_| {}, 2), "frame_tag");
        assert_eq!(field(&|frame| frame[0] |= 8, 11), "version");
        assert_eq!(field(&|frame| frame[4] = 2, 11), "start_code");
        assert_eq!(field(&|_| {}, 5), "start_code");
        assert_eq!(field(&|_| {}, 9), "vertical_size_code");
        assert_eq!(field(&|_| {}, 10), "color_space");
        assert_eq!(field(&|frame| frame[6..8].copy_from_slice(&[0, 0x40]), 11), "size");
    }

    #[test]
    fn a_key_frame_says_size_scale_and_colour() {
        let header = FrameHeader::parse(&KEY).unwrap();
        let key = header.key_frame.unwrap();
        assert_eq!((key.size, key.scale), ((64, 48), (Scale::FiveFourths, Scale::Double)));
        assert!(!key.is_bt601 && header.show_frame && header.version == 0);
        assert_eq!(header.first_part_size, 16);
    }

    #[test]
    fn other_frames_have_a_tag_only() {
        let header = FrameHeader::parse(&[0x27, 0, 0]).unwrap();
        assert_eq!((header.version, header.show_frame, header.first_part_size), (3, false, 1));
        assert_eq!(header.key_frame, None);
    }
}
