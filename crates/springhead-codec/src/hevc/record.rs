//! The bytes of `HEVCDecoderConfigurationRecord`: ISO/IEC 14496-15:2022 §8.3.3.1.

use bytes::{BufMut, Bytes, BytesMut};

use super::ptl::Profile;
use super::{DecoderConfig, HevcError, NalType, Pps, Sps, Vps};
use crate::nal::NalError;

/// The most NAL units of a record that are read: all ids of parameter sets twice and more.
const MAX_NAL_UNITS: usize = 512;

/// What a record says before its arrays, as far as the parameter sets do not say it.
pub(super) struct Head {
    pub(super) avg_frame_rate: u16,
    pub(super) constant_frame_rate: u8,
    pub(super) length_size: u8,
}

/// Reads a record: its head, and the NAL units of all arrays, of which each states its type itself.
pub(super) fn read(record: &Bytes) -> Result<(Head, Vec<Bytes>), HevcError> {
    let mut r = RecordReader { record, at: 0 };
    let version = r.byte("configurationVersion")?;
    if version != 1 {
        return Err(HevcError::RecordVersion(version));
    }
    // What is repeated from the parameter sets is taken from there.
    r.skip(12, "general_profile_tier_level")?;
    r.skip(6, "min_spatial_segmentation_idc")?;
    let avg_frame_rate = r.number("avgFrameRate")?;
    let layers = r.byte("lengthSizeMinusOne")?;
    let length_size = (layers & 3) + 1;
    if length_size == 3 {
        return Err(NalError::LengthSize(length_size).into());
    }
    let mut nal_units = Vec::new();
    for _ in 0..r.byte("numOfArrays")? {
        r.skip(1, "NAL_unit_type")?;
        for _ in 0..r.number("numNalus")? {
            let length = r.number("nalUnitLength")?;
            let start = r.at;
            r.skip(length.into(), "nalUnit")?;
            if nal_units.len() == MAX_NAL_UNITS {
                return Err(NalError::TooMany { limit: MAX_NAL_UNITS }.into());
            }
            nal_units.push(record.slice(start..r.at));
        }
    }
    Ok((Head { avg_frame_rate, constant_frame_rate: layers >> 6, length_size }, nal_units))
}

struct RecordReader<'a> {
    record: &'a Bytes,
    at: usize,
}

impl RecordReader<'_> {
    fn skip(&mut self, count: usize, field: &'static str) -> Result<(), HevcError> {
        if self.record.len() - self.at < count {
            return Err(HevcError::RecordTruncated { offset: self.record.len(), field });
        }
        self.at += count;
        Ok(())
    }

    fn byte(&mut self, field: &'static str) -> Result<u8, HevcError> {
        self.skip(1, field)?;
        Ok(self.record[self.at - 1])
    }

    fn number(&mut self, field: &'static str) -> Result<u16, HevcError> {
        Ok(u16::from_be_bytes([self.byte(field)?, self.byte(field)?]))
    }
}

/// What all parameter sets of a configuration have in common.
pub(super) struct Common {
    pub(super) profile: Profile,
    pub(super) level_idc: u8,
    sub_layers: u8,
    temporal_id_nested: bool,
    min_spatial_segmentation_idc: u16,
    parallelism_type: u8,
}

impl Common {
    /// Of sets of which every one can be read, and at least one sequence parameter set.
    pub(super) fn of(config: &DecoderConfig) -> Result<Self, HevcError> {
        let sps = config.sps.iter().map(|nal| Sps::parse(nal)).collect::<Result<Vec<_>, _>>()?;
        let vps = config.vps.iter().map(|nal| Vps::parse(nal)).collect::<Result<Vec<_>, _>>()?;
        let pps = config.pps.iter().map(|nal| Pps::parse(nal)).collect::<Result<Vec<_>, _>>()?;
        let first = sps.first().ok_or(HevcError::NoParameterSet("sequence parameter set"))?;
        let mut common = Self {
            profile: first.profile_tier_level.profile,
            level_idc: first.profile_tier_level.level_idc,
            sub_layers: first.sub_layers,
            temporal_id_nested: sps.iter().all(|sps| sps.temporal_id_nesting),
            min_spatial_segmentation_idc: sps.iter().map(spatial_segmentation).min().unwrap_or(0),
            parallelism_type: 0,
        };
        let of_vps = vps.iter().map(|vps| (&vps.profile_tier_level, vps.sub_layers));
        for (other, sub_layers) in sps.iter().map(|sps| (&sps.profile_tier_level, sps.sub_layers)).chain(of_vps) {
            common.include(&other.profile, other.level_idc);
            common.sub_layers = common.sub_layers.max(sub_layers);
        }
        if common.min_spatial_segmentation_idc > 0 {
            let mut types = pps.iter().map(parallelism_type);
            let first = types.next().unwrap_or(0);
            common.parallelism_type = if types.all(|other| other == first) { first } else { 0 };
        }
        Ok(common)
    }

    /// The profile and the tier that contain both, and the higher level of the higher tier; what only one promises is not
    /// promised.
    fn include(&mut self, other: &Profile, level_idc: u8) {
        self.level_idc = match (self.profile.high_tier, other.high_tier) {
            (false, true) => level_idc,
            (true, false) => self.level_idc,
            _ => self.level_idc.max(level_idc),
        };
        self.profile.high_tier |= other.high_tier;
        self.profile.idc = self.profile.idc.max(other.idc);
        self.profile.compatibility &= other.compatibility;
        for (ours, theirs) in self.profile.constraints.iter_mut().zip(other.constraints) {
            *ours &= theirs;
        }
    }
}

fn spatial_segmentation(sps: &Sps) -> u16 {
    let restriction = sps.vui.as_ref().and_then(|vui| vui.bitstream_restriction);
    restriction.map_or(0, |restriction| restriction.min_spatial_segmentation_idc)
}

/// What the parts are that can be decoded at once: 1 slices, 2 tiles, 3 rows as a wavefront, 0 several of these.
fn parallelism_type(pps: &Pps) -> u8 {
    match (pps.tiles, pps.wavefronts) {
        (true, true) => 0,
        (true, false) => 2,
        (false, true) => 3,
        (false, false) => 1,
    }
}

/// Writes the record of `hvc1` with lengths of four bytes.
pub(super) fn write(config: &DecoderConfig) -> Bytes {
    let common = Common::of(config).expect("the parameter sets of a configuration can be read");
    let first = Sps::parse(&config.sps[0]).expect("the sequence parameter sets of a configuration can be read");
    let profile = &common.profile;
    let mut record = BytesMut::with_capacity(128);
    record.put_u8(1);
    record.put_u8(profile.space << 6 | u8::from(profile.high_tier) << 5 | profile.idc);
    record.put_u32(profile.compatibility);
    record.put_slice(&profile.constraints);
    record.put_u8(common.level_idc);
    record.put_u16(0xf000 | common.min_spatial_segmentation_idc);
    record.put_u8(0b1111_1100 | common.parallelism_type);
    record.put_u8(0b1111_1100 | first.chroma_format_idc);
    // Three bits hold depths up to 15: what is coded with 16 is told by the parameter sets alone.
    record.put_u8(0b1111_1000 | (first.bit_depth_luma - 8).min(7));
    record.put_u8(0b1111_1000 | (first.bit_depth_chroma - 8).min(7));
    record.put_u16(config.avg_frame_rate);
    let nested = u8::from(common.temporal_id_nested);
    record.put_u8(config.constant_frame_rate << 6 | common.sub_layers << 3 | nested << 2 | 3);
    let arrays = [
        (NalType::Vps, true, &config.vps),
        (NalType::Sps, true, &config.sps),
        (NalType::Pps, true, &config.pps),
        // Messages stay in the samples too, so their array is never complete.
        (NalType::PrefixSei, false, &config.sei),
    ];
    record.put_u8(arrays.iter().filter(|(.., nal_units)| !nal_units.is_empty()).count() as u8);
    for (kind, complete, nal_units) in arrays {
        if nal_units.is_empty() {
            continue;
        }
        record.put_u8(u8::from(complete) << 7 | kind.code());
        record.put_u16(u16::try_from(nal_units.len()).expect("there are few ids of parameter sets"));
        for nal in nal_units {
            record.put_u16(u16::try_from(nal.len()).expect("a NAL unit in a record is shorter than 64 KiB"));
            record.put_slice(nal);
        }
    }
    record.freeze()
}
