//! Frame headers: RFC 9639 §9.1.

use super::FlacError;
use crate::bits::{BitReader, SyntaxError};

/// What a frame says of itself. A sample of a file, and a message of Enhanced RTMP, is one frame.
///
/// ```
/// use springhead_codec::flac::FrameHeader;
/// let header = FrameHeader::parse(&[0xff, 0xf8, 0xca, 0x18, 0x00, 0x7f])?;
/// assert_eq!((header.block_size, header.sample_rate, header.channels), (4096, Some(48_000), 2));
/// # Ok::<(), springhead_codec::flac::FlacError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub struct FrameHeader {
    /// Whether blocks vary in size, so that [`number`](Self::number) counts samples rather than frames.
    pub variable: bool,
    /// Samples of each channel, 1 to 65535: how long the frame lasts in ticks of the sampling rate.
    pub block_size: u32,
    /// Samples a second; none where STREAMINFO says it.
    pub sample_rate: Option<u32>,
    /// Channels, 1 to 8.
    pub channels: u8,
    /// Bits of a sample; none where STREAMINFO says it.
    pub bits_per_sample: Option<u8>,
    /// The number of the frame, or of its first sample.
    pub number: u64,
    /// Bytes of the header, its check included.
    pub bytes: usize,
}

impl FrameHeader {
    /// Reads the header at the start of a frame and verifies its check.
    pub fn parse(frame: &[u8]) -> Result<Self, FlacError> {
        let r = &mut BitReader::new("frame_header", frame);
        let sync = r.bits("sync code", 15)?;
        if sync != 0x7ffc {
            return Err(r.out_of_range("sync code", sync).into());
        }
        let variable = r.flag("blocking strategy")?;
        let block = r.bits8("block size", 4)?;
        let rate = r.bits8("sample rate", 4)?;
        let channels = match r.bits8("channels", 4)? {
            independent @ 0..=7 => independent + 1,
            8..=10 => 2,
            reserved => return Err(r.out_of_range("channels", reserved).into()),
        };
        let bits_per_sample = match r.bits8("bit depth", 3)? {
            0 => None,
            1 => Some(8),
            2 => Some(12),
            4 => Some(16),
            5 => Some(20),
            6 => Some(24),
            7 => Some(32),
            reserved => return Err(r.out_of_range("bit depth", reserved).into()),
        };
        if r.flag("reserved")? {
            return Err(r.out_of_range("reserved", 1).into());
        }
        let number = read_coded_number(r, variable)?;
        let block_size = match block {
            1 => 192,
            2..=5 => 144 << block,
            6 => r.bits("uncommon block size", 8)? + 1,
            7 => r.bits("uncommon block size", 16)? + 1,
            8..=15 => 1 << block,
            reserved => return Err(r.out_of_range("block size", reserved).into()),
        };
        if block_size > 65_535 {
            return Err(r.out_of_range("uncommon block size", block_size).into());
        }
        let sample_rate = match rate {
            0 => None,
            1 => Some(88_200),
            2 => Some(176_400),
            3 => Some(192_000),
            4 => Some(8_000),
            5 => Some(16_000),
            6 => Some(22_050),
            7 => Some(24_000),
            8 => Some(32_000),
            9 => Some(44_100),
            10 => Some(48_000),
            11 => Some(96_000),
            12 => Some(1_000 * r.bits("uncommon sample rate", 8)?),
            13 => Some(r.bits("uncommon sample rate", 16)?),
            14 => Some(10 * r.bits("uncommon sample rate", 16)?),
            forbidden => return Err(r.out_of_range("sample rate", forbidden).into()),
        };
        let expected = check(&frame[..r.position() / 8]);
        let found = r.bits8("frame header CRC", 8)?;
        if found != expected {
            return Err(FlacError::HeaderCheck { found, expected });
        }
        let bytes = r.position() / 8;
        Ok(Self { variable, block_size, sample_rate, channels, bits_per_sample, number, bytes })
    }
}

/// The coded number of §9.1.5: as UTF-8 codes a character, but of up to 31 bits for frames and 36 for samples.
fn read_coded_number(r: &mut BitReader<'_>, variable: bool) -> Result<u64, SyntaxError> {
    let first = r.bits8("coded number", 8)?;
    let ones = first.leading_ones();
    let most = if variable { 7 } else { 6 };
    if ones == 1 || ones > most {
        return Err(r.out_of_range("coded number", first));
    }
    if ones == 0 {
        return Ok(first.into());
    }
    let mut number = u64::from(first) & ((1 << (7 - ones)) - 1);
    for _ in 1..ones {
        let byte = r.bits("coded number", 8)?;
        if byte >> 6 != 0b10 {
            return Err(r.out_of_range("coded number", byte));
        }
        number = number << 6 | u64::from(byte & 0x3f);
    }
    Ok(number)
}

/// The CRC of §9.1.8: x⁸ + x² + x + 1, from zero.
fn check(bytes: &[u8]) -> u8 {
    bytes
        .iter()
        .fold(0, |crc, byte| (0..8).fold(crc ^ byte, |crc, _| if crc & 0x80 != 0 { crc << 1 ^ 0x07 } else { crc << 1 }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::BitWriter;
    use crate::fixtures;
    use crate::flac::DecoderConfig;
    use bytes::Bytes;
    use proptest::prelude::*;

    /// A header with its check: codes of block size, rate, channels and bits, the coded number, and what follows it.
    fn header(codes: [u8; 4], number: &[u8], tail: &[u8]) -> Vec<u8> {
        let mut w = BitWriter::new();
        w.bits(0x7ffc, 15).flag(number.len() == 7);
        w.bits(codes[0].into(), 4)
            .bits(codes[1].into(), 4)
            .bits(codes[2].into(), 4)
            .bits(codes[3].into(), 3)
            .bits(0, 1);
        let mut bytes = w.into_bytes();
        bytes.extend_from_slice(number);
        bytes.extend_from_slice(tail);
        bytes.push(check(&bytes));
        bytes
    }

    #[test]
    fn what_is_reserved_or_damaged_is_refused() {
        for (codes, field) in [
            ([0, 9, 1, 4], "block size"),
            ([12, 15, 1, 4], "sample rate"),
            ([12, 9, 11, 4], "channels"),
            ([12, 9, 1, 3], "bit depth"),
        ] {
            let error = FrameHeader::parse(&header(codes, &[0], &[])).unwrap_err();
            assert!(matches!(error, FlacError::Syntax(error) if error.field == field), "{field}");
        }
        let long = header([7, 9, 1, 4], &[0], &[0xff, 0xff]);
        assert!(
            matches!(FrameHeader::parse(&long), Err(FlacError::Syntax(error)) if error.field == "uncommon block size")
        );
        for number in [&[0x80][..], &[0xc1, 0x41], &[0xfe, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80], &[0xff]] {
            let mut bytes = header([12, 9, 1, 4], number, &[]);
            bytes[1] &= 0xfe;
            assert!(
                matches!(FrameHeader::parse(&bytes), Err(FlacError::Syntax(error)) if error.field == "coded number")
            );
        }
        let mut damaged = header([12, 9, 1, 4], &[0], &[]);
        damaged[4] ^= 1;
        assert!(matches!(FrameHeader::parse(&damaged), Err(FlacError::HeaderCheck { .. })));
        let whole = header([7, 14, 1, 4], &[0xc2, 0x80], &[0x0f, 0xff, 0x12, 0x34]);
        for end in 0..whole.len() {
            assert!(FrameHeader::parse(&whole[..end]).is_err());
        }
    }

    #[test]
    fn every_size_and_rate_of_the_tables_is_read() {
        let parse = |codes, tail: &[u8]| FrameHeader::parse(&header(codes, &[5], tail)).unwrap();
        let sizes: Vec<u32> = (1..6).chain(8..16).map(|code| parse([code, 9, 0, 0], &[]).block_size).collect();
        assert_eq!(sizes, [192, 576, 1152, 2304, 4608, 256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768]);
        assert_eq!(parse([6, 9, 0, 0], &[0xff]).block_size, 256);
        assert_eq!(parse([7, 9, 0, 0], &[0x12, 0x34]).block_size, 0x1235);
        let rates: Vec<_> = (1..12).map(|code| parse([8, code, 0, 0], &[]).sample_rate.unwrap_or(0)).collect();
        let table = [88_200, 176_400, 192_000, 8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000];
        assert_eq!(rates, table);
        assert_eq!(parse([8, 0, 0, 0], &[]).sample_rate, None);
        assert_eq!(parse([8, 12, 0, 0], &[255]).sample_rate, Some(255_000));
        assert_eq!(parse([8, 13, 0, 0], &[0x12, 0x34]).sample_rate, Some(0x1234));
        assert_eq!(parse([8, 14, 0, 0], &[0xff, 0xff]).sample_rate, Some(655_350));
    }

    #[test]
    fn numbers_of_up_to_36_bits_are_read() {
        let number = |bytes: &[u8]| FrameHeader::parse(&header([8, 9, 0, 0], bytes, &[])).unwrap().number;
        assert_eq!(number(&[0x7f]), 0x7f);
        assert_eq!(number(&[0xc2, 0x80]), 0x80);
        assert_eq!(number(&[0xfd, 0xbf, 0xbf, 0xbf, 0xbf, 0xbf]), (1 << 31) - 1);
        assert_eq!(number(&[0xfe, 0xbf, 0xbf, 0xbf, 0xbf, 0xbf, 0xbf]), (1 << 36) - 1);
    }

    #[test]
    fn frames_of_ffmpeg_are_described() {
        let stream = Bytes::from_static(fixtures::FLAC);
        let (config, at) = DecoderConfig::from_stream(&stream).unwrap();
        let first = FrameHeader::parse(&stream[at..]).unwrap();
        let size = u32::from(config.stream_info.max_block_size);
        assert_eq!((first.block_size, first.sample_rate, first.channels), (size, Some(48_000), 2));
        assert_eq!((first.bits_per_sample, first.number, first.variable), (Some(24), 0, false));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(mut frame in prop::collection::vec(any::<u8>(), 0..24), sync: bool) {
            if sync && frame.len() > 2 {
                frame[0] = 0xff;
                frame[1] = 0xf8 | frame[1] & 1;
            }
            crate::fuzz::flac_frame_header(&frame);
        }
    }
}
