//! The AV1 codec configuration record, `av1C` (Binding §2.3).

use bytes::{BufMut, Bytes, BytesMut};

use super::metadata::static_type;
use super::obu::{self, Framing, Obu, ObuType};
use super::unit::with_size;
use super::{Av1Error, SequenceHeader};
use crate::bits::{BitReader, BitWriter};

/// The sequence header of a track, and the metadata that hold of all of it.
///
/// The record's `configOBUs` are the sequence header first, then the metadata OBUs of high dynamic range that came with it:
/// the binding asks for those that hold of all samples to be in both places, so that a player knows the range before it has
/// a sample. Other metadata, captions for one, belong to their picture and are not taken from the stream; those that a
/// record of the source has are kept.
///
/// ```
/// use bytes::Bytes;
/// use springhead_codec::av1::DecoderConfig;
/// let sequence = Bytes::from_static(b"\x0a\x0a\0\0\0\x02\xaf\xff\x9b\x5f\x20\x08");
/// let config = DecoderConfig::from_found(&[sequence.clone()])?;
/// let record = config.to_bytes();
/// assert_eq!((&record[..4], &record[4..]), (&[0x81, 0, 0x0c, 0][..], &sequence[..]));
/// assert_eq!(DecoderConfig::parse(&record)?, config);
/// assert_eq!(config.updated(&[sequence])?, config);
/// # Ok::<(), springhead_codec::av1::Av1Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct DecoderConfig {
    /// What the fixed bytes of the record say; they repeat the sequence header, where there is one.
    pub summary: Summary,
    /// The sequence header as a whole OBU with its size. None of a record without `configOBUs`, which the binding allows:
    /// then the first key frame has to bring it before the track can be announced, unless the [`size`](Self::size) is known.
    pub sequence_header: Option<Bytes>,
    /// Width and height as the container says, which no record states. They count while there is no sequence header.
    pub size: Option<(u32, u32)>,
    /// Metadata OBUs, whole and with their sizes.
    pub metadata: Vec<Bytes>,
    /// `initial_presentation_delay_minus_one` + 1: how many samples are decoded before the first is shown, 1 to 16, when the
    /// source's record states it.
    pub initial_presentation_delay: Option<u8>,
}

/// What the fixed bytes of a record say of the stream.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Summary {
    /// `seq_profile`.
    pub profile: u8,
    /// `seq_level_idx_0`.
    pub level_idx: u8,
    /// `seq_tier_0`: the high tier.
    pub high_tier: bool,
    /// By `high_bitdepth` and `twelve_bit`: 8, 10 or 12.
    pub bit_depth: u8,
    /// `monochrome`.
    pub mono_chrome: bool,
    /// `chroma_subsampling_x`.
    pub subsampling_x: bool,
    /// `chroma_subsampling_y`.
    pub subsampling_y: bool,
    /// `chroma_sample_position`.
    pub chroma_sample_position: u8,
}

impl From<&SequenceHeader> for Summary {
    fn from(sequence: &SequenceHeader) -> Self {
        let color = &sequence.color;
        Self {
            profile: sequence.profile,
            level_idx: sequence.level_idx(),
            high_tier: sequence.high_tier(),
            bit_depth: color.bit_depth,
            mono_chrome: color.mono_chrome,
            subsampling_x: color.subsampling_x,
            subsampling_y: color.subsampling_y,
            chroma_sample_position: color.chroma_sample_position,
        }
    }
}

/// `marker` 1 and `version` 1.
const FIRST_BYTE: u8 = 0x81;

/// The bytes before `configOBUs`.
const FIXED: usize = 4;

impl DecoderConfig {
    /// Reads a record. Its OBUs are slices of it.
    ///
    /// Where the fixed bytes and the sequence header differ, the sequence header counts, as for a decoder. OBUs that have no
    /// place in a record are passed over, and OBUs that cannot be read are refused with it.
    pub fn parse(record: &Bytes) -> Result<Self, Av1Error> {
        match record.first() {
            Some(&FIRST_BYTE) if record.len() >= FIXED => {}
            None | Some(&FIRST_BYTE) => return Err(Av1Error::RecordTruncated(record.len())),
            Some(&other) => return Err(Av1Error::RecordVersion(other)),
        }
        let r = &mut BitReader::new("AV1CodecConfigurationRecord", &record[1..FIXED]);
        let summary = Summary {
            profile: r.bits8("seq_profile", 3)?,
            level_idx: r.bits8("seq_level_idx_0", 5)?,
            high_tier: r.flag("seq_tier_0")?,
            bit_depth: 8 + 2 * (r.bits8("high_bitdepth", 1)? + r.bits8("twelve_bit", 1)?),
            mono_chrome: r.flag("monochrome")?,
            subsampling_x: r.flag("chroma_subsampling_x")?,
            subsampling_y: r.flag("chroma_subsampling_y")?,
            chroma_sample_position: r.bits8("chroma_sample_position", 2)?,
        };
        r.skip("reserved", 3)?;
        let stated = r.flag("initial_presentation_delay_present")?;
        let delay = r.bits8("initial_presentation_delay_minus_one", 4)? + 1;
        let mut config = Self {
            summary,
            sequence_header: None,
            size: None,
            metadata: Vec::new(),
            initial_presentation_delay: stated.then_some(delay),
        };
        let obus = record.slice(FIXED..);
        for unit in obu::units(&obus, Framing::LowOverhead) {
            let whole = obus.slice(unit?.whole);
            let Some((unit, whole)) = with_size(&whole)? else { continue };
            match unit.obu_type {
                ObuType::SequenceHeader => config.put_sequence(&unit, whole)?,
                ObuType::Metadata => config.put_metadata(&unit, whole),
                _ => {}
            }
        }
        Ok(config)
    }

    /// A record of all that was found in band, as [`unit`](super::unit()) gives it. A sequence header is needed.
    pub fn from_found(found: &[Bytes]) -> Result<Self, Av1Error> {
        let mut config = Self {
            summary: Summary {
                profile: 0,
                level_idx: 0,
                high_tier: false,
                bit_depth: 8,
                mono_chrome: false,
                subsampling_x: true,
                subsampling_y: true,
                chroma_sample_position: 0,
            },
            sequence_header: None,
            size: None,
            metadata: Vec::new(),
            initial_presentation_delay: None,
        };
        config.put_all(found)?;
        match config.sequence_header {
            Some(_) => Ok(config),
            None => Err(Av1Error::NoSequenceHeader),
        }
    }

    /// This configuration with what came in band. Equal to `self` when nothing new is said, whatever sizes and trailing
    /// zeros look like, so that repeated sequence headers make no new configuration.
    ///
    /// Another sequence header begins another sequence: the metadata and the delay of the one before go with it. With the
    /// same one, or none, metadata of a type take the place of those before.
    pub fn updated(&self, found: &[Bytes]) -> Result<Self, Av1Error> {
        let mut config = self.clone();
        config.put_all(found)?;
        Ok(config)
    }

    /// Sequence headers first, because they put an end to metadata that came before them.
    fn put_all(&mut self, found: &[Bytes]) -> Result<(), Av1Error> {
        for wanted in [ObuType::SequenceHeader, ObuType::Metadata] {
            for obu in found {
                let Some((unit, whole)) = with_size(obu)? else { continue };
                match unit.obu_type {
                    found if found != wanted => {}
                    ObuType::SequenceHeader => self.put_sequence(&unit, whole)?,
                    _ if static_type(&whole[unit.payload.clone()]).is_some() => self.put_metadata(&unit, whole),
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn put_sequence(&mut self, unit: &Obu, whole: Bytes) -> Result<(), Av1Error> {
        let sequence = SequenceHeader::from_payload(&whole[unit.payload.clone()])?;
        if let Some(known) = &self.sequence_header {
            if same_content(known, &whole) {
                return Ok(());
            }
            self.metadata.clear();
            self.initial_presentation_delay = None;
        }
        self.summary = Summary::from(&sequence);
        self.sequence_header = Some(whole);
        self.size = None;
        Ok(())
    }

    fn put_metadata(&mut self, unit: &Obu, whole: Bytes) {
        if self.metadata.iter().any(|known| same_content(known, &whole)) {
            return;
        }
        if let Some(kind) = static_type(&whole[unit.payload.clone()]) {
            let same_type = |known: &&mut Bytes| static_type(content(known)) == Some(kind);
            if let Some(known) = self.metadata.iter_mut().find(same_type) {
                *known = whole;
                return;
            }
        }
        self.metadata.push(whole);
    }

    /// The sequence header, read.
    pub fn sequence(&self) -> Result<SequenceHeader, Av1Error> {
        SequenceHeader::parse(self.sequence_header.as_ref().ok_or(Av1Error::NoSequenceHeader)?)
    }

    /// Writes the record.
    ///
    /// # Panics
    /// When the public fields were changed into what no record can hold.
    pub fn to_bytes(&self) -> Bytes {
        let Summary { bit_depth, chroma_sample_position, .. } = self.summary;
        let mut w = BitWriter::new();
        w.bits(FIRST_BYTE.into(), 8).bits(self.summary.profile.into(), 3).bits(self.summary.level_idx.into(), 5);
        w.flag(self.summary.high_tier).flag(bit_depth > 8).flag(bit_depth > 10).flag(self.summary.mono_chrome);
        w.flag(self.summary.subsampling_x).flag(self.summary.subsampling_y).bits(chroma_sample_position.into(), 2);
        w.bits(0, 3).flag(self.initial_presentation_delay.is_some());
        let delay = self.initial_presentation_delay.unwrap_or(1);
        assert!((1..=16).contains(&delay), "a record states a delay of 1 to 16 samples, not {delay}");
        w.bits(u64::from(delay - 1), 4);
        let mut record = BytesMut::from(&w.into_bytes()[..]);
        self.sequence_header.iter().chain(&self.metadata).for_each(|obu| record.put_slice(obu));
        record.freeze()
    }
}

/// What follows header and size of a whole OBU; nothing of what is none.
fn content(obu: &[u8]) -> &[u8] {
    match obu::units(obu, Framing::LowOverhead).next() {
        Some(Ok(unit)) => &obu[unit.payload],
        _ => &[],
    }
}

/// Whether two OBUs hold the same, disregarding layers, how the size is written, and zeros after the trailing bit.
fn same_content(a: &[u8], b: &[u8]) -> bool {
    let trimmed = |obu| {
        let content: &[u8] = content(obu);
        &content[..content.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1)]
    };
    a == b || trimmed(a) == trimmed(b)
}

#[cfg(test)]
mod tests;
