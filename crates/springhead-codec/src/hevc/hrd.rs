//! The hypothetical reference decoder: ITU-T H.265 §E.2.2, as far as SEI messages need it to be read.

use crate::bits::{BitReader, SyntaxError};

/// `hrd_parameters( 1, maxNumSubLayersMinus1 )`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hrd {
    /// `nal_hrd_parameters_present_flag`: for the whole NAL unit stream.
    pub nal: bool,
    /// `vcl_hrd_parameters_present_flag`: for the VCL NAL units.
    pub vcl: bool,
    /// The lengths of the delays in picture timing messages, when either is there.
    pub delays: Option<DelayLengths>,
}

/// How many bits the delays of SEI messages have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DelayLengths {
    /// `initial_cpb_removal_delay_length_minus1` + 1.
    pub initial_cpb_removal: u8,
    /// `au_cpb_removal_delay_length_minus1` + 1.
    pub au_cpb_removal: u8,
    /// `dpb_output_delay_length_minus1` + 1.
    pub dpb_output: u8,
}

impl Hrd {
    /// Reads the structure of a layer with `sub_layers` sub-layers.
    pub(super) fn read(r: &mut BitReader<'_>, sub_layers: u8) -> Result<Self, SyntaxError> {
        let nal = r.flag("nal_hrd_parameters_present_flag")?;
        let vcl = r.flag("vcl_hrd_parameters_present_flag")?;
        let mut sub_pictures = false;
        let mut delays = None;
        if nal || vcl {
            sub_pictures = r.flag("sub_pic_hrd_params_present_flag")?;
            if sub_pictures {
                r.skip("tick_divisor_minus2", 8)?;
                r.skip("du_cpb_removal_delay_increment_length_minus1", 5)?;
                r.skip("sub_pic_cpb_params_in_pic_timing_sei_flag", 1)?;
                r.skip("dpb_output_delay_du_length_minus1", 5)?;
            }
            r.skip("bit_rate_scale", 4)?;
            r.skip("cpb_size_scale", 4)?;
            if sub_pictures {
                r.skip("cpb_size_du_scale", 4)?;
            }
            delays = Some(DelayLengths {
                initial_cpb_removal: r.bits8("initial_cpb_removal_delay_length_minus1", 5)? + 1,
                au_cpb_removal: r.bits8("au_cpb_removal_delay_length_minus1", 5)? + 1,
                dpb_output: r.bits8("dpb_output_delay_length_minus1", 5)? + 1,
            });
        }
        for _ in 0..sub_layers {
            skip_sub_layer(r, u8::from(nal) + u8::from(vcl), sub_pictures)?;
        }
        Ok(Self { nal, vcl, delays })
    }
}

/// Reads over what is said of one sub-layer, whose buffers are described as often as `kinds` says.
fn skip_sub_layer(r: &mut BitReader<'_>, kinds: u8, sub_pictures: bool) -> Result<(), SyntaxError> {
    // A rate that is fixed in general is fixed within the sequence.
    let fixed = r.flag("fixed_pic_rate_general_flag")? || r.flag("fixed_pic_rate_within_cvs_flag")?;
    let mut low_delay = false;
    if fixed {
        r.ue("elemental_duration_in_tc_minus1", 2047)?;
    } else {
        low_delay = r.flag("low_delay_hrd_flag")?;
    }
    let buffers = if low_delay { 1 } else { r.ue("cpb_cnt_minus1", 31)? + 1 };
    for _ in 0..u32::from(kinds) * buffers {
        r.ue("bit_rate_value_minus1", u32::MAX - 1)?;
        r.ue("cpb_size_value_minus1", u32::MAX - 1)?;
        if sub_pictures {
            r.ue("cpb_size_du_value_minus1", u32::MAX - 1)?;
            r.ue("bit_rate_du_value_minus1", u32::MAX - 1)?;
        }
        r.flag("cbr_flag")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::BitWriter;

    fn read(sub_layers: u8, write: impl Fn(&mut BitWriter)) -> Result<Hrd, SyntaxError> {
        let mut w = BitWriter::new();
        write(&mut w);
        w.bits(0x5a, 8);
        let bytes = w.into_bytes();
        let r = &mut BitReader::new("hrd_parameters", &bytes);
        let hrd = Hrd::read(r, sub_layers)?;
        assert_eq!(r.bits("what follows", 8), Ok(0x5a), "all of it was read, and no more");
        Ok(hrd)
    }

    #[test]
    fn too_many_buffers_are_refused() {
        let error = read(1, |w| {
            w.bits(0, 2).bits(0, 2).flag(false).ue(32);
        })
        .unwrap_err();
        assert_eq!(error.field, "cpb_cnt_minus1");
    }

    #[test]
    fn every_shape_is_read_to_its_end() {
        let bare = read(2, |w| {
            w.bits(0, 2).flag(true).ue(0).ue(3).bits(0b001, 3);
        })
        .unwrap();
        assert_eq!(bare, Hrd { nal: false, vcl: false, delays: None });
        let full = read(2, |w| {
            w.bits(0b111, 3).bits(0, 19).bits(0, 12).bits(22, 5).bits(23, 5).bits(9, 5);
            // A rate that is fixed within the sequence, and two buffers of either kind.
            w.bits(0b01, 2).ue(2047).ue(1);
            (0..4).for_each(|_| {
                w.ue(4).ue(u32::MAX - 1).ue(0).ue(9).flag(true);
            });
            // Low delay: one buffer, which is not counted.
            w.bits(0b001, 3);
            (0..2).for_each(|_| {
                w.ue(4).ue(5).ue(0).ue(9).flag(false);
            });
        })
        .unwrap();
        let delays = DelayLengths { initial_cpb_removal: 23, au_cpb_removal: 24, dpb_output: 10 };
        assert_eq!(full, Hrd { nal: true, vcl: true, delays: Some(delays) });
    }
}
