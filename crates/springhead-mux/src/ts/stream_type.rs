//! What a program map says of a stream's codec: `stream_type` (ISO/IEC 13818-1 Table 2-34) and descriptors, both ways.

use springhead_codec::opus::{ChannelMapping, DecoderConfig};
use springhead_core::{Codec, MediaKind, Track};

use super::{WriteError, descriptor};
use crate::language;

/// 0x03: ISO/IEC 11172-3 audio.
pub const MPEG1_AUDIO: u8 = 0x03;
/// 0x04: ISO/IEC 13818-3 audio, whose sampling frequencies are half those of MPEG-1.
pub const MPEG2_AUDIO: u8 = 0x04;
/// 0x06: PES packets of private data; descriptors say of what.
pub const PRIVATE_PES: u8 = 0x06;
/// 0x0f: AAC with ADTS.
pub const AAC_ADTS: u8 = 0x0f;
/// 0x11: AAC with LATM and LOAS.
pub const AAC_LATM: u8 = 0x11;
/// 0x15: metadata in PES packets.
pub const METADATA_PES: u8 = 0x15;
/// 0x1b: H.264.
pub const AVC: u8 = 0x1b;
/// 0x24: H.265.
pub const HEVC: u8 = 0x24;
/// 0x33: H.266.
pub const VVC: u8 = 0x33;
/// 0x81: AC-3 of ATSC (A/52 Annex A).
pub const ATSC_AC3: u8 = 0x81;
/// 0x86: splice information sections (ANSI/SCTE 35).
pub const SCTE_35: u8 = 0x86;
/// 0x87: E-AC-3 of ATSC (A/52 Annex G).
pub const ATSC_EAC3: u8 = 0x87;

/// What a stream carries, as far as the program map tells.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Content {
    /// Units of that codec.
    Of(Codec),
    /// AAC in LATM with LOAS, whose configuration is in the stream itself (ISO/IEC 14496-3 §1.7).
    Latm,
    /// Something else.
    Unknown,
}

impl Content {
    /// What a stream of that `stream_type` carries, by the descriptors in its own loop and in that of its program.
    ///
    /// ```
    /// use springhead_core::Codec;
    /// use springhead_mux::ts::stream_type::{Content, PRIVATE_PES};
    /// let opus = b"\x05\x04Opus\x7f\x02\x80\x02";
    /// assert_eq!(Content::identify(PRIVATE_PES, opus, &[]), Content::Of(Codec::Opus));
    /// assert_eq!(Content::identify(PRIVATE_PES, &[], &[]), Content::Unknown);
    /// ```
    pub fn identify(stream_type: u8, stream: &[u8], program: &[u8]) -> Self {
        let codec = match stream_type {
            MPEG1_AUDIO | MPEG2_AUDIO => Codec::MpegAudio,
            AAC_ADTS => Codec::Aac,
            AAC_LATM => return Self::Latm,
            AVC => Codec::Avc,
            HEVC => Codec::Hevc,
            VVC => Codec::Vvc,
            ATSC_AC3 => Codec::Ac3,
            ATSC_EAC3 => Codec::Eac3,
            PRIVATE_PES => return Self::of_private(stream),
            METADATA_PES if descriptor::metadata_format(stream) == Some(descriptor::ID3) => Codec::Id3,
            // Blu-ray uses the number for sound, and registers its programs otherwise.
            SCTE_35 if [stream, program].iter().any(|all| descriptor::registration(all) == Some(descriptor::CUEI)) => {
                Codec::Scte35
            }
            _ => return Self::Unknown,
        };
        Self::Of(codec)
    }

    fn of_private(stream: &[u8]) -> Self {
        let registered = match descriptor::registration(stream) {
            Some(descriptor::OPUS) => Some(Codec::Opus),
            Some(descriptor::AV01) => Some(Codec::Av1),
            Some(descriptor::AC_3) => Some(Codec::Ac3),
            Some(descriptor::EAC3) => Some(Codec::Eac3),
            Some(descriptor::HEVC) => Some(Codec::Hevc),
            Some(descriptor::ID3) => Some(Codec::Id3),
            _ => None,
        };
        let of_dvb = |tag| descriptor::all(stream).any(|descriptor| descriptor.tag == tag);
        match registered {
            Some(codec) => Self::Of(codec),
            None if of_dvb(descriptor::DVB_AC3) => Self::Of(Codec::Ac3),
            None if of_dvb(descriptor::DVB_EAC3) => Self::Of(Codec::Eac3),
            None => Self::Unknown,
        }
    }

    /// The codec, if it is one.
    pub fn codec(self) -> Option<Codec> {
        match self {
            Self::Of(codec) => Some(codec),
            Self::Latm => Some(Codec::Aac),
            Self::Unknown => None,
        }
    }
}

/// How AC-3 and E-AC-3 are announced.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Ac3Carriage {
    /// As ATSC and HTTP Live Streaming do: stream types of their own, and a registration.
    #[default]
    Atsc,
    /// As DVB does: private data with a descriptor (ETSI TS 101 154).
    Dvb,
}

/// What a program map says of a track that is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Announcement {
    pub(crate) stream_type: u8,
    pub(crate) descriptors: Vec<u8>,
}

impl Announcement {
    pub(crate) fn of(track: &Track, ac3: Ac3Carriage) -> Result<Self, WriteError> {
        let refuse = |why| WriteError::Codec { track: track.id, codec: track.codec, why };
        let mut descriptors = Vec::new();
        let stream_type = match track.codec {
            Codec::Avc => AVC,
            Codec::Hevc => HEVC,
            Codec::Vvc => VVC,
            Codec::Aac => AAC_ADTS,
            // ISO/IEC 13818-3 extends the first part to sampling frequencies of 16, 22.05 and 24 kHz.
            Codec::MpegAudio if track.audio().is_some_and(|audio| audio.sample_rate < 32_000) => MPEG2_AUDIO,
            Codec::MpegAudio => MPEG1_AUDIO,
            Codec::Ac3 if ac3 == Ac3Carriage::Dvb => {
                descriptor::put_dvb(&mut descriptors, descriptor::DVB_AC3);
                PRIVATE_PES
            }
            Codec::Eac3 if ac3 == Ac3Carriage::Dvb => {
                descriptor::put_dvb(&mut descriptors, descriptor::DVB_EAC3);
                PRIVATE_PES
            }
            Codec::Ac3 => {
                descriptor::put_registration(&mut descriptors, descriptor::AC_3);
                ATSC_AC3
            }
            Codec::Eac3 => {
                descriptor::put_registration(&mut descriptors, descriptor::EAC3);
                ATSC_EAC3
            }
            Codec::Opus => {
                let code = opus_channel_config(&track.config)
                    .ok_or(WriteError::Config { track: track.id, why: "a channel mapping that no code stands for" })?;
                descriptor::put_registration(&mut descriptors, descriptor::OPUS);
                descriptor::put_opus(&mut descriptors, code);
                PRIVATE_PES
            }
            Codec::Scte35 => SCTE_35,
            Codec::Id3 => {
                descriptor::put_id3(&mut descriptors);
                METADATA_PES
            }
            Codec::Av1 => return Err(refuse("the drafts of its carriage disagree, and readers follow none of them")),
            Codec::Vp8 | Codec::Vp9 | Codec::Flac | Codec::PcmA | Codec::PcmU => {
                return Err(refuse("no specification says how"));
            }
            _ => return Err(refuse("its carriage is unknown here")),
        };
        if track.kind() == MediaKind::Audio
            && let Some(code) = track.language.as_deref().and_then(language::iso_639_2)
        {
            descriptor::put_language(&mut descriptors, code);
        }
        Ok(Self { stream_type, descriptors })
    }
}

/// `channel_config_code` for the content of `dOps`: the number of channels, where streams and their order are as the mapping
/// families 0 and 1 have them. Other codes, and mappings that are written out, are not what FFmpeg reads.
fn opus_channel_config(config: &[u8]) -> Option<u8> {
    let DecoderConfig { channels, family, mapping, .. } = DecoderConfig::parse(config).ok()?;
    let usual = family == 0 || (family == 1 && mapping == ChannelMapping::vorbis(channels));
    usual.then_some(channels)
}
