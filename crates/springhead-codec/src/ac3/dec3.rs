//! The content of `dec3`: ETSI TS 102 366 Annex F §F.6, with the extension of ETSI TS 103 420 §C.3 for joint object coding.

use bytes::Bytes;

use super::channels::{locations, of_locations, of_mode};
use super::header::frequency;
use super::{Ac3Error, StreamType, SyncUnit};
use crate::bits::{BitReader, BitWriter};

/// What a decoder of Enhanced AC-3 has to know, all of it also in the frames of each access unit.
///
/// ```
/// use springhead_codec::ac3::Eac3Config;
/// // `ffmpeg -f lavfi -i anullsrc=r=48000:cl=5.1 -c:a eac3 OUT.mp4`
/// let config = Eac3Config::parse(&[0x0e, 0x00, 0x20, 0x0f, 0x00])?;
/// assert_eq!((config.data_rate, config.sample_rate, config.channels()), (448, 48_000, 6));
/// assert_eq!(config.to_bytes(), &[0x0e, 0x00, 0x20, 0x0f, 0x00][..]);
/// # Ok::<(), springhead_codec::ac3::Ac3Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Eac3Config {
    /// `data_rate` of all substreams in kbit/s, the highest where it varies; at most 8191.
    pub data_rate: u16,
    /// Samples a second.
    pub sample_rate: u32,
    /// The independent substreams, 1 to 8; the first is the main program.
    pub independent: Vec<IndependentSubstream>,
    /// `complexity_index_type_a` of joint object coding: the objects of Dolby Atmos that a decoder has to render.
    pub joc_complexity: Option<u8>,
}

/// An independent substream and what belongs to it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct IndependentSubstream {
    /// `fscod`; 3 for half of the sampling rates.
    pub fscod: u8,
    /// `bsid`.
    pub bsid: u8,
    /// `asvc`: whether it is to be mixed to the main program.
    pub associated: bool,
    /// `bsmod`.
    pub bsmod: u8,
    /// `acmod`.
    pub acmod: u8,
    /// `lfeon`.
    pub lfe: bool,
    /// `num_dep_sub`: dependent substreams, at most 15.
    pub dependent: u8,
    /// `chan_loc`: where the channels of the dependent substreams are, 9 bits.
    pub chan_loc: u16,
}

/// The most that `data_rate` can say.
const MAX_RATE: u64 = 0x1fff;

impl Eac3Config {
    /// Reads the content. Bytes after it are passed over.
    ///
    /// Fails with [`Ac3Error::ReducedRate`] for half of the sampling rates, which it does not tell apart.
    pub fn parse(content: &[u8]) -> Result<Self, Ac3Error> {
        let r = &mut BitReader::new("EC3SpecificBox", content);
        let data_rate = r.bits("data_rate", 13)? as u16;
        let count = r.bits("num_ind_sub", 3)? + 1;
        let independent = (0..count).map(|_| read_substream(r)).collect::<Result<Vec<_>, _>>()?;
        let sample_rate = frequency(independent[0].fscod).ok_or(Ac3Error::ReducedRate)?;
        let mut joc_complexity = None;
        if r.remaining() >= 16 {
            r.skip("reserved", 7)?;
            let extended = r.flag("flag_ec3_extension_type_a")?;
            let complexity = r.bits8("complexity_index_type_a", 8)?;
            joc_complexity = (extended && complexity > 0).then_some(complexity);
        }
        Ok(Self { data_rate, sample_rate, independent, joc_complexity })
    }

    /// What the frames of an access unit say. `asvc`, which none of them does, is off.
    pub fn from_unit(unit: &SyncUnit) -> Result<Self, Ac3Error> {
        let Some(first) = unit.headers.first() else { return Err(Ac3Error::Incomplete { blocks: 0 }) };
        let mut independent: Vec<IndependentSubstream> = Vec::new();
        let mut joc_complexity = None;
        // Which independent substream dependent ones belong to; in frames of less than six blocks each comes again.
        let (mut current, mut ids) = (0, Vec::new());
        for header in &unit.headers {
            joc_complexity = joc_complexity.or(header.joc_complexity);
            if header.stream_type == StreamType::Dependent {
                let Some(owner) = independent.get_mut(current) else { continue };
                owner.dependent = owner.dependent.max(header.substream + 1);
                owner.chan_loc |= header.channel_map.map_or(0, locations);
                continue;
            }
            current = ids.iter().position(|&id| id == header.substream).unwrap_or(ids.len());
            if current == ids.len() {
                ids.push(header.substream);
                independent.push(IndependentSubstream {
                    fscod: header.fscod,
                    bsid: header.bsid,
                    associated: false,
                    bsmod: header.bsmod,
                    acmod: header.acmod,
                    lfe: header.lfe,
                    dependent: 0,
                    chan_loc: 0,
                });
            }
        }
        let bits = unit.headers.iter().map(|header| 8 * header.frame_bytes as u64).sum::<u64>();
        let rate = bits * u64::from(first.sample_rate) / 1536 / 1000;
        let data_rate = rate.min(MAX_RATE) as u16;
        Ok(Self { data_rate, sample_rate: first.sample_rate, independent, joc_complexity })
    }

    /// Writes the content.
    pub fn to_bytes(&self) -> Bytes {
        let mut w = BitWriter::new();
        let count = self.independent.len().clamp(1, 8);
        w.bits(self.data_rate.into(), 13).bits(count as u64 - 1, 3);
        for substream in &self.independent[..count.min(self.independent.len())] {
            w.bits(substream.fscod.into(), 2).bits(substream.bsid.into(), 5).bits(0, 1).flag(substream.associated);
            w.bits(substream.bsmod.into(), 3).bits(substream.acmod.into(), 3).flag(substream.lfe).bits(0, 3);
            w.bits(substream.dependent.into(), 4);
            if substream.dependent > 0 {
                w.bits(substream.chan_loc.into(), 9);
            } else {
                w.bits(0, 1);
            }
        }
        if let Some(complexity) = self.joc_complexity {
            w.bits(0, 7).flag(true).bits(complexity.into(), 8);
        }
        w.into_bytes().into()
    }

    /// Channels of the main program with those of its dependent substreams, without counting objects.
    pub fn channels(&self) -> u16 {
        let main = |main: &IndependentSubstream| of_mode(main.acmod, main.lfe) + of_locations(main.chan_loc);
        self.independent.first().map_or(0, main)
    }
}

fn read_substream(r: &mut BitReader<'_>) -> Result<IndependentSubstream, Ac3Error> {
    let fscod = r.bits8("fscod", 2)?;
    let bsid = r.bits8("bsid", 5)?;
    if bsid > 16 {
        return Err(Ac3Error::Bsid(bsid));
    }
    r.skip("reserved", 1)?;
    let associated = r.flag("asvc")?;
    let bsmod = r.bits8("bsmod", 3)?;
    let acmod = r.bits8("acmod", 3)?;
    let lfe = r.flag("lfeon")?;
    r.skip("reserved", 3)?;
    let dependent = r.bits8("num_dep_sub", 4)?;
    let chan_loc = if dependent > 0 {
        r.bits("chan_loc", 9)? as u16
    } else {
        r.skip("reserved", 1)?;
        0
    };
    Ok(IndependentSubstream { fscod, bsid, associated, bsmod, acmod, lfe, dependent, chan_loc })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ac3::synthetic::Eac3;
    use crate::ac3::{Assembler, split};
    use crate::fixtures;
    use bytes::Bytes;
    use proptest::prelude::*;

    fn unit(stream: Vec<u8>) -> SyncUnit {
        let mut assembler = Assembler::default();
        let units: Vec<_> = split(&stream.into()).filter_map(|frame| assembler.push(frame.unwrap()).unwrap()).collect();
        units.into_iter().next().or_else(|| assembler.flush()).unwrap()
    }

    #[test]
    fn what_is_reserved_or_cut_short_is_refused() {
        assert_eq!(Eac3Config::parse(&fixtures::bytes("0600e00400")), Err(Ac3Error::ReducedRate));
        assert_eq!(Eac3Config::parse(&fixtures::bytes("0600220400")), Err(Ac3Error::Bsid(17)));
        for (hex, ..) in fixtures::DEC3 {
            let whole = fixtures::bytes(hex);
            assert!((0..whole.len()).all(|end| Eac3Config::parse(&whole[..end]).is_err()));
        }
    }

    #[test]
    fn dec3_is_what_ffmpeg_writes_byte_for_byte() {
        for (hex, data_rate, rate, channels) in fixtures::DEC3 {
            let config = Eac3Config::parse(&fixtures::bytes(hex)).unwrap();
            assert_eq!((config.data_rate, config.sample_rate, config.channels()), (data_rate, rate, channels));
            assert_eq!((config.joc_complexity, config.to_bytes()), (None, fixtures::bytes(hex).into()));
        }
    }

    #[test]
    fn frames_say_what_ffmpeg_writes_of_their_stream() {
        let config = Eac3Config::from_unit(&unit(fixtures::EAC3.to_vec())).unwrap();
        assert_eq!(config.to_bytes(), fixtures::bytes(fixtures::DEC3_OF_STREAM));
    }

    #[test]
    fn seven_channels_and_one_are_a_program_of_two_substreams() {
        // 5.1, and Lrs/Rrs besides Ls and Rs, which replace those of the independent substream.
        let main = Eac3 { acmod: 7, lfe: true, bytes: 1536, ..Eac3::MONO };
        let rear = Eac3 { strmtyp: 1, acmod: 6, chanmap: Some(0x1a00), bytes: 512, ..Eac3::MONO };
        let config = Eac3Config::from_unit(&unit([main.to_bytes(), rear.to_bytes()].concat())).unwrap();
        assert_eq!((config.data_rate, config.channels(), config.independent[0].chan_loc), (512, 8, 2));
        assert_eq!(config.to_bytes(), fixtures::bytes("1000 200f 02 02"));
        assert_eq!(Eac3Config::parse(&config.to_bytes()), Ok(config));
    }

    #[test]
    fn joint_object_coding_is_announced_by_its_complexity() {
        let config = Eac3Config::from_unit(&unit(Eac3::ATMOS.to_bytes())).unwrap();
        assert_eq!((config.joc_complexity, config.channels(), config.data_rate), (Some(16), 6, 448));
        assert_eq!(config.to_bytes(), fixtures::bytes("0e00 200f 00 0110"));
        assert_eq!(Eac3Config::parse(&config.to_bytes()), Ok(config));
    }

    #[test]
    fn frames_of_few_blocks_count_once_and_other_programs_for_themselves() {
        let main = Eac3 { numblkscod: 2, bytes: 96, ..Eac3::MONO };
        let rear = Eac3 { strmtyp: 1, chanmap: Some(0x0100), ..main };
        let other = Eac3 { substreamid: 1, acmod: 2, information: true, bsmod: 2, ..main };
        let half = [main, rear, other].map(Eac3::to_bytes).concat();
        let config = Eac3Config::from_unit(&unit(half.repeat(2))).unwrap();
        let found: Vec<_> = config
            .independent
            .iter()
            .map(|independent| (independent.acmod, independent.bsmod, independent.dependent, independent.chan_loc))
            .collect();
        assert_eq!((found, config.data_rate), (vec![(1, 0, 1, 4), (2, 2, 0, 0)], 144));
    }

    proptest! {
        #[test]
        fn a_configuration_comes_back(
            data_rate in 0u16..0x2000,
            substreams in prop::collection::vec((0u8..3, 11u8..=16, any::<bool>(), 0u8..8, 0u8..8, 0u8..16, 0u16..0x200), 1..=8),
            joc_complexity in prop::option::of(1u8..),
        ) {
            let substream = |(fscod, bsid, flag, bsmod, acmod, dependent, chan_loc)| IndependentSubstream {
                fscod,
                bsid,
                associated: flag,
                bsmod,
                acmod,
                lfe: !flag,
                dependent,
                chan_loc: if dependent > 0 { chan_loc } else { 0 },
            };
            let independent: Vec<_> = substreams.into_iter().map(substream).collect();
            let sample_rate = frequency(independent[0].fscod).unwrap();
            let config = Eac3Config { data_rate, sample_rate, independent, joc_complexity };
            prop_assert_eq!(Eac3Config::parse(&config.to_bytes()), Ok(config));
        }

        #[test]
        fn no_bytes_panic(content in prop::collection::vec(any::<u8>(), 0..48)) {
            crate::fuzz::ac3_config(&content);
        }
    }

    #[test]
    fn bytes_after_a_configuration_are_passed_over() {
        let known = Bytes::from(fixtures::bytes("0e00 200f 00"));
        let longer = [&known[..], &[0, 0, 9]].concat();
        assert_eq!(Eac3Config::parse(&longer).unwrap().to_bytes(), known);
    }
}
