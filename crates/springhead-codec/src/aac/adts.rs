//! Audio data transport stream: ISO/IEC 14496-3 §1.A.3 (`adts_frame()` of Annex 1.A).

use bytes::Bytes;

use super::pce::ProgramConfig;
use super::{AacError, AudioSpecificConfig, frequency};
use crate::bits::{BitReader, BitWriter, SyntaxError};

/// Bytes of a header without a check.
pub const HEADER_BYTES: usize = 7;

/// The most bytes that `aac_frame_length` can count.
pub const MAX_FRAME_BYTES: usize = (1 << 13) - 1;

/// `syncword`.
const SYNCWORD: u32 = 0xfff;

/// `adts_buffer_fullness` of a stream of variable rate.
const VARIABLE_RATE: u16 = 0x7ff;

/// `id_syn_ele` of a program config element.
const ID_PCE: u32 = 5;

/// `adts_fixed_header()` and `adts_variable_header()`.
///
/// The check of a protected frame covers parts of the raw data block that only a decoder can delimit (§1.A.3.2.2), so it is
/// passed over, not verified.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Header {
    /// `ID`: MPEG-2 AAC rather than MPEG-4.
    pub mpeg2: bool,
    /// Whether the frame has a check: `protection_absent` 0.
    pub protected: bool,
    /// `profile_ObjectType` + 1, the audio object type: 1 to 4.
    pub object_type: u8,
    /// `sampling_frequency_index`, 0 to 12.
    pub sampling_frequency_index: u8,
    /// `channel_configuration`, 0 to 7; 0 when a program config element in the stream lists the channels.
    pub channel_configuration: u8,
    /// `aac_frame_length`: bytes of the frame, header and check included, at most [`MAX_FRAME_BYTES`].
    pub frame_length: u16,
    /// `adts_buffer_fullness`; 0x7ff for a variable rate.
    pub buffer_fullness: u16,
    /// `number_of_raw_data_blocks_in_frame` + 1, 1 to 4.
    pub raw_blocks: u8,
}

impl Header {
    /// Reads the header at the start of `bytes`.
    ///
    /// ```
    /// use springhead_codec::aac::adts::Header;
    /// let header = Header::parse(&[0xff, 0xf1, 0x50, 0x40, 0x21, 0x3f, 0xfc])?;
    /// assert_eq!((header.object_type, header.sampling_frequency(), header.channel_configuration), (2, 44_100, 1));
    /// assert_eq!((header.frame_length, header.len()), (265, 7));
    /// # Ok::<(), springhead_codec::bits::SyntaxError>(())
    /// ```
    pub fn parse(bytes: &[u8]) -> Result<Self, SyntaxError> {
        let r = &mut BitReader::new("adts_frame", bytes);
        let syncword = r.bits("syncword", 12)?;
        if syncword != SYNCWORD {
            return Err(r.out_of_range("syncword", syncword));
        }
        let mpeg2 = r.flag("ID")?;
        let layer = r.bits("layer", 2)?;
        if layer != 0 {
            return Err(r.out_of_range("layer", layer));
        }
        let protected = !r.flag("protection_absent")?;
        let object_type = r.bits8("profile_ObjectType", 2)? + 1;
        let sampling_frequency_index = r.bits8("sampling_frequency_index", 4)?;
        if frequency::by_index(sampling_frequency_index).is_none() {
            return Err(r.out_of_range("sampling_frequency_index", sampling_frequency_index));
        }
        r.flag("private_bit")?;
        let channel_configuration = r.bits8("channel_configuration", 3)?;
        r.skip("original_copy to copyright_identification_start", 4)?;
        let frame_length = r.bits("aac_frame_length", 13)? as u16;
        let buffer_fullness = r.bits("adts_buffer_fullness", 11)? as u16;
        let raw_blocks = r.bits8("number_of_raw_data_blocks_in_frame", 2)? + 1;
        Ok(Self {
            mpeg2,
            protected,
            object_type,
            sampling_frequency_index,
            channel_configuration,
            frame_length,
            buffer_fullness,
            raw_blocks,
        })
    }

    /// The header of a frame with one raw data block of `payload` bytes, unprotected, as `config` describes it: with SBR
    /// and PS it is the core's, as decoders find the rest in the frames.
    ///
    /// Fails with [`AacError::Adts`] for what a header cannot say.
    pub fn for_payload(config: &AudioSpecificConfig, payload: usize) -> Result<Self, AacError> {
        if !(1..=4).contains(&config.object_type) {
            return Err(AacError::Adts("an audio object type above 4"));
        }
        let sampling_frequency_index = frequency::index_of(config.sampling_frequency)
            .ok_or(AacError::Adts("a sampling frequency outside the table"))?;
        if config.frame_length != 1024 {
            return Err(AacError::Adts("frames of 960 samples"));
        }
        if !(1..=7).contains(&config.channel_configuration) {
            return Err(AacError::Adts("this channel configuration"));
        }
        let frame_length = payload.saturating_add(HEADER_BYTES);
        if frame_length > MAX_FRAME_BYTES {
            return Err(AacError::Adts("a frame this long"));
        }
        Ok(Self {
            mpeg2: false,
            protected: false,
            object_type: config.object_type,
            sampling_frequency_index,
            channel_configuration: config.channel_configuration,
            frame_length: frame_length as u16,
            buffer_fullness: VARIABLE_RATE,
            raw_blocks: 1,
        })
    }

    /// Writes the header, without the check that follows a protected one.
    pub fn to_bytes(&self) -> [u8; HEADER_BYTES] {
        let mut w = BitWriter::new();
        w.bits(SYNCWORD.into(), 12).flag(self.mpeg2).bits(0, 2).flag(!self.protected);
        w.bits(u64::from(self.object_type).wrapping_sub(1), 2).bits(self.sampling_frequency_index.into(), 4);
        w.flag(false).bits(self.channel_configuration.into(), 3).bits(0, 4);
        w.bits(self.frame_length.into(), 13).bits(self.buffer_fullness.into(), 11);
        w.bits(u64::from(self.raw_blocks).wrapping_sub(1), 2);
        w.into_bytes().try_into().expect("the fields of a header make 56 bits")
    }

    /// Bytes before the first raw data block: with protection also the check and, for several blocks, their positions.
    #[expect(clippy::len_without_is_empty, reason = "a header is never empty")]
    pub fn len(&self) -> usize {
        let positions = 2 * usize::from(self.raw_blocks.max(1) - 1);
        HEADER_BYTES + if self.protected { positions + 2 } else { 0 }
    }

    /// The core's sampling frequency in Hz; 0 for an index that [`parse`](Self::parse) would have refused.
    pub fn sampling_frequency(&self) -> u32 {
        frequency::by_index(self.sampling_frequency_index).unwrap_or(0)
    }

    /// The configuration that the header describes. Fails for channel configuration 0, where
    /// [`AdtsFrame::config`] looks into the frame.
    pub fn config(&self) -> Result<AudioSpecificConfig, AacError> {
        AudioSpecificConfig::new(self.object_type, self.sampling_frequency(), self.channel_configuration)
    }
}

/// One ADTS frame with its raw data block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AdtsFrame {
    /// Its header.
    pub header: Header,
    /// The raw data block, a slice of the input: the access unit.
    pub payload: Bytes,
}

impl AdtsFrame {
    /// The configuration of the frame. Where the header gives no channel configuration, the program config element at the
    /// start of the raw data block gives the channels; without one the frame cannot be described.
    pub fn config(&self) -> Result<AudioSpecificConfig, AacError> {
        if self.header.channel_configuration != 0 {
            return self.header.config();
        }
        let r = &mut BitReader::new("raw_data_block", &self.payload);
        if r.bits("id_syn_ele", 3)? != ID_PCE {
            return Err(AacError::ChannelConfiguration(0));
        }
        let pce = ProgramConfig::read(r)?;
        AudioSpecificConfig::with_program(self.header.object_type, self.header.sampling_frequency(), &pce)
    }
}

/// The frames of a buffer that begins with one, each a slice of it.
///
/// [`AacError::SeveralRawBlocks`] loses one frame; after any other error nothing more comes.
///
/// ```
/// use bytes::Bytes;
/// use springhead_codec::aac::adts::split;
/// let stream = Bytes::from_static(&[0xff, 0xf1, 0x50, 0x80, 0x01, 0x3f, 0xfc, 0x21, 0x10]);
/// let frames = split(&stream).collect::<Result<Vec<_>, _>>()?;
/// assert_eq!(frames[0].payload, &[0x21, 0x10][..]);
/// assert_eq!(frames[0].config()?.to_bytes(), &[0x12, 0x10][..]);
/// # Ok::<(), springhead_codec::aac::AacError>(())
/// ```
pub fn split(stream: &Bytes) -> Frames<'_> {
    Frames { stream, at: 0 }
}

/// The iterator of [`split`].
#[derive(Debug)]
pub struct Frames<'a> {
    stream: &'a Bytes,
    at: usize,
}

impl Frames<'_> {
    fn frame(&mut self) -> Result<AdtsFrame, AacError> {
        let offset = std::mem::replace(&mut self.at, self.stream.len());
        let rest = &self.stream[offset..];
        let header = Header::parse(rest).map_err(|error| match error.field {
            "syncword" => AacError::NoSyncword { offset },
            _ => error.into(),
        })?;
        let length = usize::from(header.frame_length);
        if length < header.len() || length > rest.len() {
            return Err(AacError::FrameLength { offset, length, available: rest.len() });
        }
        self.at = offset + length;
        if header.raw_blocks != 1 {
            return Err(AacError::SeveralRawBlocks { offset, blocks: header.raw_blocks });
        }
        Ok(AdtsFrame { header, payload: self.stream.slice(offset + header.len()..offset + length) })
    }
}

impl Iterator for Frames<'_> {
    type Item = Result<AdtsFrame, AacError>;

    fn next(&mut self) -> Option<Self::Item> {
        (self.at < self.stream.len()).then(|| self.frame())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    const STEREO: Header = Header {
        mpeg2: false,
        protected: false,
        object_type: 2,
        sampling_frequency_index: 4,
        channel_configuration: 2,
        frame_length: 9,
        buffer_fullness: VARIABLE_RATE,
        raw_blocks: 1,
    };

    fn frame(header: Header, payload: &[u8]) -> Vec<u8> {
        [&header.to_bytes()[..], payload].concat()
    }

    fn all(stream: Vec<u8>) -> Vec<Result<AdtsFrame, AacError>> {
        split(&stream.into()).collect()
    }

    #[test]
    fn what_is_no_frame_ends_the_buffer() {
        let good = frame(STEREO, &[1, 2]);
        let found = all([&good[..], &[0xff, 0xe1, 0, 0, 0, 0, 0], &good].concat());
        assert!(found[0].is_ok());
        assert_eq!(found[1..], [Err(AacError::NoSyncword { offset: 9 })]);
        let short = Header { frame_length: 6, ..STEREO };
        let error = AacError::FrameLength { offset: 0, length: 6, available: 9 };
        assert_eq!(all(frame(short, &[1, 2])), [Err(error)]);
        let error = AacError::FrameLength { offset: 9, length: 9, available: 8 };
        assert_eq!(all([&good[..], &good[..8]].concat())[1..], [Err(error)]);
        assert!(
            matches!(all(good[..5].to_vec())[..], [Err(AacError::Syntax(error))] if error.field == "aac_frame_length")
        );
    }

    #[test]
    fn a_reserved_frequency_or_layer_is_refused() {
        let mut bytes = STEREO.to_bytes();
        bytes[2] |= 0b0011_1100;
        assert_eq!(Header::parse(&bytes).unwrap_err().field, "sampling_frequency_index");
        bytes[1] |= 0b0000_0110;
        assert_eq!(Header::parse(&bytes).unwrap_err().field, "layer");
    }

    #[test]
    fn several_raw_blocks_lose_one_frame_only() {
        let several = Header { raw_blocks: 3, ..STEREO };
        let found = all([frame(several, &[1, 2]), frame(STEREO, &[3, 4])].concat());
        assert_eq!(found[0], Err(AacError::SeveralRawBlocks { offset: 0, blocks: 3 }));
        assert_eq!(found[1].as_ref().unwrap().payload, &[3, 4][..]);
    }

    #[test]
    fn the_check_of_a_protected_frame_is_no_payload() {
        let protected = Header { protected: true, frame_length: 11, ..STEREO };
        let found = all(frame(protected, &[0xcc, 0xcc, 1, 2]));
        assert_eq!(found[0].as_ref().unwrap().payload, &[1, 2][..]);
        assert_eq!(Header { raw_blocks: 4, ..protected }.len(), 7 + 6 + 2);
    }

    #[test]
    fn channels_of_configuration_0_come_from_the_frame() {
        let frames: Vec<_> = all(fixtures::PCE_ADTS.to_vec()).into_iter().map(Result::unwrap).collect();
        assert_eq!(frames[0].header.channel_configuration, 0);
        assert_eq!(frames[0].header.config(), Err(AacError::ChannelConfiguration(0)));
        let config = frames[0].config().unwrap();
        assert_eq!((config.channels, config.output_rate()), (3, 48_000));
        // The encoder writes the same into files, with an extension after it that says that SBR is absent.
        let of_file = fixtures::bytes(fixtures::ASC_LC_48000_PCE);
        assert_eq!(config.to_bytes(), of_file[..of_file.len() - 3]);
        assert_eq!(frames[1].config(), Err(AacError::ChannelConfiguration(0)));
    }

    #[test]
    fn headers_are_made_of_the_core_configuration() {
        let config = |hex: &str| AudioSpecificConfig::parse(&fixtures::bytes(hex)).unwrap();
        let header = Header::for_payload(&config("12 10"), 2).unwrap();
        assert_eq!(header, STEREO);
        assert_eq!(Header::parse(&header.to_bytes()), Ok(STEREO));
        let he_aac = Header::for_payload(&config("eb 09 88 00"), 100).unwrap();
        assert_eq!((he_aac.object_type, he_aac.sampling_frequency(), he_aac.channel_configuration), (2, 24_000, 1));
    }

    #[test]
    fn what_a_header_cannot_say_is_refused() {
        for (hex, payload, what) in [
            ("12 0c", 9, "frames of 960 samples"),
            ("f9 46 43 62 04", 9, "an audio object type above 4"),
            ("17 80 56 23 10", 9, "a sampling frequency outside the table"),
            (fixtures::ASC_LC_48000_PCE, 9, "this channel configuration"),
            ("12 10", MAX_FRAME_BYTES - HEADER_BYTES + 1, "a frame this long"),
        ] {
            let config = AudioSpecificConfig::parse(&fixtures::bytes(hex)).unwrap();
            assert_eq!(Header::for_payload(&config, payload), Err(AacError::Adts(what)), "{hex}");
        }
    }
}
