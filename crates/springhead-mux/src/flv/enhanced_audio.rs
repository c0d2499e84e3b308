//! Audio messages of Enhanced RTMP (ExAudioTagHeader).

use bytes::Bytes;

use super::enhanced::{self, Body, ModEx, MultitrackKind};
use super::{AudioTag, FlvError};
use crate::FourCc;

/// An audio message with an extended header, as it was sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EnhancedAudio {
    /// What was in front of the packet, in order.
    pub modifiers: Vec<ModEx>,
    /// How many tracks and codecs, if the message is a multitrack message.
    pub multitrack: Option<MultitrackKind>,
    /// One packet for each track, at least one; exactly one of track 0 where the message is not a multitrack message.
    pub packets: Vec<AudioTrackPacket>,
}

/// The packet of one track.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AudioTrackPacket {
    /// The number of the track; 0 is the one to prefer.
    pub track: u8,
    /// The codec.
    pub fourcc: FourCc,
    /// What it says.
    pub packet: AudioPacket,
}

/// What an audio packet says (AudioPacketType).
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum AudioPacket {
    /// The decoder configuration of the codec; none for AC-3 and E-AC-3, which carry it in band.
    SequenceStart(Bytes),
    /// Coded sound.
    CodedFrames(Bytes),
    /// No sound follows.
    SequenceEnd,
    /// Where the channels belong.
    MultichannelConfig {
        /// How many channels.
        channels: u8,
        /// In which order.
        order: ChannelOrder,
    },
}

/// The order of channels (AudioChannelOrder).
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum ChannelOrder {
    /// Nothing is said.
    Unspecified,
    /// That of AudioChannel, of those whose bits are set.
    Native(u32),
    /// An AudioChannel for each.
    Custom(Bytes),
}

impl AudioPacket {
    fn parse(packet_type: u8, mut body: Body) -> Result<Self, FlvError> {
        let offset = body.offset();
        let reserved = |field, value: u8| FlvError::Reserved { field, value: value.into(), offset };
        Ok(match packet_type {
            0 => Self::SequenceStart(body.rest()),
            1 => Self::CodedFrames(body.rest()),
            2 => Self::SequenceEnd,
            4 => {
                let order = body.u8("audioChannelOrder")?;
                let channels = body.u8("channelCount")?;
                let order = match order {
                    0 => ChannelOrder::Unspecified,
                    1 => {
                        let mut mask = [0; 4];
                        mask.copy_from_slice(&body.take("audioChannelFlags", 4)?);
                        ChannelOrder::Native(u32::from_be_bytes(mask))
                    }
                    2 => ChannelOrder::Custom(body.take("audioChannelMapping", channels.into())?),
                    value => return Err(reserved("audioChannelOrder", value)),
                };
                Self::MultichannelConfig { channels, order }
            }
            value => return Err(reserved("audioPacketType", value)),
        })
    }
}

impl EnhancedAudio {
    /// Reads what follows the first byte.
    pub(super) fn parse(packet_type: u8, mut body: Body) -> Result<Self, FlvError> {
        const MULTITRACK: u8 = 5;
        let (modifiers, packet_type) = body.modifiers(packet_type)?;
        if packet_type != MULTITRACK {
            let fourcc = body.fourcc()?;
            let packet = AudioPacket::parse(packet_type, body)?;
            return Ok(Self {
                modifiers,
                multitrack: None,
                packets: vec![AudioTrackPacket { track: 0, fourcc, packet }],
            });
        }
        let (kind, packet_type) = body.multitrack()?;
        let packets = body
            .tracks(kind)?
            .into_iter()
            .map(|(track, fourcc, body)| {
                Ok(AudioTrackPacket { track, fourcc, packet: AudioPacket::parse(packet_type, body)? })
            })
            .collect::<Result<_, FlvError>>()?;
        Ok(Self { modifiers, multitrack: Some(kind), packets })
    }

    /// To be added to the presentation time, in nanoseconds; zero when nothing is said.
    pub fn timestamp_offset_nanos(&self) -> u32 {
        enhanced::nanos(&self.modifiers)
    }

    /// The packet as AAC of the old form would say it; none when it is of another codec, or says what AAC of the old form
    /// cannot.
    pub fn as_aac(&self, packet: &AudioTrackPacket) -> Option<AudioTag> {
        match &packet.packet {
            _ if packet.fourcc.0 != *b"mp4a" => None,
            AudioPacket::SequenceStart(config) => Some(AudioTag::AacSequenceHeader(config.clone())),
            AudioPacket::CodedFrames(payload) => Some(AudioTag::AacRaw(payload.clone())),
            AudioPacket::SequenceEnd | AudioPacket::MultichannelConfig { .. } => None,
        }
    }
}
