//! Video messages of Enhanced RTMP (ExVideoTagHeader).

use bytes::Bytes;

use super::enhanced::{self, Body, ModEx, MultitrackKind};
use super::{FlvError, FrameType, VideoTag};
use crate::FourCc;

/// A video message with an extended header, as it was sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EnhancedVideo {
    /// What kind of picture it has. To be ignored for metadata.
    pub frame_type: FrameType,
    /// What was in front of the packet, in order.
    pub modifiers: Vec<ModEx>,
    /// How many tracks and codecs, if the message is a multitrack message.
    pub multitrack: Option<MultitrackKind>,
    /// One packet for each track, at least one; exactly one of track 0 where the message is not a multitrack message.
    pub packets: Vec<VideoTrackPacket>,
}

/// The packet of one track.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VideoTrackPacket {
    /// The number of the track; 0 is the one to prefer.
    pub track: u8,
    /// The codec.
    pub fourcc: FourCc,
    /// What it says.
    pub packet: VideoPacket,
}

/// What a video packet says (VideoPacketType).
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum VideoPacket {
    /// The decoder configuration of the codec, as its sample entry would hold it.
    SequenceStart(Bytes),
    /// A coded picture (CodedFrames, CodedFramesX).
    CodedFrames {
        /// Presentation minus decode time in milliseconds. Zero for CodedFramesX, and for codecs that carry none.
        composition_time: i32,
        /// The coded bytes; with four-byte lengths for `avc1`, `hvc1` and `vvc1`.
        payload: Bytes,
    },
    /// No picture follows.
    SequenceEnd,
    /// Metadata in AMF, such as colour.
    Metadata(Bytes),
    /// The configuration of AV1 as an MPEG-2 TS descriptor.
    Mpeg2TsSequenceStart(Bytes),
}

impl VideoPacket {
    fn parse(packet_type: u8, fourcc: FourCc, mut body: Body) -> Result<Self, FlvError> {
        Ok(match packet_type {
            0 => Self::SequenceStart(body.rest()),
            1 => {
                let reordered = matches!(&fourcc.0, b"avc1" | b"hvc1" | b"vvc1");
                let composition_time = if reordered { body.i24("compositionTimeOffset")? } else { 0 };
                Self::CodedFrames { composition_time, payload: body.rest() }
            }
            2 => Self::SequenceEnd,
            3 => Self::CodedFrames { composition_time: 0, payload: body.rest() },
            4 => Self::Metadata(body.rest()),
            5 => Self::Mpeg2TsSequenceStart(body.rest()),
            value => {
                let offset = body.offset();
                return Err(FlvError::Reserved { field: "videoPacketType", value: value.into(), offset });
            }
        })
    }
}

impl EnhancedVideo {
    /// Reads what follows the first byte. A command has no packet and is given as its code.
    pub(super) fn parse(frame_type: FrameType, packet_type: u8, mut body: Body) -> Result<Result<Self, u8>, FlvError> {
        const METADATA: u8 = 4;
        const MULTITRACK: u8 = 6;
        let (modifiers, packet_type) = body.modifiers(packet_type)?;
        if packet_type != METADATA && frame_type == FrameType::Command {
            return Ok(Err(body.u8("videoCommand")?));
        }
        if packet_type != MULTITRACK {
            let fourcc = body.fourcc()?;
            let packet = VideoPacket::parse(packet_type, fourcc, body)?;
            let packets = vec![VideoTrackPacket { track: 0, fourcc, packet }];
            return Ok(Ok(Self { frame_type, modifiers, multitrack: None, packets }));
        }
        let (kind, packet_type) = body.multitrack()?;
        let packets = body
            .tracks(kind)?
            .into_iter()
            .map(|(track, fourcc, body)| {
                let packet = VideoPacket::parse(packet_type, fourcc, body)?;
                Ok(VideoTrackPacket { track, fourcc, packet })
            })
            .collect::<Result<_, FlvError>>()?;
        Ok(Ok(Self { frame_type, modifiers, multitrack: Some(kind), packets }))
    }

    /// To be added to the presentation time, in nanoseconds; zero when nothing is said.
    pub fn timestamp_offset_nanos(&self) -> u32 {
        enhanced::nanos(&self.modifiers)
    }

    /// The packet as AVC of the old form would say it; none when it is of another codec, or says what AVC of the old form
    /// cannot.
    pub fn as_avc(&self, packet: &VideoTrackPacket) -> Option<VideoTag> {
        if packet.fourcc.0 != *b"avc1" {
            return None;
        }
        match &packet.packet {
            VideoPacket::SequenceStart(config) => Some(VideoTag::AvcSequenceHeader(config.clone())),
            VideoPacket::CodedFrames { composition_time, payload } => Some(VideoTag::AvcUnit {
                keyframe: self.frame_type.is_key(),
                composition_time: *composition_time,
                payload: payload.clone(),
            }),
            VideoPacket::SequenceEnd => Some(VideoTag::AvcEndOfSequence),
            VideoPacket::Metadata(_) | VideoPacket::Mpeg2TsSequenceStart(_) => None,
        }
    }
}
