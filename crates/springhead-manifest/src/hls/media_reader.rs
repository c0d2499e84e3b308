//! Reading a media playlist line by line.

use springhead_core::WallTime;

use super::attributes::AttributeList;
use super::lines::{self, Line, integer, once};
use super::tag::Scope;
use super::variables::Substitution;
use super::{
    ByteRange, DateRange, Define, HlsError, HlsErrorKind, Map, MediaPlaylist, OpenSegment, Part, PlaylistType,
    PreloadHint, RenditionReport, Segment, ServerControl, Skip, Start, Tag,
};
use crate::{Seconds, parse_date_time};

/// The most segments that are read: two days of two-second segments.
pub const MAX_SEGMENTS: usize = 100_000;

/// The tags that stand once, and those that wait for the URI that they describe.
#[derive(Default)]
struct Reader {
    playlist: MediaPlaylist,
    version: Option<u32>,
    target_duration: Option<u64>,
    media_sequence: Option<u64>,
    independent_segments: Option<()>,
    i_frames_only: Option<()>,
    end_list: Option<()>,
    /// Hold until the next tag of their kind.
    map: Option<Map>,
    bitrate: Option<u64>,
    next: Pending,
}

#[derive(Default)]
struct Pending {
    inf: Option<(Seconds, Option<String>)>,
    discontinuity: Option<()>,
    program_date_time: Option<WallTime>,
    byterange: Option<ByteRange>,
    gap: Option<()>,
    parts: Vec<Part>,
}

pub(super) fn read(text: &str, substitution: Option<&mut Substitution<'_>>) -> Result<MediaPlaylist, HlsError> {
    let mut reader = Reader::default();
    let end = lines::read(text, Scope::Media, substitution, |line| match line {
        Line::Tag(tag, value) => reader.tag(tag, value),
        Line::Uri(uri) => reader.uri(uri),
    })?;
    reader.finish().map_err(|kind| kind.at(end))
}

impl Reader {
    fn tag(&mut self, tag: Tag, value: &str) -> Result<(), HlsErrorKind> {
        let bad = || HlsErrorKind::BadValue(tag);
        match tag {
            Tag::Version => {
                let version = u32::try_from(integer(tag, value)?).map_err(|_| bad())?;
                once(&mut self.version, tag, version)
            }
            Tag::IndependentSegments => once(&mut self.independent_segments, tag, ()),
            Tag::Start => once(&mut self.playlist.start, tag, Start::read(value)?),
            Tag::TargetDuration => once(&mut self.target_duration, tag, integer(tag, value)?),
            Tag::MediaSequence => once(&mut self.media_sequence, tag, integer(tag, value)?),
            Tag::DiscontinuitySequence => once(&mut self.playlist.discontinuity_sequence, tag, integer(tag, value)?),
            Tag::EndList => once(&mut self.end_list, tag, ()),
            Tag::PlaylistType => once(&mut self.playlist.playlist_type, tag, playlist_type(value).ok_or_else(bad)?),
            Tag::IFramesOnly => once(&mut self.i_frames_only, tag, ()),
            Tag::PartInf => once(&mut self.playlist.part_target, tag, part_target(value)?),
            Tag::ServerControl => once(&mut self.playlist.server_control, tag, ServerControl::read(value)?),
            Tag::Skip => once(&mut self.playlist.skip, tag, Skip::read(value)?),
            Tag::Define => push(&mut self.playlist.defines, Define::read(value)?),
            Tag::DateRange => push(&mut self.playlist.date_ranges, DateRange::read(value)?),
            Tag::RenditionReport => push(&mut self.playlist.rendition_reports, RenditionReport::read(value)?),
            Tag::PreloadHint => {
                self.playlist.preload_hints.extend(PreloadHint::read(value)?);
                Ok(())
            }
            Tag::Inf => once(&mut self.next.inf, tag, inf(value).ok_or_else(bad)?),
            Tag::ByteRange => once(&mut self.next.byterange, tag, value.parse().map_err(|()| bad())?),
            Tag::Discontinuity => once(&mut self.next.discontinuity, tag, ()),
            Tag::Gap => once(&mut self.next.gap, tag, ()),
            Tag::ProgramDateTime => {
                once(&mut self.next.program_date_time, tag, parse_date_time(value).ok_or_else(bad)?)
            }
            Tag::Part => push(&mut self.next.parts, Part::read(value)?),
            Tag::Map => {
                self.map = Some(Map::read(value)?);
                Ok(())
            }
            Tag::Bitrate => {
                self.bitrate = Some(integer(tag, value)?);
                Ok(())
            }
            Tag::M3u | Tag::Media | Tag::StreamInf | Tag::IFrameStreamInf | Tag::SessionData | Tag::ContentSteering => {
                Err(HlsErrorKind::OtherPlaylist(tag))
            }
        }
    }

    fn uri(&mut self, uri: &str) -> Result<(), HlsErrorKind> {
        let next = std::mem::take(&mut self.next);
        let (duration, title) = next.inf.ok_or(HlsErrorKind::StrayUri(Tag::Inf))?;
        if self.playlist.segments.len() == MAX_SEGMENTS {
            return Err(HlsErrorKind::TooLong);
        }
        self.playlist.segments.push(Segment {
            uri: uri.to_owned(),
            duration,
            title,
            discontinuity: next.discontinuity.is_some(),
            map: self.map.clone(),
            program_date_time: next.program_date_time,
            byterange: next.byterange,
            gap: next.gap.is_some(),
            bitrate: self.bitrate,
            parts: next.parts,
        });
        Ok(())
    }

    fn finish(self) -> Result<MediaPlaylist, HlsErrorKind> {
        let next = self.next;
        if next.inf.is_some() {
            return Err(HlsErrorKind::NoUri(Tag::Inf));
        }
        // A tag that holds on begins the next segment where it says what the last one does not have.
        let last = self.playlist.segments.last();
        let begun = next.discontinuity.is_some()
            || self.map.as_ref() != last.and_then(|segment| segment.map.as_ref())
            || self.bitrate != last.and_then(|segment| segment.bitrate)
            || next.program_date_time.is_some()
            || !next.parts.is_empty();
        let open = begun.then_some(OpenSegment {
            discontinuity: next.discontinuity.is_some(),
            map: self.map,
            program_date_time: next.program_date_time,
            bitrate: self.bitrate,
            parts: next.parts,
        });
        Ok(MediaPlaylist {
            version: self.version,
            target_duration: self.target_duration.ok_or(HlsErrorKind::Missing(Tag::TargetDuration))?,
            media_sequence: self.media_sequence.unwrap_or(0),
            independent_segments: self.independent_segments.is_some(),
            i_frames_only: self.i_frames_only.is_some(),
            end_list: self.end_list.is_some(),
            open,
            ..self.playlist
        })
    }
}

fn push<T>(list: &mut Vec<T>, item: T) -> Result<(), HlsErrorKind> {
    list.push(item);
    Ok(())
}

fn playlist_type(value: &str) -> Option<PlaylistType> {
    match value {
        "EVENT" => Some(PlaylistType::Event),
        "VOD" => Some(PlaylistType::Vod),
        _ => None,
    }
}

fn part_target(value: &str) -> Result<Seconds, HlsErrorKind> {
    let list = AttributeList::read(Tag::PartInf, value)?;
    list.required("PART-TARGET", list.parsed("PART-TARGET")?)
}

/// `duration,[title]`
fn inf(value: &str) -> Option<(Seconds, Option<String>)> {
    let (duration, title) = value.split_once(',')?;
    Some((duration.parse().ok()?, (!title.is_empty()).then(|| title.to_owned())))
}
