//! Init sections.

use bytes::Bytes;
use springhead_core::{Cicp, Codec, ContentLight, MasteringDisplay, MediaKind, SampleAspect, Timescale, TrackId};

use super::super::boxes::{
    audio_sample_entry as audio_entry, btrt::Btrt, elng, elst, ftyp, hdlr, mdhd::Mdhd, mvhd::Mvhd, sinf, stbl, stsd,
    stsd::Format, tkhd::Tkhd, trex::Trex, visual_sample_entry as visual_entry,
};
use super::super::flags::SampleFlags;
use super::{BoxIter, BoxRef, Chunk, ReadError, chunk};
use crate::FourCc;
use crate::fmp4::{Brands, Edit, Protection, Pssh};

/// The most tracks that are read, so that looking them up stays cheap: sixteen times what a broadcast has.
const MAX_TRACKS: usize = 256;

/// What an init section says: `ftyp` and `moov`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InitSection {
    /// The brands of `ftyp`.
    pub brands: Brands,
    /// The tracks in the order in which they are listed. One in a CMAF header.
    pub tracks: Vec<TrackInfo>,
    /// Ticks per second of edits (`mvhd`); none when there is no `mvhd`.
    pub timescale: Option<Timescale>,
    /// The headers of protection systems (`pssh`) in the order in which they are listed.
    pub systems: Vec<Pssh>,
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
    /// The format of the first sample entry, for example `avc1`; of one that is protected, the format that it had (`frma`).
    pub format: FourCc,
    /// How it is coded, where the format says so. `avc3` and `hev1`, which have parameter sets in their samples, and the
    /// formats of Dolby Vision (`dvav`, `dva1`, `dvh1`, `dvhe`, `dav1`) and `vvi1` are what they build on.
    pub codec: Option<Codec>,
    /// The decoder configuration in the form that [`Codec`] says. Empty when there is none, or none that is known here.
    pub config: Bytes,
    /// How its samples are protected, if they are.
    pub protection: Option<Protection>,
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
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct VideoEntry {
    /// Width in samples.
    pub width: u16,
    /// Height in samples.
    pub height: u16,
    /// The shape of a sample (`pasp`); square when nothing is said.
    pub aspect: SampleAspect,
    /// Colour (`colr` of type `nclx`).
    pub cicp: Option<Cicp>,
    /// The display on which the pictures were graded (`mdcv`).
    pub mastering_display: Option<MasteringDisplay>,
    /// How bright the pictures get (`clli`).
    pub content_light: Option<ContentLight>,
    /// Bit rate (`btrt`).
    pub bitrate: Option<Btrt>,
}

/// What an audio sample entry says besides its configuration.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AudioEntry {
    /// Channels, as claimed: a decoder goes by its configuration.
    pub channels: u16,
    /// Samples a second, as claimed; 0 or a fraction of it when it does not fit 16 bits.
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

        let Moov { timescale, tracks, systems, .. } = Moov::parse(&moov)?;
        Ok(Self { brands, tracks: tracks.into_iter().map(|track| track.info).collect(), timescale, systems })
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

/// What a `moov` says.
pub(super) struct Moov<'a> {
    pub(super) timescale: Option<Timescale>,
    pub(super) tracks: Vec<MovieTrackBox<'a>>,
    pub(super) systems: Vec<Pssh>,
    pub(super) is_fragmented: bool,
}

/// A track, and its sample table.
#[derive(Clone, Debug)]
pub(super) struct MovieTrackBox<'a> {
    pub(super) info: TrackInfo,
    pub(super) stbl: BoxRef<'a>,
}

impl<'a> Moov<'a> {
    pub(super) fn parse(moov: &BoxRef<'a>) -> Result<Self, ReadError> {
        let mut read = Self { timescale: None, tracks: Vec::new(), systems: Vec::new(), is_fragmented: false };
        let mut extends = Vec::new();
        for child in BoxIter::within(moov) {
            let child = child?;
            match &child.header.kind.0 {
                b"mvhd" => read.timescale = Some(Mvhd::parse_timescale(child.fields())?),
                b"trak" if read.tracks.len() == MAX_TRACKS => {
                    let (kind, offset) = (child.header.kind, child.header.offset);
                    return Err(ReadError::Invalid { kind, offset, why: "there are too many tracks" });
                }
                b"trak" => read.tracks.push(MovieTrackBox::parse(&child)?),
                b"mvex" => extends.push(child),
                b"pssh" => read.systems.push(Pssh::parse(child.fields())?),
                _ => {}
            }
        }
        read.is_fragmented = !extends.is_empty();
        for trex in extends.iter().flat_map(BoxIter::within) {
            let trex = trex?;
            if trex.header.kind.0 == *b"trex" {
                let Trex { track, duration, size, flags } = Trex::parse(trex.fields())?;
                let known = read.tracks.iter_mut().map(|known| &mut known.info);
                known
                    .filter(|known| known.id == track)
                    .for_each(|known| known.defaults = Some((duration, size, flags)));
            }
        }
        Ok(read)
    }
}

/// What the first sample entry of a track says.
struct Entry<'a> {
    format: FourCc,
    codec: Option<Codec>,
    config: &'a [u8],
    media: MediaEntry,
    protection: Option<Protection>,
}

impl<'a> Entry<'a> {
    fn parse(stsd: &BoxRef<'a>, handler: FourCc) -> Result<Self, ReadError> {
        let (described, entry) = stsd::first_entry(stsd)?;
        let (mut format, mut protection) = (entry.header.kind, None);
        let visual = match &format.0 {
            b"encv" => Some(true),
            b"enca" => Some(false),
            _ => None,
        };
        if let Some(visual) = visual {
            // Its boxes come behind fields whose length its kind says.
            let children =
                if visual { visual_entry::children(&entry)? } else { audio_entry::children(&entry, described)? };
            for child in children {
                let child = child?;
                if child.header.kind.0 == *b"sinf"
                    && protection.is_none()
                    && let Some((original, how)) = sinf::parse(&child)?
                {
                    (format, protection) = (FourCc(original), Some(how));
                }
            }
        }
        let known = Format::of(&format.0);
        let kind = visual.map(|visual| if visual { MediaKind::Video } else { MediaKind::Audio });
        let kind = kind.or(known.map(Format::kind)).or(match handler {
            hdlr::VIDEO => Some(MediaKind::Video),
            hdlr::SOUND => Some(MediaKind::Audio),
            _ => None,
        });
        let (media, config) = match kind {
            Some(MediaKind::Video) => with(visual_entry::parse(&entry, known)?, MediaEntry::Video),
            Some(MediaKind::Audio) => with(audio_entry::parse(&entry, known, described)?, MediaEntry::Audio),
            _ => (MediaEntry::Other, &[][..]),
        };
        let object_type = match media {
            MediaEntry::Audio(audio) => audio.object_type,
            MediaEntry::Video(_) | MediaEntry::Other => None,
        };
        let codec = known.and_then(|known| known.codec.or(object_type.and_then(stsd::codec_of_object_type)));
        Ok(Self { format, codec, config, media, protection })
    }
}

impl<'a> MovieTrackBox<'a> {
    fn parse(trak: &BoxRef<'a>) -> Result<Self, ReadError> {
        let (id, display_size) = Tkhd::parse(trak.child(b"tkhd")?.fields())?;
        let mdia = trak.child(b"mdia")?;
        let Mdhd { timescale, language } = Mdhd::parse(mdia.child(b"mdhd")?.fields())?;
        let handler = hdlr::parse(mdia.child(b"hdlr")?.fields())?;
        let stbl = mdia.child(b"minf")?.child(b"stbl")?;
        let Entry { format, codec, config, media, protection } = Entry::parse(&stbl.child(b"stsd")?, handler)?;
        let extended = match mdia.find(b"elng")? {
            Some(elng) => elng::parse(elng.fields())?,
            None => None,
        };
        let spoken = (language != Mdhd::UNDETERMINED).then(|| String::from_utf8_lossy(&language).into_owned());
        let info = TrackInfo {
            id,
            timescale,
            handler,
            format,
            codec,
            config: Bytes::copy_from_slice(config),
            protection,
            entry: media,
            display_size,
            language: extended.or(spoken),
            table_samples: stbl::sample_count(&stbl)?,
            edits: match trak.find(b"edts")?.map(|edts| edts.find(b"elst")).transpose()?.flatten() {
                Some(elst) => elst::parse(elst.fields())?,
                None => Vec::new(),
            },
            defaults: None,
        };
        Ok(Self { info, stbl })
    }
}

fn with<T>((entry, config): (T, &[u8]), kind: impl FnOnce(T) -> MediaEntry) -> (MediaEntry, &[u8]) {
    (kind(entry), config)
}
