//! The head of the configuration of unified speech and audio coding (xHE-AAC): ISO/IEC 23003-3:2020 §5.2.

use super::AacError;
use super::frequency::FREQUENCIES;
use crate::bits::{BitReader, SyntaxError};

/// Hz by `usacSamplingFrequencyIndex` from 15 on (Table 72); below that it is the table of AAC.
const MORE_FREQUENCIES: [u32; 13] =
    [57_600, 51_200, 40_000, 38_400, 34_150, 28_800, 25_600, 20_000, 19_200, 17_075, 14_400, 12_800, 9_600];

/// The index that says that the frequency follows in 24 bits.
const ESCAPE: u8 = 31;

/// Samples that come out of a frame, by `coreSbrFrameLengthIndex` (Table 75), SBR applied.
const FRAME_LENGTHS: [u16; 5] = [768, 1024, 2048, 2048, 4096];

/// Channels by `channelConfigurationIndex` from 1 (Table 73).
const CHANNELS: [u16; 13] = [1, 2, 3, 4, 5, 6, 8, 2, 3, 4, 7, 8, 24];

/// The most channels that are taken for some.
const MAX_CHANNELS: u32 = 64;

/// What `UsacConfig()` begins with.
pub(super) struct UsacHead {
    /// `usacSamplingFrequency`, of the output.
    pub(super) sampling_frequency: u32,
    /// Samples of a frame at that frequency.
    pub(super) frame_length: u16,
    /// Channels of the output.
    pub(super) channels: u16,
}

impl UsacHead {
    /// Reads `UsacConfig()` up to its channels. The configuration of the elements, which follows, is for decoders.
    pub(super) fn read(r: &mut BitReader<'_>) -> Result<Self, AacError> {
        let index = r.bits8("usacSamplingFrequencyIndex", 5)?;
        let sampling_frequency = match index {
            ESCAPE => r.bits("usacSamplingFrequency", 24)?,
            0..=14 => FREQUENCIES.get(usize::from(index)).copied().unwrap_or(0),
            15.. => MORE_FREQUENCIES.get(usize::from(index) - 15).copied().unwrap_or(0),
        };
        if sampling_frequency == 0 {
            return Err(r.out_of_range("usacSamplingFrequencyIndex", index).into());
        }
        let index = r.bits8("coreSbrFrameLengthIndex", 3)?;
        let Some(&frame_length) = FRAME_LENGTHS.get(usize::from(index)) else {
            return Err(r.out_of_range("coreSbrFrameLengthIndex", index).into());
        };
        let index = r.bits8("channelConfigurationIndex", 5)?;
        let channels = match index {
            0 => {
                let channels = escaped(r, "numOutChannels", [5, 8, 16])?;
                if !(1..=MAX_CHANNELS).contains(&channels) {
                    return Err(r.out_of_range("numOutChannels", channels).into());
                }
                r.skip("bsOutputChannelPos", 5 * channels as usize)?;
                channels as u16
            }
            1..=13 => CHANNELS[usize::from(index) - 1],
            reserved => return Err(AacError::ChannelConfiguration(reserved)),
        };
        Ok(Self { sampling_frequency, frame_length, channels })
    }
}

/// `escapedValue()` of §5.2: a number, to which more bits are added when all of its bits are set, twice.
fn escaped(r: &mut BitReader<'_>, field: &'static str, widths: [u32; 3]) -> Result<u32, SyntaxError> {
    let mut value = 0;
    for width in widths {
        let part = r.bits(field, width)?;
        value += part;
        if part != (1 << width) - 1 {
            break;
        }
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use crate::aac::{AudioSpecificConfig, codec_string};
    use crate::bits::BitWriter;

    /// An AudioSpecificConfig by hand, as no encoder at hand makes one: object type 42, then `UsacConfig()` with
    /// one element of two bits.
    fn usac(frequency: &[(u64, u32)], frame_length: u64, channels: &[(u64, u32)]) -> Vec<u8> {
        let mut w = BitWriter::new();
        w.bits(31, 5).bits(42 - 32, 6).bits(3, 4).bits(0, 4);
        for &(value, width) in frequency {
            w.bits(value, width);
        }
        w.bits(frame_length, 3);
        for &(value, width) in channels {
            w.bits(value, width);
        }
        w.bits(0, 4).bits(1, 2);
        w.into_bytes()
    }

    #[test]
    fn what_is_reserved_is_refused() {
        for (frequency, frame_length, channels) in [
            (&[(13, 5)][..], 1, &[(2, 5)][..]),
            (&[(28, 5)], 1, &[(2, 5)]),
            (&[(31, 5), (0, 24)], 1, &[(2, 5)]),
            (&[(3, 5)], 5, &[(2, 5)]),
            (&[(3, 5)], 1, &[(14, 5)]),
            (&[(3, 5)], 1, &[(0, 5), (0, 5)]),
            (&[(3, 5)], 1, &[(0, 5), (31, 5), (34, 8)]),
        ] {
            let config = usac(frequency, frame_length, channels);
            assert!(AudioSpecificConfig::parse(&config).is_err(), "{frequency:?} {frame_length} {channels:?}");
        }
    }

    #[test]
    fn the_places_of_channels_that_are_written_out_have_to_be_there() {
        let whole = usac(&[(3, 5)], 1, &[(0, 5), (24, 5), (0, 60), (0, 60)]);
        assert_eq!(AudioSpecificConfig::parse(&whole).unwrap().output_channels(), 24);
        let cut = &whole[..whole.len() - 2];
        assert!(AudioSpecificConfig::parse(cut).is_err_and(|error| error.is_truncated()));
    }

    #[test]
    fn rate_length_and_channels_are_those_of_the_output() {
        for (frequency, frame_length, channels, expected) in [
            (&[(3, 5)][..], 1, &[(1, 5)][..], (48_000, 1024, 1)),
            (&[(4, 5)], 0, &[(2, 5)], (44_100, 768, 2)),
            (&[(17, 5)], 2, &[(6, 5)], (40_000, 2048, 6)),
            (&[(3, 5)], 3, &[(8, 5)], (48_000, 2048, 2)),
            (&[(31, 5), (47_999, 24)], 4, &[(13, 5)], (47_999, 4096, 24)),
            (&[(3, 5)], 3, &[(0, 5), (3, 5), (0, 15)], (48_000, 2048, 3)),
        ] {
            let config = AudioSpecificConfig::parse(&usac(frequency, frame_length, channels)).unwrap();
            assert_eq!((config.output_rate(), config.unit_ticks(), config.output_channels()), expected);
            assert_eq!(codec_string(&config), "mp4a.40.42");
        }
    }
}
