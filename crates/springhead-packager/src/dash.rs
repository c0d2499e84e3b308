//! From a snapshot to an MPD, ISO/IEC 23009-1 with the DASH-IF low-latency modes.
//!
//! A live MPD lists the closed segments, the open one from where it starts, and one more, the last two as long as any
//! segment lasted lately. It is a new MPD whenever a segment closes and at no other time, so its announced durations are only
//! ever corrected downwards. Segments are asked for by number; `S@t` is the earliest presentation time to the tick.

use std::sync::Arc;
use std::time::Duration;

use springhead_core::{
    DiscontinuitySequence, FrameRate, MediaKind, MediaSequence, Rounding, Ticks, Timescale, Timestamp, Track, WallTime,
};
use springhead_manifest::Seconds;
use springhead_manifest::dash::{
    AdaptationSet, ContentType, Descriptor, Event, EventContent, EventStream, InbandEventStream, Latency, Mpd,
    PatchLocation, Period as MpdPeriod, Permille, PlaybackRate, PresentationType, ProducerReferenceTime, Ratio,
    ReferenceTimeType, Representation, RepresentationBase, Resync, SegmentTemplate, SegmentTimeline,
    ServiceDescription, Span,
};

use crate::events::{ID3_SCHEME, SpliceMessage};
use crate::kind::Kind;
use crate::presentation::{Presentation, Rendition, with_query};
use crate::segment::{Follows, Init, Period};
use crate::{DashAddressing, DashAvailabilityStart};

const LIVE_PROFILE: &str = "urn:mpeg:dash:profile:isoff-live:2011";
const CMAF_PROFILE: &str = "urn:mpeg:dash:profile:cmaf:2019";
const LOW_LATENCY_PROFILE: &str = "http://www.dashif.org/guidelines/low-latency-live-v5";
const HTTP_ISO: &str = "urn:mpeg:dash:utc:http-iso:2014";
const PERIOD_CONTINUITY: &str = "urn:mpeg:dash:period-continuity:2015";
const PERIOD_CONNECTIVITY: &str = "urn:mpeg:dash:period-connectivity:2015";
const CHANNELS: &str = "urn:mpeg:dash:23003:3:audio_channel_configuration:2011";
const CEA_608: &str = "urn:scte:dash:cc:cea-608:2015";
const CEA_708: &str = "urn:scte:dash:cc:cea-708:2015";
const CICP: &str = "urn:mpeg:mpegB:cicp:";
/// Where the origin tells the time, seen from a broadcast's folder.
const TIME: &str = "../../time";
/// The one ServiceDescription, and the one ProducerReferenceTime of a set.
const FIRST_ID: u32 = 0;

/// From where an MPD is reloaded: not from where it was loaded at first, see [`mpd`].
pub const UPDATES: &str = "live.mpd";

/// The MPD for who begins to watch: that of the live edge, as [`update`] gives it, or when the broadcast has ended, one for
/// watching on demand, which counts from zero. A `query` without its question mark is carried on to every URI.
///
/// They cannot be the same, as an update may not move a Period (ISO/IEC 23009-1 §5.4.1).
pub fn mpd(presentation: &Presentation, query: &str) -> Mpd {
    let mut mpd = update(presentation, query);
    if presentation.ended {
        count_from_zero(&mut mpd, presentation);
    }
    mpd
}

/// Has reloads go where a query of manifests is carried on.
pub(crate) fn locate(mpd: &mut Mpd, query: &str) {
    for location in &mut mpd.locations {
        *location = with_query(UPDATES.to_owned(), query);
    }
}

fn has_patches(presentation: &Presentation, query: &str) -> bool {
    query.is_empty() && presentation.dash.patch && presentation.has_live_edge() && presentation.shifted.is_none()
}

/// Where what changes after this version can be had. With a query on its URIs an MPD is nobody else's, and has none.
fn patch_location(presentation: &Presentation, segment: Duration) -> PatchLocation {
    // Players that have been away for longer load the MPD, as they do of their own at the end of the broadcast then.
    let ttl = segment * 2 + Duration::from_secs(1);
    let url = format!("patch.mpp?from={}", presentation.mpd.publish_time.unix_millis());
    PatchLocation { url, ttl: Some(Seconds::from_secs(ttl.as_secs().max(1))) }
}

/// What a period is called. No name is the beginning of another: Shaka Player forgets all whose name begins with that of one
/// that a patch removes.
fn period_name(id: DiscontinuitySequence) -> String {
    format!("p{id}.")
}

/// Lets the first listed segment be presented at zero.
fn count_from_zero(mpd: &mut Mpd, presentation: &Presentation) {
    mpd.availability_start_time = None;
    let periods = presentation.periods();
    let (Some(first), Some(period)) = (periods.first(), mpd.periods.first_mut()) else { return };
    let begin_of = |rendition: &Arc<Rendition>| {
        let segment = rendition.listed(presentation).first().filter(|segment| segment.period.id == first.id)?;
        Some(first.since_start(segment.start, segment.init.track.timescale))
    };
    let gone = presentation.renditions.iter().filter_map(begin_of).min().unwrap_or_default();
    for set in &mut period.adaptation_sets {
        for template in set.representations.iter_mut().filter_map(|one| one.segment_template.as_mut()) {
            let scale = template.timescale.and_then(Timescale::new);
            let from = template.presentation_time_offset.unwrap_or(0);
            template.presentation_time_offset = scale.map(|scale| from + scale.ticks(gone, Rounding::Nearest).0);
        }
    }
    for stream in &mut period.event_streams {
        let scale = stream.timescale.and_then(Timescale::new);
        stream.presentation_time_offset = scale.map(|scale| scale.ticks(gone, Rounding::Nearest).0);
    }
    let less = |at: Span, by: Duration| Span::from_micros(at.micros().saturating_sub(span(by).micros()));
    period.duration = period.duration.map(|duration| less(duration, gone));
    for start in mpd.periods.iter_mut().filter_map(|period| period.start.as_mut()) {
        *start = less(*start, first.start + gone);
    }
    mpd.media_presentation_duration = mpd.media_presentation_duration.map(|end| less(end, first.start + gone));
}

/// The MPD for who watches already, and reloads it: the meaning of its times never changes, beyond the end of the
/// broadcast. A `query` without its question mark is carried on to every URI.
pub fn update(presentation: &Presentation, query: &str) -> Mpd {
    let live = !presentation.ended;
    let begin = presentation.begin();
    let periods = presentation.periods();
    let listed: Vec<MpdPeriod> = periods
        .iter()
        .enumerate()
        .filter(|(_, period)| is_settled(presentation, period))
        .map(|(at, period)| mpd_period(presentation, period, periods.get(at + 1), query))
        .filter(|period| !period.adaptation_sets.is_empty())
        .collect();
    let segment = longest_expected(presentation);
    let target = presentation.dash.target_latency;
    let depth = time_shift(presentation);
    let delay = match presentation.dash.availability_start {
        // Where players begin. Those that go for the target fall back to it at once.
        DashAvailabilityStart::Fixed => target / 2,
        // Shaka puts the live edge at the end of the last listed segment and adds the availability offset, so the delay has
        // to reach back over both announced segments to land on media that exists.
        DashAvailabilityStart::Broadcast => target + segment * 3,
    };
    // Who asked for a beginning is to begin there, and not to be brought to the live edge.
    let delay = begin.unwrap_or_else(|| delay.min(depth.saturating_sub(segment)));
    let end = periods.last().map_or(Duration::ZERO, |last| last.start + content(presentation, last));
    Mpd {
        id: Some("springhead".to_owned()),
        profiles: [LIVE_PROFILE, CMAF_PROFILE, LOW_LATENCY_PROFILE].map(str::to_owned).to_vec(),
        type_: if live { PresentationType::Dynamic } else { PresentationType::Static },
        availability_start_time: Some(presentation.availability_start + presentation.delay()),
        publish_time: Some(presentation.mpd.publish_time),
        media_presentation_duration: (!live).then(|| span(end)),
        // Segments may begin before they were expected to, and a period may end: who reloads each second is in time for both.
        minimum_update_period: live.then(|| span(segment.min(Duration::from_secs(1)))),
        min_buffer_time: span(target.min(segment)),
        time_shift_buffer_depth: live.then(|| span(depth)),
        suggested_presentation_delay: live.then(|| span(delay)),
        max_segment_duration: Some(span(longest_listed(presentation).max(segment))),
        patch_locations: has_patches(presentation, query)
            .then(|| patch_location(presentation, segment))
            .into_iter()
            .collect(),
        locations: live.then(|| with_query(UPDATES.to_owned(), query)).into_iter().collect(),
        service_descriptions: begin
            .is_none()
            .then(|| service_description(target, presentation.dash.dvr))
            .into_iter()
            .collect(),
        periods: listed,
        utc_timings: live.then(|| Descriptor::new(HTTP_ISO, TIME)).into_iter().collect(),
        ..Mpd::default()
    }
}

/// The latency asked for. Its maximum is the whole window: dash.js jumps to the live edge from beyond the maximum, and a
/// viewer who went back to see something again must not be thrown out of it.
fn service_description(target: Duration, dvr: Duration) -> ServiceDescription {
    let in_millis = |span: Duration| u32::try_from(span.as_millis()).unwrap_or(u32::MAX);
    let millis = in_millis(target);
    ServiceDescription {
        id: Some(FIRST_ID),
        latency: Some(Latency {
            reference_id: Some(FIRST_ID),
            target: Some(millis),
            min: Some(millis / 2),
            max: Some(in_millis(dvr).max(millis)),
        }),
        playback_rate: Some(PlaybackRate { min: Some(Permille(960)), max: Some(Permille(1040)) }),
        ..ServiceDescription::default()
    }
}

fn mpd_period(presentation: &Presentation, period: &Arc<Period>, next: Option<&Arc<Period>>, query: &str) -> MpdPeriod {
    let last = next.is_none();
    let mut sets: Vec<AdaptationSet> = Vec::new();
    for rendition in presentation.in_order() {
        let Some(listed) = Listed::new(presentation, rendition, period, last) else { continue };
        let content_type = match Kind::of(&rendition.track) {
            Kind::Video => ContentType::Video,
            Kind::Audio => ContentType::Audio,
        };
        let id = set_id(presentation, rendition);
        let aligned = is_aligned(&listed, rendition);
        let representation = representation(rendition, &listed, presentation, query);
        match sets.iter_mut().find(|set| set.id == Some(id)) {
            Some(set) => {
                set.segment_alignment &= aligned;
                set.representations.push(representation);
            }
            None => sets.push(AdaptationSet {
                id: Some(id),
                content_type: Some(content_type),
                lang: listed.track.language.as_deref().map(str::to_owned),
                segment_alignment: aligned,
                base: RepresentationBase {
                    start_with_sap: Some(access_type(rendition)),
                    inband_event_streams: inband_events(presentation, rendition),
                    supplemental_properties: follows(presentation, rendition, period, &listed).into_iter().collect(),
                    producer_reference_times: (!presentation.ended)
                        .then(|| reference_time(period, listed.from))
                        .into_iter()
                        .collect(),
                    ..RepresentationBase::default()
                },
                accessibility: captions(presentation, rendition),
                roles: vec![Descriptor::role("main")],
                representations: vec![representation],
                ..AdaptationSet::default()
            }),
        }
    }
    MpdPeriod {
        id: Some(period_name(period.id)),
        start: Some(span(period.start)),
        // What comes between the end of the media and the next period is a hole, which players jump over when they are
        // told of it; what reaches over into the next period they cut off.
        duration: next.map(|next| span(content(presentation, period).min(next.start.saturating_sub(period.start)))),
        event_streams: splices(presentation, period, next).into_iter().collect(),
        adaptation_sets: sets,
        ..MpdPeriod::default()
    }
}

/// The splices that begin or end within a period, each announcement an event (ANSI/SCTE 214-1 §6.8.4).
fn splices(presentation: &Presentation, period: &Period, next: Option<&Arc<Period>>) -> Option<EventStream> {
    let within = |at: WallTime| at >= period.wall && next.is_none_or(|next| at < next.wall);
    let span = |span: Duration| Timescale::MPEG.ticks(span, Rounding::Nearest).0;
    let since = |at: WallTime| span(Duration::from_nanos(at.0.abs_diff(period.wall.0)));
    let event = |message: &SpliceMessage, at: WallTime, duration: Option<Duration>| Event {
        presentation_time: Some(since(at)),
        duration: duration.map(span),
        id: Some(message.event),
        content: EventContent::Splice(message.section.to_vec()),
        ..Event::default()
    };
    let mut events: Vec<Event> = Vec::new();
    for splice in presentation.told_splices().filter(|splice| !splice.cancelled) {
        let begin = splice.out.as_ref().or(splice.command.as_ref()).filter(|_| within(splice.start));
        events.extend(begin.map(|message| event(message, splice.start, splice.duration.or(splice.planned))));
        let end = splice.start + splice.duration.unwrap_or_default();
        events.extend(splice.back.as_ref().filter(|_| within(end)).map(|message| event(message, end, None)));
    }
    events.sort_by_key(|event| event.presentation_time);
    (!events.is_empty()).then(|| EventStream {
        scheme_id_uri: EventStream::SCTE35_XML_BIN.to_owned(),
        timescale: Some(Timescale::MPEG.hz()),
        events,
        ..EventStream::default()
    })
}

/// The captions in a rendition's pictures (ANSI/SCTE 214-1 §7.2). Of what language they are is not known.
fn captions(presentation: &Presentation, rendition: &Rendition) -> Vec<Descriptor> {
    if Kind::of(&rendition.track) != Kind::Video {
        return Vec::new();
    }
    let channels: Vec<String> = presentation.captions.channels().map(|channel| format!("CC{channel}=und")).collect();
    let services: Vec<String> = presentation.captions.services().map(|n| format!("{n}=lang:und")).collect();
    let described = [(CEA_608, channels), (CEA_708, services)].into_iter().filter(|(_, all)| !all.is_empty());
    described.map(|(scheme, all)| Descriptor::new(scheme, all.join(";"))).collect()
}

/// The messages in a rendition's chunks.
fn inband_events(presentation: &Presentation, rendition: &Rendition) -> Vec<InbandEventStream> {
    let declared = presentation.inband_events.contains(&Kind::of(&rendition.track));
    let stream = || InbandEventStream { scheme_id_uri: ID3_SCHEME.to_owned(), ..InbandEventStream::default() };
    declared.then(stream).into_iter().collect()
}

/// The set that a rendition is in: all pictures together, sound by language and channels. Its number is that of the first
/// track in it, so that it is the same in every MPD.
fn set_id(presentation: &Presentation, rendition: &Rendition) -> u32 {
    let together = |other: &Rendition| {
        let channels = |rendition: &Rendition| rendition.track.audio().map(|audio| audio.channels);
        other.kind() == rendition.kind()
            && (other.kind() == MediaKind::Video
                || (&other.track.language, channels(other)) == (&rendition.track.language, channels(rendition)))
    };
    let ids = presentation.renditions.iter().filter(|other| together(other)).map(|other| other.own_track.0);
    ids.min().unwrap_or(rendition.own_track.0)
}

/// Whether segments of all versions of a picture begin at the same instants, to half a picture.
fn is_aligned(listed: &Listed, rendition: &Rendition) -> bool {
    let half = listed.frame_rate.map_or(0, |rate| {
        u64::from(listed.track.timescale.hz()) * u64::from(rate.den) / (2 * u64::from(rate.num.max(1)))
    });
    rendition.misalignment.0 <= half
}

/// How a set goes on from the period before (ISO/IEC 23009-1 §5.3.2.4): when its init section is the same, players need not
/// begin anew.
fn follows(
    presentation: &Presentation,
    rendition: &Rendition,
    period: &Arc<Period>,
    listed: &Listed,
) -> Option<Descriptor> {
    let scheme = match period.follows {
        Follows::Exactly => PERIOD_CONTINUITY,
        Follows::Anew | Follows::Reanchored => PERIOD_CONNECTIVITY,
    };
    let before = rendition.listed(presentation).iter().rev().find(|segment| segment.period.id < period.id)?;
    let same = before.init.id == listed.init && before.period.id.next() == period.id;
    same.then(|| Descriptor::new(scheme, period_name(before.period.id)))
}

/// Whether it is known of a period where each rendition begins: all are open, or one has a complete segment. A period is
/// not listed before, as neither its sets nor the first times in them may change.
fn is_settled(presentation: &Presentation, period: &Arc<Period>) -> bool {
    let within = |other: &Arc<Period>| other.id == period.id;
    let mut current = presentation
        .renditions
        .iter()
        .filter(|rendition| rendition.current && rendition.own && !rendition.late_for.contains(&period.id));
    presentation.renditions.iter().any(|rendition| rendition.segments.iter().any(|segment| within(&segment.period)))
        || current.all(|rendition| rendition.open.as_ref().is_some_and(|open| within(&open.period)))
}

/// How long the media of a period lasts from its start.
fn content(presentation: &Presentation, period: &Arc<Period>) -> Duration {
    let end_of = |rendition: &Arc<Rendition>| {
        let last = rendition.segments.iter().rev().find(|segment| segment.period.id == period.id)?;
        Some(period.since_start(last.start + last.ticks, last.init.track.timescale))
    };
    presentation.renditions.iter().filter_map(end_of).max().unwrap_or_default()
}

/// The segments of one rendition in one period, as they are announced.
struct Listed {
    period: DiscontinuitySequence,
    track: Arc<Track>,
    init: u32,
    first: MediaSequence,
    /// `S@t` and `S@d`.
    segments: Vec<(Timestamp, Ticks)>,
    /// The media time at which the period starts.
    from: Timestamp,
    /// As the track states it, or as it was measured up to the end of the period.
    frame_rate: Option<FrameRate>,
}

impl Listed {
    fn new(presentation: &Presentation, rendition: &Rendition, period: &Arc<Period>, last: bool) -> Option<Self> {
        if rendition.late_for.contains(&period.id) {
            return None;
        }
        // What stands in for the rendition is not of it.
        let own = |init: &Init| init.track.id == rendition.own_track;
        let listed = rendition.listed(presentation);
        let before = |id| listed.partition_point(|segment| segment.period.id < id);
        let of_period = &listed[before(period.id)..before(period.id.next())];
        let closed: Vec<_> = of_period.iter().filter(|segment| own(&segment.init)).collect();
        let mut segments: Vec<(Timestamp, Ticks)> = closed
            .iter()
            .enumerate()
            .map(|(at, segment)| {
                // To the tick where the next one starts, though pictures may be shown that lead into it.
                let next = closed.get(at + 1).and_then(|next| next.start.checked_since(segment.start));
                (segment.start, next.unwrap_or(segment.ticks))
            })
            .collect();
        let open = rendition.open.as_ref().filter(|open| open.period.id == period.id && own(&open.init));
        let announced = last && rendition.current && rendition.own && presentation.has_live_edge();
        // A rendition that is sent is there from the start of its Period, as the sets of a Period do not change.
        let next = announced.then_some(rendition.next_msn);
        let first = closed.first().map(|segment| segment.msn).or(open.map(|open| open.msn)).or(next)?;
        let newest = rendition.init.as_ref().filter(|_| announced);
        let init = closed.last().map(|segment| &segment.init).or(open.map(|open| &open.init)).or(newest)?;
        let from = period.from_in(init.track.timescale);
        if announced {
            let end = segments.last().map(|&(start, ticks)| start + ticks);
            let start = end.or(open.map(|open| open.start));
            let start = start.unwrap_or(from);
            segments.push((start, rendition.expected));
            segments.push((start + rendition.expected, rendition.expected));
        }
        let measured =
            || rendition.measured_rate(|segment| segment.init.id == init.id && segment.period.id <= period.id);
        let frame_rate = init.track.video().and_then(|video| video.frame_rate.or_else(measured));
        Some(Self { period: period.id, track: init.track.clone(), init: init.id, first, segments, from, frame_rate })
    }

    /// The one duration that all segments have, if they do.
    fn cadence(&self) -> Option<Ticks> {
        let &(start, first) = self.segments.first()?;
        let even = self.segments.iter().all(|&(_, ticks)| ticks == first);
        let on_grid = start.saturating_since(self.from).0.checked_rem(first.0) == Some(0);
        (even && on_grid).then_some(first)
    }
}

fn representation(rendition: &Rendition, listed: &Listed, presentation: &Presentation, query: &str) -> Representation {
    let track = &listed.track;
    let scale = track.timescale;
    let live = presentation.has_live_edge();
    let ticks = |at: Timestamp| u64::try_from(at.0).unwrap_or(0);
    let cadence = match presentation.dash.addressing {
        DashAddressing::Timeline | DashAddressing::Time => None,
        DashAddressing::Duration => listed.cadence().filter(|&ticks| live && is_exact(ticks, scale, presentation)),
    };
    // With @duration the number alone gives the time, counted from the start of the period.
    let start_number = match cadence {
        Some(duration) => {
            let before =
                listed.segments.first().map_or(0, |first| first.0.saturating_since(listed.from).0 / duration.0);
            listed.first.0.saturating_sub(before)
        }
        None => listed.first.0,
    };
    // A Period that is over may have segments left that are shorter than what is expected now. They are there already, and
    // all that matters is that no offset is a whole segment.
    let longest = listed.segments.iter().map(|&(_, ticks)| ticks.to_duration(scale)).max();
    let span = longest.map_or(expected(rendition), |longest| longest.min(expected(rendition)));
    let offset = if span > presentation.dash.chunk { span - presentation.dash.chunk } else { span / 2 };
    let by_time = presentation.dash.addressing == DashAddressing::Time;
    let media = match by_time {
        // Media time may begin anew with each period, so the period is part of the name.
        true => format!("$RepresentationID$/{}-t$Time$.m4s", listed.period),
        false if presentation.by_epoch => "$RepresentationID$/$Number$.m4s".to_owned(),
        false => format!("$RepresentationID$/{}-$Number$.m4s", listed.period),
    };
    let template = SegmentTemplate {
        timescale: Some(scale.hz()),
        presentation_time_offset: Some(ticks(listed.from)),
        start_number: (!by_time).then_some(start_number),
        duration: cadence.map(|duration| duration.0),
        initialization: Some(with_query(format!("$RepresentationID$/init-{}.mp4", listed.init), query)),
        media: Some(with_query(media, query)),
        availability_time_offset: live.then(|| Seconds::from_micros(offset.as_micros() as u64)),
        availability_time_complete: live.then_some(false),
        timeline: cadence
            .is_none()
            .then(|| SegmentTimeline::from_segments(listed.segments.iter().map(|&(t, d)| (ticks(t), d.0)))),
        ..SegmentTemplate::default()
    };
    Representation {
        id: rendition.name.to_string(),
        bandwidth: u32::try_from(rendition.bandwidth.peak.max(1)).unwrap_or(u32::MAX),
        base: RepresentationBase {
            resyncs: live.then(|| resync(rendition, track)).into_iter().collect(),
            frame_rate: listed.frame_rate,
            ..parameters(track)
        },
        segment_template: Some(template),
        ..Representation::default()
    }
}

/// Whether a duration is the leader's to the tick. Sound whose frames do not fill the leader's segments evenly has one
/// duration only until the remainder has grown to a frame.
fn is_exact(ticks: Ticks, scale: Timescale, presentation: &Presentation) -> bool {
    presentation.renditions.first().is_some_and(|leader| {
        let (own, leading) = (u128::from(ticks.0), u128::from(leader.expected.0));
        own * u128::from(leader.track.timescale.hz()) == leading * u128::from(scale.hz())
    })
}

/// Where a client may begin within a segment that is still being made: at every chunk. Of sound each is a stream access point;
/// of pictures only those at the beginning of segments are, so that no type is claimed.
fn resync(rendition: &Rendition, track: &Track) -> Resync {
    Resync {
        type_: u8::from(track.kind() == MediaKind::Audio),
        d_t: u32::try_from(rendition.chunk.0).ok(),
        marker: true,
        ..Resync::default()
    }
}

fn parameters(track: &Track) -> RepresentationBase {
    let mut base = RepresentationBase { codecs: Some(track.codec_string.to_string()), ..Default::default() };
    if let Some(video) = track.video() {
        base.mime_type = Some("video/mp4".to_owned());
        (base.width, base.height) = (Some(video.width), Some(video.height));
        base.sar = Some(Ratio(video.aspect.h, video.aspect.v));
        if let Some(cicp) = video.cicp {
            let property = |name: &str, value: u8| Descriptor::new(format!("{CICP}{name}"), value.to_string());
            base.supplemental_properties = vec![
                property("ColourPrimaries", cicp.primaries),
                property("TransferCharacteristics", cicp.transfer),
                property("MatrixCoefficients", cicp.matrix),
            ];
        }
    }
    if let Some(audio) = track.audio() {
        base.mime_type = Some("audio/mp4".to_owned());
        base.audio_sampling_rate = Some(audio.sample_rate);
        base.audio_channel_configurations = vec![Descriptor::new(CHANNELS, audio.channels.to_string())];
    }
    base
}

/// The wall-clock time of the period's start, which is `from` in media time: players subtract `@presentationTimeOffset` from
/// that (ETSI TS 103 285 §10.20.4). Every chunk carries its own in a `prft` box.
fn reference_time(period: &Arc<Period>, from: Timestamp) -> ProducerReferenceTime {
    ProducerReferenceTime {
        id: FIRST_ID,
        inband: true,
        type_: ReferenceTimeType::Encoder,
        application_scheme: None,
        wall_clock_time: period.wall,
        presentation_time: u64::try_from(from.0).unwrap_or(0),
        utc_timing: Some(Descriptor::new(HTTP_ISO, TIME)),
    }
}

/// How far back a viewer can seek: the window wanted, or what is left of it under its other bounds.
fn time_shift(presentation: &Presentation) -> Duration {
    let wanted = presentation.dash.dvr.max(Duration::from_secs(presentation.timing.target_duration * 3));
    let leader = presentation.renditions.first().filter(|_| presentation.listed_from > presentation.first);
    let listed = leader.map(|leader| leader.listed(presentation).iter().map(|segment| segment.duration.micros()).sum());
    listed.map_or(wanted, |micros| wanted.min(Duration::from_micros(micros)))
}

/// How long the next segment of a rendition is expected to last at most. It is of the track that is sent now, whichever one a
/// Period of before was of.
fn expected(rendition: &Rendition) -> Duration {
    let track = rendition.init.as_ref().map_or(&rendition.track, |init| &init.track);
    rendition.expected.to_duration(track.timescale)
}

/// How long the next segment is expected to last at most, over all renditions.
fn longest_expected(presentation: &Presentation) -> Duration {
    let current = presentation.renditions.iter().filter(|rendition| rendition.current);
    current
        .map(|rendition| expected(rendition))
        .max()
        .unwrap_or(Duration::from_secs(presentation.timing.target_duration))
}

fn longest_listed(presentation: &Presentation) -> Duration {
    let of = |rendition: &Arc<Rendition>| {
        let longest = rendition.listed(presentation).iter().map(|segment| segment.ticks).max()?;
        let micros = longest.rescale(rendition.track.timescale, Timescale::MICROS, Rounding::Ceil);
        Some(Duration::from_micros(micros.0))
    };
    presentation.renditions.iter().filter_map(of).max().unwrap_or_default()
}

fn span(duration: Duration) -> Span {
    Span::from_micros(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX))
}

/// The highest type of stream access point that segments begin with (`@startWithSAP`, ISO/IEC 23009-1 §5.3.5.2): 3 as soon as
/// one begins with an open group of pictures.
fn access_type(rendition: &Rendition) -> u8 {
    if rendition.segments.iter().any(|segment| segment.open_group) { 3 } else { 1 }
}
