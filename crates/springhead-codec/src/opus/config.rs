//! Decoder configurations: the content of `dOps` (Encapsulation of Opus in ISO Base Media File Format 0.8.1 §4.3.2) and the
//! identification header (RFC 7845 §5.1), which say the same in different byte orders.

use bytes::Bytes;

use super::{OpusError, Packet};
use crate::bits::{BitReader, BitWriter, SyntaxError};

/// The first bytes of an identification header.
const MAGIC: &[u8] = b"OpusHead";

/// `Version` of `dOps`.
const BOX_VERSION: u8 = 0;

/// The version of an identification header that is written. Those below 16 are read, as RFC 7845 §5.1 asks.
const HEADER_VERSION: u8 = 1;

/// What a decoder has to know before the first packet.
///
/// ```
/// use springhead_codec::opus::DecoderConfig;
/// let header = b"OpusHead\x01\x02\x38\x01\x80\xbb\0\0\0\0\0";
/// let config = DecoderConfig::from_header(header)?;
/// assert_eq!((config.channels, config.pre_skip, config.input_sample_rate), (2, 312, 48_000));
/// assert_eq!(&config.to_bytes()[..], b"\0\x02\x01\x38\0\0\xbb\x80\0\0\0");
/// assert_eq!(&config.to_header()[..], header);
/// # Ok::<(), springhead_codec::opus::OpusError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct DecoderConfig {
    /// `OutputChannelCount`: channels as decoded, 1 to 255.
    pub channels: u8,
    /// `PreSkip`: samples of 48 kHz that a player leaves out at the start of the stream.
    pub pre_skip: u16,
    /// `InputSampleRate` in Hz of what was coded, for information; 0 when nobody knows.
    pub input_sample_rate: u32,
    /// `OutputGain`: what a player applies, in 1/256 dB.
    pub output_gain: i16,
    /// `ChannelMappingFamily`: 0 mono or stereo, 1 up to 8 channels in the order of Vorbis, 2 and 3 ambisonics (RFC 8486),
    /// 255 channels without a meaning.
    pub family: u8,
    /// How the streams of a packet make channels; of family 0 there is none, as there is one stream.
    pub mapping: Option<ChannelMapping>,
}

/// `ChannelMappingTable`: RFC 7845 §5.1.1, RFC 8486 §3.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ChannelMapping {
    /// `StreamCount`: streams of a packet, at least 1.
    pub streams: u8,
    /// `CoupledCount`: how many of them, the first, code two channels.
    pub coupled: u8,
    /// `ChannelMapping`: for each channel the index of what is decoded, 255 for silence. Of family 3 the demixing matrix in
    /// its place, in the byte order of RFC 8486 also in `dOps`, whose specification does not know that family.
    pub table: Vec<u8>,
}

/// The coupled streams of each number of channels in the order of Vorbis, from 1.
const VORBIS_COUPLED: [u8; 8] = [0, 1, 1, 2, 2, 2, 3, 3];

/// What maps them to their channels: RFC 7845 §5.1.1.2, as encoders arrange their streams.
const VORBIS_TABLES: [&[u8]; 8] = [
    &[0],
    &[0, 1],
    &[0, 2, 1],
    &[0, 1, 2, 3],
    &[0, 4, 1, 2, 3],
    &[0, 4, 1, 2, 3, 5],
    &[0, 4, 1, 2, 3, 5, 6],
    &[0, 6, 1, 2, 3, 4, 5, 7],
];

impl ChannelMapping {
    /// The usual mapping of 1 to 8 channels in the order of Vorbis; none of other numbers.
    pub fn vorbis(channels: u8) -> Option<Self> {
        let index = usize::from(channels.checked_sub(1)?);
        let (table, coupled) = (VORBIS_TABLES.get(index)?, VORBIS_COUPLED[index]);
        Some(Self { streams: channels - coupled, coupled, table: table.to_vec() })
    }
}

impl DecoderConfig {
    /// The configuration of a source that states no more than its channels, 1 to 8 in the order of Vorbis, and `pre_skip`.
    pub fn new(channels: u8, pre_skip: u16) -> Result<Self, OpusError> {
        let family = u8::from(channels > 2);
        let mapping = if family == 0 { None } else { ChannelMapping::vorbis(channels) };
        Self { channels, pre_skip, input_sample_rate: 48_000, output_gain: 0, family, mapping }.checked()
    }

    /// Reads the content of `dOps`. Bytes after it are passed over.
    pub fn parse(content: &[u8]) -> Result<Self, OpusError> {
        let r = &mut BitReader::new("OpusSpecificBox", content);
        let version = r.bits8("Version", 8)?;
        if version != BOX_VERSION {
            return Err(OpusError::Version(version));
        }
        let channels = r.bits8("OutputChannelCount", 8)?;
        let pre_skip = r.bits("PreSkip", 16)? as u16;
        let input_sample_rate = r.bits("InputSampleRate", 32)?;
        let output_gain = r.bits("OutputGain", 16)? as u16 as i16;
        Self::read_mapping(r, Self { channels, pre_skip, input_sample_rate, output_gain, family: 0, mapping: None })
    }

    /// Reads an identification header, `OpusHead`, as Ogg, Matroska and Enhanced RTMP carry it. Bytes after it are passed
    /// over.
    pub fn from_header(header: &[u8]) -> Result<Self, OpusError> {
        let content = header.strip_prefix(MAGIC).ok_or(OpusError::Magic)?;
        let r = &mut BitReader::new("OpusHead", content);
        let version = r.bits8("version", 8)?;
        if version > 15 {
            return Err(OpusError::Version(version));
        }
        let channels = r.bits8("output channel count", 8)?;
        let pre_skip = (r.bits("pre-skip", 16)? as u16).swap_bytes();
        let input_sample_rate = r.bits("input sample rate", 32)?.swap_bytes();
        let output_gain = (r.bits("output gain", 16)? as u16).swap_bytes() as i16;
        Self::read_mapping(r, Self { channels, pre_skip, input_sample_rate, output_gain, family: 0, mapping: None })
    }

    /// The mapping family and its table, which both forms end with.
    fn read_mapping(r: &mut BitReader<'_>, config: Self) -> Result<Self, OpusError> {
        let family = r.bits8("ChannelMappingFamily", 8)?;
        let mut config = Self { family, ..config };
        if family != 0 {
            let (streams, coupled) = (r.bits8("StreamCount", 8)?, r.bits8("CoupledCount", 8)?);
            let bytes = table_bytes(family, config.channels, streams, coupled);
            let bytes = if bytes * 8 > r.remaining() { r.remaining() / 8 + 1 } else { bytes };
            let table = (0..bytes).map(|_| r.bits8("ChannelMapping", 8)).collect::<Result<_, SyntaxError>>()?;
            config.mapping = Some(ChannelMapping { streams, coupled, table });
        }
        config.checked()
    }

    /// Itself, if the families allow it.
    pub(super) fn checked(self) -> Result<Self, OpusError> {
        let (family, channels) = (self.family, self.channels);
        let allowed = match family {
            0 => (1..=2).contains(&channels),
            1 => (1..=8).contains(&channels),
            2 | 3 => is_ambisonics(channels),
            255 => channels > 0,
            reserved => return Err(OpusError::Family(reserved)),
        };
        if !allowed {
            return Err(OpusError::Channels { family, channels });
        }
        match &self.mapping {
            None if family == 0 => {}
            None => return Err(OpusError::Mapping { streams: 0, coupled: 0 }),
            Some(mapping) => {
                let (streams, coupled) = (mapping.streams, mapping.coupled);
                let decoded = usize::from(streams) + usize::from(coupled);
                let has = |&index: &u8| index == 255 || usize::from(index) < decoded;
                let whole = mapping.table.len() == table_bytes(family, channels, streams, coupled);
                let sound = family != 0 && streams > 0 && coupled <= streams && decoded <= 255 && whole;
                if !sound || (family != 3 && !mapping.table.iter().all(has)) {
                    return Err(OpusError::Mapping { streams, coupled });
                }
            }
        }
        Ok(self)
    }

    /// Writes the content of `dOps`.
    pub fn to_bytes(&self) -> Bytes {
        let mut w = BitWriter::new();
        w.bits(BOX_VERSION.into(), 8).bits(self.channels.into(), 8).bits(self.pre_skip.into(), 16);
        w.bits(self.input_sample_rate.into(), 32).bits((self.output_gain as u16).into(), 16);
        self.write_mapping(&mut w);
        w.into_bytes().into()
    }

    /// Writes an identification header.
    pub fn to_header(&self) -> Bytes {
        let mut w = BitWriter::new();
        for &byte in MAGIC {
            w.bits(byte.into(), 8);
        }
        w.bits(HEADER_VERSION.into(), 8).bits(self.channels.into(), 8).bits(self.pre_skip.swap_bytes().into(), 16);
        w.bits(self.input_sample_rate.swap_bytes().into(), 32);
        w.bits((self.output_gain as u16).swap_bytes().into(), 16);
        self.write_mapping(&mut w);
        w.into_bytes().into()
    }

    fn write_mapping(&self, w: &mut BitWriter) {
        w.bits(self.family.into(), 8);
        if let Some(mapping) = &self.mapping {
            w.bits(mapping.streams.into(), 8).bits(mapping.coupled.into(), 8);
            for &byte in &mapping.table {
                w.bits(byte.into(), 8);
            }
        }
    }

    /// How long a packet lasts, in ticks of 48 kHz: all its streams are read, of which all but the last delimit themselves
    /// (RFC 7845 §3), and all last equally long.
    pub fn packet_duration(&self, packet: &[u8]) -> Result<u32, OpusError> {
        let streams = self.mapping.as_ref().map_or(1, |mapping| mapping.streams);
        let (mut rest, mut first) = (packet, None);
        for stream in 0..streams {
            let (parsed, end) =
                if stream + 1 < streams { Packet::parse_delimited(rest)? } else { (Packet::parse(rest)?, rest.len()) };
            rest = &rest[end..];
            let ticks = parsed.duration();
            let first = *first.get_or_insert(ticks);
            if ticks != first {
                return Err(OpusError::StreamDurations { stream, ticks, first });
            }
        }
        first.ok_or(OpusError::Mapping { streams, coupled: 0 })
    }
}

/// The bytes of the table: a channel's index in one, or of family 3 a matrix of two bytes for each of them and each output.
fn table_bytes(family: u8, channels: u8, streams: u8, coupled: u8) -> usize {
    let channels = usize::from(channels);
    if family == 3 { 2 * channels * (usize::from(streams) + usize::from(coupled)) } else { channels }
}

/// Whether a number of channels is (n + 1)², with or without two that are not diegetic (RFC 8486 §3.1), n up to 14.
fn is_ambisonics(channels: u8) -> bool {
    (1..=15u8).any(|side| channels == side * side || u16::from(channels) == u16::from(side * side) + 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use proptest::prelude::*;

    fn parse(hex: &str) -> Result<DecoderConfig, OpusError> {
        DecoderConfig::parse(&fixtures::bytes(hex))
    }

    #[test]
    fn what_no_decoder_could_use_is_refused() {
        assert_eq!(parse("01 02 0138 0000bb80 0000 00"), Err(OpusError::Version(1)));
        assert_eq!(parse("00 00 0138 0000bb80 0000 00"), Err(OpusError::Channels { family: 0, channels: 0 }));
        assert_eq!(parse("00 03 0138 0000bb80 0000 00"), Err(OpusError::Channels { family: 0, channels: 3 }));
        assert_eq!(
            parse("00 09 0138 0000bb80 0000 01 0900 000102030405060708"),
            Err(OpusError::Channels { family: 1, channels: 9 })
        );
        assert_eq!(
            parse("00 05 0138 0000bb80 0000 02 0500 0001020304"),
            Err(OpusError::Channels { family: 2, channels: 5 })
        );
        assert_eq!(parse("00 02 0138 0000bb80 0000 04 0101 0001"), Err(OpusError::Family(4)));
        for mapping in ["0000 0001", "0102 0001", "0101 0002", "8080 0001"] {
            let found = parse(&format!("00 02 0138 0000bb80 0000 01 {mapping}"));
            assert!(matches!(found, Err(OpusError::Mapping { .. })), "{mapping}: {found:?}");
        }
        assert_eq!(DecoderConfig::from_header(b"OpusTags"), Err(OpusError::Magic));
        assert_eq!(DecoderConfig::from_header(b"OpusHead\x10"), Err(OpusError::Version(16)));
    }

    #[test]
    fn a_configuration_cut_short_is_refused() {
        for (hex, _) in fixtures::DOPS {
            let whole = fixtures::bytes(hex);
            for end in 0..whole.len() {
                assert!(matches!(DecoderConfig::parse(&whole[..end]), Err(OpusError::Syntax(_))), "{hex} to {end}");
            }
        }
    }

    #[test]
    fn dops_is_what_ffmpeg_writes_byte_for_byte() {
        for (hex, channels) in fixtures::DOPS {
            let config = parse(hex).unwrap();
            assert_eq!(config, DecoderConfig::new(channels, 312).unwrap());
            assert_eq!(config.to_bytes(), fixtures::bytes(hex));
            assert_eq!(DecoderConfig::from_header(&config.to_header()), Ok(config));
        }
    }

    #[test]
    fn numbers_of_an_identification_header_have_their_small_end_first() {
        let header = b"OpusHead\x01\x02\x34\x12\x78\x56\x34\x12\xfe\xff\0";
        let config = DecoderConfig::from_header(header).unwrap();
        assert_eq!((config.pre_skip, config.input_sample_rate, config.output_gain), (0x1234, 0x1234_5678, -2));
        assert_eq!(config.to_bytes(), fixtures::bytes("00 02 1234 12345678 fffe 00"));
        assert_eq!(&config.to_header()[..], header);
    }

    #[test]
    fn ambisonics_have_a_table_or_a_matrix() {
        let table = parse("00 06 0000 0000bb80 0000 02 0501 000102030405").unwrap();
        assert_eq!(table.mapping.as_ref().map(|mapping| mapping.table.len()), Some(6));
        let matrix = format!("00 04 0000 0000bb80 0000 03 0202 {}", "7fff0000".repeat(8));
        let config = parse(&matrix).unwrap();
        assert_eq!(config.mapping.as_ref().map(|mapping| mapping.table.len()), Some(32));
        assert_eq!(config.to_bytes(), fixtures::bytes(&matrix));
        assert!(parse(&matrix[..matrix.len() - 2]).is_err());
        let counts: Vec<u8> = (0..=255).filter(|&channels| is_ambisonics(channels)).collect();
        assert_eq!((counts[..8].to_vec(), counts.last()), (vec![1, 3, 4, 6, 9, 11, 16, 18], Some(&227)));
    }

    #[test]
    fn a_packet_of_several_streams_lasts_as_long_as_each() {
        let config = DecoderConfig::new(3, 312).unwrap();
        assert_eq!(config.packet_duration(&[0xfc, 1, 9, 0xf8, 9, 9]), Ok(960));
        let error = OpusError::StreamDurations { stream: 1, ticks: 480, first: 960 };
        assert_eq!(config.packet_duration(&[0xfc, 1, 9, 0xf0, 9, 9]), Err(error));
        assert_eq!(config.packet_duration(&[0xfc, 1, 9]), Err(OpusError::Packet { rule: 1, length: 0 }));
        assert_eq!(DecoderConfig::new(2, 0).unwrap().packet_duration(&[0xe4]), Ok(120));
    }

    proptest! {
        #[test]
        fn both_forms_come_back(channels in 1u8..=8, pre_skip: u16, rate: u32, output_gain: i16) {
            let config = DecoderConfig {
                input_sample_rate: rate,
                output_gain,
                ..DecoderConfig::new(channels, pre_skip).unwrap()
            };
            prop_assert_eq!(DecoderConfig::parse(&config.to_bytes()), Ok(config.clone()));
            prop_assert_eq!(DecoderConfig::from_header(&config.to_header()), Ok(config));
        }

        #[test]
        fn no_bytes_panic(config in prop::collection::vec(any::<u8>(), 0..48)) {
            crate::fuzz::opus_config(&config);
        }
    }
}
