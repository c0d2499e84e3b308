//! File type and segment type (ISO/IEC 14496-12 §4.3 and §8.16.2).

use springhead_core::{Cicp, Codec, MediaParams, Track, VideoParams};

use super::super::read::{Fields, ReadError};
use super::super::writer::BoxWriter;
use crate::FourCc;

/// The specifications that a file or a segment claims to follow.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Brands {
    /// The best use.
    pub major: FourCc,
    /// Informative for the major brand.
    pub minor_version: u32,
    /// All that apply.
    pub compatible: Vec<FourCc>,
}

impl Brands {
    /// Whether the brand is among those that apply.
    pub fn has(&self, brand: &[u8; 4]) -> bool {
        self.compatible.iter().any(|known| known.0 == *brand)
    }

    fn new(brands: &[&[u8; 4]]) -> Self {
        let compatible: Vec<FourCc> = brands.iter().map(|brand| FourCc(**brand)).collect();
        Self { major: compatible[0], minor_version: 0, compatible }
    }

    /// The brands of a track's CMAF header: ISO base media of the edition with `default-base-is-moof`, CMAF track, DASH,
    /// and the media profile of CMAF that the track fits, if any.
    pub(crate) fn of_track(track: &Track) -> Self {
        let mut brands: Vec<&[u8; 4]> = vec![b"iso6", b"cmfc", b"dash"];
        brands.extend(media_profile(track));
        Self::new(&brands)
    }

    pub(crate) fn write(&self, kind: &[u8; 4], out: &mut BoxWriter) {
        out.boxed(kind, |out| {
            out.fourcc(self.major);
            out.u32(self.minor_version);
            self.compatible.iter().for_each(|brand| out.fourcc(*brand));
        });
    }

    pub(crate) fn parse(mut fields: Fields<'_>) -> Result<Self, ReadError> {
        let (major, minor_version) = (fields.fourcc()?, fields.u32()?);
        let mut compatible = Vec::with_capacity(fields.remaining() / 4);
        while fields.remaining() > 0 {
            compatible.push(fields.fourcc()?);
        }
        Ok(Self { major, minor_version, compatible })
    }
}

/// The media profile that a track fits: of CMAF for AVC, HEVC and AAC (ISO/IEC 23000-19 Table A.1, Table B.1, §10.4), of
/// their own specifications for AV1 (AV1 Codec ISO Media File Format Binding §2.1) and Enhanced AC-3 (ETSI TS 102 366 Annex
/// J). Other codecs have none, or one whose conditions a track does not tell.
fn media_profile(track: &Track) -> Option<&'static [u8; 4]> {
    match (track.codec, &track.params) {
        (Codec::Avc, MediaParams::Video(video)) => avc_profile(&track.config, video),
        (Codec::Hevc, MediaParams::Video(video)) => hevc_profile(&track.config, video),
        (Codec::Av1, _) => Some(b"av01"),
        (Codec::Aac, MediaParams::Audio(audio)) if audio.channels <= 2 && audio.sample_rate <= 48_000 => Some(b"caac"),
        (Codec::Eac3, _) => Some(b"ceac"),
        _ => None,
    }
}

fn avc_profile(config: &[u8], video: &VideoParams) -> Option<&'static [u8; 4]> {
    let (profile, level) = (*config.get(1)?, *config.get(3)?);
    let within = |width, height, top| video.width <= width && video.height <= height && level <= top;
    match profile {
        66 | 77 | 100 if within(864, 576, 31) => Some(b"cfsd"),
        66 | 77 | 100 if within(1920, 1080, 40) => Some(b"cfhd"),
        66 | 77 | 100 if within(1920, 1080, 42) => Some(b"chdf"),
        _ => None,
    }
}

/// The profiles of Table B.1 by the profile, tier and level of the configuration record, the size and the colour, which is
/// that of BT.709 where nothing is said. All have at most 60 pictures a second.
fn hevc_profile(config: &[u8], video: &VideoParams) -> Option<&'static [u8; 4]> {
    const MAIN: u8 = 1;
    const MAIN_10: u8 = 2;
    // general_profile_space, general_tier_flag and general_profile_idc in one byte: the main tier of space 0.
    let (profile, level) = (*config.get(1)?, *config.get(12)?);
    if video.frame_rate.is_some_and(|rate| u64::from(rate.num) > 60 * u64::from(rate.den)) {
        return None;
    }
    // general_level_idc is thirty times the level.
    let within = |width, height, top| video.width <= width && video.height <= height && level <= top;
    let (hd, uhd, uhd_60) = (within(1920, 1080, 123), within(3840, 2160, 150), within(3840, 2160, 153));
    let colour = video.cicp.map_or((1, 1, 1), |cicp| (cicp.primaries, cicp.transfer, cicp.matrix));
    match (profile, colour) {
        (MAIN, (1, 1, 1)) if hd => Some(b"chhd"),
        (MAIN, (1, 1, 1)) if uhd => Some(b"cud8"),
        (MAIN | MAIN_10, (1, 1, 1)) if hd => Some(b"chh1"),
        (MAIN | MAIN_10, (1, 1, 1) | (9, 14 | 15, 9 | 10)) if uhd_60 => Some(b"cud1"),
        (MAIN_10, (9, Cicp::PQ, 9 | 10)) if uhd_60 => Some(b"chd1"),
        (MAIN_10, (9, Cicp::HLG, 9)) if uhd_60 => Some(b"clg1"),
        _ => None,
    }
}

/// What a chunk is the start of (ISO/IEC 23000-19 §7.3.2.3, §7.3.3.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Styp {
    /// A media segment: brands `msdh` and `cmfs`.
    Segment,
    /// A fragment, but no segment: brands `msdh` and `cmff`.
    Fragment,
    /// A chunk that is addressed by itself: brands `msdh` and `cmfl`.
    Chunk,
}

impl Styp {
    /// Bytes of the segment type box.
    pub(crate) const LEN: usize = 24;

    /// Writes the segment type box.
    pub(crate) fn write(self, out: &mut BoxWriter) {
        let [first, second] = self.codes();
        out.boxed(b"styp", |out| {
            out.fourcc(first);
            out.u32(0); // minor_version
            out.fourcc(first);
            out.fourcc(second);
        });
    }

    fn codes(self) -> [FourCc; 2] {
        let second = match self {
            Self::Segment => b"cmfs",
            Self::Fragment => b"cmff",
            Self::Chunk => b"cmfl",
        };
        [FourCc(*b"msdh"), FourCc(*second)]
    }

    /// The brands that say so.
    pub fn brands(self) -> Brands {
        let compatible = self.codes();
        Brands { major: compatible[0], minor_version: 0, compatible: compatible.to_vec() }
    }
}
