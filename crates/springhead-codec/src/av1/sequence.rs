//! `sequence_header_obu` (§5.5).

use springhead_core::FrameRate;

use super::obu::{self, Framing, ObuType};
use super::{Av1Error, ColorConfig, DecoderModelInfo, OperatingPoint, TimingInfo};
use crate::bits::BitReader;

/// What holds of a coded video sequence, as far as carriage and the headers of frames need it.
///
/// ```
/// use springhead_codec::av1::SequenceHeader;
/// // `ffmpeg -f lavfi -i testsrc=size=64x64 -c:v libaom-av1`, and the OBU that it begins with.
/// let header = SequenceHeader::parse(b"\x0a\x0a\0\0\0\x02\xaf\xff\x9b\x5f\x20\x08")?;
/// assert_eq!((header.width, header.height, header.color.bit_depth), (64, 64, 8));
/// assert_eq!((header.profile, header.level_idx()), (0, 0));
/// # Ok::<(), springhead_codec::av1::Av1Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub struct SequenceHeader {
    /// `seq_profile`: 0 Main, 1 High, 2 Professional.
    pub profile: u8,
    /// `still_picture`: there is one frame only.
    pub still_picture: bool,
    /// `reduced_still_picture_header`: one frame with short headers.
    pub reduced_still_picture_header: bool,
    /// `timing_info`, when it is there.
    pub timing: Option<TimingInfo>,
    /// `decoder_model_info`, when it is there.
    pub decoder_model: Option<DecoderModelInfo>,
    /// The operating points, 1 to 32; the first is the one that is carried.
    pub operating_points: Vec<OperatingPoint>,
    /// `frame_width_bits_minus_1` + 1.
    pub frame_width_bits: u8,
    /// `frame_height_bits_minus_1` + 1.
    pub frame_height_bits: u8,
    /// `max_frame_width_minus_1` + 1, in samples.
    pub width: u32,
    /// `max_frame_height_minus_1` + 1, in samples.
    pub height: u32,
    /// The widths of frame numbers, when frames are numbered.
    pub frame_ids: Option<FrameIdLengths>,
    /// `use_128x128_superblock`.
    pub use_128x128_superblock: bool,
    /// OrderHintBits: 0 when `enable_order_hint` is 0.
    pub order_hint_bits: u8,
    /// `seq_force_screen_content_tools`: 2 when each frame chooses.
    pub force_screen_content_tools: u8,
    /// `seq_force_integer_mv`: 2 when each frame chooses.
    pub force_integer_mv: u8,
    /// `enable_superres`.
    pub enable_superres: bool,
    /// `color_config`.
    pub color: ColorConfig,
    /// `film_grain_params_present`.
    pub film_grain_params_present: bool,
}

/// How wide the numbers of frames are.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct FrameIdLengths {
    /// `delta_frame_id_length_minus_2` + 2.
    pub delta: u8,
    /// idLen: `additional_frame_id_length_minus_1` and that, 3 to 24 bits, of which up to 16 are allowed.
    pub id: u8,
}

/// SELECT_SCREEN_CONTENT_TOOLS and SELECT_INTEGER_MV: each frame says it.
const EACH_FRAME_SAYS: u8 = 2;

impl SequenceHeader {
    /// Reads a whole OBU, header included, with or without its size.
    pub fn parse(obu: &[u8]) -> Result<Self, Av1Error> {
        let expected = ObuType::SequenceHeader;
        let Some(unit) = obu::units(obu, Framing::LowOverhead).next().transpose()? else {
            return Err(Av1Error::UnexpectedObu { expected, found: None });
        };
        if unit.obu_type != expected {
            return Err(Av1Error::UnexpectedObu { expected, found: Some(unit.obu_type) });
        }
        Self::from_payload(&obu[unit.payload])
    }

    /// Reads what follows the OBU header and its size.
    pub fn from_payload(payload: &[u8]) -> Result<Self, Av1Error> {
        let r = &mut BitReader::new("sequence_header_obu", payload);
        let profile = r.bits8("seq_profile", 3)?;
        if profile > 2 {
            return Err(r.out_of_range("seq_profile", profile).into());
        }
        let still_picture = r.flag("still_picture")?;
        let reduced = r.flag("reduced_still_picture_header")?;
        if reduced && !still_picture {
            return Err(r.out_of_range("reduced_still_picture_header", 1).into());
        }
        let (mut timing, mut decoder_model) = (None, None);
        let mut operating_points = Vec::new();
        if reduced {
            let level_idx = r.bits8("seq_level_idx", 5)?;
            operating_points.push(OperatingPoint {
                idc: 0,
                level_idx,
                high_tier: false,
                has_decoder_model: false,
                initial_display_delay: None,
            });
        } else {
            if r.flag("timing_info_present_flag")? {
                timing = Some(TimingInfo::parse(r)?);
                if r.flag("decoder_model_info_present_flag")? {
                    decoder_model = Some(DecoderModelInfo::parse(r)?);
                }
            }
            let delay_present = r.flag("initial_display_delay_present_flag")?;
            let count = r.bits8("operating_points_cnt_minus_1", 5)? + 1;
            for _ in 0..count {
                operating_points.push(OperatingPoint::parse(r, decoder_model.as_ref(), delay_present)?);
            }
        }
        let frame_width_bits = r.bits8("frame_width_bits_minus_1", 4)? + 1;
        let frame_height_bits = r.bits8("frame_height_bits_minus_1", 4)? + 1;
        let width = r.bits("max_frame_width_minus_1", frame_width_bits.into())? + 1;
        let height = r.bits("max_frame_height_minus_1", frame_height_bits.into())? + 1;
        let mut frame_ids = None;
        if !reduced && r.flag("frame_id_numbers_present_flag")? {
            let delta = r.bits8("delta_frame_id_length_minus_2", 4)? + 2;
            let id = r.bits8("additional_frame_id_length_minus_1", 3)? + delta + 1;
            if id > 16 {
                return Err(r.out_of_range("additional_frame_id_length_minus_1", id).into());
            }
            frame_ids = Some(FrameIdLengths { delta, id });
        }
        let use_128x128_superblock = r.flag("use_128x128_superblock")?;
        r.skip("enable_filter_intra", 1)?;
        r.skip("enable_intra_edge_filter", 1)?;
        let mut order_hint_bits = 0;
        let (mut force_screen_content_tools, mut force_integer_mv) = (EACH_FRAME_SAYS, EACH_FRAME_SAYS);
        if !reduced {
            for tool in
                ["enable_interintra_compound", "enable_masked_compound", "enable_warped_motion", "enable_dual_filter"]
            {
                r.skip(tool, 1)?;
            }
            let enable_order_hint = r.flag("enable_order_hint")?;
            if enable_order_hint {
                r.skip("enable_jnt_comp", 1)?;
                r.skip("enable_ref_frame_mvs", 1)?;
            }
            if !r.flag("seq_choose_screen_content_tools")? {
                force_screen_content_tools = r.bits8("seq_force_screen_content_tools", 1)?;
            }
            if force_screen_content_tools > 0 && !r.flag("seq_choose_integer_mv")? {
                force_integer_mv = r.bits8("seq_force_integer_mv", 1)?;
            }
            if enable_order_hint {
                order_hint_bits = r.bits8("order_hint_bits_minus_1", 3)? + 1;
            }
        }
        let enable_superres = r.flag("enable_superres")?;
        r.skip("enable_cdef", 1)?;
        r.skip("enable_restoration", 1)?;
        let color = ColorConfig::parse(r, profile)?;
        let film_grain_params_present = r.flag("film_grain_params_present")?;
        Ok(Self {
            profile,
            still_picture,
            reduced_still_picture_header: reduced,
            timing,
            decoder_model,
            operating_points,
            frame_width_bits,
            frame_height_bits,
            width,
            height,
            frame_ids,
            use_128x128_superblock,
            order_hint_bits,
            force_screen_content_tools,
            force_integer_mv,
            enable_superres,
            color,
            film_grain_params_present,
        })
    }

    /// `seq_level_idx[0]`.
    pub fn level_idx(&self) -> u8 {
        self.operating_points.first().map_or(0, |point| point.level_idx)
    }

    /// `seq_tier[0]`: the high tier.
    pub fn high_tier(&self) -> bool {
        self.operating_points.first().is_some_and(|point| point.high_tier)
    }

    /// Pictures a second, where the timing says that all last equally long.
    pub fn frame_rate(&self) -> Option<FrameRate> {
        self.timing.and_then(|timing| timing.frame_rate())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{self, av1};
    use crate::fuzz::LONG;
    use springhead_core::Cicp;

    fn field(payload: &[u8]) -> &'static str {
        match SequenceHeader::from_payload(payload) {
            Err(Av1Error::Syntax(error)) => error.field,
            other => panic!("{other:?} is no fault of syntax"),
        }
    }

    #[test]
    fn headers_that_are_none_are_refused() {
        assert_eq!(field(&[]), "seq_profile");
        assert_eq!(field(&[0x60]), "seq_profile");
        assert_eq!(field(&[0x08]), "reduced_still_picture_header", "without a still picture");
        let expected = ObuType::SequenceHeader;
        assert_eq!(SequenceHeader::parse(&[]), Err(Av1Error::UnexpectedObu { expected, found: None }));
        let found = Some(ObuType::Frame);
        assert_eq!(SequenceHeader::parse(&[0x32, 1, 0]), Err(Av1Error::UnexpectedObu { expected, found }));
    }

    #[test]
    fn a_header_cut_short_is_refused_wherever_it_ends() {
        for whole in [&av1::SEQUENCE[2..], &LONG[2..]] {
            // The last byte holds the trailing bit, and what is left of the header.
            for end in 0..whole.len() - 1 {
                assert!(SequenceHeader::from_payload(&whole[..end]).is_err(), "{end}");
            }
        }
    }

    #[test]
    fn a_reduced_still_picture_has_one_operating_point_and_tools_that_each_frame_chooses() {
        // seq_profile 0, still_picture, reduced_still_picture_header, seq_level_idx 5, 16x16
        let header = SequenceHeader::from_payload(&[0x19, 0x4c, 0xff, 0xf0, 0, 0x20]).unwrap();
        assert!(header.still_picture && header.reduced_still_picture_header);
        assert_eq!((header.level_idx(), header.high_tier(), header.width, header.height), (5, false, 16, 16));
        assert_eq!((header.force_screen_content_tools, header.force_integer_mv, header.order_hint_bits), (2, 2, 0));
    }

    #[test]
    fn everything_that_makes_headers_long_is_read() {
        let header = SequenceHeader::parse(LONG).unwrap();
        let timing = TimingInfo { num_units_in_display_tick: 1, time_scale: 25, ticks_per_picture: None };
        assert_eq!((header.timing, header.frame_rate()), (Some(timing), None));
        let model = DecoderModelInfo {
            buffer_delay_length: 10,
            num_units_in_decoding_tick: 1,
            buffer_removal_time_length: 10,
            frame_presentation_time_length: 12,
        };
        assert_eq!(header.decoder_model, Some(model));
        let point = |idc| OperatingPoint {
            idc,
            level_idx: 9,
            high_tier: false,
            has_decoder_model: true,
            initial_display_delay: Some(6),
        };
        assert_eq!(header.operating_points, [point(0x303), point(0x101)]);
        assert_eq!((header.width, header.height, header.order_hint_bits), (640, 360, 7));
        assert_eq!(header.frame_ids, Some(FrameIdLengths { delta: 9, id: 12 }));
    }

    #[test]
    fn formats_and_colours_of_encoders_are_read() {
        let formats: Vec<_> = av1::FILES[..12]
            .iter()
            .map(|file| {
                let header = SequenceHeader::parse(&fixtures::bytes(file.found[0])).unwrap();
                assert_eq!((header.width, header.height), (64, 64), "{}", file.made_with);
                let color = header.color;
                (header.profile, color.bit_depth, color.mono_chrome, color.subsampling_x, color.subsampling_y)
            })
            .collect();
        let (eight, ten) = ((0, 8, false, true, true), (0, 10, false, true, true));
        let rgb = (1, 8, false, false, false);
        let professional = (2, 10, false, true, false);
        let gray = (0, 8, true, true, true);
        assert_eq!(formats, [eight, ten, professional, rgb, gray, rgb, eight, ten, eight, eight, ten, eight]);
        let stated = |hex| SequenceHeader::parse(&fixtures::bytes(hex)).unwrap().color.stated();
        let cicp = |primaries, transfer, matrix, full_range| Some(Cicp { primaries, transfer, matrix, full_range });
        assert_eq!(stated("0a0a00000002afff9b5f2008"), None);
        assert_eq!(stated("0a0d20000002afff9b5f2404340080"), cicp(1, 13, 0, true));
        assert_eq!(stated("0a0d00000002afff9b5f2a12201208"), cicp(9, 16, 9, false));
        assert_eq!(stated("0a0d00000002afff9b5f2202020308"), cicp(1, 1, 1, true));
        assert_eq!(stated("0a0a00000002afff9b5f2540"), cicp(2, 2, 2, true), "gray of full range");
    }

    #[test]
    fn another_reader_finds_the_same() {
        use scuffle_av1::ObuHeader;
        use scuffle_av1::seq::SequenceHeaderObu;
        let sequences = av1::FILES.iter().chain([&av1::HDR]).map(|file| fixtures::bytes(file.found[0]));
        for obu in sequences.chain([LONG.to_vec()]) {
            let ours = SequenceHeader::parse(&obu).unwrap();
            let mut cursor = std::io::Cursor::new(bytes::Bytes::from(obu));
            let header = ObuHeader::parse(&mut cursor).unwrap();
            let theirs = SequenceHeaderObu::parse(header, &mut cursor).unwrap();
            let points = theirs.operating_points.iter();
            assert_eq!(
                ours.operating_points.iter().map(|at| (at.idc, at.level_idx, at.high_tier)).collect::<Vec<_>>(),
                points.map(|at| (at.idc, at.seq_level_idx, at.seq_tier)).collect::<Vec<_>>(),
            );
            let (mine, color) = (ours.color, theirs.color_config);
            assert_eq!(
                (ours.profile, u64::from(ours.width), u64::from(ours.height)),
                (theirs.seq_profile, theirs.max_frame_width, theirs.max_frame_height)
            );
            assert_eq!(
                (mine.mono_chrome, mine.subsampling_x, mine.subsampling_y, mine.cicp.full_range),
                (color.mono_chrome, color.subsampling_x, color.subsampling_y, color.full_color_range)
            );
            assert_eq!(i32::from(mine.bit_depth), color.bit_depth);
            assert_eq!(
                [mine.cicp.primaries, mine.cicp.transfer, mine.cicp.matrix],
                [color.color_primaries, color.transfer_characteristics, color.matrix_coefficients]
            );
            assert_eq!(ours.film_grain_params_present, theirs.film_grain_params_present);
        }
    }
}
