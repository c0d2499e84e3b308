//! Syncframes: `syncinfo()` and `bsi()` of ETSI TS 102 366 §4.3 and, of Enhanced AC-3, of Annex E §E.1.2.

use super::{Ac3Error, bsi};
use crate::bits::BitReader;

/// `syncword`.
const SYNCWORD: u32 = 0x0b77;

/// Hz by `fscod`, and by `fscod2` twice that.
const FREQUENCIES: [u32; 3] = [48_000, 44_100, 32_000];

/// kbit/s by half of `frmsizecod`, which is `bit_rate_code`.
const BITRATES: [u16; 19] = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640];

/// What a syncframe is in its stream: `strmtyp` of Enhanced AC-3, and AC-3 itself.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum StreamType {
    /// AC-3. In a stream of Enhanced AC-3 it is independent substream 0.
    Ac3,
    /// Type 0: a program, or its main channels.
    Independent,
    /// Type 1: more channels of the independent substream before it.
    Dependent,
    /// Type 2: an independent substream that was AC-3 before.
    Converted,
}

/// What a syncframe says of itself.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub struct FrameHeader {
    /// What the frame is in its stream.
    pub stream_type: StreamType,
    /// `substreamid`, 0 to 7; of dependent substreams counted within their independent one.
    pub substream: u8,
    /// Bytes of the frame, header included.
    pub frame_bytes: usize,
    /// `fscod`: 0 to 2, and of Enhanced AC-3 3 for half of those sampling rates.
    pub fscod: u8,
    /// Samples a second.
    pub sample_rate: u32,
    /// `frmsizecod` / 2, of AC-3 only: the bitrate.
    pub bit_rate_code: Option<u8>,
    /// Blocks of 256 samples: 6 of AC-3; 1, 2, 3 or 6.
    pub blocks: u8,
    /// `bsid`: at most 8 of AC-3, 11 to 16 of Enhanced AC-3.
    pub bsid: u8,
    /// `bsmod`: the service. 0, the main one, where Enhanced AC-3 does not say.
    pub bsmod: u8,
    /// `acmod`: which channels there are besides those of low frequencies.
    pub acmod: u8,
    /// `lfeon`: whether there is a channel of low frequencies.
    pub lfe: bool,
    /// `chanmap` of a dependent substream: where its channels belong. Without it they are those of `acmod`.
    pub channel_map: Option<u16>,
    /// `convsync`: with this frame of less than six blocks, six blocks begin.
    pub starts_six_blocks: bool,
    /// `complexity_index_type_a` of joint object coding (ETSI TS 103 420 §8.3): how many objects a decoder has to render.
    pub joc_complexity: Option<u8>,
}

impl FrameHeader {
    /// Reads the header at the start of a frame, which may go on or end after it.
    ///
    /// ```
    /// use springhead_codec::ac3::{FrameHeader, StreamType};
    /// let header = FrameHeader::parse(&[0x0b, 0x77, 0x63, 0xaa, 0x0c, 0x40, 0x43, 0xe1])?;
    /// assert_eq!((header.stream_type, header.sample_rate, header.frame_bytes), (StreamType::Ac3, 48_000, 384));
    /// assert_eq!((header.acmod, header.lfe, header.blocks), (2, false, 6));
    /// # Ok::<(), springhead_codec::ac3::Ac3Error>(())
    /// ```
    pub fn parse(bytes: &[u8]) -> Result<Self, Ac3Error> {
        let r = &mut BitReader::new("syncframe", bytes);
        let syncword = r.bits("syncword", 16)?;
        if syncword != SYNCWORD {
            return Err(r.out_of_range("syncword", syncword).into());
        }
        // Both have `bsid` at the same place, so that a decoder can tell them apart.
        let ahead = &mut r.clone();
        ahead.skip("bsid", 24)?;
        match ahead.bits8("bsid", 5)? {
            bsid @ 0..=8 => Self::parse_ac3(r, bsid),
            bsid @ 11..=16 => {
                let length = 2 * (1 + (usize::from(bytes[2] & 7) << 8 | usize::from(bytes[3])));
                let mut frame = BitReader::new("syncframe", &bytes[..length.min(bytes.len())]);
                frame.skip("syncword", 16)?;
                bsi::read(&mut frame, bsid, length)
            }
            bsid => Err(Ac3Error::Bsid(bsid)),
        }
    }

    fn parse_ac3(r: &mut BitReader<'_>, bsid: u8) -> Result<Self, Ac3Error> {
        r.skip("crc1", 16)?;
        let fscod = r.bits8("fscod", 2)?;
        let Some(sample_rate) = frequency(fscod) else { return Err(r.out_of_range("fscod", fscod).into()) };
        let frmsizecod = r.bits8("frmsizecod", 6)?;
        let Some(&bitrate) = BITRATES.get(usize::from(frmsizecod / 2)) else {
            return Err(r.out_of_range("frmsizecod", frmsizecod).into());
        };
        r.skip("bsid", 5)?;
        let bsmod = r.bits8("bsmod", 3)?;
        let acmod = r.bits8("acmod", 3)?;
        if acmod & 1 == 1 && acmod != 1 {
            r.skip("cmixlev", 2)?;
        }
        if acmod & 4 != 0 {
            r.skip("surmixlev", 2)?;
        }
        if acmod == 2 {
            r.skip("dsurmod", 2)?;
        }
        let lfe = r.flag("lfeon")?;
        // Table 4.13. At 44.1 kHz frames of two sizes make up the bitrate, and the odd code is the longer one.
        let words = match fscod {
            0 => 2 * u32::from(bitrate),
            1 => u32::from(bitrate) * 320 / 147 + u32::from(frmsizecod & 1),
            _ => 3 * u32::from(bitrate),
        };
        Ok(Self {
            stream_type: StreamType::Ac3,
            substream: 0,
            frame_bytes: 2 * words as usize,
            fscod,
            sample_rate,
            bit_rate_code: Some(frmsizecod / 2),
            blocks: 6,
            bsid,
            bsmod,
            acmod,
            lfe,
            channel_map: None,
            starts_six_blocks: true,
            joc_complexity: None,
        })
    }

    /// Whether an access unit begins with this frame, or goes on with the next blocks of its main program: independent
    /// substream 0, or AC-3.
    pub fn is_main(&self) -> bool {
        self.stream_type != StreamType::Dependent && self.substream == 0
    }
}

/// Hz of an `fscod` or, twice as much, of an `fscod2`; none where that is reserved or says otherwise.
pub(super) fn frequency(fscod: u8) -> Option<u32> {
    FREQUENCIES.get(usize::from(fscod)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ac3::synthetic::Eac3;
    use crate::bits::Fault;

    /// An AC-3 header of those codes.
    fn ac3(fscod: u8, frmsizecod: u8, bsid: u8, acmod: u8) -> [u8; 8] {
        [0x0b, 0x77, 0, 0, fscod << 6 | frmsizecod, bsid << 3, acmod << 5, 0xff]
    }

    #[test]
    fn what_is_reserved_is_refused() {
        let field = |bytes: &[u8]| match FrameHeader::parse(bytes) {
            Err(Ac3Error::Syntax(error)) if matches!(error.fault, Fault::OutOfRange(_)) => error.field,
            other => panic!("{other:?}"),
        };
        assert_eq!(field(&[0x77, 0x0b, 0, 0, 0, 0x40, 0, 0]), "syncword");
        assert_eq!(field(&ac3(3, 0, 8, 2)), "fscod");
        assert_eq!(field(&ac3(0, 38, 8, 2)), "frmsizecod");
        for bsid in [9, 10, 17, 31] {
            assert_eq!(FrameHeader::parse(&ac3(0, 0, bsid, 2)), Err(Ac3Error::Bsid(bsid)));
        }
        assert_eq!(field(&Eac3 { strmtyp: 3, ..Eac3::MONO }.to_bytes()), "strmtyp");
        assert_eq!(field(&Eac3 { fscod: 3, fscod2: 3, ..Eac3::MONO }.to_bytes()), "fscod2");
    }

    #[test]
    fn a_header_cut_short_is_truncated() {
        let joc = Eac3 { complexity: Some(16), mixing: true, information: true, ..Eac3::MONO }.to_bytes();
        for whole in [&ac3(0, 8, 8, 7)[..7], &joc] {
            let needed = (0..=whole.len()).find(|&end| FrameHeader::parse(&whole[..end]).is_ok()).unwrap();
            for end in 0..needed {
                let error = FrameHeader::parse(&whole[..end]).unwrap_err();
                assert!(matches!(error, Ac3Error::Syntax(error) if error.fault == Fault::Truncated), "{end}");
            }
        }
        // A frame that is shorter than what it announces of its header.
        let mut short = joc;
        (short[2], short[3]) = (0, 3);
        assert!(matches!(FrameHeader::parse(&short), Err(Ac3Error::Syntax(error)) if error.fault == Fault::Truncated));
    }

    #[test]
    fn frames_of_ac3_have_the_length_of_the_table() {
        let length = |fscod, frmsizecod| FrameHeader::parse(&ac3(fscod, frmsizecod, 8, 2)).unwrap().frame_bytes;
        // Table 4.13, in words: 32, 192 and 640 kbit/s.
        for (frmsizecod, words) in [(0, [64, 69, 96]), (20, [384, 417, 576]), (36, [1280, 1393, 1920])] {
            assert_eq!([0, 1, 2].map(|fscod| length(fscod, frmsizecod) / 2), words);
            let odd = [0, 1, 2].map(|fscod| length(fscod, frmsizecod + 1) / 2);
            assert_eq!(odd, [words[0], words[1] + 1, words[2]]);
        }
    }

    #[test]
    fn the_channel_of_low_frequencies_is_found_after_the_mix_levels_of_every_mode() {
        for (acmod, skipped) in [(0, 0), (1, 0), (2, 2), (3, 2), (4, 2), (5, 4), (6, 2), (7, 4)] {
            let mut bytes = ac3(0, 0, 8, acmod);
            (bytes[6], bytes[7]) = (acmod << 5 | 0x10 >> skipped, 0);
            assert!(FrameHeader::parse(&bytes).unwrap().lfe, "{acmod}");
            (bytes[6], bytes[7]) = (acmod << 5, 0);
            assert!(!FrameHeader::parse(&bytes).unwrap().lfe, "{acmod}");
        }
    }

    #[test]
    fn everything_that_an_enhanced_header_may_have_is_passed_over_to_its_end() {
        for acmod in 0..8 {
            for (strmtyp, numblkscod) in [(0, 0), (0, 1), (0, 3), (1, 3), (2, 3), (2, 2)] {
                for options in 0..8u8 {
                    let frame = Eac3 {
                        strmtyp,
                        acmod,
                        numblkscod,
                        lfe: options & 1 == 1,
                        mixing: options & 2 == 2,
                        information: options & 4 == 4,
                        chanmap: (strmtyp == 1).then_some(0x0200),
                        complexity: Some(16),
                        ..Eac3::MONO
                    };
                    let header = FrameHeader::parse(&frame.to_bytes()).unwrap();
                    let found = (header.acmod, header.lfe, header.blocks, header.channel_map, header.joc_complexity);
                    let blocks = [1, 2, 3, 6][usize::from(numblkscod)];
                    assert_eq!(found, (acmod, frame.lfe, blocks, frame.chanmap, Some(16)), "{frame:?}");
                    assert_eq!(header.bsmod, if frame.information { frame.bsmod } else { 0 });
                }
            }
        }
    }

    #[test]
    fn half_the_sampling_rates_have_six_blocks() {
        for (fscod2, rate) in [(0, 24_000), (1, 22_050), (2, 16_000)] {
            let header = FrameHeader::parse(&Eac3 { fscod: 3, fscod2, ..Eac3::MONO }.to_bytes()).unwrap();
            assert_eq!((header.sample_rate, header.blocks, header.fscod), (rate, 6, 3));
        }
    }
}
