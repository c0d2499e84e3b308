//! Video messages.

use bytes::Bytes;

use super::enhanced::Body;
use super::{EnhancedVideo, FlvError};

/// What kind of picture a message has (VideoFrameType).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FrameType {
    /// One that can be seeked to.
    Key,
    /// One that cannot.
    Inter,
    /// One that can be left out; of H.263 only.
    DisposableInter,
    /// A key frame that a server made.
    GeneratedKey,
    /// No picture but a command.
    Command,
    /// A reserved value, taken for an inter frame.
    Reserved(u8),
}

impl FrameType {
    fn of(code: u8) -> Self {
        match code {
            1 => Self::Key,
            2 => Self::Inter,
            3 => Self::DisposableInter,
            4 => Self::GeneratedKey,
            5 => Self::Command,
            other => Self::Reserved(other),
        }
    }

    /// Whether it can be seeked to, as the encoder says; the bitstream may know better.
    pub fn is_key(self) -> bool {
        matches!(self, Self::Key | Self::GeneratedKey)
    }
}

/// A video message of RTMP, the body of a video tag.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum VideoTag {
    /// AVC: the AVCDecoderConfigurationRecord.
    AvcSequenceHeader(Bytes),
    /// AVC: one access unit.
    AvcUnit {
        /// Whether the encoder calls it a key frame; the bitstream may know better.
        keyframe: bool,
        /// Presentation minus decode time in milliseconds, of 24 bits.
        composition_time: i32,
        /// NAL units with the lengths that the configuration says, four bytes nearly always. May be empty.
        payload: Bytes,
    },
    /// AVC: no more units.
    AvcEndOfSequence,
    /// A message of Enhanced RTMP that is not plain AVC: another codec, metadata, or several tracks.
    Enhanced(EnhancedVideo),
    /// A command instead of a picture: 0 and 1 are the start and the end of seeking. To be ignored by a server.
    CommandFrame {
        /// The command.
        command: u8,
    },
    /// A codec of the old form other than AVC.
    Unsupported {
        /// CodecID.
        codec_id: u8,
    },
}

impl VideoTag {
    /// Reads a message. AVC sent by its FourCC comes out as in the old form, without a ModEx below the millisecond, which
    /// [`EnhancedVideo`] keeps for all else.
    ///
    /// # Errors
    /// [`FlvError::Truncated`] and [`FlvError::Reserved`], both of this message only.
    pub fn parse(body: &Bytes) -> Result<Self, FlvError> {
        const EXTENDED: u8 = 0x80;
        let mut fields = Body::new(body);
        let first = fields.u8("VideoTagHeader")?;
        if first & EXTENDED != 0 {
            let frame_type = FrameType::of(first >> 4 & 7);
            return Ok(match EnhancedVideo::parse(frame_type, first & 0x0f, fields)? {
                Err(command) => Self::CommandFrame { command },
                Ok(enhanced) => match (&enhanced.multitrack, &enhanced.packets[..]) {
                    (None, [packet]) => enhanced.as_avc(packet).unwrap_or(Self::Enhanced(enhanced)),
                    _ => Self::Enhanced(enhanced),
                },
            });
        }
        let frame_type = FrameType::of(first >> 4);
        if frame_type == FrameType::Command {
            return Ok(Self::CommandFrame { command: fields.u8("VideoCommand")? });
        }
        const AVC: u8 = 7;
        if first & 0x0f != AVC {
            return Ok(Self::Unsupported { codec_id: first & 0x0f });
        }
        match fields.u8("AVCPacketType")? {
            0 => {
                fields.i24("CompositionTime")?;
                Ok(Self::AvcSequenceHeader(fields.rest()))
            }
            1 => {
                let composition_time = fields.i24("CompositionTime")?;
                Ok(Self::AvcUnit { keyframe: frame_type.is_key(), composition_time, payload: fields.rest() })
            }
            2 => Ok(Self::AvcEndOfSequence),
            value => Err(FlvError::Reserved { field: "AVCPacketType", value: value.into(), offset: 1 }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ModEx, MultitrackKind, VideoPacket, VideoTrackPacket};
    use super::*;
    use crate::FourCc;

    fn parse(body: &'static [u8]) -> Result<VideoTag, FlvError> {
        VideoTag::parse(&Bytes::from_static(body))
    }

    #[test]
    fn messages_that_end_early_or_use_reserved_values_are_refused_with_their_place() {
        let truncated = |field, offset| Err(FlvError::Truncated { field, offset });
        assert_eq!(parse(b""), truncated("VideoTagHeader", 0));
        assert_eq!(parse(b"\x17"), truncated("AVCPacketType", 1));
        assert_eq!(parse(b"\x17\x01\0\0"), truncated("CompositionTime", 4));
        assert_eq!(parse(b"\x90hvc"), truncated("FOURCC", 4));
        assert_eq!(parse(b"\x91avc1\0\0"), truncated("compositionTimeOffset", 7));
        assert_eq!(parse(b"\x97\xff\0"), truncated("modExDataSize", 3));
        assert_eq!(parse(b"\x97\x02\0\0"), truncated("modExData", 4));
        assert_eq!(parse(b"\x96\x11av01\x00\0\0\x05abc"), truncated("track", 13));
        let reserved = |field, value, offset| Err(FlvError::Reserved { field, value, offset });
        assert_eq!(parse(b"\x17\x03\0\0\0"), reserved("AVCPacketType", 3, 1));
        assert_eq!(parse(b"\x96\x31"), reserved("multitrackType", 3, 1));
        assert_eq!(parse(b"\x96\x06avc1\0"), reserved("videoPacketType", 6, 7));
        assert_eq!(parse(b"\x98avc1"), reserved("videoPacketType", 8, 5));
    }

    #[test]
    fn composition_times_are_signed() {
        let unit = |composition_time| VideoTag::AvcUnit { keyframe: false, composition_time, payload: Bytes::new() };
        assert_eq!(parse(b"\x27\x01\xff\xff\xfe"), Ok(unit(-2)));
        assert_eq!(parse(b"\x27\x01\x80\x00\x00"), Ok(unit(-(1 << 23))));
        assert_eq!(parse(b"\x27\x01\x7f\xff\xff"), Ok(unit((1 << 23) - 1)));
        assert_eq!(parse(b"\xa3avc1"), Ok(unit(0)));
    }

    #[test]
    fn avc_by_its_fourcc_is_avc() {
        assert_eq!(parse(b"\x90avc1\x01\x64"), Ok(VideoTag::AvcSequenceHeader(Bytes::from_static(b"\x01\x64"))));
        assert_eq!(parse(b"\x92avc1"), Ok(VideoTag::AvcEndOfSequence));
        let nanos = b"\x97\x02\x01\x02\x03\x01avc1\0\0\x21x";
        let unit = VideoTag::AvcUnit { keyframe: true, composition_time: 33, payload: Bytes::from_static(b"x") };
        assert_eq!(parse(nanos), Ok(unit));
    }

    #[test]
    fn other_codecs_keep_all_that_their_header_says() {
        let long: &'static [u8] = {
            let mut body = b"\xa7\xff\x01\x03".to_vec();
            body.extend([9; 260]);
            body.extend(b"\x57\x02\x0f\x42\x3f\x01hvc1\xff\xff\xffpayload");
            body.leak()
        };
        let Ok(VideoTag::Enhanced(enhanced)) = parse(long) else { panic!("an enhanced message") };
        assert_eq!(enhanced.frame_type, FrameType::Inter);
        assert_eq!(enhanced.timestamp_offset_nanos(), 999_999);
        assert_eq!(enhanced.modifiers[0], ModEx::Unknown { kind: 5, content: Bytes::from_static(&[9; 260]) });
        let payload = Bytes::from_static(b"payload");
        let packet = VideoPacket::CodedFrames { composition_time: -1, payload };
        assert_eq!(enhanced.packets, [VideoTrackPacket { track: 0, fourcc: FourCc(*b"hvc1"), packet }]);
    }

    #[test]
    fn tracks_of_a_multitrack_message_come_apart() {
        let one = parse(b"\x96\x01avc1\x03\0\0\x07unit").unwrap();
        let VideoTag::Enhanced(one) = one else { panic!("{one:?}") };
        assert_eq!((one.multitrack, one.packets.len(), one.packets[0].track), (Some(MultitrackKind::OneTrack), 1, 3));
        let unit = VideoTag::AvcUnit { keyframe: true, composition_time: 7, payload: Bytes::from_static(b"unit") };
        assert_eq!(one.as_avc(&one.packets[0]), Some(unit));

        let many = parse(b"\x96\x20av01\x00\0\0\x02abhvc1\x01\0\0\x00").unwrap();
        let VideoTag::Enhanced(many) = many else { panic!("{many:?}") };
        let start = |track, fourcc, config| {
            let packet = VideoPacket::SequenceStart(Bytes::from_static(config));
            VideoTrackPacket { track, fourcc: FourCc(fourcc), packet }
        };
        assert_eq!(many.packets, [start(0, *b"av01", b"ab"), start(1, *b"hvc1", b"")]);
        assert_eq!(many.as_avc(&many.packets[0]), None);
    }

    #[test]
    fn commands_and_old_codecs_are_named() {
        assert_eq!(parse(b"\x57\x01"), Ok(VideoTag::CommandFrame { command: 1 }));
        assert_eq!(parse(b"\xd1\x00"), Ok(VideoTag::CommandFrame { command: 0 }));
        assert_eq!(parse(b"\x12rest"), Ok(VideoTag::Unsupported { codec_id: 2 }));
        assert!(
            matches!(parse(b"\xd4hvc1amf"), Ok(VideoTag::Enhanced(_))),
            "metadata is metadata, whatever its frame type"
        );
    }

    #[test]
    fn payloads_are_slices_of_the_message() {
        let body = Bytes::from(b"\x17\x01\0\0\0payload".to_vec());
        let VideoTag::AvcUnit { payload, .. } = VideoTag::parse(&body).unwrap() else { panic!("a unit") };
        assert_eq!(payload.as_ptr(), body[5..].as_ptr());
    }
}
