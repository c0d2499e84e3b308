//! Supplemental enhancement information: ITU-T H.265 §7.3.5, Annex D.
//!
//! Most messages are of one picture and stay in the sample with it; so does what a recommendation of its own defines (ITU-T
//! T.35: captions, dynamic metadata). A few are of all pictures up to the end of the coded video sequence; these are
//! declared in the configuration too, see [`is_declarative`].

use std::borrow::Cow;

use springhead_core::{ContentLight, MasteringDisplay};

use super::nal_type::HEADER_BYTES;
use super::{HevcError, NalHeader, NalType, Vui};
pub use crate::avc::sei::{Message, Messages, messages};
use crate::bits::{BitReader, BitWriter, SyntaxError};
use crate::nal::emulation;

/// `payloadType` of the picture timing message (§D.2.3).
pub const PIC_TIMING: u32 = 1;

/// `payloadType` of user data that ITU-T T.35 registers (§D.2.6): passed on within the sample.
pub const USER_DATA_REGISTERED: u32 = 4;

/// `payloadType` of the recovery point message (§D.2.8).
pub const RECOVERY_POINT: u32 = 6;

/// `payloadType` of the mastering display colour volume message (§D.2.28).
pub const MASTERING_DISPLAY: u32 = 137;

/// `payloadType` of the content light level message (§D.2.35).
pub const CONTENT_LIGHT_LEVEL: u32 = 144;

/// `payloadType` of the alternative transfer characteristics message (§D.2.38).
pub const ALTERNATIVE_TRANSFER: u32 = 147;

/// Whether messages of that `payloadType` are of the stream as a whole, so that a configuration record may hold them
/// (ISO/IEC 14496-15 §8.3.3.1): mastering display colour volume, content light level, alternative transfer characteristics.
pub fn is_declarative(payload_type: u32) -> bool {
    matches!(payload_type, MASTERING_DISPLAY | CONTENT_LIGHT_LEVEL | ALTERNATIVE_TRANSFER)
}

/// `sei_rbsp()` of a NAL unit of type 39 or 40, header included, for [`messages`].
pub fn rbsp(nal: &[u8]) -> Result<Cow<'_, [u8]>, HevcError> {
    match NalHeader::of(nal).map(|header| header.nal_type) {
        Some(NalType::PrefixSei | NalType::SuffixSei) => Ok(emulation::remove(&nal[HEADER_BYTES..])),
        found => Err(HevcError::UnexpectedNal { expected: "supplemental enhancement information", found }),
    }
}

/// Whether a NAL unit of type 39 has a declarative message, before the first that is damaged.
pub(super) fn declares(nal: &[u8]) -> bool {
    let declarative =
        |rbsp: Cow<'_, [u8]>| messages(&rbsp).map_while(Result::ok).any(|message| is_declarative(message.payload_type));
    rbsp(nal).is_ok_and(declarative)
}

/// A NAL unit of type 39 with that message alone.
pub(super) fn prefix_nal(message: &Message<'_>) -> Vec<u8> {
    let mut w = BitWriter::new();
    w.bits(u64::from(NalType::PrefixSei.code()) << 9 | 1, 16);
    for mut number in [message.payload_type as usize, message.payload.len()] {
        while number >= 255 {
            w.bits(255, 8);
            number -= 255;
        }
        w.bits(number as u64, 8);
    }
    message.payload.iter().for_each(|byte| {
        w.bits((*byte).into(), 8);
    });
    w.trailing_bits();
    emulation::insert(&w.into_bytes())
}

/// `mastering_display_colour_volume()` of §D.2.28: of three primaries, which §D.3.28 suggests to be green, blue and red.
pub fn mastering_display(payload: &[u8]) -> Result<MasteringDisplay, SyntaxError> {
    let mut r = BitReader::new("mastering_display_colour_volume", payload);
    let mut number = |field| Ok::<_, SyntaxError>(r.bits(field, 16)? as u16);
    let mut primaries = [(0, 0); 3];
    for primary in &mut primaries {
        *primary = (number("display_primaries_x")?, number("display_primaries_y")?);
    }
    let white = (number("white_point_x")?, number("white_point_y")?);
    let max_luminance = r.bits("max_display_mastering_luminance", 32)?;
    let min_luminance = r.bits("min_display_mastering_luminance", 32)?;
    Ok(MasteringDisplay { primaries, white, max_luminance, min_luminance })
}

/// `content_light_level_info()` of §D.2.35.
pub fn content_light(payload: &[u8]) -> Result<ContentLight, SyntaxError> {
    let mut r = BitReader::new("content_light_level_info", payload);
    let max_content = r.bits("max_content_light_level", 16)? as u16;
    Ok(ContentLight { max_content, max_picture_average: r.bits("max_pic_average_light_level", 16)? as u16 })
}

/// `preferred_transfer_characteristics` of §D.2.38: the TransferCharacteristics that suit the pictures better than those of
/// the video usability information, which are there for displays that know no others.
pub fn preferred_transfer(payload: &[u8]) -> Result<u8, SyntaxError> {
    BitReader::new("alternative_transfer_characteristics", payload).bits8("preferred_transfer_characteristics", 8)
}

/// `recovery_point()` of §D.2.8: pictures are right in output order from a certain one on, though this is no random access
/// point.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RecoveryPoint {
    /// `recovery_poc_cnt`: output is right from the picture on whose order count is that of this one and so much more.
    pub poc_count: i32,
    /// `exact_match_flag`: right to the last bit.
    pub exact_match: bool,
    /// `broken_link_flag`: pictures that follow refer to others than those of this stream.
    pub broken_link: bool,
}

impl RecoveryPoint {
    /// The first recovery point in a NAL unit of type 39, header included; none when there is none.
    ///
    /// ```
    /// use springhead_codec::hevc::sei::RecoveryPoint;
    /// let point = RecoveryPoint::find(&[0x4e, 0x01, 0x06, 0x01, 0xd0, 0x80])?;
    /// assert_eq!(point, Some(RecoveryPoint { poc_count: 0, exact_match: true, broken_link: false }));
    /// # Ok::<(), springhead_codec::hevc::HevcError>(())
    /// ```
    pub fn find(nal: &[u8]) -> Result<Option<Self>, HevcError> {
        for message in messages(&rbsp(nal)?) {
            let message = message?;
            if message.payload_type == RECOVERY_POINT {
                return Ok(Some(Self::read(message.payload)?));
            }
        }
        Ok(None)
    }

    fn read(payload: &[u8]) -> Result<Self, SyntaxError> {
        const HALF_MAX_LSB: i32 = 1 << 15;
        let mut r = BitReader::new("recovery_point", payload);
        let poc_count = r.se("recovery_poc_cnt", -HALF_MAX_LSB..=HALF_MAX_LSB - 1)?;
        let exact_match = r.flag("exact_match_flag")?;
        Ok(Self { poc_count, exact_match, broken_link: r.flag("broken_link_flag")? })
    }
}

/// The beginning of `pic_timing()` of §D.2.3, which is there when [`Vui::frame_field_info_present`] says so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PicStruct {
    /// `pic_struct`, Table D.2: 0 a frame, 1 a top and 2 a bottom field, 3 to 6 a frame of fields that are shown in turn, 7
    /// and 8 a frame that is shown two or three times, 9 to 12 a field paired with the one before or after it.
    pub pic_struct: u8,
    /// `source_scan_type`: 0 interlaced, 1 progressive, 2 unknown.
    pub source_scan_type: u8,
    /// `duplicate_flag`: the picture repeats the one before it.
    pub duplicate: bool,
}

impl PicStruct {
    /// Reads it from the payload of a picture timing message; none when the sequence has none.
    pub fn read(payload: &[u8], vui: &Vui) -> Result<Option<Self>, SyntaxError> {
        if !vui.frame_field_info_present {
            return Ok(None);
        }
        let mut r = BitReader::new("pic_timing", payload);
        Ok(Some(Self {
            pic_struct: r.bits8("pic_struct", 4)?,
            source_scan_type: r.bits8("source_scan_type", 2)?,
            duplicate: r.flag("duplicate_flag")?,
        }))
    }

    /// Whether the picture is one field.
    pub fn is_field(&self) -> bool {
        matches!(self.pic_struct, 1 | 2 | 9..=12)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::Fault;
    use crate::hevc::Sps;
    use crate::hevc::fixtures::{FIELD_PICTURES, FIELDS, HDR10, PARAMETER_SETS, nal_units};

    fn only(nal: &[u8]) -> (u32, Vec<u8>) {
        let rbsp = rbsp(nal).unwrap();
        let found: Vec<_> = messages(&rbsp).map(Result::unwrap).collect();
        assert_eq!(found.len(), 1);
        (found[0].payload_type, found[0].payload.to_vec())
    }

    #[test]
    fn payloads_that_end_early_are_errors() {
        assert_eq!(mastering_display(&[0; 23]).unwrap_err().field, "min_display_mastering_luminance");
        assert_eq!(content_light(&[0; 3]).unwrap_err().fault, Fault::Truncated);
        assert_eq!(preferred_transfer(&[]).unwrap_err().fault, Fault::Truncated);
        let found = Some(NalType::AccessUnitDelimiter);
        let error = HevcError::UnexpectedNal { expected: "supplemental enhancement information", found };
        assert_eq!(RecoveryPoint::find(&[0x46, 1, 0x50]), Err(error));
        assert!(RecoveryPoint::find(&[0x4e, 1, 6, 1, 0x00, 0x80]).is_err());
    }

    /// The values are those of the command that made them.
    #[test]
    fn the_messages_of_a_real_encoder_say_what_it_was_told() {
        let found = PARAMETER_SETS[HDR10].found();
        let (light, mastering) = (only(&found[3]), only(&found[4]));
        assert_eq!((light.0, mastering.0), (CONTENT_LIGHT_LEVEL, MASTERING_DISPLAY));
        assert_eq!(content_light(&light.1), Ok(ContentLight { max_content: 1000, max_picture_average: 400 }));
        let expected = MasteringDisplay {
            primaries: [(13_250, 34_500), (7_500, 3_000), (34_000, 16_000)],
            white: (15_635, 16_450),
            max_luminance: 10_000_000,
            min_luminance: 50,
        };
        assert_eq!(mastering_display(&mastering.1), Ok(expected));
        assert!(declares(&found[3]) && !declares(&PARAMETER_SETS[FIELDS].found()[3]));
    }

    #[test]
    fn fields_are_told_by_their_timing() {
        let sps = Sps::parse(&PARAMETER_SETS[FIELDS].found()[1]).unwrap();
        let vui = sps.vui.unwrap();
        let timing = |nal: &bytes::Bytes| {
            let rbsp = rbsp(nal).ok()?;
            let message = messages(&rbsp).map(Result::unwrap).find(|message| message.payload_type == PIC_TIMING)?;
            PicStruct::read(message.payload, &vui).unwrap()
        };
        let fields: Vec<_> = nal_units(FIELD_PICTURES).iter().filter_map(timing).collect();
        assert_eq!(fields.iter().map(|field| field.pic_struct).collect::<Vec<_>>(), [1, 2, 1, 2]);
        assert!(fields.iter().all(PicStruct::is_field));
        assert_eq!(PicStruct::read(&[0x11], &Vui::default()), Ok(None), "a sequence that tells nothing of fields");
        let frame = PicStruct { pic_struct: 3, source_scan_type: 1, duplicate: true };
        assert_eq!(PicStruct::read(&[0b0011_0110], &vui), Ok(Some(frame)));
        assert!(!frame.is_field());
    }

    #[test]
    fn a_message_by_itself_reads_as_it_was() {
        for (payload_type, payload) in [(1, vec![]), (255, vec![0; 254]), (600, vec![3; 255]), (147, vec![18])] {
            let nal = prefix_nal(&Message { payload_type, payload: &payload });
            assert_eq!(only(&nal), (payload_type, payload));
        }
        assert_eq!(prefix_nal(&Message { payload_type: 147, payload: &[18] }), PARAMETER_SETS[2].found()[3]);
    }
}
