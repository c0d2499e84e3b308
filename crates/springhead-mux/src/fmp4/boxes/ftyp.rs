//! File type and segment type (ISO/IEC 14496-12 §4.3 and §8.16.2).

use springhead_core::{Codec, MediaParams, Track};

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

/// The CMAF media profile that a track fits (ISO/IEC 23000-19 Annex A.1 for AVC, §10.4 for AAC).
fn media_profile(track: &Track) -> Option<&'static [u8; 4]> {
    match (track.codec, &track.params) {
        (Codec::Avc, MediaParams::Video(video)) => {
            let (profile, level) = (*track.config.get(1)?, *track.config.get(3)?);
            let within = |width, height, top| video.width <= width && video.height <= height && level <= top;
            match profile {
                66 | 77 | 100 if within(864, 576, 31) => Some(b"cfsd"),
                66 | 77 | 100 if within(1920, 1080, 40) => Some(b"cfhd"),
                66 | 77 | 100 if within(1920, 1080, 42) => Some(b"chdf"),
                _ => None,
            }
        }
        (Codec::Aac, MediaParams::Audio(audio)) if audio.channels <= 2 && audio.sample_rate <= 48_000 => Some(b"caac"),
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
    /// The brands that say so.
    pub fn brands(self) -> Brands {
        Brands::new(&[
            b"msdh",
            match self {
                Self::Segment => b"cmfs",
                Self::Fragment => b"cmff",
                Self::Chunk => b"cmfl",
            },
        ])
    }
}
