//! From a snapshot to playlists, draft-pantos-hls-rfc8216bis-22.
//!
//! URIs are relative to the playlist, so that a broadcast can be served under any path: media beside its media playlist,
//! renditions in folders beside the multivariant playlist.

use std::sync::Arc;

use springhead_core::{DiscontinuitySequence, MediaKind, MediaSequence, Rounding, WallTime};
use springhead_manifest::SignedSeconds;
use springhead_manifest::hls::{
    self, ByteRange, ClosedCaptions, HintType, Map, MediaPlaylist, MediaType, MultivariantPlaylist, OpenSegment, Part,
    PreloadHint, RecentDateRanges, RenditionReport, Segment, ServerControl, Start, Variant, VideoRange,
};

use crate::PartAddressing;
use crate::kind::Kind;
use crate::manifest::Piece;
use crate::presentation::{Presentation, Rendition, with_query};
use crate::segment::{self, part_name};

/// The group that all audio renditions belong to.
const AUDIO_GROUP: &str = "audio";
/// The group that all captions belong to.
const CAPTIONS_GROUP: &str = "captions";

/// How many segments' lines are kept together, once they change no more.
const RUN: usize = 16;

/// The media playlist of `rendition`. A `query` without its question mark is carried on to every URI.
pub fn media(presentation: &Presentation, rendition: &Rendition, query: &str) -> MediaPlaylist {
    let all = 0..rendition.listed(presentation).len();
    media_with(presentation, rendition, query, all)
}

/// The text of the media playlist of `rendition`, of which the lines of all segments but the first and the last few are made
/// once and kept with them. It is what [`media`] renders.
pub(crate) fn pieces(presentation: &Presentation, rendition: &Rendition) -> Vec<Piece> {
    let listed = rendition.listed(presentation);
    let parts_from = parts_from(presentation, rendition);
    // Runs begin at multiples of their length, so that one is the same in every version, and behind the first segment, which says
    // of the init section what the others need not repeat.
    let begins = |at: &usize| listed[*at].msn.0.is_multiple_of(RUN as u64);
    let from = (1..parts_from).find(begins).unwrap_or(parts_from);
    let (runs, _) = listed[from..parts_from].as_chunks::<RUN>();
    let Some(last) = runs.last().and_then(|run| run.last()) else {
        return vec![Piece::new(media(presentation, rendition, "").render())];
    };
    let names = Names { presentation, ranges: false, query: "" };
    let to = from + runs.len() * RUN;
    let ends = (0..from).chain(to..listed.len());
    let (head, rest) =
        media_with(presentation, rendition, "", ends).render_around(from, &listed_segment(last, false, names));
    let run = |(run, before): (&[Arc<segment::Segment>; RUN], &Arc<segment::Segment>)| {
        let render = || {
            let segments: Vec<_> = run.iter().map(|segment| listed_segment(segment, false, names)).collect();
            Piece::new(MediaPlaylist::render_segments(&segments, &listed_segment(before, false, names)))
        };
        run[RUN - 1].made.lines.get_or_init(render).clone()
    };
    let kept = runs.iter().zip(listed[from - 1..].iter().step_by(RUN)).map(run);
    std::iter::once(Piece::new(head)).chain(kept).chain([Piece::new(rest)]).collect()
}

/// The playlist delta update of `rendition` (EXT-X-SKIP), and if `recent` says which date ranges are, without those that are not;
/// none when nothing could be skipped. As long as what it lists, not as the window.
pub(crate) fn delta(
    presentation: &Presentation,
    rendition: &Rendition,
    query: &str,
    recent: Option<&RecentDateRanges>,
) -> Option<MediaPlaylist> {
    let listed = rendition.listed(presentation);
    let durations = listed.iter().map(|segment| segment.duration);
    // The last that is skipped says what holds for the first that is not.
    let left_out = MediaPlaylist::skippable(presentation.timing.can_skip_until(), durations).checked_sub(1)?;
    let playlist = media_with(presentation, rendition, query, left_out..listed.len());
    let mut delta = match recent {
        Some(recent) => playlist.delta_of_date_ranges(recent),
        None => playlist.delta(),
    }?;
    delta.skip.as_mut()?.skipped_segments += left_out as u64;
    Some(delta)
}

/// The media playlist with some of the listed segments, by their index.
fn media_with(
    presentation: &Presentation,
    rendition: &Rendition,
    query: &str,
    which: impl Iterator<Item = usize>,
) -> MediaPlaylist {
    let timing = &presentation.timing;
    let listed = rendition.listed(presentation);
    let live = presentation.has_live_edge();
    let parts_from = parts_from(presentation, rendition);
    let names = Names { presentation, ranges: presentation.hls_parts == PartAddressing::Ranges, query };
    let segments = which.map(|at| listed_segment(&listed[at], at >= parts_from, names)).collect();
    let open = rendition.open.as_ref().filter(|open| live && !open.parts.is_empty()).map(|open| OpenSegment {
        discontinuity: open.discontinuity,
        map: Some(map(&open.init, query)),
        program_date_time: Some(date(open.program_date_time, &open.init)),
        bitrate: None,
        parts: listed_parts(&open.parts, &open.init, names.parent(open.period.id, open.msn), query),
    });
    let told = live && rendition.current && !rendition.changes;
    MediaPlaylist {
        server_control: live.then(|| server_control(presentation)),
        part_target: live.then_some(timing.part_target),
        segments,
        open,
        date_ranges: presentation.date_ranges(),
        preload_hints: if told { hints(rendition, listed, names) } else { Vec::new() },
        rendition_reports: if live { reports(presentation, rendition, query) } else { Vec::new() },
        ..head(presentation, rendition)
    }
}

/// What every playlist of a rendition says of it.
pub(crate) fn head(presentation: &Presentation, rendition: &Rendition) -> MediaPlaylist {
    let first = rendition.listed(presentation).first();
    let first_number = first.map_or(rendition.next_msn, |first| first.msn).0;
    // The tag before the first segment counts as one that precedes it.
    let discontinuity_sequence = match (first, &rendition.open) {
        (Some(first), _) => first.period.id.0 - u64::from(first.discontinuity),
        (None, Some(open)) => open.period.id.0 - u64::from(open.discontinuity),
        (None, None) => rendition.period.map_or(0, |period| period.0),
    };
    MediaPlaylist {
        target_duration: presentation.timing.target_duration,
        media_sequence: first_number,
        discontinuity_sequence: Some(discontinuity_sequence),
        // Who asked for a beginning wants to see it.
        start: presentation.begin().map(|_| Start { time_offset: SignedSeconds::from_micros(0), precise: true }),
        end_list: presentation.ended,
        ..MediaPlaylist::default()
    }
}

fn server_control(presentation: &Presentation) -> ServerControl {
    let timing = &presentation.timing;
    ServerControl {
        can_block_reload: true,
        can_skip_until: Some(timing.can_skip_until()),
        can_skip_dateranges: presentation.recent_date_ranges.is_some(),
        hold_back: Some(timing.hold_back()),
        part_hold_back: Some(timing.part_hold_back()),
    }
}

/// The key pictures of `rendition`, one to a segment: the chunk that holds the first (§4.4.3.6). Its numbers are those of the
/// media playlist, and as there a segment that has none is a gap.
pub fn key_pictures(presentation: &Presentation, rendition: &Rendition, query: &str) -> MediaPlaylist {
    let segments = rendition.listed(presentation).iter().map(|segment| {
        let key = segment.parts.first().and_then(|part| part.keys.first());
        Segment {
            byterange: key.map(|key| ByteRange { length: key.len, offset: Some(key.offset) }),
            gap: key.is_none(),
            ..listed_segment(segment, false, Names { presentation, ranges: false, query })
        }
    });
    MediaPlaylist {
        i_frames_only: true,
        segments: segments.collect(),
        server_control: presentation.has_live_edge().then(|| ServerControl {
            can_skip_until: None,
            can_skip_dateranges: false,
            ..server_control(presentation)
        }),
        ..head(presentation, rendition)
    }
}

/// What comes next (L-16): the next part, whichever segment it belongs to, and its init section when a period has begun
/// that needs another one than the last part listed. Nothing while nobody can tell.
fn hints(rendition: &Rendition, listed: &[Arc<segment::Segment>], names: Names<'_>) -> Vec<PreloadHint> {
    let query = names.query;
    let hint = |hint_type, uri| PreloadHint { hint_type, uri, byterange_start: None, byterange_length: None };
    let Some((init, number)) = rendition.next_part() else { return Vec::new() };
    let begun = rendition.open.as_ref().filter(|open| !open.parts.is_empty());
    let shown = begun.map(|open| &open.init).or(listed.last().map(|last| &last.init));
    let map = shown.filter(|shown| shown.id != init.id).map(|_| hint(HintType::Map, map_uri(init, query)));
    let period = rendition.open.as_ref().map(|open| open.period.id).or(rendition.period);
    let part = match period.filter(|_| names.ranges) {
        None => hint(HintType::Part, with_query(part_name(init.id, number), query)),
        Some(period) => {
            let parts = rendition.open.iter().flat_map(|open| &open.parts);
            PreloadHint {
                byterange_start: Some(parts.map(|part| part.body.len() as u64).sum()),
                ..hint(HintType::Part, names.segment(period, rendition.live_msn()))
            }
        }
    };
    map.into_iter().chain([part]).collect()
}

/// The index of the first listed segment whose parts are listed too: parts are for players at the live edge, and go once
/// they are three target durations away from it (L-09).
fn parts_from(presentation: &Presentation, rendition: &Rendition) -> usize {
    let listed = rendition.listed(presentation);
    // What has ended has no live edge, so it is a playlist like any other. Listing parts of it makes hls.js stop after them.
    if !presentation.has_live_edge() {
        return listed.len();
    }
    let reach = presentation.timing.target_duration * 3_000_000;
    let open = rendition.open.as_ref().map_or(0, |open| open.parts.iter().map(|part| part.duration.micros()).sum());
    let mut behind: u64 = open;
    for (at, segment) in listed.iter().enumerate().rev() {
        if behind >= reach {
            return at + 1;
        }
        behind += segment.duration.micros();
    }
    0
}

/// How things are called in a playlist.
#[derive(Clone, Copy)]
struct Names<'a> {
    presentation: &'a Presentation,
    ranges: bool,
    query: &'a str,
}

impl Names<'_> {
    fn segment(&self, period: DiscontinuitySequence, msn: MediaSequence) -> String {
        with_query(self.presentation.segment_name(period, msn), self.query)
    }

    /// The name of the segment where its parts are ranges of it.
    fn parent(&self, period: DiscontinuitySequence, msn: MediaSequence) -> Option<String> {
        self.ranges.then(|| self.segment(period, msn))
    }
}

fn listed_segment(segment: &segment::Segment, with_parts: bool, names: Names<'_>) -> Segment {
    let parts = if with_parts { segment.parts.as_slice() } else { &[] };
    Segment {
        uri: names.segment(segment.period.id, segment.msn),
        duration: segment.duration,
        discontinuity: segment.discontinuity,
        map: Some(map(&segment.init, names.query)),
        program_date_time: Some(date(segment.program_date_time, &segment.init)),
        gap: segment.is_gap(),
        parts: listed_parts(parts, &segment.init, names.parent(segment.period.id, segment.msn), names.query),
        ..Segment::default()
    }
}

/// Parts as resources of their own, or as ranges of `parent`.
fn listed_parts(parts: &[Arc<segment::Part>], init: &segment::Init, parent: Option<String>, query: &str) -> Vec<Part> {
    let mut offset = 0;
    let one = |part: &Arc<segment::Part>| {
        let length = part.body.len() as u64;
        let range = ByteRange { length, offset: Some(offset) };
        offset += length;
        let (uri, byterange) = match &parent {
            Some(segment) => (segment.clone(), Some(range)),
            None => (with_query(part_name(init.id, part.number), query), None),
        };
        Part { uri, duration: part.duration, independent: part.independent, gap: false, byterange }
    };
    parts.iter().map(one).collect()
}

fn map(init: &segment::Init, query: &str) -> Map {
    Map::new(map_uri(init, query))
}

fn map_uri(init: &segment::Init, query: &str) -> String {
    with_query(format!("init-{}.mp4", init.id), query)
}

/// Where every other rendition that is being sent has got to (L-20).
fn reports(presentation: &Presentation, rendition: &Rendition, query: &str) -> Vec<RenditionReport> {
    let others = presentation.renditions.iter().filter(|other| other.name != rendition.name);
    others
        .filter_map(|other| {
            let (msn, part) = other.last_part()?;
            Some(RenditionReport {
                uri: with_query(format!("../{}/index.m3u8", other.name), query),
                last_msn: msn.0,
                last_part: u32::try_from(part).ok(),
            })
        })
        .collect()
}

/// The multivariant playlist: every video rendition with the audio group, or the audio renditions alone where there is no
/// video.
pub fn multivariant(presentation: &Presentation, query: &str) -> MultivariantPlaylist {
    let (videos, audios) = playable(presentation);
    let uri = |rendition: &Rendition| with_query(format!("{}/index.m3u8", rendition.name), query);
    if videos.is_empty() {
        let variants = audios.iter().map(|audio| variant(audio, None, uri(audio))).collect();
        return MultivariantPlaylist { variants, ..MultivariantPlaylist::default() };
    }
    let sound = audios.iter().enumerate().map(|(at, audio)| sound(&audios, at, Some(uri(audio))));
    let renditions = sound.chain(captions(presentation)).collect();
    let loudest = audios.iter().max_by_key(|audio| audio.bandwidth.peak).copied();
    let with_captions = |variant| Variant { closed_captions: Some(in_pictures(presentation)), ..variant };
    let variants = videos.iter().map(|video| with_captions(variant(video, loudest, uri(video)))).collect();
    let i_frame_variants = videos.iter().filter_map(|video| i_frame_variant(presentation, video, query)).collect();
    MultivariantPlaylist { renditions, variants, i_frame_variants, ..MultivariantPlaylist::default() }
}

/// The renditions of pictures and of sound that a multivariant playlist lists: only what is sent now; where one timeline is
/// over and the next has yet to begin, all that was sent, as a playlist of nothing is refused by every player.
pub(crate) fn playable(presentation: &Presentation) -> (Vec<&Arc<Rendition>>, Vec<&Arc<Rendition>>) {
    let begun = |rendition: &Rendition| !rendition.segments.is_empty();
    let sent = |rendition: &Rendition| rendition.current && rendition.own;
    let nothing_sent = !presentation.renditions.iter().any(|rendition| begun(rendition) && sent(rendition));
    let playable =
        |rendition: &&Arc<Rendition>| begun(rendition) && (presentation.ended || nothing_sent || sent(rendition));
    let renditions = presentation.in_order().into_iter().filter(playable);
    renditions.partition(|rendition| rendition.kind() == MediaKind::Video)
}

/// One of `audios` as a member of the audio group; the first is what players begin with.
pub(crate) fn sound(audios: &[&Arc<Rendition>], at: usize, uri: Option<String>) -> hls::Rendition {
    let audio = audios[at];
    hls::Rendition {
        media_type: MediaType::Audio,
        group_id: AUDIO_GROUP.to_owned(),
        name: name_of(audio, at, audios),
        uri,
        language: audio.track.language.as_deref().map(str::to_owned),
        default: at == 0,
        autoselect: true,
        channels: audio.track.audio().map(|params| params.channels.to_string()),
        sample_rate: None,
        ..hls::Rendition::default()
    }
}

/// Which captions are in the pictures.
pub(crate) fn in_pictures(presentation: &Presentation) -> ClosedCaptions {
    match presentation.captions.is_empty() {
        true => ClosedCaptions::None,
        false => ClosedCaptions::Group(CAPTIONS_GROUP.to_owned()),
    }
}

/// The captions in the pictures, which are in all versions of them.
pub(crate) fn captions(presentation: &Presentation) -> impl Iterator<Item = hls::Rendition> {
    let channels = presentation.captions.channels().map(|channel| (format!("CC{channel}"), format!("CC{channel}")));
    let services = presentation.captions.services().map(|n| (format!("Service {n}"), format!("SERVICE{n}")));
    channels.chain(services).map(|(name, instream_id)| hls::Rendition {
        media_type: MediaType::ClosedCaptions,
        group_id: CAPTIONS_GROUP.to_owned(),
        name,
        // Nobody is shown captions who did not ask for them.
        autoselect: true,
        instream_id: Some(instream_id),
        ..hls::Rendition::default()
    })
}

/// What a rendition of sound is called: its language, or its number. No two of a group have one name (§4.4.6.1.1).
fn name_of(audio: &Rendition, at: usize, all: &[&Arc<Rendition>]) -> String {
    let language = audio.track.language.as_deref();
    let alone = all.iter().filter(|other| other.track.language.as_deref() == language).count() == 1;
    match language {
        Some(language) if alone => language.to_owned(),
        Some(language) => format!("{language} {}", at + 1),
        None => format!("Audio {}", at + 1),
    }
}

/// The key pictures of a rendition (§4.4.6.3). Its rate is the most that one of them takes.
fn i_frame_variant(presentation: &Presentation, video: &Arc<Rendition>, query: &str) -> Option<Variant> {
    let listed = video.listed(presentation).iter();
    let rates = listed.filter_map(|segment| {
        let key = segment.parts.first()?.keys.first()?;
        (key.len * 8 * 1_000_000).checked_div(segment.duration.micros())
    });
    let bandwidth = rates.max()?.max(1);
    let uri = with_query(format!("{}/iframes.m3u8", video.name), query);
    let variant = variant(video, None, uri);
    // Neither sound nor a rate of pictures belongs to it.
    Some(Variant { bandwidth, average_bandwidth: None, frame_rate_millis: None, closed_captions: None, ..variant })
}

/// One variant. Its rates are those of the heaviest combination that can be played (M-01), its codecs those of all (M-02).
pub(crate) fn variant(rendition: &Rendition, audio: Option<&Arc<Rendition>>, uri: String) -> Variant {
    let codec = |rendition: &Rendition| rendition.track.codec_string.to_string();
    let video = rendition.track.video();
    let sum = |of: fn(&Rendition) -> u64| of(rendition) + audio.map_or(0, |audio| of(audio));
    let average = sum(|rendition| rendition.bandwidth.average);
    Variant {
        uri,
        bandwidth: sum(|rendition| rendition.bandwidth.peak).max(1),
        average_bandwidth: (average > 0).then_some(average),
        codecs: std::iter::once(codec(rendition)).chain(audio.map(|audio| codec(audio))).collect(),
        resolution: video.map(|video| video.display_size()),
        frame_rate_millis: video
            .and_then(|video| video.frame_rate.or_else(|| rendition.measured_rate(|_| true)))
            .map(|rate| (u64::from(rate.num) * 1000 + u64::from(rate.den) / 2) / u64::from(rate.den.max(1))),
        video_range: video.and_then(|video| video.cicp).and_then(|cicp| VideoRange::from_transfer(cicp.transfer)),
        audio: audio.map(|_| AUDIO_GROUP.to_owned()),
        closed_captions: video.map(|_| ClosedCaptions::None),
        ..Variant::default()
    }
}

/// Program date times are printed in milliseconds, and the model holds what is printed. Those of pictures are rounded up, those of
/// sound down: hls.js places sound by the difference, and where that is later than it is, it may not load what comes next (D18).
pub(crate) fn date(at: WallTime, init: &segment::Init) -> WallTime {
    match Kind::of(&init.track) {
        Kind::Video => at.whole_millis(Rounding::Ceil),
        Kind::Audio => at.whole_millis(Rounding::Floor),
    }
}
