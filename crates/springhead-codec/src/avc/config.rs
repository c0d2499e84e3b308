//! The AVC decoder configuration record, `avcC`: ISO/IEC 14496-15:2022 §5.3.3.1.

use bytes::{BufMut, Bytes, BytesMut};

use super::{AvcError, NalType, Pps, Sps};
use crate::bits::BitReader;
use crate::nal::sets::put;
use crate::nal::{NalError, emulation};

/// The parameter sets of a track, and the length size of the source's samples.
///
/// One set of each id, in the order in which the ids were first met: where a source repeats an id, the later content is in
/// force, as for a decoder. Every sequence parameter set can be read.
///
/// ```
/// use bytes::Bytes;
/// use springhead_codec::avc::DecoderConfig;
/// let sps = Bytes::from_static(b"\x67\x64\0\x1e\xac\xd9\x40\xa0\x2f\xf9\x70\x16\xc8\0\0\x03\0\x08\0\0\x03\x01\x90\x78\xb1\x6c\xb0");
/// let pps = Bytes::from_static(b"\x68\xef\x8f\xcb");
/// let config = DecoderConfig::from_parameter_sets([sps.clone(), sps], [pps])?;
/// assert_eq!(config.sps.len(), 1);
/// let record = config.to_bytes();
/// assert_eq!(&record[..6], b"\x01\x64\0\x1e\xff\xe1");
/// assert_eq!(DecoderConfig::parse(&record)?, config);
/// # Ok::<(), springhead_codec::avc::AvcError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct DecoderConfig {
    /// Sequence parameter sets, at least one, NAL unit header included.
    pub sps: Vec<Bytes>,
    /// Picture parameter sets; empty when the source sends them in band only.
    pub pps: Vec<Bytes>,
    /// Sequence parameter set extensions.
    pub sps_ext: Vec<Bytes>,
    /// `lengthSizeMinusOne` + 1 of the source: 1, 2 or 4. What is written always says 4.
    pub length_size: u8,
}

/// The most sequence parameter sets that the five bits of `numOfSequenceParameterSets` can count.
const MAX_SPS: usize = 31;

/// The most picture parameter sets, and extensions, that eight bits can count.
const MAX_PPS: usize = 255;

impl DecoderConfig {
    /// Reads a record. The sets are slices of it.
    ///
    /// A record of the High profiles that lacks the fields after the picture parameter sets is accepted, because many
    /// sources write such; empty sets are passed over.
    pub fn parse(record: &Bytes) -> Result<Self, AvcError> {
        let mut r = RecordReader { record, at: 0 };
        let version = r.byte("configurationVersion")?;
        if version != 1 {
            return Err(AvcError::RecordVersion(version));
        }
        for field in ["AVCProfileIndication", "profile_compatibility", "AVCLevelIndication"] {
            r.byte(field)?;
        }
        let length_size = (r.byte("lengthSizeMinusOne")? & 3) + 1;
        if length_size == 3 {
            return Err(NalError::LengthSize(length_size).into());
        }
        let count = r.byte("numOfSequenceParameterSets")? & 0x1f;
        let sps = r.sets(count, "sequenceParameterSetNALUnit")?;
        let count = r.byte("numOfPictureParameterSets")?;
        let pps = r.sets(count, "pictureParameterSetNALUnit")?;
        let mut sps_ext = Vec::new();
        if sps.first().is_some_and(|sps| has_tail(sps)) && record.len() - r.at >= 4 {
            for field in ["chroma_format", "bit_depth_luma_minus8", "bit_depth_chroma_minus8"] {
                r.byte(field)?;
            }
            let count = r.byte("numOfSequenceParameterSetExt")?;
            sps_ext = r.sets(count, "sequenceParameterSetExtNALUnit")?;
        }
        Self { sps_ext, length_size, ..Self::collect(sps, pps)? }.checked()
    }

    /// A record of sets that were found in band or in a session description, NAL unit headers included. Both kinds are
    /// needed.
    pub fn from_parameter_sets(
        sps: impl IntoIterator<Item = Bytes>,
        pps: impl IntoIterator<Item = Bytes>,
    ) -> Result<Self, AvcError> {
        let config = Self::collect(sps, pps)?.checked()?;
        if config.pps.is_empty() {
            return Err(AvcError::NoParameterSet("picture parameter set"));
        }
        Ok(config)
    }

    /// This configuration with sets that came in band: each replaces the one with its id, or joins. Equal to `self` when
    /// they say nothing new, whatever their emulation prevention and trailing zeros look like, so that repeated sets make
    /// no new configuration.
    pub fn updated(&self, found: &[Bytes]) -> Result<Self, AvcError> {
        let mut config = self.clone();
        config.put_all(found.iter().cloned())?;
        config.checked()
    }

    /// A record of all that was found in band, as [`unit`](super::unit) gives it. Both kinds of sets are needed.
    pub fn from_found(found: &[Bytes]) -> Result<Self, AvcError> {
        Self::from_parameter_sets(found.iter().cloned(), [])
    }

    /// Each to its kind; what is no parameter set is passed over.
    fn put_all(&mut self, sets: impl IntoIterator<Item = Bytes>) -> Result<(), AvcError> {
        for set in sets {
            match set.first().map(|&header| NalType::of(header)) {
                Some(NalType::Sps) => put(&mut self.sps, set, |nal| Ok::<_, AvcError>(Sps::parse(nal)?.id))?,
                Some(NalType::Pps) => put(&mut self.pps, set, |nal| Ok::<_, AvcError>(Pps::parse(nal)?.id))?,
                // An extension names the sequence parameter set that it extends, and is known by that (§7.3.2.1.2).
                Some(NalType::SpsExtension) => put(&mut self.sps_ext, set, extended)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn collect(sps: impl IntoIterator<Item = Bytes>, pps: impl IntoIterator<Item = Bytes>) -> Result<Self, AvcError> {
        let mut config = Self { sps: Vec::new(), pps: Vec::new(), sps_ext: Vec::new(), length_size: 4 };
        config.put_all(sps.into_iter().chain(pps))?;
        Ok(config)
    }

    /// Itself, if a record can hold it.
    fn checked(self) -> Result<Self, AvcError> {
        if self.sps.is_empty() {
            return Err(AvcError::NoParameterSet("sequence parameter set"));
        }
        for (sets, most) in [(&self.sps, MAX_SPS), (&self.pps, MAX_PPS), (&self.sps_ext, MAX_PPS)] {
            let longest = sets.iter().map(Bytes::len).max().unwrap_or(0);
            if sets.len() > most || longest > usize::from(u16::MAX) {
                return Err(AvcError::RecordOverflow { count: sets.len(), longest });
            }
        }
        Ok(self)
    }

    /// Writes the record of a track whose samples have lengths of four bytes.
    ///
    /// Profile, compatibility and level are bytes 1 to 3 of the first sequence parameter set. The fields after the picture
    /// parameter sets are written for every profile but 66, 77 and 88, as the standard says.
    ///
    /// # Panics
    /// When the public fields were changed into what no record can hold.
    pub fn to_bytes(&self) -> Bytes {
        let first = self.sps.first().expect("a configuration has a sequence parameter set");
        let mut record = BytesMut::with_capacity(64);
        record.put_u8(1);
        record.put_slice(&first[1..4]);
        record.put_u8(0b1111_1100 | 3);
        record.put_u8(0b1110_0000 | count(&self.sps, MAX_SPS));
        put_sets(&mut record, &self.sps);
        record.put_u8(count(&self.pps, MAX_PPS));
        put_sets(&mut record, &self.pps);
        if has_tail(first) {
            let sps = Sps::parse(first).expect("the sequence parameter sets of a configuration can be read");
            record.put_u8(0b1111_1100 | sps.chroma_format_idc);
            record.put_u8(0b1111_1000 | (sps.bit_depth_luma - 8));
            record.put_u8(0b1111_1000 | (sps.bit_depth_chroma - 8));
            record.put_u8(count(&self.sps_ext, MAX_PPS));
            put_sets(&mut record, &self.sps_ext);
        }
        record.freeze()
    }
}

/// Whether the record tells chroma format and bit depths (§5.3.3.1.2): not for Baseline, Main and Extended.
fn has_tail(sps: &[u8]) -> bool {
    !matches!(sps.get(1), Some(66 | 77 | 88))
}

/// The id of the sequence parameter set that an extension extends.
fn extended(nal: &[u8]) -> Result<u8, AvcError> {
    let rbsp = emulation::remove(nal.get(1..).unwrap_or_default());
    let id = BitReader::new("sequence parameter set extension", &rbsp).ue("seq_parameter_set_id", 31)?;
    Ok(id as u8)
}

fn count(sets: &[Bytes], most: usize) -> u8 {
    assert!(sets.len() <= most, "a record holds at most {most} parameter sets of this kind");
    sets.len() as u8
}

fn put_sets(record: &mut BytesMut, sets: &[Bytes]) {
    for set in sets {
        record.put_u16(u16::try_from(set.len()).expect("a parameter set in a record is shorter than 64 KiB"));
        record.put_slice(set);
    }
}

struct RecordReader<'a> {
    record: &'a Bytes,
    at: usize,
}

impl RecordReader<'_> {
    fn truncated(&self, field: &'static str) -> AvcError {
        AvcError::RecordTruncated { offset: self.record.len(), field }
    }

    fn byte(&mut self, field: &'static str) -> Result<u8, AvcError> {
        let byte = *self.record.get(self.at).ok_or_else(|| self.truncated(field))?;
        self.at += 1;
        Ok(byte)
    }

    fn sets(&mut self, count: u8, field: &'static str) -> Result<Vec<Bytes>, AvcError> {
        let mut sets = Vec::new();
        for _ in 0..count {
            let length = usize::from(u16::from_be_bytes([self.byte(field)?, self.byte(field)?]));
            if self.record.len() - self.at < length {
                return Err(self.truncated(field));
            }
            if length > 0 {
                sets.push(self.record.slice(self.at..self.at + length));
            }
            self.at += length;
        }
        Ok(sets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::BitWriter;
    use crate::fixtures::{self, PARAMETER_SETS};

    fn set(hex: &str) -> Bytes {
        fixtures::bytes(hex).into()
    }

    fn high() -> DecoderConfig {
        let sets = &PARAMETER_SETS[2];
        DecoderConfig::from_parameter_sets([set(sets.sps)], [set(sets.pps)]).unwrap()
    }

    /// A picture parameter set with that id.
    fn pps(id: u32) -> Bytes {
        let mut w = BitWriter::new();
        w.bits(0x68, 8)
            .ue(id)
            .ue(0)
            .bits(0, 2)
            .ue(0)
            .ue(0)
            .ue(0)
            .bits(0, 3)
            .se(0)
            .se(0)
            .se(0)
            .bits(0, 3)
            .trailing_bits();
        emulation::insert(&w.into_bytes()).into()
    }

    #[test]
    fn a_record_of_another_version_or_length_size_is_refused() {
        let mut record = high().to_bytes().to_vec();
        record[4] = 0xfe;
        assert_eq!(DecoderConfig::parse(&record.clone().into()), Err(NalError::LengthSize(3).into()));
        record[0] = 0;
        assert_eq!(DecoderConfig::parse(&record.into()), Err(AvcError::RecordVersion(0)));
    }

    #[test]
    fn a_record_cut_short_within_its_sets_is_refused() {
        let config = high();
        let record = config.to_bytes();
        for end in 0..record.len() - 4 {
            assert!(DecoderConfig::parse(&record.slice(..end)).is_err(), "{end}");
        }
        for end in record.len() - 4..record.len() {
            assert_eq!(
                DecoderConfig::parse(&record.slice(..end)).as_ref(),
                Ok(&config),
                "without what follows the sets"
            );
        }
    }

    #[test]
    fn a_record_without_sequence_parameter_sets_is_refused() {
        let none = Err(AvcError::NoParameterSet("sequence parameter set"));
        assert_eq!(DecoderConfig::parse(&Bytes::from_static(&[1, 77, 0, 30, 0xff, 0xe0, 0])), none);
        assert_eq!(DecoderConfig::parse(&Bytes::from_static(&[1, 77, 0, 30, 0xff, 0xe1, 0, 0, 0])), none);
        let none = Err(AvcError::NoParameterSet("picture parameter set"));
        assert_eq!(DecoderConfig::from_parameter_sets([set(PARAMETER_SETS[0].sps)], []), none);
    }

    #[test]
    fn more_sets_than_a_record_counts_are_refused() {
        let sps = set(PARAMETER_SETS[0].sps);
        let most = DecoderConfig::from_parameter_sets([sps.clone()], (0..255).map(pps)).unwrap();
        assert_eq!(DecoderConfig::parse(&most.to_bytes()), Ok(most));
        let error = DecoderConfig::from_parameter_sets([sps], (0..256).map(pps));
        assert!(matches!(error, Err(AvcError::RecordOverflow { count: 256, .. })));
    }

    #[test]
    fn the_head_repeats_the_first_set_and_the_tail_tells_the_format() {
        for sets in PARAMETER_SETS {
            let (sps, pps) = (set(sets.sps), set(sets.pps));
            let record = DecoderConfig::from_parameter_sets([sps.clone()], [pps.clone()]).unwrap().to_bytes();
            let mut expected = vec![1, sps[1], sps[2], sps[3], 0xff, 0xe1, 0, sps.len() as u8];
            expected.extend_from_slice(&sps);
            expected.extend_from_slice(&[1, 0, pps.len() as u8]);
            expected.extend_from_slice(&pps);
            if !matches!(sps[1], 66 | 77) {
                expected.extend_from_slice(&[
                    0xfc | sets.format.0,
                    0xf8 | (sets.format.1 - 8),
                    0xf8 | (sets.format.1 - 8),
                    0,
                ]);
            }
            assert_eq!(record, expected, "{}", sets.made_with);
        }
    }

    #[test]
    fn extensions_and_short_lengths_of_a_source_are_read_and_lengths_of_four_written() {
        let config = DecoderConfig { sps_ext: vec![set("6d8040")], length_size: 2, ..high() };
        let mut record = config.to_bytes().to_vec();
        assert_eq!(record[4], 0xff);
        record[4] = 0xfd;
        assert_eq!(DecoderConfig::parse(&record.into()), Ok(config));
    }

    #[test]
    fn sets_of_a_record_are_slices_of_it() {
        let record = high().to_bytes();
        let config = DecoderConfig::parse(&record).unwrap();
        assert_eq!(config.sps[0].as_ptr(), record[8..].as_ptr());
    }

    #[test]
    fn the_later_set_of_an_id_is_in_force() {
        let (first, second) = (set(PARAMETER_SETS[2].sps), set(PARAMETER_SETS[9].sps));
        let config = DecoderConfig::from_parameter_sets([first, second.clone()], [pps(3), pps(0), pps(3)]).unwrap();
        assert_eq!((config.sps, config.pps), (vec![second], vec![pps(3), pps(0)]));
    }

    #[test]
    fn sets_that_say_nothing_new_leave_the_configuration() {
        let config = high();
        let padded = |set: &Bytes| Bytes::from([set, &[0, 0][..]].concat());
        let same = config.updated(&[padded(&config.sps[0]), padded(&config.pps[0])]).unwrap();
        assert_eq!(same, config);
        let other = config.updated(&[set(PARAMETER_SETS[9].sps)]).unwrap();
        assert_eq!((other.sps.len(), &other.pps), (1, &config.pps));
        assert_ne!(other, config);
    }
}
