//! Audio messages.

use bytes::Bytes;

use super::enhanced::Body;
use super::{EnhancedAudio, FlvError};

/// The first byte of AAC: rate, size and type are to be these, whatever the configuration says.
pub(super) const AAC_44K_16BIT_STEREO: u8 = AAC << 4 | 0x0f;
const AAC: u8 = 10;

/// An audio message of RTMP, the body of an audio tag.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum AudioTag {
    /// AAC: the AudioSpecificConfig.
    AacSequenceHeader(Bytes),
    /// AAC: one raw frame. May be empty.
    AacRaw(Bytes),
    /// A message of Enhanced RTMP that is not plain AAC: another codec, a channel order, or several tracks.
    Enhanced(EnhancedAudio),
    /// A codec of the old form other than AAC.
    Unsupported {
        /// SoundFormat.
        sound_format: u8,
    },
}

impl AudioTag {
    /// Reads a message. AAC sent by its FourCC comes out as in the old form, without a ModEx below the millisecond, which
    /// [`EnhancedAudio`] keeps for all else.
    ///
    /// # Errors
    /// [`FlvError::Truncated`] and [`FlvError::Reserved`], both of this message only.
    pub fn parse(body: &Bytes) -> Result<Self, FlvError> {
        const EXTENDED: u8 = 9;
        let mut fields = Body::new(body);
        let first = fields.u8("AudioTagHeader")?;
        match first >> 4 {
            EXTENDED => {
                let enhanced = EnhancedAudio::parse(first & 0x0f, fields)?;
                Ok(match (&enhanced.multitrack, &enhanced.packets[..]) {
                    (None, [packet]) => enhanced.as_aac(packet).unwrap_or(Self::Enhanced(enhanced)),
                    _ => Self::Enhanced(enhanced),
                })
            }
            AAC => match fields.u8("AACPacketType")? {
                0 => Ok(Self::AacSequenceHeader(fields.rest())),
                1 => Ok(Self::AacRaw(fields.rest())),
                value => Err(FlvError::Reserved { field: "AACPacketType", value: value.into(), offset: 1 }),
            },
            sound_format => Ok(Self::Unsupported { sound_format }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{AudioPacket, AudioTrackPacket, ChannelOrder, MultitrackKind};
    use super::*;
    use crate::FourCc;

    fn parse(body: &'static [u8]) -> Result<AudioTag, FlvError> {
        AudioTag::parse(&Bytes::from_static(body))
    }

    #[test]
    fn messages_that_end_early_or_use_reserved_values_are_refused_with_their_place() {
        let truncated = |field, offset| Err(FlvError::Truncated { field, offset });
        assert_eq!(parse(b""), truncated("AudioTagHeader", 0));
        assert_eq!(parse(b"\xaf"), truncated("AACPacketType", 1));
        assert_eq!(parse(b"\x94Opus\x02\x03ab"), truncated("audioChannelMapping", 9));
        assert_eq!(parse(b"\x95\x11Opus"), truncated("trackId", 6));
        let reserved = |field, value, offset| Err(FlvError::Reserved { field, value, offset });
        assert_eq!(parse(b"\xaf\x02"), reserved("AACPacketType", 2, 1));
        assert_eq!(parse(b"\x94Opus\x03\x02"), reserved("audioChannelOrder", 3, 5));
        assert_eq!(parse(b"\x93Opus"), reserved("audioPacketType", 3, 5));
        assert_eq!(parse(b"\x95\x05mp4a\0"), reserved("audioPacketType", 5, 7));
    }

    #[test]
    fn aac_by_its_fourcc_is_aac() {
        assert_eq!(parse(b"\x90mp4a\x12\x10"), parse(b"\xaf\x00\x12\x10"));
        assert_eq!(parse(b"\x91mp4aframe"), Ok(AudioTag::AacRaw(Bytes::from_static(b"frame"))));
        assert_eq!(parse(b"\x97\x02\0\0\x09\x01mp4aframe"), parse(b"\xaf\x01frame"));
    }

    #[test]
    fn what_old_aac_cannot_say_stays_enhanced() {
        let packet = |body| match parse(body) {
            Ok(AudioTag::Enhanced(EnhancedAudio { mut packets, .. })) => packets.remove(0).packet,
            other => panic!("{other:?}"),
        };
        assert_eq!(packet(b"\x92mp4a"), AudioPacket::SequenceEnd);
        let native = AudioPacket::MultichannelConfig { channels: 6, order: ChannelOrder::Native(0x3f) };
        assert_eq!(packet(b"\x94mp4a\x01\x06\0\0\0\x3f"), native);
        let custom = ChannelOrder::Custom(Bytes::from_static(b"\x01\x00"));
        assert_eq!(packet(b"\x94Opus\x02\x02\x01\x00"), AudioPacket::MultichannelConfig { channels: 2, order: custom });
    }

    #[test]
    fn tracks_of_a_multitrack_message_come_apart() {
        let tag = parse(b"\x95\x11mp4a\x00\0\0\x03abc\x01\0\0\x01d").unwrap();
        let AudioTag::Enhanced(many) = tag else { panic!("{tag:?}") };
        assert_eq!(many.multitrack, Some(MultitrackKind::ManyTracks));
        let frame = |track, payload| AudioTrackPacket {
            track,
            fourcc: FourCc(*b"mp4a"),
            packet: AudioPacket::CodedFrames(Bytes::from_static(payload)),
        };
        assert_eq!(many.packets, [frame(0, b"abc"), frame(1, b"d")]);
        assert_eq!(many.as_aac(&many.packets[1]), Some(AudioTag::AacRaw(Bytes::from_static(b"d"))));
    }

    #[test]
    fn old_codecs_are_named() {
        assert_eq!(parse(b"\x2frest"), Ok(AudioTag::Unsupported { sound_format: 2 }));
    }
}
