//! Init sections.

use bytes::Bytes;
use springhead_core::{Cicp, SampleAspect, Timescale, TrackId};

use super::super::boxes::{
    avc1, btrt::Btrt, elng, elst, ftyp, hdlr, mdhd::Mdhd, mp4a, stbl, stsd, tkhd::Tkhd, trex::Trex,
};
use super::super::flags::SampleFlags;
use super::{BoxIter, BoxRef, Chunk, ReadError, chunk};
use crate::FourCc;
use crate::fmp4::{Brands, Edit};

/// The most tracks that are read, so that looking them up stays cheap: sixteen times what a broadcast has.
const MAX_TRACKS: usize = 256;

/// What an init section says: `ftyp` and `moov`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InitSection {
    /// The brands of `ftyp`.
    pub brands: Brands,
    /// The tracks in the order in which they are listed. One in a CMAF header.
    pub tracks: Vec<TrackInfo>,
}

/// What an init section says of one track.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrackInfo {
    /// `track_ID`, not zero.
    pub id: TrackId,
    /// Ticks per second of its media.
    pub timescale: Timescale,
    /// The handler type: `vide`, `soun`, or of other media.
    pub handler: FourCc,
    /// The format of the first sample entry, for example `avc1`.
    pub format: FourCc,
    /// The decoder configuration: the body of `avcC` or `hvcC`, the AudioSpecificConfig of `esds`. Empty when there is
    /// none that is known here.
    pub config: Bytes,
    /// The rest of the sample entry.
    pub entry: MediaEntry,
    /// Width and height as shown, in 16.16 fixed point (`tkhd`).
    pub display_size: (u32, u32),
    /// The BCP 47 tag of `elng`, or the ISO 639-2/T code of `mdhd`; none when undetermined.
    pub language: Option<String>,
    /// How many samples the sample table describes; zero in a CMAF header.
    pub table_samples: u32,
    /// The edit list (`elst`); empty when there is none, and media is presented as it is composed.
    pub edits: Vec<Edit>,
    /// Default duration, size and flags of samples (`trex`); none when the track is not said to have fragments.
    pub defaults: Option<(u32, u32, SampleFlags)>,
}

/// What a sample entry says by the kind of its media.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MediaEntry {
    /// A visual sample entry.
    Video(VideoEntry),
    /// An audio sample entry.
    Audio(AudioEntry),
    /// Anything else.
    Other,
}

/// What a visual sample entry says besides its configuration.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VideoEntry {
    /// Width in samples.
    pub width: u16,
    /// Height in samples.
    pub height: u16,
    /// The shape of a sample (`pasp`); square when nothing is said.
    pub aspect: SampleAspect,
    /// Colour (`colr` of type `nclx`).
    pub cicp: Option<Cicp>,
    /// Bit rate (`btrt`).
    pub bitrate: Option<Btrt>,
}

/// What an audio sample entry says besides its configuration.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AudioEntry {
    /// Channels, as claimed: a decoder goes by its configuration.
    pub channels: u16,
    /// Samples a second, as claimed; 0 when it does not fit 16 bits.
    pub sample_rate: u32,
    /// objectTypeIndication of `esds` (0x40 is MPEG-4 audio).
    pub object_type: Option<u8>,
    /// Bit rate (`btrt`).
    pub bitrate: Option<Btrt>,
}

impl InitSection {
    /// Reads an init section. Boxes after `moov`, and those that are not known, are passed over.
    ///
    /// # Errors
    /// [`ReadError::Missing`] when there is no `ftyp` or `moov`, or a track lacks what every track has; the other errors
    /// as a box deserves them.
    pub fn parse(input: &[u8]) -> Result<Self, ReadError> {
        let (mut brands, mut moov) = (None, None);
        for top in BoxIter::new(input) {
            let top = top?;
            match &top.header.kind.0 {
                b"ftyp" if brands.is_none() => brands = Some(ftyp::Brands::parse(top.fields())?),
                b"moov" => {
                    moov = Some(top);
                    break;
                }
                _ => {}
            }
        }
        let missing = |kind: &[u8; 4]| ReadError::Missing { kind: FourCc(*kind), parent: FourCc(*b"file"), offset: 0 };
        let moov = moov.ok_or(missing(b"moov"))?;
        let brands = brands.ok_or(missing(b"ftyp"))?;

        let mut tracks = Vec::new();
        let mut extends = Vec::new();
        for child in BoxIter::within(&moov) {
            let child = child?;
            match &child.header.kind.0 {
                b"trak" if tracks.len() == MAX_TRACKS => {
                    let (kind, offset) = (child.header.kind, child.header.offset);
                    return Err(ReadError::Invalid { kind, offset, why: "there are too many tracks" });
                }
                b"trak" => tracks.push(TrackInfo::parse(&child)?),
                b"mvex" => extends.push(child),
                _ => {}
            }
        }
        for trex in extends.iter().flat_map(BoxIter::within) {
            let trex = trex?;
            if trex.header.kind.0 == *b"trex" {
                let Trex { track, duration, size, flags } = Trex::parse(trex.fields())?;
                tracks
                    .iter_mut()
                    .filter(|known: &&mut TrackInfo| known.id == track)
                    .for_each(|known| known.defaults = Some((duration, size, flags)));
            }
        }
        Ok(Self { brands, tracks })
    }

    /// The track of that number.
    pub fn track(&self, id: TrackId) -> Option<&TrackInfo> {
        self.tracks.iter().find(|track| track.id == id)
    }

    /// As [`chunks`](super::chunks), with the defaults of this section for what neither fragment nor run says.
    pub fn chunks(&self, segment: &[u8]) -> Result<Vec<Chunk>, ReadError> {
        chunk::read(segment, |id| self.track(id).and_then(|track| track.defaults))
    }
}

impl TrackInfo {
    fn parse(trak: &BoxRef<'_>) -> Result<Self, ReadError> {
        let (id, display_size) = Tkhd::parse(trak.child(b"tkhd")?.fields())?;
        let mdia = trak.child(b"mdia")?;
        let Mdhd { timescale, language } = Mdhd::parse(mdia.child(b"mdhd")?.fields())?;
        let handler = hdlr::parse(mdia.child(b"hdlr")?.fields())?;
        let stbl = mdia.child(b"minf")?.child(b"stbl")?;
        let entry = stsd::first_entry(&stbl.child(b"stsd")?)?;
        let format = entry.header.kind;
        let (media, config) = match (handler, &format.0) {
            (_, b"avc1" | b"avc3") => with(avc1::parse(&entry, b"avcC")?, MediaEntry::Video),
            (_, b"hvc1" | b"hev1") => with(avc1::parse(&entry, b"hvcC")?, MediaEntry::Video),
            (_, b"mp4a") => with(mp4a::parse(&entry)?, MediaEntry::Audio),
            (hdlr::VIDEO, _) => with(avc1::parse(&entry, b"av1C")?, MediaEntry::Video),
            (hdlr::SOUND, _) => with(mp4a::parse(&entry)?, MediaEntry::Audio),
            _ => (MediaEntry::Other, &[][..]),
        };
        let extended = match mdia.find(b"elng")? {
            Some(elng) => elng::parse(elng.fields())?,
            None => None,
        };
        let spoken = (language != Mdhd::UNDETERMINED).then(|| String::from_utf8_lossy(&language).into_owned());
        Ok(Self {
            id,
            timescale,
            handler,
            format,
            config: Bytes::copy_from_slice(config),
            entry: media,
            display_size,
            language: extended.or(spoken),
            table_samples: stbl::sample_count(&stbl)?,
            edits: match trak.find(b"edts")?.map(|edts| edts.find(b"elst")).transpose()?.flatten() {
                Some(elst) => elst::parse(elst.fields())?,
                None => Vec::new(),
            },
            defaults: None,
        })
    }
}

fn with<T>((entry, config): (T, &[u8]), kind: impl FnOnce(T) -> MediaEntry) -> (MediaEntry, &[u8]) {
    (kind(entry), config)
}
