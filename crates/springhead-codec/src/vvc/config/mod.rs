//! The VVC decoder configuration record, the content of `vvcC`: ISO/IEC 14496-15:2022 §11.2.4.2.

#[cfg(test)]
mod tests;

use bytes::{BufMut, Bytes, BytesMut};

use super::{NalHeader, NalType, Pps, ProfileTierLevel, Sps, Vps, VvcError};
use crate::bits::{BitReader, BitWriter, SyntaxError};
use crate::nal::NalError;
use crate::nal::sets::{put, same_content};

/// What configures the decoder of a track, and the length size of the source's samples.
///
/// One set of each id, in the order in which the ids were first met: where a source repeats an id, the later content is in
/// force, as for a decoder. Every sequence parameter set can be read, and one at least tells its profile.
///
/// The content is that of the box without its version and flags.
///
/// ```
/// use bytes::Bytes;
/// use springhead_codec::vvc::DecoderConfig;
/// let sps = Bytes::from_static(b"\x00\x79\x00\xab\x02\x10\x80\x00\x00\x80\x82\x04\x11\xa8\x01\xcd\xff\xeb\x08\x4d\
///     \x95\x8c\x10\x20\x9c\x00\xca\x0c\x58\x42\x18\x31\x10\x81\x92\x20\xd4\x87\xa3\xd5\xa9\x2f\x24\x9a\x92\xc9\x11\
///     \x6a\x22\xf1\x12\x6a\x22\x45\x24\x44\x99\x22\x24\xd4\x65\x92\x10\xb5\x08\x5e\x10\xbd\x5a\x92\xf2\x5e\xa1\x94\
///     \x18\xb1\x00\xc5\x88\x08\x10\x81\x01\x02\xa1\x02\x02\x06\x90\x81\x01\x02\xc4\x08\x08\x11\x04\x04\x0b\x20\x80\
///     \x81\x21\x01\x06\x40\x81\x10\x81\x02\xc8\x40\x81\x22\x04\x1a\x08\x12\x41\x07\x08\x32\x04\x5a\x10\x49\x08\x71\
///     \x0d\x09\x72\x39\x50\xcc\x11\x9c\x50\x00\x00\x03\x00\x10\x00\x00\x03\x01\x91\x88");
/// let pps = Bytes::from_static(b"\x00\x81\x00\x00\x41\x02\x08\x89\x07\xd0\x40");
/// let config = DecoderConfig::from_parameter_sets([sps], [pps])?;
/// let record = config.to_bytes();
/// assert_eq!(&record[..8], b"\xff\x00\x65\x5f\x01\x02\x10\x80");
/// assert_eq!(DecoderConfig::parse(&record)?, config);
/// # Ok::<(), springhead_codec::vvc::VvcError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct DecoderConfig {
    /// Decoding capability information, NAL unit header included, as all that follow.
    pub dci: Option<Bytes>,
    /// Operating point information.
    pub opi: Option<Bytes>,
    /// Video parameter sets; none where the stream has one layer.
    pub vps: Vec<Bytes>,
    /// Sequence parameter sets, at least one.
    pub sps: Vec<Bytes>,
    /// Picture parameter sets; empty when the source sends them in band only.
    pub pps: Vec<Bytes>,
    /// Adaptation parameter sets and messages that a record had: they hold for the whole track.
    pub others: Vec<Bytes>,
    /// `LengthSizeMinusOne` + 1 of the source: 1, 2 or 4. What is written always says 4.
    pub length_size: u8,
}

/// The kinds of NAL units that a record holds, in the order in which they are written (§11.2.4.2.4).
const KINDS: [NalType; 8] = [
    NalType::Dci,
    NalType::Opi,
    NalType::Vps,
    NalType::Sps,
    NalType::Pps,
    NalType::PrefixAps,
    NalType::PrefixSei,
    NalType::SuffixSei,
];

impl DecoderConfig {
    /// Reads a record. The NAL units are slices of it.
    ///
    /// What the record itself says of profile, level and size is passed over: the sequence parameter sets say it. NAL units
    /// of kinds that no record holds are passed over too, and empty ones.
    pub fn parse(record: &Bytes) -> Result<Self, VvcError> {
        let mut r = RecordReader { record, at: 0 };
        let first = r.byte("LengthSizeMinusOne")?;
        let length_size = (first >> 1 & 3) + 1;
        if length_size == 3 {
            return Err(NalError::LengthSize(length_size).into());
        }
        if first & 1 == 1 {
            r.skip_head()?;
        }
        let mut config = Self { length_size, ..Self::EMPTY };
        for _ in 0..r.byte("num_of_arrays")? {
            let kind = NalType::of(r.byte("NAL_unit_type")?);
            let count = if matches!(kind, NalType::Dci | NalType::Opi) { 1 } else { r.two_bytes("num_nalus")? };
            for _ in 0..count {
                let length = usize::from(r.two_bytes("nal_unit_length")?);
                let nal = r.take(length, "nal_unit")?;
                if NalHeader::of(&nal).is_some_and(|header| header.nal_type == kind) {
                    config.put(nal)?;
                }
            }
        }
        config.checked()
    }

    /// A record of sets that were found in band or in a session description, NAL unit headers included. Both kinds are
    /// needed.
    pub fn from_parameter_sets(
        sps: impl IntoIterator<Item = Bytes>,
        pps: impl IntoIterator<Item = Bytes>,
    ) -> Result<Self, VvcError> {
        let mut config = Self::EMPTY;
        sps.into_iter().chain(pps).try_for_each(|set| config.put(set))?;
        let config = config.checked()?;
        if config.pps.is_empty() {
            return Err(VvcError::NoParameterSet("picture parameter set"));
        }
        Ok(config)
    }

    /// A record of all that was found in band, as [`unit`](super::unit()) gives it. Sequence and picture parameter sets are
    /// needed.
    pub fn from_found(found: &[Bytes]) -> Result<Self, VvcError> {
        Self::from_parameter_sets(found.iter().cloned(), [])
    }

    /// This configuration with what came in band: each set replaces the one with its id, or joins. Equal to `self` when
    /// they say nothing new, whatever their emulation prevention and trailing zeros look like, so that repeated sets make
    /// no new configuration.
    pub fn updated(&self, found: &[Bytes]) -> Result<Self, VvcError> {
        let mut config = self.clone();
        found.iter().try_for_each(|set| config.put(set.clone()))?;
        config.checked()
    }

    const EMPTY: Self =
        Self { dci: None, opi: None, vps: vec![], sps: vec![], pps: vec![], others: vec![], length_size: 4 };

    /// A NAL unit to its kind; what no record holds is passed over.
    fn put(&mut self, nal: Bytes) -> Result<(), VvcError> {
        let Some(header) = NalHeader::of(&nal) else { return Ok(()) };
        match header.nal_type {
            NalType::Dci => replace(&mut self.dci, nal),
            NalType::Opi => replace(&mut self.opi, nal),
            NalType::Vps => put(&mut self.vps, nal, |nal| Ok::<_, VvcError>(Vps::parse(nal)?.id))?,
            NalType::Sps => put(&mut self.sps, nal, |nal| Ok::<_, VvcError>(Sps::parse(nal)?.id))?,
            NalType::Pps => put(&mut self.pps, nal, |nal| Ok::<_, VvcError>(Pps::parse(nal)?.id))?,
            // An adaptation parameter set is known by its kind and id, which fill its first byte (§7.3.2.6), and its layer.
            NalType::PrefixAps => put(&mut self.others, nal, |nal| {
                let kind = NalHeader::of(nal).map(|header| (header.nal_type, header.layer_id));
                let content = if nal.get(1).is_some_and(|second| second >> 3 == NalType::PrefixAps.code()) {
                    nal.get(2..3).unwrap_or_default()
                } else {
                    nal
                };
                Ok::<_, VvcError>((kind, content.to_vec()))
            })?,
            NalType::PrefixSei | NalType::SuffixSei if !self.others.iter().any(|known| same_content(known, &nal)) => {
                self.others.push(nal);
            }
            _ => {}
        }
        Ok(())
    }

    /// Itself, if a record can hold it.
    fn checked(self) -> Result<Self, VvcError> {
        self.first_sps()?;
        for kind in KINDS {
            let longest = self.of_kind(kind).map(Bytes::len).max().unwrap_or(0);
            let count = self.of_kind(kind).count();
            if count.max(longest) > usize::from(u16::MAX) {
                return Err(VvcError::RecordOverflow { count, longest });
            }
        }
        Ok(self)
    }

    /// The NAL units of a kind.
    fn of_kind(&self, kind: NalType) -> impl Iterator<Item = &Bytes> {
        let sets = match kind {
            NalType::Dci => self.dci.as_slice(),
            NalType::Opi => self.opi.as_slice(),
            NalType::Vps => &self.vps[..],
            NalType::Sps => &self.sps,
            NalType::Pps => &self.pps,
            _ => &self.others,
        };
        sets.iter().filter(move |nal| NalHeader::of(nal).is_some_and(|header| header.nal_type == kind))
    }

    /// The first sequence parameter set that tells its profile, and what it tells.
    pub(super) fn first_sps(&self) -> Result<(Sps, ProfileTierLevel), VvcError> {
        for nal in &self.sps {
            let sps = Sps::parse(nal)?;
            if let Some(ptl) = sps.profile_tier_level.clone() {
                return Ok((sps, ptl));
            }
        }
        Err(VvcError::NoParameterSet("sequence parameter set that tells its profile"))
    }

    /// Writes the record of a track whose samples have lengths of four bytes.
    ///
    /// Profile and constraints are those of the first sequence parameter set that tells them; level, tier and size are the
    /// greatest of all. `constant_frame_rate` is 1 where that set fixes the rate, and 0, which leaves it open, where not;
    /// `avg_frame_rate` is 0, unspecified. A bit depth of 16 is written as 15, the most that the field can say. All arrays
    /// of parameter sets are complete.
    ///
    /// # Panics
    /// When the public fields were changed into what no record can hold.
    pub fn to_bytes(&self) -> Bytes {
        let (first, ptl) = self.first_sps().expect("the sequence parameter sets of a configuration can be read");
        let all: Vec<_> = self.sps.iter().filter_map(|nal| Sps::parse(nal).ok()).collect();
        let mut w = BitWriter::new();
        w.bits(0b1_1111, 5).bits(3, 2).flag(true);
        w.bits(0, 9).bits(first.sublayers.into(), 3);
        w.bits(first.timing.is_some_and(|timing| timing.fixed_rate).into(), 2);
        w.bits(first.chroma_format_idc.into(), 2).bits((first.bit_depth - 8).min(7).into(), 3).bits(0b1_1111, 5);
        write_ptl(&mut w, &ptl, &all);
        w.bits(all.iter().map(|sps| sps.coded_width).max().unwrap_or(0).into(), 16);
        w.bits(all.iter().map(|sps| sps.coded_height).max().unwrap_or(0).into(), 16);
        w.bits(0, 16);
        let kinds: Vec<_> = KINDS.into_iter().filter(|&kind| self.of_kind(kind).next().is_some()).collect();
        w.bits(kinds.len() as u64, 8);
        let mut record = BytesMut::from(&w.into_bytes()[..]);
        for kind in kinds {
            let complete = matches!(kind, NalType::Dci | NalType::Vps | NalType::Sps | NalType::Pps);
            record.put_u8(u8::from(complete) << 7 | kind.code());
            if !matches!(kind, NalType::Dci | NalType::Opi) {
                let count = self.of_kind(kind).count();
                record.put_u16(u16::try_from(count).expect("a record counts NAL units by 16 bits"));
            }
            for nal in self.of_kind(kind) {
                record.put_u16(u16::try_from(nal.len()).expect("a NAL unit in a record is shorter than 64 KiB"));
                record.put_slice(nal);
            }
        }
        record.freeze()
    }
}

/// Puts a NAL unit of which there is one, unless it says the same.
fn replace(known: &mut Option<Bytes>, nal: Bytes) {
    if !known.as_ref().is_some_and(|known| same_content(known, &nal)) {
        *known = Some(nal);
    }
}

/// `VvcPTLRecord` (§11.2.4.2.3) with the highest tier and level of all sets.
fn write_ptl(w: &mut BitWriter, ptl: &ProfileTierLevel, all: &[Sps]) {
    let each = || all.iter().filter_map(|sps| sps.profile_tier_level.as_ref());
    let (high_tier, level_idc) =
        each().map(|ptl| (ptl.high_tier, ptl.level_idc)).max().unwrap_or((ptl.high_tier, ptl.level_idc));
    w.bits(0, 2).bits(ptl.constraints.len() as u64, 6);
    w.bits(ptl.profile_idc.into(), 7).flag(high_tier).bits(level_idc.into(), 8);
    ptl.constraints.iter().for_each(|&byte| _ = w.bits(byte.into(), 8));
    ptl.sublayer_levels.iter().rev().for_each(|level| _ = w.flag(level.is_some()));
    w.align();
    ptl.sublayer_levels.iter().rev().flatten().for_each(|&level| _ = w.bits(level.into(), 8));
    w.bits(ptl.sub_profiles.len() as u64, 8);
    ptl.sub_profiles.iter().for_each(|&sub_profile| _ = w.bits(sub_profile.into(), 32));
}

struct RecordReader<'a> {
    record: &'a Bytes,
    at: usize,
}

impl RecordReader<'_> {
    fn take(&mut self, count: usize, field: &'static str) -> Result<Bytes, VvcError> {
        if self.record.len() - self.at < count {
            return Err(VvcError::RecordTruncated { offset: self.record.len(), field });
        }
        self.at += count;
        Ok(self.record.slice(self.at - count..self.at))
    }

    fn byte(&mut self, field: &'static str) -> Result<u8, VvcError> {
        Ok(self.take(1, field)?[0])
    }

    fn two_bytes(&mut self, field: &'static str) -> Result<u16, VvcError> {
        Ok(u16::from_be_bytes([self.byte(field)?, self.byte(field)?]))
    }

    /// Passes over what stands between `ptl_present_flag` and `num_of_arrays`.
    fn skip_head(&mut self) -> Result<(), VvcError> {
        let r = &mut BitReader::new("VvcDecoderConfigurationRecord", &self.record[self.at..]);
        let passed = Self::read_head(r)
            .map_err(|error| VvcError::RecordTruncated { offset: self.record.len(), field: error.field })?;
        self.at += passed;
        Ok(())
    }

    /// The bytes of that, of which only the end can be missing.
    fn read_head(r: &mut BitReader<'_>) -> Result<usize, SyntaxError> {
        r.skip("ols_idx", 9)?;
        let sublayers = r.bits("num_sublayers", 3)?;
        r.skip("constant_frame_rate", 2 + 2 + 3 + 5)?;
        r.skip("reserved", 2)?;
        let constraints = r.bits("num_bytes_constraint_info", 6)? as usize;
        r.skip("general_profile_idc", 16)?;
        // The two flags and six bits of constraints are there even where no byte is counted.
        r.skip("general_constraint_info", 8 * constraints.max(1))?;
        let mut levels = 0;
        for _ in 1..sublayers {
            levels += usize::from(r.flag("ptl_sublayer_level_present_flag")?);
        }
        r.align();
        r.skip("sublayer_level_idc", 8 * levels)?;
        let sub_profiles = r.bits("ptl_num_sub_profiles", 8)? as usize;
        r.skip("general_sub_profile_idc", 32 * sub_profiles)?;
        r.skip("max_picture_width", 3 * 16)?;
        Ok(r.position() / 8)
    }
}
