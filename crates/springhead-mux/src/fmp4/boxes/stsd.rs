//! Sample description (ISO/IEC 14496-12 §8.5.2): one sample entry, whose format says how the samples are coded.

use springhead_core::{AudioParams, Codec, MediaKind, MediaParams, Track};

use super::super::error::MuxError;
use super::super::protection::Protection;
use super::super::read::{BoxIter, BoxRef, ReadError};
use super::super::writer::BoxWriter;
use super::audio_sample_entry::{self as audio_entry, AudioFields};
use super::{av1c, avcc, dac3, dec3, dfla, dops, esds, hvcc, visual_sample_entry as visual_entry, vpcc, vvcc};

/// What a format of sample entries is: how its samples are coded, and the box that configures them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Format {
    /// None of `mp4a`, where the object type of `esds` says it.
    pub(crate) codec: Option<Codec>,
    kind: MediaKind,
    /// The type of the configuration box, and its version if it is a FullBox.
    config: Option<(&'static [u8; 4], Option<u8>)>,
}

impl Format {
    /// What is known of a format. `avc3` and `hev1`, where parameter sets are in the samples as well, and those of Dolby
    /// Vision, whose samples decode without its enhancements, are read as the codec that they build on.
    pub(crate) fn of(format: &[u8; 4]) -> Option<Self> {
        use MediaKind::{Audio, Video};
        let (codec, kind, config) = match format {
            b"avc1" | b"avc3" | b"dva1" | b"dvav" => (Codec::Avc, Video, Some((b"avcC", None))),
            b"hvc1" | b"hev1" | b"dvh1" | b"dvhe" => (Codec::Hevc, Video, Some((b"hvcC", None))),
            b"vvc1" | b"vvi1" => (Codec::Vvc, Video, Some((b"vvcC", Some(0)))),
            b"av01" | b"dav1" => (Codec::Av1, Video, Some((b"av1C", None))),
            b"vp08" => (Codec::Vp8, Video, Some((b"vpcC", Some(1)))),
            b"vp09" => (Codec::Vp9, Video, Some((b"vpcC", Some(1)))),
            b"Opus" => (Codec::Opus, Audio, Some((b"dOps", None))),
            b"fLaC" => (Codec::Flac, Audio, Some((b"dfLa", Some(0)))),
            b"ac-3" => (Codec::Ac3, Audio, Some((b"dac3", None))),
            b"ec-3" => (Codec::Eac3, Audio, Some((b"dec3", None))),
            // QuickTime's own ways to say MPEG-1 layer III.
            b".mp3" | b"ms\0\x55" => (Codec::MpegAudio, Audio, None),
            b"alaw" => (Codec::PcmA, Audio, None),
            b"ulaw" => (Codec::PcmU, Audio, None),
            b"mp4a" => return Some(Self { codec: None, kind: Audio, config: None }),
            _ => return None,
        };
        Some(Self { codec: Some(codec), kind, config })
    }

    /// Whether its entries are visual, those of sound, or neither.
    pub(crate) fn kind(self) -> MediaKind {
        self.kind
    }

    /// The content of the box if it is the one that configures the format, in the version that is known.
    pub(crate) fn configuration<'a>(self, child: &BoxRef<'a>) -> Option<&'a [u8]> {
        let (kind, version) = self.config.filter(|(kind, _)| child.header.kind.0 == **kind)?;
        match (kind, version) {
            (_, None) => Some(child.body),
            (_, Some(version)) => match child.body {
                [found, _, _, _, rest @ ..] if *found == version => Some(rest),
                _ => None,
            },
        }
    }
}

/// The codec that an object type of `esds` means (ISO/IEC 14496-1 §7.2.6.6.2, as registered), if it is one of ours.
pub(crate) fn codec_of_object_type(object_type: u8) -> Option<Codec> {
    match object_type {
        // MPEG-4 audio; MPEG-2 AAC main, low complexity, scalable sampling rate.
        esds::MPEG4_AUDIO | 0x66..=0x68 => Some(Codec::Aac),
        esds::MPEG1_AUDIO | esds::MPEG2_AUDIO => Some(Codec::MpegAudio),
        _ => None,
    }
}

/// Writes the one sample entry of a track.
pub(crate) fn write(track: &Track, protection: Option<&Protection>, out: &mut BoxWriter) -> Result<(), MuxError> {
    let format = format(track)?;
    let mut written = Ok(());
    out.full_box(b"stsd", 0, 0, |out| {
        out.u32(1);
        written = match (&track.params, track.kind()) {
            (MediaParams::Video(video), MediaKind::Video) => {
                visual_entry::write(format, track, video, protection, out, |out| configuration(track, out))
            }
            (MediaParams::Audio(audio), MediaKind::Audio) => {
                let fields = audio_fields(track, audio);
                audio_entry::write(format, &fields, protection, out, |out| configuration(track, out));
                Ok(())
            }
            _ => Err(MuxError::Config { track: track.id, why: "the parameters are of the other kind" }),
        };
    });
    written
}

/// The format that a track's entry has, when its configuration is one that the entry can carry.
fn format(track: &Track) -> Result<&'static [u8; 4], MuxError> {
    let config = &track.config[..];
    let (format, checked): (&[u8; 4], _) = match track.codec {
        Codec::Avc => (b"avc1", avcc::check(config)),
        Codec::Hevc => (b"hvc1", hvcc::check(config)),
        Codec::Vvc => (b"vvc1", vvcc::check(config)),
        Codec::Av1 => (b"av01", av1c::check(config)),
        Codec::Vp8 => (b"vp08", vpcc::check(config)),
        Codec::Vp9 => (b"vp09", vpcc::check(config)),
        Codec::Aac if config.len() > esds::MAX_CONFIG => {
            return Err(MuxError::TooLarge { track: track.id, what: "the AudioSpecificConfig" });
        }
        Codec::Aac if config.len() < 2 => (b"mp4a", Err("there is no AudioSpecificConfig")),
        Codec::Aac => (b"mp4a", Ok(())),
        Codec::Opus => (b"Opus", dops::check(config)),
        Codec::Flac => (b"fLaC", dfla::check(config)),
        Codec::Ac3 => (b"ac-3", dac3::check(config)),
        Codec::Eac3 => (b"ec-3", dec3::check(config)),
        Codec::MpegAudio => (b"mp4a", empty(config)),
        Codec::PcmA => (b"alaw", empty(config)),
        Codec::PcmU => (b"ulaw", empty(config)),
        codec => return Err(MuxError::Codec { track: track.id, codec }),
    };
    checked.map(|()| format).map_err(|why| MuxError::Config { track: track.id, why })
}

fn empty(config: &[u8]) -> Result<(), &'static str> {
    if config.is_empty() { Ok(()) } else { Err("there is a configuration where the codec has none") }
}

/// Writes the configuration box, if the format has one.
fn configuration(track: &Track, out: &mut BoxWriter) {
    let config = &track.config[..];
    match track.codec {
        Codec::Avc => avcc::write(config, out),
        Codec::Hevc => hvcc::write(config, out),
        Codec::Vvc => vvcc::write(config, out),
        Codec::Av1 => av1c::write(config, out),
        Codec::Vp8 | Codec::Vp9 => vpcc::write(config, out),
        Codec::Aac => esds::write(esds::MPEG4_AUDIO, config, out),
        // The sampling rates of MPEG-2 audio are those that MPEG-1 has not: the lower ones.
        Codec::MpegAudio => {
            let low = track.audio().is_some_and(|audio| audio.sample_rate < 32_000);
            esds::write(if low { esds::MPEG2_AUDIO } else { esds::MPEG1_AUDIO }, config, out);
        }
        Codec::Opus => dops::write(config, out),
        Codec::Flac => dfla::write(config, out),
        Codec::Ac3 => dac3::write(config, out),
        Codec::Eac3 => dec3::write(config, out),
        _ => {}
    }
}

/// The fields of an audio entry, by the rules of the format.
fn audio_fields(track: &Track, audio: &AudioParams) -> AudioFields {
    let fields = AudioFields::new(audio);
    match track.codec {
        Codec::Opus => AudioFields { sample_rate: dops::SAMPLE_RATE, ..fields },
        Codec::Flac => AudioFields {
            sample_size: dfla::sample_size(&track.config).unwrap_or(fields.sample_size),
            sample_rate: dfla::entry_rate(audio.sample_rate),
            ..fields
        },
        _ => fields,
    }
}

/// The version of the box and its first sample entry. CMAF allows several of one format; the first is what a header of ours
/// has.
pub(crate) fn first_entry<'a>(stsd: &BoxRef<'a>) -> Result<(u8, BoxRef<'a>), ReadError> {
    let mut fields = stsd.fields();
    let (version, _) = fields.version_and_flags()?;
    fields.skip(4)?;
    let entry = BoxIter::after(stsd, &fields).next().ok_or_else(|| fields.invalid("there is no sample entry"))??;
    Ok((version, entry))
}
