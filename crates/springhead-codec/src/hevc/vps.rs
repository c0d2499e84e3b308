//! Video parameter sets: ITU-T H.265 §7.3.2.1.

use super::ptl::{MAX_SUB_LAYERS, ProfileTierLevel};
use super::sps::SubLayerOrdering;
use super::vui::Timing;
use super::{HevcError, NalType, expect};
use crate::bits::{BitReader, SyntaxError};
use crate::nal::emulation;

/// `video_parameter_set_rbsp()` up to the timing.
///
/// Reading ends before `vps_num_hrd_parameters`: what follows is of decoders' buffers and of layers beyond the base layer.
///
/// ```
/// use springhead_codec::hevc::Vps;
/// // `ffmpeg -f lavfi -i testsrc=size=64x64 -pix_fmt yuv420p -c:v libx265`
/// let nal = b"\x40\x01\x0c\x01\xff\xff\x01\x60\0\0\x03\0\x90\0\0\x03\0\0\x03\0\x1e\x95\x94\x09";
/// let vps = Vps::parse(nal)?;
/// assert_eq!((vps.id, vps.sub_layers, vps.profile_tier_level.level_idc), (0, 1, 30));
/// # Ok::<(), springhead_codec::hevc::HevcError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Vps {
    /// `vps_video_parameter_set_id`, 0 to 15.
    pub id: u8,
    /// `vps_max_layers_minus1` + 1, 1 to 64.
    pub layers: u8,
    /// `vps_max_sub_layers_minus1` + 1, 1 to 7.
    pub sub_layers: u8,
    /// `vps_temporal_id_nesting_flag`.
    pub temporal_id_nesting: bool,
    /// Of the base layer.
    pub profile_tier_level: ProfileTierLevel,
    /// The decoded picture buffer of the highest sub-layer.
    pub ordering: SubLayerOrdering,
    /// `vps_timing_info`: the tick of the pictures.
    pub timing: Option<Timing>,
}

impl Vps {
    /// Reads a NAL unit of type 32, header included.
    pub fn parse(nal: &[u8]) -> Result<Self, HevcError> {
        let payload = expect(nal, NalType::Vps, "video parameter set")?;
        Ok(Self::read(&mut BitReader::new("video_parameter_set_rbsp", &emulation::remove(payload)))?)
    }

    fn read(r: &mut BitReader<'_>) -> Result<Self, SyntaxError> {
        let id = r.bits8("vps_video_parameter_set_id", 4)?;
        r.bits("vps_base_layer_flags", 2)?;
        let layers = r.bits8("vps_max_layers_minus1", 6)? + 1;
        let sub_layers = r.bits8("vps_max_sub_layers_minus1", 3)? + 1;
        if sub_layers > MAX_SUB_LAYERS {
            return Err(r.out_of_range("vps_max_sub_layers_minus1", sub_layers - 1));
        }
        let temporal_id_nesting = r.flag("vps_temporal_id_nesting_flag")?;
        r.bits("vps_reserved_0xffff_16bits", 16)?;
        let profile_tier_level = ProfileTierLevel::read(r, sub_layers)?;
        let ordering = SubLayerOrdering::read_all(r, sub_layers)?;
        let layer_ids = r.bits("vps_max_layer_id", 6)? + 1;
        let layer_sets = r.ue("vps_num_layer_sets_minus1", 1023)?;
        r.skip("layer_id_included_flag", layer_sets as usize * layer_ids as usize)?;
        let timing = if r.flag("vps_timing_info_present_flag")? { Some(Timing::read(r)?) } else { None };
        Ok(Self { id, layers, sub_layers, temporal_id_nesting, profile_tier_level, ordering, timing })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::{BitWriter, Fault};

    /// A set up to the level, then what `rest` writes.
    fn with(sub_layers: u64, rest: impl Fn(&mut BitWriter)) -> Result<Vps, HevcError> {
        let mut w = BitWriter::new();
        w.bits(0x4001, 16).bits(5, 4).bits(3, 2).bits(1, 6).bits(sub_layers - 1, 3).flag(true).bits(0xffff, 16);
        w.bits(1, 8).bits(0x6000_0000, 32).bits(0, 48).bits(93, 8);
        rest(&mut w);
        w.trailing_bits();
        Vps::parse(&emulation::insert(&w.into_bytes()))
    }

    #[test]
    fn another_nal_unit_or_too_many_sub_layers_are_refused() {
        let error = HevcError::UnexpectedNal { expected: "video parameter set", found: Some(NalType::Sps) };
        assert_eq!(Vps::parse(&[0x42, 1, 0]), Err(error));
        let error = with(8, |_| {});
        let fault = Fault::OutOfRange(7);
        assert!(
            matches!(error, Err(HevcError::Syntax(e)) if (e.field, e.fault) == ("vps_max_sub_layers_minus1", fault))
        );
        let error = with(1, |w| {
            w.flag(true).ue(4).ue(2).ue(0).bits(63, 6).ue(1023);
        });
        assert!(matches!(error, Err(HevcError::Syntax(e)) if e.field == "layer_id_included_flag"));
    }

    #[test]
    fn the_timing_behind_layer_sets_is_read() {
        let vps = with(2, |w| {
            w.bits(0, 16).flag(true).ue(1).ue(0).ue(0).ue(4).ue(2).ue(3);
            w.bits(1, 6).ue(2).bits(0b1101, 4).flag(true).bits(1001, 32).bits(60_000, 32).flag(true).ue(7);
        })
        .unwrap();
        let timing = Timing { num_units_in_tick: 1001, time_scale: 60_000, ticks_between_pictures: Some(8) };
        assert_eq!((vps.id, vps.layers, vps.sub_layers, vps.timing), (5, 2, 2, Some(timing)));
        let ordering = SubLayerOrdering { max_dec_pic_buffering: 5, max_num_reorder: 2, max_latency: Some(4) };
        assert_eq!(vps.ordering, ordering);
    }
}
