//! How FLV names codecs.

use std::fmt;

use springhead_core::Codec;

use crate::FourCc;

/// How a message, or `onMetaData`, names a codec.
///
/// ```
/// use springhead_core::Codec;
/// use springhead_mux::flv::CodecId;
/// assert_eq!(CodecId::of(Codec::Avc), Some(CodecId::AVC));
/// assert_eq!(CodecId::fourcc_of(Codec::Avc).unwrap().to_string(), "avc1");
/// assert_eq!(CodecId::Sound(11).codec(), None);
/// assert_eq!(CodecId::Sound(11).to_string(), "FLV sound format 11");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CodecId {
    /// The old form of pictures: a CodecID of four bits (FLV 10.1 §E.4.3.1).
    Video(u8),
    /// The old form of sound: a SoundFormat of four bits (§E.4.2.1).
    Sound(u8),
    /// Enhanced RTMP: a code of four characters (VideoFourCc, AudioFourCc).
    FourCc(FourCc),
}

/// The codecs of Enhanced RTMP.
const CODES: [([u8; 4], Codec); 12] = [
    (*b"avc1", Codec::Avc),
    (*b"hvc1", Codec::Hevc),
    (*b"vvc1", Codec::Vvc),
    (*b"av01", Codec::Av1),
    (*b"vp08", Codec::Vp8),
    (*b"vp09", Codec::Vp9),
    (*b"mp4a", Codec::Aac),
    (*b"Opus", Codec::Opus),
    (*b"fLaC", Codec::Flac),
    (*b".mp3", Codec::MpegAudio),
    (*b"ac-3", Codec::Ac3),
    (*b"ec-3", Codec::Eac3),
];

impl CodecId {
    /// AVC in the old form.
    pub const AVC: Self = Self::Video(7);
    /// HEVC in the old form, which no specification has; encoders and services in China have used it since 2017.
    pub const HEVC: Self = Self::Video(12);
    /// AAC in the old form.
    pub const AAC: Self = Self::Sound(10);
    const MP3: Self = Self::Sound(2);
    const MP3_8K: Self = Self::Sound(14);
    const G711_A: Self = Self::Sound(7);
    const G711_MU: Self = Self::Sound(8);

    /// How the codec is named so that most players read it: in the old form where the specification has one for it, but for
    /// MP3, whose rates the old form cannot say; by FourCC otherwise. None of codecs that FLV does not carry.
    pub fn of(codec: Codec) -> Option<Self> {
        match codec {
            Codec::Avc => Some(Self::AVC),
            Codec::Aac => Some(Self::AAC),
            Codec::PcmA => Some(Self::G711_A),
            Codec::PcmU => Some(Self::G711_MU),
            other => Self::fourcc_of(other),
        }
    }

    /// The FourCC of the codec, which messages of several tracks need; none of codecs that have none in Enhanced RTMP.
    pub fn fourcc_of(codec: Codec) -> Option<Self> {
        let (code, _) = CODES.iter().find(|(_, known)| *known == codec)?;
        Some(Self::FourCc(FourCc(*code)))
    }

    /// The codec; none when it is not known.
    pub fn codec(self) -> Option<Codec> {
        match self {
            Self::AVC => Some(Codec::Avc),
            Self::HEVC => Some(Codec::Hevc),
            Self::AAC => Some(Codec::Aac),
            Self::MP3 | Self::MP3_8K => Some(Codec::MpegAudio),
            Self::G711_A => Some(Codec::PcmA),
            Self::G711_MU => Some(Codec::PcmU),
            Self::Video(_) | Self::Sound(_) => None,
            Self::FourCc(code) => CODES.iter().find(|(known, _)| *known == code.0).map(|(_, codec)| *codec),
        }
    }
}

impl fmt::Display for CodecId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Video(id) => write!(f, "FLV video codec {id}"),
            Self::Sound(format) => write!(f, "FLV sound format {format}"),
            Self::FourCc(code) => code.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_a_codec_leads_back_to_it() {
        for (_, codec) in CODES {
            for id in [CodecId::of(codec), CodecId::fourcc_of(codec)] {
                assert_eq!(id.and_then(CodecId::codec), Some(codec));
            }
        }
        for codec in [Codec::PcmA, Codec::PcmU] {
            assert_eq!(CodecId::of(codec).and_then(CodecId::codec), Some(codec));
            assert_eq!(CodecId::fourcc_of(codec), None);
        }
        assert_eq!(CodecId::of(Codec::Scte35), None);
    }

    #[test]
    fn numbers_of_sound_are_not_those_of_pictures() {
        assert_eq!((CodecId::Video(7).codec(), CodecId::Sound(7).codec()), (Some(Codec::Avc), Some(Codec::PcmA)));
        assert_eq!((CodecId::Video(2).codec(), CodecId::Sound(14).codec()), (None, Some(Codec::MpegAudio)));
        assert_eq!(CodecId::FourCc(FourCc(*b"hev1")).codec(), None);
    }
}
