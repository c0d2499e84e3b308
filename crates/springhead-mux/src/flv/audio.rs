//! Audio messages.

use bytes::{BufMut, Bytes, BytesMut};
use springhead_core::{Codec, MediaKind, Rope};

use super::enhanced::{Body, Extended, Part};
use super::{CodecId, FlvError, record};

/// An audio message of RTMP, the body of an audio tag.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum AudioTag {
    /// What tracks say, at least one of them. All of one message have the same offset and the same type of packet.
    Tracks(Vec<AudioMessage>),
    /// An empty message: silence begins, and no sound is to be waited for until some comes again.
    Silence,
}

/// What a message says of one audio track, whatever its codec and the form of its header.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AudioMessage {
    /// The number of the track; 0 is the one to prefer, and the only one of the old form.
    pub track: u8,
    /// How the codec is named.
    pub id: CodecId,
    /// Whether there are two channels rather than one, as the old form says (SoundType). None of AAC, where it says
    /// nothing, and of the extended form.
    pub stereo: Option<bool>,
    /// To be added to the presentation time (TimestampOffsetNano): nanoseconds, fewer than 1 000 000. None in the old form.
    pub nanos: u32,
    /// What it says.
    pub packet: AudioPacket,
}

/// What a message says of an audio track (AudioPacketType).
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum AudioPacket {
    /// The decoder configuration, as it was sent. Of AAC that is the AudioSpecificConfig; of Opus the identification header
    /// (RFC 7845 §5.1), or nothing; of FLAC the signature `fLaC` with the metadata blocks (RFC 9639 §6), which a bare
    /// STREAMINFO is given; of AC-3, E-AC-3 and MP3 nothing.
    SequenceStart(Bytes),
    /// Coded sound: one frame, as a rule. May be empty. As read, one slice of the message, so that [`Rope::to_bytes`]
    /// copies nothing.
    CodedFrames(Rope),
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
    /// That of AudioChannel, of those whose bits are set (AudioChannelMask).
    Native(u32),
    /// An AudioChannel for each.
    Custom(Bytes),
}

/// The SoundFormat that says that there is an extended header (ExHeader).
const EXTENDED: u8 = 9;

/// The types of packets (AudioPacketType).
mod packet_type {
    pub(super) const SEQUENCE_START: u8 = 0;
    pub(super) const CODED_FRAMES: u8 = 1;
    pub(super) const SEQUENCE_END: u8 = 2;
    pub(super) const MULTICHANNEL_CONFIG: u8 = 4;
    pub(super) const MULTITRACK: u8 = 5;
}

impl AudioMessage {
    /// The codec; none when it is not known, or is none of sound.
    pub fn codec(&self) -> Option<Codec> {
        self.id.codec().filter(|codec| codec.kind() == MediaKind::Audio)
    }
}

impl AudioTag {
    /// Reads a message. Of a codec of the old form that is not AAC, all behind the first byte is the payload. Modifiers that
    /// are not known are passed over, as the specification lets them be.
    ///
    /// # Errors
    /// [`FlvError::Truncated`], [`FlvError::Reserved`] and [`FlvError::TooManyTracks`], all of this message only.
    pub fn parse(body: &Bytes) -> Result<Self, FlvError> {
        let mut fields = Body::new(body);
        if body.is_empty() {
            return Ok(Self::Silence);
        }
        let first = fields.u8("AudioTagHeader")?;
        let (format, low) = (first >> 4, first & 0x0f);
        if format != EXTENDED {
            let id = CodecId::Sound(format);
            let packet = AudioPacket::parse_old(id, fields)?;
            let stereo = (id != CodecId::AAC).then_some(low & 1 != 0);
            return Ok(Self::Tracks(vec![AudioMessage { track: 0, id, stereo, nanos: 0, packet }]));
        }
        let (packet_type, nanos) = fields.modifiers(low)?;
        let read = |packet_type, track, fourcc, body| {
            let id = CodecId::FourCc(fourcc);
            Ok(AudioMessage { track, id, stereo: None, nanos, packet: AudioPacket::parse(packet_type, id, body)? })
        };
        Ok(Self::Tracks(fields.tracks(packet_type, packet_type::MULTITRACK, read)?))
    }

    /// The message as bytes: in the old form when its codec is named so, and with an extended header otherwise, as a
    /// message of several tracks where it is of several or not of track 0. The payload is shared.
    ///
    /// # Errors
    /// [`FlvError::Unwritable`] when the messages do not go together, or say what their form cannot: in the old form that is
    /// another track than 0, an offset, and all but sound and the configuration of AAC. [`FlvError::TooLarge`] when one of
    /// several tracks has 2^24 bytes or more.
    pub fn to_rope(&self) -> Result<Rope, FlvError> {
        match self {
            Self::Silence => Ok(Rope::new()),
            Self::Tracks(messages) => match &messages[..] {
                [AudioMessage { track: 0, id: CodecId::Sound(format), stereo, nanos: 0, packet }]
                    if *format <= 15 && *format != EXTENDED =>
                {
                    packet.write_old(*format, *stereo)
                }
                [] => Err(FlvError::Unwritable { what: "a message of no track" }),
                messages => write_extended(messages),
            },
        }
    }
}

fn write_extended(messages: &[AudioMessage]) -> Result<Rope, FlvError> {
    let first = &messages[0];
    let packet_type = first.packet.packet_type();
    let parts = messages.iter().map(|message| {
        let CodecId::FourCc(fourcc) = message.id else {
            return Err(FlvError::Unwritable { what: "a track or an offset in the old form" });
        };
        if message.nanos != first.nanos || message.packet.packet_type() != packet_type {
            return Err(FlvError::Unwritable { what: "a message of packets that differ in offset or type" });
        }
        Ok(Part { track: message.track, fourcc, body: message.packet.write(message.id)? })
    });
    let parts: Vec<Part> = parts.collect::<Result<_, _>>()?;
    Extended { first: EXTENDED << 4, packet_type, multitrack: packet_type::MULTITRACK, nanos: first.nanos }
        .write(&parts)
}

impl AudioPacket {
    fn packet_type(&self) -> u8 {
        match self {
            Self::SequenceStart(_) => packet_type::SEQUENCE_START,
            Self::CodedFrames(_) => packet_type::CODED_FRAMES,
            Self::SequenceEnd => packet_type::SEQUENCE_END,
            Self::MultichannelConfig { .. } => packet_type::MULTICHANNEL_CONFIG,
        }
    }

    fn parse(packet_type: u8, id: CodecId, mut body: Body) -> Result<Self, FlvError> {
        let offset = body.offset();
        let reserved = |field, value: u8| FlvError::Reserved { field, value: value.into(), offset };
        Ok(match packet_type {
            packet_type::SEQUENCE_START => Self::SequenceStart(record::read(id.codec(), body.rest())),
            packet_type::CODED_FRAMES => Self::CodedFrames(body.rest().into()),
            packet_type::SEQUENCE_END => Self::SequenceEnd,
            packet_type::MULTICHANNEL_CONFIG => {
                let order = body.u8("audioChannelOrder")?;
                let channels = body.u8("channelCount")?;
                let order = match order {
                    0 => ChannelOrder::Unspecified,
                    1 => ChannelOrder::Native(body.u32("audioChannelFlags")?),
                    2 => ChannelOrder::Custom(body.take("audioChannelMapping", channels.into())?),
                    value => return Err(reserved("audioChannelOrder", value)),
                };
                Self::MultichannelConfig { channels, order }
            }
            value => return Err(reserved("audioPacketType", value)),
        })
    }

    /// What follows the first byte of the old form.
    fn parse_old(id: CodecId, mut body: Body) -> Result<Self, FlvError> {
        if id != CodecId::AAC {
            return Ok(Self::CodedFrames(body.rest().into()));
        }
        match body.u8("AACPacketType")? {
            0 => Ok(Self::SequenceStart(body.rest())),
            1 => Ok(Self::CodedFrames(body.rest().into())),
            value => Err(FlvError::Reserved { field: "AACPacketType", value: value.into(), offset: 1 }),
        }
    }

    /// The body of one track behind an extended header.
    fn write(&self, id: CodecId) -> Result<Rope, FlvError> {
        Ok(match self {
            Self::SequenceStart(config) => record::write(id.codec(), config),
            Self::CodedFrames(payload) => payload.clone(),
            Self::SequenceEnd => Rope::new(),
            Self::MultichannelConfig { channels, order } => {
                let mut body = BytesMut::with_capacity(6);
                match order {
                    ChannelOrder::Unspecified => body.put_slice(&[0, *channels]),
                    ChannelOrder::Native(flags) => {
                        body.put_slice(&[1, *channels]);
                        body.put_u32(*flags);
                    }
                    ChannelOrder::Custom(mapping) if mapping.len() == usize::from(*channels) => {
                        body.put_slice(&[2, *channels]);
                        body.put_slice(mapping);
                    }
                    ChannelOrder::Custom(_) => {
                        return Err(FlvError::Unwritable { what: "a mapping of more or fewer channels" });
                    }
                }
                body.freeze().into()
            }
        })
    }

    fn write_old(&self, format: u8, stereo: Option<bool>) -> Result<Rope, FlvError> {
        /// The rate of 44.1 kHz and samples of 16 bits: what AAC has to say whatever its configuration says (§E.4.2.1).
        /// Frames of MP3 know better, and G.711 has its one rate.
        const RATE_44K_16BIT: u8 = 3 << 2 | 1 << 1;
        let first = format << 4 | RATE_44K_16BIT | u8::from(stereo.unwrap_or(true));
        let is_aac = CodecId::Sound(format) == CodecId::AAC;
        let (head, payload) = match self {
            Self::SequenceStart(config) if is_aac => (Bytes::copy_from_slice(&[first, 0]), config.clone().into()),
            Self::CodedFrames(payload) if is_aac => (Bytes::copy_from_slice(&[first, 1]), payload.clone()),
            Self::CodedFrames(payload) => (Bytes::copy_from_slice(&[first]), payload.clone()),
            _ => return Err(FlvError::Unwritable { what: "a packet of this type in the old form" }),
        };
        let mut body = Rope::from(head);
        body.append(&payload);
        Ok(body)
    }
}

#[cfg(test)]
mod tests;
