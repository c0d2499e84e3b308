//! From an init section to the tracks of the vocabulary.

use bytes::Bytes;
use springhead_codec::sound::SoundError;
use springhead_codec::video::{VideoConfig, VideoError};
use springhead_codec::{aac, ac3, flac, g711, opus};
use springhead_core::time::rescale;
use springhead_core::{AudioParams, Codec, MediaKind, MediaParams, Rounding, SampleAspect, Timescale, Track, TrackId};

use super::{AudioEntry, InitSection, MediaEntry, ReadError, TrackInfo, VideoEntry};

/// Why the tracks of an init section cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TracksError {
    /// The section cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The configuration of a track of pictures cannot be read.
    #[error("track {track}: {source}")]
    Video {
        /// The track.
        track: TrackId,
        /// What is wrong with it.
        source: VideoError,
    },
    /// The configuration of a track of sound cannot be read.
    #[error("track {track}: {source}")]
    Sound {
        /// The track.
        track: TrackId,
        /// What is wrong with it.
        source: SoundError,
    },
    /// The NAL units of a track have lengths of fewer than four bytes, so its samples are not access units as they
    /// are.
    #[error("track {track}: NAL unit lengths of {length_size} bytes")]
    NalLengths {
        /// The track.
        track: TrackId,
        /// Bytes of a length.
        length_size: u8,
    },
}

/// The tracks of an init section that are of a known codec and not protected; others are left out.
///
/// Numbers, timescales, configuration records and languages are those of the section. Size and frame rate are the
/// bitstream's where its configuration states them; shape and colour are the section's where the bitstream says nothing.
/// How long a unit lasts is that of the codec; of Opus, whose packets say it themselves, 20 ms.
///
/// ```
/// # use springhead_core::{Ticks, TrackId};
/// # let track = springhead_codec::aac::track(TrackId(2), &bytes::Bytes::from_static(&[0x11, 0x90])).unwrap();
/// use springhead_mux::fmp4::{init_section, read};
/// assert_eq!(read::tracks(&init_section(&track, Ticks::ZERO)?)?, [track]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn tracks(init: &Bytes) -> Result<Vec<Track>, TracksError> {
    let init = InitSection::parse(init)?;
    init.tracks.iter().filter(|info| info.protection.is_none()).filter_map(|info| info.to_track().transpose()).collect()
}

impl TrackInfo {
    /// The track of the vocabulary, whether it is protected or not; none unless its codec is known.
    ///
    /// # Errors
    /// When its configuration cannot be read, or is of a form that access units have not.
    pub fn to_track(&self) -> Result<Option<Track>, TracksError> {
        to_track(self)
    }
}

fn to_track(info: &TrackInfo) -> Result<Option<Track>, TracksError> {
    let Some(codec) = info.codec else { return Ok(None) };
    let mut track = match (codec.kind(), &info.entry) {
        (MediaKind::Video, MediaEntry::Video(entry)) => {
            pictures(info, codec, entry).map_err(|source| TracksError::Video { track: info.id, source })?
        }
        (MediaKind::Audio, MediaEntry::Audio(entry)) => {
            sound(info, codec, entry).map_err(|source| TracksError::Sound { track: info.id, source })?
        }
        _ => return Ok(None),
    };
    if let Some(length_size) = nal_lengths(codec, &info.config).filter(|size| *size != 4) {
        return Err(TracksError::NalLengths { track: info.id, length_size });
    }
    match (&mut track.params, &info.entry) {
        (MediaParams::Video(video), MediaEntry::Video(entry)) => {
            if video.aspect == SampleAspect::SQUARE {
                video.aspect = entry.aspect;
            }
            video.cicp = video.cicp.or(entry.cicp);
            video.mastering_display = video.mastering_display.or(entry.mastering_display);
            video.content_light = video.content_light.or(entry.content_light);
        }
        (MediaParams::Audio(audio), _) => {
            let ticks = rescale(audio.unit_ticks.into(), track.timescale, info.timescale, Rounding::Nearest);
            audio.unit_ticks = u32::try_from(ticks).unwrap_or(u32::MAX);
        }
        _ => {}
    }
    track.timescale = info.timescale;
    track.config = info.config.clone();
    track.language = info.language.as_deref().map(Into::into);
    Ok(Some(track))
}

fn pictures(info: &TrackInfo, codec: Codec, entry: &VideoEntry) -> Result<Track, VideoError> {
    let mut config = VideoConfig::parse(codec, &info.config)?;
    // Their record does not state the size; that of AV1 does if it has a sequence header.
    let size = Some((entry.width.into(), entry.height.into()));
    match &mut config {
        VideoConfig::Av1(config) if config.sequence_header.is_none() => config.size = size,
        VideoConfig::Vp8(config) => config.size = size,
        VideoConfig::Vp9(config) => config.size = size,
        _ => {}
    }
    config.track(info.id, info.timescale, None)
}

/// Bytes of the lengths of NAL units: the low bits of a record's byte 4, 21 or 0.
fn nal_lengths(codec: Codec, record: &[u8]) -> Option<u8> {
    let (at, shift) = match codec {
        Codec::Avc => (4, 0),
        Codec::Hevc => (21, 0),
        Codec::Vvc => (0, 1),
        _ => return None,
    };
    record.get(at).map(|byte| (byte >> shift & 3) + 1)
}

/// How long a packet of Opus lasts as a rule, and a unit of G.711, in ticks of their sampling rates.
const OPUS_TICKS: u32 = 960;
const G711_TICKS: u32 = 160;

fn sound(info: &TrackInfo, codec: Codec, entry: &AudioEntry) -> Result<Track, SoundError> {
    let law = |law| g711::Format { law, sample_rate: entry.sample_rate, channels: entry.channels };
    Ok(match codec {
        Codec::Aac => aac::track(info.id, &info.config)?,
        Codec::Opus => opus::track(info.id, &opus::DecoderConfig::parse(&info.config)?, OPUS_TICKS),
        Codec::Flac => flac::track(info.id, &flac::DecoderConfig::parse(&info.config)?),
        Codec::Ac3 => ac3::track(info.id, &ac3::Config::Ac3(ac3::Ac3Config::parse(&info.config)?)),
        Codec::Eac3 => ac3::track(info.id, &ac3::Config::Eac3(ac3::Eac3Config::parse(&info.config)?)),
        Codec::PcmA => g711::track(info.id, law(g711::Law::A), G711_TICKS)?,
        Codec::PcmU => g711::track(info.id, law(g711::Law::Mu), G711_TICKS)?,
        Codec::MpegAudio => mpeg_audio(info, entry),
        other => return Err(SoundError::Unsupported(other)),
    })
}

/// MPEG audio has no configuration: what its entry says, of layer III, which is nearly always meant (ISO/IEC 11172-3 §2.4.2.3,
/// 13818-3 §2.4.2.3: half as many samples at half the sampling rates).
fn mpeg_audio(info: &TrackInfo, entry: &AudioEntry) -> Track {
    let unit_ticks = if entry.sample_rate < 32_000 { 576 } else { 1152 };
    let params = AudioParams { sample_rate: entry.sample_rate, channels: entry.channels, unit_ticks };
    Track {
        id: info.id,
        timescale: Timescale::new(entry.sample_rate).unwrap_or(info.timescale),
        codec: Codec::MpegAudio,
        config: Bytes::new(),
        codec_string: "mp4a.40.34".into(),
        params: MediaParams::Audio(params),
        language: None,
    }
}
