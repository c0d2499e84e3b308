//! From an init section to the tracks of the vocabulary.

use bytes::Bytes;
use springhead_codec::{aac, avc};
use springhead_core::{Codec, MediaParams, Rounding, SampleAspect, Track, TrackId, time::rescale};

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

/// The tracks of an init section that are coded as AVC or AAC and not protected; others are left out.
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
    let init = InitSection::parse(init)?;
    init.tracks.iter().filter(|info| info.protection.is_none()).filter_map(|info| info.to_track().transpose()).collect()
}

impl TrackInfo {
    /// The track of the vocabulary, whether it is protected or not; none unless it is coded as AVC or AAC.
    ///
    /// # Errors
    /// When its configuration cannot be read, or is of a form that access units have not.
    pub fn to_track(&self) -> Result<Option<Track>, TracksError> {
        to_track(self)
    }
}

fn to_track(info: &TrackInfo) -> Result<Option<Track>, TracksError> {
    let mut track = match info.codec {
        Some(Codec::Avc) => avc_track(info)?,
        Some(Codec::Aac) => {
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

fn avc_track(info: &TrackInfo) -> Result<Track, TracksError> {
    let error = |source| TracksError::Avc { track: info.id, source };
    let config = avc::DecoderConfig::parse(&info.config).map_err(error)?;
    if config.length_size != 4 {
        return Err(TracksError::NalLengths { track: info.id, length_size: config.length_size });
    }
    avc::track(info.id, info.timescale, &config).map_err(error)
}
