//! Tracks, their parameters, and the set of them that a broadcast has.

use std::sync::Arc;

use bytes::Bytes;

use crate::{Generation, TimelineId, Timescale, TrackId};

/// What a track is for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub enum MediaKind {
    /// Pictures.
    Video,
    /// Sound.
    Audio,
    /// Messages that belong to an instant: where a break begins, what is being heard.
    Metadata,
}

/// How a track's units are coded, and what its [`config`](Track::config) is: the content of the box by which ISO base
/// media files configure the codec, without that box's header, and without version and flags where it has them.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum Codec {
    /// H.264 | ISO/IEC 14496-10, stored as `avc1`. Its configuration is an AVCDecoderConfigurationRecord (ISO/IEC 14496-15
    /// §5.3.3) with `lengthSizeMinusOne` 3.
    Avc,
    /// H.265 | ISO/IEC 23008-2, stored as `hvc1`. An HEVCDecoderConfigurationRecord (ISO/IEC 14496-15 §8.3.3) with
    /// `lengthSizeMinusOne` 3.
    Hevc,
    /// H.266 | ISO/IEC 23090-3, stored as `vvc1`. A VvcDecoderConfigurationRecord (ISO/IEC 14496-15 §11.2.4) with
    /// `LengthSizeMinusOne` 3.
    Vvc,
    /// AV1, stored as `av01`. An AV1CodecConfigurationRecord (AV1 Codec ISO Media File Format Binding §2.3).
    Av1,
    /// VP8, stored as `vp08`. A VPCodecConfigurationRecord (VP Codec ISO Media File Format Binding).
    Vp8,
    /// VP9, stored as `vp09`. A VPCodecConfigurationRecord.
    Vp9,
    /// AAC of any profile (ISO/IEC 14496-3 §1.6), stored as `mp4a`. An AudioSpecificConfig (§1.6.2.1).
    Aac,
    /// Opus (RFC 6716), stored as `Opus`. The content of `dOps` (Encapsulation of Opus in ISO Base Media File Format §4.3.2).
    Opus,
    /// FLAC (RFC 9639), stored as `fLaC`. The metadata blocks of `dfLa`, STREAMINFO first.
    Flac,
    /// MPEG-1 and MPEG-2 audio of any layer (ISO/IEC 11172-3, 13818-3), stored as `mp4a`. Empty: each frame describes itself.
    MpegAudio,
    /// AC-3 (ETSI TS 102 366), stored as `ac-3`. The content of `dac3` (Annex F.4).
    Ac3,
    /// Enhanced AC-3 (ETSI TS 102 366 Annex E), stored as `ec-3`. The content of `dec3` (Annex F.6).
    Eac3,
    /// G.711 A-law, stored as `alaw`. Empty.
    PcmA,
    /// G.711 µ-law, stored as `ulaw`. Empty.
    PcmU,
    /// Splice information sections (ANSI/SCTE 35), one a unit. Empty.
    Scte35,
    /// ID3 tags (version 2), one or more a unit. Empty.
    Id3,
}

impl Codec {
    /// What tracks of it are for.
    pub fn kind(self) -> MediaKind {
        match self {
            Self::Avc | Self::Hevc | Self::Vvc | Self::Av1 | Self::Vp8 | Self::Vp9 => MediaKind::Video,
            Self::Aac | Self::Opus | Self::Flac | Self::MpegAudio => MediaKind::Audio,
            Self::Ac3 | Self::Eac3 | Self::PcmA | Self::PcmU => MediaKind::Audio,
            Self::Scte35 | Self::Id3 => MediaKind::Metadata,
        }
    }

    /// Whether its units are NAL units with their lengths before them.
    pub fn has_nal_units(self) -> bool {
        matches!(self, Self::Avc | Self::Hevc | Self::Vvc)
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

impl FrameRate {
    /// The rates that pictures are usually made at, slowest first, from animation to the fastest displays. Neighbours are at
    /// least 0.1 % apart, so a rate that was measured to less than half of that is one of them at most.
    ///
    /// ```
    /// use springhead_core::FrameRate;
    /// let apart = |slow: &FrameRate, fast: &FrameRate| {
    ///     let (slow, fast) = (u64::from(slow.num) * u64::from(fast.den), u64::from(fast.num) * u64::from(slow.den));
    ///     fast.saturating_sub(slow) * 1000 >= slow
    /// };
    /// assert!(FrameRate::USUAL.windows(2).all(|pair| apart(&pair[0], &pair[1])));
    /// ```
    pub const USUAL: [Self; 17] = [
        Self { num: 10, den: 1 },
        Self { num: 12, den: 1 },
        Self { num: 25, den: 2 },
        Self { num: 15_000, den: 1001 },
        Self { num: 15, den: 1 },
        Self { num: 20, den: 1 },
        Self { num: 24_000, den: 1001 },
        Self { num: 24, den: 1 },
        Self { num: 25, den: 1 },
        Self { num: 30_000, den: 1001 },
        Self { num: 30, den: 1 },
        Self { num: 48, den: 1 },
        Self { num: 50, den: 1 },
        Self { num: 60_000, den: 1001 },
        Self { num: 60, den: 1 },
        Self { num: 100, den: 1 },
        Self { num: 120, den: 1 },
    ];
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

impl Default for SampleAspect {
    fn default() -> Self {
        Self::SQUARE
    }
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

impl Cicp {
    /// Transfer characteristics of SMPTE ST 2084, the perceptual quantiser.
    pub const PQ: u8 = 16;
    /// Transfer characteristics of ARIB STD-B67, hybrid log-gamma.
    pub const HLG: u8 = 18;
}

/// The display on which the pictures were graded: the mastering display colour volume of ITU-T H.265 §D.3.28, in its units.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct MasteringDisplay {
    /// Chromaticity of green, blue and red, each x and y, in 0.00002.
    pub primaries: [(u16, u16); 3],
    /// Chromaticity of white.
    pub white: (u16, u16),
    /// Luminance of the brightest, in 0.0001 candela per square metre.
    pub max_luminance: u32,
    /// Luminance of the darkest, likewise.
    pub min_luminance: u32,
}

/// How bright the pictures get: the content light level of ITU-T H.265 §D.3.35, in candela per square metre. Zero says
/// nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct ContentLight {
    /// The brightest sample.
    pub max_content: u16,
    /// The largest average of a picture.
    pub max_picture_average: u16,
}

/// What a player needs to know of a video track besides its configuration.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
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
    /// The display on which the pictures were graded, when that is stated.
    pub mastering_display: Option<MasteringDisplay>,
    /// How bright the pictures get, when that is stated.
    pub content_light: Option<ContentLight>,
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
    /// Ticks of the track's timescale that one unit lasts; where units differ in length, that of the first.
    pub unit_ticks: u32,
}

/// The parameters of a track, by kind.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum MediaParams {
    /// Of a video track.
    Video(VideoParams),
    /// Of an audio track.
    Audio(AudioParams),
    /// Of a track of messages, of which there is no more to know.
    Metadata,
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
    /// The decoder configuration, in the form that [`Codec`] says.
    pub config: Bytes,
    /// The `codecs` parameter of RFC 6381; empty of messages.
    pub codec_string: Arc<str>,
    /// The parameters by kind.
    pub params: MediaParams,
    /// The language as a BCP 47 tag, when the source states it.
    pub language: Option<Arc<str>>,
}

impl Track {
    /// What it is for.
    pub fn kind(&self) -> MediaKind {
        self.codec.kind()
    }

    /// The parameters, if this is a video track.
    pub fn video(&self) -> Option<&VideoParams> {
        match &self.params {
            MediaParams::Video(params) => Some(params),
            MediaParams::Audio(_) | MediaParams::Metadata => None,
        }
    }

    /// The parameters, if this is an audio track.
    pub fn audio(&self) -> Option<&AudioParams> {
        match &self.params {
            MediaParams::Audio(params) => Some(params),
            MediaParams::Video(_) | MediaParams::Metadata => None,
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
        let pal =
            VideoParams { width: 720, height: 576, aspect: SampleAspect { h: 64, v: 45 }, ..VideoParams::default() };
        assert_eq!(pal.display_size(), (1024, 576));
        assert_eq!(VideoParams { aspect: SampleAspect { h: 0, v: 0 }, ..pal }.display_size(), (720, 576));
    }
}
