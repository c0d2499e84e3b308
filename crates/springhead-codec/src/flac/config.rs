//! Metadata blocks: RFC 9639 §8, as `dfLa` has them (Encapsulation of FLAC in ISO Base Media File Format 1.0 §3.3.2) and as
//! streams begin with them.

use bytes::{BufMut, Bytes, BytesMut};

use super::{FlacError, StreamInfo};

/// The marker with which a stream begins.
pub const MAGIC: &[u8] = b"fLaC";

/// The block type of STREAMINFO.
const STREAM_INFO: u8 = 0;

/// The block type that is forbidden.
const FORBIDDEN: u8 = 127;

/// The block types of padding, and of a table of places in a file.
const OF_FILES: [u8; 2] = [1, 3];

/// The most bytes that the header of a block can count.
const MAX_BLOCK: usize = (1 << 24) - 1;

/// What a decoder has to know before the first frame: STREAMINFO, and whatever other blocks the source has.
///
/// ```
/// use bytes::Bytes;
/// use springhead_codec::flac::DecoderConfig;
/// let stream = Bytes::from_static(
///     b"fLaC\x80\0\0\x22\x10\0\x10\0\0\0\x0e\0\x36\x52\x0a\xc4\x42\xf0\0\0\0\0\xd4\x1d\x8c\xd9\x8f\0\xb2\x04\xe9\x80\x09\x98\xec\xf8\x42\x7e",
/// );
/// let (config, end) = DecoderConfig::from_stream(&stream)?;
/// assert_eq!((config.stream_info.sample_rate, end), (44_100, stream.len()));
/// assert_eq!(config.to_bytes(), stream[4..]);
/// assert_eq!(config.to_stream(), stream);
/// # Ok::<(), springhead_codec::flac::FlacError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct DecoderConfig {
    /// The first block.
    pub stream_info: StreamInfo,
    /// The other blocks in their order.
    pub blocks: Vec<MetadataBlock>,
}

/// A metadata block other than STREAMINFO.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MetadataBlock {
    /// The block type, 1 to 126: 4 is a Vorbis comment, 6 a picture.
    pub kind: u8,
    /// What follows its header, a slice of the input; at most 2^24 − 1 bytes.
    pub content: Bytes,
}

impl DecoderConfig {
    /// A configuration of STREAMINFO alone.
    pub fn new(stream_info: StreamInfo) -> Self {
        Self { stream_info, blocks: Vec::new() }
    }

    /// Reads the metadata blocks of `dfLa`, without version and flags. Bytes after the block that says that it is the last
    /// are passed over; a source that says so of none is accepted.
    pub fn parse(blocks: &Bytes) -> Result<Self, FlacError> {
        Ok(Self::read(blocks, 0, false)?.0)
    }

    /// Reads the start of a stream, `fLaC` and the metadata blocks, as files and Enhanced RTMP have it; also gives the
    /// byte after the last block, where the first frame of a file begins.
    pub fn from_stream(stream: &Bytes) -> Result<(Self, usize), FlacError> {
        if !stream.starts_with(MAGIC) {
            return Err(FlacError::Marker);
        }
        Self::read(stream, MAGIC.len(), true)
    }

    /// Reads blocks from `start` on. In a stream the last one has to say so, as frames follow.
    fn read(bytes: &Bytes, start: usize, delimited: bool) -> Result<(Self, usize), FlacError> {
        let mut at = start;
        let (mut stream_info, mut blocks) = (None, Vec::new());
        loop {
            let offset = at;
            let Some(&[head, a, b, c]) = bytes.get(at..at + 4) else {
                let available = bytes.len() - at;
                return match stream_info {
                    Some(stream_info) if available == 0 && !delimited => Ok((Self { stream_info, blocks }, at)),
                    _ => Err(FlacError::BlockLength { offset, length: 4, available }),
                };
            };
            let length = u32::from_be_bytes([0, a, b, c]) as usize;
            at += 4;
            let available = bytes.len() - at;
            if length > available {
                return Err(FlacError::BlockLength { offset, length, available });
            }
            let content = bytes.slice(at..at + length);
            at += length;
            match (head & 0x7f, &stream_info) {
                (STREAM_INFO, None) if length == StreamInfo::BYTES => stream_info = Some(StreamInfo::parse(&content)?),
                (STREAM_INFO, _) | (_, None) => return Err(FlacError::StreamInfo { offset }),
                (FORBIDDEN, _) => return Err(FlacError::BlockType { offset }),
                (kind, Some(_)) => blocks.push(MetadataBlock { kind, content }),
            }
            if let (Some(stream_info), true) = (stream_info, head & 0x80 != 0) {
                return Ok((Self { stream_info, blocks }, at));
            }
        }
    }

    /// The blocks that mean something away from the file that they came from: all but padding, of which files have
    /// kilobytes, and the seek table.
    pub fn carried(&self) -> Self {
        let blocks = self.blocks.iter().filter(|block| !OF_FILES.contains(&block.kind)).cloned().collect();
        Self { stream_info: self.stream_info, blocks }
    }

    /// Writes the metadata blocks of `dfLa`, without version and flags; the last says that it is the last.
    pub fn to_bytes(&self) -> Bytes {
        let mut out = BytesMut::new();
        self.write(&mut out);
        out.freeze()
    }

    /// Writes the start of a stream: `fLaC` and the metadata blocks.
    pub fn to_stream(&self) -> Bytes {
        let mut out = BytesMut::from(MAGIC);
        self.write(&mut out);
        out.freeze()
    }

    fn write(&self, out: &mut BytesMut) {
        put_block(out, STREAM_INFO, &self.stream_info.to_bytes(), self.blocks.is_empty());
        for (index, block) in self.blocks.iter().enumerate() {
            put_block(out, block.kind & 0x7f, &block.content, index + 1 == self.blocks.len());
        }
    }
}

fn put_block(out: &mut BytesMut, kind: u8, content: &[u8], last: bool) {
    let content = &content[..content.len().min(MAX_BLOCK)];
    out.put_u8(if last { 0x80 } else { 0 } | kind);
    out.put_uint(content.len() as u64, 3);
    out.put_slice(content);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use proptest::prelude::*;

    fn parse(bytes: &[u8]) -> Result<DecoderConfig, FlacError> {
        DecoderConfig::parse(&Bytes::copy_from_slice(bytes))
    }

    #[test]
    fn metadata_without_one_sound_streaminfo_at_its_start_is_refused() {
        let good = fixtures::bytes(fixtures::DFLA[0].0);
        let mut comment_first = vec![4, 0, 0, 0];
        comment_first.extend_from_slice(&good);
        assert_eq!(parse(&comment_first), Err(FlacError::StreamInfo { offset: 0 }));
        let mut twice = good.clone();
        twice[0] = 0;
        twice.extend_from_slice(&good);
        assert_eq!(parse(&twice), Err(FlacError::StreamInfo { offset: 38 }));
        let mut forbidden = good.clone();
        forbidden[0] = 0;
        forbidden.extend_from_slice(&[0xff, 0, 0, 0]);
        assert_eq!(parse(&forbidden), Err(FlacError::BlockType { offset: 38 }));
        for end in 0..good.len() {
            assert!(matches!(parse(&good[..end]), Err(FlacError::BlockLength { offset: 0, .. })));
        }
        assert_eq!(DecoderConfig::from_stream(&good.into()), Err(FlacError::Marker));
    }

    #[test]
    fn dfla_is_what_ffmpeg_writes_byte_for_byte() {
        for (hex, rate, channels, bits, block) in fixtures::DFLA {
            let config = parse(&fixtures::bytes(hex)).unwrap();
            let info = config.stream_info;
            assert_eq!((info.sample_rate, info.channels, info.bits_per_sample), (rate, channels, bits));
            assert_eq!((info.min_block_size, info.max_block_size), (block, block));
            assert_eq!(config.to_bytes(), fixtures::bytes(hex));
        }
    }

    #[test]
    fn a_source_that_marks_no_block_as_the_last_is_accepted_in_a_box_and_not_in_a_stream() {
        let mut blocks = fixtures::bytes(fixtures::DFLA[0].0);
        blocks[0] = 0;
        let config = parse(&blocks).unwrap();
        assert_eq!(config.to_bytes(), fixtures::bytes(fixtures::DFLA[0].0));
        let stream = [MAGIC, &blocks].concat();
        let error = FlacError::BlockLength { offset: 42, length: 4, available: 0 };
        assert_eq!(DecoderConfig::from_stream(&stream.into()), Err(error));
    }

    #[test]
    fn other_blocks_are_kept_and_frames_begin_after_the_last() {
        let stream = Bytes::from_static(fixtures::FLAC);
        let (config, end) = DecoderConfig::from_stream(&stream).unwrap();
        assert_eq!(config.blocks.iter().map(|block| block.kind).collect::<Vec<_>>(), [4]);
        assert_eq!(config.to_stream(), stream[..end]);
        assert_eq!(stream[end..end + 2], [0xff, 0xf8]);
    }

    #[test]
    fn padding_and_seek_tables_are_not_carried() {
        let mut config = parse(&fixtures::bytes(fixtures::DFLA[0].0)).unwrap();
        let block = |kind| MetadataBlock { kind, content: vec![0; 18].into() };
        config.blocks = [4, 1, 3, 5].map(block).into();
        let kinds = |config: &DecoderConfig| config.blocks.iter().map(|block| block.kind).collect::<Vec<_>>();
        assert_eq!((kinds(&config), kinds(&config.carried())), (vec![4, 1, 3, 5], vec![4, 5]));
        let track = crate::flac::track(springhead_core::TrackId(0), &config);
        assert_eq!(track.config, config.carried().to_bytes());
    }

    proptest! {
        #[test]
        fn blocks_come_back(blocks in prop::collection::vec((1u8..127, prop::collection::vec(any::<u8>(), 0..40)), 0..5)) {
            let mut config = parse(&fixtures::bytes(fixtures::DFLA[0].0)).unwrap();
            let block = |(kind, content): (u8, Vec<u8>)| MetadataBlock { kind, content: content.into() };
            config.blocks = blocks.into_iter().map(block).collect();
            prop_assert_eq!(DecoderConfig::parse(&config.to_bytes()), Ok(config.clone()));
            let stream = config.to_stream();
            prop_assert_eq!(DecoderConfig::from_stream(&stream), Ok((config, stream.len())));
        }

        #[test]
        fn no_bytes_panic(config in prop::collection::vec(any::<u8>(), 0..80)) {
            crate::fuzz::flac_config(&config);
        }
    }
}
