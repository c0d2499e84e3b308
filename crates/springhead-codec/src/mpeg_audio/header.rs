//! Frame headers: ISO/IEC 11172-3 §2.4.1.3 and §2.4.2.3; ISO/IEC 13818-3 §2.4.2.3 for half the sampling frequencies; a
//! quarter of them by convention ("MPEG-2.5").

use super::MpegAudioError;
use crate::bits::{BitReader, BitWriter};

/// Bytes of a header without its check.
pub const HEADER_BYTES: usize = 4;

/// Which standard a frame is of: which sampling frequencies and bitrates there are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Version {
    /// ISO/IEC 11172-3: 32, 44.1 and 48 kHz.
    Mpeg1,
    /// ISO/IEC 13818-3: half of that.
    Mpeg2,
    /// A quarter of that, layer III only, in no standard.
    Mpeg25,
}

/// How a frame is coded.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Layer {
    /// Frames of 384 samples.
    I,
    /// Frames of 1152 samples.
    II,
    /// Frames of 1152 samples, of 576 at half the sampling frequencies and below: "MP3".
    III,
}

/// `mode`: what the channels are.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ChannelMode {
    /// Two channels.
    Stereo,
    /// Two channels that are coded together.
    JointStereo,
    /// Two channels of which a listener chooses one.
    DualChannel,
    /// One channel.
    SingleChannel,
}

/// `header()` of a frame.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub struct FrameHeader {
    /// `ID`, and the bit before it.
    pub version: Version,
    /// `layer`.
    pub layer: Layer,
    /// Whether a check follows the header: `protection_bit` 0.
    pub protected: bool,
    /// `bitrate_index`, 1 to 14.
    pub bitrate_index: u8,
    /// `sampling_frequency`, 0 to 2.
    pub frequency_index: u8,
    /// `padding_bit`: whether the frame is a slot longer.
    pub padding: bool,
    /// `mode`.
    pub mode: ChannelMode,
    /// `private_bit`, `mode_extension`, `copyright`, `original` and `emphasis` where they are, kept so that the header can
    /// be written again.
    rest: u32,
}

/// Bits of a header that are kept as they came.
const REST: u32 = 0x0000_013f;

/// kbit/s by `bitrate_index` from 1, for layers I, II and III of MPEG-1, layer I of MPEG-2, and layers II and III of it.
const BITRATES: [[u16; 14]; 5] = [
    [32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
    [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
    [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    [32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
    [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];

/// Hz by `sampling_frequency`, of MPEG-1.
const FREQUENCIES: [u32; 3] = [44_100, 48_000, 32_000];

impl FrameHeader {
    /// Reads the header at the start of `bytes`.
    ///
    /// ```
    /// use springhead_codec::mpeg_audio::{FrameHeader, Layer};
    /// let header = FrameHeader::parse(&[0xff, 0xfb, 0x54, 0x44])?;
    /// assert_eq!((header.layer, header.sample_rate(), header.channels()), (Layer::III, 48_000, 2));
    /// assert_eq!((header.bitrate(), header.frame_bytes(), header.samples()), (64_000, 192, 1152));
    /// # Ok::<(), springhead_codec::mpeg_audio::MpegAudioError>(())
    /// ```
    pub fn parse(bytes: &[u8]) -> Result<Self, MpegAudioError> {
        let r = &mut BitReader::new("header", bytes);
        let syncword = r.bits("syncword", 11)?;
        if syncword != 0x7ff {
            return Err(r.out_of_range("syncword", syncword).into());
        }
        let version = match r.bits("ID", 2)? {
            0 => Version::Mpeg25,
            2 => Version::Mpeg2,
            3 => Version::Mpeg1,
            reserved => return Err(r.out_of_range("ID", reserved).into()),
        };
        let layer = match r.bits("layer", 2)? {
            3 => Layer::I,
            2 => Layer::II,
            1 => Layer::III,
            reserved => return Err(r.out_of_range("layer", reserved).into()),
        };
        if version == Version::Mpeg25 && layer != Layer::III {
            return Err(r.out_of_range("layer", 0).into());
        }
        let protected = !r.flag("protection_bit")?;
        let bitrate_index = r.bits8("bitrate_index", 4)?;
        let frequency_index = r.bits8("sampling_frequency", 2)?;
        let padding = r.flag("padding_bit")?;
        r.flag("private_bit")?;
        let mode = match r.bits("mode", 2)? {
            0 => ChannelMode::Stereo,
            1 => ChannelMode::JointStereo,
            2 => ChannelMode::DualChannel,
            _ => ChannelMode::SingleChannel,
        };
        r.skip("mode_extension to original", 4)?;
        let emphasis = r.bits("emphasis", 2)?;
        if bitrate_index == 15 {
            return Err(r.out_of_range("bitrate_index", bitrate_index).into());
        }
        if frequency_index == 3 {
            return Err(r.out_of_range("sampling_frequency", frequency_index).into());
        }
        if emphasis == 2 {
            return Err(r.out_of_range("emphasis", emphasis).into());
        }
        if bitrate_index == 0 {
            return Err(MpegAudioError::FreeFormat);
        }
        let rest = bytes.iter().take(4).fold(0, |word, &byte| word << 8 | u32::from(byte)) & REST;
        Ok(Self { version, layer, protected, bitrate_index, frequency_index, padding, mode, rest })
    }

    /// Writes the header, without the check that follows a protected one.
    pub fn to_bytes(&self) -> [u8; HEADER_BYTES] {
        let version = match self.version {
            Version::Mpeg25 => 0,
            Version::Mpeg2 => 2,
            Version::Mpeg1 => 3,
        };
        let layer = match self.layer {
            Layer::I => 3,
            Layer::II => 2,
            Layer::III => 1,
        };
        let mut w = BitWriter::new();
        w.bits(0x7ff, 11).bits(version, 2).bits(layer, 2).flag(!self.protected);
        w.bits(self.bitrate_index.into(), 4).bits(self.frequency_index.into(), 2).flag(self.padding);
        w.bits((self.rest >> 8 & 1).into(), 1).bits(self.mode as u64, 2).bits((self.rest & 0x3f).into(), 6);
        w.into_bytes().try_into().expect("the fields of a header make 32 bits")
    }

    /// Samples a second.
    pub fn sample_rate(&self) -> u32 {
        let mpeg1 = FREQUENCIES.get(usize::from(self.frequency_index)).copied().unwrap_or(0);
        match self.version {
            Version::Mpeg1 => mpeg1,
            Version::Mpeg2 => mpeg1 / 2,
            Version::Mpeg25 => mpeg1 / 4,
        }
    }

    /// Bits a second.
    pub fn bitrate(&self) -> u32 {
        let table = match (self.version, self.layer) {
            (Version::Mpeg1, Layer::I) => 0,
            (Version::Mpeg1, Layer::II) => 1,
            (Version::Mpeg1, Layer::III) => 2,
            (_, Layer::I) => 3,
            (_, Layer::II | Layer::III) => 4,
        };
        let kilobits = usize::from(self.bitrate_index).checked_sub(1).and_then(|index| BITRATES[table].get(index));
        1000 * kilobits.map_or(0, |&kilobits| u32::from(kilobits))
    }

    /// Channels: 1 or 2.
    pub fn channels(&self) -> u16 {
        if self.mode == ChannelMode::SingleChannel { 1 } else { 2 }
    }

    /// Samples of each channel: how long the frame lasts in ticks of the sampling rate.
    pub fn samples(&self) -> u32 {
        match (self.layer, self.version) {
            (Layer::I, _) => 384,
            (Layer::II, _) | (Layer::III, Version::Mpeg1) => 1152,
            (Layer::III, _) => 576,
        }
    }

    /// Bytes of the frame, header and padding included (§2.4.3.1): a slot has four bytes in layer I and one in the others.
    pub fn frame_bytes(&self) -> usize {
        let slot = if self.layer == Layer::I { 4 } else { 1 };
        let slots = self.samples() / 8 * self.bitrate() / slot / self.sample_rate().max(1);
        (slot * (slots + u32::from(self.padding))) as usize
    }

    /// Whether frames of one stream can look like this one and the other: version, layer and sampling rate do not change.
    pub fn continues(&self, other: &Self) -> bool {
        (self.version, self.layer, self.frequency_index) == (other.version, other.layer, other.frequency_index)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(bytes: [u8; 4]) -> Result<FrameHeader, MpegAudioError> {
        FrameHeader::parse(&bytes)
    }

    #[test]
    fn free_format_is_refused_by_name() {
        assert_eq!(parse([0xff, 0xfb, 0x04, 0x44]), Err(MpegAudioError::FreeFormat));
        assert_eq!(MpegAudioError::FreeFormat.to_string(), "MPEG audio of free format is not supported");
    }

    #[test]
    fn what_is_reserved_is_refused() {
        for (bytes, field) in [
            ([0xff, 0x1b, 0x54, 0x44], "syncword"),
            ([0xff, 0xeb, 0x54, 0x44], "ID"),
            // An ADTS header.
            ([0xff, 0xf9, 0x50, 0x80], "layer"),
            ([0xff, 0xe5, 0x54, 0x44], "layer"),
            ([0xff, 0xfb, 0xf4, 0x44], "bitrate_index"),
            ([0xff, 0xfb, 0x5c, 0x44], "sampling_frequency"),
            ([0xff, 0xfb, 0x54, 0x46], "emphasis"),
        ] {
            let error = parse(bytes).unwrap_err();
            assert!(matches!(error, MpegAudioError::Syntax(error) if error.field == field), "{field}: {error}");
        }
        assert!(FrameHeader::parse(&[0xff, 0xfb, 0x54]).is_err());
    }

    #[test]
    fn frames_of_every_layer_and_version_have_their_length() {
        for (bytes, rate, bitrate, samples, length, channels, what) in [
            ([0xff, 0xff, 0x40, 0x00], 44_100, 128_000, 384, 136, 2, "MPEG-1 layer I"),
            ([0xff, 0xff, 0x42, 0x00], 44_100, 128_000, 384, 140, 2, "MPEG-1 layer I, padded by a slot of four bytes"),
            ([0xff, 0xfd, 0xc4, 0x00], 48_000, 256_000, 1152, 768, 2, "MPEG-1 layer II"),
            ([0xff, 0xfb, 0x90, 0x00], 44_100, 128_000, 1152, 417, 2, "MPEG-1 layer III"),
            ([0xff, 0xfb, 0x92, 0x00], 44_100, 128_000, 1152, 418, 2, "MPEG-1 layer III, padded"),
            ([0xff, 0xfb, 0xe8, 0xc0], 32_000, 320_000, 1152, 1440, 1, "MPEG-1 layer III, the largest"),
            ([0xff, 0xf7, 0xe0, 0x00], 22_050, 256_000, 384, 556, 2, "MPEG-2 layer I"),
            ([0xff, 0xf5, 0x44, 0xc0], 24_000, 32_000, 1152, 192, 1, "MPEG-2 layer II"),
            ([0xff, 0xf3, 0x88, 0x00], 16_000, 64_000, 576, 288, 2, "MPEG-2 layer III"),
            ([0xff, 0xe3, 0x18, 0xc0], 8_000, 8_000, 576, 72, 1, "MPEG-2.5 layer III"),
        ] {
            let header = parse(bytes).unwrap_or_else(|error| panic!("{what}: {error}"));
            let found = (header.sample_rate(), header.bitrate(), header.samples(), header.frame_bytes());
            assert_eq!(found, (rate, bitrate, samples, length), "{what}");
            assert_eq!((header.channels(), header.to_bytes()), (channels, bytes), "{what}");
        }
    }

    proptest! {
        #[test]
        fn a_header_comes_back(bytes: [u8; 4]) {
            let bytes = [0xff, bytes[1] | 0xe0, bytes[2], bytes[3]];
            if let Ok(header) = parse(bytes) {
                prop_assert_eq!(header.to_bytes(), bytes);
                prop_assert!(header.frame_bytes() >= 24 && header.frame_bytes() <= 2881);
            }
        }
    }
}
