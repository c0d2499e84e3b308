//! The content of `dac3`: ETSI TS 102 366 Annex F §F.4.

use bytes::Bytes;

use super::header::frequency;
use super::{Ac3Error, FrameHeader};
use crate::bits::{BitReader, BitWriter};

/// What a decoder of AC-3 has to know, all of it also in each frame.
///
/// ```
/// use springhead_codec::ac3::Ac3Config;
/// // `ffmpeg -f lavfi -i anullsrc=r=48000:cl=5.1 -c:a ac3 OUT.mp4`
/// let config = Ac3Config::parse(&[0x10, 0x3d, 0xe0])?;
/// assert_eq!((config.sample_rate(), config.acmod, config.lfe, config.bit_rate_code), (48_000, 7, true, 15));
/// assert_eq!(config.to_bytes(), &[0x10, 0x3d, 0xe0][..]);
/// # Ok::<(), springhead_codec::ac3::Ac3Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub struct Ac3Config {
    /// `fscod`, 0 to 2.
    pub fscod: u8,
    /// `bsid`, at most 8.
    pub bsid: u8,
    /// `bsmod`.
    pub bsmod: u8,
    /// `acmod`.
    pub acmod: u8,
    /// `lfeon`.
    pub lfe: bool,
    /// `bit_rate_code`, 0 to 18: half of `frmsizecod`.
    pub bit_rate_code: u8,
}

impl Ac3Config {
    /// Reads the content. Bytes after it are passed over.
    pub fn parse(content: &[u8]) -> Result<Self, Ac3Error> {
        let r = &mut BitReader::new("AC3SpecificBox", content);
        let fscod = r.bits8("fscod", 2)?;
        if frequency(fscod).is_none() {
            return Err(r.out_of_range("fscod", fscod).into());
        }
        let bsid = r.bits8("bsid", 5)?;
        if bsid > 8 {
            return Err(Ac3Error::Bsid(bsid));
        }
        let bsmod = r.bits8("bsmod", 3)?;
        let acmod = r.bits8("acmod", 3)?;
        let lfe = r.flag("lfeon")?;
        let bit_rate_code = r.bits8("bit_rate_code", 5)?;
        if bit_rate_code > 18 {
            return Err(r.out_of_range("bit_rate_code", bit_rate_code).into());
        }
        r.skip("reserved", 5)?;
        Ok(Self { fscod, bsid, bsmod, acmod, lfe, bit_rate_code })
    }

    /// What a frame of AC-3 says; none of Enhanced AC-3.
    pub fn from_frame(header: &FrameHeader) -> Option<Self> {
        let FrameHeader { fscod, bsid, bsmod, acmod, lfe, .. } = *header;
        Some(Self { fscod, bsid, bsmod, acmod, lfe, bit_rate_code: header.bit_rate_code? })
    }

    /// Writes the content.
    pub fn to_bytes(&self) -> Bytes {
        let mut w = BitWriter::new();
        w.bits(self.fscod.into(), 2).bits(self.bsid.into(), 5).bits(self.bsmod.into(), 3);
        w.bits(self.acmod.into(), 3).flag(self.lfe).bits(self.bit_rate_code.into(), 5).bits(0, 5);
        w.into_bytes().into()
    }

    /// Samples a second; 0 for a code that [`parse`](Self::parse) would have refused.
    pub fn sample_rate(&self) -> u32 {
        frequency(self.fscod).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;
    use bytes::Bytes;

    #[test]
    fn what_is_reserved_or_cut_short_is_refused() {
        for wrong in ["d01140", "12 1140", "101260"] {
            assert!(Ac3Config::parse(&fixtures::bytes(wrong)).is_err(), "{wrong}");
        }
        assert_eq!(Ac3Config::parse(&fixtures::bytes("121140")), Err(Ac3Error::Bsid(9)));
        assert!((0..3).all(|end| Ac3Config::parse(&[0x10, 0x11, 0x40][..end]).is_err()));
    }

    #[test]
    fn dac3_is_what_ffmpeg_writes_byte_for_byte() {
        for (hex, rate, acmod, lfe) in fixtures::DAC3 {
            let config = Ac3Config::parse(&fixtures::bytes(hex)).unwrap();
            assert_eq!((config.sample_rate(), config.acmod, config.lfe), (rate, acmod, lfe));
            assert_eq!(config.to_bytes(), fixtures::bytes(hex));
        }
    }

    #[test]
    fn a_frame_says_what_ffmpeg_writes_of_its_stream() {
        let stream = Bytes::from_static(fixtures::AC3);
        let frame = crate::ac3::split(&stream).next().unwrap().unwrap();
        let config = Ac3Config::from_frame(&frame.header).unwrap();
        assert_eq!(config.to_bytes(), fixtures::bytes(fixtures::DAC3_OF_STREAM));
    }
}
