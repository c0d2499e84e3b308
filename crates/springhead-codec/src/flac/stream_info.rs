//! STREAMINFO: RFC 9639 §8.2.

use super::FlacError;
use crate::bits::{BitReader, BitWriter};

/// What holds of the whole stream.
///
/// ```
/// use springhead_codec::flac::StreamInfo;
/// let block = b"\x10\0\x10\0\0\0\x0e\0\x36\x52\x0a\xc4\x42\xf0\0\0\0\0\xd4\x1d\x8c\xd9\x8f\0\xb2\x04\xe9\x80\x09\x98\xec\xf8\x42\x7e";
/// let info = StreamInfo::parse(block)?;
/// assert_eq!((info.sample_rate, info.channels, info.bits_per_sample), (44_100, 2, 16));
/// assert_eq!((info.min_block_size, info.max_block_size, info.total_samples), (4096, 4096, 0));
/// assert_eq!(&info.to_bytes(), block);
/// # Ok::<(), springhead_codec::flac::FlacError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct StreamInfo {
    /// The shortest block but for the last, in samples, at least 16.
    pub min_block_size: u16,
    /// The longest block in samples; equal to the shortest in a stream of fixed block size.
    pub max_block_size: u16,
    /// Bytes of the smallest frame, 24 bits; 0 when it is not known, as of a live stream.
    pub min_frame_size: u32,
    /// Bytes of the largest frame likewise.
    pub max_frame_size: u32,
    /// Samples a second, 1 to 1048575.
    pub sample_rate: u32,
    /// Channels, 1 to 8.
    pub channels: u8,
    /// Bits of a sample, 4 to 32.
    pub bits_per_sample: u8,
    /// Samples of a channel, 36 bits; 0 when it is not known, as of a live stream.
    pub total_samples: u64,
    /// MD5 of all samples; zeros when it is not known.
    pub md5: [u8; 16],
}

impl StreamInfo {
    /// Bytes of the block without its header.
    pub const BYTES: usize = 34;

    /// Reads the block without its header. Bytes after it are passed over.
    pub fn parse(block: &[u8]) -> Result<Self, FlacError> {
        let r = &mut BitReader::new("STREAMINFO", block);
        let min_block_size = r.bits("minimum block size", 16)? as u16;
        let max_block_size = r.bits("maximum block size", 16)? as u16;
        if min_block_size < 16 || max_block_size < min_block_size {
            return Err(r.out_of_range("maximum block size", max_block_size).into());
        }
        let min_frame_size = r.bits("minimum frame size", 24)?;
        let max_frame_size = r.bits("maximum frame size", 24)?;
        let sample_rate = r.bits("sample rate", 20)?;
        let channels = r.bits8("number of channels", 3)? + 1;
        let bits_per_sample = r.bits8("bits per sample", 5)? + 1;
        if bits_per_sample < 4 {
            return Err(r.out_of_range("bits per sample", bits_per_sample).into());
        }
        let high = r.bits("total samples", 4)?;
        let total_samples = u64::from(high) << 32 | u64::from(r.bits("total samples", 32)?);
        let mut md5 = [0; 16];
        for byte in &mut md5 {
            *byte = r.bits8("MD5 checksum", 8)?;
        }
        if sample_rate == 0 {
            return Err(FlacError::NoSampleRate);
        }
        Ok(Self {
            min_block_size,
            max_block_size,
            min_frame_size,
            max_frame_size,
            sample_rate,
            channels,
            bits_per_sample,
            total_samples,
            md5,
        })
    }

    /// Writes the block without its header. Only the bits that a field has are written.
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let mut w = BitWriter::new();
        w.bits(self.min_block_size.into(), 16).bits(self.max_block_size.into(), 16);
        w.bits(self.min_frame_size.into(), 24).bits(self.max_frame_size.into(), 24);
        w.bits(self.sample_rate.into(), 20).bits(u64::from(self.channels).wrapping_sub(1), 3);
        w.bits(u64::from(self.bits_per_sample).wrapping_sub(1), 5).bits(self.total_samples, 36);
        for byte in self.md5 {
            w.bits(byte.into(), 8);
        }
        w.into_bytes().try_into().expect("the fields make 272 bits")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::Fault;
    use proptest::prelude::*;

    fn info() -> StreamInfo {
        StreamInfo {
            min_block_size: 1152,
            max_block_size: 4608,
            min_frame_size: 0,
            max_frame_size: 0,
            sample_rate: 192_000,
            channels: 8,
            bits_per_sample: 24,
            total_samples: 0,
            md5: [0; 16],
        }
    }

    #[test]
    fn blocks_and_samples_of_forbidden_sizes_are_refused() {
        for wrong in [
            StreamInfo { min_block_size: 15, ..info() },
            StreamInfo { max_block_size: 1151, ..info() },
            StreamInfo { bits_per_sample: 3, ..info() },
        ] {
            let error = StreamInfo::parse(&wrong.to_bytes()).unwrap_err();
            assert!(matches!(error, FlacError::Syntax(error) if matches!(error.fault, Fault::OutOfRange(_))));
        }
        let silent = StreamInfo { sample_rate: 0, ..info() };
        assert_eq!(StreamInfo::parse(&silent.to_bytes()), Err(FlacError::NoSampleRate));
        for end in 0..StreamInfo::BYTES {
            assert!(StreamInfo::parse(&info().to_bytes()[..end]).is_err());
        }
    }

    proptest! {
        #[test]
        fn a_block_comes_back(
            min_block_size in 16u16..4096,
            more in 0u16..4096,
            frame_sizes in prop::array::uniform2(0u32..1 << 24),
            sample_rate in 1u32..1 << 20,
            channels in 1u8..=8,
            bits_per_sample in 4u8..=32,
            total_samples in 0u64..1 << 36,
            md5: [u8; 16],
        ) {
            let info = StreamInfo {
                min_block_size,
                max_block_size: min_block_size + more,
                min_frame_size: frame_sizes[0],
                max_frame_size: frame_sizes[1],
                sample_rate,
                channels,
                bits_per_sample,
                total_samples,
                md5,
            };
            prop_assert_eq!(StreamInfo::parse(&info.to_bytes()), Ok(info));
        }
    }
}
