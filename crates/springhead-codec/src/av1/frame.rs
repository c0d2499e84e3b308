//! The start of `uncompressed_header` (§5.9.2): as much as tells key frames, shown frames and disposable ones.

use super::SequenceHeader;
use crate::bits::{BitReader, SyntaxError};

/// `frame_type` (§6.8.2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum FrameType {
    /// `KEY_FRAME`: refers to nothing, and nothing after it refers to what came before when it is shown.
    Key,
    /// `INTER_FRAME`.
    Inter,
    /// `INTRA_ONLY_FRAME`: refers to nothing, but leaves frames that came before in use.
    IntraOnly,
    /// `SWITCH_FRAME`: an inter frame at which a decoder may change from another rendition. It refers to earlier frames.
    Switch,
}

/// What the start of a frame header says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub struct FrameHeader {
    /// `frame_to_show_map_idx`, when the header shows a frame that was decoded before (`show_existing_frame`) and has none
    /// of its own.
    pub show_existing_frame: Option<u8>,
    /// What kind of frame it is; none of a frame that was decoded before, whose kind only a decoder knows.
    pub frame_type: Option<FrameType>,
    /// `show_frame`, and of a frame that was decoded before.
    pub show_frame: bool,
    /// `showable_frame`: it may be shown by a later header.
    pub showable_frame: bool,
    /// `error_resilient_mode`.
    pub error_resilient_mode: bool,
    /// `refresh_frame_flags`: which of the eight frames that later ones may refer to it takes the place of. None where it
    /// cannot be told: without a sequence header, where the elements before it have no known width, and of a frame that was
    /// decoded before, which is put in all places if it is a key frame.
    pub refresh_frame_flags: Option<u8>,
}

/// allFrames: every place.
const ALL_FRAMES: u8 = 0xff;

impl FrameHeader {
    /// Reads the payload of an `OBU_FRAME_HEADER`, `OBU_REDUNDANT_FRAME_HEADER` or `OBU_FRAME` of the layers
    /// `temporal_id` and `spatial_id`.
    ///
    /// Without the sequence header in force, the header is taken for one that is not of a reduced still picture.
    ///
    /// ```
    /// use springhead_codec::av1::{FrameHeader, FrameType, SequenceHeader};
    /// let sequence = SequenceHeader::parse(b"\x0a\x0a\0\0\0\x02\xaf\xff\x9b\x5f\x20\x08")?;
    /// let key = FrameHeader::parse(&[0x10, 0], Some(&sequence), 0, 0)?;
    /// assert_eq!((key.frame_type, key.show_frame), (Some(FrameType::Key), true));
    /// assert_eq!(key.refresh_frame_flags, Some(0xff));
    /// # Ok::<(), springhead_codec::av1::Av1Error>(())
    /// ```
    pub fn parse(
        payload: &[u8],
        sequence: Option<&SequenceHeader>,
        temporal_id: u8,
        spatial_id: u8,
    ) -> Result<Self, SyntaxError> {
        let mut header = Self {
            show_existing_frame: None,
            frame_type: Some(FrameType::Key),
            show_frame: true,
            showable_frame: false,
            error_resilient_mode: true,
            refresh_frame_flags: Some(ALL_FRAMES),
        };
        if sequence.is_some_and(|sequence| sequence.reduced_still_picture_header) {
            return Ok(header);
        }
        let r = &mut BitReader::new("uncompressed_header", payload);
        if r.flag("show_existing_frame")? {
            header.show_existing_frame = Some(r.bits8("frame_to_show_map_idx", 3)?);
            (header.frame_type, header.refresh_frame_flags) = (None, None);
            header.error_resilient_mode = false;
            return Ok(header);
        }
        let frame_type = match r.bits("frame_type", 2)? {
            0 => FrameType::Key,
            1 => FrameType::Inter,
            2 => FrameType::IntraOnly,
            _ => FrameType::Switch,
        };
        header.frame_type = Some(frame_type);
        header.show_frame = r.flag("show_frame")?;
        let shown_key = frame_type == FrameType::Key && header.show_frame;
        if header.show_frame {
            header.showable_frame = frame_type != FrameType::Key;
            let timed = sequence.and_then(|sequence| {
                let unequal = sequence.timing.is_some_and(|timing| timing.ticks_per_picture.is_none());
                sequence.decoder_model.filter(|_| unequal)
            });
            if let Some(model) = timed {
                r.skip("frame_presentation_time", model.frame_presentation_time_length.into())?;
            }
        } else {
            header.showable_frame = r.flag("showable_frame")?;
        }
        if frame_type == FrameType::Switch || shown_key {
            return Ok(header);
        }
        let Some(sequence) = sequence else {
            // Nothing lies between when the frame is not shown; else the presentation time may.
            header.error_resilient_mode = !header.show_frame && r.flag("error_resilient_mode")?;
            header.refresh_frame_flags = None;
            return Ok(header);
        };
        header.error_resilient_mode = r.flag("error_resilient_mode")?;
        header.refresh_frame_flags = Some(header.refresh(r, sequence, temporal_id, spatial_id)?);
        Ok(header)
    }

    /// Passes over what comes between `error_resilient_mode` and `refresh_frame_flags`, and reads that.
    fn refresh(
        &self,
        r: &mut BitReader<'_>,
        sequence: &SequenceHeader,
        temporal_id: u8,
        spatial_id: u8,
    ) -> Result<u8, SyntaxError> {
        const EACH_FRAME_SAYS: u8 = 2;
        r.skip("disable_cdf_update", 1)?;
        let screen_content = match sequence.force_screen_content_tools {
            EACH_FRAME_SAYS => r.flag("allow_screen_content_tools")?,
            forced => forced == 1,
        };
        if screen_content && sequence.force_integer_mv == EACH_FRAME_SAYS {
            r.skip("force_integer_mv", 1)?;
        }
        if let Some(lengths) = sequence.frame_ids {
            r.skip("current_frame_id", lengths.id.into())?;
        }
        r.skip("frame_size_override_flag", 1)?;
        r.skip("order_hint", sequence.order_hint_bits.into())?;
        let intra = matches!(self.frame_type, Some(FrameType::Key | FrameType::IntraOnly));
        if !intra && !self.error_resilient_mode {
            r.skip("primary_ref_frame", 3)?;
        }
        if let Some(model) = sequence.decoder_model
            && r.flag("buffer_removal_time_present_flag")?
        {
            for point in sequence.operating_points.iter().filter(|point| point.has_decoder_model) {
                let in_temporal_layer = point.idc >> temporal_id & 1 == 1;
                let in_spatial_layer = point.idc >> (spatial_id + 8) & 1 == 1;
                if point.idc == 0 || (in_temporal_layer && in_spatial_layer) {
                    r.skip("buffer_removal_time", model.buffer_removal_time_length.into())?;
                }
            }
        }
        r.bits8("refresh_frame_flags", 8)
    }

    /// Whether it is a key frame that is shown: where a sequence header comes before it, decoding can begin here.
    pub fn is_shown_key_frame(&self) -> bool {
        self.frame_type == Some(FrameType::Key) && self.show_frame
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::av1::obu::{self, Framing, ObuType};
    use crate::bits::BitWriter;
    use crate::fixtures::av1::{HIDDEN_FRAMES, SEQUENCE};

    fn sequence() -> SequenceHeader {
        SequenceHeader::parse(SEQUENCE).unwrap()
    }

    fn parse(w: &BitWriter, sequence: Option<&SequenceHeader>) -> FrameHeader {
        FrameHeader::parse(&w.clone().into_bytes(), sequence, 0, 0).unwrap()
    }

    /// The start of a header: `show_existing_frame` 0, the type, whether it is shown, and what follows.
    fn start(frame_type: u64, shown: bool) -> BitWriter {
        let mut w = BitWriter::new();
        w.flag(false).bits(frame_type, 2).flag(shown);
        w
    }

    #[test]
    fn a_header_cut_short_is_refused() {
        assert_eq!(FrameHeader::parse(&[], None, 0, 0).unwrap_err().field, "show_existing_frame");
        let inter = FrameHeader::parse(&[0x30], Some(&sequence()), 0, 0);
        assert_eq!(inter.unwrap_err().field, "order_hint");
    }

    #[test]
    fn a_frame_that_was_decoded_before_says_neither_its_kind_nor_what_it_takes_the_place_of() {
        let header = parse(BitWriter::new().flag(true).bits(5, 3), Some(&sequence()));
        assert_eq!((header.show_existing_frame, header.frame_type), (Some(5), None));
        assert_eq!((header.refresh_frame_flags, header.is_shown_key_frame()), (None, false));
    }

    #[test]
    fn key_frames_are_random_access_only_when_they_are_shown() {
        let shown = parse(&start(0, true), None);
        assert!(shown.is_shown_key_frame() && !shown.showable_frame && shown.refresh_frame_flags == Some(0xff));
        let forward = parse(start(0, false).flag(true), None);
        assert!(!forward.is_shown_key_frame() && forward.showable_frame && forward.refresh_frame_flags.is_none());
        let switch = parse(&start(3, true), None);
        assert_eq!((switch.frame_type, switch.refresh_frame_flags), (Some(FrameType::Switch), Some(0xff)));
    }

    #[test]
    fn frames_of_an_encoder_refresh_what_ffmpeg_traces() {
        let units: Vec<_> = obu::units(HIDDEN_FRAMES, Framing::LowOverhead).map(Result::unwrap).collect();
        let begins = units.iter().find(|unit| unit.obu_type == ObuType::SequenceHeader).unwrap();
        let sequence = SequenceHeader::from_payload(&HIDDEN_FRAMES[begins.payload.clone()]).unwrap();
        let headers: Vec<_> = units
            .into_iter()
            .filter(|unit| matches!(unit.obu_type, ObuType::Frame | ObuType::FrameHeader))
            .map(|unit| FrameHeader::parse(&HIDDEN_FRAMES[unit.payload], Some(&sequence), 0, 0).unwrap())
            .collect();
        // `ffmpeg -i hidden-frames.obu -c copy -bsf:v trace_headers -f null -`
        let refreshed: Vec<_> = headers.iter().map(|header| header.refresh_frame_flags).collect();
        assert_eq!(refreshed, [Some(255), Some(1), Some(8), Some(32), None, Some(0), None, Some(32)]);
        let shown: Vec<_> = headers.iter().map(|header| header.show_frame).collect();
        assert_eq!(shown, [true, false, false, true, true, true, true, true]);
    }

    #[test]
    fn removal_times_are_there_for_the_operating_points_that_have_the_layers_of_the_frame() {
        let long = SequenceHeader::parse(crate::fuzz::LONG).unwrap();
        let refreshed = |temporal_id, removal_times: u32| {
            // frame_presentation_time, error_resilient_mode, disable_cdf_update, allow_screen_content_tools,
            // current_frame_id, frame_size_override_flag, order_hint, primary_ref_frame
            let mut inter = start(1, true);
            inter.bits(0xfff, 12).bits(0, 3).bits(0xfff, 12).flag(false).bits(3, 7).bits(7, 3);
            inter.flag(true).bits(u64::MAX, 10 * removal_times).bits(0x20, 8);
            let header = FrameHeader::parse(&inter.into_bytes(), Some(&long), temporal_id, 0).unwrap();
            header.refresh_frame_flags
        };
        assert_eq!(refreshed(0, 2), Some(0x20), "in both");
        assert_eq!(refreshed(1, 1), Some(0x20), "in the first");
        assert_eq!(refreshed(2, 0), Some(0x20), "in none");
    }

    #[test]
    fn what_a_frame_refreshes_is_read_with_the_sequence_header_in_force() {
        let sequence = sequence();
        assert_eq!((sequence.order_hint_bits, sequence.force_screen_content_tools), (7, 2));
        // error_resilient_mode, disable_cdf_update, allow_screen_content_tools, frame_size_override_flag, order_hint,
        // primary_ref_frame, refresh_frame_flags
        let mut inter = start(1, true);
        inter.flag(false).flag(false).flag(false).flag(false).bits(3, 7).bits(7, 3).bits(0x40, 8);
        assert_eq!(parse(&inter, Some(&sequence)).refresh_frame_flags, Some(0x40));
        let without = parse(&inter, None);
        assert_eq!((without.frame_type, without.refresh_frame_flags), (Some(FrameType::Inter), None));
        // showable_frame, error_resilient_mode, and with screen content tools force_integer_mv
        let mut intra_only = start(2, false);
        intra_only.flag(true).flag(true).flag(false).flag(true).flag(false).flag(false).bits(3, 7).bits(0x81, 8);
        assert_eq!(parse(&intra_only, Some(&sequence)).refresh_frame_flags, Some(0x81));
    }
}
