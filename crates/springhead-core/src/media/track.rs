//! Tracks, their parameters, and the set of them that a broadcast has.

use std::sync::Arc;

use bytes::Bytes;

use crate::{Generation, TimelineId, Timescale, TrackId};

/// Picture, or sound.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum MediaKind {
    /// Pictures.
    Video,
    /// Sound.
    Audio,
}

/// How a track's units are coded.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Codec {
    /// H.264 | ISO/IEC 14496-10, stored as `avc1` (ISO/IEC 14496-15 §5).
    Avc,
    /// AAC of any profile (ISO/IEC 14496-3 §1.6), stored as `mp4a`.
    Aac,
}

impl Codec {
    /// Picture, or sound.
    pub fn kind(self) -> MediaKind {
        match self {
            Self::Avc => MediaKind::Video,
            Self::Aac => MediaKind::Audio,
        }
    }
}

/// Pictures a second as a fraction, for example 30000/1001. Neither half is zero.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct FrameRate {
    /// Pictures.
    pub num: u32,
    /// Seconds in which they are shown.
    pub den: u32,
}

/// The shape of a sample, width to height (`pasp` of ISO/IEC 14496-12 §12.1.4). 1:1 when nothing is said.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SampleAspect {
    /// Relative width.
    pub h: u32,
    /// Relative height.
    pub v: u32,
}

impl SampleAspect {
    /// Square samples.
    pub const SQUARE: Self = Self { h: 1, v: 1 };
}

/// Coding-independent code points of ISO/IEC 23091-2: what the sample values mean as colour.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Cicp {
    /// ColourPrimaries.
    pub primaries: u8,
    /// TransferCharacteristics.
    pub transfer: u8,
    /// MatrixCoefficients.
    pub matrix: u8,
    /// VideoFullRangeFlag.
    pub full_range: bool,
}

/// What a player needs to know of a video track besides its configuration.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct VideoParams {
    /// Width of the coded picture after cropping, in samples.
    pub width: u32,
    /// Height of the coded picture after cropping, in samples.
    pub height: u32,
    /// The shape of a sample.
    pub aspect: SampleAspect,
    /// Pictures a second, when the bitstream states it.
    pub frame_rate: Option<FrameRate>,
    /// Colour, when the bitstream states it.
    pub cicp: Option<Cicp>,
}

impl VideoParams {
    /// Width and height as shown, with the shape of a sample applied to the width; never zero unless the picture is.
    pub fn display_size(&self) -> (u32, u32) {
        let (h, v) = (u64::from(self.aspect.h.max(1)), u64::from(self.aspect.v.max(1)));
        let width = (u64::from(self.width) * h + v / 2) / v;
        (u32::try_from(width).unwrap_or(u32::MAX), self.height)
    }
}

/// What a player needs to know of an audio track besides its configuration.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct AudioParams {
    /// Samples a second as decoded (the output rate: twice the core's with SBR).
    pub sample_rate: u32,
    /// Channels as decoded.
    pub channels: u16,
    /// Ticks of the track's timescale that one unit lasts.
    pub unit_ticks: u32,
}

/// The parameters of a track, by kind.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum MediaParams {
    /// Of a video track.
    Video(VideoParams),
    /// Of an audio track.
    Audio(AudioParams),
}

/// One elementary stream of a broadcast, with all that is needed to decode it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Track {
    /// Its number, stable for the life of the broadcast.
    pub id: TrackId,
    /// Ticks per second of its timestamps.
    pub timescale: Timescale,
    /// How it is coded.
    pub codec: Codec,
    /// The decoder configuration: AVCDecoderConfigurationRecord (ISO/IEC 14496-15 §5.3.3, `lengthSizeMinusOne` 3) for
    /// [`Codec::Avc`], AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1) for [`Codec::Aac`].
    pub config: Bytes,
    /// The `codecs` parameter of RFC 6381.
    pub codec_string: Arc<str>,
    /// The parameters by kind.
    pub params: MediaParams,
    /// The language as a BCP 47 tag, when the source states it.
    pub language: Option<Arc<str>>,
}

impl Track {
    /// Picture, or sound.
    pub fn kind(&self) -> MediaKind {
        self.codec.kind()
    }

    /// The parameters, if this is a video track.
    pub fn video(&self) -> Option<&VideoParams> {
        match &self.params {
            MediaParams::Video(params) => Some(params),
            MediaParams::Audio(_) => None,
        }
    }

    /// The parameters, if this is an audio track.
    pub fn audio(&self) -> Option<&AudioParams> {
        match &self.params {
            MediaParams::Audio(params) => Some(params),
            MediaParams::Video(_) => None,
        }
    }
}

/// The tracks that apply to the units published with it.
///
/// A reader of a broadcast learns the set before the first unit that needs it, and again whenever it changes: a new
/// [`generation`](Self::generation) when a track comes, goes or changes its configuration, a new
/// [`timeline`](Self::timeline) when timestamps start anew. Neither ever falls.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrackSet {
    /// Which version of the set this is.
    pub generation: Generation,
    /// Which timeline the timestamps belong to.
    pub timeline: TimelineId,
    /// The tracks, ascending by id.
    pub tracks: Arc<[Arc<Track>]>,
}

impl TrackSet {
    /// A first set. The tracks are put in order of their ids.
    pub fn new(generation: Generation, timeline: TimelineId, mut tracks: Vec<Arc<Track>>) -> Self {
        tracks.sort_by_key(|track| track.id);
        Self { generation, timeline, tracks: tracks.into() }
    }

    /// The track of that number.
    pub fn track(&self, id: TrackId) -> Option<&Arc<Track>> {
        self.tracks.iter().find(|track| track.id == id)
    }

    /// The first track of that kind, the one that leads.
    pub fn first(&self, kind: MediaKind) -> Option<&Arc<Track>> {
        self.tracks.iter().find(|track| track.kind() == kind)
    }

    /// The track at whose random access points reading begins: the first of video, or the first of audio when there is no
    /// video.
    pub fn leading(&self) -> Option<&Arc<Track>> {
        self.first(MediaKind::Video).or_else(|| self.first(MediaKind::Audio))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_display_size_applies_the_shape_of_a_sample() {
        let pal = VideoParams {
            width: 720,
            height: 576,
            aspect: SampleAspect { h: 64, v: 45 },
            frame_rate: None,
            cicp: None,
        };
        assert_eq!(pal.display_size(), (1024, 576));
        assert_eq!(VideoParams { aspect: SampleAspect { h: 0, v: 0 }, ..pal }.display_size(), (720, 576));
    }
}
