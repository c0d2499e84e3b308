//! AudioSpecificConfig: ISO/IEC 14496-3 §1.6.2.1, with the three ways to signal SBR and PS of §1.6.5 and §1.6.6.

use bytes::Bytes;

use super::pce::ProgramConfig;
use super::usac::UsacHead;
use super::{AacError, frequency};
use crate::bits::{BitReader, BitWriter, SyntaxError};

/// `AudioSpecificConfig()`: what a decoder has to know before the first frame.
///
/// SBR and PS count as present when the configuration says so, hierarchically (object type 5 or 29 around the core's) or in
/// the extension after the core's configuration that older decoders pass over. Where it says nothing (implicit signalling),
/// the core's values hold here, consistently: rate, frame length and codec string.
///
/// ```
/// use springhead_codec::aac::AudioSpecificConfig;
/// let he_aac = AudioSpecificConfig::parse(&[0x2b, 0x11, 0x88, 0x00])?;
/// assert_eq!((he_aac.object_type, he_aac.sampling_frequency, he_aac.sbr), (2, 24_000, Some(48_000)));
/// assert_eq!((he_aac.output_rate(), he_aac.unit_ticks(), he_aac.output_channels()), (48_000, 2048, 2));
/// # Ok::<(), springhead_codec::aac::AacError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct AudioSpecificConfig {
    /// `audioObjectType` of the core: 2 for AAC LC, also below SBR and PS.
    pub object_type: u8,
    /// `samplingFrequency` of the core in Hz, never 0; of USAC `usacSamplingFrequency`, which is the output's.
    pub sampling_frequency: u32,
    /// `channelConfiguration`; 0 when a program config element lists the channels.
    pub channel_configuration: u8,
    /// Channels that the core codes, 1 to 24 for a channel configuration.
    pub channels: u16,
    /// `extensionSamplingFrequency` in Hz when SBR is signalled: that of the core or twice as much.
    pub sbr: Option<u32>,
    /// Parametric stereo is signalled: one coded channel becomes two.
    pub ps: bool,
    /// Samples of a frame at the core's frequency: 1024 or 960 for AAC, for USAC the output's.
    pub frame_length: u16,
    /// The configuration exactly as it was received.
    pub raw: Bytes,
}

/// Longer than any configuration: a program config element with its comment takes less than 400 bytes.
const MAX_CONFIG: usize = 1024;

const SBR: u8 = 5;
const PS: u8 = 29;
const ER_BSAC: u8 = 22;
/// Unified speech and audio coding, ISO/IEC 23003-3: xHE-AAC.
const USAC: u8 = 42;

/// `syncExtensionType` before the SBR extension.
const SYNC_SBR: u32 = 0x2b7;
/// `syncExtensionType` before the PS extension.
const SYNC_PS: u32 = 0x548;

impl AudioSpecificConfig {
    /// Reads a configuration. Bytes after it are passed over.
    pub fn parse(config: &[u8]) -> Result<Self, AacError> {
        Ok(Self::read(config, true)?.0)
    }

    /// Reads a configuration whose end is not known, as the one inside a `StreamMuxConfig()` of version 0, so that nothing
    /// can follow it for older decoders to pass over; also gives its bits. `config` may go on after it.
    pub(super) fn parse_prefix(config: &[u8]) -> Result<(Self, usize), AacError> {
        let (mut asc, bits) = Self::read(config, false)?;
        if asc.object_type == USAC {
            return Err(AacError::Latm("USAC in version 0, which does not delimit it"));
        }
        let mut raw = config[..bits.div_ceil(8)].to_vec();
        if let Some(last) = raw.last_mut() {
            *last &= 0xff << (raw_padding(bits));
        }
        asc.raw = raw.into();
        Ok((asc, bits))
    }

    fn read(config: &[u8], delimited: bool) -> Result<(Self, usize), AacError> {
        if config.len() > MAX_CONFIG {
            return Err(AacError::ConfigLength(config.len()));
        }
        let r = &mut BitReader::new("AudioSpecificConfig", config);
        let mut object_type = read_object_type(r)?;
        let sampling_frequency = frequency::read(r, "samplingFrequency")?;
        let channel_configuration = r.bits8("channelConfiguration", 4)?;
        let ps = object_type == PS;
        let mut asc = Self {
            object_type,
            sampling_frequency,
            channel_configuration,
            channels: 0,
            sbr: None,
            ps,
            frame_length: 0,
            raw: Bytes::copy_from_slice(config),
        };
        let hierarchical = object_type == SBR || object_type == PS;
        if hierarchical {
            asc.sbr = Some(frequency::read(r, "extensionSamplingFrequency")?);
            object_type = read_object_type(r)?;
            if object_type == ER_BSAC {
                r.bits("extensionChannelConfiguration", 4)?;
            }
            asc.object_type = object_type;
        }
        match object_type {
            1..=4 | 6 | 17 | 19 | 20 | 22 | 23 => asc.read_general(r)?,
            USAC => asc.read_usac(r)?,
            other => return Err(AacError::ObjectType(other)),
        }
        if !hierarchical && delimited {
            asc.read_extension(r)?;
        }
        if let Some(extension) = asc.sbr {
            let core = sampling_frequency;
            if extension != core && Some(extension) != core.checked_mul(2) {
                return Err(AacError::SbrFrequency { core, extension });
            }
        }
        Ok((asc, r.position()))
    }

    /// A configuration without SBR and PS and with frames of 1024 samples, for what an ADTS header can say.
    ///
    /// Fails for a channel configuration that is reserved or 0, and an object type other than AAC Main, LC, SSR and LTP.
    pub fn new(object_type: u8, sampling_frequency: u32, channel_configuration: u8) -> Result<Self, AacError> {
        if channel_configuration == 0 {
            return Err(AacError::ChannelConfiguration(0));
        }
        Self::build(object_type, sampling_frequency, channel_configuration, None)
    }

    /// The same for channels that a program config element lists.
    pub(super) fn with_program(
        object_type: u8,
        sampling_frequency: u32,
        pce: &ProgramConfig,
    ) -> Result<Self, AacError> {
        Self::build(object_type, sampling_frequency, 0, Some(pce))
    }

    fn build(
        object_type: u8,
        hz: u32,
        channel_configuration: u8,
        pce: Option<&ProgramConfig>,
    ) -> Result<Self, AacError> {
        if !(1..=4).contains(&object_type) {
            return Err(AacError::ObjectType(object_type));
        }
        let mut w = BitWriter::new();
        w.bits(object_type.into(), 5);
        frequency::write(&mut w, hz);
        // GASpecificConfig: frameLengthFlag, dependsOnCoreCoder and extensionFlag are 0.
        w.bits(channel_configuration.into(), 4).bits(0, 3);
        if let Some(pce) = pce {
            pce.write(&mut w);
        }
        Self::parse(&w.into_bytes())
    }

    /// `GASpecificConfig()` of §4.4.1 and, for the error resilient types, `epConfig`.
    fn read_general(&mut self, r: &mut BitReader<'_>) -> Result<(), AacError> {
        self.frame_length = if r.flag("frameLengthFlag")? { 960 } else { 1024 };
        if r.flag("dependsOnCoreCoder")? {
            r.skip("coreCoderDelay", 14)?;
        }
        let extension = r.flag("extensionFlag")?;
        self.channels = match self.channel_configuration {
            0 => ProgramConfig::read(r)?.channels(),
            configuration => channels_of(configuration)?,
        };
        if self.channels == 0 {
            return Err(AacError::ChannelConfiguration(0));
        }
        if matches!(self.object_type, 6 | 20) {
            r.skip("layerNr", 3)?;
        }
        if extension {
            match self.object_type {
                ER_BSAC => r.skip("numOfSubFrame", 16)?,
                17 | 19 | 20 | 23 => r.skip("aacSectionDataResilienceFlag", 3)?,
                _ => {}
            }
            r.flag("extensionFlag3")?;
        }
        if matches!(self.object_type, 17 | 19 | 20 | 22 | 23) {
            let protection = r.bits8("epConfig", 2)?;
            if protection >= 2 {
                return Err(AacError::ErrorProtection(protection));
            }
        }
        // AAC LD has frames of half the length.
        if self.object_type == 23 {
            self.frame_length /= 2;
        }
        Ok(())
    }

    /// The head of `UsacConfig()`, which says all that carriage needs to know and has the last word on rate and channels.
    fn read_usac(&mut self, r: &mut BitReader<'_>) -> Result<(), AacError> {
        let UsacHead { sampling_frequency, frame_length, channels } = UsacHead::read(r)?;
        (self.sampling_frequency, self.frame_length, self.channels) = (sampling_frequency, frame_length, channels);
        Ok(())
    }

    /// What may follow the core's configuration: SBR and PS in a form that older decoders do not see.
    fn read_extension(&mut self, r: &mut BitReader<'_>) -> Result<(), SyntaxError> {
        if self.object_type == USAC || r.remaining() < 16 || !follows(r, SYNC_SBR) {
            return Ok(());
        }
        match read_object_type(r)? {
            SBR => {
                if !r.flag("sbrPresentFlag")? {
                    return Ok(());
                }
                self.sbr = Some(frequency::read(r, "extensionSamplingFrequency")?);
                if r.remaining() >= 12 && follows(r, SYNC_PS) {
                    self.ps = r.flag("psPresentFlag")?;
                }
            }
            ER_BSAC => {
                if r.flag("sbrPresentFlag")? {
                    self.sbr = Some(frequency::read(r, "extensionSamplingFrequency")?);
                }
                r.bits("extensionChannelConfiguration", 4)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// The configuration exactly as it was received, for `esds` and for comparing.
    pub fn to_bytes(&self) -> Bytes {
        self.raw.clone()
    }

    /// Samples a second as decoded, in Hz: SBR's where it is signalled.
    pub fn output_rate(&self) -> u32 {
        self.sbr.unwrap_or(self.sampling_frequency)
    }

    /// Channels as decoded: two with parametric stereo.
    pub fn output_channels(&self) -> u16 {
        if self.ps { self.channels.max(2) } else { self.channels }
    }

    /// Samples of a frame at the [output rate](Self::output_rate): doubled where SBR doubles the rate.
    pub fn unit_ticks(&self) -> u32 {
        let frame = u32::from(self.frame_length);
        if self.output_rate() > self.sampling_frequency { 2 * frame } else { frame }
    }
}

/// `GetAudioObjectType()` of §1.6.2.1: five bits, or an escape and six more.
fn read_object_type(r: &mut BitReader<'_>) -> Result<u8, SyntaxError> {
    match r.bits8("audioObjectType", 5)? {
        31 => Ok(32 + r.bits8("audioObjectTypeExt", 6)?),
        object_type => Ok(object_type),
    }
}

/// The bits of the last byte that do not belong to `bits`.
fn raw_padding(bits: usize) -> usize {
    bits.next_multiple_of(8) - bits
}

/// Reads a `syncExtensionType` if it is the one that is looked for.
fn follows(r: &mut BitReader<'_>, sync: u32) -> bool {
    let mut ahead = r.clone();
    let found = ahead.bits("syncExtensionType", 11) == Ok(sync);
    if found {
        *r = ahead;
    }
    found
}

/// Channels of a `channelConfiguration` (Table 1.19).
fn channels_of(configuration: u8) -> Result<u16, AacError> {
    match configuration {
        1..=6 => Ok(configuration.into()),
        7 | 12 | 14 => Ok(8),
        11 => Ok(7),
        13 => Ok(24),
        reserved => Err(AacError::ChannelConfiguration(reserved)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aac::codec_string;
    use crate::bits::Fault;
    use crate::fixtures;
    use proptest::prelude::*;

    fn parse(hex: &str) -> Result<AudioSpecificConfig, AacError> {
        AudioSpecificConfig::parse(&fixtures::bytes(hex))
    }

    #[test]
    fn what_is_reserved_or_of_another_family_is_refused() {
        assert_eq!(parse("41 90"), Err(AacError::ObjectType(8)));
        assert_eq!(parse("f8 46 40"), Err(AacError::ObjectType(34)));
        assert_eq!(parse("12 40"), Err(AacError::ChannelConfiguration(8)));
        assert_eq!(parse("12 78"), Err(AacError::ChannelConfiguration(15)));
        assert!(matches!(parse("16 90"), Err(AacError::Syntax(error)) if error.fault == Fault::OutOfRange(13)));
        assert!(matches!(parse("17 80 00 00 10"), Err(AacError::Syntax(error)) if error.field == "samplingFrequency"));
        assert_eq!(AudioSpecificConfig::parse(&[0x11; 1025]), Err(AacError::ConfigLength(1025)));
        // ER AAC LC (17) with epConfig 2.
        assert_eq!(parse("8a 10 80"), Err(AacError::ErrorProtection(2)));
        // SBR from 24 kHz to 44.1 kHz.
        let frequencies = AacError::SbrFrequency { core: 24_000, extension: 44_100 };
        assert_eq!(parse("2b 12 08 00"), Err(frequencies));
    }

    #[test]
    fn a_configuration_cut_short_is_refused_up_to_its_last_needed_bit() {
        for (hex, needed) in [("12 10", 2), ("2b 11 88 00", 4), ("eb 09 88 00", 4), (fixtures::ASC_LC_48000_PCE, 22)] {
            let whole = fixtures::bytes(hex);
            for end in 0..needed {
                let error = AudioSpecificConfig::parse(&whole[..end]).unwrap_err();
                assert!(matches!(error, AacError::Syntax(error) if error.fault == Fault::Truncated), "{hex} to {end}");
            }
            assert!(AudioSpecificConfig::parse(&whole[..needed]).is_ok(), "{hex}");
        }
    }

    #[test]
    fn every_way_of_signalling_gives_rate_length_channels_and_string() {
        for (hex, rate, ticks, channels, codecs, what) in [
            ("12 10", 44_100, 1024, 2, "mp4a.40.2", "LC 44.1 kHz stereo"),
            ("11 90", 48_000, 1024, 2, "mp4a.40.2", "LC 48 kHz stereo"),
            ("12 0c", 44_100, 960, 1, "mp4a.40.2", "LC mono with frames of 960"),
            ("11 b0", 48_000, 1024, 6, "mp4a.40.2", "LC 5.1"),
            ("17 80 56 22 10", 44_100, 1024, 2, "mp4a.40.2", "LC with the frequency written out"),
            ("13 10", 24_000, 1024, 2, "mp4a.40.2", "implicit SBR stays what it says"),
            ("2b 11 88 00", 48_000, 2048, 2, "mp4a.40.5", "HE-AAC, hierarchical"),
            ("2b 92 08 00", 44_100, 2048, 2, "mp4a.40.5", "HE-AAC 22.05 to 44.1 kHz"),
            ("29 91 88 00", 48_000, 1024, 2, "mp4a.40.5", "downsampled SBR"),
            ("eb 09 88 00", 48_000, 2048, 2, "mp4a.40.29", "HE-AAC v2, hierarchical"),
            ("13 10 56 e5 98", 48_000, 2048, 2, "mp4a.40.5", "HE-AAC, backward compatible"),
            ("13 08 56 e5 9d 48 80", 48_000, 2048, 2, "mp4a.40.29", "HE-AAC v2, backward compatible"),
            ("13 08 56 e5 9d 48 00", 48_000, 2048, 1, "mp4a.40.5", "PS said to be absent"),
            (fixtures::ASC_LC_44100_MONO, 44_100, 1024, 1, "mp4a.40.2", "SBR said to be absent"),
            ("f9 46 43 62 04", 48_000, 2048, 2, "mp4a.40.42", "xHE-AAC"),
            (fixtures::ASC_LC_48000_PCE, 48_000, 1024, 3, "mp4a.40.2", "2.1 by a program config element"),
        ] {
            let asc = parse(hex).unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_eq!((asc.output_rate(), asc.unit_ticks(), asc.output_channels()), (rate, ticks, channels), "{what}");
            assert_eq!(codec_string(&asc), codecs, "{what}");
            assert_eq!(asc.to_bytes(), fixtures::bytes(hex), "{what}");
        }
    }

    #[test]
    fn what_is_made_is_what_ffmpeg_writes_but_for_an_extension_that_says_that_sbr_is_absent() {
        for (hex, rate, configuration, channels) in fixtures::ASC {
            let theirs = fixtures::bytes(hex);
            let ours = AudioSpecificConfig::new(2, rate, configuration).unwrap();
            assert_eq!(ours.to_bytes(), theirs[..2]);
            assert_eq!(theirs[2..], [0x56, 0xe5, 0x00]);
            let parsed = AudioSpecificConfig::parse(&theirs).unwrap();
            assert_eq!(AudioSpecificConfig { raw: ours.raw.clone(), ..parsed.clone() }, ours);
            assert_eq!((parsed.to_bytes(), parsed.output_channels()), (theirs.into(), channels));
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(config in prop::collection::vec(any::<u8>(), 0..48)) {
            crate::fuzz::audio_specific_config(&config);
        }
    }
}
