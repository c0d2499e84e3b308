//! From an init section to the tracks of the vocabulary.

use bytes::Bytes;
use springhead_codec::{aac, avc};
use springhead_core::{MediaParams, Rounding, SampleAspect, Track, TrackId, time::rescale};

use super::{InitSection, MediaEntry, ReadError, TrackInfo};

/// Why the tracks of an init section cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TracksError {
    /// The section cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The configuration of an AVC track cannot be read.
    #[error("track {track}: {source}")]
    Avc {
        /// The track.
        track: TrackId,
        /// What is wrong with it.
        source: avc::AvcError,
    },
    /// The configuration of an AAC track cannot be read.
    #[error("track {track}: {source}")]
    Aac {
        /// The track.
        track: TrackId,
        /// What is wrong with it.
        source: aac::AacError,
    },
    /// The NAL units of an AVC track have lengths of fewer than four bytes, so its samples are not access units as they
    /// are.
    #[error("track {track}: NAL unit lengths of {length_size} bytes")]
    NalLengths {
        /// The track.
        track: TrackId,
        /// Bytes of a length.
        length_size: u8,
    },
}

/// The tracks of an init section that are coded as `avc1`, `avc3` or as `mp4a` with MPEG-4 audio; others are left out.
///
/// Numbers, timescales, configuration records and languages are those of the section. Size and frame rate are the
/// bitstream's; shape and colour are the section's where the bitstream says nothing.
///
/// ```
/// # use springhead_core::{Ticks, TrackId};
/// # let track = springhead_codec::aac::track(TrackId(2), &bytes::Bytes::from_static(&[0x11, 0x90])).unwrap();
/// use springhead_mux::fmp4::{init_section, read};
/// assert_eq!(read::tracks(&init_section(&track, Ticks::ZERO)?)?, [track]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn tracks(init: &Bytes) -> Result<Vec<Track>, TracksError> {
    InitSection::parse(init)?.tracks.iter().filter_map(|info| to_track(info).transpose()).collect()
}

fn to_track(info: &TrackInfo) -> Result<Option<Track>, TracksError> {
    const MPEG4_AUDIO: u8 = 0x40;
    let mut track = match (&info.format.0, &info.entry) {
        (b"avc1" | b"avc3", MediaEntry::Video(_)) => avc_track(info)?,
        (b"mp4a", MediaEntry::Audio(audio)) if audio.object_type == Some(MPEG4_AUDIO) => {
            aac::track(info.id, &info.config).map_err(|source| TracksError::Aac { track: info.id, source })?
        }
        _ => return Ok(None),
    };
    match (&mut track.params, &info.entry) {
        (MediaParams::Video(video), MediaEntry::Video(entry)) => {
            if video.aspect == SampleAspect::SQUARE {
                video.aspect = entry.aspect;
            }
            video.cicp = video.cicp.or(entry.cicp);
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

fn avc_track(info: &TrackInfo) -> Result<Track, TracksError> {
    let error = |source| TracksError::Avc { track: info.id, source };
    let config = avc::DecoderConfig::parse(&info.config).map_err(error)?;
    if config.length_size != 4 {
        return Err(TracksError::NalLengths { track: info.id, length_size: config.length_size });
    }
    avc::track(info.id, info.timescale, &config).map_err(error)
}
