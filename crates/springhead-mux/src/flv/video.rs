//! Video messages.

use bytes::Bytes;
use springhead_core::{Codec, MediaKind, Rope};

use super::enhanced::{Body, Extended, Part, put_i24};
use super::{CodecId, FlvError, record};
use crate::FourCc;

/// A video message of RTMP, the body of a video tag.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum VideoTag {
    /// What tracks say, at least one of them. All of one message have the same offset and the same type of packet, and are
    /// key frames together or not at all.
    Tracks(Vec<VideoMessage>),
    /// A command instead of a picture (VideoCommand): 0 and 1 are the start and the end of seeking. To be ignored by a
    /// server.
    Command(u8),
}

/// What a message says of one video track, whatever its codec and the form of its header.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VideoMessage {
    /// The number of the track; 0 is the one to prefer, and the only one of the old form.
    pub track: u8,
    /// How the codec is named.
    pub id: CodecId,
    /// To be added to the presentation time (TimestampOffsetNano): nanoseconds, fewer than 1 000 000. None in the old form.
    pub nanos: u32,
    /// What it says.
    pub packet: VideoPacket,
}

/// What a message says of a video track (VideoPacketType).
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum VideoPacket {
    /// The decoder configuration, in the form that [`Codec`] says. Its length of NAL units need not be four.
    SequenceStart(Bytes),
    /// One coded picture (CodedFrames, CodedFramesX; the AVC NALU of the old form).
    CodedFrames {
        /// Whether the encoder calls it a key frame; the bitstream may know better.
        key: bool,
        /// Presentation minus decode time in milliseconds, of 24 bits. Zero of codecs other than AVC, HEVC and VVC.
        composition_time: i32,
        /// The coded bytes, for AVC, HEVC and VVC NAL units with the lengths that the configuration says. May be empty. As
        /// read, one slice of the message, so that [`Rope::to_bytes`] copies nothing.
        payload: Rope,
    },
    /// No picture follows.
    SequenceEnd,
    /// What applies to the pictures that follow, as AMF: see [`ColorInfo`](super::ColorInfo).
    Metadata(Bytes),
    /// The configuration of AV1 as a descriptor of MPEG-2 TS.
    Mpeg2TsSequenceStart(Bytes),
}

/// The kinds of pictures (VideoFrameType).
mod frame_type {
    pub(super) const KEY: u8 = 1;
    pub(super) const INTER: u8 = 2;
    pub(super) const GENERATED_KEY: u8 = 4;
    pub(super) const COMMAND: u8 = 5;
}

/// The types of packets (VideoPacketType).
mod packet_type {
    pub(super) const SEQUENCE_START: u8 = 0;
    pub(super) const CODED_FRAMES: u8 = 1;
    pub(super) const SEQUENCE_END: u8 = 2;
    pub(super) const CODED_FRAMES_X: u8 = 3;
    pub(super) const METADATA: u8 = 4;
    pub(super) const MPEG2_TS_SEQUENCE_START: u8 = 5;
    pub(super) const MULTITRACK: u8 = 6;
}

/// Set in the first byte of an extended header (IsExVideoHeader).
const EXTENDED: u8 = 0x80;

impl VideoMessage {
    /// The codec; none when it is not known, or is none of pictures.
    pub fn codec(&self) -> Option<Codec> {
        self.id.codec().filter(|codec| codec.kind() == MediaKind::Video)
    }
}

impl VideoTag {
    /// Reads a message. Of a codec of the old form that is neither AVC nor HEVC, all behind the first byte is the payload.
    /// Modifiers that are not known are passed over, as the specification lets them be.
    ///
    /// # Errors
    /// [`FlvError::Truncated`], [`FlvError::Reserved`] and [`FlvError::TooManyTracks`], all of this message only.
    pub fn parse(body: &Bytes) -> Result<Self, FlvError> {
        let mut fields = Body::new(body);
        let first = fields.u8("VideoTagHeader")?;
        let extended = first & EXTENDED != 0;
        let frame_type = if extended { first >> 4 & 7 } else { first >> 4 };
        let key = matches!(frame_type, frame_type::KEY | frame_type::GENERATED_KEY);
        if !extended {
            return if frame_type == frame_type::COMMAND {
                Ok(Self::Command(fields.u8("VideoCommand")?))
            } else {
                let id = CodecId::Video(first & 0x0f);
                let packet = VideoPacket::parse_old(id, key, fields)?;
                Ok(Self::Tracks(vec![VideoMessage { track: 0, id, nanos: 0, packet }]))
            };
        }
        let (packet_type, nanos) = fields.modifiers(first & 0x0f)?;
        if packet_type != packet_type::METADATA && frame_type == frame_type::COMMAND {
            return Ok(Self::Command(fields.u8("videoCommand")?));
        }
        let read = |packet_type, track, fourcc, body| {
            let packet = VideoPacket::parse(packet_type, key, fourcc, body)?;
            Ok(VideoMessage { track, id: CodecId::FourCc(fourcc), nanos, packet })
        };
        Ok(Self::Tracks(fields.tracks(packet_type, packet_type::MULTITRACK, read)?))
    }

    /// The message as bytes: in the old form when its codec is named so, and with an extended header otherwise, as a
    /// message of several tracks where it is of several or not of track 0. A composition time of zero is left out where
    /// that can be said (CodedFramesX). The payload is shared.
    ///
    /// # Errors
    /// [`FlvError::Unwritable`] when the messages do not go together, or say what their form cannot: in the old form that is
    /// another track than 0, an offset, metadata, and all but pictures of codecs other than AVC and HEVC.
    /// [`FlvError::TooLarge`] when one of several tracks has 2^24 bytes or more.
    pub fn to_rope(&self) -> Result<Rope, FlvError> {
        match self {
            Self::Command(command) => Ok(Bytes::copy_from_slice(&[frame_type::COMMAND << 4 | 7, *command]).into()),
            Self::Tracks(messages) => match &messages[..] {
                [VideoMessage { track: 0, id: CodecId::Video(id), nanos: 0, packet }] if *id <= 15 => {
                    packet.write_old(CodecId::Video(*id), *id)
                }
                [] => Err(FlvError::Unwritable { what: "a message of no track" }),
                messages => write_extended(messages),
            },
        }
    }
}

fn write_extended(messages: &[VideoMessage]) -> Result<Rope, FlvError> {
    let first = &messages[0];
    let with_times = !messages.iter().all(VideoMessage::leaves_time_out);
    let alone = messages.len() == 1 && first.track == 0;
    let (packet_type, frame_type) = first.types(with_times, alone);
    let parts = messages.iter().map(|message| {
        let CodecId::FourCc(fourcc) = message.id else {
            return Err(FlvError::Unwritable { what: "a track, an offset or metadata in the old form" });
        };
        if message.nanos != first.nanos || message.types(with_times, alone) != (packet_type, frame_type) {
            return Err(FlvError::Unwritable {
                what: "a message of packets that differ in offset, type or kind of frame",
            });
        }
        Ok(Part { track: message.track, fourcc, body: message.packet.write(fourcc, with_times)? })
    });
    let parts: Vec<Part> = parts.collect::<Result<_, _>>()?;
    let header = Extended {
        first: EXTENDED | frame_type << 4,
        packet_type,
        multitrack: packet_type::MULTITRACK,
        nanos: first.nanos,
    };
    header.write(&parts)
}

/// Whether packets of the codec have a composition time.
fn is_reordered(fourcc: FourCc) -> bool {
    CodecId::FourCc(fourcc).codec().is_some_and(Codec::has_nal_units)
}

impl VideoMessage {
    /// Whether the packet can be one of CodedFramesX.
    fn leaves_time_out(&self) -> bool {
        matches!(
            (&self.packet, self.id),
            (VideoPacket::CodedFrames { composition_time: 0, .. }, CodecId::FourCc(fourcc)) if is_reordered(fourcc)
        )
    }

    /// VideoPacketType and VideoFrameType; `alone` when the message is one of track 0 only.
    fn types(&self, with_times: bool, alone: bool) -> (u8, u8) {
        match self.packet {
            VideoPacket::SequenceStart(_) => (packet_type::SEQUENCE_START, frame_type::KEY),
            VideoPacket::CodedFrames { key, .. } => {
                let packet_type = if with_times { packet_type::CODED_FRAMES } else { packet_type::CODED_FRAMES_X };
                (packet_type, if key { frame_type::KEY } else { frame_type::INTER })
            }
            VideoPacket::SequenceEnd => (packet_type::SEQUENCE_END, frame_type::KEY),
            // It counts for nothing. ffmpeg says that it is a command, and takes others for pictures of track 0; but of
            // several tracks, a command would be believed.
            VideoPacket::Metadata(_) if alone => (packet_type::METADATA, frame_type::COMMAND),
            VideoPacket::Metadata(_) => (packet_type::METADATA, frame_type::INTER),
            VideoPacket::Mpeg2TsSequenceStart(_) => (packet_type::MPEG2_TS_SEQUENCE_START, frame_type::KEY),
        }
    }
}

impl VideoPacket {
    fn parse(packet_type: u8, key: bool, fourcc: FourCc, mut body: Body) -> Result<Self, FlvError> {
        Ok(match packet_type {
            packet_type::SEQUENCE_START => {
                Self::SequenceStart(record::read(CodecId::FourCc(fourcc).codec(), body.rest()))
            }
            packet_type::CODED_FRAMES | packet_type::CODED_FRAMES_X => {
                let has_time = packet_type == packet_type::CODED_FRAMES && is_reordered(fourcc);
                let composition_time = if has_time { body.i24("compositionTimeOffset")? } else { 0 };
                Self::CodedFrames { key, composition_time, payload: body.rest().into() }
            }
            packet_type::SEQUENCE_END => Self::SequenceEnd,
            packet_type::METADATA => Self::Metadata(body.rest()),
            packet_type::MPEG2_TS_SEQUENCE_START => Self::Mpeg2TsSequenceStart(body.rest()),
            value => {
                let offset = body.offset();
                return Err(FlvError::Reserved { field: "videoPacketType", value: value.into(), offset });
            }
        })
    }

    /// What follows the first byte of the old form.
    fn parse_old(id: CodecId, key: bool, mut body: Body) -> Result<Self, FlvError> {
        if id.codec().is_none() {
            return Ok(Self::CodedFrames { key, composition_time: 0, payload: body.rest().into() });
        }
        Ok(match body.u8("AVCPacketType")? {
            0 => {
                body.i24("CompositionTime")?;
                Self::SequenceStart(body.rest())
            }
            1 => {
                let composition_time = body.i24("CompositionTime")?;
                Self::CodedFrames { key, composition_time, payload: body.rest().into() }
            }
            2 => Self::SequenceEnd,
            value => return Err(FlvError::Reserved { field: "AVCPacketType", value: value.into(), offset: 1 }),
        })
    }

    /// The body of one track behind an extended header.
    fn write(&self, fourcc: FourCc, with_times: bool) -> Result<Rope, FlvError> {
        Ok(match self {
            Self::SequenceStart(config) => record::write(CodecId::FourCc(fourcc).codec(), config),
            Self::CodedFrames { composition_time, payload, .. } if with_times && is_reordered(fourcc) => {
                let mut body = Rope::from(put_i24(*composition_time)?);
                body.append(payload);
                body
            }
            Self::CodedFrames { composition_time: 0, payload, .. } => payload.clone(),
            Self::CodedFrames { .. } => {
                return Err(FlvError::Unwritable { what: "a composition time of a codec without" });
            }
            Self::SequenceEnd => Rope::new(),
            Self::Metadata(bytes) | Self::Mpeg2TsSequenceStart(bytes) => bytes.clone().into(),
        })
    }

    fn write_old(&self, id: CodecId, code: u8) -> Result<Rope, FlvError> {
        let has_types = id.codec().is_some();
        let (packet, composition_time, key, payload) = match self {
            Self::SequenceStart(config) if has_types => (0, 0, true, config.clone().into()),
            Self::CodedFrames { key, composition_time, payload } if has_types || *composition_time == 0 => {
                (1, *composition_time, *key, payload.clone())
            }
            Self::SequenceEnd if has_types => (2, 0, true, Rope::new()),
            _ => return Err(FlvError::Unwritable { what: "a packet of this type in the old form" }),
        };
        let frame_type = if key { frame_type::KEY } else { frame_type::INTER };
        let first = frame_type << 4 | code;
        let head = if has_types {
            [&[first, packet], &put_i24(composition_time)?[..]].concat().into()
        } else {
            Bytes::copy_from_slice(&[first])
        };
        let mut body = Rope::from(head);
        body.append(&payload);
        Ok(body)
    }
}

#[cfg(test)]
mod tests;
